import { deviceKey, type MacAddress, macOfName, parseMacAddress } from '../core/identifiers.js';
import { type Instant, minutes } from '../core/time.js';
import type { DeviceRejected } from '../devices/index.js';
import type { LabcmEvent } from '../events.js';
import { detached, detachedText } from './detached.js';
import { type KeptFact, keepFact } from './fact-list.js';

/** How many phones are kept, how many of one source when all places are taken, and how many events of each. */
export const UNKNOWN_PHONES = { most: 1024, ofOneSource: 256, facts: 8 } as const;

/** How long an address belongs to the phone that gave its name from it. */
const ADDRESS_STANDS = minutes(10);

/** What an event says about an unknown phone: at least one of these. */
export interface UnknownIdentity {
  readonly name?: string | undefined;
  readonly mac?: MacAddress | undefined;
  readonly address?: string | undefined;
}

/** A phone that nobody configured. */
export interface UnknownPhone {
  /** The same as long as it is kept: its hardware address, else its name, else its address. */
  readonly key: string;
  /** The name that it gave last. */
  readonly name: string | undefined;
  readonly mac: MacAddress | undefined;
  /** The address at which it was seen last. */
  readonly address: string | undefined;
  readonly since: Instant;
  readonly lastSeenAt: Instant;
  readonly facts: readonly KeptFact[];
  /** Why it was refused last. */
  readonly refusal: DeviceRejected | undefined;
}

interface MutablePhone extends UnknownPhone {
  name: string | undefined;
  mac: MacAddress | undefined;
  address: string | undefined;
  lastSeenAt: Instant;
  readonly facts: KeptFact[];
  refusal: DeviceRejected | undefined;
}

/**
 * Names, hardware addresses and addresses that were seen but not configured, each with its last events. If there are
 * too many, the least recently seen one goes; neither one source nor the phones without a name can take all places.
 */
export class UnknownPhones {
  readonly #isRepeat: (one: LabcmEvent, other: LabcmEvent) => boolean;
  /** By key, the least recently seen first. */
  readonly #named = new Map<string, MutablePhone>();
  readonly #nameless = new Map<string, MutablePhone>();
  /** By address, the least recently seen first; those without an address together. */
  readonly #bySource = new Map<string, Set<MutablePhone>>();
  /** The sources that have more than their share. */
  readonly #crowded = new Set<Set<MutablePhone>>();
  /** The phone that gave its name last from an address. */
  readonly #namedAt = new Map<string, MutablePhone>();

  constructor(isRepeat: (one: LabcmEvent, other: LabcmEvent) => boolean) {
    this.#isRepeat = isRepeat;
  }

  get size(): number {
    return this.#named.size + this.#nameless.size;
  }

  /** Adds an event of an unknown phone. Returns the phone; `undefined`: the event says nothing of it. */
  keep(event: LabcmEvent, { name, ...identity }: UnknownIdentity): UnknownPhone | undefined {
    const phone = this.#remember(
      name === undefined || name === '' ? identity : { ...identity, name: detachedText(name) },
      event.at,
    );
    if (phone === undefined) return undefined;
    const kept = detached(event);
    if (kept.type === 'device.rejected') phone.refusal = kept;
    keepFact(phone.facts, kept, UNKNOWN_PHONES.facts, this.#isRepeat);
    return phone;
  }

  /** Finds a phone by name in any case, hardware address in any spelling, or address. */
  find(who: string): UnknownPhone | undefined {
    const key = unknownKeyOf({ name: who, mac: parseMacAddress(who) });
    const phone = key === undefined ? undefined : (this.#named.get(key) ?? this.#nameless.get(key));
    return phone ?? this.#namedAt.get(who);
  }

  /** The phone that gave its name last from there, if that is not long ago. */
  atAddress(address: string, at: Instant): UnknownPhone | undefined {
    const phone = this.#namedAt.get(address);
    return phone !== undefined && at - phone.lastSeenAt <= ADDRESS_STANDS ? phone : undefined;
  }

  /** The most recently seen first. */
  newest(most: number): readonly UnknownPhone[] {
    return [this.#named, this.#nameless]
      .flatMap((phones) => [...phones.values()].slice(-most))
      .sort((one, other) => other.lastSeenAt - one.lastSeenAt)
      .slice(0, most);
  }

  /** Removes a phone that is a device now, and returns its events. */
  take(identity: UnknownIdentity): readonly KeptFact[] {
    const key = unknownKeyOf(identity);
    const phone = key === undefined ? undefined : (this.#named.get(key) ?? this.#nameless.get(key));
    if (phone === undefined) return [];
    this.#leave(phone);
    return phone.facts;
  }

  #remember(identity: UnknownIdentity, at: Instant): MutablePhone | undefined {
    const key = unknownKeyOf(identity);
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

  /**
   * Removes the oldest of a source over its share, else of those with or without a name, whichever has more than
   * half.
   */
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

  /** Takes the phone out of all indexes. */
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

/** The key of a phone. By hardware address if there is one: DHCP knows it, and the name may contain it. */
export const unknownKeyOf = ({ name, mac, address }: UnknownIdentity): string | undefined => {
  if (mac !== undefined) return mac;
  if (name === undefined) return address;
  return macOfName(name) ?? deviceKey(name);
};
