// Holds and early media over a trunk, with phones of either kind (`docs/protocols/calls.md` §3.3, §3.4, §4.2).

import { describe, expect, it } from 'vitest';
import type { Leg } from '../../../src/calls/index.js';
import { ID } from '../../../src/sip/message/headers.js';
import type { SipMessage } from '../../../src/sip/message/message.js';
import { accept, bodyOf, last, sdpOf, statesOf } from '../calls/call-harness.js';
import type { SipPhone } from '../calls/sip-phone.js';
import { statuses } from '../harness.js';
import { type TrunkLab, trunkLab } from './lab.js';
import type { PbxDialog } from './pbx.js';

const DIRECTIONS = ['out', 'in'] as const;
const RTP = { payloads: [0, 101] } as const;
const MUSIC = { moh: 'short' } as const;

/** A call that both talk in, made by the phone (`out`) or by the PBX. */
const talkOver = (lab: TrunkLab, direction: (typeof DIRECTIONS)[number]) => {
  const a = lab.phones[0] as SipPhone;
  if (direction === 'out') {
    const ofPhone = a.invite('95000', a.sdp({ ...RTP, rtpPort: 16_000 }));
    const invite = last(lab.pbx.take(), 'INVITE');
    lab.pbx.answer(invite, 200, 'OK', { tag: 't', body: lab.pbx.sdp(RTP) });
    a.learn(ofPhone, last(a.take(), 200));
    a.request(ofPhone, 'ACK');
    lab.pbx.take();
    return { a, ofPhone, ofPbx: dialogOf(invite) };
  }
  const ofPbx = lab.pbx.invite('1000', { body: lab.pbx.sdp(RTP) });
  const invite = last(a.take(), 'INVITE');
  a.answer(invite, 200, 'OK', { tag: 'b', body: a.sdp({ ...RTP, rtpPort: 16_000 }) });
  lab.pbx.learn(ofPbx, last(lab.pbx.take(), 200));
  lab.pbx.request(ofPbx, 'ACK');
  a.take();
  return { a, ofPhone: a.dialogOf(invite, 'b'), ofPbx };
};

/** The dialog of an INVITE of labcm's, from the side of the PBX, which has answered with the tag `t`. */
const dialogOf = (invite: SipMessage): PbxDialog => ({
  ...{ callId: invite.callId ?? '', from: `${invite.text(ID.To)};tag=t`, to: invite.text(ID.From) ?? '' },
  ...{ target: invite.address('Contact')?.uri ?? '', cseq: 0 },
});

/** An SCCP phone that talks with the PBX. */
const sccpOver = (lab: TrunkLab, direction: (typeof DIRECTIONS)[number]) => {
  const phone = lab.sccp('2000', { telephoneEvent: true });
  if (direction === 'out') {
    const leg = phone.call('95000');
    const invite = last(lab.pbx.take(), 'INVITE');
    lab.pbx.answer(invite, 200, 'OK', { tag: 't', body: lab.pbx.sdp(RTP) });
    lab.pbx.take();
    phone.take();
    return { phone, leg, ofPbx: dialogOf(invite) };
  }
  const ofPbx = lab.pbx.invite('2000', { body: lab.pbx.sdp(RTP) });
  phone.answer();
  lab.pbx.learn(ofPbx, last(lab.pbx.take(), 200));
  lab.pbx.request(ofPbx, 'ACK');
  phone.take();
  return { phone, leg: phone.leg, ofPbx };
};

/** The PBX answers the INVITE that labcm sends within the dialog. Returns that INVITE, and the SDP of the ACK. */
const asked = (lab: TrunkLab, body: string): { invite: string; ack: string } => {
  const invite = last(lab.pbx.take(), 'INVITE');
  lab.pbx.answer(invite, 200, 'OK', { body });
  const ack = last(lab.pbx.take(), 'ACK');
  return { invite: bodyOf(invite) === '' ? '' : sdpOf(invite), ack: bodyOf(ack) === '' ? '' : sdpOf(ack) };
};

