// Patterns: every token of the syntax, what is no pattern, which pattern is closest.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareSpecificity, matchPattern, type Pattern, parsePattern } from '../../src/calls/index.js';

const pattern = (text: string): Pattern => {
  const parsed = parsePattern(text);
  if (typeof parsed === 'string') throw new Error(parsed);
  return parsed;
};
const match = (text: string, dialled: string): string => {
  const { matches, canGrow } = matchPattern(pattern(text), dialled);
  return `${matches ? 'match' : 'no'}${canGrow ? ' grow' : ''}`;
};

describe('a pattern', () => {
  it.each([
    ['1234', '1234', 'match'],
    ['1234', '12', 'no grow'],
    ['1234', '13', 'no'],
    ['12XX', '1299', 'match'],
    ['12XX', '129*', 'no'],
    ['9.1XX', '9155', 'match'],
    ['[2-4]0', '30', 'match'],
    ['[2-4]0', '50', 'no'],
    ['[^2-4]0', '50', 'match'],
    ['[^2-4]0', '30', 'no'],
    ['[^2-4]0', '*0', 'no'],
    ['[135]', '3', 'match'],
    ['9!', '9', 'no grow'],
    ['9!', '91', 'match grow'],
    ['9!', '9123', 'match grow'],
    ['9!#', '9123#', 'match'],
    ['9!#', '9123', 'no grow'],
    ['10?', '1', 'match grow'],
    ['10?', '100', 'match grow'],
    ['10+', '1', 'no grow'],
    ['10+', '100', 'match grow'],
    ['\\+49X', '+491', 'match'],
    ['*41', '*41', 'match'],
    ['a1', 'A1', 'match'],
    ['12', '123', 'no'],
  ])('%s against %s: %s', (text, dialled, expected) => {
    expect(match(text, dialled)).toBe(expected);
  });

  it.each(['', '.', '@', '9@', '?', '+1', '[', '[]', '[a]', '[5-2]', '[^0-9]', '1 2', '(1)', '\\x'])(
    'refuses %j with a sentence',
    (text) => {
      expect(typeof parsePattern(text)).toBe('string');
    },
  );

  it('says more of a number where it takes fewer', () => {
    const order = ['123', '12[34]', '12X', '12!', '1XX', 'XXX', '!'];
    const shuffled = [...order].reverse().map(pattern).sort(compareSpecificity);
    expect(shuffled.map(({ text }) => text)).toEqual(order);
  });

  it('agrees with the regular expression of the same meaning', () => {
    const item = fc.constantFrom('1', '2', '*', 'X', '[12]', '[^1]', '!', '1?', '2+');
    const dialled = fc.array(fc.constantFrom('1', '2', '3', '*'), { maxLength: 6 }).map((digits) => digits.join(''));
    fc.assert(
      fc.property(fc.array(item, { minLength: 1, maxLength: 5 }), dialled, (items, text) => {
        const source = items
          .map((one) =>
            one.replace('X', '[0-9]').replace('[^1]', '[02-9]').replace('!', '[0-9]+').replace(/^\*$/, '\\*'),
          )
          .map((one) => one.replace(/^1\?$/, '1*'))
          .join('');
        const found = matchPattern(pattern(items.join('')), text);
        expect(found.matches).toBe(new RegExp(`^${source}$`).test(text));
        if (found.matches || found.canGrow) {
          // Every beginning of what matches could grow.
          for (let length = 0; length < text.length; length += 1)
            expect(matchPattern(pattern(items.join('')), text.slice(0, length)).canGrow).toBe(true);
        }
      }),
    );
  });
});
