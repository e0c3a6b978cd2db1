// Where a line forwards and whether a phone may be disturbed, set while the daemon runs: kept over restarts and reloads, on
// every device of the line, and refused where it leads nowhere.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DeviceName } from '../../src/core/identifiers.js';
import { FeatureKeeping } from '../../src/daemon/feature-keeping.js';
import type { LabcmEvent } from '../../src/events.js';
import type { DeviceWrite, WriteAsker } from '../../src/http/index.js';
import { eventually, TestDaemon } from '../support/daemon.js';

let lab: TestDaemon;

beforeEach(async () => {
  lab = new TestDaemon();
  lab.configure();
  await lab.start();
  for (const [name, lines] of [
    ['SEP001122334455', ['5001']],
    ['SEP001122334456', ['5001', '5009']],
    ['SEP001122334457', ['5003']],
  ] as const)
    await send('POST', '/api/devices', { name, model: '7962', lines });
});
afterEach(() => lab.remove());

const send = async (method: string, path: string, body?: unknown) => {
  const response = await fetch(lab.url(path), {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, json: (await response.json()) as never };
};

const forwardsOf = (name: string): Record<string, unknown> =>
  Object.fromEntries(
    lab.daemon.database.byName(name)?.configured.lines.map(({ dn, forward }) => {
      const { after: _, ...set } = forward;
      return [dn, Object.fromEntries(Object.entries(set).filter(([, number]) => number !== undefined))];
    }) ?? [],
  );
const doNotDisturbOf = (name: string) => lab.daemon.database.byName(name)?.configured.doNotDisturb;
const lastBy = (): unknown =>
  (
    JSON.parse(
      readFileSync(join(lab.folder, 'state', 'devices.jsonl'), 'utf8')
        .trim()
        .split('\n')
        .at(-1) ?? '',
    ) as {
      by: unknown;
    }
  ).by;

const eventsOf = <T extends LabcmEvent['type']>(type: T): LabcmEvent[] => {
  const events: LabcmEvent[] = [];
  lab.daemon.bus.on(type, (event) => void events.push(event as LabcmEvent));
  return events;
};

describe('the forward of a line', () => {
  it('holds on every device of it, after a restart and a reload', async () => {
    const set = eventsOf('device.forward-set');
    const { status, json } = await send('PUT', '/api/lines/5001/forward', { all: '5003', busy: 5009 });
    expect([status, json]).toMatchObject([
      200,
      { devices: [{ name: 'SEP001122334455', outcome: 'changed' }, { name: 'SEP001122334456' }] },
    ]);
    const wanted = { '5001': { all: '5003', busy: '5009' } };
    expect([forwardsOf('SEP001122334455'), forwardsOf('SEP001122334456')]).toEqual([wanted, { ...wanted, '5009': {} }]);
    expect(set).toMatchObject([
      { device: 'SEP001122334455', dn: '5001', kind: 'all', to: '5003', by: 'api' },
      { device: 'SEP001122334455', kind: 'busy', to: '5009' },
      { device: 'SEP001122334456', kind: 'all' },
      { device: 'SEP001122334456', kind: 'busy' },
    ]);
    await lab.stop();
    await lab.start();
    expect(forwardsOf('SEP001122334456')['5001']).toEqual(wanted['5001']);
    await lab.daemon.reload();
    expect(forwardsOf('SEP001122334456')['5001']).toEqual(wanted['5001']);
    expect((await send('GET', '/api/devices/SEP001122334455')).json).toMatchObject({
      forwards: [{ dn: '5001', all: '5003', busy: '5009', noAnswer: null, unregistered: null }],
    });
  });

  it('ends where it is set to null or off, and leaves the others alone', async () => {
    await send('PUT', '/api/lines/5001/forward', { all: '5003', busy: '5003' });
    await send('PUT', '/api/lines/5001/forward', { all: null });
    expect(forwardsOf('SEP001122334455')).toEqual({ '5001': { busy: '5003' } });
    await send('PUT', '/api/lines/5001/forward', { busy: 'off' });
    expect(forwardsOf('SEP001122334455')).toEqual({ '5001': {} });
  });

  it.each([
    ['5001', { all: '5001' }, 400, 'a number other than that of the line itself'],
    ['5001', { noAnswer: '9999' }, 400, 'a number that leads to a phone'],
    ['5001', { all: '*74' }, 400, 'a number that leads to a phone'],
    ['5001', { all: '*735003' }, 400, 'a number that leads to a phone'],
    ['5001', { sometimes: '5003' }, 400, 'sometimes'],
    ['5001', { all: {} }, 400, 'a number to dial'],
    ['5001', [], 400, 'a mapping of keys to values'],
    ['7777', { all: '5003' }, 404, 'no device has the line 7777'],
  ])('of %s is refused as %j', async (dn, body, status, words) => {
    const answer = await send('PUT', `/api/lines/${dn}/forward`, body);
    expect(answer.status).toBe(status);
    expect(JSON.stringify(answer.json)).toContain(words);
    expect(forwardsOf('SEP001122334455')).toEqual({ '5001': {} });
  });
});

describe('do not disturb', () => {
  it('holds after a restart, and ends', async () => {
    const set = eventsOf('device.do-not-disturb-set');
    await send('PUT', '/api/devices/SEP001122334455/dnd', { doNotDisturb: 'reject' });
    expect(doNotDisturbOf('SEP001122334455')).toBe('reject');
    await lab.stop();
    await lab.start();
    expect(doNotDisturbOf('SEP001122334455')).toBe('reject');
    await send('PUT', '/api/devices/SEP001122334455/dnd', { doNotDisturb: 'off' });
    expect(doNotDisturbOf('SEP001122334455')).toBeUndefined();
    expect(set).toMatchObject([{ device: 'SEP001122334455', doNotDisturb: 'reject', by: 'api' }]);
  });

  it.each([{ doNotDisturb: 'maybe' }, { lines: [] }, {}, 'on'])('is refused as %j', async (body) => {
    expect((await send('PUT', '/api/devices/SEP001122334455/dnd', body)).status).toBe(400);
    expect(doNotDisturbOf('SEP001122334455')).toBeUndefined();
  });
});

describe('what a phone sets', () => {
  it('is kept with its name', async () => {
    const set = eventsOf('device.forward-set');
    const keeping = new FeatureKeeping({
      clock: { now: () => 0 as never },
      write: (write, asker) => lab.daemon.changeDevices(write, asker),
      addressOf: () => '10.0.0.1',
      publish: (event) => lab.daemon.bus.publish(event),
    });
    keeping.keepForward('SEP001122334455' as DeviceName, '5001', 'all', '5003');
    await eventually(() => expect(forwardsOf('SEP001122334456')['5001']).toEqual({ all: '5003' }));
    expect(set[0]).toMatchObject({ by: 'phone', byDevice: 'SEP001122334455' });
    expect(lastBy()).toBe('SEP001122334455');
  });

  it('is written one after the other, of several wishes for one line the last', async () => {
    const written: unknown[] = [];
    let go: () => void = () => {};
    const first = new Promise<void>((resolve) => {
      go = resolve;
    });
    const keeping = new FeatureKeeping({
      clock: { now: () => 0 as never },
      write: async (write: DeviceWrite, _asker: WriteAsker) => {
        written.push('forward' in write ? write.forward : undefined);
        await first;
        return { done: true, devices: [] };
      },
      addressOf: () => undefined,
      publish: () => {},
    });
    for (let number = 0; number < 1_000; number += 1)
      keeping.keepForward('SEP001122334455' as DeviceName, '5001', 'all', String(number));
    expect(written).toEqual([{ all: '0' }]);
    go();
    await eventually(() => expect(written).toEqual([{ all: '0' }, { all: '999' }]));
  });

  it('and cannot be kept is told', async () => {
    const told: unknown[] = [];
    const keeping = new FeatureKeeping({
      clock: { now: () => 7 as never },
      write: async () => ({ done: false, code: 'not-written', message: 'no space', faults: [] }),
      addressOf: () => undefined,
      publish: (event) => told.push(event),
    });
    keeping.keepDoNotDisturb('SEP001122334455' as DeviceName, 'reject');
    await eventually(() =>
      expect(told).toEqual([
        expect.objectContaining({ type: 'call.feature-refused', at: 7, reason: 'not-kept', detail: 'no space' }),
      ]),
    );
  });
});
