// The steps of a timeline as a ladder: on which protocol, and in which direction.

import type { StepJson } from '../http/api/shapes.js';
import { epochOf } from './times.js';

/** A lane of the ladder. */
export type Lane = 'DHCP' | 'files' | 'SCCP' | 'SIP' | 'labcm';

/** From the phone, to it, or neither. */
export type StepDirection = 'in' | 'out' | 'none';

/** A step with its place in the ladder. */
export interface LadderRow {
  readonly step: StepJson;
  readonly lane: Lane;
  readonly direction: StepDirection;
}

const LANES: Readonly<Record<string, Lane>> = { dhcp: 'DHCP', tftp: 'files', http: 'files', sccp: 'SCCP', sip: 'SIP' };

/** What each type of event is, where its step alone does not say it. */
const DIRECTIONS: Readonly<Record<string, StepDirection>> = {
  'dhcp.received': 'in',
  'dhcp.sent': 'out',
  'device.leased': 'out',
  'dhcp.offer-lapsed': 'out',
  'tftp.completed': 'out',
  'tftp.refused': 'out',
  'tftp.failed': 'out',
  'http.file': 'out',
  'net.knock': 'in',
  'net.tls-failed': 'in',
  'device.registering': 'in',
  'device.registered': 'out',
  'device.partially-registered': 'out',
  'device.rejected': 'out',
  'device.reported': 'in',
  'device.out-of-service': 'in',
  'device.load': 'in',
  'device.commanded': 'out',
  'sccp.token': 'in',
  'sccp.malformed': 'in',
  'sip.token': 'in',
  'sip.alarm': 'in',
  'sip.malformed': 'in',
  'sip.register-answered': 'out',
  'sip.command-answered': 'in',
};

/** `protocol`: of the device; its registration is a matter of that one. */
export const ladderRow = (step: StepJson, protocol: string | null): LadderRow => {
  const { protocol: spoken = protocol } = step.facts;
  const registers = step.step === 'registration' || step.step === 'report' || step.step === 'command';
  const own = registers && (spoken === 'SCCP' || spoken === 'SIP') ? spoken : undefined;
  return { step, lane: LANES[step.step] ?? own ?? 'labcm', direction: DIRECTIONS[step.type] ?? 'none' };
};

/** The protocols of each lane, as the API names them. Steps of `labcm` have no messages. */
export const PROTOCOLS: Readonly<Record<Lane, string>> = {
  DHCP: 'dhcp',
  files: 'tftp,http',
  SCCP: 'sccp',
  SIP: 'sip',
  labcm: '',
};

/** The times of an earlier step in the same lane and of a step, in milliseconds since the Unix epoch. */
export interface StepWindow {
  readonly from: number;
  readonly until: number;
}

/** What came longer before the first step of a lane led to something else. */
const LONG_BEFORE = 60_000;

/**
 * A message leads to the next step of its lane: so each step has those since the step before. Steps of one millisecond have one
 * message as their cause, and the same messages.
 */
export const windowOf = (rows: readonly LadderRow[], index: number): StepWindow => {
  const row = rows[index];
  if (row === undefined) return { from: 0, until: 0 };
  const { at, since = at } = row.step;
  const begun = epochOf(since);
  const before = rows.slice(0, index).findLast(({ lane, step }) => lane === row.lane && epochOf(step.at) < begun);
  const earliest = begun - LONG_BEFORE;
  return {
    from: before === undefined ? earliest : Math.max(earliest, epochOf(before.step.at)),
    until: epochOf(at),
  };
};

/** An event is answered within this time: milliseconds. */
export const ANSWERED_WITHIN = 2;

/**
 * Whether a message of `at` belongs to a step: what came from the phone before it or in its millisecond, and what left until
 * shortly after it.
 */
export const isOfStep = ({ from, until }: StepWindow, direction: 'in' | 'out', at: number): boolean =>
  direction === 'in'
    ? at >= from && at < until + 1
    : at > Math.min(from + ANSWERED_WITHIN, until) && at <= until + ANSWERED_WITHIN;
