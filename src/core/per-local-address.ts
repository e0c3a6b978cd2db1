// Something for each address of this machine, such as a socket: on 0.0.0.0 kept up to date as addresses come and go, so
// that every answer comes from the address that was asked. What it is, is not known here.

import { after, type Clock, seconds, type Timer } from './time.js';

const ANY = '0.0.0.0';
const LOOK_AT_ADDRESSES = seconds(5);

export interface Keeping<T> {
  /** Of this machine, at this moment. */
  readonly addresses: () => readonly string[];
  readonly clock: Clock;
  readonly open: (address: string) => Promise<T>;
  readonly close: (opened: T) => Promise<void>;
}

export class PerLocalAddress<T> {
  readonly #keeping: Keeping<T>;
  readonly #opened = new Map<string, T>();
  #look: Timer | undefined;
  #following: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(keeping: Keeping<T>) {
    this.#keeping = keeping;
  }

  get all(): readonly T[] {
    return [...this.#opened.values()];
  }

  at(address: string): T | undefined {
    return this.#opened.get(address);
  }

  /** `0.0.0.0`: all of them, from now on. Rejects where one cannot be opened; close it then. */
  async open(address: string): Promise<void> {
    this.#closed = false;
    for (const wanted of address === ANY ? this.#keeping.addresses() : [address]) await this.#enter(wanted);
    if (address === ANY) this.#lookLater();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#look?.cancel();
    await this.#leaveAll();
    await this.#following;
    await this.#leaveAll(); // what was opened meanwhile
  }

  async #enter(address: string): Promise<void> {
    this.#opened.set(address, await this.#keeping.open(address));
  }

  async #leave(address: string): Promise<void> {
    const opened = this.#opened.get(address);
    this.#opened.delete(address);
    if (opened !== undefined) await this.#keeping.close(opened);
  }

  async #leaveAll(): Promise<void> {
    await Promise.all([...this.#opened.keys()].map((address) => this.#leave(address)));
  }

  #lookLater(): void {
    const { clock } = this.#keeping;
    this.#look = clock.callAt(after(clock.now(), LOOK_AT_ADDRESSES), () => {
      this.#following = this.#follow();
    });
  }

  /** An address that came is entered, one that went is left. */
  async #follow(): Promise<void> {
    const now = this.#present();
    for (const address of [...this.#opened.keys()]) if (!now.has(address)) await this.#leave(address);
    for (const address of now) {
      if (this.#opened.has(address) || this.#closed) continue;
      await this.#enter(address).catch(() => {}); // not ready yet: the next look tries again
    }
    if (!this.#closed) this.#lookLater();
  }

  #present(): ReadonlySet<string> {
    try {
      return new Set(this.#keeping.addresses());
    } catch {
      return new Set(this.#opened.keys()); // the machine does not say, e.g. for want of descriptors: nothing has changed
    }
  }
}
