// What one registered phone may have many of, and what of its words reaches others (`docs/protocols/calls.md` §5.3, §8).

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { type CallEvent, DEFAULT_CALLS } from '../../../src/calls/index.js';
import type { StreamPeer } from '../harness.js';
import { authorization, plain } from '../phones.js';
import { accept, last, sipCallLab, statesOf, statuses, talk, textOf } from './call-harness.js';
import type { SipPhone } from './sip-phone.js';

const setUp = async (settings = {}) => {
  const lab = await sipCallLab([{ dn: '1000' }, { dn: '1001' }], settings);
  const [a, b] = lab.phones as [SipPhone, SipPhone];
  return { ...lab, a, b };
};

const finals = (phone: SipPhone): (number | string)[] => statuses(phone.take()).filter((status) => status !== 100);

describe('a phone that calls without end', () => {
  it('is answered 503 beyond its ration, with one line a second; the phone that it calls rings no more often', async () => {
    const { a, b, clock, events, expectNothingLeft } = await setUp({
      limits: { ...DEFAULT_CALLS.limits, perSecond: 5, trunkCalls: 2 },
    });
    for (let count = 0; count < 1_000; count += 1) {
      const dialog = a.invite('1001', a.sdp());
      a.request(dialog, 'CANCEL');
    }
    const answers = a.take();
    const busy = answers.filter(({ status }) => status === 503);
    expect(busy).toHaveLength(995);
    expect(new Set(busy.map((answer) => textOf(answer, 'Retry-After')))).toEqual(new Set(['5']));
    expect(b.take().filter(({ method }) => method === 'INVITE').length).toBeLessThanOrEqual(5);
    clock.advance(1_000);
    const denied = events.flatMap((event) => (event.type === 'call.denied' ? [[event.reason, event.count]] : []));
    expect(denied).toEqual([
      ['too-fast', 1],
      ['too-fast', 994],
    ]);
    expectNothingLeft();
  });

  it('with a number of any length costs one answer, and no pattern is tried with it', async () => {
    const translations = Array.from({ length: 1_000 }, (_one, index) => ({ match: `!${index}!`, to: '1001' }));
    const { a, b } = await setUp({ translations });
    a.invite('1'.repeat(200), a.sdp());
    expect([finals(a), b.take()]).toEqual([[404], []]);
  });

  it('rings for as long as `noAnswer` says', async () => {
    const { a, b, clock, expectNothingLeft } = await setUp({ noAnswer: 20_000 });
    a.invite('1001', a.sdp());
    const invite = last(b.take(), 'INVITE');
    for (let count = 0; count < 100; count += 1) {
      b.answer(invite, 180, 'Ringing', { tag: 'b' });
      clock.advance(200);
    }
    expect(finals(a)).toEqual([180, 480]); // it rings for ever, and is heard once
    const cancel = last(b.take(), 'CANCEL');
    b.answer(cancel, 200, 'OK');
    b.answer(invite, 487, 'Request Terminated', { tag: 'b' });
    expectNothingLeft();
  });
});

describe('whoever is not registered', () => {
  it('calls nobody, from the address of a phone with a password as little as from elsewhere', async () => {
    const digest = { user: 'u', password: 'p' };
    const lab = await sipCallLab([{ dn: '1000' }, { dn: '1001', isCisco: false, more: { digest } }]);
    const [a, b] = lab.phones as [SipPhone, SipPhone];
    const uri = 'sip:1000@10.10.210.10';
    const { address } = b.options;
    for (const from of [
      { address: '10.10.210.66', port: 6_666 },
      { address, port: 6_666 },
    ]) {
      const stranger = lab.harness.tcp(from);
      for (const method of ['INVITE', 'INVITE']) {
        const [challenge] = stranger.ask(plain(method, '1001', { uri, callId: `${from.address}-${method}` }));
        expect(challenge?.status).toBe(401);
        const wrong = [authorization(challenge, 'u', 'wrong', uri, method)];
        const again = stranger.ask(plain(method, '1001', { uri, headers: wrong, cseq: 2 }));
        expect([401, 403]).toContain(again[0]?.status);
      }
    }
    expect(a.take()).toEqual([]);
    expect(lab.control.calls.size).toBe(0);
  });
});

