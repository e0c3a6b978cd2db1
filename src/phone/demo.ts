// The demo of `labcm run --demo`: the two phones of the quick start boot one after the other and call each other. Each step
// is printed as a short line.

import { EventBus } from '../core/event-bus.js';
import { type Duration, milliseconds, seconds } from '../core/time.js';
import { bootPhone, NotRegistered, type PhoneOptions, type PhonePorts } from './boot.js';
import { type CallBook, DEFAULT_HABITS } from './calls/call-book.js';
import { makeCall } from './calls/make-call.js';
import { PhoneEnvironment, type PhoneNetworks } from './environment.js';
import type { Phone } from './phone.js';
import { onScreen } from './screen.js';
import type { BootKind, PhoneStep } from './steps.js';

/** What a demo needs. */
export interface DemoOptions {
  readonly networks: Omit<PhoneNetworks, 'bus'>;
  /** The daemon's address; `ports`: the ports that differ from the usual ones. */
  readonly server: string;
  readonly ports: Partial<PhonePorts>;
  /** `full` if the daemon serves DHCP. */
  readonly boot: BootKind;
  readonly print: (line: string) => void;
  readonly phones?: readonly PhoneOptions[];
  readonly within?: Duration;
  /** Called with each step, also with those that are not printed. */
  readonly onStep?: (step: PhoneStep) => void;
}

/** A demo whose phones have registered or failed. */
export interface Demo {
  readonly phones: readonly Phone[];
  /** For each phone that did not register, its name and the reason. */
  readonly failures: readonly string[];
  /** Each phone calls the next one, and the last one the first. Resolves with what went wrong. Needs two phones at least. */
  callEachOther(): Promise<readonly string[]>;
  /** Unregisters the phones and closes their sockets. */
  stop(): Promise<void>;
}

/** The two phones of the quick start. */
export const DEMO_PHONES: readonly PhoneOptions[] = [
  { name: 'ipctest2', mac: '005056A1033D', model: 'CIPC', protocol: 'SCCP' },
  { name: 'SEP005056A1033D', model: 'CIPC', protocol: 'SIP' },
];

const NAME_WIDTH = 16;

/** How the phones take calls: a user needs a moment. */
const HABITS = { ...DEFAULT_HABITS, answer: milliseconds(400) };
const TALK = seconds(1);

/** Resolves when the phone has no call, or after a second. */
const callsAreOver = (book: CallBook | undefined, { timers }: PhoneEnvironment): Promise<void> =>
  new Promise((resolve) => {
    const finish = (): void => {
      timer.cancel();
      unwatch();
      resolve();
    };
    const check = (): void => {
      if (book?.calls.some(({ isAlive }) => isAlive) !== true) finish();
    };
    const timer = timers.create(finish);
    const unwatch = book?.watch(check) ?? (() => {});
    timer.startIn(TALK);
    check();
  });

/** Resolves when every phone is registered or has failed; the phones stay. Rejects only after an internal error. */
export const runDemo = async (options: DemoOptions): Promise<Demo> => {
  const { networks, print, within = seconds(8), phones: specs = DEMO_PHONES } = options;
  const bus = new EventBus<PhoneStep>(() => {});
  const environment = new PhoneEnvironment({ ...networks, bus });
  let startedAt = networks.clock.now();
  bus.subscribe((step) => {
    options.onStep?.(step);
    const text = onScreen(step);
    if (text === undefined) return;
    const after = ((step.at - startedAt) / 1000).toFixed(2).padStart(5);
    print(`${step.phone.padEnd(NAME_WIDTH)} ${after} s  ${text}`);
  });
  const phones: Phone[] = [];
  const failures: string[] = [];
  for (const spec of specs) {
    startedAt = networks.clock.now();
    try {
      phones.push(
        await bootPhone(
          environment,
          { calls: HABITS, ...spec, boot: options.boot, server: options.server, ports: options.ports },
          { within },
        ),
      );
    } catch (error) {
      if (!(error instanceof NotRegistered)) throw error;
      failures.push(error.message);
      print(`${spec.name.padEnd(NAME_WIDTH)}          ${error.message}`);
    }
  }
  return {
    phones,
    failures,
    callEachOther: async () => {
      const troubles: string[] = [];
      for (const [index, phone] of phones.entries()) {
        const [number] = phones[(index + 1) % phones.length]?.lines ?? [];
        if (number === undefined || phones.length < 2) continue;
        startedAt = networks.clock.now();
        const trouble = await makeCall(environment, phone, { to: { number }, talk: TALK, within });
        if (trouble !== undefined) troubles.push(`${phone.name}: ${trouble}`);
        await Promise.all(phones.map(({ calls }) => callsAreOver(calls, environment)));
      }
      return troubles;
    },
    stop: async () => {
      await Promise.all(phones.map((phone) => phone.stop()));
      await environment.close();
    },
  };
};
