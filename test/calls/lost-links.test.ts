// What is lost, and in which state of a call: two phones that talk may talk on, everything else ends, and nothing is left over.

import { describe, expect, it } from 'vitest';
import type { CallEnded, Leg } from '../../src/calls/index.js';
import { LineStates } from '../../src/calls/line-states.js';
import { seconds } from '../../src/core/time.js';
import { CallLab, type FakePhone, type FakePhoneOptions } from './harness.js';

const KINDS = ['sccp', 'sip'] as const;
type Kind = (typeof KINDS)[number];

/** How a phone is lost, and what it is told meanwhile. */
const LOSSES = {
  'the link': (lab: CallLab, { appearance }: FakePhone) => lab.control.linkLost(appearance.device, lab.now),
  'the registration': (lab: CallLab, { appearance }: FakePhone) =>
    lab.control.linkLost(appearance.device, lab.now, true),
  'the device': (lab: CallLab, { appearance }: FakePhone) => lab.control.deviceEnded(appearance.device, lab.now),
} as const;
type Loss = keyof typeof LOSSES;
const ALL_LOSSES = Object.keys(LOSSES) as Loss[];

const PAGED = { dn: '*90', group: '239.1.1.1', port: 30_000, members: ['SEP000000000002', 'SEP000000000003'] };

const labOf = (kind: Kind) => {
  const lab = new CallLab({
    conference: { rooms: '*50-*59', parties: 8 },
    paging: [PAGED],
    pickupGroups: [],
    hunts: [
      { dn: '3000', mode: 'first', members: ['1002', '1003'], ring: seconds(10) },
      { dn: '3001', mode: 'broadcast', members: ['1002', '1003'], ring: seconds(10) },
    ],
  });
  for (const name of ['echo', 'tone', 'announcement', 'conference', 'page', 'page-copy'])
    lab.service(name, { answers: true });
  const more: Partial<FakePhoneOptions> = { kind, busyTrigger: 4, voicemail: '1004' };
  const [a, b, c, d] = ['1001', '1002', '1003', '1004'].map((dn) =>
    lab.phone({ dn, ...more, listens: dn === '1002' }),
  ) as [FakePhone, FakePhone, FakePhone, FakePhone];
  return { lab, a, b, c, d };
};
type Setting = ReturnType<typeof labOf>;

const talk = (one: FakePhone, other: FakePhone): void => {
  one.call(other.options.dn);
  other.answer();
};
const hold = ({ lab }: Setting, phone: FakePhone): void => lab.control.hold(phone.leg, lab.now);
const consult = (setting: Setting): readonly [Leg, Leg] => {
  const { lab, a, b } = setting;
  talk(a, b);
  const primary = b.leg;
  lab.control.hold(primary, lab.now);
  return [primary, b.consult(primary, '1003')];
};
const confer = (setting: Setting): void => {
  const { lab, c } = setting;
  const [primary, consultation] = consult(setting);
  c.answer();
  expect(lab.control.confer([primary], consultation, lab.now)).toBeUndefined();
};
const park = (setting: Setting): void => {
  const { lab, a, b } = setting;
  talk(a, b);
  expect(lab.control.park(b.leg, lab.now)).toEqual({ slot: '*60' });
};
const blind = (setting: Setting, number = '1003'): void => {
  const { lab, a, b } = setting;
  talk(a, b);
  lab.control.transferBlind(b.leg, number, { reached: () => {}, failed: () => {} }, lab.now);
};

interface Row {
  readonly what: string;
  /** Brings everybody there. */
  readonly arrange: (setting: Setting) => void;
  readonly lost: 'a' | 'b' | 'c';
  /** The talk goes on without labcm. */
  readonly isPreserved?: true;
  /** Who else has a call afterwards, and in which state. */
  readonly others?: Readonly<Partial<Record<'a' | 'b' | 'c' | 'd', string>>>;
}

