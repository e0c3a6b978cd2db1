// What is remembered of the daemon itself, for verdicts.

import type { EventBus } from '../../core/event-bus.js';
import { type DeviceKey, deviceKey } from '../../core/identifiers.js';
import type { Instant } from '../../core/time.js';
import type { LabcmEvent, ListenerChanged, ListenerFailed } from '../../events.js';
import type { EventOf } from '../../trace/index.js';
import { DAEMON_FACTS, type DaemonFact } from './phone-view.js';

/** Devices that were taken out of the configuration, and may still call. */
const REMOVED_REMEMBERED = 1024;

/** Devices that were added while the daemon runs: more than `policy.maxDevices` has by default. */
const ADDED_REMEMBERED = 65_536;

/** Relays that are remembered: whoever sends may invent some. */
const MOST_RELAYS = 1024;

const listenerKey = ({ service, transport, address, port }: ListenerChanged | ListenerFailed): string =>
  `${service} ${transport} ${address}:${port}`;

/** The newest events about the daemon, its listeners that failed, and the devices that were removed. */
export class DaemonMemory {
  readonly #events = new Map<DaemonFact, LabcmEvent>();
  /** By service, transport, address and port. */
  readonly #failedListeners = new Map<string, ListenerFailed>();
  /** The last one last. */
  readonly #removed = new Map<DeviceKey, Instant>();
  /** The last one last. Those of the start are not in it. */
  readonly #added = new Map<DeviceKey, Instant>();
  readonly #relays = new Set<string>();
  readonly #listening: readonly (() => void)[];

  constructor(bus: EventBus<LabcmEvent>, startedAt: Instant) {
    this.#listening = [
      ...DAEMON_FACTS.map((type) => bus.on(type, (event: LabcmEvent) => this.#events.set(type, event))),
      bus.on('dhcp.received', ({ relay }) => {
        if (relay !== undefined && this.#relays.size < MOST_RELAYS) this.#relays.add(relay);
      }),
      bus.on('listener.failed', (event) => this.#failedListeners.set(listenerKey(event), event)),
      bus.on('listener.opened', (event) => this.#failedListeners.delete(listenerKey(event))),
      bus.on('device.added', ({ at, device }) => {
        const key = deviceKey(device);
        this.#removed.delete(key);
        if (at > startedAt) remember(this.#added, key, at, ADDED_REMEMBERED);
      }),
      bus.on('device.removed', ({ at, device }) => {
        const key = deviceKey(device);
        this.#added.delete(key);
        remember(this.#removed, key, at, REMOVED_REMEMBERED);
      }),
    ];
  }

  /** The newest event of a type. */
  event<T extends DaemonFact>(type: T): EventOf<T> | undefined {
    return this.#events.get(type) as EventOf<T> | undefined;
  }

  /** The DHCP relays from which something came since the start. */
  get relays(): ReadonlySet<string> {
    return this.#relays;
  }

  /** The listeners that could not be opened, and still cannot. */
  get failedListeners(): readonly ListenerFailed[] {
    return [...this.#failedListeners.values()];
  }

  /** When a device of that name was removed; `undefined`: it was not, or has come back. */
  removedAt(name: string): Instant | undefined {
    return this.#removed.get(deviceKey(name));
  }

  /** When a device of that name was added; `undefined`: it was there at the start, or is not there. */
  addedAt(name: string): Instant | undefined {
    return this.#added.get(deviceKey(name));
  }

  /** Stops listening. */
  close(): void {
    for (const stop of this.#listening) stop();
  }
}

/** Puts it last; of more than `most`, the first one goes. */
const remember = (map: Map<DeviceKey, Instant>, key: DeviceKey, at: Instant, most: number): void => {
  map.delete(key);
  if (map.size >= most) for (const oldest of map.keys()) if (map.delete(oldest)) break;
  map.set(key, at);
};
