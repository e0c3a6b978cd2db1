import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FakePhone } from '../../calls/harness.js';
import { mutated, seededRandom } from '../../support/random.js';
import { aCapabilitiesRes, names, only } from '../../support/sccp-harness.js';
import { callMessages } from './call-messages.js';
import { type CallTestPhone, connect, G711, KEY, NOTHING, type PhoneLab, phoneLab, VERSIONS } from './harness.js';

const lab2 = async (version = 20, settings = {}) => {
  const lab = await phoneLab(
    [
      { dn: '5001', version },
      { dn: '5002', version },
    ],
    settings,
  );
  const [a, b] = lab.phones as [CallTestPhone, CallTestPhone];
  return { lab, a, b };
};

const ring = (lab: PhoneLab): void => {
  const [a] = lab.phones as [CallTestPhone];
  a.lift();
  a.digits('5002');
  lab.settle();
};

const ackOf = (phone: CallTestPhone, changes: object) => ({
  status: 0,
  ipAddr: phone.address,
  portNumber: 20_000,
  passThruPartyId: [...phone.receiving.keys()][0] ?? 0,
  callReference: phone.reference,
  ...changes,
});

describe('a phone that cannot open its port', () => {
  it.each([
    ['a status', { status: 8 }],
    ['port 0', { portNumber: 0 }],
    ['a port that is none', { portNumber: 70_000 }],
  ])('says so by %s: the caller hears that there is no bandwidth, the called phone is idle', async (_way, changes) => {
    const { lab, a, b } = await lab2();
    b.ack = 'silent';
    ring(lab);
    b.lift();
    b.hear();
    b.send('OpenReceiveChannelAckMessage', ackOf(b, changes));
    lab.settle();
    expect([a.state, [...a.tones.values()], a.prompt]).toEqual([7, [0x25], '\u0080\u0037']);
    expect(a.traces).toMatchObject({ receiving: [], sending: [] });
    expect(b.traces).toEqual(NOTHING);
    a.hangUp();
    lab.settle();
    expect([a.traces, lab.isIdle]).toEqual([NOTHING, true]);
    expect(lab.events('call.media-failed')).toMatchObject([{ reason: 'refused' }]);
  });

  it('and says nothing is asked once more with a new party, and then the call fails', async () => {
    const { lab, a, b } = await lab2();
    b.ack = 'silent';
    ring(lab);
    b.lift();
    lab.settle();
    b.fresh();
    const [party] = b.receiving.keys();
    lab.pass(4_000);
    const again = b.fresh();
    expect(names(again)).toEqual(['CloseReceiveChannelMessage', 'OpenReceiveChannelMessage']);
    expect(only(again, 'OpenReceiveChannelMessage').fields.passThruPartyId).not.toBe(party);
    lab.pass(4_000);
    expect([a.state, b.traces]).toEqual([7, NOTHING]);
    a.hangUp();
    lab.settle();
    expect(lab.isIdle).toBe(true);
  });

  it('at once, opens it when asked again: both talk', async () => {
    const { lab, a, b } = await lab2();
    b.ack = 'silent';
    ring(lab);
    b.lift();
    lab.settle();
    b.ack = 0;
    lab.pass(4_000);
    expect([...a.sending.values()]).toEqual([...b.receiving.values()].map((port) => `${b.address}:${port}`));
    expect([...b.sending.values()]).toEqual([...a.receiving.values()].map((port) => `${a.address}:${port}`));
    expect(a.sending.size + b.sending.size).toBe(2);
    b.hangUp();
    a.hangUp();
    lab.settle();
    expect([a.traces, b.traces, lab.isIdle]).toEqual([NOTHING, NOTHING, true]);
  });

  it('answers for a channel of before, or for none: it is told to close that, and the call goes on', async () => {
    const { lab } = await lab2();
    const { a, b } = connect(lab);
    const [old] = a.receiving.keys();
    a.key(KEY.hold);
    a.key(KEY.resume);
    lab.settle();
    a.fresh();
    for (const [passThruPartyId, callReference] of [
      [old ?? 0, a.reference],
      [old ?? 0, 0],
      [12_345, a.reference],
    ] as const) {
      a.send('OpenReceiveChannelAckMessage', ackOf(a, { passThruPartyId, callReference }));
      const [close, ...others] = a.fresh();
      expect(others).toEqual([]);
      expect([close?.name, close?.fields.passThruPartyId]).toEqual(['CloseReceiveChannelMessage', passThruPartyId]);
    }
    a.send('OpenReceiveChannelAckMessage', ackOf(a, {})); // again
    a.send('OpenReceiveChannelAckMessage', ackOf(a, { passThruPartyId: 1, callReference: b.reference }));
    lab.settle();
    expect([a.fresh(), [...b.sending.values()]]).toEqual([
      [],
      [...a.receiving.values()].map((port) => `${a.address}:${port}`),
    ]);
    b.hangUp();
    a.hangUp();
    lab.settle();
    a.send('OpenReceiveChannelAckMessage', ackOf(a, { passThruPartyId: old ?? 0 }));
    expect([a.traces, lab.isIdle]).toEqual([NOTHING, true]);
  });

  it('gives no address: that of its link is taken', async () => {
    const { lab, a, b } = await lab2();
    b.ack = 'silent';
    ring(lab);
    b.lift();
    b.hear();
    b.send('OpenReceiveChannelAckMessage', ackOf(b, { ipAddr: '0.0.0.0' }));
    lab.settle();
    expect([...a.sending.values()]).toEqual([`${b.address}:20000`]);
  });

  it.each(VERSIONS)('or send, at version %i, has that told; the call goes on', async (version) => {
    const { lab } = await lab2(version);
    const { a, b } = connect(lab);
    const [passThruPartyId = 0] = a.sending.keys();
    const about = { conferenceId: a.reference, passThruPartyId };
    a.send('StartMediaTransmissionAckMessage', {
      ...about,
      callReference: a.reference,
      transmitIpAddr: a.address,
      transmitPort: 1,
      status: 0,
    });
    expect(lab.events('call.media-failed')).toEqual([]);
    a.send('StartMediaTransmissionAckMessage', {
      ...about,
      callReference: a.reference,
      transmitIpAddr: a.address,
      transmitPort: 0,
      status: 9,
    });
    a.send('MediaTransmissionFailureMessage', {
      ...about,
      remoteIpAddr: b.address,
      remotePortNumber: 1,
      callReference: a.reference,
    });
    lab.settle();
    expect(lab.events('call.media-failed')).toMatchObject([{ reason: 'not-sending' }]); // however often it says so
    expect([a.state, b.state]).toEqual([5, 5]);
  });

  it('has no codec in common with the other', async () => {
    const lab = await phoneLab([
      { dn: '5001', codecs: [[4, 20]] },
      { dn: '5002', codecs: [[2, 20]] },
    ]);
    const { a, b } = connect(lab);
    expect([a.state, a.prompt, b.traces]).toEqual([7, '\u0080\u0037', NOTHING]);
    a.hangUp();
    b.hangUp();
    lab.settle();
    expect(lab.isIdle).toBe(true);
  });

  it('names its codecs its own way: it is given the number that it knows, and no more milliseconds than it takes', async () => {
    const lab = await phoneLab([
      { dn: '5001', codecs: [[12, 10]] },
      {
        dn: '5002',
        codecs: [
          [11, 60],
          [12, 60],
        ],
      },
    ]);
    const { a, b } = connect(lab);
    const streamsOf = ({ received }: CallTestPhone) =>
      received
        .filter(({ name }) => name === 'StartMediaTransmissionMessage')
        .map(({ fields }) => [fields.compressionType, fields.millisecondPacketSize]);
    expect([streamsOf(a), streamsOf(b)]).toEqual([[[12, 10]], [[11, 10]]]);
  });
});

