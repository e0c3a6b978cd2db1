// A whole daemon on free ports of loopback, with a configuration of the test.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { devicePlaces } from '../../src/config/index.js';
import type { DaemonOptions } from '../../src/daemon/daemon-options.js';
import { readLocatedConfig } from '../../src/daemon/read-config.js';
import type { ServiceListener } from '../../src/daemon/service.js';
import type { Daemon } from '../../src/daemon.js';
import { startDaemon } from '../../src/daemon.js';

export const SEED_PHONES = `
devices:
  - { name: ipctest2, mac: "00:50:56:A1:03:3D", model: CIPC, protocol: SCCP, lines: [{ dn: "5002" }] }
  - { name: SEP005056A1033D, model: CIPC, protocol: SIP, lines: [{ dn: "5005" }] }
`;

export const SERVICES = `
nodes: [{ name: CM1, address: 127.0.0.1 }]
tftp: { listen: 127.0.0.1, port: 0 }
http: { provisioning: { listen: 127.0.0.1, port: 0 }, api: { port: 0 } }
sccp: { listen: 127.0.0.1, port: 0 }
sip: { listen: 127.0.0.1, udp: 0, tcp: 0 }
trace: { directory: logs, console: off }
state: { directory: state }
`;

export class TestDaemon {
  readonly folder: string;
  readonly announced: string[] = [];
  #daemon: Daemon | undefined;

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'labcm-daemon-'));
  }

  get daemon(): Daemon {
    if (this.#daemon === undefined) throw new Error('the daemon is not running');
    return this.#daemon;
  }

  get configPath(): string {
    return join(this.folder, 'lab.yaml');
  }

  configure(text: string = SEED_PHONES, services: string = SERVICES): void {
    writeFileSync(this.configPath, `${services}\n${text}`);
  }

  async start(overrides: readonly string[] = [], options: Partial<DaemonOptions> = {}): Promise<this> {
    const located = await readLocatedConfig(this.configPath, overrides);
    this.#daemon = await startDaemon(located.config, {
      placeOf: devicePlaces(located),
      announce: (line) => this.announced.push(line),
      configPath: this.configPath,
      overrides,
      ...options,
    });
    return this;
  }

  endpoint(
    service: ServiceListener['service'],
    transport?: ServiceListener['transport'],
  ): { address: string; port: number } {
    const found = this.daemon.listeners.find(
      (listener) => listener.service === service && (transport === undefined || listener.transport === transport),
    );
    if (found === undefined) throw new Error(`${service} does not listen`);
    return { address: found.address, port: found.port };
  }

  url(path: string, service: 'API' | 'HTTP' = 'API'): string {
    const { address, port } = this.endpoint(service);
    return `http://${address}:${port}${path}`;
  }

  /** What a trace file holds; the trace writes in batches, so ask `eventually` or after `stop`. */
  log(name: 'ccm.txt' | 'tftp.txt' | 'dhcp.txt' | 'events.jsonl'): string {
    try {
      return readFileSync(join(this.folder, 'logs', name), 'utf8');
    } catch {
      return '';
    }
  }

  async stop(): Promise<void> {
    await this.#daemon?.stop();
    this.#daemon = undefined;
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Waits until `check` no longer throws. */
export const eventually = <T>(check: () => T | Promise<T>): Promise<T> =>
  vi.waitFor(check, { timeout: 10_000, interval: 20 });
