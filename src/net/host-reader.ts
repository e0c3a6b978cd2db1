// What Linux says of itself below /proc/net. On another system those files are absent, and nothing is known.

import { readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { HostCounter } from '../core/host-facts.js';
import type { MacAddress } from '../core/identifiers.js';
import { wallTime } from '../core/time.js';
import { countersIn, neighboursIn } from './host/kernel-tables.js';
import type { HostReader, KernelCounters } from './ports.js';
import { nodeDatagrams } from './sockets/node-datagrams.js';

/** The files with counters. */
const COUNTER_FILES = ['/proc/net/snmp', '/proc/net/netstat'];
const NEIGHBOUR_FILE = '/proc/net/arp';

/** The names of the counters in the files: the group, then the counter. */
const COUNTER_NAMES: Readonly<Record<HostCounter, string>> = {
  udpNoPorts: 'Udp:NoPorts',
  tcpOutRsts: 'Tcp:OutRsts',
  rcvbufErrors: 'Udp:RcvbufErrors',
  listenOverflows: 'TcpExt:ListenOverflows',
};

/** Reads the counters from the texts of /proc/net/snmp and /proc/net/netstat. One that the kernel does not have is 0. */
export const parseCounters = (text: string): KernelCounters => {
  const values = countersIn(text);
  const count = (counter: HostCounter): number => values.get(COUNTER_NAMES[counter]) || 0;
  return {
    udpNoPorts: count('udpNoPorts'),
    tcpOutRsts: count('tcpOutRsts'),
    rcvbufErrors: count('rcvbufErrors'),
    listenOverflows: count('listenOverflows'),
  };
};

/** Reads the text of /proc/net/arp: the hardware address by IPv4 address. */
export const parseNeighbours = (text: string): ReadonlyMap<string, MacAddress> =>
  new Map(neighboursIn(text).map(({ address, mac }) => [address, mac]));

/** `undefined`: there is no such file, or it cannot be read now. */
const textOf = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
};

/** The machine of this process. */
export const hostReader: HostReader = {
  counters: () => {
    const texts = COUNTER_FILES.map(textOf);
    return texts.includes(undefined) ? undefined : parseCounters(texts.join('\n'));
  },
  neighbours: () => parseNeighbours(textOf(NEIGHBOUR_FILE) ?? ''),
  addresses: () => nodeDatagrams.localAddresses(),
  changedAt: (file) =>
    stat(file).then(
      ({ mtimeMs }) => wallTime(Math.floor(mtimeMs)),
      () => undefined,
    ),
};
