import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DeadlineTimer } from '../../src/core/deadline-timer.js';
import type { DirectoryNumber, MacAddress } from '../../src/core/identifiers.js';
import { instant, seconds } from '../../src/core/time.js';
import {
  type Accepted,
  type AutoRegistered,
  type ConfiguredDevice,
  DEFAULT_POLICY,
  DeviceDatabase,
  type DeviceEvent,
  describeReason,
  ENDINGS,
  type LeaseFact,
  REFUSALS,
  type RegistrationPolicy,
  type RegistrationRequest,
  reportOf,
  reportsOf,
} from '../../src/devices/index.js';
import { aDevice, anAttempt, aPeer, seedDevices } from '../support/devices.js';
import { EventRecorder } from '../support/event-recorder.js';
import { ManualClock } from '../support/manual-clock.js';
import { processorTime } from '../support/processor-time.js';

const ULAW = { payload: 4, maxFrames: 60 };

let clock: ManualClock;
let probe: EventRecorder<DeviceEvent>;
let database: DeviceDatabase;

const started = (policy: Partial<RegistrationPolicy> = {}, store?: AutoRegistered[]): DeviceDatabase => {
  clock = new ManualClock();
  probe = new EventRecorder();
  database = new DeviceDatabase(probe.bus, {
    policy: { ...DEFAULT_POLICY, ...policy },
    ...(store && { store: { all: () => store, remember: (entry) => void store.push(entry) } }),
  });
  const pump = new DeadlineTimer(database, clock);
  database.onEarlierDeadline(() => pump.rearm());
  database.configure(seedDevices(), clock.now());
  database.restore(clock.now());
  probe.clear();
  return database;
};

const admitted = (attempt: RegistrationRequest): Accepted => {
  const admission = database.register(attempt, clock.now());
  if (!admission.accepted) throw new Error(`refused: ${admission.reason}`);
  return admission;
};

const registered = (name = 'ipctest2', rest: Partial<RegistrationRequest> = {}): Accepted => {
  const admission = admitted(anAttempt(name, 'SCCP', rest));
  database.reportCapabilities(admission.registration, [ULAW], clock.now());
  return admission;
};

const SHARED_MAC = '005056A1033D';

const aLease = (mac: string, address: string): LeaseFact => ({
  address,
  mac: mac as MacAddress,
  at: clock.now(),
  until: instant(clock.now() + 86_400_000),
});

const stateOf = (name: string) => database.byName(name)?.state;

beforeEach(() => void started());

// Whatever a test has done, as many devices are in each state as a look at all of them finds.
afterEach(() => {
  const found = Object.fromEntries(Object.keys(database.states).map((state) => [state, 0]));
  for (const { state } of database.devices()) found[state] = (found[state] ?? 0) + 1;
  expect(database.states).toEqual(found);
});

describe('forty thousand devices', () => {
  it('all change, and all go, in less than a phone’s patience', () => {
    const labelled = (label: string) =>
      Array.from({ length: 40_000 }, (_, index) =>
        aDevice(`SEP${index.toString(16).toUpperCase().padStart(12, '0')}`, {
          lines: [String(10_000 + index)],
          description: label,
        }),
      );
    database.configure(labelled('before'), clock.now());
    const took = processorTime();
    expect(database.configure(labelled('after'), clock.now())).toMatchObject({ changed: 40_000 });
    expect(database.configure([], clock.now())).toMatchObject({ removed: 40_000 });
    expect(took()).toBeLessThan(5_000);
  });
});

