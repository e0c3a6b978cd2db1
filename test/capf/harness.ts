// CAPF in memory: a registry whose stores forget, and an authority for sessions.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CapfEvent } from '../../src/capf/events.js';
import type { CapfOperation } from '../../src/capf/operations.js';
import { CapfRegistry } from '../../src/capf/registry.js';
import type { CapfAuthority } from '../../src/capf/session.js';
import { EventBus } from '../../src/core/event-bus.js';
import type { DeviceName } from '../../src/core/identifiers.js';
import { wallTime } from '../../src/core/time.js';
import type { Enrolment } from '../../src/devices/device-security.js';
import { DeviceDatabase, type DeviceEvent } from '../../src/devices/index.js';
import type { PhoneIssuer } from '../../src/net/ports.js';
import { aDevice } from '../support/devices.js';
import { ManualClock } from '../support/manual-clock.js';

export const DEVICE = 'SEP00270DC01C92' as DeviceName;
export const FIXTURES = join(process.env.LABCM_FIXTURES ?? '', 'secure');
export const hasFixtures = existsSync(join(FIXTURES, 'keys/capf.pem'));
export const pem = (name: string): string =>
  hasFixtures ? readFileSync(join(FIXTURES, 'keys', `${name}.pem`), 'utf8') : '';
export const keyPem = (name: string): string => pem(`${name}.test-only.key`);

/** The time at which the fixtures are in force. */
export const IN_FORCE = Date.UTC(2026, 0, 1);

export interface RecordedMessage {
  readonly from: 'server' | 'phone';
  readonly name: string;
  readonly session: number;
  readonly hex: string;
}

export const recorded = (protocol: 'capf' | 'tvs', name: string): readonly RecordedMessage[] =>
  JSON.parse(readFileSync(join(FIXTURES, protocol, `${name}.json`), 'utf8')).messages;

export const anOperation = (rest: Partial<CapfOperation> = {}): CapfOperation => ({
  device: DEVICE,
  operation: 'install',
  authentication: 'null',
  key: 2048,
  until: wallTime(IN_FORCE + 86_400_000),
  ...rest,
});

export interface CapfRigOptions {
  readonly enrol?: Enrolment;
  readonly saved?: readonly CapfOperation[];
  readonly issuers?: readonly PhoneIssuer[];
  readonly issue?: CapfAuthority['issue'];
}

export const capfRig = ({ enrol = 'off', saved = [], issuers = [], issue }: CapfRigOptions = {}) => {
  const clock = new ManualClock(IN_FORCE);
  const events: CapfEvent[] = [];
  const bus = new EventBus<CapfEvent | DeviceEvent>((error) => {
    throw error;
  });
  bus.on('capf.operation', (event) => void events.push(event));
  bus.on('capf.session-ended', (event) => void events.push(event));
  bus.on('capf.link-refused', (event) => void events.push(event));
  const database = new DeviceDatabase(bus);
  database.configure(
    [aDevice(DEVICE, { model: '8845', protocol: 'SIP', security: { mode: 'encrypted', enrol } })],
    clock.now(),
  );
  let operations = saved;
  const certificates = new Map<string, Buffer>();
  const registry = new CapfRegistry({
    operations: {
      load: () => operations,
      save: (all) => {
        operations = all;
      },
    },
    certificates: {
      load: () => [],
      save: (device, der) => void certificates.set(device, der),
      remove: (device) => void certificates.delete(device),
    },
    ...{ clock, bus, devices: database },
    key: () => 2048,
  });
  const authority: CapfAuthority = {
    issuers,
    deviceNamed: (name) => database.byName(name)?.configured.name,
    operationOf: (device) => registry.operationOf(device),
    isWaiting: (operation) => registry.isWaiting(operation),
    countWrongPassword: (device) => registry.countWrongPassword(device),
    issue: issue ?? (() => Buffer.from('3000', 'hex')),
    wallTime: () => clock.wallTime(clock.now()),
    complete: (operation, certificate) => registry.complete(operation, certificate),
  };
  return { clock, bus, events, database, registry, authority, certificates, savedOperations: () => operations };
};
