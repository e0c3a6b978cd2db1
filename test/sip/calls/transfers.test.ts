// Transfers by REFER, and INVITEs that take the place of another's.

import { describe, expect, it } from 'vitest';
import type { CallEnded } from '../../../src/calls/index.js';
import type { SipMessage } from '../../../src/sip/message/message.js';
import type { StreamPeer } from '../harness.js';
import {
  accept,
  bodyOf,
  last,
  type SipCallLab,
  sdpOf,
  sipCallLab,
  statesOf,
  statuses,
  talk,
  textOf,
} from './call-harness.js';
import type { PhoneDialog, SipPhone } from './sip-phone.js';

const setUp = async (isCisco = true, transport: 'TCP' | 'UDP' = 'TCP') => {
  const lab = await sipCallLab(['1000', '1001', '1002', '1003'].map((dn) => ({ dn, isCisco, transport })));
  const [a, b, c, d] = lab.phones as [SipPhone, SipPhone, SipPhone, SipPhone];
  return { ...lab, a, b, c, d };
};

const tagOf = (header: string): string => /tag=([^;>]+)/.exec(header)?.[1] ?? '';

/** What B writes into a REFER to be connected with the far end of its other dialog. */
const replacing = (number: string, { callId, from, to }: PhoneDialog): string =>
  `Refer-To: <sip:${number}@10.10.210.10?Replaces=${encodeURIComponent(
    `${callId};to-tag=${tagOf(to)};from-tag=${tagOf(from)}`,
  )}>`;

/** B holds its call with A, and calls C. */
const consult = (b: SipPhone, c: SipPhone, primary: PhoneDialog, a: SipPhone, answers: boolean) => {
  b.request(primary, 'INVITE', { body: b.sdp({ rtpPort: 20_000, direction: 'sendonly', version: 1 }) });
  b.take();
  b.request(primary, 'ACK');
  accept(a, a.sdp({ rtpPort: 16_000, direction: 'inactive' }));
  a.take();
  const dialog = b.invite('1002', b.sdp({ rtpPort: 20_002, payloads: [0, 8, 101] }));
  const invite = last(c.take(), 'INVITE');
  c.answer(invite, 180, 'Ringing', { tag: 'c' });
  b.learn(dialog, last(b.take(), 180));
  if (!answers) return { dialog, invite };
  c.answer(invite, 200, 'OK', { tag: 'c', body: c.sdp({ rtpPort: 24_000, payloads: [0, 8, 101] }) });
  c.take();
  b.learn(dialog, last(b.take(), 200));
  b.request(dialog, 'ACK');
  return { dialog, invite };
};

/** Answers what a phone is asked within its call, until it is asked nothing more. */
const settle = (phone: SipPhone, rtpPort: number): SipMessage[] => {
  const all: SipMessage[] = [];
  for (;;) {
    const fresh = phone.take();
    if (fresh.length === 0) return all;
    all.push(...fresh);
    for (const message of fresh) {
      if (message.kind !== 'request' || message.method === 'ACK') continue;
      const isOffer = message.method === 'INVITE';
      const direction = bodyOf(message).includes('a=inactive') ? 'inactive' : undefined;
      const body = isOffer ? phone.sdp({ rtpPort, payloads: [0, 101], ...(direction && { direction }) }) : undefined;
      phone.answer(message, 200, 'OK', body === undefined ? {} : { body });
    }
  }
};

const written = (message: SipMessage): string => message.bytes.toString('latin1');

const fragments = (messages: readonly SipMessage[]): string[] =>
  messages.filter(({ method }) => method === 'NOTIFY').map((message) => bodyOf(message).trim());

const endedOf = ({ events }: SipCallLab): string[] =>
  events
    .filter((event): event is CallEnded => event.type === 'call.ended')
    .map(({ calling, called, orig, dest }) => `${calling.number}>${called.number} ${orig.cause}/${dest?.cause}`);

