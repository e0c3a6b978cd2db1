// Whether phones get an address: other servers on the wire, the size of pools, relays and interfaces.

import { milliseconds } from '../../core/time.js';
import { DISCOVERY_LASTS, type Discovery } from '../../dhcp/discovery.js';
import type { SubnetSettings } from '../../dhcp/settings.js';
import {
  bad,
  counted,
  type DoctorCheck,
  type DoctorFinding,
  problemFinding,
  skipped,
  warning,
  well,
} from '../check.js';
import { interfaceFaults } from '../machine-faults.js';
import { fileServersOf, isInNet, lintOffer, type OfferContext } from '../offer.js';
import type { DoctorView } from '../view.js';

const number = (address: string): number => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);

const isPooledIn = (address: string, { pools, exclusions }: SubnetSettings): boolean => {
  const within = ({ first, last }: { readonly first: string; readonly last: string }): boolean =>
    number(address) >= number(first) && number(address) <= number(last);
  return pools.some(within) && !exclusions.some(within);
};

const contextOf = ({ host, located: { config } }: DoctorView): OfferContext => {
  const { dhcp, nodes, self } = config;
  const machine = host.addresses();
  return {
    ours: new Set([
      ...(self.address === '0.0.0.0' ? [] : [self.address]),
      ...machine.filter(({ loopback }) => !loopback).map(({ address }) => address),
      ...nodes.map(({ address }) => address),
      ...dhcp.subnets.flatMap(({ option150 }) => option150),
    ]),
    prefixAt: (address) => machine.find((one) => isInNet(address, one.address, one.prefix))?.prefix,
    isPooled: (address) => dhcp.enabled && dhcp.subnets.some((subnet) => isPooledIn(address, subnet)),
  };
};

/** What an offering or silent network means. */
const offersFound = (view: DoctorView, discovery: Discovery & { readonly kind: 'heard' }): readonly DoctorFinding[] => {
  const { giaddr, interface: name, offers } = discovery;
  const serves = view.located.config.dhcp.enabled;
  if (offers.length === 0)
    return serves || giaddr !== undefined
      ? [
          well(
            'dhcp.no-other-server',
            giaddr === undefined
              ? `no other server answers on ${name}`
              : `no other server answers ${giaddr} on ${name}; those that do not serve that address stay silent`,
          ),
        ]
      : [
          bad('dhcp.no-server', `nobody answered a DISCOVER on ${name} within ${DISCOVERY_LASTS / 1000} s`, {
            wanted: 'a DHCP server for phones',
            fix: ['dhcp: { enabled: true, … }, or another DHCP server; `labcm snippet KIND` shows its lines'],
            facts: { interface: name },
          }),
        ];
  const context = contextOf(view);
  const byServer = new Map(offers.map((offer) => [offer.server, offer]));
  return [...byServer.values()].flatMap((offer): readonly DoctorFinding[] => {
    const faults = lintOffer(offer, context);
    if (faults.length > 0) return faults;
    const to = fileServersOf(offer).join(', ');
    return [
      (serves ? warning : well)(
        'dhcp.other-server',
        `${offer.server} answers on ${name}, too: it offers ${offer.yiaddr} and sends phones to ${to}`,
        {
          fix: ['one of the two off, or both with the same option 150'],
          facts: { server: offer.server, yiaddr: offer.yiaddr, fileServers: fileServersOf(offer) },
        },
      ),
    ];
  });
};

/** The interfaces to ask on: the named one, else those that phones are on. A lab on loopback has none. */
const interfacesToAsk = ({ interface: wanted, host, located: { config } }: DoctorView): readonly string[] => {
  if (wanted !== undefined) return [wanted];
  const beyond = host.addresses().filter(({ loopback }) => !loopback);
  const served = beyond.filter(({ interface: name }) => config.dhcp.enabled && config.dhcp.interfaces.includes(name));
  const chosen = served.length > 0 ? served : beyond.filter(({ address }) => address === config.self.address);
  return [...new Set(chosen.map(({ interface: name }) => name))];
};

const otherServers: DoctorCheck = {
  group: 'dhcp',
  name: 'other-servers',
  looksAt:
    'with `--offer`: the answers of other DHCP servers to one DISCOVER of a 7962, through the daemon’s port 67 (only servers that serve its address answer) or, without a daemon, from port 68; nothing is ever requested',
  option: 'offer',
  finds: {
    'dhcp.other-server-text-150': 'on that server: option 150 as IP address, array: `labcm snippet KIND`',
    'dhcp.other-server-150-length': 'on that server: option 150 as IP address, array',
    'dhcp.option-66-bytes': 'on that server: option 66 as plain text, one address',
    'dhcp.other-server-no-tftp': 'on that server: option 150, 66 and next server = labcm: `labcm snippet KIND`',
    'dhcp.other-server-tftp-differs': 'on that server: 150, 66 and the next server the same',
    'dhcp.other-server-mask': 'on that server: the mask of the network',
    'dhcp.other-server-router': 'on that server: a router of the network',
    'dhcp.other-server-incomplete': 'another server',
    'dhcp.other-server-short-lease': 'on that server: a lease of ten minutes or more',
    'dhcp.other-server-pool': 'pools that do not overlap',
    'dhcp.other-server': 'one of the two off, or both with the same option 150',
    'dhcp.no-other-server': 'nothing; `--all` shows it',
    'dhcp.no-server': '`dhcp: { enabled: true, … }`, or another DHCP server',
    'dhcp.not-asked': 'root, or a running labcm that serves DHCP; once a minute at most',
  },
  // The DISCOVER has five seconds, and the way to the daemon and back some more.
  within: () => milliseconds(DISCOVERY_LASTS + 1500),
  run: async (view) => {
    const names = interfacesToAsk(view);
    if (names.length === 0)
      return [
        skipped('dhcp.not-asked', 'phones are on no interface of this machine beyond loopback; --interface names one'),
      ];
    const discoveries = await Promise.all(names.map(async (name) => ({ name, discovery: await askOn(view, name) })));
    return discoveries.flatMap(({ name, discovery }) =>
      discovery.kind === 'refused'
        ? [skipped('dhcp.not-asked', `no DISCOVER on ${name}: ${discovery.why}`)]
        : offersFound(view, discovery),
    );
  },
};

