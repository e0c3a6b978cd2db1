import { describe, expect, it } from 'vitest';
import { authorization, plain } from '../phones.js';
import { accept, last, sdpOf, sipCallLab, statesOf, statuses, talk, textOf } from './call-harness.js';
import { type PhoneDialog, SipPhone } from './sip-phone.js';

type Transport = 'TCP' | 'UDP';

const setUp = async (transport: Transport = 'TCP', isCisco = true) => {
  const lab = await sipCallLab([
    { dn: '1000', isCisco, transport },
    { dn: '1001', isCisco, transport },
  ]);
  const [a, b] = lab.phones as [SipPhone, SipPhone];
  return { ...lab, a, b };
};

const text = (message: { readonly bytes: Buffer }): string => message.bytes.toString('latin1');

describe.each(['TCP', 'UDP'] as const)('over %s', (transport) => {
  it('a 200 is sent again until its ACK comes', async () => {
    const { a, b, clock, expectNothingLeft } = await setUp(transport);
    const dialogA = a.invite('1001', a.sdp());
    const invite = last(b.take(), 'INVITE');
    b.answer(invite, 200, 'OK', { tag: 'b', body: b.sdp({ payloads: [0, 101] }) });
    b.take();
    const ok = last(a.take(), 200);
    const times: number[] = [];
    for (let waited = 100; waited <= 8_000; waited += 100) {
      clock.advance(100);
      for (const again of a.take()) {
        times.push(waited);
        expect(text(again)).toBe(text(ok));
      }
    }
    expect(times).toEqual([500, 1_500, 3_500, 7_500]);
    a.learn(dialogA, ok);
    a.request(dialogA, 'ACK');
    clock.advance(20_000);
    expect(a.take()).toEqual([]);
    a.request(dialogA, 'BYE');
    b.answer(last(b.take(), 'BYE'), 200, 'OK');
    expectNothingLeft();
  });

  it('a 200 that nobody acknowledges is given up after 32 s: BYE to both', async () => {
    const { a, b, clock, expectNothingLeft } = await setUp(transport);
    a.invite('1001', a.sdp());
    const invite = last(b.take(), 'INVITE');
    b.answer(invite, 200, 'OK', { tag: 'b', body: b.sdp({ payloads: [0, 101] }) });
    clock.advance(32_001);
    a.answer(last(a.take(), 'BYE'), 200, 'OK');
    const bye = last(b.take(), 'BYE');
    expect(textOf(bye, 'Reason')).toBe('Q.850;cause=102');
    b.answer(bye, 200, 'OK');
    expectNothingLeft();
  });

  it('a 200 that comes again hears the same ACK', async () => {
    const { a, b } = await setUp(transport);
    a.invite('1001', a.sdp());
    const invite = last(b.take(), 'INVITE');
    const body = b.sdp({ payloads: [0, 101] });
    b.answer(invite, 200, 'OK', { tag: 'b', body });
    const ack = last(b.take(), 'ACK');
    for (const _again of [1, 2]) {
      b.answer(invite, 200, 'OK', { tag: 'b', body });
      expect(b.take().map(text)).toEqual([text(ack)]);
    }
  });

  it('a BYE waits for the ACK of our 200', async () => {
    const { a, b, expectNothingLeft } = await setUp(transport);
    const dialogA = a.invite('1001', a.sdp());
    const invite = last(b.take(), 'INVITE');
    b.answer(invite, 200, 'OK', { tag: 'b', body: b.sdp({ payloads: [0, 101] }) });
    const dialogB = b.dialogOf(invite, 'b');
    b.request(dialogB, 'BYE');
    b.take();
    const said = a.take();
    expect(statuses(said)).toEqual([100, 200]);
    a.learn(dialogA, last(said, 200));
    a.request(dialogA, 'ACK');
    a.answer(last(a.take(), 'BYE'), 200, 'OK');
    expectNothingLeft();
  });
});

