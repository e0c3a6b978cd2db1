// What many peers make this daemon keep for them, bounded for each source and in all: no bound on one peer is small enough
// where there may be many of it. Who has kept longest is let go first, since what is healthy is done in a moment.

export interface OctetLimits {
  readonly perSource: number;
  readonly all: number;
}

export interface Keeper {
  readonly source: string;
  /** It is over the budget, and counted no more: what it keeps must go. */
  letGo(): void;
}

interface Share {
  octets: number;
  /** The one that has kept longest comes first. */
  readonly keepers: Set<Keeper>;
}

export class OctetBudget {
  readonly #limits: OctetLimits;
  /** The one that has kept longest comes first. */
  readonly #keepers = new Map<Keeper, number>();
  readonly #shares = new Map<string, Share>();
  #octets = 0;

  constructor(limits: OctetLimits) {
    this.#limits = limits;
  }

  /** Of all sources together. */
  get octets(): number {
    return this.#octets;
  }

  /** `keeper` keeps so many octets from now on; 0: none. It may be let go at once. */
  keep(keeper: Keeper, octets: number): void {
    if (octets === 0) {
      this.#forget(keeper);
      return;
    }
    const share = this.#shareOf(keeper.source);
    const more = octets - (this.#keepers.get(keeper) ?? 0);
    this.#keepers.set(keeper, octets);
    share.keepers.add(keeper);
    share.octets += more;
    this.#octets += more;
    while (share.octets > this.#limits.perSource) this.#letGo(share.keepers);
    while (this.#octets > this.#limits.all) this.#letGo(this.#keepers.keys());
  }

  #letGo(keepers: Iterable<Keeper>): void {
    const [oldest] = keepers;
    if (oldest === undefined) return;
    this.#forget(oldest);
    oldest.letGo();
  }

  #forget(keeper: Keeper): void {
    const octets = this.#keepers.get(keeper);
    if (octets === undefined) return;
    this.#keepers.delete(keeper);
    this.#octets -= octets;
    const share = this.#shareOf(keeper.source);
    share.octets -= octets;
    share.keepers.delete(keeper);
    if (share.keepers.size === 0) this.#shares.delete(keeper.source);
  }

  #shareOf(source: string): Share {
    const known = this.#shares.get(source);
    if (known !== undefined) return known;
    const share = { octets: 0, keepers: new Set<Keeper>() };
    this.#shares.set(source, share);
    return share;
  }
}
