// The page over HTTP: its files, its session, its fleet, its log.

import { get, type IncomingMessage } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { after, seconds } from '../../src/core/time.js';
import type { LabcmEvent } from '../../src/events.js';
import { MOST_ROWS } from '../../src/http/api/fleet-changes.js';
import type { FleetBatch, FleetJson } from '../../src/http/api/fleet-shapes.js';
import { MOST_LINES } from '../../src/http/api/log-feed.js';
import { SESSION_LASTS, Sessions } from '../../src/http/api/session.js';
import type { ApiFinding, ApiSources } from '../../src/http/index.js';
import { aDevice, anAttempt } from '../support/devices.js';
import { ManualClock } from '../support/manual-clock.js';
import { type ApiHarness, apiHarness, ask, NO_TIMELINES, NOW } from './api-harness.js';

const PAGE = new Map([
  ['index.html', Buffer.from('<!doctype html><title>labcm</title>')],
  ['app-ABC.js', Buffer.from('export {};')],
  ['style-ABC.css', Buffer.from('a{}')],
]);
const TOKEN = 'a-token-of-this-test';

const closing: ApiHarness[] = [];
const open = async (...args: Parameters<typeof apiHarness>): Promise<ApiHarness> => {
  const harness = await apiHarness(...args);
  closing.push(harness);
  return harness;
};
afterEach(async () => {
  for (const { api } of closing.splice(0)) await api.close();
});

describe('the files of the page', () => {
  let lab: ApiHarness;
  beforeEach(async () => {
    lab = await open({}, { page: PAGE });
  });

  it.each([
    ['/', 'text/html; charset=utf-8', 'no-cache'],
    ['/app-ABC.js', 'text/javascript; charset=utf-8', 'public, max-age=31536000, immutable'],
    ['/style-ABC.css', 'text/css; charset=utf-8', 'public, max-age=31536000, immutable'],
  ])('%s comes with its type, its caching and its safety', async (path, type, caching) => {
    const { status, headers, body } = await ask(lab, path);
    expect([status, body]).toEqual([200, PAGE.get(path === '/' ? 'index.html' : path.slice(1))?.toString()]);
    expect(headers).toMatchObject({
      'content-type': type,
      'cache-control': caching,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    });
    const policy = String(headers['content-security-policy']).split('; ');
    expect(policy).toEqual(
      expect.arrayContaining([
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
      ]),
    );
    expect(policy.join()).not.toContain('unsafe');
  });

  it('is not sent again to a browser that has it', async () => {
    const { headers } = await ask(lab, '/');
    const etag = String(headers.etag);
    const again = await ask(lab, '/', { headers: { 'If-None-Match': `"other", W/${etag}` } });
    expect([again.status, again.body, again.headers.etag]).toEqual([304, '', etag]);
    expect((await ask(lab, '/', { headers: { 'If-None-Match': '"other"' } })).status).toBe(200);
    const head = await ask(lab, '/', { method: 'HEAD' });
    expect([head.status, head.body]).toEqual([200, '']);
  });

  it('is there for whoever follows a link, by no strange name, and only to read', async () => {
    const link = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate' };
    expect((await ask(lab, '/', { headers: link })).status).toBe(200);
    expect((await ask(lab, '/api/fleet', { headers: link })).status).toBe(403);
    expect((await ask(lab, '/', { headers: { Host: 'evil.example' } })).status).toBe(403);
    expect((await ask(lab, '/', { method: 'POST' })).status).toBe(404);
    expect((await ask(lab, '/index.html')).status).toBe(404);
    expect((await ask(lab, '/../package.json')).status).toBe(404);
  });

  it('says what to do where it is not built', async () => {
    const { status, body } = await ask(await open(), '/');
    expect([status, body]).toEqual([503, 'The page is not built. `npm run build` builds it.\n']);
  });
});

