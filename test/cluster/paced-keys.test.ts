// The pace of writes where what is done about a key touches it again, and where the engine does not answer. What writers do with
// it `paced-writer.test.ts` and `shared-bucket.test.ts` show.

import { describe, expect, test } from 'vitest';
import { type KeyOutcome, PacedKeys } from '../../src/cluster/paced-keys.js';
import { milliseconds } from '../../src/core/time.js';
import { ManualClock } from '../support/manual-clock.js';
import { pass, settle } from '../support/virtual-time.js';

const rig = (work: (key: string, keys: PacedKeys) => Promise<KeyOutcome> | undefined, gather?: number) => {
  const clock = new ManualClock();
  const worked: string[] = [];
  const keys: PacedKeys = new PacedKeys({
    clock,
    ...(gather === undefined ? {} : { gather: milliseconds(gather) }),
    work: (key) => {
      worked.push(key);
      return work(key, keys);
    },
  });
  return { clock, keys, worked };
};

describe('the pace of writes', () => {
  test('a key that is touched while it is worked at is never under way twice', async () => {
    let underWay = 0;
    let most = 0;
    let touches = 3;
    const { keys, worked } = rig(async (key, self): Promise<KeyOutcome> => {
      underWay += 1;
      most = Math.max(most, underWay);
      if (touches-- > 0) self.touch(key);
      await Promise.resolve();
      underWay -= 1;
      return 'settled';
    });
    keys.resume();
    keys.touch('a');
    await settle();
    expect([worked, most, keys.size]).toEqual([['a', 'a', 'a', 'a'], 1, 0]);
  });

  test('a key of which nothing is to be done is looked at again where that has touched it', () => {
    let touches = 2;
    const { keys, worked } = rig((key, self) => {
      if (touches-- > 0) self.touch(key);
      return undefined;
    });
    keys.resume();
    keys.touch('a');
    expect([worked, keys.size]).toEqual([['a', 'a', 'a'], 0]);
  });

  test('what was overtaken goes at once, what was not answered after a pause, and others wait for that', async () => {
    const outcomes: KeyOutcome[] = ['overtaken', 'unanswered', 'settled', 'settled'];
    const { clock, keys, worked } = rig(async () => outcomes.shift() ?? 'settled');
    keys.resume();
    keys.touch('a');
    await settle();
    keys.touch('b');
    await settle();
    expect([worked, keys.size]).toEqual([['a', 'a'], 2]);
    await pass(clock, 100);
    expect([worked.slice(2).sort(), keys.size]).toEqual([['a', 'b'], 0]);
  });

  test('after its end nothing is begun', async () => {
    const { clock, keys, worked } = rig(() => Promise.resolve('unanswered'), 20);
    keys.resume();
    keys.touch('a');
    keys.close();
    await pass(clock, 10_000);
    keys.resume();
    keys.touch('b');
    expect([worked, clock.armed]).toEqual([['a'], 0]);
  });
});
