// Lines two sequences up, so that as few as possible of their items have no counterpart.

/** An item of one sequence or of both, by its place. */
export interface AlignedPair {
  /** `undefined`: only the other has it. */
  readonly left: number | undefined;
  readonly right: number | undefined;
}

/** Longer middles are lined up by the count of each key alone: a table of them would not fit. */
const MOST_CELLS = 16_000_000;

/** Lines up by equal keys, in their order (a longest common subsequence). */
export const align = (left: readonly string[], right: readonly string[]): readonly AlignedPair[] => {
  let head = 0;
  while (head < left.length && head < right.length && left[head] === right[head]) head += 1;
  let tail = 0;
  while (
    tail < left.length - head &&
    tail < right.length - head &&
    left[left.length - 1 - tail] === right[right.length - 1 - tail]
  )
    tail += 1;
  const pairs: AlignedPair[] = [];
  for (let at = 0; at < head; at += 1) pairs.push({ left: at, right: at });
  // One by one: a call with a hundred thousand arguments overflows the stack.
  for (const pair of middle(left.slice(head, left.length - tail), right.slice(head, right.length - tail), head))
    pairs.push(pair);
  for (let at = tail; at > 0; at -= 1) pairs.push({ left: left.length - at, right: right.length - at });
  return pairs;
};

const middle = (left: readonly string[], right: readonly string[], offset: number): readonly AlignedPair[] =>
  left.length * right.length > MOST_CELLS ? byCount(left, right, offset) : bySequence(left, right, offset);

const bySequence = (left: readonly string[], right: readonly string[], offset: number): readonly AlignedPair[] => {
  const width = right.length + 1;
  /** How many match from here to the ends. */
  const matches = new Uint32Array((left.length + 1) * width);
  const cell = (row: number, column: number): number => matches[row * width + column] ?? 0;
  for (let row = left.length - 1; row >= 0; row -= 1)
    for (let column = right.length - 1; column >= 0; column -= 1)
      matches[row * width + column] =
        left[row] === right[column]
          ? cell(row + 1, column + 1) + 1
          : Math.max(cell(row + 1, column), cell(row, column + 1));
  const pairs: AlignedPair[] = [];
  let row = 0;
  let column = 0;
  while (row < left.length || column < right.length) {
    const [hasLeft, hasRight] = [row < left.length, column < right.length];
    if (hasLeft && hasRight && left[row] === right[column]) {
      pairs.push({ left: offset + row, right: offset + column });
      row += 1;
      column += 1;
    } else if (hasLeft && (!hasRight || cell(row + 1, column) >= cell(row, column + 1))) {
      pairs.push({ left: offset + row, right: undefined });
      row += 1;
    } else {
      pairs.push({ left: undefined, right: offset + column });
      column += 1;
    }
  }
  return pairs;
};

const byCount = (left: readonly string[], right: readonly string[], offset: number): readonly AlignedPair[] => {
  /** By key: its places on the right, and how many of them have their counterpart. */
  const places = new Map<string, { readonly all: number[]; paired: number }>();
  for (const [index, key] of right.entries()) {
    const known = places.get(key);
    if (known === undefined) places.set(key, { all: [index], paired: 0 });
    else known.all.push(index);
  }
  const pairs: AlignedPair[] = left.map((key, index) => {
    const known = places.get(key);
    const place = known?.all[known.paired];
    if (known !== undefined && place !== undefined) known.paired += 1;
    return { left: offset + index, right: place === undefined ? undefined : offset + place };
  });
  const rest = [...places.values()].flatMap(({ all, paired }) => all.slice(paired)).sort((a, b) => a - b);
  for (const place of rest) pairs.push({ left: undefined, right: offset + place });
  return pairs;
};
