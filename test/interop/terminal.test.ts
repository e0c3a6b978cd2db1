// Commands in a terminal, where Ctrl+C is typed and outputs are one: they end at once, in order, with their exit code.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { TestDaemon } from '../support/daemon.js';
import { HAS_TERMINALS, ProgramProcess, program } from '../support/program.js';

const CTRL_C = '\u0003';

describe.runIf(HAS_TERMINALS)('in a terminal', () => {
  const daemon = new TestDaemon();
  const running = new Set<ProgramProcess>();

  beforeAll(async () => {
    daemon.configure();
    await daemon.start();
  });
  afterEach(async () => {
    for (const one of running) await one.kill();
    running.clear();
  });
  afterAll(() => daemon.remove());

  const start = (...words: readonly string[]): ProgramProcess => {
    const started = new ProgramProcess(words, { terminal: true, directory: daemon.folder });
    running.add(started);
    return started;
  };
  const ports = (): readonly string[] => [
    ...['--tftp-port', String(daemon.endpoint('TFTP').port)],
    ...['--http-port', '0', '--sccp-port', String(daemon.endpoint('SCCP').port)],
  ];
  const PHONE = ['phone', '--name', 'ipctest2', '--mac', '005056A1033D'];
  const CODES: readonly (readonly [number, readonly string[]])[] = [
    [0, ['--help']],
    [0, ['messages', 'RegisterMessage']],
    [2, ['nonsense']],
    [2, ['status', '--api', 'http://127.0.0.1:1']],
  ];

  it.each(CODES)('exit %d: labcm %j', async (code, words) => {
    expect((await program(words, { terminal: true })).code).toBe(code);
  });

  it('asks the daemon: status, timeline, leases, reset, wait, assert', async () => {
    const api = ['--api', daemon.url('')];
    const codes = [];
    for (const words of [
      ['status'],
      ['timeline', 'ipctest2'],
      ['leases'],
      ['reset', 'ipctest2'],
      ['wait', 'ipctest2', 'unknown', '--within', '1s'],
    ])
      codes.push((await program([...words, ...api], { terminal: true })).code);
    expect(codes).toEqual([0, 0, 0, 1, 0]);
  });

  it('init asks, takes what is typed, and ends', async () => {
    const init = start('init', 'asked', '--interface', 'lo');
    await init.waitForText(']: ');
    init.type('127.0.0.50-127.0.0.60\n');
    expect((await init.ended).code).toBe(0);
    expect(readFileSync(join(daemon.folder, 'asked/labcm.yaml'), 'utf8')).toContain('pools: [127.0.0.50-127.0.0.60]');
  });

  it('a phone without --stay ends by itself', async () => {
    const phone = start(...PHONE, ...ports());
    expect((await phone.ended).code).toBe(0);
    expect(phone.out).toContain('Unregistered from CM1');
  });

  it('Ctrl+C ends a phone that stays, unregistered, and the terminal is as it was', async () => {
    const phone = start(...PHONE, ...ports(), '--stay');
    await phone.waitForText('stays until Ctrl+C');
    phone.type(CTRL_C);
    expect((await phone.ended).code).toBe(0);
    expect(phone.out).toContain('Unregistered from CM1');
  });

  it('Ctrl+C ends many phones, and the line of numbers is taken away', async () => {
    const many = start('phone', '--name', 'SEP02%010X', '--count', '2', '--boot', 'register', '--stay', ...ports());
    await many.waitForText('are registered and stay until Ctrl+C');
    many.type(CTRL_C);
    expect((await many.ended).code).toBe(1); // nobody configured them
    expect(many.out).toContain('2 phones started, 0 registered');
  });

  it('Ctrl+C ends a phone before its call manager answers', async () => {
    const phone = start(...PHONE, '--boot', 'register', '--sccp-port', '1', '--stay');
    await phone.waitForText('Waiting for a call manager');
    phone.type(CTRL_C);
    expect((await phone.ended).code).toBe(1);
  });

  it('Ctrl+C ends what follows a timeline', async () => {
    const follow = start('timeline', 'ipctest2', '--follow', '--api', daemon.url(''));
    await follow.waitForText(/waits for|ipctest2/);
    follow.type(CTRL_C);
    expect((await follow.ended).code).toBe(0);
  });

  it('Ctrl+C ends a wait as it ends any program', async () => {
    const wait = start('wait', 'ipctest2', 'rejected', '--within', '60s', '--api', daemon.url(''));
    await wait.waitForText('waiting for Rejected');
    wait.type(CTRL_C);
    expect((await wait.ended).code).toBe(130);
  });

  it('Ctrl+C ends what reads from the terminal', async () => {
    const decode = start('decode', 'tftp');
    decode.type('00040001\r');
    await decode.waitForText('ACK');
    decode.type(CTRL_C);
    expect((await decode.ended).code).toBe(130);
  });

  it('Ctrl+C stops the daemon in order', async () => {
    const settings = ['sccp.port', 'sip.udp', 'sip.tcp', 'tftp.port', 'http.provisioning.port', 'http.api.port'];
    const places = ['state.directory=run/state', 'trace.directory=run/logs', 'dhcp.enabled=false'];
    const run = start('run', ...[...settings.map((key) => `${key}=0`), ...places].flatMap((set) => ['--set', set]));
    await run.waitForText('labcm is ready');
    run.type(CTRL_C);
    expect((await run.ended).code).toBe(0);
    expect(run.out).toContain('SIGINT: stopping');
    expect(run.out.trimEnd().endsWith('stopped')).toBe(true);
  });
});