describe('a session', () => {
  const cookieOf = async (lab: ApiHarness): Promise<string> => {
    const { headers } = await ask(lab, '/api/session', {
      method: 'POST',
      headers: { Authorization: `Bearer ${TOKEN}` },
    });
    return String(headers['set-cookie']);
  };
  const reset = (lab: ApiHarness, headers: Record<string, string>) =>
    ask(lab, '/api/devices/ipctest2/reset', { method: 'POST', headers });

  it('is given for the token, once, and then allows what the token allows', async () => {
    const lab = await open({ token: TOKEN });
    const set = await cookieOf(lab);
    expect(set).toMatch(/^labcm-session=\d+\.[\w-]{43}; Max-Age=3600; Path=\/; HttpOnly; SameSite=Strict$/);
    expect(set).not.toContain(TOKEN);
    const [cookie = ''] = set.split(';');
    expect((await reset(lab, {})).status).toBe(401);
    expect((await reset(lab, { Cookie: `other=1; ${cookie}` })).status).toBe(202);
    expect(
      (await ask(lab, '/api/session', { method: 'POST', headers: { Cookie: cookie } })).headers['set-cookie'],
    ).toHaveLength(1);
  });

  it('is not given for another token, and a cookie that was changed is none', async () => {
    const lab = await open({ token: TOKEN });
    const wrong = await ask(lab, '/api/session', { method: 'POST', headers: { Authorization: 'Bearer wrong' } });
    expect([wrong.status, wrong.headers['set-cookie']]).toEqual([401, undefined]);
    const [cookie = ''] = (await cookieOf(lab)).split(';');
    const [name, value = ''] = cookie.split('=');
    const later = `${Number(value.split('.')[0]) + 1}.${value.split('.')[1]}`;
    for (const Cookie of [`${name}=${later}`, `${name}=`, `${name}=1.x`, 'x'.repeat(4_000)])
      expect((await reset(lab, { Cookie })).status).toBe(401);
    const other = await open({ token: `${TOKEN}-of-another` });
    expect((await reset(other, { Cookie: cookie })).status).toBe(401);
  });

  it('does not let pages of other origins or names in', async () => {
    const lab = await open({ token: TOKEN });
    const [Cookie = ''] = (await cookieOf(lab)).split(';');
    expect((await reset(lab, { Cookie, Origin: 'http://evil.example' })).status).toBe(403);
    expect((await reset(lab, { Cookie, Host: 'evil.example' })).status).toBe(403);
    expect((await reset(lab, { Cookie, 'Sec-Fetch-Site': 'same-site' })).status).toBe(403);
  });

  it('ends after an hour', () => {
    const clock = new ManualClock();
    const sessions = new Sessions(TOKEN, clock);
    const [cookie] = sessions.begin().split(';');
    clock.advance(SESSION_LASTS - 1);
    expect(sessions.holds(cookie)).toBe(true);
    clock.advance(1);
    expect(sessions.holds(cookie)).toBe(false);
  });

  it.each([
    ['on loopback without a token', {}, 'allowed'],
    ['with a token', { token: TOKEN }, 'token'],
    ['beyond loopback without a token', { address: '0.0.0.0' }, 'refused'],
  ])('%s is told to be what changes need', async (_, options, changes) => {
    const { body } = await ask(await open(options), '/api/session');
    expect(JSON.parse(body)).toEqual({ changes });
  });
});

const finding = (sentence: string): ApiFinding => ({
  code: 'register.type-mismatch',
  severity: 'blocking',
  confidence: 'certain',
  since: NOW,
  sentence,
  values: {},
  evidence: [],
  remedy: [],
});

const fleet = async (lab: ApiHarness, columns = ''): Promise<FleetJson> => {
  const { body } = await ask(lab, `/api/fleet${columns === '' ? '' : `?columns=${columns}`}`);
  return JSON.parse(body) as FleetJson;
};