describe.each([
  ['Cisco phones over TCP', true, 'TCP'],
  ['plain phones over UDP', false, 'UDP'],
] as const)('%s', (_name, isCisco, transport) => {
  it('transfer to a phone that has answered', async () => {
    const lab = await setUp(isCisco, transport);
    const { a, b, c } = lab;
    const [dialogA, primary] = talk(a, b);
    const { dialog } = consult(b, c, primary, a, true);
    b.request(primary, 'REFER', { headers: [replacing('1002', dialog)] });
    const told = settle(b, 20_000);
    expect(statuses(told)).toEqual([202, 'NOTIFY', 'NOTIFY', 'BYE', 'BYE']);
    expect(fragments(told)).toEqual(['SIP/2.0 100 Trying', 'SIP/2.0 200 OK']);
    expect(told.filter(({ method }) => method === 'NOTIFY').map((each) => textOf(each, 'Subscription-State'))).toEqual([
      'active;expires=60',
      'terminated;reason=noresource',
    ]);
    for (let turn = 0; turn < 3; turn += 1) {
      settle(c, 24_000);
      settle(a, 16_000);
    }
    expect(statesOf(lab)).toBe('connected connected');
    const [one, other] = [...lab.control.legs.all()];
    expect([one?.sending?.to.port, other?.sending?.to.port]).toEqual([24_000, 16_000]);
    a.request(dialogA, 'BYE');
    a.take();
    settle(c, 24_000);
    lab.expectNothingLeft();
    expect(endedOf(lab)).toEqual(['1000>1001 0/393216', '1001>1002 393216/0', '1000>1002 16/0']);
  });

  it('transfer to a phone that rings', async () => {
    const lab = await setUp(isCisco, transport);
    const { a, b, c } = lab;
    const [, primary] = talk(a, b);
    const { dialog, invite } = consult(b, c, primary, a, false);
    b.request(primary, 'REFER', { headers: [replacing('1002', dialog)] });
    const told = settle(b, 20_000);
    expect(statuses(told)).toEqual([202, 'NOTIFY', 'NOTIFY', 500, 'BYE']);
    b.request(dialog, 'ACK');
    const heard = settle(a, 16_000);
    const update = last(heard, 'UPDATE');
    if (isCisco) expect(written(update)).toContain('ui-state= ringout');
    expect(written(update)).toContain('<sip:1002@');
    const shown = settle(c, 24_000);
    expect(written(last(shown, 'UPDATE'))).toContain('<sip:1000@');
    c.answer(invite, 200, 'OK', { tag: 'c', body: c.sdp({ rtpPort: 24_000, payloads: [0, 8, 101] }) });
    for (let turn = 0; turn < 3; turn += 1) {
      settle(a, 16_000);
      settle(c, 24_000);
    }
    expect(statesOf(lab)).toBe('connected connected');
    const [one, other] = [...lab.control.legs.all()];
    expect([one?.sending?.to.port, other?.sending?.to.port]).toEqual([24_000, 16_000]);
    c.request(c.dialogOf(invite, 'c'), 'BYE');
    settle(a, 16_000);
    lab.expectNothingLeft();
  });

  it('transfer blind, and leave once the third rings', async () => {
    const lab = await setUp(isCisco, transport);
    const { a, b, c } = lab;
    const [, primary] = talk(a, b);
    b.request(primary, 'REFER', { headers: ['Refer-To: <sip:1002@10.10.210.10>'] });
    expect(fragments(settle(b, 20_000))).toEqual(['SIP/2.0 100 Trying']);
    const invite = last(c.take(), 'INVITE');
    expect(written(invite)).toContain('<sip:1000@');
    c.answer(invite, 180, 'Ringing', { tag: 'c' });
    const told = settle(b, 20_000);
    expect([fragments(told), statuses(told)]).toEqual([['SIP/2.0 200 OK'], ['NOTIFY', 'BYE']]);
    settle(a, 16_000);
    settle(c, 24_000);
    c.answer(invite, 200, 'OK', { tag: 'c', body: c.sdp({ rtpPort: 24_000, payloads: [0, 8, 101] }) });
    for (let turn = 0; turn < 3; turn += 1) {
      settle(a, 16_000);
      settle(c, 24_000);
    }
    expect(statesOf(lab)).toBe('connected connected');
    c.request(c.dialogOf(invite, 'c'), 'BYE');
    settle(a, 16_000);
    lab.expectNothingLeft();
  });

  it('keep their call where nobody can be reached', async () => {
    const lab = await setUp(isCisco, transport);
    const { a, b, d } = lab;
    const [, primary] = talk(a, b);
    for (const [number, outcome] of [
      ['7777', '404 Not Found'],
      ['1003', '486 Busy Here'],
    ] as const) {
      b.request(primary, 'REFER', { headers: [`Refer-To: <sip:${number}@10.10.210.10>`] });
      const told = settle(b, 20_000);
      if (number === '1003') d.answer(last(d.take(), 'INVITE'), 486, 'Busy Here', { tag: 'd' });
      told.push(...settle(b, 20_000));
      expect(fragments(told)).toEqual(['SIP/2.0 100 Trying', `SIP/2.0 ${outcome}`]);
    }
    expect(statesOf(lab)).toBe('connected connected');
    b.request(primary, 'BYE');
    b.take();
    settle(a, 16_000);
    lab.expectNothingLeft();
  });
});

