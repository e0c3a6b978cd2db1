// What is changed of a tape before it is said again, and that nothing else is.

import { describe, expect, it } from 'vitest';
import type { MacAddress } from '../../../src/core/identifiers.js';
import { dhcpPacket } from '../../../src/dhcp/client-message.js';
import { decodeFrame as decodeDhcp } from '../../../src/dhcp/decode.js';
import { decodeFrame as decodeSccp } from '../../../src/sccp/decode.js';
import { encode } from '../../../src/sccp/messages/catalogue.js';
import { decodeFrame as decodeSip } from '../../../src/sip/decode.js';
import { expectedResponse, parseCredentials } from '../../../src/sip/registrar/digest.js';
import { DhcpAdapter } from '../../../src/tapes/replay/dhcp-adapter.js';
import { type ReplayIdentity, type ReplayPlaces, readdressed, renamed } from '../../../src/tapes/replay/identity.js';
import { SccpAdapter } from '../../../src/tapes/replay/sccp-adapter.js';
import { SipAdapter } from '../../../src/tapes/replay/sip-adapter.js';
import type { Tape, TapeMessage } from '../../../src/tapes/tape.js';
import { tapedPhoneOf } from '../../../src/tapes/taped-phone.js';
import { PHONE_ADDRESS, PHONE_NAME, registerReq, SERVER_ADDRESS, sipRegister } from '../../support/boot-capture.js';
import { writtenTape } from '../../support/tapes.js';

const NEW_NAME = 'SEP0011AABBCC01';
const NEW_MAC = '0011AABBCC01' as MacAddress;
const random = () => {
  let last = 0;
  return {
    below: (limit: number) => {
      last += 12_345;
      return last % limit;
    },
  };
};

const PLACES: ReplayPlaces = {
  tapedPhone: { address: PHONE_ADDRESS, port: 3311 },
  tapedServer: { address: SERVER_ADDRESS, port: 5060 },
  phone: { address: '127.0.0.1', port: 40_001 },
  server: { address: '127.0.0.2', port: 15_060 },
};

const identityOf = ({ messages }: Tape, isOther = true): ReplayIdentity => ({
  taped: tapedPhoneOf(messages),
  name: isOther ? NEW_NAME : undefined,
  mac: isOther ? NEW_MAC : undefined,
});
const only = (tape: Tape, index = 0): TapeMessage => tape.messages[index] as TapeMessage;

describe('names and addresses', () => {
  const { identity } = { identity: identityOf(writtenTape([{ from: 'phone', octets: registerReq(PHONE_NAME) }])) };
  it.each([
    [`${PHONE_NAME}.cnf.xml`, `${NEW_NAME}.cnf.xml`],
    [`CTL${PHONE_NAME}.tlv`, `CTL${NEW_NAME}.tlv`],
    [PHONE_NAME.toLowerCase(), NEW_NAME],
    ['urn:uuid:00000000-0000-0000-0000-005056a1033d', 'urn:uuid:00000000-0000-0000-0000-0011aabbcc01'],
    [`${PHONE_NAME}0`, `SEP${NEW_MAC}0`],
  ])('%s is %s', (before, now) => expect(renamed(before, identity)).toBe(now));

  it.each([
    ['sip:5005@10.10.210.10', 'sip:5005@127.0.0.2'],
    ['sip:5005@10.10.210.10:5060', 'sip:5005@127.0.0.2:15060'],
    ['<sip:a@10.10.210.200:3311;transport=tcp>', '<sip:a@127.0.0.1:40001;transport=tcp>'],
    ['110.10.210.10', '110.10.210.10'],
    ['10.10.210.100', '10.10.210.100'],
  ])('%s is %s', (before, now) => expect(readdressed(before, PLACES, true)).toBe(now));

  it('of one address are told apart by the port', () => {
    const places = {
      tapedPhone: { address: '127.0.0.1', port: 3311 },
      tapedServer: { address: '127.0.0.1', port: 5060 },
      phone: { address: '127.0.0.1', port: 40_001 },
      server: { address: '127.0.0.1', port: 15_060 },
    };
    expect(readdressed('sip:a@127.0.0.1:3311 sip:a@127.0.0.1:5060 127.0.0.1', places, true)).toBe(
      'sip:a@127.0.0.1:40001 sip:a@127.0.0.1:15060 127.0.0.1',
    );
  });
});

