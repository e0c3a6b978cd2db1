// A rule for faults as one types it: `sip drop message=REGISTER chance=0.3 for=1m`. The API says what is wrong with it.

const NUMBERS: ReadonlySet<string> = new Set(['oneIn', 'chance', 'skip', 'times', 'seed', 'octets', 'rate']);
const MAYBE_NUMBERS: ReadonlySet<string> = new Set(['value', 'reason']);
const SPREAD = /^(\S+?)(\.\.|\+-)(\S+)$/;

const delayOf = (written: string): string | object => {
  const [, one, sign, other] = SPREAD.exec(written) ?? [];
  if (one === undefined) return written;
  return sign === '..' ? { from: one, to: other } : { mean: one, deviation: other };
};

const valueFor = (key: string, written: string): unknown => {
  if (key === 'message') return written.split(',');
  if (key === 'delay') return delayOf(written);
  const isNumber = /^\d+(\.\d+)?$/.test(written);
  return isNumber && (NUMBERS.has(key) || MAYBE_NUMBERS.has(key)) ? Number(written) : written;
};

/** The rule that these words say: where, what, then its keys. */
export const ruleOfWords = (text: string): Readonly<Record<string, unknown>> => {
  const words = text.split(/\s+/).filter((word) => word !== '');
  const [where, fault] = words.filter((word) => !word.includes('='));
  const keys = words.flatMap((word): [string, unknown][] => {
    const at = word.indexOf('=');
    return at < 1 ? [] : [[word.slice(0, at), valueFor(word.slice(0, at), word.slice(at + 1))]];
  });
  return { where, fault, ...Object.fromEntries(keys) };
};
