// Calls by a trunk, both ways: what the other PBX is asked and told, and what becomes of its answers
// (`docs/protocols/calls.md` §3.3, §3.5, §6).

import { describe, expect, it } from 'vitest';
import { ID } from '../../../src/sip/message/headers.js';
import type { SipMessage } from '../../../src/sip/message/message.js';
import { parseCredentials } from '../../../src/sip/registrar/digest.js';
import { DEFAULT_SIP } from '../../../src/sip/settings.js';
import { bodyOf, last, sdpOf, statesOf, textOf } from '../calls/call-harness.js';
import type { SipPhone } from '../calls/sip-phone.js';
import { SERVER, statuses } from '../harness.js';
import { answering, route, type TrunkLab, trunkLab } from './lab.js';
import { Pbx, trunkTo } from './pbx.js';

const reasonOf = (message: SipMessage): string | undefined => textOf(message, 'Reason')?.trim();
const first = ({ phones: [phone] }: TrunkLab): SipPhone => phone as SipPhone;

/** A call that both talk in. */
const talkOut = (lab: TrunkLab) => {
  const a = first(lab);
  const dialog = a.invite('95000', a.sdp({ rtpPort: 16_000 }));
  const invite = last(lab.pbx.take(), 'INVITE');
  lab.pbx.answer(invite, 180, 'Ringing', { tag: 't' });
  lab.pbx.answer(invite, 200, 'OK', { tag: 't', body: lab.pbx.sdp({ payloads: [0, 101] }) });
  const ok = last(a.take(), 200);
  a.learn(dialog, ok);
  a.request(dialog, 'ACK');
  return { a, dialog, invite, ok };
};

