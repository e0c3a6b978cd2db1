// What another PBX may not do: it has no line here, whatever number it says that it calls from, and it moves no call of ours
// (`docs/trunk.md`, `docs/protocols/calls.md` §5.3, §6).

import { describe, expect, it } from 'vitest';
import type { CallAnalysed, CallSettings } from '../../../src/calls/index.js';
import { NO_FORWARD } from '../../../src/devices/line-forward.js';
import { ID } from '../../../src/sip/message/headers.js';
import type { SipMessage } from '../../../src/sip/message/message.js';
import { authorizationLine } from '../../../src/sip/trunks/credentials.js';
import { seededRandom } from '../../support/random.js';
import { last, statesOf, talk, textOf } from '../calls/call-harness.js';
import type { SipPhone } from '../calls/sip-phone.js';
import { SERVER, statuses } from '../harness.js';
import { settled, type TrunkLab, trunkLab } from './lab.js';
import type { PbxDialog } from './pbx.js';

const phonesOf = ({ phones }: TrunkLab) => phones as [SipPhone, SipPhone, SipPhone];
const reasonOf = (message: SipMessage): string | undefined => textOf(message, 'Reason')?.trim();
/** It says that it is a line of ours. */
const AS_LINE = { from: '<sip:1000@10.20.0.2>' };
const THREE = [{ dn: '1000' }, { dn: '1001' }, { dn: '1002' }];
const SETTINGS: Partial<CallSettings> = {
  paging: [{ dn: '*80', group: '239.0.0.1', port: 20_000, members: ['SEP000000000002'] }] as never,
  pickupGroups: [{ name: 'all', number: '*81', members: ['1000', '1001', '1002'] }],
  limits: { calls: 500, perDevice: 500, perSecond: 500, trunkCalls: 500 },
};

/** A phone of labcm has called the PBX, and both talk. */
const talkOut = (lab: TrunkLab) => {
  const [a] = phonesOf(lab);
  const dialog = a.invite('95000', a.sdp({ rtpPort: 16_000 }));
  const invite = last(lab.pbx.take(), 'INVITE');
  lab.pbx.answer(invite, 200, 'OK', { tag: 't', body: lab.pbx.sdp({ payloads: [0, 101] }) });
  a.learn(dialog, last(a.take(), 200));
  a.request(dialog, 'ACK');
  lab.pbx.take();
  const ofPbx: PbxDialog = {
    ...{ callId: invite.callId ?? '', from: `${invite.text(ID.To)};tag=t`, to: invite.text(ID.From) ?? '' },
    ...{ target: `sip:1000@${SERVER}:5060`, cseq: 1 },
  };
  return { a, dialog, ofPbx, invite };
};

/** The PBX has called the first phone of labcm, and both talk. */
const talkIn = (lab: TrunkLab, options: Parameters<TrunkLab['pbx']['invite']>[1] = AS_LINE, number = '1001') => {
  const phone = lab.phones.find(({ options: { dn } }) => dn === number) as SipPhone;
  const dialog = lab.pbx.invite(number, { body: lab.pbx.sdp({ payloads: [0, 101] }), ...options });
  const invite = last(phone.take(), 'INVITE');
  phone.answer(invite, 200, 'OK', { tag: 'b', body: phone.sdp({ rtpPort: 20_000, payloads: [0, 101] }) });
  const ok = last(lab.pbx.take(), 200);
  lab.pbx.learn(dialog, ok);
  lab.pbx.request(dialog, 'ACK');
  phone.take();
  return { phone, dialog, ok, ofPhone: phone.dialogOf(invite, 'b') };
};

const expectUnallocated = (lab: TrunkLab): void => {
  const final = lab.pbx.take().at(-1) as SipMessage;
  expect([final.status, reasonOf(final)]).toEqual([404, 'Q.850;cause=1']);
};
const forwardOf = (lab: TrunkLab, dn: string) =>
  lab.harness.database.byDirectoryNumber(dn as never)[0]?.configured.lines[0]?.forward;
