import { expect, it } from 'vitest';
import { Turns } from '../../src/http/api/turns.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it('shares the turns of the event loop among lists, and does one thing in each', async () => {
  const turns = new Turns();
  const done: string[] = [];
  const list = (name: string, length: number): Promise<number[]> =>
    turns.map(
      Array.from({ length }, (_, index) => index),
      2,
      (index) => {
        done.push(`${name}${index}`);
        return index * 10;
      },
    );
  const [long, short] = [list('a', 6), list('b', 4)];
  const after: number[] = [];
  for (let count = 0; count < 3; count += 1) {
    await turn();
    after.push(done.length);
  }
  expect(done).toEqual(['a0', 'a1', 'b0', 'b1', 'a2', 'a3', 'b2', 'b3', 'a4', 'a5']);
  // The first ones of both are made as they are asked for, the others in one turn each.
  expect(after).toEqual([6, 8, 10]);
  expect([await long, await short]).toEqual([
    [0, 10, 20, 30, 40, 50],
    [0, 10, 20, 30],
  ]);
});

it('rejects with what went wrong, and goes on with what waits', async () => {
  const turns = new Turns();
  const failing = turns.map([1, 2, 3], 1, (item) => {
    if (item === 2) throw new Error('two');
    return item;
  });
  const other = turns.map([1, 2, 3], 1, (item) => item);
  await expect(failing).rejects.toThrow('two');
  expect(await other).toEqual([1, 2, 3]);
});
