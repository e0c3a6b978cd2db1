// What a SIP phone names beside itself: its server by name, and dialogs in transfers and pick-ups.

import { describe, expect, it } from 'vitest';
import { decodeFrame } from '../../../src/sip/decode.js';
import { atServer, type ReplayPlaces } from '../../../src/tapes/replay/identity.js';
import { SipAdapter } from '../../../src/tapes/replay/sip-adapter.js';
import type { Tape, TapeSide } from '../../../src/tapes/tape.js';
import { tapedPhoneOf } from '../../../src/tapes/taped-phone.js';
import { PHONE_ADDRESS, PHONE_NAME, SERVER_ADDRESS, sipRegister } from '../../support/boot-capture.js';
import { seededRandom } from '../../support/random.js';
import { writtenTape } from '../../support/tapes.js';

const PLACES: ReplayPlaces = {
  tapedPhone: { address: PHONE_ADDRESS, port: 3311 },
  tapedServer: { address: SERVER_ADDRESS, port: 5060 },
  phone: { address: '127.0.0.1', port: 40_001 },
  server: { address: '127.0.0.2', port: 15_060 },
};

const sipMessage = (start: string, headers: Readonly<Record<string, string>>, body = ''): Buffer => {
  const all = { Via: 'SIP/2.0/TCP 1.2.3.4;branch=z9hG4bK1', ...headers, 'Content-Length': String(body.length) };
  return Buffer.from(
    [start, ...Object.entries(all).map(([name, value]) => `${name}: ${value}`), '', body].join('\r\n'),
    'latin1',
  );
};
const tapeOf = (...messages: readonly (readonly [TapeSide, Buffer])[]): Tape =>
  writtenTape(
    messages.map(([from, octets]) => ({ from, octets })),
    { protocol: 'sip', phone: `${PHONE_ADDRESS}:3311`, server: `${SERVER_ADDRESS}:5060` },
  );
const registerAt = (name: string): Buffer =>
  Buffer.from(
    sipRegister(PHONE_NAME, '5005', PHONE_ADDRESS).toString('latin1').replaceAll(SERVER_ADDRESS, name),
    'latin1',
  );

/** What the phone says now for each of its messages; `learnt`: what the server says now for those of the server. */
const played = (
  tape: Tape,
  learnt: (said: readonly Readonly<Record<string, unknown>>[]) => Buffer = () => Buffer.alloc(0),
) => {
  const identity = { taped: tapedPhoneOf(tape.messages), name: undefined, mac: undefined };
  const adapter = new SipAdapter(identity, seededRandom(7), undefined, tape.messages);
  const said: Readonly<Record<string, unknown>>[] = [];
  for (const message of tape.messages) {
    if (message.from === 'server') {
      adapter.learn(message, learnt(said));
      continue;
    }
    const decoded = decodeFrame(adapter.adapt(message, PLACES) ?? Buffer.alloc(0));
    if (!('fields' in decoded)) throw new Error(decoded.error);
    said.push(decoded.fields);
  }
  return said;
};

describe('a server that the phone calls by its name', () => {
  const NAMES = new Set(['cucm-pub.lab', 'other.lab']);
  it.each([
    ['sip:5005@cucm-pub.lab', 'sip:5005@127.0.0.2'],
    ['<sip:5005@CUCM-Pub.lab:5060;transport=tcp>', '<sip:5005@127.0.0.2:15060;transport=tcp>'],
    ['sip:other.lab', 'sip:127.0.0.2'],
    ['at cucm-pub.lab.', 'at 127.0.0.2.'],
    ['sip:a.cucm-pub.lab', 'sip:a.cucm-pub.lab'],
    ['sip:cucm-pub.lab.example', 'sip:cucm-pub.lab.example'],
  ])('is the one of now: %s is %s', (before, now) => expect(atServer(before, NAMES, PLACES.server)).toBe(now));

  it('is the one of now in all that the phone says', () => {
    const call = sipMessage(
      'INVITE sip:5006@cucm-pub.lab;user=phone SIP/2.0',
      { To: '<sip:5006@cucm-pub.lab>', From: '<sip:5005@CUCM-PUB.lab>;tag=t1', 'Call-ID': 'c', CSeq: '1 INVITE' },
      'entity="sip:5005@cucm-pub.lab"',
    );
    const [register, invite] = played(tapeOf(['phone', registerAt('cucm-pub.lab')], ['phone', call]));
    expect(register?.requestUri).toBe('sip:127.0.0.2');
    expect(invite).toMatchObject({
      requestUri: 'sip:5006@127.0.0.2;user=phone',
      To: '<sip:5006@127.0.0.2>',
      From: expect.stringContaining('<sip:5005@127.0.0.2>'),
      body: 'entity="sip:5005@127.0.0.2"',
    });
  });

  it('is known by sixteen names at most', () => {
    const names = Array.from({ length: 40 }, (_, index) => `node${index}.lab`);
    const said = played(tapeOf(...names.map((name) => ['phone', registerAt(name)] as const)));
    expect(said.filter(({ requestUri }) => requestUri === 'sip:127.0.0.2')).toHaveLength(16);
  });
});

