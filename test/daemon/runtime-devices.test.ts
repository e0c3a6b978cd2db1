// Devices while the daemon runs: the API of a whole daemon, over restarts, reloads and a cut file.

import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { ConfigError } from '../../src/core/errors.js';
import { nameUuid } from '../../src/core/uuid.js';
import { type DeviceDatabase, ENDINGS } from '../../src/devices/index.js';
import type { LabcmEvent } from '../../src/events.js';
import { encode } from '../../src/sccp/messages/catalogue.js';
import { eventually, TestDaemon } from '../support/daemon.js';
import { aCapabilitiesRes, aRegister } from '../support/sccp-harness.js';
import { SccpPhone } from '../support/sccp-phone.js';

let lab: TestDaemon;

beforeEach(async () => {
  lab = new TestDaemon();
  lab.configure();
  await lab.start();
});
afterEach(() => lab.remove());

const layer = (): string => join(lab.folder, 'state', 'devices.jsonl');
const lines = (): Record<string, unknown>[] =>
  readFileSync(layer(), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

const send = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
  const response = await fetch(lab.url(path), {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: response.status, json: (await response.json()) as Record<string, never>, headers: response.headers };
};

const device = async (name: string) => (await send('GET', `/api/devices/${name}`)).json as Record<string, unknown>;
const names = (): string[] => [...lab.daemon.database.devices()].map(({ configured }) => String(configured.name));
const PHONE = { name: 'SEP001122334455', model: '7962', lines: ['5001'] };

const restart = async (): Promise<void> => {
  await lab.stop();
  await lab.start();
};

const eventsOf = <T extends LabcmEvent['type']>(type: T): LabcmEvent[] => {
  const events: LabcmEvent[] = [];
  lab.daemon.bus.on(type, (event) => void events.push(event as LabcmEvent));
  return events;
};

describe('a device that is added at runtime', () => {
  it('is there at once, in the file before the answer, and after a restart', async () => {
    const { status, json } = await send('POST', '/api/devices', PHONE);
    expect(status).toBe(201);
    const uuid = nameUuid('StandAloneCluster', 'phone', PHONE.name);
    expect(json).toEqual({ devices: [{ name: PHONE.name, uuid, outcome: 'added' }] });
    expect(lines()).toEqual([
      {
        v: 1,
        at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        op: 'put',
        name: PHONE.name,
        uuid,
        by: 'api',
        device: { model: '7962', lines: ['5001'] },
      },
    ]);
    expect(await device(PHONE.name)).toMatchObject({ origin: 'runtime', overrides: null, lines: [{ dn: '5001' }] });
    await restart();
    expect(await device(PHONE.name)).toMatchObject({ origin: 'runtime', overrides: null });
    expect(names()).toEqual(['ipctest2', 'SEP005056A1033D', PHONE.name]);
  });

  it('has its file at once, and no longer when it is removed', async () => {
    const file = async (): Promise<number> => {
      const response = await fetch(lab.url(`/${PHONE.name}.cnf.xml`, 'HTTP'));
      await response.arrayBuffer();
      return response.status;
    };
    expect(await file()).toBe(404);
    await send('POST', '/api/devices', PHONE);
    expect(await file()).toBe(200);
    await send('DELETE', `/api/devices/${PHONE.name}`);
    expect(await file()).toBe(404);
    expect(lines().at(-1)).toMatchObject({ op: 'drop', name: PHONE.name });
    await restart();
    expect(names()).toEqual(['ipctest2', 'SEP005056A1033D']);
  });

  it('is refused with every fault at once, and then nothing changes', async () => {
    const { status, json } = await send('POST', '/api/devices', [
      { ...PHONE, colour: 'red', lines: ['50 01'] },
      { name: 'SEP001122334456', model: '7962', group: 'Nowhere' },
      { name: 'ipctest2', model: 'CIPC' },
      { name: 'SEP001122334457', model: '7962' },
      { name: 'sep001122334457', model: '7962' },
    ]);
    expect(status).toBe(400);
    const { code, faults } = (json as unknown as { error: { code: string; faults: { key: string; wanted: string }[] } })
      .error;
    expect(code).toBe('faults');
    expect(faults.map(({ key }) => key).sort()).toEqual([
      'devices.0.colour',
      'devices.0.lines.0.dn',
      'devices.1.group',
      'devices.2.name',
      'devices.4.name',
    ]);
    expect(faults.find(({ key }) => key === 'devices.2.name')?.wanted).toMatch(/lab\.yaml:\d+ has it$/);
    expect(names()).toEqual(['ipctest2', 'SEP005056A1033D']);
  });

  it('is refused where its digest user is another device’s', async () => {
    await send('POST', '/api/devices', {
      ...PHONE,
      model: '7961',
      protocol: 'SIP',
      digest: { user: 'a', password: 'b' },
    });
    const { json } = await send('POST', '/api/devices', {
      name: 'other',
      model: 'CIPC',
      digest: { user: 'a', password: 'c' },
    });
    expect(json).toMatchObject({
      error: { faults: [{ key: 'digest.user', wanted: expect.stringContaining(PHONE.name) }] },
    });
  });

  it('exists: 409; with existing=replace it is replaced; with check=yes nothing is done', async () => {
    await send('POST', '/api/devices', PHONE);
    expect((await send('POST', '/api/devices', PHONE)).status).toBe(409);
    const other = { ...PHONE, lines: ['5009'], description: 'x' };
    expect((await send('POST', '/api/devices?existing=replace&check=yes', other)).json).toMatchObject({
      devices: [{ outcome: 'changed' }],
    });
    expect(await device(PHONE.name)).toMatchObject({ lines: [{ dn: '5001' }] });
    expect((await send('POST', '/api/devices?existing=replace', other)).status).toBe(200);
    expect(await device(PHONE.name)).toMatchObject({ lines: [{ dn: '5009' }] });
  });

  it.each([
    ['POST', '/api/devices', '{"name":"A","model":"7962","__proto__":{"lines":["1"]}}'],
    ['PUT', '/api/devices/A', '{"model":"7962","__proto__":{"x":1},"constructor":{"prototype":{"x":1}}}'],
    ['PATCH', '/api/devices/ipctest2', '{"__proto__":{"lines":["1"]}}'],
    ['POST', '/api/devices', '5'],
    ['PUT', '/api/devices/ipctest2', '[]'],
    ['PATCH', '/api/devices/ipctest2', '"x"'],
    ['PATCH', '/api/devices/ipctest2', '{"name":"other"}'],
  ])('does not take %s %s %s', async (method, path, body) => {
    const { status } = await send(method, path, body);
    expect(status).toBe(400);
    expect(({} as Record<string, unknown>).x).toBeUndefined();
    expect(await device('ipctest2')).toMatchObject({ origin: 'configured', lines: [{ dn: '5002' }] });
  });

  it('keeps the case of its name', async () => {
    await send('PUT', '/api/devices/IPCTEST2', { name: 'IPCtest2', model: 'CIPC', lines: ['5002'] });
    await send('DELETE', '/api/devices/sep005056a1033d');
    await send('POST', '/api/devices', { name: 'sep005056a1033d', model: 'CIPC' });
    const before = names();
    expect(before.toSorted()).toEqual(['SEP005056A1033D', 'ipctest2']);
    await restart();
    expect(names().toSorted()).toEqual(before.toSorted());
  });

  it('is not written again where nothing changes', async () => {
    await send('POST', '/api/devices', PHONE);
    expect((await send('PUT', `/api/devices/${PHONE.name}`, { model: 7962, lines: [5001] })).json).toMatchObject({
      devices: [{ outcome: 'unchanged' }],
    });
    expect(lines()).toHaveLength(1);
  });
});

describe('a device of a file', () => {
  it('is changed key by key; null takes a key away; the layer wins and both places are named', async () => {
    await send('PATCH', '/api/devices/IPCTEST2', { description: 'Lobby', lines: [{ dn: '5002', label: 'Desk' }] });
    expect(await device('ipctest2')).toMatchObject({
      description: 'Lobby',
      lines: [{ dn: '5002', label: 'Desk' }],
      mac: '005056A1033D',
      origin: 'runtime',
      overrides: { file: lab.configPath, line: expect.any(Number) },
    });
    await send('PATCH', '/api/devices/ipctest2', { description: null });
    expect(lines().at(-1)?.device).toEqual({ description: null, lines: [{ dn: '5002', label: 'Desk' }] });
    await restart();
    expect(await device('ipctest2')).toMatchObject({ description: '', lines: [{ dn: '5002', label: 'Desk' }] });
  });

  it('is the file’s again when the layer says the same as the file, or is taken away', async () => {
    await send('PATCH', '/api/devices/ipctest2', { description: 'Lobby' });
    await send('PATCH', '/api/devices/ipctest2', { description: null });
    expect(await device('ipctest2')).toMatchObject({ origin: 'configured', overrides: null });
    await send('PATCH', '/api/devices/ipctest2', { description: 'Lobby' });
    expect((await send('DELETE', '/api/devices/ipctest2?layer=only')).json).toMatchObject({
      devices: [{ name: 'ipctest2', outcome: 'restored' }],
    });
    expect(await device('ipctest2')).toMatchObject({ origin: 'configured', description: '' });
    expect((await send('DELETE', '/api/devices/ipctest2?layer=only')).status).toBe(409);
    await restart();
    expect(await device('ipctest2')).toMatchObject({ origin: 'configured', description: '' });
  });

  it('is replaced as a whole by PUT', async () => {
    await send('PUT', '/api/devices/ipctest2', { model: 'CIPC', lines: ['5077'] });
    expect(await device('ipctest2')).toMatchObject({ mac: null, lines: [{ dn: '5077' }], protocol: 'SCCP' });
    await restart();
    expect(await device('ipctest2')).toMatchObject({ mac: null, lines: [{ dn: '5077' }] });
  });

  it('stays removed over restarts and reloads until its entry changes', async () => {
    expect((await send('DELETE', '/api/devices/ipctest2')).json).toMatchObject({
      devices: [{ name: 'ipctest2', outcome: 'removed' }],
    });
    expect(names()).toEqual(['SEP005056A1033D']);
    await lab.daemon.reload();
    await restart();
    expect(names()).toEqual(['SEP005056A1033D']);
    lab.configure('devices:\n  - { name: ipctest2, model: CIPC, protocol: SCCP, lines: ["5003"] }\n');
    await lab.daemon.reload();
    expect(names()).toEqual(['ipctest2']);
    lab.configure();
    await lab.daemon.reload();
    expect(names()).toContain('ipctest2');
    await restart();
    expect(names()).toContain('ipctest2');
  });

  it('can be added again after it was removed, and is then exactly what was added', async () => {
    await send('DELETE', '/api/devices/ipctest2');
    expect((await send('POST', '/api/devices', { name: 'ipctest2', model: '7962' })).status).toBe(201);
    expect(await device('ipctest2')).toMatchObject({ mac: null, lines: [], model: { name: 'Cisco 7962' } });
    await restart();
    expect(await device('ipctest2')).toMatchObject({ mac: null, lines: [], model: { name: 'Cisco 7962' } });
  });
});

describe('SIGHUP', () => {
  it('lays the layer over the files again, and ends what the files say by now', async () => {
    await send('POST', '/api/devices', PHONE);
    await send('PATCH', '/api/devices/ipctest2', { description: 'Lobby' });
    lab.configure(`
devices:
  - { name: ipctest2, model: CIPC, protocol: SCCP, lines: ["5099"] }
  - { name: SEP001122334455, model: 7962, lines: ["5001"] }
`);
    const laid = eventsOf('daemon.devices-laid');
    await lab.daemon.reload();
    expect(await device('ipctest2')).toMatchObject({ description: 'Lobby', lines: [{ dn: '5099' }], mac: null });
    expect(await device(PHONE.name)).toMatchObject({ origin: 'configured' });
    expect(laid).toMatchObject([{ put: 1, dropped: 0, ended: [PHONE.name], cut: undefined }]);
  });

  it('changes nothing where the layer and the new files do not fit, and says which line', async () => {
    await send('PATCH', '/api/devices/ipctest2', { lines: ['5002', '5003'] });
    lab.configure('devices:\n  - { name: ipctest2, model: 7910 , lines: ["5002"] }\n');
    await expect(lab.daemon.reload()).rejects.toThrow(/devices\.jsonl.*ipctest2\.lines: found 2 lines/);
    expect(await device('ipctest2')).toMatchObject({ model: { name: 'Cisco IP Communicator' } });
    await lab.stop();
    await expect(lab.start()).rejects.toThrow(/devices\.jsonl:1: ipctest2\.lines/);
  });
});

describe('the file of the layer', () => {
  it('may end in the middle of a line, which is told and left out', async () => {
    await send('POST', '/api/devices', PHONE);
    await send('POST', '/api/devices', { ...PHONE, name: 'SEP001122334456' });
    const whole = readFileSync(layer(), 'utf8');
    const [first = ''] = whole.split('\n');
    await lab.stop();
    writeFileSync(layer(), whole.slice(0, -1)); // complete, but for the end that would have been acknowledged
    await lab.start();
    expect(names()).toEqual(['ipctest2', 'SEP005056A1033D', PHONE.name]);
    expect(readFileSync(layer(), 'utf8')).toBe(`${first}\n`);
    await eventually(() => expect(lab.log('ccm.txt')).toContain('Devices of the layer|'));
    expect(lab.log('ccm.txt')).toMatch(/Put=1\|Dropped=0\|Ended=\|Cut=2/);
    await send('POST', '/api/devices', { ...PHONE, name: 'SEP001122334457' });
    await restart();
    expect(names()).toEqual(['ipctest2', 'SEP005056A1033D', PHONE.name, 'SEP001122334457']);
  });

  it('that cannot be read prevents the start, with every fault, its line and what helps', async () => {
    await send('POST', '/api/devices', PHONE);
    await lab.stop();
    appendFileSync(layer(), 'what is this\n{"v":2,"at":"x","op":"give","name":"a b","uuid":"x"}\n');
    const error = await lab.start().catch((failed: unknown) => failed);
    expect(error).toBeInstanceOf(ConfigError);
    const { faults } = error as ConfigError;
    expect(faults.map(({ line, key }) => [line, key])).toEqual([
      [2, 'JSON'],
      [3, 'v'],
      [3, 'op'],
      [3, 'name'],
    ]);
    for (const { file, wanted } of faults) {
      expect(file).toBe(layer());
      expect(wanted).toContain('take the line out');
    }
  });

  it('is compacted at the start when more than half of it is history', async () => {
    await send('POST', '/api/devices', PHONE);
    await send('PATCH', `/api/devices/${PHONE.name}`, { description: 'a' });
    await restart();
    expect(lines()).toHaveLength(2);
    await send('PATCH', `/api/devices/${PHONE.name}`, { description: 'b' });
    await restart();
    expect(lines()).toMatchObject([{ op: 'put', device: { description: 'b', lines: ['5001'] } }]);
  });

  it('holds passwords and is its owner’s alone', async () => {
    await send('POST', '/api/devices', PHONE);
    const { statSync } = await import('node:fs');
    expect(statSync(layer()).mode & 0o777).toBe(0o600);
  });
});

describe('a change', () => {
  it('is told in the trace with who asked', async () => {
    const written = eventsOf('daemon.devices-written');
    await send('POST', '/api/devices', PHONE, { 'labcm-client': 'cli' });
    expect(written).toMatchObject([
      {
        devices: { added: 1 },
        names: [PHONE.name],
        keys: ['name', 'model', 'lines'],
        by: 'cli',
        address: '127.0.0.1',
        token: false,
      },
    ]);
    await eventually(() =>
      expect(lab.log('ccm.txt')).toContain(
        `Devices changed at runtime|added 1: ${PHONE.name}|Keys=name,model,lines|By=cli from 127.0.0.1 without the token`,
      ),
    );
  });

  it('changes many at once and all at the end', async () => {
    const all = await Promise.all(
      Array.from({ length: 10 }, (_, index) => send('POST', '/api/devices', { name: `phone${index}`, model: '7962' })),
    );
    expect(all.map(({ status }) => status)).toEqual(all.map(() => 201));
    await restart();
    expect(names()).toHaveLength(12);
  });

  it('is bounded by policy.maxDevices', async () => {
    await lab.stop();
    await lab.start(['policy.maxDevices=1']);
    await send('POST', '/api/devices', PHONE);
    expect((await send('POST', '/api/devices', { name: 'other', model: '7962' })).json).toMatchObject({
      error: { code: 'too-many-devices' },
    });
  });
});

/** What the phones speak. */
const VERSION = 20;

describe('a phone', () => {
  const phoneAt = async (): Promise<SccpPhone> => {
    const phone = await SccpPhone.connect(lab.endpoint('SCCP').port);
    onTestFinished(async () => void (await phone.close()));
    return phone;
  };
  const register = (phone: SccpPhone): void =>
    phone.write(encode('RegisterReqMessage', aRegister('ipctest2', { protocolVer: VERSION }), 0));

  it('that is added while it asks is let in at its next attempt, and its neighbour notices nothing', async () => {
    const neighbour = await phoneAt();
    await neighbour.comeUp('ipctest2');
    const before = await device('ipctest2');
    await send('POST', '/api/devices', { name: 'newcomer', model: 'CIPC', lines: ['5050'] });
    const phone = await phoneAt();
    await phone.comeUp('newcomer');
    expect(await device('newcomer')).toMatchObject({ status: 'Registered' });
    expect((await device('ipctest2')).registeredAt).toBe(before.registeredAt);
  });

  it('in the middle of a registration comes up with what was changed meanwhile', async () => {
    const phone = await phoneAt();
    register(phone);
    await phone.until(0x9b);
    await send('PATCH', '/api/devices/ipctest2', { lines: ['5002', '5003'] });
    expect(await device('ipctest2')).toMatchObject({ state: 'registering' });
    phone.write(encode('CapabilitiesResMessage', aCapabilitiesRes(), VERSION));
    await eventually(async () =>
      expect(await device('ipctest2')).toMatchObject({
        status: 'Registered',
        registration: { lines: ['5002', '5003'] },
      }),
    );
  });

  it.each([
    ['is removed', 'DELETE', undefined],
    ['gets another protocol', 'PATCH', { protocol: 'SIP' }],
    ['is suspended', 'PATCH', { suspended: true }],
  ])('in the middle of a registration that %s ends with 14', async (_, method, body) => {
    const ended = eventsOf('device.unregistered');
    const phone = await phoneAt();
    register(phone);
    await phone.until(0x9b);
    expect((await send(method, '/api/devices/ipctest2', body)).status).toBe(200);
    await phone.ended;
    expect(ended).toMatchObject([{ device: 'ipctest2', reason: 'reconfigured' }]);
    expect(ENDINGS.reconfigured.number).toBe(14);
  });

  it('that is registered stays so when another key of it is changed, and when its entry moves into the file', async () => {
    const phone = await phoneAt();
    await phone.comeUp('ipctest2');
    const { registeredAt } = await device('ipctest2');
    await send('PATCH', '/api/devices/ipctest2', { description: 'Lobby' });
    lab.configure(
      'devices:\n  - { name: ipctest2, mac: "00:50:56:A1:03:3D", model: CIPC, lines: [5002], description: Lobby }\n',
    );
    await lab.daemon.reload();
    expect(await device('ipctest2')).toMatchObject({ origin: 'configured', status: 'Registered', registeredAt });
  });
});

describe('a device that auto-registration made', () => {
  it('can be changed and then stays, and is not removed', async () => {
    await lab.stop();
    await lab.start(['autoRegistration.enabled=true', 'autoRegistration.range=1000-1999']);
    const phone = await SccpPhone.connect(lab.endpoint('SCCP').port);
    onTestFinished(async () => void (await phone.close()));
    await phone.comeUp('SEP00AABBCCDDEE');
    expect(await device('SEP00AABBCCDDEE')).toMatchObject({ origin: 'auto-registered' });
    expect((await send('DELETE', '/api/devices/SEP00AABBCCDDEE')).json).toMatchObject({
      error: { code: 'auto-registered' },
    });
    expect((await send('PATCH', '/api/devices/SEP00AABBCCDDEE', { description: 'Kitchen' })).status).toBe(200);
    await restart();
    expect(await device('SEP00AABBCCDDEE')).toMatchObject({
      origin: 'runtime',
      description: 'Kitchen',
      lines: [{ dn: '1000' }],
    });
  });
});

describe('forty thousand devices in a file, and a thousand in the layer', () => {
  it('are changed one at a time, without a look at the others', async () => {
    await lab.stop();
    const rows = Array.from(
      { length: 40_000 },
      (_, index) => `SEP${String(index).padStart(12, '0')},7962,${10_000 + index}`,
    );
    writeFileSync(join(lab.folder, 'phones.csv'), `name,model,lines\n${rows.join('\n')}\n`);
    lab.configure('devicesFile: phones.csv\n');
    await lab.start();
    const many = Array.from({ length: 1000 }, (_, index) => ({
      name: `more${index}`,
      model: '7962',
      lines: [`9${index}`],
    }));
    expect((await send('POST', '/api/devices', many)).status).toBe(201);
    const looks = countedLooks(lab.daemon.database);
    await send('PATCH', '/api/devices/SEP000000020000', { description: 'Lobby' });
    await send('POST', '/api/devices', { name: 'one', model: '7962' });
    await send('DELETE', '/api/devices/SEP000000020001');
    expect(looks()).toBe(0);
    expect(lab.daemon.database.size).toBe(41_000);
    await restart();
    expect(lab.daemon.database.size).toBe(41_000);
    expect(await device('SEP000000020000')).toMatchObject({ description: 'Lobby', overrides: { line: 20_002 } });
  });
});

/** How often all devices were walked over since. */
const countedLooks = (database: DeviceDatabase): (() => number) => {
  const walk = vi.spyOn(database, 'devices');
  const configure = vi.spyOn(database, 'configure');
  return () => walk.mock.calls.length + configure.mock.calls.length;
};
