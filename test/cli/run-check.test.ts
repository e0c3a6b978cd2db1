// `labcm run` and `labcm check`: a configuration before and while a daemon runs on it.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DaemonStartOptions } from '../../src/cli/environment.js';
import { BindError, ConfigError } from '../../src/core/errors.js';
import { readLocatedConfig } from '../../src/daemon/read-config.js';
import { folderWith } from '../config/harness.js';
import { labcm, start } from './harness.js';

const fileWith = (yaml: string, files: Readonly<Record<string, string>> = {}): string =>
  join(folderWith({ 'lab.yaml': yaml, ...files }), 'lab.yaml');

const PHONES = 'devices: [{ name: A, model: CIPC }, { name: B, model: CIPC, protocol: SIP }]';

const MACHINE = `dhcp:
  interface: eth9
  enabled: true
  subnets: [{ subnet: 10.0.0.0/24, pools: [10.0.0.10-10.0.0.20] }]
state: { directory: /var/lib/labcm }
trace: { directory: /var/log/labcm }`;

/** Resolves once `text` has been said. */
const until = async (said: () => string, text: string): Promise<void> => {
  while (!said().includes(text)) await new Promise((resolve) => setImmediate(resolve));
};

describe('labcm run', () => {
  const daemon = () => {
    const story: string[] = [];
    return {
      story,
      startDaemon: async (_: unknown, { announce, configPath, overrides }: DaemonStartOptions) => {
        story.push(`started ${configPath.split('/').at(-1)} ${overrides.join()}`);
        announce('TFTP udp 127.0.0.1:6969');
        announce('SCCP tcp 127.0.0.1:2000');
        return {
          listeners: [],
          failure: new Promise<Error>(() => {}),
          stop: async () => void story.push('stopped'),
          reload: () => {
            story.push('reloaded');
            return readLocatedConfig(configPath, overrides);
          },
        };
      },
    };
  };

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'prints a line per listener and one with ready; %s stops it in order',
    async (signal) => {
      const { story, startDaemon } = daemon();
      const running = start(['run', '-c', fileWith(PHONES), '--set', 'sccp.port=0', '--set', 'sip.tcp=0'], {
        startDaemon,
      });
      await until(running.out, 'ready');
      expect(running.out().split('\n')).toEqual([
        'TFTP udp 127.0.0.1:6969',
        'SCCP tcp 127.0.0.1:2000',
        expect.stringMatching(/^labcm is ready: 2 devices, configuration .*lab\.yaml$/),
        '',
      ]);
      running.signal('SIGHUP');
      running.signal(signal);
      expect(await running.ended).toBe(0);
      expect(story).toEqual(['started lab.yaml sccp.port=0,sip.tcp=0', 'reloaded', 'stopped']);
      expect(running.listening()).toBe(0);
    },
  );

  it('--until-input-ends stops it in order when the program that started it is gone', async () => {
    const { story, startDaemon } = daemon();
    const { code, err } = await labcm(['run', '-c', fileWith(PHONES), '--until-input-ends'], {
      startDaemon,
      inputEnds: true,
    });
    expect([code, story]).toEqual([0, ['started lab.yaml ', 'stopped']]);
    expect(err).toContain('the standard input has ended: stopping');
  });

  it('does not care about its input unless it is told to', async () => {
    const { story, startDaemon } = daemon();
    const running = start(['run', '-c', fileWith(PHONES)], { startDaemon, inputEnds: true });
    await until(running.out, 'ready');
    running.signal('SIGTERM');
    expect(await running.ended).toBe(0);
    expect(story).toEqual(['started lab.yaml ', 'stopped']);
    expect(running.err()).toContain('SIGTERM: stopping');
  });

  it('--no-demo leaves out the phones that a script asked for before it', async () => {
    const { startDaemon } = daemon();
    const running = start(['run', '-c', fileWith(PHONES), '--demo', '--no-demo'], { startDaemon });
    await until(running.out, 'ready');
    running.signal('SIGTERM');
    expect(await running.ended).toBe(0);
    expect(running.out()).not.toContain('phones boot');
    expect(running.out()).not.toContain('Try next');
  });

  it('a signal during the start is not lost', async () => {
    const { story, startDaemon } = daemon();
    let go = (): void => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    const running = start(['run', '-c', fileWith('')], {
      startDaemon: async (config, options) => {
        await gate;
        return startDaemon(config, options);
      },
    });
    while (running.listening() < 2) await new Promise((resolve) => setImmediate(resolve));
    running.signal('SIGTERM');
    go();
    expect(await running.ended).toBe(0);
    expect(story.at(-1)).toBe('stopped');
  });

  it('a reload that fails says why and leaves the daemon running', async () => {
    const fault = { file: 'lab.yaml', line: 3, key: 'sccp.port', found: '70000', wanted: 'less' };
    const running = start(['run', '-c', fileWith('')], {
      startDaemon: async () => ({
        listeners: [],
        failure: new Promise<Error>(() => {}),
        stop: async () => {},
        reload: () => Promise.reject(new ConfigError([fault])),
      }),
    });
    await until(running.out, 'ready');
    running.signal('SIGHUP');
    await until(running.err, 'everything stays as it was');
    expect(running.err()).toContain('lab.yaml:3: sccp.port: found 70000, wanted less\n');
    running.signal('SIGTERM');
    expect(await running.ended).toBe(0);
  });

  it('tells each warning at the start and after SIGHUP, once as long as it holds', async () => {
    const LOADS = 'phones: { loads: { 7962: SCCP42.A } }';
    const file = fileWith(LOADS);
    const { startDaemon } = daemon();
    const running = start(['run', '-c', file], { startDaemon });
    await until(running.out, 'ready');
    const again = async (yaml: string): Promise<string> => {
      const before = running.err().length;
      writeFileSync(file, yaml);
      running.signal('SIGHUP');
      await until(() => running.err().slice(before), 'read again');
      return running.err().slice(before);
    };
    expect(running.err()).toMatch(/lab\.yaml:1: warning: phones\.loads: found SCCP42\.A, /);
    expect(await again(`\n\n${LOADS}`)).toBe('SIGHUP: the configuration was read again\n');
    expect(await again('')).toBe('SIGHUP: the configuration was read again\n');
    expect(await again(LOADS)).toMatch(/^\S*lab\.yaml:1: warning: phones\.loads: found SCCP42\.A, .*\nSIGHUP: /);
    expect(await again('tftp: { root: ./gone }')).toMatch(
      /^\S*lab\.yaml:1: tftp\.root: found nothing there .*; labcm runs on, and will not start again with it\nSIGHUP: /,
    );
    running.signal('SIGTERM');
    expect(await running.ended).toBe(0);
  });

  it('a faulty configuration starts nothing: every fault on stderr, exit 2', async () => {
    const { code, out, err } = await labcm(['run', '-c', fileWith('sccp: { port: x }\nsip: { udp: y }')]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(
      /lab\.yaml:1: sccp\.port: .*\n.*lab\.yaml:2: sip\.udp: .*\n2 faults in the configuration; nothing was started\n$/,
    );
  });

  it.each([
    ['an interface that is not there', { interfaces: ['lo', 'eth0'] }, /lab\.yaml:2: dhcp\.interface: found eth9, /],
    [
      'a state directory that cannot be written to',
      { unwritable: { '/var/lib/labcm': 'no permission to write there' } },
      /lab\.yaml:5: state\.directory: found no permission to write there \(\/var\/lib\/labcm\), wanted /,
    ],
    [
      'a log directory that cannot be written to',
      { unwritable: { '/var/log/labcm': 'a file system that is read-only' } },
      /lab\.yaml:6: trace\.directory: found a file system that is read-only \(\/var\/log\/labcm\), wanted /,
    ],
  ])('%s is told like any fault, before anything opens', async (_case, machine, expected) => {
    const file = fileWith(MACHINE);
    // `startDaemon` of these surroundings fails the test by its own words.
    const { code, err } = await labcm(['run', '-c', file], { interfaces: ['lo', 'eth9'], ...machine });
    expect(code).toBe(2);
    expect(err).toMatch(expected);
    expect(err).toMatch(/\n1 fault in the configuration; nothing was started\n$/);
  });

  it('a folder of files that is not there is refused in the words of `check`; a file in it that cannot be served is told', async () => {
    const gone = fileWith('tftp: { root: ./files }');
    const { code, out, err } = await labcm(['run', '-c', gone]);
    expect([code, out]).toEqual([2, '']);
    const checked = await labcm(['check', '-c', gone]);
    expect(checked.code).toBe(2);
    expect(err).toBe(`${checked.out}1 fault in the configuration; nothing was started\n`);

    const there = fileWith('tftp: { root: . }', { 'ring.raw': 'x', 'RING.raw': 'y' });
    const { startDaemon } = daemon();
    const running = start(['run', '-c', there], { startDaemon });
    await until(running.out, 'ready');
    running.signal('SIGTERM');
    await running.ended;
    const clash = /ring\.raw: warning: tftp\.root: found the name of RING\.raw but for its case, wanted one of them\n/;
    expect(running.err()).toMatch(clash);
    expect(await labcm(['check', '-c', there])).toMatchObject({ code: 0, out: expect.stringMatching(clash) });
  });

  it('a listener that cannot be had: which one, why, and what helps', async () => {
    const cause = Object.assign(new Error('listen EACCES'), { code: 'EACCES' });
    const { code, err } = await labcm(['run', '-c', fileWith('')], {
      startDaemon: () => Promise.reject(new BindError('TFTP on 0.0.0.0:69/udp', cause)),
    });
    expect(code).toBe(1);
    expect(err).toContain('labcm: TFTP on 0.0.0.0:69/udp: ports below 1024 need privileges; run as root');
  });

  it('a fault of our own is told in one line, without a stack', async () => {
    const { code, err } = await labcm(['run', '-c', fileWith('')], {
      startDaemon: () => Promise.reject(new TypeError('x is not a function\n    at secret (file.js:1)')),
    });
    expect([code, err]).toEqual([1, 'labcm: x is not a function\n']);
  });

  it.each([
    ['two phones', 2, ''],
    ['all the phones that there are descriptors for', 512, ''],
    ['one phone more', 513, 'descriptors: found a limit of 1024, wanted 1025 for 513 phones '],
  ])('tells of descriptors what its phones can meet: %s', async (_case, count, said) => {
    const names = Array.from({ length: count }, (_, index) => `D${index},CIPC`);
    const file = fileWith('devicesFile: p.csv', { 'p.csv': `name,model\n${names.join('\n')}` });
    const running = start(['run', '-c', file], { ...daemon(), descriptors: 1024 });
    await until(running.out, 'ready');
    running.signal('SIGTERM');
    await running.ended;
    if (said === '') expect(running.err()).not.toContain('descriptors');
    else expect(running.err()).toContain(said);
  });

  it('takes labcm.yaml of the folder it stands in, else the quick start', async () => {
    const folder = folderWith({ 'labcm.yaml': 'cluster: Here' });
    const { startDaemon } = daemon();
    for (const [files, said] of [
      [[join(folder, 'labcm.yaml')], `configuration: ${join(folder, 'labcm.yaml')}`],
      [[], 'config/quickstart.yaml'],
    ] as const) {
      const running = start(['run'], { directory: folder, files, startDaemon });
      await until(running.out, 'ready');
      running.signal('SIGINT');
      await running.ended;
      expect(running.err()).toContain(said);
    }
  });
});

