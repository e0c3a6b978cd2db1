// Messages that wait for the users of lines, for the lamps of their phones (RFC 3842). labcm has no voicemail: somebody says
// how many there are, and it is kept over a restart.

import type { DeviceName, DirectoryNumber } from '../core/identifiers.js';
import type { Instant } from '../core/time.js';
import type { ConfiguredDevice, DeviceRecord } from './device.js';
import type { DeviceEventPublisher } from './event-publisher.js';

/** The messages of a line. `waiting` lights the lamp, also where the counts are 0: a count may be unknown. */
export interface LineMessages {
  readonly waiting: boolean;
  readonly new: number;
  readonly old: number;
}

/** Who said so. `dialled`: a phone of the line dialled the number for it. `cluster`: another node was told. */
export type MessagesSetter = 'api' | 'cli' | 'dialled' | 'cluster';

/** What became of a change. `not-written`: the store could not keep it, and nothing has changed. */
export type MessagesOutcome = 'changed' | 'unchanged' | 'unknown-line' | 'not-written';

/** A line whose messages are kept. */
export interface KeptMessages extends LineMessages {
  readonly dn: DirectoryNumber;
}

/** Keeps the messages over a restart. `keep` returns whether they are safe. */
export interface MessagesStore {
  all(): readonly KeptMessages[];
  /** `all`: every line with messages, this one included: what the store is to hold. */
  keep(messages: KeptMessages, all: ReadonlyMap<DirectoryNumber, LineMessages>): boolean;
}

/** A store without memory, for tests and labs. */
export const forgetfulMessages: MessagesStore = { all: () => [], keep: () => true };

/** The highest count. */
export const MOST_MESSAGES = 65_535;
/** Lines whose messages are kept; the one that was set first gives way. */
const MOST_LINES = 65_536;

const NO_MESSAGES: LineMessages = { waiting: false, new: 0, old: 0 };

/** What the messages of lines need of the database. */
interface MessagesDependencies {
  readonly store: MessagesStore;
  readonly events: DeviceEventPublisher;
  devicesOf(dn: DirectoryNumber): readonly DeviceRecord[];
}

/** The messages of every line. */
export class MessagesWaiting {
  readonly #dependencies: MessagesDependencies;
  #lines: Map<DirectoryNumber, LineMessages> | undefined;

  constructor(dependencies: MessagesDependencies) {
    this.#dependencies = dependencies;
  }

  of(dn: DirectoryNumber): LineMessages {
    return this.#all.get(dn) ?? NO_MESSAGES;
  }

  /** Every line that has some. */
  *all(): Iterable<KeptMessages> {
    for (const [dn, messages] of this.#all) yield { dn, ...messages };
  }

  /** The numbers of the lines of a device that have messages, in button order, from 1. */
  linesOf({ lines }: ConfiguredDevice): readonly number[] {
    if (this.#all.size === 0) return [];
    return lines.flatMap(({ dn }, index) => (this.of(dn).waiting ? [index + 1] : []));
  }

  /** Sets the messages of a line and publishes that for each of its devices. */
  set(dn: DirectoryNumber, messages: LineMessages, by: MessagesSetter, now: Instant): MessagesOutcome {
    const devices = this.#dependencies.devicesOf(dn);
    if (devices.length === 0) return 'unknown-line';
    const before = this.of(dn);
    if (before.waiting === messages.waiting && before.new === messages.new && before.old === messages.old)
      return 'unchanged';
    const after = new Map(this.#all);
    after.delete(dn);
    if (messages.waiting || messages.new + messages.old > 0) after.set(dn, { ...messages });
    for (const oldest of after.keys()) {
      if (after.size <= MOST_LINES) break;
      after.delete(oldest);
    }
    if (!this.#dependencies.store.keep({ dn, ...messages }, after)) return 'not-written';
    this.#lines = after;
    for (const { configured } of devices)
      this.#dependencies.events.publishMessages(configured.name, dn, messages, by, now);
    return 'changed';
  }

  /** Lights the lamp of a line or puts it out, as the user of one of its devices dials. */
  switch(device: DeviceName, dn: DirectoryNumber, waiting: boolean, now: Instant): MessagesOutcome {
    const isItsLine = this.#dependencies.devicesOf(dn).some(({ configured }) => configured.name === device);
    if (!isItsLine) return 'unknown-line';
    const { new: count, old } = this.of(dn);
    return this.set(dn, { waiting, new: waiting ? Math.max(count, 1) : 0, old }, 'dialled', now);
  }

  /** Read on demand: until the state directory is locked, another daemon may write there. */
  get #all(): Map<DirectoryNumber, LineMessages> {
    this.#lines ??= new Map(this.#dependencies.store.all().map(({ dn, ...messages }) => [dn, messages] as const));
    return this.#lines;
  }
}
