// `GET /api/devices/{name}/changes`, `GET /api/devices/{name}/config.xml` and what is in them.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EventBus } from '../../src/core/event-bus.js';
import { instant, seconds } from '../../src/core/time.js';
import { DeviceDatabase } from '../../src/devices/index.js';
import type { LabcmEvent } from '../../src/events.js';
import { DeviceChanges } from '../../src/http/api/device-changes.js';
import { keysJson } from '../../src/http/api/device-keys.js';
import type { DeviceViewJson } from '../../src/http/api/device-view-shapes.js';
import type { ApiSources, ApiStandingCall } from '../../src/http/index.js';
import { aDevice, anAttempt, seedDevices } from '../support/devices.js';
import { ManualClock } from '../support/manual-clock.js';
import {
  type ApiHarness,
  apiHarness,
  ask,
  NAMED_OWNERS,
  NO_CLUSTER,
  NO_INSIGHT,
  NO_MESSAGES,
  NO_TIMELINES,
} from './api-harness.js';

const NO_CALLS: ApiSources['calls'] = {
  calls: () => [],
  callsOf: () => [],
  dial: () => ({ result: 'none', text: '', number: undefined, canGrow: false, steps: [], phones: [] }),
};

describe('a stream about a device', () => {
  let clock: ManualClock;
  let bus: EventBus<LabcmEvent>;
  let database: DeviceDatabase;
  let changes: DeviceChanges;

  const changesOf = (more: Partial<ApiSources> = {}, queue = 1_000_000): DeviceChanges =>
    new DeviceChanges(
      {
        ...{ clock, bus, devices: database, timelines: NO_TIMELINES, calls: NO_CALLS, eventOwners: NAMED_OWNERS },
        ...{ messages: NO_MESSAGES, insight: NO_INSIGHT, cluster: NO_CLUSTER },
        verdicts: { of: () => undefined, verdictOf: () => undefined },
        writer: { overrides: () => undefined },
        ...more,
      } as unknown as ApiSources,
      { clients: 3, clientsPerSource: 2, queue },
    );

  beforeEach(() => {
    clock = new ManualClock();
    bus = new EventBus<LabcmEvent>((error) => {
      throw error;
    });
    database = new DeviceDatabase(bus);
    database.configure(seedDevices(), clock.now());
    changes = changesOf();
  });

  /** What a stream sends until it is quiet. */
  const reading = (name: string, from = changes) => {
    const reader = from.open(name, '10.0.0.1')?.getReader();
    if (reader === undefined) throw new Error('there was no place');
    let text = '';
    const drain = async (): Promise<void> => {
      for (;;) {
        const next = reader.read();
        const found = await Promise.race([next, new Promise<'quiet'>((quiet) => setImmediate(quiet, 'quiet'))]);
        if (found === 'quiet' || found.value === undefined) {
          pending = next;
          return;
        }
        text += Buffer.from(found.value).toString();
      }
    };
    let pending: Promise<{ value?: Uint8Array | undefined }> | undefined;
    return {
      /** The events since the last time. */
      take: async (): Promise<readonly (DeviceViewJson | null)[]> => {
        const { value } =
          pending === undefined ? {} : await Promise.race([pending, Promise.resolve({ value: undefined })]);
        if (value !== undefined) text += Buffer.from(value).toString();
        if (pending === undefined || value !== undefined) await drain();
        const events = [...text.matchAll(/^event: device\ndata: (.+)$/gm)].map(([, data = '']) => JSON.parse(data));
        text = '';
        return events;
      },
      leave: () => reader.cancel(),
    };
  };

  it('begins with the device as it is', async () => {
    const [first, ...more] = await reading('ipctest2').take();
    expect(more).toEqual([]);
    expect(first?.detail).toMatchObject({ name: 'ipctest2', status: 'Unknown' });
    expect(first?.capture).toEqual({
      isKept: false,
      file: 'lab.yaml',
      line: 'capture: { devices: ["ipctest2"] }',
    });
    expect(first?.keys).toEqual([{ key: 1, use: 'line', label: '5002', number: '5002', state: 'not registered' }]);
  });

  it('says what is different after an event of the device, once, and nothing of others', async () => {
    const one = reading('ipctest2');
    const other = reading('SEP005056A1033D');
    await one.take();
    await other.take();
    const accepted = database.register(anAttempt('ipctest2'), clock.now());
    if (accepted.accepted) database.reportCapabilities(accepted.registration, [], clock.now());
    expect(await one.take()).toEqual([]);
    clock.advance(250);
    expect((await one.take()).map((view) => [view?.detail.status, view?.keys[0]?.state])).toEqual([
      ['Registered', 'idle'],
    ]);
    expect(await other.take()).toEqual([]);
  });

  it('looks again while nothing happens, and says it only if something is different', async () => {
    let waitsFor: string | undefined;
    changes = changesOf({ timelines: { ...NO_TIMELINES, waitsFor: () => waitsFor } });
    const one = reading('ipctest2');
    await one.take();
    clock.advance(10_000);
    expect(await one.take()).toEqual([]);
    waitsFor = 'its DHCP';
    clock.advance(seconds(2) + 250);
    expect((await one.take()).map((view) => view?.detail.whyNot)).toEqual(['waits for its DHCP']);
  });

  it('ends with null where the device is removed', async () => {
    const one = reading('ipctest2');
    await one.take();
    database.remove('ipctest2', clock.now());
    clock.advance(250);
    expect(await one.take()).toEqual([null]);
  });

  it('leaves the bus alone and rings no alarm after the last reader', async () => {
    const one = reading('ipctest2');
    expect([bus.hasListener('sip.sent'), clock.armed > 0]).toEqual([true, true]);
    await one.leave();
    expect([bus.hasListener('sip.sent'), clock.armed, changes.readers]).toEqual([false, 0, 0]);
  });

  it('is one of a few, in all and from one address', () => {
    expect([1, 2, 3].map(() => changes.open('ipctest2', '10.0.0.1') !== undefined)).toEqual([true, true, false]);
    expect([1, 2].map(() => changes.open('ipctest2', '10.0.0.2') !== undefined)).toEqual([true, false]);
    changes.close();
    expect(changes.readers).toBe(0);
  });

  it('brings what is so once a slow reader reads on', async () => {
    const queue = 2_600;
    changes = changesOf({}, queue);
    const one = reading('ipctest2'); // two events fill its queue
    for (const word of ['one', 'two']) {
      database.put(aDevice('ipctest2', { description: word.repeat(50) }), 'configured', clock.now());
      clock.advance(250);
    }
    await one.take();
    clock.advance(2_250);
    expect((await one.take()).map((view) => view?.detail.description)).toEqual(['two'.repeat(50)]);
  });
});

