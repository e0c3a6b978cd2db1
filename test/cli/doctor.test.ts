// `labcm doctor` as a command: its lines, its JSON, its exit code, and what it asks of the API.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folderWith } from '../config/harness.js';
import { memoryHost } from '../doctor/memory-host.js';
import { type Call, type CommandSetup, labcm } from './harness.js';

const YAML = `nodes: [{ name: CM1, address: 10.10.210.10 }]
tftp: { root: ./files }
devices: [{ name: SEP001122334455, model: 7962, protocol: SCCP, lines: [{ dn: 5002 }] }]
`;

const doctor = async (args: readonly string[], setup: CommandSetup = {}, yaml = YAML) => {
  const folder = folderWith({ 'lab.yaml': yaml });
  mkdirSync(join(folder, 'files'));
  const { code, out, err, calls } = await labcm(['doctor', '-c', join(folder, 'lab.yaml'), ...args], {
    directory: folder,
    ...setup,
  });
  return { code, lines: out.trimEnd().split('\n'), err, calls };
};

const ASKING = 'in-force,realm,reachable,relays,device-files,counters,neighbours,load,look-alikes,devices';
const SLOW_DISK = {
  host: memoryHost({ space: { sizeOctets: 1_073_741_824, freeOctets: 1024, freeInodes: undefined } }),
};
const OLD_NODE = { host: memoryHost({ version: 'v18.0.0' }) };

describe('what it prints', () => {
  it('is nothing but the count where all is well', async () => {
    const { code, lines } = await doctor(['--skip', ASKING]);
    expect(lines).toEqual([expect.stringMatching(/^\d\d well in \d+\.\d s$/)]);
    expect(code).toBe(0);
  });

  it('is a line for each finding, the worst first, with what helps, and the count', async () => {
    const host = memoryHost({
      version: 'v18.0.0',
      space: { sizeOctets: 1_073_741_824, freeOctets: 1024, freeInodes: undefined },
    });
    const { code, lines } = await doctor(['--skip', ASKING], { host });
    expect(lines).toEqual([
      'BAD   host       node is v18.0.0 (/usr/bin/node)',
      '                 fix  install a newer node',
      expect.stringMatching(/^WARN {2}host {7}\/.*\/state has room for 0 MiB/),
      '                 fix  free space there',
      '                      state.directory: another one',
      expect.stringMatching(/^1 bad, 1 warning, \d\d well in/),
    ]);
    expect(code).toBe(1);
  });

  it('says once what needs a daemon where none runs', async () => {
    const { code, lines } = await doctor([]);
    expect(lines).toEqual([
      expect.stringMatching(
        /^SKIP {2}api {8}no labcm runs on this configuration, and only it can say: in-force, realm, /,
      ),
      expect.stringMatching(/^1\d skipped, \d\d well in/),
    ]);
    expect(code).toBe(0);
  });

  it('--all is also what is well', async () => {
    const { lines } = await doctor(['--only', 'runtime', '--all']);
    expect(lines).toEqual([
      'OK    host       runtime: the version of node, and the system',
      expect.stringMatching(/^1 well in/),
    ]);
  });

  it('--json is an object a line, and the counts in the last', async () => {
    const { code, lines } = await doctor(['--only', 'runtime,shadowed', '--json'], OLD_NODE);
    const [finding, well, summary] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(finding).toEqual({
      group: 'host',
      check: 'runtime',
      state: 'bad',
      code: 'ops.node-version',
      found: 'node is v18.0.0 (/usr/bin/node)',
      wanted: '20.19 or newer',
      fix: ['install a newer node'],
      facts: { version: 'v18.0.0' },
    });
    expect(well).toMatchObject({ group: 'files', check: 'shadowed', state: 'well', fix: [], facts: {} });
    expect(summary).toEqual({
      summary: { bad: 1, warning: 0, skipped: 0, well: 1, milliseconds: expect.any(Number) },
    });
    expect([code, lines.length]).toEqual([1, 3]);
  });

  it('has progress on a terminal, which is wiped, and colours', async () => {
    const { lines, err } = await doctor(['--only', 'runtime,shadowed'], { ...OLD_NODE, terminal: true });
    expect(err).toContain('1 of 2 checks');
    expect(err.endsWith('\r\u001b[K')).toBe(true);
    expect(lines[0]).toContain('\u001b[31mBAD ');
    const plain = await doctor(['--only', 'runtime'], { ...OLD_NODE, terminal: true, environment: { NO_COLOR: '1' } });
    expect(plain.lines[0]).toMatch(/^BAD /);
  });
});