/** Through the daemon where it serves that interface, else from here. */
const askOn = (view: DoctorView, name: string): Promise<Discovery> => {
  const { daemon, located } = view;
  const { dhcp } = located.config;
  return daemon !== undefined && dhcp.enabled && dhcp.interfaces.includes(name)
    ? daemon.discover(name)
    : view.discover(name);
};

const subnetName = ({ network, prefix }: SubnetSettings): string => `${network}/${prefix}`;

const sizeOf = ({ pools, exclusions }: SubnetSettings): number => {
  const length = ({ first, last }: { readonly first: string; readonly last: string }): number =>
    number(last) - number(first) + 1;
  return pools.reduce((sum, pool) => sum + length(pool), 0) - exclusions.reduce((sum, range) => sum + length(range), 0);
};

const pools: DoctorCheck = {
  group: 'dhcp',
  name: 'pools',
  looksAt: 'the size of pools against the devices, and how full they are; overlaps are faults of the configuration',
  finds: {
    'dhcp.pool-empty': 'wider `pools`, a shorter `leaseTime`; `labcm leases` shows who holds them',
    'dhcp.pool-small': 'wider `pools`',
    'dhcp.no-router': '`routers: [ … ]`',
  },
  run: async ({ located, daemon, place }) => {
    const { config, locate } = located;
    const { dhcp, devices, self } = config;
    if (!dhcp.enabled) return [];
    const metrics = await daemon?.metrics();
    const where = (index: number, key: string): string => place(locate(['dhcp', 'subnets', index, key]));
    const found = dhcp.subnets.flatMap((subnet, index): readonly DoctorFinding[] => {
      const name = subnetName(subnet);
      const size = metrics?.get(`labcm_dhcp_addresses{subnet="${name}",state="size"}`);
      const bound = metrics?.get(`labcm_dhcp_addresses{subnet="${name}",state="bound"}`);
      const isFull = size !== undefined && bound !== undefined && size > 0 && bound >= size;
      const routerNeeded = subnet.routers.length === 0 && !isInNet(self.address, subnet.network, subnet.prefix);
      return [
        ...(isFull
          ? [
              bad('dhcp.pool-empty', `all ${size} addresses of ${name} are taken`, {
                wanted: 'an address for the next phone',
                fix: [`wider pools: ${where(index, 'pools')}`, 'labcm leases'],
                facts: { subnet: name, size, bound },
              }),
            ]
          : []),
        ...(routerNeeded && !self.address.startsWith('127.')
          ? [
              warning(
                'dhcp.no-router',
                `${name} gives no router, and the call manager ${self.address} is on another network`,
                {
                  wanted: 'a way to the call manager',
                  fix: [`routers: [ … ]  (${where(index, 'subnet')})`],
                  facts: { subnet: name, node: self.address },
                },
              ),
            ]
          : []),
      ];
    });
    const room = dhcp.subnets.reduce((sum, subnet) => sum + sizeOf(subnet) + subnet.reservations.length, 0);
    return room >= devices.length
      ? found
      : [
          ...found,
          warning(
            'dhcp.pool-small',
            `the pools have ${counted(room, 'place')} for ${counted(devices.length, 'device')}`,
            {
              wanted: `${devices.length} or more`,
              fix: [`wider pools: ${where(0, 'pools')}`],
              facts: { addresses: room, devices: devices.length },
            },
          ),
        ];
  },
};

const relays: DoctorCheck = {
  group: 'dhcp',
  name: 'relays',
  looksAt: 'subnets without an address of this machine, and the relays that were heard since the start',
  finds: { 'dhcp.relay-missing': 'on the voice interface of the router: `ip helper-address`' },
  asksDaemon: true,
  run: async ({ located, host, daemon }) => {
    const { dhcp, self } = located.config;
    const facts = await daemon?.facts();
    if (!dhcp.enabled || facts === undefined) return [];
    const machine = host.addresses().filter(({ interface: name }) => dhcp.interfaces.includes(name));
    return dhcp.subnets
      .filter(
        ({ network, prefix }) =>
          !machine.some(({ address }) => isInNet(address, network, prefix)) &&
          !facts.relays.some((relay) => isInNet(relay, network, prefix)),
      )
      .map((subnet) =>
        warning(
          'dhcp.relay-missing',
          `nothing ever came from a relay of ${subnetName(subnet)}, where this machine has no address`,
          {
            wanted: 'a router there that passes DHCP on',
            fix: [`on its voice interface: ip helper-address ${machine[0]?.address ?? self.address}`],
            facts: { subnet: subnetName(subnet) },
          },
        ),
      );
  },
};

const interfaces: DoctorCheck = {
  group: 'dhcp',
  name: 'interfaces',
  looksAt: 'that the interfaces are there and can be served alone',
  finds: { 'dhcp.interface': 'an interface of this machine with an IPv4 address, and the package koffi' },
  run: (view) => interfaceFaults(view.host, view.located).map(problemFinding('bad', view)),
};

/** The group `dhcp`. */
export const DHCP_TABLE: readonly DoctorCheck[] = [otherServers, pools, relays, interfaces];
