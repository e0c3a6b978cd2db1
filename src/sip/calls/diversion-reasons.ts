// Why a call was redirected, in the words of Diversion and in CUCM's numbers.

import type { RedirectReason } from '../../calls/index.js';

/** What labcm writes (RFC 5806 §4.1). */
export const DIVERSION_WORDS: ReadonlyMap<RedirectReason, string> = new Map([
  [1, 'user-busy'],
  [2, 'no-answer'],
  [15, 'unconditional'],
  [50, 'deflection'],
]);

const UNCONDITIONAL = 15;
const REASONS: ReadonlyMap<string, RedirectReason> = new Map([
  ...[...DIVERSION_WORDS].map(([reason, word]) => [word, reason] as const),
  ['unavailable', 2],
]);

/** The number of a word, in any case; a word without one counts as unconditional. */
export const redirectReasonOf = (word: string): RedirectReason => REASONS.get(word.toLowerCase()) ?? UNCONDITIONAL;
