import { describe, expect, it } from 'vitest';
import { names } from '../../support/sccp-harness.js';
import { type CallTestPhone, connect, KEY, NOTHING, type PhoneLab, phoneLab, VERSIONS } from './harness.js';

const RFC2833: readonly (readonly [number, number])[] = [
  [4, 60],
  [257, 1],
];

const connected = async (options: { readonly version?: number; readonly codecs?: typeof RFC2833 } = {}) => {
  const lab = await phoneLab([
    { dn: '5001', ...options },
    { dn: '5002', ...options },
    { dn: '5003', ...options },
  ]);
  const { a, b } = connect(lab);
  const c = lab.phones[2] as CallTestPhone;
  for (const phone of [a, b, c]) phone.fresh();
  return { lab, a, b, c };
};

/** Both hear each other: each sends to the port that the other has open. */
const expectTalk = (a: CallTestPhone, b: CallTestPhone): void => {
  for (const [one, other] of [
    [a, b],
    [b, a],
  ] as const) {
    expect([...one.sending.values()]).toEqual([...other.receiving.values()].map((port) => `${other.address}:${port}`));
    expect([...one.sending.keys()]).toEqual([...one.receiving.keys()]);
    expect(one.sending.size).toBe(1);
  }
};

const expectSilence = (...phones: readonly CallTestPhone[]): void => {
  for (const { receiving, sending } of phones) expect([receiving.size, sending.size]).toEqual([0, 0]);
};

const endAll = (lab: PhoneLab): void => {
  for (const phone of lab.phones) {
    phone.hangUp();
    lab.settle();
    for (const reference of phone.callStates.keys()) phone.key(KEY.endCall, reference);
    lab.settle();
  }
  for (const phone of lab.phones) expect(phone.traces).toEqual(NOTHING);
  expect(lab.isIdle).toBe(true);
};

describe('hold and resume', () => {
  it.each(VERSIONS)('by each side, at version %i', async (version) => {
    const { lab, a, b } = await connected({ version });
    for (const [holder, far] of [
      [a, b],
      [b, a],
    ] as const) {
      holder.key(KEY.hold, holder.reference);
      lab.settle();
      expectSilence(a, b);
      expect([holder.state, holder.lamps.get(1), holder.keys[0], holder.prompt]).toEqual([8, 3, 2, '\u0080\u0003']);
      expect([far.state, far.lamps.get(1), far.keys[0], [...far.tones.values()]]).toEqual([5, 2, 1, [0x35]]);
      holder.key(KEY.resume, holder.reference);
      lab.settle();
      expectTalk(a, b);
      for (const phone of [a, b]) {
        expect([phone.state, phone.lamps.get(1), phone.keys[0], phone.prompt]).toEqual([5, 2, 1, '\u0080\u0018']);
        expect([...phone.tones]).toEqual([]);
      }
    }
    endAll(lab);
  });

  it('in this order', async () => {
    const { lab, a, b } = await connected();
    a.key(KEY.hold);
    lab.settle();
    const stop = ['CloseReceiveChannelMessage', 'StopMediaTransmissionMessage', 'ConnectionStatisticsReqMessage'];
    expect(names(a.fresh())).toEqual([
      ...stop,
      'SetLampMessage',
      'CallStateMessage',
      'SelectSoftKeysMessage',
      'DisplayPromptStatusV2Message',
      'CallInfoV2Message',
      'SetSpeakerModeMessage',
    ]);
    expect(names(b.fresh())).toEqual([...stop, 'StartToneMessage']);
    a.hangUp();
    expect([a.fresh(), a.state]).toEqual([[], 8]);
    a.key(KEY.resume);
    lab.settle();
    expect(names(a.fresh())).toEqual([
      'SetSpeakerModeMessage',
      'StopToneMessage',
      'OpenReceiveChannelMessage',
      'CallStateMessage',
      'SelectSoftKeysMessage',
      'DisplayPromptStatusV2Message',
      'CallInfoV2Message',
      'SetLampMessage',
      'StartMediaTransmissionMessage',
      'CallInfoV2Message',
    ]);
    expect(names(b.fresh()).slice(0, 3)).toEqual([
      'StopToneMessage',
      'OpenReceiveChannelMessage',
      'StartMediaTransmissionMessage',
    ]);
    endAll(lab);
  });

  it('by a phone on its speaker: it is switched off and on again; a lifted handset is left alone', async () => {
    const { lab, a } = await connected();
    a.key(KEY.hold);
    a.fresh();
    a.key(KEY.resume);
    expect(names(a.fresh())).not.toContain('SetSpeakerModeMessage');
    a.send('MediaPathEventMessage', { mediaPathId: 3, mediaPathEvent: 1 });
    a.key(KEY.hold);
    a.fresh();
    a.key(KEY.resume);
    expect(names(a.fresh())[0]).toBe('SetSpeakerModeMessage');
    lab.settle();
    endAll(lab);
  });

  it('by both, crosswise: there is talk once the second has resumed', async () => {
    const { lab, a, b } = await connected();
    a.key(KEY.hold);
    lab.settle();
    b.key(KEY.hold);
    lab.settle();
    expect([a.state, b.state, [...b.tones]]).toEqual([8, 8, []]);
    a.key(KEY.resume);
    lab.settle();
    expectSilence(a, b);
    expect([a.state, [...a.tones.values()]]).toEqual([5, [0x35]]);
    b.key(KEY.resume);
    lab.settle();
    expectTalk(a, b);
    expect([...a.tones, ...b.tones]).toEqual([]);
    endAll(lab);
  });

  it('by the fixed key and the line key', async () => {
    const { lab, a, b } = await connected();
    a.button(3, 1);
    lab.settle();
    expect(a.state).toBe(8);
    a.button(3, 1);
    lab.settle();
    expect(a.state).toBe(5);
    a.button(3, 1);
    a.button(9, 1);
    lab.settle();
    expectTalk(a, b);
    endAll(lab);
  });

  it('ends for both where the held party hangs up, or the holder by EndCall', async () => {
    const { lab, a, b } = await connected();
    a.key(KEY.hold);
    lab.settle();
    b.hangUp();
    lab.settle();
    expect([a.traces, b.traces]).toEqual([NOTHING, NOTHING]);
    expect(lab.isIdle).toBe(true);
  });
});