describe('a link that is lost', () => {
  it.each([
    ['off hook', (lab: PhoneLab) => lab.phones[0]?.lift()],
    ['ringing', ring],
    [
      'on hold',
      (lab: PhoneLab) => {
        connect(lab).a.key(KEY.hold);
        lab.settle();
      },
    ],
  ] as const)('of a phone that is %s ends its call', async (_state, act) => {
    const { lab, a, b } = await lab2();
    act(lab);
    a.link.link.hangUp();
    lab.settle();
    b.hangUp();
    lab.settle();
    expect([b.traces, lab.isIdle]).toEqual([NOTHING, true]);
  });

  it('of a phone that rings is as a refusal', async () => {
    const { lab, a, b } = await lab2();
    ring(lab);
    b.link.link.hangUp();
    lab.settle();
    expect(a.state).toBe(7);
    a.hangUp();
    lab.settle();
    expect([a.traces, lab.isIdle]).toEqual([NOTHING, true]);
  });

  const back = (lab: PhoneLab, phone: CallTestPhone, activeStreams: number): void => {
    const link = lab.harness.phone({ address: phone.address, port: 3301 });
    link.register(phone.name, { protocolVer: 20, activeStreams });
    link.say('CapabilitiesResMessage', aCapabilitiesRes(G711), 'trimmed');
    Object.assign(phone, { link });
    phone.fresh();
  };

  it('of a phone that talks leaves the other in peace, and the phone busy until it hangs up', async () => {
    const { lab } = await lab2();
    const { a, b } = connect(lab);
    b.fresh();
    a.link.link.hangUp();
    lab.settle();
    expect([b.fresh(), b.state]).toEqual([[], 5]);
    back(lab, a, 1);
    expect(lab.control.legs.size).toBe(2);
    const c = new FakePhone(lab.asLab, 'SEP0000000000F1', { dn: '5003', kind: 'sip' });
    lab.others.push(c);
    expect(c.call('5001').cause).toBe('busy');
    a.send('OnHookMessage', {});
    lab.settle();
    expect(lab.control.legs.size).toBe(0);
    b.hangUp();
    lab.settle();
    expect([b.traces, lab.isIdle]).toEqual([NOTHING, true]);
    expect(lab.events('call.preserved')).toHaveLength(1);
  });

  it('of a phone that comes back without streams has ended its call', async () => {
    const { lab } = await lab2();
    const { a, b } = connect(lab);
    a.link.link.hangUp();
    back(lab, a, 0);
    expect(lab.control.legs.size).toBe(0);
    b.hangUp();
    lab.settle();
    expect([b.traces, lab.isIdle]).toEqual([NOTHING, true]);
  });

  it('is also a registration anew on the same link', async () => {
    const { lab } = await lab2();
    const { a, b } = connect(lab);
    a.link.register(a.name, { protocolVer: 20, activeStreams: 0 });
    lab.settle();
    b.hangUp();
    lab.settle();
    expect([b.traces, lab.isIdle]).toEqual([NOTHING, true]);
  });
});