describe('a REFER', () => {
  const REFUSED: readonly (readonly [what: string, headers: readonly string[], status: number])[] = [
    ['without Refer-To', [], 400],
    ['to another server', ['Refer-To: <sip:1002@example.org>'], 603],
    ['to a secure URI', ['Refer-To: <sips:1002@10.10.210.10>'], 603],
    ['of another method', ['Refer-To: <sip:1002@10.10.210.10;method=BYE>'], 603],
    ['to no number', ['Refer-To: <sip:10.10.210.10>'], 400],
    ['with a Replaces that names nothing', ['Refer-To: <sip:1002@10.10.210.10?Replaces=x>'], 400],
  ];
  it.each(REFUSED)('%s is refused', async (_what, headers, status) => {
    const lab = await setUp();
    const { a, b } = lab;
    const [, primary] = talk(a, b);
    b.request(primary, 'REFER', { headers });
    expect(statuses(b.take())).toEqual([status]);
    expect(statesOf(lab)).toBe('connected connected');
  });

  it('with a dialog of others changes nothing', async () => {
    const lab = await setUp();
    const { a, b, c, d } = lab;
    const [, primary] = talk(a, b);
    const [, other] = talk(c, d);
    b.request(primary, 'REFER', { headers: [replacing('1002', other)] });
    expect(fragments(settle(b, 20_000))).toEqual(['SIP/2.0 100 Trying', 'SIP/2.0 481 Call/Transaction Does Not Exist']);
    expect(statesOf(lab)).toBe('connected connected connected connected');
  });

  it('comes five times a second and no more, and twice at once', async () => {
    const lab = await setUp();
    const { a, b } = lab;
    const [, primary] = talk(a, b);
    const seen: (string | number)[] = [];
    for (let count = 0; count < 7; count += 1) {
      b.request(primary, 'REFER', { headers: ['Refer-To: <sip:7777@10.10.210.10>'] });
      seen.push(...statuses(settle(b, 20_000)).filter((each) => typeof each === 'number'));
    }
    expect(seen).toEqual([202, 202, 202, 202, 202, 503, 503]);
  });

  it('that wants no word of it gets none', async () => {
    const lab = await setUp();
    const { a, b } = lab;
    const [, primary] = talk(a, b);
    b.request(primary, 'REFER', { headers: ['Refer-To: <sip:7777@10.10.210.10>', 'Refer-Sub: false'] });
    expect(statuses(settle(b, 20_000))).toEqual([202]);
  });
});

