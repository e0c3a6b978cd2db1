import { afterEach, describe, expect, it } from 'vitest';
import { instant } from '../../src/core/time.js';
import type { LabcmEvent } from '../../src/events.js';
import { OBJECTS } from '../../src/management/perfmon/counters.js';
import { LoadMeter } from '../../src/management/perfmon/load-meter.js';
import { PerfSessions, SESSION_LIMITS } from '../../src/management/perfmon/sessions.js';
import { aDevice } from '../support/devices.js';
import { ManagementHarness, PERFMON_PATH, serviceRequest, textsOf } from './harness.js';

let harness: ManagementHarness;
afterEach(() => harness.close());

const element = (name: string, text: string): string => `<soap:${name}>${text}</soap:${name}>`;
const ask = (operation: string, elements = '') =>
  harness.ask({ path: PERFMON_PATH, body: serviceRequest(operation, elements) });

const collect = (object: string, host = 'CM1') =>
  ask('perfmonCollectCounterData', element('Host', host) + element('Object', object));

/** The values by the name of their counter, with the instance before it. */
const valuesIn = (reply: string): Record<string, number> =>
  Object.fromEntries(
    textsOf(reply, 'Name').map((path, index) => [
      path.replace(/^\\\\[^\\]+\\[^(\\]+(?:\(([^)]*)\))?\\/, (_, instance) =>
        instance === undefined ? '' : `${instance} `,
      ),
      Number(textsOf(reply, 'Value')[index]),
    ]),
  );

const counters = (...paths: readonly string[]): string =>
  element('ArrayOfCounter', paths.map((path) => element('Counter', element('Name', path))).join(''));

const openSession = async (): Promise<string> =>
  textsOf((await ask('perfmonOpenSession')).body, 'perfmonOpenSessionReturn')[0] ?? '';

const publish = (event: Partial<LabcmEvent> & Pick<LabcmEvent, 'type'>): void =>
  harness.bus.publish({ at: harness.clock.now(), ...event } as LabcmEvent);