const ROWS: readonly Row[] = [
  { what: 'off hook', arrange: ({ a }) => void a.originate(), lost: 'a' },
  {
    what: 'dialling',
    arrange: ({ lab, a }) => lab.control.digit(a.originate(), '1', lab.now),
    lost: 'a',
  },
  { what: 'hears ring back', arrange: ({ a }) => void a.call('1002'), lost: 'a' },
  { what: 'rings', arrange: ({ a }) => void a.call('1002'), lost: 'b' },
  {
    what: 'rings alone of a hunt list',
    arrange: ({ a }) => void a.call('3000'),
    lost: 'b',
    others: { a: 'ring-out', c: 'ring-in' },
  },
  {
    what: 'rings beside others',
    arrange: ({ a }) => void a.call('3001'),
    lost: 'b',
    others: { a: 'ring-out', c: 'ring-in' },
  },
  { what: 'hears why it failed', arrange: ({ a }) => void a.call('4711'), lost: 'a' },
  { what: 'talks, having called', arrange: ({ a, b }) => talk(a, b), lost: 'a', isPreserved: true },
  { what: 'talks, having been called', arrange: ({ a, b }) => talk(a, b), lost: 'b', isPreserved: true },
  {
    what: 'holds',
    arrange: (setting) => {
      talk(setting.a, setting.b);
      hold(setting, setting.b);
    },
    lost: 'b',
  },
  {
    what: 'is held',
    arrange: (setting) => {
      talk(setting.a, setting.b);
      hold(setting, setting.b);
    },
    lost: 'a',
  },
  {
    what: 'holds who holds it',
    arrange: (setting) => {
      talk(setting.a, setting.b);
      hold(setting, setting.b);
      hold(setting, setting.a);
    },
    lost: 'a',
  },
  { what: 'hears its echo', arrange: ({ a }) => void a.call('*41'), lost: 'a' },
  { what: 'hears music', arrange: ({ a }) => void a.call('*42'), lost: 'a' },
  { what: 'hears its number', arrange: ({ a }) => void a.call('*47'), lost: 'a' },
  { what: 'hears ringing for ever', arrange: ({ a }) => void a.call('*44'), lost: 'a' },
  { what: 'is in a room alone', arrange: ({ a }) => void a.call('*50'), lost: 'a' },
  {
    what: 'is in a room with others',
    arrange: ({ a, b }) => {
      a.call('*50');
      b.call('*50');
    },
    lost: 'a',
    others: { b: 'connected' },
  },
  { what: 'made a conference', arrange: confer, lost: 'b', others: { a: 'connected', c: 'connected' } },
  { what: 'is in a conference', arrange: confer, lost: 'c', others: { a: 'connected', b: 'connected' } },
  {
    what: 'holds a conference',
    arrange: (setting) => {
      confer(setting);
      hold(setting, setting.a);
    },
    lost: 'a',
    others: { b: 'connected', c: 'connected' },
  },
  { what: 'is parked', arrange: park, lost: 'a' },
  { what: 'has parked', arrange: park, lost: 'b', others: { a: 'connected' } },
  {
    what: 'is parked while its parker is reminded',
    arrange: (setting) => {
      park(setting);
      setting.lab.advance(60_000);
    },
    lost: 'a',
  },
  {
    what: 'is reminded of whom it parked',
    arrange: (setting) => {
      park(setting);
      setting.lab.advance(60_000);
    },
    lost: 'b',
    others: { a: 'connected' },
  },
  { what: 'consults who rings', arrange: (setting) => void consult(setting), lost: 'b' },
  {
    what: 'is the subject of a consultation',
    arrange: (setting) => void consult(setting),
    lost: 'a',
    others: { b: 'ring-out', c: 'ring-in' },
  },
  {
    what: 'rings for a consultation',
    arrange: (setting) => void consult(setting),
    lost: 'c',
    others: { a: 'connected', b: 'hold' },
  },
  {
    what: 'consults who talks',
    arrange: (setting) => {
      consult(setting);
      setting.c.answer();
    },
    lost: 'b',
    // The two who may talk on are the user and the third.
    isPreserved: true,
    others: { c: 'connected' },
  },
  {
    what: 'was transferred to who rings',
    arrange: (setting) => {
      const [primary, consultation] = consult(setting);
      setting.lab.control.transfer(primary, consultation, setting.lab.now);
    },
    lost: 'a',
  },
  {
    what: 'was transferred to who talks',
    arrange: (setting) => {
      const [primary, consultation] = consult(setting);
      setting.c.answer();
      setting.lab.control.transfer(primary, consultation, setting.lab.now);
    },
    lost: 'a',
    isPreserved: true,
  },
  {
    what: 'transfers to a phone that does not say that it rings',
    arrange: (setting) => {
      Object.assign(setting.c.options, { isSlow: true });
      blind(setting);
      expect(setting.c.leg.state).toBe('ring-in');
    },
    lost: 'b',
    isPreserved: true,
    others: { a: 'connected' },
  },
  {
    what: 'is transferred to a phone that does not say that it rings',
    arrange: (setting) => {
      Object.assign(setting.c.options, { isSlow: true });
      blind(setting);
    },
    lost: 'a',
    isPreserved: true,
    others: { b: 'connected' },
  },
  {
    what: 'was transferred to its echo',
    arrange: (setting) => blind(setting, '*41'),
    lost: 'a',
  },
  { what: 'speaks to a page', arrange: ({ a }) => void a.call('*90'), lost: 'a' },
  {
    what: 'listens to a page',
    arrange: ({ a }) => void a.call('*90'),
    lost: 'b',
    others: { a: 'connected', c: 'ring-in' },
  },
  {
    what: 'is called for a page',
    arrange: ({ a, c }) => {
      a.call('*90');
      c.answer();
    },
    lost: 'c',
    others: { a: 'connected' },
  },
];

