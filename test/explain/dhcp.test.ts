// What the service keeps from a device, or another server gave it, in the device's own timeline.

import { expect, it } from 'vitest';
import type { EventBus } from '../../src/core/event-bus.js';
import type { DhcpSettings } from '../../src/dhcp/settings.js';
import type { LabcmEvent } from '../../src/events.js';
import { Timelines } from '../../src/explain/index.js';
import {
  address4,
  aPool,
  DhcpHarness,
  macNumber,
  message,
  OTHER_PHONE,
  option,
  PHONE,
  SERVER,
  withSubnet,
} from '../dhcp/harness.js';

const DEVICE = 'SEP00270DC01C92';
const ONE = withSubnet(aPool('10.10.210.200', '10.10.210.200'));

const watched = (settings: DhcpSettings) => {
  const rig = new DhcpHarness(settings).knows(DEVICE, OTHER_PHONE);
  const timelines = new Timelines(rig.probe.bus as unknown as EventBus<LabcmEvent>, rig.devices);
  return {
    rig,
    story: () => timelines.of(DEVICE)?.steps.map(({ text }) => text),
    waiting: () => timelines.of(DEVICE)?.waitsFor,
  };
};

it('an empty pool', () => {
  const { rig, story } = watched(ONE);
  rig.lease(PHONE);
  rig.hear(message('DISCOVER', { mac: OTHER_PHONE }));
  expect(story()).toEqual(['asked for an address and got none: the pool is empty (1 of 1 taken)']);
});

it('the offer of another server that it took, and the lease that it gave up for it', () => {
  const { rig, story, waiting } = watched(ONE);
  rig.lease(OTHER_PHONE);
  rig.hear(message('REQUEST', { mac: OTHER_PHONE, requested: '10.10.210.55', server: '10.10.210.2' }));
  expect(story()).toEqual([
    'has the address 10.10.210.200',
    'no longer has the address 10.10.210.200',
    'took 10.10.210.55 from another DHCP server, 10.10.210.2',
  ]);
  expect(waiting()).toBe(
    `its request for ${DEVICE}.cnf.xml; the DHCP server 10.10.210.2 gave it its address, and must give this machine's as option 150`,
  );
});

it('a boot with the address that it had, once more', () => {
  const { rig, story, waiting } = watched(ONE);
  const address = rig.lease(OTHER_PHONE);
  rig.advance(60_000);
  rig.lease(OTHER_PHONE);
  rig.hear(message('REQUEST', { mac: OTHER_PHONE, ciaddr: address }));
  expect(story()).toEqual([`has the address ${address}`, `has ${address} by DHCP, as before`]);
  expect(waiting()).toBe(`its request for ${DEVICE}.cnf.xml`);
});

it('a lease that it let run out', () => {
  const { rig, story } = watched(ONE);
  const address = rig.lease(OTHER_PHONE);
  rig.advance(9 * 24 * 3_600_000);
  expect(story()).toEqual([
    `has the address ${address}`,
    `no longer has the address ${address}`,
    `has let its lease of ${address} run out`,
  ]);
});

it('what another server says to it, where it is heard', () => {
  const { rig, story } = watched(ONE);
  const more = [option(51, [0, 0, 14, 16]), option(3, address4('10.10.210.1'))];
  const wishes = { op: 2, mac: OTHER_PHONE, yiaddr: '10.10.210.55', giaddr: '10.10.210.1', server: '10.10.210.2' };
  rig.hear(message('OFFER', { ...wishes, more }));
  rig.hear(message('ACK', { ...wishes, server: SERVER }));
  expect(rig.probe.of('dhcp.other-offer')).toMatchObject([
    {
      server: '10.10.210.2',
      kind: 'OFFER',
      relay: '10.10.210.1',
      mac: OTHER_PHONE,
      device: DEVICE,
      yiaddr: '10.10.210.55',
      siaddr: '0.0.0.0',
      options: { 3: '0a0ad201', 51: '00000e10' },
    },
  ]);
  expect(story()).toEqual(['was offered 10.10.210.55 by another DHCP server, 10.10.210.2, without option 150']);
});

it('an offer that it did not take', () => {
  const { rig, story } = watched(ONE);
  rig.hear(message('DISCOVER', { mac: OTHER_PHONE }));
  rig.advance(60_000);
  expect(story()).toEqual(['did not take 10.10.210.200, which it was offered 60 s before']);
});

it('nothing of what others ask for, though it be the address that it has', () => {
  const { rig, story } = watched(ONE);
  const address = rig.lease(OTHER_PHONE);
  rig.hear(message('DISCOVER', { mac: PHONE, requested: address }));
  rig.hear(message('REQUEST', { mac: PHONE, requested: address, server: '10.10.210.2' }));
  expect(story()).toEqual([`has the address ${address}`]);
});

it('its own refusal, whatever flood of others is told of in part', () => {
  const { rig, story } = watched({ ...ONE, tracedPerSecond: 10 });
  rig.lease(PHONE);
  for (let number = 0; number < 100; number += 1) rig.hear(message('DISCOVER', { mac: macNumber(number) }));
  rig.hear(message('DISCOVER', { mac: OTHER_PHONE }));
  expect(story()).toHaveLength(1);
});
