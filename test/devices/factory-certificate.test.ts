// The certificate of its factory that a phone registers with is passed on, if it names the device.

import { describe, expect, it } from 'vitest';
import { EventBus } from '../../src/core/event-bus.js';
import type { TlsPeer } from '../../src/core/tls-peer.js';
import { DEFAULT_POLICY, DeviceDatabase, type DeviceEvent } from '../../src/devices/index.js';
import { aDevice, anAttempt, aPeer } from '../support/devices.js';
import { ManualClock } from '../support/manual-clock.js';

const NAME = 'SEP00270DC01C92';
const CERTIFICATE = Buffer.from('3000', 'hex');
const FINGERPRINT = 'ab12';
const MIC = aPeer({
  ...{ names: [`CP-7962G-${NAME}`], origin: 'mic', fingerprint: FINGERPRINT },
  factoryCertificate: () => CERTIFICATE,
});

const learnt = (mode: 'none' | 'authenticated', peer: TlsPeer | undefined) => {
  const found: [string, string, Buffer][] = [];
  const bus = new EventBus<DeviceEvent>((error) => {
    throw error;
  });
  const database = new DeviceDatabase(bus, {
    policy: {
      ...DEFAULT_POLICY,
      security: { cluster: 'mixed', accept: ['lsc', 'mic'], tlsOnPlainDevice: 'accept' },
    },
    onFactoryCertificate: (device, fingerprint, read) => found.push([device, fingerprint, read()]),
  });
  const now = new ManualClock().now();
  database.configure([aDevice(NAME, { security: { mode, enrol: 'off' } })], now);
  database.register(anAttempt(NAME, 'SCCP', { transport: peer === undefined ? 'tcp' : 'tls', peer }), now);
  return found;
};

describe('the certificate of a factory', () => {
  it.each([
    ['of a secure device', 'authenticated', MIC, 1],
    ['of a device without a profile', 'none', MIC, 1],
    ['of another phone', 'none', { ...MIC, names: ['SEP00270DC01C93'] }, 0],
    ['of a phone that is refused', 'authenticated', { ...MIC, names: ['SEP00270DC01C93'] }, 0],
    ['that is none', 'authenticated', aPeer({ names: [NAME] }), 0],
    ['of a phone without TLS', 'none', undefined, 0],
  ] as const)('%s', (_, mode, peer, times) => {
    expect(learnt(mode, peer)).toEqual(times === 1 ? [[NAME, FINGERPRINT, CERTIFICATE]] : []);
  });
});
