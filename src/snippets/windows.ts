// Windows Server: `netsh dhcp`, and the DhcpServer module of PowerShell.

import { CODE } from '../dhcp/options.js';
import type { Range } from '../dhcp/served-subnet.js';
import { optionsOf, type PhoneReservation, type PhoneSubnet, type SnippetOption } from './content.js';
import { dashedMac, powerShellQuoted } from './quoting.js';
import { around, ends, gapsIn, reservedRanges } from './ranges.js';
import type { SnippetWriter } from './writer.js';

const DEFINITION = 'TFTP Servers';

/**
 * The one range of a scope, and the parts of it that are given to nobody. It reaches over the reserved addresses, which
 * a scope has to contain.
 */
const rangeOf = (subnet: PhoneSubnet): { readonly whole: Range; readonly excluded: readonly Range[] } | undefined => {
  const given = [...subnet.ranges, ...reservedRanges(subnet)];
  const whole = around(given);
  return whole === undefined ? undefined : { whole, excluded: gapsIn(whole, given) };
};

/** The commands for cmd.exe. */
export const netshLines: SnippetWriter = ({ subnets }) => [
  `netsh dhcp server add optiondef ${CODE.tftpServerAddress} "${DEFINITION}" IPADDRESS 1 comment="labcm"`,
  ...subnets.flatMap(netshScope),
];

const netshScope = (subnet: PhoneSubnet): readonly string[] => {
  const { network, mask, name, leaseTime, reservations } = subnet;
  const scope = `netsh dhcp server scope ${network}`;
  const range = rangeOf(subnet);
  return [
    `netsh dhcp server add scope ${network} ${mask} "Phones ${name}" "labcm"`,
    ...(range === undefined
      ? []
      : [
          `${scope} add iprange ${ends(range.whole).join(' ')}`,
          ...range.excluded.map((part) => `${scope} add excluderange ${ends(part).join(' ')}`),
        ]),
    `${scope} set optionvalue ${CODE.leaseTime} DWORD ${leaseTime}`,
    ...optionsOf(subnet).map((option) => `${scope} set optionvalue ${option.code} ${netshValue(option)}`),
    ...reservations.flatMap(({ client, name: phone, address }) =>
      'mac' in client ? [`${scope} add reservedip ${address} ${client.mac} "${phone}"`] : [],
    ),
  ];
};

const netshValue = (option: SnippetOption): string =>
  'text' in option ? `STRING "${option.text}"` : `IPADDRESS ${option.addresses.join(' ')}`;

/** The commands for PowerShell. */
export const powerShellLines: SnippetWriter = ({ subnets }) => [
  `if (-not (Get-DhcpServerv4OptionDefinition -OptionId ${CODE.tftpServerAddress} -ErrorAction SilentlyContinue)) {`,
  `  Add-DhcpServerv4OptionDefinition -OptionId ${CODE.tftpServerAddress} -Name '${DEFINITION}' -Type IPv4Address -MultiValued -Description 'labcm'`,
  '}',
  ...subnets.flatMap(powerShellScope),
];

const powerShellScope = (subnet: PhoneSubnet): readonly string[] => {
  const { network, mask, name, leaseTime, reservations } = subnet;
  const range = rangeOf(subnet);
  const bounds = (part: Range): string => {
    const [first, last] = ends(part);
    return `-StartRange ${first} -EndRange ${last}`;
  };
  return [
    ...(range === undefined
      ? []
      : [
          `Add-DhcpServerv4Scope -Name ${powerShellQuoted(`Phones ${name}`)} ${bounds(range.whole)} -SubnetMask ${mask} -LeaseDuration ${timeSpan(leaseTime)}`,
          ...range.excluded.map((part) => `Add-DhcpServerv4ExclusionRange -ScopeId ${network} ${bounds(part)}`),
        ]),
    ...optionsOf(subnet).map(
      (option) =>
        `Set-DhcpServerv4OptionValue -ScopeId ${network} -OptionId ${option.code} -Value ${powerShellValue(option)}${
          option.code === CODE.dns ? ' -Force' : '' // else each DNS server would have to answer now
        }`,
    ),
    ...reservations.flatMap((reservation) => powerShellReservation(reservation, subnet)),
  ];
};

const powerShellValue = (option: SnippetOption): string =>
  'text' in option ? powerShellQuoted(option.text) : option.addresses.join(',');

/** `1.02:03:04`. */
const timeSpan = (seconds: number): string => {
  const two = (number: number): string => String(number).padStart(2, '0');
  const clock = [Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60].map(two).join(':');
  return `${Math.floor(seconds / 86_400)}.${clock}`;
};

const powerShellReservation = (
  { name, client, address }: PhoneReservation,
  { network }: PhoneSubnet,
): readonly string[] =>
  'mac' in client
    ? [
        `Add-DhcpServerv4Reservation -ScopeId ${network} -IPAddress ${address} -ClientId ${dashedMac(client.mac)} -Name ${powerShellQuoted(name)}`,
      ]
    : [];
