// The commands for other people's pipelines: waiting for a device, and holding the daemon to a file.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SaxesParser } from 'saxes';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseCountRange } from '../../src/core/count-range.js';
import { instant } from '../../src/core/time.js';
import { DeviceDatabase } from '../../src/devices/index.js';
import { deviceDetail, deviceSummary } from '../../src/http/api/device-json.js';
import { systemClock } from '../../src/net/system-clock.js';
import { folderWith } from '../config/harness.js';
import { anAttempt, seedDevices } from '../support/devices.js';
import { type CommandSetup, labcm, start } from './harness.js';

const SILENT = { publish: () => {}, hasListener: () => false };
const NOW = instant(Date.UTC(2011, 0, 14, 16, 17, 16));

const register = (devices: DeviceDatabase): void => {
  const admission = devices.register(anAttempt('ipctest2', 'SCCP', { load: '7.0.1.0' }), NOW);
  if (!admission.accepted) throw new Error('refused');
  devices.reportCapabilities(admission.registration, [{ payload: 4, maxFrames: 60 }], NOW);
  devices.keepAlive(admission.registration, NOW);
  for (const [file, outcome] of [
    ['CTLipctest2.tlv', 'refused'],
    ['ipctest2.cnf.xml', 'served'],
  ] as const)
    devices.recordFileRequest(
      'ipctest2',
      { at: NOW, file, transport: 'TFTP', outcome, octets: 9 },
      { address: '10.10.210.200', port: 3300 },
    );
};

/** The seed's first phone registered, its second refused. */
const database = (): DeviceDatabase => {
  const devices = new DeviceDatabase(SILENT);
  devices.configure(seedDevices(), NOW);
  register(devices);
  devices.register(anAttempt('SEP005056A1033D', 'SCCP', { link: 386 }), NOW);
  return devices;
};

type Api = NonNullable<CommandSetup['api']>;

const api =
  (devices: DeviceDatabase): Api =>
  ({ url }) => {
    const { pathname, searchParams } = new URL(url);
    const name = pathname.split('/')[3];
    if (name === undefined) {
      const all = [...devices.devices()].map((record) => deviceSummary(systemClock, record));
      const [limit, offset] = [Number(searchParams.get('limit')), Number(searchParams.get('offset'))];
      return { body: { total: all.length, offset, limit, devices: all.slice(offset, offset + limit) } };
    }
    const record = devices.byName(decodeURIComponent(name));
    if (record === undefined)
      return { status: 404, body: { error: { code: 'unknown-device', message: `no device is called ${name}` } } };
    return { body: deviceDetail(systemClock, record) };
  };

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date', 'performance', 'setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

