// What stands above every table: the machine, the day, the programs and their versions; and how much the machine allows.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';

/** How each peer says its version. */
const VERSIONS: Readonly<Record<string, readonly [command: string, ...args: string[]]>> = {
  'in.tftpd': ['in.tftpd', '--version'],
  dnsmasq: ['dnsmasq', '--version'],
  kamailio: ['kamailio', '-v'],
  chromium: ['chromium', '--version'],
  'kea-dhcp4': ['kea-dhcp4', '-v'],
  openssl: ['openssl', 'version'],
};
export type PeerName = keyof typeof VERSIONS;

const versionOf = (peer: string): string => {
  const [command, ...args] = VERSIONS[peer] ?? [];
  if (command === undefined) return peer;
  try {
    const said = execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    return `${peer} ${/\d+\.\d+[\w.]*/.exec(said)?.[0] ?? said.trim()}`;
  } catch {
    return `${peer} (not installed)`;
  }
};

const system = (): string => {
  const [, name = 'Linux'] = /PRETTY_NAME="([^"]+)"/.exec(readFileSync('/etc/os-release', 'utf8')) ?? [];
  return `${name}, kernel ${release()}`;
};

export const described = (peers: readonly string[]): string => {
  const processors = cpus();
  const [{ model = 'unknown processor' } = {}] = processors;
  return [
    `${processors.length} × ${model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB`,
    system(),
    `Node ${process.versions.node}`,
    ...peers.map(versionOf),
  ].join('; ');
};

/** How many descriptors a process may have here. */
export const descriptors = (): number =>
  Number(/Max open files\s+(\d+)/.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? 1024);
