// `labcm decode FILE`: captures in every format, with the messages of all protocols, and faulty ones.

import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import { bootPackets, dhcpMessage, PHONE_MAC, PHONE_NAME, registerReq, sipOk } from '../support/boot-capture.js';
import { at, ethernet, ipv4, LINKS, pcapFile, pcapngFile, tcp, udp } from '../support/capture-files.js';
import { mutated, seededRandom } from '../support/random.js';
import { BOOT, boot, decoded, folder, inFolder, namesIn, raw, written } from './capture-harness.js';
import { labcm, start } from './harness.js';

inFolder();

describe('a capture', () => {
  it.each([
    ['pcap', pcapFile(boot)],
    ['pcap, big-endian', pcapFile(boot, { littleEndian: false })],
    ['pcap in nanoseconds', pcapFile(boot, { nanoseconds: true })],
    ['pcapng', pcapngFile(boot)],
    ['pcapng, big-endian', pcapngFile(boot, { littleEndian: false })],
    ['pcap in gzip', gzipSync(pcapFile(boot))],
    ['pcapng in gzip', gzipSync(pcapngFile(boot))],
  ])('as %s shows the messages of all protocols in order', async (_, file) => {
    const { code, err, names, shown } = await decoded(file);
    expect(names).toEqual(BOOT);
    expect(code).toBe(0);
    expect(err).toBe(`19 messages in ${boot.length} packets\n`);
    expect(shown[0]).toMatchObject({
      time: '2023-11-14T22:13:20.000000Z',
      packet: 1,
      source: '0.0.0.0:68',
      destination: '255.255.255.255:67',
      transport: 'udp',
    });
  });

  it.each(Object.entries(LINKS))('on %s shows the same', async (_, { linkType, wrap }) => {
    const packets = bootPackets().map((packet) => ({ bytes: wrap(packet) }));
    expect((await decoded(pcapFile(packets, { linkType }))).names).toEqual(BOOT);
  });

  it('has the decoded form that frames in hexadecimal have', async () => {
    const { shown } = await decoded(pcapFile(boot));
    const frames = { sccp: registerReq(PHONE_NAME), sip: sipOk(), dhcp: dhcpMessage(1, 3, PHONE_MAC) };
    for (const [protocol, bytes] of Object.entries(frames)) {
      const { out } = await labcm(['decode', protocol, '--json'], { input: [bytes.toString('hex')] });
      expect(shown).toContainEqual(expect.objectContaining(JSON.parse(out)));
    }
  });

  it('for people is a line for each message', async () => {
    const { out } = await labcm(['decode', written(pcapFile(boot))]);
    const lines = out.trimEnd().split('\n');
    expect(lines).toHaveLength(BOOT.length);
    const line = (text: string): string => lines.find((one) => one.includes(text)) ?? '';
    expect(line('RegisterReq')).toMatch(
      /^\d{4}-\d\d-\d\d \d\d:\d\d:20\.\d{6} {2}10\.10\.210\.200:50002 → 10\.10\.210\.10:2000 {2}SCCP {2}RegisterReqMessage deviceName=SEP005056A1033D /,
    );
    expect(line('DISCOVER')).toMatch(/DHCP {2}DISCOVER 00:50:56:a1:03:3d .*=Cisco$/);
    expect(line('RRQ')).toMatch(/TFTP {2}RRQ SEP005056A1033D\.cnf\.xml octet$/);
    expect(line('DATA')).toMatch(/ {2}TFTP {2}DATA block 1, 512 octets$/);
    expect(line('GET')).toMatch(/HTTP {2}GET \/SEP005056A1033D\.cnf\.xml$/);
    expect(line('200 OK,')).toMatch(/HTTP {2}200 OK, 20 octets of text\/xml$/);
    expect(line('REGISTER')).toMatch(
      /SIP {3}REGISTER sip:10\.10\.210\.10 CSeq=101 REGISTER Call-ID=1@10\.10\.210\.200$/,
    );
    expect(line('TLS')).toMatch(/TLS {3}TLS, not readable$/);
  });

  it('cannot forge a line or command a terminal', async () => {
    const file = 'a\u001b[2J\nb';
    const { out } = await labcm([
      'decode',
      written(raw([udp(at('10.0.0.5:1'), at('10.0.0.1:69'), Buffer.from(`\0\x01${file}\0octet\0`))])),
    ]);
    expect(out).toContain('a\\x1b[2J\\x0ab');
    expect(out.trimEnd().split('\n')).toHaveLength(1);
  });

  it('comes from stdin, too, in pieces', async () => {
    const bytes = gzipSync(pcapngFile(boot));
    const input = [...bytes].map((octet) => Buffer.from([octet])) as unknown as string[];
    const { code, out } = await labcm(['decode', '-', '--json'], { input });
    expect(code).toBe(0);
    expect(out.trimEnd().split('\n')).toHaveLength(BOOT.length);
  });

  it('on stdin is read until nobody reads what is printed', async () => {
    const endless = (async function* () {
      yield pcapFile(boot);
      for (;;) {
        await new Promise((resolve) => setImmediate(resolve));
        yield pcapFile(boot).subarray(24);
      }
    })();
    const running = start(['decode', '-'], { input: endless as unknown as string[] });
    await vi.waitFor(() => expect(running.out()).not.toBe(''));
    running.signal('SIGPIPE');
    expect(await running.ended).toBe(0);
    expect(running.listening()).toBe(0);
  });

  it('that is long shows on a terminal how far it has come, while it prints nothing', async () => {
    const long = written(pcapFile(Array.from({ length: 700 }, () => ({ bytes: Buffer.alloc(65_000) }))));
    const { err } = await labcm(['decode', long, '--device', PHONE_NAME], { terminal: true });
    expect(err).toContain('\r32 MiB\r\u001b[K0 messages in 700 packets');
    expect((await labcm(['decode', long])).err).not.toContain('\r');
  });

  it('says what it does not read', async () => {
    const others = [
      ethernet(Buffer.alloc(28), PHONE_MAC, 0x0806),
      ethernet(Buffer.alloc(60, 0x60), PHONE_MAC, 0x86dd),
      ethernet(Buffer.alloc(60, 0x60), PHONE_MAC, 0x86dd),
      ethernet(udp(at('10.0.0.5:20000'), at('10.0.0.6:20002'), Buffer.alloc(172, 0x80))),
      ethernet(tcp(at('10.0.0.5:20000'), at('10.0.0.6:80'), { sequence: 1 }, Buffer.from('SSH-2.0-OpenSSH_9.6\r\n'))),
      ethernet(ipv4('10.0.0.5', '10.0.0.6', 17, Buffer.alloc(40), { fragment: 185 })),
    ];
    const { code, err } = await decoded(pcapFile(others.map((bytes) => ({ bytes }))));
    expect(code).toBe(0);
    expect(err).toBe(
      '0 messages in 6 packets; not read: 1 ARP, 2 IPv6, 1 UDP of other protocols, 1 TCP connections of other protocols, 1 fragments of IPv4 packets\n',
    );
  });
});