describe('labcm wait', () => {
  it('ends at once where a device has the status already', async () => {
    expect(await labcm(['wait', 'IPCTEST2', 'registered'], { api: api(database()) })).toMatchObject({
      code: 0,
      out: 'ipctest2: Registered on SCCP from 10.10.210.200, lines 5002\n',
      err: '',
      calls: [{ url: 'http://127.0.0.1:8088/api/devices/IPCTEST2' }],
    });
    expect(await labcm(['wait', 'SEP005056A1033D', 'Rejected'], { api: api(database()) })).toMatchObject({ code: 0 });
  });

  it('waits for the daemon, then for the device', async () => {
    const devices = new DeviceDatabase(SILENT);
    devices.configure(seedDevices(), NOW);
    let up = false;
    const answer: Api = (call) =>
      up
        ? api(devices)(call)
        : new TypeError('fetch failed', { cause: Object.assign(new Error(), { code: 'ECONNREFUSED' }) });
    const { ended, out, err, calls } = start(['wait', 'ipctest2', '--within', '10s'], { api: answer });
    await vi.advanceTimersByTimeAsync(1000);
    up = true;
    await vi.advanceTimersByTimeAsync(1000);
    expect(out()).toBe('');
    register(devices);
    await vi.advanceTimersByTimeAsync(200);
    expect(await ended).toBe(0);
    expect(out()).toContain('ipctest2: Registered');
    expect(err()).toBe('');
    expect(calls).toHaveLength(12);
  });

  it.each([
    [
      'SEP005056A1033D',
      'SEP005056A1033D: found Rejected (15 ProtocolMismatch: it speaks SCCP, and is configured for SIP: change its protocol, or give the phone a load of the other), wanted Registered within 2 s',
    ],
    ['SEP9', 'SEP9: found no device of that name, wanted Registered within 2 s'],
  ])('says what was found of %s when time is up', async (name, said) => {
    const { ended, out, err } = start(['wait', name, '--within', '2s'], { api: api(database()) });
    await vi.advanceTimersByTimeAsync(1900);
    expect(err()).toBe('');
    await vi.advanceTimersByTimeAsync(100);
    expect([await ended, out()]).toEqual([1, '']);
    expect(err()).toBe(`labcm: ${said}\n`);
  });

  it('says what is waited for of a device that no reason is known of, not that it was silent', async () => {
    const answer: Api = (call) => {
      const told = api(database())(call) as { body: object };
      return { body: { ...told.body, status: 'Unknown', reason: null, whyNot: 'waits for an address' } };
    };
    const { ended, err } = start(['wait', 'SEP005056A1033D', '--within', '1s'], { api: answer });
    await vi.advanceTimersByTimeAsync(1000);
    expect(await ended).toBe(1);
    expect(err()).toBe('labcm: SEP005056A1033D: found Unknown; waits for an address, wanted Registered within 1 s\n');
  });

  it('says that no daemon answered when time is up, and what a daemon refuses at once', async () => {
    const { ended, err } = start(['wait', 'ipctest2', '--within', '1s']);
    await vi.advanceTimersByTimeAsync(1000);
    expect(await ended).toBe(2);
    expect(err()).toContain('found no answer (connection refused), wanted a running daemon');
    const refused = await labcm(['wait', 'ipctest2'], {
      api: () => ({ status: 403, body: { error: { code: 'host', message: 'not called so' } } }),
    });
    expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('"not called so" (host)') });
    expect(refused.calls).toHaveLength(1);
  });

  it('shows on a terminal what it waits for, and clears that away', async () => {
    const { ended, err } = start(['wait', 'SEP005056A1033D', '--within', '3s'], {
      api: api(database()),
      terminal: true,
    });
    await vi.advanceTimersByTimeAsync(1500);
    expect(err()).toMatch(/SEP005056A1033D: Rejected .*, waiting for Registered; 2 s left$/);
    await vi.advanceTimersByTimeAsync(1500);
    expect(await ended).toBe(1);
    expect(err()).toContain('\r\u001b[Klabcm: SEP005056A1033D');
  });

  it('gives programs the device', async () => {
    const { out } = await labcm(['wait', 'ipctest2', '--json'], { api: api(database()) });
    expect(JSON.parse(out)).toMatchObject({ status: 'Registered', mac: '005056A1033D' });
  });

  it.each([
    [
      ['wait', 'ipctest2', 'ready'],
      2,
      'Choices: "unknown", "unregistered", "registered", "rejected", "partiallyregistered"',
    ],
    [['wait'], 2, 'Not enough non-option arguments'],
    [['wait', 'ipctest2', '--within', 'soon'], 2, '--within: found soon, wanted a duration such as 30s or 2m'],
  ])('%j is a mistake', async (words, code, said) => {
    expect(await labcm(words)).toMatchObject({ code, out: '', err: expect.stringContaining(said) });
  });
});

const GOOD = `
devices:
  ipctest2:
    status: Registered
    protocol: SCCP
    transport: tcp
    model: Cisco IP Communicator
    lines: [5002]
    address: 10.10.0.0/16
    load: 7.0.*
    files: [ipctest2.cnf.xml]
    keepAlives: ">= 1"
  SEP005056A1033D: { status: [Rejected, UnRegistered], reason: ProtocolMismatch, model: 30016, address: 10.10.210.0/24 }
counts: { devices: 2, registered: 1, sccp: 1, sip: 0, rejected: "1-2", unknown: "< 1" }
`;

const asserting = (yaml: string, words: readonly string[] = [], surroundings: CommandSetup = {}) => {
  const folder = folderWith({ 'expectations.yaml': yaml });
  return labcm(['assert', 'expectations.yaml', ...words], { directory: folder, api: api(database()), ...surroundings });
};

