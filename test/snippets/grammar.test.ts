// Servers that cannot be run here: every line of their snippets fits a grammar of ours, which was written from the vendors'
// command references, whatever the configuration holds.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Ipv4Address } from '../../src/core/identifiers.js';
import { seconds } from '../../src/core/time.js';
import { ipv4Text } from '../../src/dhcp/ipv4.js';
import type { SubnetSettings } from '../../src/dhcp/settings.js';
import { type SnippetKind, snippetOf } from '../../src/snippets/index.js';
import { aSubnet } from '../dhcp/harness.js';
import { aRequest, CALL_MANAGERS, GOLDEN } from './harness.js';

const IP = String.raw`(?:\d{1,3}\.){3}\d{1,3}`;
const IPS = (separator: string): string => `${IP}(?:${separator}${IP})*`;
const NAME = '[A-Za-z0-9][A-Za-z0-9._-]*';
const SINGLE_QUOTED = `'(?:[^'\\n]|'')*'`;
const CMD_QUOTED = '"[^"%\\n]*"';
const ROUTER_OS_QUOTED = String.raw`"(?:[A-Za-z0-9 ._'/:@-]|\\[0-9A-F]{2})*"`;
const NETSH_SCOPE = `netsh dhcp server scope ${IP}`;

/** The lines that a kind may have, each as a whole. */
const GRAMMARS: Partial<Record<SnippetKind, readonly string[]>> = {
  ios: [
    '!.*',
    `ip dhcp excluded-address ${IP}(?: ${IP})?`,
    `ip dhcp pool ${NAME}`,
    ` network ${IP} ${IP}`,
    ` default-router ${IPS(' ')}`,
    ` dns-server ${IPS(' ')}`,
    ` domain-name ${NAME}`,
    ` option 42 ip ${IPS(' ')}`,
    ` option 66 ascii ${IP}`,
    ` option 150 ip ${IPS(' ')}`,
    ` next-server ${IP}`,
    String.raw` lease (?:36[0-5]|3[0-5]\d|[12]?\d?\d)(?: (?:1?\d|2[0-3])(?: [1-5]?\d)?)?`,
    ` host ${IP} ${IP}`,
    String.raw` client-identifier (?:[0-9a-f]{4}\.)*(?:[0-9a-f]{2}|[0-9a-f]{4})`,
  ],
  windows: [
    'rem .*',
    'netsh dhcp server add optiondef 150 "TFTP Servers" IPADDRESS 1 comment="labcm"',
    `netsh dhcp server add scope ${IP} ${IP} ${CMD_QUOTED} ${CMD_QUOTED}`,
    `${NETSH_SCOPE} add iprange ${IP} ${IP}`,
    `${NETSH_SCOPE} add excluderange ${IP} ${IP}`,
    String.raw`${NETSH_SCOPE} set optionvalue 51 DWORD \d+`,
    `${NETSH_SCOPE} set optionvalue (?:3|6|42|150) IPADDRESS ${IPS(' ')}`,
    `${NETSH_SCOPE} set optionvalue (?:15|66) STRING ${CMD_QUOTED}`,
    `${NETSH_SCOPE} add reservedip ${IP} [0-9A-F]{12} "${NAME}"`,
  ],
  'windows-powershell': [
    '#.*',
    String.raw`if \(-not \(Get-DhcpServerv4OptionDefinition -OptionId 150 -ErrorAction SilentlyContinue\)\) \{`,
    "  Add-DhcpServerv4OptionDefinition -OptionId 150 -Name 'TFTP Servers' -Type IPv4Address -MultiValued -Description 'labcm'",
    String.raw`\}`,
    String.raw`Add-DhcpServerv4Scope -Name ${SINGLE_QUOTED} -StartRange ${IP} -EndRange ${IP} -SubnetMask ${IP} -LeaseDuration \d+\.\d\d:\d\d:\d\d`,
    `Add-DhcpServerv4ExclusionRange -ScopeId ${IP} -StartRange ${IP} -EndRange ${IP}`,
    `Set-DhcpServerv4OptionValue -ScopeId ${IP} -OptionId (?:3|42|150) -Value ${IPS(',')}`,
    `Set-DhcpServerv4OptionValue -ScopeId ${IP} -OptionId 6 -Value ${IPS(',')} -Force`,
    `Set-DhcpServerv4OptionValue -ScopeId ${IP} -OptionId (?:15|66) -Value ${SINGLE_QUOTED}`,
    `Add-DhcpServerv4Reservation -ScopeId ${IP} -IPAddress ${IP} -ClientId (?:[0-9A-F]{2}-){5}[0-9A-F]{2} -Name '${NAME}'`,
  ],
  mikrotik: [
    '#.*',
    String.raw`/ip dhcp-server option add name=labcm150(?:-\d+)? code=150 value=0x(?:[0-9a-f]{8})+`,
    String.raw`/ip dhcp-server option add name=labcm66(?:-\d+)? code=66 value="s'${IP}'"`,
    String.raw`/ip dhcp-server network set \[find address=${IP}/\d+\](?: gateway=${IPS(',')})?(?: dns-server=${IPS(',')})?(?: domain=${ROUTER_OS_QUOTED})?(?: ntp-server=${IPS(',')})? dhcp-option=labcm150(?:-\d+)?,labcm66(?:-\d+)? next-server=${IP}`,
    String.raw`/ip pool add name=labcm-phones\d* ranges=${IP}-${IP}(?:,${IP}-${IP})*`,
    `/ip dhcp-server lease add address=${IP} mac-address=(?:[0-9A-F]{2}:){5}[0-9A-F]{2} comment="${NAME}"`,
  ],
};

const GRAMMAR_KINDS = Object.entries(GRAMMARS) as readonly (readonly [SnippetKind, readonly string[]])[];

