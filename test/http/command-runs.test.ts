// Commands to many devices: the pace, who is told, and what is refused.

import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EventBus } from '../../src/core/event-bus.js';
import { DeviceDatabase } from '../../src/devices/index.js';
import type { LabcmEvent } from '../../src/events.js';
import { type CommandOrder, CommandRuns, MOST_IN_HAND, MOST_REMEMBERED } from '../../src/http/api/command-runs.js';
import type { CommandAnswer } from '../../src/http/index.js';
import { aDevice, anAttempt } from '../support/devices.js';
import { ManualClock } from '../support/manual-clock.js';
import { type ApiHarness, apiHarness, ask } from './api-harness.js';

const nameOf = (index: number): string => `SEP${String(index).padStart(12, '0')}`;

describe('runs of commands', () => {
  let clock: ManualClock;
  let database: DeviceDatabase;
  let told: string[];
  let events: LabcmEvent[];
  let runs: CommandRuns;
  /** Asks another node. */
  let elsewhere: (() => Promise<CommandAnswer>) | undefined;

  const register = (count: number): readonly string[] => {
    const names = Array.from({ length: count }, (_, index) => nameOf(index));
    database.configure([...names.map((name) => aDevice(name)), aDevice('absent')], clock.now());
    for (const [link, name] of names.entries())
      if (!database.register(anAttempt(name, 'SCCP', { link }), clock.now()).accepted) throw new Error('refused');
    return names;
  };

  const begin = (order: Omit<CommandOrder, 'askedFrom'>) => runs.begin({ ...order, askedFrom: '10.0.0.9' });

  beforeEach(() => {
    clock = new ManualClock();
    told = [];
    elsewhere = undefined;
    const bus = new EventBus<LabcmEvent>((error) => {
      throw error;
    });
    events = [];
    bus.on('http.commands-begun', (event) => events.push(event));
    bus.on('http.commands-ended', (event) => events.push(event));
    database = new DeviceDatabase(bus);
    runs = new CommandRuns({
      clock,
      bus,
      devices: database,
      command: (device, command) => {
        told.push(`${command} ${device}`);
        return elsewhere?.() ?? 'sent';
      },
    });
  });
  afterEach(() => {
    runs.close();
    expect(clock.armed).toBe(0);
  });

  it('tell as many devices a second as they may', () => {
    const names = register(200);
    const run = begin({ command: 'reset', names, perSecond: 50 });
    const counts = Array.from({ length: 5 }, () => {
      clock.advance(1_000);
      return told.length;
    });
    expect(counts).toEqual([55, 105, 155, 200, 200]);
    expect(run).toMatchObject({ state: 'done', sent: 200 });
    expect(new Set(told).size).toBe(200);
    expect(told[0]).toBe(`reset ${nameOf(0)}`);
    const about = { run: 1, command: 'reset', devices: 200 };
    expect(events).toMatchObject([
      { type: 'http.commands-begun', ...about, address: '10.0.0.9', perSecond: 50 },
      { type: 'http.commands-ended', ...about, sent: 200, untold: 0, stopped: false },
    ]);
  });

  it('lose no time with devices that are not there', () => {
    register(1);
    const names = [...Array.from({ length: 500 }, () => 'absent'), 'nobody', nameOf(0)];
    const run = begin({ command: 'restart', names, perSecond: 1 });
    expect(told).toEqual([`restart ${nameOf(0)}`]);
    expect(run).toMatchObject({ state: 'done', sent: 1, untold: { 'not-registered': 500, 'unknown-device': 1 } });
    expect(run?.untoldDevices).toHaveLength(501);
    expect(run?.untoldDevices[0]).toEqual({ device: 'absent', reason: 'not-registered' });
  });

  it('wait for other nodes, and name the devices of those that are silent', async () => {
    const names = register(3);
    const answers: ((outcome: CommandAnswer) => void)[] = [];
    elsewhere = () => new Promise((resolve) => answers.push(resolve));
    const run = begin({ command: 'reset', names, perSecond: 1_000 });
    clock.advance(60_000);
    expect(run).toMatchObject({ state: 'running', sent: 0 });
    const [first, second, third] = answers;
    first?.('sent');
    second?.({ silent: 'CM2' });
    third?.('not-registered');
    await Promise.resolve();
    clock.advance(200);
    expect(run).toMatchObject({ state: 'done', sent: 1, untold: { 'not-registered': 1, 'node-silent': 1 } });
    expect(run?.untoldDevices).toContainEqual({ device: names[1], reason: 'node-silent' });
  });

  it('leave out a turn that is late', () => {
    const names = register(50);
    begin({ command: 'reset', names, perSecond: 10 });
    expect(told).toHaveLength(1);
    clock.standStill(2_000);
    clock.advance(0);
    expect(told).toHaveLength(1);
    clock.advance(100);
    expect(told).toHaveLength(2);
  });

  it('come one after the other, and end when they are stopped', () => {
    const names = register(30);
    const first = begin({ command: 'reset', names, perSecond: 10 });
    const second = begin({ command: 'apply', names, perSecond: 10 });
    clock.advance(1_000);
    expect([first?.state, second?.state]).toEqual(['running', 'waiting']);
    expect(runs.stop(first?.id ?? 0)).toMatchObject({ state: 'stopped', sent: 11 });
    expect(events.at(-1)).toMatchObject({ run: 1, sent: 11, stopped: true });
    clock.advance(10_000);
    expect(second).toMatchObject({ state: 'done', sent: 30 });
    expect(runs.stop(second?.id ?? 0)?.state).toBe('done');
    expect(runs.stop(999)).toBeUndefined();
  });

  it('are refused where many are in hand, and forgotten where many have ended', () => {
    const names = register(2);
    for (let count = 0; count < MOST_IN_HAND; count += 1)
      expect(begin({ command: 'reset', names, perSecond: 1 })).toBeDefined();
    expect(begin({ command: 'reset', names, perSecond: 1 })).toBeUndefined();
    clock.advance(60_000);
    for (let count = 0; count < 2 * MOST_REMEMBERED; count += 1) {
      begin({ command: 'reset', names, perSecond: 1_000 });
      clock.advance(1_000);
    }
    expect(runs.all).toHaveLength(MOST_REMEMBERED);
    expect(runs.run(1)).toBeUndefined();
    expect(runs.all[0]?.id).toBe(MOST_IN_HAND + 2 * MOST_REMEMBERED);
  });
});

