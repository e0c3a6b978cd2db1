import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHUNK_OCTETS } from '../../src/capture/chunks.js';
import { OwnedRing, RingStore } from '../../src/capture/ring-store.js';

const HEAD = 16;
let count = 0;

/** A record whose head has its length and a number; its payload repeats the number. */
const record = (length: number, number = ++count): readonly [head: Buffer, payload: Buffer] => {
  const head = Buffer.alloc(HEAD);
  head.writeUInt32LE(HEAD + length, 0);
  head.writeUInt32LE(number, 4);
  return [head, Buffer.alloc(length, number & 0xff)];
};

const numbersIn = (ring: OwnedRing): number[] =>
  [...ring.read()].map((octets) => {
    const number = octets.readUInt32LE(4);
    expect(octets.length).toBe(octets.readUInt32LE(0));
    expect(octets.subarray(HEAD).every((octet) => octet === (number & 0xff))).toBe(true);
    return number;
  });

const KIB = 1024;
const store = (memory = 1024 * KIB, perDevice = 128 * KIB, strangers = 128 * KIB): RingStore =>
  new RingStore({ memory, perDevice, strangers });
const well = (): boolean => true;
const unwell = (): boolean => false;

describe('a ring', () => {
  it('gives back what was written, also records of many chunks and text', () => {
    const rings = store();
    const ring = rings.ofDevice('A', well);
    const written = [0, 1, 4070, 4096, 20_000, 3, 65_507].map((length) => record(length));
    for (const [head, payload] of written) expect(rings.append(ring, head, payload)).toBe(true);
    expect([...ring.read()].map((octets) => octets.subarray(HEAD).length)).toEqual(
      written.map(([, { length }]) => length),
    );
    numbersIn(ring);
    const [head] = record(5);
    rings.append(ring, head, 'grün!');
    expect([...ring.read()].at(-1)?.toString('latin1', HEAD)).toBe('grün!');
  });

  it('writes a part of a payload', () => {
    const rings = store();
    const ring = rings.ofDevice('A', well);
    const head = Buffer.alloc(HEAD);
    head.writeUInt32LE(HEAD + 3, 0);
    rings.append(ring, head, Buffer.from('abcdefg'), 2, 5);
    expect([...ring.read()][0]?.toString('latin1', HEAD)).toBe('cde');
  });

  it('is overwritten from its start, and says how much is lost', () => {
    const rings = store();
    const ring = rings.ofDevice('A', well);
    const first = count + 1;
    for (let index = 0; index < 1000; index += 1) rings.append(ring, ...record(1000));
    const left = numbersIn(ring);
    expect(ring.chunks * CHUNK_OCTETS).toBe(128 * KIB);
    expect(left).toEqual(Array.from({ length: left.length }, (_, index) => count - left.length + 1 + index));
    expect(left.length).toBeGreaterThan(120);
    expect(ring.lost).toBe((left[0] ?? 0) - first);
    expect(rings.lost).toBe(ring.lost);
  });

  it('gives up its oldest record alone', () => {
    const rings = store();
    const ring = new OwnedRing('device', []);
    const written: number[] = [];
    for (const length of [10, 5000, 20, 9000, 4080, 30]) {
      rings.append(ring, ...record(length));
      written.push(count);
    }
    while (written.length > 0) {
      expect(numbersIn(ring)).toEqual(written);
      rings.shift(ring);
      written.shift();
    }
    rings.shift(ring);
    expect(numbersIn(ring)).toEqual([]);
    rings.append(ring, ...record(100));
    expect(numbersIn(ring)).toEqual([count]);
    expect(ring.lost).toBe(0);
  });
});

