// What a lab leaves behind when it has been stopped: no descriptor, no timer, no file, and nothing that keeps a process.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { type Lab, startLab } from '../../src/lab.js';

// A place of its own: labs of other tests come and go beside this one.
process.env.TMPDIR = mkdtempSync(join(tmpdir(), 'labcm-leftovers-'));
afterAll(() => rmSync(tmpdir(), { recursive: true }));

const NAMES = ['SEP001122334455', 'SEP001122334456'] as const;

const full = (): Promise<Lab> =>
  startLab({
    dhcp: { enabled: true },
    sccp: { tls: 0 },
    sip: { tls: 0 },
    devices: [
      { name: NAMES[0], model: 7962, lines: ['5002'], protocol: 'SCCP' },
      { name: NAMES[1], model: 8851, lines: ['5003'] },
    ],
  });

const used = async (): Promise<void> => {
  const lab = await full();
  for (const name of NAMES) lab.phone({ name });
  await Promise.all(NAMES.map((name) => lab.registered(name)));
  await (await fetch(lab.url('/api/devices'), { headers: { connection: 'close' } })).json();
  // One phone in the middle of its boot, one event that nobody reads.
  lab.phone({ name: NAMES[0] });
  lab.events();
  await lab.stop();
};

const descriptors = (): number => readdirSync('/proc/self/fd').length;
const resources = (): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {};
  // A test runner has work of its own on the disk.
  for (const kind of process.getActiveResourcesInfo())
    if (/TCP|UDP|TLS|HTTP|Pipe|Timeout/.test(kind)) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
};
const folders = (): readonly string[] => readdirSync(tmpdir()).filter((name) => /^labcm-[0-9a-f]{8}-/.test(name));

describe('a lab that was stopped', () => {
  it.runIf(process.platform === 'linux')('leaves no descriptor, timer, listener or file, ten times over', async () => {
    await used(); // what is opened once for the process is open now
    const before = { descriptors: descriptors(), resources: resources() };
    const files = folders();
    const signals = process.eventNames().map((name) => [name, process.listenerCount(name)]);
    for (let times = 0; times < 10; times += 1) await used();
    // What was closed is gone a turn or two later.
    for (let turns = 0; turns < 1000 && descriptors() > before.descriptors; turns += 1) await setImmediate();
    expect({ descriptors: descriptors(), resources: resources() }).toEqual(before);
    expect(folders()).toEqual(files);
    expect(process.eventNames().map((name) => [name, process.listenerCount(name)])).toEqual(signals);
  });

  it('does not keep its process, which ends by itself', async () => {
    const program = `
      import { startLab } from ${JSON.stringify(new URL('../../src/lab.ts', import.meta.url).href)};
      const lab = await startLab({ dhcp: { enabled: true }, devices: [{ name: 'SEP001122334455', model: 7962, protocol: 'SCCP', lines: ['5002'] }] });
      lab.phone({ name: 'SEP001122334455' });
      const { status } = await lab.registered('SEP001122334455', { within: '20s' });
      await lab.stop();
      const stoppedAt = Date.now();
      process.on('exit', () => console.log(status, Date.now() - stoppedAt));`;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let out = '';
    child.stdout.on('data', (text: Buffer) => {
      out += text;
    });
    expect(await once(child, 'close')).toEqual([0, null]);
    const [status, lingered] = out.trim().split(' ');
    expect(status).toBe('Registered');
    expect(Number(lingered)).toBeLessThan(1000);
  });
});
