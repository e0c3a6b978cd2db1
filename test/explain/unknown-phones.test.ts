import { beforeEach, describe, expect, it } from 'vitest';
import type { WrittenConfig } from '../../src/config/index.js';
import { readYaml } from '../../src/config/yaml-source.js';
import { EventBus } from '../../src/core/event-bus.js';
import type { DeviceName, MacAddress } from '../../src/core/identifiers.js';
import { after, instant, milliseconds, minutes } from '../../src/core/time.js';
import { configOfValue } from '../../src/daemon/read-config.js';
import { DeviceDatabase } from '../../src/devices/index.js';
import { DEFAULT_POLICY } from '../../src/devices/policy.js';
import type { LabcmEvent } from '../../src/events.js';
import { Timelines, UNKNOWN_PHONES } from '../../src/explain/index.js';
import { aDevice, anAttempt, seedDevices } from '../support/devices.js';

const NAME = 'SEP0A55000000CD';
const MAC = '0A55000000CD' as MacAddress;
const SEED = 'SEP005056A1033D';
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
  database.configure(seedDevices(), now);
  timelines = new Timelines(bus, database);
});

const later = () => {
  now = after(now, milliseconds(100));
  return now;
};

const told = (who: string) => timelines.unknownPhone(who)?.steps.map(({ step, text }) => [step, text]);

const discover = (mac: string, facts: Partial<Extract<LabcmEvent, { type: 'dhcp.received' }>> = {}): LabcmEvent => ({
  type: 'dhcp.received',
  at: later(),
  interface: 'eth1',
  xid: '0x00000001',
  mac,
  device: undefined,
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
  reason: 'not-allowed',
  ...facts,
});

const refusedFile = (asked: string, address = '10.1.1.1'): LabcmEvent => ({
  type: 'tftp.refused',
  at: later(),
  context: { connection: 1, sequence: 1, address, port: 3300 },
  file: asked.startsWith('CTL') ? 'CTLFile.tlv' : asked,
  asked,
  code: 1,
  reason: 'file not found',
  harmless: asked.startsWith('CTL'),
});

const attempt = (name: string, address = '10.1.1.1') =>
  database.register(anAttempt(name, 'SIP', { address, typeId: 684 }), later());

