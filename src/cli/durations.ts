// Options whose value is a duration.

import { type Duration, parseDuration } from '../core/time.js';
import { OptionFailure } from './failure.js';

/** Reads `500ms`, `30s`, `2m` or `1h` for the option `name`. Throws an `OptionFailure`. */
export const duration =
  (name: string) =>
  (written: string | undefined): Duration | undefined => {
    if (written === undefined) return undefined;
    const parsed = parseDuration(written);
    if (parsed === undefined) throw new OptionFailure(`--${name}`, written, 'a duration such as 30s or 2m');
    return parsed;
  };
