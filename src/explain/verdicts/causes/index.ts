// The table of causes, in the order of the stages, and what is harmless.

import type { CauseRow } from '../verdict.js';
import { callCauses } from './calls.js';
import { connectCauses } from './connect.js';
import { connectSpeechCauses } from './connect-speech.js';
import { dhcpCauses } from './dhcp.js';
import { dhcpNetworkCauses } from './dhcp-network.js';
import { fileCauses } from './files.js';
import { encryptedFileCauses } from './files-encrypted.js';
import { fileLoadCauses } from './files-loads.js';
import { fileTransferCauses } from './files-transfers.js';
import { injectedCauses } from './injected.js';
import { lineCauses } from './lines.js';
import { opsHostCauses } from './ops-host.js';
import { opsOwnerCauses } from './ops-owner.js';
import { otherServerCauses } from './other-dhcp-servers.js';
import { powerCauses } from './power.js';
import { registerCauses } from './register.js';
import { registerCredentialsCauses } from './register-credentials.js';
import { registerDialogueCauses } from './register-dialogue.js';
import { registerLastsCauses } from './register-lasts.js';
import { registerSecurityCauses } from './register-security.js';
import { stayCommandCauses } from './stays-commands.js';
import { stayEndCauses } from './stays-ends.js';
import { stayPathCauses } from './stays-path.js';
import { stayPatternCauses } from './stays-patterns.js';

export { HARMLESS } from './harmless.js';

/** Every cause, in the order in which equal ones are ranked. */
export const CAUSES: readonly CauseRow[] = [
  ...injectedCauses,
  ...powerCauses,
  ...dhcpCauses,
  ...otherServerCauses,
  ...dhcpNetworkCauses,
  ...fileCauses,
  ...encryptedFileCauses,
  ...fileLoadCauses,
  ...fileTransferCauses,
  ...connectCauses,
  ...connectSpeechCauses,
  ...registerCauses,
  ...registerSecurityCauses,
  ...registerCredentialsCauses,
  ...registerDialogueCauses,
  ...registerLastsCauses,
  ...lineCauses,
  ...stayPatternCauses,
  ...stayEndCauses,
  ...stayPathCauses,
  ...stayCommandCauses,
  ...callCauses,
  ...opsHostCauses,
  ...opsOwnerCauses,
];