describe('a device is found', () => {
  it('by its name in any case, its hardware address, its line and where it was heard from', () => {
    database.recordAddress('ipctest2', '10.10.210.200', clock.now());
    const ipctest2 = database.byName('IPCTEST2');
    expect(ipctest2?.configured.name).toBe('ipctest2');
    expect(database.byDirectoryNumber('5002' as DirectoryNumber)).toEqual([ipctest2]);
    expect(database.byAddress('10.10.210.200')).toBe(ipctest2);
    expect(database.byMac('005056A1033D' as MacAddress)?.configured.name).toBe('SEP005056A1033D');
  });

  it('by a hardware address that two share, by whichever is left, and the one that is named by it first', () => {
    const byMac = () => database.byMac('005056A1033D' as MacAddress)?.configured.name;
    const [ipctest2, named] = seedDevices() as [ConfiguredDevice, ConfiguredDevice];
    database.configure([{ ...ipctest2, description: 'changed' }, named], clock.now());
    expect(byMac()).toBe('SEP005056A1033D');
    database.configure([ipctest2], clock.now());
    expect(byMac()).toBe('ipctest2');
    database.configure([ipctest2, { ...named, description: 'changed' }], clock.now());
    expect(byMac()).toBe('SEP005056A1033D');
    database.configure([named], clock.now());
    expect(byMac()).toBe('SEP005056A1033D');
  });

  it('no longer where it was, once it moved or was removed', () => {
    database.recordAddress('ipctest2', '10.10.210.200', clock.now());
    database.recordAddress('ipctest2', '10.10.210.201', clock.now());
    expect(database.byAddress('10.10.210.200')).toBeUndefined();
    database.configure([], clock.now());
    expect(database.byAddress('10.10.210.201')).toBeUndefined();
    expect(database.byMac('005056A1033D' as MacAddress)).toBeUndefined();
    expect(database.byDirectoryNumber('5002' as DirectoryNumber)).toEqual([]);
    expect(database.size).toBe(0);
  });

  it('the other soft phone of a computer keeps the hardware address when the first goes', () => {
    database.configure(seedDevices().slice(0, 1), clock.now());
    expect(database.byMac('005056A1033D' as MacAddress)?.configured.name).toBe('ipctest2');
  });
});

describe('a new configuration', () => {
  it('disturbs only what it changes', () => {
    const [first, second] = seedDevices() as [ReturnType<typeof aDevice>, ReturnType<typeof aDevice>];
    registered();
    probe.clear();
    const relabelled = { ...second, description: 'moved' };
    expect(database.configure([first, relabelled, aDevice('SEP001122334455')], clock.now())).toEqual({
      added: 1,
      changed: 1,
      removed: 0,
      unchanged: 1,
    });
    expect(probe.types()).toEqual(['device.changed', 'device.added']);
    expect(stateOf('ipctest2')).toBe('registered');
  });

  it.each([
    ['is gone', []],
    ['is of the other protocol', [aDevice('ipctest2', { protocol: 'SIP' })]],
    ['is of another model', [aDevice('ipctest2', { model: '7962' })]],
    ['is suspended', [aDevice('ipctest2', { suspended: true })]],
  ])('ends the registration of a device that %s', (_what, devices) => {
    registered();
    database.configure(devices, clock.now());
    expect(probe.of('device.unregistered')).toMatchObject([{ device: 'ipctest2', reason: 'reconfigured' }]);
    expect(database.registered.SCCP).toBe(0);
  });
});

describe('a phone registers', () => {
  it('by Register and capabilities, and is counted', () => {
    const { registration } = admitted(anAttempt('IPCTEST2'));
    expect(stateOf('ipctest2')).toBe('registering');
    database.reportCapabilities(registration, [ULAW], clock.now());
    expect(stateOf('ipctest2')).toBe('registered');
    expect(probe.types()).toEqual(['device.registering', 'device.registered']);
    expect(probe.of('device.registered')).toMatchObject([
      { device: 'ipctest2', registeredSccp: 1, registeredSip: 0, lines: ['5002'], typeId: 30016 },
    ]);
    expect(registration.capabilities).toEqual([ULAW]);
  });

  it('with two lines one after the other, and is partly registered between', () => {
    database.configure([aDevice('SEP000000000001', { protocol: 'SIP', lines: ['1', '2'] })], clock.now());
    const { registration } = admitted(anAttempt('SEP000000000001', 'SIP', { dn: '1' as DirectoryNumber }));
    database.bindLines(registration, ['1' as DirectoryNumber], clock.now());
    expect(stateOf('SEP000000000001')).toBe('partially-registered');
    database.bindLines(registration, ['1', '2'] as DirectoryNumber[], clock.now());
    expect(stateOf('SEP000000000001')).toBe('registered');
    expect(database.registered.SIP).toBe(1);
  });

  it('again on the same link, without having been away', () => {
    registered();
    probe.clear();
    const { again, registration } = registered();
    expect(again).toBe(true);
    expect(probe.types()).toEqual(['device.registering', 'device.registered']);
    expect(registration.generation).toBe(2);
    expect(database.registered.SCCP).toBe(1);
  });

  it('from another link, and the newest wins', () => {
    const { registration: old } = registered();
    const { again } = registered('ipctest2', { link: 386, port: 3301 });
    expect(again).toBe(false);
    expect(probe.of('device.unregistered')).toMatchObject([{ link: 385, reason: 'superseded' }]);
    expect(stateOf('ipctest2')).toBe('registered');
    // The late end of the old link harms nothing.
    expect(database.end(old, 'connection-lost', clock.now())).toBe(false);
    database.connectionLost(old, clock.now());
    expect(database.keepAlive(old, clock.now())).toBe(false);
    expect(database.reportCapabilities(old, [], clock.now())).toBe(false);
    expect(stateOf('ipctest2')).toBe('registered');
  });
});

