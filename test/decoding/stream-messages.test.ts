// Messages in captures: in TCP streams that are cut, shuffled and with holes, and in datagrams.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StreamDecoder } from '../../src/decoding/stream-decoder.js';
import { streamProtocolOf } from '../../src/decoding/stream-protocols.js';
import { UnfinishedMessages } from '../../src/decoding/unfinished-messages.js';
import { decoded, inFolder, namesIn, raw } from '../cli/capture-harness.js';
import {
  dhcpMessage,
  keepAlive,
  keepAliveAck,
  PHONE_ADDRESS,
  PHONE_MAC,
  PHONE_NAME,
  registerReq,
  sipOk,
  sipRegister,
  tftpTransfer,
} from '../support/boot-capture.js';
import { at, ipv4, TestConnection, udp } from '../support/capture-files.js';
import { describeCaptured } from '../support/fixtures.js';
import { capturedStreams } from '../support/sccp-captures.js';

const [phone, server] = [at('10.0.0.5:49152'), at('10.0.0.1:2000')];

inFolder();

describe('a stream', () => {
  const messages = [registerReq(PHONE_NAME), ...Array.from({ length: 8 }, keepAlive)];
  const stream = Buffer.concat(messages);
  const names = ['sccp RegisterReqMessage', ...Array<string>(8).fill('sccp KeepAliveReqMessage')];

  it('gives the same messages wherever it is cut', () => {
    for (let cut = 1; cut < stream.length; cut += 1) {
      const connection = new TestConnection(phone, server);
      const packets = [
        ...connection.open(),
        connection.fromClient(stream.subarray(0, cut)),
        connection.fromClient(stream.subarray(cut)),
      ];
      expect(namesIn(raw(packets))).toEqual(names);
    }
  });

  it('gives the same messages however its segments are cut, shuffled and doubled', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: stream.length - 1 }), { maxLength: 12 }),
        fc.infiniteStream(fc.nat(1_000)),
        (cuts, order) => {
          const edges = [0, ...new Set(cuts.sort((a, b) => a - b)), stream.length];
          const connection = new TestConnection(phone, server);
          const open = connection.open();
          const segments = edges
            .slice(1)
            .map((to, index) => connection.fromClient(stream.subarray(edges[index], to)))
            .flatMap((packet) => (order.next().value % 3 === 0 ? [packet, packet] : [packet]))
            .map((packet) => ({ packet, place: order.next().value }))
            .sort((a, b) => a.place - b.place)
            .map(({ packet }) => packet);
          expect(namesIn(raw([...open, ...segments, ...connection.close()]))).toEqual(names);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('of which a segment is missing says so, and goes on at the next message', async () => {
    const connection = new TestConnection(phone, server);
    const packets = [
      ...connection.open(),
      connection.fromClient(Buffer.concat([keepAlive(), registerReq(PHONE_NAME).subarray(0, 20)])),
      connection.fromClient(registerReq(PHONE_NAME).subarray(20, 50)),
      connection.fromClient(Buffer.concat([registerReq(PHONE_NAME).subarray(50), keepAlive(), keepAlive()])),
      ...connection.close(),
    ];
    packets.splice(4, 1);
    const { code, shown } = await decoded(raw(packets));
    const left = registerReq(PHONE_NAME).length - 50;
    expect(shown.map(({ name, error, offset }) => [name, error, offset])).toEqual([
      ['KeepAliveReqMessage', undefined, undefined],
      ['RegisterReqMessage', '30 octets are missing here', 20],
      [undefined, `${left} octets in which no message begins`, undefined],
      ['KeepAliveReqMessage', undefined, undefined],
      ['KeepAliveReqMessage', undefined, undefined],
    ]);
    expect(code).toBe(1);
  });

  it('that began before the capture is read from its next message on', async () => {
    const connection = new TestConnection(phone, server);
    const late = [
      connection.fromClient(Buffer.concat([registerReq(PHONE_NAME).subarray(30), keepAlive(), keepAlive()])),
      connection.fromServer(keepAliveAck()),
    ];
    expect((await decoded(raw(late))).names).toEqual([
      expect.stringMatching(/^sccp \d+ octets in which no message begins$/),
      'sccp KeepAliveReqMessage',
      'sccp KeepAliveReqMessage',
      'sccp KeepAliveAckMessage',
    ]);
    const sip = new TestConnection(phone, at('10.0.0.1:5060'));
    const { names: found } = await decoded(raw([sip.fromClient(Buffer.concat([sipOk().subarray(50), sipOk()]))]));
    expect(found).toEqual([expect.stringMatching(/^sip \d+ octets in which/), 'sip 200']);
  });

  it('that ends within a message says so', async () => {
    const connection = new TestConnection(phone, server);
    const packets = [
      ...connection.open(),
      connection.fromClient(registerReq(PHONE_NAME).subarray(0, 40)),
      ...connection.close(),
    ];
    expect((await decoded(raw(packets))).shown).toEqual([
      expect.objectContaining({ name: 'RegisterReqMessage', error: 'the stream ends within this message', offset: 40 }),
    ]);
  });

  it('keeps a bounded number of octets for all connections, and gives up the message that waits longest', () => {
    const unfinished = new UnfinishedMessages(1_000);
    const shown: string[] = [];
    const protocol = streamProtocolOf(registerReq(PHONE_NAME), [2000], false);
    if (typeof protocol !== 'object') throw new Error('no SCCP');
    const part = registerReq(PHONE_NAME).subarray(0, 40);
    for (let index = 0; index < 30; index += 1) {
      const onDecoded = ({ error }: { readonly error?: string }): void => void shown.push(`${index} ${error}`);
      const decoder = new StreamDecoder({ protocol, frames: {}, bodies: undefined, unfinished, onDecoded });
      decoder.octets(part, { number: index, time: undefined }, true);
      expect(unfinished.octets).toBeLessThanOrEqual(1_000);
    }
    expect(shown).toEqual(
      [0, 1, 2, 3, 4].map((index) => `${index} too many messages are unfinished: this one is given up`),
    );
  });

  it('is known by its octets on any port', async () => {
    const on = (port: number, ...octets: Buffer[]): Buffer[] => {
      const connection = new TestConnection({ ...phone, port: 40_000 + port }, { ...server, port });
      return [...connection.open(), ...octets.map((bytes) => connection.fromClient(bytes))];
    };
    const packets = [
      ...on(2443, registerReq(PHONE_NAME)),
      ...on(2_222, registerReq(PHONE_NAME)),
      ...on(5_070, sipRegister(PHONE_NAME, '5005', PHONE_ADDRESS)),
      ...on(8_080, Buffer.from('HEAD /x HTTP/1.1\r\n\r\n')),
      ...on(2_001, Buffer.from([0x17, 3, 3, 0, 1, 0])),
      ...on(2_002, Buffer.alloc(100, 0xee)),
    ];
    const { names: found, err } = await decoded(raw(packets));
    expect(found.sort()).toEqual([
      'http HEAD',
      'sccp RegisterReqMessage',
      'sccp RegisterReqMessage',
      'sip REGISTER',
      'tls TLS, not readable',
    ]);
    expect(err).toContain('1 TCP connections of other protocols');
  });

  it('of HTTP shows no bodies, however they end', async () => {
    const connection = new TestConnection(phone, at('10.0.0.1:6970'));
    const say = (text: string): Buffer => connection.fromClient(Buffer.from(text));
    const answer = (text: string): Buffer => connection.fromServer(Buffer.from(text));
    const fake = 'HTTP/1.1 500 Fake\r\n\r\n';
    const { names: found } = await decoded(
      raw([
        ...connection.open(),
        say('HEAD /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\n'),
        answer('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n'),
        answer(`HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n15\r\n${fake}\r\n`),
        answer('3;x=y\r\nabc\r\n0\r\nTrailer: x\r\n\r\nHTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n'),
        say('PUT /c HTTP/1.1\r\nContent-Length: 22\r\n\r\nGET /fake HTTP/1.1\r\n\r\n'),
        answer(`HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 203 Other\r\n\r\n${fake}`),
        answer(fake),
        ...connection.close(),
      ]),
    );
    expect(found.filter((name) => name.startsWith('http')).sort()).toEqual(
      ['HEAD', 'GET', '200', '201', '304', 'PUT', '100', '203'].map((name) => `http ${name}`).sort(),
    );
  });
});

