// What a bench tells: rows of one table, and how the table is printed.

export interface Row {
  readonly name: string;
  /** Ours and the peer's medians with their unit, e.g. `12,300 files/s`. */
  readonly ours: string;
  readonly peer: string;
  /** Ours to theirs, as the aim has it. */
  readonly ratio: number | undefined;
  /** E.g. `≥ 5`. */
  readonly aim: string;
  /** `undefined`: for information. */
  readonly met: boolean | undefined;
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
};

/** Median and spread, e.g. `12,300 (11,900–12,800)`. */
export const spread = (values: readonly number[], digits = 0): string => {
  const shown = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: digits });
  return `${shown(median(values))} (${shown(Math.min(...values))}–${shown(Math.max(...values))})`;
};

/** A row whose aim is `atLeast` times the peer. `higherIsBetter: false` for costs and times, where the aim is at most. */
export const compared = (
  name: string,
  unit: string,
  ours: readonly number[],
  peer: readonly number[],
  aim: { readonly atLeast: number } | { readonly atMost: number } | undefined,
  digits = 0,
): Row => {
  const ratio = median(ours) / median(peer);
  return {
    name,
    ours: `${spread(ours, digits)} ${unit}`,
    peer: `${spread(peer, digits)} ${unit}`,
    ratio,
    aim: aim === undefined ? '' : 'atLeast' in aim ? `≥ ${aim.atLeast}` : `≤ ${aim.atMost}`,
    met: aim === undefined ? undefined : 'atLeast' in aim ? ratio >= aim.atLeast : ratio <= aim.atMost,
  };
};

/**
 * A row of pairs, each taken within the same minute: the ratio is the median of the pairs' ratios, whose spread stands in the
 * name.
 */
export const paired = (
  name: string,
  unit: string,
  ours: readonly number[],
  peer: readonly number[],
  atMost: number | undefined,
  digits = 0,
): Row => {
  const ratios = ours.map((value, index) => value / (peer[index] ?? Number.NaN));
  const ratio = median(ratios);
  return {
    name: `${name}, ${ratios.length} pairs (ratio ${spread(ratios, 2)})`,
    ours: `${spread(ours, digits)} ${unit}`,
    peer: `${spread(peer, digits)} ${unit}`,
    ratio,
    aim: atMost === undefined ? '' : `≤ ${atMost}`,
    met: atMost === undefined ? undefined : ratio <= atMost,
  };
};

/** A row without a peer. `met` left out: for information. */
export const fact = (name: string, ours: string, aim = '', met?: boolean): Row => ({
  name,
  ours,
  peer: '',
  ratio: undefined,
  aim,
  met,
});

export const markdown = (rows: readonly Row[]): string =>
  [
    '| what | ours | peer | ratio | aim | met |',
    '|---|---|---|---|---|---|',
    ...rows.map(
      ({ name, ours, peer, ratio, aim, met }) =>
        `| ${name} | ${ours} | ${peer} | ${ratio?.toFixed(2) ?? ''} | ${aim} | ${met === undefined ? '' : met ? 'yes' : 'no'} |`,
    ),
  ].join('\n');
