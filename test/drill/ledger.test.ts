import { describe, expect, it } from 'vitest';
import { type Instant, instant } from '../../src/core/time.js';
import { curveOf, figuresOf, quantileOf } from '../../src/drill/figures.js';
import { Ledger } from '../../src/drill/ledger.js';
import { NodeFeed } from '../../src/drill/node-feed.js';
import { PerSecond } from '../../src/drill/per-second.js';
import { ManualClock } from '../support/manual-clock.js';

const at = (milliseconds: number): Instant => instant(milliseconds);
const period = (from: number, to: number) => ({ from: at(from), to: at(to) });

/** Ten phones at CM1 that registered before the beginning at 0. */
const tenAtCm1 = (): Ledger => {
  const ledger = new Ledger(at(-5_000));
  for (let phone = 0; phone < 10; phone += 1) {
    ledger.expect(`P${phone}`);
    ledger.onBack(`P${phone}`, 'CM1', at(-1_000), [`${100 + phone}`]);
  }
  ledger.begin(at(0));
  return ledger;
};

describe('a ledger', () => {
  it('knows who lost a registration, when it was back and where', () => {
    const ledger = tenAtCm1();
    for (let phone = 0; phone < 10; phone += 1) ledger.onLost(`P${phone}`, at(1_000 + phone), 'RST');
    for (let phone = 0; phone < 9; phone += 1) ledger.onBack(`P${phone}`, 'CM2', at(2_000 + 100 * phone), []);
    const figures = figuresOf(ledger, period(500, 10_000));
    expect(figures).toMatchObject({ phones: 10, hit: 10, neverBack: 1, lost: 1 });
    expect(figures.back).toEqual([1500, 1600, 1700, 1800, 1900, 2000, 2100, 2200, 2300]);
    expect([...figures.at]).toEqual([['CM2', 9]]);
    expect(figures.moves).toEqual([
      { from: 'CM1', to: 'CM2', phones: 9 },
      { from: 'CM1', to: '', phones: 1 },
    ]);
    expect(figures.outcomes[0]).toEqual({
      ...{ phone: 'P0', lostAfter: 500, backAfter: 1500, outage: 1000, losses: 1, from: 'CM1', to: 'CM2', why: 'RST' },
    });
  });

  it('counts a phone for each step in whose time it has no registration', () => {
    const ledger = tenAtCm1();
    ledger.onLost('P0', at(1_000), 'RST');
    ledger.onBack('P0', 'CM2', at(6_000), []);
    const [first, second, third] = [period(500, 5_000), period(5_000, 7_000), period(7_000, 9_000)].map((one) =>
      figuresOf(ledger, one),
    );
    expect([first?.hit, first?.lost, first?.back]).toEqual([1, 1, [5_500]]);
    expect([second?.hit, second?.lost, second?.back]).toEqual([0, 0, [1_000]]);
    expect([third?.hit, third?.outcomes]).toEqual([0, []]);
    expect(second?.outcomes[0]).toMatchObject({ lostAfter: -4_000, losses: 0, outage: 1_000 });
  });

  it('takes several losses of a phone for one outcome, which ends with the last', () => {
    const ledger = tenAtCm1();
    ledger.onLost('P3', at(1_000), 'RST');
    ledger.onBack('P3', 'CM2', at(2_000), []);
    ledger.onLost('P3', at(3_000), 'it returns to CM1');
    ledger.onBack('P3', 'CM1', at(3_500), []);
    const { outcomes } = figuresOf(ledger, period(0, 9_000));
    expect(outcomes).toEqual([
      {
        ...{ phone: 'P3', lostAfter: 1_000, backAfter: 3_500, outage: 1_500, losses: 2 },
        ...{ from: 'CM1', to: 'CM1', why: 'RST' },
      },
    ]);
  });

  it('takes a phone without a registration at the beginning for one that lost it then', () => {
    const ledger = new Ledger(at(0));
    ledger.expect('P0');
    ledger.begin(at(1_000));
    expect(figuresOf(ledger, period(1_000, 2_000))).toMatchObject({ hit: 1, lost: 1, neverBack: 1 });
    ledger.onBack('P0', 'CM1', at(3_000), []);
    expect(figuresOf(ledger, period(1_000, 4_000))).toMatchObject({ lost: 0, back: [2_000] });
  });

  it('sees a phone that registers elsewhere without a loss between', () => {
    const ledger = tenAtCm1();
    ledger.onBack('P0', 'CM2', at(1_000), []);
    ledger.onBack('P1', 'CM1', at(1_000), []); // a refresh
    const { moves, hit } = figuresOf(ledger, period(0, 2_000));
    expect([hit, moves]).toEqual([1, [{ from: 'CM1', to: 'CM2', phones: 1 }]]);
  });

  it('has a curve that adds up at each of its points', () => {
    const ledger = tenAtCm1();
    for (let phone = 0; phone < 10; phone += 1) ledger.onLost(`P${phone}`, at(2_500), 'RST');
    for (let phone = 0; phone < 10; phone += 1) {
      ledger.count('attempts', at(3_000 + phone));
      ledger.onBack(`P${phone}`, phone < 4 ? 'CM2' : 'CM3', at(4_200), []);
    }
    const curve = curveOf(ledger, period(0, 6_000), ['CM1', 'CM2', 'CM3']);
    expect(curve).toEqual({
      every: 1_000,
      registered: [10, 10, 10, 0, 0, 10, 10],
      byNode: { CM1: [10, 10, 10, 0, 0, 0, 0], CM2: [0, 0, 0, 0, 0, 4, 4], CM3: [0, 0, 0, 0, 0, 6, 6] },
      attempts: [0, 0, 0, 10, 0, 0],
      back: [0, 0, 0, 0, 10, 0],
      lost: [0, 0, 10, 0, 0, 0],
      refused: [0, 0, 0, 0, 0, 0],
    });
    expect(figuresOf(ledger, period(0, 6_000))).toMatchObject({ peak: 10, attempts: 10 });
  });

  it('has a curve of at most 1,200 pieces, however long the drill was', () => {
    const curve = curveOf(tenAtCm1(), period(0, 86_400_000), ['CM1']);
    expect([curve.every, curve.attempts.length, curve.registered.length]).toEqual([72_000, 1_200, 1_201]);
  });

  it('loses all phones of a node at once', () => {
    const ledger = tenAtCm1();
    ledger.onBack('P0', 'CM2', at(500), []);
    ledger.onNodeLost('CM1', at(1_000), 'its node does not answer');
    expect(ledger.registered).toBe(1);
  });
});

