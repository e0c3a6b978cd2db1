// pfSense and OPNsense, which are configured on web pages: field by field, with the menu that leads there.

import { ipv4Number, ipv4Octets } from '../dhcp/ipv4.js';
import { CODE } from '../dhcp/options.js';
import type { PhoneReservation, PhoneSubnet } from './content.js';
import { colonedMac, colons } from './quoting.js';
import { ends, unreservedRanges } from './ranges.js';
import type { SnippetWriter } from './writer.js';

/** How the pages of one product are called. */
export interface FirewallPages {
  readonly menu: string;
  /** What applies to its other back ends. */
  readonly others: readonly string[];
}

/** pfSense with the ISC back end. */
export const PFSENSE: FirewallPages = {
  menu: 'Services > DHCP Server',
  others: [
    'With the Kea back end: the JSON of `labcm snippet kea`, option-def once, where the release has a field for it.',
  ],
};

/** OPNsense with the ISC back end. */
export const OPNSENSE: FirewallPages = {
  menu: 'Services > ISC DHCPv4',
  others: [
    'With Dnsmasq DNS & DHCP: option 150 with all addresses, as `labcm snippet dnsmasq` has it.',
    'With Kea DHCP: TFTP server and next server of the subnet; 150 only where the release has custom options.',
  ],
};

/** What to enter. */
export const firewallLines =
  ({ menu, others }: FirewallPages): SnippetWriter =>
  ({ subnets }) => [...subnets.flatMap((subnet) => subnetLines(subnet, menu)), ...others.map((line) => `# ${line}`)];

const subnetLines = (subnet: PhoneSubnet, menu: string): readonly string[] => {
  const { name, routers, dns, domain, ntp, fileServers, leaseTime, maxLeaseTime, reservations } = subnet;
  const [range, ...more] = unreservedRanges(subnet).map((part) => ends(part).join(' to '));
  return [
    `# ${menu} > the interface of ${name}`,
    ...field('Range', range === undefined ? [] : [range]),
    ...more.map((part) => `Additional pool: ${part}`),
    ...field('DNS servers', dns),
    ...field('Gateway', routers),
    ...field('Domain name', domain === '' ? [] : [domain]),
    `Default lease time: ${leaseTime}`,
    `Maximum lease time: ${maxLeaseTime}`,
    ...field('NTP servers', ntp),
    `TFTP server: ${fileServers[0]}`,
    'Network booting: enabled',
    `Next server: ${fileServers[0]}`,
    `Additional option: number ${CODE.tftpServerAddress}, ${optionValue(subnet)}`,
    ...reservations.flatMap(mappingLines),
  ];
};

const field = (name: string, values: readonly string[]): readonly string[] =>
  values.length === 0 ? [] : [`${name}: ${values.join(', ')}`];

/** The type "IP address" takes one alone; "String" takes octets in hexadecimal. */
const optionValue = ({ fileServers }: PhoneSubnet): string =>
  fileServers.length === 1
    ? `type IP address, value ${fileServers[0]}`
    : `type String, value ${colons(ipv4Octets(fileServers.map(ipv4Number)).toString('hex'))}`;

const mappingLines = ({ name, client, address }: PhoneReservation): readonly string[] =>
  'mac' in client ? [`Static mapping: ${colonedMac(client.mac)}, ${address}, ${name}`] : [];
