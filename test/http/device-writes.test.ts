// The API’s routes that change devices: what reaches the daemon, what is refused before, and who may.

import { afterEach, describe, expect, it } from 'vitest';
import type { DeviceWrite, DeviceWriter, WriteAsker, WriteResult } from '../../src/http/index.js';
import { type ApiHarness, apiHarness } from './api-harness.js';

let harness: ApiHarness | undefined;
afterEach(async () => {
  await harness?.api.close();
  harness = undefined;
});

interface Written {
  readonly write: DeviceWrite;
  readonly asker: WriteAsker;
}

const DONE: WriteResult = { done: true, devices: [{ name: 'A', uuid: 'u', outcome: 'added' }] };

const open = async (
  result: WriteResult | (() => Promise<WriteResult>) = DONE,
  options: Parameters<typeof apiHarness>[0] = {},
): Promise<Written[]> => {
  const written: Written[] = [];
  const writer: DeviceWriter = {
    write: (write, asker) => {
      written.push({ write, asker });
      return typeof result === 'function' ? result() : Promise.resolve(result);
    },
    overrides: () => undefined,
  };
  harness = await apiHarness(options, { writer });
  return written;
};

const JSON_TYPE = { 'content-type': 'application/json' };

const send = async (
  method: string,
  path: string,
  body?: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = JSON_TYPE,
) => {
  const response = await fetch(`${harness?.url}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
  const json = (await response.json()) as { readonly error?: { readonly code: string; readonly message: string } };
  return { status: response.status, json, headers: response.headers };
};

describe('a change of devices', () => {
  it.each<[string, string, unknown, DeviceWrite]>([
    [
      'POST',
      '/api/devices',
      { name: 'A' },
      { op: 'add', devices: [{ name: 'A' }], isList: false, existing: 'refuse', check: false },
    ],
    [
      'POST',
      '/api/devices?existing=replace&check=yes',
      [{ name: 'A' }],
      { op: 'add', devices: [{ name: 'A' }], isList: true, existing: 'replace', check: true },
    ],
    ['PUT', '/api/devices/a%2Fb', { model: 1 }, { op: 'replace', name: 'a/b', device: { model: 1 }, check: false }],
    ['PATCH', '/api/devices/A', { load: null }, { op: 'change', name: 'A', patch: { load: null }, check: false }],
    ['DELETE', '/api/devices/A', undefined, { op: 'remove', name: 'A', check: false }],
    ['DELETE', '/api/devices/A?layer=only', undefined, { op: 'restore', name: 'A', check: false }],
  ])('%s %s reaches the daemon', async (method, path, body, write) => {
    const written = await open();
    const { status, json } = await send(method, path, body === undefined ? undefined : JSON.stringify(body));
    expect(written).toEqual([{ write, asker: { by: 'api', address: '127.0.0.1', token: false } }]);
    expect(status).toBe(path.includes('check') ? 200 : 201);
    expect(json).toEqual({ devices: [{ name: 'A', uuid: 'u', outcome: 'added' }] });
  });

  it.each<[string, string | Uint8Array<ArrayBuffer>, Record<string, string>, number, string]>([
    ['another content type', '{}', { 'content-type': 'text/plain' }, 415, 'content-type'],
    ['a form', 'a=b', { 'content-type': 'application/x-www-form-urlencoded' }, 415, 'content-type'],
    ['no JSON', '{', JSON_TYPE, 400, 'body'],
    ['nothing', '', JSON_TYPE, 400, 'body'],
    ['octets that are no UTF-8', new Uint8Array([0x22, 0xff, 0x22]), JSON_TYPE, 400, 'body'],
    ['a megabyte and an octet', `"${'x'.repeat(1_048_575)}"`, JSON_TYPE, 413, 'too-large'],
    ['half a megabyte of brackets', '['.repeat(500_000), JSON_TYPE, 400, 'body'],
    ['an empty list', '[]', JSON_TYPE, 400, 'body'],
    ['1001 devices', `[${Array(1001).fill('{}').join()}]`, JSON_TYPE, 400, 'body'],
  ])('with %s is refused before the daemon sees it', async (_, body, headers, status, code) => {
    const written = await open();
    const answer = await send('POST', '/api/devices', body, headers);
    expect([answer.status, answer.json.error?.code]).toEqual([status, code]);
    expect(written).toEqual([]);
  });

  it('takes 1000 devices, and a merge patch by its own type', async () => {
    const written = await open();
    await send('POST', '/api/devices', `[${Array(1000).fill('{}').join()}]`);
    await send('PATCH', '/api/devices/A', '{}', { 'content-type': 'application/merge-patch+json; charset=utf-8' });
    expect(written.map(({ write }) => write.op)).toEqual(['add', 'change']);
  });

  it.each<[string, number]>([
    ['faults', 400],
    ['unknown-device', 404],
    ['exists', 409],
    ['auto-registered', 409],
    ['not-in-layer', 409],
    ['too-many-devices', 409],
    ['not-written', 503],
  ])('that is refused as %s is answered %i, with all faults', async (code, status) => {
    const faults = [
      { key: 'model', found: '1', wanted: 'another' },
      { key: 'name', found: '2', wanted: 'another' },
    ];
    await open({ done: false, code: code as 'faults', message: 'no', faults });
    expect(await send('PUT', '/api/devices/A', '{}')).toMatchObject({
      status,
      json: { error: { code, message: 'no', faults } },
    });
  });

  it('is put off where sixteen others wait', async () => {
    const release: (() => void)[] = [];
    await open(() => new Promise((resolve) => void release.push(() => resolve(DONE))));
    const waiting = Array.from({ length: 16 }, () => send('DELETE', '/api/devices/A'));
    while (release.length < 16) await new Promise((resolve) => setImmediate(resolve));
    const answer = await send('DELETE', '/api/devices/A');
    expect([answer.status, answer.json.error?.code, answer.headers.get('retry-after')]).toEqual([
      429,
      'too-many-writes',
      '1',
    ]);
    for (const done of release) done();
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual(Array(16).fill(201));
  });

  it('names the methods of a path', async () => {
    await open();
    const { status, headers } = await send('PUT', '/api/devices', '{}');
    expect([status, headers.get('allow')]).toEqual([405, 'GET, POST']);
  });
});

describe('who may change devices', () => {
  const TOKEN = 'a token of sixteen'.replaceAll(' ', '-');

  it('needs the token where there is one, and it is told that it was there', async () => {
    const written = await open(DONE, { token: TOKEN });
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      const path = method === 'POST' ? '/api/devices' : '/api/devices/A';
      const body = method === 'DELETE' ? undefined : '{}';
      expect((await send(method, path, body)).status, method).toBe(401);
      expect((await send(method, path, body, { ...JSON_TYPE, authorization: 'Bearer wrong' })).status).toBe(401);
      expect((await send(method, path, body, { ...JSON_TYPE, authorization: `Bearer ${TOKEN}` })).status).toBe(201);
    }
    expect(written.map(({ asker }) => asker.token)).toEqual([true, true, true, true]);
  });

  it('is no page of another site', async () => {
    const written = await open();
    for (const headers of [{ origin: 'http://evil.example' }, { 'sec-fetch-site': 'cross-site' }])
      expect((await send('DELETE', '/api/devices/A', undefined, headers as never)).status).toBe(403);
    expect(written).toEqual([]);
  });

  it('is a command of labcm where it says so', async () => {
    const written = await open();
    await send('DELETE', '/api/devices/A', undefined, { 'labcm-client': 'cli' });
    expect(written[0]?.asker.by).toBe('cli');
  });
});
