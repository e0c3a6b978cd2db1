// SIP phones whose stream or registration ends in the middle of a call: who is back in time goes on, and whoever is not is lost.

import { describe, expect, it } from 'vitest';
import { SERVER, type StreamPeer } from '../harness.js';
import { ciscoRegister } from '../phones.js';
import {
  type CallPhoneOptions,
  last,
  type SipCallLab,
  sipCallLab,
  statesOf,
  statuses,
  talk,
  textOf,
} from './call-harness.js';
import { SipPhone } from './sip-phone.js';

const SECOND = 1_000;

const setUp = async (more: Partial<CallPhoneOptions> = {}) => {
  const lab = await sipCallLab([{ dn: '1000', ...more }, { dn: '1001' }]);
  const [a, b] = lab.phones as [SipPhone, SipPhone];
  return { ...lab, a, b, echo: lab.service('echo', { answers: true }) };
};

/** A call to an end of labcm's own. */
const toEcho = (a: SipPhone) => {
  const dialog = a.invite('*41', a.sdp());
  a.learn(dialog, last(a.take(), 200));
  a.request(dialog, 'ACK');
  a.take();
  return dialog;
};

const hangUpLink = ({ peer }: SipPhone): void => {
  (peer as StreamPeer).link.hangUp();
};

/** The phone is back by another connection. `callId`: it has begun anew. */
const back = ({ harness }: Pick<SipCallLab, 'harness'>, { options }: SipPhone, callId?: string): SipPhone => {
  const port = 50_100;
  const phone = new SipPhone(harness.tcp({ address: options.address, port }), { ...options, port });
  if (callId === undefined) phone.register();
  else
    phone.send(ciscoRegister({ ...options, transport: 'TCP', sentBy: options.address, port, server: SERVER, callId }));
  return phone;
};

const released = (notes: readonly string[]): string[] => notes.filter((note) => note.startsWith('release'));

describe('a phone whose stream ends while labcm is its far end', () => {
  it('has its call for 32 s, and then it is over', async () => {
    const lab = await setUp();
    toEcho(lab.a);
    hangUpLink(lab.a);
    lab.clock.advance(31 * SECOND);
    expect([statesOf(lab), released(lab.echo.notes)]).toEqual(['connected connected', []]);
    lab.clock.advance(2 * SECOND);
    expect([statesOf(lab), released(lab.echo.notes)]).toEqual(['', ['release temporaryFailure by far']]);
    lab.expectNothingLeft();
  });

  it('is asked for its dialog when it is back, and goes on', async () => {
    const lab = await setUp();
    const dialog = toEcho(lab.a);
    hangUpLink(lab.a);
    lab.clock.advance(10 * SECOND);
    const a = back(lab, lab.a);
    lab.clock.advance(2 * SECOND);
    const update = last(a.take(), 'UPDATE');
    expect(update.callId).toBe(dialog.callId);
    a.answer(update, 200, 'OK');
    lab.clock.advance(60 * SECOND);
    expect(statesOf(lab)).toBe('connected connected');
    a.request(dialog, 'BYE');
    expect(statuses(a.take())).toContain(200);
    lab.expectNothingLeft();
  });

  it('is asked for nothing that it has begun since it is back', async () => {
    const lab = await setUp();
    toEcho(lab.b);
    hangUpLink(lab.a);
    lab.clock.advance(10 * SECOND);
    const a = back(lab, lab.a);
    a.take();
    const dialog = toEcho(a);
    lab.clock.advance(2 * SECOND);
    expect(a.take().map(({ method }) => method)).not.toContain('UPDATE');
    lab.clock.advance(60 * SECOND);
    expect(statesOf(lab)).toBe('connected connected connected connected');
    a.request(dialog, 'BYE');
    expect(statuses(a.take())).toContain(200);
  });

  it('has no call any more if it has begun anew, and says so', async () => {
    const lab = await setUp();
    toEcho(lab.a);
    hangUpLink(lab.a);
    lab.clock.advance(10 * SECOND);
    const a = back(lab, lab.a);
    lab.clock.advance(2 * SECOND);
    a.answer(last(a.take(), 'UPDATE'), 481, 'Call Leg/Transaction Does Not Exist');
    expect(statesOf(lab)).toBe('');
    lab.expectNothingLeft();
  });

  it('is asked so as well if it comes by a second stream while the first one stands', async () => {
    const lab = await setUp();
    toEcho(lab.a);
    const a = back(lab, lab.a, 'anew');
    lab.clock.advance(2 * SECOND);
    a.answer(last(a.take(), 'UPDATE'), 481, 'Call Leg/Transaction Does Not Exist');
    expect(statesOf(lab)).toBe('');
    lab.expectNothingLeft();
  });
});

