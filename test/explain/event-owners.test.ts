// Whose each event is, for the feed of events.

import { beforeEach, describe, expect, it } from 'vitest';
import { EventBus } from '../../src/core/event-bus.js';
import type { MacAddress } from '../../src/core/identifiers.js';
import { instant } from '../../src/core/time.js';
import { rememberFiles } from '../../src/daemon/file-facts.js';
import { DeviceDatabase } from '../../src/devices/index.js';
import type { LabcmEvent } from '../../src/events.js';
import { EventOwners, type OwnerWatch, Timelines } from '../../src/explain/index.js';
import { eventTypes } from '../docs/event-types.js';
import { aDevice, anAttempt } from '../support/devices.js';

const NOW = instant(Date.UTC(2026, 10, 25, 9, 0, 0));
const DESK = 'SEP001122334455';
const WALL = 'SEP001122334466';
const SHARED = '10.0.0.9';

let bus: EventBus<LabcmEvent>;
let database: DeviceDatabase;
let owners: EventOwners;
let watch: OwnerWatch;

beforeEach(() => {
  bus = new EventBus<LabcmEvent>((error) => {
    throw error;
  });
  database = new DeviceDatabase(bus);
  database.configure(
    [
      aDevice(DESK, { protocol: 'SIP', lines: ['1'], mac: '001122334455' as MacAddress }),
      aDevice(WALL, { protocol: 'SIP', lines: ['2'], mac: '001122334466' as MacAddress }),
      aDevice('ipctest2', { protocol: 'SCCP', lines: ['3'] }),
    ],
    NOW,
  );
  rememberFiles(bus, database);
  owners = new EventOwners(bus, database, new Timelines(bus, database));
  watch = owners.watch();
});

const event = (type: LabcmEvent['type'], fields: object): LabcmEvent => ({ type, at: NOW, ...fields }) as LabcmEvent;
const told = (type: LabcmEvent['type'], fields: object) => watch.subjectOf(event(type, fields));
const register = (name: string, port: number, protocol: 'SIP' | 'SCCP' = 'SIP', address = SHARED) => {
  const admission = database.register(anAttempt(name, protocol, { address, port, link: port }), NOW);
  if (!admission.accepted) throw new Error(admission.reason);
  return admission.registration;
};

const SOMEWHERE = '10.0.0.50';
const context = { connection: 1, sequence: 1, address: SOMEWHERE, port: 3300 };
const flow = (port: number, transport = 'tcp') => ({ transport, address: SHARED, port, link: port });

describe('an event', () => {
  it.each<[LabcmEvent['type'], object, string | undefined, string | undefined]>([
    ['device.registered', { device: DESK }, DESK, 'registration'],
    ['device.registered', { device: DESK.toLowerCase() }, DESK, 'registration'],
    ['device.rejected', { device: 'SEP000000000001', address: SOMEWHERE }, 'SEP000000000001', 'registration'],
    ['device.added', { device: DESK }, DESK, 'configuration'],
    ['device.verdict', { device: DESK }, DESK, undefined],
    ['sccp.received', { station: { device: 'IPCTEST2', address: SOMEWHERE } }, 'ipctest2', 'sccp'],
    ['sccp.link-opened', { station: { address: SOMEWHERE } }, SOMEWHERE, 'sccp'],
    ['dhcp.received', { mac: '00:11:22:33:44:66', device: undefined, address: SOMEWHERE }, WALL, 'dhcp'],
    ['dhcp.stranger', { mac: '00:00:00:00:00:09' }, '000000000009', 'dhcp'],
    ['lease.expired', { mac: '001122334455', address: SOMEWHERE }, DESK, 'dhcp'],
    ['tftp.request', { context, file: `${WALL}.cnf.xml` }, WALL, 'tftp'],
    ['tftp.refused', { context, file: 'CTLFile.tlv', asked: `CTL${DESK}.tlv` }, DESK, 'tftp'],
    ['http.file', { context, file: 'ringlist.xml' }, SOMEWHERE, 'http'],
    ['call.ended', { orig: { device: WALL } }, WALL, 'call'],
    ['net.tls-failed', { address: SOMEWHERE }, SOMEWHERE, 'tls'],
    ['listener.opened', { address: SOMEWHERE, port: 1 }, undefined, undefined],
    ['http.api-refused', { address: SOMEWHERE }, undefined, 'http'],
    ['daemon.stopping', {}, undefined, undefined],
  ])('%s %j is of %s, step %s', (type, fields, owner, step) => {
    expect(told(type, fields)).toEqual({ owner, step });
  });

  it('about a file is of the device that asked from there for its own', () => {
    bus.publish(event('tftp.completed', { context, file: `${DESK}.cnf.xml`, device: DESK, octets: 1 }));
    expect(told('tftp.completed', { context, file: 'ringlist.xml' }).owner).toBe(DESK);
  });

  it('of each type has an owner and a step, or none, and never fails', () => {
    for (const { example } of eventTypes()) {
      const { step } = watch.subjectOf({ ...example, at: NOW } as unknown as LabcmEvent);
      if (step !== undefined) expect(owners.steps).toContain(step);
    }
  });
});

describe('a SIP message', () => {
  it('is of the device that is registered over its flow, where several are behind one address', () => {
    register(DESK, 5061);
    register(WALL, 5062);
    expect(told('sip.received', flow(5061))).toEqual({ owner: DESK, step: 'sip' });
    expect(told('sip.sent', flow(5062))).toEqual({ owner: WALL, step: 'sip' });
    expect(told('sip.link-closed', flow(5062)).owner).toBe(WALL);
    expect(told('sip.received', flow(5063)).owner).toBeUndefined();
    expect(told('sip.received', flow(5061, 'udp')).owner).toBeUndefined();
  });

  it('is also of one that was registered before anybody wanted to know', () => {
    watch.close();
    register(DESK, 5061);
    register(WALL, 5062);
    watch = owners.watch();
    expect(told('sip.received', flow(5061)).owner).toBe(DESK);
  });

  it('is nobody’s where two devices share the flow, or once the registration has ended', () => {
    register(DESK, 5061);
    const registration = register(WALL, 5062);
    register('ipctest2', 9, 'SCCP');
    database.end(registration, 'unregistered', NOW);
    expect(told('sip.received', flow(5062)).owner).toBeUndefined();
    register(WALL, 5061);
    expect(told('sip.received', flow(5061)).owner).toBeUndefined();
  });

  it('is of the one device that has the address, whatever its flow', () => {
    register(DESK, 5061);
    expect(told('sip.received', flow(5099)).owner).toBe(DESK);
  });
});

it('leaves the event bus when nobody wants to know', () => {
  const quiet = new EventBus<LabcmEvent>(() => {});
  const other = new EventOwners(quiet, database, { ownerOf: () => undefined });
  expect(quiet.hasListener('device.registering')).toBe(false);
  const watching = other.watch();
  expect(quiet.hasListener('device.registering')).toBe(true);
  watching.close();
  expect(['device.registering', 'device.unregistered'].some((type) => quiet.hasListener(type as never))).toBe(false);
});
