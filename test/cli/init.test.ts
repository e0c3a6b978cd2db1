// `labcm init`: for any address of a machine it writes a configuration without a fault, and over nothing.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from '../../src/daemon/read-config.js';
import { type CommandSetup, labcm } from './harness.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'labcm-init-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const machine = (address: string, prefix: number): CommandSetup => ({
  directory,
  interfaces: ['lo', 'eth0'],
  addresses: { eth0: address },
  prefix,
});

describe('labcm init', () => {
  it.each([
    ['192.168.1.20', 24, '192.168.1.100-192.168.1.199'],
    ['192.168.1.150', 24, '192.168.1.100-192.168.1.199'],
    ['10.1.2.3', 8, '10.1.2.100-10.1.2.199'],
    ['172.16.5.9', 16, '172.16.5.100-172.16.5.199'],
    ['10.0.0.5', 28, '10.0.0.8-10.0.0.14'],
    ['10.0.0.10', 28, '10.0.0.8-10.0.0.14'],
    ['100.64.0.1', 6, '100.64.0.100-100.64.0.199'],
    ['10.0.0.1', 30, undefined],
    ['192.0.2.2', 32, undefined],
  ])('%s/%i: no fault, and with DHCP switched on neither', async (address, prefix, pool) => {
    const { code } = await labcm(['init'], machine(address, prefix));
    expect(code).toBe(0);
    const file = join(directory, 'labcm.yaml');
    const checked = await labcm(['check', '-c', file], machine(address, prefix));
    expect([checked.code, checked.out]).toEqual([0, '']);
    expect([...(await readConfig(file)).provisioning.groups.values()]).toMatchObject([{ members: [{ address }] }]);
    expect(readFileSync(file, 'utf8').includes('pools:')).toBe(pool !== undefined);
    if (pool === undefined) return;
    expect(readFileSync(file, 'utf8')).toContain(`pools: [${pool}]`);
    const served = await labcm(['check', '-c', file, '--set', 'dhcp.enabled=true'], machine(address, prefix));
    expect([served.code, served.out]).toEqual([0, '']);
  });

  it('takes the interface that is named, and says which there are', async () => {
    const { code, err } = await labcm(['init', '--interface', 'wlan7'], machine('10.0.0.1', 24));
    expect([code, err]).toEqual([2, 'labcm: --interface: found wlan7, wanted one with an IPv4 address: lo, eth0\n']);
    expect((await labcm(['init', '--interface', 'lo'], machine('10.0.0.1', 24))).err).toContain('127.0.0.1 on lo');
  });

  it('writes over nothing', async () => {
    await labcm(['init'], machine('10.0.0.1', 24));
    const before = readFileSync(join(directory, 'labcm.yaml'), 'utf8');
    const { code, err } = await labcm(['init'], machine('10.0.0.2', 24));
    expect([code, err]).toEqual([1, expect.stringContaining('found a file of that name, wanted none')]);
    expect(readFileSync(join(directory, 'labcm.yaml'), 'utf8')).toBe(before);
  });

  it.each([
    ['192.168.1.10-192.168.1.40', 0],
    ['192.168.1.20-192.168.1.40', 0],
    ['192.168.1.7', 0],
    ['192.168.2.10-192.168.2.40', 2],
    ['192.168.1.0-192.168.1.40', 2],
    ['192.168.1.40-192.168.1.255', 2],
    ['192.168.1.40-192.168.1.10', 2],
    ['many', 2],
  ])('--range %s: exit %i', async (range, expected) => {
    const { code, err } = await labcm(['init', '--range', range], machine('192.168.1.20', 24));
    expect(code, err).toBe(expected);
    if (code !== 0) return expect(err).toContain(`--range: found ${range}, wanted a range of 192.168.1.0/24`);
    const file = join(directory, 'labcm.yaml');
    expect(readFileSync(file, 'utf8')).toContain(`pools: [${range}`);
    const served = await labcm(['check', '-c', file, '--set', 'dhcp.enabled=true'], machine('192.168.1.20', 24));
    expect([served.code, served.out]).toEqual([0, '']);
  });

  const TWO: CommandSetup = {
    terminal: true,
    typed: true,
    interfaces: ['lo', 'eth0', 'eth1'],
    addresses: { eth0: '192.168.1.20', eth1: '10.0.0.1' },
    prefix: 24,
  };

  it('asks on a terminal for interface and range, again where the answer is none', async () => {
    const input = ['wlan7\neth1\n', '10.9.9.9\n', '10.0.0.50-10.0.0.60\n'];
    const { code, err } = await labcm(['init'], { ...TWO, directory, input });
    expect(code, err).toBe(0);
    expect(err).toContain('eth0 (192.168.1.20), eth1 (10.0.0.1) [eth0]: wanted one of these');
    expect(err).toContain('wanted a range of 10.0.0.0/24');
    expect(readFileSync(join(directory, 'labcm.yaml'), 'utf8')).toContain('pools: [10.0.0.50-10.0.0.60]');
  });

  it.each([['\n\n'], ['']])('takes what it proposes for Enter, and at the end of the input: %j', async (typed) => {
    const { code, err } = await labcm(['init'], { ...TWO, directory, input: typed === '' ? [] : [typed] });
    expect(code, err).toBe(0);
    expect(readFileSync(join(directory, 'labcm.yaml'), 'utf8')).toContain('pools: [192.168.1.100-192.168.1.199]');
  });

  it('asks nothing that the options say, and nothing without a terminal', async () => {
    const options = ['--interface', 'eth1', '--range', '10.0.0.50-10.0.0.60'];
    expect((await labcm(['init', ...options], { ...TWO, directory })).err).not.toContain(']: ');
    rmSync(join(directory, 'labcm.yaml'));
    expect((await labcm(['init'], { ...TWO, typed: false, directory })).err).not.toContain(']: ');
  });
});