describe('labcm assert', () => {
  it('says of each expectation that it holds', async () => {
    const devices = database();
    devices.recordAddress('SEP005056A1033D', '10.10.210.7', NOW);
    const { code, out, err } = await asserting(GOOD, [], { api: api(devices) });
    expect([code, err]).toEqual([0, '19 of 19 expectations hold\n']);
    expect(out.split('\n').slice(0, 3)).toEqual([
      'ok      ipctest2: status: Registered',
      'ok      ipctest2: protocol: SCCP',
      'ok      ipctest2: transport: tcp',
    ]);
    expect(out).toContain('ok      SEP005056A1033D: status: Rejected or UnRegistered\n');
    expect(out).toContain('ok      counts: rejected: 1-2\n');
  });

  // Each key, expected wrongly: what is found is told.
  it.each([
    ['status: UnRegistered', 'status: found Registered, expected UnRegistered'],
    ['reason: KeepAliveTimeout', 'reason: found none, expected KeepAliveTimeout'],
    ['protocol: SIP', 'protocol: found SCCP, expected SIP'],
    ['transport: tls', 'transport: found tcp, expected tls'],
    ['model: 7962', 'model: found Cisco IP Communicator (30016), expected 7962'],
    ['lines: [5002, 5003]', 'lines: found 5002, expected 5002, 5003'],
    ['lines: []', 'lines: found 5002, expected none'],
    ['address: 10.10.210.0/25', 'address: found 10.10.210.200, expected 10.10.210.0/25'],
    ['address: [10.1.1.1, 10.1.1.2]', 'address: found 10.10.210.200, expected 10.1.1.1 or 10.1.1.2'],
    ['load: 7.0.1', 'load: found 7.0.1.0, expected 7.0.1'],
    ['files: [RINGLIST.XML]', 'files: found CTLipctest2.tlv (refused), ipctest2.cnf.xml, expected RINGLIST.XML'],
    ['files: [CTL*]', 'files: found CTLipctest2.tlv (refused), ipctest2.cnf.xml, expected CTL*'],
    ['keepAlives: "> 1"', 'keepAlives: found 1, expected > 1'],
  ])('says of `%s` what was found', async (wanted, said) => {
    const { code, out, err } = await asserting(`devices: { ipctest2: { ${wanted} } }`);
    expect({ code, out, err }).toEqual({
      code: 1,
      out: `FAILED  ipctest2: ${said}\n`,
      err: '0 of 1 expectations hold\n',
    });
  });

  it('says what else is: why a phone was refused, that there is none of that name, how many there are', async () => {
    const { code, out } = await asserting(
      'devices: { SEP005056A1033D: { status: Registered, transport: tcp }, nobody: { status: Unknown } }\ncounts: { registered: ">= 2" }',
    );
    expect(code).toBe(1);
    expect(out.trimEnd().split('\n')).toEqual([
      'FAILED  SEP005056A1033D: status: found Rejected (15 ProtocolMismatch: it speaks SCCP, and is configured for SIP: change its protocol, or give the phone a load of the other), expected Registered',
      'FAILED  SEP005056A1033D: transport: found no registration, expected tcp',
      'FAILED  nobody: status: found no device of that name, expected Unknown',
      'FAILED  counts: registered: found 1, expected >= 2',
    ]);
  });

  describe('of calls', () => {
    const leg = (device: string | null, role: string, state: string) => ({
      ...{ ci: 1, role, device, dn: '1', state, receive: null },
    });
    const call = (id: number, ...legs: readonly ReturnType<typeof leg>[]) => ({
      ...{ id, dialled: '5005', startedAt: '', answeredAt: null, codec: null, conference: null, legs },
    });
    const standing = [
      call(1, leg('ipctest2', 'caller', 'connected'), leg('SEP005056A1033D', 'called', 'connected')),
      call(2, leg('SEP005056A1033D', 'caller', 'hold'), leg(null, 'called', 'connected')),
    ];
    const withCalls = (yaml: string) => {
      const rest = api(database());
      return asserting(yaml, [], {
        api: (asked) =>
          asked.url.includes('/api/calls') ? { body: { total: standing.length, calls: standing } } : rest(asked),
      });
    };

    it('says that they hold', async () => {
      const { code, err } = await withCalls(
        'devices: { ipctest2: { calls: 1, callState: connected }, SEP005056A1033D: { calls: ">= 2", callState: [hold] } }\ncounts: { calls: 2, connectedCalls: 1, ringingCalls: 0 }',
      );
      expect([code, err]).toEqual([0, '7 of 7 expectations hold\n']);
    });

    it('says what was found', async () => {
      const { out } = await withCalls(
        'devices: { ipctest2: { calls: 0, callState: none }, SEP005056A1033D: { callState: ring-in } }\ncounts: { calls: 0 }',
      );
      expect(out.trimEnd().split('\n')).toEqual([
        'FAILED  ipctest2: calls: found 1, expected 0',
        'FAILED  ipctest2: callState: found connected, expected none',
        'FAILED  SEP005056A1033D: callState: found connected, hold, expected ring-in',
        'FAILED  counts: calls: found 2, expected 0',
      ]);
    });

    it('asks for them only where one is expected', async () => {
      const { calls } = await asserting('counts: { devices: 2 }');
      expect(calls.some(({ url }) => url.includes('/api/calls'))).toBe(false);
    });
  });

  it('takes a device that is called like a key', async () => {
    const { out } = await asserting('devices: { counts: { status: Registered } }');
    expect(out).toContain('counts: status: found no device of that name');
  });

  it('looks again until all holds', async () => {
    const devices = new DeviceDatabase(SILENT);
    devices.configure(seedDevices(), NOW);
    const folder = folderWith({ 'e.yaml': 'counts: { registered: 1 }' });
    const { ended, err } = start(['assert', join(folder, 'e.yaml'), '--within', '5s'], { api: api(devices) });
    // The file is read from disk, which no clock moves.
    while (vi.getTimerCount() === 0) await new Promise((resolve) => setImmediate(resolve));
    await vi.advanceTimersByTimeAsync(1000);
    expect(err()).toBe('');
    register(devices);
    await vi.advanceTimersByTimeAsync(200);
    expect([await ended, err()]).toEqual([0, '1 of 1 expectations hold\n']);
  });

  it('colours on a terminal alone', async () => {
    expect((await asserting('counts: { devices: 2 }', [], { terminal: true })).out).toContain('\u001b[32mok');
    expect((await asserting('counts: { devices: 2 }')).out).not.toContain('\u001b');
  });

  it('gives programs a line of JSON for each', async () => {
    const { out } = await asserting('counts: { devices: 3 }', ['--json']);
    expect(JSON.parse(out)).toEqual({
      subject: 'counts',
      key: 'devices',
      expected: '3',
      outcome: 'failed',
      found: '2',
    });
  });
});

interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
}

const elementsOf = (xml: string): readonly Element[] => {
  const elements: Element[] = [];
  const parser = new SaxesParser();
  parser.on('opentag', ({ name, attributes }) =>
    elements.push({ name, attributes: attributes as Record<string, string> }),
  );
  parser.on('error', (error) => {
    throw error;
  });
  parser.write(xml).close();
  return elements;
};

describe('labcm assert --junit', () => {
  it('writes one case per expectation, well-formed whatever the texts', async () => {
    const folder = folderWith({ 'e <&>.yaml': 'devices: { ipctest2: { status: Registered, load: "<&\\"\'>" } }' });
    const file = join(folder, 'reports', 'junit.xml');
    const words = ['assert', 'e <&>.yaml', '--junit', 'reports/junit.xml'];
    expect(await labcm(words, { directory: folder, api: api(database()) })).toMatchObject({ code: 1 });
    const [suites, suite, ...cases] = elementsOf(readFileSync(file, 'utf8'));
    expect(suites).toMatchObject({ name: 'testsuites', attributes: { tests: '2', failures: '1', errors: '0' } });
    expect(suite).toMatchObject({
      name: 'testsuite',
      attributes: { name: 'e <&>.yaml', tests: '2', failures: '1', errors: '0', skipped: '0', time: '0.000' },
    });
    expect(suite?.attributes.timestamp).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(cases).toMatchObject([
      { name: 'testcase', attributes: { classname: 'labcm.ipctest2', name: 'status is Registered' } },
      { name: 'testcase', attributes: { name: 'load is <&"\'>' } },
      { name: 'failure', attributes: { message: 'load: found 7.0.1.0, expected <&"\'>', type: 'failed' } },
    ]);
  });

  it('writes errors where no daemon answers', async () => {
    const folder = folderWith({ 'e.yaml': 'counts: { devices: 2, sip: 1 }' });
    const { code, out, err } = await labcm(['assert', 'e.yaml', '--junit', 'j.xml'], { directory: folder });
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('found no answer (connection refused)');
    const elements = elementsOf(readFileSync(join(folder, 'j.xml'), 'utf8'));
    expect(elements[0]).toMatchObject({ attributes: { tests: '2', failures: '0', errors: '2' } });
    expect(elements.filter(({ name }) => name === 'error')).toHaveLength(2);
  });

  it('says where it cannot write', async () => {
    const folder = folderWith({ file: 'in the way', 'e.yaml': 'counts: { devices: 2 }' });
    const answer = { directory: folder, api: api(database()) };
    const { code, err } = await labcm(['assert', 'e.yaml', '--junit', 'file/j.xml'], answer);
    expect(code).toBe(1);
    expect(err).toMatch(/^labcm: --junit: found file\/j\.xml: E.*, wanted a file that can be written\n$/);
  });
});

