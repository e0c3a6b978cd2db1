// ISC DHCP: dhcpd.conf(5), dhcp-options(5).

import { CODE } from '../dhcp/options.js';
import { optionsOf, type PhoneReservation, type PhoneSubnet, type SnippetOption } from './content.js';
import { backslashQuoted, colons } from './quoting.js';
import { ends, unreservedRanges } from './ranges.js';
import type { SnippetWriter } from './writer.js';

/** The options as ISC DHCP names them, and Kea after it. That of 150 is ours: neither server knows one. */
export const ISC_OPTION_NAMES: ReadonlyMap<number, string> = new Map([
  [CODE.router, 'routers'],
  [CODE.dns, 'domain-name-servers'],
  [CODE.domainName, 'domain-name'],
  [CODE.ntpServers, 'ntp-servers'],
  [CODE.tftpServerName, 'tftp-server-name'],
  [CODE.tftpServerAddress, 'tftp-servers'],
]);

/** The lines of dhcpd.conf. */
export const iscDhcpdLines: SnippetWriter = ({ subnets }) => [
  `option ${ISC_OPTION_NAMES.get(CODE.tftpServerAddress)} code ${CODE.tftpServerAddress} = array of ip-address;`,
  ...subnets.flatMap(subnetLines),
  ...subnets.flatMap(({ reservations }) => reservations).flatMap(hostLines),
];

const subnetLines = (subnet: PhoneSubnet): readonly string[] => [
  '',
  `subnet ${subnet.network} netmask ${subnet.mask} {`,
  ...unreservedRanges(subnet).map((range) => `  range ${ends(range).join(' ')};`),
  ...optionsOf(subnet).map((option) => `  option ${ISC_OPTION_NAMES.get(option.code)} ${optionValue(option)};`),
  `  next-server ${subnet.fileServers[0]};`,
  `  default-lease-time ${subnet.leaseTime};`,
  `  max-lease-time ${subnet.maxLeaseTime};`,
  '}',
];

const optionValue = (option: SnippetOption): string =>
  'text' in option ? backslashQuoted(option.text) : option.addresses.join(', ');

const hostLines = ({ name, client, address }: PhoneReservation): readonly string[] => {
  // A name in dhcpd.conf begins with a letter and holds no dots.
  const label = /^[A-Za-z][\w-]*$/.test(name) ? name : `phone-${address.replaceAll('.', '-')}`;
  return [
    '',
    ...(label === name ? [] : [`# ${name}`]),
    `host ${label} {`,
    'mac' in client
      ? `  hardware ethernet ${colons(client.mac)};`
      : `  option dhcp-client-identifier ${colons(client.clientId)};`,
    `  fixed-address ${address};`,
    '}',
  ];
};
