// The numbers of auto-registration over all nodes: no number is given twice, and a phone has one number at all nodes.
//
// A node gives only numbers that it holds in reserve: `dn.<number>` names it, and nobody else writes there. So a registration
// waits for nobody, and two sides of a broken network never give the same number. Which number a phone has is decided by
// `device.<NAME>`: whoever writes it first has given it, and the other node takes that number over.

import type { Publisher } from '../core/event-bus.js';
import { type DeviceName, type DirectoryNumber, deviceKey } from '../core/identifiers.js';
import { type Clock, seconds } from '../core/time.js';
import type { AutoRegistered, NoNumber, SharedNumbers } from '../devices/index.js';
import { DelayedCall } from './delayed-call.js';
import type { ClusterEvent } from './events.js';
import type { Mirrored } from './mirror.js';
import {
  deviceKeyOf,
  type NumberValue,
  numberKey,
  numberText,
  readNumber,
  reserveKey,
  type ToldDevice,
  type ToldNumber,
} from './number-values.js';
import type { Bucket, BucketWatcher, Entry } from './ports.js';
import { LowestFree, type NumberRange, rangesOf, reserveSize, SortedNumbers } from './reserve.js';
import { lostWithout, type NextWrite, SharedBucket } from './shared-bucket.js';

/** After this time every other node that is alive was heard. */
const HEARD_AFTER = seconds(10);
const TELL_RESERVE_AFTER = seconds(1);

/** The devices of this node, as far as numbers go. */
export interface NumberedDevices {
  /** Whether a device of this node has the number. */
  isTaken(dn: DirectoryNumber): boolean;
  /** What auto-registration made of a device. `undefined`: nothing, or it is configured. */
  entryOf(name: string): AutoRegistered | undefined;
  /** Everything that auto-registration made. */
  entries(): Iterable<AutoRegistered>;
  /** Takes in what another node gave; a phone that has another number gets that one. */
  learn(entry: AutoRegistered): void;
  /** The phone has no number any more: it gets another one when it registers again. */
  forget(name: DeviceName): void;
}

/** What the numbers need of this node. */
export interface ClusterNumbersDependencies {
  readonly clock: Clock;
  readonly bus: Publisher<ClusterEvent>;
  readonly bucket: Bucket;
  readonly self: { readonly node: string; readonly instance: string };
  readonly devices: NumberedDevices;
  /** Whether there is such a node: it is configured, or alive. What another one held in reserve is free. */
  exists(node: string): boolean;
  /** The other nodes of the configuration. */
  others(): readonly string[];
  /** The range of this node. `undefined`: it gives no numbers. */
  range(): NumberRange | undefined;
  /** Why this node cannot give a number, once; `undefined`: it can. */
  degraded(reason: string | undefined): void;
}

/** The numbers of all nodes. */
export class ClusterNumbers implements BucketWatcher, SharedNumbers {
  readonly #dependencies: ClusterNumbersDependencies;
  readonly #shared: SharedBucket<NumberValue>;
  /** What this node alone may give. */
  readonly #reserve = new SortedNumbers();
  readonly #claiming = new Set<number>();
  readonly #returning = new Set<number>();
  /** How many numbers of the range phones have, or other nodes hold in reserve. */
  #others = 0;
  /** The names of told devices by number. */
  readonly #owners = new Map<DirectoryNumber, string>();
  #free = new LowestFree([], () => true);
  #isFilling = false;
  readonly #telling: DelayedCall;
  readonly #looking: DelayedCall;