describe('a phone whose registration ends in a call', () => {
  it('by silence: what it has with labcm is over', async () => {
    const lab = await setUp({ transport: 'UDP', isCisco: false });
    toEcho(lab.a);
    const record = lab.harness.database.byName(lab.a.options.device);
    lab.clock.advance(60 * SECOND);
    expect([record?.state, statesOf(lab)]).toEqual(['registered', 'connected connected']);
    lab.clock.advance(3700 * SECOND);
    expect([record?.state, statesOf(lab)]).toEqual(['unregistered', '']);
    lab.expectNothingLeft();
  });

  it('holding: the held one is told', async () => {
    const lab = await setUp();
    const [, dialogB] = talk(lab.a, lab.b);
    lab.b.request(dialogB, 'INVITE', { body: lab.b.sdp({ direction: 'sendonly' }) });
    lab.b.take();
    expect(statesOf(lab)).toBe('connected hold');
    hangUpLink(lab.b);
    lab.clock.advance(40 * SECOND);
    const bye = last(lab.a.take(), 'BYE');
    expect(textOf(bye, 'Reason')).toBe('Q.850;cause=41');
    lab.a.answer(bye, 200, 'OK');
    lab.expectNothingLeft();
  });

  it('talking with a phone: both may talk on, without features, until the other hangs up', async () => {
    const lab = await setUp();
    const [dialogA] = talk(lab.a, lab.b);
    hangUpLink(lab.b);
    lab.clock.advance(40 * SECOND);
    const legB = lab.control.legs.of(lab.b.options.device as never)[0];
    expect([statesOf(lab), legB?.isPreserved]).toEqual(['connected connected', true]);
    // Its offers are answered with what was agreed, and nobody is held by labcm.
    lab.a.request(dialogA, 'INVITE', { body: lab.a.sdp({ rtpPort: 16_000, direction: 'sendonly' }) });
    const held = last(lab.a.take(), 200);
    expect(held.body.toString('latin1')).toMatch(/a=(inactive|recvonly)/);
    lab.a.request(dialogA, 'ACK');
    lab.a.request(dialogA, 'INVITE', { body: lab.a.sdp({ rtpPort: 16_000 }) });
    expect(last(lab.a.take(), 200).body.toString('latin1')).toMatch(/m=audio 20000 /);
    lab.a.request(dialogA, 'ACK');
    expect([statesOf(lab), legB?.music]).toEqual(['connected connected', undefined]);
    expect(lab.events.filter(({ type }) => type === 'call.preserved')).toHaveLength(1);
    lab.a.request(dialogA, 'BYE');
    expect(statesOf(lab)).toBe('');
    lab.expectNothingLeft();
  });

  it('and that is back later is asked, and has its call as before', async () => {
    const lab = await setUp();
    const [dialogA] = talk(lab.a, lab.b);
    hangUpLink(lab.b);
    lab.clock.advance(40 * SECOND);
    const b = back(lab, lab.b);
    lab.clock.advance(2 * SECOND);
    b.answer(last(b.take(), 'UPDATE'), 200, 'OK');
    expect(lab.control.legs.of(b.options.device as never)[0]?.isPreserved).toBe(false);
    lab.a.request(dialogA, 'BYE');
    b.answer(last(b.take(), 'BYE'), 200, 'OK');
    lab.expectNothingLeft();
  });
});

describe('a device that may have no calls any more', () => {
  it('is sent BYE, as is its far end, and is refused in its dialogs', async () => {
    const lab = await setUp();
    const [dialogA, dialogB] = talk(lab.a, lab.b);
    lab.control.deviceEnded(lab.b.options.device as never, lab.clock.now());
    for (const phone of [lab.a, lab.b]) {
      const bye = last(phone.take(), 'BYE');
      expect(textOf(bye, 'Reason')).toBe('Q.850;cause=27');
      phone.answer(bye, 200, 'OK');
    }
    for (const [phone, dialog] of [
      [lab.b, dialogB],
      [lab.a, dialogA],
    ] as const)
      for (const method of ['INVITE', 'UPDATE', 'REFER', 'INFO']) {
        phone.request(dialog, method, { body: method === 'INFO' ? undefined : phone.sdp() });
        expect(statuses(phone.take()).filter((status) => status !== 100)).toEqual([481]);
      }
    lab.expectNothingLeft();
  });
});
