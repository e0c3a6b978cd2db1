import { describe, expect, it } from 'vitest';
import { type Aged, AgeList } from '../../src/core/age-list.js';

interface Item extends Aged<Item> {
  readonly name: string;
}
const item = (name: string): Item => ({ name, older: undefined, newer: undefined });
const drained = (list: AgeList<Item>): string => {
  let names = '';
  for (let { oldest } = list; oldest !== undefined; { oldest } = list) {
    names += oldest.name;
    list.remove(oldest);
  }
  return names;
};

describe('a list by age', () => {
  it.each([
    ['', 'abcd'],
    ['a', 'bcd'],
    ['d', 'abc'],
    ['bc', 'ad'],
    ['adbc', ''],
  ])('keeps the order of those who stay when %j leave', (leavers, rest) => {
    const list = new AgeList<Item>();
    const items = [...'abcd'].map(item);
    for (const each of items) list.add(each);
    for (const name of leavers) list.remove(items.find((each) => each.name === name) ?? item(''));
    expect(list.size).toBe(rest.length);
    expect(drained(list)).toBe(rest);
    expect([list.size, list.oldest]).toEqual([0, undefined]);
  });

  it('takes one again as its newest', () => {
    const list = new AgeList<Item>();
    const [a, b] = [item('a'), item('b')];
    for (const each of [a, b]) list.add(each);
    list.remove(a);
    list.add(a);
    expect(drained(list)).toBe('ba');
  });
});
