// The commands that ask the running daemon, against the real API's shapes.

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { instant, minutes } from '../../src/core/time.js';
import { DeviceDatabase } from '../../src/devices/index.js';
import { DEFAULT_POLICY } from '../../src/devices/policy.js';
import { deviceDetail, deviceSummary } from '../../src/http/api/device-json.js';
import { systemClock } from '../../src/net/system-clock.js';
import { folderWith } from '../config/harness.js';
import { aDevice, anAttempt, seedDevices } from '../support/devices.js';
import { type Call, type CommandSetup, labcm } from './harness.js';

const SILENT = { publish: () => {}, hasListener: () => false };
const NOW = instant(Date.UTC(2011, 0, 14, 16, 17, 16));

/** The seed's first phone registered, its second refused. */
const database = (): DeviceDatabase => {
  const devices = new DeviceDatabase(SILENT);
  devices.configure(seedDevices(), NOW);
  const admission = devices.register(anAttempt('ipctest2', 'SCCP', { load: '7.0.1.0' }), NOW);
  if (!admission.accepted) throw new Error('refused');
  devices.reportCapabilities(
    admission.registration,
    [
      { payload: 4, maxFrames: 60 },
      { payload: 2, maxFrames: 60 },
    ],
    NOW,
  );
  devices.keepAlive(admission.registration, instant(NOW + minutes(1)));
  devices.register(anAttempt('SEP005056A1033D', 'SCCP', { link: 386 }), NOW);
  return devices;
};

const failing = (status: number, code: string, message: string) => ({ status, body: { error: { code, message } } });

const api =
  (devices: DeviceDatabase, fleet: object = { daemon: [], groups: [] }): NonNullable<CommandSetup['api']> =>
  ({ method, url }: Call) => {
    const { pathname, searchParams } = new URL(url);
    if (pathname === '/api/verdicts') return { body: fleet };
    if (pathname === '/api/trunks') return { body: { trunks: [] } };
    if (pathname === '/api/unknown-phones') return { body: { total: 0, phones: [] } };
    const [, , , name, command] = pathname.split('/');
    if (name === undefined) {
      const all = [...devices.devices()].map((record) => deviceSummary(systemClock, record));
      const [limit, offset] = [Number(searchParams.get('limit')), Number(searchParams.get('offset'))];
      return { body: { total: all.length, offset, limit, devices: all.slice(offset, offset + limit) } };
    }
    const record = devices.byName(decodeURIComponent(name));
    if (record === undefined) return failing(404, 'unknown-device', `no device is called ${name}`);
    if (command === undefined) return { body: deviceDetail(systemClock, record) };
    if (method !== 'POST') return failing(405, 'method', 'for POST');
    if (record.registration === undefined) return failing(409, 'not-registered', 'the device is not registered');
    return { status: 202, body: { device: record.configured.name, command, outcome: 'sent' } };
  };