describe('over UDP', () => {
  it('an INVITE that comes again hears the latest answer; by another way, 482', async () => {
    const { a, b } = await setUp('UDP');
    const dialog = a.invite('1001', a.sdp());
    a.take();
    const again = (branch?: string): void =>
      a.request(dialog, 'INVITE', { body: a.sdp(), cseq: dialog.cseq, ...(branch === undefined ? {} : { branch }) });
    again(dialog.branch);
    expect(statuses(a.take())).toEqual([100]);
    b.answer(last(b.take(), 'INVITE'), 180, 'Ringing', { tag: 'b' });
    a.take();
    again(dialog.branch);
    expect(statuses(a.take())).toEqual([180]);
    again();
    expect(statuses(a.take())).toEqual([482]);
  });

  it('our INVITE is sent again until somebody answers', async () => {
    const { a, b, clock } = await setUp('UDP');
    a.invite('1001', a.sdp());
    const [invite] = b.take();
    clock.advance(3_600);
    expect(statuses(b.take())).toEqual(['INVITE', 'INVITE', 'INVITE']);
    if (invite !== undefined) b.answer(invite, 100, 'Trying');
    clock.advance(8_000);
    expect(b.take()).toEqual([]);
  });

  it('a refusal that comes again is acknowledged again', async () => {
    const { a, b, clock } = await setUp('UDP');
    const dialog = a.invite('1001', a.sdp());
    const invite = last(b.take(), 'INVITE');
    for (const _again of [1, 2]) {
      b.answer(invite, 486, 'Busy Here', { tag: 'b' });
      expect(statuses(b.take())).toEqual(['ACK']);
    }
    clock.advance(600);
    expect(statuses(a.take())).toEqual([100, 486, 486]); // ours, until its ACK
    a.request(dialog, 'ACK', { branch: dialog.branch });
    clock.advance(10_000);
    expect(a.take()).toEqual([]);
  });

  it('a phone that says nothing to an INVITE is given up', async () => {
    const { a, b, clock, expectNothingLeft } = await setUp('UDP');
    a.invite('1001', a.sdp());
    clock.advance(12_001);
    expect(textOf(last(a.take(), 480), 'Reason')).toBe('Q.850;cause=18');
    expect(statuses(b.take())).toEqual(['INVITE', 'INVITE', 'INVITE', 'INVITE', 'INVITE']);
    clock.advance(40_000);
    expect(b.take()).toEqual([]);
    expectNothingLeft();
  });
});

