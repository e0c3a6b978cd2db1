import type { WallTime } from '../../core/time.js';
import { onScreen } from '../screen.js';
import type { PhoneStep, StepOf, StepType } from '../steps.js';

/** A line of a log. */
export interface LogLine {
  readonly at: WallTime;
  readonly text: string;
}

const LOADED = /\.(?:xml|sgn)$/;

/**
 * The status messages of a phone, in the words that phones use (the maker's guides list them) or in their manner. A step
 * without a row leaves none.
 */
const MESSAGES: { readonly [T in StepType]?: (step: StepOf<T>) => string | undefined } = {
  'phone.address-refused': () => 'DHCP Rejected',
  'phone.file-fetched': ({ file }) => (LOADED.test(file) ? file : undefined),
  'phone.file-refused': ({ file }) => `File Not Found : ${file}`,
  'phone.file-missed': ({ file, why }) =>
    why === 'no answer' ? `TFTP Timeout : ${file}` : `TFTP Error : ${file}, ${why}`,
  'phone.trust-taken': () => 'Trust List Updated',
  'phone.trust-refused': () => 'Trust List Update Failed',
  'phone.server-refused': ({ service }) => `TLS Error : ${service}`,
  'phone.tvs-failed': ({ why }) => `TVS Error : ${why}`,
  'phone.trust-erased': () => 'CTL and ITL erased',
  'phone.file-untrusted': ({ file }) => `File Auth Error : ${file}`,
  'phone.misconfigured': ({ file }) => `Error Reading Config : ${file}`,
  'phone.waiting': ({ for: what }) => (what === 'an address by DHCP' ? 'DHCP Timeout' : undefined),
  'phone.register-sent': ({ node, line }) => `Registering${line === '' ? '' : ` ${line}`} with ${node}`,
  'phone.registered': ({ node }) => `Registered with ${node}`,
  'phone.refused': ({ why }) => `Registration Rejected : ${why}`,
  'phone.link-failed': ({ node, why }) => `Connection Failed : ${node}, ${why}`,
  'phone.failing-over': ({ to }) => `Failover to ${to}`,
  'phone.returning': ({ to }) => `Fallback to ${to}`,
  'phone.commanded': ({ command }) => `Commanded : ${command}`,
  'phone.unregistered': ({ node }) => `Unregistered from ${node}`,
};

const MOST_MESSAGES = 50;
const MOST_CONSOLE_LINES = 200;
const LONGEST = 256;

/** What a phone has to say of itself: its last status messages, and its last steps as a console log. */
export class StatusLog {
  readonly #messages: LogLine[] = [];
  readonly #console: LogLine[] = [];

  /** The oldest first. */
  get messages(): readonly LogLine[] {
    return this.#messages;
  }

  /** The oldest first. */
  get console(): readonly LogLine[] {
    return this.#console;
  }

  /** Notes a step of the phone. */
  note(step: PhoneStep, at: WallTime): void {
    const message = (MESSAGES[step.type] as ((step: PhoneStep) => string | undefined) | undefined)?.(step);
    keep(this.#messages, MOST_MESSAGES, at, message);
    keep(this.#console, MOST_CONSOLE_LINES, at, onScreen(step));
  }
}

const keep = (lines: LogLine[], most: number, at: WallTime, text: string | undefined): void => {
  if (text === undefined) return;
  lines.push({ at, text: text.slice(0, LONGEST) });
  if (lines.length > most) lines.shift();
};