describeCaptured('a captured stream', () => {
  it('of which any segment is missing gives the messages of the others, and none that is not there', () => {
    for (const { segments } of capturedStreams()) {
      const packets = (without: number): Buffer[] => {
        const connection = new TestConnection(phone, server);
        const all = segments.map(({ direction, hex }) =>
          direction === 'phone-to-server'
            ? connection.fromClient(Buffer.from(hex, 'hex'))
            : connection.fromServer(Buffer.from(hex, 'hex')),
        );
        return [...connection.open(), ...all.filter((_, index) => index !== without)];
      };
      const whole = namesIn(raw(packets(-1)));
      for (const [index, { hex }] of segments.entries()) {
        const found = namesIn(raw(packets(index))).filter((name) => !/ octets /.test(name));
        const left = [...whole];
        for (const name of found) {
          const place = left.indexOf(name);
          expect([name, place]).not.toEqual([name, -1]);
          left.splice(place, 1);
        }
        // Each message has twelve octets at least; one more may begin or end in the segment.
        expect(left.length).toBeLessThanOrEqual(hex.length / 24 + 1);
      }
    }
  });
});

describe('datagrams', () => {
  it('of TFTP belong to the request before them, from whatever port they come', async () => {
    const client = at('10.0.0.5:49152');
    const packets = [
      udp(at('10.0.0.9:1111'), at('10.0.0.8:2222'), Buffer.from([0, 3, 0, 1, 120])),
      ...tftpTransfer(client, at('10.0.0.1:6969'), 'RINGLIST.XML'),
      udp(at('10.0.0.1:50000'), client, Buffer.from('\0\x05\0\x01File not found\0')),
    ];
    const { names, err } = await decoded(raw(packets));
    expect(names.map((name) => name.slice(5))).toEqual(['RRQ', 'DATA', 'ACK', 'DATA', 'ACK', 'ERROR']);
    expect(err).toContain('1 UDP of other protocols');
  });

  it('of DHCP and SIP are known by their octets on any port', async () => {
    const packets = [
      udp(at('10.0.0.5:6868'), at('10.0.0.1:6767'), dhcpMessage(1, 8, PHONE_MAC)),
      udp(at('10.0.0.5:5070'), at('10.0.0.1:5070'), sipOk()),
    ];
    expect((await decoded(raw(packets))).names).toEqual(['dhcp INFORM', 'sip 200']);
  });

  it('that cannot be decoded make the exit code 1', async () => {
    const packets = [udp(at('10.0.0.5:68'), at('10.0.0.1:67'), Buffer.alloc(40, 1))];
    expect(await decoded(raw(packets))).toMatchObject({
      code: 1,
      shown: [{ protocol: 'dhcp', error: expect.any(String), offset: 40 }],
    });
  });

  it('that are fragmented or were cut are shown as far as they go', async () => {
    const register = udp(at('10.0.0.5:5060'), at('10.0.0.1:5060'), sipRegister(PHONE_NAME, '5005', '10.0.0.5'));
    const first = ipv4('10.0.0.5', '10.0.0.1', 17, register.subarray(20, 300), { fragment: 0x2000 });
    const missing = register.length - 300;
    const { shown, code } = await decoded(raw([first, register.subarray(0, 300)]));
    expect(shown.map(({ name, error }) => [name, error])).toEqual([
      ['REGISTER', `${missing} octets of the datagram are in other fragments`],
      ['REGISTER', `${missing} octets of the datagram are not in the capture`],
    ]);
    expect(code).toBe(1);
  });
});