describe('an attempt is refused', () => {
  const CASES: [keyof typeof REFUSALS, Partial<RegistrationPolicy>, RegistrationRequest][] = [
    ['unknown-device', {}, anAttempt('SEP999999999999')],
    ['wrong-model', {}, anAttempt('ipctest2', 'SCCP', { typeId: 7 })],
    ['wrong-protocol', {}, anAttempt('SEP005056A1033D', 'SCCP')],
    ['wrong-protocol', {}, anAttempt('ipctest2', 'SIP')],
    ['wrong-line', {}, anAttempt('SEP005056A1033D', 'SIP', { dn: '5002' as DirectoryNumber })],
    ['full', { maxDevices: 0 }, anAttempt('ipctest2')],
    ['suspended', {}, anAttempt('SEP00000000000A')],
    ['tls-required', {}, anAttempt('SEP00000000000B')],
    [
      'wrong-certificate',
      {},
      anAttempt('SEP00000000000B', 'SCCP', { transport: 'tls', peer: aPeer({ names: ['SEP00000000000C'] }) }),
    ],
    ['unsupported-model', { autoRegistration: { first: 1, last: 2 } }, anAttempt('SEPA', 'SCCP', { typeId: 987654 })],
  ];

  it.each(CASES)('as %s', (reason, policy, attempt) => {
    started(policy);
    database.configure(
      [
        ...seedDevices(),
        aDevice('SEP00000000000A', { suspended: true }),
        aDevice('SEP00000000000B', { requireTls: true }),
      ],
      clock.now(),
    );
    probe.clear();
    expect(database.register(attempt, clock.now())).toMatchObject({ accepted: false, reason });
    expect(probe.events).toMatchObject([{ type: 'device.rejected', device: attempt.name, reason }]);
    const record = database.byName(attempt.name);
    if (record !== undefined) expect(record).toMatchObject({ state: 'rejected', reason: { reason } });
  });

  it('as duplicate where the policy keeps the first, and the first stays registered', () => {
    started({ duplicate: 'refuse' });
    registered();
    expect(database.register(anAttempt('ipctest2', 'SCCP', { link: 9 }), clock.now())).toMatchObject({
      accepted: false,
      reason: 'duplicate',
    });
    expect(stateOf('ipctest2')).toBe('registered');
    expect(database.byName('ipctest2')).toMatchObject({ registration: { link: 385 }, reason: { reason: 'duplicate' } });
  });

  const COMPARED: [Partial<RegistrationPolicy>, RegistrationRequest, string | number, string | number, string][] = [
    [
      {},
      anAttempt('ipctest2', 'SCCP', { typeId: 404 }),
      'Cisco 7962 (404)',
      'Cisco IP Communicator (30016)',
      'it says that it is a Cisco 7962 (404), and is configured as a Cisco IP Communicator (30016): change its model, or allow any by policy.model',
    ],
    [
      {},
      anAttempt('ipctest2', 'SIP'),
      'SIP',
      'SCCP',
      'it speaks SIP, and is configured for SCCP: change its protocol, or give the phone a load of the other',
    ],
    [
      {},
      anAttempt('SEP005056A1033D', 'SIP', { dn: '59\n99' as DirectoryNumber }),
      '59\n99',
      '5005',
      'it asks for line 59?99, and is configured with 5005',
    ],
    [
      { maxDevices: 0 },
      anAttempt('ipctest2'),
      0,
      0,
      '0 registrations are in force or kept for configured devices, and the policy allows 0',
    ],
  ];

  it.each(COMPARED)('with both sides: %#', (policy, attempt, given, configured, text) => {
    started(policy);
    database.register(attempt, clock.now());
    expect(probe.of('device.rejected')).toMatchObject([{ given, configured }]);
    const reason = database.byName(attempt.name)?.reason;
    expect(reason).toMatchObject({ given, configured });
    expect(describeReason(reason?.reason ?? 'full', reason).text).toBe(text);
  });

  it('with a number, a name and words for every reason', () => {
    for (const { name, number, text, sip } of Object.values(REFUSALS)) {
      expect(name).toMatch(/^[A-Z][A-Za-z0-9]+$/);
      expect(number).toBeGreaterThan(0);
      expect(text.length).toBeGreaterThan(10);
      expect(sip.status).toBeGreaterThanOrEqual(400);
    }
    expect(ENDINGS.silence).toMatchObject({ name: 'KeepAliveTimeout', number: 13 });
    expect(ENDINGS.superseded.number).toBe(16);
    expect(ENDINGS.throttled.number).toBe(12);
  });
});

