// Who is heard of and is no device: names, hardware addresses and addresses that nobody configured, each with its last
// facts. The least recently heard goes where there are too many; neither one source nor those without a name take the
// places of all others.

import { deviceKey, type MacAddress, macOfName, parseMacAddress } from '../core/identifiers.js';
import { type Instant, minutes } from '../core/time.js';
import type { DeviceRejected } from '../devices/index.js';
import type { LabcmEvent } from '../events.js';
import { detached, detachedText } from './detached.js';
import { type KeptFact, keepFact } from './fact-list.js';

/** How many are kept, of one source where all places are taken, and facts of each. */
export const UNKNOWN_PHONES = { most: 1024, ofOneSource: 256, facts: 8 } as const;

/** How long an address stands for who named itself from it. */
const ADDRESS_STANDS = minutes(10);

/** What a fact says of whom it is about: one of these at least. */
export interface UnknownIdentity {
  readonly name?: string | undefined;
  readonly mac?: MacAddress | undefined;
  readonly address?: string | undefined;
}

export interface UnknownPhone {
  /** As it gave it last. */
  readonly name: string | undefined;
  readonly mac: MacAddress | undefined;
  /** Where it was last heard from. */
  readonly address: string | undefined;
  readonly since: Instant;
  readonly lastSeenAt: Instant;
  readonly facts: readonly KeptFact[];
  /** Why it was refused last. */
  readonly refusal: DeviceRejected | undefined;
}

interface MutablePhone extends UnknownPhone {
  readonly key: string;
  name: string | undefined;
  mac: MacAddress | undefined;
  address: string | undefined;
  lastSeenAt: Instant;
  readonly facts: KeptFact[];
  refusal: DeviceRejected | undefined;
}

export class UnknownPhones {
  readonly #isRepeat: (one: LabcmEvent, other: LabcmEvent) => boolean;
  /** By key, the least recently heard first. */
  readonly #named = new Map<string, MutablePhone>();
  readonly #nameless = new Map<string, MutablePhone>();
  /** By address, the least recently heard first; those of no address together. */
  readonly #bySource = new Map<string, Set<MutablePhone>>();
  /** Those of `#bySource` that have more than their share. */
  readonly #crowded = new Set<Set<MutablePhone>>();
  /** Who named itself last from an address. */
  readonly #namedAt = new Map<string, MutablePhone>();

  constructor(isRepeat: (one: LabcmEvent, other: LabcmEvent) => boolean) {
    this.#isRepeat = isRepeat;
  }

  get size(): number {
    return this.#named.size + this.#nameless.size;
  }

  keep(event: LabcmEvent, { name, ...identity }: UnknownIdentity): void {
    const phone = this.#remember(
      name === undefined || name === '' ? identity : { ...identity, name: detachedText(name) },
      event.at,
    );
    if (phone === undefined) return;
    const kept = detached(event);
    if (kept.type === 'device.rejected') phone.refusal = kept;
    keepFact(phone.facts, kept, UNKNOWN_PHONES.facts, this.#isRepeat);
  }

  /** By name in any case, hardware address in any spelling, or address. */
  find(who: string): UnknownPhone | undefined {
    const key = keyOf({ name: who, mac: parseMacAddress(who) });
    const phone = key === undefined ? undefined : (this.#named.get(key) ?? this.#nameless.get(key));
    return phone ?? this.#namedAt.get(who);
  }

  /** Who named itself last from there, if that is not long ago. */
  atAddress(address: string, at: Instant): UnknownPhone | undefined {
    const phone = this.#namedAt.get(address);
    return phone !== undefined && at - phone.lastSeenAt <= ADDRESS_STANDS ? phone : undefined;
  }

  /** The most recently heard first. */
  newest(most: number): readonly UnknownPhone[] {
    return [...this.#named.values(), ...this.#nameless.values()]
      .sort((one, other) => other.lastSeenAt - one.lastSeenAt)
      .slice(0, most);
  }

  /** It is a device now: what was heard of it, as far as it was remembered. */
  take(identity: UnknownIdentity): readonly KeptFact[] {
    const key = keyOf(identity);
    const phone = key === undefined ? undefined : (this.#named.get(key) ?? this.#nameless.get(key));
    if (phone === undefined) return [];
    this.#leave(phone);
    return phone.facts;
  }

  #remember(identity: UnknownIdentity, at: Instant): MutablePhone | undefined {
    const key = keyOf(identity);
    if (key === undefined) return undefined;
    const known = this.#named.get(key) ?? this.#nameless.get(key);
    if (known === undefined) this.#makeRoom(identity);
    else this.#leave(known);
    const phone = known ?? {
      key,
      name: undefined,
      mac: undefined,
      address: undefined,
      since: at,
      lastSeenAt: at,
      facts: [],
      refusal: undefined,
    };
    phone.name = identity.name ?? phone.name;
    phone.mac = identity.mac ?? (identity.name === undefined ? undefined : macOfName(identity.name)) ?? phone.mac;
    phone.address = identity.address ?? phone.address;
    phone.lastSeenAt = at;
    this.#enter(phone);
    return phone;
  }

  #groupOf({ name }: UnknownIdentity): Map<string, MutablePhone> {
    return name === undefined ? this.#nameless : this.#named;
  }

  /** Of a source that has more than its share, else of those with or without a name, whichever are more than half. */
  #makeRoom(newcomer: UnknownIdentity): void {
    const { most } = UNKNOWN_PHONES;
    if (this.size < most) return;
    const [crowded] = this.#crowded;
    const group = this.#groupOf(newcomer);
    const other = group === this.#named ? this.#nameless : this.#named;
    const [oldest] = (crowded ?? (group.size >= most / 2 ? group : other)).values();
    if (oldest !== undefined) this.#leave(oldest);
  }

  #enter(phone: MutablePhone): void {
    const source = phone.address ?? '';
    this.#groupOf(phone).set(phone.key, phone);
    const ofSource = this.#bySource.get(source) ?? new Set();
    this.#bySource.set(source, ofSource.add(phone));
    if (ofSource.size > UNKNOWN_PHONES.ofOneSource) this.#crowded.add(ofSource);
    if (phone.address !== undefined && phone.name !== undefined) this.#namedAt.set(phone.address, phone);
  }

  /** It is no more, or has another place from now on. */
  #leave(phone: MutablePhone): void {
    const source = phone.address ?? '';
    this.#groupOf(phone).delete(phone.key);
    const ofSource = this.#bySource.get(source);
    if (ofSource?.delete(phone) === true) {
      if (ofSource.size <= UNKNOWN_PHONES.ofOneSource) this.#crowded.delete(ofSource);
      if (ofSource.size === 0) this.#bySource.delete(source);
    }
    if (this.#namedAt.get(source) === phone) this.#namedAt.delete(source);
  }
}

/** A phone that DHCP knows by its hardware address has that in its name too. */
const keyOf = ({ name, mac, address }: UnknownIdentity): string | undefined => {
  if (mac !== undefined) return mac;
  if (name === undefined) return address;
  return macOfName(name) ?? deviceKey(name);
};