describe('a dialog', () => {
  it('is asked for by its Call-ID and both tags; its requests come in their order', async () => {
    const { a, b } = await setUp();
    const [dialogA] = talk(a, b);
    const answersTo = (dialog: PhoneDialog, method: string, cseq?: number): (string | number)[] => {
      a.request(dialog, method, cseq === undefined ? {} : { cseq });
      return statuses(a.take());
    };
    for (const method of ['BYE', 'UPDATE', 'INFO', 'PRACK']) {
      expect(answersTo({ ...dialogA, callId: 'another' }, method)).toEqual([481]);
      expect(answersTo({ ...dialogA, from: '<sip:1000@10.10.210.10>;tag=stranger' }, method)).toEqual([481]);
      expect(answersTo({ ...dialogA, to: '<sip:1001@10.10.210.10>;tag=stranger' }, method)).toEqual([481]);
    }
    expect(answersTo({ ...dialogA, callId: 'another' }, 'INVITE')).toEqual([481]);
    expect(answersTo(dialogA, 'OPTIONS')).toEqual([200]);
    expect(answersTo(dialogA, 'INFO', 50)).toEqual([500]);
    expect(answersTo(dialogA, 'UPDATE')).toEqual([200]);
    expect(answersTo(dialogA, 'REFER')).toEqual([400]);
    expect(answersTo(dialogA, 'BYE')).toEqual([200]);
    expect(answersTo(dialogA, 'BYE')).toEqual([481]);
  });

  it('goes where the last Contact says, by the route of its beginning', async () => {
    const { a, b } = await setUp('TCP', false);
    const dialogA = a.invite('1001', a.sdp(), ['Record-Route: <sip:p1;lr>, <sip:p2;lr>']);
    const invite = last(b.take(), 'INVITE');
    b.answer(invite, 200, 'OK', { tag: 'b', body: b.sdp(), headers: ['Record-Route: <sip:p3;lr>, <sip:p4;lr>'] });
    const ack = last(b.take(), 'ACK');
    expect(text(ack)).toContain('\r\nRoute: <sip:p4;lr>\r\nRoute: <sip:p3;lr>\r\n');
    a.learn(dialogA, last(a.take(), 200));
    a.request(dialogA, 'ACK');
    a.request(dialogA, 'UPDATE', { headers: ['Contact: <sip:elsewhere@10.10.210.9:7000>'] });
    b.request(b.dialogOf(invite, 'b'), 'BYE');
    const bye = last(a.take(), 'BYE');
    expect(text(bye)).toContain('\r\nRoute: <sip:p1;lr>\r\nRoute: <sip:p2;lr>\r\n');
  });

  it('is ended by both at once: a BYE that crosses ours is a good one, a later one is not', async () => {
    const { a, b, expectNothingLeft } = await setUp();
    const [dialogA, dialogB] = talk(a, b);
    b.request(dialogB, 'BYE');
    const bye = last(a.take(), 'BYE');
    a.request(dialogA, 'BYE');
    expect(statuses(a.take())).toEqual([200]);
    a.request(dialogA, 'BYE');
    expect(statuses(a.take())).toEqual([481]);
    a.answer(bye, 481, 'Call/Transaction Does Not Exist');
    expectNothingLeft();
  });

  it('is ended by the caller while our BYE waits for its ACK, and the BYE is not sent', async () => {
    const { a, b, expectNothingLeft } = await setUp();
    const dialogA = a.invite('1001', a.sdp());
    const invite = last(b.take(), 'INVITE');
    b.answer(invite, 200, 'OK', { tag: 'b', body: b.sdp() });
    a.learn(dialogA, last(a.take(), 200));
    b.request(b.dialogOf(invite, 'b'), 'BYE');
    expect(statuses(a.take())).toEqual([]);
    a.request(dialogA, 'BYE');
    expect(statuses(a.take())).toEqual([200]);
    a.request(dialogA, 'ACK');
    expect(statuses(a.take())).toEqual([]);
    expectNothingLeft();
  });

  it('tells what the phone counted', async () => {
    const { a, b, events } = await setUp();
    const [, dialogB] = talk(a, b);
    b.request(dialogB, 'BYE', {
      headers: [
        'RTP-RxStat: Dur=9,Pkt=424,Oct=26226,LatePkt=1,LostPkt=2,AvgJit=3,VQMetrics="CCR=0.0000;VoOneWayDelayMs=4;maxJitter=6"',
        'RTP-TxStat: Dur=9,Pkt=425,Oct=15241',
      ],
    });
    expect(events.find(({ type }) => type === 'call.measured')).toMatchObject({
      dn: '1001',
      statistics: {
        packetsSent: 425,
        octetsSent: 15_241,
        packetsReceived: 424,
        octetsReceived: 26_226,
        packetsLost: 2,
        jitter: 3,
        latency: 4,
      },
    });
  });
});