describe('a faulty file of expectations', () => {
  it('is told whole, with lines, and nothing is asked', async () => {
    const yaml = `devices:
  ipctest2:
    status: Ready
    lnes: [5002]
    address: here
    keepAlives: many
counts: { registred: 1 }
every: {}
`;
    const { code, out, err, calls } = await asserting(yaml, ['--junit', 'j.xml']);
    expect([code, out, calls.length]).toEqual([2, '', 0]);
    expect(err).toContain(
      'expectations.yaml:3: devices.ipctest2.status.0: found "Ready", wanted Unknown, UnRegistered, Registered, Rejected or PartiallyRegistered',
    );
    expect(err).toContain('expectations.yaml:4: devices.ipctest2.lnes: found an unknown key, wanted lines');
    expect(err).toContain(
      'expectations.yaml:5: devices.ipctest2.address.0: found "here", wanted an address or a network',
    );
    expect(err).toContain('expectations.yaml:6: devices.ipctest2.keepAlives: found "many", wanted a number such as 2');
    expect(err).toContain('expectations.yaml:7: counts.registred: found an unknown key, wanted registered');
    expect(err).toContain('expectations.yaml:8: every: found an unknown key');
    expect(err).toMatch(/expectations\.yaml: 6 faults; nothing was checked\n$/);
  });

  it.each([
    ['nothing', '', 'expectations.yaml: expectations: found none, wanted at least one, under devices or counts'],
    ['a device of which nothing is expected', 'devices: { ipctest2: {} }', 'found none, wanted at least one'],
    ['no YAML', 'devices: [', 'YAML'],
    ['a list', '[1]', '(the whole file): found a list of 1'],
  ])('%s is one', async (_, yaml, said) => {
    expect(await asserting(yaml)).toMatchObject({ code: 2, out: '', err: expect.stringContaining(said) });
  });

  it('that is not there is one', async () => {
    const folder = folderWith({});
    const { code, err } = await labcm(['assert', 'no.yaml'], { directory: folder });
    expect(code).toBe(2);
    expect(err).toContain('no.yaml: expectations: found ');
    expect(existsSync(join(folder, 'no.yaml'))).toBe(false);
    writeFileSync(join(folder, 'yes.yaml'), 'counts: { devices: 2 }');
    expect(await labcm(['assert', 'yes.yaml'], { directory: folder, api: api(database()) })).toMatchObject({ code: 0 });
  });
});

describe('a count', () => {
  it.each([
    [2, 2, 2],
    ['= 2', 2, 2],
    ['>=2', 2, Number.POSITIVE_INFINITY],
    ['> 2', 3, Number.POSITIVE_INFINITY],
    ['<= 2', 0, 2],
    ['<2', 0, 1],
    ['2-5', 2, 5],
  ])('%s is from %s to %s', (written, least, most) => {
    expect(parseCountRange(written)).toMatchObject({ least, most });
  });

  it.each([['5-2'], [''], ['two'], [1.5], [-1], [true], ['>= '], ['1 2']])('%s is none', (written) => {
    expect(parseCountRange(written)).toBeUndefined();
  });
});
