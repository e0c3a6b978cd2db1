// Who holds which phone, over all nodes. Each node owns the registrations of its phones and tells the others; nobody waits for
// that. The newest wins, in the order in which the engine wrote them: a node that sees a later one of a phone that it holds
// ends its own. After a break the order of writing says nothing of the order of registering, so then the nodes ask each other
// for how long each has held the phone, and the younger one stays (`docs/protocols/cluster.md` §4, 2 and 5).

import type { Publisher } from '../core/event-bus.js';
import { type DeviceKey, deviceKey } from '../core/identifiers.js';
import { type Clock, type Duration, type Instant, milliseconds } from '../core/time.js';
import type { DeviceRecord, Protocol, Registration } from '../devices/index.js';
import { keyOf, namesOf } from './bus-names.js';
import type { ClusterEvent } from './events.js';
import { Mirror, type Mirrored } from './mirror.js';
import { PacedWriter } from './paced-writer.js';
import type { Bucket, BucketWatcher, Entry } from './ports.js';
import { countIn, type Fields, textIn, textsIn, valueText } from './values.js';

/** The states that are told. A phone that is about to register is not told of. */
export const TOLD_STATES = ['registered', 'partially-registered', 'unregistered', 'rejected'] as const;
export type ToldState = (typeof TOLD_STATES)[number];

/** A registration as its node tells it. */
export interface ToldRegistration {
  readonly device: string;
  readonly node: string;
  /** The start of the daemon that holds it. */
  readonly instance: string;
  readonly generation: number;
  readonly protocol: Protocol;
  readonly transport: string;
  readonly address: string;
  readonly port: number;
  readonly typeId: number;
  readonly load: string;
  readonly state: ToldState;
  /** Why it ended or was refused; empty: it did not. */
  readonly reason: string;
  /** Since when it is in this state, by the wall clock of its node: for people, never compared. */
  readonly since: number;
  readonly lines: readonly string[];
  /** A short sum of the codecs that the phone reported. */
  readonly capabilities: string;
  /** Written again after a break: the order of writing says nothing of the order of registering. */
  readonly isAgain: boolean;
}

/** What the registrations of the cluster need of this node. */
export interface RegistrationsDependencies {
  readonly clock: Clock;
  readonly bus: Publisher<ClusterEvent>;
  readonly bucket: Bucket;
  readonly self: { readonly node: string; readonly instance: string };
  /** The place of a node in the configuration: of two registrations of one age that of the first one stays. */
  placeOf(node: string): number;
  /** Whether that start of a node is known to have ended. */
  isGone(node: string, instance: string): boolean;
  /** The device of that name here. */
  recordOf(device: string): DeviceRecord | undefined;
  /** The devices that are registered here. */
  held(): Iterable<Registration>;
  /** Ends a registration, because the phone has registered with another node. */
  supersede(registration: Registration): void;
  /**
   * Asks a node for how long it has held phones, in milliseconds; `undefined` of one that it does not hold. Rejects if it does
   * not answer.
   */
  askAges(node: string, devices: readonly string[]): Promise<readonly (number | undefined)[]>;
  /** What is known of a device has changed in another node. */
  changed(device: string): void;
}

const MOST_ASKED = 500;
const SETTLE_AFTER = milliseconds(50);
const SETTLE_AGAIN = milliseconds(1_000);

/** The registrations of all nodes. */
export class ClusterRegistrations implements BucketWatcher {
  readonly #dependencies: RegistrationsDependencies;
  readonly #mirror: Mirror<ToldRegistration>;
  readonly #writer: PacedWriter;
  /** Devices that two nodes hold since a break, by the other node. */
  readonly #contested = new Map<string, Set<DeviceKey>>();
  #isSettling = false;
  #isTelling = false;

