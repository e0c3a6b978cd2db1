// One check of a registration request: when it refuses, and what it compares.

import type { RegistrationPolicy } from './policy.js';
import type { RefusalReason } from './reasons.js';
import type { MutableRecord, RegistrationRequest } from './record.js';

/** What a check looks at. */
export interface Circumstances {
  readonly attempt: RegistrationRequest;
  readonly record: MutableRecord;
  readonly policy: RegistrationPolicy;
  /** Registrations at present. */
  readonly active: number;
}

/** A row of the checks: the reason of the refusal, and when it applies. */
export interface RegistrationCheck {
  readonly reason: RefusalReason;
  readonly applies: (circumstances: Circumstances) => boolean;
  /** What came, and what is configured in its place. */
  readonly given?: (circumstances: Circumstances) => string | number;
  readonly configured?: (circumstances: Circumstances) => string | number;
}
