// What is recorded: who said it, when, and without its secrets.

import { describe, expect, it } from 'vitest';
import { encode } from '../../src/sccp/messages/catalogue.js';
import { TAPE_LIMITS, type Tape } from '../../src/tapes/tape.js';
import { tapeText } from '../../src/tapes/tape-format.js';
import {
  bootPackets,
  inEthernet,
  PHONE_ADDRESS,
  PHONE_NAME,
  registerReq,
  SERVER_ADDRESS,
  sipRegister,
} from '../support/boot-capture.js';
import { at, pcapFile, TestConnection, type TestEndpoint, udp } from '../support/capture-files.js';
import { linesOf, tapeOf } from '../support/tapes.js';

const phone = (port: number): TestEndpoint => ({ address: PHONE_ADDRESS, port });
const server = (port: number): TestEndpoint => ({ address: SERVER_ADDRESS, port });
const taped = (packets: readonly Buffer[]): Tape => tapeOf(pcapFile(inEthernet(packets)));

const BOOT = taped(bootPackets());

describe('a boot', () => {
  it('is recorded with who said what', () => {
    expect(linesOf(BOOT)).toEqual([
      'phone DISCOVER',
      'server OFFER',
      'phone REQUEST',
      'server ACK',
      'phone RRQ',
      'server DATA',
      'phone ACK',
      'server DATA',
      'phone ACK',
      'phone GET',
      'server 200',
      'server body',
      'server body',
      'phone RegisterReqMessage',
      'phone KeepAliveReqMessage',
      'server KeepAliveAckMessage',
      'phone KeepAliveReqMessage',
      'phone REGISTER',
      'server 200',
      'phone REGISTER',
    ]);
  });

  it('says who the phone is', () => {
    expect(BOOT.header).toMatchObject({
      tape: 1,
      device: PHONE_NAME,
      model: 'Cisco IP Communicator',
      protocol: 'SCCP',
    });
    expect(BOOT.header.begin).toBe('2023-11-14T22:13:20.000000Z');
  });

  it('has times since its begin, and the ends of each conversation', () => {
    const [first] = BOOT.messages;
    const register = BOOT.messages.find(({ name }) => name === 'RegisterReqMessage');
    expect(first?.at).toBe(0);
    expect(register).toMatchObject({ phone: phone(50_002), server: server(2000), transport: 'tcp' });
    const times = BOOT.messages.map(({ at: time }) => time);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  it('leaves out what is under TLS', () => {
    expect(linesOf(BOOT).join()).not.toContain('TLS');
  });
});

const FILE = `<device><sshPassword>first-secret</sshPassword><filler>${'x'.repeat(470)}</filler><phonePassword>second-secret</phonePassword></device>`;

describe('a secret', () => {
  const request = Buffer.from(`\0\x01${PHONE_NAME}.cnf.xml\0octet\0`, 'latin1');
  const block = (number: number, text: string): Buffer =>
    Buffer.concat([Buffer.from([0, 3, 0, number]), Buffer.from(text)]);

  it('in a file by TFTP is masked, also where it stands in two blocks, and one that comes again', () => {
    const blocks = [FILE.slice(0, 512), FILE.slice(512)];
    expect(FILE.slice(0, 512)).not.toContain('phonePassword>second');
    const transfer = server(41_000);
    const tape = taped([
      udp(phone(49_152), server(69), request),
      ...blocks.flatMap((text, index) => [
        udp(transfer, phone(49_152), block(index + 1, text)),
        udp(transfer, phone(49_152), block(index + 1, text)),
      ]),
    ]);
    const text = tape.messages.map(({ octets }) => octets.toString('latin1')).join('');
    expect(text).not.toContain('secret');
    expect(text).toContain('<sshPassword>xxxxxxxxxxxx</sshPassword>');
    expect(tape.messages).toHaveLength(5);
  });

  it('in a file by HTTP is masked, in pieces of any length', () => {
    const http = new TestConnection(phone(50_001), server(6970));
    const pieces = FILE.match(/[\s\S]{1,37}/g) ?? [];
    const tape = taped([
      ...http.open(),
      http.fromClient(Buffer.from(`GET /${PHONE_NAME}.cnf.xml HTTP/1.1\r\nHost: x\r\n\r\n`)),
      http.fromServer(Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${FILE.length}\r\n\r\n`)),
      ...pieces.map((piece) => http.fromServer(Buffer.from(piece))),
    ]);
    const body = tape.messages
      .filter(({ name }) => name === 'body')
      .map(({ octets }) => octets.toString())
      .join('');
    expect(body).toHaveLength(FILE.length);
    expect(body).not.toContain('secret');
  });

  it('in credentials is masked', () => {
    const sip = new TestConnection(phone(50_003), server(5060));
    const http = new TestConnection(phone(50_001), server(6970));
    const register = sipRegister(PHONE_NAME, '5005', PHONE_ADDRESS)
      .toString()
      .replace(
        'Expires: 120',
        'Authorization: Digest username="a",nonce="n",response="0123456789abcdef0123456789abcdef"\r\nExpires: 120',
      );
    const tape = taped([
      ...sip.open(),
      sip.fromClient(Buffer.from(register)),
      ...http.open(),
      http.fromClient(Buffer.from('GET /a HTTP/1.1\r\nAuthorization: Basic c2VjcmV0\r\n\r\n')),
    ]);
    const text = tapeText(tape);
    expect(text).toContain(`response=\\"${'x'.repeat(32)}\\"`);
    expect(text).not.toContain('c2VjcmV0');
  });

  it('that is dialled during a call is masked', () => {
    const link = new TestConnection(phone(50_002), server(2000));
    const button = (kpButton: number) =>
      encode('KeypadButtonMessage', { kpButton, lineInstance: 1, callReference: 9 } as never, 0);
    const state = (callState: number) =>
      encode('CallStateMessage', { callState, lineInstance: 1, callReference: 9 } as never, 0);
    const { messages } = taped([
      ...link.open(),
      link.fromClient(registerReq(PHONE_NAME)),
      link.fromServer(state(1)),
      link.fromClient(button(5)),
      link.fromServer(state(5)),
      link.fromClient(button(7)),
    ]);
    const keys = messages.filter(({ name }) => name === 'KeypadButtonMessage');
    expect(keys.map(({ octets }) => octets.readUInt32LE(12))).toEqual([5, 0x78]);
  });
});

describe('the limits', () => {
  it('of a file: what is beyond has its length alone', () => {
    const transfer = server(41_000);
    const size = 1_400;
    const count = Math.ceil(TAPE_LIMITS.file / size) + 3;
    const tape = taped([
      udp(phone(49_152), server(69), Buffer.from('\0\x01big.loads\0octet\0', 'latin1')),
      ...Array.from({ length: count }, (_, index) =>
        udp(
          transfer,
          phone(49_152),
          Buffer.concat([Buffer.from([0, 3, (index + 1) >> 8, (index + 1) & 0xff]), Buffer.alloc(size, 65)]),
        ),
      ),
    ]);
    const last = tape.messages.at(-1);
    expect([last?.octets.length, last?.leftOut]).toEqual([4, size]);
    expect(tape.messages[1]).toMatchObject({ leftOut: 0 });
  });

  it('of what the sides are is the conversation, where both have one address', () => {
    const here = { address: '127.0.0.1', port: 40_000 };
    const there = { address: '127.0.0.1', port: 5060 };
    const sip = new TestConnection(here, there);
    const notify =
      'NOTIFY sip:a@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bK1\r\nContent-Length: 0\r\n\r\n';
    const tape = taped([
      ...sip.open(),
      sip.fromClient(sipRegister(PHONE_NAME, '5005', '127.0.0.1')),
      sip.fromServer(Buffer.from(notify)),
      sip.fromClient(Buffer.from(notify.replace('NOTIFY sip:a@127.0.0.1 SIP/2.0', 'SIP/2.0 200 OK'))),
    ]);
    expect(linesOf(tape)).toEqual(['phone REGISTER', 'server NOTIFY', 'phone 200']);
  });

  it('of a packet that is nobody’s: nothing is recorded', () => {
    expect(taped([udp(phone(1), at('10.0.0.9:9'), Buffer.from('hello'))]).messages).toEqual([]);
  });
});
