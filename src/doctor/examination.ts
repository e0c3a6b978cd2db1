// Examines a configuration before anything opens: by itself, with the files for phones, and with what this machine has.
// `check` and `run` print the same findings; `doctor` has the same in the rows of its table.

import type { Config, LocatedConfig } from '../config/index.js';
import type { ConfigurationProblem } from '../core/errors.js';
import type { Host } from '../net/host/host.js';
import { catalogueWarnings, fileProblems, rootProblems } from '../provisioning/problems.js';
import { addressWarnings } from './address-warnings.js';
import { identityFaults } from './identity-faults.js';
import { directoryFaults, interfaceFaults } from './machine-faults.js';

/** The result of an examination. */
export interface Examination {
  readonly located: LocatedConfig;
  /** Each prevents a start. */
  readonly faults: readonly ConfigurationProblem[];
  /** These do not: for example a single file for phones that cannot be served. */
  readonly warnings: readonly ConfigurationProblem[];
}

/** Examines a configuration that has been read. */
export const examineLocated = async (
  host: Pick<Host, 'addresses' | 'servesAlone' | 'whyUnwritable'>,
  located: LocatedConfig,
): Promise<Examination> => {
  const { config, locate, locateDevice } = located;
  const { root } = config.tftp;
  const about = { devices: config.devices, settings: config.provisioning, locate, locateDevice };
  const files = servesFiles(config);
  return {
    located,
    faults: [
      ...(files ? await rootProblems(root, locate(['tftp', 'root'])) : []),
      ...(await identityFaults(located)),
      ...interfaceFaults(host, located),
      ...(await directoryFaults(host, located)),
    ],
    warnings: [
      ...located.warnings,
      ...addressWarnings(host, located),
      ...(files ? [...(await fileProblems(root)), ...(await catalogueWarnings(root, about))] : []),
    ],
  };
};

/** Whether phones fetch files from this daemon. */
export const servesFiles = ({ tftp, http }: Config): boolean => tftp.enabled || http.provisioning.enabled;
