import { once } from 'node:events';
import { get } from 'node:http';
import net from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { instant, after as later, seconds } from '../../src/core/time.js';
import type { DeviceRecord } from '../../src/devices/device.js';
import type { LabcmEvent } from '../../src/events.js';
import { anAttempt } from '../support/devices.js';
import { type ApiHarness, apiHarness, ask, NO_DOCTOR, NO_TIMELINES, NOW } from './api-harness.js';
import { exchange } from './file-server-harness.js';

let lab: ApiHarness;
beforeEach(async () => {
  lab = await apiHarness();
});
afterEach(() => lab.api.close());

const json = async (path: string, from = lab) => {
  const { status, body } = await ask(from, path);
  return { status, body: JSON.parse(body) };
};

/** What a query of devices may have. */
const DEVICE_KEYS =
  'status, protocol, name, model, group, dn, address, load, verdict, origin, node, sort, fields, limit, offset';

describe('the health of the daemon', () => {
  it('is told with what it listens on', async () => {
    expect(await json('/healthz')).toEqual({
      status: 200,
      body: {
        status: 'ok',
        degradations: [],
        version: '0.1.0',
        startedAt: '2026-11-25T09:00:00.000Z',
        devices: 2,
        registered: { SCCP: 0, SIP: 0 },
        listeners: [{ service: 'TFTP', transport: 'udp', address: '127.0.0.1', port: 6969 }],
      },
    });
  });
});

describe('a daemon of which a part fails', () => {
  it('is degraded, with what, why and since when, and alive nevertheless', async () => {
    const since = instant(NOW + 1_000);
    const degraded = await apiHarness(
      {},
      { degradations: () => [{ part: 'trace files', reason: 'the disk is full', since }] },
    );
    const { status, body } = await json('/healthz', degraded);
    await degraded.api.close();
    expect([status, body.status]).toEqual([200, 'degraded']);
    expect(body.degradations).toEqual([
      { part: 'trace files', reason: 'the disk is full', since: '2026-11-25T09:00:01.000Z' },
    ]);
  });
});

