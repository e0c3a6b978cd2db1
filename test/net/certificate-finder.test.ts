// The certificate of a server in the octets that it sends, whatever the pieces, and whatever else it sends.

import { randomInt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { CertificateFinder } from '../../src/net/sockets/certificate-finder.js';

const HELLO = 2;
const CERTIFICATE = 11;
const REQUEST = 13;
const DONE = 14;

const three = (length: number): Buffer => {
  const octets = Buffer.alloc(3);
  octets.writeUIntBE(length, 0, 3);
  return octets;
};
const message = (type: number, body: Buffer): Buffer => Buffer.concat([Buffer.from([type]), three(body.length), body]);
const record = (content: Buffer, type = 22): Buffer => {
  const head = Buffer.from([type, 3, 1, 0, 0]);
  head.writeUInt16BE(content.length, 3);
  return Buffer.concat([head, content]);
};
const listOf = (...certificates: readonly Buffer[]): Buffer => {
  const list = Buffer.concat(certificates.flatMap((der) => [three(der.length), der]));
  return Buffer.concat([three(list.length), list]);
};

const DER = Buffer.from(Array.from({ length: 700 }, (_, at) => (at * 7) % 256));
const hello = message(HELLO, Buffer.alloc(70, 1));
const certificate = message(CERTIFICATE, listOf(DER, Buffer.from('an issuer')));
const rest = [message(REQUEST, Buffer.alloc(9)), message(DONE, Buffer.alloc(0))];

const found = (pieces: readonly Buffer[]): ReturnType<CertificateFinder['push']> => {
  const finder = new CertificateFinder();
  for (const piece of pieces) {
    const result = finder.push(piece);
    if (result !== undefined) return result;
  }
  return undefined;
};

const FLIGHTS: readonly (readonly [string, Buffer])[] = [
  ['one record for each message', Buffer.concat([hello, certificate, ...rest].map((one) => record(one)))],
  ['one record for all', record(Buffer.concat([hello, certificate, ...rest]))],
  [
    'a message over several records',
    Buffer.concat([
      record(hello),
      record(certificate.subarray(0, 1)),
      record(certificate.subarray(1, 300)),
      record(certificate.subarray(300)),
    ]),
  ],
];

describe('the certificate of a server', () => {
  it.each(FLIGHTS)('is found in %s, at every split', (_title, flight) => {
    expect(found([flight])).toEqual(DER);
    const lost: number[] = [];
    for (let at = 1; at < flight.length; at += 1) {
      const result = found([flight.subarray(0, at), flight.subarray(at)]);
      if (!Buffer.isBuffer(result) || !result.equals(DER)) lost.push(at);
    }
    expect(lost).toEqual([]);
    expect(found([...flight].map((octet) => Buffer.from([octet])))).toEqual(DER);
  });

  it.each([
    ['an alert', record(Buffer.from([2, 40]), 21)],
    ['text', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['a session that is resumed', Buffer.concat([record(hello), record(Buffer.from([1]), 20)])],
    ['an anonymous server', Buffer.concat([record(hello), record(message(DONE, Buffer.alloc(0)))])],
    ['an empty list', record(message(CERTIFICATE, listOf()))],
    ['a certificate that runs past its list', record(message(CERTIFICATE, Buffer.from([0, 0, 4, 0, 0, 9, 1])))],
    ['a message without end', record(Buffer.concat([Buffer.from([CERTIFICATE]), three(0xff_ffff)]))],
  ])('is none in %s', (_title, octets) => {
    expect(found([octets])).toBe('none');
  });

  it('is awaited while there is too little, and not for ever', () => {
    expect(found([FLIGHTS[0]?.[1].subarray(0, 400) ?? Buffer.alloc(0)])).toBeUndefined();
    expect(found(Array.from({ length: 20 }, () => record(Buffer.alloc(4_000, HELLO))))).toBe('none');
  });

  it('never fails for octets that were changed', () => {
    for (const [, flight] of FLIGHTS)
      for (let turn = 0; turn < 500; turn += 1) {
        const changed = Buffer.from(flight);
        for (let count = 0; count < 3; count += 1) changed[randomInt(changed.length)] = randomInt(256);
        const result = found([changed.subarray(0, 600), changed.subarray(600)]);
        expect(result === undefined || result === 'none' || Buffer.isBuffer(result)).toBe(true);
      }
  });
});
