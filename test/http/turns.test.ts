import { expect, it } from 'vitest';
import { type TurnLoop, Turns } from '../../src/http/api/turns.js';

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

/** A loop in virtual time: the API works two milliseconds in each turn, and others are busy for a part of the rest. */
class ManualLoop implements TurnLoop {
  readonly rests: number[] = [];
  readonly #soon: (() => void)[] = [];
  readonly #later: { readonly act: () => void; readonly delay: number }[] = [];
  readonly #busy: number;
  #now = 0;
  #idle = 0;

  constructor(busy: number) {
    this.#busy = busy;
  }

  readonly now = (): number => this.#now;
  readonly idle = (): number => this.#idle;
  readonly next = (act: () => void): void => void this.#soon.push(act);
  readonly later = (act: () => void, delay: number): void => void this.#later.push({ act, delay });

  work(span: number): void {
    this.#now += span;
  }

  run(): void {
    while (this.#soon.length > 0 || this.#later.length > 0) {
      for (const act of this.#soon.splice(0)) act();
      const timer = this.#soon.length === 0 ? this.#later.shift() : undefined;
      if (timer === undefined) continue;
      this.rests.push(timer.delay);
      this.#now += timer.delay;
      this.#idle += timer.delay * (1 - this.#busy);
      timer.act();
    }
  }
}

const turnsOf = (busy: number, count: number): { readonly done: number; readonly loop: ManualLoop } => {
  const loop = new ManualLoop(busy);
  const turns = new Turns(loop);
  let done = 0;
  for (let index = 0; index < count; index += 1)
    turns.add(() => {
      loop.work(2);
      done += 1;
    });
  loop.run();
  return { done, loop };
};

it('leaves three quarters of the time to others that are busy', () => {
  const { done, loop } = turnsOf(0.35, 100);
  expect(done).toBe(100);
  expect(loop.rests.every((rest) => rest === 6)).toBe(true);
  expect(loop.now()).toBe(100 * 2 + 99 * 6);
});

it('rests hardly where the loop idles', () => {
  const { done, loop } = turnsOf(0.02, 200);
  expect(done).toBe(200);
  expect(loop.now()).toBeLessThan(200 * 2 * 1.2);
});

it('owes parts of a millisecond until they are a whole one', () => {
  const loop = new ManualLoop(1);
  const turns = new Turns(loop);
  for (let index = 0; index < 9; index += 1) turns.add(() => loop.work(0.125));
  loop.run();
  expect(loop.rests).toEqual([1, 1, 1]); // 8 × 0.375
});

it('owes less after a pause in which nobody asked', () => {
  const loop = new ManualLoop(1);
  const turns = new Turns(loop);
  turns.add(() => loop.work(2));
  loop.run();
  loop.work(4);
  turns.add(() => loop.work(2));
  loop.run();
  loop.work(100);
  turns.add(() => loop.work(2));
  loop.run();
  expect(loop.rests).toEqual([2]); // of 6, after a pause of 4
});
