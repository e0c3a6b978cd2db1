// Two daemons that a bus connects: each shows the phones of both, and reaches them.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type InProcessBus, InProcessEngine } from '../../src/cluster/in-process-bus.js';
import { freePort } from '../../src/lab/free-port.js';
import { systemClock } from '../../src/net/system-clock.js';
import { labcm } from '../cli/harness.js';
import { ciscoRegister } from '../sip/phones.js';
import { udpClient } from '../sip/sockets.js';
import { eventually, SEED_PHONES, TestDaemon } from '../support/daemon.js';
import { SccpPhone } from '../support/sccp-phone.js';

const servicesOf = (self: string): string => `
nodes: [{ name: CM1, address: 127.0.0.1 }, { name: CM2, address: 127.0.0.1, sccpPort: 2002 }]
self: ${self}
groups: [{ name: Default, members: [CM1, CM2] }]
tftp: { enabled: false }
http: { provisioning: { enabled: false }, api: { port: 0 } }
sccp: { listen: 127.0.0.1, port: 0 }
sip: { enabled: false }
trace: { directory: logs, console: off }
state: { directory: state }
`;

let engine: InProcessEngine;
const nodes = new Map<string, { readonly daemon: TestDaemon; readonly bus: InProcessBus }>();

const node = (name: string) => {
  const found = nodes.get(name);
  if (found === undefined) throw new Error(`no node ${name}`);
  return found;
};

beforeEach(async () => {
  engine = new InProcessEngine(systemClock);
  for (const name of ['CM1', 'CM2']) {
    const daemon = new TestDaemon();
    daemon.configure(SEED_PHONES, servicesOf(name));
    const bus = engine.connection(name);
    await daemon.start([], { clusterBus: bus });
    nodes.set(name, { daemon, bus });
  }
});
afterEach(async () => {
  await Promise.all([...nodes.values()].map(({ daemon }) => daemon.remove()));
  nodes.clear();
});

const ask = async (name: string, path: string, init: RequestInit = {}) => {
  const response = await fetch(node(name).daemon.url(path), init);
  const text = await response.text();
  return { status: response.status, body: text.startsWith('{') ? JSON.parse(text) : text };
};

const phoneAt = async (name: string): Promise<SccpPhone> => {
  const phone = await SccpPhone.connect(node(name).daemon.endpoint('SCCP').port);
  await phone.comeUp('ipctest2');
  return phone;
};

const seenAt = (name: string) =>
  eventually(async () => {
    const { body } = await ask(name, '/api/devices/ipctest2');
    expect(body).toMatchObject({ status: 'Registered', node: 'CM2' });
    return body;
  });

