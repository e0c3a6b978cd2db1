import { describe, expect, it } from 'vitest';
import { parseOption } from '../../src/dhcp/options.js';
import type { OptionSetting } from '../../src/dhcp/settings.js';
import {
  DhcpHarness,
  ipText,
  message,
  option,
  PHONE,
  type ReadReply,
  reservedFor,
  SERVER,
  viaRelay,
  withSubnet,
} from './harness.js';

const setting = (key: string | number, value: unknown): OptionSetting => {
  const found = parseOption(key, value);
  if ('fault' in found) throw new Error(found.wanted);
  return found;
};
const codes = (reply: ReadReply | undefined): number[] => reply?.options.map(([code]) => code) ?? [];
const offer = (
  asks: readonly number[] | undefined,
  wishes: Parameters<typeof withSubnet>[0] = {},
  more: Buffer[] = [],
) => new DhcpHarness(withSubnet(wishes)).hear(message('DISCOVER', { asks, more }));
const maxSize = (octets: number): Buffer => option(57, [octets >> 8, octets & 0xff]);

describe('the header of a reply', () => {
  it('copies what is copied and keeps the rest zero', () => {
    const { bytes, ...fields } = new DhcpHarness().hear(
      message('DISCOVER', { xid: 0xcafe, secs: 9, hops: 2, giaddr: '10.20.0.1' }),
      viaRelay('10.20.0.1'),
    )!;
    expect([...bytes.subarray(0, 4)]).toEqual([2, 1, 6, 0]);
    expect(bytes.readUInt16BE(8)).toBe(0);
    expect(bytes.subarray(44, 236).every((octet) => octet === 0)).toBe(true);
    expect(bytes.toString('hex', 236, 240)).toBe('63825363');
    expect(fields).toMatchObject({
      xid: 0xcafe,
      flags: 0x8000,
      giaddr: '10.20.0.1',
      siaddr: SERVER,
      ciaddr: '0.0.0.0',
    });
    expect(fields.chaddr).toBe(`${PHONE.toLowerCase()}00000000000000000000`);
  });

  it('copies all sixteen octets of chaddr', () => {
    const chaddr = '000102030405060708090a0b0c0d0e0f';
    expect(new DhcpHarness().hear(message('DISCOVER', { mac: chaddr }))?.chaddr).toBe(chaddr);
  });

  it('leaves the broadcast flag clear where the client left it clear, and still broadcasts', () => {
    expect(new DhcpHarness().hear(message('DISCOVER', { broadcast: false }))).toMatchObject({
      flags: 0,
      to: '255.255.255.255',
    });
  });
});