const analysed = (lab: TrunkLab): CallAnalysed =>
  lab.events.findLast((event): event is CallAnalysed => event.type === 'call.analysed') as CallAnalysed;

describe('a code that sets something of a line', () => {
  const CODES = [
    '*731001',
    '*7395000',
    '*73',
    '*71',
    '*72',
    'x-cisco-serviceuri-cfwdall1001',
    'x-cisco-serviceuri-cfwdall',
  ];

  it.each(CODES)('%s leads nowhere for the PBX, which says that it is the line', async (code) => {
    const lab = await trunkLab(THREE, {}, SETTINGS, { canSet: true });
    lab.pbx.invite(code, AS_LINE);
    expectUnallocated(lab);
    expect([analysed(lab).target, forwardOf(lab, '1000')]).toEqual([undefined, NO_FORWARD]);
    lab.expectNothingLeft();
  });

  it.each(CODES)('%s leads nowhere for a call of the PBX that a phone transfers there', async (code) => {
    const lab = await trunkLab(THREE, {}, SETTINGS, { canSet: true });
    const { phone, ofPhone } = talkIn(lab);
    phone.request(ofPhone, 'REFER', { headers: [`Refer-To: <sip:${code}@10.10.210.10>`] });
    const told = phone.take().filter(({ method }) => method === 'NOTIFY');
    expect(told.at(-1)?.body.toString('latin1')).toBe('SIP/2.0 404 Not Found\r\n');
    expect([analysed(lab).target, forwardOf(lab, '1000'), forwardOf(lab, '1001')]).toEqual([
      undefined,
      NO_FORWARD,
      NO_FORWARD,
    ]);
  });

  it('is for a line that the device has', async () => {
    const lab = await trunkLab(THREE, {}, SETTINGS, { canSet: true });
    const { features } = lab.control;
    const set = (device: string, dn: string) =>
      features.setForward(device as never, dn, 'all', '1001', lab.clock.now());
    expect([set('PBX', '1000'), set('SEP000000000003', '1000'), set('SEP000000000001', '1000')]).toEqual([
      'not-its-line',
      'not-its-line',
      undefined,
    ]);
    expect([forwardOf(lab, '1000')?.all, forwardOf(lab, '1002')?.all]).toEqual(['1001', undefined]);
  });
});

