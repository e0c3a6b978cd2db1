// A disk of a few pages under the daemon's state and logs: what it told a phone is there after a kill, what it cannot
// write it says, and when there is room it goes on with whole lines. Needs root, for the file system.

import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ProgramProcess, program } from '../support/program.js';

const MANY = 150;
/** So few that what is told of them waits until there is room. */
const FEW = 50;

let folder: string;
let disk: string;
let daemon: ProgramProcess | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'labcm-disk-'));
  disk = join(folder, 'disk');
  mkdirSync(disk);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', disk]);
});
afterEach(async () => {
  await daemon?.kill();
  daemon = undefined;
  execFileSync('umount', ['-l', disk]);
  rmSync(folder, { recursive: true });
});

const start = async (logs: string, state: string): Promise<ProgramProcess> => {
  writeFileSync(
    join(folder, 'lab.yaml'),
    `nodes: [{ name: CM1, address: 127.0.0.1 }]
tftp: { enabled: false }
http: { provisioning: { enabled: false }, api: { port: 0 } }
sccp: { listen: 127.0.0.1, port: 0 }
sip: { enabled: false }
autoRegistration: { enabled: true, range: 1000-1999 }
trace: { directory: ${logs}, console: off }
state: { directory: ${state} }
`,
  );
  daemon = new ProgramProcess(['run', '-c', 'lab.yaml'], { directory: folder });
  await daemon.waitForText('ready');
  return daemon;
};

const portOf = ({ out }: ProgramProcess, service: string): number =>
  Number(new RegExp(`^${service} +tcp 127\\.0\\.0\\.1:(\\d+)$`, 'm').exec(out)?.[1]);

const phones = async (running: ProgramProcess, first: number, count: number) => {
  const { out } = await program([
    ...['phone', '--name', 'SEP02%010X', '--first', String(first), '--count', String(count), '--boot', 'register'],
    ...['--rate', '200', '--within', '5s', '--json', '--sccp-port', String(portOf(running, 'SCCP'))],
  ]);
  return JSON.parse(out) as { registeredAtEnd: number; failed: number };
};
const ask = async (running: ProgramProcess, path: string): Promise<string> =>
  (await fetch(`http://127.0.0.1:${portOf(running, 'API')}${path}`)).text();
const health = async (running: ProgramProcess) =>
  JSON.parse(await ask(running, '/healthz')) as { status: string; degradations: { part: string; reason: string }[] };

/** Takes all that is left of the disk but for so many octets. */
const fill = (left: number): string => {
  const path = join(disk, 'filler');
  writeFileSync(path, '');
  const free = Number(execFileSync('stat', ['-f', '-c', '%a', disk], { encoding: 'utf8' })) * 4096;
  writeFileSync(path, Buffer.alloc(Math.max(0, free - left)));
  return path;
};

describe('a full disk', () => {
  it('costs no number that a phone was told, over a kill', async () => {
    const first = await start(join(folder, 'logs'), disk);
    expect((await phones(first, 1, 1)).registeredAtEnd).toBe(1);
    fill(4096);
    const { registeredAtEnd, failed } = await phones(first, 2, MANY);
    expect(registeredAtEnd).toBeGreaterThan(0);
    expect(failed).toBe(MANY - registeredAtEnd);
    expect(await health(first)).toMatchObject({
      status: 'degraded',
      degradations: [{ part: 'auto-registered numbers', reason: expect.stringContaining('ENOSPC') }],
    });
    await first.kill();
    const lines = readFileSync(join(disk, 'auto-registered.jsonl'), 'utf8').split('\n');
    expect(lines.pop()).toBe('');
    expect(lines.map((line) => (JSON.parse(line) as { dn: string }).dn)).toEqual(
      Array.from({ length: registeredAtEnd + 1 }, (_, index) => String(1000 + index)),
    );

    rmSync(join(disk, 'filler'));
    const second = await start(join(folder, 'logs'), disk);
    expect((await phones(second, MANY + 2, 1)).registeredAtEnd).toBe(1);
    const numbers = readFileSync(join(disk, 'auto-registered.jsonl'), 'utf8').trim().split('\n');
    expect(JSON.parse(numbers.at(-1) ?? '')).toMatchObject({ dn: String(1000 + registeredAtEnd + 1) });
  });

  it('is told where the traces are on it: on the console, in health and metrics; they go on when there is room', async () => {
    const running = await start(disk, join(folder, 'state'));
    const filler = fill(8192);
    await phones(running, 1, FEW);
    await running.waitForText('labcm: degraded: trace files: ');
    expect(await health(running)).toMatchObject({
      status: 'degraded',
      degradations: [{ part: 'trace files', reason: expect.stringMatching(/: ENOSPC: no space left on device/) }],
    });
    const metrics = await ask(running, '/metrics');
    for (const line of ['labcm_degradations 1', 'labcm_degraded{part="trace files"} 1'])
      expect(metrics.split('\n')).toContain(line);
    for (const file of ['ccm.txt', 'events.jsonl']) {
      const written = readFileSync(join(disk, file), 'utf8');
      expect([file, written === '' || written.endsWith('\n')]).toEqual([file, true]);
    }
    rmSync(filler);
    execFileSync('mount', ['-o', 'remount,size=64m', disk]);
    await running.waitForText('labcm: recovered: trace files works again');
    expect((await health(running)).status).toBe('ok');
    running.signal('SIGTERM');
    expect(await running.ended).toEqual({ code: 0, signal: null });
    expect(running.err.match(/degraded/g)).toHaveLength(1);
    const events = readFileSync(join(disk, 'events.jsonl'), 'utf8').trimEnd().split('\n');
    const facts = events.map((line) => JSON.parse(line) as { type: string; device?: string });
    // Each of them twice: a phone that nobody configured is reset, so that it fetches its own file.
    const registered = facts.filter(({ type }) => type === 'device.registered');
    expect(new Set(registered.map(({ device }) => device)).size).toBe(FEW);
    expect(facts.at(-1)?.type).toBe('daemon.stopped');
  });

  it('that stays full to the end costs lines, and the last words say how many', async () => {
    const running = await start(disk, join(folder, 'state'));
    fill(0);
    await phones(running, 1, 20);
    await running.waitForText('degraded');
    running.signal('SIGTERM');
    expect(await running.ended).toEqual({ code: 0, signal: null });
    expect(running.err).toMatch(/^labcm: \d+ lines of the trace events\.jsonl were lost: ENOSPC/m);
  });
});

describe('logrotate', () => {
  it('moves the traces away and says SIGHUP: they are begun anew', async () => {
    const logs = join(folder, 'logs');
    const files = () =>
      readdirSync(logs)
        .filter((file) => !file.startsWith('.'))
        .sort();
    const running = await start(logs, join(folder, 'state'));
    await phones(running, 1, 1);
    await expect.poll(files).toEqual(['ccm.txt', 'events.jsonl']);
    for (const file of files()) renameSync(join(logs, file), join(logs, `${file}.1`));
    running.signal('SIGHUP');
    await running.waitForText('the configuration was read again');
    await expect.poll(files).toEqual(['ccm.txt', 'ccm.txt.1', 'events.jsonl', 'events.jsonl.1']);
    const moved = statSync(join(logs, 'ccm.txt.1')).size;
    await phones(running, 2, 1);
    await expect.poll(() => readFileSync(join(logs, 'ccm.txt'), 'utf8')).toContain('SEP020000000002');
    expect(statSync(join(logs, 'ccm.txt.1')).size).toBe(moved);
  });
});
