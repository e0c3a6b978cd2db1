// Conferences of SIP phones: a dialled room, and the soft keys of Cisco's phones.

import { describe, expect, it } from 'vitest';
import { readSoftKeyEvent } from '../../../src/sip/cisco/remotecc.js';
import type { SipMessage } from '../../../src/sip/message/message.js';
import { openingFirst } from '../../calls/harness.js';
import { accept, bodyOf, last, sipCallLab, statuses, talk, textOf } from './call-harness.js';
import type { PhoneDialog, SipPhone } from './sip-phone.js';

const setUp = async (isCisco = true, transport: 'TCP' | 'UDP' = 'TCP') => {
  const lab = await sipCallLab(['1000', '1001', '1002'].map((dn) => ({ dn, isCisco, transport })));
  const [a, b, c] = lab.phones as [SipPhone, SipPhone, SipPhone];
  return { ...lab, a, b, c, ends: lab.bridge() };
};

const tagOf = (header: string): string => /tag=([^;>]+)/.exec(header)?.[1] ?? '';

const named = (element: string, { callId, from, to }: PhoneDialog): string =>
  `<${element}><callid>${callId}</callid><localtag>${tagOf(from)}</localtag><remotetag>${tagOf(to)}</remotetag></${element}>`;

/** Answers what the phone is asked, until nothing more comes. */
const settle = (phone: SipPhone, rtpPort: number): SipMessage[] => {
  const all: SipMessage[] = [];
  for (;;) {
    const fresh = phone.take();
    if (fresh.length === 0) return all;
    all.push(...fresh);
    for (const message of fresh) {
      if (message.kind !== 'request' || message.method === 'ACK') continue;
      const body = message.method === 'INVITE' ? phone.sdp({ rtpPort, payloads: [0, 101] }) : undefined;
      phone.answer(message, 200, 'OK', body === undefined ? {} : { body });
    }
  }
};

