// Things that happen at once (`docs/protocols/calls.md` §8.1), beside those of `basic-call.test.ts` and `hold.test.ts`.

import { describe, expect, it } from 'vitest';
import { last, sdpOf, sipCallLab, statesOf, statuses, talk, textOf } from './call-harness.js';
import type { SipPhone } from './sip-phone.js';

describe('two phones of one number', () => {
  const shared = async () => {
    const lab = await sipCallLab([
      { dn: '1000' },
      { dn: '1001', device: 'SEP00000000000B' },
      { dn: '1001', device: 'SEP00000000000C' },
    ]);
    const [a, b, c] = lab.phones as [SipPhone, SipPhone, SipPhone];
    const dialogA = a.invite('1001', a.sdp());
    const inviteB = last(b.take(), 'INVITE');
    const inviteC = last(c.take(), 'INVITE');
    b.answer(inviteB, 180, 'Ringing', { tag: 'b' });
    c.answer(inviteC, 180, 'Ringing', { tag: 'c' });
    return { ...lab, a, b, c, dialogA, inviteB, inviteC };
  };

  it('ring both, and are heard once', async () => {
    const { a, inviteB, inviteC } = await shared();
    expect(statuses(a.take())).toEqual([100, 180]);
    expect(inviteB.callId).not.toBe(inviteC.callId);
  });

  it('answer at once: the first has the call, the other hears ACK and BYE', async () => {
    const { a, b, c, dialogA, inviteB, inviteC, ...lab } = await shared();
    b.answer(inviteB, 200, 'OK', { tag: 'b', body: b.sdp({ rtpPort: 20_000 }) });
    c.answer(inviteC, 200, 'OK', { tag: 'c', body: c.sdp({ rtpPort: 30_000 }) });
    const said = c.take();
    expect(statuses(said)).toEqual(['CANCEL', 'ACK', 'BYE']);
    expect(textOf(last(said, 'CANCEL'), 'Reason')).toBe('SIP;cause=200;text="Call completed elsewhere"');
    c.answer(last(said, 'CANCEL'), 200, 'OK');
    c.answer(last(said, 'BYE'), 200, 'OK');
    const ok = last(a.take(), 200);
    expect(sdpOf(ok)).toContain(`${b.options.address}:20000 `);
    a.learn(dialogA, ok);
    a.request(dialogA, 'ACK');
    expect(statesOf({ ...lab, a, b, c } as never)).toBe('connected connected');
    a.request(dialogA, 'BYE');
    b.answer(last(b.take(), 'BYE'), 200, 'OK');
    lab.expectNothingLeft();
  });

  it('refuse: the caller hears the most telling refusal, when both have', async () => {
    const { a, b, c, inviteB, inviteC } = await shared();
    a.take();
    b.answer(inviteB, 486, 'Busy Here', { tag: 'b' });
    expect(a.take()).toEqual([]);
    c.answer(inviteC, 404, 'Not Found', { tag: 'c' }); // it does not know its own line any more
    expect(statuses(a.take())).toEqual([486]);
  });
});

describe('at once', () => {
  it('an UPDATE with an offer comes while the INVITE waits: 500 with Retry-After', async () => {
    const lab = await sipCallLab([{ dn: '1000' }, { dn: '1001' }]);
    const [a, b] = lab.phones as [SipPhone, SipPhone];
    const dialog = a.invite('1001', a.sdp());
    b.answer(last(b.take(), 'INVITE'), 180, 'Ringing', { tag: 'b' });
    a.learn(dialog, last(a.take(), 180));
    a.request(dialog, 'UPDATE', { body: a.sdp() });
    expect(textOf(last(a.take(), 500), 'Retry-After')).toMatch(/^\d$/);
    a.request(dialog, 'UPDATE');
    expect(statuses(a.take())).toEqual([200]);
  });

  it('the caller ends its early dialog by BYE', async () => {
    const lab = await sipCallLab([{ dn: '1000' }, { dn: '1001' }]);
    const [a, b] = lab.phones as [SipPhone, SipPhone];
    const dialog = a.invite('1001', a.sdp());
    const invite = last(b.take(), 'INVITE');
    b.answer(invite, 180, 'Ringing', { tag: 'b' });
    a.learn(dialog, last(a.take(), 180));
    a.request(dialog, 'BYE');
    expect(statuses(a.take())).toEqual([487, 200]);
    expect(statuses(b.take())).toEqual(['CANCEL']);
    b.answer(invite, 487, 'Request Terminated', { tag: 'b' });
    lab.expectNothingLeft();
  });

  it('a phone hangs up while its resume waits for the far end', async () => {
    const lab = await sipCallLab([{ dn: '1000' }, { dn: '1001' }]);
    const [a, b] = lab.phones as [SipPhone, SipPhone];
    const [, dialogB] = talk(a, b);
    b.request(dialogB, 'INVITE', { body: b.sdp({ direction: 'sendonly' }) });
    b.request(dialogB, 'ACK');
    a.answer(last(a.take(), 'INVITE'), 200, 'OK', { body: a.sdp({ direction: 'inactive' }) });
    b.request(dialogB, 'INVITE', { body: b.sdp() });
    const open = last(a.take(), 'INVITE');
    b.take();
    b.request(dialogB, 'BYE');
    expect(b.take().map(({ status, cseq }) => `${status} ${cseq?.method}`)).toEqual(['487 INVITE', '200 BYE']);
    a.answer(open, 200, 'OK', { body: a.sdp() }); // crosses the BYE
    expect(statuses(a.take())).toEqual(['BYE', 'ACK']);
    lab.expectNothingLeft();
  });

  it('the far end does not answer the offer of a resume: the call ends', async () => {
    const lab = await sipCallLab([{ dn: '1000' }, { dn: '1001' }]);
    const [a, b] = lab.phones as [SipPhone, SipPhone];
    const [, dialogB] = talk(a, b);
    b.request(dialogB, 'INVITE', { body: b.sdp({ direction: 'sendonly' }) });
    b.request(dialogB, 'ACK');
    a.answer(last(a.take(), 'INVITE'), 200, 'OK', { body: a.sdp({ direction: 'inactive' }) });
    b.request(dialogB, 'INVITE', { body: b.sdp() });
    lab.clock.advance(4_001);
    expect(statuses(a.take())).toContain('BYE');
    const said = b.take();
    expect(statuses(said)).toEqual([100, 200, 100, 487, 'BYE']);
    expect(textOf(last(said, 'BYE'), 'Reason')).toBe('Q.850;cause=47');
    lab.expectNothingLeft();
  });
});

