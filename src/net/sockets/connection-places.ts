import { descriptorLimit } from '../descriptors.js';

/** Descriptors for traces, leases, listeners and files that are being read; at most an eighth of all. */
export const KEPT_FOR_FILES = 512;
/**
 * Connections that one address leaves for others; at most an eighth of all. A fleet behind one address has the rest.
 */
export const KEPT_FOR_OTHERS = 640;

/** How many of so many descriptors connections may take: those of one address, and all. */
export const placesOf = (descriptors: number): { readonly perSource: number; readonly all: number } => {
  const eighth = Math.floor(descriptors / 8);
  const all = descriptors - Math.min(KEPT_FOR_FILES, eighth);
  return { all, perSource: all - Math.min(KEPT_FOR_OTHERS, eighth) };
};

/**
 * Counts the connections of all services together, since each takes a descriptor. All connections leave some
 * descriptors for files and sockets of this program, and those of one address leave some for other addresses.
 */
export class ConnectionPlaces {
  readonly #perSource: number;
  readonly #all: number;
  readonly #bySource = new Map<string, number>();
  #taken = 0;

  /** `descriptors`: the limit of the process; `undefined` if it is not known. */
  constructor(descriptors: number | undefined) {
    const { perSource, all } = placesOf(descriptors ?? Number.MAX_SAFE_INTEGER);
    this.#perSource = perSource;
    this.#all = all;
  }

  /** How many connections there are, and how many there may be. */
  get occupancy(): { readonly taken: number; readonly all: number } {
    return { taken: this.#taken, all: this.#all };
  }

  /** Takes a place for a connection of this address. Returns the limit that forbids it; `undefined`: it has a place. */
  take(source: string): 'links' | 'links-per-source' | undefined {
    if (this.#taken >= this.#all) return 'links';
    const count = this.#bySource.get(source) ?? 0;
    if (count >= this.#perSource) return 'links-per-source';
    this.#bySource.set(source, count + 1);
    this.#taken += 1;
    return undefined;
  }

  /** Gives back the place of a connection. */
  leave(source: string): void {
    this.#taken -= 1;
    const left = (this.#bySource.get(source) ?? 1) - 1;
    if (left === 0) this.#bySource.delete(source);
    else this.#bySource.set(source, left);
  }
}

/** The places of this process. */
export const connectionPlaces = new ConnectionPlaces(descriptorLimit());
