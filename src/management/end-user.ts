import type { DeviceName } from '../core/identifiers.js';

/** An end user of the configuration. Over UDS he signs in with a password of his own, and sees himself alone. */
export interface EndUser {
  /** What he signs in with. Upper and lower case are the same. */
  readonly id: string;
  readonly password: string;
  readonly first: string;
  readonly last: string;
  readonly email: string;
  readonly devices: readonly DeviceName[];
}
