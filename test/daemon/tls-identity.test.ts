import { X509Certificate } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startOfYear, wallTime } from '../../src/core/time.js';
import { readConfig } from '../../src/daemon/read-config.js';
import { tlsIdentity } from '../../src/daemon/tls-identity.js';
import { TestDaemon } from '../support/daemon.js';

let daemon: TestDaemon;
beforeEach(() => {
  daemon = new TestDaemon();
  daemon.configure();
});
afterEach(() => daemon.remove());

it('made on a machine whose clock is not set yet is in force once it is, and is kept', async () => {
  const config = await readConfig(daemon.configPath);
  const tls = { port: 5061, minVersion: 'TLSv1', certificate: undefined, key: undefined } as const;
  const made = tlsIdentity('sip', tls, config, wallTime(5000));
  const { validFrom, validTo } = new X509Certificate(made.certificate);
  expect(Date.parse(validFrom)).toBeLessThan(5000);
  expect(Date.parse(validTo)).toBeGreaterThan(startOfYear(2040));
  expect(tlsIdentity('sip', tls, config, startOfYear(2030))).toEqual(made);
});
