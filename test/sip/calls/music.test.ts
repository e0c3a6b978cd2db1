// Music on hold as SIP phones are told it: by one INVITE, or by two as CUCM does it; and every way in which it ends.

import { describe, expect, it } from 'vitest';
import type { CallSettings } from '../../../src/calls/index.js';
import type { SipMessage } from '../../../src/sip/message/message.js';
import { accept, bodyOf, last, sdpOf, sipCallLab, statesOf, statuses, talk } from './call-harness.js';
import type { SipPhone } from './sip-phone.js';

const MUSIC = '10.0.0.0';

const setUp = async (moh: CallSettings['moh'], isCisco = true) => {
  const lab = await sipCallLab(
    ['1000', '1001', '1002'].map((dn) => ({ dn, isCisco })),
    { moh },
  );
  const music = lab.service('tone');
  const [a, b, c] = lab.phones as [SipPhone, SipPhone, SipPhone];
  return { ...lab, music, a, b, c };
};

/** Answers every request until none comes, an INVITE without SDP by all codecs. Returns what came. */
const settle = (phone: SipPhone, rtpPort: number): SipMessage[] => {
  const all: SipMessage[] = [];
  for (let fresh = phone.take(); fresh.length > 0; fresh = phone.take()) {
    all.push(...fresh);
    for (const message of fresh) {
      if (message.kind !== 'request' || message.method === 'ACK') continue;
      const text = bodyOf(message);
      const direction = text.includes('a=inactive') ? 'inactive' : text.includes('a=sendonly') ? 'recvonly' : undefined;
      const payloads = text === '' ? [9, 0, 8, 101] : text.includes('101') ? [0, 101] : [0];
      const body = phone.sdp({ rtpPort, payloads, ...(direction && { direction }) });
      phone.answer(message, 200, 'OK', message.method === 'INVITE' ? { body } : {});
    }
  }
  return all;
};

const sdps = (messages: readonly SipMessage[]): string[] =>
  messages
    .filter(({ kind, method }) => kind === 'request' && (method === 'INVITE' || method === 'ACK'))
    .map((message) => `${message.method} ${bodyOf(message) === '' ? '-' : sdpOf(message)}`);

const hold = (phone: SipPhone, dialog: Parameters<SipPhone['request']>[0], rtpPort: number): void => {
  phone.request(dialog, 'INVITE', { body: phone.sdp({ rtpPort, direction: 'sendonly' }) });
  expect(sdpOf(last(phone.take(), 200))).toContain('inactive');
  phone.request(dialog, 'ACK');
};

describe.each([true, false])('a phone that is held (Cisco: %s)', (isCisco) => {
  it('is told of the music by one INVITE, and by one that it is over', async () => {
    const lab = await setUp('short', isCisco);
    const { a, b, music } = lab;
    const [dialogA, dialogB] = talk(a, b);
    hold(b, dialogB, 20_000);
    const { port } = music.receiveOf(music.leg);
    const invite = last(a.take(), 'INVITE');
    expect(sdpOf(invite)).toBe(`${MUSIC}:${port} 0 sendonly`);
    expect(bodyOf(invite)).toContain('a=ptime:20');
    a.answer(invite, 200, 'OK', { body: a.sdp({ rtpPort: 16_000, payloads: [0], direction: 'recvonly' }) });
    expect(statuses(a.take())).toEqual(['ACK']);
    expect(music.take().at(-1)).toBe(`send PCMU to ${a.options.address}`);
    b.request(dialogB, 'INVITE', { body: b.sdp({ rtpPort: 20_002, payloads: [0, 101] }) });
    expect(sdps(settle(a, 16_000))).toEqual([`INVITE ${b.options.address}:20002 0 101`, 'ACK -']);
    expect(music.take()).toContain('release normal by server');
    expect(sdpOf(last(b.take(), 200))).toBe(`${a.options.address}:16000 0 101`);
    b.request(dialogB, 'ACK');
    a.request(dialogA, 'BYE');
    a.take();
    settle(b, 20_000);
    lab.expectNothingLeft();
  });

  it('is told of it in the way of CUCM, by an offer of its own', async () => {
    const lab = await setUp('cucm', isCisco);
    const { a, b, music } = lab;
    const [dialogA, dialogB] = talk(a, b);
    hold(b, dialogB, 20_000);
    const { port } = music.receiveOf(music.leg);
    expect(sdps(settle(a, 16_000))).toEqual([
      'INVITE 0.0.0.0:20000 0 101 inactive',
      'ACK -',
      'INVITE -',
      `ACK ${MUSIC}:${port} 0 sendonly`,
    ]);
    b.request(dialogB, 'INVITE', { body: b.sdp({ rtpPort: 20_002, payloads: [0, 101] }) });
    expect(sdps(settle(a, 16_002))).toEqual([
      `INVITE 0.0.0.0:${port} 0 inactive`,
      'ACK -',
      'INVITE -',
      `ACK ${b.options.address}:20002 0 101`,
    ]);
    expect(sdpOf(last(b.take(), 200))).toBe(`${a.options.address}:16002 0 101`);
    b.request(dialogB, 'ACK');
    a.request(dialogA, 'BYE');
    a.take();
    settle(b, 20_000);
    lab.expectNothingLeft();
  });

  it('that offers nothing where it is asked to is told by one INVITE', async () => {
    const lab = await setUp('cucm', isCisco);
    const { a, b, music } = lab;
    const [dialogA, dialogB] = talk(a, b);
    hold(b, dialogB, 20_000);
    accept(a, a.sdp({ rtpPort: 16_000, direction: 'inactive' }));
    const asked = a.take();
    expect(statuses(asked)).toEqual(['ACK', 'INVITE']);
    a.answer(last(asked, 'INVITE'), 488, 'Not Acceptable Here');
    const { port } = music.receiveOf(music.leg);
    expect(sdps(settle(a, 16_000))).toEqual(['ACK -', `INVITE ${MUSIC}:${port} 0 sendonly`, 'ACK -']);
    a.request(dialogA, 'BYE');
    a.take();
    settle(b, 20_000);
    lab.expectNothingLeft();
  });
});