describe('labcm status', () => {
  it('is a table of what is registered, from where, since when, and why not', async () => {
    const { code, out, err } = await labcm(['status'], { api: api(database()) });
    expect(code).toBe(0);
    const [header, first, second, ...rest] = out.split('\n');
    expect(header).toMatch(/^NAME +STATUS +PROTOCOL +ADDRESS +SINCE +LINES +MODEL +WHY NOT$/);
    expect(first).toMatch(
      /^ipctest2 +Registered +SCCP +10\.10\.210\.200 +2011-01-1\d \d\d:17:16 +5002 +Cisco IP Communicator$/,
    );
    expect(second).toMatch(
      /^SEP005056A1033D +Rejected +SIP +- .* 5005 +Cisco IP Communicator +15 ProtocolMismatch: .+$/,
    );
    expect(rest).toEqual(['']);
    expect(first?.indexOf('Registered')).toBe(header?.indexOf('STATUS'));
    expect(err).toBe('1 of 2 registered\n');
  });

  it('has a column of nodes where a bus connects them, and can be asked for one', async () => {
    const devices = database();
    const node = (name: string): string | null => (name === 'ipctest2' ? 'CM2' : null);
    const { out, calls } = await labcm(['status', '--node', 'CM*'], {
      api: (call) => {
        if (!call.url.includes('/api/devices')) return api(devices)(call);
        const all = [...devices.devices()].map((record) =>
          deviceSummary(systemClock, record, { node: node(record.configured.name) }),
        );
        return { body: { total: all.length, offset: 0, limit: 1000, devices: all } };
      },
    });
    const [header, first, second] = out.split('\n');
    expect(header).toMatch(/^NAME +STATUS +NODE +PROTOCOL +ADDRESS/);
    expect(first).toMatch(/^ipctest2 +Registered +CM2 +SCCP /);
    expect(second).toMatch(/^SEP005056A1033D +Rejected +- +SIP /);
    expect(calls.some(({ url }) => url.includes('node=CM*'))).toBe(true);
  });

  it('says above it what is wrong with labcm itself, and with three phones or more', async () => {
    const finding = {
      code: 'ops.not-reloaded',
      severity: 'attention',
      confidence: 'certain',
      since: '2011-01-14T16:17:11.806Z',
      sentence: 'lab.yaml was changed at 10:02:14 and is not in force.',
      evidence: [],
      remedy: [
        { do: 'command', text: 'labcm check lab.yaml' },
        { do: 'signal', text: 'kill -HUP 4711' },
      ],
    };
    const group = (count: number) => ({
      code: 'dhcp.pool-empty',
      severity: 'blocking',
      confidence: 'certain',
      count,
      since: '2011-01-14T16:17:11.806Z',
      sentence: `${count} phones. SEP1, for one: no address is free.`,
      common: [],
      devices: ['SEP1'],
    });
    const fleet = { total: 5, offset: 0, limit: 1, daemon: [finding], groups: [group(3), group(2)], devices: [] };
    const { out } = await labcm(['status'], { api: api(database(), fleet) });
    expect(out.split('\n').slice(0, 5)).toEqual([
      finding.sentence,
      '  run    labcm check lab.yaml',
      '3 phones. SEP1, for one: no address is free.',
      '',
      expect.stringMatching(/^NAME +STATUS/),
    ]);
    const json = await labcm(['status', '--json'], { api: api(database(), fleet) });
    expect(JSON.parse(json.out)).toMatchObject({ total: 2, daemon: [finding], groups: [group(3), group(2)] });
    const why = await labcm(['why'], { api: api(database(), { ...fleet, groups: [] }) });
    expect(why.out).toContain(`${finding.sentence}\n  run    labcm check`);
    expect([why.code, why.err]).toEqual([0, 'nothing is wrong with any phone\n']);
  });

  it('colours on a terminal alone, and not where NO_COLOR asks for none', async () => {
    const answers = { api: api(database()) };
    expect((await labcm(['status'], answers)).out).not.toContain('\u001b');
    expect((await labcm(['status'], { ...answers, terminal: true })).out).toContain('\u001b[32mRegistered\u001b[0m');
    expect((await labcm(['status'], { ...answers, terminal: true, environment: { NO_COLOR: '1' } })).out).not.toContain(
      '\u001b',
    );
  });

  it('gives programs what the API gave, and says nothing besides', async () => {
    const { out, err } = await labcm(['status', '--json'], { api: api(database()) });
    expect(JSON.parse(out)).toMatchObject({
      total: 2,
      devices: [{ name: 'ipctest2', state: 'registered' }, { status: 'Rejected' }],
    });
    expect(err).toBe('');
  });

  it('asks for some of them by status, protocol and a pattern', async () => {
    const words = ['status', 'SEP0050*', '--status', 'REJECTED', '--protocol', 'SIP'];
    const { code, calls } = await labcm(words, { api: api(database()) });
    expect(code).toBe(0);
    expect(new URL(calls[0]?.url ?? '').search).toBe('?name=SEP0050*&status=rejected&protocol=sip&limit=1000&offset=0');
    expect(await labcm(['status', '--status', 'nope'])).toMatchObject({ code: 2, out: '' });
  });

  it('asks for some of them by model and verdict, in an order', async () => {
    const words = ['status', '--model', '*7962*', '--verdict', 'dhcp.*', '--sort=-name'];
    const { code, calls } = await labcm(words, { api: api(database()) });
    expect(code).toBe(0);
    expect(Object.fromEntries(new URL(calls[0]?.url ?? '').searchParams)).toMatchObject({
      model: '*7962*',
      verdict: 'dhcp.*',
      sort: '-name',
    });
  });

  it('says which orders there are, in the words of the API', async () => {
    const message = 'sort: found colour, wanted one of name, status';
    const refusing = () => failing(400, 'query', message);
    const { code, err } = await labcm(['status', '--sort', 'colour'], { api: refusing });
    expect(code).not.toBe(0);
    expect(err).toContain(message);
  });

  it('shows a terminal no more than it can hold, and everything to a pipe', async () => {
    const devices = new DeviceDatabase(SILENT);
    devices.configure(
      Array.from({ length: 250 }, (_, index) => aDevice(`D${index}`)),
      NOW,
    );
    const lines = async (words: readonly string[], terminal: boolean) => {
      const { out, err } = await labcm(words, { api: api(devices), terminal });
      return { shown: out.trimEnd().split('\n').length - 1, err };
    };
    expect(await lines(['status'], true)).toEqual({
      shown: 100,
      err: "the first 100; --status, --model, --verdict or a pattern such as 'SEP0050*' narrow it, --all shows all\n0 of 250 registered\n",
    });
    expect((await lines(['status', '--all'], true)).shown).toBe(250);
    expect(await lines(['status'], false)).toEqual({ shown: 250, err: '0 of 250 registered\n' });
  });

  it('asks for page after page', async () => {
    const devices = new DeviceDatabase(SILENT);
    devices.configure(
      Array.from({ length: 2500 }, (_, index) => aDevice(`D${index}`)),
      NOW,
    );
    const { out, calls } = await labcm(['status', '--json'], { api: api(devices) });
    expect(JSON.parse(out).devices).toHaveLength(2500);
    expect(calls.map(({ url }) => new URL(url).search)).toEqual([
      '?limit=1000&offset=0',
      '?limit=1000&offset=1000',
      '?limit=1000&offset=2000',
      '?limit=1',
      '?limit=10',
      '', // of those that nobody configured
    ]);
  });

  it('of one device tells all that is known', async () => {
    const { out } = await labcm(['status', 'IPCTEST2'], { api: api(database()) });
    for (const line of [
      'Name: +ipctest2',
      'Status: +Registered',
      'Model: +Cisco IP Communicator \\(30016\\)',
      'Load: +7.0.1.0',
      'Keepalives: +1',
      'Capabilities: +4 2',
      'Line 1: +5002',
    ])
      expect(out).toMatch(new RegExp(`^${line}$`, 'm'));
    expect(JSON.parse((await labcm(['status', 'ipctest2', '--json'], { api: api(database()) })).out)).toMatchObject({
      mac: '005056A1033D',
    });
  });

  it('says of a phone that auto-registration let in that nobody configured it', async () => {
    const devices = database();
    devices.setPolicy({ ...DEFAULT_POLICY, autoRegistration: { first: 1000, last: 1000 } }, 'Default');
    devices.register(anAttempt('SEP0A55000000C1', 'SCCP', { link: 999 }), NOW);
    const { out } = await labcm(['status', 'SEP0A55000000C1'], { api: api(devices) });
    expect(out).toMatch(/^Configured: +no, auto-registration let it in$/m);
    expect((await labcm(['status', 'ipctest2'], { api: api(devices) })).out).not.toContain('Configured:');
  });

  it('calls what is over of a registered phone its last trouble, and why a phone is not its reason', async () => {
    const devices = database();
    devices.register(anAttempt('ipctest2', 'SCCP', { link: 999, typeId: 7 }), NOW);
    const registered = (await labcm(['status', 'ipctest2'], { api: api(devices) })).out;
    expect(registered).toMatch(/^Last trouble: +32 DeviceTypeMismatch: it says that it is a Cisco 7960 \(7\), /m);
    expect(registered).not.toMatch(/^Reason:|^Why not:/m);
    const rejected = (await labcm(['status', 'SEP005056A1033D'], { api: api(devices) })).out;
    expect(rejected).toMatch(/^Reason: +15 ProtocolMismatch: it speaks SCCP, and is configured for SIP/m);
    expect(rejected).not.toMatch(/^Last trouble:/m);
    const table = (await labcm(['status'], { api: api(devices) })).out;
    expect(table).not.toContain('DeviceTypeMismatch');
  });

  it('shows two phones of one name as that, though they are registered', async () => {
    const devices = database();
    for (let link = 1; link < 6; link += 1)
      devices.register(anAttempt('ipctest2', 'SCCP', { link, address: `10.0.0.${1 + (link % 2)}` }), systemClock.now());
    expect((await labcm(['status'], { api: api(devices) })).out).toMatch(
      /^ipctest2 .+ two phones use this name: 10\.0\.0\.1:3300 and 10\.0\.0\.2:3300, \d changes in /m,
    );
    expect((await labcm(['status', 'ipctest2'], { api: api(devices) })).out).toMatch(
      /^Remark: +two phones use this name/m,
    );
  });

  it('of an unknown device fails and says how to find one', async () => {
    expect(await labcm(['status', 'SEP9'], { api: api(database()) })).toMatchObject({
      code: 1,
      out: '',
      err: 'labcm: SEP9: found no device of that name, wanted one that the daemon knows; `labcm status` lists them\n',
    });
  });

  it.each([
    [
      'no daemon',
      undefined,
      'labcm: http://127.0.0.1:8088: found no answer (connection refused), wanted a running daemon; start one with `labcm run`, or say where it is by --api or -c\n',
    ],
    [
      'something else',
      () => ({ body: { hello: 'world' } }),
      expect.stringContaining('found an answer that is not labcm’s'),
    ],
    ['a proxy in trouble', () => ({ status: 502, body: 'bad' }), expect.stringContaining('found status 502')],
  ])('with %s at the other end fails', async (_, answer, said) => {
    const surroundings = answer === undefined ? {} : { api: answer as NonNullable<CommandSetup['api']> };
    expect(await labcm(['status'], surroundings)).toMatchObject({ code: 2, out: '', err: said });
  });

  it.each([
    ['status'],
    ['status', 'ipctest2'],
    ['timeline', 'ipctest2'],
    ['why'],
    ['why', 'ipctest2'],
    ['leases'],
    ['calls'],
    ['reset', 'ipctest2'],
    ['set', 'ipctest2', 'description=x'],
    ['remove', 'ipctest2'],
    ['leases', '--json'],
    ['pcap', 'ipctest2', '-o', 'x.pcapng'],
  ])('where no daemon answers, `labcm %s %s` is no answer: exit 2', async (...words) => {
    expect(await labcm(words)).toMatchObject({ code: 2, err: expect.stringContaining('found no answer') });
  });

  it.each(['token', 'host', 'origin'])('where the daemon refuses the %s, neither', async (code) => {
    expect(await labcm(['status'], { api: () => failing(403, code, 'no') })).toMatchObject({ code: 2, out: '' });
  });

  it('finds the API and its token in the configuration, by --api, and in the environment', async () => {
    const file = join(
      folderWith({ 'l.yaml': 'http: { api: { listen: 0.0.0.0, port: 9, token: "0123456789abcdef" } }' }),
      'l.yaml',
    );
    const asked = async (words: readonly string[], environment = {}) =>
      (await labcm(['status', 'ipctest2', ...words], { api: api(database()), environment })).calls.map(
        ({ url, authorization }) => [new URL(url).host, authorization],
      );
    expect(await asked(['-c', file])).toEqual([['127.0.0.1:9', 'Bearer 0123456789abcdef']]);
    expect(await asked(['--api', 'http://lab:7/'], { LABCM_API_TOKEN: 't' })).toEqual([['lab:7', 'Bearer t']]);
    expect(await asked([])).toEqual([['127.0.0.1:8088', undefined]]);
    expect((await labcm(['status', '--api', 'nowhere'])).err).toContain(
      '--api: found "nowhere", wanted an address such as',
    );
  });
});

