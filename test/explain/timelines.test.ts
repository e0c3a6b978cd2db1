import { beforeEach, describe, expect, it } from 'vitest';
import { EventBus } from '../../src/core/event-bus.js';
import type { DirectoryNumber, MacAddress } from '../../src/core/identifiers.js';
import { after, instant, milliseconds } from '../../src/core/time.js';
import { rememberFiles } from '../../src/daemon/file-facts.js';
import type { Registration } from '../../src/devices/device.js';
import { DeviceDatabase, type RegistrationResult } from '../../src/devices/index.js';
import type { LabcmEvent } from '../../src/events.js';
import { FACTS_REMEMBERED, Timelines } from '../../src/explain/index.js';
import { aDevice, anAttempt, seedDevices } from '../support/devices.js';

const SEED = 'SEP005056A1033D';
const MAC = '005056A1033D' as MacAddress;
const ADDRESS = '10.10.210.200';
const START = instant(Date.UTC(2026, 10, 25, 9, 0, 0));

let now = START;
let bus: EventBus<LabcmEvent>;
let database: DeviceDatabase;
let timelines: Timelines;

beforeEach(() => {
  now = START;
  bus = new EventBus<LabcmEvent>((error) => {
    throw error;
  });
  database = new DeviceDatabase(bus);
  database.configure([...seedDevices(), aDevice('SEP001122334455', { protocol: 'SIP', lines: ['1', '2'] })], now);
  rememberFiles(bus, database);
  timelines = new Timelines(bus, database);
});

const later = () => {
  now = after(now, milliseconds(100));
  return now;
};

const told = (name: string): readonly (readonly [string, string])[] =>
  timelines.of(name)?.steps.map(({ step, text }) => [step, text] as const) ?? [];

const waiting = (name: string) => timelines.of(name)?.waitsFor;

const accepted = (admission: RegistrationResult): Registration => {
  if (!admission.accepted) throw new Error(admission.reason);
  return admission.registration;
};

const context = (address = ADDRESS) => ({ connection: 1, sequence: 137, address, port: 3300 });

const refusedTrustList = (device?: string): LabcmEvent => ({
  type: 'tftp.refused',
  at: later(),
  context: context(),
  file: 'CTLFile.tlv',
  code: 1,
  reason: 'no such file',
  harmless: true,
  ...(device === undefined ? {} : { device }),
});

const fetched = (device?: string): LabcmEvent => ({
  type: 'tftp.completed',
  at: later(),
  context: context(),
  file: `${SEED}.cnf.xml`,
  octets: 5000,
  blocks: 10,
  resent: 0,
  milliseconds: 12,
  socket: 40_000,
  blockSize: 512,
  windowSize: 1,
  ...(device === undefined ? {} : { device }),
});

