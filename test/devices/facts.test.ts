// What is learnt about devices besides their registrations.

import { beforeEach, describe, expect, it, test } from 'vitest';
import {
  DeviceDatabase,
  type DeviceEvent,
  describeOutOfService,
  type FileFact,
  loadsOf,
  meaningOfCode,
  OUT_OF_SERVICE_CODES,
  outOfServiceReport,
  phoneAlarmFact,
} from '../../src/devices/index.js';
import { aDevice, anAttempt, seedDevices } from '../support/devices.js';
import { EventRecorder } from '../support/event-recorder.js';
import { ManualClock } from '../support/manual-clock.js';

let clock: ManualClock;
let probe: EventRecorder<DeviceEvent>;
let database: DeviceDatabase;

beforeEach(() => {
  clock = new ManualClock();
  probe = new EventRecorder();
  database = new DeviceDatabase(probe.bus);
  database.configure([...seedDevices(), aDevice('LOADED', { load: 'SCCP42.9-4-2SR3-1S' })], clock.now());
  probe.clear();
});

const record = (name = 'ipctest2') => {
  const found = database.byName(name);
  if (found === undefined) throw new Error(`no device ${name}`);
  return found;
};

const requested = (file: string, outcome: FileFact['outcome'], rest: Partial<FileFact> = {}): void =>
  database.recordFileRequest(
    'ipctest2',
    { at: clock.now(), file, transport: 'TFTP', outcome, octets: 0, ...rest },
    { address: '10.10.210.200', port: 3300 },
  );

const outOfService = (code: number | undefined, words = '', load = ''): void =>
  database.facts.recordOutOfService('IPCTEST2', outOfServiceReport(code, words, load), clock.now());

test('a device of which nothing was heard has no facts of its own', () => {
  const [one, other] = [record(), record('LOADED')];
  expect(one).toMatchObject({ files: [], registrations: [] });
  expect([one.given, one.dhcp, one.outOfService, one.loadDownload]).toEqual(Array(4).fill(undefined));
  expect([one.files, one.registrations]).toEqual([other.files, other.registrations]);
  expect(one.files).toBe(other.files);
  expect(one.registrations).toBe(other.registrations);
});

describe('the reasons for being out of service', () => {
  it('have one row each', () => {
    const codes = OUT_OF_SERVICE_CODES.map(({ code }) => code);
    expect(new Set(codes).size).toBe(codes.length);
    const words = OUT_OF_SERVICE_CODES.flatMap((row) => row.words.map((each) => each.toLowerCase()));
    expect(new Set(words).size).toBe(words.length);
    expect(meaningOfCode(15)).toBe('keepalive failure');
    expect(meaningOfCode(111)).toBeUndefined();
  });

  it.each([
    [outOfServiceReport(15, '', ''), 'keepalive failure (15)'],
    [outOfServiceReport(undefined, 'CM-Closed-TCP', ''), 'the server closed the TCP connection (14)'],
    [outOfServiceReport(105, 'odd words', ''), '"odd words" (105)'],
    [outOfServiceReport(111, '', ''), 'number 111'],
    [outOfServiceReport(undefined, 'odd words', ''), '"odd words"'],
    [outOfServiceReport(undefined, '', ''), 'no reason given'],
  ])('are described by what is known of them: %o', (report, text) => {
    expect(describeOutOfService(report)).toBe(text);
  });
});

describe('why a device was out of service', () => {
  it('is kept as it was told last', () => {
    outOfService(10, 'TCP-timeout', 'LOAD-1');
    clock.advance(60_000);
    outOfService(25, 'Initialized');
    expect(record().outOfService).toEqual({ at: clock.now(), code: 25, words: 'Initialized' });
    expect(probe.of('device.out-of-service')).toMatchObject([
      { device: 'ipctest2', code: 10, words: 'TCP-timeout', load: 'LOAD-1' },
      { code: 25 },
    ]);
  });

  it('is one, if a text and a document tell of the same', () => {
    outOfService(10, '', 'LOAD-1');
    clock.advance(2_000);
    database.facts.recordAlarm(
      'ipctest2',
      { kind: 'out-of-service', report: { code: 10, words: 'TCP-timeout', switch: 'sw1' } },
      clock.now(),
    );
    expect(record().outOfService).toEqual({
      at: clock.now(),
      code: 10,
      words: 'TCP-timeout',
      load: 'LOAD-1',
      switch: 'sw1',
    });
    outOfService(12);
    expect(record().outOfService).toEqual({ at: clock.now(), code: 12, words: '' });
  });

  it('is told of no device that is not configured', () => {
    database.facts.recordOutOfService('SEP001122334455', outOfServiceReport(10, '', ''), clock.now());
    expect(probe.events).toEqual([]);
  });

  it('has no long text', () => {
    outOfService(10, 'x'.repeat(5_000));
    expect(record().outOfService?.words).toHaveLength(256);
  });
});