  constructor(dependencies: RegistrationsDependencies) {
    this.#dependencies = dependencies;
    const { clock, bus, bucket } = dependencies;
    this.#writer = new PacedWriter({
      bucket,
      clock,
      written: (key) => this.#look(key),
      failed: (key, error) =>
        bus.publish({
          type: 'cluster.value-unwritten',
          at: clock.now(),
          bucket: 'registrations',
          key,
          reason: error instanceof Error ? error.message : String(error),
        }),
    });
    this.#mirror = new Mirror<ToldRegistration>({
      read: readRegistration,
      changed: (key, now) => this.#changed(key, now),
      broken: (key) => bus.publish({ type: 'cluster.value-broken', at: clock.now(), bucket: 'registrations', key }),
    });
  }

  /** What is told of a device, by whichever node. `undefined`: nothing was. */
  of(device: string): ToldRegistration | undefined {
    return this.#mirror.get(keyOf(deviceKey(device)));
  }

  /** Everything that is told, of this node's phones, too. */
  *all(): Iterable<ToldRegistration> {
    for (const [, { value }] of this.#mirror.entries()) yield value;
  }

  /** Whether every node's registrations were read. */
  get isWhole(): boolean {
    return this.#mirror.isWhole;
  }

  /** How many writes wait for the engine or its answer. */
  get waiting(): number {
    return this.#writer.size;
  }

  /** The name of this node is its own: from now on it tells what it holds. */
  startTelling(): void {
    if (this.#isTelling) return;
    this.#isTelling = true;
    if (this.#mirror.isWhole) this.#tellAll(false);
  }

  begin(): void {
    this.#mirror.begin();
  }

  entry(entry: Entry): void {
    this.#mirror.entry(entry);
  }

  whole(): void {
    const isAgain = this.#mirror.isWhole;
    this.#mirror.whole();
    if (this.#isTelling) this.#tellAll(isAgain);
  }

  /** The bus is gone. */
  lost(): void {
    this.#writer.pause();
  }

  close(): void {
    this.#writer.close();
  }

  /** A phone has registered here, or its lines have changed. */
  tellRegistered(registration: Registration, state: 'registered' | 'partially-registered'): void {
    if (this.#isTelling) this.#tell(registration, state, false);
  }

  /** A registration has ended here. It changes nothing if another node has told of the phone since. */
  tellEnded(registration: EndedRegistration, reason: string): void {
    if (!this.#isTelling) return;
    const text = this.#textOf(registration, 'unregistered', reason, registration.at, false);
    this.#writer.write(keyOf(deviceKey(registration.device)), text, 'own');
  }

  /** An attempt was refused here. It changes nothing while the phone is registered with any node. */
  tellRefused(attempt: EndedRegistration, reason: string): void {
    const { recordOf } = this.#dependencies;
    if (!this.#isTelling || recordOf(attempt.device)?.registration !== undefined) return;
    const key = keyOf(deviceKey(attempt.device));
    const told = this.#mirror.entryOf(key);
    if (told !== undefined && this.#isHeld(told.value)) return;
    this.#writer.write(key, this.#textOf(attempt, 'rejected', reason, attempt.at, false), told?.revision ?? 0);
  }

  /** For how long this node has held phones. `undefined`: it does not. */
  agesOf(devices: readonly string[]): readonly (number | undefined)[] {
    const now = this.#dependencies.clock.now();
    return devices.map((device) => {
      const registeredAt = this.#dependencies.recordOf(device)?.registration?.registeredAt;
      return registeredAt === undefined ? undefined : Math.max(0, now - registeredAt);
    });
  }

  /** Whether a node holds it that is not known to be gone. */
  #isHeld({ state, node, instance }: ToldRegistration): boolean {
    return isRegistered(state) && !this.#dependencies.isGone(node, instance);
  }

  #isOwn({ node, instance }: ToldRegistration): boolean {
    const { self } = this.#dependencies;
    return node === self.node && instance === self.instance;
  }

  /** Tells of every phone that this node holds, and takes back what an earlier start of it left. */
  #tellAll(isAgain: boolean): void {
    const { self, recordOf, held } = this.#dependencies;
    if (isAgain) this.#writer.forgetRevisions();
    for (const registration of held()) {
      const state = heldState(recordOf(registration.device));
      if (state === undefined) continue;
      const told = this.of(registration.device);
      const isContested = told !== undefined && !this.#isOwn(told) && this.#isHeld(told);
      this.#tell(registration, state, isAgain || isContested);
    }
    for (const [key, { value, revision }] of this.#mirror.entries()) {
      if (value.node !== self.node || !isRegistered(value.state)) continue;
      const record = recordOf(value.device);
      if (record?.registration !== undefined) continue;
      const reason = value.instance === self.instance ? (record?.reason?.reason ?? '') : 'shutdown';
      const ended = { ...value, instance: self.instance, state: 'unregistered', reason, isAgain: false };
      this.#writer.write(key, valueText(ended), revision);
    }
    this.#writer.resume();
  }

  #tell(registration: Registration, state: ToldState, isAgain: boolean): void {
    const { device, registeredAt, startedAt } = registration;
    const text = this.#textOf(registration, state, '', registeredAt ?? startedAt, isAgain);
    this.#writer.write(keyOf(deviceKey(device)), text, 'anybody');
  }

  #textOf(about: AboutRegistration, state: ToldState, reason: string, at: Instant, isAgain: boolean): string {
    const { self, clock } = this.#dependencies;
    const { device, generation, protocol, transport, address, port, typeId, load, lines } = about;
    const capabilities = (about.capabilities ?? []).map(({ payload }) => payload).join(',');
    return valueText({
      ...{ device, node: self.node, instance: self.instance, generation, protocol, transport, address, port, typeId },
      ...{ load: load ?? '', state, reason, since: clock.wallTime(at), lines: lines ?? [], capabilities, isAgain },
    });
  }

  /** Another value stands in the bucket. */
  #changed(key: string, now: Mirrored<ToldRegistration> | undefined): void {
    if (now === undefined || this.#isOwn(now.value)) return;
    this.#dependencies.changed(now.value.device);
    this.#look(key);
  }

  /** Compares what is told last of a device with what this node holds. */
  #look(key: string): void {
    const told = this.#mirror.entryOf(key);
    if (!this.#isTelling || told === undefined || this.#isOwn(told.value) || this.#writer.isPending(key)) return;
    const { recordOf, isGone, placeOf, self } = this.#dependencies;
    const { value, revision } = told;
    const record = recordOf(value.device);
    const state = heldState(record);
    if (record?.registration === undefined || state === undefined) return;
    const { registration } = record;
    const own = this.#writer.ownRevision(key);
    if (own !== undefined && own > revision) return; // the other sees this node's and ends its own
    if (!isRegistered(value.state) || isGone(value.node, value.instance)) {
      this.#tell(registration, state, false); // the other has given it up, and this node has it
      return;
    }
    if (!value.isAgain) {
      this.#supersede(registration, value);
      return;
    }
    // Of two that hold a phone since a break one decides: the later one in the configuration.
    if (placeOf(self.node) > placeOf(value.node)) this.#contest(value);
    else this.#tell(registration, state, true);
  }

  #supersede(registration: Registration, by: ToldRegistration): void {
    const { bus, clock, supersede } = this.#dependencies;
    const { device, node, address, protocol } = by;
    bus.publish({
      type: 'cluster.registered-elsewhere',
      ...{ at: clock.now(), device, node, address, protocol, ended: true },
    });
    supersede(registration);
  }

  #contest({ node, device }: ToldRegistration): void {
    const devices = this.#contested.get(node) ?? new Set();
    this.#contested.set(node, devices);
    devices.add(deviceKey(device));
    if (!this.#isSettling) this.#settleAfter(SETTLE_AFTER);
  }

  #settleAfter(span: Duration): void {
    const { clock } = this.#dependencies;
    this.#isSettling = true;
    clock.callAt((clock.now() + span) as Instant, () => void this.#settle());
  }

  /** Asks each node about the phones that both hold, some at a time. */
  async #settle(): Promise<void> {
    let isAnswered = true;
    for (const [node, devices] of this.#contested) {
      const some = [...devices].slice(0, MOST_ASKED);
      try {
        const ages = await this.#dependencies.askAges(node, some);
        for (const [index, device] of some.entries()) {
          devices.delete(device);
          this.#decide(node, device, ages[index]);
        }
      } catch {
        isAnswered = false; // no answer says nothing of who holds it
        for (const device of some) if (!this.#isContested(node, device)) devices.delete(device);
      }
      if (devices.size === 0) this.#contested.delete(node);
    }
    this.#isSettling = false;
    if (this.#contested.size > 0) this.#settleAfter(isAnswered ? SETTLE_AFTER : SETTLE_AGAIN);
  }

  #isContested(node: string, device: string): boolean {
    const told = this.of(device);
    return told?.node === node && this.#isHeld(told) && this.#dependencies.recordOf(device)?.registration !== undefined;
  }

  /** `age`: how long the other node has held it; `undefined`: it does not. */
  #decide(node: string, device: string, age: number | undefined): void {
    const { recordOf } = this.#dependencies;
    const record = recordOf(device);
    const told = this.of(device);
    const state = heldState(record);
    if (record?.registration === undefined || state === undefined || told?.node !== node) return;
    const { registration } = record;
    const [own] = this.agesOf([device]);
    if (age !== undefined && own !== undefined && age <= own) this.#supersede(registration, told);
    else this.#tell(registration, state, false);
  }
}

