// Whether packets get through whole: MTU, counters of lost ones, and the neighbours' hardware addresses.

import { kernelCounts, neighbours } from '../../net/host/proc.js';
import type { MachineAddress } from '../../net/ports.js';
import { type DoctorCheck, type DoctorFinding, some, warning } from '../check.js';
import { isInNet } from '../offer.js';

const ETHERNET_MTU = 1500;

const mtu: DoctorCheck = {
  group: 'path',
  name: 'mtu',
  looksAt: 'the MTU of the interfaces that phones are on, and of the route to each registered phone',
  finds: { 'connect.small-mtu': '`ip link set dev … mtu 1500`, or `ip tcp adjust-mss 1360` on the tunnel' },
  run: async ({ host, daemon, located }) => {
    const { dhcp, self } = located.config;
    const isPhones = ({ address, interface: name }: MachineAddress): boolean =>
      address === self.address || (dhcp.enabled && dhcp.interfaces.includes(name));
    const names = [
      ...new Set(host.addresses().flatMap((one) => (one.loopback || !isPhones(one) ? [] : [one.interface]))),
    ];
    const interfaces = await Promise.all(
      names.map(async (name) => ({
        name,
        size: Number((await host.text(`/sys/class/net/${name}/mtu`)) ?? ETHERNET_MTU),
      })),
    );
    const phones = ((await daemon?.devices()) ?? []).flatMap(({ address, status }) =>
      address !== null && status === 'Registered' && !address.startsWith('127.') ? [address] : [],
    );
    const routes = await Promise.all(
      [...new Set(phones)].slice(0, MOST_ROUTES).map(async (address) => ({
        address,
        size: mtuOf((await host.run('ip', ['-j', 'route', 'get', address]))?.out ?? ''),
      })),
    );
    const small = ({ size }: { readonly size: number | undefined }): boolean =>
      size !== undefined && size < ETHERNET_MTU;
    const remark = (what: string, size: number | undefined, fix: string): DoctorFinding =>
      warning('connect.small-mtu', `${what} has an MTU of ${size}: large messages of phones may be lost on the way`, {
        wanted: `${ETHERNET_MTU}, or routers that say what is too large`,
        fix: [fix],
        facts: { what, mtu: size ?? 0 },
      });
    return [
      ...interfaces
        .filter(small)
        .map(({ name, size }) => remark(name, size, `ip link set dev ${name} mtu ${ETHERNET_MTU}`)),
      ...routes
        .filter(small)
        .map(({ address, size }) => remark(`the route to ${address}`, size, 'ip tcp adjust-mss 1360 on the tunnel')),
    ];
  },
};

const MOST_ROUTES = 20;

/** The MTU that the kernel has learnt for a route (`ip -j route get`); `undefined`: none. */
const mtuOf = (json: string): number | undefined => {
  const [, learnt] = /"mtu":\s*(\d+)/.exec(json) ?? [];
  return learnt === undefined ? undefined : Number(learnt);
};

/** What each counter means. `Udp.NoPorts` rises on every machine; it is a fact beside the others alone. */
const MEANINGS = {
  'Udp.RcvbufErrors': [
    'ops.overloaded',
    'datagrams were lost because nobody read them in time',
    'sysctl -w net.core.rmem_max=16777216',
  ],
  'TcpExt.ListenOverflows': [
    'ops.overloaded',
    'connections were lost because nobody took them in time',
    'sysctl -w net.core.somaxconn=4096',
  ],
} as const;

const counters: DoctorCheck = {
  group: 'path',
  name: 'counters',
  looksAt: 'lost datagrams and connections since the daemon was started, by the kernel’s counters',
  finds: { 'ops.overloaded': 'larger buffers; fewer phones at once' },
  asksDaemon: true,
  run: async ({ host, daemon }) => {
    const before = (await daemon?.facts())?.counters;
    if (before === undefined) return [];
    const now = await kernelCounts(host);
    return Object.entries(MEANINGS).flatMap(([name, [code, what, fix]]): readonly DoctorFinding[] => {
      const counter = name as keyof typeof MEANINGS;
      const rise = (now[counter] ?? 0) - (before[counter] ?? 0);
      return rise <= 0
        ? []
        : [
            warning(code, `${rise} ${what} since labcm was started (${name})`, {
              wanted: 'none',
              fix: [fix],
              facts: { counter: name, rise, noPorts: (now['Udp.NoPorts'] ?? 0) - (before['Udp.NoPorts'] ?? 0) },
            }),
          ];
    });
  },
};

/** One hardware address that answers for so many is a router or a switch, not a phone. */
const PROXY = 3;

const neighbourTable: DoctorCheck = {
  group: 'path',
  name: 'neighbours',
  looksAt: 'the neighbour table against leases and registrations: who answers for a phone’s address',
  finds: {
    'stays.duplicate-address': 'find the other device; exclude the address from the pool',
    'stays.proxy-arp': '`no ip proxy-arp` on the voice interface',
  },
  asksDaemon: true,
  run: async ({ host, daemon, located }) => {
    const seen = await neighbours(host);
    if (seen.length === 0 || daemon === undefined) return [];
    const leases = (await daemon.leases()).filter(({ state }) => state === 'bound');
    const macAt = new Map(leases.map(({ address, mac }) => [address, mac.replace(/[^0-9A-F]/gi, '').toUpperCase()]));
    const { subnets } = located.config.dhcp;
    const isPhones = (address: string): boolean =>
      macAt.has(address) || subnets.some(({ network, prefix }) => isInNet(address, network, prefix));
    const byMac = new Map<string, string[]>();
    for (const { address, mac } of seen) if (isPhones(address)) byMac.set(mac, [...(byMac.get(mac) ?? []), address]);
    const proxies = [...byMac].filter(([, addresses]) => addresses.length >= PROXY);
    const strangers = seen.filter(
      ({ address, mac }) =>
        macAt.has(address) && macAt.get(address) !== mac && !proxies.some(([proxy]) => proxy === mac),
    );
    return [
      ...strangers.map(({ address, mac }) =>
        warning('stays.duplicate-address', `${mac} answers for ${address}, which is leased to ${macAt.get(address)}`, {
          wanted: 'one device at each address',
          fix: [`exclusions: [${address}]`, `find ${mac}`],
          facts: { address, mac, leasedTo: macAt.get(address) ?? '' },
        }),
      ),
      ...proxies.map(([mac, addresses]) =>
        warning('stays.proxy-arp', `${mac} answers for ${addresses.length} addresses of phones: ${some(addresses)}`, {
          wanted: 'phones that answer for themselves',
          fix: ['no ip proxy-arp on the voice interface'],
          facts: { mac, addresses },
        }),
      ),
    ];
  },
};

/** The group `path`. */
export const PATH_CHECKS: readonly DoctorCheck[] = [mtu, counters, neighbourTable];
