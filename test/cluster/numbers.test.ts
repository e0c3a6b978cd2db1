import { describe, expect, it } from 'vitest';
import type { Random } from '../../src/net/ports.js';
import { seededRandom } from '../support/random.js';
import { settle } from './dhcp-nodes.js';
import { NumberLab, type NumberNode, phoneNumber } from './number-nodes.js';
import { seconds } from './spans.js';

const twoNodes = async (first?: number, last?: number) => {
  const lab = await NumberLab.of(['A', 'B'], first, last);
  const [a, b] = lab.nodes as [NumberNode, NumberNode];
  return { lab, a, b };
};
const phones = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, index) => phoneNumber(from + index));

describe('two nodes that give numbers of one range', () => {
  it('hold a tenth of what is free in reserve, and give the lowest at once', async () => {
    const { lab, a, b } = await twoNodes();
    // 1003 is that of a configured device.
    expect(a.numbers.reserved).toEqual([
      '1000',
      '1001',
      '1002',
      '1004',
      '1005',
      '1006',
      '1007',
      '1008',
      '1009',
      '1010',
    ]);
    expect(b.numbers.reserved).toEqual(['1011', '1012', '1013', '1014', '1015', '1016', '1017', '1018', '1019']);
    expect([a.register(phoneNumber(1)), b.register(phoneNumber(2))]).toEqual(['1000', '1011']);
    await lab.advance(seconds(2));
    expect(lab.told('reserve.B')).toEqual({ v: 1, node: 'B', numbers: ['1012-1020'] });
  });

  it('tell whose a number is, and know each other’s phones', async () => {
    const { lab, a, b } = await twoNodes();
    a.register(phoneNumber(1));
    await settle();
    expect(lab.told('dn.1000')).toEqual({ v: 1, node: 'A', device: phoneNumber(1) });
    expect(lab.told(`device.${phoneNumber(1)}`)).toEqual({
      ...{ v: 1, node: 'A', device: phoneNumber(1), dn: '1000', typeId: 30016, protocol: 'SCCP' },
    });
    expect(b.register(phoneNumber(1))).toBe('1000');
    expect(b.restarted).toEqual([]);
  });

  it('give every number of the range but the last reserve of the other', async () => {
    const { lab, a, b } = await twoNodes(1000, 1019);
    const given: string[] = [];
    for (const phone of phones(30)) {
      given.push(a.register(phone));
      await settle();
    }
    expect(given.slice(0, 18).every((dn) => /^\d+$/.test(dn))).toBe(true);
    expect(given.slice(18)).toEqual(Array(12).fill('auto-registration-exhausted'));
    expect(b.register(phoneNumber(99))).toMatch(/^\d+$/);
    lab.check(true);
  });

  it('refuse for a moment where more come at once than are in reserve', async () => {
    const { a } = await twoNodes();
    const given = phones(12).map((phone) => a.register(phone));
    expect(given.slice(10)).toEqual(['auto-registration-busy', 'auto-registration-busy']);
    await settle();
    expect(a.register(phoneNumber(10))).toBe('1020');
  });

  it('have one number for a phone that registered with both at the same moment: the first one’s', async () => {
    const { lab, a, b } = await twoNodes();
    const phone = phoneNumber(1);
    expect([a.register(phone), b.register(phone)]).toEqual(['1000', '1011']);
    await settle();
    expect([a.numberOf(phone), b.numberOf(phone)]).toEqual(['1000', '1000']);
    expect(b.restarted).toEqual([phone]);
    expect(b.file.at(-1)?.dn).toBe('1000');
    // The number of the other is in its reserve again.
    expect(b.numbers.reserved[0]).toBe('1011');
    expect(b.probe.of('device.unregistered').at(-1)).toMatchObject({ device: phone, reason: 'reconfigured' });
    lab.check(true);
  });
});

