// One snippet: the comment and the lines of its kind, and what to know about them (`explain.md` §4).

import type { Ipv4Address } from '../core/identifiers.js';
import { optionRow } from '../dhcp/options.js';
import type { SubnetSettings } from '../dhcp/settings.js';
import { type PhoneReservation, type PhoneSubnet, phoneSubnets, type SnippetSource } from './content.js';
import { SNIPPET_KINDS, type SnippetKind, type SnippetKindRow } from './kinds.js';
import { inComment } from './quoting.js';

/** What a snippet is for. */
export interface SnippetRequest extends SnippetSource {
  /** The address of labcm itself. */
  readonly self: Ipv4Address;
  /** The version of labcm. */
  readonly version: string;
  /** The configuration file. */
  readonly file: string;
}

/** Lines for another DHCP server. */
export interface Snippet {
  readonly kind: SnippetKind;
  /** Ends with a newline. */
  readonly text: string;
  /** What the lines leave out, and what to look at. One sentence each, for people. */
  readonly remarks: readonly string[];
}

/** Writes the snippet of a kind. `request` has at least one subnet, of a configuration without faults. */
export const snippetOf = (kind: SnippetKind, request: SnippetRequest): Snippet => {
  const row: SnippetKindRow = SNIPPET_KINDS[kind];
  const subnets = phoneSubnets(request);
  const written = subnets.map((subnet) => writable(subnet, row));
  const { version, file, self } = request;
  const names = subnets.map(({ name }) => name).join(', ');
  // The name of the file is not at the end: a `\` there would go on in the next line.
  const comment = `${row.comment} ${inComment(`labcm ${version}, from ${file}, for the phones of ${shortened(names)}`)}`;
  return {
    kind,
    text: `${[comment, ...row.write({ subnets: written.map(({ subnet }) => subnet), self })].join('\n')}\n`,
    remarks: [
      ...fileServerRemarks(subnets),
      ...written.flatMap(({ remarks }) => remarks),
      ...request.subnets.flatMap(({ settings }, index) => optionRemarks(settings, subnets[index]?.name ?? '')),
      ...row.traps,
    ],
  };
};

const MOST_LISTED = 8;

/** The addresses of reservations; of many the first ones. */
const listed = (reservations: readonly { readonly address: Ipv4Address }[]): string => {
  const shown = reservations
    .slice(0, MOST_LISTED)
    .map(({ address }) => address)
    .join(', ');
  return reservations.length > MOST_LISTED ? `${shown} and ${reservations.length - MOST_LISTED} more` : shown;
};

const MOST_NAMES = 200;
const shortened = (names: string): string => (names.length > MOST_NAMES ? 'all subnets' : names);

/** The subnet without what the syntax of the kind cannot say. */
const writable = (
  subnet: PhoneSubnet,
  { domains, clientIds }: SnippetKindRow,
): { readonly subnet: PhoneSubnet; readonly remarks: readonly string[] } => {
  const { name, domain, reservations } = subnet;
  const remarks: string[] = [];
  const keepsDomain = domains.test(domain);
  if (!keepsDomain) remarks.push(`${name}: its domain has characters that cannot be written here: enter it by hand`);
  const isKept = ({ client }: PhoneReservation): boolean => clientIds || 'mac' in client;
  const lost = reservations.filter((one) => !isKept(one));
  if (lost.length > 0)
    remarks.push(
      `${name}: left out are reservations for a client identifier, which this kind has not: ${listed(lost)}`,
    );
  return {
    subnet: { ...subnet, domain: keepsDomain ? domain : '', reservations: reservations.filter(isKept) },
    remarks,
  };
};

/** How many file servers a phone keeps (`provisioning.md` §2.3). */
const SERVERS_OF_A_PHONE = 2;

const fileServerRemarks = (subnets: readonly PhoneSubnet[]): readonly string[] => [
  ...new Set(
    subnets.flatMap(({ fileServers }) => [
      ...fileServers
        .filter((address) => address.startsWith('127.'))
        .map(
          (address) =>
            `option 150 has ${address}, which is every machine itself: phones need an address of labcm's machine`,
        ),
      ...(fileServers.length > SERVERS_OF_A_PHONE
        ? [`option 150 has ${fileServers.length} addresses, of which phones keep the first ${SERVERS_OF_A_PHONE}`]
        : []),
    ]),
  ),
];

const optionRemarks = ({ options, reservations }: SubnetSettings, name: string): readonly string[] => {
  const codes = [...new Set(options.map(({ code }) => code))];
  const own = reservations.filter(({ option150, options: more }) => option150 !== undefined || more.length > 0);
  return [
    ...(codes.length === 0
      ? []
      : [
          `${name}: left out are its other options: ${codes.map((code) => `${code} (${optionRow(code).name})`).join(', ')}`,
        ]),
    ...(own.length === 0 ? [] : [`${name}: left out are the own options of the reservations of ${listed(own)}`]),
  ];
};