describe('labcm reset, restart, apply', () => {
  it.each(['reset', 'restart', 'apply'])('%s is sent to a registered phone', async (command) => {
    const { code, out, calls } = await labcm([command, 'IPCTEST2'], { api: api(database()) });
    expect([code, out]).toEqual([0, `ipctest2: ${command} sent\n`]);
    expect(calls).toMatchObject([{ method: 'POST', url: `http://127.0.0.1:8088/api/devices/IPCTEST2/${command}` }]);
  });

  it('fails for a phone that is not registered', async () => {
    const { code, err } = await labcm(['reset', 'SEP005056A1033D'], { api: api(database()) });
    expect(code).toBe(1);
    expect(err).toBe(
      'labcm: SEP005056A1033D: found a device that is not registered, wanted one that is; `labcm status DEVICE` says why it is not\n',
    );
  });

  const run = (rest: object) => ({
    ...{ id: 7, command: 'reset', state: 'done', endedAt: '2026-11-25T09:00:00.000Z', perSecond: 10 },
    ...{ devices: 3, sent: 2, left: 0, untold: {}, untoldDevices: [{ device: 'SEPB', reason: 'not-registered' }] },
    ...rest,
  });
  const asked = async (last: object, ...options: readonly string[]) => {
    let looks = 0;
    return labcm(['reset', 'SEP*', ...options], {
      api: ({ method }) => {
        if (method === 'POST') return { status: 202, body: run({ state: 'running', endedAt: null, sent: 0, left: 3 }) };
        looks += 1;
        return { body: looks === 1 ? run({ state: 'running', endedAt: null, sent: 1, left: 2 }) : run(last) };
      },
    });
  };

  it('of a pattern is told to all that fit, and is waited for', async () => {
    const { code, out, err, calls } = await asked({}, '--per-second', '10');
    expect([code, out, err]).toEqual([0, 'reset: 2 of 3 told\n', 'SEPB: not-registered\n']);
    expect(calls.map(({ method, url }) => `${method} ${new URL(url).pathname}`)).toEqual([
      'POST /api/commands',
      'GET /api/commands/7',
      'GET /api/commands/7',
    ]);
    expect(calls[0]).toMatchObject({ sent: { command: 'reset', filter: { name: 'SEP*' }, perSecond: 10 } });
  });

  it.each([
    [{ devices: 0, sent: 0, untoldDevices: [] }, '', 'found no device of such a name'],
    [{ devices: 1, sent: 0 }, 'reset: 0 of 1 told\n', 'found no device that is registered'],
    [{ devices: 40, sent: 1, left: 9, state: 'stopped' }, 'reset: 1 of 40 told, 9 left out\n', ''],
  ])('of a pattern with the end %j', async (last, told, fault) => {
    const { code, out, err } = await asked(last);
    expect([code, out]).toEqual([fault === '' ? 0 : 1, told]);
    expect(err).toContain(fault === '' ? 'and 29 others that were not told' : fault);
  });

  it('a name cannot reach another path', async () => {
    const { calls } = await labcm(['reset', '../../metrics#'], { api: api(database()) });
    expect(calls[0]?.url).toBe('http://127.0.0.1:8088/api/devices/..%2F..%2Fmetrics%23/reset');
  });
});