describe('an offer in the first INVITE', () => {
  it.each([
    ['never', false, false],
    ['devices', false, true],
    ['devices', true, false],
    ['always', true, true],
  ] as const)('with earlyOffer %s, to a phone of Cisco %s: %s', async (earlyOffer, isCisco, hasOffer) => {
    const lab = await sipCallLab([{ dn: '1000' }, { dn: '1001', isCisco }], { earlyOffer });
    const [a, b] = lab.phones as [SipPhone, SipPhone];
    a.invite('1001', a.sdp({ payloads: [114, 9, 0, 18, 101] }));
    const invite = last(b.take(), 'INVITE');
    expect(invite.body.length > 0).toBe(hasOffer);
    if (!hasOffer) return;
    expect(sdpOf(invite)).toBe(`${a.options.address}:16384 114 9 0 18 101`);
    b.answer(invite, 200, 'OK', { tag: 'b', body: b.sdp({ rtpPort: 20_000, payloads: [9, 101] }) });
    expect(sdpOf(last(a.take(), 200))).toBe(`${b.options.address}:20000 9 101`);
    expect(statuses(b.take())).toEqual(['ACK']);
  });

  it('with earlyOffer always has the one codec for which the channel of an SCCP caller was opened', async () => {
    const lab = await sipCallLab([{ dn: '1001' }], { earlyOffer: 'always' });
    const [b] = lab.phones as [SipPhone];
    const phone = lab.sccp('2000', { codecs: ['PCMA', 'PCMU'], telephoneEvent: true });
    const leg = phone.call('1001');
    expect(phone.take().at(-1)).toBe('open PCMU/20');
    const invite = last(b.take(), 'INVITE');
    expect(sdpOf(invite)).toBe(`10.0.0.1:${16_384 + (leg.ci & 0xff) * 2} 0 101`);
    b.answer(invite, 180, 'Ringing', { tag: 'b' });
    b.answer(invite, 200, 'OK', { tag: 'b', body: b.sdp({ rtpPort: 20_000, payloads: [0, 101] }) });
    expect(phone.take().at(-1)).toBe(`send PCMU to ${b.options.address} event 101`);
    // On hold and back its channel is opened anew, and any codec will do.
    lab.control.hold(leg, lab.clock.now());
    b.answer(last(b.take(), 'INVITE'), 200, 'OK', {
      body: b.sdp({ direction: 'inactive', version: 1, payloads: [0, 101] }),
    });
    lab.control.resume(leg, lab.clock.now());
    expect(phone.take()).toContain('open PCMU/20');
  });

  it('is wanted of us by a caller that has none: its ACK has the answer', async () => {
    const lab = await sipCallLab([{ dn: '1000' }, { dn: '1001' }]);
    const [a, b] = lab.phones as [SipPhone, SipPhone];
    const dialog = a.invite('1001', undefined);
    const invite = last(b.take(), 'INVITE');
    b.answer(invite, 200, 'OK', { tag: 'b', body: b.sdp({ rtpPort: 20_000, payloads: [0, 8, 101] }) });
    expect(b.take()).toEqual([]); // its ACK waits
    const ok = last(a.take(), 200);
    expect(sdpOf(ok)).toMatch(`${b.options.address}:20000 0`);
    a.learn(dialog, ok);
    a.request(dialog, 'ACK', { body: a.sdp({ rtpPort: 16_000, payloads: [0, 101] }) });
    expect(sdpOf(last(b.take(), 'ACK'))).toBe(`${a.options.address}:16000 0 101`);
    expect(statesOf(lab)).toBe('connected connected');
  });
});