describe('labcm check', () => {
  const GOOD = 'tftp: { root: ./files }';
  const withFiles = (yaml: string): string => {
    const file = fileWith(yaml);
    return file;
  };

  it('the shipped configurations have no faults', async () => {
    expect(await labcm(['check', '-c', 'config/quickstart.yaml'])).toMatchObject({
      code: 0,
      out: '',
      err: 'config/quickstart.yaml: no faults, 2 devices\n',
    });
    // It names firmware as an example, which is the owner's to get.
    expect(await labcm(['check', '-c', 'config/lab.yaml'])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^config\/lab\.yaml:\d+: warning: phones\.loads: found SCCP42\.9-4-2SR3-1S, .*\n$/),
      err: 'config/lab.yaml: no faults, 1 warning, 3 devices\n',
    });
  });

  it('lists every fault on stdout with file and line, and exits 2', async () => {
    const { code, out, err } = await labcm(['check', '-c', fileWith('sccp: { port: x }\nselv: A')]);
    expect(code).toBe(2);
    expect(out.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/lab\.yaml:1: sccp\.port: found "x", wanted a whole number from 0 to 65535$/),
      expect.stringMatching(/lab\.yaml:2: selv: found an unknown key, wanted self \(is that what was meant\?\)$/),
    ]);
    expect(err).toMatch(/lab\.yaml: 2 faults\n$/);
  });

  it('gives faults as JSON to programs', async () => {
    const { out } = await labcm(['check', '--json', '-c', fileWith('sccp: { port: x }')]);
    expect(JSON.parse(out)).toMatchObject({ line: 1, key: 'sccp.port', found: '"x"' });
  });

  it('looks at the files for phones, too', async () => {
    const { code, out } = await labcm(['check', '-c', withFiles(GOOD)]);
    expect(code).toBe(2);
    expect(out).toMatch(
      /lab\.yaml:1: tftp\.root: found nothing there \(.*files\), wanted a directory that can be read; make it, name another, or leave tftp\.root out for the one that labcm ships\n$/,
    );
  });

  it('looks at certificates of the owner’s own', async () => {
    const file = fileWith('sip: { tls: 5061, certificate: ./none.pem, key: ./key.pem }', { 'key.pem': 'no key' });
    const { code, out } = await labcm(['check', '-c', file]);
    expect(code).toBe(2);
    expect(out).toContain('lab.yaml:1: sip.certificate: found no such file');
    expect(out).toContain('sip.key: found no PEM in');
  });

  it('looks at what the machine has: interfaces and directories, every fault with its line and what helps', async () => {
    const { code, out } = await labcm(['check', '-c', fileWith(MACHINE)], {
      interfaces: ['lo', 'eth0'],
      unwritable: { '/var/lib/labcm': 'no permission to write there', '/var/log/labcm': 'a file of that name' },
    });
    expect(code).toBe(2);
    expect(out.trimEnd().split('\n')).toEqual([
      expect.stringMatching(
        /lab\.yaml:2: dhcp\.interface: found eth9, which this machine does not have with an IPv4 address, wanted one of lo, eth0; name one of them, or give eth9 an address$/,
      ),
      expect.stringMatching(
        /lab\.yaml:5: state\.directory: found no permission to write there \(\/var\/lib\/labcm\), wanted a directory that can be written to; let this user write there, or set state\.directory to another$/,
      ),
      expect.stringMatching(/lab\.yaml:6: trace\.directory: found a file of that name \(\/var\/log\/labcm\), wanted /),
    ]);
  });

  it('does not ask for the interface of a service that is off, and names a list’s own line', async () => {
    const off = fileWith(MACHINE.replace('enabled: true', 'enabled: false'));
    expect((await labcm(['check', '-c', off], { interfaces: ['lo'] })).code).toBe(0);
    const list = fileWith(MACHINE.replace('interface: eth9', 'interface:\n    - lo\n    - eth9'));
    expect((await labcm(['check', '-c', list], { interfaces: ['lo'] })).out).toMatch(/lab\.yaml:4: dhcp\.interface: /);
    const set = await labcm(['check', '-c', off, '--set', 'dhcp.enabled=true', '--set', 'dhcp.interface=wlan7']);
    expect(set.out).toMatch(/^--set dhcp\.interface=wlan7: dhcp\.interface: found wlan7, /);
  });

  it('says when there are more phones than descriptors', async () => {
    const many = Array.from({ length: 600 }, (_, index) => `D${index},CIPC,${index % 2 ? 'SIP' : 'SCCP'}`);
    const file = fileWith('devicesFile: p.csv', { 'p.csv': `name,model,protocol\n${many.join('\n')}` });
    const { code, err } = await labcm(['check', '-c', file], { descriptors: 1024 });
    expect(code).toBe(0);
    expect(err).toContain(
      'descriptors: found a limit of 1024, wanted 1112 for 600 phones that hold a connection; raise it by `ulimit -n 1112`',
    );
    expect((await labcm(['check', '-c', file], { descriptors: 1112 })).err).not.toContain('600 phones');
  });

  it('says when one address may hold fewer connections than its key allows', async () => {
    const file = fileWith('sip: { limits: { connectionsPerSource: 500 } }');
    const told = async (descriptors: number) => (await labcm(['check', '-c', file], { descriptors })).err;
    expect(await told(20_000)).toContain(
      'descriptors: found a limit of 20000, of which one address may hold 18848 connections, and sccp.limits.connectionsPerSource allows 30000; raise it by `ulimit -n 31152`',
    );
    expect(await told(31_152)).not.toContain('descriptors');
    expect(await told(600)).toContain(
      'one address may hold 450 connections, and sccp.limits.connectionsPerSource allows 30000, and sip.limits.connectionsPerSource allows 500; ',
    );
  });

  it('a file that is not there is a fault like others', async () => {
    expect(await labcm(['check', '-c', '/nowhere/lab.yaml'])).toMatchObject({
      code: 2,
      out: '/nowhere/lab.yaml: configuration: found no such file, wanted a file that is there\n',
    });
  });
});