describe('devices', () => {
  it('are listed in the order of configuration, never seen as Unknown', async () => {
    const { body } = await json('/api/devices');
    expect(body).toMatchObject({ total: 2, offset: 0, limit: 100 });
    expect(body.devices[0]).toEqual({
      name: 'ipctest2',
      status: 'Unknown',
      state: 'unknown',
      reason: null,
      lastTrouble: null,
      whyNot: null,
      sharedName: null,
      protocol: 'SCCP',
      model: { id: 30016, name: 'Cisco IP Communicator' },
      description: '',
      address: null,
      load: null,
      lines: [{ dn: '5002', label: '5002' }],
      registeredAt: null,
      lastKeepAlive: null,
    });
    expect(body.devices[1].name).toBe('SEP005056A1033D');
  });

  it('say in one sentence why they are not registered: the reason, else what they wait for', async () => {
    const waiting = await apiHarness({}, { timelines: { ...NO_TIMELINES, waitsFor: () => 'its request for a file' } });
    const whyNot = async () =>
      (await json('/api/devices', waiting)).body.devices.map((device: { whyNot: unknown }) => device.whyNot);
    expect(await whyNot()).toEqual(['waits for its request for a file', 'waits for its request for a file']);
    waiting.database.register(anAttempt('ipctest2', 'SIP'), NOW);
    expect(await whyNot()).toEqual([
      expect.stringMatching(/^it speaks SIP, and is configured for SCCP/),
      'waits for its request for a file',
    ]);
    await waiting.api.close();
  });

  it('show their registration while they are registered, and why they no longer are', async () => {
    const attempt = anAttempt('IPCTEST2', 'SCCP', { address: '10.10.210.200', port: 3301 });
    const admission = lab.database.register(attempt, NOW);
    if (!admission.accepted) throw new Error('refused');
    lab.database.reportCapabilities(admission.registration, [{ payload: 4, maxFrames: 60 }], later(NOW, seconds(1)));
    lab.database.keepAlive(admission.registration, later(NOW, seconds(30)));
    const { body } = await json('/api/devices/ipctest2');
    expect(body).toMatchObject({
      status: 'Registered',
      address: '10.10.210.200',
      mac: '005056A1033D',
      registeredAt: '2026-11-25T09:00:01.000Z',
      lastKeepAlive: '2026-11-25T09:00:30.000Z',
      registration: { port: 3301, lines: ['5002'], capabilities: [{ payload: 4, maxFrames: 60 }], keepAlives: 1 },
      lease: null,
      files: [],
      reports: {},
    });
    lab.database.end(admission.registration, 'silence', later(NOW, seconds(120)));
    expect((await json('/api/devices/IpcTest2')).body).toMatchObject({
      status: 'UnRegistered',
      reason: { number: 13, name: 'KeepAliveTimeout', text: 'it fell silent', at: '2026-11-25T09:02:00.000Z' },
      registration: null,
    });
  });

  it('show what was learnt about them', async () => {
    expect((await json('/api/devices/ipctest2')).body).toMatchObject({
      given: null,
      dhcp: null,
      outOfService: null,
      registrations: [],
      shown: null,
      loads: { running: null, asked: null },
    });
    const { facts } = lab.database;
    const record = lab.database.byName('ipctest2') as DeviceRecord;
    facts.recordGiven('ipctest2', 'ipctest2.cnf.xml', { at: NOW, stamp: '1295-4b1f', transport: 'TFTP' });
    facts.recordOutOfService('ipctest2', { code: 10, words: 'TCP-timeout', switch: 'sw1' }, NOW);
    facts.recordDhcpReply(record, { kind: 'ACK', address: '10.10.210.200', reason: 'selected' }, NOW);
    const file = { file: 'x/ipc-sccp.jar', transport: 'TFTP', outcome: 'asked', octets: 0, at: NOW } as const;
    lab.database.recordFileRequest('ipctest2', file, { address: '10.10.210.200', port: 3301 });
    const admission = lab.database.register(anAttempt('ipctest2'), NOW);
    if (!admission.accepted) throw new Error('refused');
    facts.heard(admission.registration, 'RegisterReqMessage');
    expect((await json('/api/devices/ipctest2')).body.registration).toMatchObject({
      heard: 'RegisterReqMessage',
      said: null,
      clockSkew: null,
    });
    lab.database.end(admission.registration, 'silence', later(NOW, seconds(120)));
    const at = '2026-11-25T09:00:00.000Z';
    expect((await json('/api/devices/ipctest2')).body).toMatchObject({
      given: { at, stamp: '1295-4b1f', transport: 'TFTP' },
      dhcp: { ackAt: at, acknowledged: '10.10.210.200', nakAt: null, relay: null },
      outOfService: { at, code: 10, words: 'TCP-timeout', text: 'TCP timeout (10)', switch: 'sw1' },
      registrations: [
        {
          began: at,
          ended: '2026-11-25T09:02:00.000Z',
          reason: { number: 13, name: 'KeepAliveTimeout' },
          lasted: 120_000,
          heard: 'RegisterReqMessage',
          said: null,
        },
      ],
      files: [{ file: 'x/ipc-sccp.jar', outcome: 'asked' }],
      shown: { protocol: 'SCCP', by: ['x/ipc-sccp.jar'] },
    });
  });

  it('are found by status and protocol', async () => {
    expect((await json('/api/devices?protocol=sip')).body).toMatchObject({ total: 1, devices: [{ protocol: 'SIP' }] });
    expect((await json('/api/devices?status=registered')).body).toMatchObject({ total: 0, devices: [] });
    expect((await json('/api/devices?status=UNKNOWN')).body.total).toBe(2);
  });

  it('are found by a pattern of their names', async () => {
    const names = async (pattern: string) =>
      (await json(`/api/devices?name=${encodeURIComponent(pattern)}`)).body.devices.map(
        ({ name }: { name: string }) => name,
      );
    expect(await names('sep0050*')).toEqual(['SEP005056A1033D']);
    expect(await names('IPCTEST?')).toEqual(['ipctest2']);
    expect(await names('nobody*')).toEqual([]);
  });

  it.each([
    [
      '/api/devices?status=nope',
      'status: found nope, wanted one of Unknown, UnRegistered, Registered, Rejected, PartiallyRegistered',
    ],
    ['/api/devices?protocol=h323', 'protocol: found h323, wanted one of SCCP, SIP'],
    ['/api/devices?foo=bar', `found foo, wanted one of ${DEVICE_KEYS}`],
    ['/api/devices?__proto__=x', `found __proto__, wanted one of ${DEVICE_KEYS}`],
    ['/api/devices/ipctest2?verbose=1', 'found verbose, wanted no query: this path has none'],
    [
      '/api/leases?status=bound',
      'found status, wanted one of address, mac, device, state, sort, fields, limit, offset',
    ],
    [`/api/events?type=${'a'.repeat(1_025)}`, 'type: found 1025 characters, wanted at most 1024'],
    [`/api/events?type=a${'&type=a*'.repeat(400)}`, 'type: found 1201 characters, wanted at most 1024'],
    [`/api/events?device=${'a'.repeat(201)}`, 'device: found 201 characters, wanted at most 200'],
    ['/api/events?typ=x', 'found typ, wanted one of type, step, device'],
    ['/api/events?step=dhcp,device', 'step: found dhcp, wanted one of daemon, device, sip'],
  ])('%s is a mistake, and says what may stand there', async (path, message) => {
    expect(await json(path)).toEqual({ status: 400, body: { error: { code: 'query', message } } });
  });

  it('a health check may hold whatever its sender puts there', async () => {
    expect((await json('/healthz?t=1')).status).toBe(200);
  });

  it('are not found by a name that nobody has', async () => {
    expect(await json('/api/devices/nobody')).toEqual({
      status: 404,
      body: { error: { code: 'unknown-device', message: 'no device is called nobody' } },
    });
  });

  it('come in pages where there are 40,000', async () => {
    const large = await apiHarness({}, { others: 40_000 });
    const { body } = await json('/api/devices?limit=3&offset=39999', large);
    expect(body).toMatchObject({ total: 40_002, offset: 39_999, limit: 3 });
    expect(body.devices.map(({ name }: { name: string }) => name)).toEqual([
      'SEP000000039997',
      'SEP000000039998',
      'SEP000000039999',
    ]);
    const names = new Set<string>();
    for (let offset = 0; offset < 40_002; offset += 1_000) {
      const page = await json(`/api/devices?limit=1000&offset=${offset}`, large);
      for (const { name } of page.body.devices) names.add(name);
    }
    expect(names.size).toBe(40_002);
    expect((await ask(large, '/metrics')).body).toContain('labcm_devices 40002');
    await large.api.close();
  }, 20_000);

  it.each(['limit=0', 'limit=1001', 'limit=x', 'limit=-1', 'offset=-1', 'offset=1e3', 'limit='])(
    'do not come in a page of %s',
    async (query) => {
      const { status, body } = await json(`/api/devices?${query}`);
      expect(status).toBe(400);
      expect(body.error.message).toMatch(/^(limit|offset): found .*, wanted /);
    },
  );

  it('have a timeline, which nobody has who is no device', async () => {
    expect((await json('/api/devices/nobody/timeline')).status).toBe(404);
    const steps = [{ at: NOW, step: 'tftp', type: 'tftp.completed', text: 'fetched its file', facts: { octets: 7 } }];
    const keeping = await apiHarness(
      {},
      { timelines: { ...NO_TIMELINES, of: () => ({ steps, waitsFor: 'its registration' }) } },
    );
    expect((await json('/api/devices/ipctest2/timeline', keeping)).body).toEqual({
      device: 'ipctest2',
      steps: [
        {
          at: '2026-11-25T09:00:00.000Z',
          step: 'tftp',
          type: 'tftp.completed',
          text: 'fetched its file',
          facts: { octets: 7 },
        },
      ],
      waitsFor: 'its registration',
      verdict: null,
    });
    await keeping.api.close();
  });
});

