import { after, type Clock, seconds, type Timer } from './time.js';

const ANY = '0.0.0.0';
const POLL_INTERVAL = seconds(5);

/** How the resource is opened and closed. */
export interface PerLocalAddressOptions<T> {
  /** The addresses of this machine at this moment. */
  readonly addresses: () => readonly string[];
  readonly clock: Clock;
  readonly open: (address: string) => Promise<T>;
  readonly close: (opened: T) => Promise<void>;
  /** Called for an address that this machine got later, each time that it is tried; `error`: why it cannot be opened. */
  readonly onLater?: ((address: string, error: NodeJS.ErrnoException | undefined) => void) | undefined;
}

/**
 * Keeps one resource, for example a socket, for each local address. When it is opened on 0.0.0.0 it follows address
 * changes, so that replies leave from the address that was asked. It does not know what the resource is.
 */
export class PerLocalAddress<T> {
  readonly #options: PerLocalAddressOptions<T>;
  readonly #opened = new Map<string, T>();
  #pollTimer: Timer | undefined;
  #updating: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(keeping: PerLocalAddressOptions<T>) {
    this.#options = keeping;
  }

  get all(): readonly T[] {
    return [...this.#opened.values()];
  }

  get(address: string): T | undefined {
    return this.#opened.get(address);
  }

  /**
   * Opens one address, or with `0.0.0.0` all of them, from now on. Rejects if one cannot be opened; call `close`
   * then.
   */
  async open(address: string): Promise<void> {
    this.#closed = false;
    for (const wanted of address === ANY ? this.#options.addresses() : [address]) await this.#add(wanted);
    if (address === ANY) this.#pollLater();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#pollTimer?.cancel();
    await this.#removeAll();
    await this.#updating;
    await this.#removeAll(); // opened meanwhile
  }

  async #add(address: string): Promise<void> {
    this.#opened.set(address, await this.#options.open(address));
  }

  async #remove(address: string): Promise<void> {
    const opened = this.#opened.get(address);
    this.#opened.delete(address);
    if (opened !== undefined) await this.#options.close(opened);
  }

  async #removeAll(): Promise<void> {
    await Promise.all([...this.#opened.keys()].map((address) => this.#remove(address)));
  }

  #pollLater(): void {
    const { clock } = this.#options;
    this.#pollTimer = clock.callAt(after(clock.now(), POLL_INTERVAL), () => {
      this.#updating = this.#update();
    });
  }

  /** Opens addresses that appeared and closes those that went. */
  async #update(): Promise<void> {
    const now = this.#currentAddresses();
    for (const address of [...this.#opened.keys()]) if (!now.has(address)) await this.#remove(address);
    for (const address of now) {
      if (this.#opened.has(address) || this.#closed) continue;
      const error = await this.#add(address).then(
        () => undefined,
        (failure: NodeJS.ErrnoException) => failure, // not ready yet: the next poll tries again
      );
      this.#options.onLater?.(address, error);
    }
    if (!this.#closed) this.#pollLater();
  }

  #currentAddresses(): ReadonlySet<string> {
    try {
      return new Set(this.#options.addresses());
    } catch {
      return new Set(this.#opened.keys()); // the system does not say, e.g. without a free descriptor: assume no change
    }
  }
}