const strangers = (lines: readonly string[], text: string): readonly string[] => {
  const line = new RegExp(`^(?:${lines.join('|')})$`);
  return text.split('\n').filter((one) => one !== '' && !line.test(one));
};

const host = fc.integer({ min: 1, max: 254 }).map((last) => ipv4Text(0x0a0ad200 + last));
const hosts = (maxLength: number) => fc.array(host, { maxLength });
const printable = fc.string({
  unit: fc.integer({ min: 0x20, max: 0x17f }).map((code) => String.fromCharCode(code)),
  maxLength: 40,
});
const range = fc.tuple(fc.integer({ min: 1, max: 254 }), fc.integer({ min: 1, max: 254 })).map(([one, other]) => ({
  first: ipv4Text(0x0a0ad200 + Math.min(one, other)),
  last: ipv4Text(0x0a0ad200 + Math.max(one, other)),
}));
const octet = fc.integer({ min: 0, max: 255 }).map((value) => value.toString(16).padStart(2, '0'));
const client = fc.oneof(
  fc.array(octet, { minLength: 6, maxLength: 6 }).map((list) => ({ mac: list.join('').toUpperCase() })),
  fc.array(octet, { minLength: 1, maxLength: 20 }).map((list) => ({ clientId: list.join('') })),
  fc.constantFrom('SEP001122334455', 'ipctest2').map((device) => ({ device })),
);
const subnet = fc
  .record({
    pools: fc.array(range, { minLength: 1, maxLength: 3 }),
    exclusions: fc.array(range, { maxLength: 3 }),
    routers: hosts(3),
    dns: hosts(3),
    ntp: hosts(2),
    domain: printable,
    option150: hosts(3),
    leaseTime: fc.integer({ min: 60, max: 366 * 86_400 }).map(seconds),
    reservations: fc.uniqueArray(fc.record({ client, address: host, options: fc.constant([]) }), {
      maxLength: 4,
      selector: ({ address }) => address,
    }),
  })
  .map((changes): SubnetSettings => aSubnet('10.10.210.0', 24, changes as never));

describe.each(GRAMMAR_KINDS)('the grammar of %s', (kind, lines) => {
  it.each(Object.entries(GOLDEN))('has every line of the golden file %s', (_, request) => {
    expect(strangers(lines, snippetOf(kind, request).text)).toEqual([]);
  });

  it('has every line of whatever is configured', () => {
    fc.assert(
      fc.property(subnet, (settings) => {
        expect(strangers(lines, snippetOf(kind, aRequest([settings], CALL_MANAGERS)).text)).toEqual([]);
      }),
    );
  });

  it('can fail: a text in place of an address, and a quote left open', () => {
    const wrong = { ios: ' option 150 ascii 10.10.210.10', windows: 'netsh dhcp server add optiondef 150 "TFTP' };
    const line = wrong[kind as keyof typeof wrong] ?? `comment="`;
    expect(strangers(lines, line)).toEqual([line]);
  });
});

describe('the octets of option 150 for RouterOS', () => {
  it.each([
    [['10.10.210.10'], '0x0a0ad20a'],
    [['10.10.210.10', '10.10.210.11'], '0x0a0ad20a0a0ad20b'],
    [['255.0.1.200'], '0xff0001c8'],
  ])('of %j are %s', (addresses, octets) => {
    const option150 = addresses as readonly string[] as readonly Ipv4Address[];
    const text = snippetOf('mikrotik', aRequest([aSubnet('10.10.210.0', 24, { option150 })])).text;
    expect(text).toContain(`name=labcm150 code=150 value=${octets}\n`);
    expect(text).toContain(`name=labcm66 code=66 value="s'${addresses[0]}'"\n`);
  });

  it('are defined once for each list of servers', () => {
    const text = snippetOf('mikrotik', GOLDEN.several).text;
    expect([...text.matchAll(/name=(labcm150\S*) code=150 value=(\S+)/g)].map(([, ...found]) => found)).toEqual([
      ['labcm150', '0x0a0ad20a0a0ad20b'],
      ['labcm150-2', '0x0a0ad20b0a0ad20a'],
    ]);
    expect(text).toMatch(/address=10\.20\.0\.0\/24\].* dhcp-option=labcm150-2,labcm66-2 next-server=10\.10\.210\.11\n/);
  });
});

describe('the lease of IOS', () => {
  it.each([
    [60, '0 0 1'],
    [61, '0 0 2'],
    [3600, '0 1'],
    [86_400, '1'],
    [90_000, '1 1'],
    [366 * 86_400, '365'],
  ])('of %i seconds is %s', (length, lease) => {
    const settings = aSubnet('10.10.210.0', 24, { leaseTime: seconds(length) });
    expect(snippetOf('ios', aRequest([settings])).text).toContain(`\n lease ${lease}\n`);
  });
});

describe('the ranges of Windows and IOS', () => {
  it('reach over what is reserved, and leave out the rest', () => {
    const netsh = snippetOf('windows', GOLDEN.full).text;
    expect(netsh).toContain('add iprange 10.10.210.100 10.10.210.202\n');
    expect([...netsh.matchAll(/excluderange (.*)/g)].map(([, part]) => part)).toEqual([
      '10.10.210.150 10.10.210.150',
      '10.10.210.200 10.10.210.200',
    ]);
    const ios = snippetOf('ios', GOLDEN.full).text;
    expect([...ios.matchAll(/excluded-address (.*)/g)].map(([, part]) => part)).toEqual([
      '10.10.210.1 10.10.210.99',
      '10.10.210.150',
      '10.10.210.200',
      '10.10.210.204 10.10.210.254',
    ]);
  });
});
