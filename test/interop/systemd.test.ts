// The units of examples/systemd, read by systemd itself, and labcm as they start it: with a datagram socket that systemd's
// launcher hands down, and as a user with the one capability. No manager runs here, so that the rest of the hardening is read
// and rated, not applied.

import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ProgramProcess, program } from '../support/program.js';
import { Namespaces } from './support/namespaces.js';

const EXAMPLE = 'examples/systemd';
const hasProgram = (name: string): boolean => spawnSync('which', [name]).status === 0;
const HAS_SYSTEMD = hasProgram('systemd-analyze') && hasProgram('systemd-sysusers');

const top = mkdtempSync(join(tmpdir(), 'labcm-systemd-'));
const spaces = new Namespaces();
const daemons: ProgramProcess[] = [];

afterAll(async () => {
  for (const daemon of daemons) await daemon.kill();
  await spaces.close();
  rmSync(top, { recursive: true, force: true });
});

/** A root with the units and what they start; `change` is made to the service. */
const rootWith = (name: string, change: (unit: string) => string = (unit) => unit): string => {
  const root = join(top, name);
  const units = join(root, 'etc/systemd/system');
  mkdirSync(units, { recursive: true });
  writeFileSync(join(units, 'labcm.service'), change(readFileSync(`${EXAMPLE}/labcm.service`, 'utf8')));
  cpSync(`${EXAMPLE}/labcm.socket`, join(units, 'labcm.socket'));
  cpSync('/usr/lib/systemd/system', join(root, 'usr/lib/systemd/system'), { recursive: true });
  for (const file of ['opt/labcm/bin/labcm', 'bin/kill']) {
    mkdirSync(join(root, file, '..'), { recursive: true });
    writeFileSync(join(root, file), '#!/bin/sh\n');
    chmodSync(join(root, file), 0o755);
  }
  return root;
};

const verify = (root: string) => {
  const { status, stdout, stderr } = spawnSync(
    'systemd-analyze',
    ['verify', `--root=${root}`, '--man=no', 'labcm.service', 'labcm.socket'],
    { encoding: 'utf8' },
  );
  return { status, said: `${stdout}${stderr}` };
};

describe.skipIf(!HAS_SYSTEMD)('systemd', () => {
  it('has nothing to say against the units', () => {
    expect(verify(rootWith('good'))).toEqual({ status: 0, said: '' });
  });

  it('would say so of a key or of a program that is not there', () => {
    for (const [name, from, to] of [
      ['key', 'ProtectHome=', 'ProtectHouse='],
      ['program', '/opt/labcm/bin/labcm run', '/opt/labcm/labcm run'],
    ] as const)
      expect(verify(rootWith(name, (unit) => unit.replace(from, to))).said, name).not.toBe('');
  });

  it('rates the service as not exposed', () => {
    const { stdout } = spawnSync(
      'systemd-analyze',
      ['security', '--offline=true', '--threshold=25', `--root=${rootWith('rated')}`, 'labcm.service'],
      { encoding: 'utf8' },
    );
    const [, level = ''] = /Overall exposure level for labcm\.service: ([\d.]+)/.exec(stdout) ?? [];
    expect(Number(level)).toBeGreaterThan(0);
    expect(Number(level)).toBeLessThan(2.5);
  });

  it('makes the user', () => {
    const { stdout, stderr, status } = spawnSync(
      'systemd-sysusers',
      ['--dry-run', `--root=${rootWith('users')}`, '-'],
      {
        encoding: 'utf8',
        input: readFileSync(`${EXAMPLE}/labcm.sysusers.conf`, 'utf8'),
      },
    );
    expect([status, `${stdout}${stderr}`]).toEqual([0, expect.stringMatching(/creat\w+ user '?labcm/i)]);
  });
});

describe.skipIf(!hasProgram('systemd-socket-activate'))('a socket of systemd', () => {
  it('is found by its name and serves DHCP', async () => {
    const directory = join(top, 'activated');
    mkdirSync(directory);
    const namespace = spaces.make('sa');
    const inNamespace = ['ip', 'netns', 'exec', namespace];
    writeFileSync(
      join(directory, 'labcm.yaml'),
      `nodes: [{ name: CM1, address: 127.0.0.1 }]
dhcp:
  enabled: true
  interface: lo
  port: 6767
  clientPort: 6868
  subnets: [{ subnet: 127.0.0.0/8, pools: [127.0.1.100-127.0.1.199], option150: [127.0.0.1] }]
tftp: { listen: 127.0.0.1, port: 6969 }
devices: [{ name: SEP001122334455, model: "7962", protocol: SCCP, lines: [{ dn: 5002 }] }]
`,
    );
    const daemon = new ProgramProcess(['run'], {
      directory,
      under: [...inNamespace, 'systemd-socket-activate', '--datagram', '--listen=127.0.0.1:6767', '--fdname=lo'],
    });
    daemons.push(daemon);
    await daemon.waitForText('Listening on');
    // The first datagram of the phone starts labcm, which is what a socket unit does.
    const phone = await program(
      [
        ...['phone', '--name', 'SEP001122334455', '--model', '7962', '--boot', 'full', '--within', '60s'],
        ...['--dhcp-port', '6767', '--tftp-port', '6969'],
      ],
      { under: inNamespace },
    );
    expect([phone.code, daemon.err], phone.out + phone.err).toEqual([0, expect.stringContaining('Listening on')]);
    expect(phone.out).toContain('127.0.1.1');
    daemon.signal('SIGTERM');
    expect((await daemon.ended).code).toBe(0);
  });
});

describe.skipIf(process.getuid?.() !== 0 || !hasProgram('setpriv'))('the user of the service', () => {
  it('needs its one capability for DHCP and TFTP, and no other', async () => {
    const directory = join(top, 'user');
    mkdirSync(directory);
    chmodSync(top, 0o755);
    chmodSync(directory, 0o777);
    const namespace = spaces.make('su');
    spaces.wire(
      { namespace, interface: 'eth1', address: '10.98.0.1/24' },
      { namespace: spaces.make('sv'), interface: 'eth0', address: '10.98.0.2/24' },
    );
    const as = (capabilities: string): readonly string[] => [
      ...['ip', 'netns', 'exec', namespace, 'setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'],
      ...['--no-new-privs', `--bounding-set=-all${capabilities}`, `--inh-caps=-all${capabilities}`],
      `--ambient-caps=-all${capabilities}`,
    ];
    const { code, err } = await program(['init'], { directory, under: as('') });
    expect(code, err).toBe(0);
    const run = ['run', '--set', 'dhcp.enabled=true'];
    const refused = await program(run, { directory, under: as('') });
    expect([refused.code, refused.err]).not.toEqual([0, '']);
    const daemon = new ProgramProcess(run, { directory, under: as(',+net_bind_service') });
    daemons.push(daemon);
    await daemon.waitForText('labcm is ready');
    expect(daemon.out).toContain('DHCP udp eth1:67\n');
    expect(daemon.out).toContain('TFTP udp 10.98.0.1:69\n');
    daemon.signal('SIGTERM');
    expect((await daemon.ended).code).toBe(0);
  });
});
