// The events of the explaining.

import type { Instant } from '../core/time.js';

/**
 * The verdict of a device appeared, changed or went; or that of a phone that nobody configured. Of the latter at most
 * 100 are told in ten minutes.
 */
export interface VerdictChanged {
  readonly type: 'device.verdict';
  readonly at: Instant;
  /** Its name; of a phone that nobody configured its name, else its hardware address, else its address. */
  readonly device: string;
  readonly configured: boolean;
  /** The code of the cause (`docs/causes.md`). Absent: nothing is wrong any more. */
  readonly code: string | undefined;
  readonly severity: 'blocking' | 'degraded' | 'attention' | undefined;
  readonly confidence: 'certain' | 'likely' | 'possible' | undefined;
  /** One sentence about the phone; empty where nothing is wrong and nothing was mended. */
  readonly sentence: string;
  /** The code of a cause that was mended; the phone has not tried again since. */
  readonly mended: string | undefined;
  /** The code before. */
  readonly before: string | undefined;
}

/** The events of the explaining. */
export type ExplainEvent = VerdictChanged;