  constructor(dependencies: ClusterNumbersDependencies) {
    this.#dependencies = dependencies;
    const { clock, bus, bucket, self } = dependencies;
    this.#telling = new DelayedCall(clock, TELL_RESERVE_AFTER, () => this.#shared.touch(RESERVE));
    this.#looking = new DelayedCall(clock, HEARD_AFTER, () => this.#freeOfGoneNodes());
    this.#shared = new SharedBucket<NumberValue>({
      clock,
      bus,
      bucket,
      name: 'numbers',
      self,
      others: () => dependencies.others(),
      read: readNumber,
      textOf: numberText,
      changed: (key, now, before) => this.#changed(key, now, before),
      whole: () => this.#whole(),
      next: (subject) => this.#next(subject),
      failed: () => {},
    });
  }

  /** The numbers that this node holds in reserve. */
  get reserved(): readonly string[] {
    return [...this.#reserve].map(String);
  }

  /** How many writes wait for the engine or its answer. */
  get waiting(): number {
    return this.#shared.waiting;
  }

  /** The name of this node is its own: from now on it claims and gives numbers. */
  start(): void {
    this.#shared.allow();
  }

  begin(): void {
    this.#shared.begin();
  }

  entry(entry: Entry): void {
    this.#shared.entry(entry);
  }

  whole(): void {
    this.#shared.whole();
  }

  /** The bus is gone. */
  lost(): void {
    this.#shared.lost();
  }

  /** The range or the nodes may have changed. */
  configured(): void {
    this.#shared.configured();
    this.#fill();
    this.#looking.arm();
  }

  close(): void {
    this.#telling.cancel();
    this.#looking.cancel();
    this.#shared.close();
  }

  // ── what auto-registration asks ───────────────────────────────────────────────────────────────────────────────

  numberOf(name: DeviceName): DirectoryNumber | undefined {
    return this.#told(name)?.value.dn;
  }

  lowest({ first, last }: NumberRange): DirectoryNumber | NoNumber {
    if (this.#isAllowed)
      for (const number of this.#reserve)
        if (number >= first && number <= last && !this.#isUsed(textOf(number))) {
          this.#dependencies.degraded(undefined);
          return textOf(number);
        }
    const why = this.#shared.isReachable ? lostWithout(this.#shared.missing) : 'the bus is gone';
    if (why !== undefined) {
      this.#dependencies.degraded(`${why}, and every number that this node held in reserve is given`);
      return 'auto-registration-cut-off';
    }
    this.#fill();
    const isFilling = this.#claiming.size > 0 || this.#shared.isNew || !this.#shared.isReady;
    return isFilling ? 'auto-registration-busy' : 'auto-registration-exhausted';
  }

  given({ name, dn }: AutoRegistered): void {
    this.#reserve.delete(Number(dn));
    this.#shared.touch(subjectOfDevice(name));
    this.#fill();
  }

  released(dn: DirectoryNumber): void {
    const number = Number(dn);
    this.#free.release(number);
    if (this.#isReserved(this.#number(dn)?.value)) this.#reserve.add(number);
  }

  // ── what is told ──────────────────────────────────────────────────────────────────────────────────────────────

  #number(dn: string): Mirrored<ToldNumber> | undefined {
    const entry = this.#shared.entryOf(numberKey(dn));
    return entry?.value.kind === 'number' ? (entry as Mirrored<ToldNumber>) : undefined;
  }

  #told(name: string): Mirrored<ToldDevice> | undefined {
    const entry = this.#shared.entryOf(deviceKeyOf(name));
    return entry?.value.kind === 'device' ? (entry as Mirrored<ToldDevice>) : undefined;
  }

  /** Whether this node may give it. */
  #isReserved(told: ToldNumber | undefined): boolean {
    return told !== undefined && told.device === undefined && told.node === this.#dependencies.self.node;
  }

  #isUsed(dn: DirectoryNumber): boolean {
    return this.#owners.has(dn) || this.#dependencies.devices.isTaken(dn);
  }

  #changed(_key: string, now: Mirrored<NumberValue> | undefined, before: Mirrored<NumberValue> | undefined): void {
    const value = now?.value;
    const former = before?.value;
    if (value?.kind === 'device' || former?.kind === 'device') {
      if (former?.kind === 'device' && this.#owners.get(former.dn) === deviceKey(former.name))
        this.#owners.delete(former.dn);
      if (value?.kind === 'device') {
        this.#owners.set(value.dn, deviceKey(value.name));
        this.#learn(value);
      }
    } else if (value?.kind === 'number' || former?.kind === 'number') {
      this.#count(former, -1);
      this.#count(value, 1);
      const { dn } = (value ?? former) as ToldNumber;
      const number = Number(dn);
      if (this.#isReserved(value?.kind === 'number' ? value : undefined) && !this.#isUsed(dn)) {
        this.#claiming.delete(number);
        this.#reserve.add(number);
      } else this.#reserve.delete(number);
      if (value === undefined) this.#free.release(number);
      if (this.#isAllowed) this.#telling.arm();
      this.#fillSoon();
    }
  }

  #count(value: NumberValue | undefined, by: number): void {
    if (value?.kind === 'number' && !this.#isReserved(value) && this.#isInRange(Number(value.dn))) this.#others += by;
  }

  /** A phone has a number, by whichever node: it is the same here. */
  #learn(told: ToldDevice): void {
    const { devices } = this.#dependencies;
    const entry = devices.entryOf(told.name);
    if (entry?.dn === told.dn) return;
    const { name, dn, typeId, protocol } = told;
    devices.learn({ name, dn, typeId, protocol });
    // The other node was first: what this one gave is free for others.
    if (entry !== undefined) this.#shared.touch(subjectOfNumber(Number(entry.dn)));
  }

  #whole(): void {
    for (const { name } of this.#dependencies.devices.entries()) this.#shared.touch(subjectOfDevice(name));
    for (const [, { value }] of this.#shared.entries()) {
      if (value.kind === 'device') this.#learn(value);
      else if (value.kind === 'number' && this.#isMisplaced(value))
        this.#shared.touch(subjectOfNumber(Number(value.dn)));
    }
    this.#dependencies.degraded(undefined);
    this.#fill();
    this.#looking.arm();
  }

  /** This node gave it to a phone that has another one: it was stopped before it took it back. */
  #isMisplaced({ node, device, dn }: ToldNumber): boolean {
    if (node !== this.#dependencies.self.node || device === undefined) return false;
    const told = this.#told(device);
    return told !== undefined && told.value.dn !== dn;
  }

  // ── the reserve ───────────────────────────────────────────────────────────────────────────────────────────────

  #fillSoon(): void {
    if (this.#isFilling) return;
    this.#isFilling = true;
    queueMicrotask(() => {
      this.#isFilling = false;
      this.#fill();
    });
  }

  /** Holds as many in reserve as it should, and gives back what is too much or of no use. */
  #fill(): void {
    if (!this.#shared.isReady) return;
    const range = this.#dependencies.range();
    const held = this.#free.ranges[0];
    if (range?.first !== held?.first || range?.last !== held?.last) this.#takeRange(range);
    for (const number of [...this.#reserve])
      if (!this.#isInRange(number) || this.#isUsed(textOf(number))) this.#giveBack(number);
    if (range === undefined || this.#shared.isNew) return;
    const size = reserveSize(range.last - range.first + 1 - this.#others);
    while (this.#reserve.size + this.#claiming.size < size) {
      const number = this.#free.lowest();
      if (number === undefined) break;
      this.#claiming.add(number);
      this.#shared.touch(subjectOfNumber(number));
    }
    // As less is free, less is kept from others; not at each number, so that nothing goes to and fro.
    if (this.#reserve.size > 2 * size)
      for (const number of [...this.#reserve].slice(size - this.#reserve.size)) this.#giveBack(number);
  }

  #takeRange(range: NumberRange | undefined): void {
    this.#free = new LowestFree(range === undefined ? [] : [range], (number) => this.#isHeld(number));
    this.#others = 0;
    for (const [, { value }] of this.#shared.entries()) this.#count(value, 1);
  }

  #isInRange(number: number): boolean {
    const [range] = this.#free.ranges;
    return range !== undefined && number >= range.first && number <= range.last;
  }

  #isHeld(number: number): boolean {
    const dn = textOf(number);
    return this.#claiming.has(number) || this.#number(dn) !== undefined || this.#isUsed(dn);
  }

  /** From now on this node does not give it; what becomes of it is seen when the engine has answered. */
  #giveBack(number: number): void {
    this.#reserve.delete(number);
    this.#returning.add(number);
    this.#shared.touch(subjectOfNumber(number));
  }

  /** What a node that is no more held in reserve is free for all. */
  #freeOfGoneNodes(): void {
    if (!this.#shared.isReady) return;
    for (const [, { value }] of this.#shared.entries())
      if (value.kind === 'number' && value.device === undefined && !this.#dependencies.exists(value.node))
        this.#giveBack(Number(value.dn));
    this.#fill();
  }

  // ── the next write of a subject ───────────────────────────────────────────────────────────────────────────────

  #next(subject: string): NextWrite | undefined {
    if (subject === RESERVE) return this.#nextOfReserve();
    const [kind, name = ''] = subject.split(' ');
    return kind === 'device' ? this.#nextOfDevice(name) : this.#nextOfNumber(Number(name));
  }

  #nextOfReserve(): NextWrite | undefined {
    const { node } = this.#dependencies.self;
    const key = reserveKey(node);
    const numbers = rangesOf(this.#reserve);
    const told = this.#shared.entryOf(key);
    if (told?.value.kind === 'reserve' && told.value.numbers.join() === numbers.join()) return undefined;
    return { key, value: numberText({ kind: 'reserve', node, numbers }), revision: told?.revision ?? 0 };
  }

  /** Tells which number a phone has, and that the number is the phone's. */
  #nextOfDevice(name: string): NextWrite | undefined {
    const { devices, self } = this.#dependencies;
    const entry = devices.entryOf(name);
    if (entry === undefined) return undefined;
    const told = this.#told(name);
    if (told !== undefined && (told.value.dn !== entry.dn || told.value.node !== self.node)) {
      this.#learn(told.value);
      return undefined;
    }
    const number = this.#number(entry.dn);
    const { node } = self;
    const owned: NextWrite = {
      key: numberKey(entry.dn),
      value: numberText({ kind: 'number', dn: entry.dn, node, device: entry.name }),
      revision: number?.revision ?? 0,
    };
    const isOwners = number?.value.device !== undefined && deviceKey(number.value.device) === deviceKey(name);
    if (number !== undefined && !isOwners && !this.#mayGive(number.value)) {
      // Somebody else has the number: it was given while an engine was lost, or by a node that was taken for gone.
      devices.forget(entry.name);
      return told === undefined ? undefined : { key: deviceKeyOf(name), value: undefined, revision: told.revision };
    }
    if (told === undefined)
      return number === undefined
        ? owned
        : { key: deviceKeyOf(name), value: numberText({ kind: 'device', ...entry, node }), revision: 0 };
    return isOwners ? undefined : owned;
  }

  #mayGive(told: ToldNumber): boolean {
    return told.device === undefined && (this.#isReserved(told) || !this.#dependencies.exists(told.node));
  }

  #nextOfNumber(number: number): NextWrite | undefined {
    const { self } = this.#dependencies;
    const dn = textOf(number);
    const told = this.#number(dn);
    const key = numberKey(dn);
    const reserved = numberText({ kind: 'number', dn, node: self.node, device: undefined });
    if (told !== undefined && this.#isMisplaced(told.value)) return { key, value: reserved, revision: told.revision };
    if (this.#returning.delete(number) && told !== undefined && this.#mayGive(told.value))
      return { key, value: undefined, revision: told.revision };
    if (!this.#claiming.has(number)) return undefined;
    if (told === undefined && !this.#isUsed(dn)) return { key, value: reserved, revision: 0 };
    this.#claiming.delete(number);
    this.#fillSoon(); // another node was faster
    return undefined;
  }

  get #isAllowed(): boolean {
    return this.#shared.isAllowed;
  }
}

const RESERVE = 'reserve';
const subjectOfDevice = (name: string): string => `device ${name}`;
const subjectOfNumber = (number: number): string => `number ${number}`;
const textOf = (number: number): DirectoryNumber => String(number) as DirectoryNumber;