describe('a second call', () => {
  const rings = async () => {
    const { lab, a, b, c } = await connected();
    c.lift();
    c.digits('5002');
    lab.settle();
    const [first = 0, second = 0] = [...b.callStates.keys()];
    return { lab, a, b, c, first, second };
  };

  it('is announced by the waiting tone on the call that is active, without the ringer', async () => {
    const { b, first, second } = await rings();
    expect([b.callStates.get(second), b.keys[0], b.lamps.get(1)]).toEqual([4, 3, 5]);
    expect([...b.tones]).toEqual([[first, 0x2d]]);
    expect([...b.ringers.values()].filter((mode) => mode !== 1)).toEqual([]);
  });

  it('is answered: the first one is held; both are swapped by Resume', async () => {
    const { lab, a, b, c, first, second } = await rings();
    b.fresh();
    b.key(KEY.answer, second);
    lab.settle();
    expect([b.callStates.get(first), b.callStates.get(second)]).toEqual([8, 5]);
    expect(names(b.fresh()).filter((name) => name === 'SetSpeakerModeMessage')).toHaveLength(1);
    expect(b.speaker).toBe(true);
    expectTalk(b, c);
    expectSilence(a);
    expect([...b.tones]).toEqual([]);
    b.key(KEY.resume, first);
    lab.settle();
    expect([b.callStates.get(first), b.callStates.get(second)]).toEqual([5, 8]);
    expectTalk(a, b);
    endAll(lab);
  });

  it('is ignored until its caller gives up', async () => {
    const { lab, a, b, c } = await rings();
    c.hangUp();
    lab.settle();
    expect([b.state, b.lamps.get(1), [...b.tones]]).toEqual([5, 2, []]);
    expect(b.speaker).toBe(true);
    expectTalk(a, b);
    endAll(lab);
  });

  it('rings aloud once the first has ended, and is answered by lifting the handset again', async () => {
    const { lab, a, b, c, second } = await rings();
    b.hangUp();
    lab.settle();
    expect(a.traces).toEqual(NOTHING);
    expect([b.callStates.get(second), [...b.ringers].filter(([, mode]) => mode !== 1)]).toEqual([4, [[second, 2]]]);
    b.lift();
    lab.settle();
    expectTalk(b, c);
    endAll(lab);
  });

  it('is one too many at the trigger', async () => {
    const { lab, a } = await rings();
    a.key(KEY.newCall);
    a.digits('5002');
    lab.settle();
    expect([...a.callStates.values()]).toEqual([8, 6]);
    endAll(lab);
  });

  it('is made beside the first: NewCall holds it, EndCall and Resume bring it back', async () => {
    const { lab, a, b, c } = await connected();
    a.key(KEY.newCall);
    lab.settle();
    expect([...a.callStates.values()]).toEqual([8, 1]);
    a.digits('5003');
    lab.settle();
    c.key(KEY.answer);
    lab.settle();
    expectTalk(a, c);
    c.hangUp();
    lab.settle();
    expect([...a.callStates.values()]).toEqual([8]);
    a.key(KEY.resume);
    lab.settle();
    expectTalk(a, b);
    endAll(lab);
  });

  it('is made and given up by the hook flash', async () => {
    const { lab, a, b } = await connected();
    a.send('HookFlashMessage', {});
    lab.settle();
    expect([...a.callStates.values()]).toEqual([8, 1]);
    a.send('HookFlashMessage', { lineInstance: 0, callReference: 0 });
    lab.settle();
    expect([...a.callStates.values()]).toEqual([5]);
    expectTalk(a, b);
    endAll(lab);
  });
});

