// What Linux says of itself below /proc/net. On another system those files are absent, and nothing is known.

import { readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { HostCounter } from '../core/host-facts.js';
import { type MacAddress, parseMacAddress } from '../core/identifiers.js';
import { wallTime } from '../core/time.js';
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

/**
 * Reads the counters from the text of /proc/net/snmp and /proc/net/netstat: of each group a line of names, then a line
 * of values (proc(5)). A counter that the kernel does not have is 0.
 */
export const parseCounters = (text: string): KernelCounters => {
  const names = new Map<string, readonly string[]>();
  const values = new Map<string, number>();
  for (const line of text.split('\n')) {
    const [group = '', ...cells] = line.trim().split(/\s+/);
    const known = names.get(group);
    if (known === undefined) names.set(group, cells);
    else for (const [index, name] of known.entries()) values.set(`${group}${name}`, Number(cells[index]));
  }
  const count = (counter: HostCounter): number => values.get(COUNTER_NAMES[counter]) || 0;
  return {
    udpNoPorts: count('udpNoPorts'),
    tcpOutRsts: count('tcpOutRsts'),
    rcvbufErrors: count('rcvbufErrors'),
    listenOverflows: count('listenOverflows'),
  };
};

/** The flag of an entry whose hardware address is known (`ATF_COM` of arp(7)). */
const COMPLETE = 0x02;
const NO_ADDRESS = '000000000000';

/** Reads the text of /proc/net/arp: the hardware address by IPv4 address, without entries that are not complete. */
export const parseNeighbours = (text: string): ReadonlyMap<string, MacAddress> => {
  const neighbours = new Map<string, MacAddress>();
  for (const line of text.split('\n')) {
    const [address = '', , flags = '', written = ''] = line.split(/\s+/);
    const mac = parseMacAddress(written);
    if (mac !== undefined && mac !== NO_ADDRESS && (Number(flags) & COMPLETE) !== 0) neighbours.set(address, mac);
  }
  return neighbours;
};

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
