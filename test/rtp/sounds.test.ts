import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Instant, instant } from '../../src/core/time.js';
import { addressFault, isThisMachine } from '../../src/rtp/addresses.js';
import { Reception } from '../../src/rtp/reception.js';
import { ECHO_DELAY, Echo, Loop } from '../../src/rtp/sounds.js';
import { TICK, Ticker } from '../../src/rtp/ticker.js';
import { numberTones, renderEmergency, renderTones } from '../../src/rtp/tones.js';
import { ManualClock } from '../support/manual-clock.js';
import { linear, strengthOf } from './harness.js';

const SILENCE = 0xff;

/** The next so many ticks of an echo. */
const played = (echo: Echo, ticks: number): Buffer => {
  const octets = Buffer.alloc(ticks * 160);
  for (let tick = 0; tick < ticks; tick += 1) echo.fill(octets, tick * 160, 160);
  return octets;
};

const sound = (value: number, length = 160): Buffer => Buffer.alloc(length, value);

describe('an echo', () => {
  const feed = (echo: Echo, payload: Buffer, timestamp: number, ssrc = 1): void =>
    echo.receive(payload, 0, payload.length, timestamp, ssrc);

  it('gives back what came, 200 ms later', () => {
    const echo = new Echo(SILENCE);
    feed(echo, sound(1), 1_000);
    feed(echo, sound(2), 1_160);
    expect(played(echo, 12)).toEqual(Buffer.concat([sound(SILENCE, ECHO_DELAY), sound(1), sound(2)]));
  });

  it('puts packets in order, once each, with silence for those that were lost', () => {
    const echo = new Echo(SILENCE);
    const packets = [0, 1, 2, 3, 5].map((index) => [sound(index + 1), 0xffffff00 + index * 160] as const);
    for (const index of [0, 2, 1, 1, 4, 3]) {
      const [payload, timestamp] = packets[index] ?? [];
      if (payload !== undefined) feed(echo, payload, (timestamp as number) % 2 ** 32);
    }
    expect(played(echo, 16).subarray(ECHO_DELAY)).toEqual(
      Buffer.concat([1, 2, 3, 4, SILENCE, 6].map((value) => sound(value))),
    );
  });

  it('takes packets of any length', () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 320 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(lengths, (all) => {
        const echo = new Echo(SILENCE);
        let timestamp = 7;
        for (const [index, length] of all.entries()) {
          feed(echo, sound(index, length), timestamp);
          timestamp += length;
        }
        const total = timestamp - 7;
        expect(played(echo, 30).subarray(ECHO_DELAY, ECHO_DELAY + total)).toEqual(
          Buffer.concat(all.map((length, index) => sound(index, length))),
        );
      }),
    );
  });

  it('drops what is too late, and then goes on with the same delay', () => {
    const echo = new Echo(SILENCE);
    feed(echo, sound(1), 0);
    played(echo, 12);
    feed(echo, sound(2), 160);
    feed(echo, sound(3), 12 * 160);
    expect(played(echo, 11)).toEqual(Buffer.concat([sound(SILENCE, ECHO_DELAY), sound(3)]));
  });

  it('measures anew when the clock of the sender jumped', () => {
    const echo = new Echo(SILENCE);
    let timestamp = 0;
    const talk = (ticks: number, value: number): Buffer => {
      const octets: Buffer[] = [];
      for (let tick = 0; tick < ticks; tick += 1) {
        feed(echo, sound(value), timestamp);
        timestamp = (timestamp + 160) % 2 ** 32;
        octets.push(played(echo, 1));
      }
      return Buffer.concat(octets);
    };
    talk(20, 1);
    timestamp = 3_000_000_000;
    const after = talk(30, 2);
    // 200 ms in which it did not fit, and the delay.
    expect(after.indexOf(2) / 160).toBe(20);
    timestamp = 7;
    const again = talk(30, 3);
    expect(again.indexOf(3) / 160).toBe(20);
  });

  it('measures anew for another source', () => {
    const echo = new Echo(SILENCE);
    feed(echo, sound(1), 0, 1);
    played(echo, 5);
    feed(echo, sound(2), 99_999, 2);
    const octets = played(echo, 12);
    expect(octets.indexOf(1)).toBe(5 * 160);
    expect(octets.indexOf(2)).toBe(ECHO_DELAY);
  });

  it('lets time pass that is not sent', () => {
    const echo = new Echo(SILENCE);
    feed(echo, sound(1), 0);
    feed(echo, sound(2), 160);
    echo.skip(ECHO_DELAY + 160);
    expect(played(echo, 1)).toEqual(sound(2));
    echo.skip(1_000_000);
    expect(played(echo, 1)).toEqual(sound(SILENCE));
  });

  it('takes any packets in any order without giving back more than came', () => {
    const packet = fc.record({
      timestamp: fc.integer({ min: 0, max: 0xffffffff }),
      length: fc.nat(2_000),
      ticks: fc.nat(3),
    });
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 60 }), (packets) => {
        const echo = new Echo(SILENCE);
        let came = 0;
        let given = 0;
        for (const { timestamp, length, ticks } of packets) {
          feed(echo, sound(1, length), timestamp);
          came += length;
          given += played(echo, ticks).filter((octet) => octet === 1).length;
        }
        expect(given).toBeLessThanOrEqual(came);
      }),
    );
  });
});

describe('a loop', () => {
  it('begins again wherever a packet ends, and goes on after what was skipped', () => {
    const loop = new Loop(Uint8Array.of(1, 2, 3));
    const into = Buffer.alloc(7);
    loop.fill(into, 1, 5);
    expect([...into]).toEqual([0, 1, 2, 3, 1, 2, 0]);
    loop.skip(3_001);
    loop.fill(into, 0, 1);
    expect(into[0]).toBe(1);
  });
});

