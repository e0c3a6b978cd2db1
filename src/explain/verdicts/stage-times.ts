// How long each step of a boot usually takes, and after how long silence becomes a verdict: one row per step, one column
// per family of models (`docs/protocols/explain.md` §1.6). Whoever waits for a phone asks here.

import { type Duration, milliseconds, minutes, seconds } from '../../core/time.js';
import { PHONE_FAMILIES, type PhoneFamily } from '../../devices/index.js';
import type { LabcmEvent } from '../../events.js';
import { eventOf, type KeptFact } from '../fact-list.js';

/** What a phone is expected to do next. */
export type Awaited =
  | 'request'
  | 'first-file'
  | 'configuration'
  | 'next-file'
  | 'load'
  | 'connection'
  | 'register'
  | 'capabilities'
  | 'credentials'
  | 'lines'
  | 'retry';

/** `never`: it does not begin the step itself, as a PC that gets an address for itself; its silence says nothing. */
type Usual = Duration | 'never';

/** The times of one step. */
interface StepTimes {
  /** After so much silence the phone is slow. Absent: after half as much again as usual. */
  readonly quiet?: Duration;
  /** After so much silence the causes are looked for. */
  readonly verdict: Duration;
  /** Within which time the step usually comes, where that is known of the family. */
  readonly usual: Readonly<Partial<Record<PhoneFamily, Usual>>>;
}

const A_SECOND = seconds(1);
const TEN = seconds(10);

/** One value for every family. */
const all = (usual: Duration): StepTimes['usual'] =>
  Object.fromEntries(PHONE_FAMILIES.map((family) => [family, usual]));

/** The times of each step by family (`docs/protocols/explain.md` §1.6): the longest time of each cell. */
export const STEP_TIMES: Readonly<Record<Awaited, StepTimes>> = {
  /** From an OFFER to its REQUEST. */
  request: {
    quiet: seconds(5),
    verdict: seconds(15),
    usual: { '79xx': A_SECOND, '7940': A_SECOND, '69xx': A_SECOND, '78xx': A_SECOND, cipc: 'never', sip: 'never' },
  },
  'first-file': {
    quiet: seconds(20),
    verdict: seconds(45),
    usual: {
      '79xx': seconds(5),
      '7940': seconds(5),
      '69xx': seconds(5),
      '78xx': seconds(15),
      cipc: 'never',
      sip: 'never',
    },
  },
  configuration: {
    quiet: TEN,
    verdict: seconds(30),
    usual: { '79xx': A_SECOND, '7940': A_SECOND, '69xx': A_SECOND, '78xx': seconds(2), cipc: milliseconds(50) },
  },
  'next-file': {
    quiet: seconds(20),
    verdict: seconds(60),
    usual: {
      '79xx': seconds(5),
      '7940': seconds(3),
      '69xx': seconds(3),
      '78xx': seconds(3),
      cipc: milliseconds(3300),
    },
  },
  /** A load is written to flash memory before the phone starts again with it. */
  load: { quiet: minutes(10), verdict: minutes(20), usual: all(minutes(5)) },
  connection: {
    quiet: seconds(30),
    verdict: seconds(60),
    usual: { '79xx': TEN, '7940': TEN, '69xx': TEN, '78xx': TEN, cipc: milliseconds(6800) },
  },
  register: {
    quiet: seconds(5),
    verdict: TEN,
    usual: { '79xx': A_SECOND, '7940': A_SECOND, '69xx': A_SECOND, '78xx': A_SECOND, cipc: milliseconds(68) },
  },
  capabilities: {
    quiet: seconds(5),
    verdict: seconds(15),
    usual: { '79xx': A_SECOND, '7940': A_SECOND, '69xx': A_SECOND, cipc: milliseconds(45) },
  },
  credentials: {
    quiet: seconds(2),
    verdict: seconds(5),
    usual: { '78xx': A_SECOND, cipc: A_SECOND, sip: A_SECOND },
  },
  /** From the first line of a phone to its last. */
  lines: { quiet: TEN, verdict: seconds(30), usual: all(seconds(5)) },
  /** A refusal is a verdict at once. */
  retry: {
    verdict: seconds(0),
    usual: {
      '79xx': seconds(40),
      // Not measured.
      '7940': seconds(40),
      '69xx': milliseconds(22_300),
      '78xx': seconds(300),
      cipc: seconds(120),
      room: seconds(180),
      sip: seconds(180),
      other: seconds(120),
    },
  },
};

