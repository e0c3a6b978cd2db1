// Requests for snippets: one subnet with everything in it, and one with nothing that can be left out.

import { type DeviceName, type Ipv4Address, macOfName, parseMacAddress } from '../../src/core/identifiers.js';
import { days } from '../../src/core/time.js';
import type { SubnetSettings } from '../../src/dhcp/settings.js';
import type { SnippetRequest } from '../../src/snippets/index.js';
import { aPool, aRange, aSubnet, ipText, reservedFor } from '../dhcp/harness.js';

export const CALL_MANAGERS = [ipText('10.10.210.10'), ipText('10.10.210.11')] as const;

const DEVICES = [
  { name: 'SEP001122334455' as DeviceName, mac: macOfName('SEP001122334455') },
  { name: 'ipctest2' as DeviceName, mac: parseMacAddress('005056A1033D') },
];

/** Two call managers, and everything that can be configured. */
export const FULL_SUBNET: SubnetSettings = aSubnet('10.10.210.0', 24, {
  ...aPool('10.10.210.100', '10.10.210.199'),
  exclusions: [aRange('10.10.210.150', '10.10.210.150')],
  routers: [ipText('10.10.210.1')],
  dns: [ipText('10.10.210.5'), ipText('10.10.210.6')],
  domain: 'lab.example',
  ntp: [ipText('10.10.210.1')],
  option150: CALL_MANAGERS,
  leaseTime: days(1),
  maxLeaseTime: days(2),
  reservations: [
    reservedFor({ device: 'SEP001122334455' }, '10.10.210.120'),
    reservedFor({ mac: '005056A1033D' }, '10.10.210.201'),
    reservedFor({ clientId: '01020304050607' }, '10.10.210.202'),
    reservedFor({ clientId: 'ff00aa' }, '10.10.210.203'),
  ],
});

/** A pool, and nothing else. */
export const BARE_SUBNET: SubnetSettings = aSubnet('10.10.210.0', 24, {
  ...aPool('10.10.210.100', '10.10.210.199'),
  option150: [],
  leaseTime: days(1),
  maxLeaseTime: days(1),
});

/** A second subnet behind a relay, whose phones go to the other call manager first. */
export const BRANCH_SUBNET: SubnetSettings = aSubnet('10.20.0.0', 24, {
  ...aPool('10.20.0.100', '10.20.0.199'),
  routers: [ipText('10.20.0.1')],
  option150: [CALL_MANAGERS[1], CALL_MANAGERS[0]],
  leaseTime: days(1),
  maxLeaseTime: days(1),
  reservations: [reservedFor({ device: 'SEP001122334455' }, '10.20.0.50')],
});

export const aRequest = (
  subnets: readonly SubnetSettings[],
  callManagers: readonly [Ipv4Address, ...Ipv4Address[]] = [CALL_MANAGERS[0]],
): SnippetRequest => ({
  subnets: subnets.map((settings, index) => ({ place: index + 1, settings })),
  callManagers,
  devices: DEVICES,
  self: CALL_MANAGERS[0],
  version: '1.2.3',
  file: 'lab.yaml',
});

/** What the golden files show, by the ending of their names. */
export const GOLDEN = {
  full: aRequest([FULL_SUBNET]),
  bare: aRequest([BARE_SUBNET]),
  several: aRequest([FULL_SUBNET, BRANCH_SUBNET]),
} as const;