/** Whatever is there belongs to a phone that can end it. */
const expectOwned = ({ control }: CallLab, lost: FakePhone): void => {
  const { device } = lost.appearance;
  for (const leg of control.legs.all()) {
    if (leg.device === device) {
      expect([leg.isPreserved, leg.state, leg.far?.state]).toEqual([true, 'connected', 'connected']);
      expect(leg.far?.device).toBeDefined();
    } else if (leg.device === undefined) {
      const owner = leg.call.legs.find((each) => each.device !== undefined && each.device !== device);
      expect(owner?.state, `an end of labcm's own at ${leg.dn}`).not.toBe('idle');
      expect(owner).toBeDefined();
    }
    expect(leg.music === undefined || leg.far?.state === 'hold').toBe(true);
  }
};

/** Everybody who can hangs up: nothing is left of any call, anywhere. */
const expectNothingAfterwards = (lab: CallLab): void => {
  for (const phone of lab.phones) {
    const { device } = phone.appearance;
    for (const leg of [...lab.control.legs.of(device)])
      if (!leg.isPreserved) {
        if (leg.state === 'ring-in') lab.control.refuse(leg, 'busy', lab.now);
        else phone.hangUp(leg);
      }
  }
  const { control } = lab;
  const ends = [...lab.services.values()];
  expect({
    calls: control.calls.size,
    legs: [...control.legs.all()].map(({ dn, state }) => `${dn} ${state}`),
    parked: control.parked.size,
    conferences: control.conferences.size,
    ports: ends.filter(({ legs, notes }) => legs.length !== notes.filter((note) => /^release/.test(note)).length),
    deadline: control.nextDeadline(),
    lamps: lab.phones.map(({ appearance }) => linesOf(lab).stateOf(appearance.dn as never)),
  }).toEqual({
    calls: 0,
    legs: [],
    parked: 0,
    conferences: 0,
    ports: [],
    deadline: undefined,
    lamps: ['idle', 'idle', 'idle', 'idle'],
  });
};

