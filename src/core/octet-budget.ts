/** Octets for one source and for all sources together. */
export interface OctetLimits {
  readonly perSource: number;
  readonly all: number;
}

/** Something that keeps octets for a peer, such as a link. */
export interface Keeper {
  readonly source: string;
  /** Called when the budget is exceeded. The keeper is no longer counted and must drop what it keeps. */
  letGo(): void;
}

interface Share {
  octets: number;
  /** The longest-keeping one comes first. */
  readonly keepers: Set<Keeper>;
}

/**
 * Bounds the octets that all peers together make this daemon keep, for each source and in all: no bound on one peer
 * is small enough if there may be many peers. Over the budget, the holder that has kept its octets longest is let go
 * first, since a healthy peer is done in a moment.
 */
export class OctetBudget {
  readonly #limits: OctetLimits;
  /** The longest-keeping one comes first. */
  readonly #keepers = new Map<Keeper, number>();
  readonly #shares = new Map<string, Share>();
  #octets = 0;

  constructor(limits: OctetLimits) {
    this.#limits = limits;
  }

  /** Octets of all sources together. */
  get octets(): number {
    return this.#octets;
  }

  /**
   * Notes that `keeper` keeps so many octets from now on; 0: none. May call `letGo` of this or another keeper at
   * once.
   */
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