describe('a call that leaves', () => {
  it('is sent to the PBX as the pattern says, without an offer, and both talk directly', async () => {
    const lab = await trunkLab();
    const { a, dialog, invite, ok } = talkOut(lab);
    expect(invite.uri).toBe('sip:5000@10.20.0.2:5060');
    expect(bodyOf(invite)).toBe('');
    expect(sdpOf(ok)).toBe('10.20.0.2:30000 0 101');
    const ack = last(lab.pbx.take(), 'ACK');
    expect(sdpOf(ack)).toBe('10.10.210.101:16000 0 101');
    a.request(dialog, 'BYE');
    const bye = last(lab.pbx.take(), 'BYE');
    expect([reasonOf(bye), bye.uri]).toEqual(['Q.850;cause=16', 'sip:5000@10.20.0.2:5060']);
    lab.pbx.answer(bye, 200, 'OK');
    expect(lab.events.find(({ type }) => type === 'call.ended')).toMatchObject({
      dialled: '95000',
      called: { number: '5000' },
      originalCalled: { number: '95000' },
      pattern: '9.!',
      dest: { device: 'PBX', trunkReference: expect.stringMatching(/^[0-9A-F]{32}$/) },
    });
    lab.expectNothingLeft();
  });

  it('carries an offer where the trunk wants one, of its codecs alone', async () => {
    const lab = await trunkLab(undefined, { earlyOffer: true, codecs: ['PCMA'] });
    const a = first(lab);
    a.invite('95000', a.sdp({ rtpPort: 16_000 }));
    expect(sdpOf(last(lab.pbx.take(), 'INVITE'))).toBe('10.10.210.101:16000 8 101');
  });

  it.each(['always', 'devices'] as const)(
    'of an SCCP phone has its channel opened for the offer (%s)',
    async (earlyOffer) => {
      const lab = await trunkLab([], { earlyOffer: true }, { earlyOffer });
      const phone = lab.sccp('2000', { telephoneEvent: true });
      const leg = phone.call('95000');
      expect(phone.take()).toEqual(['off-hook', 'proceeding 95000 2000>5000', 'open PCMU/20']);
      const invite = last(lab.pbx.take(), 'INVITE');
      expect(sdpOf(invite)).toBe(`10.0.0.1:${16_384 + (leg.ci & 0xff) * 2} 0 101`);
      lab.pbx.answer(invite, 180, 'Ringing', { tag: 't' });
      // It answers with more than it was offered: the phone listens for one codec alone.
      lab.pbx.answer(invite, 200, 'OK', { tag: 't', body: lab.pbx.sdp({ payloads: [8, 0, 101] }) });
      expect(bodyOf(last(lab.pbx.take(), 'ACK'))).toBe('');
      expect(phone.take()).toEqual([
        'alerting',
        'connecting',
        'connected 2000>5000',
        'send PCMU to 10.20.0.2 event 101',
      ]);
      phone.hangUp(leg);
      lab.pbx.answer(last(lab.pbx.take(), 'BYE'), 200, 'OK');
      lab.expectNothingLeft();
    },
  );

  it.each(['silent', 'refuses'] as const)('of an SCCP phone that %s goes out without an offer', async (media) => {
    const lab = await trunkLab([], { earlyOffer: true });
    const phone = lab.sccp('2000', { media });
    phone.call('95000');
    lab.clock.advance(5_000);
    expect(bodyOf(last(lab.pbx.take(), 'INVITE'))).toBe('');
  });

  it('answers a challenge for every request of its dialog, once each', async () => {
    const digest = { user: 'lab', password: 'secret', challenge: false };
    const lab = await trunkLab(undefined, { digest });
    const a = first(lab);
    const headers = ['Proxy-Authenticate: Digest realm="pbx", nonce="n1", algorithm=SHA-256, qop="auth", opaque="o"'];
    const dialog = a.invite('95000', a.sdp());
    const asked = last(lab.pbx.take(), 'INVITE');
    lab.pbx.answer(asked, 407, 'Proxy Authentication Required', { tag: 'x', headers });
    const [ack, again] = lab.pbx.take() as [SipMessage, SipMessage];
    expect([ack.method, again.method, again.cseq?.number, again.callId === asked.callId]).toEqual([
      'ACK',
      'INVITE',
      102,
      true,
    ]);
    const credentials = parseCredentials(again.text(ID['Proxy-Authorization'])?.trim() ?? '');
    expect(credentials?.get('algorithm')).toBe('SHA-256');
    lab.pbx.answer(again, 180, 'Ringing', { tag: 't' });
    lab.pbx.answer(again, 200, 'OK', { tag: 't', body: lab.pbx.sdp({ payloads: [0, 101] }) });
    a.learn(dialog, last(a.take(), 200));
    a.request(dialog, 'ACK');
    expect(last(lab.pbx.take(), 'ACK').cseq?.number).toBe(102);
    a.request(dialog, 'BYE');
    lab.pbx.answer(last(lab.pbx.take(), 'BYE'), 407, 'Proxy Authentication Required', { headers });
    const bye = last(lab.pbx.take(), 'BYE');
    expect(bye.count(ID['Proxy-Authorization'])).toBe(1);
    lab.pbx.answer(bye, 200, 'OK');
    lab.expectNothingLeft();
  });

  it.each([
    [true, 2],
    [false, 1],
  ])('that is challenged again and again is rejected (password %s)', async (hasPassword, asked) => {
    const digest = hasPassword ? { user: 'lab', password: 'wrong', challenge: false } : undefined;
    const lab = await trunkLab(undefined, { digest });
    const a = first(lab);
    a.invite('95000', a.sdp());
    let invites = 0;
    for (let round = 0; round < 5; round += 1)
      for (const invite of lab.pbx.take().filter(({ method }) => method === 'INVITE')) {
        invites += 1;
        lab.pbx.answer(invite, 401, 'Unauthorized', {
          tag: `x${round}`,
          headers: ['WWW-Authenticate: Digest realm="pbx", nonce="n"'],
        });
      }
    expect([invites, statuses(a.take()).at(-1)]).toEqual([asked, 603]);
  });

  it('asks for a longer session where the other PBX wants one', async () => {
    const lab = await trunkLab();
    const a = first(lab);
    a.invite('95000', a.sdp());
    const invite = last(lab.pbx.take(), 'INVITE');
    expect(invite.text(ID['Session-Expires'])?.trim()).toBe('1800');
    lab.pbx.answer(invite, 422, 'Session Interval Too Small', { tag: 'x', headers: ['Min-SE: 3600'] });
    const again = last(lab.pbx.take(), 'INVITE');
    expect([again.text(ID['Session-Expires'])?.trim(), again.text(ID['Min-SE'])?.trim()]).toEqual(['3600', '3600']);
  });

  it('is refreshed at half of the session that the other PBX grants, and ended when it is not', async () => {
    const lab = await trunkLab();
    const a = first(lab);
    const dialog = a.invite('95000', a.sdp());
    const invite = last(lab.pbx.take(), 'INVITE');
    lab.pbx.answer(invite, 200, 'OK', {
      tag: 't',
      body: lab.pbx.sdp({ payloads: [0, 101] }),
      headers: ['Session-Expires: 1800;refresher=uac', 'Require: timer', 'Allow: INVITE,UPDATE,BYE,ACK'],
    });
    a.learn(dialog, last(a.take(), 200));
    a.request(dialog, 'ACK');
    lab.pbx.take();
    lab.clock.advance(899_000);
    expect(lab.pbx.take()).toEqual([]);
    lab.clock.advance(2_000);
    const update = last(lab.pbx.take(), 'UPDATE');
    expect(update.text(ID['Session-Expires'])?.trim()).toBe('1800;refresher=uac');
    lab.clock.advance(33_000);
    expect(reasonOf(last(lab.pbx.take(), 'BYE'))).toBe('Q.850;cause=102');
  });

  it.each([
    [404, undefined, 404, 1],
    [404, 16, 603, 21], // a refusal is no normal clearing
    [486, undefined, 486, 17],
    [480, undefined, 480, 18],
    [503, undefined, 503, 41],
    [503, 34, 503, 34],
    [603, undefined, 603, 21],
    [488, undefined, 488, 88],
    [500, 17, 486, 17],
    [484, undefined, 484, 28],
  ])('that is answered %i (cause %s) ends with %i', async (status, cause, told, value) => {
    const lab = await trunkLab();
    const a = first(lab);
    a.invite('95000', a.sdp());
    const headers = cause === undefined ? [] : [`Reason: Q.850;cause=${cause}`];
    lab.pbx.answer(last(lab.pbx.take(), 'INVITE'), status, 'No', { tag: 't', headers });
    const final = a.take().at(-1) as SipMessage;
    expect([final.status, reasonOf(final)]).toEqual([told, `Q.850;cause=${value}`]);
    expect(statuses(lab.pbx.take())).toEqual(['ACK']);
    lab.expectNothingLeft();
  });

  it('that nobody answers at all fails after 32 s, and the PBX is asked whether it is there', async () => {
    const lab = await trunkLab();
    const a = first(lab);
    a.invite('95000', a.sdp());
    const { length } = lab.pbx.pings;
    lab.clock.advance(33_000);
    expect([statuses(a.take()).at(-1), lab.pbx.pings.length]).toEqual([503, length + 1]);
  });

  it('that is given up is cancelled', async () => {
    const lab = await trunkLab();
    const a = first(lab);
    const dialog = a.invite('95000', a.sdp());
    const invite = last(lab.pbx.take(), 'INVITE');
    lab.pbx.answer(invite, 180, 'Ringing', { tag: 't' });
    a.request(dialog, 'CANCEL');
    const cancel = last(lab.pbx.take(), 'CANCEL');
    expect([cancel.uri, cancel.text(ID.To)]).toEqual([invite.uri, invite.text(ID.To)]);
    lab.pbx.answer(cancel, 200, 'OK');
    lab.pbx.answer(invite, 487, 'Request Terminated', { tag: 't' });
    lab.expectNothingLeft();
  });

  it('takes the second trunk of a pattern that is written twice while the first is down', async () => {
    const second = trunkTo({ name: 'SECOND', address: '10.20.0.3', sources: ['10.20.0.3'] });
    let other: Pbx | undefined;
    const lab = await trunkLab(
      undefined,
      {},
      { trunks: [trunkTo(), second], patterns: [route('9.!'), route('9.!', { trunk: 'SECOND', prefix: '4' })] },
      {
        ...answering(503),
        before: async (networks) => {
          other = await Pbx.over('udp', networks as never, '10.20.0.3');
        },
      },
    );
    const a = first(lab);
    a.invite('95000', a.sdp());
    expect([statuses(lab.pbx.take()), last(other?.take() ?? [], 'INVITE').uri]).toEqual([
      [],
      'sip:45000@10.20.0.3:5060',
    ]);
  });

  it('by a trunk that is down fails at once with cause 41', async () => {
    const lab = await trunkLab(undefined, {}, {}, answering(503));
    const a = first(lab);
    a.invite('95000', a.sdp());
    const final = a.take().at(-1) as SipMessage;
    expect([final.status, reasonOf(final), lab.pbx.take()]).toEqual([503, 'Q.850;cause=41', []]);
    expect(lab.trunkEvents()).toEqual(['down unavailable 503', 'refused out down 1']);
  });

  it('beyond the limit of calls on trunks hears that there is no channel', async () => {
    const lab = await trunkLab([{ dn: '1000' }, { dn: '1001' }, { dn: '1002' }]);
    const answers = lab.phones.map((phone) => {
      phone.invite('95000', phone.sdp());
      const final = phone.take().at(-1) as SipMessage;
      return [final.status, reasonOf(final)];
    });
    expect(answers).toEqual([
      [100, undefined],
      [100, undefined],
      [503, 'Q.850;cause=34'],
    ]);
    expect(statuses(lab.pbx.take())).toEqual(['INVITE', 'INVITE']);
  });

  it('masks the number of the caller', async () => {
    const lab = await trunkLab(undefined, {}, { patterns: [route('9.!', { callerMask: '0551XXXX' })] });
    const a = first(lab);
    a.invite('95000', a.sdp());
    const invite = last(lab.pbx.take(), 'INVITE');
    for (const name of ['From', 'Contact', 'P-Asserted-Identity', 'Remote-Party-ID'] as const)
      expect(textOf(invite, name), name).toContain('05511000@');
  });

  it.each(['112', '9112', '9911', '911', '110', '999'])('of %s never leaves', async (number) => {
    const lab = await trunkLab();
    const a = first(lab);
    a.invite(number, a.sdp());
    lab.clock.advance(20_000);
    expect([statuses(lab.pbx.take()), [404, 503, 480].includes(Number(statuses(a.take()).at(-1)))]).toEqual([[], true]);
  });

  it('goes to the owner’s address, whatever Contact the other PBX gives', async () => {
    const lab = await trunkLab();
    const stolen = await lab.harness.udp({ address: '198.51.100.7', port: 5060 });
    const a = first(lab);
    const dialog = a.invite('95000', a.sdp());
    const invite = last(lab.pbx.take(), 'INVITE');
    lab.pbx.answer(invite, 200, 'OK', {
      tag: 't',
      body: lab.pbx.sdp({ payloads: [0, 101] }),
      headers: ['Contact: <sip:5000@198.51.100.7:5060>'],
    });
    a.learn(dialog, last(a.take(), 200));
    a.request(dialog, 'BYE');
    expect([statuses(lab.pbx.take()).includes('BYE'), stolen.take()]).toEqual([true, []]);
  });
});

