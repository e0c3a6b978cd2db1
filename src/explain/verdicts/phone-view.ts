// Everything that a row of the table of causes may look at. Rows are pure functions of it.

import type { Config } from '../../config/index.js';
import type { Degradation } from '../../core/degradations.js';
import type { HostFacts } from '../../core/host-facts.js';
import type { DirectoryNumber } from '../../core/identifiers.js';
import { between, type Duration, type Instant, type WallTime } from '../../core/time.js';
import {
  type ConfiguredDevice,
  type DeviceRecord,
  type LastReason,
  modelById,
  type PhoneFamily,
} from '../../devices/index.js';
import { REFUSALS, type RefusalReason } from '../../devices/reasons.js';
import type { LabcmEvent, ListenerFailed } from '../../events.js';
import type { EventOf } from '../../trace/index.js';
import type { KnownNames } from '../advice.js';
import type { KeptFact } from '../fact-list.js';
import type { UnknownPhone } from '../unknown-phones.js';
import type { Boot } from './boot.js';
import { FactView } from './fact-view.js';
import type { ConfiguredPlace } from './remedies.js';
import type { ServedFiles } from './served-files.js';
import { timeText } from './shown-text.js';
import { type Awaited, slowAfter, usualTimeOf, verdictAfter } from './stage-times.js';

/** What rows may ask about other phones and about the daemon. */
export interface Surroundings {
  readonly config: Config;
  readonly startedAt: Instant;
  /** The part of the database that says which names, hardware addresses and numbers are taken. */
  readonly names: KnownNames;
  /** Every device. Only for rows that have found something before: it walks them all. */
  devices(): Iterable<DeviceRecord>;
  byName(name: string): DeviceRecord | undefined;
  byDirectoryNumber(dn: DirectoryNumber): readonly DeviceRecord[];
  /** The newest event of each of these types that is about the daemon, not about one phone. */
  daemonEvent<T extends DaemonFact>(type: T): EventOf<T> | undefined;
  /** `address:port` of each call manager in the file of a device, in their order. */
  registersAt(device: ConfiguredDevice): readonly string[];
  /** The IPv4 addresses of this host. */
  localAddresses(): readonly string[];
  /** What does not work in the daemon now, the oldest first. */
  degradations(): readonly Degradation[];
  /** The listeners that could not be opened, and still cannot. */
  failedListeners(): readonly ListenerFailed[];
  /** When a device of that name was added while the daemon runs. `undefined`: it was not. */
  addedAt(name: string): Instant | undefined;
  /** When a device of that name was taken out of the configuration. `undefined`: it was not, or has come back. */
  removedAt(name: string): Instant | undefined;
  /** The wall time of an instant. */
  wallTime(at: Instant): WallTime;
  /** The DHCP relays from which something came since the start. */
  relaysHeard(): ReadonlySet<string>;
  /** What is known of the machine. */
  readonly host: HostFacts;
  /** The files for phones. */
  readonly files: ServedFiles;
  /** Phones that nobody configured, the most recently seen first. */
  unknownPhones(): readonly UnknownPhone[];
  /** How many devices have the verdict of this code. */
  withVerdict(code: string): number;
}

/** The events about the daemon that are kept for verdicts, the newest of each type. */
export const DAEMON_FACTS = [
  'daemon.started',
  'daemon.reloaded',
  'daemon.reload-refused',
  'daemon.stood-still',
  'dhcp.pool-empty',
  'dhcp.other-server',
  'lease.file-failed',
  'lease.file-recovered',
  'sccp.link-refused',
  'sip.link-refused',
] as const satisfies readonly LabcmEvent['type'][];
/** A type of event of `DAEMON_FACTS`. */
export type DaemonFact = (typeof DAEMON_FACTS)[number];

/** What is known of a phone, and its surroundings. */
export class PhoneView {
  readonly now: Instant;
  /** The name of the device; of an unknown phone its name, else its hardware address, else its address. */
  readonly name: string;
  /** `undefined`: nobody configured it. */
  readonly record: DeviceRecord | undefined;
  readonly unknown: UnknownPhone | undefined;
  readonly boot: Boot;
  /** The facts of this boot. */
  readonly facts: FactView;
  /** All facts that are kept. */
  readonly history: FactView;
  readonly place: ConfiguredPlace;
  readonly surroundings: Surroundings;
  readonly #awaited: Awaited | undefined;
  readonly #textOf: (event: LabcmEvent) => string | undefined;

  constructor(of: {
    readonly now: Instant;
    readonly name: string;
    readonly record: DeviceRecord | undefined;
    readonly unknown: UnknownPhone | undefined;
    readonly boot: Boot;
    readonly kept: readonly KeptFact[];
    readonly awaited: Awaited | undefined;
    readonly place: ConfiguredPlace;
    readonly surroundings: Surroundings;
    readonly textOf: (event: LabcmEvent) => string | undefined;
  }) {
    this.now = of.now;
    this.name = of.name;
    this.record = of.record;
    this.unknown = of.unknown;
    this.boot = of.boot;
    this.place = of.place;
    this.surroundings = of.surroundings;
    this.history = new FactView(of.kept, Number.NEGATIVE_INFINITY as Instant);
    this.facts = new FactView(of.kept, of.boot.began ?? (Number.NEGATIVE_INFINITY as Instant));
    this.#awaited = of.awaited;
    this.#textOf = of.textOf;
  }