describe('/api/commands', () => {
  let lab: ApiHarness;
  const TOKEN = 'a-token-of-this-test';
  afterEach(() => lab.api.close());

  const send = (body: unknown, headers: Record<string, string> = {}): Promise<{ status: number; body: string }> =>
    new Promise((resolve, reject) => {
      const sent = request(
        `${lab.url}/api/commands`,
        { method: 'POST', headers: { 'Content-Type': 'application/json', ...headers }, agent: false },
        (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (piece: string) => {
            text += piece;
          });
          response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
        },
      );
      sent.on('error', reject);
      sent.end(JSON.stringify(body));
    });

  it.each([
    [{ command: 'reset', devices: ['IPCTEST2', 'ipctest2', 'nobody'] }, 2, ['ipctest2', 'nobody']],
    [{ command: 'restart', filter: { protocol: 'sccp' } }, 1, ['ipctest2']],
    [{ command: 'apply', filter: {}, perSecond: 1_000 }, 2, ['ipctest2', 'SEP005056A1033D']],
    [{ command: 'reset', filter: { name: 'SEP0050*', status: 'registered' } }, 0, []],
  ])('takes %j', async (body, devices, names) => {
    lab = await apiHarness();
    const { status, body: text } = await send(body);
    const run = JSON.parse(text);
    expect(status).toBe(202);
    expect(run).toMatchObject({ command: body.command, devices, id: 1 });
    expect(run.untoldDevices.map(({ device }: { device: string }) => device)).toEqual(names);
    const { body: again } = await ask(lab, '/api/commands/1');
    expect(JSON.parse(again)).toMatchObject({ id: 1, state: 'done', left: 0 });
    expect(JSON.parse((await ask(lab, '/api/commands')).body).runs).toHaveLength(1);
    expect((await ask(lab, '/api/commands/1', { method: 'DELETE' })).status).toBe(200);
  });

  it.each([
    [[], 'body: found what is no object'],
    [{ command: 'explode', devices: ['ipctest2'] }, 'command: found "explode"'],
    [{ command: 'reset' }, 'found neither devices nor filter'],
    [{ command: 'reset', devices: [], filter: {} }, 'found devices and filter'],
    [{ command: 'reset', devices: [] }, 'devices: found what is no such list'],
    [{ command: 'reset', devices: [7] }, 'devices: found what is no such list'],
    [{ command: 'reset', filter: { colour: 'red' } }, 'filter: found colour, wanted one of status'],
    [{ command: 'reset', filter: { status: 'well' } }, 'filter: status: found well, wanted one of Unknown'],
    [{ command: 'reset', filter: { name: '*'.repeat(201) } }, 'filter: name: found 201 characters, wanted at most 200'],
    [{ command: 'reset', filter: { name: 7 } }, 'filter.name: found 7, wanted a text'],
    [{ command: 'reset', filter: {}, perSecond: 0 }, 'perSecond: found 0, wanted 1 to 1000'],
    [{ command: 'reset', filter: {}, when: 'now' }, 'when: found a key that is not known'],
  ])('refuses %j', async (body, message) => {
    lab = await apiHarness();
    const { status, body: text } = await send(body);
    expect([status, JSON.parse(text).error.message]).toEqual([400, expect.stringContaining(message)]);
    expect(lab.commands).toEqual([]);
  });

  it('needs the token where there is one, and says which run is not known', async () => {
    lab = await apiHarness({ token: TOKEN });
    const body = { command: 'reset', filter: {} };
    expect((await send(body)).status).toBe(401);
    expect((await send(body, { authorization: `Bearer ${TOKEN}` })).status).toBe(202);
    expect((await ask(lab, '/api/commands/1', { method: 'DELETE' })).status).toBe(401);
    for (const id of ['7', 'x', '-1'])
      expect(JSON.parse((await ask(lab, `/api/commands/${id}`)).body).error.code).toBe('unknown-run');
  });
});
