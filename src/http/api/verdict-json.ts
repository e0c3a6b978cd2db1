// Verdicts in the shapes of the API (`shapes.ts`).

import type { WallClock } from '../../core/time.js';
import { isoOrNull, isoTime } from './common-json.js';
import type { ApiVerdict } from './explain-ports.js';
import { findingJson, findingOrNull } from './finding-json.js';
import type { VerdictJson } from './verdict-shapes.js';

/** What is concluded about a phone. */
export const verdictJson = (clock: WallClock, about: ApiVerdict): VerdictJson => ({
  device: about.name,
  configured: !about.isUnknown,
  registered: about.isRegistered,
  boot: { ...about.boot, began: isoOrNull(clock, about.boot.began) },
  waitsFor: about.waitsFor ?? null,
  usualTime: about.usualTime ?? null,
  slow: about.isSlow,
  verdict: findingOrNull(clock, about.verdict),
  mended: about.mended === undefined ? null : { ...about.mended, since: isoTime(clock, about.mended.since) },
  alike: about.alike,
  others: about.others.map((finding) => findingJson(clock, finding)),
  harmless: about.harmless,
});
