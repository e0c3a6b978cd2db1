import { describe, expect, it } from 'vitest';
import { instant, seconds } from '../../../src/core/time.js';
import type { LegView } from '../../../src/sip/calls/call-headers.js';
import { CallKeys } from '../../../src/sip/calls/kpml.js';
import { parseMessage } from '../../../src/sip/message/parser.js';
import type { ServerRequest } from '../../../src/sip/response/server-request.js';
import { accept, bodyOf, last, sipCallLab, statesOf, statuses, talk, textOf } from './call-harness.js';
import type { PhoneDialog, SipPhone } from './sip-phone.js';

const setUp = async (isCisco = true) => {
  const lab = await sipCallLab([
    { dn: '1000', isCisco },
    { dn: '1001', isCisco },
  ]);
  const [a, b] = lab.phones as [SipPhone, SipPhone];
  return { ...lab, a, b };
};

const RESPONSE = 'application/kpml-response+xml';
const kpml = (digits: string, code = 200): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<kpml-response xmlns="urn:ietf:params:xml:ns:kpml-response" version="1.0" code="${code}" text="OK" suppressed="false" forced_flush="false" digits="${digits}" tag="Backspace OK"/>`;

/** Takes the subscription and says so: the dialog in which the phone tells its keys. */
const subscribed = (phone: SipPhone): PhoneDialog => {
  const subscribe = last(phone.take(), 'SUBSCRIBE');
  const dialog = phone.dialogOf(subscribe, 'kpml');
  phone.answer(subscribe, 200, 'OK', { tag: 'kpml', headers: ['Expires: 7200'] });
  phone.request(dialog, 'NOTIFY', { headers: ['Event: kpml', 'Subscription-State: active; expires=7200'] });
  expect(statuses(phone.take())).toEqual([200]);
  return dialog;
};

const press = (phone: SipPhone, dialog: PhoneDialog, digits: string): void =>
  phone.request(dialog, 'NOTIFY', {
    headers: ['Event: kpml', 'Subscription-State: active; expires=7100'],
    body: kpml(digits),
    type: RESPONSE,
  });

const endSubscription = (phone: SipPhone, dialog: PhoneDialog): void => {
  const end = last(phone.take(), 'SUBSCRIBE');
  expect(textOf(end, 'Expires')).toBe('0');
  phone.answer(end, 200, 'OK', { headers: ['Expires: 0'] });
  phone.request(dialog, 'NOTIFY', {
    headers: ['Event: kpml', 'Subscription-State: terminated; reason=timeout'],
    body: kpml('', 487),
    type: RESPONSE,
  });
  expect(statuses(phone.take())).toEqual([200]);
};

describe('dialling key by key', () => {
  it('subscribes in a dialog of its own, takes keys back, and ends when the number is complete', async () => {
    const { a, b, expectNothingLeft } = await setUp();
    const dialog = a.invite('1', a.sdp());
    const keys = subscribed(a);
    expect(keys.callId).not.toBe(dialog.callId);
    for (const key of ['0', '0', 'bs', '0']) press(a, keys, key);
    expect(statuses(a.take())).toEqual([200, 200, 200, 200]);
    press(a, keys, '1');
    endSubscription(a, keys);
    const invite = last(b.take(), 'INVITE');
    b.answer(invite, 486, 'Busy Here', { tag: 'b' });
    expect(last(a.take(), 486).reason).toBe('Busy Here');
    a.request(dialog, 'ACK', { branch: dialog.branch });
    expectNothingLeft();
  });

  it('refuses a number that leads nowhere at once', async () => {
    const { a, expectNothingLeft } = await setUp();
    a.invite('1', a.sdp());
    const keys = subscribed(a);
    press(a, keys, '7');
    const said = a.take();
    expect(statuses(said)).toEqual([200, 'SUBSCRIBE', 404]);
    a.answer(last(said, 'SUBSCRIBE'), 200, 'OK');
    expectNothingLeft();
  });

  it('gives up half a number after 15 s', async () => {
    const { a, clock, expectNothingLeft } = await setUp();
    a.invite('1', a.sdp());
    const keys = subscribed(a);
    press(a, keys, '0');
    a.take();
    clock.advance(seconds(15) + 1);
    expect(statuses(a.take())).toEqual(['SUBSCRIBE', 484]);
    expectNothingLeft();
  });

  it('is ended by hanging up', async () => {
    const { a, expectNothingLeft } = await setUp();
    const dialog = a.invite('1', a.sdp());
    const keys = subscribed(a);
    a.request(dialog, 'CANCEL');
    const said = a.take();
    expect(said.map(({ status, method, cseq }) => `${status || method} ${cseq?.method}`)).toEqual([
      '200 CANCEL',
      'SUBSCRIBE SUBSCRIBE',
      '487 INVITE',
    ]);
    press(a, keys, '0');
    expect(statuses(a.take())).toEqual([200]); // no matter any more
    expectNothingLeft();
  });

  it.each([489, 481, 405])('is refused by a phone without KPML: %i, and the number is not enough', async (status) => {
    const { a, expectNothingLeft } = await setUp();
    a.invite('1', a.sdp());
    a.answer(last(a.take(), 'SUBSCRIBE'), status, 'No');
    expect(statuses(a.take())).toEqual([484]);
    expectNothingLeft();
  });

  it('is not tried with a phone that does not say that it can', async () => {
    const { a, expectNothingLeft } = await setUp(false);
    a.invite('1', a.sdp());
    expect(statuses(a.take())).toEqual([100, 484]);
    expectNothingLeft();
  });

  it('takes # for the end, in the INVITE too', async () => {
    const { a, b } = await setUp();
    a.invite('1001%23', a.sdp());
    expect(statuses(b.take())).toEqual(['INVITE']);
  });

  it('hears no stranger', async () => {
    const { a, b, control } = await setUp();
    a.invite('1', a.sdp());
    const keys = subscribed(a);
    press(b, { ...keys, from: '<sip:1000@10.10.210.101>;tag=other' }, '0');
    expect(statuses(b.take())).toEqual([481]);
    press(a, keys, 'xyz<'); // no keys
    press(a, keys, '0'.repeat(500));
    expect([...control.legs.all()].map(({ digits }) => digits.length)).toEqual([]); // 1000…: leads nowhere
  });
});

describe('keys in a call', () => {
  it('come by INFO and go by INFO', async () => {
    const { a, b } = await setUp();
    const [dialogA] = talk(a, b);
    const press5 = { body: 'Signal=5\r\nDuration=160\r\n', type: 'application/dtmf-relay' };
    a.request(dialogA, 'INFO', press5);
    a.request(dialogA, 'INFO', { body: '5', type: 'application/dtmf' });
    a.request(dialogA, 'INFO', { body: '<media_control/>', type: 'application/media_control+xml' });
    a.request(dialogA, 'INFO');
    expect(statuses(a.take())).toEqual([200, 200, 200, 200]);
    expect(b.take()).toEqual([]); // both have telephone events: nothing is passed on
  });

  it('are subscribed to within the dialog where the far end has no telephone events', async () => {
    const lab = await setUp();
    const { a } = lab;
    const far = lab.sccp('2000');
    const dialog = a.invite('2000', a.sdp());
    far.answer();
    const answers = a.take();
    a.learn(dialog, last(answers, 200));
    a.request(dialog, 'ACK');
    const subscribe = last(answers, 'SUBSCRIBE');
    expect([subscribe.callId, textOf(subscribe, 'Event'), subscribe.cseq?.number]).toEqual([
      dialog.callId,
      'kpml',
      101,
    ]);
    expect(bodyOf(subscribe)).toContain('<regex tag="dtmf">[x*#ABCD]</regex>');
    a.answer(subscribe, 200, 'OK', { headers: ['Expires: 7200'] });
    a.request(dialog, 'NOTIFY', { headers: ['Event: kpml', 'Subscription-State: active'] });
    press(a, dialog, '7');
    expect(statuses(a.take())).toEqual([200, 200]);
    expect(far.take().filter((note) => note.startsWith('digit'))).toEqual(['digit 7']);
    lab.control.digit(far.leg, '3', lab.clock.now());
    const info = last(a.take(), 'INFO');
    expect(bodyOf(info)).toBe('Signal=3\r\nDuration=160\r\n');
    a.answer(info, 200, 'OK');
    a.request(dialog, 'BYE');
    const said = a.take();
    expect(statuses(said)).toEqual([200, 'SUBSCRIBE']);
    expect(textOf(last(said, 'SUBSCRIBE'), 'Expires')).toBe('0');
    a.answer(last(said, 'SUBSCRIBE'), 200, 'OK');
    a.request(dialog, 'NOTIFY', { headers: ['Event: kpml', 'Subscription-State: terminated'] });
    expect(statuses(a.take())).toEqual([200]);
    lab.expectNothingLeft();
  });
});

describe('a subscription to the keys of a call', () => {
  it('is made anew when its time is over, and never when the phone ended it', () => {
    const sent: string[] = [];
    const keys = new CallKeys(
      ({ method, after = '' }) => sent.push(`${method} ${/Expires: (\d+)/.exec(after)?.[1]}`),
      () => ({ isCisco: true, host: '10.0.0.1', port: 5060, transport: 'tcp', peerUri: 'sip:a@b' }) as LegView,
      () => 'now',
      () => {},
    );
    const end = parseMessage(
      Buffer.from('NOTIFY sip:a SIP/2.0\r\nSubscription-State: terminated; reason=timeout\r\n\r\n'),
    );
    const request = { message: end, answer: () => {} } as unknown as ServerRequest;
    keys.subscribe(instant(0));
    keys.notified(request, instant(7_200_000));
    expect(sent).toEqual(['SUBSCRIBE 7200', 'SUBSCRIBE 7200']);
    keys.notified(request, instant(7_300_000));
    keys.notified(request, instant(99_300_000));
    keys.end(instant(99_300_001));
    expect(sent).toHaveLength(2);
  });
});

describe('calls with phones of SCCP', () => {
  it('SIP calls: the 200 has the address of the opened channel', async () => {
    const lab = await setUp();
    const { a } = lab;
    const far = lab.sccp('2000');
    const dialog = a.invite('2000', a.sdp());
    expect(statuses(a.take())).toEqual([100, 180]);
    far.answer();
    const answers = a.take();
    const ok = last(answers, 200);
    expect(bodyOf(ok)).toContain(`m=audio ${far.receiveOf(far.leg).port} RTP/AVP 0\r\n`);
    a.learn(dialog, ok);
    a.request(dialog, 'ACK');
    expect(far.take()).toContain(`send PCMU to ${a.options.address}`);
    a.answer(last(answers, 'SUBSCRIBE'), 489, 'Bad Event');
    lab.control.hold(far.leg, lab.clock.now());
    expect(bodyOf(accept(a, a.sdp({ payloads: [0, 101], direction: 'inactive' })))).toContain('a=inactive');
    lab.control.resume(far.leg, lab.clock.now());
    accept(a, a.sdp({ payloads: [0, 101] }));
    expect(statesOf(lab)).toBe('connected connected');
    far.hangUp();
    a.answer(last(a.take(), 'BYE'), 200, 'OK');
    lab.expectNothingLeft();
  });

  it('SCCP calls: the ACK of the late offer waits for the channel', async () => {
    const lab = await setUp();
    const { b } = lab;
    const far = lab.sccp('2000');
    far.call('1001');
    const invite = last(b.take(), 'INVITE');
    expect(invite.body.length).toBe(0);
    b.answer(invite, 180, 'Ringing', { tag: 'b' });
    expect(far.take()).toContain('alerting');
    b.answer(invite, 200, 'OK', { tag: 'b', body: b.sdp({ payloads: [8, 0, 101] }) });
    expect(bodyOf(last(b.take(), 'ACK'))).toContain(`m=audio ${far.receiveOf(far.leg).port} RTP/AVP 0\r\n`);
    far.hangUp();
    b.answer(last(b.take(), 'BYE'), 200, 'OK');
    lab.expectNothingLeft();
  });

  it('SCCP calls and cannot open its channel: ACK without a stream, BYE with cause 47', async () => {
    const lab = await setUp();
    const { b } = lab;
    const far = lab.sccp('2000', { media: 'refuses' });
    far.call('1001');
    const invite = last(b.take(), 'INVITE');
    b.answer(invite, 200, 'OK', { tag: 'b', body: b.sdp() });
    const said = b.take();
    expect(statuses(said)).toEqual(['ACK', 'BYE']);
    expect(bodyOf(last(said, 'ACK'))).toContain('m=audio 0 RTP/AVP 9\r\n');
    expect(textOf(last(said, 'BYE'), 'Reason')).toBe('Q.850;cause=47');
    b.answer(last(said, 'BYE'), 200, 'OK');
    far.hangUp();
    lab.expectNothingLeft();
  });

  it('no codec in common, found at the 200: 503 and BYE with cause 47', async () => {
    const lab = await setUp();
    const { a, b } = lab;
    const dialog = a.invite('1001', a.sdp({ payloads: [18, 101] }));
    const invite = last(b.take(), 'INVITE');
    b.answer(invite, 200, 'OK', { tag: 'b', body: b.sdp({ payloads: [0, 101] }) });
    const said = b.take();
    expect(statuses(said)).toEqual(['ACK', 'BYE']);
    expect(textOf(last(said, 'BYE'), 'Reason')).toBe('Q.850;cause=47');
    b.answer(last(said, 'BYE'), 200, 'OK');
    const refusal = last(a.take(), 503);
    expect(textOf(refusal, 'Reason')).toBe('Q.850;cause=47');
    a.request(dialog, 'ACK', { branch: dialog.branch });
    lab.expectNothingLeft();
  });
});