describe('a phone that wants to unregister', () => {
  it('may not while it talks', async () => {
    const { lab } = await lab2();
    const { a } = connect(lab);
    a.fresh();
    a.send('UnregisterReqMessage', {});
    expect(only(a.fresh(), 'UnregisterAckMessage').fields.status).toBe(2);
    expect(lab.harness.record(a.name).state).toBe('registered');
    expect(a.state).toBe(5);
    a.hangUp();
    lab.settle();
    a.fresh();
    a.send('UnregisterReqMessage', {});
    expect(only(a.fresh(), 'UnregisterAckMessage').fields.status).toBe(0);
    expect(lab.harness.record(a.name).state).toBe('unregistered');
  });
});

describe('whatever phones say while calls stand', () => {
  it('nothing is left over, and only the link that speaks nonsense is lost', async () => {
    const choices = fc.array(fc.tuple(fc.nat(2), fc.nat(13), fc.nat(3), fc.nat(2_000)), {
      minLength: 1,
      maxLength: 30,
    });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...VERSIONS), fc.nat(), choices, async (version, seed, script) => {
        const lab = await phoneLab(['5001', '5002', '5003'].map((dn) => ({ dn, version })));
        const random = seededRandom(seed);
        connect(lab);
        for (const [who, what, how, wait] of script) {
          const phone = lab.phones[who] as CallTestPhone;
          if (phone.link.link.closed !== undefined) continue;
          const list = callMessages(phone.version, phone);
          const message = list[what % list.length] as Buffer;
          // One in four as it is; the rest with octets changed, the length word left alone.
          const body =
            how === 0 ? message : Buffer.concat([message.subarray(0, 12), sameLength(message.subarray(12), random)]);
          phone.link.link.deliver(body);
          lab.settle();
          if (wait > 1_000) lab.pass(wait);
        }
        expect(lab.harness.probe.of('sccp.failed')).toEqual([]);
        for (const phone of lab.phones) phone.link.link.hangUp();
        lab.settle();
        lab.pass(13 * 3600 * 1000);
        expect(lab.isIdle).toBe(true);
      }),
      { numRuns: 150, seed: 20_110_114 },
    );
  });
});

const sameLength = (body: Buffer, random: ReturnType<typeof seededRandom>): Buffer => {
  const changed = mutated(body, random);
  const fitted = Buffer.alloc(body.length);
  changed.copy(fitted);
  return fitted;
};