describe('a phone that nobody configured', () => {
  it('is heard from its DHCP to its refusal as one, under its name, its hardware address in any spelling, and its address', () => {
    bus.publish(discover(MAC));
    bus.publish(refusedFile(`CTL${NAME}.tlv`));
    bus.publish(refusedFile('mk-sip.jar'));
    attempt(NAME);
    expect(told(NAME)).toEqual([
      ['dhcp', expect.stringMatching(/^asked by DHCP \(DISCOVER\) and was not answered: /)],
      ['tftp', `was refused CTL${NAME}.tlv, as every phone of a non-secure cluster is: harmless`],
      ['tftp', 'was refused mk-sip.jar by TFTP: file not found'],
      ['registration', expect.stringMatching(/^was rejected over SIP from 10\.1\.1\.1: no device of that name/)],
    ]);
    for (const who of [NAME.toLowerCase(), MAC, '0a:55:00:00:00:cd', '0a55.0000.00cd', '10.1.1.1'])
      expect(timelines.unknownPhone(who)?.name).toBe(NAME);
    expect(timelines.unknown).toBe(1);
    expect(timelines.unknownPhone('SEP0A55000000CE')).toBeUndefined();
    expect(timelines.of(NAME)).toBeUndefined();
  });

  it('is told to have been challenged, where that is all that ever happens to it, and of answers for another realm', () => {
    const answered: Extract<LabcmEvent, { type: 'sip.register-answered' }> = {
      type: 'sip.register-answered',
      at: later(),
      device: NAME,
      dn: '9999',
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
    for (let count = 0; count < 100; count += 1) bus.publish({ ...answered, at: later() });
    bus.publish({ ...answered, credentials: 'other', given: 'asterisk', configured: 'ccmsipline' });
    bus.publish({ ...answered, status: 423 });
    for (const status of [200, 403, 404]) bus.publish({ ...answered, status });
    const { device: _, ...nameless } = answered;
    bus.publish({ ...nameless, status: 420, source: '10.1.1.77:5060' });
    expect(told(NAME)).toEqual([
      ['sip', 'asked from 10.1.1.1:5060 for line 9999 without credentials, and was challenged (401)'],
      ['sip', 'asked from 10.1.1.1:5060 for line 9999 without credentials, and was challenged (401)'],
      [
        'sip',
        'asked from 10.1.1.1:5060 for line 9999, answered for the digest realm "asterisk", and was asked for "ccmsipline"',
      ],
      ['sip', 'asked from 10.1.1.1:5060 for line 9999 and was answered 423'],
    ]);
    expect(timelines.unknownPhone(NAME)?.steps[1]).toMatchObject({ times: 99 });
    expect(told('10.1.1.77')).toEqual([['sip', 'asked from 10.1.1.77:5060 for line 9999 and was answered 420']]);
  });

  it('that fails at TLS is heard by its address, as is the device that has the address', () => {
    const failed = (address: string): LabcmEvent => ({
      type: 'net.tls-failed',
      at: later(),
      service: 'SIP',
      address,
      port: 50_000,
      code: 'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA',
      alert: 48,
      phase: 'established',
      unsaid: 0,
    });
    database.recordAddress('ipctest2', '10.1.1.1', later());
    bus.publish(failed('10.1.1.1'));
    bus.publish(failed('10.1.1.2'));
    expect(timelines.of('ipctest2')?.steps).toMatchObject([{ step: 'tls', facts: { alert: 48 } }]);
    expect(told('10.1.1.2')).toEqual([['tls', expect.stringMatching(/^did not agree on TLS for SIP: /)]]);
  });

  it('that knocks where nothing listens is heard by its address, as is the device that has the address', () => {
    const knocked = (address: string, port = 5060): LabcmEvent => ({
      type: 'net.knock',
      at: later(),
      service: 'SIP',
      transport: 'tcp',
      address,
      port,
      unsaid: 0,
    });
    database.recordAddress('ipctest2', '10.1.1.1', later());
    for (let count = 0; count < 3; count += 1) bus.publish(knocked('10.1.1.1'));
    bus.publish(knocked('10.1.1.1', 5061));
    bus.publish(knocked('10.1.1.2'));
    expect(timelines.of('ipctest2')?.steps).toMatchObject([
      { step: 'connection', text: 'tried tcp 5060, where labcm has no SIP' },
      { step: 'connection', text: 'tried tcp 5060, where labcm has no SIP', times: 2 },
      { step: 'connection', text: 'tried tcp 5061, where labcm has no SIP' },
    ]);
    expect(timelines.of('ipctest2')?.waitsFor).toMatch(/^its registration over SCCP/);
    expect(told('10.1.1.2')).toEqual([['connection', 'tried tcp 5060, where labcm has no SIP']]);
  });

  it('that shares its address with another machine is heard by the address, as is the device that has it', () => {
    const changed = { type: 'net.neighbour', mac: '0050568F0001' as MacAddress } as const;
    database.recordAddress('ipctest2', '10.1.1.1', later());
    bus.publish({ ...changed, at: later(), address: '10.1.1.1', device: 'ipctest2' as DeviceName, own: MAC });
    bus.publish({ ...changed, at: later(), address: '10.1.1.1', before: MAC });
    bus.publish({ ...changed, at: later(), address: '10.1.1.2', before: MAC });
    expect(timelines.of('ipctest2')?.steps).toMatchObject([
      { step: 'network', text: `10.1.1.1 is answered for by 0050568F0001, and its device has ${MAC}` },
      { step: 'network', facts: { mac: '0050568F0001', before: MAC } },
    ]);
    expect(told('10.1.1.2')).toEqual([
      [
        'network',
        `10.1.1.2 has the hardware address 0050568F0001 now, after ${MAC}: two machines use it, or a router answers for it`,
      ],
    ]);
  });

  it('never puts its facts on the device at its address, and that device none on it once it names itself again', () => {
    database.recordAddress('ipctest2', '10.1.1.1', later());
    bus.publish(refusedFile(`${NAME}.cnf.xml`));
    bus.publish(refusedFile('list-of-unknown.xml'));
    expect(timelines.of('ipctest2')?.steps).toEqual([]);
    expect(told(NAME)).toHaveLength(2);
    database.recordAddress('ipctest2', '10.1.1.1', later());
    bus.publish(refusedFile('list-of-device.xml'));
    expect(timelines.of('ipctest2')?.steps).toHaveLength(1);
    expect(told(NAME)).toHaveLength(2);
  });

  it('has its address for ten minutes; then an address alone is heard', () => {
    bus.publish(refusedFile(`${NAME}.cnf.xml`));
    now = after(now, minutes(11));
    bus.publish(refusedFile('ringlist.xml'));
    expect(told(NAME)).toHaveLength(1);
    expect(timelines.newestUnknown(1)).toMatchObject([{ name: '10.1.1.1', snippet: undefined }]);
  });

  it('is told which device is meant perhaps: one character differs, two are exchanged, or the hardware address is that device’s', () => {
    const nearest = (name: string) => {
      attempt(name);
      return timelines.unknownPhone(name)?.nearest;
    };
    expect(nearest('SEP005056A1033E')).toBe(SEED);
    expect(nearest('SEP005056A1303D')).toBe(SEED);
    expect(nearest('SEP005056A1033')).toBe(SEED);
    expect(nearest('ipctest3')).toBe('ipctest2');
    expect(nearest('SEP0A55000000CD')).toBeUndefined();
    database.configure(seedDevices().slice(0, 1), now);
    expect(nearest(SEED)).toBe('ipctest2');
    expect(timelines.unknownPhone(SEED)?.advice).toMatch(/^is ipctest2 meant\?/);
  });

  it('is not told to be another that nobody configured either', () => {
    database.setPolicy({ ...DEFAULT_POLICY, autoRegistration: { first: 1000, last: 1000 } }, 'Default');
    attempt('SEP0A55000000C1');
    expect(database.byName('SEP0A55000000C1')?.origin).toBe('auto-registered');
    attempt('SEP0A55000000C2');
    expect(timelines.unknownPhone('SEP0A55000000C2')).toMatchObject({
      nearest: undefined,
      advice: 'add it to devices',
    });
  });

  it('is told what to add: YAML that the configuration takes as it is', async () => {
    const fixtures: readonly (readonly [string, () => void])[] = [
      [NAME, () => attempt(NAME)],
      ['8888', () => attempt('8888')],
      ['true', () => attempt('true')],
      [
        'SEP0A55000000CE',
        () => bus.publish(discover('0A55000000CE', { vendorClass: 'Cisco Systems, Inc. IP Phone CP-7962G' })),
      ],
    ];
    for (const [name, happen] of fixtures) {
      happen();
      const { snippet = '' } = timelines.unknownPhone(name) ?? {};
      const config = await configOfValue(readYaml(snippet, 'lab.yaml').value as WrittenConfig, 'lab.yaml');
      expect(config.devices.map((device) => device.name as string)).toEqual([name]);
      expect(config.devices[0]?.model.name).toBe(name.endsWith('CE') ? 'Cisco 7962' : 'Cisco 8851');
      expect(config.devices[0]?.lines[0]?.dn).toBe(name === '8888' ? '8888' : '1000');
    }
  });

  it('is none any more once it is configured: what was heard of it is its own timeline', () => {
    attempt(NAME);
    database.configure([...seedDevices(), aDevice(NAME, { protocol: 'SIP' })], later());
    expect(timelines.unknownPhone(NAME)).toBeUndefined();
    expect(timelines.of(NAME)?.steps.map(({ type }) => type)).toEqual(['device.rejected']);
  });

  it('is a bounded number, with a bounded number of facts, however many there are', () => {
    for (let count = 0; count < 5_000; count += 1)
      attempt(`SEP${String(count).padStart(12, '0')}`, `10.1.${count >> 8}.${count & 255}`);
    expect(timelines.unknown).toBe(UNKNOWN_PHONES.most);
    for (let count = 0; count < 100; count += 1) bus.publish(refusedFile(`${NAME}.cnf.xml.${count}`));
    for (let count = 0; count < 100; count += 1) bus.publish(refusedFile(`list${count}`));
    expect(told(NAME) ?? told('10.1.1.1')).toHaveLength(UNKNOWN_PHONES.facts);
    expect(timelines.unknown).toBe(UNKNOWN_PHONES.most);
    expect(timelines.newestUnknown(10)).toHaveLength(10);
  });

  it('is not forgotten for a crowd behind one address, nor for those who ask by DHCP', () => {
    attempt(NAME, '10.9.9.9');
    for (let count = 0; count < 5_000; count += 1) attempt(`X${count}`, '10.1.1.1');
    expect(timelines.unknownPhone(NAME)).toBeDefined();
    for (let count = 0; count < 5_000; count += 1) bus.publish(discover(String(count).padStart(12, '0')));
    expect(timelines.unknownPhone(NAME)).toBeDefined();
  });

  it('keeps of long texts their beginning, and nothing of the messages that they were cut out of', () => {
    const message = `REGISTER ${'x'.repeat(1_000_000)}`;
    database.register(anAttempt(message.slice(9, 900_000), 'SIP', { address: '10.1.1.2' }), later());
    const [phone] = timelines.newestUnknown(1);
    expect(phone?.name).toHaveLength(255);
    expect(phone?.snippet).toBeUndefined();
    expect(JSON.stringify(phone).length).toBeLessThan(2_000);
  });
});
