// Repeatable randomness: the same seed gives the same run.

import type { Random } from '../../src/net/ports.js';

export const seededRandom = (seed: number): Random => {
  let state = seed >>> 0 || 1;
  return {
    below: (limit) => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      state >>>= 0;
      return state % limit;
    },
  };
};

/** `bytes` with one to four mutations: flipped bits, set octets, cuts, insertions, doubled stretches. */
export const mutated = (bytes: Buffer, random: Random): Buffer => {
  let result = Buffer.from(bytes);
  for (let count = 1 + random.below(4); count > 0; count -= 1) {
    const at = random.below(result.length + 1);
    switch (random.below(6)) {
      case 0:
        if (at < result.length) result[at] = (result[at] ?? 0) ^ (1 << random.below(8));
        break;
      case 1:
        if (at < result.length) result[at] = [0, 1, 0x7f, 0x80, 0xff, 0x0d, 0x0a, 0x20][random.below(8)] ?? 0;
        break;
      case 2:
        result = result.subarray(0, at);
        break;
      case 3:
        result = Buffer.concat([result.subarray(0, at), Buffer.from([random.below(256)]), result.subarray(at)]);
        break;
      case 4:
        result = Buffer.concat([result.subarray(0, at), result.subarray(Math.max(0, at - random.below(16)))]);
        break;
      default:
        result = Buffer.concat([result.subarray(0, at), result.subarray(at + random.below(8))]);
    }
  }
  return result;
};
