// What differs between two boots: one row for each topic, and nothing that is drawn, counted or a clock.

import { describe, expect, it } from 'vitest';
import { encode } from '../../src/sccp/messages/catalogue.js';
import { compareMessages } from '../../src/tapes/compare-messages.js';
import { compareTapes } from '../../src/tapes/compare-tapes.js';
import { fileExchanges } from '../../src/tapes/file-exchanges.js';
import type { Tape } from '../../src/tapes/tape.js';
import { keepAlive, registerReq, sipRegister } from '../support/boot-capture.js';
import { aRegister } from '../support/sccp-harness.js';
import { type WrittenMessage, type WrittenTape, writtenTape } from '../support/tapes.js';

const [FIRST, SECOND] = ['SEP005056A1033D', 'SEP0011AABBCC01'] as const;

const shown = (first: Tape, second: Tape): readonly string[] =>
  compareTapes(first, second).map(
    ({ topic, name, first: one = '-', second: other = '-' }) => `${topic}, ${name}: ${one} / ${other}`,
  );

const rrq = (file: string, options = ''): Buffer => Buffer.from(`\0\x01${file}\0octet\0${options}`, 'latin1');
const data = (length: number): Buffer => Buffer.concat([Buffer.from([0, 3, 0, 1]), Buffer.alloc(length, 65)]);
const notFound = Buffer.from('\0\x05\0\x01File not found\0', 'latin1');
const fetched = (file: string, conversation: number, answer = data(100), options = ''): readonly WrittenMessage[] => [
  { from: 'phone', octets: rrq(file, options), conversation },
  { from: 'server', octets: answer, conversation },
];
const TFTP: WrittenTape = { protocol: 'tftp', transport: 'udp', server: '10.10.210.10:69' };
const files = (...rows: readonly (readonly [file: string, answer?: Buffer, options?: string])[]): Tape =>
  writtenTape(
    rows.flatMap(([file, answer, options], index) => fetched(file, index, answer, options)),
    TFTP,
  );
const sccp = (device: string, ...octets: readonly Buffer[]): Tape =>
  writtenTape(
    octets.map((one) => ({ from: 'phone', octets: one })),
    { device },
  );

describe('messages', () => {
  const heard = (octets: Buffer, leftOut = 0): Tape =>
    writtenTape([{ from: 'server', octets: leftOut > 0 ? Buffer.alloc(0) : octets, leftOut, name: 'SetLampMessage' }]);
  const lamp = (lampMode: number): Buffer =>
    encode('SetLampMessage', { stimulus: 9, stimulusInstance: 1, lampMode } as never, 0);

  it('whose octets a tape has not are compared by their names', () => {
    expect(compareMessages(heard(lamp(1)), heard(lamp(2)), ['server'])).toMatchObject([{ field: 'lampMode' }]);
    expect(compareMessages(heard(lamp(1), 24), heard(lamp(2)), ['server'])).toEqual([]);
    expect(compareMessages(heard(lamp(1)), heard(lamp(2), 24), ['server'])).toEqual([]);
    expect(compareMessages(heard(lamp(1), 24), heard(keepAlive()), ['server']).map(({ kind }) => kind)).toEqual([
      'missing',
      'extra',
    ]);
  });
});

