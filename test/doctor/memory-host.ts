// A machine in memory, as checks look at it.

import { dirname } from 'node:path';
import { wallTime } from '../../src/core/time.js';
import type { DiskSpace } from '../../src/net/files/disk-space.js';
import type { Host } from '../../src/net/host/host.js';
import type { MachineAddress } from '../../src/net/ports.js';

export interface HostSetup {
  readonly platform?: string;
  readonly version?: string;
  readonly addresses?: readonly MachineAddress[];
  /** Interfaces that cannot be served alone. */
  readonly shared?: readonly string[];
  readonly descriptors?: number;
  /** Files of the system by path. */
  readonly files?: Readonly<Record<string, string>>;
  /** Links by path. */
  readonly links?: Readonly<Record<string, string>>;
  /** When a file was changed, in milliseconds since 1970. */
  readonly modified?: Readonly<Record<string, number>>;
  readonly space?: DiskSpace;
  readonly unwritable?: Readonly<Record<string, string>>;
  /** By `udp 69`: why a port cannot be had. */
  readonly unbindable?: Readonly<Record<string, string>>;
  /** By `10.0.0.1:2000`: how connecting ends; every other port answers. */
  readonly connects?: Readonly<Record<string, string>>;
  readonly dns?: Readonly<Record<string, readonly string[]>>;
  readonly ntp?: Readonly<Record<string, number>>;
  /** What programs print, by command line; `undefined` code: they fail. */
  readonly programs?: Readonly<Record<string, { readonly code?: number; readonly out: string }>>;
}

export const LOOPBACK: MachineAddress = { interface: 'lo', address: '127.0.0.1', prefix: 8, loopback: true };
export const ETH1: MachineAddress = { interface: 'eth1', address: '10.10.210.10', prefix: 24, loopback: false };

export const memoryHost = (setup: HostSetup = {}): Host => {
  const { files = {}, links = {} } = setup;
  return {
    platform: setup.platform ?? 'linux',
    node: { path: '/usr/bin/node', version: setup.version ?? 'v20.19.0' },
    addresses: () => setup.addresses ?? [LOOPBACK, ETH1],
    servesAlone: (name) => setup.shared?.includes(name) !== true,
    descriptorLimit: () => setup.descriptors,
    text: async (path) => files[path],
    names: async (path) => {
      const below = [...Object.keys(files), ...Object.keys(links)].filter((one) => one.startsWith(`${path}/`));
      return [...new Set(below.map((one) => one.slice(path.length + 1).split('/')[0] ?? ''))];
    },
    linkOf: async (path) => links[path],
    modifiedAt: async (path) => {
      const found = setup.modified?.[path];
      return found === undefined ? undefined : wallTime(found);
    },
    spaceOf: async () => setup.space,
    whyUnwritable: async (directory) => setup.unwritable?.[directory] ?? setup.unwritable?.[dirname(directory)],
    whyUnbindable: async (transport, address, port) =>
      setup.unbindable?.[`${transport} ${port}`] ?? setup.unbindable?.[`${transport} ${address}:${port}`],
    connect: async ({ address, port }) => setup.connects?.[`${address}:${port}`] ?? 'open',
    resolve: async (name) => setup.dns?.[name] ?? [],
    ntpOffset: async (server) => setup.ntp?.[server],
    run: async (program, args) => {
      const found = setup.programs?.[[program, ...args].join(' ')] ?? setup.programs?.[program];
      return found === undefined ? undefined : { code: found.code ?? 0, out: found.out };
    },
  };
};
