// Makes the configuration that `labcm init` writes: short, for one address of this machine, with comments on what to
// change.

import { addressOf, numberOf, parseAddressRange } from '../config/addresses.js';
import type { Ipv4Address } from '../core/identifiers.js';
import type { MachineAddress } from './environment.js';

/** A subnet and a range for phones, which leaves out the low addresses, since other machines usually have them. */
export interface PhoneRange {
  readonly subnet: string;
  readonly first: string;
  readonly last: string;
  /** Whether the range contains the address of this machine. */
  readonly holdsAddress: boolean;
}

const LARGEST_PREFIX = 28;
/** Of a network of 256: .100 to .199. Of a smaller one its upper half. */
const FIRST = 100;
const LAST = 199;
/** A larger network has its pool in the /24 around the address. */
const SMALLEST_PREFIX = 24;
/** No subnet of the configuration is larger. */
const SHORTEST_PREFIX = 8;

/** The range for phones in the network of an address. `undefined`: the network is too small for one. */
export const rangeOf = ({
  address,
  prefix: written,
}: Pick<MachineAddress, 'address' | 'prefix'>): PhoneRange | undefined => {
  if (written > LARGEST_PREFIX) return undefined;
  const host = numberOf(address as Ipv4Address);
  const size = 2 ** (32 - Math.max(written, SMALLEST_PREFIX));
  const start = startOf(host, size);
  const first = start + (size === 256 ? FIRST : size / 2);
  const last = start + (size === 256 ? LAST : size - 2);
  const prefix = Math.max(written, SHORTEST_PREFIX);
  return {
    subnet: `${addressOf(startOf(host, 2 ** (32 - prefix)))}/${prefix}`,
    first: addressOf(first),
    last: addressOf(last),
    holdsAddress: host >= first && host <= last,
  };
};

/** A range that somebody chose in the network of an address. `undefined`: it is none, or not of that network. */
export const chosenRange = (here: MachineAddress, text: string): PhoneRange | undefined => {
  const proposed = rangeOf(here);
  const range = parseAddressRange(text);
  if (proposed === undefined || range === undefined) return undefined;
  const [first, last, host] = [range.first, range.last, here.address as Ipv4Address].map(numberOf) as [
    number,
    number,
    number,
  ];
  const size = 2 ** (32 - Math.max(here.prefix, SHORTEST_PREFIX));
  const start = startOf(host, size);
  // The first and the last address of a network are not for machines.
  if (first <= start || last >= start + size - 1) return undefined;
  return { ...proposed, first: range.first, last: range.last, holdsAddress: host >= first && host <= last };
};

/** The first address of the network of that size that has this one. */
const startOf = (host: number, size: number): number => host - (host % size);

/** The configuration as YAML. On the machine with this address `labcm check` finds no fault in it. */
export const newConfiguration = (here: MachineAddress, range: PhoneRange | undefined = rangeOf(here)): string => {
  const { address, interface: name } = here;
  return `# A lab on ${name}, written by \`labcm init\`. Every other key, with its default, is in config/lab.yaml of labcm.
#
#   labcm check        every mistake at once, before anything is opened
#   sudo labcm run     ports below 1024 need privileges, or: setcap cap_net_bind_service+ep $(which node)
#
# Paths are relative to this file. After a change: kill -HUP, or run it anew.

# The call managers that phones are told of. This machine is one.
nodes:
  - { name: CM1, address: ${address} }

${dhcpOf(name, address, range)}
# What phones fetch as it is: loads, locales, ring lists, backgrounds. Its README.md says where each goes.
tftp: { root: ./tftp-root }

# A phone that nobody configured gets the lowest free number, and the same one after a restart.
autoRegistration: { enabled: true, range: 1000-1999 }

# Yours. Thousands go into a table: devicesFile: ./phones.csv
devices: []
#  - name: SEP001122334455        # SEP and its MAC address
#    model: "7962"                # by name or by type id
#    protocol: SCCP
#    lines: [{ dn: 5002, label: "Front desk" }]
`;
};

const dhcpOf = (name: string, address: string, range: PhoneRange | undefined): string => {
  if (range === undefined)
    return '# The network of this interface has no room for a pool of addresses, so there is no DHCP here.\n';
  return `# Off until you switch it on: two DHCP servers on one network quarrel. Without it, give phones option 150 ${address}
# by the server that is there, or set the TFTP server on the phone.
dhcp:
  enabled: false
  interface: ${name}
  subnets:
    - subnet: ${range.subnet}
      pools: [${range.first}-${range.last}]
${
  range.holdsAddress
    ? `      exclusions: [${address}]
`
    : ''
}      option150: [${address}]
      # routers: [the way out of this network]
`;
};