describe('its exit code', () => {
  it.each<[number, readonly string[], CommandSetup, string]>([
    [0, ['--only', 'disks'], SLOW_DISK, 'warnings are fine'],
    [3, ['--only', 'disks', '--strict'], SLOW_DISK, 'but not with --strict'],
    [3, ['--only', 'in-force', '--strict'], {}, 'nor is what was skipped'],
    [0, ['--only', 'runtime', '--strict'], {}, 'all is well'],
    [1, ['--only', 'runtime', '--strict'], OLD_NODE, 'something is bad'],
    [2, ['--only', 'nonsense'], {}, 'a check that there is not'],
    [2, ['--skip', 'nonsense'], {}, 'the same'],
    [2, ['--listen', 'soon'], {}, 'no duration'],
    [2, ['--nonsense'], {}, 'no option'],
  ])('%i for %j', async (wanted, args, setup, _why) => {
    expect((await doctor(args, setup)).code).toBe(wanted);
  });

  it('is 2 for a faulty configuration, with every fault', async () => {
    const { code, err } = await doctor([], {}, 'sccp: { port: x }\nsip: { udp: y }\n');
    expect(code).toBe(2);
    expect(err).toMatch(/lab\.yaml:1: sccp\.port[\s\S]*lab\.yaml:2: sip\.udp/);
  });
});

const HEALTH = {
  status: 'ok',
  version: '1.2.3',
  startedAt: '2026-01-01T00:00:00.000Z',
  devices: 1,
  degradations: [],
  listeners: [{ service: 'API', transport: 'tcp', address: '127.0.0.1', port: 8088 }],
};

const DEVICE = {
  name: 'SEP001122334455',
  status: 'Registered',
  state: 'registered',
  reason: null,
  protocol: 'SCCP',
  model: { id: 404, name: 'Cisco 7962' },
  address: '10.10.210.100',
  load: null,
  lines: [],
  registeredAt: null,
  lastKeepAlive: null,
};

const missing = { status: 404, body: { error: { code: 'no-such-path', message: 'there is none' } } };

describe('with a daemon', () => {
  const api =
    (answers: Readonly<Record<string, unknown>>) =>
    ({ url, method }: Call) => {
      const path = url.replace('http://127.0.0.1:8088', '').replace(/\?.*/, '');
      if (path === '/healthz') return { body: HEALTH };
      const body = answers[`${method} ${path}`];
      return body === undefined ? missing : { body };
    };

  it('tells the verdicts of the daemon, by cause', async () => {
    const answers = {
      'GET /api/verdicts': {
        groups: [
          {
            code: 'dhcp.pool-empty',
            severity: 'blocking',
            confidence: 'certain',
            count: 37,
            sentence: 'The pool is empty.',
            devices: ['A', 'B', 'C', 'D'],
          },
        ],
        devices: [],
      },
    };
    const { code, lines } = await doctor(['--only', 'verdicts'], { api: api(answers) });
    expect(lines[0]).toBe('BAD   devices    37 devices (A, B, C and 1 more): The pool is empty.');
    expect(code).toBe(1);
  });

  it('that gives no verdicts nothing is missed', async () => {
    const { code, lines } = await doctor(['--only', 'verdicts'], { api: api({}) });
    expect(lines).toEqual([expect.stringMatching(/^1 well in/)]);
    expect(code).toBe(0);
  });

  it('of an older release, and of one that answers nonsense, the rest is told', async () => {
    const { lines } = await doctor(['--only', 'in-force,never-seen'], {
      api: api({ 'GET /api/devices': { total: 1, devices: 'none' } }),
    });
    expect(lines).toEqual([
      expect.stringMatching(/^SKIP {2}devices {4}never-seen could not be looked at: .*an answer that is not labcm/),
      expect.stringMatching(/^1 skipped, 1 well in/),
    ]);
  });

  it('asks what it says of itself', async () => {
    const facts = {
      pid: 4711,
      file: '/etc/labcm/other.yaml',
      readAt: '2026-01-01T00:00:00.000Z',
      refused: null,
      realm: 'ccmsipline',
      relays: [],
      counters: {},
    };
    const { lines } = await doctor(['--only', 'in-force'], { api: api({ 'GET /api/doctor': facts }) });
    expect(lines[0]).toMatch(/^WARN {2}config {5}the running labcm \(4711\) uses \/etc\/labcm\/other\.yaml, not /);
  });

  it('has it send the DISCOVER, by POST and with the token', async () => {
    const yaml = `${YAML}dhcp: { enabled: true, interface: eth1, subnets: [{ subnet: 10.10.210.0/24, pools: [10.10.210.100-10.10.210.110] }] }\n`;
    const answers = {
      'POST /api/doctor/discover': { kind: 'refused', why: 'one a minute at most; the next one in 9 s' },
    };
    const { lines, calls } = await doctor(
      ['--only', 'other-servers', '--offer'],
      { api: api(answers), environment: { LABCM_API_TOKEN: 'a-token-of-the-lab' } },
      yaml,
    );
    expect(lines[0]).toBe('SKIP  dhcp       no DISCOVER on eth1: one a minute at most; the next one in 9 s');
    expect(calls.find(({ method }) => method === 'POST')).toEqual({
      method: 'POST',
      url: 'http://127.0.0.1:8088/api/doctor/discover?interface=eth1',
      authorization: 'Bearer a-token-of-the-lab',
    });
  });

  it('sends nothing without --offer', async () => {
    const { calls } = await doctor([], { api: api({ 'GET /api/devices': { total: 1, devices: [DEVICE] } }) });
    expect(calls.filter(({ method }) => method !== 'GET')).toEqual([]);
  });
});
