// Every command as a process of its own, with the exit code that it leaves to a script: in a pipe, cut off by its reader,
// and stopped by a signal.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { TestDaemon } from '../support/daemon.js';
import { type ProgramOptions, ProgramProcess, program, shell } from '../support/program.js';
import { asking, EXIT_CODES, writeCommandFiles } from './exit-codes.js';
import { labcm } from './harness.js';

const SOON = 30_000;
/** What a process that did not hear a signal leaves. */
const killedBy = (signal: NodeJS.Signals) => ({ code: null, signal });

describe('commands as processes', { timeout: SOON }, () => {
  const daemon = new TestDaemon();
  const running = new Set<ProgramProcess>();

  beforeAll(async () => {
    daemon.configure();
    await daemon.start();
    writeCommandFiles(daemon);
  });
  afterEach(async () => {
    for (const one of running) await one.kill();
    running.clear();
  });
  afterAll(() => daemon.remove());

  const here = (options: ProgramOptions = {}): ProgramOptions => ({
    directory: daemon.folder,
    ...options,
  });
  const start = (words: readonly string[], options: ProgramOptions = {}): ProgramProcess => {
    const started = new ProgramProcess(asking(daemon, words), here(options));
    running.add(started);
    return started;
  };

  it.each(EXIT_CODES)('exit %d: labcm %j', async (code, words) => {
    // The working directory is that of the process.
    const found = words.map((word) => (/\.(yaml|csv)$/.test(word) ? join(daemon.folder, word) : word));
    const ended = await labcm(asking(daemon, found), { directory: daemon.folder, fetch });
    expect(ended.code).toBe(code);
    expect(/^ {4}at /m.test(ended.err)).toBe(false);
    if (code !== 0) expect(`${ended.out}${ended.err}`).not.toBe('');
  });

  // Few of them as processes, with each of the codes: test/interop/commands.test.ts has them all.
  it.each(EXIT_CODES.filter((_, index) => index % 5 === 3))('exit %d: labcm %j, as a process', async (code, words) => {
    const ended = await program(asking(daemon, words), here());
    expect({ code: ended.code, signal: ended.signal, stack: /^ {4}at /m.test(ended.err) }).toEqual({
      code,
      signal: null,
      stack: false,
    });
    if (code !== 0) expect(`${ended.out}${ended.err}`).not.toBe('');
  });

  it('completes its own words', async () => {
    const script = await program(['completion'], here({ environment: { SHELL: '/bin/bash' } }));
    expect([script.code, script.err]).toEqual([0, '']);
    expect(script.out).toContain('complete -o bashdefault -o default -F _labcm_yargs_completions labcm');
    const complete = async (...words: readonly string[]) =>
      (await program(['--get-yargs-completions', 'labcm', ...words], here({ environment: { SHELL: '/bin/bash' } })))
        .out;
    expect((await complete('sta')).trim().split('\n')).toEqual(expect.arrayContaining(['run', 'init', 'status']));
    expect((await complete('status', '--')).trim().split('\n')).toEqual(
      expect.arrayContaining(['--status', '--protocol', '--json']),
    );
  });

  it('decodes what comes through a pipe', async () => {
    const { code, out } = await program(
      ['decode', 'tftp'],
      here({ input: `${Buffer.from('\0\x01a\0octet\0').toString('hex')}\n` }),
    );
    expect(code).toBe(0);
    expect(out).toContain('RRQ');
  });

  it.each([
    'messages | head -1',
    'messages --json | head -1',
    'status --json --api $API | head -1',
    'doctor -c small.yaml --json | head -1',
    'timeline ipctest2 --json --api $API | head -1',
    '--help | head -1',
    'check -c faulty.yaml | head -1 | grep -c faulty',
    'phone --name ipctest2 --stay --boot register --sccp-port 1 | head -1',
    'phone --count 2 --name SEP02%010X --boot register --sccp-port 1 --within 200ms 2>&1 | head -1',
  ])('a reader that has seen enough is no failure: labcm %s', async (line) => {
    const { out, err } = await shell(`labcm ${line}`, here({ environment: { API: daemon.url('') } }));
    expect(out.trim().split('\n')).toHaveLength(1);
    expect(err).not.toMatch(/EPIPE|^ {4}at /m);
  });

  it('what the quick start suggests to try next does as it says, and leaves its two phones registered', async () => {
    const free = [
      'sccp.port',
      'sip.udp',
      'sip.tcp',
      'tftp.port',
      'http.provisioning.port',
      'http.api.port',
      'dhcp.port',
    ];
    const places = ['state.directory=', 'trace.directory='].map((key) => `${key}${join(daemon.folder, 'quick')}`);
    const settings = [...free.map((key) => `${key}=0`), ...places, 'dhcp.enabled=false'];
    const run = start(['run', '--demo', ...settings.flatMap((setting) => ['--set', setting])]);
    await run.waitForText('Ctrl+C ends it.');
    const suggested = [...run.out.matchAll(/^ {2}npx labcm (.*?) {2,}/gm)].map(([, words = '']) => words.split(' '));
    expect(suggested.map(([command]) => command)).toEqual(['status', 'dial', 'restart', 'phone', 'timeline']);
    const codes: (number | null)[] = [];
    for (const words of suggested) codes.push((await program(words, here())).code);
    expect(codes).toEqual([0, 0, 0, 1, 0]);
    expect(run.out).toMatch(/SEP005056A1033D .*Call 1: 5002 calls.*ipctest2 .*Call 2: ended by the other side/s);
    const [, curl = ''] = /curl (\S+)/.exec(run.out) ?? [];
    expect(await (await fetch(curl)).json()).toMatchObject({ name: 'ipctest2', status: 'Registered' });
    const api = new URL('/', curl).href;
    const restarted = await program(['wait', 'SEP005056A1033D', '--within', '20s', '--api', api], here());
    expect(restarted.code).toBe(0);
    run.signal('SIGINT');
    expect((await run.ended).code).toBe(0);
    expect(readFileSync(join(daemon.folder, 'quick/events.jsonl'), 'utf8')).not.toContain('"superseded"');
  });

  describe('the road to a real network, from a folder elsewhere', () => {
    const LOOPBACK = 'http.api.port=0 sccp.port=0 sip.udp=0 sip.tcp=0 tftp.port=0 http.provisioning.port=0'
      .split(' ')
      .flatMap((setting) => ['--set', setting]);

    it('labcm init writes what labcm check finds no fault in and labcm run serves', async () => {
      const made = await program(['init', 'made', '--interface', 'lo'], here());
      const folder = join(daemon.folder, 'made');
      expect([made.code, made.out]).toEqual([0, `${folder}/labcm.yaml\n${folder}/tftp-root\n`]);
      expect(readdirSync(join(folder, 'tftp-root'))).toContain('README.md');
      const inside = here({ directory: folder });
      const checked = await program(['check', ...LOOPBACK], inside);
      expect([checked.code, checked.out]).toEqual([0, '']);
      const run = new ProgramProcess(['run', ...LOOPBACK], inside);
      running.add(run);
      await run.waitForText('ready');
      run.signal('SIGTERM');
      expect((await run.ended).code).toBe(0);
      expect(readdirSync(folder).sort()).toEqual(['labcm.yaml', 'logs', 'state', 'tftp-root']);
      const again = await program(['init', 'made'], here());
      expect([again.code, again.err]).toEqual([1, expect.stringContaining('labcm.yaml: found a file of that name')]);
    });

    it('a copy of config/lab.yaml with other addresses is checked and run as README.md says', async () => {
      const folder = join(daemon.folder, 'copied');
      mkdirSync(folder);
      const text = readFileSync('config/lab.yaml', 'utf8');
      writeFileSync(join(folder, 'lab.yaml'), text.replace('CM1, address: 10.10.210.10', 'CM1, address: 127.0.0.1'));
      const words = ['-c', 'lab.yaml', ...LOOPBACK];
      const checked = await program(['check', ...words], here({ directory: folder }));
      expect(checked.code).toBe(0);
      const run = new ProgramProcess(['run', ...words], here({ directory: folder }));
      running.add(run);
      await run.waitForText('ready');
      run.signal('SIGTERM');
      expect((await run.ended).code).toBe(0);
    });
  });

  it('a second daemon on the same state ends with one sentence; after a kill the next one starts', async () => {
    const first = start(['run', '-c', 'small.yaml']);
    await first.waitForText('ready');
    const second = await program(['run', '-c', 'small.yaml'], here());
    const directory = join(daemon.folder, 'small/state');
    expect([second.code, second.err.trimEnd().split('\n').at(-1)]).toEqual([
      1,
      `labcm: state.directory: found ${directory} in use by another labcm (process ${first.pid}), wanted a directory of its own; stop that one, or set state.directory to another`,
    ]);
    const beside = await program(['run', '-c', 'small.yaml', '--set', 'state.directory=small/other'], here());
    expect(beside.err).toContain('labcm: trace.directory: found ');
    await first.kill();
    const third = start(['run', '-c', 'small.yaml']);
    await third.waitForText('ready');
    third.signal('SIGTERM');
    expect(await third.ended).toEqual({ code: 0, signal: null });
    expect(readdirSync(directory)).toEqual([]);
  });

  describe.each(['SIGINT', 'SIGTERM'] as const)('%s', (signal) => {
    it('stops the daemon in order: exit 0', async () => {
      const run = start(['run', '-c', 'small.yaml']);
      await run.waitForText('ready');
      run.signal(signal);
      expect(await run.ended).toEqual({ code: 0, signal: null });
      expect(run.err).toContain(`${signal}: stopping\nstopped\n`);
    });

    it('ends what follows a timeline: exit 0', async () => {
      const follow = start(['timeline', 'ipctest2', '--follow']);
      await follow.waitForText('nothing was heard of it');
      follow.signal(signal);
      expect(await follow.ended).toEqual({ code: 0, signal: null });
    });

    it.each([
      [['wait', 'ipctest2', 'registered', '--within', '60s']],
      [['assert', 'bad.yaml', '--within', '60s']],
      [['decode', 'sccp']],
    ])('ends labcm %j at once, as a script expects of a program that was stopped', async (words) => {
      const waiting = start(words, { keepInput: true });
      // It says nothing while it waits; by the next turn of its loop it has been loaded or is being so.
      await new Promise((resolve) => setTimeout(resolve, 300));
      waiting.signal(signal);
      expect(await waiting.ended).toEqual(killedBy(signal));
    });
  });
});
