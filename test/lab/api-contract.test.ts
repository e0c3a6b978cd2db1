// The API as its document has it: every answer of every route that the document names is had from a daemon, most from a lab with
// phones, and held against the document.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MOST_IN_HAND } from '../../src/http/api/command-runs.js';
import type { ApiFinding, CapfView, SharedView, WriteRefusal } from '../../src/http/index.js';
import { freePort } from '../../src/lab/free-port.js';
import { type Lab, startLab } from '../../src/lab.js';
import { systemClock } from '../../src/net/system-clock.js';
import { apiOperations } from '../docs/api-pages.js';
import { type ApiHarness, apiHarness, NO_CLUSTER, NO_FAULTS, NO_MESSAGES } from '../http/api-harness.js';
import { type Answered, ApiContract, sent } from '../support/api-contract.js';
import { ASKED, BEARER, DESK, LIST, OFF, one, STRANGER, TOKEN, WALL } from '../support/api-questions.js';
import { ManualClock } from '../support/manual-clock.js';

const contract = new ApiContract();

let lab: Lab;
const opened: ApiHarness[] = [];

beforeAll(async () => {
  const webPort = await freePort();
  lab = await startLab({
    phones: { webPort },
    dhcp: { enabled: true },
    http: { api: { token: TOKEN } },
    capture: { devices: [DESK] },
    security: { itl: 'on' },
    devices: [
      { name: DESK, model: 7962, protocol: 'SCCP', lines: ['5001'] },
      { name: WALL, model: '8851', lines: ['5002'] },
      { name: OFF, model: '8851', lines: ['5003'] },
    ],
  });
  const [desk, wall] = [lab.phone({ name: DESK, boot: 'full', webPort }), lab.phone({ name: WALL })];
  await Promise.all([desk.registered({ within: '20s' }), wall.registered({ within: '20s' })]);
  const refused = lab.next('device.rejected', { within: '20s' });
  lab.phone({ name: STRANGER, model: '7962', protocol: 'SCCP' });
  await refused;
  const call = desk.dial('5002');
  await wall.rings();
  wall.answer();
  await call.connected();
});
afterAll(() => Promise.all([lab.stop(), ...opened.map(({ api }) => api.close())]));

const harness = async (...options: Parameters<typeof apiHarness>): Promise<string> => {
  const fake = await apiHarness(...options);
  opened.push(fake);
  return fake.url;
};

const OPERATIONS = apiOperations().map(({ heading, operation }) => ({
  heading,
  operation,
  path: heading.replace(/^\S+ /, ''),
  has: (status: number, code?: string) => {
    const answer = operation.responses[status];
    return answer !== undefined && (code === undefined || answer['x-codes']?.some((one) => one === code) === true);
  },
}));

/** The operations that have an answer, each with a path that is asked for it. */
const having = (status: number, code?: string) =>
  OPERATIONS.filter(({ has }) => has(status, code)).map((one) => [one.heading, one] as const);

describe('an answer of the lab', () => {
  it.each(ASKED.map(([operation, path, status, more = {}]) => ({ operation, path, status, more })))(
    '$operation: $path is $status',
    async ({ operation, path, status, more }) => {
      await contract.ask(lab.url(), { operation, path, ...more }, status);
    },
  );

  it('has the packets, the lease, the call and the phones that there are', async () => {
    const json = async (path: string) => (await fetch(lab.url(path))).json() as Promise<Record<string, unknown>>;
    const totals = await Promise.all(
      ['/api/devices', '/api/leases', '/api/unknown-phones'].map(async (path) => (await json(path)).total),
    );
    expect(totals).toEqual([4, expect.any(Number), 1]);
    expect(totals[1]).toBeGreaterThan(0);
  });

  it('with `fields` has items of which keys are missing, and no others', async () => {
    const answer = await fetch(lab.url('/api/devices?fields=name,lines'));
    const { devices } = (await answer.json()) as { devices: object[] };
    expect(devices.length).toBe(4);
    for (const device of devices) expect(Object.keys(device)).toEqual(['name', 'lines']);
  });

  it.each(having(304))('%s is not sent again where the client has it', async (operation, { path }) => {
    // Messages are kept of this one.
    const name = path.endsWith('/messages') ? DESK : OFF;
    await contract.askUnchanged(lab.url(), { operation, path: pathFor(path, name) });
  });

  it('GET /api/devices/{name}/messages/live has the messages of a phone that begins anew', async () => {
    const asked = {
      operation: 'GET /api/devices/{name}/messages/live',
      path: `${one(DESK)}/messages/live`,
      headers: BEARER,
      until: ['messages'],
      // Whether it is still beginning anew since the last one does not matter: either way it has something to say.
      opened: () => void fetch(lab.url(`${one(DESK)}/restart`), { method: 'POST', headers: BEARER }),
    };
    expect((await contract.ask(lab.url(), asked, 200)).body).toContain('event: messages\n');
  });

  it.each([
    ['GET /api/fleet/changes', 'rows', '/api/fleet/changes?columns=name,description'],
    ['GET /api/log', 'lines', '/api/log'],
    ['GET /api/events', 'device.changed', `/api/events?device=${OFF}&type=device.*`],
  ])('%s has an event of its shape', async (operation, event, path) => {
    let stream: Promise<Answered> | undefined;
    await new Promise<void>((opened, failed) => {
      stream = contract.ask(lab.url(), { operation, path, until: [event], opened }, 200);
      stream.catch(failed);
    });
    const change = {
      operation: 'PATCH /api/devices/{name}',
      path: one(OFF),
      headers: BEARER,
      body: { description: event },
    };
    await contract.ask(lab.url(), change, 200);
    expect((await stream)?.body).toContain(`event: ${event}\n`);
  });
});

