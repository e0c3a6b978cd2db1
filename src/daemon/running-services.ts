// The open services of the daemon, from the first one to the last.

import type { Config } from '../config/index.js';
import type { EventBus } from '../core/event-bus.js';
import type { Clock } from '../core/time.js';
import type { LabcmEvent } from '../events.js';
import type { DaemonService, ServiceListener } from './service.js';

/** What they need of the daemon. */
export interface ServicesDaemon {
  readonly bus: EventBus<LabcmEvent>;
  readonly clock: Clock;
  /** Called once for each listener that opens. */
  readonly announce: (line: string) => void;
}

/** Publishes which listeners open and close, and closes the services in reverse order. */
export class RunningServices {
  readonly #daemon: ServicesDaemon;
  /** In the order of opening. */
  readonly #services: DaemonService[] = [];

  constructor(daemon: ServicesDaemon) {
    this.#daemon = daemon;
  }

  get listeners(): readonly ServiceListener[] {
    return this.#services.flatMap(({ listeners }) => listeners);
  }

  /** Takes a service that has opened. */
  add(service: DaemonService): void {
    this.#services.push(service);
    for (const listener of service.listeners) {
      const { service: name, transport, address, port } = listener;
      this.#publish('listener.opened', listener);
      this.#daemon.announce(`${name.padEnd(4)} ${transport} ${address}:${port}`);
    }
  }

  /** Applies what takes effect without a restart. */
  apply(config: Config): void {
    for (const service of this.#services) service.apply(config);
  }

  /** Resolves when nothing of them is left open. */
  async close(): Promise<void> {
    for (const service of this.#services.splice(0).reverse()) {
      const { listeners } = service;
      await service.close();
      for (const listener of listeners) this.#publish('listener.closed', listener);
    }
  }

  #publish(type: 'listener.opened' | 'listener.closed', listener: ServiceListener): void {
    const { bus, clock } = this.#daemon;
    bus.publish({ type, at: clock.now(), ...listener });
  }
}