describe('the numbers of PerfMon', () => {
  it('count registered devices by what they are', async () => {
    harness = await ManagementHarness.open({}, [
      aDevice('SEP000000000001', { model: '7962', lines: ['1001'] }),
      aDevice('SEP000000000002', { model: '8845', protocol: 'SIP', lines: ['1002', '1003'] }),
      aDevice('SEP000000000003', { model: 'Cisco IP Communicator', lines: ['1004'] }),
      aDevice('SEP000000000004', { model: 'Analog Phone', lines: ['1005'] }),
      aDevice('SEP000000000005', { model: '7962', lines: ['1006'] }),
      aDevice('SEP000000000006', { model: '8845', protocol: 'SIP', lines: ['1007', '1008'] }),
    ]);
    for (const number of [1, 2, 3, 4, 6]) harness.register(`SEP00000000000${number}`, `127.0.1.${number}`);
    const { body } = await collect('Cisco CallManager');
    expect(valuesIn(body)).toMatchObject({
      ...{ RegisteredHardwarePhones: 3, RegisteredOtherStationDevices: 1, RegisteredAnalogAccess: 1 },
      ...{ PartiallyRegisteredPhone: 0, AuthenticatedRegisteredPhones: 0, InitializationState: 100 },
    });
    harness.end('SEP000000000001');
    expect(valuesIn((await collect('Cisco CallManager')).body)).toMatchObject({ RegisteredHardwarePhones: 2 });
  });

  it('count a phone with some of its lines by itself', async () => {
    harness = await ManagementHarness.open();
    harness.register('SEP000000000002', '127.0.1.12');
    harness.bind('SEP000000000002', ['1002' as never]);
    expect(valuesIn((await collect('Cisco CallManager')).body)).toMatchObject({
      ...{ PartiallyRegisteredPhone: 1, RegisteredHardwarePhones: 0 },
    });
  });

  it('count calls by what happened, in all and for each phone', async () => {
    harness = (await ManagementHarness.open()).seenPhones();
    const device = 'SEP000000000001' as never;
    publish({ type: 'call.off-hook', device });
    publish({ type: 'call.off-hook', device });
    publish({ type: 'call.ended', answeredAt: harness.clock.now() } as never);
    publish({ type: 'call.ended' });
    harness.calls = { inProgress: 3, active: 2, conferences: 1, huntLists: 4 };
    expect(valuesIn((await collect('Cisco CallManager')).body)).toMatchObject({
      ...{ CallsAttempted: 2, CallsCompleted: 1, CallsInProgress: 3, CallsActive: 2 },
      ...{ SWConferenceActive: 1, HuntListsInService: 4 },
    });
    expect(valuesIn((await collect('Cisco Phones')).body)).toEqual({
      'SEP000000000001 CallsAttempted': 2,
      'SEP000000000002 CallsAttempted': 0,
    });
  });

  it('count files and registrations of SIP', async () => {
    harness = (await ManagementHarness.open()).seenPhones();
    for (const type of ['tftp.request', 'tftp.request', 'tftp.request', 'http.request'] as const) publish({ type });
    publish({ type: 'tftp.completed', blocks: 12 } as never);
    publish({ type: 'tftp.refused', code: 1 } as never);
    publish({ type: 'http.file', outcome: 'refused', status: 404 } as never);
    expect(valuesIn((await collect('Cisco TFTP')).body)).toMatchObject({
      ...{ Requests: 3, RequestsProcessed: 1, RequestsNotFound: 1, RequestsInProgress: 1, SegmentsSent: 12 },
      ...{ HttpRequests: 1, HttpRequestsNotFound: 1, HttpRequestsProcessed: 0 },
    });
    expect(valuesIn((await collect('Cisco SIP Station')).body)).toMatchObject({ NewRegAccepted: 2, NewRegRejected: 1 });
  });

  it('say how busy the machine is, in whole numbers', async () => {
    harness = await ManagementHarness.open();
    harness.clock.advance(2_000);
    harness.machine = {
      ...harness.machine,
      processors: [
        { busy: 70, total: 200 },
        { busy: 40, total: 200 },
      ],
      self: { busy: 15, total: 120, rssKb: 91_000 },
    };
    expect(valuesIn((await collect('Processor')).body)).toEqual({
      ...{ '_Total % CPU Time': 25, '_Total % Idle Percentage': 75, '0 % CPU Time': 50, '0 % Idle Percentage': 50 },
      ...{ '1 % CPU Time': 0, '1 % Idle Percentage': 100 },
    });
    expect(valuesIn((await collect('Process')).body)).toEqual({ 'node % CPU Time': 50, 'node VmRSS': 91_000 });
    expect(valuesIn((await collect('Memory')).body)).toMatchObject({ '% Mem Used': 25, 'Used KBytes': 2_000 });
    expect(valuesIn((await collect('System')).body)).toEqual({ 'Total Processes': 120, 'Total Threads': 480 });
    expect(valuesIn((await collect('Partition')).body)).toEqual({
      ...{ 'Active % Used': 75, 'Active Total Mbytes': 1_000, 'Active Used Mbytes': 750 },
    });
    const replication = 'Number of Replicates Created and State of Replication';
    expect(valuesIn((await collect(replication)).body)).toMatchObject({ 'ReplicateCount Replicate_State': 2 });
  });

  it('of two looks within a second are one look', () => {
    const machine = (busy: number) => ({
      ...{ processors: [{ busy, total: busy * 2 }], self: { busy: 0, total: 1, rssKb: 1 } },
      ...{ memory: { totalKb: 1, freeKb: 1 }, processes: 1, threads: 1, partitions: [] },
    });
    const meter = new LoadMeter(machine(10), instant(0));
    expect(meter.load(machine(1_000), instant(999)).total).toBe(50);
    expect(meter.load({ ...machine(0), processors: [{ busy: 100, total: 120 }] }, instant(1_000)).total).toBe(90);
  });
});