describe.each(['short', 'cucm'] as const)('a phone that hears music (%s)', (moh) => {
  const held = async () => {
    const lab = await setUp(moh);
    const { a, b } = lab;
    const [dialogA, dialogB] = talk(a, b);
    hold(b, dialogB, 20_000);
    settle(a, 16_000);
    return { ...lab, dialogA, dialogB, port: lab.music.receiveOf(lab.music.leg).port };
  };

  it('hears it on where it makes an offer', async () => {
    const { a, music, dialogA, port, ...lab } = await held();
    music.take();
    a.request(dialogA, 'INVITE', { body: a.sdp({ rtpPort: 17_000 }) });
    expect(sdpOf(last(a.take(), 200))).toBe(`${MUSIC}:${port} 0 sendonly`);
    a.request(dialogA, 'ACK');
    expect(music.leg.sending?.to).toEqual({ address: a.options.address, port: 17_000 });
    expect([lab.control.legs.size, a.take()]).toEqual([2, []]);
  });

  it('holds as well: the music ends, and comes again where it alone resumes', async () => {
    const { a, b, music, dialogA, dialogB, ...lab } = await held();
    a.request(dialogA, 'INVITE', { body: a.sdp({ rtpPort: 16_000, direction: 'sendonly' }) });
    expect(sdpOf(last(a.take(), 200))).toContain('inactive');
    a.request(dialogA, 'ACK');
    expect([music.leg.state, b.take()]).toEqual(['idle', []]);
    a.request(dialogA, 'INVITE', { body: a.sdp({ rtpPort: 16_000 }) });
    const answer = sdpOf(last(a.take(), 200));
    a.request(dialogA, 'ACK');
    const later = sdps(settle(a, 16_000));
    expect([answer, ...later].some((sdp) => sdp.includes(`:${music.receiveOf(music.leg).port} 0 sendonly`))).toBe(true);
    expect(music.leg.sending?.to).toEqual({ address: a.options.address, port: 16_000 });
    b.request(dialogB, 'INVITE', { body: b.sdp({ rtpPort: 20_000, payloads: [0, 101] }) });
    settle(a, 16_000);
    expect(sdpOf(last(b.take(), 200))).toBe(`${a.options.address}:16000 0 101`);
    b.request(dialogB, 'ACK');
    expect(music.leg.state).toBe('idle');
    a.request(dialogA, 'BYE');
    a.take();
    settle(b, 20_000);
    lab.expectNothingLeft();
  });

  it('is silent where the music fails, and talks after it', async () => {
    const { a, b, music, dialogA, dialogB, ...lab } = await held();
    lab.control.mediaFailed(music.leg, lab.clock.now());
    expect(sdps(settle(a, 16_000))[0]).toContain('inactive');
    b.request(dialogB, 'INVITE', { body: b.sdp({ rtpPort: 20_000, payloads: [0, 101] }) });
    settle(a, 16_000);
    expect(sdpOf(last(b.take(), 200))).toBe(`${a.options.address}:16000 0 101`);
    b.request(dialogB, 'ACK');
    a.request(dialogA, 'BYE');
    a.take();
    settle(b, 20_000);
    lab.expectNothingLeft();
  });

  it('hangs up, and so does who holds it', async () => {
    for (const isHolder of [false, true]) {
      const { a, b, music, dialogA, dialogB, ...lab } = await held();
      if (isHolder) b.request(dialogB, 'BYE');
      else a.request(dialogA, 'BYE');
      settle(a, 16_000);
      settle(b, 20_000);
      expect(music.leg.state).toBe('idle');
      lab.expectNothingLeft();
    }
  });

  it('is held while it changes: the resume waits for what is under way', async () => {
    const { a, b, dialogB, ...lab } = await held();
    b.request(dialogB, 'INVITE', { body: b.sdp({ rtpPort: 20_000, payloads: [0, 101] }) });
    const first = last(a.take(), 'INVITE');
    expect(statuses(b.take())).toEqual([100]);
    a.answer(first, 200, 'OK', {
      body: a.sdp({ rtpPort: 16_000, payloads: [0, 101], ...(moh === 'cucm' && { direction: 'inactive' }) }),
    });
    settle(a, 16_000);
    expect(sdpOf(last(b.take(), 200))).toBe(`${a.options.address}:16000 0 101`);
    b.request(dialogB, 'ACK');
    expect(statesOf(lab as never)).toBe('connected connected');
  });
});

