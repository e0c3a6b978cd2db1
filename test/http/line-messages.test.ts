// `GET` and `PUT /api/lines/DN/messages`.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApiHarness, apiHarness } from './api-harness.js';

let lab: ApiHarness;
beforeEach(async () => {
  lab = await apiHarness();
});
afterEach(() => lab.api.close());

const put = async (dn: string, body: unknown, headers: Record<string, string> = {}) => {
  const answer = await fetch(`${lab.url}/api/lines/${dn}/messages`, {
    method: 'PUT',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: answer.status, json: (await answer.json()) as { readonly error?: { readonly code: string } } };
};
const get = async (dn: string) => {
  const answer = await fetch(`${lab.url}/api/lines/${dn}/messages`);
  return { status: answer.status, json: (await answer.json()) as unknown };
};

describe('the messages of a line', () => {
  it('are read, set and read again, and published with who set them', async () => {
    const events: unknown[] = [];
    lab.bus.on('device.messages', ({ by, waiting }) => events.push([by, waiting]));
    expect(await get('5005')).toEqual({ status: 200, json: { dn: '5005', waiting: false, new: 0, old: 0 } });
    const body = { waiting: true, new: 2, old: 0 };
    expect(await put('5005', body)).toEqual({ status: 200, json: { dn: '5005', ...body } });
    expect(await put('5005', { waiting: false }, { 'Labcm-Client': 'cli' })).toMatchObject({
      json: { waiting: false, new: 0, old: 0 },
    });
    expect(await put('5005', { waiting: true })).toMatchObject({ json: { waiting: true, new: 1, old: 0 } });
    expect((await get('5005')).json).toEqual({ dn: '5005', waiting: true, new: 1, old: 0 });
    expect(events).toEqual([
      ['api', true],
      ['cli', false],
      ['api', true],
    ]);
  });

  it.each<[string, unknown, number, string]>([
    ['no waiting', { new: 2 }, 400, 'faults'],
    ['a text for waiting', { waiting: 'yes' }, 400, 'faults'],
    ['a count below 0', { waiting: true, new: -1 }, 400, 'faults'],
    ['half a message', { waiting: true, old: 0.5 }, 400, 'faults'],
    ['too many', { waiting: true, new: 65_536 }, 400, 'faults'],
    ['another key', { waiting: true, urgent: 1 }, 400, 'faults'],
    ['a list', [], 400, 'faults'],
    ['no JSON', '{', 400, 'body'],
  ])('with %s are refused, and nothing changes', async (_case, body, status, code) => {
    const { status: found, json } = await put('5005', body);
    expect([found, json.error?.code]).toEqual([status, code]);
    expect((await get('5005')).json).toMatchObject({ waiting: false, new: 0, old: 0 });
  });

  it('say everything that is wrong with a body', async () => {
    const { json } = await put('5005', { waiting: 'yes', new: -1, urgent: 1 });
    expect(json).toEqual({
      error: {
        code: 'faults',
        message: 'the messages cannot be set: nothing has changed',
        faults: [
          { key: 'urgent', found: 'an unknown key', wanted: 'waiting, new or old' },
          { key: 'waiting', found: '"yes"', wanted: 'true or false' },
          { key: 'new', found: '-1', wanted: 'a whole number from 0 to 65535' },
        ],
      },
    });
  });

  it.each(['77', '..%2f..', '%00', 'x'.repeat(2_000)])(
    'of the line %s, which nobody has, are not found',
    async (dn) => {
      expect((await get(dn)).status).toBe(404);
      expect((await put(dn, { waiting: true })).status).toBe(404);
    },
  );

  it('that come too fast are put off', async () => {
    const statuses = await Promise.all(
      Array.from({ length: 120 }, async (_, index) => (await put('5005', { waiting: true, new: index })).status),
    );
    expect(new Set(statuses)).toEqual(new Set([200, 429]));
  });
});
