// Every kind of DHCP server that a snippet can be written for: one row each. A new kind is a row and its writer.

import { dnsmasqLines, openwrtLines } from './dnsmasq.js';
import { firewallLines, OPNSENSE, PFSENSE } from './firewalls.js';
import { iosLines } from './ios.js';
import { iscDhcpdLines } from './isc-dhcpd.js';
import { keaLines } from './kea.js';
import { mikrotikLines } from './mikrotik.js';
import { BETWEEN_CMD_QUOTES, PLAIN, PRINTABLE } from './quoting.js';
import { netshLines, powerShellLines } from './windows.js';
import type { SnippetWriter } from './writer.js';

/** What is known of a kind of server. */
export interface SnippetKindRow {
  /** For a list: the product, and where the lines go. */
  readonly what: string;
  /** What a comment line begins with. */
  readonly comment: string;
  readonly write: SnippetWriter;
  /** The domains that its syntax can hold. */
  readonly domains: RegExp;
  /** Whether an address can be reserved for a client identifier that holds no hardware address. */
  readonly clientIds: boolean;
  /** What somebody who pastes the lines must know or look at. */
  readonly traps: readonly string[];
}

const RELEASES = 'nothing checks this but your eyes: words and menus differ between releases';

/** The kinds by their names (`explain.md` §4). */
export const SNIPPET_KINDS = {
  'isc-dhcpd': {
    what: 'ISC DHCP: dhcpd.conf',
    comment: '#',
    write: iscDhcpdLines,
    domains: PRINTABLE,
    clientIds: true,
    traps: [
      'dhcpd sends option 150 only to clients that ask for it; phones do',
      'define option 150 once: leave the first line out if your file already has one, and it must not be text',
      'dhcpd -t -cf FILE checks the syntax. It does not notice an option 150 that is text',
    ],
  },
  dnsmasq: {
    what: 'dnsmasq: dnsmasq.conf',
    comment: '#',
    write: dnsmasqLines,
    domains: PRINTABLE,
    clientIds: true,
    traps: [
      'dnsmasq ends option 66 with a NUL; phones that get option 150 do not need it',
      'a second dhcp-range for the same addresses is one too many: change the one that is there',
      'dnsmasq --test --conf-file=FILE checks it',
    ],
  },
  kea: {
    what: 'Kea: kea-dhcp4.conf',
    comment: '//',
    write: keaLines,
    domains: PRINTABLE,
    clientIds: true,
    traps: [
      'define option 150 once: add to the option-def that is there, and never a second one',
      'name the interface in place of "*"; kea-dhcp4 -t then wants it to exist',
      'kea-dhcp4 -t FILE checks the syntax. It does not notice an option 150 that is text',
    ],
  },
  ios: {
    what: 'Cisco IOS and IOS XE: global configuration mode',
    comment: '!',
    write: iosLines,
    domains: PLAIN,
    clientIds: true,
    traps: [
      '`option 150 ascii` would be wrong without a word from IOS: it must be `option 150 ip`',
      'excluded addresses are for the whole router: look whether another pool needs some of them',
      RELEASES,
    ],
  },
  mikrotik: {
    what: 'MikroTik RouterOS: its terminal',
    comment: '#',
    write: mikrotikLines,
    domains: PRINTABLE,
    clientIds: false,
    traps: [
      'where there is no such network yet, write `add address=…` in place of `set [find address=…]`, which changes nothing then',
      RELEASES,
    ],
  },
  windows: {
    what: 'Windows Server: netsh, in cmd.exe as administrator',
    comment: 'rem',
    write: netshLines,
    domains: BETWEEN_CMD_QUOTES,
    clientIds: false,
    traps: [
      'leave out the lines that add an option definition or a scope which is there already',
      'Windows takes an option 150 of the type String without a word: it must be IP address, array',
      RELEASES,
    ],
  },
  'windows-powershell': {
    what: 'Windows Server: PowerShell, as administrator',
    comment: '#',
    write: powerShellLines,
    domains: PRINTABLE,
    clientIds: false,
    traps: [
      'leave out the line that adds a scope which is there already',
      'an option 150 that is there stays as it is: its type must be IPv4Address, multi-valued',
      RELEASES,
    ],
  },
  pfsense: {
    what: 'pfSense: its web pages',
    comment: '#',
    write: firewallLines(PFSENSE),
    domains: PRINTABLE,
    clientIds: false,
    traps: ['an option 150 of the type Text is wrong: phones read its characters as addresses', RELEASES],
  },
  opnsense: {
    what: 'OPNsense: its web pages',
    comment: '#',
    write: firewallLines(OPNSENSE),
    domains: PRINTABLE,
    clientIds: false,
    traps: ['an option 150 of the type Text is wrong: phones read its characters as addresses', RELEASES],
  },
  openwrt: {
    what: 'OpenWrt: uci, in its shell',
    comment: '#',
    write: openwrtLines,
    domains: PRINTABLE,
    clientIds: false,
    traps: [
      'dhcp.lan is the first interface: put the names of yours',
      'add_list adds each time: after a second run, remove the doubles from /etc/config/dhcp',
      'an option goes to clients that ask for it; newer releases have dhcp_option_force for the others',
      RELEASES,
    ],
  },
} as const satisfies Readonly<Record<string, SnippetKindRow>>;

/** The name of a kind. */
export type SnippetKind = keyof typeof SNIPPET_KINDS;

/** The names of all kinds. */
export const SNIPPET_KIND_NAMES = Object.keys(SNIPPET_KINDS) as readonly SnippetKind[];

/** `undefined`: there is no kind of that name. */
export const findSnippetKind = (name: string): SnippetKind | undefined =>
  SNIPPET_KIND_NAMES.find((kind) => kind === name.toLowerCase());

/** The command that prints the lines for a server; without a kind it names none. */
export const snippetHint = (kind?: SnippetKind): string => `labcm snippet ${kind ?? 'KIND'}`;
