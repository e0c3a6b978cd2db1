// A pair of Ethernet ends: one here, for a daemon, the other in a network namespace where `perfdhcp` plays a relay full of
// clients. Needs root.

import { execFileSync, spawnSync } from 'node:child_process';

/** Of the daemon, and of the relay. */
const ADDRESSES = { server: '10.78.0.1', relay: '10.78.0.2' };

export class Wire {
  readonly server = ADDRESSES.server;
  /** 65,024 addresses. */
  readonly pool = { subnet: '10.78.0.0/16', range: '10.78.1.0-10.78.254.255' };
  /** The end that is here. */
  readonly interface = `lcb${process.pid}`.slice(0, 15);
  readonly #space = `lcb${process.pid}`;

  constructor() {
    const ip = (...args: readonly string[]): void => void execFileSync('ip', args);
    ip('netns', 'add', this.#space);
    ip('-n', this.#space, 'link', 'set', 'lo', 'up');
    ip('link', 'add', this.interface, 'type', 'veth', 'peer', 'name', 'v1', 'netns', this.#space);
    ip('addr', 'add', `${ADDRESSES.server}/16`, 'dev', this.interface);
    ip('link', 'set', this.interface, 'up');
    ip('-n', this.#space, 'addr', 'add', `${ADDRESSES.relay}/16`, 'dev', 'v1');
    ip('-n', this.#space, 'link', 'set', 'v1', 'up');
  }

  /** Leases for `count` clients, at `rate` a second; `base`: the first of their hardware addresses. Answers how many got one. */
  lease(count: number, rate: number, base: string, core?: number): number {
    const { stdout } = spawnSync(
      'ip',
      [
        ...['netns', 'exec', this.#space, ...(core === undefined ? [] : ['taskset', '-c', String(core)])],
        ...['perfdhcp', '-4', '-l', 'v1', '-r', String(rate), '-R', String(count)],
        ...['-p', String(Math.ceil(count / rate)), '-W', '300000', '-b', `mac=${base}`, ADDRESSES.server],
      ],
      { encoding: 'utf8' },
    );
    return Number([...stdout.matchAll(/received packets: (\d+)/g)].at(1)?.[1] ?? 0);
  }

  close(): void {
    spawnSync('ip', ['netns', 'del', this.#space]);
    spawnSync('ip', ['link', 'del', this.interface]);
  }
}
