// The units: every path, option, key of the configuration and capability that they name exists. test/interop has systemd
// itself read them.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { toServeAlone } from '../../src/net/sockets/interface-sockets.js';
import { labcm } from '../cli/harness.js';

/** A row of a unit: its section, key and value. */
type UnitRow = readonly [section: string, key: string, value: string];

const rowsOf = (file: string): readonly UnitRow[] => {
  let section = '';
  return readFileSync(`examples/systemd/${file}`, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .flatMap((line): readonly UnitRow[] => {
      const [, heading] = /^\[(\w+)\]$/.exec(line) ?? [];
      if (heading !== undefined) {
        section = heading;
        return [];
      }
      const [, key = '', value = ''] = /^(\w+)=(.+)$/.exec(line) ?? [];
      expect(key, `${file}: ${line}`).not.toBe('');
      return [[section, key, value]];
    });
};

const SERVICE = rowsOf('labcm.service');
const SOCKET = rowsOf('labcm.socket');
const onlyValue = (rows: readonly UnitRow[], wanted: string): string => {
  const values = rows.flatMap(([, key, value]) => (key === wanted ? [value] : []));
  expect(values, wanted).toHaveLength(1);
  return values[0] ?? '';
};

const { name, bin } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  readonly name: string;
  readonly bin: Readonly<Record<string, string>>;
};
const README = readFileSync('examples/systemd/README.md', 'utf8');

describe('labcm.service', () => {
  const [program = '', command = '', ...words] = onlyValue(SERVICE, 'ExecStart').split(' ');

  it('starts the program of the package, from where its README.md installs it', () => {
    expect(README).toContain('npm install --global --prefix /opt/labcm');
    expect(Object.keys(bin).map((file) => `/opt/labcm/bin/${file}`)).toContain(program);
    const documentation = onlyValue(SERVICE, 'Documentation').replace('file://', '');
    const inside = documentation.replace(`/opt/labcm/lib/node_modules/${name}/`, '');
    expect(readFileSync(inside, 'utf8')).toContain('# Running labcm');
  });

  it('gives it options and keys that exist', async () => {
    const { out: help } = await labcm([command, '--help']);
    for (const option of words.filter((word) => word.startsWith('-'))) expect(help).toContain(option);
    const settings = words.filter((word) => word.includes('='));
    expect(settings.length).toBeGreaterThan(1);
    // Keys that nobody knows are mistakes, so this is what `run` looks at first.
    const { code, err } = await labcm([
      'check',
      '-c',
      'examples/other-dhcp/labcm.yaml',
      ...settings.flatMap((setting) => ['--set', setting]),
    ]);
    expect(code, err).toBe(0);
  });

  it('lets it write where systemd makes it directories, and reads what its README.md writes', () => {
    expect(words).toContain(`state.directory=/var/lib/${onlyValue(SERVICE, 'StateDirectory')}`);
    expect(words).toContain(`trace.directory=/var/log/${onlyValue(SERVICE, 'LogsDirectory')}`);
    expect(README).toContain('/etc/labcm/labcm.yaml');
    expect(words).toContain('/etc/labcm/labcm.yaml');
  });

  it('runs it as the user that is made, with the one capability for ports below 1024', () => {
    const user = onlyValue(SERVICE, 'User');
    expect(readFileSync('examples/systemd/labcm.sysusers.conf', 'utf8')).toMatch(new RegExp(`^u ${user} `, 'm'));
    expect(onlyValue(SERVICE, 'Group')).toBe(user);
    expect(onlyValue(SERVICE, 'AmbientCapabilities')).toBe('CAP_NET_BIND_SERVICE');
    expect(onlyValue(SERVICE, 'CapabilityBoundingSet')).toBe('CAP_NET_BIND_SERVICE');
  });

  it('leaves it stopped after the exit code of a faulty configuration', async () => {
    const { code } = await labcm(['run', '-c', 'examples/other-dhcp/labcm.yaml', '--set', 'nobody.knows=1']);
    expect(onlyValue(SERVICE, 'RestartPreventExitStatus')).toBe(String(code));
  });
});

describe('labcm.socket', () => {
  it('is for the service, and its name is its interface', () => {
    expect(onlyValue(SOCKET, 'Service')).toBe('labcm.service');
    expect(onlyValue(SERVICE, 'After').split(' ')).toContain('labcm.socket');
    expect(onlyValue(SOCKET, 'ListenDatagram')).toBe('0.0.0.0:67');
    const device = onlyValue(SOCKET, 'BindToDevice');
    // What labcm says to somebody without koffi.
    expect(toServeAlone(device, 'linux')).toContain(
      `BindToDevice=${device} and FileDescriptorName=${onlyValue(SOCKET, 'FileDescriptorName')}`,
    );
  });
});
