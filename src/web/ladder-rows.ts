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

/** Which messages belong to a step, in milliseconds since the Unix epoch. */
export interface StepWindow {
  /** The time of the step before in the same lane. */
  readonly from: number;
  /** The time of the step. */
  readonly until: number;
  /** What is sent until then answers it. */
  readonly answered: number;
}

/** What came longer before the first step of a lane led to something else. */
const LONG_BEFORE = 60_000;
/** An event is answered within this time. */
const ANSWERED_WITHIN = 2;
/** What follows the last step of a lane soon is shown with it. */
const SOON = 1_000;

/**
 * A message leads to the next step of its lane: so each step has those since the step before. Steps of one millisecond have one
 * message as their cause, and the same messages.
 */
export const windowOf = (rows: readonly LadderRow[], index: number): StepWindow => {
  const row = rows[index];
  if (row === undefined) return { from: 0, until: 0, answered: 0 };
  const { at, since = at } = row.step;
  const [begun, until] = [epochOf(since), epochOf(at)];
  const others = rows.filter(({ lane }) => lane === row.lane).map(({ step }) => epochOf(step.at));
  const earliest = begun - LONG_BEFORE;
  return {
    from: Math.max(earliest, ...others.filter((time) => time < begun)),
    until,
    answered: until + (others.some((time) => time > until) ? ANSWERED_WITHIN : SOON),
  };
};

/**
 * Whether a message of `at` belongs to a step: what came from the phone before it or in its millisecond, and what left until it
 * was answered. After the last step of a lane it is both.
 */
export const isOfStep = ({ from, until, answered }: StepWindow, direction: 'in' | 'out', at: number): boolean => {
  const isLast = answered > until + ANSWERED_WITHIN;
  if (direction === 'in') return at >= from && (isLast ? at <= answered : at < until + 1);
  return at > Math.min(from + ANSWERED_WITHIN, until) && at <= answered;
};
