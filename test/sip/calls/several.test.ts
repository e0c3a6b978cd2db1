// Several calls of one SIP phone, on a line and on several: held and taken back in turn, each line with limits of its own.

import { describe, expect, it } from 'vitest';
import { last, sdpOf, sipCallLab, statesOf, statuses, textOf } from './call-harness.js';
import type { PhoneDialog, SipPhone } from './sip-phone.js';

const setUp = async (limits = { maxCalls: 4, busyTrigger: 3 }) => {
  const lab = await sipCallLab(
    [{ dn: '1001', otherLines: ['1011'], limits }, ...['2000', '2001', '2002', '2003', '2004'].map((dn) => ({ dn }))],
    { moh: 'none' },
  );
  const [b, ...callers] = lab.phones as [SipPhone, ...SipPhone[]];
  return { ...lab, b, callers };
};

/** `caller` calls a line of `b`, which rings. */
const ring = (caller: SipPhone, b: SipPhone, dn: string, tag: string) => {
  const dialog = caller.invite(dn, caller.sdp({ rtpPort: 16_000, payloads: [0, 101] }));
  const invite = last(b.take(), 'INVITE');
  b.answer(invite, 180, 'Ringing', { tag });
  caller.learn(dialog, last(caller.take(), 180));
  return { dialog, invite };
};

const answer = (
  caller: SipPhone,
  b: SipPhone,
  { dialog, invite }: ReturnType<typeof ring>,
  tag: string,
): PhoneDialog => {
  b.answer(invite, 200, 'OK', { tag, body: b.sdp({ rtpPort: 20_000, payloads: [0, 101] }) });
  caller.learn(dialog, last(caller.take(), 200));
  caller.request(dialog, 'ACK');
  b.take();
  return b.dialogOf(invite, tag);
};

/** The phone sends its offer, and the far end answers that of the server. */
const offer = (b: SipPhone, dialog: PhoneDialog, far: SipPhone, direction?: string): string => {
  b.request(dialog, 'INVITE', {
    body: b.sdp({ rtpPort: 20_000, payloads: [0, 101], ...(direction && { direction }) }),
  });
  const isHeld = direction !== undefined;
  far.answer(last(far.take(), 'INVITE'), 200, 'OK', {
    body: far.sdp({ rtpPort: 16_000, payloads: [0, 101], ...(isHeld && { direction: 'inactive' }) }),
  });
  far.take();
  const ok = last(b.take(), 200);
  b.request(dialog, 'ACK');
  return sdpOf(ok);
};

const instances = (message: ReturnType<typeof last>): string | undefined =>
  /call-instance= (\d)/.exec(message.bytes.toString('latin1'))?.[1];

describe('a SIP phone', () => {
  it('has three calls on a line, each with a number of its own, and talks in turn', async () => {
    const lab = await setUp();
    const { b, callers, control } = lab;
    const calls = callers.slice(0, 3).map((caller, index) => {
      const rung = ring(caller, b, '1001', `t${index}`);
      expect(instances(rung.invite)).toBe(String(index + 1));
      const dialog = answer(caller, b, rung, `t${index}`);
      if (index < 2) expect(offer(b, dialog, caller, 'sendonly')).toContain('inactive');
      return { caller, dialog, ofCaller: rung.dialog };
    });
    const [first, second, third] = calls as [(typeof calls)[0], (typeof calls)[0], (typeof calls)[0]];
    expect(control.legs.of(b.options.device as never).map(({ state }) => state)).toEqual(['hold', 'hold', 'connected']);
    expect(offer(b, third.dialog, third.caller, 'sendonly')).toContain('inactive');
    expect(offer(b, first.dialog, first.caller)).toBe(`${first.caller.options.address}:16000 0 101`);
    expect(control.legs.of(b.options.device as never).map(({ state }) => state)).toEqual(['connected', 'hold', 'hold']);
    // The number of one that is over is given again.
    second.caller.request(second.ofCaller, 'BYE');
    b.answer(last(b.take(), 'BYE'), 200, 'OK');
    const again = ring(second.caller, b, '1001', 'again');
    expect(instances(again.invite)).toBe('2');
    second.caller.request(again.dialog, 'CANCEL');
    const cancel = last(b.take(), 'CANCEL');
    b.answer(cancel, 200, 'OK');
    b.answer(again.invite, 487, 'Request Terminated', { tag: 'again' });
    for (const { caller, ofCaller } of [first, third]) {
      caller.request(ofCaller, 'BYE');
      b.answer(last(b.take(), 'BYE'), 200, 'OK');
    }
    lab.expectNothingLeft();
  });

  it('is busy at the trigger of the line that is called, and free on its other', async () => {
    const { b, callers } = await setUp({ maxCalls: 4, busyTrigger: 2 });
    const [one, two, three, four] = callers as [SipPhone, SipPhone, SipPhone, SipPhone];
    const first = ring(one, b, '1001', 't0');
    offer(b, answer(one, b, first, 't0'), one, 'sendonly'); // a held one counts
    ring(two, b, '1001', 't1');
    three.invite('1001', three.sdp());
    const busy = last(three.take(), 486);
    expect([textOf(busy, 'Reason'), b.take()]).toEqual(['Q.850;cause=17', []]);
    const other = ring(four, b, '1011', 't2');
    expect([other.invite.uri.includes('-1011@'), instances(other.invite)]).toEqual([true, '1']);
  });

  it('begins so many calls on a line and no more, and others on its other', async () => {
    const lab = await setUp({ maxCalls: 2, busyTrigger: 1 });
    const { b } = lab;
    for (const number of ['2000', '2001']) b.invite(number, b.sdp());
    expect(statuses(b.take())).toEqual([100, 100]);
    b.invite('2002', b.sdp());
    expect(statuses(b.take())).toEqual([100, 486]);
    b.invite('2002', b.sdp(), [], '1011');
    expect(statuses(b.take())).toEqual([100]);
    expect(lab.control.legs.of(b.options.device as never).map(({ dn, lineInstance }) => [dn, lineInstance])).toEqual([
      ['1001', 1],
      ['1001', 1],
      ['1011', 2],
    ]);
    expect(
      statesOf(lab)
        .split(' ')
        .filter((state) => state === 'ring-in'),
    ).toEqual(['ring-in', 'ring-in', 'ring-in']);
  });
});
