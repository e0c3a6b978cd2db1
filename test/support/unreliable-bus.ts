// A connection to the bus that is bad on purpose, by a seed: writes that are lost or whose answer is, everything late, and some
// of it twice. What a real engine never does, it does not do either: a watch keeps its order, and where it loses an entry it
// breaks off and is told everything again.

import {
  type Bucket,
  type BucketName,
  type BucketWatcher,
  type BusState,
  BusUnavailable,
  type ClusterBus,
  type Entry,
  NodeSilent,
} from '../../src/cluster/ports.js';
import { after, type Clock, type Duration, type Instant, milliseconds, seconds } from '../../src/core/time.js';
import type { Random } from '../../src/net/ports.js';

const ANSWER_WITHIN = seconds(3);

/** How bad it is. The shares are of a hundred. */
export interface Unreliability {
  readonly clock: Clock;
  readonly random: Random;
  /** Writes, questions and news that are lost. Of the writes, half are done all the same. */
  readonly lost?: number;
  /** What happens twice. */
  readonly doubled?: number;
  /** Everything is late by up to this. */
  readonly delay?: Duration;
  /** Entries of a watch that are lost. Needs `breakOff`. */
  readonly lostEntries?: number;
  /** Breaks the connection off and makes it anew. */
  readonly breakOff?: () => void;
}

export class UnreliableBus implements ClusterBus {
  readonly #bus: ClusterBus;
  readonly #faults: Unreliability;
  /** Rises with each connection: what was on its way is lost with it. */
  #connection = 0;
  #lastSentAt: Instant;

  constructor(bus: ClusterBus, faults: Unreliability) {
    this.#bus = bus;
    this.#faults = faults;
    this.#lastSentAt = faults.clock.now();
    bus.onState(() => {
      this.#connection += 1;
    });
  }

  get state(): BusState {
    return this.#bus.state;
  }

  get address(): string {
    return this.#bus.address;
  }

  onState(listener: (state: BusState) => void): void {
    this.#bus.onState(listener);
  }

  start(): void {
    this.#bus.start();
  }

  close(): Promise<void> {
    return this.#bus.close();
  }

  bucket(name: BucketName): Bucket {
    const bucket = this.#bus.bucket(name);
    return {
      put: (key, value) => this.#written(() => bucket.put(key, value)),
      create: (key, value) => this.#written(() => bucket.create(key, value)),
      update: (key, value, revision) => this.#written(() => bucket.update(key, value, revision)),
      remove: (key, revision) => this.#written(() => bucket.remove(key, revision)),
      get: (key) => this.#written(() => bucket.get(key), true),
    };
  }

  watch(name: BucketName, watcher: BucketWatcher): void {
    let lastAt = this.#faults.clock.now();
    const inOrder = (act: () => void): void => {
      const { clock } = this.#faults;
      const connection = this.#connection;
      lastAt = Math.max(lastAt, after(clock.now(), this.#lateness())) as Instant;
      clock.callAt(lastAt, () => {
        if (connection === this.#connection) act();
      });
    };
    this.#bus.watch(name, {
      begin: () => inOrder(() => watcher.begin()),
      whole: () => inOrder(() => watcher.whole()),
      entry: (entry: Entry) => {
        const { breakOff, lostEntries = 0, doubled = 0 } = this.#faults;
        if (breakOff !== undefined && this.#happens(lostEntries)) {
          queueMicrotask(breakOff);
          return;
        }
        inOrder(() => watcher.entry(entry));
        if (this.#happens(doubled)) inOrder(() => watcher.entry(entry));
      },
    });
  }

  publish(kind: string, news: string): void {
    const { lost = 0, doubled = 0 } = this.#faults;
    const times = this.#happens(lost) ? 0 : this.#happens(doubled) ? 2 : 1;
    for (let time = 0; time < times; time++) void this.#late(() => this.#bus.publish(kind, news));
  }

  subscribe(kind: string, listener: (news: string) => void): void {
    this.#bus.subscribe(kind, (news) => void this.#late(() => listener(news)));
  }

  async ask(node: string, question: string, within: Duration): Promise<string> {
    const { lost = 0, doubled = 0, clock } = this.#faults;
    const until = after(clock.now(), within);
    const isLost = this.#happens(lost);
    if (!isLost && this.#happens(doubled)) this.#bus.ask(node, question, within).catch(() => {});
    const answer = isLost ? undefined : await this.#late(() => this.#bus.ask(node, question, within));
    await this.#late(() => {});
    if (answer === undefined || clock.now() > until) {
      await this.#pause(milliseconds(Math.max(0, until - clock.now())));
      throw new NodeSilent(node);
    }
    return answer;
  }

  serve(answer: (question: string) => Promise<string>): void {
    this.#bus.serve(answer);
  }

  async #written<T>(write: () => Promise<T>, isReading = false): Promise<T> {
    const { lost = 0, doubled = 0 } = this.#faults;
    if (!this.#bus.state.isConnected) return write();
    if (this.#happens(lost)) {
      if (!isReading && this.#happens(50)) this.#sent(write).catch(() => {}); // done, and its answer is lost
      await this.#pause(ANSWER_WITHIN);
      throw new BusUnavailable('the engine did not answer');
    }
    const answering = this.#sent(write);
    if (this.#happens(doubled)) this.#sent(write).catch(() => {});
    const answer = await answering;
    await this.#pause(this.#lateness());
    return answer;
  }

  /** Late, and in the order of sending, as over one connection. */
  async #sent<T>(write: () => Promise<T>): Promise<T> {
    const { clock } = this.#faults;
    this.#lastSentAt = Math.max(this.#lastSentAt, after(clock.now(), this.#lateness())) as Instant;
    await this.#pause(milliseconds(this.#lastSentAt - clock.now()));
    return write();
  }

  async #late<T>(act: () => T | Promise<T>): Promise<T> {
    await this.#pause(this.#lateness());
    return act();
  }

  #pause(span: Duration): Promise<void> {
    const { clock } = this.#faults;
    return new Promise((resolve) => void clock.callAt(after(clock.now(), span), resolve));
  }

  #lateness(): Duration {
    const { delay = milliseconds(0), random } = this.#faults;
    return milliseconds(delay === 0 ? 0 : random.below(delay));
  }

  #happens(share: number): boolean {
    return share > 0 && this.#faults.random.below(100) < share;
  }
}