describe('what is for phones of ours alone', () => {
  const INSIDE = [
    ['a call that rings in the group of that line', '*74'],
    ['a call that rings in a group', '*81'],
    ['a call that rings, by the URI of a key', 'x-cisco-serviceuri-pickup'],
    ['a call that rings, by the URI of a key and its line', 'x-cisco-serviceuri-gpickup1002'],
    ['a parked call', '*60'],
    ['an intercom call', '*751001'],
    ['a page', '*80'],
  ] as const;

  /** The first phone rings the third, and the second has parked whoever the lab's SCCP phone is. */
  const ringing = async (more: Partial<CallSettings> = {}, forward = {}) => {
    const lab = await trunkLab(
      [
        { dn: '1000' },
        { dn: '1001' },
        { dn: '1002' },
        { dn: '1003', line: { forward: { ...NO_FORWARD, ...forward } } },
      ],
      {},
      { ...SETTINGS, ...more },
    );
    const [a, b, c] = phonesOf(lab);
    lab.service('page', { answers: true });
    lab.service('tone', { answers: true });
    const sccp = lab.sccp('2000');
    const parked = sccp.call('1001');
    const invite = last(b.take(), 'INVITE');
    b.answer(invite, 200, 'OK', { tag: 'p', body: b.sdp({ payloads: [0, 101] }) });
    const parker = lab.control.legs.of('SEP000000000002' as never)[0];
    if (parker === undefined) throw new Error('it does not talk');
    expect(lab.control.park(parker, lab.clock.now())).toEqual({ slot: '*60' });
    a.invite('1002', a.sdp());
    c.answer(last(c.take(), 'INVITE'), 180, 'Ringing', { tag: 'c' });
    for (const phone of lab.phones) phone.take();
    const before = statesOf(lab);
    expect(before.split(' ').filter((state) => state === 'ring-in')).toHaveLength(1);
    const expectUntouched = (): void => {
      expect([statesOf(lab), lab.control.parked.size, parked.state]).toEqual([before, 1, 'connected']);
      expect(lab.phones.map((phone) => statuses(phone.take()))).toEqual([[], [], [], []]);
      expect(lab.events.filter(({ type }) => type === 'call.paged' || type === 'call.picked-up')).toEqual([]);
    };
    return { lab, expectUntouched };
  };

  it.each(INSIDE)('%s is nothing that the PBX reaches by %s', async (_what, number) => {
    const { lab, expectUntouched } = await ringing();
    lab.pbx.invite(number, AS_LINE);
    expectUnallocated(lab);
    expectUntouched();
  });

  it.each(INSIDE.filter(([, number]) => !number.startsWith('x-')))(
    '%s is nothing that it reaches where a line forwards to %s',
    async (_what, number) => {
      const { lab, expectUntouched } = await ringing({}, { all: number });
      lab.pbx.invite('1003', AS_LINE);
      expectUnallocated(lab);
      expectUntouched();
    },
  );

  it.each(INSIDE.filter(([, number]) => !number.startsWith('x-')))(
    '%s is nothing that it reaches where a phone transfers it blindly to %s',
    async (_what, number) => {
      const { lab } = await ringing();
      const { phone, ofPhone } = talkIn(lab, AS_LINE, '1003');
      phone.request(ofPhone, 'REFER', { headers: [`Refer-To: <sip:${number}@10.10.210.10>`] });
      const told = phone.take().filter(({ method }) => method === 'NOTIFY');
      expect(told.at(-1)?.body.toString('latin1')).toBe('SIP/2.0 404 Not Found\r\n');
      expect([statesOf(lab).split(' ').includes('ring-in'), lab.control.parked.size]).toEqual([true, 1]);
      expect(lab.events.filter(({ type }) => type === 'call.paged' || type === 'call.picked-up')).toEqual([]);
    },
  );

  it('does not keep it from meeting rooms, hunt lists and services', async () => {
    const { lab } = await ringing({ hunts: [{ dn: '3000', mode: 'first', members: ['1003'], ring: 10_000 as never }] });
    lab.bridge();
    lab.service('echo', { answers: true });
    for (const number of ['*50', '*41']) {
      lab.pbx.invite(number, AS_LINE);
      expect(last(lab.pbx.take(), 200).status).toBe(200);
    }
    lab.pbx.invite('3000', AS_LINE);
    expect(statuses(lab.phones[3]?.take() ?? [])).toEqual(['INVITE']);
  });
});

describe('a line whose number the PBX claims', () => {
  it('is not shown its calls by the phones that share it', async () => {
    const sharing = { dn: '1000', showsSharedLine: true };
    const lab = await trunkLab([sharing, { ...sharing }, { dn: '1001' }]);
    talkIn(lab);
    const shown = [1, 2].flatMap((index) => lab.control.legs.remotesOf(`SEP00000000000${index}` as never));
    expect(shown).toEqual([]);
    expect(lab.control.legs.of('PBX' as never)[0]).toMatchObject({ dn: '1000', isShared: false, line: undefined });
  });

  it('has not talked where the PBX has', async () => {
    const hunts = [{ dn: '3000', mode: 'longest-idle', members: ['1000', '1002'], ring: 10_000 as never }] as const;
    const lab = await trunkLab(THREE, {}, { hunts });
    const { dialog } = talkIn(lab);
    lab.clock.advance(1_000);
    lab.pbx.request(dialog, 'BYE');
    const [a, b, c] = phonesOf(lab);
    b.answer(last(b.take(), 'BYE'), 200, 'OK');
    b.invite('3000', b.sdp());
    expect([statuses(a.take()), statuses(c.take())]).toEqual([['INVITE'], []]);
  });

  it('picks up no call that rings at the PBX under its number', async () => {
    const lab = await trunkLab(THREE, {}, SETTINGS);
    const [a, , c] = phonesOf(lab);
    a.invite('91002', a.sdp());
    const invite = last(lab.pbx.take(), 'INVITE');
    lab.pbx.answer(invite, 180, 'Ringing', { tag: 't' });
    for (const number of ['*81', '*74', 'x-cisco-serviceuri-gpickup1002']) {
      c.invite(number, c.sdp());
      expect((c.take().at(-1) as SipMessage).status, number).toBe(480);
    }
    c.invite('1002', c.sdp(), [`Replaces: ${invite.callId};to-tag=${invite.fromTag};from-tag=t`]);
    expect(statuses(c.take()).at(-1)).toBe(481);
    expect(statuses(lab.pbx.take())).toEqual([]);
  });

  it('takes over no call of the PBX', async () => {
    const lab = await trunkLab(THREE);
    const { dialog, ok } = talkIn(lab);
    const [a] = phonesOf(lab);
    const tag = /tag=([^;]+)/.exec(dialog.from)?.[1];
    a.invite('1000', a.sdp(), [`Replaces: ${dialog.callId};to-tag=${ok.toTag};from-tag=${tag}`]);
    expect(statuses(a.take()).at(-1)).toBe(481);
    expect([statuses(lab.pbx.take()), statesOf(lab)]).toEqual([[], 'connected connected']);
  });
});