const linesOf = ({ control, phones }: CallLab): LineStates =>
  new LineStates({
    numbers: {
      devicesOf: (dn) =>
        phones.filter(({ appearance }) => appearance.dn === dn).map(({ appearance }) => appearance.device),
      isReachable: () => true,
      isDoNotDisturb: () => false,
    },
    legs: () => control.legs,
    bus: { hasListener: () => false, publish: () => {} },
    listen: () => () => {},
  });

/** A user who is told why hears it until hanging up. */
const isTone = (state: Leg['state']): boolean => state === 'busy' || state === 'reorder';

const statesOf = ({ lab, ...phones }: Setting, lost: Row['lost']) =>
  Object.fromEntries(
    Object.entries(phones)
      .filter(([name]) => name !== lost)
      .flatMap(([name, { appearance }]) => {
        const states = lab.control.legs.of(appearance.device).flatMap(({ state }) => (isTone(state) ? [] : [state]));
        return states.length === 0 ? [] : [[name, states.join(' ')]];
      }),
  );

describe.each(KINDS)('of a %s phone', (kind) => {
  describe.each(ALL_LOSSES)('%s is lost', (loss) => {
    it.each(ROWS)('while it $what', ({ arrange, lost, isPreserved, others }) => {
      const setting = labOf(kind);
      const { lab } = setting;
      arrange(setting);
      const phone = setting[lost];
      phone.take();
      LOSSES[loss](lab, phone);
      Object.assign(phone.options, { isGone: true });
      const mayTalkOn = isPreserved === true && loss !== 'the device';
      expect(lab.control.legs.of(phone.appearance.device).length).toBe(mayTalkOn ? 1 : 0);
      const far = lab.control.legs.of(phone.appearance.device)[0]?.far;
      if (mayTalkOn) expect(far?.state).toBe('connected');
      expectOwned(lab, phone);
      if (others !== undefined && (isPreserved !== true || mayTalkOn)) expect(statesOf(setting, lost)).toEqual(others);
      if (loss === 'the link') expect(phone.take().filter((note) => !/^(deaf|remote)/.test(note))).toEqual([]);
      expectNothingAfterwards(lab);
    });
  });
});

const preserved = (kind: Kind = 'sccp', isBoth = false) => {
  const setting = labOf(kind);
  const { lab, a, b } = setting;
  talk(a, b);
  lab.control.linkLost(b.appearance.device, lab.now);
  if (isBoth) lab.control.linkLost(a.appearance.device, lab.now);
  return setting;
};

