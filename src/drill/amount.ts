// An amount of phones, as a drill expects it: a count, a range of counts, a share of all, `all` or `none`.

import { field } from '../config/fields.js';
import { FORM } from '../config/forms.js';
import { type CountRange, isIn, parseCountRange } from '../core/count-range.js';

/** An amount, as it was written, and the test for it. */
export interface Amount {
  readonly text: string;
  /** Whether `count` of `all` phones is such an amount. */
  readonly holds: (count: number, all: number) => boolean;
}

const WHOLE: ReadonlyMap<string, (count: number, all: number) => boolean> = new Map([
  ['all', (count: number, all: number) => count === all],
  ['none', (count: number) => count === 0],
]);

/** Reads `200`, `>= 190`, `10-20`, `95%`, `>= 95 %`, `all` or `none`. `undefined`: the value is no such thing. */
export const parseAmount = (value: unknown): Amount | undefined => {
  const text = String(value ?? '').trim();
  const whole = WHOLE.get(text);
  if (whole !== undefined) return { text, holds: whole };
  const [, relation = '', percent] = /^(>=|<=|>|<|=)?\s*(\d{1,3}(?:\.\d{1,3})?)\s*%$/.exec(text) ?? [];
  if (percent !== undefined) return Number(percent) > 100 ? undefined : shareOf(text, relation, Number(percent) / 100);
  const range = parseCountRange(value);
  return range === undefined ? undefined : { text, holds: (count) => isIn(count, range) };
};

const shareOf = (text: string, relation: string, share: number): Amount => ({
  text,
  holds: (count, all) => {
    const exact = share * all;
    if (relation === '>=') return count >= exact;
    if (relation === '<=') return count <= exact;
    if (relation === '>') return count > exact;
    if (relation === '<') return count < exact;
    // No phone can be split.
    return Math.abs(count - exact) < 1;
  },
});

/** The kind of value in a file. */
export const amount = () =>
  field<Amount, string | number>(
    'an amount of phones such as 200, ">= 190", "95%", ">= 95%", all or none',
    FORM.text,
    parseAmount,
  );

/** A range of counts in a file. */
export const counts = () =>
  field<CountRange, string | number>('a number such as 2, ">= 2", "<= 5" or "2-5"', FORM.text, parseCountRange);
