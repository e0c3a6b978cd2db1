// SIP phones that answer by themselves: Cisco's are told by a REFER, others by headers of the INVITE.

import { describe, expect, it } from 'vitest';
import type { SipMessage } from '../../../src/sip/message/message.js';
import { bodyOf, last, sdpOf, sipCallLab } from './call-harness.js';
import type { SipPhone } from './sip-phone.js';

const two = async (isCisco: boolean, answersItself: boolean) => {
  const lab = await sipCallLab([
    { dn: '1000', isCisco },
    { dn: '1001', isCisco, ...(answersItself ? { autoAnswer: 'speaker' as const } : {}) },
  ]);
  const [a, b] = lab.phones as [SipPhone, SipPhone];
  return { ...lab, a, b };
};

const headersOf = (message: SipMessage): string =>
  [...message.headers()].map(([name, value]) => `${name}: ${value}`).join('\n');

const referOf = (phone: SipPhone): string | undefined => {
  phone.take();
  const refer = phone.outside.splice(0).find(({ method }) => method === 'REFER');
  return refer === undefined ? undefined : bodyOf(refer);
};

describe('a line that answers by itself', () => {
  it('on a Cisco phone: is told so once it rings, in words that name its dialog', async () => {
    const { a, b } = await two(true, true);
    b.outside.splice(0);
    a.invite('1001', a.sdp({ rtpPort: 16_000 }));
    const invite = last(b.take(), 'INVITE');
    expect(headersOf(invite)).not.toContain('answer-after');
    expect(referOf(b)).toBeUndefined();
    b.answer(invite, 180, 'Ringing', { tag: 'b' });
    const body = referOf(b) ?? '';
    expect(body).toContain('<answercallreq>');
    expect(body).toContain(`<callid>${invite.callId}</callid>`);
    expect(body).toContain('<localtag>b</localtag>');
    expect(body).toContain(`<remotetag>${invite.fromTag}</remotetag>`);
    b.answer(invite, 180, 'Ringing', { tag: 'b' });
    expect(referOf(b)).toBeUndefined();
  });

  it('on another phone: is told so by the INVITE', async () => {
    const { a, b } = await two(false, true);
    a.invite('1001', a.sdp({ rtpPort: 16_000 }));
    const invite = last(b.take(), 'INVITE');
    expect(headersOf(invite)).toMatch(/answer-after=0/);
    expect(headersOf(invite)).toMatch(/info=alert-autoanswer;delay=0/);
    b.answer(invite, 180, 'Ringing', { tag: 'b' });
    expect(referOf(b)).toBeUndefined();
  });

  it('is told nothing where it has a call already', async () => {
    const lab = await two(true, true);
    const { a, b } = lab;
    b.invite('1000', b.sdp({ rtpPort: 20_000 }));
    a.take();
    b.outside.splice(0);
    lab.sccp('1002').call('1001');
    const invite = last(b.take(), 'INVITE');
    b.answer(invite, 180, 'Ringing', { tag: 'b' });
    expect(referOf(b)).toBeUndefined();
  });
});

describe.each([true, false])('an intercom call (Cisco: %s)', (isCisco) => {
  it('is one-way: the called phone is offered what it may only hear, the caller is told that nobody speaks', async () => {
    const lab = await two(isCisco, false);
    const { a, b } = lab;
    b.outside.splice(0);
    const dialog = a.invite('*751001', a.sdp({ rtpPort: 16_000 }));
    const invite = last(b.take(), 'INVITE');
    b.answer(invite, 180, 'Ringing', { tag: 'b' });
    expect(referOf(b) !== undefined).toBe(isCisco);
    b.answer(invite, 200, 'OK', { tag: 'b', body: b.sdp({ rtpPort: 20_000, payloads: [0, 8, 101] }) });
    const ok = last(a.take(), 200);
    expect(sdpOf(ok)).toMatch(/20000 .*recvonly$/);
    a.learn(dialog, ok);
    a.request(dialog, 'ACK');
    const sdps = [invite, ...b.take()].filter(({ body }) => body.length > 0).map(sdpOf);
    expect(sdps.at(-1)).toMatch(/16000 .*sendonly$/);
    a.request(dialog, 'BYE');
    b.answer(last(b.take(), 'BYE'), 200, 'OK');
    lab.expectNothingLeft();
  });
});
