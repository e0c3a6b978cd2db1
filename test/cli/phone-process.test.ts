// `labcm phone` as a process of its own: it ends when its work is done, or at the first signal, whatever it waits for.

import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SEED_PHONES, TestDaemon } from '../support/daemon.js';
import { ProgramProcess } from '../support/program.js';

const SCCP = ['--name', 'ipctest2', '--mac', '005056A1033D', '--protocol', 'sccp'];
const SIP = ['--name', 'SEP005056A1033D', '--protocol', 'sip'];
/** Above what a process that ends by itself needs; one that does not would stay for ever. */
const SOON = 30_000;

const SERVICES = `
nodes: [{ name: CM1, address: 127.0.0.1 }]
tftp: { listen: 127.0.0.1, port: 0 }
http: { provisioning: { enabled: false }, api: { enabled: false } }
sccp: { listen: 127.0.0.1, port: 0 }
sip: { listen: 127.0.0.1, udp: 0, tcp: 0 }
trace: { directory: logs, console: off }
state: { directory: state }
autoRegistration: { enabled: true, range: 1000-1999 }
`;

describe('labcm phone as a process', { timeout: SOON }, () => {
  const daemon = new TestDaemon();
  const running = new Set<ProgramProcess>();
  let mute: Server;

  beforeAll(async () => {
    daemon.configure(SEED_PHONES, SERVICES);
    await daemon.start();
    mute = createServer((socket) => socket.on('error', () => {}).resume()).listen(0, '127.0.0.1');
  });
  afterAll(async () => {
    // Those of tests that failed.
    for (const program of running) await program.kill();
    mute.close();
    await daemon.remove();
  });

  const ports = (): string[] => [
    '--tftp-port',
    String(daemon.endpoint('TFTP').port),
    '--http-port',
    '0',
    '--sccp-port',
    String(daemon.endpoint('SCCP').port),
    '--sip-port',
    String(daemon.endpoint('SIP', 'tcp').port),
  ];
  const phone = (...words: readonly string[]): ProgramProcess => {
    const started = new ProgramProcess(['phone', ...words]);
    running.add(started);
    return started;
  };
  const stateOf = (name: string) => daemon.daemon.database.byName(name)?.state;

  it.each([
    ['SCCP', 'ipctest2', SCCP],
    ['SIP', 'SEP005056A1033D', SIP],
  ])('over %s ends by itself once it is registered, and has unregistered', async (_protocol, name, words) => {
    const program = phone(...words, ...ports());
    expect(await program.ended).toEqual({ code: 0, signal: null });
    expect(program.out).toContain('Registered with CM1');
    expect(program.out).toContain('Unregistered from CM1');
    expect(stateOf(name)).toBe('unregistered');
  });

  describe.each(['SIGINT', 'SIGTERM'] as const)('%s', (signal) => {
    it.each([
      ['SCCP', 'ipctest2', SCCP],
      ['SIP', 'SEP005056A1033D', SIP],
    ])('ends a phone that stays over %s, unregistered and in order', async (_protocol, name, words) => {
      const program = phone(...words, ...ports(), '--stay');
      await program.waitForText('stays until Ctrl+C');
      program.signal(signal);
      expect(await program.ended).toEqual({ code: 0, signal: null });
      expect(program.out).toContain('Unregistered from CM1');
      expect(stateOf(name)).toBe('unregistered');
    });

    it('ends many that stay', async () => {
      const many = ['--name', 'SEP02%010X', '--count', '3', '--boot', 'register', '--stay'];
      const program = phone(...many, ...ports());
      await program.waitForText('3 of 3 are registered and stay until Ctrl+C');
      program.signal(signal);
      expect(await program.ended).toEqual({ code: 0, signal: null });
      expect(program.out).toContain('3 phones started, 3 registered in ');
      expect(daemon.daemon.database.registered.SCCP).toBe(0);
    });
  });

  it('many at once are no reason for node to warn', async () => {
    const many = phone('--name', 'SEP02%010X', '--count', '50', '--rate', '1000', '--boot', 'register', ...ports());
    expect(await many.ended).toEqual({ code: 0, signal: null });
    expect(many.err).toBe('');
  });

  it('many end by themselves, and say how many did not register', async () => {
    const many = ['--name', 'SEP02%010X', '--boot', 'register'];
    const good = phone(...many, '--count', '1', ...ports());
    expect(await good.ended).toEqual({ code: 0, signal: null });
    expect(good.out).toMatch(/^1 phone started, 1 registered in \d+ ms \(\d+ a second\), 1 at the end, 0 failed$/m);
    const bad = phone(...many, '--count', '2', '--sccp-port', '1', '--within', '300ms');
    expect(await bad.ended).toEqual({ code: 1, signal: null });
    expect(bad.out).toMatch(/^2 phones started, 0 registered, 0 at the end, 2 failed$/m);
  });

  describe.concurrent('whose daemon is not there', () => {
    it.each([
      ['files', ['--tftp-port', '1']],
      ['a call manager', ['--boot', 'register', '--sccp-port', '1']],
      ['an address', ['--boot', 'full', '--dhcp-port', '1']],
    ])('ends at --within where it still waits for %s', async (_what, words) => {
      const program = phone(...SCCP, ...words, '--within', '300ms');
      expect(await program.ended).toEqual({ code: 1, signal: null });
      expect(program.err).toContain('labcm: ipctest2 is not registered after 0.3 s');
    });

    describe.each(['SIGINT', 'SIGTERM'] as const)('%s', (signal) => {
      it.each([
        ['an address', ['--boot', 'full', '--dhcp-port', '1'], 'DISCOVER'],
        ['files', ['--tftp-port', '1'], 'Communicator'],
        ['a call manager that refuses links', ['--boot', 'register', '--sccp-port', '1'], 'Waiting for a call manager'],
      ])('ends a phone that waits for %s', async (_what, words, said) => {
        const program = phone(...SCCP, ...words, '--stay');
        await program.waitForText(said);
        program.signal(signal);
        expect(await program.ended).toEqual({ code: 1, signal: null });
        expect(program.err).toContain('labcm: ipctest2 was stopped before it was registered: it waits for ');
      });

      it('ends a phone whose call manager says nothing', async () => {
        const { port } = mute.address() as { port: number };
        const program = phone(...SCCP, '--boot', 'register', '--sccp-port', String(port));
        await program.waitForText('Registering');
        program.signal(signal);
        expect(await program.ended).toEqual({ code: 1, signal: null });
      });
    });

    it.each([
      [[]],
      [['--name', 'ipctest2', '--within', 'soon']],
      [['--name', 'ipctest2', '--tftp-port', '70000']],
      [['--name', 'ipctest2', '--count', '2']],
    ])('takes %j for a mistake in the words: exit 2', async (words) => {
      const program = phone(...words);
      expect(await program.ended).toEqual({ code: 2, signal: null });
      expect(program.err).toMatch(/^labcm: --/);
    });
  });
});