describe('references', () => {
  it('that name no call lead to nothing, and end none', async () => {
    const { lab, a, b } = await connected();
    const stale = a.reference + 100;
    for (const event of [KEY.hold, KEY.resume, KEY.endCall, KEY.answer, KEY.backspace]) a.key(event, stale);
    a.key(KEY.endCall, b.reference);
    a.send('OnHookMessage', { lineInstance: 1, callReference: stale });
    a.send('KeypadButtonMessage', { kpButton: 5, lineInstance: 1, callReference: stale });
    lab.settle();
    expect([a.fresh(), b.fresh()]).toEqual([[], []]);
    expectTalk(a, b);
    endAll(lab);
  });

  it('are none at a second line key, at its own line, or at a handset lifted during the call', async () => {
    const { lab, a, b } = await connected();
    a.button(9, 1);
    a.lift();
    a.send('OffHookMessage', { lineInstance: 1, callReference: a.reference });
    expect(a.fresh()).toEqual([]);
    expectTalk(a, b);
    endAll(lab);
  });

  it('of a caller who has gone: the handset that was lifted for it begins a call 300 ms later', async () => {
    const { lab, a, b } = await connected();
    endAll(lab);
    a.lift();
    a.digits('5002');
    lab.settle();
    const { reference } = b;
    a.hangUp();
    lab.settle();
    b.fresh();
    b.send('OffHookMessage', { lineInstance: 1, callReference: reference });
    expect(b.fresh()).toEqual([]);
    lab.pass(299);
    expect(b.fresh()).toEqual([]);
    lab.pass(1);
    expect(b.state).toBe(1);
    b.hangUp();
    a.lift();
    a.digits('5002');
    lab.settle();
    a.hangUp();
    lab.settle();
    b.fresh();
    b.send('OffHookMessage', { lineInstance: 1, callReference: reference });
    b.hangUp();
    lab.pass(1_000);
    expect(b.fresh()).toEqual([]);
    expect(lab.isIdle).toBe(true);
  });
});

describe('digits during a call', () => {
  it('are played at the far phone for 200 ms where they do not come in RTP', async () => {
    const { lab, a, b } = await connected();
    a.digits('5');
    lab.settle();
    expect([...b.tones.values()]).toEqual([5]);
    lab.pass(100);
    a.digits('#');
    lab.settle();
    expect([...b.tones.values()]).toEqual([15]);
    lab.pass(200);
    expect([...b.tones]).toEqual([]);
    endAll(lab);
  });

  it('are dropped where both phones send them in RTP', async () => {
    const { lab, a, b } = await connected({ codecs: RFC2833 });
    expect(b.received.filter(({ fields }) => fields.rfc2833PayloadType === 101).map(({ name }) => name)).toEqual([
      'OpenReceiveChannelMessage',
      'StartMediaTransmissionMessage',
    ]);
    a.digits('5');
    lab.settle();
    expect(b.fresh()).toEqual([]);
    endAll(lab);
  });

  it('are at most fifty a second', async () => {
    const { lab, a, b } = await connected();
    a.digits('5'.repeat(400));
    lab.settle();
    expect(names(b.fresh()).filter((name) => name === 'StartToneMessage').length).toBeLessThanOrEqual(50);
    lab.pass(500);
    endAll(lab);
  });
});

describe('statistics', () => {
  it('are asked for at each hold and at the end, before the phone is told of the end, and taken for two seconds', async () => {
    const { lab, a, b } = await connected();
    b.answersStatistics = false;
    a.answersStatistics = false;
    const { reference } = a;
    a.key(KEY.hold);
    lab.settle();
    a.countPackets(reference);
    a.countPackets(reference);
    expect(lab.events('call.measured')).toMatchObject([
      {
        leg: reference,
        statistics: {
          packetsSent: 100,
          octetsSent: 17_200,
          packetsReceived: 99,
          packetsLost: 1,
          jitter: 2,
          latency: 3,
        },
      },
    ]);
    a.key(KEY.resume);
    lab.settle();
    const ended = b.reference;
    b.fresh();
    a.hangUp();
    lab.settle();
    const order = names(b.fresh());
    expect(order.indexOf('ConnectionStatisticsReqMessage')).toBeLessThan(order.indexOf('CallStateMessage'));
    lab.pass(1_900);
    b.countPackets(ended);
    expect(lab.events('call.measured')).toHaveLength(2);
    lab.pass(200);
    a.countPackets(reference);
    expect(lab.events('call.measured')).toHaveLength(2);
    expect(lab.harness.probe.of('sccp.ignored').map(({ name }) => name)).toContain('ConnectionStatisticsResMessage');
  });

  it.each(VERSIONS)('of version %i are read', async (version) => {
    const { lab, a } = await connected({ version });
    a.hangUp();
    lab.settle();
    expect(lab.events('call.measured').map(({ statistics }) => statistics)).toEqual(
      [0, 1].map(() => ({
        packetsSent: 100,
        octetsSent: 17_200,
        packetsReceived: 99,
        octetsReceived: 99 * 172,
        packetsLost: 1,
        jitter: 2,
        latency: 3,
        quality: 'MLQK=4.5000',
      })),
    );
  });
});