describe('two boots', () => {
  it('of two phones that do the same are the same, whatever they are called and wherever they are', () => {
    const one = sccp(FIRST, registerReq(FIRST));
    const other = writtenTape(
      [
        {
          from: 'phone',
          octets: encode(
            'RegisterReqMessage',
            aRegister(SECOND, { stationIpAddr: '10.1.1.9', macAddress: '0011aabbcc01000000000000' }),
            0,
          ),
        },
      ],
      { device: SECOND, phone: '10.1.1.9:40000', server: '10.1.1.1:2000' },
    );
    expect(shown(one, other)).toEqual([]);
  });

  it.each([
    ['a file more', files(['a.xml']), files(['a.xml'], ['b.xml']), ['files, tftp b.xml: - / 100 octets']],
    [
      'another answer',
      files(['a.xml']),
      files(['a.xml', notFound]),
      ['files, tftp a.xml: 100 octets / 1 File not found'],
    ],
    ['another length', files(['a.xml']), files(['a.xml', data(200)]), ['files, tftp a.xml: 100 octets / 200 octets']],
    ['the length of its own file', files([`${FIRST}.cnf.xml`]), files([`${FIRST}.cnf.xml`, data(200)]), []],
    ['another order', files(['a.xml'], ['b.xml']), files(['b.xml'], ['a.xml']), ['order, tftp a.xml: 1 / 2']],
    [
      'options',
      files(['a.xml']),
      files(['a.xml', data(100), 'blksize\x001400\0']),
      ['files, options of tftp: - / blksize=1400'],
    ],
  ])('differ by %s', (_what, one, other, differences) => expect(shown(one, other)).toEqual(differences));

  it.each([
    [
      'a protocol version',
      encode('RegisterReqMessage', aRegister(FIRST, { protocolVer: 22 }), 0),
      ['capabilities, protocol version: 15 / 22'],
    ],
    [
      'a model',
      encode('RegisterReqMessage', aRegister(FIRST, { deviceType: 115 }), 0),
      ['phone, device type: 30016 / 115'],
    ],
  ])('differ by %s', (_what, other, differences) =>
    expect(shown(sccp(FIRST, registerReq(FIRST)), sccp(FIRST, other))).toEqual(differences),
  );

  it('differ by the load and the reason of an alarm', () => {
    const alarm = (load: string): Buffer =>
      encode(
        'AlarmMessage',
        { alarmSeverity: 2, text: `25: Name=${FIRST} Load= ${load} Last=Initialized` } as never,
        0,
      );
    expect(shown(sccp(FIRST, alarm('8.1')), sccp(FIRST, alarm('9.4')))).toEqual([
      'firmware, load of the alarm: 8.1 / 9.4',
      'texts, alarm: 25: Name=DEVICE Load= 8.1 Last=Initialized / 25: Name=DEVICE Load= 9.4 Last=Initialized',
    ]);
  });

  it('differ by the interval of keepalives, and not by how many there were', () => {
    const beating = (interval: number, count: number): Tape =>
      writtenTape(
        Array.from({ length: count }, (_, index) => ({ from: 'phone', octets: keepAlive(), at: index * interval })),
      );
    expect(shown(beating(30_000, 5), beating(30_020, 9))).toEqual([]);
    expect(shown(beating(30_000, 5), beating(60_000, 5))).toEqual([
      'timers, between two KeepAliveReqMessage, s: 30 / 60',
    ]);
  });

  it('differ by what a SIP phone says of itself, and by messages that only one has', () => {
    const register = (changes: (text: string) => string): Tape =>
      writtenTape(
        [{ from: 'phone', octets: Buffer.from(changes(sipRegister(FIRST, '5005', '10.10.210.200').toString())) }],
        { protocol: 'sip', server: '10.10.210.10:5060' },
      );
    const plain = register((text) => text);
    expect(
      shown(
        plain,
        register((text) => text.replace('Expires: 120', 'Expires: 3600\r\nUser-Agent: Cisco-CP7821/12.1.1')),
      ),
    ).toEqual(['firmware, User-Agent: - / Cisco-CP7821/12.1.1', 'timers, Expires: 120 / 3600']);
    expect(shown(plain, { ...plain, messages: [] })).toContain('messages, sip REGISTER of the phone: 1 / -');
  });
});

describe('the files of a tape', () => {
  it('count a request that was sent again once, and a block that came again once', () => {
    const again = writtenTape(
      [
        { from: 'phone', octets: rrq('a.xml'), conversation: 0 },
        { from: 'phone', octets: rrq('a.xml'), conversation: 1 },
        { from: 'server', octets: data(100), conversation: 1 },
        { from: 'server', octets: data(100), conversation: 1 },
      ],
      TFTP,
    );
    expect(fileExchanges(again)).toMatchObject([{ file: 'a.xml', answer: { kind: 'sent', octets: 100 } }]);
  });

  it('are answered in the order of a connection', () => {
    const http = (from: 'phone' | 'server', text: string): WrittenMessage => ({ from, octets: Buffer.from(text) });
    const tape = writtenTape(
      [
        http('phone', 'GET /a HTTP/1.1\r\nHost: x\r\n\r\n'),
        http('phone', 'GET /b HTTP/1.1\r\nHost: x\r\n\r\n'),
        http('server', 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'),
        http('server', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'),
      ],
      { protocol: 'http', server: '10.10.210.10:6970' },
    );
    expect(fileExchanges(tape)).toMatchObject([
      { file: '/a', answer: { kind: 'refused', code: 404, text: 'Not Found' } },
      { file: '/b', answer: { kind: 'sent', octets: 0 } },
    ]);
  });
});
