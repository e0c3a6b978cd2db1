// `labcm run` and the commands that change its devices as processes: killed at any moment, nothing that was acknowledged is
// lost; and what is faulty in the layer is told before anything opens.

import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../../src/lab/free-port.js';
import { ProgramProcess, program } from '../support/program.js';

const SOON = 60_000;
const LIVES = 4;

let folder: string;
let port: number;
const running = new Set<ProgramProcess>();

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'labcm-runtime-'));
  port = await freePort();
  writeFileSync(
    join(folder, 'lab.yaml'),
    `
nodes: [{ name: CM1, address: 127.0.0.1 }]
tftp: { enabled: false }
http: { provisioning: { enabled: false }, api: { port: ${port} } }
sccp: { listen: 127.0.0.1, port: 0 }
sip: { enabled: false }
knocks: false
trace: { directory: logs, console: off }
state: { directory: state }
devices: [{ name: A, model: 7962 }]
`,
  );
});
afterEach(async () => {
  for (const one of running) await one.kill();
  running.clear();
  rmSync(folder, { recursive: true, force: true });
});

const run = async (): Promise<ProgramProcess> => {
  const daemon = new ProgramProcess(['run', '-c', 'lab.yaml'], { directory: folder });
  running.add(daemon);
  await daemon.waitForText('labcm is ready');
  return daemon;
};
const labcm = (...args: readonly string[]) => program([...args, '-c', 'lab.yaml'], { directory: folder });

/** Adds devices one after the other until the daemon is gone. Resolves with those that were acknowledged. */
const addUntilKilled = async (life: number): Promise<string[]> => {
  const acknowledged: string[] = [];
  for (let index = 0; ; index += 1) {
    const name = `L${life}N${index}`;
    try {
      const response = await fetch(`http://127.0.0.1:${port}/api/devices`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ name, model: '7962' }),
      });
      if (response.status === 201) acknowledged.push(name);
      await response.text();
    } catch {
      return acknowledged;
    }
  }
};

describe('devices at runtime', { timeout: SOON }, () => {
  it('are changed by commands, and are the same after kill -9 and after SIGHUP', async () => {
    const daemon = await run();
    expect(await labcm('add', 'B', '--model', '7962', '--line', '5001')).toMatchObject({ code: 0, out: 'B: added\n' });
    expect(await labcm('set', 'A', 'description=Lobby')).toMatchObject({ code: 0 });
    writeFileSync(join(folder, 'more.csv'), 'name,model\nC,7962\nD,7962\n');
    expect(await labcm('import', 'more.csv')).toMatchObject({ code: 0, out: '2 added\n' });
    expect(await labcm('remove', 'C')).toMatchObject({ code: 0 });
    await daemon.kill();
    const again = await run();
    expect(again.out).toContain('labcm is ready: 3 devices');
    again.signal('SIGHUP');
    await again.waitForText('the configuration was read again');
    const { out } = await labcm('status', '--json');
    const { devices } = JSON.parse(out) as { devices: { name: string; description: string }[] };
    expect(devices.map(({ name, description }) => `${name} ${description}`)).toEqual(['A Lobby', 'B ', 'D ']);
    expect((await labcm('add', 'B', '--model', '7962')).code).toBe(2);
    expect((await labcm('set', 'NOBODY', 'description=x')).code).toBe(1);
    expect((await labcm('check')).err).toContain('3 devices');
    expect((await labcm('export', '--format', 'csv', '--layer')).out).toBe(
      'name,model,description,lines.0.dn\nA,7962,Lobby,\nB,7962,,5001\nD,7962,,\n',
    );
  });

  it(`lose nothing that was acknowledged in ${LIVES} kills under load`, async () => {
    const acknowledged: string[] = [];
    for (let life = 0; life < LIVES; life += 1) {
      const daemon = await run();
      const adding = addUntilKilled(life);
      const seen = async (): Promise<boolean> =>
        (await (await fetch(`http://127.0.0.1:${port}/api/devices/L${life}N${5 + life}`)).text()).includes('"runtime"');
      while (!(await seen()));
      await daemon.kill();
      acknowledged.push(...(await adding));
    }
    expect(acknowledged.length).toBeGreaterThan(LIVES * 5);
    await run();
    const { out } = await labcm('status', '--json');
    const { devices } = JSON.parse(out) as { devices: { name: string }[] };
    const there = new Set(devices.map(({ name }) => name));
    expect(acknowledged.filter((name) => !there.has(name))).toEqual([]);
  });

  it('prevent a start with the line and what helps where the layer cannot be read', async () => {
    const daemon = await run();
    expect((await labcm('add', 'B', '--model', '7962')).code).toBe(0);
    await daemon.kill();
    appendFileSync(join(folder, 'state', 'devices.jsonl'), 'what is this\n');
    const { code, err } = await labcm('run');
    expect(code).toBe(2);
    expect(err).toMatch(/state\/devices\.jsonl:2: JSON: found "what is this", wanted .*take the line out/);
    expect(err).not.toMatch(/^ {4}at /m);
  });
});
