import { NumberIndex, type ToldRegistration } from '../cluster/index.js';
import type { NumberHolder } from './line-sharing.js';

/** What it needs of the cluster. */
export interface NumberHoldersDependencies {
  /** The name of this node. */
  self(): string;
  /** The nodes of the configuration, in its order. */
  nodes(): readonly string[];
  /** What is told of a device last. */
  toldOf(device: string): ToldRegistration | undefined;
  isGone(node: string, instance: string): boolean;
}

/** Which other nodes hold a phone of a number. */
export class NumberHolders {
  readonly #dependencies: NumberHoldersDependencies;
  readonly #index = new NumberIndex();

  constructor(dependencies: NumberHoldersDependencies) {
    this.#dependencies = dependencies;
  }

  /** The numbers that phones of other nodes have or had. */
  numbers(): IterableIterator<string> {
    return this.#index.numbers();
  }

  has(dn: string): boolean {
    return this.#index.has(dn);
  }

  /** Something else is told of a device. Returns the numbers that it had or has, and those that another node has with it now. */
  update(device: string): { readonly changed: readonly string[]; readonly lines: readonly string[] } {
    const { toldOf, self } = this.#dependencies;
    const last = toldOf(device);
    const told = last?.node === self() ? undefined : last; // what this node holds it knows itself
    return { changed: this.#index.update(device, told), lines: told?.lines ?? [] };
  }

  /** The other nodes that hold a phone of a number and are not known to be gone, in the order of the configuration. */
  of(dn: string): readonly NumberHolder[] {
    const { toldOf, isGone, nodes, self } = this.#dependencies;
    const name = self();
    const holders = new Map<string, NumberHolder>();
    for (const device of this.#index.devicesOf(dn)) {
      const told = toldOf(device);
      if (told === undefined || told.node === name || !told.lines.includes(dn)) continue;
      const { state, node, instance } = told;
      if (state !== 'registered' && state !== 'partially-registered') continue;
      if (!isGone(node, instance)) holders.set(node, { node, instance });
    }
    if (holders.size < 2) return [...holders.values()];
    const places = nodes();
    return [...holders.values()].sort((one, other) => places.indexOf(one.node) - places.indexOf(other.node));
  }
}
