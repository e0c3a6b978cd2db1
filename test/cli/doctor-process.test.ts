// `labcm doctor` as a process beside a daemon on the quick start, on free ports and real sockets.

import dgram from 'node:dgram';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { ProgramProcess, program } from '../support/program.js';

const SOON = 60_000;
const QUICK_START = resolve('config/quickstart.yaml');
const PORTS = ['sccp.port', 'sip.udp', 'sip.tcp', 'tftp.port', 'http.provisioning.port', 'http.api.port', 'dhcp.port'];

const folder = mkdtempSync(join(tmpdir(), 'labcm-doctor-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Ports that nobody had a moment ago. */
const freePorts = async (count: number): Promise<readonly number[]> => {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<net.Server>((open) => {
          const server = net.createServer().listen(0, '127.0.0.1', () => open(server));
        }),
    ),
  );
  const ports = servers.map((server) => (server.address() as net.AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))));
  return ports;
};

/** The quick start, with ports and directories of its own. */
const quickStart = async (): Promise<readonly string[]> => {
  const ports = await freePorts(PORTS.length);
  const settings = [
    ...PORTS.map((key, at) => `${key}=${ports[at]}`),
    ...['state.directory', 'trace.directory'].map((key) => `${key}=${join(folder, key)}`),
  ];
  return ['-c', QUICK_START, ...settings.flatMap((setting) => ['--set', setting])];
};

const running = new Set<ProgramProcess>();
afterEach(async () => {
  for (const one of running) await one.kill();
  running.clear();
});

const start = async (args: readonly string[], ready: string): Promise<void> => {
  const daemon = new ProgramProcess(['run', ...args]);
  running.add(daemon);
  await daemon.waitForText(ready);
};

describe('beside a sound quick start', { timeout: SOON }, () => {
  it('nothing is printed but the count', async () => {
    const lab = await quickStart();
    await start(lab, 'ready');
    const { code, out } = await program(['doctor', ...lab]);
    expect(out).toMatch(/^\d\d well in \d+\.\d s\n$/);
    expect(code).toBe(0);
    // It has left no phone behind that nobody configured, nor a device that seems to have woken up.
    const [, api = ''] = /http\.api\.port=(\d+)/.exec(lab.join(' ')) ?? [];
    const status = await program(['status', '--json', '--api', `http://127.0.0.1:${api}`]);
    const { devices, unknown } = JSON.parse(status.out) as {
      readonly devices: readonly { readonly status: string }[];
      readonly unknown: { readonly total: number };
    };
    expect([devices.map((device) => device.status), unknown.total]).toEqual([['Unknown', 'Unknown'], 0]);
  });

  it('nor when its phones are registered, whose files are fetched through the real sockets', async () => {
    const lab = await quickStart();
    await start(['--demo', ...lab], 'Ctrl+C ends it.');
    const { code, out } = await program(['doctor', ...lab]);
    expect(out).toMatch(/^\d\d well in \d+\.\d s\n$/);
    expect(code).toBe(0);
    const json = await program(['doctor', ...lab, '--json', '--only', 'device-files,reachable']);
    const lines = json.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toMatchObject([
      { group: 'addresses', check: 'reachable', state: 'well' },
      { group: 'files', check: 'device-files', state: 'well' },
      { summary: { bad: 0, warning: 0, skipped: 0, well: 2 } },
    ]);
  });

  it('a phone that boots is heard, and one that does not is missed', async () => {
    const lab = await quickStart();
    await start(lab, 'ready');
    const listening = program(['doctor', ...lab, '--only', 'listen', '--listen', '1500ms', '--device', 'ipctest2']);
    expect(await listening).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^BAD {3}devices {4}nothing was heard of ipctest2 in 1\.5 s\n/),
    });
  });
});

describe('without a daemon', { timeout: SOON }, () => {
  it('free ports are free: the checks do not find each other there', async () => {
    const lab = await quickStart();
    const { code, out } = await program(['doctor', ...lab, '--only', 'ports']);
    expect([code, out]).toEqual([0, expect.stringMatching(/^3 well in/)]);
  });

  it('a program on the port of the API that never answers holds nothing up', async () => {
    const lab = await quickStart();
    const [, api = ''] = /http\.api\.port=(\d+)/.exec(lab.join(' ')) ?? [];
    const links: net.Socket[] = [];
    const server = net.createServer((link) => links.push(link));
    await new Promise<void>((open) => server.listen(Number(api), '127.0.0.1', open));
    try {
      const { code, out } = await program(['doctor', ...lab, '--only', 'wanted-ports,in-force']);
      expect(out).toMatch(
        new RegExp(
          `^BAD   ports      API: TCP ${api} is held by \\S.* \\(process ${process.pid}\\)\n[\\s\\S]*SKIP  api `,
        ),
      );
      expect(code).toBe(1);
    } finally {
      for (const link of links) link.destroy();
      await new Promise((closed) => server.close(closed));
    }
  });

  it('a port that another program holds is told with the program', async () => {
    const lab = await quickStart();
    const [, tftp = ''] = /tftp\.port=(\d+)/.exec(lab.join(' ')) ?? [];
    const socket = dgram.createSocket('udp4');
    await new Promise<void>((bound) => socket.bind(Number(tftp), '127.0.0.1', bound));
    try {
      const { code, out } = await program(['doctor', ...lab, '--only', 'ports']);
      expect(out).toMatch(
        new RegExp(`^BAD   ports      TFTP: UDP ${tftp} is held by \\S.* \\(process ${process.pid}\\)\n +fix  `),
      );
      expect(code).toBe(1);
    } finally {
      await new Promise<void>((closed) => socket.close(closed));
    }
  });
});