describe('a phone that is registered with another node', () => {
  it('is shown as registered there, in lists, their filters and their orders', async () => {
    const phone = await phoneAt('CM2');
    expect(await seenAt('CM1')).toMatchObject({
      state: 'registered',
      protocol: 'SCCP',
      address: '127.0.0.1',
      reason: null,
      whyNot: null,
      verdict: null,
      registration: { transport: 'tcp', lines: ['5002'] },
    });
    const listed = await ask('CM1', '/api/devices?node=cm2');
    expect(listed.body.devices).toMatchObject([{ name: 'ipctest2', node: 'CM2', status: 'Registered' }]);
    const sorted = await ask('CM1', '/api/devices?sort=-node&status=registered&fields=name,node');
    expect(sorted.body.devices).toEqual([{ name: 'ipctest2', node: 'CM2' }]);
    const fleet = await ask('CM1', '/api/fleet?columns=name,status,node');
    expect(fleet.body.rows).toEqual([
      ['ipctest2', 'Registered', 'CM2'],
      ['SEP005056A1033D', 'Unknown', ''],
    ]);
    expect((await ask('CM1', '/healthz')).body).toMatchObject({ status: 'ok', registered: { SCCP: 0 } });
    expect((await ask('CM2', '/api/devices/ipctest2')).body).toMatchObject({ status: 'Registered', node: 'CM2' });
    await phone.close();
    await eventually(async () =>
      expect((await ask('CM1', '/api/devices/ipctest2')).body).toMatchObject({
        status: 'UnRegistered',
        node: 'CM2',
        reason: { name: 'ConnectivityError' },
      }),
    );
  });

  it('is told what it should do through that node, one alone and many', async () => {
    const phone = await phoneAt('CM2');
    await seenAt('CM1');
    const reset = await ask('CM1', '/api/devices/ipctest2/restart', { method: 'POST' });
    expect(reset).toEqual({ status: 202, body: { device: 'ipctest2', command: 'restart', outcome: 'sent' } });
    await phone.until(0x9f);
    await phone.close();
    const again = await phoneAt('CM2');
    await seenAt('CM1');
    const body = JSON.stringify({ command: 'reset', filter: { name: '*' } });
    const headers = { 'content-type': 'application/json' };
    const { body: run } = await ask('CM1', '/api/commands', { method: 'POST', body, headers });
    await again.until(0x9f);
    await eventually(async () =>
      expect((await ask('CM1', `/api/commands/${run.id}`)).body).toMatchObject({
        state: 'done',
        sent: 1,
        untold: { 'not-registered': 1, 'node-silent': 0 },
      }),
    );
    await again.close();
  });

  it('cannot be told anything while that node does not answer, and the error names it', async () => {
    const phone = await phoneAt('CM2');
    await seenAt('CM1');
    node('CM2').bus.serve(() => new Promise(() => {}));
    const { status, body } = await ask('CM1', '/api/devices/ipctest2/reset', { method: 'POST' });
    expect(status).toBe(504);
    expect(body.error).toMatchObject({ code: 'node-silent', message: expect.stringContaining('CM2') });
    const timeline = await ask('CM1', '/api/devices/ipctest2/timeline');
    expect(timeline.body.silentNodes).toEqual(['CM2']);
    await phone.close();
  });

  it('has one timeline and one verdict, whoever is asked', async () => {
    const first = await phoneAt('CM1');
    await first.close();
    const phone = await phoneAt('CM2');
    await seenAt('CM1');
    for (const name of ['CM1', 'CM2']) {
      const { body } = await ask(name, '/api/devices/ipctest2/timeline');
      expect(body).toMatchObject({ device: 'ipctest2', silentNodes: [], verdict: null });
      const seen = body.steps.map((step: { type: string; node: string }) => `${step.node} ${step.type}`);
      expect(seen).toContain('CM1 device.registered');
      expect(seen.indexOf('CM2 device.registered')).toBeGreaterThan(seen.indexOf('CM1 device.registered'));
      const times = body.steps.map((step: { at: string }) => step.at);
      expect(times).toEqual([...times].sort());
      const verdict = await ask(name, '/api/devices/ipctest2/verdict');
      expect(verdict.body).toMatchObject({ device: 'ipctest2', registered: true, verdict: null });
    }
    await phone.close();
  });

  it('changes its row in the page, there as here', async () => {
    const stream = await fetch(node('CM1').daemon.url('/api/fleet/changes?columns=name,status,node'));
    const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
    const phone = await phoneAt('CM2');
    let text = '';
    while (!text.includes('"Registered"')) text += (await reader?.read())?.value ?? '';
    expect(text).toContain('["ipctest2","Registered","CM2"]');
    await reader?.cancel();
    await phone.close();
  });
});

describe('news of registrations', () => {
  it('do not go to other nodes by SIP: the bus has told them', async () => {
    const peer = await udpClient(9); // it plays the SIP port of another node
    const daemon = new TestDaemon();
    const port = await freePort();
    daemon.configure(
      SEED_PHONES,
      servicesOf('CM3')
        .replace('sccpPort: 2002 }', `sipPort: ${peer.local.port} }, { name: CM3, address: 127.0.0.1 }`)
        .replace('sip: { enabled: false }', `sip: { listen: 127.0.0.1, udp: ${port}, tcp: ${port} }`),
    );
    const bus = engine.connection('CM3');
    nodes.set('CM3', { daemon, bus });
    await daemon.start([], { clusterBus: bus });
    const phone = await udpClient(port);
    const register = (cseq: number) =>
      phone.send(
        Buffer.from(ciscoRegister({ sentBy: '127.0.0.1', server: '127.0.0.1', port: phone.local.port, cseq })),
      );
    register(101);
    await eventually(async () =>
      expect((await ask('CM1', '/api/devices/SEP005056A1033D')).body).toMatchObject({ node: 'CM3', protocol: 'SIP' }),
    );
    register(102);
    expect((await phone.mailbox.next(({ status }) => status >= 200))?.status).toBe(200);
    expect(await peer.mailbox.next(() => true, 0)).toBeUndefined();
    await Promise.all([peer.close(), phone.close()]);
  });
});