/** Within which time a step usually comes. Where that is not known of the family, it is the time until it is slow. */
export const usualTimeOf = (step: Awaited, family: PhoneFamily): Duration | undefined => {
  const { usual, quiet } = STEP_TIMES[step];
  const known = usual[family] ?? quiet;
  return known === 'never' ? undefined : known;
};

/** After how much silence a phone is slow. `undefined`: never. */
export const slowAfter = (step: Awaited, family: PhoneFamily): Duration | undefined => {
  const { usual, quiet } = STEP_TIMES[step];
  const known = usual[family];
  if (known === 'never') return undefined;
  return quiet ?? (known === undefined ? undefined : ((known * 1.5) as Duration));
};

/** After how much silence the causes are looked for. `undefined`: never. */
export const verdictAfter = (step: Awaited, family: PhoneFamily): Duration | undefined => {
  const { usual, verdict } = STEP_TIMES[step];
  return usual[family] === 'never' ? undefined : verdict;
};

/** When a phone of this family usually comes again after a refusal. */
export const retryOf = (family: PhoneFamily): Duration => usualTimeOf('retry', family) ?? seconds(120);

/** Firmware of the 7940 and 7960 has the ending of signed files. */
const LOAD = /\.(?:loads|sbn|bin|zz(?:\.sgn)?)$|(?:^|\/)P0\w+\.sgn$/i;
const CONFIGURATION = /\.cnf\.xml/i;
const TRUST_LIST = /(?:CTL|ITL)[^/]*\.tlv$/i;

/** A phone that took another server's offer has an address; one that gave its own back goes on in another network. */
const WITH_ADDRESS: ReadonlySet<string> = new Set(['other-server', 'released']);

/** What is expected after an event. `undefined`: nothing that has a time. */
const awaitedAfter = (event: LabcmEvent): Awaited | undefined => {
  switch (event.type) {
    case 'dhcp.received':
      return WITH_ADDRESS.has(event.reason) || event.decision === 'ACK' ? 'first-file' : 'request';
    case 'dhcp.sent':
    case 'dhcp.offer-lapsed':
    case 'dhcp.unsaved':
      return 'request';
    case 'dhcp.other-offer':
    case 'device.leased':
      return 'first-file';
    case 'tftp.completed':
    case 'tftp.refused':
    case 'tftp.failed':
    case 'http.file':
      return afterFile(event.file);
    case 'net.tls-failed':
    case 'sccp.malformed':
    case 'sip.malformed':
      return 'register';
    case 'device.registering':
      return 'capabilities';
    case 'device.partially-registered':
      return 'lines';
    case 'sip.register-answered':
      return 'credentials';
    case 'device.rejected':
      return 'retry';
    default:
      return undefined;
  }
};

/** Facts aside from the steps of a boot: after one of them the phone is expected to do what it was before. */
const ASIDE: ReadonlySet<LabcmEvent['type']> = new Set([
  'net.neighbour',
  'net.knock',
  'file.broken',
  'file.forbidden',
  'file.withheld',
  'file.trust-list-taken',
  'tftp.throttled',
  'http.throttled',
  'sip.alarm',
  'sip.standby',
  'device.load',
  'device.security-changed',
  'device.reported',
  'device.out-of-service',
]);

/** What is expected after these facts, the oldest first. */
export const awaitedAfterAll = (facts: readonly KeptFact[]): Awaited | undefined => {
  for (let index = facts.length - 1; index >= 0; index -= 1) {
    const event = eventOf(facts[index] as KeptFact);
    if (!ASIDE.has(event.type)) return awaitedAfter(event);
  }
  return undefined;
};

const afterFile = (file: string): Awaited => {
  if (TRUST_LIST.test(file)) return 'configuration';
  if (CONFIGURATION.test(file)) return 'connection';
  return LOAD.test(file) ? 'load' : 'next-file';
};