describe('an offer', () => {
  it.each([
    ['a group', '224.0.1.75'],
    ['everybody', '255.255.255.255'],
    ['a reserved address', '250.1.1.1'],
    ['no address', '10.0.0.300'],
    ['a name', 'host.example'],
  ])('that names %s is refused, first and in the call', async (_what, address) => {
    const { a, b, ...lab } = await setUp();
    const bad = a.sdp().replaceAll(`c=IN IP4 ${a.options.address}`, `c=IN IP4 ${address}`);
    a.invite('1001', bad);
    expect([finals(a), b.take()]).toEqual([[488], []]);
    const [dialogA] = talk(a, b);
    a.request(dialogA, 'INVITE', { body: bad });
    expect([finals(a), b.take(), statesOf({ ...lab, a, b } as never)]).toEqual([[488], [], 'connected connected']);
  });

  it('that names where this machine receives speech is refused, in an INVITE, in the call, in a 200 and in an ACK', async () => {
    const { a, b, control, clock, ...lab } = await setUp();
    lab.receivesAt(({ port }) => port === 24_000);
    const bad = { rtpPort: 24_000, payloads: [0, 101] };
    a.invite('1001', a.sdp(bad));
    expect([finals(a), b.take()]).toEqual([[488], []]);
    const [dialogA, dialogB] = talk(a, b);
    a.request(dialogA, 'INVITE', { body: a.sdp(bad) });
    expect([finals(a), b.take(), control.calls.size]).toEqual([[488], [], 1]);
    b.request(dialogB, 'BYE');
    clock.advance(1_000);
    a.take();
    b.take();
    a.invite('1001', a.sdp());
    b.answer(last(b.take(), 'INVITE'), 200, 'OK', { tag: 'c', body: b.sdp(bad) });
    expect(finals(a)).toEqual([503]);
    expect(statuses(b.take())).toEqual(['ACK', 'BYE']);
    const late = a.invite('1001', undefined);
    b.answer(last(b.take(), 'INVITE'), 200, 'OK', { tag: 'd', body: b.sdp({ rtpPort: 20_000, payloads: [0, 101] }) });
    a.learn(late, last(a.take(), 200));
    a.request(late, 'ACK', { body: a.sdp(bad) });
    expect(control.calls.size).toBe(0);
    for (const { notes } of [a, b].map(({ peer }) => ({ notes: peer.take() })))
      for (const message of notes) expect(message.body.toString('latin1')).not.toContain('24000');
  });

  it('has parameters that reach the far phone as plain text, or not at all', async () => {
    for (const [written, isPassed] of [
      ['a=fmtp:0 mode=plain', true],
      ['a=fmtp:0 mode=\u0000\u001b[2J', false],
      [`a=fmtp:0 ${'x'.repeat(300)}`, false],
      ['a=fmtp:0 \u00ff', false],
    ] as const) {
      const { a, b } = await setUp({ codecs: ['PCMU'] });
      a.invite('1001', a.sdp({ payloads: [0, 101], lines: [written] }));
      const invite = last(b.take(), 'INVITE');
      b.answer(invite, 200, 'OK', { tag: `b${written.length}`, body: b.sdp({ payloads: [0, 101] }) });
      const text = last(b.take(), 'ACK').body.toString('latin1');
      expect(text.includes('a=fmtp:0')).toBe(isPassed);
      expect(text).not.toMatch(/[^\r\n\x20-\x7e]/);
    }
  });

  it('comes five times a second at most: the far phone hears no more than that', async () => {
    const { a, b, clock } = await setUp();
    const [dialogA] = talk(a, b);
    let heard = 0;
    for (let count = 0; count < 200; count += 1) {
      a.request(dialogA, 'INVITE', { body: a.sdp({ rtpPort: 17_000 + 2 * count }) });
      const answers = a.take();
      if (statuses(answers).includes(200)) a.request(dialogA, 'ACK');
      for (const invite of b.take()) {
        if (invite.method !== 'INVITE') continue;
        heard += 1;
        b.answer(invite, 200, 'OK', { body: b.sdp({ rtpPort: 20_000, payloads: [0, 8, 101] }) });
        b.take();
      }
    }
    expect(heard).toBeLessThanOrEqual(5);
    clock.advance(2_000);
    a.request(dialogA, 'INVITE', { body: a.sdp({ rtpPort: 18_000 }) });
    accept(b, b.sdp({ rtpPort: 20_000, payloads: [0, 8, 101] }));
    expect(finals(a)).toContain(200);
  });
});

describe('keys of a call', () => {
  it('are passed on fifty times a second at most, however many a phone tells', async () => {
    const { sccp, a, clock } = await setUp();
    const far = sccp('3000');
    const dialog = a.invite('3000', a.sdp());
    far.answer();
    a.learn(dialog, last(a.take(), 200));
    a.request(dialog, 'ACK');
    far.take();
    const key = { body: 'Signal=5\r\nDuration=160\r\n', type: 'application/dtmf-relay' };
    for (let count = 0; count < 500; count += 1) a.request(dialog, 'INFO', key);
    expect(far.take().filter((note) => note === 'digit 5')).toHaveLength(50);
    clock.advance(2_000);
    a.request(dialog, 'INFO', key);
    expect(far.take()).toEqual(['digit 5']);
  });
});

