// What comes from outside is bounded and costs its sender alone: changed, repeated and misplaced messages of calls.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { last, sipCallLab, statuses, talk } from './call-harness.js';
import type { SipPhone } from './sip-phone.js';

const setUp = async () => {
  const lab = await sipCallLab([
    { dn: '1000', transport: 'UDP' },
    { dn: '1001', transport: 'UDP' },
  ]);
  const [a, b] = lab.phones as [SipPhone, SipPhone];
  return { ...lab, a, b };
};

/** Records what a phone sends, to send it again with something changed. */
const recorded = (phone: SipPhone): string[] => {
  const sent: string[] = [];
  const { peer } = phone;
  const ask = peer.ask.bind(peer);
  Object.assign(peer, {
    ask: (text: string) => {
      sent.push(text);
      return ask(text);
    },
  });
  return sent;
};

describe('messages of calls', () => {
  it('may be changed, repeated and come in any order: nothing fails, and nothing is left over', async () => {
    const { a, b, harness, clock, control } = await setUp();
    const sentByA = recorded(a);
    const sentByB = recorded(b);
    const [dialogA, dialogB] = talk(a, b);
    b.request(dialogB, 'INVITE', { body: b.sdp({ direction: 'sendonly' }) });
    b.request(dialogB, 'ACK');
    const hold = last(a.take(), 'INVITE');
    a.answer(hold, 200, 'OK', { body: a.sdp({ direction: 'inactive' }) });
    a.request(dialogA, 'INFO', { body: 'Signal=5\r\n', type: 'application/dtmf-relay' });
    a.request(dialogA, 'UPDATE');
    a.request(dialogA, 'BYE');
    b.take();
    const wire = [...sentByA.map((text) => [a, text] as const), ...sentByB.map((text) => [b, text] as const)];
    const lineOf = (text: string, at: number, change: 'drop' | 'twice' | 'blank'): string => {
      const all = text.split('\r\n');
      const line = all[at % all.length] ?? '';
      all.splice(
        at % all.length,
        1,
        ...(change === 'drop' ? [] : change === 'twice' ? [line, line] : [`${line.slice(0, 9)}`]),
      );
      return all.join('\r\n');
    };
    fc.assert(
      fc.property(
        fc.nat(wire.length - 1),
        fc.nat(5_000),
        fc.nat(255),
        fc.constantFrom('octet' as const, 'drop' as const, 'twice' as const, 'blank' as const, 'same' as const),
        fc.integer({ min: 0, max: 3_000 }),
        (which, at, octet, change, pause) => {
          const [phone, text] = wire[which] ?? [a, ''];
          const fresh = change === 'same' ? text : text.replace(/Call-ID: call\d+/, `Call-ID: call${at}`);
          const changed =
            change === 'octet'
              ? `${fresh.slice(0, at % fresh.length)}${String.fromCharCode(octet)}${fresh.slice((at % fresh.length) + 1)}`
              : change === 'same'
                ? fresh
                : lineOf(fresh, at, change);
          phone.send(changed);
          clock.advance(pause);
          for (const each of [a, b]) each.take();
        },
      ),
      { numRuns: 400 },
    );
    expect(harness.probe.of('sip.failed')).toEqual([]);
    clock.advance(200_000);
    for (const each of [a, b]) each.take();
    clock.advance(200_000);
    expect([control.calls.size, harness.server.callDialogs]).toEqual([0, 0]);
  });

  it('leave nothing of five hundred calls, whatever became of each', async () => {
    const { a, b, harness, clock, control } = await setUp();
    for (let count = 0; count < 500; count += 1) {
      const dialog = a.invite(count % 5 === 0 ? '7777' : '1001', a.sdp());
      const said = b.take().filter(({ method }) => method === 'INVITE');
      const [invite] = said;
      if (invite !== undefined) {
        if (count % 5 === 1) b.answer(invite, 486, 'Busy Here', { tag: 'b' });
        else b.answer(invite, 180, 'Ringing', { tag: `b${count}` });
        if (count % 5 === 3) b.answer(invite, 200, 'OK', { tag: `b${count}`, body: b.sdp() });
      }
      if (count % 5 === 2) a.request(dialog, 'CANCEL');
      if (count % 5 === 4) clock.advance(100);
      const answers = a.take();
      const final = answers.find(
        ({ status, cseq, callId }) => callId === dialog.callId && status >= 200 && cseq?.method === 'INVITE',
      );
      if (final === undefined) {
        a.request(dialog, 'CANCEL');
        for (const cancel of b.take()) if (cancel.kind === 'request') b.answer(cancel, 200, 'OK');
        if (invite !== undefined) b.answer(invite, 487, 'Request Terminated', { tag: `b${count}` });
        continue;
      }
      a.learn(dialog, final);
      a.request(dialog, 'ACK', final.status === 200 ? {} : { branch: dialog.branch });
      if (final.status === 200) a.request(dialog, 'BYE');
      for (const request of b.take()) {
        if (request.method === 'BYE' || request.method === 'CANCEL') b.answer(request, 200, 'OK');
        if (request.method === 'CANCEL' && invite !== undefined)
          b.answer(invite, 487, 'Request Terminated', { tag: `b${count}` });
      }
      a.take();
    }
    clock.advance(100_000);
    expect([control.calls.size, control.legs.size, harness.server.callDialogs]).toEqual([0, 0, 0]);
    expect(harness.probe.of('sip.failed')).toEqual([]);
  });

  it('are refused where calls are switched off', async () => {
    const lab = await sipCallLab([{ dn: '1000' }, { dn: '1001' }], { enabled: false });
    const [a] = lab.phones as [SipPhone];
    a.invite('1001', a.sdp());
    expect(statuses(a.take())).toEqual([100, 480]);
  });
});
