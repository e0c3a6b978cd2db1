// The API's route that pushes to phones: what reaches the daemon, what is refused before, and how answers are told.

import { afterEach, describe, expect, it } from 'vitest';
import type { ApiPush, ApiPushResult } from '../../src/http/index.js';
import { type ApiHarness, apiHarness } from './api-harness.js';

let harness: ApiHarness | undefined;
afterEach(async () => {
  await harness?.api.close();
  harness = undefined;
});

const DONE: ApiPushResult = {
  device: 'ipctest2',
  address: '10.10.210.200',
  transport: 'HTTP',
  outcome: 'done',
  answer: 'the phone did it',
  milliseconds: 12,
};

const open = async (result: ApiPushResult = DONE, options: Parameters<typeof apiHarness>[0] = {}) => {
  const pushed: [string, ApiPush][] = [];
  const push = async (device: string, asked: ApiPush): Promise<ApiPushResult> => {
    pushed.push([device, asked]);
    return result;
  };
  harness = await apiHarness(options, { push });
  return pushed;
};

const post = async (body: unknown, name = 'IPCTEST2', headers: Record<string, string> = {}) => {
  const response = await fetch(`${harness?.url}/api/devices/${name}/push`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const json = (await response.json()) as { readonly error?: { readonly code: string; readonly message: string } };
  return { status: response.status, json };
};

describe('POST /api/devices/{name}/push', () => {
  it.each<[unknown, ApiPush]>([
    [{ text: 'Hello' }, { text: 'Hello', title: 'labcm' }],
    [
      { text: 'Hello', title: 'Note' },
      { text: 'Hello', title: 'Note' },
    ],
    [{ url: 'http://a/' }, { uris: ['http://a/'], priority: 0 }],
    [
      { execute: 'Key:Info', priority: 2 },
      { uris: ['Key:Info'], priority: 2 },
    ],
    [{ execute: ['Key:Info', 'Key:Soft1'] }, { uris: ['Key:Info', 'Key:Soft1'], priority: 0 }],
  ])('%j is pushed to the device by its own name', async (body, push) => {
    const pushed = await open();
    expect(await post(body)).toEqual({ status: 200, json: DONE });
    expect(pushed).toEqual([['ipctest2', push]]);
  });

  it.each<[unknown, number, string, RegExp]>([
    ['{', 400, 'body', /JSON/],
    [[], 400, 'body', /wanted a mapping/],
    [null, 400, 'body', /wanted a mapping/],
    [{}, 400, 'body', /one of text, url and execute/],
    [{ text: 'x', url: 'http://a/' }, 400, 'body', /one of text, url and execute/],
    [{ text: 5 }, 400, 'body', /text: wanted/],
    [{ text: 'x', priority: 1 }, 400, 'body', /text: wanted/],
    [{ url: 'http://a/', title: 'x' }, 400, 'body', /title/],
    [{ execute: [5] }, 400, 'body', /execute/],
    [{ execute: 'Key:Info', priority: 3 }, 400, 'body', /priority: found 3/],
    [{ text: 'x', address: '10.0.0.1' }, 400, 'body', /address: found an unknown key/],
    [{ text: 'x'.repeat(2_000_000) }, 413, 'too-large', /octets/],
  ])('%# is refused before it reaches a phone', async (body, status, code, message) => {
    const pushed = await open();
    const answer = await post(body);
    expect(answer).toMatchObject({ status, json: { error: { code, message: expect.stringMatching(message) } } });
    expect(pushed).toEqual([]);
  });

  it.each<[ApiPushResult, number, string]>([
    [{ refused: 'not-registered' }, 409, 'not-registered'],
    [{ refused: 'too-many-pushes' }, 429, 'too-many-pushes'],
    [{ refused: 'unknown-device' }, 404, 'unknown-device'],
    [{ refused: 'faults', key: 'text', found: '0 characters', wanted: '1 to 4000' }, 400, 'faults'],
  ])('tells that nothing was pushed: %j', async (result, status, code) => {
    await open(result);
    expect(await post({ text: 'x' })).toMatchObject({ status, json: { error: { code } } });
  });

  it('knows no other device, and needs the token where there is one', async () => {
    const pushed = await open(DONE, { token: 'a-token-of-sixteen' });
    expect(await post({ text: 'x' })).toMatchObject({ status: 401 });
    const authorization = { authorization: 'Bearer a-token-of-sixteen' };
    expect(await post({ text: 'x' }, 'NOBODY', authorization)).toMatchObject({ status: 404 });
    expect(await post({ text: 'x' }, 'ipctest2', authorization)).toMatchObject({ status: 200 });
    expect(pushed).toHaveLength(1);
  });
});
