// MikroTik RouterOS: the commands of /ip dhcp-server and /ip pool.

import type { Ipv4Address } from '../core/identifiers.js';
import { ipv4Number, ipv4Octets } from '../dhcp/ipv4.js';
import { CODE } from '../dhcp/options.js';
import type { PhoneReservation, PhoneSubnet } from './content.js';
import { colonedMac, routerOsQuoted, span } from './quoting.js';
import { dashed } from './ranges.js';
import type { SnippetWriter } from './writer.js';

/** The commands. An option is defined once for each value of it. */
export const mikrotikLines: SnippetWriter = ({ subnets }) => {
  const servers = [...new Set(subnets.map(serversOf))];
  const firsts = [...new Set(subnets.map(({ fileServers }) => fileServers[0]))];
  const nameOf = <T>(code: number, values: readonly T[], value: T): string => {
    const place = values.indexOf(value);
    return `labcm${code}${place > 0 ? `-${place + 1}` : ''}`;
  };
  const add = '/ip dhcp-server option add';
  return [
    ...servers.map((value) => {
      const name = nameOf(CODE.tftpServerAddress, servers, value);
      return `${add} name=${name} code=${CODE.tftpServerAddress} value=0x${value}`;
    }),
    // s'…' is a text in every release; '…' alone may be four octets if it looks like an address.
    ...firsts.map((value) => {
      const name = nameOf(CODE.tftpServerName, firsts, value);
      return `${add} name=${name} code=${CODE.tftpServerName} value="s'${value}'"`;
    }),
    ...subnets.flatMap((subnet) =>
      subnetLines(subnet, [
        nameOf(CODE.tftpServerAddress, servers, serversOf(subnet)),
        nameOf(CODE.tftpServerName, firsts, subnet.fileServers[0]),
      ]),
    ),
  ];
};

/** Option 150 in hexadecimal. */
const serversOf = ({ fileServers }: PhoneSubnet): string => ipv4Octets(fileServers.map(ipv4Number)).toString('hex');

const subnetLines = (subnet: PhoneSubnet, options: readonly string[]): readonly string[] => {
  const { label, name, ranges, routers, dns, domain, ntp, fileServers, leaseTime, reservations } = subnet;
  const pool = `labcm-${label}`;
  return [
    [
      `/ip dhcp-server network set [find address=${name}]`,
      ...addresses('gateway', routers),
      ...addresses('dns-server', dns),
      ...(domain === '' ? [] : [`domain=${routerOsQuoted(domain)}`]),
      ...addresses('ntp-server', ntp),
      `dhcp-option=${options.join(',')}`,
      `next-server=${fileServers[0]}`,
    ].join(' '),
    ...(ranges.length === 0 ? [] : [`/ip pool add name=${pool} ranges=${ranges.map(dashed).join(',')}`]),
    ...reservations.flatMap(leaseLines),
    '# with the name of your own server:',
    `# /ip dhcp-server set SERVER address-pool=${ranges.length === 0 ? 'static-only' : pool} lease-time=${span(leaseTime)}`,
  ];
};

const addresses = (key: string, list: readonly Ipv4Address[]): readonly string[] =>
  list.length === 0 ? [] : [`${key}=${list.join(',')}`];

const leaseLines = ({ name, client, address }: PhoneReservation): readonly string[] =>
  'mac' in client
    ? [
        `/ip dhcp-server lease add address=${address} mac-address=${colonedMac(client.mac)} comment=${routerOsQuoted(name)}`,
      ]
    : [];
