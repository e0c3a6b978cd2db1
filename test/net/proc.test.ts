// What Linux tells below /proc, as it was read on a machine.

import { describe, expect, it } from 'vitest';
import { boundSockets, kernelCounts, mayBindAnyPort, neighbours, socketOwners } from '../../src/net/host/proc.js';
import { memoryHost } from '../doctor/memory-host.js';

const TCP = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F98 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 27034 1 0000000000000000 100 0 0 10 0
   1: 0AD20A0A:07D0 0BD20A0A:C001 01 00000000:00000000 00:00000000 00000000     0        0 27035 1 0000000000000000 20 4 30 10 -1
`;
const TCP6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000000000000:13C4 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 27036 1 0000000000000000 100 0 0 10 0
   1: 00000000000000000000000001000000:13C5 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 27037 1 0000000000000000 100 0 0 10 0
`;
const UDP = `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  412: 00000000:0045 00000000:0000 07 00000000:00000000 00:00000000 00000000   109        0 30001 2 0000000000000000 0
`;

const host = memoryHost({
  files: {
    '/proc/net/tcp': TCP,
    '/proc/net/tcp6': TCP6,
    '/proc/net/udp': UDP,
    '/proc/812/comm': 'in.tftpd\n',
    '/proc/812/cgroup': '0::/system.slice/tftpd-hpa.service\n',
    '/proc/900/comm': 'node\n',
    '/proc/900/cgroup': '0::/user.slice\n',
    '/proc/self/status': 'Name:\tnode\nCapEff:\t00000000a80425fb\n',
  },
  links: { '/proc/812/fd/0': '/dev/null', '/proc/812/fd/4': 'socket:[30001]', '/proc/900/fd/9': 'socket:[27034]' },
});

describe('sockets', () => {
  it('are listeners and UDP sockets with their addresses; IPv6 counts where it takes IPv4, too', async () => {
    expect(await boundSockets(host)).toEqual([
      { transport: 'tcp', address: '127.0.0.1', port: 8088, inode: '27034' },
      { transport: 'tcp', address: '0.0.0.0', port: 5060, inode: '27036' },
      { transport: 'udp', address: '0.0.0.0', port: 69, inode: '30001' },
    ]);
  });

  it('have owners, with the unit where there is one', async () => {
    expect(Object.fromEntries(await socketOwners(host, new Set(['30001', '27034', '1'])))).toEqual({
      30001: { pid: 812, name: 'in.tftpd', unit: 'tftpd-hpa.service' },
      27034: { pid: 900, name: 'node', unit: undefined },
    });
  });
});

describe('other tables', () => {
  it('neighbours are those whose hardware address is known', async () => {
    const table = `IP address       HW type     Flags       HW address            Mask     Device
10.10.210.100    0x1         0x2         00:11:22:33:44:55     *        eth1
10.10.210.101    0x1         0x0         00:00:00:00:00:00     *        eth1
`;
    expect(await neighbours(memoryHost({ files: { '/proc/net/arp': table } }))).toEqual([
      { address: '10.10.210.100', mac: '001122334455', interface: 'eth1' },
    ]);
  });

  it('counters are found by name, in any order of columns', async () => {
    const files = {
      '/proc/net/snmp': 'Ip: Forwarding DefaultTTL\nIp: 1 64\nUdp: NoPorts RcvbufErrors\nUdp: 17 4\n',
      '/proc/net/netstat': 'TcpExt: ListenDrops ListenOverflows\nTcpExt: 5 2\n',
    };
    expect(await kernelCounts(memoryHost({ files }))).toEqual({
      'Udp.NoPorts': 17,
      'Udp.RcvbufErrors': 4,
      'TcpExt.ListenOverflows': 2,
    });
    expect(await kernelCounts(memoryHost())).toEqual({});
  });

  it('the right to low ports is capability 10', async () => {
    expect(await mayBindAnyPort(host)).toBe(true);
    const none = memoryHost({ files: { '/proc/self/status': 'CapEff:\t0000000000000000\n' } });
    expect(await mayBindAnyPort(none)).toBe(false);
    expect(await mayBindAnyPort(memoryHost())).toBeUndefined();
  });
});