/** What is told of a registration or of an attempt. */
interface AboutRegistration
  extends Pick<Registration, 'device' | 'generation' | 'protocol' | 'transport' | 'address' | 'port' | 'typeId'> {
  readonly load?: string;
  readonly lines?: readonly string[];
  readonly capabilities?: Registration['capabilities'];
}

/** A registration that has ended, or an attempt that was refused. */
export interface EndedRegistration extends AboutRegistration {
  readonly at: Instant;
}

/** The state of a device that is registered here; `undefined`: it is not. */
const heldState = (record: DeviceRecord | undefined): 'registered' | 'partially-registered' | undefined =>
  record?.registration?.registeredAt !== undefined &&
  (record.state === 'registered' || record.state === 'partially-registered')
    ? record.state
    : undefined;

const isRegistered = (state: ToldState): boolean => state === 'registered' || state === 'partially-registered';

const readRegistration = (fields: Fields, key: string): ToldRegistration | undefined => {
  const device = textIn(fields, 'device', 15);
  const node = textIn(fields, 'node', 64);
  const instance = textIn(fields, 'instance');
  const protocol = fields.protocol === 'SCCP' || fields.protocol === 'SIP' ? fields.protocol : undefined;
  const state = TOLD_STATES.find((one) => one === fields.state);
  if (device === undefined || node === undefined || instance === undefined) return undefined;
  if (protocol === undefined || state === undefined || namesOf(key)?.[0] !== deviceKey(device)) return undefined;
  return {
    ...{ device, node, instance, protocol, state },
    generation: countIn(fields, 'generation') ?? 0,
    transport: textIn(fields, 'transport') ?? '',
    address: textIn(fields, 'address') ?? '',
    port: countIn(fields, 'port') ?? 0,
    typeId: countIn(fields, 'typeId') ?? 0,
    load: textIn(fields, 'load') ?? '',
    reason: textIn(fields, 'reason') ?? '',
    since: countIn(fields, 'since') ?? 0,
    lines: textsIn(fields, 'lines') ?? [],
    capabilities: textIn(fields, 'capabilities', 512) ?? '',
    isAgain: fields.isAgain === true,
  };
};