describe('an unknown phone', () => {
  const range = { autoRegistration: { first: 1000, last: 1001 } };

  it('gets the lowest free number, the next one the next, a third none', () => {
    started(range);
    registered('SEP000000000001');
    registered('SEP000000000002', { link: 2 });
    expect(probe.of('device.auto-registered').map(({ dn }) => dn)).toEqual(['1000', '1001']);
    expect(database.byName('SEP000000000001')?.configured.description).toBe('Auto 1000');
    expect(database.register(anAttempt('SEP000000000003', 'SCCP', { link: 3 }), clock.now())).toMatchObject({
      reason: 'auto-registration-exhausted',
    });
  });

  it('never gets a number that a configured device has', () => {
    started(range);
    database.configure([aDevice('SEP000000000009', { lines: ['1000'] })], clock.now());
    registered('SEP000000000001');
    expect(probe.of('device.auto-registered')).toMatchObject([{ dn: '1001' }]);
  });

  it('gets a number that a reload has freed, the lowest of them first, and those of another range once it is governed so', () => {
    started({ autoRegistration: { first: 1000, last: 1003 } });
    const owners = ['1000', '1001', '1002'].map((dn) => aDevice(`SEP00000000${dn}`, { lines: [dn] }));
    database.configure(owners, clock.now());
    registered('SEP000000000001');
    database.configure(owners.slice(1, 2), clock.now());
    registered('SEP000000000002', { link: 2 });
    registered('SEP000000000003', { link: 3 });
    database.setPolicy({ ...DEFAULT_POLICY, autoRegistration: { first: 1001, last: 1004 } }, 'Default');
    registered('SEP000000000004', { link: 4 });
    expect(probe.of('device.auto-registered').map(({ dn }) => dn)).toEqual(['1003', '1000', '1002', '1004']);
  });

  it('is refused where its number cannot be written down, and gets it once it can', () => {
    let full = true;
    started(range);
    database = new DeviceDatabase(probe.bus, {
      policy: { ...DEFAULT_POLICY, ...range },
      store: {
        all: () => [],
        remember: () => {
          if (full) throw new Error('ENOSPC');
        },
      },
    });
    const attempt = anAttempt('SEP000000000001');
    expect(database.register(attempt, clock.now())).toMatchObject({ reason: 'auto-registration-unsaved' });
    expect(database.size).toBe(0);
    full = false;
    expect(database.register(attempt, clock.now())).toMatchObject({ accepted: true });
  });

  it('has the same number after a restart, and survives a reload', () => {
    const store: AutoRegistered[] = [];
    started(range, store);
    registered('SEP000000000001');
    registered('SEP000000000002', { link: 2 });
    started(range, store);
    database.configure(seedDevices(), clock.now());
    expect(database.byName('SEP000000000002')?.configured.lines[0]?.dn).toBe('1001');
    registered('SEP000000000002');
    expect(probe.of('device.auto-registered')).toEqual([]);
  });
});

