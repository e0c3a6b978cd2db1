// The table of causes, in the order of the stages, and what is harmless.

import type { CauseRow } from '../verdict.js';
import { callCauses } from './calls.js';
import { opsHostCauses } from './ops-host.js';
import { opsOwnerCauses } from './ops-owner.js';
import { registerCauses } from './register.js';
import { registerDialogueCauses } from './register-dialogue.js';
import { stayCommandCauses } from './stays-commands.js';
import { stayEndCauses } from './stays-ends.js';
import { stayPathCauses } from './stays-path.js';
import { stayPatternCauses } from './stays-patterns.js';

export { HARMLESS } from './harmless.js';

/** Every cause, in the order in which equal ones are ranked. */
export const CAUSES: readonly CauseRow[] = [
  ...registerCauses,
  ...registerDialogueCauses,
  ...stayPatternCauses,
  ...stayEndCauses,
  ...stayPathCauses,
  ...stayCommandCauses,
  ...callCauses,
  ...opsHostCauses,
  ...opsOwnerCauses,
];
