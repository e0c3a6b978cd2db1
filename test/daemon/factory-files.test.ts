// The files with certificates of factories: written after the registration, and removed with the device.

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { EventBus } from '../../src/core/event-bus.js';
import type { DeviceName } from '../../src/core/identifiers.js';
import { capfRegistry } from '../../src/daemon/certificate-services.js';
import { DeviceDatabase } from '../../src/devices/index.js';
import type { LabcmEvent } from '../../src/events.js';
import { load } from '../config/harness.js';
import { identity } from '../security/identities.js';
import { SERVICES, TestDaemon } from '../support/daemon.js';
import { aDevice } from '../support/devices.js';
import { ManualClock } from '../support/manual-clock.js';

const NAME = 'SEP00270DC01C92' as DeviceName;
const { certificate, read } = identity('callmanager', 'PHONE');

const opened = async () => {
  const config = await load('security: { itl: on }\nstate: { directory: state }\n');
  const bus = new EventBus<LabcmEvent>((error) => {
    throw error;
  });
  const clock = new ManualClock();
  const database = new DeviceDatabase(bus);
  database.configure([aDevice(NAME)], clock.now());
  const registry = capfRegistry(config, { clock, bus, database });
  if (registry === undefined) throw new Error('CAPF is off');
  return { registry, database, clock, file: join(config.state.directory, `factory-certificates/${NAME}.pem`) };
};

describe('the file of a certificate of a factory', () => {
  it('comes after the registration that shows it, and goes with its device', async () => {
    const { registry, database, clock, file } = await opened();
    registry.factory.learn(NAME, read.fingerprint, () => read.der);
    expect(existsSync(file)).toBe(false);
    await registry.factory.written();
    expect(readFileSync(file, 'utf8').trim()).toBe(certificate.trim());
    database.configure([], clock.now());
    expect(registry.factory.of(NAME)).toBeUndefined();
    await vi.waitFor(() => expect(existsSync(file)).toBe(false));
  });

  it('is not that of another one after its phone got a new one', async () => {
    const { registry, file } = await opened();
    const other = identity('callmanager', 'OTHER').read;
    registry.factory.learn(NAME, read.fingerprint, () => read.der);
    registry.factory.learn(NAME, other.fingerprint, () => other.der);
    await registry.factory.written();
    const kept = readdirSync(join(file, '..'));
    expect(kept).toEqual([`${NAME}.pem`]);
    expect(readFileSync(file, 'utf8')).toContain(other.der.toString('base64').slice(0, 64));
  });
});

describe('a daemon', () => {
  const lab = new TestDaemon();
  afterAll(() => lab.remove());

  it('forgets those of devices that were removed while it did not run', async () => {
    const folder = join(lab.folder, 'state/factory-certificates');
    mkdirSync(folder, { recursive: true });
    for (const name of [NAME, 'SEP00270DC01C93']) writeFileSync(join(folder, `${name}.pem`), certificate);
    lab.configure(
      `security: { itl: on, capf: { port: 0 }, tvs: { enabled: false } }
devices:
  - { name: ${NAME}, model: 7962, protocol: SCCP, lines: [5002] }`,
      SERVICES,
    );
    await lab.start();
    await lab.stop();
    expect(readdirSync(folder)).toEqual([`${NAME}.pem`]);
  });
});
