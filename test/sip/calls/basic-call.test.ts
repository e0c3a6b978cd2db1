import { describe, expect, it } from 'vitest';
import { seconds } from '../../../src/core/time.js';
import { last, sdpOf, sipCallLab, statuses, textOf } from './call-harness.js';
import type { SipPhone } from './sip-phone.js';

const ALL = [
  { name: 'Cisco phones over TCP', isCisco: true, transport: 'TCP' },
  { name: 'Cisco phones over UDP', isCisco: true, transport: 'UDP' },
  { name: 'plain phones over UDP', isCisco: false, transport: 'UDP' },
  { name: 'plain phones over TCP', isCisco: false, transport: 'TCP' },
] as const;

describe.each(ALL)('$name', ({ isCisco, transport }) => {
  const lab = async (settings = {}) => {
    const made = await sipCallLab(
      [
        { dn: '1000', isCisco, transport },
        { dn: '1001', isCisco, transport },
      ],
      settings,
      { settings: { expires: { granted: seconds(3600), min: seconds(60), max: seconds(3600) } } },
    );
    const [a, b] = made.phones as [SipPhone, SipPhone];
    return { ...made, a, b };
  };

  it('call, talk and hang up', async () => {
    const { a, b, control, expectNothingLeft } = await lab();
    const dialogA = a.invite('1001', a.sdp());
    expect(statuses(a.take())).toEqual([100]);
    const [invite] = b.take();
    expect(invite?.method).toBe('INVITE');
    if (invite === undefined) return;
    expect(invite.uri).toBe(b.contact);
    expect(invite.body.length > 0).toBe(!isCisco); // plain phones are offered at once
    b.answer(invite, 180, 'Ringing', { tag: 'b' });
    expect(statuses(a.take())).toEqual([180]);
    const dialogB = b.dialogOf(invite, 'b');
    b.answer(invite, 200, 'OK', { tag: 'b', body: b.sdp({ rtpPort: 20_000, payloads: [0, 101] }) });
    const ack = last(b.take(), 'ACK');
    expect(ack.uri).toBe(b.contact);
    if (isCisco) expect(sdpOf(ack)).toBe(`${a.options.address}:16384 0 101`);
    const ok = last(a.take(), 200);
    expect(sdpOf(ok)).toBe(`${b.options.address}:20000 0 101`);
    a.learn(dialogA, ok);
    a.request(dialogA, 'ACK');
    expect([...control.legs.all()].map(({ state }) => state)).toEqual(['connected', 'connected']);
    b.request(dialogB, 'BYE');
    expect(statuses(b.take())).toEqual([200]);
    const bye = last(a.take(), 'BYE');
    expect(textOf(bye, 'Reason')).toBe('Q.850;cause=16');
    a.answer(bye, 200, 'OK');
    expectNothingLeft();
    expect([...statuses(a.take()), ...statuses(b.take())]).toEqual([]);
  });

  it('hear why a call is not made', async () => {
    const { a, b, expectNothingLeft } = await lab();
    for (const [number, status, reason] of [
      ['7777', 404, '1'],
      ['10', isCisco ? undefined : 484, '28'],
      ['*43', 486, '17'],
    ] as const) {
      if (status === undefined) continue;
      const dialog = a.invite(number, a.sdp());
      const answers = a.take();
      expect(statuses(answers)).toEqual([100, status]);
      expect(textOf(last(answers, status), 'Reason')).toBe(`Q.850;cause=${reason}`);
      a.learn(dialog, last(answers, status));
      a.request(dialog, 'ACK', { branch: dialog.branch });
    }
    expect(b.take()).toEqual([]);
    expectNothingLeft();
  });

  it.each([
    [486, 'Busy Here', 486, 17],
    [603, 'Decline', 603, 21],
    [480, 'Gone', 480, 18],
    [404, 'Not Found', 480, 20],
    [500, 'Oops', 503, 41],
    [488, 'No', 488, 88],
    [606, 'No', 488, 88],
    [302, 'Moved', 503, 41],
  ])('are told of a refusal by %i', async (status, phrase, answered, cause) => {
    const { a, b, expectNothingLeft } = await lab();
    const dialog = a.invite('1001', a.sdp());
    const invite = last(b.take(), 'INVITE');
    b.answer(invite, 180, 'Ringing', { tag: 'b' });
    b.answer(invite, status, phrase, { tag: 'b' });
    const ack = last(b.take(), 'ACK');
    expect([ack.via?.branch, ack.toTag]).toEqual([invite.via?.branch, 'b']);
    const answer = last(a.take(), answered);
    expect(textOf(answer, 'Reason')).toBe(`Q.850;cause=${cause}`);
    a.learn(dialog, answer);
    a.request(dialog, 'ACK', { branch: dialog.branch });
    expectNothingLeft();
  });

  it('cancel while the other rings', async () => {
    const { a, b, expectNothingLeft } = await lab();
    const dialog = a.invite('1001', a.sdp());
    const invite = last(b.take(), 'INVITE');
    b.answer(invite, 180, 'Ringing', { tag: 'b' });
    a.take();
    a.request(dialog, 'CANCEL');
    const answers = a.take();
    expect(answers.map(({ status, cseq }) => `${status} ${cseq?.method}`)).toEqual(['200 CANCEL', '487 INVITE']);
    a.learn(dialog, last(answers, 487));
    a.request(dialog, 'ACK', { branch: dialog.branch });
    const cancel = last(b.take(), 'CANCEL');
    expect([cancel.via?.branch, cancel.cseq?.number, cancel.toTag]).toEqual([
      invite.via?.branch,
      invite.cseq?.number,
      undefined,
    ]);
    b.answer(cancel, 200, 'OK');
    b.answer(invite, 487, 'Request Terminated', { tag: 'b' });
    expect(statuses(b.take())).toEqual(['ACK']);
    expectNothingLeft();
  });

  it('send no CANCEL before the first provisional answer', async () => {
    const { a, b, expectNothingLeft } = await lab();
    const dialog = a.invite('1001', a.sdp());
    const invite = last(b.take(), 'INVITE');
    a.request(dialog, 'CANCEL');
    const refusal = last(a.take(), 487);
    a.learn(dialog, refusal);
    a.request(dialog, 'ACK', { branch: dialog.branch });
    expect(b.take()).toEqual([]);
    b.answer(invite, 100, 'Trying');
    expect(statuses(b.take())).toEqual(['CANCEL']);
    b.answer(invite, 487, 'Request Terminated', { tag: 'b' });
    expect(statuses(b.take())).toEqual(['ACK']);
    expectNothingLeft();
  });

  it('end a call whose answer crosses the CANCEL', async () => {
    const { a, b, expectNothingLeft } = await lab();
    const dialog = a.invite('1001', a.sdp());
    const invite = last(b.take(), 'INVITE');
    b.answer(invite, 180, 'Ringing', { tag: 'b' });
    a.request(dialog, 'CANCEL');
    a.learn(dialog, last(a.take(), 487));
    a.request(dialog, 'ACK', { branch: dialog.branch });
    const cancel = last(b.take(), 'CANCEL');
    b.answer(invite, 200, 'OK', { tag: 'b', body: b.sdp() });
    b.answer(cancel, 200, 'OK');
    const said = b.take();
    expect(statuses(said)).toEqual(['ACK', 'BYE']);
    if (isCisco) expect(sdpOf(last(said, 'ACK'))).toMatch(/^0\.0\.0\.0:0 /);
    b.answer(last(said, 'BYE'), 200, 'OK');
    b.answer(invite, 200, 'OK', { tag: 'b', body: b.sdp() }); // once more: the same ACK again
    expect(statuses(b.take())).toEqual(['ACK']);
    expectNothingLeft();
  });

  it('give up a phone that rings too long', async () => {
    const { a, b, clock, expectNothingLeft } = await lab();
    const dialog = a.invite('1001', a.sdp());
    const invite = last(b.take(), 'INVITE');
    b.answer(invite, 180, 'Ringing', { tag: 'b' });
    a.take();
    clock.advance(181_000);
    const answer = last(a.take(), 480);
    expect([answer.reason, textOf(answer, 'Reason')]).toEqual(['Temporarily Not Available', 'Q.850;cause=19']);
    a.learn(dialog, answer);
    a.request(dialog, 'ACK', { branch: dialog.branch });
    expect(statuses(b.take())).toContain('CANCEL');
    b.answer(invite, 487, 'Request Terminated', { tag: 'b' });
    expectNothingLeft();
  });
});
