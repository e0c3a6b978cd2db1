import { describe, expect, it } from 'vitest';
import { accept, last, sdpOf, sipCallLab, statesOf, statuses, talk, textOf } from './call-harness.js';
import type { SipPhone } from './sip-phone.js';

const setUp = async (isCisco = true, transport: 'TCP' | 'UDP' = 'TCP') => {
  const lab = await sipCallLab([
    { dn: '1000', isCisco, transport },
    { dn: '1001', isCisco, transport },
    { dn: '1002', isCisco, transport },
  ]);
  const [a, b, c] = lab.phones as [SipPhone, SipPhone, SipPhone];
  return { ...lab, a, b, c };
};

const HOLD = ['Call-Info: <urn:x-cisco-remotecc:hold>'];

describe.each([
  ['Cisco phones over TCP', true, 'TCP'],
  ['plain phones over UDP', false, 'UDP'],
] as const)('%s', (_name, isCisco, transport) => {
  it('hold and resume, by the called one', async () => {
    const lab = await setUp(isCisco, transport);
    const { a, b, clock } = lab;
    const [, dialogB] = talk(a, b);
    b.request(dialogB, 'INVITE', {
      body: b.sdp({ rtpPort: 20_000, direction: 'sendonly', version: 1 }),
      headers: HOLD,
    });
    const answers = b.take();
    expect(statuses(answers)).toEqual([100, 200]);
    expect(sdpOf(last(answers, 200))).toBe(`0.0.0.0:16000 0 101 inactive`);
    b.request(dialogB, 'ACK');
    expect(statesOf(lab)).toBe('connected hold');
    const silent = accept(a, a.sdp({ rtpPort: 16_000, payloads: [0, 101], direction: 'inactive' }));
    expect(sdpOf(silent)).toBe('0.0.0.0:20000 0 101 inactive');
    expect(/o=CiscoSystemsCCM-SIP \d+ 2 /.test(silent.body.toString())).toBe(true);
    expect(statuses(a.take())).toEqual(['ACK']);
    clock.advance(5_000);

    b.request(dialogB, 'INVITE', { body: b.sdp({ rtpPort: 20_002, payloads: [0, 101], version: 2 }) });
    expect(statuses(b.take())).toEqual([100]);
    const open = accept(a, a.sdp({ rtpPort: 16_002, payloads: [0, 101] }));
    expect(sdpOf(open)).toBe(`${b.options.address}:20002 0 101`);
    expect(statuses(a.take())).toEqual(['ACK']);
    const ok = last(b.take(), 200);
    expect(sdpOf(ok)).toBe(`${a.options.address}:16002 0 101`);
    expect(/o=CiscoSystemsCCM-SIP \d+ 3 /.test(ok.body.toString())).toBe(true);
    b.request(dialogB, 'ACK');
    expect(statesOf(lab)).toBe('connected connected');
    b.request(dialogB, 'BYE');
    b.take();
    a.answer(last(a.take(), 'BYE'), 200, 'OK');
    lab.expectNothingLeft();
  });

  it('hold with an address of zeros and by UPDATE', async () => {
    const lab = await setUp(isCisco, transport);
    const { a, b } = lab;
    const [dialogA] = talk(a, b);
    a.request(dialogA, 'UPDATE', { body: a.sdp({ rtpPort: 16_000 }).replace(/c=IN IP4 .*/, 'c=IN IP4 0.0.0.0') });
    expect(sdpOf(last(a.take(), 200))).toBe('0.0.0.0:20000 0 101 inactive');
    expect(statesOf(lab)).toBe('hold connected');
    accept(b, b.sdp({ rtpPort: 20_000, direction: 'inactive' }));
    a.request(dialogA, 'BYE');
    a.take();
    expect(textOf(last(b.take(), 'BYE'), 'Reason')).toBe('Q.850;cause=16');
    lab.expectNothingLeft();
  });
});