describe('a preserved talk', () => {
  it.each(KINDS)('cannot be held, transferred, parked, conferred, diverted or taken over by a %s phone', (kind) => {
    const setting = preserved(kind);
    const { lab, a, b, c } = setting;
    const { leg } = a;
    const before = lab.notes.length;
    lab.control.hold(leg, lab.now);
    expect(lab.control.park(leg, lab.now)).toEqual({ refused: 'no-talk' });
    expect(lab.control.divert(leg, lab.now)).toBe(false);
    const watcher = { reached: () => {}, failed: () => {} };
    expect(lab.control.transferBlind(leg, '1003', watcher, lab.now)).toBe('no-talk');
    const taker = c.originate();
    expect(lab.control.replace(leg, taker, lab.now)).toBe('no-talk');
    c.hangUp(taker);
    const second = c.call('1004');
    setting.d.answer();
    expect([lab.control.canTransfer(leg, second), lab.control.conferenceRefusal([leg], second)]).toEqual([
      false,
      'no-talk',
    ]);
    c.hangUp(second);
    expect(lab.notes.slice(before).filter((note) => /^100[12] /.test(note))).toEqual([]);
    expect([leg.state, leg.far, leg.far?.device]).toEqual(['connected', b.leg, b.appearance.device]);
    expectNothingAfterwards(lab);
  });

  it('ends when the other phone talks in another call', () => {
    for (const act of ['call', 'answer', 'resume'] as const) {
      const setting = labOf('sccp');
      const { lab, a, b, c } = setting;
      if (act === 'resume') {
        talk(a, c);
        hold(setting, a);
      }
      const held = a.legs[0] as Leg;
      talk(a, b);
      const { leg } = a;
      lab.control.linkLost(b.appearance.device, lab.now);
      if (act === 'call') a.call('1003');
      else if (act === 'answer') {
        c.call('1001');
        a.answer();
      } else lab.control.resume(held, lab.now);
      expect([leg.state, b.leg.state, lab.control.legs.of(a.appearance.device).length]).toEqual(['idle', 'idle', 1]);
      expectNothingAfterwards(lab);
    }
  });

  it('ends for both once the lost phone does not talk, or calls again', () => {
    for (const act of ['silent', 'calls'] as const) {
      const { lab, a, b } = preserved();
      if (act === 'silent') lab.control.preservedEnded(b.appearance.device, lab.now);
      else b.call('1003');
      expect(a.leg.state).toBe('idle');
      expect(a.notes.at(-1)).toBe('release temporaryFailure by far');
      expectNothingAfterwards(lab);
    }
  });

  it('hears no page', () => {
    const { lab, b, c } = preserved();
    b.take();
    c.call('*90');
    expect(b.take()).toEqual([]);
    expect(lab.events.filter(({ type }) => type === 'call.paged')).toMatchObject([{ listening: 0, missed: 2 }]);
    expectNothingAfterwards(lab);
  });

  it('ends with its device', () => {
    const { lab, a, b } = preserved();
    lab.control.deviceEnded(b.appearance.device, lab.now);
    expect(a.notes.at(-1)).toBe('release outOfOrder by far');
    expectNothingAfterwards(lab);
  });

  it('lasts twelve hours from its answer at most, and ten minutes where both are lost', () => {
    for (const [isBoth, most] of [
      [false, 12 * 3600_000],
      [true, 600_000],
    ] as const) {
      const setting = labOf('sccp');
      const { lab, a, b } = setting;
      talk(a, b);
      const later = isBoth ? 0 : 3600_000;
      lab.advance(later);
      lab.control.linkLost(b.appearance.device, lab.now);
      if (isBoth) lab.control.linkLost(a.appearance.device, lab.now);
      lab.advance(most - later - 1);
      expect(lab.control.legs.size).toBe(2);
      lab.advance(1);
      expect(lab.isIdle).toBe(true);
    }
  });

  it('has cause 41 in its record', () => {
    const { lab, a } = preserved();
    a.hangUp();
    expect(lab.events.find((event): event is CallEnded => event.type === 'call.ended')).toMatchObject({
      orig: { cause: 16 },
      dest: { cause: 41 },
    });
  });

  it('is a call like any other once a phone is back that has its dialog still', () => {
    const setting = labOf('sip');
    const { lab, a, b } = setting;
    talk(a, b);
    lab.control.linkLost(b.appearance.device, lab.now, true);
    lab.control.linkRestored(b.appearance.device, lab.now);
    expect(b.leg.isPreserved).toBe(false);
    hold(setting, a);
    expect([a.leg.state, b.leg.music?.state]).toEqual(['hold', 'connected']);
    lab.control.resume(a.leg, lab.now);
    expect(b.leg.sending?.to).toEqual(a.leg.receive);
    a.hangUp();
    expect(lab.events.find((event): event is CallEnded => event.type === 'call.ended')).toMatchObject({
      dest: { cause: 0 },
    });
    expectNothingAfterwards(lab);
  });

  it('is over when the phone is back without it', () => {
    const { lab, a, b } = preserved();
    lab.control.linkRestored(b.appearance.device, lab.now);
    expect(a.leg.state).toBe('idle');
    expectNothingAfterwards(lab);
  });
});
