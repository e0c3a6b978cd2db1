// `labcm snippet`: from a configuration file to lines on stdout and remarks on stderr.

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SNIPPET_KIND_NAMES, SNIPPET_KINDS } from '../../src/snippets/index.js';
import { folderWith } from '../config/harness.js';
import { labcm } from './harness.js';

const NODES = `nodes: [{ name: CM1, address: 10.10.210.10 }, { name: CM2, address: 10.10.210.11 }]
self: CM1
groups: [{ name: Branch, members: [CM2, CM1] }, { name: Other, members: [CM1] }]
`;

const SUBNETS = `dhcp:
  subnets:
    - { subnet: 10.10.210.0/24, pools: [10.10.210.100-10.10.210.199], option150: [10.10.210.10], reservations: [{ device: ipctest2, address: 10.10.210.200 }] }
    - { subnet: 10.20.0.0/24, pools: [10.20.0.100-10.20.0.199] }
devices: [{ name: ipctest2, mac: "00:50:56:A1:03:3D", model: CIPC }]
`;

const snippet = (yaml: string, ...args: readonly string[]) =>
  labcm(['snippet', ...args, '-c', join(folderWith({ 'lab.yaml': yaml }), 'lab.yaml')]);

describe('labcm snippet', () => {
  it('without a kind lists the kinds with a word on each', async () => {
    const { code, out, err } = await labcm(['snippet']);
    expect([code, err]).toEqual([0, '']);
    for (const kind of SNIPPET_KIND_NAMES)
      expect(out).toMatch(new RegExp(`^${kind} +${SNIPPET_KINDS[kind].what.slice(0, 8)}`, 'm'));
    expect(JSON.parse((await labcm(['snippet', '--json'])).out)).toHaveLength(SNIPPET_KIND_NAMES.length);
  });

  it.each(SNIPPET_KIND_NAMES)('%s: the lines are on stdout alone, the remarks on stderr alone', async (kind) => {
    const { code, out, err } = await snippet(NODES + SUBNETS, kind);
    expect(code).toBe(0);
    expect(out).toMatch(
      /^\S+ labcm 1\.2\.3, from \S+lab\.yaml, for the phones of 10\.10\.210\.0\/24, 10\.20\.0\.0\/24\n/,
    );
    expect(err.split('\n').slice(0, -1)).toEqual(SNIPPET_KINDS[kind].traps);
    expect(out).toMatch(/10[.]10[.]210[.]200/);
    expect(out).not.toMatch(/undefined|\[object/);
  });

  it('takes the addresses of the default group in its order where a subnet says none', async () => {
    const { out } = await snippet(NODES + SUBNETS, 'isc-dhcpd');
    const [, first = '', second = ''] = out.split('\nsubnet ');
    expect(first).toContain('option tftp-servers 10.10.210.10;');
    expect(second).toContain('option tftp-servers 10.10.210.11, 10.10.210.10;');
    expect(second).toContain('next-server 10.10.210.11;');
  });

  it('puts this node first where the default group does not have it', async () => {
    const yaml = (NODES + SUBNETS).replace('[CM2, CM1]', '[CM2]');
    expect((await snippet(yaml, 'isc-dhcpd')).out).toContain('option tftp-servers 10.10.210.10, 10.10.210.11;');
  });

  it('prints one subnet, if it is asked for', async () => {
    const { out } = await snippet(NODES + SUBNETS, 'kea', '--subnet', '10.20.0.0/24');
    expect(JSON.parse(out.split('\n').slice(1).join('\n')).Dhcp4.subnet4).toMatchObject([
      { id: 2, subnet: '10.20.0.0/24' },
    ]);
    const wrong = await snippet(NODES + SUBNETS, 'kea', '--subnet', '10.30.0.0/24');
    expect([wrong.code, wrong.out, wrong.err]).toEqual([
      2,
      '',
      'labcm: --subnet: found 10.30.0.0/24, wanted a subnet of dhcp.subnets: 10.10.210.0/24, 10.20.0.0/24\n',
    ]);
  });

  it('without subnets in the configuration says what is missing', async () => {
    const { code, out, err } = await snippet(NODES, 'ios');
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(
      /^labcm: dhcp\.subnets of \S+lab\.yaml: found no subnets, wanted the subnet of the phones; configure it, .* --subnet 10\.10\.210\.0\/24\n$/,
    );
  });

  it.each([
    ['10.10.210.0/24', 'range 10.10.210.100 10.10.210.199;', '10.10.210.1'],
    ['10.10.0.0/16', 'range 10.10.0.100 10.10.0.199;', '10.10.0.1'],
    ['10.10.210.8/29', 'range 10.10.210.12 10.10.210.14;', '10.10.210.9'],
    ['10.10.211.8/30', 'range 10.10.211.10 10.10.211.10;', '10.10.211.9'],
  ])('makes the subnet %s with placeholders, which it says', async (subnet, range, router) => {
    const { code, out, err } = await snippet(NODES, 'isc-dhcpd', '--subnet', subnet);
    expect(code).toBe(0);
    expect(err).toContain('the range and the router are placeholders');
    expect(out).toContain(`option routers ${router};`);
    expect(out).toContain('option tftp-servers 10.10.210.11, 10.10.210.10;');
    expect(out).toContain(range);
  });

  it('gives no phone the address of a call manager', async () => {
    const yaml = NODES.replace('10.10.210.10', '10.10.210.150').replace('10.10.210.11', '10.10.210.1');
    const { out } = await snippet(yaml, 'isc-dhcpd', '--subnet', '10.10.210.0/24');
    expect(out).toContain('  range 10.10.210.100 10.10.210.149;\n  range 10.10.210.151 10.10.210.199;\n');
    expect(out).toContain('option routers 10.10.210.254;');
  });

  it.each(['10.10.210.1/24', '10.10.210.0', 'eth1', '10.10.210.0/31'])(
    'does not take %s for a subnet',
    async (wrong) => {
      const { code, out, err } = await snippet(NODES, 'ios', '--subnet', wrong);
      expect([code, out]).toEqual([2, '']);
      expect(err).toBe(
        `labcm: --subnet: found ${wrong}, wanted a subnet such as 10.10.210.0/24, its host bits zero, from /8 to /30\n`,
      );
    },
  );

  it.each([
    ['keaa', 'is kea meant?'],
    ['h323', '`labcm snippet` lists them'],
  ])('does not know %s, and helps', async (kind, remedy) => {
    const { code, out, err } = await snippet(NODES, kind);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/^labcm: KIND: found \w+, wanted one of isc-dhcpd, dnsmasq, kea/);
    expect(err).toContain(remedy);
  });

  it('warns where labcm serves DHCP, too', async () => {
    const { err } = await snippet(
      (NODES + SUBNETS).replace('dhcp:', 'dhcp:\n  enabled: true\n  interface: eth1'),
      'kea',
    );
    expect(err).toContain('this configuration serves DHCP itself');
  });

  it('as JSON has the lines and the remarks', async () => {
    const { out, err } = await snippet(NODES + SUBNETS, 'openwrt', '--json');
    expect(err).toBe('');
    expect(JSON.parse(out)).toEqual({
      kind: 'openwrt',
      text: expect.stringContaining('uci add_list'),
      remarks: [...SNIPPET_KINDS.openwrt.traps],
    });
  });

  it('lists the faults of a configuration', async () => {
    const { code, out, err } = await snippet('dhcp: { subnets: [{ subnet: 10.0.0.0/33 }] }', 'kea');
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('dhcp.subnets.0.subnet');
  });
});