describe('the names of PerfMon', () => {
  it('have no backslash and no bracket, and stand once', () => {
    harness = { close: () => Promise.resolve() } as never;
    for (const { name, counters } of OBJECTS) {
      const names = [name, ...counters.map((counter) => counter.name)];
      for (const each of names) expect(each).not.toMatch(/[\\()]/);
      expect(new Set(names.slice(1)).size).toBe(counters.length);
    }
  });

  it('echo the host as it was written: the name in any case, or the address', async () => {
    harness = await ManagementHarness.open();
    for (const host of ['cm1', 'CM1', '10.0.0.1'])
      expect((await collect('system', host)).body).toContain(
        `<ns1:Name>\\\\${host}\\System\\Total Processes</ns1:Name>`,
      );
  });

  it('are all described', async () => {
    harness = await ManagementHarness.open();
    const describeCounter = async (path: string) =>
      (await ask('perfmonQueryCounterDescription', element('Counter', path))).body;
    expect(
      textsOf(await describeCounter('\\\\CM1\\Memory\\% Mem Used'), 'perfmonQueryCounterDescriptionReturn'),
    ).toEqual(['The part of the memory that is used.']);
  });

  it('of instances are those that there are', async () => {
    harness = (await ManagementHarness.open()).seenPhones();
    const list = async (object: string) =>
      textsOf((await ask('perfmonListInstance', element('Host', 'CM1') + element('Object', object))).body, 'Name');
    expect(await list('Processor')).toEqual(['_Total', '0', '1']);
    expect(await list('Cisco Phones')).toEqual(['SEP000000000001', 'SEP000000000002']);
    expect(await list('Memory')).toEqual([]);
  });
});

describe('a session of PerfMon', () => {
  const MEMORY = '\\\\CM1\\Memory\\% Mem Used';
  const PHONE = '\\\\CM1\\Cisco Phones(SEP000000000001)\\CallsAttempted';

  it('collects what was added to it, until it is closed', async () => {
    harness = (await ManagementHarness.open()).seenPhones();
    const handle = element('SessionHandle', await openSession());
    expect((await ask('perfmonAddCounter', handle + counters(MEMORY, PHONE))).body).toMatch(
      /<ns1:perfmonAddCounterResponse xmlns:ns1="[^"]+"><\/ns1:perfmonAddCounterResponse>/,
    );
    const { body } = await ask('perfmonCollectSessionData', handle);
    expect(textsOf(body, 'Name')).toEqual([MEMORY, PHONE]);
    expect(textsOf(body, 'CStatus')).toEqual(['1', '1']);
    await ask('perfmonRemoveCounter', handle + counters(MEMORY));
    expect(textsOf((await ask('perfmonCollectSessionData', handle)).body, 'Name')).toEqual([PHONE]);
    expect((await ask('perfmonCloseSession', handle)).status).toBe(200);
    const { status, body: fault } = await ask('perfmonCollectSessionData', handle);
    expect(status).toBe(500);
    expect(textsOf(fault, 'faultstring')[0]).toMatch(/^Session handle .* is not known$/);
  });

  it('takes no counter of a call in which one is not known', async () => {
    harness = await ManagementHarness.open();
    const handle = element('SessionHandle', await openSession());
    const { status, body } = await ask('perfmonAddCounter', handle + counters(MEMORY, '\\\\CM1\\Memory\\Nothing'));
    expect(status).toBe(500);
    expect(textsOf(body, 'faultstring')).toEqual(['Counter \\\\CM1\\Memory\\Nothing is not known']);
    expect(textsOf((await ask('perfmonCollectSessionData', handle)).body, 'Name')).toEqual([]);
  });

  it('has a bounded number of counters', async () => {
    harness = await ManagementHarness.open();
    const sessions = new PerfSessions(() => 'x');
    const now = instant(0);
    const asked = (count: number) =>
      Array.from({ length: count }, (_, n) => ({ path: String(n), host: '', object: {}, instance: '', counter: {} }));
    const handle = sessions.open(now);
    sessions.add(handle, asked(SESSION_LIMITS.counters) as never, now);
    sessions.add(handle, asked(10) as never, now); // they are there
    expect(() => sessions.add(handle, asked(SESSION_LIMITS.counters + 1) as never, now)).toThrow('at most 3000');
    expect(sessions.counters(handle, now)).toHaveLength(SESSION_LIMITS.counters);
  });

  it('ends when nobody has asked for 25 hours, or when it is the idlest of too many', () => {
    harness = { close: () => Promise.resolve() } as never;
    let id = 0;
    const sessions = new PerfSessions(() => String(++id));
    const hours = (count: number) => instant(count * 3_600_000);
    const first = sessions.open(hours(0));
    const second = sessions.open(hours(0));
    sessions.counters(first, hours(24));
    expect(() => sessions.counters(second, hours(25))).toThrow('is not known');
    expect(sessions.size).toBe(1);
    for (let count = 0; count < SESSION_LIMITS.sessions; count += 1) sessions.open(hours(25));
    expect(sessions.size).toBe(SESSION_LIMITS.sessions);
    expect(() => sessions.counters(first, hours(25))).toThrow('is not known');
  });
});

