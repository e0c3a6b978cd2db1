// The headers in front of a message: each link type, IPv4 in its forms, and what is not read.

import { describe, expect, it } from 'vitest';
import { readFrame } from '../../src/pcap/read-frame.js';
import { at, ethernet, ipv4, LINKS, SENDER, tcp, udp } from '../support/capture-files.js';
import { mutated, seededRandom } from '../support/random.js';

const [phone, server] = [at('10.0.0.5:49152'), at('10.0.0.1:69')];
const payload = Buffer.from('payload');

describe.each(Object.entries(LINKS))('%s', (_, { linkType, wrap, hardwareAddress }) => {
  it('carries UDP', () => {
    expect(readFrame({ linkType, bytes: wrap(udp(phone, server, payload)) })).toEqual({
      kind: 'udp',
      source: phone,
      destination: server,
      hardwareAddress,
      bytes: payload,
      missing: 0,
      fragmented: false,
    });
  });

  it('carries TCP, with IPv4 options', () => {
    const segment = tcp(phone, server, { sequence: 0xffff_fff0, acknowledged: 7, flags: 'SF' }, payload, {
      options: 8,
    });
    expect(readFrame({ linkType, bytes: wrap(segment) })).toEqual({
      kind: 'tcp',
      source: phone,
      destination: server,
      hardwareAddress,
      bytes: payload,
      missing: 0,
      fragmented: false,
      sequence: 0xffff_fff0,
      acknowledged: 7,
      syn: true,
      fin: true,
      rst: false,
    });
  });

  it('cut or mutated is never more than told', () => {
    const whole = wrap(udp(phone, server, payload));
    const random = seededRandom(linkType + 1);
    for (let round = 0; round < 300; round += 1) {
      const content = readFrame({ linkType, bytes: mutated(whole, random) });
      expect(['udp', 'tcp', 'unread']).toContain(content.kind);
    }
    for (let length = 0; length < whole.length; length += 1)
      expect(() => readFrame({ linkType, bytes: whole.subarray(0, length) })).not.toThrow();
  });
});

const inEthernet = (packet: Buffer) => readFrame({ linkType: 1, bytes: ethernet(packet) });

describe('a packet that was captured in part', () => {
  it('says how much of the payload is missing', () => {
    const datagram = udp(phone, server, Buffer.alloc(100, 1));
    expect(inEthernet(datagram.subarray(0, -40))).toMatchObject({ bytes: Buffer.alloc(60, 1), missing: 40 });
    const segment = tcp(phone, server, { sequence: 1 }, Buffer.alloc(100, 1));
    expect(inEthernet(segment.subarray(0, -40))).toMatchObject({ bytes: Buffer.alloc(60, 1), missing: 40 });
  });

  it('whose length the network card was to fill in is taken as it is', () => {
    expect(inEthernet(tcp(phone, server, { sequence: 1 }, payload, { total: 0 }))).toMatchObject({ bytes: payload });
  });

  it.each([0, 10, 19, 27])('and has %i octets of IPv4 and UDP headers is told', (length) => {
    expect(inEthernet(udp(phone, server, payload).subarray(0, length))).toMatchObject({
      kind: 'unread',
      name: 'packets without whole headers',
    });
  });
});

describe('a fragment', () => {
  it('that is the first has what is there, and the rest is missing', () => {
    const whole = udp(phone, server, Buffer.alloc(2_000, 1));
    const first = ipv4(phone.address, server.address, 17, whole.subarray(20, 20 + 1_480), { fragment: 0x2000 });
    expect(inEthernet(first)).toMatchObject({ kind: 'udp', fragmented: true, missing: 528 });
  });

  it('that is another is told', () => {
    const other = ipv4(phone.address, server.address, 17, Buffer.alloc(528), { fragment: 1_480 / 8 });
    expect(inEthernet(other)).toEqual({ kind: 'unread', name: 'fragments of IPv4 packets' });
  });
});

it.each([
  ['ARP', 1, ethernet(Buffer.alloc(28), SENDER, 0x0806)],
  ['IPv6', 1, ethernet(Buffer.alloc(40, 0x60), SENDER, 0x86dd)],
  ['IPv6', 101, Buffer.alloc(40, 0x60)],
  ['IPv6', 0, Buffer.concat([Buffer.from([30, 0, 0, 0]), Buffer.alloc(40, 0x60)])],
  ['LLC', 1, ethernet(Buffer.alloc(38), SENDER, 38)],
  ['EtherType 0x1234', 1, ethernet(Buffer.alloc(38), SENDER, 0x1234)],
  ['ICMP', 1, ethernet(ipv4('10.0.0.1', '10.0.0.2', 1, Buffer.alloc(8)))],
  ['IP protocol 99', 1, ethernet(ipv4('10.0.0.1', '10.0.0.2', 99, Buffer.alloc(8)))],
  ['link type 127', 127, Buffer.alloc(60)],
])('%s on link type %i is told by its name', (name, linkType, bytes) => {
  expect(readFrame({ linkType, bytes })).toEqual({ kind: 'unread', name });
});
