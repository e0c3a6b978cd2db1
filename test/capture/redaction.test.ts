import { describe, expect, it } from 'vitest';
import type { RecordedPacket } from '../../src/capture/record.js';
import { Redaction } from '../../src/capture/redaction.js';

const packet = (payload: string | Buffer, more: Partial<RecordedPacket> = {}): RecordedPacket => ({
  at: 0,
  order: 0,
  kind: 'data',
  service: 'sip',
  outgoing: false,
  secure: false,
  reset: false,
  localAddress: 0,
  localPort: 5060,
  remoteAddress: 1,
  remotePort: 5060,
  flow: 1,
  sentBefore: 0,
  receivedBefore: 0,
  leftOut: 0,
  payload: Buffer.from(payload as string, 'latin1'),
  ...more,
});

const FILE = `<device><sshUserId>admin</sshUserId><sshPassword>s3cret!</sshPassword><phonePassword>1234</phonePassword>
<sipLines><line><authName>u</authName><authPassword>päss</authPassword></line><line><authPassword></authPassword></line></sipLines></device>`;
const MASKED_FILE = FILE.replace('s3cret!', 'xxxxxxx').replace('1234', 'xxxx').replace('päss', 'xxxx');

const DIGEST =
  'Digest username="u",realm="ccmsipline",nonce="0123",uri="sip:cm",response="0123456789abcdef0123456789abcdef",algorithm=MD5';
const MASKED_DIGEST = DIGEST.replace('"0123456789abcdef0123456789abcdef"', `"${'x'.repeat(32)}"`);
const REQUEST = `REGISTER sip:cm SIP/2.0\r\nVia: x\r\nAuthorization: ${DIGEST}\r\nproxy-authorization :Basic dTpw\r\nX: response\r\nContent-Length: 0\r\n\r\n`;
const MASKED = REQUEST.replace(DIGEST, MASKED_DIGEST).replace('dTpw', 'xxxx');
const FOLDED = 'X SIP/2.0\r\nAuthorization: Digest username="u",\r\n response="deadbeef", qop=auth\r\n\r\n';

const inPieces = (text: string, size: number): string[] =>
  Array.from({ length: Math.ceil(text.length / size) }, (_, index) => text.slice(index * size, (index + 1) * size));

/** What is left of a stream that comes in pieces. */
const redacted = (text: string, size: number, more: Partial<RecordedPacket> = {}): string => {
  const redaction = new Redaction();
  return inPieces(text, size)
    .map((piece, index) =>
      redaction
        .redact(packet(piece, { ...more, receivedBefore: index * size, sentBefore: index * size }))
        .toString('latin1'),
    )
    .join('');
};

const SIZES = [1, 2, 3, 5, 7, 11, 13, 40, 1000];

describe.each(SIZES)('in pieces of %i octets', (size) => {
  it('credentials of SIP are replaced, and nothing else', () => {
    expect(redacted(REQUEST, size)).toBe(MASKED);
    expect(redacted(`${REQUEST}${REQUEST}`, size)).toBe(`${MASKED}${MASKED}`);
    expect(redacted(FOLDED, size)).toBe(FOLDED.replace('deadbeef', 'xxxxxxxx'));
  });

  it('a password that a phone asks about is replaced, and nothing else', () => {
    const asked = (password: string) =>
      `GET /phone/authenticate?UserID=lab&Password=${password}&devicename=SEP1 HTTP/1.1\r\nHost: cm\r\n\r\n`;
    expect(redacted(asked('s%203cret%21'), size, { service: 'http' })).toBe(asked('xxxxxxxxxxxx'));
  });

  it('the password of a URL is replaced, and whatever else is a secret by its name', () => {
    const file = (password: string, key: string, token: string) =>
      `<vendorConfig><wlanPassphrase>${key}</wlanPassphrase><url>http://lab:${password}@cm/a?b=1&amp;token=${token}&amp;c=2</url></vendorConfig>\n`;
    expect(redacted(file('s3c:ret', 'a key', 'abc'), size, { service: 'http', outgoing: true })).toBe(
      file('xxxxxxx', 'xxxxx', 'xxx'),
    );
  });

  it('passwords of a file over HTTP are replaced, and nothing else', () => {
    const answer = `HTTP/1.1 200 OK\r\nContent-Length: ${FILE.length}\r\n\r\n`;
    expect(redacted(`${answer}${FILE}`, size, { service: 'http', outgoing: true })).toBe(`${answer}${MASKED_FILE}`);
  });
});

const block = (number: number, text: string): RecordedPacket => {
  const head = Buffer.from([0, 3, number >> 8, number & 0xff]);
  const payload = Buffer.concat([head, Buffer.from(text, 'latin1')]);
  return packet(payload, { kind: 'datagram', service: 'tftp', outgoing: true, payload });
};

it.each([8, 16, 31, 64, 512])('passwords of a file in TFTP blocks of %i octets are replaced', (size) => {
  const redaction = new Redaction();
  const said = inPieces(FILE, size).map((text, index) =>
    redaction.redact(block(index + 1, text)).toString('latin1', 4),
  );
  expect(said.join('')).toBe(MASKED_FILE);
});

it('a block that is sent again is redacted again, and the next one, too', () => {
  const redaction = new Redaction();
  const pieces = inPieces(FILE, 31);
  const order = [...pieces.keys()].flatMap((index) => [
    index,
    index,
    Math.max(0, index - 2),
    Math.max(0, index - 1),
    index,
  ]);
  for (const index of order) {
    const said = redaction.redact(block(index + 1, pieces[index] ?? '')).toString('latin1', 4);
    expect(said).toBe(MASKED_FILE.slice(index * 31, index * 31 + said.length));
  }
});

it('a secret whose beginning is not in the capture is replaced as far as its end tells', () => {
  const redaction = new Redaction();
  redaction.redact(block(1, '<device>'));
  const said = redaction.redact(block(9, 'sword>s3cret</sshPassword><x>y</x>')).toString('latin1', 4);
  expect(said).toBe(`${'x'.repeat(12)}</sshPassword><x>y</x>`);
  const stream = new Redaction().redact(packet('89abcdef",uri="sip:cm"\r\n', { receivedBefore: 5000 }));
  expect(stream.toString('latin1')).toBe('xxxxxxxx",uri="sip:cm"\r\n');
});

it('an address with a port is no password', () => {
  const text = '<a>http://10.0.0.2:6970/menu?list=1&amp;x=2</a> sip:5001@10.0.0.2:5060';
  expect(redacted(text, 1000, { service: 'http' })).toBe(text);
});

it('another file on the same port begins anew', () => {
  const redaction = new Redaction();
  redaction.redact(block(1, '<sshPassword>abc'));
  redaction.redact(
    packet(Buffer.from('\u0000\u0001x\u0000octet\u0000'), {
      kind: 'datagram',
      service: 'tftp',
      payload: Buffer.from([0, 1, 0x78, 0]),
    }),
  );
  expect(redaction.redact(block(1, 'plain<a>')).toString('latin1', 4)).toBe('plain<a>');
});

it('a datagram of SIP is redacted by itself, and what is no SCCP is left alone on its port', () => {
  const redaction = new Redaction();
  expect(redaction.redact(packet(REQUEST, { kind: 'datagram' })).toString('latin1')).toBe(MASKED);
  expect(redaction.redact(packet(FILE, { service: 'sccp' })).toString('latin1')).toBe(FILE);
});

it('what was captured is not changed', () => {
  const captured = packet(REQUEST);
  new Redaction().redact(captured);
  expect(captured.payload.toString('latin1')).toBe(REQUEST);
});
