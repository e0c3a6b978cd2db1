// A number on several SIP phones: what one does, the others are told, and what it holds, they resume.

import { describe, expect, it } from 'vitest';
import { bodyOf, last, sdpOf, sipCallLab, statesOf, statuses, textOf } from './call-harness.js';
import type { PhoneDialog, SipPhone } from './sip-phone.js';

/** A has a line of its own; B and C share one. */
const sharing = async (showsSharedLine = true, transport: 'TCP' | 'UDP' = 'TCP') => {
  const lab = await sipCallLab([
    { dn: '1000', transport },
    { dn: '1001', transport, showsSharedLine },
    { dn: '1001', transport, showsSharedLine },
  ]);
  const [a, b, c] = lab.phones as [SipPhone, SipPhone, SipPhone];
  return { ...lab, a, b, c };
};

interface ToldDialog {
  readonly state: string;
  readonly isHeld: boolean;
  readonly direction: string;
  readonly version: string;
  readonly replaces: string;
  readonly far: string;
}

/** What a phone was told of its line since the last look. */
const toldOf = (phone: SipPhone): ToldDialog[] => {
  phone.take();
  return phone.outside.splice(0).flatMap((message) => {
    if (message.method !== 'NOTIFY' || textOf(message, 'Event') !== 'dialog') return [];
    const body = bodyOf(message);
    const value = (name: string): string => new RegExp(`${name}="([^"]*)"`).exec(body)?.[1] ?? '';
    return [
      {
        state: /<state>(\w+)</.exec(body)?.[1] ?? '',
        isHeld: body.includes('pname="+sip.rendering" pval="no"'),
        direction: value('direction'),
        version: /dialog-info"? version="(\d+)"/.exec(body)?.[1] ?? '',
        replaces: `${value('call-id')};to-tag=${value('remote-tag')};from-tag=${value('local-tag')}`,
        far: /<remote>\n<identity[^>]*>sip:(\w+)@/.exec(body)?.[1] ?? '',
      },
    ];
  });
};

/** A calls the line, B answers. */
const talk = (a: SipPhone, b: SipPhone): readonly [PhoneDialog, PhoneDialog] => {
  const ofA = a.invite('1001', a.sdp({ rtpPort: 16_000 }));
  const invite = last(b.take(), 'INVITE');
  b.answer(invite, 180, 'Ringing', { tag: 'b' });
  b.answer(invite, 200, 'OK', { tag: 'b', body: b.sdp({ rtpPort: 20_000, payloads: [0, 8, 101] }) });
  b.take();
  a.learn(ofA, last(a.take(), 200));
  a.request(ofA, 'ACK');
  return [ofA, b.dialogOf(invite, 'b')];
};

const hold = (b: SipPhone, dialog: PhoneDialog, a: SipPhone): void => {
  b.request(dialog, 'INVITE', { body: b.sdp({ rtpPort: 20_000, direction: 'sendonly', version: 1 }) });
  b.take();
  b.request(dialog, 'ACK');
  settle(a, 16_000);
};

/** Answers what a phone is asked within its call. */
const settle = (phone: SipPhone, rtpPort: number): string[] => {
  const sdps: string[] = [];
  for (;;) {
    const fresh = phone.take().filter(({ kind }) => kind === 'request');
    if (fresh.length === 0) return sdps;
    for (const message of fresh) {
      if (message.method === 'ACK') continue;
      if (message.method === 'INVITE') sdps.push(sdpOf(message));
      const body = message.method === 'INVITE' ? phone.sdp({ rtpPort, payloads: [0, 8, 101], version: 2 }) : undefined;
      phone.answer(message, 200, 'OK', body === undefined ? {} : { body });
    }
  }
};

const endAll = (lab: Awaited<ReturnType<typeof sharing>>): void => {
  for (const leg of [...lab.control.legs.all()]) lab.control.hangUp(leg, lab.clock.now());
  for (const [index, phone] of lab.phones.entries()) settle(phone, 16_000 + index);
  lab.expectNothingLeft();
};