describe('an INVITE with Replaces', () => {
  it('answers for a phone that rings', async () => {
    const lab = await setUp(false);
    const { a, b, c } = lab;
    const calling = a.invite('1001', a.sdp({ rtpPort: 16_000, payloads: [0, 101] }));
    const invite = last(b.take(), 'INVITE');
    b.answer(invite, 180, 'Ringing', { tag: 'b' });
    a.take();
    const { callId } = invite;
    const taking = c.invite('1001', c.sdp({ rtpPort: 24_000, payloads: [0, 101] }), [
      `Replaces: ${callId};to-tag=${invite.fromTag};from-tag=b`,
    ]);
    const ok = last(c.take(), 200);
    expect(sdpOf(ok)).toContain(':16000');
    c.learn(taking, ok);
    c.request(taking, 'ACK');
    const answered = last(a.take(), 200);
    expect(sdpOf(answered)).toContain(':24000');
    a.learn(calling, answered);
    a.request(calling, 'ACK');
    expect(statuses(b.take())).toEqual(['CANCEL']);
    expect(statesOf(lab)).toBe('connected connected');
    a.request(calling, 'BYE');
    settle(c, 24_000);
  });

  /** The dialog of a phone's call, as a Replaces names it to the server. */
  const naming = ({ callId, from, to }: PhoneDialog, more = ''): string =>
    `Replaces: ${callId};to-tag=${tagOf(to)};from-tag=${tagOf(from)}${more}`;

  const ofOneLine = async () => {
    const lab = await sipCallLab([
      { dn: '1000' },
      { dn: '1001', device: 'SEP00000000000B' },
      { dn: '1001', device: 'SEP00000000000C' },
      { dn: '1003' },
    ]);
    const [a, b, c, d] = lab.phones as [SipPhone, SipPhone, SipPhone, SipPhone];
    const dialogA = a.invite('1001', a.sdp({ rtpPort: 16_000, payloads: [0, 101] }));
    const invite = last(b.take(), 'INVITE');
    b.answer(invite, 180, 'Ringing', { tag: 'b' });
    const other = last(c.take(), 'INVITE');
    c.answer(other, 180, 'Ringing', { tag: 'c' });
    const answer = (): void => {
      b.answer(invite, 200, 'OK', { tag: 'b', body: b.sdp({ rtpPort: 20_000, payloads: [0, 101] }) });
      b.take();
      c.answer(last(c.take(), 'CANCEL'), 200, 'OK');
      c.answer(other, 487, 'Request Terminated', { tag: 'c' });
      c.take();
      a.learn(dialogA, last(a.take(), 200));
      a.request(dialogA, 'ACK');
    };
    return { ...lab, a, b, c, d, dialogA, answer, dialogB: b.dialogOf(invite, 'b') };
  };

  it('takes the place of another phone of the line, which hears a BYE', async () => {
    const lab = await ofOneLine();
    const { a, b, c, dialogA, dialogB, answer } = lab;
    answer();
    const dialogC = c.invite('1000', c.sdp({ rtpPort: 24_000, payloads: [0, 101] }), [naming(dialogB)]);
    settle(a, 16_000);
    expect(statuses(settle(b, 20_000))).toEqual(['BYE']);
    const ok = last(c.take(), 200);
    expect(sdpOf(ok)).toContain(':16000');
    c.learn(dialogC, ok);
    c.request(dialogC, 'ACK');
    settle(a, 16_000);
    const [one, other] = [...lab.control.legs.all()];
    expect([one?.sending?.to.port, other?.sending?.to.port]).toEqual([24_000, 16_000]);
    a.request(dialogA, 'BYE');
    a.take();
    settle(c, 24_000);
    lab.expectNothingLeft();
  });

  it('that is for a call that rings alone is 486 once it has been answered', async () => {
    const lab = await ofOneLine();
    const { c, dialogB, answer } = lab;
    answer();
    c.invite('1000', c.sdp(), [naming(dialogB, ';early-only')]);
    expect(statuses(c.take())).toEqual([100, 486]);
    expect(statesOf(lab)).toBe('connected connected');
  });

  it('that is for a call that rings alone takes it while it does', async () => {
    const lab = await ofOneLine();
    const { a, d, dialogB } = lab;
    d.invite('1001', d.sdp({ rtpPort: 28_000, payloads: [0, 101] }), [naming(dialogB, ';early-only')]);
    expect(sdpOf(last(d.take(), 200))).toContain(':16000');
    expect(sdpOf(last(a.take(), 200))).toContain(':28000');
  });

  it.each([
    ['of a call of another line', 481, (dialogB: PhoneDialog) => [naming(dialogB)]],
    [
      'with the tags the wrong way round',
      481,
      (dialogB: PhoneDialog) => [naming({ ...dialogB, from: dialogB.to, to: dialogB.from })],
    ],
    ['of no call', 481, () => ['Replaces: x;to-tag=1;from-tag=2']],
    ['that names no dialog', 400, () => ['Replaces: x']],
    ['that names two', 400, (dialogB: PhoneDialog) => [naming(dialogB), naming(dialogB)]],
  ] as const)('%s is %i', async (_what, status, headers) => {
    const lab = await ofOneLine();
    const { d, dialogB, answer } = lab;
    answer();
    d.invite('1000', d.sdp(), headers(dialogB));
    expect(statuses(d.take())).toEqual([100, status]);
    expect(statesOf(lab)).toBe('connected connected');
  });

  it('of an early dialog that the phone itself began is 481', async () => {
    const lab = await ofOneLine();
    const { a, dialogA, d } = lab;
    a.learn(dialogA, last(a.take(), 180));
    d.invite('1001', d.sdp(), [naming(dialogA)]);
    expect(statuses(d.take())).toEqual([100, 481]);
  });

  it('of a call that is over is 603', async () => {
    const lab = await ofOneLine();
    const { a, b, c, dialogA, dialogB, answer } = lab;
    answer();
    a.request(dialogA, 'BYE');
    settle(b, 20_000);
    c.invite('1000', c.sdp(), [naming(dialogB)]);
    expect(statuses(c.take())).toEqual([100, 603]);
  });
});

