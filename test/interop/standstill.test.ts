// The daemon as a process that is stopped for longer than it has patience with its phones, and goes on.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setInterval as ticks } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { eventually } from '../support/daemon.js';
import { ProgramProcess } from '../support/program.js';
import { KEEPALIVE, SccpPhone } from '../support/sccp-phone.js';

const CONFIGURATION = `
nodes: [{ name: CM1, address: 127.0.0.1 }]
tftp: { enabled: false }
http: { provisioning: { enabled: false }, api: { port: 0 } }
sccp: { listen: 127.0.0.1, port: 0, keepAlive: 1s, patience: 3s }
sip: { enabled: false }
trace: { directory: logs, console: off }
state: { directory: state }
devices:
  - { name: speaks, model: CIPC, protocol: SCCP, lines: [{ dn: "5001" }] }
  - { name: waits, model: CIPC, protocol: SCCP, lines: [{ dn: "5002" }] }
`;

/** A phone's keepalives, one a second: so many are sent while the daemon is stopped. */
const UNANSWERED = 9;

let folder: string;
let daemon: ProgramProcess;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'labcm-standstill-'));
  writeFileSync(join(folder, 'lab.yaml'), CONFIGURATION);
  daemon = new ProgramProcess(['run', '-c', 'lab.yaml'], { directory: folder });
  await daemon.waitForText(/API +tcp \S+:\d+/);
  await daemon.waitForText(/SCCP tcp \S+:\d+/);
});
afterEach(async () => {
  daemon.signal('SIGCONT');
  await daemon.kill();
  rmSync(folder, { recursive: true, force: true });
});

const portOf = (service: string): number =>
  Number(new RegExp(`^${service} +tcp \\S+:(\\d+)`, 'm').exec(daemon.out)?.[1]);

interface Fact {
  readonly type: string;
  readonly device?: string;
  readonly milliseconds?: number;
}

const facts = (): Fact[] =>
  readFileSync(join(folder, 'logs', 'events.jsonl'), 'utf8')
    .split('\n')
    .flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Fact]));

it('ends no phone, answers what waited, tells how long it was, and then notices silence as ever', async () => {
  const [speaks, waits] = [await SccpPhone.connect(portOf('SCCP')), await SccpPhone.connect(portOf('SCCP'))];
  await speaks.comeUp('speaks');
  await waits.comeUp('waits');
  daemon.signal('SIGSTOP');
  let sent = 0;
  for await (const _ of ticks(1000)) {
    speaks.write(KEEPALIVE);
    sent += 1;
    if (sent === UNANSWERED) break;
  }
  daemon.signal('SIGCONT');
  for (let answered = 0; answered < UNANSWERED; answered += 1) await speaks.until(0x100);
  waits.write(KEEPALIVE);
  await waits.until(0x100);
  await eventually(() => expect(facts().map(({ type }) => type)).toContain('daemon.stood-still'));
  const told = facts();
  const [{ milliseconds = 0 } = {}, ...more] = told.filter(({ type }) => type === 'daemon.stood-still');
  expect(more).toEqual([]);
  expect(milliseconds).toBeGreaterThan(5000);
  expect(told.filter(({ type }) => type === 'device.unregistered')).toEqual([]);
  const metrics = await (await fetch(`http://127.0.0.1:${portOf('API')}/metrics`)).text();
  expect(metrics).toMatch(/^labcm_standstill_seconds_total [1-9]/m);
  // Both fall silent now.
  await Promise.all([speaks.ended, waits.ended]);
  await eventually(() =>
    expect(facts().filter(({ type }) => type === 'device.unregistered')).toMatchObject([
      { device: 'speaks', reason: 'silence' },
      { device: 'waits', reason: 'silence' },
    ]),
  );
});