describe.each(['TCP', 'UDP'] as const)('phones with a shared line over %s', (transport) => {
  it('ring everywhere; where another answered the CANCEL says so, and the call is shown as in use', async () => {
    const lab = await sharing(true, transport);
    const { a, b, c } = lab;
    const ofA = a.invite('1001', a.sdp({ rtpPort: 16_000 }));
    const [atB, atC] = [last(b.take(), 'INVITE'), last(c.take(), 'INVITE')];
    expect(atB.callId).not.toBe(atC.callId);
    for (const [phone, invite, tag] of [
      [b, atB, 'b'],
      [c, atC, 'c'],
    ] as const)
      phone.answer(invite, 180, 'Ringing', { tag });
    b.answer(atB, 200, 'OK', { tag: 'b', body: b.sdp({ rtpPort: 20_000, payloads: [0, 8, 101] }) });
    const cancel = last(c.take(), 'CANCEL');
    expect(textOf(cancel, 'Reason')).toBe('SIP;cause=200;text="Call completed elsewhere"');
    c.answer(cancel, 200, 'OK');
    c.answer(atC, 487, 'Request Terminated', { tag: 'c' });
    expect(toldOf(c)).toMatchObject([{ state: 'confirmed', isHeld: false, direction: 'recipient', far: '1000' }]);
    expect(toldOf(b)).toEqual([]);
    a.learn(ofA, last(a.take(), 200));
    a.request(ofA, 'ACK');
    a.request(ofA, 'BYE');
    settle(b, 20_000);
    expect(toldOf(c)).toMatchObject([{ state: 'terminated', version: '1' }]);
    lab.expectNothingLeft();
  });

  it('resume on another phone by an INVITE whose Replaces names what it was told', async () => {
    const lab = await sharing(true, transport);
    const { a, b, c } = lab;
    const [, ofB] = talk(a, b);
    settle(c, 24_000);
    toldOf(c);
    hold(b, ofB, a);
    const [held] = toldOf(c);
    expect(held).toMatchObject({ state: 'confirmed', isHeld: true });
    const ofC = c.invite('1001', c.sdp({ rtpPort: 24_000, payloads: [0, 8, 101] }), [`Replaces: ${held?.replaces}`]);
    const toA = settle(a, 16_000);
    expect(toA.at(-1)).toMatch(/10\.10\.210\.103:24000/);
    const ok = last(c.take(), 200);
    expect(sdpOf(ok)).toMatch(/10\.10\.210\.101:16000/);
    c.learn(ofC, ok);
    c.request(ofC, 'ACK');
    expect(statuses(b.take())).toContain('BYE');
    expect(lab.events.filter(({ type }) => type === 'call.moved')).toHaveLength(1);
    expect(statesOf(lab)).toBe('connected connected');
    expect(toldOf(b).at(-1)).toMatchObject({ state: 'confirmed', direction: 'recipient', far: '1000' });
    endAll(lab);
  });
});

describe('a phone of SIP with a shared line', () => {
  it('that did not agree to it is told nothing, and costs nothing', async () => {
    const lab = await sharing(false);
    talk(lab.a, lab.b);
    settle(lab.c, 24_000);
    expect([toldOf(lab.c), [...lab.control.legs.remotesOf('SEP000000000003' as never)]]).toEqual([[], []]);
    endAll(lab);
  });

  it('cannot take a call that talks, one of which it was not told, or one by another phone’s words', async () => {
    const lab = await sharing();
    const { a, b, c } = lab;
    const [, ofB] = talk(a, b);
    settle(c, 24_000);
    const [inUse] = toldOf(c);
    const attempt = (phone: SipPhone, replaces: string | undefined): number => {
      phone.invite('1001', phone.sdp({ rtpPort: 30_000 }), [`Replaces: ${replaces}`]);
      return Math.max(...phone.take().map(({ status }) => status));
    };
    expect(attempt(c, inUse?.replaces)).toBeGreaterThanOrEqual(400);
    hold(b, ofB, a);
    const [held] = toldOf(c);
    const [callId = ''] = held?.replaces.split(';') ?? [];
    expect(attempt(c, `${callId};to-tag=1;from-tag=2`)).toBe(481);
    expect(attempt(b, held?.replaces)).toBe(481);
    expect(attempt(a, held?.replaces)).toBe(481);
    expect(lab.events.filter(({ type }) => type === 'call.moved')).toEqual([]);
    endAll(lab);
  });

  it('is told of a call once it registers', async () => {
    const lab = await sharing();
    const { a, b, c } = lab;
    talk(a, b);
    settle(c, 24_000);
    const before = toldOf(c);
    lab.control.phoneRegistered('SEP000000000003' as never, lab.clock.now());
    const after = toldOf(c);
    expect(after.map(({ state }) => state)).toEqual(['terminated', 'confirmed']);
    expect(after.at(-1)?.replaces).not.toBe(before.at(-1)?.replaces);
    endAll(lab);
  });

  it('resumes what an SCCP phone of the line holds', async () => {
    const lab = await sharing();
    const { a, b, c } = lab;
    const sccp = lab.sccp('1001');
    const ofA = a.invite('1001', a.sdp({ rtpPort: 16_000 }));
    sccp.answer(sccp.legs[0]);
    a.learn(ofA, last(a.take(), 200));
    a.request(ofA, 'ACK');
    settle(b, 20_000);
    settle(c, 24_000);
    toldOf(c);
    lab.control.hold(sccp.leg, lab.clock.now());
    settle(a, 16_000);
    const [held] = toldOf(c);
    c.invite('1001', c.sdp({ rtpPort: 24_000, payloads: [0, 8, 101] }), [`Replaces: ${held?.replaces}`]);
    settle(a, 16_000);
    expect(last(c.take(), 200).status).toBe(200);
    expect(sccp.take()).toEqual(expect.arrayContaining(['release normal by transfer', 'remote in-use 1000>1001']));
    endAll(lab);
  });
});
