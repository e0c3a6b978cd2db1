// What the injection of faults knows of each protocol: names, fields, refusals.

import { describe, expect, it } from 'vitest';
import { decodeFrame as decodeDhcp } from '../../src/dhcp/decode.js';
import { MAGIC_COOKIE } from '../../src/dhcp/packet.js';
import { encodeOption } from '../../src/dhcp/served-subnet.js';
import { dhcpWire, nakFor, withTextOption150, withTftpServers } from '../../src/injection/protocols/dhcp.js';
import { faultNames } from '../../src/injection/protocols/names.js';
import { sccpWire } from '../../src/injection/protocols/sccp.js';
import { sipWire } from '../../src/injection/protocols/sip.js';
import { tftpWire } from '../../src/injection/protocols/tftp.js';
import { SeededRandom } from '../../src/injection/seeded-random.js';
import { FAULT_PLACES } from '../../src/injection/settings.js';
import type { FieldChange, WireProtocol } from '../../src/injection/wire-protocol.js';
import { decodeFrame as decodeSccp } from '../../src/sccp/decode.js';
import { encode } from '../../src/sccp/messages/catalogue.js';
import { decodeFrame as decodeSip } from '../../src/sip/decode.js';
import { decodeFrame as decodeTftp } from '../../src/tftp/decode.js';
import { dataPacket, errorPacket, optionsPacket } from '../../src/tftp/packet.js';

const set = (value: string | number | readonly string[]): FieldChange => ({ kind: 'set', value });
const garble = (seed = 1): FieldChange => ({ kind: 'garble', random: new SeededRandom(seed) });

const request = (file = 'SEP001122334455.cnf.xml'): Buffer => Buffer.from(`\0\x01${file}\0octet\0blksize\x001468\0`);

const dhcp = (type: number, options: readonly (readonly [number, Buffer])[] = [], op = 2): Buffer => {
  const head = Buffer.alloc(240);
  head[0] = op;
  head[1] = 1;
  head[2] = 6;
  head.writeUInt32BE(0xdeadbeef, 4);
  Buffer.from('001122334455', 'hex').copy(head, 28);
  head.writeUInt32BE(MAGIC_COOKIE, 236);
  const octets = [[53, Buffer.from([type])] as const, ...options].map(([code, bytes]) => encodeOption(code, bytes));
  return Buffer.concat([head, ...octets, Buffer.from([255])]);
};

const OFFER = dhcp(2, [
  [54, Buffer.from([10, 0, 0, 1])],
  [51, Buffer.from([0, 0, 14, 16])],
  [150, Buffer.from([10, 0, 0, 1, 10, 0, 0, 2])],
  [66, Buffer.from('10.0.0.1')],
]);

