// Faults of addresses and of DHCP.

import { edit, type FaultCase, factsOf, servedElsewhere, servedOn2001 } from './fault-case.js';

export const ADDRESS_FAULTS: readonly FaultCase[] = [
  // ── addresses
  {
    code: 'connect.node-not-ours',
    state: 'bad',
    found: /^lab\.yaml:1: nodes\.0\.address: 10\.9\.9\.9, which this machine does not have/,
    fix: /^nodes: \[\{ name: CM1, address: 10\.10\.210\.10 \}\]$/,
    yaml: edit('address: 10.10.210.10 }]', 'address: 10.9.9.9 }]').replace(
      'option150: [10.10.210.10]',
      'option150: [10.10.210.10]',
    ),
    view: { tftp: servedElsewhere, http: servedElsewhere },
  },
  {
    code: 'connect.loopback-only',
    state: 'bad',
    found: /tftp\.listen: 127\.0\.0\.1, while phones are sent to 10\.10\.210\.10/,
    fix: /0\.0\.0\.0/,
    yaml: edit('tftp: {', 'tftp: { listen: 127.0.0.1,'),
  },
  {
    code: 'connect.port-elsewhere',
    state: 'warning',
    found: /nodes\.0\.sccpPort: 2001, while sccp\.port is 2000/,
    fix: /the port that this daemon listens on/,
    yaml: edit('address: 10.10.210.10 }]', 'address: 10.10.210.10, sccpPort: 2001 }]'),
    view: { tftp: servedOn2001, http: servedOn2001 },
  },
  {
    code: 'connect.node-loopback',
    state: 'bad',
    found: /127\.0\.0\.1, while phones get their address on eth1/,
    fix: /^nodes: \[\{ name: CM1, address: 10\.10\.210\.10 \}\]$/,
    yaml: edit('address: 10.10.210.10 }]', 'address: 127.0.0.1 }]'),
    only: ['addresses'],
  },
  {
    code: 'dhcp.option-150-elsewhere',
    state: 'bad',
    found: /option150: 10\.7\.7\.7, neither an address of this machine nor of a node/,
    fix: /phones ask there for their files/,
    yaml: edit('option150: [10.10.210.10]', 'option150: [10.7.7.7]'),
  },
  {
    code: 'connect.node-down',
    state: 'warning',
    found: /^CM2 does not answer on TCP 2000 \(SCCP\) of 10\.10\.210\.11: refused$/,
    fix: /^start CM2/,
    yaml: edit(
      'nodes: [{ name: CM1, address: 10.10.210.10 }]',
      'nodes: [{ name: CM1, address: 10.10.210.10 }, { name: CM2, address: 10.10.210.11 }]\nself: CM1\ngroups: [{ name: Default, members: [CM1] }]',
    ),
    host: { connects: { '10.10.210.11:2000': 'refused' } },
  },
  {
    code: 'connect.never',
    state: 'bad',
    found: /^SCCP: 10\.10\.210\.10:2000 does not answer 10\.10\.210\.10 \(eth1\): silent/,
    fix: /^nft add rule inet filter input tcp dport 2000 accept$/,
    host: { connects: { '10.10.210.10:2000': 'silent' } },
  },
  {
    code: 'connect.answered-by-another',
    state: 'bad',
    found: /takes SCCP connections that this daemon does not see/,
    fix: /^see who answers/,
    daemon: {
      events: async (_types, _within, { listening } = {}) => {
        listening?.();
        return [];
      },
    },
  },
  // ── dhcp
  {
    code: 'dhcp.pool-empty',
    state: 'bad',
    found: /^all 100 addresses of 10\.10\.210\.0\/24 are taken$/,
    fix: /^wider pools: lab\.yaml:7$/,
    daemon: {
      metrics: async () =>
        new Map([
          ['labcm_dhcp_addresses{subnet="10.10.210.0/24",state="size"}', 100],
          ['labcm_dhcp_addresses{subnet="10.10.210.0/24",state="bound"}', 100],
        ]),
    },
  },
  {
    code: 'dhcp.pool-small',
    state: 'warning',
    found: /^the pools have 1 place for 2 devices$/,
    fix: /^wider pools/,
    yaml: edit('10.10.210.100-10.10.210.199', '10.10.210.100-10.10.210.100'),
  },
  {
    code: 'dhcp.no-router',
    state: 'warning',
    found: /^10\.20\.0\.0\/24 gives no router/,
    fix: /^routers: /,
    yaml: edit(
      'tftp:',
      '    - { subnet: 10.20.0.0/24, pools: [10.20.0.10-10.20.0.20], option150: [10.10.210.10] }\ntftp:',
    ),
    daemon: (sound) => ({ facts: async () => ({ ...(await factsOf(sound)), relays: ['10.20.0.1'] }) }),
  },
  {
    code: 'dhcp.relay-missing',
    state: 'warning',
    found: /^nothing ever came from a relay of 10\.20\.0\.0\/24/,
    fix: /ip helper-address 10\.10\.210\.10$/,
    yaml: edit(
      'tftp:',
      '    - { subnet: 10.20.0.0/24, pools: [10.20.0.10-10.20.0.20], routers: [10.20.0.1], option150: [10.10.210.10] }\ntftp:',
    ),
  },
  {
    code: 'dhcp.interface',
    state: 'bad',
    found: /dhcp\.interface: eth1, which labcm cannot make sure to answer alone/,
    fix: /koffi/,
    host: { shared: ['eth1'] },
  },
];
