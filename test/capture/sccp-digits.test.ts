// What is dialled during a call is masked, in a capture and on a tape, by one rule.

import { describe, expect, it } from 'vitest';
import { SccpDigits, type SccpSender } from '../../src/capture/sccp-digits.js';

type Said = readonly [sender: SccpSender, octets: Buffer];

const frame = (id: number, ...values: readonly number[]): Buffer => {
  const octets = Buffer.alloc(12 + 4 * values.length);
  octets.writeUInt32LE(octets.length - 8, 0);
  octets.writeUInt32LE(id, 8);
  for (const [index, value] of values.entries()) octets.writeUInt32LE(value, 12 + 4 * index);
  return octets;
};
const REGISTER: Said = ['phone', frame(0x0001, 0, 0, 0)];
const state = (value: number, call: number): Said => ['server', frame(0x0111, value, 1, call)];
const button = (digit: number, ...rest: readonly number[]): Said => ['phone', frame(0x0003, digit, ...rest)];
const [OFF_HOOK, ON_HOOK, CONNECTED, HOLD] = [1, 2, 5, 8];
const DIALLED = [REGISTER, state(OFF_HOOK, 7), button(5, 1, 7)];

/** The digits that are left, `x` for one that was masked. */
const left = (said: readonly Said[], size: number): string => {
  const digits = new SccpDigits();
  return said
    .map(([sender, octets]) => {
      const copy = Buffer.from(octets);
      for (let at = 0; at < copy.length; at += size) digits.mask(copy.subarray(at, at + size), sender);
      expect(copy.length).toBe(octets.length);
      return copy.readUInt32LE(8) !== 3 ? '' : copy.readUInt32LE(12) === 0x78 ? 'x' : String(copy.readUInt32LE(12));
    })
    .join('');
};

describe('what is dialled', () => {
  it.each([
    ['before the call is connected stays', DIALLED, '5'],
    ['during the call is masked', [...DIALLED, state(CONNECTED, 7), button(1, 1, 7), button(2, 1, 7)], '5xx'],
    ['by a phone that names no call is masked, too', [...DIALLED, state(CONNECTED, 7), button(1)], '5x'],
    [
      'for a second call stays',
      [...DIALLED, state(CONNECTED, 7), state(HOLD, 7), state(OFF_HOOK, 8), button(4, 1, 8)],
      '54',
    ],
    ['after the call stays', [...DIALLED, state(CONNECTED, 7), state(ON_HOOK, 7), button(4)], '54'],
    ['is masked where nobody heard how the call stands', [button(1, 1, 7), button(2)], 'xx'],
    ['stays where the call has begun since', [state(OFF_HOOK, 9), button(3, 1, 9)], '3'],
  ] as const)('%s, in pieces of any size', (_what, said, expected) => {
    for (const size of [24, 25, 1_000, 23, 16, 13, 12, 7, 4, 3, 1])
      expect(left(said, size).length, `${size}`).toBe(expected.length);
    expect(left(said, 1_000)).toBe(expected);
    // Where a digit comes before the call that it is of, every call counts.
    for (const size of [1, 13, 16]) expect(left(said, size)).toBe(expected);
  });

  it('is masked after a gap', () => {
    const digits = new SccpDigits();
    for (const [sender, octets] of DIALLED) digits.mask(Buffer.from(octets), sender);
    const [, octets] = button(5, 1, 7);
    digits.mask(octets, 'phone', true);
    expect(octets.readUInt32LE(12)).toBe(0x78);
  });

  it('in several messages of one piece is masked each', () => {
    const digits = new SccpDigits();
    for (const [sender, octets] of [...DIALLED, state(CONNECTED, 7)]) digits.mask(Buffer.from(octets), sender);
    const all = Buffer.concat([button(1, 1, 7)[1], button(2, 1, 7)[1]]);
    digits.mask(all, 'phone');
    expect([all.readUInt32LE(12), all.readUInt32LE(36)]).toEqual([0x78, 0x78]);
  });

  it('of octets that are no SCCP is what it was', () => {
    const octets = Buffer.from('GET / HTTP/1.1\r\n\r\n');
    new SccpDigits().mask(octets, 'phone');
    expect(octets.toString()).toBe('GET / HTTP/1.1\r\n\r\n');
  });
});