/** A path of an operation for a request that fails. */
const pathFor = (path: string, name = OFF): string =>
  `${path.replace('{name}', name).replace('{id}', '1').replace('{dn}', '5003')}${path === '/api/dial' ? '?number=1' : ''}`;

/** A body that is whole, for operations that have one. */
const bodyFor = (heading: string): { readonly body?: object } => {
  const { requestBody } = OPERATIONS.find((each) => each.heading === heading)?.operation ?? {};
  return requestBody === undefined ? {} : { body: requestBody.content['application/json']?.example as object };
};

describe('a request that fails', () => {
  it.each(having(400, 'query'))('%s: a key that is not known', async (operation, { path }) => {
    await contract.ask(
      lab.url(),
      { operation, path: `${pathFor(path).split('?')[0]}?no=such`, headers: BEARER },
      400,
      'query',
    );
  });

  it.each(having(400, 'page'))('%s: a page without items', async (operation, { path }) => {
    await contract.ask(lab.url(), { operation, path: `${path}?limit=0` }, 400, 'page');
  });

  it.each(having(403, 'host'))('%s: another name, or another site', async (operation, { path }) => {
    const asked = { operation, path: pathFor(path) };
    await contract.ask(lab.url(), { ...asked, headers: { Host: 'labcm.example' } }, 403, 'host');
    await contract.ask(lab.url(), { ...asked, headers: { Origin: 'http://labcm.example' } }, 403, 'origin');
  });

  it.each(having(401, 'token'))('%s: without the token', async (operation, { path }) => {
    await contract.ask(lab.url(), { operation, path: pathFor(path) }, 401, 'token');
  });

  it.each(having(403, 'token'))('%s: over an API beyond loopback that has no token', async (operation, { path }) => {
    const wide = await harness({ address: '0.0.0.0' });
    await contract.ask(wide, { operation, path: pathFor(path) }, 403, 'token');
  });

  it.each(having(404, 'unknown-device'))('%s: a device that nobody knows', async (operation, { path }) => {
    const query = path === '/api/calls' ? '?device=nobody' : path === '/api/dial' ? '?number=1&from=nobody' : '';
    const asked = {
      operation,
      path: `${path.replace('{name}', 'nobody')}${query}`,
      headers: BEARER,
      ...bodyFor(operation),
    };
    await contract.ask(lab.url(), asked, 404, 'unknown-device');
  });

  it.each(having(415))('%s: a body that is none', async (operation, { path }) => {
    const asked = { operation, path: pathFor(path), headers: BEARER };
    await contract.ask(lab.url(), { ...asked, body: '{' }, 400, 'body');
    await contract.ask(lab.url(), { ...asked, body: `"${'x'.repeat(1_048_576)}"` }, 413, 'too-large');
    await contract.ask(
      lab.url(),
      { ...asked, body: '{}', headers: { ...BEARER, 'Content-Type': 'text/plain' } },
      415,
      'content-type',
    );
  });

  it.each(having(400, 'faults'))('%s: a body with faults', async (operation, { path }) => {
    const body = path.endsWith('/push') ? { execute: 'no such' } : { name: OFF, model: 'no such', waiting: 'no such' };
    await contract.ask(lab.url(), { operation, path: pathFor(path), headers: BEARER, body }, 400, 'faults');
  });

  it.each(having(412))('%s: somebody has changed the device', async (operation, { path }) => {
    const read = { operation: 'GET /api/devices/{name}', path: one(OFF) };
    const { headers } = await contract.ask(lab.url(), read, 200);
    const change = { operation: 'PATCH /api/devices/{name}', path: one(OFF), body: { description: operation } };
    const guarded = { ...BEARER, 'If-Match': String(headers.etag) };
    await contract.ask(lab.url(), { ...change, headers: guarded }, 200);
    await contract.ask(
      lab.url(),
      { operation, path: pathFor(path), headers: guarded, ...bodyFor(operation) },
      412,
      'changed',
    );
    expect(lab.device(OFF)?.description).toBe(operation);
  });

  it.each([
    ['GET /api/dial', '/api/dial?number=1%202', 400, 'number'],
    ['PUT /api/lines/{dn}/forward', '/api/lines/7777/forward', 404, 'unknown-line'],
    ['GET /api/devices/{name}/pcap', `${one(OFF)}/pcap`, 409, 'not-captured'],
    ['DELETE /api/devices/{name}', `${one(DESK)}?layer=only`, 409, 'not-in-layer'],
    ['POST /api/devices', LIST, 409, 'exists'],
    ['GET /api/devices/{name}/messages', `${one(OFF)}/messages`, 409, 'not-captured'],
    ['GET /api/commands/{id}', '/api/commands/99', 404, 'unknown-run'],
    ['DELETE /api/commands/{id}', '/api/commands/99', 404, 'unknown-run'],
    ['DELETE /api/faults/{id}', '/api/faults/none', 404, 'unknown-fault'],
    ['GET /api/lines/{dn}/messages', '/api/lines/9999/messages', 404, 'unknown-line'],
    ['PUT /api/lines/{dn}/messages', '/api/lines/9999/messages', 404, 'unknown-line'],
    ['POST /api/devices/{name}/push', `${one(OFF)}/push`, 409, 'not-registered'],
    ...['reset', 'restart', 'apply'].map(
      (word) => [`POST /api/devices/{name}/${word}`, `${one(OFF)}/${word}`, 409, 'not-registered'] as const,
    ),
  ] as const)('%s: %s is %i %s', async (operation, path, status, code) => {
    const body = code === 'exists' ? { body: { name: OFF, model: '8851' } } : bodyFor(operation);
    await contract.ask(lab.url(), { operation, path, headers: BEARER, ...body }, status, code);
  });
});

