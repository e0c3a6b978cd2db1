// The devices of each number, against a model of them: whatever is told in whatever order.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { NumberIndex } from '../../src/cluster/number-index.js';

const DEVICES = ['A', 'B', 'C'];
const NUMBERS = ['1', '2', '3', '4'];

it('has the numbers that were told last of each device, and no others', () => {
  const told = fc.record({
    device: fc.constantFrom(...DEVICES),
    lines: fc.option(fc.subarray(NUMBERS), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(told, { maxLength: 40 }), (all) => {
      const index = new NumberIndex();
      const model = new Map<string, readonly string[]>();
      for (const { device, lines } of all) {
        const before = model.get(device) ?? [];
        model.set(device, lines ?? []);
        const changed = index.update(device, lines === undefined ? undefined : { lines });
        expect([...changed].sort()).toEqual([...new Set([...before, ...(lines ?? [])])].sort());
      }
      for (const dn of NUMBERS) {
        const devices = DEVICES.filter((device) => model.get(device)?.includes(dn) === true);
        expect([...index.devicesOf(dn)].sort()).toEqual(devices);
        expect(index.has(dn)).toBe(devices.length > 0);
      }
      expect([...index.numbers()].sort()).toEqual(NUMBERS.filter((dn) => index.has(dn)));
      for (const device of DEVICES) expect([...index.linesOf(device)]).toEqual([...(model.get(device) ?? [])]);
    }),
  );
});