describe('hold and resume', () => {
  it('by both, crosswise: media flows when both have resumed', async () => {
    const lab = await setUp();
    const { a, b } = lab;
    const [dialogA, dialogB] = talk(a, b);
    a.request(dialogA, 'INVITE', { body: a.sdp({ rtpPort: 16_000, direction: 'sendonly' }) });
    a.request(dialogA, 'ACK');
    accept(b, b.sdp({ rtpPort: 20_000, direction: 'inactive' }));
    b.request(dialogB, 'INVITE', { body: b.sdp({ rtpPort: 20_000, direction: 'sendonly' }) });
    b.request(dialogB, 'ACK');
    b.take();
    expect(statesOf(lab)).toBe('hold hold');
    a.request(dialogA, 'INVITE', { body: a.sdp({ rtpPort: 16_000 }) });
    expect(sdpOf(last(a.take(), 200))).toContain('inactive'); // the other still holds
    a.request(dialogA, 'ACK');
    expect(statesOf(lab)).toBe('connected hold');
    b.request(dialogB, 'INVITE', { body: b.sdp({ rtpPort: 20_000, payloads: [0, 101] }) });
    const open = accept(a, a.sdp({ rtpPort: 16_004, payloads: [0, 101] }));
    expect(sdpOf(open)).toBe(`${b.options.address}:20000 0 101`);
    expect(sdpOf(last(b.take(), 200))).toBe(`${a.options.address}:16004 0 101`);
    b.request(dialogB, 'ACK');
    expect(statesOf(lab)).toBe('connected connected');
    expect(lab.control.calls.size).toBe(1);
  });

  it('is not lifted by the one who is only held', async () => {
    const lab = await setUp();
    const { a, b } = lab;
    const [dialogA, dialogB] = talk(a, b);
    b.request(dialogB, 'INVITE', { body: b.sdp({ rtpPort: 20_000, direction: 'sendonly' }) });
    b.request(dialogB, 'ACK');
    accept(a, a.sdp({ rtpPort: 16_000, direction: 'inactive' }));
    a.request(dialogA, 'INVITE', { body: a.sdp({ rtpPort: 16_000 }) });
    expect(sdpOf(last(a.take(), 200))).toContain('inactive');
    expect(statesOf(lab)).toBe('connected hold');
  });

  it('meets an INVITE of ours: 491, and ours is tried again', async () => {
    const lab = await setUp();
    const { a, b, clock } = lab;
    const [dialogA, dialogB] = talk(a, b);
    b.request(dialogB, 'INVITE', { body: b.sdp({ rtpPort: 20_000, direction: 'sendonly' }) });
    b.request(dialogB, 'ACK');
    const ours = last(a.take(), 'INVITE');
    a.request(dialogA, 'INVITE', { body: a.sdp({ rtpPort: 16_000, direction: 'sendonly' }) });
    expect(last(a.take(), 491).cseq?.method).toBe('INVITE');
    a.answer(ours, 491, 'Request Pending');
    expect(statuses(a.take())).toEqual(['ACK']);
    clock.advance(2_001); // the phone made the Call-ID: ours waits up to two seconds
    const again = accept(a, a.sdp({ rtpPort: 16_000, direction: 'inactive' }));
    expect([again.cseq?.number, sdpOf(again)]).toEqual([102, '0.0.0.0:20000 0 101 inactive']);
    expect(again.body.toString()).toMatch(/o=CiscoSystemsCCM-SIP \d+ 3 /);
  });

  it('twice before the first is answered: 500 with Retry-After', async () => {
    const lab = await setUp();
    const { a, b } = lab;
    const [, dialogB] = talk(a, b);
    b.request(dialogB, 'INVITE', { body: b.sdp({ rtpPort: 20_000, direction: 'sendonly' }) });
    b.take();
    b.request(dialogB, 'INVITE', { body: b.sdp({ rtpPort: 20_000 }) }); // its 200 has no ACK yet
    const refusal = last(b.take(), 500);
    expect(textOf(refusal, 'Retry-After')).toMatch(/^\d$/);
  });

  it('is made right after the resume that it crosses', async () => {
    const lab = await setUp();
    const { a, b } = lab;
    const [, dialogB] = talk(a, b);
    b.request(dialogB, 'INVITE', { body: b.sdp({ rtpPort: 20_000, direction: 'sendonly' }) });
    b.request(dialogB, 'ACK');
    const silent = last(a.take(), 'INVITE'); // not answered yet
    b.request(dialogB, 'INVITE', { body: b.sdp({ rtpPort: 20_000, payloads: [0, 101] }) });
    expect(statuses(a.take())).toEqual([]);
    a.answer(silent, 200, 'OK', { body: a.sdp({ rtpPort: 16_000, direction: 'inactive' }) });
    const open = accept(a, a.sdp({ rtpPort: 16_000, payloads: [0, 101] }));
    expect(sdpOf(open)).toBe(`${b.options.address}:20000 0 101`);
    expect(sdpOf(last(b.take(), 200))).toBe(`${a.options.address}:16000 0 101`);
    expect(statesOf(lab)).toBe('connected connected');
  });

  it('is the matter of the phone, which may talk in two calls at once', async () => {
    const lab = await setUp(false);
    const { a, b, c } = lab;
    talk(a, b);
    talk(c, b);
    expect(statesOf(lab)).toBe('connected connected connected connected');
    expect([...a.take(), ...c.take()]).toEqual([]);
    talk(b, c);
    expect(a.take()).toEqual([]);
  });
});

describe('an offer within a call', () => {
  it('from another address: the far end is told, the offerer answered at once', async () => {
    const lab = await setUp();
    const { a, b } = lab;
    const [dialogA] = talk(a, b);
    a.request(dialogA, 'INVITE', { body: a.sdp({ rtpPort: 17_000, payloads: [0, 101] }) });
    expect(sdpOf(last(a.take(), 200))).toBe(`${b.options.address}:20000 0 101`);
    a.request(dialogA, 'ACK');
    expect(sdpOf(accept(b, b.sdp({ rtpPort: 20_000, payloads: [0, 101] })))).toBe(`${a.options.address}:17000 0 101`);
    expect(lab.control.calls.size).toBe(1);
  });

  it('without SDP is answered with an offer, and its ACK has the answer', async () => {
    const lab = await setUp();
    const { a, b } = lab;
    const [dialogA] = talk(a, b);
    a.request(dialogA, 'INVITE');
    expect(sdpOf(last(a.take(), 200))).toBe(`${b.options.address}:20000 0 101`);
    a.request(dialogA, 'ACK', { body: a.sdp({ rtpPort: 18_000, payloads: [0, 101] }) });
    expect(sdpOf(last(b.take(), 'INVITE'))).toBe(`${a.options.address}:18000 0 101`);
  });

  it('with no codec of the far end is refused, and the call goes on', async () => {
    const lab = await setUp();
    const { a, b } = lab;
    const [dialogA] = talk(a, b);
    a.request(dialogA, 'INVITE', { body: a.sdp({ payloads: [18, 101] }) });
    expect(statuses(a.take())).toEqual([100, 488]);
    expect(statesOf(lab)).toBe('connected connected');
  });
});