describe('a command at any node', () => {
  it('waits for a phone of another, holds it to expectations, and resets it', async () => {
    const phone = await phoneAt('CM2');
    const run = (...args: readonly string[]) =>
      labcm([...args, '--api', node('CM1').daemon.url('').replace(/\/$/, '')], { fetch });
    expect(await run('wait', 'ipctest2', 'registered', '--within', '10s')).toMatchObject({
      code: 0,
      out: 'ipctest2: Registered on SCCP from 127.0.0.1, lines 5002\n',
    });
    const { folder } = node('CM1').daemon;
    const expectations = join(folder, 'expectations.yaml');
    writeFileSync(
      expectations,
      'devices: { ipctest2: { status: Registered, transport: tcp } }\ncounts: { registered: 1 }',
    );
    expect(await run('assert', expectations, '--within', '5s')).toMatchObject({ code: 0 });
    expect((await run('status')).out).toMatch(/^NAME +STATUS +NODE .*\nipctest2 +Registered +CM2 /);
    expect((await run('nodes')).out).toMatch(/^NODE +STATE .*\nCM1 \* +alive /);
    expect((await run('timeline', 'ipctest2')).out).toContain('CM2: ');
    expect(await run('why', 'ipctest2')).toMatchObject({ code: 0, out: expect.stringContaining('it is registered') });
    expect(await run('reset', 'ipctest2')).toMatchObject({ code: 0, out: 'ipctest2: reset sent\n' });
    await phone.until(0x9f);
    node('CM2').bus.serve(() => new Promise(() => {}));
    const silent = await run('restart', 'ipctest2');
    expect(silent.code).toBe(1);
    expect(silent.err).toContain('CM2');
    await phone.close();
  });
});

describe('the nodes', () => {
  it('are listed with who is alive, and metrics carry the name of this one', async () => {
    const phone = await phoneAt('CM2');
    await eventually(async () => {
      const { body } = await ask('CM1', '/api/nodes');
      expect(body.nodes).toMatchObject([
        { name: 'CM1', isSelf: true, state: 'alive' },
        { name: 'CM2', isSelf: false, state: 'alive', registered: { SCCP: 1, SIP: 0 } },
      ]);
      expect(body.bus).toMatchObject({ state: 'connected', reason: null, waiting: 0 });
    });
    const metrics = String((await ask('CM1', '/metrics')).body);
    expect(metrics).toContain('labcm_devices_registered{protocol="SCCP",node="CM1"} 0');
    expect(metrics).toMatch(/labcm_build_info\{version="[^"]*",node="CM1",nodejs="[^"]*"\} 1/);
    for (const line of metrics.split('\n'))
      if (line !== '' && !line.startsWith('#')) expect(line).toContain('node="CM1"');
    await phone.close();
  });

  it('that stop are dead, and their phones unregistered', async () => {
    await phoneAt('CM2');
    await seenAt('CM1');
    await node('CM2').daemon.stop();
    await eventually(async () => {
      expect((await ask('CM1', '/api/devices/ipctest2')).body).toMatchObject({
        status: 'UnRegistered',
        node: 'CM2',
        registration: null,
        reason: { text: 'the node that it was registered with is gone' },
      });
      expect((await ask('CM1', '/api/nodes')).body.nodes[1]).toMatchObject({ name: 'CM2', state: 'dead' });
    });
    expect((await ask('CM1', '/api/devices/ipctest2/reset', { method: 'POST' })).body.error.code).toBe(
      'not-registered',
    );
  });

  it('say that the bus is gone, since when and why', async () => {
    await eventually(async () => expect((await ask('CM1', '/healthz')).body.status).toBe('ok'));
    node('CM1').bus.cut(true);
    const { status, body } = await ask('CM1', '/healthz');
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: 'degraded', reason: expect.stringContaining('the cluster bus') });
    expect(body.since).toBe(body.degradations[0].since);
    expect((await ask('CM1', '/api/nodes')).body.bus).toMatchObject({ state: 'gone', reason: expect.any(String) });
    node('CM1').bus.cut(false);
    await eventually(async () => {
      const after = (await ask('CM1', '/healthz')).body;
      expect(after.status).toBe('ok');
      expect(after).not.toHaveProperty('reason');
    });
  });
});