describe('in the middle of a transfer', () => {
  const consulted = async (answers: boolean) => {
    const lab = await setUp();
    const { a, b, c } = lab;
    const [dialogA, primary] = talk(a, b);
    const { dialog, invite } = consult(b, c, primary, a, answers);
    return { ...lab, dialogA, primary, dialog, invite };
  };
  const both = (lab: { readonly a: SipPhone; readonly c: SipPhone }): void => {
    for (let turn = 0; turn < 3; turn += 1) {
      settle(lab.a, 16_000);
      settle(lab.c, 24_000);
    }
  };
  const expectTalk = (lab: SipCallLab): void => {
    expect(statesOf(lab)).toBe('connected connected');
    const [one, other] = [...lab.control.legs.all()];
    expect([one?.sending?.to.port, other?.sending?.to.port]).toEqual([24_000, 16_000]);
  };

  it('the third answers as the REFER comes: either order connects the others', async () => {
    for (const isAnsweredFirst of [true, false]) {
      const lab = await consulted(false);
      const { a, b, c, primary, dialog, invite } = lab;
      const body = c.sdp({ rtpPort: 24_000, payloads: [0, 8, 101] });
      const answer = (): void => c.answer(invite, 200, 'OK', { tag: 'c', body });
      if (isAnsweredFirst) answer();
      b.request(primary, 'REFER', { headers: [replacing('1002', dialog)] });
      if (!isAnsweredFirst) answer();
      const told = settle(b, 20_002);
      const first = told.find(({ status, cseq }) => status >= 200 && cseq?.method === 'INVITE');
      expect(first?.status).toBe(isAnsweredFirst ? 200 : 500);
      b.request(dialog, 'ACK');
      settle(b, 20_002);
      both(lab);
      expectTalk(lab);
      c.request(c.dialogOf(invite, 'c'), 'BYE');
      settle(a, 16_000);
      lab.expectNothingLeft();
    }
  });

  it('the third has gone: the failure is told, and the call can be taken back', async () => {
    const lab = await consulted(true);
    const { a, b, c, dialogA, primary, dialog, invite } = lab;
    c.request(c.dialogOf(invite, 'c'), 'BYE');
    settle(b, 20_002);
    b.request(primary, 'REFER', { headers: [replacing('1002', dialog)] });
    expect(fragments(settle(b, 20_000))).toEqual(['SIP/2.0 100 Trying', 'SIP/2.0 481 Call/Transaction Does Not Exist']);
    b.request(primary, 'INVITE', { body: b.sdp({ rtpPort: 20_000, payloads: [0, 101], version: 3 }) });
    settle(a, 16_000);
    expect(sdpOf(last(settle(b, 20_000), 200))).toContain(':16000');
    b.request(primary, 'ACK');
    expect(statesOf(lab)).toBe('connected connected');
    a.request(dialogA, 'BYE');
    settle(b, 20_000);
    lab.expectNothingLeft();
    expect(c.take()).toBeDefined();
  });

  it('the first has gone: the transferor talks with the third, and the REFER is too late', async () => {
    const lab = await consulted(true);
    const { a, b, c, dialogA, primary, dialog } = lab;
    a.request(dialogA, 'BYE');
    expect(statuses(settle(b, 20_000))).toContain('BYE');
    b.request(primary, 'REFER', { headers: [replacing('1002', dialog)] });
    expect(statuses(b.take())).toEqual([481]);
    expect(statesOf(lab)).toBe('connected connected');
    b.request(dialog, 'BYE');
    settle(c, 24_000);
    a.take();
    lab.expectNothingLeft();
  });

  it('the transferor hangs up with both: everybody is let go', async () => {
    const lab = await consulted(true);
    const { a, b, c, primary, dialog } = lab;
    b.request(primary, 'BYE');
    b.request(dialog, 'BYE');
    expect(statuses(settle(a, 16_000))).toContain('BYE');
    expect(statuses(settle(c, 24_000))).toContain('BYE');
    b.take();
    lab.expectNothingLeft();
  });

  it('the link of the transferor is lost: its calls stand, and a ringing one is given up', async () => {
    for (const answers of [true, false]) {
      const lab = await consulted(answers);
      const { a, b, c, dialogA } = lab;
      (b.peer as StreamPeer).link.end();
      expect(statesOf(lab)).toBe(answers ? 'connected hold connected connected' : 'connected hold');
      expect(statuses(settle(c, 24_000))).toEqual(answers ? [] : ['CANCEL']);
      a.request(dialogA, 'BYE');
      settle(a, 16_000);
      lab.clock.advance(40_000);
      expect([...lab.control.legs.all()].every(({ dn }) => dn !== '1000')).toBe(true);
    }
  });

  it('two REFERs of one consultation: the second is too late', async () => {
    const lab = await consulted(true);
    const { a, b, c, primary, dialog, invite } = lab;
    b.request(primary, 'REFER', { headers: [replacing('1002', dialog)] });
    b.request(primary, 'REFER', { headers: [replacing('1002', dialog)] });
    const told = settle(b, 20_000);
    expect(told.filter(({ kind }) => kind === 'response').map(({ status }) => status)).toEqual([202, 481]);
    both(lab);
    expectTalk(lab);
    c.request(c.dialogOf(invite, 'c'), 'BYE');
    settle(a, 16_000);
    lab.expectNothingLeft();
  });

  it('a blind REFER crosses the BYE of the first: the failure is told', async () => {
    const lab = await setUp();
    const { a, b, c } = lab;
    const [dialogA, primary] = talk(a, b);
    b.request(primary, 'REFER', { headers: ['Refer-To: <sip:1002@10.10.210.10>'] });
    const invite = last(c.take(), 'INVITE');
    a.request(dialogA, 'BYE');
    a.take();
    c.answer(invite, 180, 'Ringing', { tag: 'c' });
    const heard = settle(c, 24_000);
    expect(statuses(heard)).toEqual(['CANCEL']);
    c.answer(invite, 487, 'Request Terminated', { tag: 'c' });
    const told = settle(b, 20_000);
    expect(statuses(told)).toContain('BYE');
    lab.expectNothingLeft();
  });

  it('the first and the third have another codec in common than the first two had', async () => {
    const lab = await setUp();
    const { a, b, c } = lab;
    const dialogA = a.invite('1001', a.sdp({ rtpPort: 16_000 }));
    const invite = last(b.take(), 'INVITE');
    b.answer(invite, 200, 'OK', { tag: 'b', body: b.sdp({ rtpPort: 20_000, payloads: [9, 101] }) });
    b.take();
    const ok = last(a.take(), 200);
    expect(sdpOf(ok)).toContain(':20000 9 101');
    a.learn(dialogA, ok);
    a.request(dialogA, 'ACK');
    b.request(b.dialogOf(invite, 'b'), 'REFER', { headers: ['Refer-To: <sip:1002@10.10.210.10>'] });
    const second = last(c.take(), 'INVITE');
    c.answer(second, 180, 'Ringing', { tag: 'c' });
    settle(b, 20_000);
    const silent = last(a.take(), 'INVITE'); // its answer is late, and names the old codec alone
    c.answer(second, 200, 'OK', { tag: 'c', body: c.sdp({ rtpPort: 24_000, payloads: [0, 101] }) });
    a.answer(silent, 200, 'OK', { body: a.sdp({ rtpPort: 16_000, payloads: [9, 101], direction: 'inactive' }) });
    both(lab);
    expectTalk(lab);
    a.request(dialogA, 'BYE');
    a.take();
    settle(c, 24_000);
    lab.expectNothingLeft();
  });
});
