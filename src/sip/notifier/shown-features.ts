// What a phone shows of where its lines forward and of do not disturb, and how that differs from what was set
// (`sip.md` §10.2).

import type { ConfiguredDevice } from '../../devices/index.js';

/** A line that forwards all calls. */
export interface ShownForward {
  /** The number of its button, from 1. */
  readonly line: number;
  /** Empty: it does not forward. */
  readonly number: string;
  readonly isVoicemail: boolean;
}

/** What decides what a phone shows. */
export type FeatureSource = Pick<ConfiguredDevice, 'lines' | 'doNotDisturb'>;

/** A phone that nothing was told. */
export const NOTHING_SET: FeatureSource = { lines: [], doNotDisturb: undefined };

/** The lines that forward otherwise than before. */
export const changedForwards = (before: FeatureSource, after: FeatureSource): readonly ShownForward[] =>
  after.lines.flatMap(({ forward, voicemail }, index) => {
    const number = forward.all ?? '';
    if (number === (before.lines[index]?.forward.all ?? '')) return [];
    return [{ line: index + 1, number, isVoicemail: number !== '' && number === voicemail }];
  });
