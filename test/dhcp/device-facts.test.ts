// What is kept of the DHCP messages of a device.

import { expect, test } from 'vitest';
import { BROADCAST, DhcpHarness, message, OTHER_PHONE, PHONE, viaRelay } from './harness.js';

const NAME = `SEP${PHONE}`;
const record = (rig: DhcpHarness) => rig.devices.byName(NAME);

test('the last DISCOVER, OFFER, REQUEST and ACK of a device, and what it says of itself', () => {
  const rig = new DhcpHarness().knows(NAME, PHONE);
  expect(record(rig)?.dhcp).toBeUndefined();
  const began = rig.clock.now();
  const address = rig.lease(PHONE);
  expect(record(rig)?.dhcp).toMatchObject({
    discoverAt: began,
    offerAt: began,
    offered: address,
    requestAt: began,
    requested: address,
    ackAt: began,
    acknowledged: address,
    nakAt: undefined,
    silentAt: undefined,
    relay: undefined,
  });
  expect(record(rig)?.dhcp?.vendorClass).toContain('CP-7960G');
});

test('the options that it requests, as numbers, and its relay', () => {
  const rig = new DhcpHarness().knows(NAME, PHONE);
  rig.hear(message('DISCOVER', { mac: PHONE, giaddr: '10.20.0.1' }), viaRelay('10.20.0.1'));
  expect(record(rig)?.dhcp).toMatchObject({ relay: '10.20.0.1', requestedOptions: '1,66,6,3,15,150,35' });
  rig.hear(message('DISCOVER', { mac: PHONE }), BROADCAST);
  expect(record(rig)?.dhcp?.relay).toBeUndefined();
});

test('a NAK, and a message that is not answered, with their reasons', () => {
  const rig = new DhcpHarness().knows(NAME, PHONE);
  rig.hear(message('REQUEST', { mac: PHONE, requested: '10.99.0.1' }));
  expect(record(rig)?.dhcp).toMatchObject({ requested: '10.99.0.1', nakAt: rig.clock.now(), ackAt: undefined });
  expect(record(rig)?.dhcp?.nakReason).toBe('wrong-network');
  rig.hear(message('DISCOVER', { mac: PHONE, giaddr: '10.99.0.1' }), viaRelay('10.99.0.1'));
  expect(record(rig)?.dhcp).toMatchObject({ silentAt: rig.clock.now(), silentReason: 'no-subnet' });
});

test('the messages of others are kept nowhere', () => {
  const rig = new DhcpHarness().knows(NAME, PHONE);
  rig.lease(OTHER_PHONE);
  expect(record(rig)?.dhcp).toBeUndefined();
});