describe('the options of a reply', () => {
  it('begin with message type, server and times, then come in the order asked for', () => {
    expect(codes(offer([15, 6, 3, 1, 66, 150]))).toEqual([53, 54, 51, 58, 59, 15, 6, 1, 3, 66, 150]);
  });

  it('have the mask before the router also where the router alone was asked for', () => {
    expect(codes(offer([3]))).toEqual([53, 54, 51, 58, 59, 1, 3, 150, 66]);
  });

  it('carry 150 and 66 unasked, and everything where nothing in particular was asked for', () => {
    expect(codes(offer([6]))).toEqual([53, 54, 51, 58, 59, 6, 1, 3, 150, 66]);
    expect(codes(offer(undefined, { options: [setting('interface-mtu', 1400)] }))).toEqual([
      53, 54, 51, 58, 59, 1, 3, 150, 66, 6, 15, 26,
    ]);
  });

  it('repeat none, however often it is asked for, and add none for what is not configured', () => {
    expect(codes(offer([6, 6, 51, 54, 53, 58, 150, 6, 82, 61, 0, 255, 35, 1]))).toEqual([
      53, 54, 51, 58, 59, 6, 150, 1, 3, 66,
    ]);
    expect(codes(offer(Array.from({ length: 254 }, (_, index) => index + 1)))).toEqual([
      53, 54, 51, 58, 59, 1, 3, 6, 15, 66, 150,
    ]);
  });

  it('say the same first file server in 150, 66 and siaddr; 150 is four octets a server', () => {
    const reply = offer([150, 66]);
    expect(reply?.option(150)).toBe('0a0ad20a0a0ad20b');
    expect(Buffer.from(reply?.option(66) ?? '', 'hex').toString()).toBe(SERVER);
    expect(reply?.siaddr).toBe(SERVER);
    const one = offer([150, 66], { option150: [ipText('10.9.8.7')] });
    expect([one?.option(150), one?.siaddr]).toEqual(['0a090807', '10.9.8.7']);
  });

  it('name this server where no file server is configured', () => {
    const reply = offer([150, 66], { option150: [] });
    expect([reply?.option(150), reply?.siaddr]).toEqual(['0a0ad20a', SERVER]);
    expect(Buffer.from(reply?.option(66) ?? '', 'hex').toString()).toBe(SERVER);
  });

  it('are the reservation’s before the subnet’s', () => {
    const reserved = {
      ...reservedFor({ mac: PHONE }, '10.10.210.30'),
      option150: [ipText('10.9.8.7')],
      options: [setting('host-name', 'mine')],
    };
    const reply = offer([12, 150, 26], {
      reservations: [reserved],
      options: [setting('host-name', 'all'), setting(26, 1400)],
    });
    expect([reply?.option(12), reply?.option(150), reply?.option(26)]).toEqual([
      Buffer.from('mine').toString('hex'),
      '0a090807',
      '0578',
    ]);
  });

  it('longer than 255 octets go in pieces of one code (RFC 3396)', () => {
    const long = 'x'.repeat(300);
    const reply = offer([17], { options: [setting('root-path', long)] }, [maxSize(1500)]);
    expect(reply?.options.filter(([code]) => code === 17).map(([, value]) => value.length / 2)).toEqual([255, 45]);
    expect(Buffer.from(reply?.option(17) ?? '', 'hex').toString()).toBe(long);
  });

  it('in a NAK are the type, the server, the message and the identities, and the addresses are zero', () => {
    const bytes = message('REQUEST', { requested: '192.168.1.1', clientId: '0102', ciaddr: '0.0.0.0' });
    const nak = new DhcpHarness().hear(bytes);
    expect(codes(nak)).toEqual([53, 54, 56, 61]);
    expect(nak).toMatchObject({ ciaddr: '0.0.0.0', yiaddr: '0.0.0.0', siaddr: '0.0.0.0' });
  });
});

describe('the size of a reply', () => {
  it('is at least 300 octets, zeros after END', () => {
    const rig = new DhcpHarness();
    rig.hear(message('DISCOVER')); // a longer one, written into the same memory before
    const { bytes } = rig.hear(message('INFORM', { ciaddr: '10.10.210.77', asks: [] }))!;
    const end = 240 + 3 + 6 + 10 + 14;
    expect([bytes.length, bytes[end]]).toEqual([300, 255]);
    expect(bytes.subarray(end + 1).every((octet) => octet === 0)).toBe(true);
  });

  const bulky = {
    options: [17, 18, 40, 47, 62].map((code) => setting(code, 'y'.repeat(200))),
    domain: 'lab.example',
  };
  const asks = [17, 18, 40, 47, 62, 1, 3, 6, 15, 66, 150];

  it.each([
    ['nothing', undefined, 548],
    ['less than every client can take', 300, 548],
    ['576', 576, 548],
    ['1000', 1000, 972],
    ['1472', 1472, 1444],
    ['more than fits into Ethernet', 65_535, 1472],
  ])('is never above the client’s maximum of %s, and what phones need goes before the rest', (_title, most, octets) => {
    const reply = offer(asks, bulky, most === undefined ? [] : [maxSize(most)])!;
    expect(reply.bytes.length).toBeLessThanOrEqual(octets);
    expect(codes(reply)).toEqual(expect.arrayContaining([1, 3, 6, 15, 66, 150]));
    expect(codes(reply).includes(62)).toBe(octets >= 1444);
    expect(reply.bytes.length).toBeGreaterThan(Math.min(1332, octets - 210));
  });

  it('leaves room for option 82 first, and is silence where that alone is too much', () => {
    const relay = (length: number) => ({
      giaddr: '10.10.210.9',
      more: [
        option(82, Buffer.alloc(Math.min(250, length), 7)),
        ...(length > 250 ? [option(82, Buffer.alloc(length - 250, 7))] : []),
      ],
    });
    const rig = new DhcpHarness(withSubnet(bulky));
    const reply = rig.hear(message('DISCOVER', { asks, ...relay(250) }), viaRelay('10.10.210.9'))!;
    expect(reply.bytes.length).toBeLessThanOrEqual(548);
    expect(reply.option(82)?.length).toBe(500);
    expect(rig.hear(message('DISCOVER', relay(400)), viaRelay('10.10.210.9'))).toBeUndefined();
    expect(rig.verdict).toBe('silent no-room');
  });
});
