// Every connection that is accepted takes a descriptor, whichever service it is for. They are counted together: all of
// them leave some for files and sockets of ours, and those of one address leave some for others.

import { descriptorLimit } from '../descriptors.js';

/** Traces, leases, listeners, files that are being read: at most an eighth of what there is. */
export const KEPT_FOR_FILES = 512;
/** Of other addresses than one that takes all it can; a fleet behind one address has the rest. At most an eighth, too. */
export const KEPT_FOR_OTHERS = 640;

/** Of so many descriptors, those that connections may take: of one address, and in all. */
export const placesOf = (descriptors: number): { readonly perSource: number; readonly all: number } => {
  const eighth = Math.floor(descriptors / 8);
  const all = descriptors - Math.min(KEPT_FOR_FILES, eighth);
  return { all, perSource: all - Math.min(KEPT_FOR_OTHERS, eighth) };
};

export class ConnectionPlaces {
  readonly #perSource: number;
  readonly #all: number;
  readonly #bySource = new Map<string, number>();
  #taken = 0;

  /** `descriptors`: `undefined` where nobody knows how many there are. */
  constructor(descriptors: number | undefined) {
    const { perSource, all } = placesOf(descriptors ?? Number.MAX_SAFE_INTEGER);
    this.#perSource = perSource;
    this.#all = all;
  }

  /** Takes a place for a connection of this address; answers what stands against it. */
  take(source: string): 'links' | 'links-per-source' | undefined {
    if (this.#taken >= this.#all) return 'links';
    const count = this.#bySource.get(source) ?? 0;
    if (count >= this.#perSource) return 'links-per-source';
    this.#bySource.set(source, count + 1);
    this.#taken += 1;
    return undefined;
  }

  leave(source: string): void {
    this.#taken -= 1;
    const left = (this.#bySource.get(source) ?? 1) - 1;
    if (left === 0) this.#bySource.delete(source);
    else this.#bySource.set(source, left);
  }
}

/** Of this process. */
export const connectionPlaces = new ConnectionPlaces(descriptorLimit());