describe('a daemon that refuses', () => {
  const REFUSALS: readonly WriteRefusal[] = ['auto-registered', 'too-many-devices', 'too-many-writes', 'not-written'];

  it.each(REFUSALS)('changes of devices: %s', async (code) => {
    const writer = {
      write: async () => ({ done: false, code, message: 'so it is', faults: [] }) as const,
      overrides: () => undefined,
    };
    const url = await harness({}, { writer });
    for (const { heading, operation, path } of OPERATIONS.filter((one) => !/\/(messages|capf)$/.test(one.path)))
      for (const [status, { 'x-codes': codes = [] }] of Object.entries(operation.responses))
        if (codes.includes(code))
          await contract.ask(
            url,
            { operation: heading, path: pathFor(path), ...bodyFor(heading) },
            Number(status),
            code,
          );
  });

  it('changes of messages that the disk does not take, and that come too fast', async () => {
    const lineMessages = { of: () => undefined, set: () => 'not-written' as const };
    const url = await harness({}, { lineMessages, clock: new ManualClock() });
    const operation = 'PUT /api/lines/{dn}/messages';
    const asked = { operation, path: '/api/lines/5001/messages', ...bodyFor(operation) };
    await contract.ask(url, asked, 503, 'not-written');
    // The clock stands, so all of them come in one second.
    await Promise.all(Array.from({ length: 100 }, () => sent(url, 'PUT', asked)));
    await contract.ask(url, asked, 429, 'too-many-writes');
  });

  it('operations of CAPF that the disk does not take, that nobody armed, and that come too fast', async () => {
    const path = `${one('ipctest2')}/capf`;
    const [put, remove] = ['PUT /api/devices/{name}/capf', 'DELETE /api/devices/{name}/capf'] as const;
    const full: CapfView = {
      operations: () => [],
      certificates: () => [],
      arm: () => 'not-written',
      cancel: () => 'not-written',
    };
    const url = await harness({}, { capf: full, clock: new ManualClock() });
    await contract.ask(url, { operation: put, path, ...bodyFor(put) }, 503, 'not-written');
    await contract.ask(url, { operation: remove, path }, 503, 'not-written');
    // The clock stands, so all of them come in one second.
    await Promise.all(Array.from({ length: 100 }, () => sent(url, 'DELETE', { operation: remove, path })));
    await contract.ask(url, { operation: put, path, ...bodyFor(put) }, 429, 'too-many-writes');
    await contract.ask(url, { operation: remove, path }, 429, 'too-many-writes');
    const empty = await harness({}, { capf: { ...full, cancel: () => undefined } });
    await contract.ask(empty, { operation: remove, path }, 409, 'no-operation');
  });

  it('everything of CAPF where it is off', async () => {
    const url = await harness();
    const path = `${one('ipctest2')}/capf`;
    await contract.ask(url, { operation: 'GET /api/capf', path: '/api/capf' }, 409, 'no-capf');
    for (const operation of ['PUT /api/devices/{name}/capf', 'DELETE /api/devices/{name}/capf'])
      await contract.ask(url, { operation, path, ...bodyFor(operation) }, 409, 'no-capf');
  });

  it.each([
    ['exists', 'fault-exists'],
    ['too-many', 'too-many-faults'],
  ] as const)('rules for faults: %s', async (refusal, code) => {
    const url = await harness({}, { faults: { ...NO_FAULTS, add: () => refusal } });
    const operation = 'POST /api/faults';
    await contract.ask(url, { operation, path: '/api/faults', ...bodyFor(operation) }, 409, code);
  });

  it('commands that the protocol does not have', async () => {
    const url = await harness({}, { command: () => 'unsupported' });
    for (const [operation, { path }] of having(409, 'unsupported'))
      await contract.ask(url, { operation, path: pathFor(path, 'ipctest2') }, 409, 'unsupported');
  });

  it('and sends one that it has', async () => {
    const url = await harness({}, { command: () => 'sent' });
    for (const [operation, { path }] of having(202))
      await contract.ask(url, { operation, path: pathFor(path, 'ipctest2'), ...bodyFor(operation) }, 202);
  });

  it('pushes that are more than wait for an answer', async () => {
    const url = await harness({}, { push: async () => ({ refused: 'too-many-pushes' }) });
    const operation = 'POST /api/devices/{name}/push';
    const asked = { operation, path: `${one('ipctest2')}/push`, ...bodyFor(operation) };
    await contract.ask(url, asked, 429, 'too-many-pushes');
  });

  it('what another node should do that does not answer', async () => {
    const url = await harness(
      {},
      {
        command: async () => ({ silent: 'CM2' }),
        push: async () => ({ refused: 'node-silent', node: 'CM2' }),
      },
    );
    for (const [operation, { path }] of having(504, 'node-silent')) {
      const asked = { operation, path: pathFor(path, 'ipctest2'), ...bodyFor(operation) };
      const { body } = await contract.ask(url, asked, 504, 'node-silent');
      expect(body).toContain('CM2');
    }
  });

  it('messages, where as many are read as may', async () => {
    const messages = { ...NO_MESSAGES, read: async () => ({ outcome: 'busy', unanswered: 8 }) as const };
    const url = await harness({}, { messages });
    const operation = 'GET /api/devices/{name}/messages';
    await contract.ask(url, { operation, path: `${one('ipctest2')}/messages` }, 429, 'too-many-readings');
  });

  it('commands to many that are more than may be in hand', async () => {
    const url = await harness();
    // So many that the first run is not over when the last one is asked for.
    const devices = Array.from({ length: 50_000 }, (_, index) => `P${index}`);
    const asked = { operation: 'POST /api/commands', path: '/api/commands', body: { command: 'apply', devices } };
    for (let inHand = 0; inHand < MOST_IN_HAND; inHand += 1) await contract.ask(url, asked, 202);
    await contract.ask(url, asked, 429, 'too-many-commands');
  });

  it('to make the file of a device', async () => {
    const url = await harness();
    const operation = 'GET /api/devices/{name}/config.xml';
    await contract.ask(url, { operation, path: `${one('ipctest2')}/config.xml` }, 409, 'not-made');
  });

  it('more clients than may listen', async () => {
    const none = { clients: 0, clientsPerSource: 0, queue: 1 };
    const url = await harness({ feed: none, batches: none, followers: 0 });
    for (const [operation, { path }] of having(503, 'too-many-clients'))
      await contract.ask(
        url,
        { operation, path: `${pathFor(path, 'ipctest2')}${path.endsWith('pcap') ? '?follow=true' : ''}` },
        503,
        'too-many-clients',
      );
  });
});

