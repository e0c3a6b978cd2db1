// Who holds which phone, over all nodes. Each node owns the registrations of its phones and tells the others; nobody waits for
// that. The newest wins, in the order in which the engine wrote them: a node that sees a later one of a phone that it holds
// ends its own. After a break the order of writing says nothing of the order of registering, so then the nodes ask each other
// for how long each has held the phone, and the younger one stays (`docs/protocols/cluster.md` §4, 2 and 5).

import type { Publisher } from '../core/event-bus.js';
import { type DeviceKey, deviceKey } from '../core/identifiers.js';
import { type Clock, type Instant, milliseconds } from '../core/time.js';
import type { DeviceRecord, Registration } from '../devices/index.js';
import { keyOf } from './bus-names.js';
import { type AgesOfPhones, ContestedPhones } from './contested-phones.js';
import type { ClusterEvent } from './events.js';
import { Mirror, type Mirrored } from './mirror.js';
import { PacedWriter } from './paced-writer.js';
import type { Bucket, BucketWatcher, Entry } from './ports.js';
import {
  type AboutRegistration,
  type EndedRegistration,
  heldState,
  isRegisteredState,
  readRegistration,
  type ToldRegistration,
  type ToldState,
} from './told-registration.js';
import { valueText } from './values.js';

/** What the registrations of the cluster need of this node. */
export interface RegistrationsDependencies {
  readonly clock: Clock;
  readonly bus: Publisher<ClusterEvent>;
  readonly bucket: Bucket;
  readonly self: { readonly node: string; readonly instance: string };
  /** The place of this node in the configuration: of two registrations of one age that of the first node stays. */
  readonly place: number;
  /** Whether that start of a node is known to have ended. */
  isGone(node: string, instance: string): boolean;
  /** The start of a node that was heard last. `undefined`: it was never heard. */
  nodeOf(node: string): { readonly instance: string } | undefined;
  /** The device of that name here. */
  recordOf(device: string): DeviceRecord | undefined;
  /** The devices that are registered here. */
  held(): Iterable<Registration>;
  /** Ends a registration, because the phone has registered with another node. */
  supersede(registration: Registration): void;
  readonly askAges: AgesOfPhones;
  /** What is known of a device has changed in another node. */
  changed(device: string): void;
}

/**
 * Registrations that follow one within this time are told together: a packet with many costs the node a tenth of what many
 * packets cost, and what a phone does within it is told once.
 */
const GATHERED_FOR = milliseconds(20);

/** The registrations of all nodes. */
export class ClusterRegistrations implements BucketWatcher {
  readonly #dependencies: RegistrationsDependencies;
  readonly #mirror: Mirror<ToldRegistration>;
  readonly #writer: PacedWriter<ToldRegistration>;
  readonly #contested: ContestedPhones;
  /**
   * What the engine has lost and its nodes have not told again yet, by key: a restart of the engine says nothing of phones.
   */
  readonly #untold = new Map<string, ToldRegistration>();
  #isTelling = false;