  get config(): Config {
    return this.surroundings.config;
  }

  /** What is known of the machine that labcm runs on. */
  get host(): HostFacts {
    return this.surroundings.host;
  }

  /** Whether it is no phone: what is asked is what holds for the daemon itself. */
  get isDaemon(): boolean {
    return this.record === undefined && this.unknown === undefined;
  }

  /** The local time of an instant, for a sentence. */
  timeOf(at: Instant): string {
    return timeText(this.surroundings.wallTime(at), this.surroundings.wallTime(this.now));
  }

  get configured(): ConfiguredDevice | undefined {
    return this.record?.configured;
  }

  /** Whether it is registered with all its lines. */
  get isRegistered(): boolean {
    return this.record?.state === 'registered';
  }

  /**
   * Whether nothing came from the device since the daemon started. What the daemon itself did does not count, nor a
   * lease of before, which it reads from the lease file.
   */
  get isUnheard(): boolean {
    const { record, boot, history } = this;
    if (record === undefined || record.state !== 'unknown' || record.dhcp !== undefined || record.files.length > 0)
      return false;
    if (boot.began === undefined) return true;
    const facts = history.all(() => true);
    const isOld = record.lease === undefined || record.lease.at < this.surroundings.startedAt;
    return facts.length > 0 && facts.every(({ type }) => OF_DAEMON.has(type) && (isOld || type !== 'device.leased'));
  }

  /** Since when it could have been heard: since the start, or since it was added. */
  get couldBeHeardSince(): Instant {
    return this.surroundings.addedAt(this.name) ?? this.surroundings.startedAt;
  }

  /** How long nothing has come from it. */
  get silence(): Duration | undefined {
    return this.boot.lastAt === undefined ? undefined : between(this.boot.lastAt, this.now);
  }

  /** What it is expected to do next, in a boot that goes on. */
  get awaited(): Awaited | undefined {
    return this.#awaited === undefined || this.isUnheard ? undefined : this.#awaited;
  }

  /** The models that boot and retry as it does. Of an unknown phone by the type that it gave, if it gave one. */
  get family(): PhoneFamily {
    const { configured, unknown } = this;
    const model = configured?.model ?? modelById(unknown?.refusal?.typeId ?? Number.NaN);
    return model?.family ?? 'other';
  }

  /** Within which time that usually comes. `undefined`: nothing is expected, or its time is over. */
  get usualTime(): Duration | undefined {
    const { awaited } = this;
    return awaited === undefined || this.isOverdue ? undefined : usualTimeOf(awaited, this.family);
  }

  /** Whether what is expected next takes clearly longer than usual, and its time is not over. */
  get isSlow(): boolean {
    const { awaited, silence } = this;
    if (awaited === undefined || silence === undefined || this.isOverdue) return false;
    return silence >= this.slowAfter(awaited);
  }

  /** Whether what is expected next has not come in its time. */
  get isOverdue(): boolean {
    const { silence, awaited } = this;
    if (awaited === undefined || awaited === 'retry' || silence === undefined) return false;
    return silence >= this.timeOfVerdict(awaited);
  }

  /** After how much silence it is slow in a step, in milliseconds. `Infinity`: never. */
  slowAfter(step: Awaited): number {
    return slowAfter(step, this.family) ?? Number.POSITIVE_INFINITY;
  }

  /** After how much silence the causes of a step are looked for, in milliseconds. `Infinity`: never. */
  timeOfVerdict(step: Awaited): number {
    return verdictAfter(step, this.family) ?? Number.POSITIVE_INFINITY;
  }

  /** Why its last attempt was refused, if nothing was accepted since. */
  get refusal(): (LastReason & { readonly reason: RefusalReason }) | undefined {
    const reason = this.record === undefined ? this.unknown?.refusal : this.record.reason;
    if (reason === undefined || this.record?.registration !== undefined || !isRefusal(reason)) return undefined;
    return reason;
  }

  /** How its last registration ended, if it has none now. */
  get ending(): LastReason | undefined {
    const reason = this.record?.reason;
    if (reason === undefined || this.record?.registration !== undefined || isRefusal(reason)) return undefined;
    return reason;
  }

  /** The text of an event as the timeline has it. */
  textOf(event: LabcmEvent): string | undefined {
    return this.#textOf(event);
  }
}

/** What is known of a phone without a message of it. */
const OF_DAEMON: ReadonlySet<LabcmEvent['type']> = new Set([
  'device.changed',
  'device.commanded',
  'device.leased',
  'device.lease-ended',
  'lease.expired',
]);

const isRefusal = (reason: Pick<LastReason, 'reason'>): reason is LastReason & { readonly reason: RefusalReason } =>
  reason.reason in REFUSALS;
