import { describe, expect, it } from 'vitest';
import { type StreamElement, StreamParser } from '../../src/sip/message/stream-parser.js';
import { processorTime } from '../support/processor-time.js';
import { seededRandom } from '../support/random.js';

const request = (body = '', length = String(body.length), name = 'a'): Buffer =>
  Buffer.from(
    `REFER sip:${name}@b SIP/2.0\r\nVia: SIP/2.0/TCP c;branch=z9hG4bK1\r\n${length === 'none' ? '' : `Content-Length: ${length}\r\n`}\r\n${body}`,
  );

const told = (frames: readonly StreamElement[]): string[] =>
  frames.map((frame) => {
    if (frame.kind === 'message') return `${frame.message.uri} ${frame.message.body.toString()}`;
    return frame.kind === 'broken' ? `broken ${frame.message.fault?.status}` : frame.kind;
  });

/** All frames of `bytes`, delivered in pieces of `size`; each piece's frames are read before the next, as a server does. */
const cut = (bytes: Buffer, size: number): string[] => {
  const framer = new StreamParser();
  const frames: string[] = [];
  for (let at = 0; at < bytes.length; at += size)
    frames.push(...told(framer.push(Buffer.from(bytes.subarray(at, at + size)))));
  return frames;
};

describe('a stream of messages', () => {
  const train = Buffer.concat([
    Buffer.from('\r\n\r\n'),
    request('one\r\n\r\nbody', '11', 'first'),
    Buffer.from('\r\n'),
    request('', '0', 'second'),
    request('x'.repeat(3_000), '3000', 'third'),
    Buffer.from('\r\n\r\n'),
  ]);
  const expected = ['ping', 'sip:first@b one\r\n\r\nbody', 'sip:second@b ', `sip:third@b ${'x'.repeat(3_000)}`, 'ping'];

  it('is cut alike in one piece and octet by octet', () => {
    expect(cut(train, train.length)).toEqual(expected);
    expect(cut(train, 1)).toEqual(expected);
  });

  it('is cut alike at every split', () => {
    for (let split = 1; split < train.length; split += 1) {
      const framer = new StreamParser();
      const frames = told(framer.push(Buffer.from(train.subarray(0, split))));
      frames.push(...told(framer.push(Buffer.from(train.subarray(split)))));
      expect(frames).toEqual(expected);
    }
  });

  it('is cut alike in random pieces', () => {
    const random = seededRandom(18);
    for (let round = 0; round < 200; round += 1) {
      const framer = new StreamParser();
      const frames: string[] = [];
      for (let at = 0; at < train.length; ) {
        const size = 1 + random.below(700);
        frames.push(...told(framer.push(Buffer.from(train.subarray(at, at + size)))));
        at += size;
      }
      expect(frames).toEqual(expected);
    }
  });

  it('may have NULs between them, which are no part of a ping, and none within', () => {
    const filled = Buffer.concat([
      Buffer.from('\r\n\0\r\n\0\0'),
      request('one', '3', 'first'),
      Buffer.from('\r\n\0'),
      request('', '0', 'second'),
      Buffer.from('\0\r\n\r\n\0'),
    ]);
    for (const size of [filled.length, 1])
      expect(cut(filled, size)).toEqual(['sip:first@b one', 'sip:second@b ', 'ping']);
    expect(cut(Buffer.from('REFER\0 sip:a@b SIP/2.0\r\n\r\n'), 100)).toEqual(['not-sip']);
  });

  it('waits for the rest of a message', () => {
    const framer = new StreamParser();
    expect(framer.push(request('abc', '9'))).toEqual([]);
    expect(framer.waiting).toBeGreaterThan(0);
    expect(told(framer.push(Buffer.from('defghi')))).toEqual(['sip:a@b abcdefghi']);
    expect(framer.waiting).toBe(0);
  });

  it('looks at no octet twice: a long head in single octets costs little', () => {
    const head = Buffer.from(
      `REFER sip:a@b SIP/2.0\r\n${'X: y\r\n'.repeat(100)}${`X: ${'z'.repeat(8_000)}\r\n`.repeat(3)}`,
    );
    const framer = new StreamParser();
    const took = processorTime();
    for (const octet of head) framer.push(Buffer.of(octet));
    expect(took()).toBeLessThan(500);
    expect(framer.waiting).toBe(head.length);
  });
});

describe('a stream that cannot go on', () => {
  it.each([
    ['no Content-Length', request('', 'none'), ['broken 400']],
    ['a negative one', request('', '-5'), ['broken 400']],
    ['one that is no number', request('', 'many'), ['broken 400']],
    [
      'two that differ',
      Buffer.from('REFER sip:a@b SIP/2.0\r\nVia: SIP/2.0/TCP c\r\nl: 1\r\nl: 2\r\n\r\n'),
      ['broken 400'],
    ],
    ['a body beyond the limit', request('', '70000'), ['broken 513']],
    ['lines that end in LF', Buffer.from('REFER sip:a@b SIP/2.0\nVia: SIP/2.0/TCP c\nl: 0\n\n'), ['broken 400']],
    [
      'headers without an end',
      Buffer.from(`REFER sip:a@b SIP/2.0\r\n${'X: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n'.repeat(1_000)}`),
      ['broken 513'],
    ],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n'), ['not-sip']],
    ['a TLS hello', Buffer.from('160301020001000001fc0303', 'hex'), ['not-sip']],
    ['a first line without an end', Buffer.from('A'.repeat(5_000)), ['not-sip']],
    ['garbage', Buffer.from([0xff, 0xfe, 0]), ['not-sip']],
  ])('says so of %s, once, and takes no more', (_case, bytes, expected) => {
    for (const size of [bytes.length, 1_000, 1]) expect(cut(bytes, size)).toEqual(expected);
    const framer = new StreamParser();
    framer.push(bytes);
    expect(framer.push(request())).toEqual([]);
    expect(framer.waiting).toBe(0);
  });

  it('after a good message', () => {
    const bytes = Buffer.concat([request('', '0', 'good'), Buffer.from('\x16\x03\x01')]);
    expect(cut(bytes, bytes.length)).toEqual(['sip:good@b ', 'not-sip']);
  });
});
