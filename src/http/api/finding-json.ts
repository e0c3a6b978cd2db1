// A cause that fits a phone, in the shape of the API (`shapes.ts`).

import type { WallClock } from '../../core/time.js';
import { isoTime } from './common-json.js';
import type { ApiFinding } from './explain-ports.js';
import type { FindingJson } from './verdict-shapes.js';

/** A cause that fits a phone. */
export const findingJson = (
  clock: WallClock,
  { code, severity, confidence, since, sentence, values, evidence, remedy }: ApiFinding,
): FindingJson => ({
  code,
  severity,
  confidence,
  since: isoTime(clock, since),
  sentence,
  values,
  evidence: evidence.map(({ at, type, text }) => ({ at: isoTime(clock, at), type, text })),
  remedy,
  doc: `causes.md#${code.replaceAll('.', '')}`,
});

/** The same; `null`: there is none. */
export const findingOrNull = (clock: WallClock, finding: ApiFinding | undefined): FindingJson | null =>
  finding === undefined ? null : findingJson(clock, finding);
