// CUCM's trace levels, most important first: what an owner chooses, and what a line's tail says of it.

interface LevelRow {
  readonly rank: number;
  /** As `<LVL::…>` spells it. */
  readonly words: string;
}

export const LEVELS = {
  error: { rank: 0, words: 'Error' },
  special: { rank: 1, words: 'Special' },
  'state-transition': { rank: 2, words: 'State Transition' },
  significant: { rank: 3, words: 'Significant' },
  'entry-exit': { rank: 4, words: 'Entry/exit' },
  arbitrary: { rank: 5, words: 'Arbitrary' },
  detailed: { rank: 6, words: 'Detailed' },
} as const satisfies Record<string, LevelRow>;

export type Level = keyof typeof LEVELS;

/** Whether lines of `level` are written where the owner asked for `threshold`. */
export const isTold = (level: Level, threshold: Level): boolean => LEVELS[level].rank <= LEVELS[threshold].rank;