const REGISTER = Buffer.from(
  [
    'REGISTER sip:10.0.0.1 SIP/2.0',
    'Via: SIP/2.0/UDP 10.0.0.7:5060;branch=z9hG4bK1',
    'From: <sip:5001@10.0.0.1>;tag=1',
    'To: <sip:5001@10.0.0.1>',
    'Call-ID: 1@10.0.0.7',
    'CSeq: 101 REGISTER',
    'Contact: <sip:5001@10.0.0.7:5060>;+u.sip!devicename.ccm.cisco.com="SEP001122334455"',
    'Expires: 3600',
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n'),
);

const OK = Buffer.from(
  'SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 10.0.0.7:5060\r\nFrom: <sip:1@h>\r\nTo: <sip:1@h>\r\nCall-ID: 1\r\nCSeq: 101 REGISTER\r\nExpires: 120\r\nl: 4\r\n\r\nbody',
);

const optionsOf = (bytes: Buffer): Readonly<Record<string, unknown>> => {
  const decoded = decodeDhcp(bytes);
  if ('error' in decoded) throw new Error(decoded.error);
  return Object.fromEntries(decoded.fields.options.map(({ name, value }) => [name, value]));
};

describe('TFTP', () => {
  it.each<[string, Buffer, object]>([
    ['a request', request(), { names: ['RRQ'], hint: { file: 'SEP001122334455.cnf.xml' } }],
    ['data', dataPacket(1, Buffer.from('x')), { names: ['DATA'] }],
    ['an error', errorPacket(1, 'no'), { names: ['ERROR'] }],
    ['options', optionsPacket([['blksize', '1468']]), { names: ['OACK'] }],
    ['something else', Buffer.from([0, 9]), { names: [] }],
    ['nothing', Buffer.alloc(0), { names: [] }],
  ])('names %s', (_, bytes, expected) => {
    expect(tftpWire.read(bytes)).toEqual(expected);
  });

  it.each<[string, Buffer, string, string | number, object]>([
    ['the file of a request', request(), 'file', 'other.xml', { file: 'other.xml', mode: 'octet' }],
    ['its mode', request(), 'mode', 'netascii', { mode: 'netascii' }],
    ['the block of data', dataPacket(1, Buffer.from('x')), 'block', 7, { block: 7, octets: 1 }],
    ['the data', dataPacket(1, Buffer.from('x')), 'data', 'abc', { block: 1, octets: 3 }],
    ['the code of an error', errorPacket(1, 'no'), 'code', 2, { code: 2, message: 'no' }],
    ['its message', errorPacket(1, 'no'), 'message', 'yes', { code: 1, message: 'yes' }],
    [
      'an option',
      optionsPacket([
        ['blksize', '1468'],
        ['tsize', '9'],
      ]),
      'tsize',
      3,
      { options: { blksize: '1468', tsize: '3' } },
    ],
  ])('sets %s', (_, bytes, field, value, expected) => {
    const changed = tftpWire.change(bytes, field, set(value));
    expect(decodeTftp(changed ?? Buffer.alloc(0))).toMatchObject({ fields: expected });
    const garbled = tftpWire.change(bytes, field, garble());
    expect(garbled?.equals(bytes)).toBe(false);
    expect(garbled).toHaveLength(bytes.length);
  });

  it('changes nothing that a packet does not have, or that cannot be', () => {
    expect(tftpWire.change(dataPacket(1, Buffer.from('x')), 'code', set(1))).toBeUndefined();
    expect(tftpWire.change(dataPacket(1, Buffer.from('x')), 'block', set('abc'))).toBeUndefined();
    expect(tftpWire.change(dataPacket(1, Buffer.from('x')), 'block', set(65_536))).toBeUndefined();
  });

  it('refuses requests by a code or by words', () => {
    expect(decodeTftp(tftpWire.refuse(request(), 1) ?? Buffer.alloc(0))).toMatchObject({ fields: { code: 1 } });
    expect(decodeTftp(tftpWire.refuse(request(), 'not today') ?? Buffer.alloc(0))).toMatchObject({
      fields: { code: 0, message: 'not today' },
    });
    expect(tftpWire.refuse(request(), undefined)).toBeDefined();
    expect(tftpWire.refuse(dataPacket(1, Buffer.alloc(1)), 1)).toBeUndefined();
  });
});

describe('DHCP', () => {
  it('names a message, and whose it is', () => {
    expect(dhcpWire.read(OFFER)).toEqual({ names: ['OFFER'], hint: { mac: '001122334455' } });
    expect(dhcpWire.read(Buffer.alloc(10))).toEqual({ names: [] });
  });

  it.each<[string, string | number | readonly string[], unknown]>([
    ['lease-time', 60, 60],
    ['router', ['10.0.0.9', '10.0.0.8'], ['10.0.0.9', '10.0.0.8']],
    ['51', 61, undefined],
    ['domain-name', 'lab.example', 'lab.example'],
  ])('sets the option %s', (field, value, expected) => {
    const changed = dhcpWire.change(OFFER, field, set(value));
    const options = optionsOf(changed ?? Buffer.alloc(0));
    expect(options[field === '51' ? 'lease-time' : field]).toEqual(expected ?? value);
    expect(options['message-type']).toBe('OFFER');
    expect(options['tftp-server-address']).toEqual(['10.0.0.1', '10.0.0.2']);
    expect(changed?.length).toBeGreaterThanOrEqual(300);
  });

  it.each<[string, string | number, string, unknown]>([
    ['yiaddr', '10.0.0.99', 'yiaddr', '10.0.0.99'],
    ['xid', 1, 'xid', '0x00000001'],
    ['file', 'boot.bin', 'file', 'boot.bin'],
  ])('sets the field %s of the header', (field, value, name, expected) => {
    const changed = dhcpWire.change(OFFER, field, set(value));
    expect(decodeDhcp(changed ?? Buffer.alloc(0))).toMatchObject({ fields: { [name]: expected } });
  });

  it('garbles options and fields, and leaves out what is not there', () => {
    expect(optionsOf(dhcpWire.change(OFFER, 'lease-time', garble()) ?? Buffer.alloc(0))['lease-time']).not.toBe(3600);
    expect(dhcpWire.change(OFFER, 'xid', garble())?.subarray(4, 8).toString('hex')).not.toBe('deadbeef');
    expect(dhcpWire.change(OFFER, 'router', garble())).toBeUndefined();
    expect(dhcpWire.change(OFFER, 'lease-time', set('soon'))).toBeUndefined();
  });

  it('writes another option 150, or the same as text', () => {
    const wrong = withTftpServers(OFFER, ['192.0.2.1', '192.0.2.2']);
    expect(optionsOf(wrong ?? Buffer.alloc(0))).toMatchObject({
      'tftp-server-address': ['192.0.2.1', '192.0.2.2'],
      'tftp-server-name': '192.0.2.1',
    });
    const text = withTextOption150(OFFER);
    const at = text?.indexOf(Buffer.from([150, 17])) ?? -1;
    expect(at).toBeGreaterThan(0);
    expect(text?.toString('latin1', at + 2, at + 19)).toBe('10.0.0.1,10.0.0.2');
    expect(withTftpServers(dhcp(6), ['192.0.2.1'])).toBeUndefined();
    expect(withTextOption150(dhcp(6))).toBeUndefined();
  });

  it('answers a REQUEST with a NAK, and nothing else', () => {
    const asked = dhcp(3, [[61, Buffer.from('01001122334455', 'hex')]], 1);
    const nak = nakFor(asked, [0x0a000001], 'not here') ?? Buffer.alloc(0);
    expect(decodeDhcp(nak)).toMatchObject({
      name: 'NAK',
      fields: { xid: '0xdeadbeef', chaddr: expect.stringMatching(/^001122334455/) },
    });
    expect(optionsOf(nak)).toMatchObject({
      'server-id': '10.0.0.1',
      message: 'not here',
      'client-id': '01001122334455',
    });
    expect(nakFor(dhcp(1, [], 1), [1], undefined)).toBeUndefined();
    expect(nakFor(OFFER, [1], undefined)).toBeUndefined();
  });

  it('answers no REQUEST that another server is asked for, unless a relay stands in for this one', () => {
    const OURS = [0x0a000001, 0x0a000101];
    const asked = (server: string, ...others: readonly (readonly [number, Buffer])[]): Buffer =>
      dhcp(3, [[54, Buffer.from(server, 'hex')], ...others], 1);
    expect(optionsOf(nakFor(asked('0a000101'), OURS, 'x') ?? Buffer.alloc(0))).toMatchObject({
      'server-id': '10.0.1.1',
    });
    expect(nakFor(asked('0a000002'), OURS, 'x')).toBeUndefined();
    const relay = [82, Buffer.from('0b040a000002', 'hex')] as const;
    expect(optionsOf(nakFor(asked('0a000002', relay), OURS, 'x') ?? Buffer.alloc(0))).toMatchObject({
      'server-id': '10.0.0.2',
    });
    expect(nakFor(asked('0a000003', relay), OURS, 'x')).toBeUndefined();
  });
});

describe('SCCP', () => {
  const ack = encode(
    'RegisterAckMessage',
    { keepAliveInterval: 30, dateTemplate: 'M/D/Y', secondaryKeepAliveInterval: 60 } as never,
    0,
  );

  it('names a message by all its names, and whose a registration is', () => {
    expect(sccpWire.read(ack).names[0]).toBe('RegisterAckMessage');
    const register = encode('RegisterReqMessage', { deviceName: 'SEP001122334455' } as never, 0);
    expect(sccpWire.read(register)).toMatchObject({ hint: { device: 'SEP001122334455' } });
    expect(sccpWire.read(Buffer.alloc(4))).toEqual({ names: [] });
  });

  it('sets and garbles numbers and texts', () => {
    const other = sccpWire.change(ack, 'keepAliveInterval', set(5)) ?? Buffer.alloc(0);
    expect(decodeSccp(other)).toMatchObject({ name: 'RegisterAckMessage', fields: { keepAliveInterval: 5 } });
    const text = sccpWire.change(ack, 'dateTemplate', set('D.M.Y')) ?? Buffer.alloc(0);
    expect(decodeSccp(text)).toMatchObject({ fields: { dateTemplate: 'D.M.Y', keepAliveInterval: 30 } });
    const garbled = sccpWire.change(ack, 'keepAliveInterval', garble()) ?? Buffer.alloc(0);
    expect(decodeSccp(garbled)).not.toMatchObject({ fields: { keepAliveInterval: 30 } });
    expect(garbled).toHaveLength(ack.length);
    expect(sccpWire.change(ack, 'noSuchField', set(1))).toBeUndefined();
  });

  it('refuses registrations and tokens', () => {
    const register = encode('RegisterReqMessage', { deviceName: 'SEP001122334455' } as never, 0);
    expect(decodeSccp(sccpWire.refuse(register, 'Not today') ?? Buffer.alloc(0))).toMatchObject({
      name: 'RegisterRejectMessage',
      fields: { text: 'Not today' },
    });
    const token = encode('RegisterTokenReqMessage', { deviceName: 'SEP001122334455' } as never, 0);
    expect(decodeSccp(sccpWire.refuse(token, 7) ?? Buffer.alloc(0))).toMatchObject({
      name: 'RegisterTokenRejectMessage',
      fields: { waitTimeBeforeNextReq: 7 },
    });
    expect(sccpWire.refuse(ack, undefined)).toBeUndefined();
  });
});

describe('SIP', () => {
  it('names requests and responses, and whose a REGISTER is', () => {
    expect(sipWire.read(REGISTER)).toEqual({ names: ['REGISTER'], hint: { device: 'SEP001122334455' } });
    expect(sipWire.read(OK)).toEqual({ names: ['REGISTER 200', '200'], hint: { line: '1' } });
    expect(sipWire.read(Buffer.from('\r\n'))).toEqual({ names: [] });
  });

  it.each<[string, Buffer, string, string | number, object]>([
    ['a header', REGISTER, 'Expires', 60, { fields: { Expires: '60' } }],
    ['a header by its letter', OK, 'content-length', 4, { fields: { 'Content-Length': '4' } }],
    ['a header that is not there', OK, 'X-Lab', 'yes', { fields: { 'X-Lab': 'yes' } }],
    ['the URI', REGISTER, 'uri', 'sip:other', { fields: { requestUri: 'sip:other' } }],
    ['the status', OK, 'status', 202, { name: '202' }],
    ['the reason', OK, 'reason', 'Very good', { fields: { reasonPhrase: 'Very good' } }],
    ['the body', OK, 'body', 'another', { fields: { body: 'another', 'Content-Length': '7' } }],
  ])('sets %s', (_, bytes, field, value, expected) => {
    expect(decodeSip(sipWire.change(bytes, field, set(value)) ?? Buffer.alloc(0))).toMatchObject(expected);
  });

  it('garbles a header, and leaves out what is not there', () => {
    const garbled = sipWire.change(REGISTER, 'Call-ID', garble());
    expect(garbled?.toString()).not.toContain('Call-ID: 1@10.0.0.7');
    expect(garbled).toHaveLength(REGISTER.length);
    expect(sipWire.change(REGISTER, 'status', set(200))).toBeUndefined();
    expect(sipWire.change(REGISTER, 'body', garble())).toBeUndefined();
    expect(sipWire.change(REGISTER, 'X-None', garble())).toBeUndefined();
  });

  it('refuses requests with the headers that a response needs', () => {
    const refused = sipWire.refuse(REGISTER, '403 Not in this lab') ?? Buffer.alloc(0);
    expect(decodeSip(refused)).toMatchObject({
      name: '403',
      fields: { reasonPhrase: 'Not in this lab', CSeq: '101 REGISTER', 'Call-ID': '1@10.0.0.7' },
    });
    expect(refused.toString()).toMatch(/To: .*;tag=/);
    expect(decodeSip(sipWire.refuse(REGISTER, 486) ?? Buffer.alloc(0))).toMatchObject({
      fields: { reasonPhrase: 'Busy Here' },
    });
    expect(decodeSip(sipWire.refuse(REGISTER, undefined) ?? Buffer.alloc(0))).toMatchObject({ name: '503' });
    expect(sipWire.refuse(OK, undefined)).toBeUndefined();
  });

  it('finds the messages of a stream, with the line ends between them', () => {
    const lengthOf = sipWire.messageLength ?? (() => 0);
    expect(lengthOf(Buffer.from('\r\n\r\n'))).toBe(4);
    expect(lengthOf(Buffer.concat([REGISTER, OK]))).toBe(REGISTER.length);
    expect(lengthOf(REGISTER.subarray(0, 20))).toBe(0);
    expect(lengthOf(OK.subarray(0, OK.length - 1))).toBe(0);
  });
});

describe('every protocol', () => {
  const SAMPLES: readonly (readonly [string, WireProtocol, readonly Buffer[], readonly string[]])[] = [
    [
      'tftp',
      tftpWire,
      [request(), dataPacket(1, Buffer.from('x')), errorPacket(1, 'no')],
      ['file', 'block', 'data', 'message', 'tsize'],
    ],
    ['dhcp', dhcpWire, [OFFER, dhcp(3, [], 1)], ['lease-time', 'yiaddr', '150', 'sname']],
    [
      'sccp',
      sccpWire,
      [encode('RegisterReqMessage', { deviceName: 'a' } as never, 0), encode('KeepAliveAckMessage', {} as never, 0)],
      ['deviceName', 'text'],
    ],
    ['sip', sipWire, [REGISTER, OK], ['Expires', 'uri', 'status', 'body', 'Via']],
  ];

  it.each(SAMPLES)('%s takes any octets without throwing', (_, protocol, samples, fields) => {
    const random = new SeededRandom(11);
    for (const sample of samples)
      for (let round = 0; round < 300; round += 1) {
        const octets = Buffer.from(sample.subarray(0, random.below(sample.length + 1)));
        for (let flips = random.below(8); flips > 0 && octets.length > 0; flips -= 1)
          octets[random.below(octets.length)] = random.below(256);
        protocol.read(octets);
        protocol.messageLength?.(octets);
        protocol.refuse(octets, 'no');
        for (const field of fields) {
          protocol.change(octets, field, set('1'));
          protocol.change(octets, field, garble(round));
        }
      }
  });

  it('has the names that rules use', () => {
    for (const place of FAULT_PLACES) {
      const { known } = faultNames(place, 'message', []);
      expect(new Set(known).size).toBe(known.length);
      if (place !== 'tls' && place !== 'call') expect(known.length).toBeGreaterThan(1);
    }
    expect(faultNames('sccp', 'field', ['RegisterAckMessage']).known).toContain('keepAliveInterval');
    expect(faultNames('sccp', 'field', ['KeepAliveAckMessage']).known).not.toContain('keepAliveInterval');
    expect(faultNames('tftp', 'field', ['DATA']).known).toEqual(['block', 'data']);
    expect(faultNames('sip', 'message', []).isKnown('REGISTER 200')).toBe(true);
    expect(faultNames('sip', 'message', []).isKnown('REGISTER 700')).toBe(false);
    expect(faultNames('sip', 'field', []).isKnown('X-Anything')).toBe(true);
    expect(faultNames('dhcp', 'field', []).isKnown('224')).toBe(true);
  });
});
