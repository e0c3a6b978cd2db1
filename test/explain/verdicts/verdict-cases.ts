// What a test of one row of the table of causes is made of.

import type { WrittenConfig } from '../../../src/config/index.js';
import type { LabOptions, VerdictLab } from './verdict-lab.js';

/** One way in which a cause comes about. */
export interface VerdictCase {
  readonly code: string;
  /** What is special, where a code has several cases. */
  readonly title?: string;
  /** Laid over `LAB`. */
  readonly config?: WrittenConfig;
  readonly options?: LabOptions;
  /** What is heard. Time that must pass passes here, too. */
  readonly arrange: (lab: VerdictLab) => void | Promise<void>;
  /** Whom it is about; absent: `PHONE`. */
  readonly who?: string;
  /** The whole sentence. */
  readonly sentence: string;
  /** A part of a step of the remedy. */
  readonly remedy: string;
  /** Ends the cause; absent: the phone registers. */
  readonly mend?: (lab: VerdictLab) => void | Promise<void>;
  /** Why nothing ends it while the test looks. */
  readonly lasts?: string;
  /** It holds for the daemon itself: it is asked of that. */
  readonly ofDaemon?: true;
  /** It is found when somebody asks, and is no event. */
  readonly silent?: true;
}
