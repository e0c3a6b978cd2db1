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
const record = (content: Buffer, type = 22, minor = 1): Buffer => {
  const head = Buffer.from([type, 3, minor, 0, 0]);
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

const helloRequest = message(0, Buffer.alloc(0));
const warning = record(Buffer.from([1, 90]), 21);

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
  [
    'what clients pass over before it',
    Buffer.concat([warning, record(helloRequest), record(hello), record(certificate)]),
  ],
  [
    'what clients pass over in its midst',
    Buffer.concat([
      record(Buffer.concat([helloRequest, hello, helloRequest])),
      record(certificate.subarray(0, 9)),
      ...[warning, warning, record(certificate.subarray(9))],
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
    ['an alert that is cut off', record(Buffer.from([1]), 21)],
    ['an alert of no known gravity', record(Buffer.from([3, 40]), 21)],
    ['two alerts at once', record(Buffer.from([1, 90, 1, 90]), 21)],
    ['a HelloRequest with something in it', record(message(0, Buffer.alloc(1)))],
    ['a session that is resumed', Buffer.concat([record(hello), record(Buffer.from([1]), 20)])],
    ['an anonymous server', Buffer.concat([record(hello), record(message(DONE, Buffer.alloc(0)))])],
    ['an empty list', record(message(CERTIFICATE, listOf()))],
    ['a certificate that runs past its list', record(message(CERTIFICATE, Buffer.from([0, 0, 4, 0, 0, 9, 1])))],
    ['a message without end', record(Buffer.concat([Buffer.from([CERTIFICATE]), three(0xff_ffff)]))],
  ])('is none in %s', (_title, octets) => {
    expect(found([octets])).toBe('none');
  });

  it.each([
    ['a server that ends the handshake', 'alert', record(Buffer.from([2, 40]), 21)],
    ['one that does so after a warning', 'alert', Buffer.concat([warning, record(Buffer.from([2, 40]), 21)])],
    ['text', 'no-tls', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['a record of another major version', 'no-tls', Buffer.from([22, 2, 0, 0, 0])],
  ])('is not shown by %s, which is told apart', (_title, outcome, octets) => {
    expect(found([octets])).toBe(outcome);
    expect(found([...octets].map((octet) => Buffer.from([octet])))).toBe(outcome);
  });

  it('comes with the version of the first record, whatever the pieces and the later records', () => {
    const flight = Buffer.concat([record(hello, 22, 3), record(certificate, 22, 1)]);
    const others: number[] = [];
    for (let at = 0; at < flight.length; at += 1) {
      const finder = new CertificateFinder();
      finder.push(flight.subarray(0, at));
      finder.push(flight.subarray(at));
      if (!finder.version.equals(Buffer.from([3, 3]))) others.push(at);
    }
    expect(others).toEqual([]);
    expect(new CertificateFinder().version).toEqual(Buffer.from([3, 1]));
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
        expect([undefined, 'none', 'alert', 'no-tls', 'der']).toContain(Buffer.isBuffer(result) ? 'der' : result);
      }
  });
});
