import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { hostReader, parseCounters, parseNeighbours } from '../../src/net/host-reader.js';

const SNMP = `Ip: Forwarding DefaultTTL InReceives
Ip: 1 64 4242
Tcp: RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens InErrs OutRsts InCsumErrors
Tcp: 1 200 120000 -1 10 0 77 0
Udp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors
Udp: 5000 12 3 6000 34 0
UdpLite: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors
UdpLite: 0 9 0 0 9 0
`;
const NETSTAT = `TcpExt: SyncookiesSent ListenOverflows ListenDrops
TcpExt: 0 56 57
`;
const ARP = `IP address       HW type     Flags       HW address            Mask     Device
10.10.210.101    0x1         0x2         00:11:22:33:44:5a     *        eth1
10.10.210.102    0x1         0x0         00:00:00:00:00:00     *        eth1
10.10.210.103    0x1         0x6         00:11:22:33:44:5c     *        eth1
10.10.210.104    0x1         0x0         00:11:22:33:44:5d     *        eth1
`;

describe('the files of Linux', () => {
  it('have the counters by group and name', () => {
    expect(parseCounters(`${SNMP}\n${NETSTAT}`)).toEqual({
      udpNoPorts: 12,
      tcpOutRsts: 77,
      rcvbufErrors: 34,
      listenOverflows: 56,
    });
  });

  it.each([
    ['nothing', ''],
    ['other text', 'no such thing\nat all'],
    ['names without values', 'Udp: NoPorts RcvbufErrors\n'],
    ['fewer values than names', 'Udp: NoPorts RcvbufErrors\nUdp:\n'],
  ])('that hold %s have counters of 0', (_, text) => {
    expect(parseCounters(text)).toEqual({ udpNoPorts: 0, tcpOutRsts: 0, rcvbufErrors: 0, listenOverflows: 0 });
  });

  it('have the neighbours that are resolved', () => {
    expect([...parseNeighbours(ARP)]).toEqual([
      ['10.10.210.101', '00112233445A'],
      ['10.10.210.103', '00112233445C'],
    ]);
    expect(parseNeighbours('').size).toBe(0);
  });
});

describe('this machine', () => {
  it.runIf(process.platform === 'linux')('has counters that do not fall', () => {
    const first = hostReader.counters();
    const second = hostReader.counters();
    for (const [name, value] of Object.entries(first ?? {}))
      expect(second?.[name as keyof typeof second]).toBeGreaterThanOrEqual(value);
  });

  it('has an address, and neighbours with hardware addresses if any', () => {
    expect(hostReader.addresses()).toContain('127.0.0.1');
    for (const mac of hostReader.neighbours().values()) expect(mac).toMatch(/^[0-9A-F]{12}$/);
  });

  it('says when a file was changed last, and nothing of one that is not there', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'labcm-host-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, 'lab.yaml');
    await expect(hostReader.changedAt(file)).resolves.toBeUndefined();
    writeFileSync(file, '');
    utimesSync(file, 1_700_000_000, 1_700_000_000);
    await expect(hostReader.changedAt(file)).resolves.toBe(1_700_000_000_000);
  });
});
