// How long each step of a boot usually takes, and after how long silence becomes a verdict: one row per step
// (`docs/protocols/explain.md` §1.6). Only the time until a refused phone comes again depends on the model.

import { type Duration, minutes, seconds } from '../../core/time.js';
import type { Model } from '../../devices/index.js';
import type { LabcmEvent } from '../../events.js';

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

/** The times of one step. */
export interface StepTimes {
  /** What usually comes within this time. */
  readonly usual: Duration;
  /** After so much silence the causes are looked for. */
  readonly verdict: Duration;
}

/** The times of each step. */
export const STEP_TIMES = {
  /** From an OFFER to its REQUEST. */
  request: { usual: seconds(5), verdict: seconds(15) },
  'first-file': { usual: seconds(15), verdict: seconds(45) },
  configuration: { usual: seconds(10), verdict: seconds(30) },
  'next-file': { usual: seconds(20), verdict: seconds(60) },
  /** A load is written to flash memory before the phone starts again with it. */
  load: { usual: minutes(5), verdict: minutes(20) },
  connection: { usual: seconds(30), verdict: seconds(60) },
  register: { usual: seconds(5), verdict: seconds(10) },
  capabilities: { usual: seconds(5), verdict: seconds(15) },
  credentials: { usual: seconds(2), verdict: seconds(5) },
  /** From the first line of a phone to its last. */
  lines: { usual: seconds(5), verdict: seconds(30) },
  /** A refusal is a verdict at once; `retryOf` says when the phone comes again. */
  retry: { usual: seconds(60), verdict: seconds(0) },
} as const satisfies Readonly<Record<Awaited, StepTimes>>;

/** When a phone that was refused comes again, by the first pattern that fits the name of its model. */
const RETRIES: readonly (readonly [model: RegExp, after: Duration])[] = [
  [/^Cisco 69\d\d/, seconds(22)],
  [/^Cisco 79\d\d/, seconds(40)],
  [/^Cisco (?:78|88|89|99)\d\d/, seconds(180)],
  [/^Cisco TelePresence/, seconds(180)],
];
const RETRY_OF_OTHERS = seconds(120);

/** When a phone of this model usually comes again after a refusal. */
export const retryOf = (model: Model): Duration =>
  RETRIES.find(([names]) => names.test(model.name))?.[1] ?? RETRY_OF_OTHERS;

const LOAD = /\.(?:loads|sbn|bin|zz|sgn)$/i;
const CONFIGURATION = /\.cnf\.xml/i;
const TRUST_LIST = /(?:CTL|ITL)[^/]*\.tlv$/i;

/** A phone that took another server's offer has an address; one that gave its own back goes on in another network. */
const WITH_ADDRESS: ReadonlySet<string> = new Set(['other-server', 'released']);

/** What is expected after an event. `undefined`: nothing that has a time. */
export const awaitedAfter = (event: LabcmEvent): Awaited | undefined => {
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

const afterFile = (file: string): Awaited => {
  if (TRUST_LIST.test(file)) return 'configuration';
  if (CONFIGURATION.test(file)) return 'connection';
  return LOAD.test(file) ? 'load' : 'next-file';
};
