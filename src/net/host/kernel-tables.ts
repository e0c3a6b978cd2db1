// The texts of tables below /proc/net (proc(5)). Pure: whoever calls has read the files.

import { type MacAddress, parseMacAddress } from '../../core/identifiers.js';

/**
 * Reads counters from the text of /proc/net/snmp or /proc/net/netstat, or of both: of each group a line of names, then a
 * line of values. By group and name: `Udp:NoPorts`.
 */
export const countersIn = (text: string): ReadonlyMap<string, number> => {
  const names = new Map<string, readonly string[]>();
  const counters = new Map<string, number>();
  for (const line of text.split('\n')) {
    const [group = '', ...cells] = line.trim().split(/\s+/);
    const known = names.get(group);
    if (known === undefined) names.set(group, cells);
    else for (const [index, name] of known.entries()) counters.set(`${group}${name}`, Number(cells[index]));
  }
  return counters;
};

/** An entry of the neighbour table. */
export interface NeighbourEntry {
  readonly address: string;
  readonly mac: MacAddress;
  readonly interface: string;
}

/** The flag of an entry whose hardware address is known (`ATF_COM` of arp(7)). */
const COMPLETE = 0x02;
const NO_ADDRESS = '000000000000';

/** Reads the text of /proc/net/arp: the entries that are complete. */
export const neighboursIn = (text: string): readonly NeighbourEntry[] =>
  text.split('\n').flatMap((line): readonly NeighbourEntry[] => {
    const [address = '', , flags = '', written = '', , name = ''] = line.trim().split(/\s+/);
    const mac = parseMacAddress(written);
    return mac === undefined || mac === NO_ADDRESS || (Number(flags) & COMPLETE) === 0
      ? []
      : [{ address, mac, interface: name }];
  });
