// The heads of HTTP messages in captures, and how their bodies end.

import { describe, expect, it } from 'vitest';
import {
  bodyEnd,
  type DecodedHttpMessage,
  decodeFrame,
  decodePart,
  messageLength,
  messageStart,
} from '../../src/http/decode.js';
import { mutated, seededRandom } from '../support/random.js';

const octets = (text: string): Buffer => Buffer.from(text, 'latin1');
const GET = 'GET /SEP005056A1033D.cnf.xml HTTP/1.1\r\nHost: 10.0.0.1:6970\r\nAccept: a\r\naccept: b\r\n\r\n';
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n';

describe('a head', () => {
  it('is decoded by the names of its headers', () => {
    expect(decodeFrame(octets(GET))).toEqual({
      name: 'GET',
      fields: {
        method: 'GET',
        target: '/SEP005056A1033D.cnf.xml',
        version: 'HTTP/1.1',
        host: '10.0.0.1:6970',
        accept: ['a', 'b'],
      },
    });
    expect(decodeFrame(octets(OK))).toEqual({
      name: '200',
      fields: { status: 200, reason: 'OK', version: 'HTTP/1.1', 'content-length': '3' },
    });
  });

  it('that is cut is decoded as far as it goes, and octets that are none are told', () => {
    expect(decodePart(octets(GET.slice(0, 56)))).toMatchObject({ name: 'GET', fields: { host: '10.0.0.1:69' } });
    expect(decodeFrame(octets('no HTTP at all\r\n\r\n'))).toEqual({ error: 'no HTTP start line', offset: 0 });
    expect(decodePart(octets('\0\0'))).toBeUndefined();
  });

  it('has its length once it is whole', () => {
    for (let length = 0; length < GET.length; length += 1) expect(messageLength(octets(GET.slice(0, length)))).toBe(0);
    expect(messageLength(octets(`${GET}more`))).toBe(GET.length);
    expect(messageLength(octets('GET / HTTP/1.0\n\nmore'))).toBe(16);
    expect(messageLength(octets('body\n'))).toBe(-1);
    expect(messageLength(octets(`GET / HTTP/1.1\r\n${'x'.repeat(70_000)}`))).toBe(-1);
  });

  it('is found behind octets of which the beginning was lost', () => {
    expect(messageStart(octets(`the end of a file${OK}`))).toBe(17);
    expect(messageStart(octets(`</xml>\r\n${GET}`))).toBe(8);
    expect(messageStart(octets('HTTP/1.1 in a text'))).toBe(-1);
  });

  it('mutated never throws', () => {
    const random = seededRandom(3);
    for (let round = 0; round < 500; round += 1) {
      const bytes = mutated(octets(GET + OK), random);
      for (const read of [decodeFrame, decodePart, messageLength, messageStart])
        expect(() => read(bytes)).not.toThrow();
    }
  });
});

it.each([
  ['a request without a length', 'GET / HTTP/1.1', undefined, 0],
  ['a request with one', 'PUT / HTTP/1.1\r\nContent-Length: 12', undefined, 12],
  ['a response with a length', 'HTTP/1.1 200 OK\r\nContent-Length: 12', 'GET', 12],
  ['a response to HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 12', 'HEAD', 0],
  ['a 304', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 12', 'GET', 0],
  ['a 204', 'HTTP/1.1 204 No Content', 'GET', 0],
  ['a 100', 'HTTP/1.1 100 Continue', 'PUT', 0],
  ['chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\nContent-Length: 12', 'GET', 'last-chunk'],
  ['a response without a length', 'HTTP/1.0 200 OK', 'GET', 'connection'],
  ['a length that is none', 'HTTP/1.0 200 OK\r\nContent-Length: many', 'GET', 'connection'],
])('the body of %s', (_, head, requested, end) => {
  expect(bodyEnd(decodeFrame(octets(`${head}\r\n\r\n`)) as DecodedHttpMessage, requested)).toBe(end);
});