describe('a link that is lost', () => {
  const lost = (phone: SipPhone): void => {
    (phone.peer as StreamPeer).link.hangUp();
  };
  const kinds = (events: readonly CallEvent[]): string[] => events.map(({ type }) => type);

  it.each(['caller', 'called'] as const)('while it rings, of the %s, ends the call for the other', async (whose) => {
    const { a, b, events, expectNothingLeft } = await setUp();
    a.invite('1001', a.sdp());
    const invite = last(b.take(), 'INVITE');
    b.answer(invite, 180, 'Ringing', { tag: 'b' });
    a.take();
    lost(whose === 'caller' ? a : b);
    if (whose === 'called') expect(finals(a)).toEqual([503]);
    else {
      b.answer(last(b.take(), 'CANCEL'), 200, 'OK');
      b.answer(invite, 487, 'Request Terminated', { tag: 'b' });
    }
    expect(kinds(events)).toContain('call.ended');
    expectNothingLeft();
  });

  it('while both talk leaves the other its media, and the trace tells it', async () => {
    const { a, b, events, control, expectNothingLeft } = await setUp();
    const [dialogA] = talk(a, b);
    a.take();
    lost(b);
    expect([a.take(), control.legs.size]).toEqual([[], 2]);
    expect(events.filter(({ type }) => type === 'call.preserved')).toMatchObject([{ device: b.options.device }]);
    a.request(dialogA, 'BYE');
    expect(finals(a)).toEqual([200]);
    expectNothingLeft();
  });
});

describe('dialogs of others', () => {
  it('are not reached by REFER, Replaces or Join, in the call and outside of it', async () => {
    const lab = await sipCallLab([{ dn: '1000' }, { dn: '1001' }, { dn: '1002' }]);
    const [a, b, c] = lab.phones as [SipPhone, SipPhone, SipPhone];
    const [dialogA] = talk(a, b);
    const { callId } = dialogA;
    const [ours, theirs] = [dialogA.to, dialogA.from].map((text) => /tag=(.*)$/.exec(text)?.[1]);
    for (const [to, from] of [
      [ours, theirs],
      [theirs, ours],
      ['x', 'y'],
    ]) {
      c.invite('1001', c.sdp(), [`Replaces: ${callId};to-tag=${to};from-tag=${from}`]);
      expect(finals(c)).toEqual([481]);
      const uri = `<sip:1001@10.10.210.10?Replaces=${callId}%3Bto-tag%3D${to}%3Bfrom-tag%3D${from}>`;
      const outside = {
        ...dialogA,
        callId: `refer-${to}`,
        from: '<sip:1002@10.10.210.10>;tag=c',
        to: '<sip:1001@10.10.210.10>',
      };
      c.request(outside, 'REFER', { headers: [`Refer-To: ${uri}`] });
      expect(finals(c)).toEqual([603]);
    }
    // It has seen the tags of a dialog that is not its own.
    for (const method of ['BYE', 'INVITE', 'INFO', 'UPDATE', 'PRACK', 'CANCEL']) {
      c.request({ ...dialogA }, method, { cseq: 500 });
      expect(finals(c)).toContain(481);
    }
    expect([a.take(), b.take(), statesOf(lab)]).toEqual([[], [], 'connected connected']);
  });
});

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Octets in use, once the collector has had its several turns to give back the others. */
const memory = async (): Promise<number> => {
  for (let count = 0; count < 5; count += 1) {
    collectGarbage();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

const CALLS = 1_000;
/** What both legs of a call may keep, phones of the test and all. */
const MOST_KEPT = 20 * 1024;

it('a call that stands keeps little: no message, and nothing of those that are over', async () => {
  const lab = await sipCallLab([{ dn: '1000' }, { dn: '1001' }], {
    limits: { calls: 2 * CALLS, perDevice: 2 * CALLS, perSecond: 2 * CALLS, trunkCalls: 2 },
  });
  const [a, b] = lab.phones as [SipPhone, SipPhone];
  for (const { configured } of lab.harness.database.devices())
    for (const each of configured.lines) Object.assign(each, { maxCalls: 2 * CALLS, busyTrigger: 2 * CALLS });
  const forget = (): void => {
    lab.clock.advance(40_000);
    for (const phone of [a, b]) phone.take();
    lab.events.length = 0;
    lab.harness.probe.clear();
  };
  talk(a, b);
  forget();
  const before = await memory();
  for (let count = 0; count < CALLS; count += 1) {
    talk(a, b);
    if (count % 100 === 0) lab.harness.probe.clear();
  }
  forget();
  expect(lab.control.calls.size).toBe(CALLS + 1);
  const kept = ((await memory()) - before) / CALLS;
  process.stdout.write(`a call of two SIP phones keeps ${(kept / 1024).toFixed(1)} KiB\n`);
  expect(kept).toBeLessThan(MOST_KEPT);
}, 60_000);