describe('the keys of a phone', () => {
  const bus = new EventBus<LabcmEvent>((error) => {
    throw error;
  });
  const database = new DeviceDatabase(bus);
  const NOW = instant(1);
  const lamp = (number: string) => ({ number, label: `lamp ${number}`, busyLampField: true });
  database.configure(
    [
      aDevice('BOSS', { model: '7962', lines: ['1'] }),
      aDevice('DESK', {
        model: '7962',
        lines: ['2', '3'],
        speedDials: [lamp('1'), lamp('777'), { number: '9', label: 'Taxi', busyLampField: false }],
        serviceUrls: [{ name: 'News', url: 'http://lab:s3cret@news/' }],
      }),
      aDevice('BARE', { model: '7936', lines: ['5'] }),
    ],
    NOW,
  );
  const register = (name: string): void => {
    const accepted = database.register(anAttempt(name, 'SCCP', { typeId: undefined, link: name.length }), NOW);
    if (accepted.accepted) database.reportCapabilities(accepted.registration, [], NOW);
  };
  const call = (...legs: readonly (readonly [device: string, dn: string, state: string])[]): ApiStandingCall => ({
    ...{ id: 1, dialled: '', startedAt: NOW, answeredAt: undefined, codec: undefined, conference: undefined },
    legs: legs.map(([device, dn, state], ci) => ({ ci, role: 'caller', device, dn, state, receive: undefined })),
  });
  /** Only the calls of a phone are there to be asked for. */
  const of = (calls: readonly ApiStandingCall[]): Pick<ApiSources['calls'], 'callsOf'> => ({
    callsOf: (name) => calls.filter(({ legs }) => legs.some(({ device }) => device === name)),
  });
  const shown = (name: string, calls: readonly ApiStandingCall[] = []) =>
    keysJson(database.byName(name) as never, database, of(calls)).map(({ label, state }) => [label, state]);

  it('have the states of lines, of lamps, and none', () => {
    expect(shown('DESK').slice(0, 3)).toEqual([
      ['2', 'not registered'],
      ['3', 'not registered'],
      ['lamp 1', 'not registered'],
    ]);
    register('DESK');
    register('BOSS');
    expect(shown('DESK')).toEqual([
      ['2', 'idle'],
      ['3', 'idle'],
      ['lamp 1', 'idle'],
      ['lamp 777', 'elsewhere'],
      ['Taxi', null],
      ['News', null],
    ]);
    const calls = [call(['DESK', '2', 'hold'], ['BOSS', '1', 'connected']), call(['DESK', '2', 'ring-in'])];
    expect(shown('DESK', calls).slice(0, 3)).toEqual([
      ['2', 'ring-in'],
      ['3', 'idle'],
      ['lamp 1', 'connected'],
    ]);
  });

  it('of services show no password', () => {
    expect(keysJson(database.byName('DESK') as never, database, of([])).at(-1)?.number).toBe('http://lab:xxx@news/');
  });

  it('end with the last one that does something', () => {
    expect(shown('BARE')).toEqual([['5', 'not registered']]);
  });
});