describe('labcm leases', () => {
  const leases = [
    {
      address: '10.1.0.9',
      mac: '005056A1033D',
      clientId: null,
      device: 'ipctest2',
      state: 'bound',
      startedAt: '2011-01-14T16:00:00.000Z',
      until: '2011-01-15T16:00:00.000Z',
    },
  ];
  const answer = () => ({ body: { total: 1, offset: 0, limit: 1000, leases } });

  it('are a table, or JSON', async () => {
    const { out, err } = await labcm(['leases'], { api: answer });
    expect(out).toMatch(
      /^ADDRESS +MAC +DEVICE +STATE +SINCE +UNTIL\n10\.1\.0\.9 +005056A1033D +ipctest2 +bound +2011-/,
    );
    expect(err).toBe('1 lease\n');
    expect(JSON.parse((await labcm(['leases', '--json'], { api: answer })).out)).toEqual({ total: 1, leases });
  });

  it('that ended say how', async () => {
    const ended = leases.map((lease) => ({ ...lease, state: 'free', ended: 'other-server' }));
    const { out } = await labcm(['leases'], {
      api: () => ({ body: { total: 1, offset: 0, limit: 1000, leases: ended } }),
    });
    expect(out).toMatch(/ipctest2 +free, took another server’s +2011-/);
  });
});