describe('another PBX moves no call of ours', () => {
  const TARGETS = ['1001', '95001', '112', '*41', '1001%3Bx'];

  it.each(TARGETS)('by a REFER to %s, in a call that we made', async (target) => {
    const lab = await trunkLab(THREE);
    const { ofPbx } = talkOut(lab);
    lab.pbx.request(ofPbx, 'REFER', { headers: [`Refer-To: <sip:${target}@${SERVER}>`] });
    expect([statuses(lab.pbx.take()), statesOf(lab), lab.control.calls.size]).toEqual([
      [603],
      'connected connected',
      1,
    ]);
    expect(statuses(phonesOf(lab)[1].take())).toEqual([]);
  });

  it.each(TARGETS)('by a REFER to %s, in a call that it made', async (target) => {
    const lab = await trunkLab(THREE);
    const { dialog } = talkIn(lab);
    lab.pbx.request(dialog, 'REFER', { headers: [`Refer-To: <sip:${target}@${SERVER}>`] });
    expect([statuses(lab.pbx.take()), lab.control.calls.size]).toEqual([[603], 1]);
  });

  it('by a REFER that names another call of its own', async () => {
    const lab = await trunkLab(THREE, {}, SETTINGS);
    const first = talkIn(lab);
    const second = talkIn(lab, {}, '1002');
    const tag = /tag=([^;]+)/.exec(second.dialog.from)?.[1];
    const replaces = `${second.dialog.callId}%3Bto-tag%3D${second.ok.toTag}%3Bfrom-tag%3D${tag}`;
    lab.pbx.request(first.dialog, 'REFER', { headers: [`Refer-To: <sip:1002@${SERVER}?Replaces=${replaces}>`] });
    expect([statuses(lab.pbx.take()), lab.control.calls.size]).toEqual([[603], 2]);
  });

  it.each([301, 302, 305, 380].flatMap((status) => TARGETS.map((target) => [status, target] as const)))(
    'by a %i to %s: the caller hears that it failed',
    async (status, target) => {
      const lab = await trunkLab(THREE);
      const [a, b] = phonesOf(lab);
      a.invite('95000', a.sdp());
      lab.pbx.answer(last(lab.pbx.take(), 'INVITE'), status, 'Moved', {
        tag: 't',
        headers: [`Contact: <sip:${target}@${SERVER}>`],
      });
      const final = a.take().at(-1) as SipMessage;
      expect([final.status, reasonOf(final)]).toEqual([503, 'Q.850;cause=41']);
      expect([statuses(b.take()), statuses(lab.pbx.take())]).toEqual([[], ['ACK']]);
      expect(lab.events.map(({ type }) => type)).not.toContain('call.forwarded');
      lab.expectNothingLeft();
    },
  );

  it('and a phone that forwards by itself moves its call to phones and trunks alone', async () => {
    const lab = await trunkLab(THREE, {}, SETTINGS);
    const [a, b] = phonesOf(lab);
    const outcomes = ['112', '*41', '*80', '*60', '*50', '*751002', '*81', '*73', '95001', '1002'].map((target) => {
      a.invite('1001', a.sdp());
      const invite = last(b.take(), 'INVITE');
      b.answer(invite, 302, 'Moved', { tag: 'm', headers: [`Contact: <sip:${target}@${SERVER}>`] });
      return [target, statuses(a.take()).at(-1)];
    });
    expect(outcomes).toEqual([
      ...['112', '*41', '*80', '*60', '*50', '*751002', '*81', '*73'].map((target) => [target, 503]),
      ['95001', 100],
      ['1002', 100],
    ]);
  });
});