describe('a capture that is faulty', () => {
  it('shows what comes before, and says where it ends', async () => {
    const file = pcapFile(boot);
    const { code, err, names } = await decoded(file.subarray(0, -1));
    expect(names).toEqual(BOOT);
    expect(code).toBe(1);
    expect(err).toMatch(
      /\.cap at octet \d+: found the end after \d+ octets of a record, wanted \d+ octets; what comes before it was read\n$/,
    );
    expect(err).not.toMatch(/^\s+at /m);
  });

  it('in gzip that is cut or damaged shows what can be unpacked', async () => {
    const packed = gzipSync(pcapFile(Array.from({ length: 200 }, () => boot).flat()), { level: 0 });
    const whole = await decoded(packed);
    const cut = await decoded(packed.subarray(0, packed.length >> 1));
    expect(cut.code).toBe(1);
    expect(cut.names).toEqual(whole.names.slice(0, cut.names.length));
    expect(cut.names.length).toBeGreaterThan(0.49 * whole.names.length);
    expect(cut.err).toContain('what comes before it was read');
    const damaged = Buffer.from(packed);
    damaged[packed.length - 6] = (damaged.at(-6) ?? 0) ^ 1;
    const told = await decoded(damaged);
    expect(told.names).toEqual(whole.names.slice(0, told.names.length));
    expect(told.names.length).toBeGreaterThan(0.99 * whole.names.length);
    expect([told.code, told.err]).toEqual([1, expect.stringContaining('found gzip that is damaged')]);
  });

  it('mutated never ends with a stack, in any format', async () => {
    const random = seededRandom(7);
    for (const file of [pcapFile(boot), pcapngFile(boot), gzipSync(pcapFile(boot))])
      for (let round = 0; round < 30; round += 1) {
        const { code, err } = await labcm(['decode', written(mutated(file, random))]);
        expect([0, 1]).toContain(code);
        expect(err).not.toMatch(/^\s+at |TypeError|RangeError/m);
      }
  });

  it('with mutated packets throws nothing either', () => {
    const random = seededRandom(8);
    for (let round = 0; round < 1_000; round += 1) {
      const packets = bootPackets().map((bytes) => (random.below(4) === 0 ? mutated(bytes, random) : bytes));
      expect(namesIn(raw(packets)).length).toBeLessThan(10 * packets.length);
    }
  });

  it.each([
    [
      'a file that is not there',
      () => join(folder, 'nothing'),
      2,
      /found no such file, wanted a capture file, or one of "sccp"/,
    ],
    ['a directory', () => folder, 2, /found a directory, wanted a capture file/],
    ['text', () => written(Buffer.from('00010203')), 1, /found octets that begin with 30303031, wanted a capture/],
    ['an empty file', () => written(Buffer.alloc(0)), 1, /found no octets, wanted a capture/],
  ])('%s is told', async (_, path, code, said) => {
    const told = await labcm(['decode', path()]);
    expect([told.code, told.out]).toEqual([code, '']);
    expect(told.err).toMatch(said);
  });
});
