// Cisco IOS and IOS XE: the DHCP server's commands of global configuration mode.

import { CODE } from '../dhcp/options.js';
import { optionsOf, type PhoneReservation, type PhoneSubnet, type SnippetOption } from './content.js';
import { dottedOctets } from './quoting.js';
import { ends, gapsIn, reservedRanges } from './ranges.js';
import type { SnippetContent, SnippetWriter } from './writer.js';

/** Options that have a command of their own; the others are `option`, by code. */
const COMMANDS: ReadonlyMap<number, string> = new Map([
  [CODE.router, 'default-router'],
  [CODE.dns, 'dns-server'],
  [CODE.domainName, 'domain-name'],
]);

/** The commands. The pool of a network gives all of it, so whatever is in no range is excluded. */
export const iosLines: SnippetWriter = (content) => [
  ...content.subnets.flatMap((subnet) =>
    gapsIn(subnet.hosts, [...subnet.ranges, ...reservedRanges(subnet)]).map(
      (range) =>
        `ip dhcp excluded-address ${(range.first === range.last ? ends(range).slice(1) : ends(range)).join(' ')}`,
    ),
  ),
  ...content.subnets.flatMap(poolLines),
  ...relayLines(content),
];

const poolLines = (subnet: PhoneSubnet): readonly string[] => [
  '!',
  `ip dhcp pool ${subnet.label.toUpperCase()}`,
  ` network ${subnet.network} ${subnet.mask}`,
  ...optionsOf(subnet).map((option) => ` ${optionLine(option)}`),
  ` next-server ${subnet.fileServers[0]}`,
  ` lease ${leaseOf(subnet.leaseTime)}`,
  ...subnet.reservations.flatMap((reservation) => hostLines(reservation, subnet)),
];

const optionLine = (option: SnippetOption): string => {
  const command = COMMANDS.get(option.code);
  if ('text' in option) return `${command ?? `option ${option.code} ascii`} ${option.text}`;
  return `${command ?? `option ${option.code} ip`} ${option.addresses.join(' ')}`;
};

const MOST_DAYS = 365;

/** `lease DAYS [HOURS [MINUTES]]`. */
const leaseOf = (seconds: number): string => {
  const all = Math.ceil(seconds / 60);
  const parts = [Math.floor(all / 1440), Math.floor(all / 60) % 24, all % 60];
  if ((parts[0] ?? 0) >= MOST_DAYS) return `${MOST_DAYS}`;
  while (parts.length > 1 && parts.at(-1) === 0) parts.pop();
  return parts.join(' ');
};

/**
 * A pool for one client. It has the options of the network around it. Phones send a client identifier, so
 * `hardware-address` would not match them.
 */
const hostLines = ({ name, client, address }: PhoneReservation, { mask }: PhoneSubnet): readonly string[] => [
  '!',
  `ip dhcp pool ${name}`,
  ` host ${address} ${mask}`,
  ` client-identifier ${dottedOctets('mac' in client ? `01${client.mac}` : client.clientId)}`,
];

const relayLines = ({ self }: SnippetContent): readonly string[] => [
  '!',
  '! In place of all this, where labcm serves DHCP: relay to it, on the interface of the phones.',
  '! interface VlanN',
  `!  ip helper-address ${self}`,
];