/** The PBX offers within the dialog, and acknowledges the answer. Returns the SDP of that. */
const offered = (lab: TrunkLab, dialog: PbxDialog, body: string, whenAsked: () => void = () => {}): string => {
  lab.pbx.request(dialog, 'INVITE', { body });
  whenAsked();
  const ok = last(lab.pbx.take(), 200);
  lab.pbx.request(dialog, 'ACK');
  return sdpOf(ok);
};

const heldBy = (lab: TrunkLab) =>
  lab.events.flatMap((event) =>
    event.type === 'call.held' || event.type === 'call.resumed' ? [`${event.type.slice(5)} by ${event.device}`] : [],
  );

describe.each(DIRECTIONS)('a call %s', (direction) => {
  it('is held and resumed by the PBX', async () => {
    const lab = await trunkLab(undefined, {}, { moh: 'none' });
    const { a, ofPbx, ofPhone } = talkOver(lab, direction);
    const silent = offered(lab, ofPbx, lab.pbx.sdp({ ...RTP, direction: 'sendonly', version: 1 }));
    expect(silent).toMatch(/^0\.0\.0\.0:16000 0 101 inactive$/);
    const told = accept(a, a.sdp({ ...RTP, rtpPort: 16_000, direction: 'inactive' }));
    expect(sdpOf(told)).toBe('0.0.0.0:30000 0 101 inactive');
    a.take();
    const open = offered(lab, ofPbx, lab.pbx.sdp({ ...RTP, rtpPort: 30_002, version: 2 }), () => {
      expect(sdpOf(accept(a, a.sdp({ ...RTP, rtpPort: 16_002 })))).toBe('10.20.0.2:30002 0 101');
    });
    expect(open).toBe('10.10.210.101:16002 0 101');
    expect([heldBy(lab), statesOf(lab)]).toEqual([['held by PBX', 'resumed by PBX'], 'connected connected']);
    a.request(ofPhone, 'BYE');
    lab.pbx.answer(last(lab.pbx.take(), 'BYE'), 200, 'OK');
    lab.expectNothingLeft();
  });

  it('is held and resumed by the phone: the PBX hears nothing meanwhile', async () => {
    const lab = await trunkLab(undefined, {}, { moh: 'none' });
    const { a, ofPhone, ofPbx } = talkOver(lab, direction);
    a.request(ofPhone, 'INVITE', { body: a.sdp({ ...RTP, rtpPort: 16_000, direction: 'sendonly', version: 1 }) });
    a.request(ofPhone, 'ACK');
    const silence = asked(lab, lab.pbx.sdp({ ...RTP, direction: 'inactive', version: 1 }));
    expect(silence).toEqual({ invite: '0.0.0.0:16000 0 101 inactive', ack: '' });
    a.request(ofPhone, 'INVITE', { body: a.sdp({ ...RTP, rtpPort: 16_004, version: 2 }) });
    const speech = asked(lab, lab.pbx.sdp({ ...RTP, rtpPort: 30_004, version: 2 }));
    expect(speech).toEqual({ invite: '10.10.210.101:16004 0 101', ack: '' });
    expect(sdpOf(last(a.take(), 200))).toBe('10.20.0.2:30004 0 101');
    a.request(ofPhone, 'ACK');
    expect([heldBy(lab), statesOf(lab)]).toEqual([
      ['held by SEP000000000001', 'resumed by SEP000000000001'],
      'connected connected',
    ]);
    lab.pbx.request(ofPbx, 'BYE');
    a.answer(last(a.take(), 'BYE'), 200, 'OK');
    lab.expectNothingLeft();
  });

  it('that the phone holds has music at the PBX, which ends with the hold', async () => {
    const lab = await trunkLab(undefined, {}, MUSIC);
    const music = lab.service('tone', { answers: true });
    const { a, ofPhone } = talkOver(lab, direction);
    a.request(ofPhone, 'INVITE', { body: a.sdp({ ...RTP, rtpPort: 16_000, direction: 'sendonly', version: 1 }) });
    a.request(ofPhone, 'ACK');
    const { invite } = asked(lab, lab.pbx.sdp({ payloads: [0], rtpPort: 30_006, direction: 'recvonly', version: 1 }));
    expect(invite).toBe(`10.0.0.0:${portOf(music.leg)} 0 sendonly`);
    expect(music.take().filter((note) => note.startsWith('send'))).toEqual(['send PCMU to 10.20.0.2']);
    a.request(ofPhone, 'INVITE', { body: a.sdp({ ...RTP, rtpPort: 16_008, version: 2 }) });
    asked(lab, lab.pbx.sdp({ ...RTP, rtpPort: 30_008, version: 2 }));
    expect(sdpOf(last(a.take(), 200))).toBe('10.20.0.2:30008 0 101');
    expect(music.take().at(-1)).toBe('release normal by server');
  });

  it('is given up by the PBX while the phone holds it', async () => {
    const lab = await trunkLab(undefined, {}, { moh: 'none' });
    const { a, ofPhone, ofPbx } = talkOver(lab, direction);
    a.request(ofPhone, 'INVITE', { body: a.sdp({ ...RTP, rtpPort: 16_000, direction: 'sendonly', version: 1 }) });
    a.request(ofPhone, 'ACK');
    asked(lab, lab.pbx.sdp({ ...RTP, direction: 'inactive', version: 1 }));
    a.take();
    lab.pbx.request(ofPbx, 'BYE');
    a.answer(last(a.take(), 'BYE'), 200, 'OK');
    lab.expectNothingLeft();
  });
});