describe("a device's timeline", () => {
  it('tells its boot over all protocols in one list, and at each step what it waits for', () => {
    expect(waiting(SEED)).toBe('any sign of life: a DHCP request, a request for a file, or a registration');
    database.recordLease({ address: ADDRESS, mac: MAC, at: later(), until: later() }, now);
    expect(waiting(SEED)).toBe(`its request for ${SEED}.cnf.xml`);
    bus.publish(refusedTrustList(SEED));
    expect(waiting(SEED)).toBe(`its request for ${SEED}.cnf.xml`);
    bus.publish(fetched(SEED));
    expect(waiting(SEED)).toBe('its registration over SIP');
    const registration = accepted(database.register(anAttempt(SEED, 'SIP', { address: ADDRESS }), later()));
    expect(waiting(SEED)).toBe('the registration of line 5005');
    database.bindLines(registration, ['5005' as DirectoryNumber], later());
    expect(waiting(SEED)).toBeUndefined();
    database.recordCommand(SEED, 'restart', later());
    database.end(registration, 'silence', later());
    expect(waiting(SEED)).toMatch(/^its next attempt to register; the last one: /);
    expect(told(SEED)).toEqual([
      ['dhcp', `has the address ${ADDRESS}`],
      ['tftp', 'was refused CTLFile.tlv, as every phone of a non-secure cluster is: harmless'],
      ['tftp', `fetched ${SEED}.cnf.xml by TFTP, 5000 octets in 12 ms`],
      ['registration', `asks over SIP from ${ADDRESS} to be registered, and may`],
      ['registration', `registered over SIP from ${ADDRESS}, line 5005`],
      ['command', 'was sent restart'],
      ['registration', expect.stringMatching(/^is no longer registered after 0 s: /)],
    ]);
  });

  it('gives each step its time, the type of its fact and what the fact says', () => {
    bus.publish(refusedTrustList(SEED));
    expect(timelines.of('sep005056a1033d')?.steps).toEqual([
      {
        at: now,
        step: 'tftp',
        type: 'tftp.refused',
        text: expect.any(String),
        facts: {
          file: 'CTLFile.tlv',
          code: 1,
          reason: 'no such file',
          harmless: true,
          connection: 1,
          sequence: 137,
          address: ADDRESS,
          port: 3300,
        },
      },
    ]);
  });

  it('knows a phone that asks for what bears no name by the address that it was last heard from', () => {
    database.recordAddress(SEED, ADDRESS, now);
    bus.publish(refusedTrustList());
    expect(told(SEED)).toHaveLength(1);
    expect(told('ipctest2')).toEqual([]);
  });

  it('puts what bears no name on neither of two phones at one address, but on the one whose port it came from', () => {
    const ofPort = (port: number, file: string, device?: string): void =>
      bus.publish({ ...refusedTrustList(device), asked: file, context: { ...context(), port } } as LabcmEvent);
    ofPort(4001, 'ipctest2.cnf.xml', 'ipctest2');
    ofPort(4002, `${SEED}.cnf.xml`, SEED);
    ofPort(4001, 'ringlist.xml');
    ofPort(4002, 'tones.xml');
    ofPort(4003, 'XMLDefault.cnf.xml');
    const files = (name: string) => timelines.of(name)?.steps.map(({ text }) => /refused ([^,]+)/.exec(text)?.[1]);
    expect(files('ipctest2')).toEqual(['ipctest2.cnf.xml', 'ringlist.xml']);
    expect(files(SEED)).toEqual([`${SEED}.cnf.xml`, 'tones.xml']);
    expect(database.byName(SEED)?.files.map(({ file }) => file)).toEqual([`${SEED}.cnf.xml`, 'tones.xml']);
    expect(timelines.unknown).toBe(0);
  });

  it('says which lines of a phone are outstanding', () => {
    const registration = accepted(database.register(anAttempt('SEP001122334455', 'SIP'), later()));
    expect(waiting('SEP001122334455')).toBe('the registration of lines 1, 2');
    database.bindLines(registration, ['2' as DirectoryNumber], later());
    expect(waiting('SEP001122334455')).toBe('the registration of line 1');
  });

  it('tells a refusal and why, and what a phone told of itself', () => {
    database.register(anAttempt('ipctest2', 'SIP'), later());
    database.recordReport('ipctest2', { alarm: 22, load: 'CIPC-8-6' }, later());
    expect(told('ipctest2')).toEqual([
      ['registration', expect.stringMatching(/^was rejected over SIP from 10\.10\.210\.200: /)],
      ['report', 'told of itself: alarm 22, load CIPC-8-6'],
    ]);
    expect(waiting('ipctest2')).toMatch(/^its next attempt to register; the last one: /);
  });

  it('tells a lock-out by its counts and seconds, and nothing of digest realms', () => {
    bus.publish({
      type: 'device.rejected',
      at: later(),
      device: SEED,
      protocol: 'SIP',
      transport: 'tcp',
      address: ADDRESS,
      port: 49_152,
      link: 1,
      typeId: undefined,
      reason: 'locked-out',
      given: 10,
      configured: 30,
      retryAfter: 24,
    });
    expect(told(SEED)).toEqual([
      [
        'registration',
        `was rejected over SIP from ${ADDRESS}: it is locked out for 30 s after 10 wrong answers; its present credentials were not looked at; it may try again in 24 s`,
      ],
    ]);
  });

  it('leaves out what else a phone tells of itself, which stands on its record', () => {
    database.recordReport(SEED, { rtpMediaPort: 5001 }, later());
    expect(told(SEED)).toEqual([]);
  });

  it('holds the last facts alone, however many there were', () => {
    for (let count = 0; count < 100; count += 1) database.recordReport(SEED, { alarm: count }, later());
    const facts = timelines.of(SEED)?.steps.map(({ facts: { alarm } }) => alarm);
    expect(facts).toEqual(Array.from({ length: FACTS_REMEMBERED }, (_, index) => 100 - FACTS_REMEMBERED + index));
  });

  it('holds the boot of a flapping phone, and tells its repetitions together, with how many and since when', () => {
    database.recordLease({ address: ADDRESS, mac: MAC, at: later(), until: later() }, now);
    bus.publish(refusedTrustList(SEED));
    bus.publish(fetched(SEED));
    const began = [];
    for (let count = 0; count < 1_000; count += 1) {
      began.push(later());
      const registration = accepted(database.register(anAttempt(SEED, 'SIP', { address: ADDRESS, link: count }), now));
      database.bindLines(registration, ['5005' as DirectoryNumber], later());
      database.end(registration, 'silence', later());
    }
    const steps = timelines.of(SEED)?.steps ?? [];
    expect(steps.map(({ type, times }) => [type, times])).toEqual([
      ['device.leased', undefined],
      ['tftp.refused', undefined],
      ['tftp.completed', undefined],
      ['device.registering', undefined],
      ['device.registered', undefined],
      ['device.unregistered', undefined],
      ['device.registering', 999],
      ['device.registered', 999],
      ['device.unregistered', 999],
    ]);
    expect(steps.at(-3)).toMatchObject({ at: began.at(-1), since: began[1] });
  });

  it('holds a whole boot of an 8851 with DHCP, and the one after it', () => {
    const boot = (): void => {
      database.endLease(ADDRESS, later());
      database.recordLease({ address: ADDRESS, mac: MAC, at: later(), until: later() }, now);
      for (const file of ['CTLSEP005056A1033D.tlv', 'ITLSEP005056A1033D.tlv', 'ITLFile.tlv'])
        bus.publish({ ...refusedTrustList(), asked: file } as LabcmEvent);
      for (const file of ['cnf.xml', 'loads', 'sbn', 'jar', 'tones', 'ringlist', 'softkeys', 'dialplan'])
        bus.publish({ ...fetched(SEED), file } as LabcmEvent);
      const registration = accepted(database.register(anAttempt(SEED, 'SIP', { address: ADDRESS }), later()));
      database.bindLines(registration, ['5005' as DirectoryNumber], later());
    };
    boot();
    const first = told(SEED);
    boot();
    expect(told(SEED).slice(0, first.length)).toEqual(first);
    expect(told(SEED).length).toBeGreaterThanOrEqual(2 * first.length);
  });

  it('tells a file by the name that the phone asked for, and credits the device that it names', () => {
    database.recordAddress('ipctest2', ADDRESS, now);
    bus.publish({ ...refusedTrustList(), asked: 'CTLSEP005056A1033D.tlv' } as LabcmEvent);
    expect(told('ipctest2')).toEqual([]);
    expect(told(SEED)).toEqual([['tftp', expect.stringMatching(/^was refused CTLSEP005056A1033D\.tlv, /)]]);
    expect(database.byName(SEED)?.files).toMatchObject([{ file: 'CTLSEP005056A1033D.tlv', outcome: 'refused' }]);
  });

  it('tells that it asked by DHCP and was not answered, and why', () => {
    bus.publish({
      type: 'dhcp.received',
      at: later(),
      interface: 'eth1',
      xid: '0x00000001',
      mac: MAC,
      device: SEED,
      from: '0.0.0.0',
      kind: 'DISCOVER',
      state: undefined,
      relay: undefined,
      address: undefined,
      hostName: '',
      vendorClass: '',
      server: undefined,
      pool: undefined,
      room: undefined,
      decision: 'silent',
      reason: 'pool-empty',
    });
    expect(told(SEED)).toEqual([
      ['dhcp', expect.stringMatching(/^asked for an address and got none: the pool is empty/)],
    ]);
    expect(waiting(SEED)).toBe('an address; it asked by DHCP and was not answered: no address is free');
  });

  it('says where it was told to register while it waits for that', () => {
    timelines = new Timelines(bus, database, { registersAt: () => ['10.9.9.9:5060', '10.9.9.10:5060'] });
    bus.publish(fetched(SEED));
    expect(waiting(SEED)).toBe(
      'its registration over SIP; it was told to register at 10.9.9.9:5060, then 10.9.9.10:5060',
    );
  });

  it('waits for no sign of life of a phone that asked to be registered, but for what it lacks', () => {
    const answered: Extract<LabcmEvent, { type: 'sip.register-answered' }> = {
      type: 'sip.register-answered',
      at: later(),
      device: SEED,
      dn: '5005',
      status: 401,
      warning: '',
      credentials: 'none',
      transport: 'udp',
      sentTo: '10.1.1.1:5060',
      source: '10.1.1.1:5060',
      callId: 'one',
      cseq: 101,
      repeat: false,
    };
    bus.publish(answered);
    expect(waiting(SEED)).toBe('its digest user and password; it came without them and was challenged (401)');
    bus.publish({ ...answered, credentials: 'right' });
    expect(waiting(SEED)).toBe('its answer to a new challenge');
    bus.publish({ ...answered, credentials: 'other', given: 'asterisk', configured: 'ccmsipline' });
    expect(waiting(SEED)).toBe('credentials for the digest realm "ccmsipline"; it answered for "asterisk"');
    bus.publish({ ...answered, status: 423 });
    expect(waiting(SEED)).toBe('its next attempt to register; the last one, for line 5005, was answered 423');
    database.recordReport('ipctest2', { alarm: '25: Initialized' }, later());
    expect(waiting('ipctest2')).toBe('its registration over SCCP');
    expect(waiting('SEP001122334455')).toMatch(/^any sign of life/);
  });

  it('is of devices alone, and goes with its device', () => {
    for (let count = 0; count < 1_000; count += 1)
      database.register(anAttempt(`SEP${String(count).padStart(12, '0')}`, 'SCCP', { address: '10.9.9.9' }), later());
    expect(timelines.of('SEP000000000000')).toBeUndefined();
    database.recordReport(SEED, { alarm: 22 }, later());
    database.configure([], later());
    expect(timelines.of(SEED)).toBeUndefined();
    database.configure(seedDevices(), later());
    expect(told(SEED)).toEqual([]);
  });

  it('does not hear what every lease and message brings, and nothing at all once it is closed', () => {
    for (const type of ['sccp.received', 'sccp.sent', 'sip.received', 'sip.sent'] as const)
      expect(bus.hasListener(type)).toBe(false);
    timelines.close();
    database.recordReport(SEED, { alarm: 22 }, later());
    expect(told(SEED)).toEqual([]);
  });
});