describe('sound of labcm’s own', () => {
  const sent = async (trunk: Parameters<typeof trunkLab>[1], headers: readonly string[] = []) => {
    const lab = await trunkLab(THREE, trunk);
    const echo = lab.service('echo', { answers: true });
    const dialog = lab.pbx.invite('*41', { body: lab.pbx.sdp({ payloads: [0, 101] }), headers });
    return { lab, echo, dialog };
  };
  const sends = (echo: { readonly notes: readonly string[] }) => echo.notes.filter((note) => note.startsWith('send'));

  it('goes over UDP to nobody before the ACK has come, which proves that somebody is there', async () => {
    const { lab, echo, dialog } = await sent({});
    lab.clock.advance(5_000);
    expect(sends(echo)).toEqual([]);
    lab.pbx.learn(dialog, last(lab.pbx.take(), 200));
    lab.pbx.request({ ...dialog, to: `${dialog.to}x` }, 'ACK'); // of somebody who has not seen our tag
    expect(sends(echo)).toEqual([]);
    lab.pbx.request(dialog, 'ACK');
    expect(sends(echo)).toEqual(['send PCMU to 10.20.0.2']);
    lab.pbx.request(dialog, 'BYE');
    lab.expectNothingLeft();
  });

  it('goes to nobody where no ACK comes, and the call ends', async () => {
    const { lab, echo } = await sent({});
    lab.clock.advance(40_000);
    expect(sends(echo)).toEqual([]);
    lab.pbx.take();
    lab.expectNothingLeft();
  });

  it('goes at once to a PBX that has proved its INVITE by its password', async () => {
    const digest = { user: 'lab', password: 'secret', challenge: true };
    const { lab } = await sent({ digest });
    const echo = lab.service('echo', { answers: true });
    const line = authorizationLine(
      last(lab.pbx.take(), 401),
      digest,
      'INVITE',
      `sip:*41@${SERVER}:5060`,
      seededRandom(1),
    );
    lab.pbx.invite('*41', { body: lab.pbx.sdp({ payloads: [0, 101] }), headers: [line?.trim() ?? ''] });
    expect(sends(echo)).toHaveLength(1);
  });

  it('goes at once over TCP, where nobody forges an address', async () => {
    const lab = await trunkLab(THREE, { transport: 'tcp' });
    await settled();
    lab.pbx.take();
    const echo = lab.service('echo', { answers: true });
    lab.pbx.invite('*41', { body: lab.pbx.sdp({ payloads: [0, 101] }) });
    expect(sends(echo)).toHaveLength(1);
  });

  it('goes to phones at once', async () => {
    const { lab, echo } = await sent({});
    const [a] = phonesOf(lab);
    a.invite('*41', a.sdp());
    expect(sends(echo)).toHaveLength(1);
  });
});

it('phones talk as before while a trunk claims their numbers', async () => {
  const lab = await trunkLab(THREE, {}, SETTINGS);
  const [a, b] = phonesOf(lab);
  talk(a, b);
  talkIn(lab, AS_LINE, '1002');
  expect(statesOf(lab)).toBe('connected connected connected connected');
});
