// The numbers at which parked calls stand.

/** The most numbers of a range. */
const MOST_SLOTS = 1_000;

/** The numbers of a range such as `*60-*69`, both ends included. `undefined`: it is no range of numbers. */
export const slotsOf = (range: string): readonly string[] | undefined => {
  const [, first = '', last = ''] = /^([0-9A-D*#+]{1,24})-([0-9A-D*#+]{1,24})$/.exec(range) ?? [];
  const head = first.replace(/\d+$/, '');
  if (first === '' || first.length !== last.length || !last.startsWith(head)) return undefined;
  const [from, to] = [first, last].map((text) => text.slice(head.length)) as [string, string];
  if (!/^\d{1,8}$/.test(from) || !/^\d{1,8}$/.test(to) || Number(to) < Number(from)) return undefined;
  const count = Number(to) - Number(from) + 1;
  if (count > MOST_SLOTS) return undefined;
  return Array.from({ length: count }, (_, index) => head + String(Number(from) + index).padStart(from.length, '0'));
};