describe('commands', () => {
  it.each(['reset', 'restart', 'apply'])('%s goes to the device that is registered', async (command) => {
    const { status, body } = await ask(lab, `/api/devices/IPCTEST2/${command}`, { method: 'POST' });
    expect([status, JSON.parse(body)]).toEqual([202, { device: 'ipctest2', command, outcome: 'sent' }]);
    expect(lab.commands).toEqual([`${command} ipctest2`]);
  });

  it('do not go to one that is not, or that is nobody, or by GET', async () => {
    expect((await ask(lab, '/api/devices/SEP005056A1033D/reset', { method: 'POST' })).status).toBe(409);
    expect((await ask(lab, '/api/devices/nobody/reset', { method: 'POST' })).status).toBe(404);
    const byGet = await ask(lab, '/api/devices/ipctest2/reset');
    expect([byGet.status, byGet.headers.allow]).toEqual([405, 'POST']);
    expect(lab.commands).toEqual(['reset SEP005056A1033D']);
  });
});

describe('doctor', () => {
  it('is told of the process and of the configuration in force', async () => {
    const { status, body } = await json('/api/doctor');
    expect([status, body]).toEqual([
      200,
      {
        pid: 4711,
        file: '/etc/labcm/lab.yaml',
        readAt: '2026-11-25T09:00:00.000Z',
        refused: null,
        realm: 'ccmsipline',
        relays: [],
        counters: {},
      },
    ]);
  });

  it('has a DISCOVER sent by POST alone, on the interface that it names, and gets the offers', async () => {
    const asked: (string | undefined)[] = [];
    const offer = {
      server: '10.0.0.2',
      from: '10.0.0.2',
      yiaddr: '10.0.0.9',
      siaddr: '0.0.0.0',
      options: { 150: '0a000001' },
    };
    const asking = await apiHarness(
      { token: 'open-sesame' },
      {
        doctor: {
          ...NO_DOCTOR,
          discover: async (name) => {
            asked.push(name);
            return { kind: 'heard', interface: name ?? 'eth1', giaddr: '10.0.0.1', offers: [offer] };
          },
        },
      },
    );
    const path = '/api/doctor/discover?interface=eth2';
    expect((await ask(asking, path)).status).toBe(405);
    expect((await ask(asking, path, { method: 'POST' })).status).toBe(401);
    expect(asked).toEqual([]);
    const headers = { Authorization: 'Bearer open-sesame' };
    const { status, body } = await ask(asking, path, { method: 'POST', headers });
    expect([status, JSON.parse(body)]).toEqual([
      200,
      { kind: 'heard', interface: 'eth2', giaddr: '10.0.0.1', offers: [offer] },
    ]);
    expect((await ask(asking, '/api/doctor/discover?wire=eth2', { method: 'POST', headers })).status).toBe(400);
    expect(asked).toEqual(['eth2']);
    await asking.api.close();
  });
});