describe('SCCP', () => {
  it('a Register has the name and the address of now, and every other octet of the tape', () => {
    const tape = writtenTape([{ from: 'phone', octets: registerReq(PHONE_NAME) }]);
    const before = decodeSccp(only(tape).octets);
    const now = decodeSccp(new SccpAdapter(identityOf(tape)).adapt(only(tape), PLACES));
    if (!('fields' in before) || !('fields' in now)) throw new Error('not decoded');
    expect(now.fields).toEqual({
      ...before.fields,
      ...{ deviceName: NEW_NAME, stationIpAddr: '127.0.0.1', macAddress: '0011aabbcc01000000000000' },
    });
  });

  it('a reference is the one that the server has given now', () => {
    const ring = (callReference: number) =>
      encode(
        'SelectSoftKeysMessage',
        { lineInstance: 1, callReference, softKeySetIndex: 3, validKeyMask: 7 } as never,
        0,
      );
    const offHook = encode('OffHookMessage', { lineInstance: 1, callReference: 0x1f00_0001 } as never, 0);
    const tape = writtenTape([
      { from: 'server', octets: ring(0x1f00_0001) },
      { from: 'phone', octets: offHook },
    ]);
    const adapter = new SccpAdapter(identityOf(tape, false));
    expect(adapter.adapt(only(tape, 1), PLACES).equals(offHook)).toBe(true);
    adapter.learn(only(tape), ring(77));
    expect(decodeSccp(adapter.adapt(only(tape, 1), PLACES))).toMatchObject({
      name: 'OffHookMessage',
      fields: { lineInstance: 1, callReference: 77 },
    });
    adapter.learn(undefined, ring(78));
    expect(decodeSccp(adapter.adapt(only(tape, 1), PLACES))).toMatchObject({ fields: { callReference: 77 } });
  });

  it('a digit that was masked is a digit again', () => {
    const keys = [5, 0x78].map((kpButton) =>
      encode('KeypadButtonMessage', { kpButton, lineInstance: 1, callReference: 9 } as never, 0),
    );
    const tape = writtenTape(keys.map((octets) => ({ from: 'phone', octets })));
    const adapter = new SccpAdapter(identityOf(tape, false));
    const said = tape.messages.map((message) => adapter.adapt(message, PLACES));
    expect(said.map((octets) => octets.readUInt32LE(12))).toEqual([5, 0]);
    expect(said.map(({ length }) => length)).toEqual(keys.map(({ length }) => length));
  });

  it('what cannot be decoded is said as it is', () => {
    const tape = writtenTape([{ from: 'phone', octets: Buffer.from('0400000000000000ffffffff', 'hex') }]);
    expect(new SccpAdapter(identityOf(tape)).adapt(only(tape), PLACES).toString('hex')).toBe(
      '0400000000000000ffffffff',
    );
  });
});