describe('a registration ends', () => {
  it('when the phone falls silent for its patience', () => {
    registered();
    clock.advance(89_999);
    expect(stateOf('ipctest2')).toBe('registered');
    clock.advance(1);
    expect(stateOf('ipctest2')).toBe('unregistered');
    expect(probe.of('device.unregistered')).toMatchObject([{ reason: 'silence', lasted: 90_000 }]);
  });

  it('with all others, as if they had fallen silent, where a drill wants it', () => {
    registered();
    admitted(anAttempt('SEP005056A1033D', 'SIP'));
    expect(database.endAll('silence', clock.now())).toBe(2);
    expect(database.registered).toEqual({ SCCP: 0, SIP: 0 });
    expect(probe.events.filter(({ type }) => type === 'device.unregistered')).toEqual([
      expect.objectContaining({ device: 'ipctest2', reason: 'silence' }),
      expect.objectContaining({ device: 'SEP005056A1033D', reason: 'silence' }),
    ]);
    expect(database.endAll('silence', clock.now())).toBe(0);
  });

  it('not while keepalives or other signs of life come', () => {
    const { registration } = registered();
    for (let round = 0; round < 10; round += 1) {
      clock.advance(60_000);
      database.keepAlive(registration, clock.now());
      clock.advance(20_000);
      database.touch(registration, clock.now());
    }
    expect(stateOf('ipctest2')).toBe('registered');
    expect(registration.keepAlives).toBe(10);
  });

  it('when its capabilities do not come, however much it chats', () => {
    const { registration } = admitted(anAttempt('ipctest2'));
    for (let round = 0; round < 30; round += 1) {
      database.keepAlive(registration, clock.now());
      clock.advance(1000);
    }
    expect(probe.of('device.unregistered')).toMatchObject([{ reason: 'no-capabilities' }]);
  });

  it('at once with its link for SCCP, after a hold for SIP, and not if the phone comes back', () => {
    const { registration } = registered();
    database.connectionLost(registration, clock.now());
    expect(stateOf('ipctest2')).toBe('unregistered');

    const { registration: sip } = admitted(anAttempt('SEP005056A1033D', 'SIP', { link: 2 }));
    database.bindLines(sip, ['5005' as DirectoryNumber], clock.now());
    database.connectionLost(sip, clock.now());
    clock.advance(4_999);
    expect(stateOf('SEP005056A1033D')).toBe('registered');
    database.keepAlive(sip, clock.now());
    clock.advance(5_000);
    expect(stateOf('SEP005056A1033D')).toBe('registered');
    database.connectionLost(sip, clock.now());
    clock.advance(5_000);
    expect(probe.of('device.unregistered').at(-1)).toMatchObject({
      device: 'SEP005056A1033D',
      reason: 'connection-lost',
    });
  });

  it('with the granted time of a refresh, where that is another', () => {
    const { registration } = registered();
    database.keepAlive(registration, clock.now(), seconds(10));
    clock.advance(10_000);
    expect(stateOf('ipctest2')).toBe('unregistered');
  });

  it('and leaves no deadline behind', () => {
    registered();
    database.endAll('shutdown', clock.now());
    clock.advance(3_600_000);
    expect(clock.armed).toBe(0);
    expect(database.nextDeadline()).toBeUndefined();
    expect(probe.of('device.unregistered')).toHaveLength(1);
  });
});

