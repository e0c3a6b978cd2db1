import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { G711_LAWS, type G711Name } from '../../src/rtp/g711.js';
import { MixedRoom, type Seat } from '../../src/rtp/mixer.js';

/** Ticks between what is said and what is heard. */
const DELAY = 3;
const PER_TICK = 160;

/** A party that says `samples` in one packet a tick, and notes what it hears. */
class Party {
  readonly heard: number[] = [];
  readonly said: number[] = [];
  readonly seat: Seat;
  #timestamp = 0xffffff00;

  constructor(
    room: MixedRoom,
    readonly codec: G711Name,
    readonly ssrc: number,
  ) {
    this.seat = room.enter(codec);
  }

  say(samples: ArrayLike<number>): void {
    const { encode, decode } = G711_LAWS[this.codec];
    const octets = Uint8Array.from(samples, encode);
    this.said.push(...[...octets].map(decode));
    this.seat.receive(octets, 0, octets.length, this.#timestamp, this.ssrc);
    this.#timestamp = (this.#timestamp + octets.length) % 2 ** 32;
  }

  /** Hears one tick, in packets of so many octets. */
  listen(octets = PER_TICK): void {
    const packet = Buffer.alloc(octets);
    for (let at = 0; at < PER_TICK; at += octets) {
      this.seat.fill(packet, 0, octets);
      this.heard.push(...[...packet].map(G711_LAWS[this.codec].decode));
    }
  }
}

const tone = (frequency: number, tick: number, amplitude = 8_000): number[] =>
  Array.from({ length: PER_TICK }, (_, at) =>
    Math.round(amplitude * Math.sin((2 * Math.PI * frequency * (tick * PER_TICK + at)) / 8_000)),
  );

const silence = new Array<number>(PER_TICK).fill(0);

/** What a party of that codec is to hear of these samples together. */
const mixed = (codec: G711Name, ...parts: readonly (readonly number[])[]): number[] => {
  const { encode, decode } = G711_LAWS[codec];
  return (parts[0] ?? []).map((_, at) => {
    const sum = parts.reduce((all, part) => all + (part[at] as number), 0);
    return decode(encode(Math.max(-32_768, Math.min(32_767, sum))));
  });
};

const delayed = (samples: readonly number[], silent = 0): number[] => [
  ...new Array<number>(DELAY * PER_TICK).fill(silent),
  ...samples.slice(0, -DELAY * PER_TICK),
];

describe('a conference', () => {
  it.each([
    ['PCMU', 'PCMU', 'PCMU'],
    ['PCMA', 'PCMA', 'PCMA'],
    ['PCMU', 'PCMA', 'PCMU'],
    ['PCMU', 'PCMU', 'PCMA'],
  ] as const)('of %s, %s and %s gives each the sum of the others, sample by sample', (...codecs) => {
    const room = new MixedRoom();
    const parties = codecs.map((codec, index) => new Party(room, codec, index + 1)) as [Party, Party, Party];
    const [a, b, c] = parties;
    for (let tick = 0; tick < 20; tick += 1) {
      a.say(tone(440, tick));
      b.say(tone(1_000, tick));
      c.say(silence);
      room.mix(0);
      for (const party of parties) party.listen();
    }
    const quiet = (party: Party) => G711_LAWS[party.codec].decode(G711_LAWS[party.codec].silence);
    const [sa, sb, sc] = parties.map((party) => delayed(party.said, quiet(party))) as [number[], number[], number[]];
    expect(c.heard).toEqual(mixed(c.codec, sa, sb));
    expect(a.heard).toEqual(mixed(a.codec, sb, sc));
    expect(b.heard).toEqual(mixed(b.codec, sa, sc));
  });

  it('cuts off what is too loud, both ways', () => {
    const room = new MixedRoom();
    const loud = [30_000, -30_000].flatMap((sample) => new Array<number>(80).fill(sample));
    const speakers = [1, 2, 3].map((ssrc) => new Party(room, 'PCMU', ssrc));
    const listener = new Party(room, 'PCMU', 9);
    for (let tick = 0; tick <= DELAY; tick += 1) {
      for (const party of speakers) party.say(loud);
      room.mix(0);
      listener.listen();
    }
    const heard = listener.heard.slice(-PER_TICK);
    const { encode, decode } = G711_LAWS.PCMU;
    expect([heard[0], heard[159]]).toEqual([decode(encode(32_767)), decode(encode(-32_768))]);
  });

  it('makes no party hear itself, alone or not', () => {
    const room = new MixedRoom();
    const party = new Party(room, 'PCMU', 1);
    for (let tick = 0; tick < 10; tick += 1) {
      party.say(tone(700, tick));
      room.mix(0);
      party.listen();
    }
    expect(new Set(party.heard)).toEqual(new Set([0]));
  });

  it('is silent for packets that were lost or come late, and right again after them', () => {
    const room = new MixedRoom();
    const [speaker, listener] = [new Party(room, 'PCMU', 1), new Party(room, 'PCMU', 2)];
    const late: number[][] = [];
    for (let tick = 0; tick < 12; tick += 1) {
      const octets = Uint8Array.from(tone(440, tick), G711_LAWS.PCMU.encode);
      const send = (at: number) => speaker.seat.receive(octets, 0, PER_TICK, at * PER_TICK, 1);
      if (tick === 4) late.push([...octets]);
      else send(tick);
      if (tick === 9) speaker.seat.receive(Uint8Array.from(late[0] as number[]), 0, PER_TICK, 4 * PER_TICK, 1);
      room.mix(0);
      listener.listen();
    }
    const ticks = Array.from({ length: 12 }, (_, tick) =>
      listener.heard.slice(tick * PER_TICK, (tick + 1) * PER_TICK).some((sample) => sample !== 0),
    );
    expect(ticks).toEqual([false, false, false, true, true, true, true, false, true, true, true, true]);
  });

  it('gives packets of 10 ms the two halves of a tick', () => {
    const room = new MixedRoom();
    const [speaker, one, two] = [1, 2, 3].map((ssrc) => new Party(room, 'PCMU', ssrc)) as [Party, Party, Party];
    for (let tick = 0; tick < 8; tick += 1) {
      speaker.say(tone(440, tick));
      room.mix(0);
      one.listen();
      two.listen(80);
    }
    expect(two.heard).toEqual(one.heard);
    expect(one.heard.some((sample) => sample !== 0)).toBe(true);
  });

  it('goes on without who leaves', () => {
    const room = new MixedRoom();
    const [a, b] = [new Party(room, 'PCMU', 1), new Party(room, 'PCMU', 2)];
    for (let tick = 0; tick < 6; tick += 1) {
      a.say(tone(440, tick));
      if (tick === 4) a.seat.leave();
      room.mix(0);
      b.listen();
    }
    expect(room.size).toBe(1);
    expect(b.heard.slice(3 * PER_TICK, 4 * PER_TICK).some((sample) => sample !== 0)).toBe(true);
    expect(new Set(b.heard.slice(4 * PER_TICK))).toEqual(new Set([0]));
  });

  it('takes packets of any length, time and order without harm', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 2_000 }), fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.nat(3))),
        (packets) => {
          const room = new MixedRoom();
          const [speaker, listener] = [new Party(room, 'PCMA', 1), new Party(room, 'PCMU', 2)];
          for (const [length, timestamp, ssrc] of packets) {
            speaker.seat.receive(new Uint8Array(length), 0, length, timestamp, ssrc);
            room.mix(ssrc);
            listener.listen();
          }
          expect(listener.heard).toHaveLength(packets.length * PER_TICK);
        },
      ),
      { numRuns: 50 },
    );
  });
});