describe('a daemon whose nodes a bus connects', () => {
  it('has nodes, devices and steps of the shapes of the document', async () => {
    const at = systemClock.now();
    const step = { at, step: 'registration', type: 'device.registered', text: 'registered', facts: {}, node: 'CM2' };
    const other = { name: 'CM2', isAlive: true, since: at, version: '0.1.0', address: '10.10.0.6' };
    const finding: ApiFinding = {
      ...{ code: 'dhcp.pool-empty', severity: 'blocking', confidence: 'certain', since: at },
      ...{ sentence: 'the pool has no free address', values: {}, evidence: [], remedy: [] },
    };
    const shared: SharedView = {
      self: 'CM1',
      bus: { address: 'nats://10.10.0.5:4222', isConnected: false, since: at, reason: 'no answer', waiting: 3 },
      nodes: () => [{ ...other, sccpPort: 2000, sipPort: 5060, registered: { SCCP: 1, SIP: 0 } }],
      nodeOf: () => 'CM2',
      isElsewhere: () => false,
      onChanged: () => () => {},
      phone: async () => ({
        steps: [step],
        speaker: { node: 'CM2', steps: [step], waitsFor: undefined, verdict: undefined },
        silent: ['CM3'],
      }),
      verdicts: async () => ({
        nodes: [
          {
            node: 'CM2',
            daemon: [finding],
            groups: [
              {
                ...{ code: 'dhcp.pool-empty', finding, devices: ['SEP001122334455'], count: 40, since: at },
                ...{ sentence: '40 phones get no address', common: ['the pool is full'] },
              },
            ],
            unknown: [{ name: 'SEP0000000000AA', isNamed: true, verdict: finding }],
          },
        ],
        silent: ['CM3'],
      }),
    };
    const url = await harness(
      {},
      {
        cluster: { ...NO_CLUSTER, shared },
        degradations: () => [{ part: 'the cluster bus', reason: 'no answer', since: at }],
      },
    );
    const bodyOf = async (operation: string, path: string) =>
      JSON.parse((await contract.ask(url, { operation, path }, 200)).body);
    const { nodes, bus } = await bodyOf('GET /api/nodes', '/api/nodes');
    expect(nodes).toMatchObject([{ name: 'CM2', state: 'alive', registered: { SCCP: 1, SIP: 0 } }]);
    expect(bus).toMatchObject({ state: 'gone', reason: 'no answer', waiting: 3 });
    const { devices } = await bodyOf('GET /api/devices', '/api/devices?node=CM2&limit=1');
    expect(devices).toMatchObject([{ name: 'ipctest2', node: 'CM2' }]);
    expect(await bodyOf('GET /api/devices/{name}', one('ipctest2'))).toMatchObject({ node: 'CM2' });
    const timeline = await bodyOf('GET /api/devices/{name}/timeline', `${one('ipctest2')}/timeline`);
    expect(timeline).toMatchObject({ steps: [{ node: 'CM2' }], silentNodes: ['CM3'] });
    const verdicts = await bodyOf('GET /api/verdicts', '/api/verdicts?nodes=all&severity=blocking');
    expect(verdicts).toMatchObject({ nodes: [{ node: 'CM2', groups: [{ count: 40 }] }], silentNodes: ['CM3'] });
    const own = await bodyOf('GET /api/verdicts', '/api/verdicts');
    expect(Object.keys(own)).not.toContain('nodes');
    expect(await bodyOf('GET /healthz', '/healthz')).toMatchObject({
      status: 'degraded',
      reason: 'the cluster bus: no answer',
    });
  });
});

describe('every answer of the document', () => {
  it('was given by a daemon, but for that of a bug', () => {
    expect(contract.unanswered().filter((answer) => !answer.endsWith('500 internal'))).toEqual([]);
  });

  it('and that of a bug has the shape of the others', async () => {
    const broken = (): never => {
      throw new Error('a bug');
    };
    const url = await harness({}, { leases: broken, listeners: broken });
    await contract.ask(url, { operation: 'GET /api/leases', path: '/api/leases' }, 500, 'internal');
    await contract.ask(url, { operation: 'GET /healthz', path: '/healthz' }, 500, 'internal');
  });

  it.each([
    ['PUT', '/api/calls', 405, 'method'],
    ['GET', '/api/nothing', 404, 'no-such-path'],
  ])('%s %s has the shape of the others', async (method, path, status, code) => {
    const answer = await fetch(lab.url(path), { method, headers: BEARER });
    expect(answer.status).toBe(status);
    const body = (await answer.json()) as { error: { code: string } };
    contract.holdJson({ $ref: '#/components/schemas/ErrorJson' }, body, path);
    expect(body.error.code).toBe(code);
  });
});
