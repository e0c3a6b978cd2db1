// dnsmasq, and OpenWrt, whose uci settings become lines of dnsmasq: dnsmasq(8).

import { CODE } from '../dhcp/options.js';
import type { Range } from '../dhcp/served-subnet.js';
import { optionsOf, type PhoneReservation, type PhoneSubnet, type SnippetOption } from './content.js';
import { backslashQuoted, colonedMac, colons, shellQuoted, span } from './quoting.js';
import { dashed, ends } from './ranges.js';
import type { SnippetWriter } from './writer.js';

/** The options as dnsmasq names them; 150 has no name. */
const DNSMASQ_OPTION_NAMES: ReadonlyMap<number, string> = new Map([
  [CODE.router, 'router'],
  [CODE.dns, 'dns-server'],
  [CODE.domainName, 'domain-name'],
  [CODE.ntpServers, 'ntp-server'],
  [CODE.tftpServerName, 'tftp-server'],
]);

/** These are sent even if a client does not request them. */
const FORCED: ReadonlySet<number> = new Set([CODE.tftpServerName, CODE.tftpServerAddress]);

/** The lines of dnsmasq.conf. */
export const dnsmasqLines: SnippetWriter = ({ subnets }) =>
  subnets.flatMap((subnet, index) => [...(index === 0 ? [] : ['']), ...subnetLines(subnet)]);

const subnetLines = (subnet: PhoneSubnet): readonly string[] => {
  const { label, network, mask, ranges, leaseTime, fileServers, reservations } = subnet;
  return [
    ...(ranges.length === 0 ? [`${network},static`] : ranges.map((range) => ends(range).join(','))).map(
      (range) => `dhcp-range=set:${label},${range},${mask},${leaseTime}`,
    ),
    ...optionsOf(subnet).map((option) => {
      const name = DNSMASQ_OPTION_NAMES.get(option.code);
      const key = FORCED.has(option.code) ? 'dhcp-option-force' : 'dhcp-option';
      return `${key}=tag:${label},${name === undefined ? option.code : `option:${name}`},${optionValue(option)}`;
    }),
    `dhcp-boot=tag:${label},,,${fileServers[0]}`,
    ...reservations.flatMap(hostLines),
  ];
};

/** Between quotes a text is a text for dnsmasq, whatever is in it. */
const optionValue = (option: SnippetOption): string =>
  'text' in option ? backslashQuoted(option.text) : option.addresses.join(',');

const hostLines = ({ name, client, address }: PhoneReservation): readonly string[] => [
  `# ${name}`,
  `dhcp-host=${'mac' in client ? colonedMac(client.mac) : `id:${colons(client.clientId)}`},${address}`,
];

/** The commands for OpenWrt. The first subnet is that of `lan`; the others have the names of their labels. */
export const openwrtLines: SnippetWriter = ({ subnets }) => [
  ...subnets.flatMap((subnet, index) => openwrtSubnet(subnet, index === 0 ? 'lan' : subnet.label)),
  'uci commit dhcp && /etc/init.d/dnsmasq restart',
];

const openwrtSubnet = (subnet: PhoneSubnet, section: string): readonly string[] => {
  const { name, hosts, leaseTime, fileServers, reservations } = subnet;
  const [largest, ...others] = subnet.ranges.toSorted((one, other) => lengthOf(other) - lengthOf(one));
  const list = (value: string): string => `uci add_list dhcp.${section}.dhcp_option=${shellQuoted(value)}`;
  return [
    `# ${section}: the interface of ${name}`,
    ...(largest === undefined
      ? [`uci set dhcp.${section}.dynamicdhcp='0'`]
      : [
          `uci set dhcp.${section}.start='${largest.first - hosts.first + 1}'`, // counted from the network's own address
          `uci set dhcp.${section}.limit='${lengthOf(largest)}'`,
        ]),
    ...others.map((range) => `# an interface has one range, so this one is left out: ${dashed(range)}`),
    `uci set dhcp.${section}.leasetime='${span(leaseTime)}'`,
    ...optionsOf(subnet).map((option) => list(`${option.code},${optionValue(option)}`)),
    list(`option:server-ip-address,${fileServers[0]}`),
    ...reservations.flatMap(openwrtHost),
  ];
};

const lengthOf = ({ first, last }: Range): number => last - first + 1;

const openwrtHost = ({ name, client, address }: PhoneReservation): readonly string[] =>
  'clientId' in client
    ? []
    : [
        `# ${name}`,
        'uci add dhcp host',
        `uci set dhcp.@host[-1].mac='${colonedMac(client.mac)}'`,
        `uci set dhcp.@host[-1].ip='${address}'`,
      ];
