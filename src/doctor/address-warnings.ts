// Warnings about addresses and ports that phones are sent to and that this machine does not have. They are not faults:
// with address translation they may be right.

import type { Config, LocatedConfig } from '../config/index.js';
import type { ConfigurationProblem } from '../core/errors.js';
import type { Host } from '../net/host/host.js';
import type { MachineAddress } from '../net/ports.js';

/** The warnings about a configuration on this machine; `run`, `check` and `doctor` print them. */
export const addressWarnings = (
  host: Pick<Host, 'addresses'>,
  { config, locate }: LocatedConfig,
): readonly (ConfigurationProblem & { readonly code: AddressCode })[] => {
  const machine = host.addresses();
  return CHECKS.flatMap(([code, check]) =>
    check(config, machine).map(([path, found, wanted]) => ({
      code,
      ...locate(path),
      key: path.join('.'),
      found,
      wanted,
    })),
  );
};

/** The codes of these warnings. */
export type AddressCode =
  | 'connect.node-not-ours'
  | 'connect.loopback-only'
  | 'connect.port-elsewhere'
  | 'dhcp.option-150-elsewhere'
  | 'connect.node-loopback';

type Remark = readonly [path: readonly PropertyKey[], found: string, wanted: string];
type Check = (config: Config, machine: readonly MachineAddress[]) => readonly Remark[];

const isLoopback = (address: string): boolean => address.startsWith('127.');

/** Every machine has all of 127.0.0.0/8 (RFC 1122 §3.2.1.3). */
const isLocal = (address: string, machine: readonly MachineAddress[]): boolean =>
  isLoopback(address) || machine.some((local) => local.address === address);

const listed = (machine: readonly MachineAddress[]): string =>
  machine.map(({ address, interface: name }) => `${address} (${name})`).join(', ') || 'none';

const selfPath = ({ nodes, self }: Config, key: string): readonly PropertyKey[] => [
  'nodes',
  nodes.findIndex(({ name }) => name === self.name),
  key,
];

const CHECKS: readonly (readonly [code: AddressCode, check: Check])[] = [
  [
    'connect.node-not-ours',
    (config, machine) => {
      const { name, address } = config.self;
      return isLocal(address, machine)
        ? []
        : [
            [
              selfPath(config, 'address'),
              `${address}, which this machine does not have, for ${name}, which is this machine`,
              `one of its addresses, ${listed(machine)}: phones are sent there to register; as it stands it is right only behind a translated address`,
            ],
          ];
    },
  ],
  [
    'connect.loopback-only',
    (config, machine) => {
      const { address } = config.self;
      // If phones are sent to another machine, the check above warns, and this one would only repeat it.
      if (!isLocal(address, machine)) return [];
      return (['sccp', 'sip', 'tftp'] as const).flatMap((service): Remark[] => {
        const { enabled, address: listen } = config[service];
        const isReachable = listen === '0.0.0.0' || listen === address || !isLoopback(listen);
        return !enabled || isReachable
          ? []
          : [[[service, 'listen'], `${listen}, while phones are sent to ${address}`, `0.0.0.0 or ${address}`]];
      });
    },
  ],
  [
    'connect.port-elsewhere',
    (config) => {
      const { sccp, sip } = config;
      return [
        portRemark(config, 'sccpPort', { name: 'sccp.port', ports: sccp.enabled ? [sccp.port] : [] }),
        portRemark(config, 'sipPort', { name: 'sip.tcp and sip.udp', ports: sip.enabled ? [sip.tcp, sip.udp] : [] }),
        portRemark(config, 'sipTlsPort', { name: 'sip.tls', ports: sip.enabled ? [sip.tls?.port] : [] }),
      ].flat();
    },
  ],
  [
    'dhcp.option-150-elsewhere',
    ({ dhcp, nodes }, machine) => {
      if (!dhcp.enabled) return [];
      const servers = new Set(nodes.map(({ address }) => address));
      const remark = (path: readonly PropertyKey[], addresses: readonly string[] | undefined): readonly Remark[] =>
        addresses === undefined ||
        addresses.length === 0 ||
        addresses.some((one) => isLocal(one, machine) || servers.has(one))
          ? []
          : [
              [
                [...path, 'option150'],
                `${addresses.join(', ')}, neither an address of this machine nor of a node`,
                `one of ${listed(machine)}: phones ask there for their files`,
              ],
            ];
      return dhcp.subnets.flatMap(({ option150, reservations }, index) => [
        ...remark(['dhcp', 'subnets', index], option150),
        ...reservations.flatMap((one, at) => remark(['dhcp', 'subnets', index, 'reservations', at], one.option150)),
      ]);
    },
  ],
  [
    'connect.node-loopback',
    (config, machine) => {
      const { dhcp, self } = config;
      const beyond = machine.filter(({ interface: name, loopback }) => !loopback && dhcp.interfaces.includes(name));
      const [wire] = beyond;
      return !dhcp.enabled || wire === undefined || !isLoopback(self.address)
        ? []
        : [
            [
              selfPath(config, 'address'),
              `${self.address}, while phones get their address on ${wire.interface}`,
              `${wire.address}: each phone would look for the call manager in itself`,
            ],
          ];
    },
  ],
];

/** Warns where the port in the files for phones is not one that this daemon listens on. */
const portRemark = (
  config: Config,
  key: 'sccpPort' | 'sipPort' | 'sipTlsPort',
  { name, ports }: { readonly name: string; readonly ports: readonly (number | undefined)[] },
): readonly Remark[] => {
  const advertised = config.self[key];
  const open = ports.filter((port) => port !== undefined);
  return open.length === 0 || open.includes(0) || open.includes(advertised)
    ? []
    : [
        [
          selfPath(config, key),
          `${advertised}, while ${name} is ${[...new Set(open)].join(', ')}`,
          'the port that this daemon listens on; another is right only where something translates it',
        ],
      ];
};
