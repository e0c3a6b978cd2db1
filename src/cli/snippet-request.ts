// What `labcm snippet` writes from: the subnets of the configuration, or a subnet that is given on the command line, with
// placeholders.

import { addressOf, isHostOf, numberOf, parseSubnet } from '../config/addresses.js';
import type { Config } from '../config/index.js';
import { type Ipv4Address, parseIpv4Address } from '../core/identifiers.js';
import { DEFAULT_SUBNET, type SubnetSettings } from '../dhcp/settings.js';
import type { SnippetRequest } from '../snippets/index.js';
import { CommandFailure, OptionFailure } from './failure.js';
import { rangeOf } from './new-configuration.js';

/** The request, and what is to be said about it beyond the remarks of its kind. */
export interface RequestedSnippet {
  readonly request: SnippetRequest;
  readonly remarks: readonly string[];
}

/**
 * Chooses all subnets of the configuration, or the one that `wanted` names. Without any in the configuration, `wanted` is
 * a subnet to make. Throws an `OptionFailure` or a `CommandFailure` if there is none.
 */
export const requestedSnippet = (
  config: Config,
  { version, file, wanted }: { readonly version: string; readonly file: string; readonly wanted: string | undefined },
): RequestedSnippet => {
  const callManagers = callManagersOf(config);
  const configured = config.dhcp.subnets.map((settings, index) => ({ place: index + 1, settings }));
  const made = configured.length === 0 ? placeholders(file, wanted, callManagers) : undefined;
  const subnets = made === undefined ? chosen(configured, wanted) : [{ place: 1, settings: made }];
  return {
    request: {
      subnets,
      callManagers,
      devices: config.devices,
      self: config.self.address as Ipv4Address,
      version,
      file,
    },
    remarks: [
      ...(made === undefined
        ? []
        : ['the range and the router are placeholders: this configuration has no dhcp.subnets to take them from']),
      ...(config.dhcp.enabled
        ? ['this configuration serves DHCP itself: two servers on one network quarrel. Set dhcp.enabled to false']
        : []),
    ],
  };
};

/** The members of the default group in its order; this node first if it is none of them, since it has the files. */
const callManagersOf = ({ self, provisioning: { groups, defaultGroup } }: Config): SnippetRequest['callManagers'] => {
  const members = (groups.get(defaultGroup)?.members ?? []).flatMap(({ address }) => parseIpv4Address(address) ?? []);
  const own = self.address as Ipv4Address;
  const [first = own, ...others] = members.includes(own) ? members : [own, ...members];
  return [first, ...others];
};

type Chosen = SnippetRequest['subnets'];

const nameOf = ({ settings: { network, prefix } }: Chosen[number]): string => `${network}/${prefix}`;

const chosen = (subnets: Chosen, wanted: string | undefined): Chosen => {
  if (wanted === undefined) return subnets;
  const found = subnets.filter((subnet) => nameOf(subnet) === wanted.trim());
  if (found.length > 0) return found;
  throw new OptionFailure('--subnet', wanted, `a subnet of dhcp.subnets: ${subnets.map(nameOf).join(', ')}`);
};

const placeholders = (file: string, wanted: string | undefined, servers: readonly Ipv4Address[]): SubnetSettings => {
  if (wanted === undefined)
    throw new CommandFailure(
      `dhcp.subnets of ${file}`,
      'no subnets',
      'the subnet of the phones',
      'configure it, with dhcp.enabled: false, or give it: --subnet 10.10.210.0/24',
    );
  const subnet = parseSubnet(wanted.trim());
  if (subnet === undefined)
    throw new OptionFailure('--subnet', wanted, 'a subnet such as 10.10.210.0/24, its host bits zero, from /8 to /30');
  const { network, prefix, broadcast } = subnet;
  const range = rangeOf({ address: network, prefix });
  const hosts = { first: addressOf(numberOf(network) + 1), last: addressOf(numberOf(broadcast) - 1) };
  // By custom the first address is the router's.
  const router = servers.includes(hosts.first) ? hosts.last : hosts.first;
  const pool = range === undefined ? hosts : { first: range.first as Ipv4Address, last: range.last as Ipv4Address };
  const taken = [router, ...servers.filter((address) => isHostOf(address, subnet))];
  return {
    ...DEFAULT_SUBNET,
    network,
    prefix,
    pools: [pool],
    exclusions: taken.map((address) => ({ first: address, last: address })),
    routers: [router],
  };
};