describe('counts by the second', () => {
  it('leave out what was before, and put what is later than a day into the last second', () => {
    const counts = new PerSecond(at(10_000));
    for (const when of [9_999, 10_000, 10_999, 11_000, 200_000_000]) counts.add('attempts', at(when));
    expect(counts.sum('attempts', period(10_000, 12_000))).toBe(3);
    expect(counts.most('attempts', period(10_000, 12_000))).toBe(2);
    expect(counts.sum('attempts', period(10_000, 300_000_000))).toBe(4);
    expect(counts.sum('refused', period(0, 20_000))).toBe(0);
  });
});

describe('quantiles', () => {
  it.each([
    [[], 0.5, undefined],
    [[7], 0.99, 7],
    [[1, 2, 3, 4], 0.5, 2],
    [[1, 2, 3, 4], 0.99, 4],
    [[1, 2, 3, 4], 0, 1],
  ] as const)('%j at %d', (sorted, share, value) => {
    expect(quantileOf(sorted, share)).toBe(value);
  });
});

describe('the events of a node', () => {
  const STREAM = [
    'retry: 1000\n\n',
    ': still here\n\n',
    'id: 1\ndata: {"type":"device.registering","device":"SEP1"}\n\n',
    'id: 2\ndata: {"type":"device.registered","device":"SEP1","lines":["100"]}\n\n',
    'id: 3\ndata: {"type":"device.registered","device":"OTHER","lines":[]}\n\n',
    'data: {"type":"device.rejected","device":"SEP2"}\n\n',
    'data: not json\n\ndata: null\n\ndata: {"type":7}\n\n',
    'data: {"type":"device.registered","device":"SEP3","lines":[]}\n\n',
    'data: {"type":"device.unregistered","device":"SEP3","reason":"silence"}\n\n',
  ].join('');

  const read = (pieces: readonly string[]) => {
    const clock = new ManualClock(0);
    const ledger = new Ledger(at(0));
    for (const phone of ['SEP1', 'SEP2', 'SEP3']) ledger.expect(phone);
    ledger.begin(at(0));
    const feed = new NodeFeed('CM1', ledger, clock, (device) => device.startsWith('SEP'));
    for (const piece of pieces) feed.take(piece);
    return { ledger, feed, clock };
  };

  it('say who registers, is refused and is lost, however they are cut', () => {
    for (let split = 0; split <= STREAM.length; split += 1) {
      const { ledger } = read([STREAM.slice(0, split), STREAM.slice(split)]);
      expect([ledger.nodeOf('SEP1'), ledger.nodeOf('SEP3'), ledger.phones.has('OTHER')]).toEqual([
        'CM1',
        undefined,
        false,
      ]);
      expect(ledger.perSecond.sum('refused', period(0, 1_000))).toBe(1);
      expect(ledger.perSecond.sum('attempts', period(0, 1_000))).toBe(1);
    }
  });

  it('of phones that were not there when the drill began say nothing', () => {
    const { ledger, feed } = read([]);
    for (const type of ['registering', 'registered', 'rejected', 'unregistered'])
      feed.take(`data: {"type":"device.${type}","device":"SEP4","lines":[]}\n\n`);
    expect([...ledger.phones.keys()]).toEqual(['SEP1', 'SEP2', 'SEP3']);
    expect(ledger.registered).toBe(0);
    expect(ledger.perSecond.sum('attempts', period(0, 1_000))).toBe(0);
    expect(ledger.perSecond.sum('refused', period(0, 1_000))).toBe(0);
  });

  it('of a node that a phone has left say nothing of it any more', () => {
    const { ledger, feed } = read([STREAM]);
    ledger.onBack('SEP1', 'CM2', at(0), []);
    feed.take('data: {"type":"device.unregistered","device":"SEP1","reason":"superseded"}\n\n');
    expect(ledger.nodeOf('SEP1')).toBe('CM2');
  });

  it('begin with the phones that the node lists, of which they have said nothing newer', () => {
    const { ledger, feed } = read([]);
    const listed = ['SEP1', 'SEP2', 'SEP3', 'OTHER'].map((name) => ({ name, lines: ['100'] }));
    ledger.onBack('SEP3', 'CM2', at(0), []);
    feed.onOpened();
    feed.take('data: {"type":"device.registered","device":"SEP2","lines":[]}\n\n');
    feed.take('data: {"type":"device.unregistered","device":"SEP2","reason":"silence"}\n\n');
    feed.onListed(listed);
    expect(['SEP1', 'SEP2', 'SEP3', 'OTHER'].map((name) => ledger.nodeOf(name))).toEqual([
      ...['CM1', undefined, 'CM2', undefined],
    ]);
    feed.onClosed();
    expect(ledger.nodeOf('SEP1')).toBeUndefined();
    feed.onOpened();
    feed.onListed(listed);
    expect(['SEP1', 'SEP2', 'SEP3'].map((name) => ledger.nodeOf(name))).toEqual(['CM1', 'CM1', 'CM2']);
  });

  it('that end lose the phones of the node', () => {
    const { ledger, feed } = read([STREAM]);
    feed.onClosed();
    expect(ledger.registered).toBe(0);
    expect(ledger.phones.get('SEP1')?.outages.at(-1)?.why).toBe('its node does not answer');
  });
});