describe('a call that comes', () => {
  it('rings the phone of the number that it asks for, as from outside, and both talk directly', async () => {
    const lab = await trunkLab();
    const a = first(lab);
    const dialog = lab.pbx.invite('1000', {
      headers: ['P-Asserted-Identity: "Ada" <sip:+4930500@10.20.0.2>'],
      body: lab.pbx.sdp({ payloads: [0, 101] }),
    });
    expect(statuses(lab.pbx.take())).toEqual([100]);
    const invite = last(a.take(), 'INVITE');
    expect(textOf(invite, 'From')).toMatch(/^"Ada" <sip:\+4930500@/);
    expect(invite.bytes.toString('latin1')).toContain('Alert-Info: <file://Bellcore-dr2/>');
    a.answer(invite, 180, 'Ringing', { tag: 'b' });
    a.answer(invite, 200, 'OK', { tag: 'b', body: a.sdp({ rtpPort: 20_000 }) });
    const ok = last(lab.pbx.take(), 200);
    expect(sdpOf(ok)).toBe('10.10.210.101:20000 0 101');
    lab.pbx.learn(dialog, ok);
    lab.pbx.request(dialog, 'ACK');
    expect(sdpOf(last(a.take(), 'ACK'))).toBe('10.20.0.2:30000 0 101');
    lab.pbx.request(dialog, 'BYE');
    expect(statuses(lab.pbx.take())).toEqual([200]);
    a.answer(last(a.take(), 'BYE'), 200, 'OK');
    lab.expectNothingLeft();
  });

  it('by way of a proxy goes that way for good: its Record-Route is repeated, and our requests have it as Route', async () => {
    const lab = await trunkLab();
    const a = first(lab);
    const way = '<sip:10.20.0.2:5060;lr;ftag=x>';
    const dialog = lab.pbx.invite('1000', {
      headers: [`Record-Route: ${way}`],
      body: lab.pbx.sdp({ payloads: [0, 101] }),
    });
    const invite = last(a.take(), 'INVITE');
    a.answer(invite, 180, 'Ringing', { tag: 'b' });
    a.answer(invite, 200, 'OK', { tag: 'b', body: a.sdp({ rtpPort: 20_000 }) });
    const answers = lab.pbx.take().filter(({ status }) => status > 100);
    expect(answers.map((answer) => [answer.status, textOf(answer, 'Record-Route')])).toEqual([
      [180, way],
      [200, way],
    ]);
    lab.pbx.learn(dialog, last(answers, 200));
    lab.pbx.request(dialog, 'ACK');
    a.request(a.dialogOf(invite, 'b'), 'BYE');
    expect(textOf(last(lab.pbx.take(), 'BYE'), 'Route')).toBe(way);
  });

  it.each([
    ['7777', 404, 1],
    ['+4930', 404, 1],
  ])('to %j, which is nobody here, is answered %i', async (number, status, cause) => {
    const lab = await trunkLab();
    lab.pbx.invite(number);
    const final = lab.pbx.take().at(-1) as SipMessage;
    expect([final.status, reasonOf(final)]).toEqual([status, cause === undefined ? undefined : `Q.850;cause=${cause}`]);
  });

  it('keeps the plus of the number', async () => {
    const lab = await trunkLab(undefined, {}, { translations: [{ match: '\\+49301000', to: '1000' }] });
    lab.pbx.invite('+49301000');
    expect(statuses(first(lab).take())).toEqual(['INVITE']);
  });

  it('tells who was called first and who redirected it', async () => {
    const lab = await trunkLab();
    const a = first(lab);
    lab.pbx.invite('1000', {
      headers: [
        'Diversion: <sip:7001@10.20.0.2>;reason=no-answer;privacy=off',
        'Diversion: <sip:7000@10.20.0.2>;reason=unconditional',
      ],
    });
    a.answer(last(a.take(), 'INVITE'), 486, 'Busy Here', { tag: 'b' });
    expect(lab.events.find(({ type }) => type === 'call.ended')).toMatchObject({
      originalCalled: { number: '7000' },
      lastRedirecting: { number: '7001' },
      redirectReason: 2,
      orig: { device: 'PBX' },
    });
  });

  it('that leaves again by the trunk takes a hop less, and its Diversion goes on', async () => {
    const lab = await trunkLab();
    lab.pbx.invite('95000', { hops: 10, headers: ['Diversion: <sip:7001@10.20.0.2>;reason=user-busy'] });
    const invite = last(lab.pbx.take(), 'INVITE');
    expect(invite.text(ID['Max-Forwards'])?.trim()).toBe('9');
    expect(textOf(invite, 'Diversion')).toBe(`<sip:7001@${SERVER}>;reason=user-busy;privacy=off;screen=yes`);
  });

  it.each([
    ['has no hops left', { hops: 0 }, 483, ['refused in hops 1']],
    ['has our Via already', { via: [`SIP/2.0/UDP ${SERVER}:5060;branch=z9hG4bKaa`] }, 482, ['refused in loop 1']],
  ])('that %s is refused', async (_what, options, status, told) => {
    const lab = await trunkLab();
    lab.trunkEvents();
    lab.pbx.invite('1000', options);
    expect([statuses(lab.pbx.take()), lab.trunkEvents()]).toEqual([[status], told]);
  });

  it('goes round between two PBXs until its hops are used up', async () => {
    const lab = await trunkLab(
      undefined,
      {},
      { limits: { calls: 500, perDevice: 500, perSecond: 500, trunkCalls: 500 } },
    );
    lab.pbx.invite('95000', { hops: 70 });
    let rounds = 0;
    let status: number | string | undefined;
    for (; rounds < 200 && status !== 483; rounds += 1)
      for (const message of lab.pbx.take()) {
        if (message.method === 'INVITE')
          lab.pbx.invite('95000', { hops: Number(message.text(ID['Max-Forwards'])) - 1 });
        else if (message.status === 483) status = 483;
      }
    expect([status, rounds < 60]).toEqual([483, true]);
  });

  it('must have the user and password of the trunk where they are asked for', async () => {
    const lab = await trunkLab(
      undefined,
      { digest: { user: 'lab', password: 'secret', challenge: true } },
      {},
      { settings: { cluster: 'LabCluster' } },
    );
    lab.trunkEvents();
    lab.pbx.invite('1000');
    const asked = last(lab.pbx.take(), 401);
    expect(textOf(asked, 'WWW-Authenticate')).toContain('realm="LabCluster"');
    const { authorizationLine } = await import('../../../src/sip/trunks/credentials.js');
    const { seededRandom } = await import('../../support/random.js');
    const credentials = (password: string) =>
      authorizationLine(
        asked,
        { user: 'lab', password },
        'INVITE',
        `sip:1000@${SERVER}:5060`,
        seededRandom(1),
      )?.trim() ?? '';
    lab.pbx.invite('1000', { headers: [credentials('wrong')] });
    expect([statuses(lab.pbx.take()), lab.trunkEvents(), first(lab).take()]).toEqual([
      [401],
      ['refused in credentials 1'],
      [],
    ]);
    lab.pbx.invite('1000', { headers: [credentials('secret')] });
    expect(statuses(first(lab).take())).toEqual(['INVITE']);
  });

  it('beyond the limit is refused, and told once in a second', async () => {
    const lab = await trunkLab();
    lab.trunkEvents();
    for (let call = 0; call < 6; call += 1) lab.pbx.invite('1000');
    expect(statuses(lab.pbx.take()).filter((status) => status !== 100)).toEqual([503, 503, 503, 503]);
    lab.clock.advance(1_100);
    lab.pbx.invite('1000');
    expect(lab.trunkEvents()).toEqual(['refused in limit 1', 'refused in limit 4']);
  });
});

