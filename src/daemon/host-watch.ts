// Watches the counters, the addresses and the wall clock of this machine.

import type { Publisher } from '../core/event-bus.js';
import type { ClockJump, CounterRise, HostCounter, HostCounters } from '../core/host-facts.js';
import { type Clock, type Instant, minutes, seconds } from '../core/time.js';
import type { NetEvent } from '../net/events.js';
import type { HostReader, KernelCounters } from '../net/ports.js';

/** A wall clock that goes so much faster or slower between two looks was set. */
const JUMP = seconds(5);
/** While counters rise they are told no more often. */
const COUNTERS_TOLD_EVERY = minutes(1);

const NOT_RISEN: CounterRise = { total: 0, latest: undefined };

/** Compares this machine with what it was at the look before, and publishes what matters. */
export class HostWatch {
  readonly #host: Pick<HostReader, 'counters' | 'addresses'>;
  readonly #clock: Clock;
  readonly #bus: Publisher<NetEvent>;
  #kernel: KernelCounters | undefined;
  #counters: HostCounters | undefined;
  /** The totals of the last event. */
  #told: Readonly<Record<HostCounter, number>>;
  #toldAt: Instant | undefined;
  #addresses: readonly string[];
  /** The wall time at instant 0, by which a jump is noticed. */
  #wallAhead: number;
  #clockJump: ClockJump | undefined;

  constructor(host: Pick<HostReader, 'counters' | 'addresses'>, clock: Clock, bus: Publisher<NetEvent>) {
    this.#host = host;
    this.#clock = clock;
    this.#bus = bus;
    this.#kernel = host.counters();
    this.#counters = this.#kernel && byCounter(() => NOT_RISEN);
    this.#told = byCounter(() => 0);
    this.#addresses = host.addresses();
    this.#wallAhead = this.#aheadAt(clock.now());
  }

  /** `undefined`: this system has none. */
  get counters(): HostCounters | undefined {
    return this.#counters;
  }

  get addresses(): readonly string[] {
    return this.#addresses;
  }

  /** The last one. */
  get clockJump(): ClockJump | undefined {
    return this.#clockJump;
  }

  /** Call it every ten seconds. */
  look(): void {
    const now = this.#clock.now();
    this.#lookAtClock(now);
    this.#lookAtAddresses(now);
    this.#lookAtCounters(now);
  }

  #aheadAt(now: Instant): number {
    return this.#clock.wallTime(now) - now;
  }

  #lookAtClock(now: Instant): void {
    const ahead = this.#aheadAt(now);
    const by = ahead - this.#wallAhead;
    this.#wallAhead = ahead;
    if (Math.abs(by) <= JUMP) return;
    this.#clockJump = { at: now, by };
    this.#bus.publish({ type: 'host.clock-jumped', at: now, by });
  }

  #lookAtAddresses(now: Instant): void {
    const before = this.#addresses;
    const found = this.#host.addresses();
    this.#addresses = found;
    const added = found.filter((address) => !before.includes(address));
    const removed = before.filter((address) => !found.includes(address));
    if (added.length + removed.length > 0)
      this.#bus.publish({ type: 'host.addresses-changed', at: now, added, removed });
  }

  #lookAtCounters(now: Instant): void {
    const found = this.#host.counters();
    if (found === undefined) return;
    const before = this.#kernel ?? found;
    this.#kernel = found;
    const counters = byCounter((counter) => {
      const known = this.#counters?.[counter] ?? NOT_RISEN;
      const by = Math.max(0, found[counter] - before[counter]);
      return by === 0 ? known : { total: known.total + by, latest: { at: now, by } };
    });
    this.#counters = counters;
    const rises = byCounter((counter) => counters[counter].total - this.#told[counter]);
    if (rises.rcvbufErrors + rises.listenOverflows === 0) return;
    if (this.#toldAt !== undefined && now - this.#toldAt < COUNTERS_TOLD_EVERY) return;
    this.#toldAt = now;
    this.#told = byCounter((counter) => counters[counter].total);
    this.#bus.publish({ type: 'host.counters', at: now, ...rises });
  }
}

const byCounter = <T>(of: (counter: HostCounter) => T): Readonly<Record<HostCounter, T>> => ({
  udpNoPorts: of('udpNoPorts'),
  tcpOutRsts: of('tcpOutRsts'),
  rcvbufErrors: of('rcvbufErrors'),
  listenOverflows: of('listenOverflows'),
});