describe('a dialog that the phone names', () => {
  const dialog = { From: '<sip:a@x>;tag=callers-tag', To: '<sip:b@x>', 'Call-ID': 'call-id-of-one@10.10.210.200' };
  const tapeWith = (request: Buffer): Tape =>
    tapeOf(
      ['phone', sipMessage('INVITE sip:b@x SIP/2.0', { ...dialog, CSeq: '101 INVITE' })],
      ['server', sipMessage('SIP/2.0 200 OK', { ...dialog, To: '<sip:b@x>;tag=tag-of-tape', CSeq: '101 INVITE' })],
      ['phone', request],
    );
  const answered = ([invite]: readonly Readonly<Record<string, unknown>>[]): Buffer =>
    sipMessage('SIP/2.0 200 OK', {
      ...{ From: String(invite?.From), To: '<sip:b@x>;tag=tag-of-now', 'Call-ID': String(invite?.['Call-ID']) },
      CSeq: '101 INVITE',
    });
  const replacedOf = (invite: Readonly<Record<string, unknown>> | undefined): string =>
    `${invite?.['Call-ID']};to-tag=tag-of-now;from-tag=${String(invite?.From).split('tag=')[1]}`;

  it.each(['Refer-To', 'r'])('in %s of a transfer is the one of now', (name) => {
    const [invite, refer] = played(
      tapeWith(
        sipMessage('REFER sip:c@x SIP/2.0', {
          ...{ From: '<sip:a@x>;tag=other-tag', To: '<sip:c@x>', 'Call-ID': 'call-id-of-another', CSeq: '102 REFER' },
          [name]:
            '<sip:b@x?Replaces=call-id-of-one%4010.10.210.200%3Bto-tag%3Dtag-of-tape%3Bfrom-tag%3Dcallers-tag&Require=replaces>',
        }),
      ),
      answered,
    );
    expect(refer?.['Refer-To'] ?? refer?.r).toBe(
      `<sip:b@x?Replaces=${encodeURIComponent(replacedOf(invite))}&Require=replaces>`,
    );
  });

  it('in Replaces of a pick-up is the one of now', () => {
    const [invite, pickUp] = played(
      tapeWith(
        sipMessage('INVITE sip:b@x SIP/2.0', {
          ...{ From: '<sip:a@x>;tag=third-tag', To: '<sip:b@x>', 'Call-ID': 'call-id-of-a-third', CSeq: '101 INVITE' },
          Replaces: 'call-id-of-one@10.10.210.200;to-tag=tag-of-tape;from-tag=callers-tag',
        }),
      ),
      answered,
    );
    expect(pickUp?.Replaces).toBe(replacedOf(invite));
  });

  it.each(['%zz%', '%', '', '%3B%3B', '<sip:b@x?Replaces=%FF%00>'])(
    'is kept where it cannot be read: %s',
    (written) => {
      const value = written.startsWith('<') ? written : `<sip:b@x?Replaces=${written}>`;
      const [refer] = played(
        tapeOf([
          'phone',
          sipMessage('REFER sip:c@x SIP/2.0', {
            ...{ From: '<sip:a@x>;tag=t', To: '<sip:c@x>', 'Call-ID': 'c', CSeq: '102 REFER', 'Refer-To': value },
          }),
        ]),
      );
      expect(String(refer?.['Refer-To'])).toMatch(/^<sip:b@x\?Replaces=/);
    },
  );
});
