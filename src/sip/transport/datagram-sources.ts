import { type Aged, AgeList } from '../../core/age-list.js';
import { after, type Instant, minutes } from '../../core/time.js';

/** Share of a second's datagrams that an address may send at once. More would delay others for as long. */
const BURST_SHARE = 0.2;
/** Octets that may be sent for each octet received (RFC 9000 §8.1). */
const AMPLIFICATION = 3;
/** The most octets that an address can save up. */
const MOST_CREDIT = 64 * 1024;
/** How long a proof lasts. Each response to a request of this server is a new one. */
const VALIDATED_FOR = minutes(30);

/** How many addresses are remembered. One that was forgotten begins again, without the octets that it had saved. */
export interface SourceCapacity {
  readonly unvalidated: number;
  readonly validated: number;
}

const CAPACITY: SourceCapacity = { unvalidated: 16_384, validated: 65_536 };

interface Source extends Aged<Source> {
  readonly address: string;
  /** Datagrams that it may still send, as of `filledAt`. Not a `TokenBucket`: one for each address would weigh more. */
  tokens: number;
  filledAt: Instant;
  /** Octets that may go to it. */
  credit: number;
  /** When its proof ends; 0: it has proved nothing. */
  validUntil: Instant;
}

const UNPROVED = 0 as Instant;

/**
 * Knows for each address that sends datagrams how many more it may send in this second, and whether it has proved that
 * it receives what is sent to it. Until then at most three times what came from it is sent to it. Otherwise somebody
 * could have this server flood a third party, under a forged address (the anti-amplification limit of QUIC, RFC 9000
 * §8).
 *
 * @hot Every datagram in either direction is counted here. The address looked at last is found without the map: a
 * response goes where its request came from.
 */
export class DatagramSources {
  readonly #perSecond: () => number;
  readonly #capacity: SourceCapacity;
  readonly #byAddress = new Map<string, Source>();
  readonly #unvalidated = new AgeList<Source>();
  readonly #validated = new AgeList<Source>();
  /** The one looked at last. */
  #latest: Source | undefined;

  /** `perSecond`: datagrams of one address. */
  constructor(perSecond: () => number, capacity: SourceCapacity = CAPACITY) {
    this.#perSecond = perSecond;
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#byAddress.size;
  }

  /** Counts a datagram of so many octets. `false`: the address has sent too many in this second. */
  admit(address: string, octets: number, now: Instant): boolean {
    const source = this.#of(address) ?? this.#add(address, now);
    const perSecond = this.#perSecond();
    if (now > source.filledAt)
      source.tokens = Math.min(burstOf(perSecond), source.tokens + ((now - source.filledAt) * perSecond) / 1000);
    source.filledAt = now;
    if (source.tokens < 1) return false;
    source.tokens -= 1;
    source.credit = Math.min(MOST_CREDIT, source.credit + AMPLIFICATION * octets);
    return true;
  }

  /** Whether so many octets may be sent to the address now. */
  maySend(address: string, octets: number, now: Instant): boolean {
    const source = this.#of(address);
    return source !== undefined && (source.validUntil > now || source.credit >= octets);
  }

  /** Counts octets that are sent to the address. `false`: so many may not be sent to it now, and none are counted. */
  spend(address: string, octets: number, now: Instant): boolean {
    const source = this.#of(address);
    if (source === undefined) return false;
    if (source.validUntil > now) return true;
    if (source.credit < octets) return false;
    source.credit -= octets;
    return true;
  }

  isValidated(address: string, now: Instant): boolean {
    return (this.#of(address)?.validUntil ?? UNPROVED) > now;
  }

  /** Notes that the address has proved that it receives what is sent to it, or is configured. */
  validate(address: string, now: Instant): void {
    const source = this.#of(address) ?? this.#add(address, now);
    const isFirstTime = source.validUntil === UNPROVED;
    source.validUntil = after(now, VALIDATED_FOR);
    if (!isFirstTime) return;
    this.#unvalidated.remove(source);
    this.#validated.add(source);
    if (this.#validated.size > this.#capacity.validated) this.#forgetOldest(this.#validated);
  }

  #of(address: string): Source | undefined {
    if (this.#latest?.address === address) return this.#latest;
    const source = this.#byAddress.get(address);
    if (source !== undefined) this.#latest = source;
    return source;
  }

  #add(address: string, now: Instant): Source {
    if (this.#unvalidated.size >= this.#capacity.unvalidated) this.#forgetOldest(this.#unvalidated);
    const source: Source = {
      address,
      tokens: burstOf(this.#perSecond()),
      filledAt: now,
      credit: 0,
      validUntil: UNPROVED,
      older: undefined,
      newer: undefined,
    };
    this.#byAddress.set(address, source);
    this.#unvalidated.add(source);
    this.#latest = source;
    return source;
  }

  #forgetOldest(sources: AgeList<Source>): void {
    const { oldest } = sources;
    if (oldest === undefined) return;
    sources.remove(oldest);
    this.#byAddress.delete(oldest.address);
    if (this.#latest === oldest) this.#latest = undefined;
  }
}

const burstOf = (perSecond: number): number => Math.max(1, perSecond * BURST_SHARE);
