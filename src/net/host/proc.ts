// Reads what Linux tells below /proc (proc(5)): sockets and who holds them, neighbours, counters, capabilities. On other
// systems there is nothing to read, and each of these finds nothing.

import type { Host } from './host.js';
import { countersIn, type NeighbourEntry, neighboursIn } from './kernel-tables.js';

type Reads = Pick<Host, 'text' | 'names' | 'linkOf'>;

/** A bound socket. */
export interface BoundSocket {
  readonly transport: 'tcp' | 'udp';
  readonly address: string;
  readonly port: number;
  readonly inode: string;
}

const LISTENS = '0A';
const ADDRESS = /^([0-9A-F]{8}):([0-9A-F]{4})$/;

/** `0100007F`: the octets stand in the order of the processor, which is little-endian wherever labcm runs. */
const addressOf = (hex: string): string =>
  [6, 4, 2, 0].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)).join('.');

const socketsIn = (text: string, transport: BoundSocket['transport']): readonly BoundSocket[] =>
  text
    .split('\n')
    .slice(1)
    .flatMap((line): readonly BoundSocket[] => {
      const [, local = '', , state, , , , , , inode = '0'] = line.trim().split(/\s+/);
      const [, address, port] = ADDRESS.exec(local) ?? [];
      if (address === undefined || port === undefined || (transport === 'tcp' && state !== LISTENS)) return [];
      return [{ transport, address: addressOf(address), port: Number.parseInt(port, 16), inode }];
    });

/** IPv6 sockets on the wildcard address take IPv4, too; others are of no interest here. */
const wildcardsIn = (text: string, transport: BoundSocket['transport']): readonly BoundSocket[] =>
  text
    .split('\n')
    .slice(1)
    .flatMap((line): readonly BoundSocket[] => {
      const [, local = '', , state, , , , , , inode = '0'] = line.trim().split(/\s+/);
      const [, port] = /^0{32}:([0-9A-F]{4})$/.exec(local) ?? [];
      if (port === undefined || (transport === 'tcp' && state !== LISTENS)) return [];
      return [{ transport, address: '0.0.0.0', port: Number.parseInt(port, 16), inode }];
    });

/** Every UDP socket and every listener for TCP of this machine. */
export const boundSockets = async ({ text }: Pick<Reads, 'text'>): Promise<readonly BoundSocket[]> => [
  ...socketsIn((await text('/proc/net/tcp')) ?? '', 'tcp'),
  ...wildcardsIn((await text('/proc/net/tcp6')) ?? '', 'tcp'),
  ...socketsIn((await text('/proc/net/udp')) ?? '', 'udp'),
  ...wildcardsIn((await text('/proc/net/udp6')) ?? '', 'udp'),
];

/** A process that holds a socket. */
export interface SocketOwner {
  readonly pid: number;
  /** As the process calls itself. */
  readonly name: string;
  /** Its systemd unit, such as `tftpd-hpa.service`. */
  readonly unit: string | undefined;
}

/** Who holds which of these sockets, by inode. Those of other users are found only with privileges. */
export const socketOwners = async (
  host: Reads,
  inodes: ReadonlySet<string>,
): Promise<ReadonlyMap<string, SocketOwner>> => {
  const owners = new Map<string, SocketOwner>();
  if (inodes.size === 0) return owners;
  const pids = (await host.names('/proc')).filter((name) => /^\d+$/.test(name));
  await Promise.all(
    pids.map(async (pid) => {
      for (const descriptor of await host.names(`/proc/${pid}/fd`)) {
        const [, inode] = /^socket:\[(\d+)\]$/.exec((await host.linkOf(`/proc/${pid}/fd/${descriptor}`)) ?? '') ?? [];
        if (inode !== undefined && inodes.has(inode) && !owners.has(inode)) owners.set(inode, await ownerOf(host, pid));
      }
    }),
  );
  return owners;
};

const ownerOf = async ({ text }: Reads, pid: string): Promise<SocketOwner> => {
  const name = (await text(`/proc/${pid}/comm`))?.trim() ?? '?';
  const [, unit] = /\/([^/\n]+\.service)(?:\/|$)/m.exec((await text(`/proc/${pid}/cgroup`)) ?? '') ?? [];
  return { pid: Number(pid), name, unit };
};

/** The neighbours whose hardware address is known. */
export const neighbours = async ({ text }: Pick<Reads, 'text'>): Promise<readonly NeighbourEntry[]> =>
  neighboursIn((await text('/proc/net/arp')) ?? '');

/** Counters of the kernel that tell of lost and unwanted packets. */
export const COUNTERS = ['Udp.RcvbufErrors', 'Udp.NoPorts', 'TcpExt.ListenOverflows'] as const;
/** One of the counters. */
export type KernelCounter = (typeof COUNTERS)[number];
/** Their values. Absent: this kernel does not count it. */
export type KernelCounts = Readonly<Partial<Record<KernelCounter, number>>>;

/** The present values of the counters. */
export const kernelCounts = async ({ text }: Pick<Reads, 'text'>): Promise<KernelCounts> => {
  const texts = await Promise.all(['/proc/net/snmp', '/proc/net/netstat'].map((path) => text(path)));
  const all = countersIn(texts.join('\n'));
  return Object.fromEntries(
    COUNTERS.flatMap((name) => {
      const count = all.get(name.replace('.', ':'));
      return count === undefined ? [] : [[name, count]];
    }),
  );
};

const NET_BIND_SERVICE = 10;

/** Whether this process may bind any port below 1024: capability 10 of capabilities(7). `undefined`: not known. */
export const mayBindAnyPort = async ({ text }: Pick<Reads, 'text'>): Promise<boolean | undefined> => {
  const [, effective] = /^CapEff:\s*([0-9a-f]+)$/m.exec((await text('/proc/self/status')) ?? '') ?? [];
  return effective === undefined ? undefined : ((BigInt(`0x${effective}`) >> BigInt(NET_BIND_SERVICE)) & 1n) === 1n;
};