describe('the record', () => {
  it('measures how unevenly keepalives come', () => {
    const { registration } = registered();
    const beat = (milliseconds: number) => {
      clock.advance(milliseconds);
      database.keepAlive(registration, clock.now());
    };
    for (let round = 0; round < 20; round += 1) beat(30_000);
    expect(registration.jitter).toBe(0);
    beat(31_600);
    expect(registration.jitter).toBe(100);
  });

  it('keeps what the phone reports by name, and not without bound', () => {
    database.recordReport('ipctest2', { alarm: '25: Name=ipctest2 Load= 7.0.1.0 Last=Initialized' }, clock.now());
    for (let index = 0; index < 200; index += 1)
      database.recordReport('ipctest2', { [`fact${index}`]: index }, clock.now());
    const record = database.byName('ipctest2');
    expect(reportsOf(record)).toHaveLength(64);
    expect(reportOf(record, 'alarm')).toBeUndefined();
    expect(reportOf(record, 'fact199')).toMatchObject({ name: 'fact199', at: clock.now(), value: 199 });
    database.recordReport('ipctest2', { ['n'.repeat(9_000)]: 'v'.repeat(9_000) }, clock.now());
    expect(reportOf(record, 'n'.repeat(512))?.value).toBe('v'.repeat(512));
  });

  it('knows a report that comes again by its name, wherever it stood', () => {
    const all = () => reportsOf(database.byName('ipctest2')).map(({ name, value, at }) => [name, value, at]);
    const first = clock.now();
    database.recordReport('ipctest2', { alarm: 'one', load: 1, hook: 'on' }, first);
    clock.advance(seconds(1));
    const second = clock.now();
    database.recordReport('ipctest2', { load: 2 }, second);
    expect(all()).toEqual([
      ['alarm', 'one', first],
      ['hook', 'on', first],
      ['load', 2, second],
    ]);
    database.recordReport('ipctest2', { load: 3, alarm: 'two' }, second);
    expect(all()).toEqual([
      ['hook', 'on', first],
      ['load', 3, second],
      ['alarm', 'two', second],
    ]);
  });

  it('forgets the report that was told longest ago', () => {
    const tell = (name: string) => {
      clock.advance(seconds(1));
      database.recordReport('ipctest2', { [name]: 1 }, clock.now());
    };
    for (let index = 0; index < 64; index += 1) tell(`report${index}`);
    tell('report0');
    clock.advance(-seconds(3600)); // somebody set the clock back
    tell('another');
    const names = reportsOf(database.byName('ipctest2')).map(({ name }) => name);
    expect(names).toHaveLength(64);
    expect(names).toEqual(expect.arrayContaining(['report0', 'report2', 'another']));
    expect(names).not.toContain('report1');
  });

  it('holds the lease, and lets it go', () => {
    const lease = aLease(SHARED_MAC, '10.10.210.200');
    database.recordLease(lease, clock.now());
    database.recordLease(lease, clock.now());
    expect(database.byAddress('10.10.210.200')?.lease).toEqual(lease);
    database.endLease('10.10.210.200', clock.now());
    expect(probe.types()).toEqual(['device.leased', 'device.lease-ended']);
  });

  it('knows a lease by name too, once a device names itself from the address, for as long as it lasts', () => {
    const lease = aLease('0200000000AA', '10.10.210.150');
    const inForce = new Map([[lease.address, lease]]);
    database.setLeaseSource((address) => inForce.get(address));
    database.recordLease(lease, clock.now()); // of nobody's hardware address
    database.recordAddress('ipctest2', '10.10.210.151', clock.now()); // not leased by us
    expect(database.byName('ipctest2')?.lease).toBeUndefined();
    database.recordAddress('ipctest2', lease.address, clock.now());
    expect(database.byName('ipctest2')?.lease).toEqual(lease);
    const longer = { ...lease, until: instant(lease.until + 1000) };
    database.recordLease(longer, clock.now());
    expect(database.byName('ipctest2')?.lease).toEqual(longer);
    database.endLease(lease.address, clock.now());
    expect(database.byName('ipctest2')?.lease).toBeUndefined();
    expect(probe.types()).toEqual(['device.leased', 'device.lease-ended']);
  });

  it('loses a lease that it knew by name when another client is given the address', () => {
    const lease = aLease('0200000000AA', '10.10.210.150');
    database.setLeaseSource(() => lease);
    database.recordAddress('ipctest2', lease.address, clock.now());
    database.recordLease(aLease('0200000000BB', lease.address), clock.now());
    expect(database.byName('ipctest2')?.lease).toBeUndefined();
  });

  it('shares one lease between two soft phones of one computer, and gives up none for what another’s address says', () => {
    const own = aLease(SHARED_MAC, '10.10.210.200');
    database.setLeaseSource((address) => (address === own.address ? own : aLease('0200000000AA', address)));
    database.recordLease(own, clock.now());
    database.recordAddress('ipctest2', own.address, clock.now());
    expect(['SEP005056A1033D', 'ipctest2'].map((name) => database.byName(name)?.lease)).toEqual([own, own]);
    database.recordAddress('SEP005056A1033D', '10.10.210.9', clock.now());
    expect(database.byName('SEP005056A1033D')?.lease).toEqual(own);
    database.endLease(own.address, clock.now());
    expect(['SEP005056A1033D', 'ipctest2'].map((name) => database.byName(name)?.lease)).toEqual([undefined, undefined]);
  });

  it('remembers the last files it asked for', () => {
    for (let index = 0; index < 36; index += 1)
      database.recordFileRequest(
        'ipctest2',
        { at: clock.now(), file: `${index}`, transport: 'TFTP', outcome: 'served', octets: index },
        { address: '10.10.210.200', port: 3300 },
      );
    expect(database.byName('ipctest2')?.files.map(({ file }) => file)).toEqual(
      Array.from({ length: 32 }, (_, index) => `${index + 4}`),
    );
  });
});
