// The lines that are proposed for the subnets of DHCP.

import { expect, it } from 'vitest';
import { configOf, type WrittenConfig } from '../../../src/config/index.js';
import {
  contains,
  gatewayOf,
  hasRouter,
  isPooled,
  newSubnet,
  type Subnet,
  withExclusion,
  withMoreAddresses,
} from '../../../src/explain/verdicts/subnets.js';

const subnetFor = async (written: object): Promise<Subnet> => {
  const dhcp = { subnets: [written] } as WrittenConfig['dhcp'] & object;
  return (await configOf({ dhcp }, '/lab/lab.yaml')).dhcp.subnets[0] as Subnet;
};
const POOLED = { subnet: '10.2.0.0/24', pools: ['10.2.0.10-10.2.0.19', '10.2.0.30'], exclusions: ['10.2.0.12'] };

it('says which addresses a subnet has, and which it may give to anybody', async () => {
  const reservations = [{ mac: '001122334455', address: '10.2.0.13' }];
  const subnet = await subnetFor({ ...POOLED, reservations });
  expect(['10.2.0.255', '10.2.1.0', '10.1.255.255', 'fe80::1', ''].map((address) => contains(subnet, address))).toEqual(
    [true, false, false, false, false],
  );
  const asked = ['10.2.0.9', '10.2.0.10', '10.2.0.12', '10.2.0.13', '10.2.0.19', '10.2.0.30', '10.2.0.31'];
  expect(asked.filter((address) => isPooled(subnet, address))).toEqual(['10.2.0.10', '10.2.0.19', '10.2.0.30']);
});

it('keeps what a subnet has in the lines that it proposes', async () => {
  const subnet = await subnetFor(POOLED);
  expect(withExclusion(subnet, '10.2.0.14')).toBe(
    [
      'dhcp:',
      '  subnets:',
      '    - subnet: 10.2.0.0/24',
      '      pools: [10.2.0.10-10.2.0.19, 10.2.0.30]',
      '      exclusions: [10.2.0.12, 10.2.0.14]',
    ].join('\n'),
  );
});

it('proposes the whole subnet, and short leases where that is given already or very large', async () => {
  const small = await subnetFor({ ...POOLED, routers: ['10.2.0.254'] });
  const proposed = withMoreAddresses(small, ['10.2.0.1', '192.0.2.1']);
  expect(proposed).toContain('pools: [10.2.0.1-10.2.0.254]');
  expect(proposed).toContain('exclusions: [10.2.0.12, 10.2.0.254, 10.2.0.1]');
  const whole = await subnetFor({ subnet: '10.2.0.0/24', pools: ['10.2.0.1-10.2.0.254'] });
  expect(withMoreAddresses(whole, [])).toContain('leaseTime: 1h');
  const large = await subnetFor({ subnet: '10.0.0.0/8', pools: ['10.2.0.1-10.2.0.254'] });
  expect(withMoreAddresses(large, [])).toContain('leaseTime: 1h');
});

it('gives a new subnet a pool beside its relay, and a router beside its pool', async () => {
  expect(newSubnet('10.9.0.1')).toContain('pools: [10.9.0.128-10.9.0.250]\n      routers: [10.9.0.1]');
  expect(newSubnet('10.9.0.200')).toContain('pools: [10.9.0.10-10.9.0.120]');
  expect(gatewayOf(await subnetFor(POOLED))).toBe('10.2.0.1');
  expect(gatewayOf(await subnetFor({ ...POOLED, pools: ['10.2.0.1-10.2.0.9'] }))).toBe('10.2.0.254');
});

it('knows a router by its key or by its option', async () => {
  expect(hasRouter(await subnetFor(POOLED))).toBe(false);
  expect(hasRouter(await subnetFor({ ...POOLED, routers: ['10.2.0.1'] }))).toBe(true);
  expect(hasRouter(await subnetFor({ ...POOLED, options: { 3: { hex: '0a020001' } } }))).toBe(true);
});