  constructor(dependencies: RegistrationsDependencies) {
    this.#dependencies = dependencies;
    const { clock, bus, bucket } = dependencies;
    this.#writer = new PacedWriter<ToldRegistration>({
      bucket,
      clock,
      gather: GATHERED_FOR,
      textOf: valueText,
      written: (key, revision, { value }) => {
        if (revision !== undefined && !this.#mirror.isReplaying) this.#mirror.wrote(key, value, revision);
        this.#look(key);
      },
      failed: (key, error) =>
        bus.publish({
          type: 'cluster.value-unwritten',
          at: clock.now(),
          bucket: 'registrations',
          key,
          reason: error instanceof Error ? error.message : String(error),
        }),
    });
    this.#contested = new ContestedPhones({
      clock,
      askAges: (node, devices) => dependencies.askAges(node, devices),
      decide: (node, device, age) => this.#decide(node, device, age),
      decideWithout: (node, device) => this.#decideWithout(node, device),
    });
    this.#mirror = new Mirror<ToldRegistration>({
      read: readRegistration,
      changed: (key, now, before) => this.#changed(key, now, before),
      broken: (key) => bus.publish({ type: 'cluster.value-broken', at: clock.now(), bucket: 'registrations', key }),
    });
  }

  /** What is told of a device, by whichever node. `undefined`: nothing was. */
  of(device: string): ToldRegistration | undefined {
    const key = keyOf(deviceKey(device));
    return this.#mirror.get(key) ?? this.#untoldOf(key);
  }

  /** Everything that is told, of this node's phones, too. */
  *all(): Iterable<ToldRegistration> {
    for (const [, { value }] of this.#mirror.entries()) yield value;
    yield* this.#untold.values();
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
    if (this.#mirror.isWhole) this.#tellAll();
  }

  begin(): void {
    this.#mirror.begin();
  }

  entry(entry: Entry): void {
    const sent = this.#writer.sent(entry.key);
    if (sent !== undefined && sent.text === entry.value) this.#mirror.wrote(entry.key, sent.value, entry.revision);
    else this.#mirror.entry(entry);
  }

  whole(): void {
    this.#mirror.whole();
    if (this.#isTelling) this.#tellAll();
  }

  /** The bus is gone. */
  lost(): void {
    this.#writer.pause();
  }

  close(): void {
    this.#contested.close();
    this.#writer.close();
  }

  /** A phone has registered here, or its lines have changed. */
  tellRegistered(registration: Registration, state: 'registered' | 'partially-registered'): void {
    if (this.#isTelling) this.#tell(registration, state, false);
  }

  /** A registration has ended here. It changes nothing if another node has told of the phone since. */
  tellEnded(registration: EndedRegistration, reason: string): void {
    if (!this.#isTelling) return;
    const told = this.#valueOf(registration, 'unregistered', reason, registration.at, false);
    this.#writer.write(keyOf(deviceKey(registration.device)), told, 'own');
  }

  /** An attempt was refused here. It changes nothing while the phone is registered with any node. */
  tellRefused(attempt: EndedRegistration, reason: string): void {
    const { recordOf } = this.#dependencies;
    if (!this.#isTelling || recordOf(attempt.device)?.registration !== undefined) return;
    const key = keyOf(deviceKey(attempt.device));
    const told = this.#mirror.entryOf(key);
    if (told !== undefined && this.#isHeld(told.value)) return;
    this.#writer.write(key, this.#valueOf(attempt, 'rejected', reason, attempt.at, false), told?.revision ?? 0);
  }

  /** For how long this node has held phones. `undefined`: it does not. */
  agesOf(devices: readonly string[]): readonly (number | undefined)[] {
    const now = this.#dependencies.clock.now();
    return devices.map((device) => {
      const registeredAt = this.#dependencies.recordOf(device)?.registration?.registeredAt;
      return registeredAt === undefined ? undefined : Math.max(0, now - registeredAt);
    });
  }

  /** What was told before the engine lost it. Another start of that node knows nothing of it any more. */
  #untoldOf(key: string): ToldRegistration | undefined {
    const told = this.#untold.get(key);
    if (told === undefined || !isRegisteredState(told.state)) return told;
    const { instance = told.instance } = this.#dependencies.nodeOf(told.node) ?? {};
    return instance === told.instance ? told : { ...told, state: 'unregistered', reason: 'shutdown' };
  }

  /** Whether a node holds it that is not known to be gone. */
  #isHeld({ state, node, instance }: ToldRegistration): boolean {
    return isRegisteredState(state) && !this.#dependencies.isGone(node, instance);
  }

  #isOwn({ node, instance }: ToldRegistration): boolean {
    const { self } = this.#dependencies;
    return node === self.node && instance === self.instance;
  }

  /**
   * Tells of every phone that this node holds, and takes back what it, or an earlier start of it, told of others. All of them
   * are told again: whoever wrote last here did not necessarily register last.
   */
  #tellAll(): void {
    const { recordOf, held } = this.#dependencies;
    this.#writer.forgetRevisions();
    for (const registration of held()) {
      const state = heldState(recordOf(registration.device));
      if (state !== undefined) this.#tell(registration, state, true);
    }
    for (const [key, { value, revision }] of this.#mirror.entries()) this.#takeBack(key, value, revision);
    for (const [key, value] of [...this.#untold]) {
      if (value.node !== this.#dependencies.self.node) continue;
      this.#untold.delete(key);
      this.#takeBack(key, value, 0);
    }
    this.#writer.resume();
  }

  /** This node has told that it holds a phone, and does not. */
  #takeBack(key: string, told: ToldRegistration, revision: number): void {
    const { self, recordOf } = this.#dependencies;
    if (told.node !== self.node || !isRegisteredState(told.state)) return;
    const record = recordOf(told.device);
    if (record?.registration !== undefined) return;
    const reason = told.instance === self.instance ? (record?.reason?.reason ?? '') : 'shutdown';
    const ended = { ...told, instance: self.instance, state: 'unregistered', reason, isAgain: false } as const;
    this.#writer.write(key, ended, revision);
  }

  #tell(registration: Registration, state: ToldState, isAgain: boolean): void {
    const { device, registeredAt, startedAt } = registration;
    const told = this.#valueOf(registration, state, '', registeredAt ?? startedAt, isAgain);
    this.#writer.write(keyOf(deviceKey(device)), told, 'anybody');
  }

  #valueOf(
    about: AboutRegistration,
    state: ToldState,
    reason: string,
    at: Instant,
    isAgain: boolean,
  ): ToldRegistration {
    const { self, clock, place } = this.#dependencies;
    const { device, generation, protocol, transport, address, port, typeId, load = '', lines = [] } = about;
    const capabilities = about.capabilities?.map(({ payload }) => payload).join(',') ?? '';
    const { node, instance } = self;
    const since = clock.wallTime(at);
    // Written out, since a registration must cost little.
    return {
      device,
      node,
      instance,
      generation,
      protocol,
      transport,
      address,
      port,
      typeId,
      load,
      state,
      reason,
      since,
      lines,
      capabilities,
      isAgain,
      place,
    };
  }

  /** Another value stands in the bucket, or the engine has lost it. */
  #changed(
    key: string,
    now: Mirrored<ToldRegistration> | undefined,
    before: Mirrored<ToldRegistration> | undefined,
  ): void {
    if (now === undefined) {
      if (before !== undefined) this.#untold.set(key, before.value);
      return;
    }
    this.#untold.delete(key);
    // Of its own phones this node has heard already. What it says of others that it had is news to it, too.
    const isHeard = this.#isOwn(now.value) && isRegisteredState(now.value.state);
    if (this.#isOwn(now.value) && (before === undefined ? isHeard : this.#isOwn(before.value))) return;
    this.#dependencies.changed(now.value.device);
    this.#look(key);
  }

  /** Compares what is told last of a device with what this node holds. */
  #look(key: string): void {
    const told = this.#mirror.entryOf(key);
    if (!this.#isTelling || told === undefined || this.#isOwn(told.value) || this.#writer.isPending(key)) return;
    const { recordOf, isGone, place, self } = this.#dependencies;
    const { value, revision } = told;
    const record = recordOf(value.device);
    const state = heldState(record);
    if (record?.registration === undefined || state === undefined) return;
    const { registration } = record;
    const own = this.#writer.ownRevision(key);
    if (own !== undefined && own > revision) return; // the other sees this node's and ends its own
    // Who tells again was there a moment ago, even if its next heartbeat has not come yet.
    if (!isRegisteredState(value.state) || (!value.isAgain && isGone(value.node, value.instance))) {
      this.#tell(registration, state, false); // the other has given it up, and this node has it
      return;
    }
    if (!value.isAgain) {
      this.#supersede(registration, value);
      return;
    }
    // Of two that hold a phone since a break one decides: the later one, by the places that both tell of themselves.
    const isLater = place === value.place ? self.node > value.node : place > value.place;
    if (isLater) this.#contested.add(value.node, deviceKey(value.device));
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

  /** The other node did not answer: the phone is this node's if that one has died. `false`: it is asked about again. */
  #decideWithout(node: string, device: DeviceKey): boolean {
    const told = this.of(device);
    const record = this.#dependencies.recordOf(device);
    const state = heldState(record);
    const isStill = told?.node === node && isRegisteredState(told.state);
    if (record?.registration !== undefined && state !== undefined && isStill) {
      if (this.#isHeld(told)) return false;
      this.#tell(record.registration, state, false);
    }
    return true;
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