describe('while the bus is gone', () => {
  it('both sides give from their reserves, then refuse with a reason of its own, told once', async () => {
    const { lab, a, b } = await twoNodes();
    lab.engine.stop();
    for (const phone of phones(10)) expect(a.register(phone)).toMatch(/^\d+$/);
    for (const phone of phones(9, 50)) expect(b.register(phone)).toMatch(/^\d+$/);
    expect([a.register(phoneNumber(20)), a.register(phoneNumber(21))]).toEqual([
      'auto-registration-cut-off',
      'auto-registration-cut-off',
    ]);
    expect(a.degraded.at(-1)).toBe('the bus is gone, and every number that this node held in reserve is given');
    lab.check();
    lab.engine.restart();
    await settle();
    expect(a.degraded.at(-1)).toBeUndefined();
    expect(a.register(phoneNumber(20))).toMatch(/^\d+$/);
    expect(b.numberOf(phoneNumber(0))).toBe('1000');
    expect(a.numberOf(phoneNumber(50))).toBe('1011');
    lab.check(true);
  });

  it('a phone that both sides gave a number keeps that of the first to tell', async () => {
    const { lab, a, b } = await twoNodes();
    const phone = phoneNumber(1);
    b.bus.cut(true);
    a.bus.cut(true);
    a.register(phone);
    b.register(phone);
    b.bus.cut(false);
    await settle();
    a.bus.cut(false);
    await settle();
    expect([a.numberOf(phone), b.numberOf(phone)]).toEqual(['1011', '1011']);
    expect(lab.told('dn.1000')).toEqual({ v: 1, node: 'A' });
  });
});

describe('a restart', () => {
  it('of a node brings its reserve and its phones back to it', async () => {
    const { lab, a } = await twoNodes();
    a.register(phoneNumber(1));
    await settle();
    const before = a.numbers.reserved;
    await a.kill();
    await a.start();
    await settle();
    expect(a.numbers.reserved).toEqual(before);
    expect(a.register(phoneNumber(1))).toBe('1000');
    lab.check(true);
  });

  it('of a node before it had told what it gave tells it afterwards', async () => {
    const { lab, a, b } = await twoNodes();
    a.bus.cut(true);
    a.register(phoneNumber(1));
    await a.kill();
    await a.start();
    await settle();
    expect(lab.told('dn.1000')).toEqual({ v: 1, node: 'A', device: phoneNumber(1) });
    expect(b.register(phoneNumber(1))).toBe('1000');
    expect(a.register(phoneNumber(2))).toBe('1001');
  });

  it('of a node without a bus gives nothing new, and knows its phones', async () => {
    const { lab, a } = await twoNodes();
    a.register(phoneNumber(1));
    lab.engine.stop();
    await a.kill();
    await a.start();
    expect(a.register(phoneNumber(1))).toBe('1000');
    expect(a.register(phoneNumber(2))).toBe('auto-registration-cut-off');
  });

  it('of an engine that has lost everything brings all back before anything is given', async () => {
    const { lab, a, b } = await twoNodes();
    a.register(phoneNumber(1));
    await settle();
    lab.engine.stop();
    a.register(phoneNumber(2));
    lab.engine.loseAll();
    a.bus.cut(true);
    lab.engine.restart();
    await lab.advance(seconds(5));
    for (const phone of phones(9, 50)) b.register(phone);
    expect(b.register(phoneNumber(70))).toBe('auto-registration-cut-off');
    expect(b.degraded.at(-1)).toMatch(
      /^the engine has lost what it held, A has not said since what it gave, and every/,
    );
    a.bus.cut(false);
    await lab.advance(seconds(5));
    expect(b.register(phoneNumber(70))).toMatch(/^\d+$/);
    expect(b.numberOf(phoneNumber(2))).toBe('1001');
    await settle();
    lab.check(true);
  });
});

describe('another range', () => {
  it('gives back what is held of the old one, and keeps what phones have', async () => {
    const { lab, a } = await twoNodes();
    a.register(phoneNumber(1));
    await settle();
    a.setRange({ first: 2000, last: 2099 });
    await settle();
    expect(a.register(phoneNumber(2))).toBe('2000');
    expect(a.register(phoneNumber(1))).toBe('1000');
    expect(lab.told('dn.1001')).toBeUndefined();
    a.setRange(undefined);
    await settle();
    expect(a.register(phoneNumber(3))).toBe('unknown-device');
    expect(a.numbers.reserved).toEqual([]);
  });
});

