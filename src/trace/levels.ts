// CUCM's trace levels, the most important first.

interface LevelRow {
  readonly rank: number;
  /** As `<LVL::…>` spells it. */
  readonly label: string;
}

/** The levels by their names in the configuration. */
export const LEVELS = {
  error: { rank: 0, label: 'Error' },
  special: { rank: 1, label: 'Special' },
  'state-transition': { rank: 2, label: 'State Transition' },
  significant: { rank: 3, label: 'Significant' },
  'entry-exit': { rank: 4, label: 'Entry/exit' },
  arbitrary: { rank: 5, label: 'Arbitrary' },
  detailed: { rank: 6, label: 'Detailed' },
} as const satisfies Record<string, LevelRow>;

/** The name of a level in the configuration. */
export type Level = keyof typeof LEVELS;

/** Whether lines of `level` are written if the configured level is `threshold`. */
export const isTraced = (level: Level, threshold: Level): boolean => LEVELS[level].rank <= LEVELS[threshold].rank;