describe('the fleet', () => {
  it('is told in rows, the name first, of the columns that were asked for', async () => {
    const lab = await open({}, { timelines: { ...NO_TIMELINES, waitsFor: () => 'its request for a file' } });
    const file = { file: 'x', transport: 'TFTP', outcome: 'served', octets: 0, at: NOW } as const;
    lab.database.recordFileRequest('ipctest2', file, { address: '10.0.0.1', port: 1 });
    const { columns, rows } = await fleet(lab, 'status,why,dn,protocol,address,since');
    expect(columns).toEqual(['name', 'status', 'why', 'dn', 'protocol', 'address', 'since']);
    expect(rows[0]).toEqual([
      'ipctest2',
      'Unknown',
      'waits for its request for a file',
      '5002',
      'SCCP',
      expect.anything(),
      null,
    ]);
    expect(rows[1]).toEqual(['SEP005056A1033D', 'Unknown', '', '5005', 'SIP', '', null]);
    expect(rows).toHaveLength(2);
    expect((await fleet(lab)).columns).toContain('severity');
  });

  it('has the verdict as it was worked out last', async () => {
    const verdicts: Partial<ApiSources['verdicts']> = { lastVerdictOf: () => finding('it is another model') };
    const lab = await open({}, { verdicts: verdicts as ApiSources['verdicts'] });
    const { rows } = await fleet(lab, 'why,code,severity');
    expect(rows[0]).toEqual(['ipctest2', 'it is another model', 'register.type-mismatch', 'blocking']);
  });

  it('has forty thousand rows, in the order of configuration', async () => {
    const { rows } = await fleet(await open({}, { others: 40_000 }), 'status');
    expect(rows).toHaveLength(40_002);
    expect(rows.at(-1)).toEqual(['SEP000000039999', 'Unknown']);
  });

  it('refuses a column that it has not', async () => {
    const { status, body } = await ask(await open(), '/api/fleet?columns=name,password');
    expect([status, JSON.parse(body).error.message]).toEqual([
      400,
      expect.stringMatching(/^columns: found password, wanted some of name,/),
    ]);
    expect((await ask(await open(), '/api/fleet/changes?columns=__proto__')).status).toBe(400);
  });
});

/** A reader of a stream of events. */
const listen = async ({ url }: ApiHarness, path: string) => {
  const events: { readonly name: string; readonly data: unknown }[] = [];
  let text = '';
  let hasBegun = false;
  const request = get(`${url}${path}`);
  request.on('error', () => {});
  const response = await new Promise<IncomingMessage>((resolve) => request.on('response', resolve));
  response.on('error', () => {});
  response.setEncoding('utf8').on('data', (piece: string) => {
    hasBegun = true;
    const whole = `${text}${piece}`.split('\n\n');
    text = whole.pop() ?? '';
    for (const event of whole) {
      const [, name, data] = /^event: (\w+)\ndata: (.*)$/.exec(event) ?? [];
      if (name !== undefined && data !== undefined) events.push({ name, data: JSON.parse(data) });
    }
  });
  while (!hasBegun) await turn();
  const eventsOf = <T>(name: string): T[] => events.filter((event) => event.name === name).map(({ data }) => data as T);
  return {
    response,
    eventsOf,
    /** Waits until that many events of a name have come. */
    until: async <T>(name: string, count: number): Promise<T[]> => {
      while (eventsOf(name).length < count) await turn();
      return eventsOf<T>(name);
    },
    close: () => request.destroy(),
  };
};