describe('what PerfMon refuses', () => {
  it.each([
    ['a host', () => collect('Memory', 'CM9'), 'Host CM9 is not known'],
    ['another node', () => collect('Memory', 'CM2'), 'Host CM2 is not known'],
    ['an object', () => collect('No Such'), 'Object No Such is not known'],
    ['an object of a megabyte', () => collect('x'.repeat(900_000)), `Object ${'x'.repeat(64)} is not known`],
    [
      'a handle',
      () => ask('perfmonCollectSessionData', element('SessionHandle', '{guessed}')),
      'Session handle {guessed} is not known',
    ],
    ['no handle', () => ask('perfmonAddCounter', counters('x')), 'Counter x is no path'],
    [
      'an instance',
      () => ask('perfmonAddCounter', counters('\\\\CM1\\Processor(99)\\% CPU Time')),
      'Instance 99 is not known',
    ],
    [
      'no instance where there are some',
      () => ask('perfmonAddCounter', counters('\\\\CM1\\Processor\\% CPU Time')),
      'Counter \\\\CM1\\Processor\\% CPU Time is not known',
    ],
    ['another operation', () => ask('perfmonDance'), 'There is no operation perfmonDance'],
  ])('%s', async (_title, asked, words) => {
    harness = await ManagementHarness.open();
    const { status, body } = await asked();
    expect(status).toBe(500);
    expect(textsOf(body, 'faultstring')).toEqual([words]);
  });

  it('one request more than the rate allows, with the words of CUCM', async () => {
    harness = await ManagementHarness.open({ rates: { ris: undefined, perfmon: 80 } });
    for (let count = 0; count < 80; count += 1) expect((await collect('System')).status).toBe(200);
    const { status, body } = await collect('System');
    expect(status).toBe(500);
    expect(body).toContain('<faultcode>ns1:Server.RateControl</faultcode>');
    expect(textsOf(body, 'faultstring')).toEqual([
      'Exceeded allowed rate for Perfmon information. Current allowed rate for perfmon information is 80 requests per minute.',
    ]);
    harness.clock.advance(60_000);
    expect((await collect('System')).status).toBe(200);
  });
});

it('sends the counters of many phones in pieces', async () => {
  const phones = Array.from({ length: 1_000 }, (_, n) => aDevice(`SEP${String(n).padStart(12, '0')}`, { lines: [] }));
  harness = await ManagementHarness.open({}, phones);
  for (const [index, { name }] of phones.entries())
    harness.register(name, `10.0.${index >> 8}.${index & 255}`, '', index);
  harness.pauses = 0;
  const { body, headers } = await collect('Cisco Phones');
  expect(Object.keys(valuesIn(body))).toHaveLength(1_000);
  expect(headers['transfer-encoding']).toBe('chunked');
  expect(harness.pauses).toBe(4);
  expect(harness.events.at(-1)).toMatchObject({ service: 'PerfmonService', devices: 1_000 });
});
