// Transfers among phones of both protocols: an SCCP phone connects phones of SIP, and one of SIP connects SCCP phones. The phones
// of SIP are those of the call machine's own tests.

import { describe, expect, it } from 'vitest';
import type { Leg, MediaAddress } from '../../../src/calls/index.js';
import { FakePhone } from '../../calls/harness.js';
import { type CallTestPhone, KEY, NOTHING, type PhoneLab, phoneLab } from './harness.js';

type Kind = 'sccp' | 'sip';
const KINDS: readonly Kind[] = ['sccp', 'sip'];
const MIXES = KINDS.flatMap((one) => KINDS.map((other) => [one, other] as const));

const RING_BACK = 0x24;

/** One end of a call, whatever its protocol. */
interface End {
  readonly kind: Kind;
  readonly dn: string;
  call(number: string): void;
  answer(): void;
  hangUp(): void;
  /** Its newest leg. */
  readonly leg: Leg;
  readonly receives: MediaAddress | undefined;
  readonly sends: MediaAddress | undefined;
}

const sccpEnd = (lab: PhoneLab, phone: CallTestPhone): End => ({
  kind: 'sccp',
  dn: phone.dn,
  call: (number) => {
    phone.lift();
    phone.digits(number);
    lab.settle();
  },
  answer: () => {
    phone.lift();
    lab.settle();
  },
  hangUp: () => {
    phone.hangUp();
    lab.settle();
  },
  get leg() {
    return [...lab.control.legs.all()].filter(({ device }) => device === phone.name).at(-1) as Leg;
  },
  get receives() {
    const [port] = phone.receiving.values();
    return port === undefined ? undefined : { address: phone.address, port };
  },
  get sends() {
    const [address, port] = [...phone.sending.values()][0]?.split(':') ?? [];
    return address === undefined ? undefined : { address, port: Number(port) };
  },
});

const sipEnd = (lab: PhoneLab, phone: FakePhone): End => ({
  kind: 'sip',
  dn: phone.options.dn,
  call: (number) => {
    phone.call(number);
    lab.settle();
  },
  answer: () => {
    phone.answer();
    lab.settle();
  },
  hangUp: () => {
    phone.hangUp();
    lab.settle();
  },
  get leg() {
    return phone.leg;
  },
  get receives() {
    return phone.leg.receive;
  },
  get sends() {
    return phone.leg.sending?.to;
  },
});

const setUp = async (kindA: Kind, kindC: Kind) => {
  const lab = await phoneLab(['5001', '5002', '5003'].map((dn) => ({ dn })));
  const music = new FakePhone(lab.asLab, 'tone', { dn: 'tone' });
  lab.services.set('tone', music);
  const fakes = ['6001', '6002', '6003'].map((dn, index) => {
    const fake = new FakePhone(lab.asLab, `SEP0000000000F${index}`, { dn, kind: 'sip' });
    lab.others.push(fake);
    return fake;
  });
  const [one, b, three] = lab.phones as [CallTestPhone, CallTestPhone, CallTestPhone];
  const [sipA, sipB, sipC] = fakes as [FakePhone, FakePhone, FakePhone];
  const a = kindA === 'sccp' ? sccpEnd(lab, one) : sipEnd(lab, sipA);
  const c = kindC === 'sccp' ? sccpEnd(lab, three) : sipEnd(lab, sipC);
  return { lab, a, b, c, sipB, music };
};

const expectTalk = (a: End, c: End): void => {
  expect([a.leg.state, c.leg.state, a.leg.far, c.leg.far]).toEqual(['connected', 'connected', c.leg, a.leg]);
  expect([a.sends, c.sends]).toEqual([c.receives, a.receives]);
  expect([a.receives, c.receives]).not.toContain(undefined);
  expect([a.leg.parties.called.number, c.leg.parties.calling.number]).toEqual([c.dn, a.dn]);
};

const endAll = (lab: PhoneLab, a: End): void => {
  a.hangUp();
  for (const phone of lab.phones) {
    phone.hangUp();
    lab.settle();
    expect(phone.traces).toEqual(NOTHING);
  }
  expect(lab.isIdle).toBe(true);
};

const records = (lab: PhoneLab): string[] =>
  lab
    .events('call.ended')
    .map(({ calling, called, orig, dest }) => `${calling.number}>${called.number} ${orig.cause}/${dest?.cause}`);