describe('leases', () => {
  it('are listed', async () => {
    const lease = {
      address: '10.10.210.100',
      mac: '005056A1033D',
      clientId: undefined,
      device: 'ipctest2',
      state: 'bound',
    };
    const leasing = await apiHarness(
      {},
      { leases: () => [{ ...lease, startedAt: NOW, until: later(NOW, seconds(60)) }] },
    );
    expect((await json('/api/leases', leasing)).body).toEqual({
      total: 1,
      offset: 0,
      limit: 100,
      leases: [{ ...lease, clientId: null, startedAt: '2026-11-25T09:00:00.000Z', until: '2026-11-25T09:01:00.000Z' }],
    });
    await leasing.api.close();
  });
});

describe('metrics', () => {
  it('name the version that runs, and show no value that is none yet', async () => {
    const { body } = await ask(lab, '/metrics');
    expect(body).toContain(`labcm_build_info{version="0.1.0",node="${process.versions.node}"} 1\n`);
    expect(body).toContain('# TYPE labcm_rejections_total counter\n');
    expect(body).not.toMatch(/^labcm_rejections_total /m);
    expect(body).toMatch(/^labcm_tftp_requests_total 0$/m);
  });

  it('are counted per API, and read from the parts of the daemon', async () => {
    const other = await apiHarness(
      {},
      {
        metrics: () => [
          { kind: 'gauge', name: 'labcm_links', help: 'Links', values: [{ labels: { of: 'sccp' }, value: 3 }] },
        ],
      },
    );
    const context = { connection: 1, sequence: 1, address: '10.0.0.1', port: 1 };
    const refused = { type: 'tftp.refused', at: NOW, context, file: 'x', reason: '', harmless: false } as const;
    lab.bus.publish({ ...refused, code: 1 });
    lab.bus.publish({ ...refused, code: 1 });
    lab.bus.publish({ ...refused, code: 4 });
    lab.bus.publish({
      type: 'trace.dropped',
      at: NOW,
      sink: 'ccm.txt',
      lines: 17,
      reason: 'full',
      degraded: false,
    });
    const { body, headers } = await ask(lab, '/metrics');
    expect(headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(body).toContain('labcm_tftp_refusals_total{code="1"} 2\nlabcm_tftp_refusals_total{code="4"} 1\n');
    expect(body).toContain('labcm_trace_dropped_lines_total{sink="ccm.txt"} 17\n');
    expect(body).toContain('labcm_devices_by_status{status="Unknown"} 2\n');
    expect(body).toMatch(/^process_resident_memory_bytes \d+$/m);
    expect((await ask(lab, '/metrics')).body).toContain('labcm_tftp_refusals_total{code="1"} 2\n');
    const theirs = (await ask(other, '/metrics')).body;
    expect(theirs).toContain('labcm_links{of="sccp"} 3\n');
    expect(theirs).not.toContain('code="1"');
    await other.api.close();
  });
});

describe('events', () => {
  const listen = (path: string, from = lab, headers: Record<string, string> = {}) => {
    const received: string[] = [];
    const request = get(`${from.url}${path}`, { headers }, (response) => {
      response.setEncoding('utf8');
      response.on('data', (text: string) => received.push(text));
      response.on('error', () => {});
    });
    request.on('error', () => {});
    const opened = async () => {
      while (received.length === 0) await turn();
    };
    return { request, received, opened, text: () => received.join('') };
  };
  const idsOf = ({ text }: { readonly text: () => string }) =>
    [...text().matchAll(/^id: (\d+)$/gm)].map(([, id]) => id);
  const added = (device: string) => ({ type: 'device.added', at: NOW, device }) as unknown as LabcmEvent;

  it('come as they happen', async () => {
    const client = listen('/api/events');
    await client.opened();
    lab.bus.publish(added('ipctest2'));
    while (!client.text().includes('data: ')) await turn();
    expect(client.text()).toBe(
      `retry: 1000\n\nid: ${idsOf(client)[0]}\nevent: device.added\ndata: ${JSON.stringify(added('ipctest2'))}\n\n`,
    );
    client.request.destroy();
  });

  it('come by type and device where that is asked', async () => {
    const client = listen('/api/events?type=device.*&device=IPCTEST2');
    await client.opened();
    lab.bus.publish(added('somebody'));
    lab.bus.publish({ type: 'daemon.stopping', at: NOW });
    lab.bus.publish(added('ipctest2'));
    while (!client.text().includes('data: ')) await turn();
    expect(client.text().match(/^data: .*$/gm)).toEqual([`data: ${JSON.stringify(added('ipctest2'))}`]);
    client.request.destroy();
  });

  it('come by step where that is asked', async () => {
    const client = listen('/api/events?step=daemon,device');
    await client.opened();
    lab.bus.publish({ type: 'listener.opened', at: NOW } as LabcmEvent);
    lab.bus.publish(added('ipctest2'));
    lab.bus.publish({ type: 'daemon.stopping', at: NOW });
    while (!client.text().includes('daemon.stopping')) await turn();
    expect(client.text().match(/^event: .*$/gm)).toEqual(['event: device.added', 'event: daemon.stopping']);
    client.request.destroy();
  });

  it.each(['/api/events?device=10.10.210.7', '/api/events?device=00:50:56:a1:03:3d'])(
    'come by the device that %s means',
    async (path) => {
      const attempt = { ...anAttempt('ipctest2'), address: '10.10.210.7' };
      lab.database.register(attempt, NOW);
      const client = listen(path);
      await client.opened();
      lab.bus.publish(added('somebody'));
      lab.bus.publish(added(path.includes('10.10') ? 'ipctest2' : 'SEP005056A1033D'));
      while (!client.text().includes('data: ')) await turn();
      expect(client.text().match(/^data: .*$/gm)).toHaveLength(1);
      client.request.destroy();
    },
  );

  it('go on after the last one that a client got, when it comes back', async () => {
    const client = listen('/api/events');
    await client.opened();
    for (const name of ['one', 'two', 'three']) lab.bus.publish(added(name));
    while (!client.text().includes('three')) await turn();
    const [first] = idsOf(client);
    client.request.destroy();
    lab.bus.publish(added('four'));
    const again = listen('/api/events', lab, { 'Last-Event-ID': String(first) });
    while (!again.text().includes('four')) await turn();
    expect([...again.text().matchAll(/"device":"(\w+)"/g)].map(([, name]) => name)).toEqual(['two', 'three', 'four']);
    expect(again.text()).not.toContain('missed');
    again.request.destroy();
  });

  it('are for a bounded number of clients, and a place that one leaves is free again', async () => {
    const small = await apiHarness({ feed: { clients: 2, clientsPerSource: 2, queue: 1_000 } });
    for (let round = 0; round < 20; round += 1) {
      const clients = [listen('/api/events', small), listen('/api/events', small)];
      for (const client of clients) await client.opened();
      expect((await ask(small, '/api/events')).status).toBe(503);
      for (const { request } of clients) request.destroy();
      while (small.api.connections > 0) await turn();
    }
    await small.api.close();
    expect(small.bus.hasListener('file.find-matching')).toBe(false);
  });

  it('are not begun by a HEAD, which has no body to put them in', async () => {
    expect((await ask(lab, '/api/events', { method: 'HEAD' })).status).toBe(200);
    expect(lab.bus.hasListener('file.find-matching')).toBe(false);
  });

  it('are for a share of them from one address, and another still has its place', async () => {
    const small = await apiHarness({ feed: { clients: 3, clientsPerSource: 2, queue: 1_000 } });
    const clients = [listen('/api/events', small), listen('/api/events', small)];
    for (const client of clients) await client.opened();
    expect((await ask(small, '/api/events')).status).toBe(503);
    const other = net.connect({ host: '127.0.0.1', port: small.api.local.port, localAddress: '127.0.0.2' });
    other.write('GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n');
    const [first] = (await once(other, 'data')) as [Buffer];
    expect(first.toString()).toMatch(/^HTTP\/1\.1 200 /);
    other.destroy();
    for (const { request } of clients) request.destroy();
    await small.api.close();
  });

  it('are missed by a client that does not read, which is told how many, and nobody waits', async () => {
    const small = await apiHarness({
      feed: { clients: 2, clientsPerSource: 2, queue: 20_000, kept: { events: 100, octets: 100_000 } },
    });
    const stopped = get(`${small.url}/api/events`);
    const response = await new Promise<import('node:http').IncomingMessage>((resolve) =>
      stopped.once('response', resolve),
    );
    response.pause();
    const before = process.memoryUsage().rss;
    const long = added('x'.repeat(1_000));
    for (let count = 0; count < 10_000; count += 1) {
      small.bus.publish(long);
      if (count % 200 === 0) await turn();
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(60_000_000);
    let unread = '';
    let missed = 0;
    let heard = 0;
    response.setEncoding('utf8');
    response.on('data', (piece: string) => {
      const messages = `${unread}${piece}`.split('\n\n');
      unread = messages.pop() ?? '';
      for (const message of messages) {
        missed += Number(/^event: missed\ndata: \{"events":(\d+)\}$/.exec(message)?.[1] ?? 0);
        if (message.includes('x'.repeat(1_000))) heard += 1;
      }
    });
    response.on('error', () => {});
    response.resume();
    while (missed + heard < 10_000) {
      small.bus.publish(added('ipctest2'));
      for (let turns = 0; turns < 50; turns += 1) await turn();
    }
    expect(missed).toBeGreaterThan(2_000);
    stopped.destroy();
    await small.api.close();
  });

  it('end when the API closes', async () => {
    const closing = await apiHarness();
    const client = listen('/api/events', closing);
    await client.opened();
    await closing.api.close();
    expect(closing.api.connections).toBe(0);
    expect(closing.bus.hasListener('file.find-matching')).toBe(false);
    expect(closing.bus.hasListener('tftp.request')).toBe(false);
  });
});

describe('the door of the API', () => {
  const refused = async (path: string, options: Parameters<typeof ask>[2], from = lab) => {
    const { status, body } = await ask(from, path, options);
    return [status, status === 200 || status === 202 ? '' : JSON.parse(body).error.code];
  };
  const POST = { method: 'POST' };

  it('is shut to names that somebody else may have pointed here, for reading too', async () => {
    expect(await refused('/api/devices', { headers: { Host: 'evil.example' } })).toEqual([403, 'host']);
    expect(await refused('/api/devices', { headers: { Host: 'evil.example:8088' } })).toEqual([403, 'host']);
    expect(await refused('/api/devices', { headers: { Host: '127.0.0.1.evil.example' } })).toEqual([403, 'host']);
    expect(lab.events[0]).toMatchObject({
      type: 'http.api-refused',
      address: '127.0.0.1',
      status: 403,
      path: '/api/devices',
    });
    for (const host of ['localhost:8088', '127.0.0.1', '[::1]:8088', '10.10.210.10:8088'])
      expect(await refused('/api/devices', { headers: { Host: host } })).toEqual([200, '']);
    expect(await refused('/healthz', { headers: { Host: 'labcm' } })).toEqual([200, '']);
  });

  it('is open to a name that its owner gave it', async () => {
    const named = await apiHarness({ hosts: ['Lab.Example'] });
    expect(await refused('/api/devices', { headers: { Host: 'lab.example:80' } }, named)).toEqual([200, '']);
    await named.api.close();
  });

  it('is shut to the pages of other sites', async () => {
    const path = '/api/devices/ipctest2/reset';
    expect(await refused(path, { ...POST, headers: { Origin: 'http://evil.example' } })).toEqual([403, 'origin']);
    expect(await refused(path, { ...POST, headers: { Origin: 'null' } })).toEqual([403, 'origin']);
    expect(await refused(path, { ...POST, headers: { Origin: 'http://127.0.0.1:1' } })).toEqual([403, 'origin']);
    expect(await refused(path, { ...POST, headers: { 'Sec-Fetch-Site': 'cross-site' } })).toEqual([403, 'origin']);
    expect(lab.commands).toEqual([]);
    expect(await refused(path, { ...POST, headers: { Origin: lab.url, 'Sec-Fetch-Site': 'same-origin' } })).toEqual([
      202,
      '',
    ]);
  });

  it('asks for its token, where it has one, of whoever changes something', async () => {
    const guarded = await apiHarness({ token: 'open sesame'.replace(' ', '-') });
    const path = '/api/devices/ipctest2/reset';
    expect(await refused(path, POST, guarded)).toEqual([401, 'token']);
    for (const wrong of ['Bearer wrong', 'Bearer', 'Basic b3Blbi1zZXNhbWU=', 'Bearer open-sesame x'])
      expect(await refused(path, { ...POST, headers: { Authorization: wrong } }, guarded)).toEqual([401, 'token']);
    expect(await refused('/api/devices', {}, guarded)).toEqual([200, '']);
    const headers = { Authorization: 'Bearer open-sesame' };
    expect(await refused(path, { ...POST, headers }, guarded)).toEqual([202, '']);
    expect(await refused('/api/devices', { headers: { ...headers, Host: 'anything' } }, guarded)).toEqual([200, '']);
    await guarded.api.close();
  });

  it('lets nobody change anything beyond loopback without a token, and says what to set', async () => {
    const wide = await apiHarness({ address: '0.0.0.0' });
    const { status, body } = await ask(wide, '/api/devices/ipctest2/reset', POST);
    expect(status).toBe(403);
    expect(JSON.parse(body).error.message).toContain('http.api.token');
    expect(await refused('/api/devices', {}, wide)).toEqual([200, '']);
    expect(wide.commands).toEqual([]);
    await wide.api.close();
  });
});

describe('what the API does not know', () => {
  it('is answered as JSON, with a code', async () => {
    expect((await json('/nowhere')).body).toEqual({
      error: { code: 'no-such-path', message: 'there is no /nowhere here' },
    });
    const deleted = await ask(lab, '/api/devices', { method: 'DELETE' });
    expect([deleted.status, deleted.headers.allow]).toEqual([405, 'GET, POST']);
  });

  it('is its own fault where a part of the daemon fails, and tells the peer nothing of it', async () => {
    const failing = await apiHarness(
      {},
      {
        leases: () => {
          throw new Error('a secret path');
        },
      },
    );
    const { status, body } = await ask(failing, '/api/leases');
    expect(status).toBe(500);
    expect(body).not.toContain('secret');
    expect(failing.events[0]).toMatchObject({ type: 'http.api-refused', status: 500, reason: 'a secret path' });
    await failing.api.close();
  });

  it('is answered one request a turn: what comes at once does not hold up the rest of the daemon', async () => {
    let longest = 0;
    let inTurn = 0;
    const counted = await apiHarness(
      {},
      {
        metrics: () => {
          inTurn += 1;
          longest = Math.max(longest, inTurn);
          setImmediate(() => {
            inTurn = 0;
          });
          return [];
        },
      },
    );
    const { port } = counted.api.local;
    const asked = 'GET /metrics HTTP/1.0\r\nHost: localhost\r\n\r\n';
    const texts = await Promise.all(Array.from({ length: 40 }, () => exchange(port, asked)));
    expect(texts.every((text) => text.startsWith('HTTP/1.1 200 '))).toBe(true);
    expect(longest).toBe(1);
    await counted.api.close();
  });

  it('may not be asked for faster than it is answered, beyond a few', async () => {
    const { port } = lab.api.local;
    expect(await exchange(port, 'GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(1_000))).toBe('');
    const other = await exchange(port, 'GET /healthz HTTP/1.0\r\nHost: x\r\n\r\n', { localAddress: '127.0.0.2' });
    expect(other).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('may be garbage, or a body without end, at no cost to others', async () => {
    const { port } = lab.api.local;
    expect(await exchange(port, '\x16\x03\x01\r\n\r\n', { end: true })).toMatch(/^HTTP\/1\.1 400 /);
    expect(await exchange(port, 'GET / HTTP/1.1\r\nHost: [\r\nConnection: close\r\n\r\n')).toMatch(/^HTTP\/1\.1 4/);
    const endless =
      'POST /api/devices/ipctest2/reset HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999999999\r\n\r\nx';
    expect(await exchange(port, endless)).toMatch(/^HTTP\/1\.1 202 /);
    expect((await json('/healthz')).status).toBe(200);
  });
});