describe.each(DIRECTIONS)('an SCCP phone in a call %s', (direction) => {
  const earlyOffers = direction === 'out' ? [true, false] : [false];

  it.each(earlyOffers)('holds and resumes (offer of labcm’s: %s)', async (earlyOffer) => {
    const lab = await trunkLab([], { earlyOffer }, { moh: 'none' });
    const { phone, leg } = sccpOver(lab, direction);
    lab.control.hold(leg, lab.clock.now());
    expect(phone.take()).toEqual(['stop', 'held']);
    const { invite } = asked(lab, lab.pbx.sdp({ ...RTP, direction: 'inactive', version: 1 }));
    expect(invite).toMatch(/ inactive$/);
    lab.control.resume(leg, lab.clock.now());
    const speech = asked(lab, lab.pbx.sdp({ ...RTP, rtpPort: 30_010, version: 2 }));
    expect(`${speech.invite}${speech.ack}`).toBe(`10.0.0.1:${portOf(leg)} 0 101`);
    const told = phone.take();
    expect([told[0], told.at(-1)]).toEqual(['resumed', 'send PCMU to 10.20.0.2 event 101']);
    expect(statesOf(lab)).toBe('connected connected');
    phone.hangUp(leg);
    lab.pbx.answer(last(lab.pbx.take(), 'BYE'), 200, 'OK');
    lab.expectNothingLeft();
  });

  it('is held and resumed by the PBX', async () => {
    const lab = await trunkLab([], { earlyOffer: true }, { moh: 'none' });
    const { phone, leg, ofPbx } = sccpOver(lab, direction);
    const silent = offered(lab, ofPbx, lab.pbx.sdp({ ...RTP, direction: 'sendonly', version: 1 }));
    expect([silent.endsWith(' inactive'), phone.take()]).toEqual([true, ['stop', 'far-held']]);
    const open = offered(lab, ofPbx, lab.pbx.sdp({ ...RTP, rtpPort: 30_012, version: 2 }));
    expect(open).toBe(`10.0.0.1:${portOf(leg)} 0 101`);
    expect(phone.take()).toEqual(['far-resumed', 'open PCMU/20 far 30012', 'send PCMU to 10.20.0.2 event 101']);
    lab.pbx.request(ofPbx, 'BYE');
    expect(leg.state).toBe('idle');
    lab.expectNothingLeft();
  });
});

/** Where the channel of an SCCP phone's leg receives. */
const portOf = (leg: Leg): number => 16_384 + (leg.ci & 0xff) * 2;

