import { describe, expect, it } from 'vitest';
import { type Keeper, OctetBudget } from '../../src/core/octet-budget.js';

const gone: string[] = [];
const keeper = (name: string, source = 'a'): Keeper => ({ source, letGo: () => gone.push(name) });

describe('a budget of octets', () => {
  it('lets who has kept longest go where a source keeps more than its share, and nobody of another', () => {
    gone.length = 0;
    const budget = new OctetBudget({ perSource: 100, all: 1_000 });
    const [first, second, third, other] = [keeper('first'), keeper('second'), keeper('third'), keeper('other', 'b')];
    budget.keep(other, 100);
    budget.keep(first, 50);
    budget.keep(second, 50);
    expect(gone).toEqual([]);
    budget.keep(third, 20);
    expect(gone).toEqual(['first']);
    budget.keep(second, 81); // it has not begun anew by keeping more
    expect(gone).toEqual(['first', 'second']);
    expect(budget.octets).toBe(120);
  });

  it('lets the oldest of all go where all together keep too much', () => {
    gone.length = 0;
    const budget = new OctetBudget({ perSource: 100, all: 150 });
    budget.keep(keeper('a', 'a'), 80);
    budget.keep(keeper('b', 'b'), 60);
    budget.keep(keeper('c', 'c'), 70);
    expect(gone).toEqual(['a']);
    expect(budget.octets).toBe(130);
  });

  it('has room again when something is kept no more, and who comes back is the youngest', () => {
    gone.length = 0;
    const budget = new OctetBudget({ perSource: 100, all: 1_000 });
    const [first, second] = [keeper('first'), keeper('second')];
    budget.keep(first, 60);
    budget.keep(second, 40);
    budget.keep(first, 0);
    expect(budget.octets).toBe(40);
    budget.keep(first, 70);
    expect(gone).toEqual(['second']);
    budget.keep(first, 0);
    budget.keep(first, 0);
    expect(budget.octets).toBe(0);
  });

  it('lets one go that keeps too much by itself', () => {
    gone.length = 0;
    const budget = new OctetBudget({ perSource: 100, all: 1_000 });
    budget.keep(keeper('greedy'), 101);
    expect(gone).toEqual(['greedy']);
    expect(budget.octets).toBe(0);
  });
});