describe('the schedule', () => {
  const ticking = () => {
    const clock = new ManualClock(500);
    const ticks: (readonly [at: Instant, skipped: number])[] = [];
    const ticker = new Ticker(clock, (skipped, now) => ticks.push([now, skipped]));
    ticker.start();
    return { clock, ticks, ticker };
  };

  it('is each 20 ms from the start on, with one alarm', () => {
    const { clock, ticks, ticker } = ticking();
    clock.advance(60);
    expect(ticks).toEqual([500, 520, 540, 560].map((at) => [instant(at), 0]));
    ticker.start();
    expect(clock.armed).toBe(1);
    ticker.stop();
    expect(clock.armed).toBe(0);
  });

  it('keeps to its instants after a late alarm', () => {
    const { clock, ticks } = ticking();
    clock.advance(0);
    clock.standStill(33);
    clock.advance(27);
    expect(ticks.map(([at]) => at)).toEqual([500, 533, 540, 560]);
  });

  it('skips what a stall took, and makes no burst', () => {
    const { clock, ticks } = ticking();
    clock.advance(20);
    clock.standStill(1_010);
    clock.advance(0);
    expect(ticks.slice(2)).toEqual([[instant(1_530), 49]]);
    clock.advance(TICK);
    expect(ticks.at(-1)).toEqual([instant(1_540), 0]);
    expect(ticks).toHaveLength(4);
  });
});

describe('tones', () => {
  const DTMF = [697, 770, 852, 941, 1209, 1336, 1477, 1633];

  it('read a number as the pairs of its keys', () => {
    const samples = linear('PCMU', renderTones('PCMU', numberTones('50+1#')));
    const pairs: number[][] = [];
    for (let at = 400 * 8; at + 1_600 <= samples.length; at += 320 * 8) {
      const part = samples.slice(at, at + 1_600);
      const strong = DTMF.filter((frequency) => strengthOf(frequency, part) > 4_000);
      if (strong.length > 0) pairs.push(strong);
    }
    expect(pairs).toEqual([
      [770, 1336],
      [941, 1336],
      [697, 1209],
      [941, 1477],
    ]);
  });

  it('read an unknown number as one low tone, and of a long one a part', () => {
    const samples = linear('PCMA', renderTones('PCMA', numberTones('')));
    expect(strengthOf(425, samples.slice(3_200, 11_200))).toBeGreaterThan(7_000);
    expect(numberTones('1'.repeat(64))).toHaveLength(2 * 24 + 2);
  });

  it('are those of special information for emergency numbers', () => {
    const samples = linear('PCMU', renderEmergency('PCMU'));
    for (const [index, frequency] of [950, 1400, 1800].entries()) {
      const from = 3_200 + index * 2_640;
      expect(strengthOf(frequency, samples.slice(from, from + 2_640))).toBeGreaterThan(7_000);
    }
    expect(samples.slice(3_200 + 3 * 2_640).every((sample) => sample === 0)).toBe(true);
  });
});

describe('what a leg received', () => {
  const counting = () => {
    const reception = new Reception();
    const count = (sequence: number, { at = 0, timestamp = 0, ssrc = 1 } = {}): void =>
      reception.count(sequence & 0xffff, timestamp, ssrc, 160, true, at);
    return { reception, count };
  };

  it('is counted with what was lost, across the end of sequence numbers', () => {
    const { reception, count } = counting();
    for (const sequence of [65_533, 65_534, 65_536, 65_538, 65_537]) count(sequence);
    expect(reception).toMatchObject({ packets: 5, octets: 800, lost: 1 });
  });

  it('does not take another source or a jump for losses', () => {
    const { reception, count } = counting();
    for (const sequence of [10, 12, 40_000, 40_001]) count(sequence);
    count(7, { ssrc: 2 });
    count(9, { ssrc: 2 });
    expect(reception.lost).toBe(2);
  });

  it('has the jitter of RFC 3550', () => {
    const { reception, count } = counting();
    for (let index = 0; index < 400; index += 1)
      count(index, { at: index * 20 + (index % 2) * 10, timestamp: index * 160 });
    expect(reception.jitter).toBe(10);
  });

  it('is never less than nothing lost, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(0xffff), fc.nat(2)), { maxLength: 60 }), (packets) => {
        const { reception, count } = counting();
        for (const [sequence, ssrc] of packets) count(sequence, { ssrc });
        expect(reception.packets).toBe(packets.length);
        expect(reception.lost).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe('an address', () => {
  it.each([
    ['10.0.0.1', 16_384, undefined],
    ['127.0.0.1', 16_384, undefined],
    ['223.255.255.254', 1, undefined],
    ['0.0.0.0', 16_384, 'none'],
    ['0.1.2.3', 16_384, 'none'],
    ['10.0.0.1', 0, 'none'],
    ['10.0.0.1', 65_536, 'none'],
    ['10.0.0.1', 1.5, 'none'],
    ['phone.example', 16_384, 'none'],
    ['::1', 16_384, 'none'],
    ['255.255.255.255', 16_384, 'broadcast'],
    ['224.0.0.1', 16_384, 'multicast'],
    ['239.255.0.1', 16_384, 'multicast'],
    ['240.0.0.1', 16_384, 'reserved'],
  ])('%s port %d: %s', (address, port, fault) => {
    expect(addressFault({ address, port })).toBe(fault);
  });

  it('is of this machine if it is one of its own or a loopback one', () => {
    expect(isThisMachine('127.9.9.9', [])).toBe(true);
    expect(isThisMachine('10.0.0.1', ['10.0.0.1'])).toBe(true);
    expect(isThisMachine('10.0.0.2', ['10.0.0.1'])).toBe(false);
  });
});
