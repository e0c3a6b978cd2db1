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

/** From when, exclusive, to when the messages of a step came: milliseconds since the Unix epoch. */
export interface StepWindow {
  readonly since: number;
  readonly until: number;
}

/** An answer leaves within this time of its event, whose time is in whole milliseconds. */
const SLACK = 2;
/** What came longer before the first step of a lane led to something else. */
const LONG_BEFORE = 60_000;

/** A message leads to the next step of its lane: so each step has those since the step before. */
export const windowOf = (rows: readonly LadderRow[], index: number): StepWindow => {
  const row = rows[index];
  if (row === undefined) return { since: 0, until: 0 };
  const { at, since = at } = row.step;
  const before = rows.slice(0, index).findLast(({ lane }) => lane === row.lane);
  const earliest = epochOf(since) - LONG_BEFORE;
  return {
    since:
      before === undefined ? earliest : Math.max(earliest, Math.min(epochOf(before.step.at) + SLACK, epochOf(since))),
    until: epochOf(at) + SLACK,
  };
};