describe('a node that is no more', () => {
  it('keeps its reserve while the configuration has it, and leaves it to all afterwards', async () => {
    const { lab, a, b } = await twoNodes(1000, 1009);
    a.register(phoneNumber(1));
    await settle();
    const held = a.numbers.reserved;
    await a.kill();
    for (const phone of phones(12, 20)) {
      b.register(phone);
      await settle();
    }
    expect(lab.told(`dn.${held[0]}`)).toEqual({ v: 1, node: 'A' });
    lab.configured.delete('A');
    b.numbers.configured();
    await lab.advance(seconds(11));
    expect(b.register(phoneNumber(90))).toBe(held[0]);
    expect(b.register(phoneNumber(1))).toBe('1000');
  });
});

describe('what comes over the bus', () => {
  it('changes nothing where it cannot be read, and costs a line', async () => {
    const { a, b, lab } = await twoNodes();
    const numbers = b.bus.bucket('numbers');
    await numbers.put('dn.1050', '{"v":1}');
    await numbers.put('dn.1051', '{"v":1,"node":"B","device":"no name!"}');
    lab.engine.write('numbers', 'dn.1*2', '{"v":1,"node":"B"}'); // no node writes such a key
    await numbers.put(
      `device.${phoneNumber(1)}`,
      `{"v":1,"node":"B","device":"${phoneNumber(2)}","dn":"1052","typeId":7,"protocol":"SCCP"}`,
    );
    await numbers.put(
      `device.${phoneNumber(3)}`,
      `{"v":1,"node":"B","device":"${phoneNumber(3)}","dn":"1052","typeId":7,"protocol":"H323"}`,
    );
    await numbers.put(
      `device.${phoneNumber(4)}`,
      `{"v":1,"node":"B","device":"${phoneNumber(4)}","dn":"1053","typeId":99999,"protocol":"SCCP"}`,
    );
    await settle();
    expect(a.probe.of('cluster.value-broken')).toHaveLength(5);
    // A model that this node does not know: the phone has its number all the same.
    expect(a.numberOf(phoneNumber(4))).toBeUndefined();
    expect(a.register(phoneNumber(4))).toBe('1053');
  });
});

describe('three nodes, whatever happens', () => {
  type Step = (run: { lab: NumberLab; random: Random; node: NumberNode; phone: string }) => unknown;

  const register: Step = ({ node, phone }) => node.register(phone);
  const STEPS: readonly Step[] = [
    register,
    register,
    register,
    register,
    ({ node, random }) => node.bus.cut(random.below(2) === 0),
    ({ node }) => node.bus.cut(false),
    ({ lab, random }) => {
      if (!lab.engine.isRunning) lab.engine.restart();
      else if (random.below(3) === 0) lab.engine.stop();
    },
    ({ lab, random }) => lab.advance(seconds(1 + random.below(4))),
  ];
  const KILLS: readonly Step[] = [
    async ({ node, random }) => {
      if (random.below(2) === 0) return;
      await node.kill();
      await node.start();
    },
  ];
  const LOSSES: readonly Step[] = [
    ({ lab, random }) => {
      if (random.below(3) !== 0) return;
      lab.engine.stop();
      lab.engine.loseAll();
      lab.engine.restart();
    },
  ];

  const play = async (seed: number, steps: readonly Step[]): Promise<void> => {
    const random = seededRandom(seed);
    const lab = await NumberLab.of(['A', 'B', 'C'], 1000, 1059);
    for (let count = 0; count < 120; count += 1) {
      const step = steps[random.below(steps.length)] as Step;
      const node = lab.nodes[random.below(3)] as NumberNode;
      await step({ lab, random, node, phone: phoneNumber(random.below(40)) });
      if (random.below(2) === 0) await settle();
      lab.check();
    }
    if (!lab.engine.isRunning) lab.engine.restart();
    for (const node of lab.nodes) node.bus.cut(false);
    await lab.advance(seconds(20));
    lab.check(true);
    for (const node of lab.nodes) {
      expect(node.numbers.waiting).toBe(0);
      expect(node.register(phoneNumber(77))).toMatch(/^\d+$/);
      await settle();
    }
  };

  const seeds = Array.from({ length: 20 }, (_, index) => 104_729 * (index + 1));

  it.each(seeds)('give no number twice, seed %i', (seed) => play(seed, STEPS));
  it.each(seeds)('give no number twice though nodes are killed, seed %i', (seed) => play(seed, [...STEPS, ...KILLS]));
  it.each(seeds)('give no number twice though the engine loses everything, seed %i', (seed) =>
    play(seed, [...STEPS, ...LOSSES]),
  );
});