describe('after the music', () => {
  it.each(['short', 'cucm'] as const)('a codec has the number that the phone gave it (%s)', async (moh) => {
    const lab = await setUp(moh);
    const { a, b } = lab;
    const opus = (phone: SipPhone, number: number, rtpPort: number, direction?: string): string =>
      phone.sdp({
        rtpPort,
        payloads: [number, 0],
        lines: [`a=rtpmap:${number} opus/48000/2`],
        ...(direction && { direction }),
      });
    const dialogA = a.invite('1001', opus(a, 115, 16_000));
    const invite = last(b.take(), 'INVITE');
    b.answer(invite, 200, 'OK', { tag: 'b', body: opus(b, 97, 20_000) });
    b.take();
    a.learn(dialogA, last(a.take(), 200));
    a.request(dialogA, 'ACK');
    const dialogB = b.dialogOf(invite, 'b');
    b.request(dialogB, 'INVITE', { body: opus(b, 97, 20_000, 'sendonly') });
    b.take();
    b.request(dialogB, 'ACK');
    settle(a, 16_000);
    b.request(dialogB, 'INVITE', { body: opus(b, 97, 20_000) });
    if (moh === 'cucm') {
      const silent = last(a.take(), 'INVITE');
      a.answer(silent, 200, 'OK', { body: a.sdp({ rtpPort: 16_000, payloads: [0], direction: 'inactive' }) });
      a.answer(last(a.take(), 'INVITE'), 200, 'OK', { body: opus(a, 115, 16_000) });
      expect(sdpOf(last(a.take(), 'ACK'))).toBe(`${b.options.address}:20000 115`);
    } else expect(sdpOf(last(a.take(), 'INVITE'))).toBe(`${b.options.address}:20000 115`);
  });
});

describe('after the music, a plain phone that was called', () => {
  it('is offered telephone events again', async () => {
    const lab = await setUp('short', false);
    const { a, b } = lab;
    const [dialogA] = talk(a, b);
    hold(a, dialogA, 16_000);
    expect(sdps(settle(b, 20_000))[0]).toContain(' 0 sendonly');
    a.request(dialogA, 'INVITE', { body: a.sdp({ rtpPort: 16_000, payloads: [0, 101] }) });
    expect(sdps(settle(b, 20_000))[0]).toBe(`INVITE ${a.options.address}:16000 0 101`);
  });
});

describe('music between the protocols', () => {
  it.each(['short', 'cucm'] as const)('reaches a SIP phone that an SCCP phone holds (%s)', async (moh) => {
    const lab = await setUp(moh);
    const { a, music, control, clock } = lab;
    const phone = lab.sccp('2000');
    const dialog = a.invite('2000', a.sdp({ rtpPort: 16_000, payloads: [0, 101] }));
    phone.answer();
    a.learn(dialog, last(a.take(), 200));
    a.request(dialog, 'ACK');
    control.hold(phone.leg, clock.now());
    settle(a, 16_000);
    expect(music.leg.sending?.to).toEqual({ address: a.options.address, port: 16_000 });
    phone.take();
    control.resume(phone.leg, clock.now());
    settle(a, 16_004);
    expect(phone.take().filter((note) => note.startsWith('send'))).toEqual([`send PCMU to ${a.options.address}`]);
    expect(phone.leg.sending?.to.port).toBe(16_004);
    a.request(dialog, 'BYE');
    settle(a, 16_000);
    lab.expectNothingLeft();
  });

  it('reaches an SCCP phone that a SIP phone holds', async () => {
    const lab = await setUp('short');
    const { a, music } = lab;
    const phone = lab.sccp('2000');
    const dialog = a.invite('2000', a.sdp({ rtpPort: 16_000, payloads: [0, 101] }));
    phone.answer();
    a.learn(dialog, last(a.take(), 200));
    a.request(dialog, 'ACK');
    phone.take();
    hold(a, dialog, 16_000);
    expect(phone.take().slice(0, 3)).toEqual(['stop', 'far-held music', 'open PCMU/20']);
    const streams = lab.events.filter(({ type }) => type === 'call.media');
    expect(streams.at(-1)).not.toHaveProperty('device'); // the music sends, and the phone nothing
    expect(music.leg.sending?.to).toEqual(phone.receiveOf(phone.leg));
    a.request(dialog, 'INVITE', { body: a.sdp({ rtpPort: 16_002, payloads: [0, 101] }) });
    expect(phone.take().filter((note) => note.startsWith('send'))).toEqual([`send PCMU to ${a.options.address}`]);
    expect(sdpOf(last(a.take(), 200))).toContain(`:${phone.receiveOf(phone.leg).port} 0`);
    a.request(dialog, 'ACK');
    a.request(dialog, 'BYE');
    a.take();
    lab.expectNothingLeft();
  });
});