describe('session timers', () => {
  it.each(['INVITE', 'UPDATE'])('that are too short are refused: 422 to %s', async (method) => {
    const { a, b } = await setUp();
    if (method === 'INVITE') a.invite('1001', a.sdp(), ['Session-Expires: 60', 'Supported: timer']);
    else a.request(talk(a, b)[0], method, { headers: ['Session-Expires: 60'] });
    expect(textOf(last(a.take(), 422), 'Min-SE')).toBe('90');
  });

  it('of a caller that refreshes: without a refresh the call ends before its time', async () => {
    const { a, b, clock, expectNothingLeft } = await setUp('TCP', false);
    const dialogA = a.invite('1001', a.sdp(), ['Session-Expires: 120', 'Supported: timer']);
    b.answer(last(b.take(), 'INVITE'), 200, 'OK', { tag: 'b', body: b.sdp() });
    const ok = last(a.take(), 200);
    expect([textOf(ok, 'Session-Expires'), textOf(ok, 'Require')]).toEqual(['120;refresher=uac', 'timer']);
    a.learn(dialogA, ok);
    a.request(dialogA, 'ACK');
    clock.advance(80_000);
    a.request(dialogA, 'UPDATE', { headers: ['Session-Expires: 120;refresher=uac'] });
    expect(textOf(last(a.take(), 200), 'Session-Expires')).toBe('120;refresher=uac');
    clock.advance(87_000);
    expect(a.take()).toEqual([]);
    clock.advance(1_001);
    a.answer(last(a.take(), 'BYE'), 200, 'OK');
    expect(textOf(last(b.take(), 'BYE'), 'Reason')).toBe('Q.850;cause=102');
    expectNothingLeft();
  });

  it('that are ours to refresh are refreshed at half: by UPDATE', async () => {
    const { a, b, clock } = await setUp('TCP', false);
    const dialogA = a.invite('1001', a.sdp(), ['Session-Expires: 120;refresher=uas', 'Supported: timer']);
    b.answer(last(b.take(), 'INVITE'), 200, 'OK', {
      tag: 'b',
      body: b.sdp(),
      headers: ['Session-Expires: 200;refresher=uac', 'Require: timer'],
    });
    a.learn(dialogA, last(a.take(), 200));
    a.request(dialogA, 'ACK');
    b.take();
    clock.advance(60_001);
    const update = last(a.take(), 'UPDATE');
    expect(textOf(update, 'Session-Expires')).toBe('120;refresher=uac');
    a.answer(update, 200, 'OK', { headers: ['Session-Expires: 120;refresher=uac'] });
    clock.advance(40_000);
    b.answer(last(b.take(), 'UPDATE'), 481, 'Gone'); // the phone knows nothing of it: the call is over
    expect(statuses(a.take())).toEqual(['BYE']);
  });
});

describe('a reliable provisional answer', () => {
  it('is given to who requires it, and sent again until its PRACK', async () => {
    const { a, b, clock } = await setUp('TCP', false);
    const dialog = a.invite('1001', a.sdp(), ['Require: 100rel']);
    const invite = last(b.take(), 'INVITE');
    b.answer(invite, 180, 'Ringing', { tag: 'b' });
    clock.advance(1_600);
    const ringing = a.take();
    expect(statuses(ringing)).toEqual([100, 180, 180, 180]);
    expect([textOf(last(ringing, 180), 'Require'), text(last(ringing, 180)).includes('\r\nRSeq: 1\r\n')]).toEqual([
      '100rel',
      true,
    ]);
    a.learn(dialog, last(ringing, 180));
    const { cseq } = dialog;
    a.request(dialog, 'PRACK', { headers: ['RAck: 2 1 INVITE'] });
    expect(statuses(a.take())).toEqual([481]);
    a.request(dialog, 'PRACK', { headers: [`RAck: 1 ${cseq} INVITE`] });
    expect(statuses(a.take())).toEqual([200]);
    clock.advance(10_000);
    expect(a.take()).toEqual([]);
    b.answer(invite, 200, 'OK', { tag: 'b', body: b.sdp() });
    expect(statuses(a.take())).toEqual([200]);
  });

  it('that is never acknowledged ends the call', async () => {
    const { a, b, clock } = await setUp('TCP', false);
    a.invite('1001', a.sdp(), ['Require: 100rel']);
    b.answer(last(b.take(), 'INVITE'), 180, 'Ringing', { tag: 'b' });
    clock.advance(32_001);
    expect(last(a.take(), 503).reason).toBe('Service Unavailable');
    expect(statuses(b.take())).toEqual(['CANCEL']);
  });
});