describe.each(MIXES)('a phone of %s that an SCCP phone connects with one of %s', (kindA, kindC) => {
  it('talks with it once it has answered', async () => {
    const { lab, a, b, c, music } = await setUp(kindA, kindC);
    a.call('5002');
    b.lift();
    lab.settle();
    b.key(KEY.transfer, b.reference);
    lab.settle();
    expect(music.leg.state).toBe('connected');
    b.digits(c.dn);
    lab.settle();
    c.answer();
    b.key(KEY.transfer, b.reference);
    lab.settle();
    expect([b.traces, music.leg.state]).toEqual([NOTHING, 'idle']);
    expectTalk(a, c);
    endAll(lab, a);
    expect(records(lab)).toEqual([`${a.dn}>5002 0/393216`, `5002>${c.dn} 393216/0`, `${a.dn}>${c.dn} 16/0`]);
  });

  it('hears it ring, and talks with it when it answers', async () => {
    const { lab, a, b, c } = await setUp(kindA, kindC);
    a.call('5002');
    b.lift();
    lab.settle();
    b.key(KEY.transfer, b.reference);
    b.digits(c.dn);
    lab.settle();
    b.key(KEY.transfer, b.reference);
    lab.settle();
    expect([b.traces, a.leg.state, c.leg.state]).toEqual([NOTHING, 'ring-out', 'ring-in']);
    if (kindA === 'sccp') expect([...(lab.phones[0]?.tones.values() ?? [])]).toEqual([RING_BACK]);
    c.answer();
    expectTalk(a, c);
    endAll(lab, a);
  });

  it('is given back where the third refuses', async () => {
    const { lab, a, b, c } = await setUp(kindA, kindC);
    a.call('5002');
    b.lift();
    lab.settle();
    const primary = b.reference;
    b.key(KEY.transfer, primary);
    b.digits(c.dn);
    lab.settle();
    lab.control.refuse(c.leg, 'rejected', lab.harness.clock.now());
    lab.settle();
    b.key(KEY.endCall, b.reference);
    b.key(10, primary); // Resume
    lab.settle();
    expect([a.leg.state, b.state, a.sends?.address]).toEqual(['connected', 5, b.address]);
    endAll(lab, a);
  });

  it('is let go with it where the link of the SCCP phone is lost while the third rings', async () => {
    const { lab, a, b, c } = await setUp(kindA, kindC);
    a.call('5002');
    b.lift();
    lab.settle();
    b.key(KEY.transfer, b.reference);
    b.digits(c.dn);
    lab.settle();
    const ringing = c.leg;
    const [held] = lab.control.legs.of(b.name as never);
    lab.control.linkLost(b.name as never, lab.harness.clock.now());
    lab.settle();
    expect([ringing.state, held?.state, a.leg?.state ?? 'idle']).toEqual(['idle', 'idle', 'idle']);
    expect(lab.control.calls.size).toBe(0);
  });
});

describe.each(MIXES)('a phone of %s that a SIP phone connects with one of %s', (kindA, kindC) => {
  it('talks with it, answered or ringing, and after a blind transfer', async () => {
    for (const way of ['answered', 'ringing', 'blind'] as const) {
      const { lab, a, c, sipB } = await setUp(kindA, kindC);
      const now = lab.harness.clock.now();
      a.call('6002');
      sipB.answer();
      lab.settle();
      const primary = sipB.leg;
      if (way === 'blind') {
        lab.control.transferBlind(primary, c.dn, { reached: () => {}, failed: () => {} }, now);
        lab.settle();
      } else {
        lab.control.hold(primary, now);
        lab.settle();
        const consultation = sipB.consult(primary, c.dn);
        lab.settle();
        if (way === 'answered') c.answer();
        expect(lab.control.transfer(primary, consultation, now)).toBe(undefined);
        lab.settle();
      }
      if (way !== 'answered') {
        expect([a.leg.state, c.leg.state]).toEqual(['ring-out', 'ring-in']);
        if (kindA === 'sccp') expect([...(lab.phones[0]?.tones.values() ?? [])]).toEqual([RING_BACK]);
        c.answer();
      }
      expectTalk(a, c);
      endAll(lab, a);
    }
  });
});