describe('changes of the fleet', () => {
  const clocked = async (options: Parameters<typeof apiHarness>[0] = {}, others = 0) => {
    const clock = new ManualClock();
    return { clock, lab: await open(options, { clock, others }) };
  };

  it('come together after a quarter of a second, of each device the last', async () => {
    const { clock, lab } = await clocked();
    const reader = await listen(lab, '/api/fleet/changes?columns=status');
    const admission = lab.database.register(anAttempt('ipctest2'), NOW);
    if (!admission.accepted) throw new Error('refused');
    lab.database.reportCapabilities(admission.registration, [], NOW);
    lab.database.end(admission.registration, 'silence', after(NOW, seconds(1)));
    clock.advance(249);
    await turn();
    expect(reader.eventsOf('rows')).toEqual([]);
    clock.advance(1);
    expect(await reader.until('rows', 1)).toEqual([{ rows: [['ipctest2', 'UnRegistered']], gone: [] }]);
    clock.advance(10_000);
    await turn();
    expect(reader.eventsOf('rows')).toHaveLength(1);
    reader.close();
  });

  it('tell of devices that are gone and that came', async () => {
    const { clock, lab } = await clocked();
    const reader = await listen(lab, '/api/fleet/changes?columns=dn');
    lab.database.configure([aDevice('ipctest2', { lines: ['7'] }), aDevice('fresh', { lines: ['8'] })], NOW);
    clock.advance(250);
    const [batch] = await reader.until<FleetBatch>('rows', 1);
    expect(batch?.gone).toEqual(['SEP005056A1033D']);
    expect([...(batch?.rows ?? [])].sort()).toEqual([
      ['fresh', '8'],
      ['ipctest2', '7'],
    ]);
    reader.close();
  });

  it('of many devices come in batches of at most two thousand', async () => {
    const { clock, lab } = await clocked({}, 5_000);
    const reader = await listen(lab, '/api/fleet/changes?columns=status');
    for (const { configured } of lab.database.devices())
      lab.bus.publish({ type: 'device.changed', at: NOW, device: configured.name } as LabcmEvent);
    for (const [batches, rows] of [
      [1, MOST_ROWS],
      [2, MOST_ROWS],
      [3, 1_002],
    ] as const) {
      clock.advance(250);
      const found = await reader.until<FleetBatch>('rows', batches);
      expect(found.at(-1)?.rows).toHaveLength(rows);
    }
    reader.close();
  });

  it('are listened to only while somebody looks', async () => {
    const { clock, lab } = await clocked();
    expect(lab.bus.hasListener('device.verdict')).toBe(false);
    const armed = clock.armed;
    const reader = await listen(lab, '/api/fleet/changes');
    expect(lab.bus.hasListener('device.verdict')).toBe(true);
    expect(lab.bus.hasListener('sccp.received')).toBe(false);
    reader.close();
    while (lab.bus.hasListener('device.verdict')) await turn();
    expect(clock.armed).toBe(armed);
    expect((await ask(lab, '/api/fleet/changes', { method: 'HEAD' })).status).toBe(200);
    expect(lab.bus.hasListener('device.verdict')).toBe(false);
  });

  it('are missed by a reader that does not read, which is told so, and another misses none', async () => {
    const { clock, lab } = await clocked({ batches: { clients: 4, clientsPerSource: 4, queue: 200_000 } }, 2_000);
    const [slow, quick] = [await listen(lab, '/api/fleet/changes'), await listen(lab, '/api/fleet/changes')];
    slow.response.pause();
    const change = (): void => {
      for (const { configured } of lab.database.devices())
        lab.bus.publish({ type: 'device.changed', at: NOW, device: configured.name } as LabcmEvent);
    };
    const rounds = 60;
    for (let round = 1; round <= rounds; round += 1) {
      change();
      clock.advance(500);
      await quick.until('rows', 2 * round);
    }
    expect(quick.eventsOf('missed')).toEqual([]);
    slow.response.resume();
    while (slow.eventsOf('missed').length === 0) {
      clock.advance(15_000);
      await turn();
    }
    expect(slow.eventsOf('rows').length).toBeLessThan(2 * rounds);
    slow.close();
    quick.close();
  });

  it('are for a bounded number of readers', async () => {
    const { lab } = await clocked({ batches: { clients: 1, clientsPerSource: 1, queue: 1_000 } });
    const reader = await listen(lab, '/api/fleet/changes');
    expect((await ask(lab, '/api/fleet/changes')).status).toBe(503);
    reader.close();
  });
});

describe('the log', () => {
  it('has the lines that matter to people, at most so many at once, while somebody reads', async () => {
    const clock = new ManualClock();
    const asked: string[] = [];
    const lineOf: ApiSources['lineOf'] = ({ type }) => {
      asked.push(type);
      return type === 'device.changed' ? { tone: 'bad', about: 'ipctest2', text: 'was <b>changed</b>' } : undefined;
    };
    const lab = await open({}, { clock, lineOf });
    const publish = (type: string): void =>
      lab.bus.publish({ type, at: clock.now(), device: 'x' } as unknown as LabcmEvent);
    publish('device.changed');
    expect(asked).toEqual([]);
    const reader = await listen(lab, '/api/log');
    publish('device.given');
    for (let count = 0; count < MOST_LINES + 7; count += 1) publish('device.changed');
    clock.advance(250);
    const [batch] = await reader.until<{ lines: unknown[]; dropped: number }>('lines', 1);
    expect([batch?.lines.length, batch?.dropped]).toEqual([MOST_LINES, 7]);
    expect(batch?.lines[0]).toEqual({
      at: '2011-01-14T16:17:11.806Z',
      type: 'device.changed',
      tone: 'bad',
      about: 'ipctest2',
      text: 'was <b>changed</b>',
    });
    reader.close();
    while (lab.bus.hasListener('device.given')) await turn();
  });
});