describe('the loads of a device', () => {
  const told = (alarm: string, values: Readonly<Record<string, string>>): void => {
    const fact = phoneAlarmFact(alarm, () => Object.entries(values));
    if (fact === undefined) throw new Error(`nothing in ${alarm}`);
    database.facts.recordAlarm('LOADED', fact, clock.now());
  };

  it('are those that it registered with, asked for, reported and is configured to have', () => {
    expect(loadsOf(record('LOADED'))).toEqual({
      device: 'LOADED',
      running: undefined,
      inactive: undefined,
      configured: 'SCCP42.9-4-2SR3-1S',
      asked: undefined,
      failed: undefined,
      failureReason: undefined,
      server: undefined,
    });
    const from = { address: '10.10.210.201', port: 3300 };
    const loads = ['SCCP42.9-4-2SR3-1S.loads', 'term42.default.loads'];
    for (const file of loads)
      database.recordFileRequest(
        'LOADED',
        { at: clock.now(), file, transport: 'TFTP', outcome: 'refused', octets: 0 },
        from,
      );
    database.facts.recordOutOfService('LOADED', outOfServiceReport(25, '', 'RUN-1', 'OLD-1'), clock.now());
    expect(loadsOf(record('LOADED'))).toMatchObject({
      running: 'RUN-1',
      inactive: 'OLD-1',
      asked: 'SCCP42.9-4-2SR3-1S',
    });
    database.register(anAttempt('LOADED', 'SCCP', { load: 'RUN-2' }), clock.now());
    expect(loadsOf(record('LOADED')).running).toBe('RUN-2');
  });

  it('fail for a reason that the phone gives', () => {
    told('DeviceImageDownloadStart', { RequestedLoadId: 'NEW-1.loads', ActiveLoadId: 'OLD-1' });
    expect(record('LOADED').loadDownload).toEqual({
      at: clock.now(),
      download: 'started',
      running: 'OLD-1',
      asked: 'NEW-1',
    });
    told('DeviceImageDownloadFailure', {
      RequestedLoadID: 'NEW-1',
      FailureReason: '4',
      TftpServer: '10.10.210.10',
    });
    expect(loadsOf(record('LOADED'))).toMatchObject({ failed: 'NEW-1', failureReason: '4', server: '10.10.210.10' });
    expect(probe.of('device.load').map(({ download }) => download)).toEqual(['started', 'failed']);
  });

  it('are not in other alarms', () => {
    expect(phoneAlarmFact('DeviceTLInfo', () => [['DeviceName', 'LOADED']])).toBeUndefined();
  });
});

describe('the registrations that have ended', () => {
  it('are remembered, the last eight, with their last messages', () => {
    for (let count = 0; count < 10; count += 1) {
      const result = database.register(anAttempt('ipctest2', 'SCCP', { port: 3300 + count, link: count }), clock.now());
      if (!result.accepted) throw new Error('refused');
      database.facts.heard(result.registration, 'RegisterReqMessage');
      database.facts.said(result.registration, 'SoftKeyTemplateResMessage');
      clock.advance(4_000);
      database.end(result.registration, 'connection-lost', clock.now());
    }
    const { registrations } = record();
    expect(registrations.map(({ port }) => port)).toEqual([3302, 3303, 3304, 3305, 3306, 3307, 3308, 3309]);
    expect(registrations.at(-1)).toEqual({
      began: clock.now() - 4_000,
      ended: clock.now(),
      reason: 'connection-lost',
      address: '10.10.210.200',
      port: 3309,
      lasted: 4_000,
      silence: 4_000,
      keepAlives: 0,
      heard: 'RegisterReqMessage',
      said: 'SoftKeyTemplateResMessage',
    });
  });

  it('are those of other links: a repeated Register ends none', () => {
    database.register(anAttempt('ipctest2'), clock.now());
    database.register(anAttempt('ipctest2'), clock.now());
    expect(record().registrations).toEqual([]);
    database.register(anAttempt('ipctest2', 'SCCP', { link: 386 }), clock.now());
    expect(record().registrations).toMatchObject([{ reason: 'superseded' }]);
  });
});

describe('a file', () => {
  it('is in progress until it is known what became of it', () => {
    requested('CTLSEP.tlv', 'asked');
    requested('ipctest2.cnf.xml', 'asked');
    expect(record().files.map(({ file, outcome }) => `${file} ${outcome}`)).toEqual([
      'CTLSEP.tlv asked',
      'ipctest2.cnf.xml asked',
    ]);
    requested('CTLSEP.tlv', 'refused', { reason: 'file not found', harmless: true });
    expect(record().files).toMatchObject([
      { file: 'ipctest2.cnf.xml', outcome: 'asked' },
      { file: 'CTLSEP.tlv', outcome: 'refused', reason: 'file not found', harmless: true },
    ]);
  });

  it('that is requested again takes the place of a request that was never answered', () => {
    requested('ipctest2.cnf.xml', 'asked');
    requested('ipctest2.cnf.xml', 'asked', { transport: 'HTTP' });
    requested('ipctest2.cnf.xml', 'asked');
    expect(record().files).toMatchObject([{ transport: 'HTTP' }, { transport: 'TFTP' }]);
  });
});

test('the configuration file that a device has is remembered with its version stamp', () => {
  const given = { at: clock.now(), stamp: '1295018236-4b1f', transport: 'TFTP' } as const;
  database.facts.recordGiven('ipctest2', 'ipctest2.cnf.xml', given);
  database.facts.recordGiven('nobody', 'nobody.cnf.xml', given);
  expect(record().given).toEqual(given);
  expect(probe.events).toEqual([{ type: 'device.given', device: 'ipctest2', file: 'ipctest2.cnf.xml', ...given }]);
});