describe('over HTTP', () => {
  let lab: ApiHarness;
  afterEach(() => lab.api.close());
  const TOKEN = 'a-token-of-this-test';
  const insight = (file: string | undefined): ApiSources['insight'] => ({
    ...NO_INSIGHT,
    configFile: async () => (file === undefined ? undefined : { name: 'ipctest2.cnf.xml', octets: Buffer.from(file) }),
  });

  it('nobody is told of a device that is not there', async () => {
    lab = await apiHarness();
    expect((await ask(lab, '/api/devices/nobody/changes')).status).toBe(404);
    expect((await ask(lab, '/api/devices/IPCTEST2/changes', { method: 'HEAD' })).headers['content-type']).toBe(
      'text/event-stream',
    );
  });

  it('the file of a device has its name, and needs the token', async () => {
    lab = await apiHarness({ token: TOKEN }, { insight: insight('<device/>') });
    expect((await ask(lab, '/api/devices/ipctest2/config.xml')).status).toBe(401);
    const headers = { authorization: `Bearer ${TOKEN}` };
    const { status, body, headers: got } = await ask(lab, '/api/devices/ipctest2/config.xml', { headers });
    expect([status, body]).toEqual([200, '<device/>']);
    expect(got).toMatchObject({
      'content-type': 'text/xml; charset=utf-8',
      'content-disposition': 'attachment; filename="ipctest2.cnf.xml"',
      'cache-control': 'no-store',
    });
    expect((await ask(lab, '/api/devices/nobody/config.xml', { headers })).status).toBe(404);
  });

  it('a file that cannot be made is no empty one', async () => {
    lab = await apiHarness({}, { insight: insight(undefined) });
    const { status, body } = await ask(lab, '/api/devices/ipctest2/config.xml');
    expect([status, JSON.parse(body).error.code]).toEqual([409, 'not-made']);
  });
});
