// Keys of SIP phones beside those of a plain call: park, pick up, send to voicemail. Some have a REFER of Cisco's, some a number
// or a URI that is dialled.

import { describe, expect, it } from 'vitest';
import type { CallSettings } from '../../../src/calls/index.js';
import type { SipMessage } from '../../../src/sip/message/message.js';
import { bodyOf, last, type SipCallLab, sdpOf, sipCallLab, statesOf, statuses, talk, textOf } from './call-harness.js';
import type { PhoneDialog, SipPhone } from './sip-phone.js';

const setUp = async (settings: Partial<CallSettings> = {}, voicemail = '') => {
  const lab = await sipCallLab(
    ['1000', '1001', '1002', '1003'].map((dn) => ({ dn, voicemail: dn === '1001' ? voicemail : '' })),
    settings,
  );
  const music = lab.service('tone');
  const [a, b, c, d] = lab.phones as [SipPhone, SipPhone, SipPhone, SipPhone];
  return { ...lab, music, a, b, c, d };
};

const tagOf = (header: string): string => /tag=([^;>]+)/.exec(header)?.[1] ?? '';

const softKey = (key: string, { callId, from, to }: PhoneDialog): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<x-cisco-remotecc-request>\n<softkeyeventmsg>\n<softkeyevent>${key}</softkeyevent>\n<dialogid>\n<callid>${callId}</callid>\n<localtag>${tagOf(from)}</localtag>\n<remotetag>${tagOf(to)}</remotetag>\n</dialogid>\n<linenumber>0</linenumber>\n<participantnum>0</participantnum>\n<consultdialogid>\n<callid></callid>\n<localtag></localtag>\n<remotetag></remotetag>\n</consultdialogid>\n<state>false</state>\n<joindialogid>\n<callid></callid>\n<localtag></localtag>\n<remotetag></remotetag>\n</joindialogid>\n<eventdata>\n<invocationtype>explicit</invocationtype>\n</eventdata>\n<userdata></userdata>\n<softkeyid>0</softkeyid>\n<applicationid>0</applicationid>\n</softkeyeventmsg>\n</x-cisco-remotecc-request>\n`;

let refers = 0;

/** A REFER outside of a dialog. */
const refer = (phone: SipPhone, headers: readonly string[], body?: string): void => {
  const { dn, address } = phone.options;
  refers += 1;
  const us = `<sip:${dn}@10.10.210.10>`;
  const dialog: PhoneDialog = {
    callId: `refer${refers}@${address}`,
    from: `${us};tag=r1`,
    to: us,
    target: 'sip:10.10.210.10',
    cseq: 1_000,
    branch: '',
  };
  const type = 'application/x-cisco-remotecc-request+xml';
  phone.request(dialog, 'REFER', { headers, type, ...(body === undefined ? {} : { body }) });
};

const press = (phone: SipPhone, key: string, dialog: PhoneDialog, headers: readonly string[] = []): void =>
  refer(phone, ['Refer-To: cid:1234567890@10.10.210.10', ...headers], softKey(key, dialog));

/** What the phone's screen was told since the last look. */
const screen = (phone: SipPhone): string[] =>
  phone.told.splice(0).flatMap((message) => /<statustext>(.*)<\/statustext>/.exec(bodyOf(message))?.[1] ?? []);

const answerAll = (phone: SipPhone, rtpPort: number): SipMessage[] => {
  const all: SipMessage[] = [];
  for (let fresh = phone.take(); fresh.length > 0; fresh = phone.take()) {
    all.push(...fresh);
    for (const message of fresh) {
      if (message.kind !== 'request' || message.method === 'ACK' || message.toTag === undefined) continue;
      const direction = bodyOf(message).includes('a=sendonly') ? 'recvonly' : undefined;
      const body = phone.sdp({ rtpPort, payloads: [0, 101], ...(direction && { direction }) });
      phone.answer(message, 200, 'OK', message.method === 'INVITE' ? { body } : {});
    }
  }
  return all;
};

const codes = (messages: readonly SipMessage[]): string[] =>
  messages.filter(({ method }) => method === 'NOTIFY').map((each) => /<code>(\d+)</.exec(bodyOf(each))?.[1] ?? '');

/** Dials, and acknowledges the answer. `other`: whoever it is connected with says first where it receives. */
const dialAnswered = (phone: SipPhone, number: string, rtpPort: number, other?: SipPhone): PhoneDialog => {
  const dialog = phone.invite(number, phone.sdp({ rtpPort, payloads: [0, 101] }));
  if (other !== undefined) answerAll(other, 16_000);
  const ok = last(answerAll(phone, rtpPort), 200);
  phone.learn(dialog, ok);
  phone.request(dialog, 'ACK');
  return dialog;
};

const expectTalk = (lab: SipCallLab, one: SipPhone, other: SipPhone): void => {
  const sending = [...lab.control.legs.all()].map((leg) => `${leg.dn}>${leg.sending?.to.address}`);
  expect(sending.sort()).toEqual(
    [`${one.options.dn}>${other.options.address}`, `${other.options.dn}>${one.options.address}`].sort(),
  );
};

const hangUp = (lab: SipCallLab, phone: SipPhone, dialog: PhoneDialog): void => {
  phone.request(dialog, 'BYE');
  for (const each of lab.phones) answerAll(each, 16_000);
  lab.expectNothingLeft();
};

const types = ({ events }: SipCallLab): string[] => events.map(({ type }) => type.slice('call.'.length));

describe('the Park key', () => {
  it('parks the far end, shows its number, and whoever dials that has it', async () => {
    const lab = await setUp();
    const { a, b, c, music } = lab;
    const [dialogA, dialogB] = talk(a, b);
    press(b, 'Park', dialogB);
    const told = answerAll(b, 20_000);
    expect(statuses(told)).toEqual([202, 'NOTIFY', 'BYE']);
    expect(textOf(told[1] as SipMessage, 'Subscription-State')).toBe('terminated;reason=noresource');
    expect([codes(told), screen(b)]).toEqual([['200'], ['\u0080! *60']]);
    const heard = last(answerAll(a, 16_000), 'INVITE');
    expect(sdpOf(heard)).toContain(`:${music.receiveOf(music.leg).port} 0`);
    expect(types(lab)).toContain('parked');
    dialAnswered(c, '*60', 24_000, a);
    answerAll(a, 16_000);
    expectTalk(lab, a, c);
    expect(types(lab)).toContain('retrieved');
    hangUp(lab, a, dialogA);
  });

  it('is reminded of by a call, which has the parked one when it is answered', async () => {
    const lab = await setUp();
    const { a, b, clock } = lab;
    const [dialogA, dialogB] = talk(a, b);
    press(b, 'Park', dialogB);
    answerAll(b, 20_000);
    answerAll(a, 16_000);
    clock.advance(60_000);
    const invite = last(b.take(), 'INVITE');
    expect(textOf(invite, 'From')).toContain('Park Reversion');
    b.answer(invite, 180, 'Ringing', { tag: 'again' });
    b.answer(invite, 200, 'OK', { tag: 'again', body: b.sdp({ rtpPort: 20_000, payloads: [0, 101] }) });
    for (let turn = 0; turn < 3; turn += 1) for (const phone of [a, b]) answerAll(phone, 16_000);
    expectTalk(lab, a, b);
    hangUp(lab, a, dialogA);
  });

  it('shows that no number is free, and the call goes on', async () => {
    const lab = await setUp({ park: { range: '-', remind: 60_000 as never } });
    const { a, b } = lab;
    const [, dialogB] = talk(a, b);
    press(b, 'Park', dialogB);
    const told = b.take();
    expect([statuses(told), codes(told), screen(b)]).toEqual([[202, 'NOTIFY'], ['603'], ['\u0080^']]);
    expect(statesOf(lab)).toBe('connected connected');
    hangUp(lab, b, dialogB);
  });

  it('of a phone that wants no word of it is done without', async () => {
    const lab = await setUp();
    const { a, b } = lab;
    const [dialogA, dialogB] = talk(a, b);
    press(b, 'Park', dialogB, ['Require: norefersub']);
    expect(statuses(answerAll(b, 20_000))).toEqual([202, 'BYE']);
    answerAll(a, 16_000);
    hangUp(lab, a, dialogA);
  });
});

describe('a soft key', () => {
  it('of a call of others, of none, and one that nobody knows is declined', async () => {
    const lab = await setUp();
    const { a, b, c } = lab;
    const [, dialogB] = talk(a, b);
    press(c, 'Park', dialogB);
    press(b, 'Park', { ...dialogB, callId: 'another' });
    press(b, 'Park', { ...dialogB, callId: '' });
    press(b, 'Launch', dialogB);
    expect([...c.take(), ...b.take()].map(({ status }) => status)).toEqual([603, 603, 603, 603]);
    expect(statesOf(lab)).toBe('connected connected');
    hangUp(lab, b, dialogB);
  });

  it('is taken five times a second and no more', async () => {
    const lab = await setUp({ park: { range: '-', remind: 60_000 as never } });
    const { a, b } = lab;
    const [, dialogB] = talk(a, b);
    for (let count = 0; count < 7; count += 1) press(b, 'Park', dialogB);
    const seen = b.take().flatMap(({ kind, status }) => (kind === 'response' ? [status] : []));
    expect(seen).toEqual([202, 202, 202, 202, 202, 503, 503]);
    hangUp(lab, b, dialogB);
  });
});

describe('the iDivert key', () => {
  it.each(['rings', 'talks'])('sends a call that %s to the voicemail of the line', async (state) => {
    const lab = await setUp({}, '1003');
    const { a, b, d } = lab;
    const dialogA = a.invite('1001', a.sdp({ rtpPort: 16_000, payloads: [0, 101] }));
    const invite = last(b.take(), 'INVITE');
    b.answer(invite, 180, 'Ringing', { tag: 'b' });
    if (state === 'talks') {
      b.answer(invite, 200, 'OK', { tag: 'b', body: b.sdp({ rtpPort: 20_000, payloads: [0, 101] }) });
      b.take();
    }
    const first = last(a.take(), state === 'talks' ? 200 : 180);
    a.learn(dialogA, first);
    if (state === 'talks') a.request(dialogA, 'ACK');
    press(b, 'IDivert', b.dialogOf(invite, 'b'));
    const told = b.take();
    expect([told[0]?.status, codes(told), screen(b)]).toEqual([202, ['200'], []]);
    const diverted = last(d.take(), 'INVITE');
    d.answer(diverted, 180, 'Ringing', { tag: 'd' });
    d.answer(diverted, 200, 'OK', { tag: 'd', body: d.sdp({ rtpPort: 28_000, payloads: [0, 101] }) });
    if (state === 'rings') {
      b.answer(invite, 487, 'Request Terminated', { tag: 'b' });
      const ok = last(a.take(), 200);
      a.learn(dialogA, ok);
      a.request(dialogA, 'ACK');
    }
    for (let turn = 0; turn < 3; turn += 1) for (const phone of [a, b, d]) answerAll(phone, 16_000);
    expectTalk(lab, a, d);
    hangUp(lab, a, dialogA);
  });

  it('is not active where the line has none', async () => {
    const lab = await setUp();
    const { a, b } = lab;
    const [, dialogB] = talk(a, b);
    press(b, 'IDivert', dialogB);
    const told = b.take();
    expect([statuses(told), codes(told), screen(b)]).toEqual([[202, 'NOTIFY'], ['603'], ['\u0080I']]);
    hangUp(lab, b, dialogB);
  });
});

const GROUPS: Partial<CallSettings> = {
  pickupGroups: [
    { name: 'door', number: '*80', members: ['1001', '1002'] },
    { name: 'yard', number: '*81', members: ['1003'] },
  ],
};

describe('a pick-up', () => {
  const ringing = async (settings: Partial<CallSettings> = GROUPS) => {
    const lab = await setUp(settings);
    const { a, b } = lab;
    const dialogA = a.invite('1001', a.sdp({ rtpPort: 16_000, payloads: [0, 101] }));
    const invite = last(b.take(), 'INVITE');
    b.answer(invite, 180, 'Ringing', { tag: 'b' });
    a.take();
    return { ...lab, dialogA, invite };
  };

  const expectTaken = (lab: Awaited<ReturnType<typeof ringing>>, taker: SipPhone): void => {
    const { a, b, dialogA, invite } = lab;
    const cancel = last(b.take(), 'CANCEL');
    expect(textOf(cancel, 'Reason')).toContain('Call completed elsewhere');
    b.answer(cancel, 200, 'OK');
    b.answer(invite, 487, 'Request Terminated', { tag: 'b' });
    const ok = last(a.take(), 200);
    a.learn(dialogA, ok);
    a.request(dialogA, 'ACK');
    expectTalk(lab, a, taker);
    const event = lab.events.find(({ type }) => type === 'call.picked-up');
    expect(event).toMatchObject({
      dn: taker.options.dn,
      device: taker.options.device,
      calling: { number: '1000' },
      ringing: { number: '1001', device: b.options.device },
    });
    hangUp(lab, a, dialogA);
  };

  it.each([
    ['the own group, by its number', '*74', 'c'],
    ['the own group, by the URI of its key', 'x-cisco-serviceuri-pickup', 'c'],
    ['another group, by its number', '*80', 'd'],
    ['another group, by the URI of its key and its number', 'x-cisco-serviceuri-gpickup-*80', 'd'],
    ['a line, by the URI of the key and its number', 'x-cisco-serviceuri-gpickup1001', 'd'],
    ['some other group, by the URI of its key', 'x-cisco-serviceuri-opickup', 'd'],
  ] as const)('answers what rings in %s', async (_what, number, who) => {
    const lab = await ringing();
    dialAnswered(lab[who], number, 24_000);
    expectTaken(lab, lab[who]);
  });

  it('asks for the number of the group by KPML', async () => {
    const lab = await ringing();
    const { d } = lab;
    const dialog = d.invite('x-cisco-serviceuri-gpickup', d.sdp({ rtpPort: 28_000, payloads: [0, 101] }));
    const subscribe = last(d.take(), 'SUBSCRIBE');
    d.answer(subscribe, 200, 'OK', { tag: 'k', headers: ['Expires: 7200'] });
    const keys = d.dialogOf(subscribe, 'k');
    for (const digit of '*80')
      d.request(keys, 'NOTIFY', {
        headers: ['Event: kpml', 'Subscription-State: active; expires=7200'],
        type: 'application/kpml-response+xml',
        body: `<?xml version="1.0" encoding="UTF-8" ?><kpml-response xmlns="urn:ietf:params:xml:ns:kpml-response" version="1.0" code="200" text="Success" suppressed="false" forced_flush="false" digits="${digit}" tag="Backspace OK"/>`,
      });
    const ok = last(answerAll(d, 28_000), 200);
    const answered = ok.cseq?.method === 'INVITE' ? ok : last(answerAll(d, 28_000), 200);
    d.learn(dialog, answered);
    d.request(dialog, 'ACK');
    expectTaken(lab, d);
  });

  it.each([
    ['nothing rings in the own group', '*74', 'd'],
    ['nothing rings in other groups', 'x-cisco-serviceuri-opickup', 'c'],
    ['the line does not ring', 'x-cisco-serviceuri-gpickup-1002', 'd'],
  ] as const)('hears 480 where %s', async (_what, number, who) => {
    const lab = await ringing();
    const taker = lab[who];
    const dialog = taker.invite(number, taker.sdp({ rtpPort: 24_000 }));
    const refusal = last(taker.take(), 480);
    expect(textOf(refusal, 'Reason')).toBe('Q.850;cause=20');
    taker.request(dialog, 'ACK');
    expect(lab.b.take()).toEqual([]);
  });
});

describe('a REFER that names its call by Target-Dialog', () => {
  const targetOf = ({ callId, from, to }: PhoneDialog): string =>
    `Target-Dialog: ${callId};local-tag=${tagOf(to)};remote-tag=${tagOf(from)}`;
  const fragments = (messages: readonly SipMessage[]): string[] =>
    messages.filter(({ method }) => method === 'NOTIFY').map((message) => bodyOf(message).trim());

  it('transfers it, and is told of it in a dialog of its own', async () => {
    const lab = await setUp();
    const { a, b, c } = lab;
    const [dialogA, dialogB] = talk(a, b);
    refer(b, ['Refer-To: <sip:1002@10.10.210.10>', 'Require: tdialog', targetOf(dialogB)]);
    const accepted = b.take();
    const notify = last(accepted, 'NOTIFY');
    expect([statuses(accepted), notify.toTag, notify.callId === dialogB.callId]).toEqual([
      [202, 'NOTIFY'],
      'r1',
      false,
    ]);
    expect(notify.fromTag).toBe(last(accepted, 202).toTag);
    b.answer(notify, 200, 'OK');
    const invite = last(c.take(), 'INVITE');
    c.answer(invite, 180, 'Ringing', { tag: 'c' });
    const told = answerAll(b, 20_000);
    expect([statuses(told), fragments(told)]).toEqual([['NOTIFY', 'BYE'], ['SIP/2.0 200 OK']]);
    c.answer(invite, 200, 'OK', { tag: 'c', body: c.sdp({ rtpPort: 24_000, payloads: [0, 101] }) });
    for (let turn = 0; turn < 3; turn += 1) for (const phone of [a, c]) answerAll(phone, 16_000);
    expectTalk(lab, a, c);
    hangUp(lab, a, dialogA);
  });

  it('connects it with another call of the phone', async () => {
    const lab = await setUp();
    const { a, b, c } = lab;
    const [dialogA, primary] = talk(a, b);
    const [consultation] = talk(b, c);
    const replaces = encodeURIComponent(
      `${consultation.callId};to-tag=${tagOf(consultation.to)};from-tag=${tagOf(consultation.from)}`,
    );
    refer(b, [`Refer-To: <sip:1002@10.10.210.10?Replaces=${replaces}>`, targetOf(primary)]);
    expect(fragments(answerAll(b, 20_000))).toEqual(['SIP/2.0 100 Trying', 'SIP/2.0 200 OK']);
    for (let turn = 0; turn < 3; turn += 1) for (const phone of [a, c]) answerAll(phone, 16_000);
    expectTalk(lab, a, c);
    hangUp(lab, a, dialogA);
  });

  it('hears 481 where the call is of another phone, or of none', async () => {
    const lab = await setUp();
    const { a, b, c } = lab;
    const [dialogA, dialogB] = talk(a, b);
    const to = 'Refer-To: <sip:1002@10.10.210.10>';
    refer(c, [to, targetOf(dialogB)]);
    refer(b, [to, 'Target-Dialog: x;local-tag=1;remote-tag=2']);
    refer(b, [to, 'Target-Dialog: x']);
    expect([...c.take(), ...b.take()].map(({ status }) => status)).toEqual([481, 481, 481]);
    expect(statesOf(lab)).toBe('connected connected');
    hangUp(lab, a, dialogA);
  });
});