describe('labcm why', () => {
  const finding = (code: string, severity: string, sentence: string) => ({
    code,
    severity,
    confidence: 'certain',
    since: '2026-01-14T09:30:00.000Z',
    sentence,
    evidence: [],
    remedy: [],
  });
  const withUnknown = (device: string, named: boolean) =>
    api(database(), {
      daemon: [],
      groups: [],
      unknown: [
        { device, named, verdict: finding('register.unknown-device', 'blocking', `"${device}" is not configured.`) },
      ],
    });

  it('lists the phones that nobody configured, and fails for them', async () => {
    const { code, out, err } = await labcm(['why'], { api: withUnknown('SEP0A1122334456', true) });
    expect([code, err]).toEqual([1, '`labcm why DEVICE` says what to do\n']);
    expect(out).toMatch(/^NOT CONFIGURED +CODE +SINCE +WHY\n/);
    expect(out).toMatch(/^SEP0A1122334456 +register.unknown-device .*"SEP0A1122334456" is not configured\.$/m);
    const json = await labcm(['why', '--json'], { api: withUnknown('SEP0A1122334456', true) });
    expect(JSON.parse(json.out)).toMatchObject({ device: 'SEP0A1122334456', verdict: { severity: 'blocking' } });
  });

  it('lists what each node says where a bus connects them, and names those that are silent', async () => {
    const one = { ...finding('dhcp.pool-empty', 'blocking', '40 phones get no address'), count: 40 };
    const shared = api(database(), {
      ...{ daemon: [], groups: [one], unknown: [], silentNodes: ['CM3'] },
      nodes: [
        {
          node: 'CM2',
          daemon: [finding('host.disk-full', 'blocking', 'the disk is full')],
          groups: [{ ...finding('tls.old', 'attention', '2 phones speak TLS 1.0'), count: 2 }],
          unknown: [{ device: '10.2.0.99', named: false, verdict: finding('x', 'blocking', 'nobody knows it') }],
        },
      ],
    });
    const { code, out, err } = await labcm(['why'], { api: shared });
    expect([code, err]).toEqual([1, 'no answer from CM3\n`labcm why DEVICE` says what to do\n']);
    expect(out).toMatch(/^CM2:\nthe disk is full\n/);
    expect(out).toMatch(/^NODE +PHONES +CODE/m);
    expect(out).toMatch(/^here +40 +dhcp.pool-empty/m);
    expect(out).toMatch(/^CM2 +2 +tls.old/m);
    expect(out).toMatch(/^CM2 +10\.2\.0\.99/m);
    const json = await labcm(['why', '--json'], { api: shared });
    expect(
      json.out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).node),
    ).toEqual(['CM2', undefined, 'CM2', 'CM2']);
  });

  it('lists an address without a name, and does not fail for it', async () => {
    const { code, out } = await labcm(['why'], { api: withUnknown('10.2.0.99', false) });
    expect([code, out]).toEqual([0, expect.stringContaining('10.2.0.99')]);
  });
});
