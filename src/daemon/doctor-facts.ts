// What `labcm doctor` asks of the daemon: which configuration is in force, and since when.

import type { Config } from '../config/index.js';
import type { Clock, Instant } from '../core/time.js';
import type { DhcpServer } from '../dhcp/server.js';
import type { ApiDoctor } from '../http/index.js';
import { nodeHost } from '../net/host/node-host.js';
import { type KernelCounts, kernelCounts } from '../net/host/proc.js';

/** What it shows besides what it remembers. */
export interface DoctorFactsSources {
  readonly config: () => Config;
  readonly dhcp: () => DhcpServer | undefined;
}

/** Remembers when the configuration was read, and the reload that was refused last. */
export class DoctorFacts implements ApiDoctor {
  readonly #clock: Clock;
  readonly #sources: DoctorFactsSources;
  #readAt: Instant;
  #refused: { readonly at: Instant; readonly faults: readonly string[] } | undefined;
  #counters: KernelCounts = {};

  constructor(clock: Clock, sources: DoctorFactsSources) {
    this.#clock = clock;
    this.#sources = sources;
    this.#readAt = clock.now();
    void kernelCounts(nodeHost()).then((counts) => {
      this.#counters = counts;
    });
  }

  /** The configuration was read and is in force. */
  onAccepted(): void {
    this.#readAt = this.#clock.now();
    this.#refused = undefined;
  }

  /** A reload was refused for these faults. */
  onRefused(faults: readonly string[]): void {
    this.#refused = { at: this.#clock.now(), faults };
  }

  facts(): ReturnType<ApiDoctor['facts']> {
    const { file, sip } = this.#sources.config();
    return {
      pid: process.pid,
      file,
      readAt: this.#readAt,
      refused: this.#refused,
      realm: sip.realm,
      relays: this.#sources.dhcp()?.relays ?? [],
      counters: this.#counters,
    };
  }

  async discover(interfaceName: string | undefined): ReturnType<ApiDoctor['discover']> {
    const dhcp = this.#sources.dhcp();
    return dhcp === undefined ? { kind: 'refused', why: 'this daemon serves no DHCP' } : dhcp.discover(interfaceName);
  }
}
