// A range of counts, as the files of expectations and of drills write it: `2`, `>= 2`, `<= 5`, `2-5`.

/** Both bounds are included. */
export interface CountRange {
  readonly least: number;
  readonly most: number;
  /** As it was written. */
  readonly text: string;
}

const PATTERN = /^(?:(>=|<=|>|<|=)?\s*(\d{1,9})|(\d{1,9})-(\d{1,9}))$/;

/** `undefined` if the value is not a range. */
export const parseCountRange = (value: unknown): CountRange | undefined => {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const text = String(value).trim();
  const [, relation = '=', written, first, last] = PATTERN.exec(text) ?? [];
  if (first !== undefined && last !== undefined)
    return Number(first) <= Number(last) ? { least: Number(first), most: Number(last), text } : undefined;
  if (written === undefined) return undefined;
  const count = Number(written);
  const least = { '=': count, '>=': count, '>': count + 1 }[relation] ?? 0;
  const most = { '=': count, '<=': count, '<': count - 1 }[relation] ?? Number.POSITIVE_INFINITY;
  return { least, most, text };
};

/** Whether `count` is in the range. */
export const isIn = (count: number, { least, most }: CountRange): boolean => count >= least && count <= most;