describe('who may call', () => {
  it('is who is registered: others hear 403, or are asked for their password', async () => {
    const lab = await sipCallLab([
      { dn: '1000' },
      { dn: '1001', isCisco: false, more: { digest: { user: 'u', password: 'p' } } },
    ]);
    const stranger = lab.harness.tcp({ address: '10.10.210.66', port: 6_666 });
    expect(statuses(stranger.ask(plain('INVITE', '1000', { uri: 'sip:1000@10.10.210.10' })))).toEqual([403]);
    expect(statuses(stranger.ask(plain('INVITE', '9999', { uri: 'sip:1000@10.10.210.10' })))).toEqual([403]);
    const uri = 'sip:1000@10.10.210.10';
    const [challenge] = stranger.ask(plain('INVITE', '1001', { uri }));
    expect(challenge?.status).toBe(401);
    const headers = [authorization(challenge, 'u', 'p', uri, 'INVITE')];
    expect(statuses(stranger.ask(plain('INVITE', '1001', { uri, headers, cseq: 2 })))).toEqual([403]);
  });

  it('has so many calls on a line and no more', async () => {
    const { a, sccp } = await setUp();
    sccp('3000');
    sccp('3001');
    for (const _call of [1, 2, 3, 4]) a.invite('*44', a.sdp()); // rings for ever
    expect(statuses(a.take())).toEqual([100, 180, 100, 180, 100, 180, 100, 180]);
    a.invite('3000', a.sdp());
    expect(statuses(a.take())).toEqual([100, 486]);
  });

  it('hears 503 where there are too many calls', async () => {
    const lab = await sipCallLab([{ dn: '1000' }, { dn: '1001' }], {
      limits: { calls: 1, perDevice: 200, perSecond: 20, trunkCalls: 2 },
    });
    const [a] = lab.phones as [SipPhone];
    a.invite('*44', a.sdp());
    a.take();
    a.invite('*44', a.sdp());
    expect(textOf(last(a.take(), 503), 'Retry-After')).toBe('5');
  });

  it('has an offer that can be served, and wants nothing that is not there', async () => {
    const { a, expectNothingLeft } = await setUp();
    for (const [body, status] of [
      [a.sdp({ payloads: [101] }), 488],
      [a.sdp().replace('RTP/AVP', 'RTP/SAVP'), 488],
      [a.sdp().replaceAll('IP4', 'IP6'), 488],
      ['hello', 488],
      [`${a.sdp()}${'a=x\r\n'.repeat(1_000)}`, 488],
      [a.sdp({ lines: Array.from({ length: 16 }, () => 'm=audio 1 RTP/AVP 0') }), 488],
    ] as const) {
      a.invite('1001', body);
      expect(statuses(a.take())).toEqual([100, status]);
    }
    a.invite('1001', a.sdp(), ['Replaces: x;to-tag=a;from-tag=b']);
    a.invite('1001', a.sdp(), ['Join: x;to-tag=a;from-tag=b']);
    a.invite('', a.sdp());
    expect(statuses(a.take()).filter((status) => status !== 100)).toEqual([481, 501, 400]);
    expectNothingLeft();
  });

  it('loses what nobody has answered with its connection, and keeps its call', async () => {
    const { a, b, control, harness, expectNothingLeft } = await setUp();
    a.invite('1001', a.sdp());
    const invite = last(b.take(), 'INVITE');
    b.answer(invite, 180, 'Ringing', { tag: 'b' });
    (a.peer as unknown as { link: { destroy(): void } }).link.destroy();
    expect(statuses(b.take())).toEqual(['CANCEL']);
    b.answer(invite, 487, 'Request Terminated', { tag: 'b' });
    expect(control.calls.size).toBe(0);
    expect(harness.database).toBeDefined();
    expectNothingLeft();
  });

  it('may come back by another connection: the call goes on over that one', async () => {
    const lab = await setUp();
    const { a, b, harness } = lab;
    const [, dialogB] = talk(a, b);
    (a.peer as unknown as { link: { destroy(): void } }).link.destroy();
    expect(statesOf(lab)).toBe('connected connected');
    const again = new SipPhone(harness.tcp({ address: a.options.address, port: 50_777 }), {
      ...a.options,
      port: 50_777,
    });
    again.register(again.contact);
    b.request(dialogB, 'INVITE', { body: b.sdp({ direction: 'sendonly', rtpPort: 20_000 }) });
    expect(sdpOf(accept(again, again.sdp({ direction: 'inactive' })))).toContain('inactive');
    b.request(dialogB, 'ACK');
    b.request(dialogB, 'BYE');
    again.answer(last(again.take(), 'BYE'), 200, 'OK');
    lab.expectNothingLeft();
  });
});
