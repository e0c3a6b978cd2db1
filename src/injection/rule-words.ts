// A rule for faults as one types it: `sip drop message=REGISTER chance=0.3 for=1m`. The command line and the page read it alike;
// the daemon says what is wrong with its keys. It runs in browsers, too, so it imports nothing.

/** Keys whose values are numbers. */
const NUMBERS: ReadonlySet<string> = new Set(['oneIn', 'chance', 'skip', 'times', 'seed', 'octets', 'rate']);
/** Keys whose values may be numbers. */
const MAYBE_NUMBERS: ReadonlySet<string> = new Set(['value', 'reason']);
const SPREAD = /^(\S+?)(\.\.|\+-)(\S+)$/;

/** What words say. */
export interface TypedRule {
  /** As `POST /api/faults` takes it, unchecked. */
  readonly rule: Readonly<Record<string, unknown>>;
  /** A word behind the two that say where and what, which means nothing; `undefined`: there is none. */
  readonly surplus: string | undefined;
}

/** `100ms..1s` and `200ms+-50ms`. */
const delayOf = (written: string): string | object => {
  const [, one, sign, other] = SPREAD.exec(written) ?? [];
  if (one === undefined) return written;
  return sign === '..' ? { from: one, to: other } : { mean: one, deviation: other };
};

const valueFor = (key: string, written: string): unknown => {
  if (key === 'message') return written.split(',');
  if (key === 'delay') return delayOf(written);
  const isNumber = /^\d+(\.\d+)?$/.test(written);
  if (isNumber && NUMBERS.has(key)) return Number(written);
  // A number that is dialled may begin with 0, or be longer than a number can be: it stays a text.
  if (isNumber && MAYBE_NUMBERS.has(key) && String(Number(written)) === written) return Number(written);
  return key === 'value' && written.includes(',') ? written.split(',') : written;
};

/** What is wanted where a word is surplus. */
export const RULE_FORM = 'where and fault, then keys of the rule as KEY=VALUE';

/** The rule that words say: where, what, then its keys as `KEY=VALUE`. */
export const ruleOfWords = (words: readonly string[]): TypedRule => {
  const isPair = (word: string): boolean => word.indexOf('=') > 0;
  const [where, fault, surplus] = words.filter((word) => !isPair(word));
  const keys = words.filter(isPair).map((word): [string, unknown] => {
    const at = word.indexOf('=');
    const key = word.slice(0, at);
    return [key, valueFor(key, word.slice(at + 1))];
  });
  const rule = {
    ...(where === undefined ? {} : { where }),
    ...(fault === undefined ? {} : { fault }),
    ...Object.fromEntries(keys),
  };
  return { rule, surplus };
};