describe('whoever is no trunk', () => {
  it('is refused, over UDP a few times in a second, while phones and trunks go on', async () => {
    const lab = await trunkLab();
    const stranger = await lab.harness.udp({ address: '198.51.100.9', port: 5060 });
    const answers: (number | string)[] = [];
    for (let call = 0; call < 500; call += 1)
      answers.push(
        ...statuses(
          stranger.ask(
            [
              `INVITE sip:1000@${SERVER} SIP/2.0`,
              `Via: SIP/2.0/UDP 198.51.100.9:5060;branch=z9hG4bKs${call}`,
              `From: <sip:5000@10.20.0.2>;tag=s${call}`,
              `To: <sip:1000@${SERVER}>`,
              `Call-ID: s${call}@198.51.100.9`,
              'CSeq: 1 INVITE',
              'Max-Forwards: 70',
              'Contact: <sip:5000@198.51.100.9>',
              'Content-Length: 0',
              '',
              '',
            ].join('\r\n'),
          ),
        ),
      );
    expect([answers.every((status) => status === 403), answers.length]).toEqual([true, 5]);
    expect(first(lab).take()).toEqual([]);
    const { a, dialog } = talkOut(lab);
    a.request(dialog, 'BYE');
    expect(statuses(a.take())).toEqual([200]);
    lab.clock.advance(1_500);
    expect(lab.harness.probe.of('sip.throttled')).toMatchObject([
      { limit: 'strangers', address: '198.51.100.9', count: 495 },
    ]);
  });

  it('cannot end a call of a trunk, nor change its media', async () => {
    const lab = await trunkLab();
    const { invite } = talkOut(lab);
    const stranger = await lab.harness.udp({ address: '198.51.100.9', port: 5060 });
    for (const method of ['BYE', 'INVITE', 'UPDATE']) {
      const answers = stranger.ask(
        [
          `${method} sip:1000@${SERVER}:5060 SIP/2.0`,
          `Via: SIP/2.0/UDP 198.51.100.9:5060;branch=z9hG4bKx${method}`,
          `From: ${invite.text(ID.To)};tag=t`,
          `To: ${invite.text(ID.From)}`,
          `Call-ID: ${invite.callId}`,
          `CSeq: 7 ${method}`,
          'Max-Forwards: 70',
          'Contact: <sip:5000@198.51.100.9>',
          'Content-Length: 0',
          '',
          '',
        ].join('\r\n'),
      );
      expect(statuses(answers).filter((status) => status !== 100)).toEqual([481]);
    }
    expect(statesOf(lab)).toBe('connected connected');
  });
});