describe('DHCP', () => {
  const packet = (type: 'DISCOVER' | 'REQUEST', requested?: Buffer, serverId?: Buffer) =>
    dhcpPacket({
      ...{ type, xid: 7, secs: 0, mac: '005056A1033D' as MacAddress, hostName: PHONE_NAME, vendorClass: 'Cisco\0' },
      ...{ requested, serverId, clientAddress: undefined },
    });
  const address = (text: string): Buffer => Buffer.from(text.split('.').map(Number));
  const reply = (xid: number, yiaddr: string, from: string): Buffer => {
    const bytes = Buffer.from(packet('DISCOVER'));
    bytes[0] = 2;
    bytes.writeUInt32BE(xid, 4);
    address(yiaddr).copy(bytes, 16);
    Buffer.from([53, 1, 2, 54, 4, ...address(from), 255]).copy(bytes, 240);
    return bytes;
  };

  it('each exchange has a transaction of its own, and asks for what is offered now', () => {
    const tape = writtenTape(
      [
        { from: 'phone', octets: packet('DISCOVER') },
        { from: 'server', octets: reply(7, PHONE_ADDRESS, SERVER_ADDRESS) },
        { from: 'phone', octets: packet('REQUEST', address(PHONE_ADDRESS), address(SERVER_ADDRESS)) },
      ],
      { protocol: 'dhcp', transport: 'udp', phone: '0.0.0.0:68', server: '255.255.255.255:67' },
    );
    const adapter = new DhcpAdapter(identityOf(tape), random());
    const discover = adapter.adapt(only(tape)) as Buffer;
    const xid = discover.readUInt32BE(4);
    expect(xid).not.toBe(7);
    expect(discover).toHaveLength(only(tape).octets.length);
    adapter.learn(only(tape, 1), reply(xid, '127.0.1.100', '127.0.0.1'));
    const request = decodeDhcp(adapter.adapt(only(tape, 2)) as Buffer);
    if (!('fields' in request)) throw new Error('not decoded');
    expect(Number(request.fields.xid)).toBe(xid);
    expect(request.fields.chaddr.slice(0, 12)).toBe('0011aabbcc01');
    const option = (code: number): unknown => request.fields.options.find((one) => one.code === code)?.value;
    expect([option(50), option(54), option(12)].map(String)).toEqual(['127.0.1.100', '127.0.0.1', NEW_NAME]);
  });

  it('a cut message is said as it is', () => {
    const tape = writtenTape([{ from: 'phone', octets: Buffer.alloc(20, 1) }], { protocol: 'dhcp' });
    expect(new DhcpAdapter(identityOf(tape), random()).adapt(only(tape))).toEqual(Buffer.alloc(20, 1));
  });
});

const sipMessage = (start: string, headers: Readonly<Record<string, string>>, body = ''): Buffer =>
  Buffer.from(
    [
      start,
      ...Object.entries({ ...headers, 'Content-Length': String(body.length) }).map(
        ([name, value]) => `${name}: ${value}`,
      ),
      '',
      body,
    ].join('\r\n'),
    'latin1',
  );
const fieldsOf = (octets: Buffer | undefined): Readonly<Record<string, unknown>> => {
  const decoded = decodeSip(octets ?? Buffer.alloc(0));
  if (!('fields' in decoded)) throw new Error(decoded.error);
  return decoded.fields;
};

