// The services with sound: the ends of calls that labcm is itself. One alarm sends for all of them, and only while one
// sends.

import type { Leg, LegPort, MediaAddress, SoundRoom, SoundServices } from '../calls/index.js';
import type { Publisher } from '../core/event-bus.js';
import type { DeviceName } from '../core/identifiers.js';
import type { Clock, Duration, Instant } from '../core/time.js';
import type { DatagramNetwork, Random } from '../net/ports.js';
import { isThisMachine } from './addresses.js';
import type { RtpEvent, SoundServiceName } from './events.js';
import { MixedRoom } from './mixer.js';
import { PageListeners } from './pages.js';
import { PortPairs } from './port-pairs.js';
import { type ServiceCallControl, ServiceLeg } from './service-leg.js';
import type { RtpSettings } from './settings.js';
import { SoundLibrary } from './sound-library.js';
import { Ticker } from './ticker.js';

export interface RtpParts {
  readonly network: DatagramNetwork;
  readonly clock: Clock;
  readonly random: Random;
  readonly bus: Publisher<RtpEvent>;
  /** The call machine, which is built with these services and so cannot be there before them. */
  readonly control: () => ServiceCallControl;
  /** The address of this machine by which the phone reaches it; what it is given goes into media messages and SDP. */
  readonly localAddressFor: (device: DeviceName | undefined) => string;
  /** Where a page is sent to, by its number. Absent: there are none. */
  readonly pageAt?: (number: string) => MediaAddress | undefined;
}

/** The services with sound: it supplies their legs and runs the one timer that sends for all of them. */
export class RtpServer implements SoundServices {
  readonly #parts: RtpParts;
  #settings: RtpSettings;
  readonly #pairs: PortPairs;
  readonly #library: SoundLibrary;
  readonly #ticker: Ticker;
  readonly #listeners = new PageListeners();
  readonly #legs = new Set<ServiceLeg>();
  readonly #running = new Set<ServiceLeg>();
  readonly #rooms = new Set<MixedRoom>();
  readonly #closing = new Set<Promise<void>>();
  #isClosed = false;

  constructor(settings: RtpSettings, parts: RtpParts) {
    this.#settings = settings;
    this.#parts = parts;
    this.#library = new SoundLibrary(settings.music);
    this.#pairs = new PortPairs(settings.ports, {
      network: parts.network,
      onTaken: (address, port, code) =>
        parts.bus.publish({ type: 'rtp.port-taken', at: parts.clock.now(), address, port, code }),
      isInUse: (port) => this.#sendsHere(port),
    });
    this.#ticker = new Ticker(parts.clock, (skipped, now) => this.#tick(skipped, now));
  }

  /** Calls to services at present. */
  get legs(): number {
    return this.#legs.size;
  }

  /** Streams that are sent at present. */
  get streams(): number {
    return this.#running.size;
  }

  portFor(service: Exclude<SoundServiceName, 'conference'>, leg: Leg): LegPort | undefined {
    return this.#portFor(service, leg, this.#settings.longestCall);
  }

  get canMix(): boolean {
    return !this.#isClosed && this.#settings.ports !== undefined;
  }

  newRoom(): SoundRoom | undefined {
    if (!this.canMix) return undefined;
    const room = new MixedRoom();
    this.#rooms.add(room);
    return {
      portFor: (leg) => this.#portFor('conference', leg, undefined, room),
      close: () => void this.#rooms.delete(room),
    };
  }

  #portFor(
    service: SoundServiceName,
    leg: Leg,
    longestCall: Duration | undefined,
    room?: MixedRoom,
  ): LegPort | undefined {
    const { ports, legs, silentAfter } = this.#settings;
    if (this.#isClosed || ports === undefined || this.#legs.size >= legs) return undefined;
    // Every leg has a pair or will want one.
    if (this.#legs.size >= this.#pairs.free + this.#pairs.held) return undefined;
    const port = new ServiceLeg(service, leg, {
      ...this.#parts,
      pairs: this.#pairs,
      library: this.#library,
      listeners: this.#listeners,
      pageAt: (number) => this.#parts.pageAt?.(number),
      longestCall,
      silentAfter,
      ...(room === undefined ? {} : { room }),
      onRunning: (one, isRunning) => this.#setRunning(one, isRunning),
      onOver: (one, closed) => this.#forget(one, closed),
    });
    this.#legs.add(port);
    return port;
  }

  /** Whether a leg of a service receives there. */
  receivesAt({ address, port }: MediaAddress): boolean {
    const { network, localAddressFor } = this.#parts;
    return this.#pairs.holds(port) && isThisMachine(address, [localAddressFor(undefined), ...network.localAddresses()]);
  }

  /** New settings, for calls to come; those that stand keep their ports and go on. */
  apply(settings: RtpSettings): void {
    this.#settings = settings;
    this.#pairs.configure(settings.ports);
    this.#library.configure(settings.music);
  }

  /**
   * Sends nothing more and resolves when every port is closed. The call machine is stopped before, so that its legs
   * know.
   */
  async close(): Promise<void> {
    this.#isClosed = true;
    const now = this.#parts.clock.now();
    for (const leg of [...this.#legs]) leg.release({ cause: 'temporaryFailure', by: 'server' }, now);
    this.#ticker.stop();
    while (this.#closing.size > 0) await Promise.all(this.#closing);
  }

  #tick(skipped: number, now: Instant): void {
    for (const room of this.#rooms) room.mix(skipped);
    for (const leg of this.#running) leg.tick(skipped, now);
  }

  #setRunning(leg: ServiceLeg, isRunning: boolean): void {
    if (isRunning) this.#running.add(leg);
    else this.#running.delete(leg);
    if (this.#running.size > 0) this.#ticker.start();
    else this.#ticker.stop();
  }

  #sendsHere(port: number): boolean {
    for (const leg of this.#running) if (leg.sendsHere(port)) return true;
    return false;
  }

  #forget(leg: ServiceLeg, closed: Promise<void>): void {
    this.#legs.delete(leg);
    this.#closing.add(closed);
    void closed.finally(() => this.#closing.delete(closed));
  }
}
