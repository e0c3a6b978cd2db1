// Examines a configuration before anything opens: by itself, with the files for phones, and with what this machine has.
// `check` and `run` print the same findings; `doctor` has the same in the rows of its table.

import type { Config, LocatedConfig } from '../config/index.js';
import { ConfigError, type ConfigurationProblem } from '../core/errors.js';
import type { Host } from '../net/host/host.js';
import { catalogueOf, catalogueWarnings, fileProblems, rootProblems } from '../provisioning/problems.js';
import { addressWarnings } from './address-warnings.js';
import { identityFaults } from './identity-faults.js';
import { directoryFaults, interfaceFaults } from './machine-faults.js';
import { trustFileProblems } from './trust-files.js';

/** The result of an examination. */
export interface Examination {
  readonly located: LocatedConfig;
  /** Each prevents a start. */
  readonly faults: readonly ConfigurationProblem[];
  /** These do not: for example a single file for phones that cannot be served. */
  readonly warnings: readonly ConfigurationProblem[];
  /** How many devices are in force, with those that were changed while the daemon ran. */
  readonly devices: number;
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
  const layer = await layerOf(located);
  return {
    located,
    devices: layer.devices,
    faults: [
      ...layer.faults,
      ...(files ? await rootProblems(root, locate(['tftp', 'root'])) : []),
      ...(await identityFaults(located)),
      ...interfaceFaults(host, located),
      ...(await directoryFaults(host, located)),
    ],
    warnings: [
      ...located.warnings,
      ...layer.warnings,
      ...addressWarnings(host, located),
      ...(files
        ? [
            ...(await fileProblems(root)),
            ...(await catalogueWarnings(root, about)),
            ...trustFileProblems(config, await catalogueOf(root, about)),
          ]
        : []),
    ],
  };
};

/** Whether phones fetch files from this daemon. */
export const servesFiles = ({ tftp, http }: Config): boolean => tftp.enabled || http.provisioning.enabled;

/** The layer of devices that were changed while the daemon ran. One that cannot be read is a fault beside the others. */
const layerOf = async (located: LocatedConfig): Promise<Omit<Examination, 'located'>> => {
  const { examineLayer } = await import('./device-layer.js');
  try {
    const { devices, faults, warnings } = examineLayer(located);
    return { devices: devices.length, faults, warnings };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { devices: located.config.devices.length, faults: error.faults, warnings: [] };
  }
};