/** The phone reports a soft key, by a REFER outside of its calls. */
const press = (phone: SipPhone, key: string, ...dialogs: readonly string[]): SipMessage[] => {
  const refer: PhoneDialog = {
    callId: `key-${key}-${phone.options.dn}-${Math.random()}`,
    from: `<sip:${phone.options.dn}@10.10.210.10>;tag=k`,
    to: '<sip:10.10.210.10>',
    target: 'sip:10.10.210.10',
    cseq: 100,
    branch: '',
  };
  phone.request(refer, 'REFER', {
    headers: ['Refer-To: <cid:1234@10.10.210.101>'],
    type: 'application/x-cisco-remotecc-request+xml',
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<x-cisco-remotecc-request>\n<softkeyeventmsg>\n<softkeyevent>${key}</softkeyevent>\n${dialogs.join('\n')}\n<linenumber>0</linenumber><participantnum>0</participantnum>\n</softkeyeventmsg>\n</x-cisco-remotecc-request>\n`,
  });
  return settle(phone, 20_002);
};

/** B holds its call with A, and calls C, who answers. */
const consult = (a: SipPhone, b: SipPhone, c: SipPhone, primary: PhoneDialog): PhoneDialog => {
  b.request(primary, 'INVITE', { body: b.sdp({ rtpPort: 20_000, direction: 'sendonly', version: 1 }) });
  b.take();
  b.request(primary, 'ACK');
  accept(a, a.sdp({ rtpPort: 16_000, direction: 'inactive' }));
  a.take();
  const dialog = b.invite('1002', b.sdp({ rtpPort: 20_002, payloads: [0, 8, 101] }));
  const invite = last(c.take(), 'INVITE');
  c.answer(invite, 180, 'Ringing', { tag: 'c' });
  c.answer(invite, 200, 'OK', { tag: 'c', body: c.sdp({ rtpPort: 24_000, payloads: [0, 8, 101] }) });
  c.take();
  b.learn(dialog, last(b.take(), 200));
  b.request(dialog, 'ACK');
  return dialog;
};

/** Where the last SDP that the phone was given says that it is heard. */
const portGiven = (messages: readonly SipMessage[]): number | undefined => {
  const bodies = messages.map(bodyOf).filter((body) => body.includes('m=audio'));
  const port = /m=audio (\d+)/.exec(bodies.at(-1) ?? '')?.[1];
  return port === undefined ? undefined : Number(port);
};

const written = (messages: readonly SipMessage[]): string =>
  messages.map((message) => message.bytes.toString('latin1')).join('\n');

describe('the soft key Conference of a Cisco phone', () => {
  it('makes a conference of both of its calls, and tells it so', async () => {
    const { a, b, c, ends, control, expectNothingLeft } = await setUp();
    const [dialogA, primary] = talk(a, b);
    const dialog = consult(a, b, c, primary);
    const first = press(b, 'Conference', named('dialogid', primary), named('consultdialogid', dialog));
    expect(statuses(first)).toContain(202);
    const [toA, toC] = [settle(a, 16_000), settle(c, 24_000)];
    const rest = settle(b, 20_002);
    const result = last([...first, ...rest], 'NOTIFY');
    expect(textOf(result, 'Subscription-State')).toBe('terminated;reason=noresource');
    expect(bodyOf(result)).toContain('<code>200</code>');
    expect(statuses([...first, ...rest])).toContain('BYE'); // the call that was held
    const [conference] = control.conferences.values();
    expect([conference?.ends.size, conference?.kind]).toEqual([3, 'ad-hoc']);
    const heard = [toA, toC, [...first, ...rest]].map(portGiven);
    expect(new Set(heard).size).toBe(3);
    for (const port of heard) expect(ends.legs.map(({ receive }) => receive?.port)).toContain(port);
    expect(ends.legs.map(({ sending }) => sending?.to.port).sort()).toEqual([16_000, 20_002, 24_000]);
    for (const messages of [toA, toC]) expect(written(messages)).toContain('"\u0080\u0034" <sip:b');
    // Its maker leaves: the others talk with each other.
    b.request(dialog, 'BYE');
    const [againA, againC] = [settle(a, 16_000), settle(c, 24_000)];
    const last2 = [...againA, ...settle(a, 16_000)];
    expect([portGiven(last2), portGiven([...againC, ...settle(c, 24_000)])]).toEqual([24_000, 16_000]);
    expect(control.conferences.size).toBe(0);
    a.request(dialogA, 'BYE');
    settle(c, 24_000);
    b.take();
    expectNothingLeft();
  });

  it('is told on its screen where the bridge turns out to have no port, and nothing else', async () => {
    const { a, b, c, ends, control, clock } = await setUp();
    const prepared = openingFirst(ends);
    const [, primary] = talk(a, b);
    const dialog = consult(a, b, c, primary);
    const first = press(b, 'Conference', named('dialogid', primary), named('consultdialogid', dialog));
    expect(bodyOf(last(first, 'NOTIFY'))).toContain('<code>200</code>');
    expect([control.conferences.size, prepared.length]).toEqual([1, 3]);
    prepared[1]?.(false, clock.now());
    expect(settle(b, 20_002)).toEqual([]);
    expect(bodyOf(last(b.outside, 'REFER'))).toContain('<statustext>\u0080\u0027</statustext>');
    expect([a.take(), c.take(), control.conferences.size]).toEqual([[], [], 0]);
  });

  it('takes the last one out by RmLstConf, and joins by Join', async () => {
    const { a, b, c, control } = await setUp();
    const [, primary] = talk(a, b);
    const dialog = consult(a, b, c, primary);
    press(b, 'Join', named('dialogid', dialog), named('joindialogid', primary));
    for (const [phone, port] of [
      [b, 20_002],
      [a, 16_000],
      [c, 24_000],
    ] as const)
      settle(phone, port);
    expect([...control.conferences.values()][0]?.ends.size).toBe(3);
    expect(bodyOf(last(press(b, 'ConfList', named('dialogid', dialog)), 'NOTIFY'))).toContain('<code>200</code>');
    press(b, 'RmLstConf', named('dialogid', dialog));
    expect(statuses(settle(c, 24_000))).toContain('BYE');
    expect(control.conferences.size).toBe(0);
  });

  it('is declined for dialogs that are not its own, keys that are not served, and calls that are none', async () => {
    const { a, b, c, control } = await setUp();
    const [dialogA, primary] = talk(a, b);
    const dialog = consult(a, b, c, primary);
    const swapped = { ...primary, from: primary.to, to: primary.from };
    for (const [phone, key, ...dialogs] of [
      [b, 'Conference', named('dialogid', swapped), named('consultdialogid', dialog)],
      [c, 'Conference', named('dialogid', primary), named('consultdialogid', dialog)],
      [b, 'Conference'],
      [b, '__proto__', named('dialogid', dialog)],
      [b, 'constructor', named('dialogid', dialog)],
    ] as const)
      expect(statuses(press(phone, key, ...dialogs))).toContain(603);
    expect(bodyOf(last(press(b, 'ConfList', named('dialogid', dialog)), 'NOTIFY'))).toContain('<code>603</code>');
    // Its own calls, but no two that can be joined: it is told so afterwards.
    for (const dialogs of [
      [named('dialogid', primary)],
      [named('dialogid', primary), named('consultdialogid', primary)],
      [named('dialogid', primary), named('consultdialogid', dialogA)],
    ]) {
      const answers = press(b, 'Conference', ...dialogs);
      expect(bodyOf(last(answers, 'NOTIFY'))).toContain('<code>603</code>');
    }
    expect(control.conferences.size).toBe(0);
  });
});

describe.each([
  ['Cisco phones over TCP', true, 'TCP'],
  ['plain phones over UDP', false, 'UDP'],
] as const)('a meeting room for %s', (_name, isCisco, transport) => {
  it('is joined by its number', async () => {
    const { a, b, control, ends, expectNothingLeft } = await setUp(isCisco, transport);
    const dialogs = [a, b].map((phone, index) => {
      const dialog = phone.invite('*50', phone.sdp({ rtpPort: 16_000 + index * 2, payloads: [0, 8, 101] }));
      const ok = last(phone.take(), 200);
      phone.learn(dialog, ok);
      phone.request(dialog, 'ACK');
      expect(portGiven([ok])).toBe(ends.legs[index]?.receive?.port);
      expect(written([ok])).toContain(isCisco ? '"\u0080\u0034" <sip:*50@' : '"Conference" <sip:*50@');
      return dialog;
    }) as [PhoneDialog, PhoneDialog];
    expect(control.conferences.get('*50')?.ends.size).toBe(2);
    expect(ends.legs.map(({ sending }) => sending?.to.port)).toEqual([16_000, 16_002]);
    a.request(dialogs[0], 'BYE');
    expect(control.conferences.get('*50')?.ends.size).toBe(1);
    b.request(dialogs[1], 'BYE');
    for (const phone of [a, b]) phone.take();
    expect(control.conferences.size).toBe(0);
    expectNothingLeft();
  });
});

describe('the service URI of the key MeetMe', () => {
  it('leads to a room, and to nothing else', async () => {
    const { a, b, control } = await setUp();
    a.invite('x-cisco-serviceuri-meetme-*50', a.sdp({ payloads: [0, 8, 101] }));
    last(a.take(), 200);
    expect(control.conferences.get('*50')?.ends.size).toBe(1);
    b.invite('x-cisco-serviceuri-meetme-1002', b.sdp({ payloads: [0, 8, 101] }));
    last(b.take(), 404);
  });
});

describe('a soft key event', () => {
  it('is none where the body is none, another, or too long', () => {
    expect(readSoftKeyEvent({ text: () => undefined, body: Buffer.alloc(0) } as never)).toBeUndefined();
    const of = (xml: string) =>
      readSoftKeyEvent({ text: () => 'application/x-cisco-remotecc-request+xml', body: Buffer.from(xml) } as never);
    expect(of('<a/>')).toBeUndefined();
    expect(of('<softkeyeventmsg><softkeyevent/></softkeyeventmsg>')).toBeUndefined();
    expect(
      of(`<x>${' '.repeat(20_000)}<softkeyeventmsg><softkeyevent>Conference</softkeyevent></softkeyeventmsg></x>`),
    ).toBeUndefined();
    expect(of('<x><softkeyeventmsg><softkeyevent>Conference</softkeyevent><dialogid><callid>c</callid>')).toEqual({
      key: 'Conference',
      dialog: { callId: 'c', localTag: '', remoteTag: '' },
      other: undefined,
      line: undefined,
    });
  });
});