describe('early media', () => {
  const early = async (earlyOffer: boolean) => {
    const lab = await trunkLab(undefined, { earlyOffer });
    const a = lab.phones[0] as SipPhone;
    const dialog = a.invite('95000', a.sdp({ ...RTP, rtpPort: 16_000 }));
    const invite = last(lab.pbx.take(), 'INVITE');
    lab.pbx.answer(invite, 183, 'Session Progress', { tag: 't', body: lab.pbx.sdp({ ...RTP, rtpPort: 31_000 }) });
    return { lab, a, dialog, invite };
  };

  it.each([true, false])('is not passed on: the caller hears ring back (offer %s)', async (earlyOffer) => {
    const { lab, a } = await early(earlyOffer);
    const told = a.take();
    expect([statuses(told), bodyOf(last(told, 180))]).toEqual([[100, 180], '']);
    expect(statuses(lab.pbx.take())).toEqual([]);
    expect(lab.events.map(({ type }) => type)).toContain('call.alerting');
  });

  it.each([true, false])('is followed by what the 200 says (offer %s)', async (earlyOffer) => {
    const { lab, a, dialog, invite } = await early(earlyOffer);
    lab.pbx.answer(invite, 180, 'Ringing', { tag: 't' });
    lab.pbx.answer(invite, 183, 'Session Progress', { tag: 't', body: lab.pbx.sdp({ ...RTP, rtpPort: 31_000 }) });
    lab.pbx.answer(invite, 200, 'OK', { tag: 't', body: lab.pbx.sdp({ ...RTP, rtpPort: 30_000 }) });
    const told = a.take();
    expect(statuses(told)).toEqual([100, 180, 200]);
    expect(sdpOf(last(told, 200))).toBe('10.20.0.2:30000 0 101');
    a.learn(dialog, last(told, 200));
    a.request(dialog, 'ACK');
    const ack = last(lab.pbx.take(), 'ACK');
    expect(bodyOf(ack) === '' ? '' : sdpOf(ack)).toBe(earlyOffer ? '' : '10.10.210.101:16000 0 101');
    a.request(dialog, 'BYE');
    lab.pbx.answer(last(lab.pbx.take(), 'BYE'), 200, 'OK');
    lab.expectNothingLeft();
  });

  it.each([
    [486, 486],
    [503, 503],
  ])('that ends in %i is told as that', async (status, told) => {
    const { lab, a, invite } = await early(true);
    lab.pbx.answer(invite, status, 'No', { tag: 't' });
    expect(statuses(a.take())).toEqual([100, 180, told]);
    lab.expectNothingLeft();
  });

  it('that a caller gives up is cancelled', async () => {
    const { lab, a, dialog, invite } = await early(true);
    a.request(dialog, 'CANCEL');
    lab.pbx.answer(last(lab.pbx.take(), 'CANCEL'), 200, 'OK');
    lab.pbx.answer(invite, 487, 'Request Terminated', { tag: 't' });
    expect(statuses(a.take())).toContain(487);
    lab.expectNothingLeft();
  });

  it('before an SCCP phone is ring back, and the sound is that of the answer', async () => {
    const lab = await trunkLab([], { earlyOffer: true });
    const phone = lab.sccp('2000', { telephoneEvent: true });
    phone.call('95000');
    const invite = last(lab.pbx.take(), 'INVITE');
    phone.take();
    lab.pbx.answer(invite, 183, 'Session Progress', { tag: 't', body: lab.pbx.sdp({ ...RTP, rtpPort: 31_000 }) });
    expect(phone.take()).toEqual(['alerting']);
    lab.pbx.answer(invite, 200, 'OK', { tag: 't', body: lab.pbx.sdp(RTP) });
    expect(phone.take().at(-1)).toBe('send PCMU to 10.20.0.2 event 101');
    expect(phone.leg.sending?.to).toEqual({ address: '10.20.0.2', port: 30_000 });
    expect(last(lab.pbx.take(), 'ACK').uri).toBe('sip:5000@10.20.0.2:5060');
  });
});