describe('a trunk that does not answer any more', () => {
  const silent = async (number: string) => {
    const lab = await trunkLab();
    const echo = lab.service('echo', { answers: true });
    const [, b] = lab.phones as [SipPhone, SipPhone];
    const dialog = lab.pbx.invite(number);
    if (number === '1001') {
      const invite = last(b.take(), 'INVITE');
      b.answer(invite, 200, 'OK', { tag: 'b', body: b.sdp({ payloads: [0, 101] }) });
    }
    const ok = last(lab.pbx.take(), 200);
    lab.pbx.learn(dialog, ok);
    lab.pbx.request(dialog, 'ACK');
    b.take();
    lab.pbx.onOptions = () => undefined;
    lab.clock.advance(120_000);
    expect(lab.state()).toBe('down');
    return { ...lab, b, dialog, echo };
  };

  it('loses its calls with labcm', async () => {
    const { control, echo } = await silent('*41');
    expect([control.legs.size, echo.notes.at(-1)]).toEqual([0, 'release temporaryFailure by far']);
  });

  it('keeps those with phones; they are calls as before once it answers and has them still', async () => {
    const lab = await silent('1001');
    const [leg] = lab.control.legs.of('PBX' as never);
    expect([statesOf(lab), leg?.isPreserved]).toEqual(['connected connected', true]);
    lab.pbx.onOptions = () => 200;
    lab.pbx.take();
    lab.clock.advance(121_000);
    expect([lab.state(), leg?.isPreserved]).toEqual(['up', false]);
    const asked = lab.pbx.take().find(({ method }) => method === 'UPDATE' || method === 'INVITE') as SipMessage;
    expect(asked.callId).toBe(lab.dialog.callId);
    lab.pbx.answer(asked, 481, 'Call Does Not Exist');
    expect(lab.control.legs.size).toBe(0);
  });

  it('ends its calls when it is removed', async () => {
    const lab = await trunkLab();
    const { a } = talkOut(lab);
    lab.pbx.take();
    lab.control.configure({ ...lab.control.settings, trunks: [] });
    lab.harness.server.apply({ ...DEFAULT_SIP, address: SERVER });
    for (const peer of [a, lab.pbx]) expect(reasonOf(last(peer.take(), 'BYE'))).toBe('Q.850;cause=27');
    expect(lab.control.legs.size).toBe(0);
  });
});