describe('when memory is short', () => {
  it('the rings of devices that are well give way first, each in turn', () => {
    const rings = store();
    const ill = rings.ofDevice('ILL', unwell);
    const stranger = rings.ofStranger('STRANGER');
    rings.append(ill, ...record(100));
    rings.append(stranger, ...record(100));
    const healthy = Array.from({ length: 40 }, (_, index) => rings.ofDevice(`WELL${index}`, well));
    for (let round = 0; round < 40; round += 1) for (const ring of healthy) rings.append(ring, ...record(1000));
    expect(rings.octets).toBe(1024 * KIB);
    expect(numbersIn(ill)).toHaveLength(1);
    expect(numbersIn(stranger)).toHaveLength(1);
    const sizes = healthy.map(({ chunks }) => chunks);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(2);
    for (const ring of healthy) numbersIn(ring);
  });

  it('a device that falls ill keeps what it has, and one that recovers gives way', () => {
    const rings = store();
    const [one, other] = [rings.ofDevice('ONE', well), rings.ofDevice('OTHER', unwell)];
    for (const ring of [one, other]) rings.append(ring, ...record(100));
    rings.setWell('ONE', false);
    rings.setWell('OTHER', true);
    // 255 chunks of 256, of which two are taken.
    for (let index = 0; index < 15; index += 1) {
      const ring = rings.ofDevice(`X${index}`, unwell);
      for (let round = 0; round < 17; round += 1) rings.append(ring, ...record(4000));
    }
    expect(one.records).toBe(1);
    expect(other.records).toBe(0);
  });

  it('strangers never take more than their part, and the least recent one goes first', () => {
    const rings = store();
    const first = rings.ofStranger('S0');
    rings.append(first, ...record(10));
    const rest = Array.from({ length: 31 }, (_, index) => rings.ofStranger(`S${index + 1}`));
    for (const ring of rest) rings.append(ring, ...record(10));
    rings.append(first, ...record(10));
    rings.append(rings.ofStranger('NEW'), ...record(10));
    expect(rings.strangerOctets).toBe(128 * KIB);
    expect(rings.find(['S0']).size).toBe(1);
    expect(rings.find(['S1']).size).toBe(0);
    expect(rings.find(['NEW']).size).toBe(1);
  });
});

it('moving takes everything along, and removing leaves nothing', () => {
  const rings = store();
  const from = new OwnedRing('stranger', ['10.0.0.1']);
  const to = rings.ofDevice('A', well);
  for (const length of [10, 8000, 3]) rings.append(from, ...record(length));
  const numbers = numbersIn(from);
  rings.move(from, to);
  expect(numbersIn(to)).toEqual(numbers);
  expect([from.records, rings.strangerOctets, rings.find(['10.0.0.1']).size, rings.devices]).toEqual([0, 0, 0, 1]);
  rings.remove(to);
  expect([rings.octets, rings.devices, rings.lost]).toEqual([0, 0, 0]);
  const again = rings.ofDevice('A', well);
  expect(again).not.toBe(to);
});

/** What may be done with rings, at random. */
const STEP = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      ring: fc.nat(19),
      length: fc.oneof(fc.nat(2000), fc.nat(65_507)),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('move' as const), ring: fc.nat(19), other: fc.nat(19) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), ring: fc.nat(19) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('well' as const), ring: fc.nat(9), isWell: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('shift' as const), ring: fc.nat(19) }) },
);

it('whatever happens, no bound is exceeded, and each ring holds whole records in order, up to the last one', () => {
  fc.assert(
    fc.property(fc.array(STEP, { maxLength: 120 }), (steps) => {
      const bounds = { memory: 512 * KIB, perDevice: 128 * KIB, strangers: 160 * KIB };
      const rings = new RingStore(bounds);
      const ringAt = (index: number): OwnedRing =>
        index < 10 ? rings.ofDevice(`D${index}`, unwell) : rings.ofStranger(`S${index}`);
      for (const step of steps) {
        const ring = ringAt(step.ring);
        if (step.kind === 'append') {
          expect(rings.append(ring, ...record(step.length))).toBe(true);
          expect(numbersIn(ring).at(-1)).toBe(count);
        } else if (step.kind === 'move' && step.ring !== step.other) rings.move(ring, ringAt(step.other));
        else if (step.kind === 'remove') rings.remove(ring);
        else if (step.kind === 'shift') rings.shift(ring);
        else if (step.kind === 'well') rings.setWell(`D${step.ring}`, step.isWell);
        const all = Array.from({ length: 20 }, (_, index) => ringAt(index));
        const chunks = all.map(({ chunks: own }) => own);
        const sum = (list: readonly number[]): number => list.reduce((total, one) => total + one, 0);
        expect(rings.octets).toBeLessThanOrEqual(bounds.memory);
        expect(sum(chunks) * CHUNK_OCTETS).toBe(rings.octets);
        expect(sum(chunks.slice(10)) * CHUNK_OCTETS).toBe(rings.strangerOctets);
        expect(rings.strangerOctets).toBeLessThanOrEqual(bounds.strangers);
        expect(Math.max(...chunks) * CHUNK_OCTETS).toBeLessThanOrEqual(bounds.perDevice);
        expect(rings.devices).toBe(chunks.slice(0, 10).filter((own) => own > 0).length);
      }
      for (let index = 0; index < 20; index += 1) numbersIn(ringAt(index));
    }),
    { numRuns: 60 },
  );
});