describe('SIP', () => {
  const tapeOf = (...messages: readonly (readonly ['phone' | 'server', Buffer])[]): Tape =>
    writtenTape(
      messages.map(([from, octets]) => ({ from, octets })),
      { protocol: 'sip', phone: `${PHONE_ADDRESS}:3311`, server: `${SERVER_ADDRESS}:5060` },
    );
  const adapterOf = (tape: Tape, password?: string, isOther = true): SipAdapter =>
    new SipAdapter(
      identityOf(tape, isOther),
      random(),
      password === undefined ? undefined : { user: undefined, password },
      tape.messages,
    );

  it('a REGISTER has dialog, transaction, names and addresses of now', () => {
    const tape = tapeOf(['phone', sipRegister(PHONE_NAME, '5005', PHONE_ADDRESS)]);
    const now = fieldsOf(adapterOf(tape).adapt(only(tape), PLACES));
    expect(now.requestUri).toBe('sip:127.0.0.2');
    expect(now['Call-ID']).toMatch(/@labcm-replay$/);
    expect(now.Via).toMatch(/^SIP\/2\.0\/TCP 127\.0\.0\.1:40001;branch=z9hG4bK[0-9a-f]{16}$/);
    expect(now.Contact).toContain(`devicename.ccm.cisco.com="${NEW_NAME}"`);
    expect([now.CSeq, now.Expires]).toEqual(['101 REGISTER', '120']);
  });

  it('what belongs together still does: an ACK has the branch of its INVITE, a report the Call-ID of its dialog', () => {
    const dialog = { From: '<sip:a@x>;tag=callers-tag', To: '<sip:b@x>', 'Call-ID': 'call-id-of-the-call' };
    const tape = tapeOf(
      [
        'phone',
        sipMessage(
          'NOTIFY sip:x SIP/2.0',
          { ...dialog, 'Call-ID': 'another', Via: 'SIP/2.0/TCP 1.2.3.4;branch=z9hG4bK1', CSeq: '1 NOTIFY' },
          '<dialog call-id="call-id-of-the-call" local-tag="callers-tag"/>',
        ),
      ],
      [
        'phone',
        sipMessage('INVITE sip:b@x SIP/2.0', {
          ...dialog,
          Via: 'SIP/2.0/TCP 1.2.3.4;branch=z9hG4bK2',
          CSeq: '101 INVITE',
        }),
      ],
      [
        'phone',
        sipMessage('ACK sip:b@x SIP/2.0', { ...dialog, Via: 'SIP/2.0/TCP 1.2.3.4;branch=z9hG4bK2', CSeq: '101 ACK' }),
      ],
    );
    const adapter = adapterOf(tape);
    const [notify, invite, ack] = tape.messages.map((message) => fieldsOf(adapter.adapt(message, PLACES)));
    expect(ack?.Via).toBe(invite?.Via);
    expect(ack?.['Call-ID']).toBe(invite?.['Call-ID']);
    const tag = String(invite?.From).split('tag=')[1];
    expect(notify?.body).toBe(`<dialog call-id="${invite?.['Call-ID']}" local-tag="${tag}"/>`);
  });

  it('an answer goes to what the server has asked now, and to nothing else', () => {
    const asked = (callId: string, branch: string, tag: string): Buffer =>
      sipMessage('NOTIFY sip:5005@x SIP/2.0', {
        Via: `SIP/2.0/TCP s;branch=${branch}`,
        From: `<sip:s>;tag=${tag}`,
        To: '<sip:p>;tag=phones',
        'Call-ID': callId,
        CSeq: '101 NOTIFY',
      });
    const tape = tapeOf(
      ['server', asked('taped', 'z9hG4bKa', 't1')],
      [
        'phone',
        sipMessage('SIP/2.0 200 OK', {
          Via: 'SIP/2.0/TCP s;branch=z9hG4bKa',
          From: '<sip:s>;tag=t1',
          To: '<sip:p>;tag=phones',
          'Call-ID': 'taped',
          CSeq: '101 NOTIFY',
        }),
      ],
    );
    const adapter = adapterOf(tape);
    expect(adapter.adapt(only(tape, 1), PLACES)).toBeUndefined();
    adapter.learn(only(tape), asked('of-now', 'z9hG4bKb', 't2'));
    expect(fieldsOf(adapter.adapt(only(tape, 1), PLACES))).toMatchObject({
      'Call-ID': 'of-now',
      Via: 'SIP/2.0/TCP s;branch=z9hG4bKb',
      From: '<sip:s>;tag=t2',
    });
  });

  it('what the tape does not have is answered at once, but for an ACK', () => {
    const adapter = adapterOf(tapeOf(['phone', sipRegister(PHONE_NAME, '5005', PHONE_ADDRESS)]));
    const headers = {
      Via: 'SIP/2.0/TCP s;branch=z9hG4bKa',
      From: '<sip:s>;tag=t1',
      To: '<sip:p>',
      'Call-ID': 'c',
      CSeq: '1 OPTIONS',
    };
    const answer = fieldsOf(adapter.answerTo(sipMessage('OPTIONS sip:p SIP/2.0', headers), undefined));
    expect(answer).toMatchObject({
      status: 200,
      'Call-ID': 'c',
      CSeq: '1 OPTIONS',
      To: expect.stringMatching(/^<sip:p>;tag=/),
    });
    expect(adapter.answerTo(sipMessage('ACK sip:p SIP/2.0', headers), undefined)).toBeUndefined();
  });

  const challenge = (callId: unknown, cseq: string): Buffer =>
    sipMessage('SIP/2.0 401 Unauthorized', {
      ...{ Via: 'SIP/2.0/TCP p;branch=z9hG4bKa', From: '<sip:5005@x>;tag=1', To: '<sip:5005@x>;tag=2' },
      ...{
        'Call-ID': String(callId),
        CSeq: cseq,
        'WWW-Authenticate': 'Digest realm="ccmsipline",nonce="fresh",algorithm=MD5',
      },
    });
  const withCredentials = sipRegister(PHONE_NAME, '5005', PHONE_ADDRESS, 102)
    .toString('latin1')
    .replace(
      'Expires: 120',
      `Authorization: Digest username="lab",realm="ccmsipline",uri="sip:x",response="${'x'.repeat(32)}",nonce="old",algorithm=MD5\r\nExpires: 120`,
    );

  const isProved = (octets: Buffer | undefined, password: string): boolean => {
    const fields = parseCredentials(String(fieldsOf(octets).Authorization));
    return (
      fields?.get('response') ===
      expectedResponse({
        algorithm: 'MD5',
        ...{ session: false, user: 'lab', realm: 'ccmsipline', password, method: 'REGISTER' },
        ...{ uri: fields?.get('uri') ?? '', nonce: 'fresh' },
      })
    );
  };

  it('a digest is computed anew for the nonce of now', () => {
    const tape = tapeOf(
      ['phone', sipRegister(PHONE_NAME, '5005', PHONE_ADDRESS)],
      ['server', challenge('1@10.10.210.200', '101 REGISTER')],
      ['phone', Buffer.from(withCredentials, 'latin1')],
    );
    const adapter = adapterOf(tape, 'secret');
    const { 'Call-ID': callId } = fieldsOf(adapter.adapt(only(tape), PLACES));
    const live = challenge(callId, '101 REGISTER');
    adapter.learn(only(tape, 1), live);
    expect(adapter.answerTo(live, only(tape, 1))).toBeUndefined();
    expect(isProved(adapter.adapt(only(tape, 2), PLACES), 'secret')).toBe(true);
  });

  it('without a password the credentials of the tape are not said', () => {
    const tape = tapeOf(['phone', Buffer.from(withCredentials, 'latin1')]);
    expect(fieldsOf(adapterOf(tape).adapt(only(tape), PLACES)).Authorization).toBeUndefined();
  });

  it('a challenge that the tape lacks is answered once, and the numbers go on from there', () => {
    const refresh = withCredentials.replace('CSeq: 102', 'CSeq: 103');
    const tape = tapeOf(['phone', Buffer.from(withCredentials, 'latin1')], ['phone', Buffer.from(refresh, 'latin1')]);
    const adapter = adapterOf(tape, 'secret');
    const sent = fieldsOf(adapter.adapt(only(tape), PLACES));
    const live = challenge(sent['Call-ID'], '102 REGISTER');
    expect(adapter.expectsChallenge(live)).toBe(true);
    adapter.learn(undefined, live);
    const again = adapter.answerTo(live, undefined);
    expect([fieldsOf(again).CSeq, isProved(again, 'secret')]).toEqual(['103 REGISTER', true]);
    expect(adapter.answerTo(challenge(sent['Call-ID'], '103 REGISTER'), undefined)).toBeUndefined();
    expect(fieldsOf(adapter.adapt(only(tape, 1), PLACES)).CSeq).toBe('104 REGISTER');
  });
});
