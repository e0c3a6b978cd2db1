// A configuration looked at before anything opens: by itself, with the files for phones, and with what this machine has.
// `check` and `run` tell the same rows.

import type { Config, LocatedConfig } from '../config/index.js';
import type { Fault } from '../core/errors.js';
import { catalogueFaults, catalogueWarnings } from '../provisioning/faults.js';
import { addressWarnings } from './address-warnings.js';
import { identityFaults } from './identity-faults.js';
import { machineFaults } from './machine.js';
import type { World } from './world.js';

export interface Examination {
  readonly located: LocatedConfig;
  /** Each is reason enough not to start. */
  readonly faults: readonly Fault[];
  /** Files for phones that cannot be served; the others can. */
  readonly fileFaults: readonly Fault[];
  readonly warnings: readonly Fault[];
}

/** Rejects with a `ConfigError` where the configuration itself is faulty. */
export const examine = async (world: World, file: string, overrides: readonly string[]): Promise<Examination> => {
  const { readLocatedConfig } = await import('../daemon/read-config.js');
  const located = await readLocatedConfig(file, overrides);
  const { config, locate, locateDevice } = located;
  const { root } = config.tftp;
  const about = { devices: config.devices, settings: config.provisioning, locate, locateDevice };
  const files = servesFiles(config);
  return {
    located,
    faults: [...(await identityFaults(located)), ...(await machineFaults(world, located))],
    fileFaults: files ? await catalogueFaults(root, locate(['tftp', 'root'])) : [],
    warnings: [
      ...located.warnings,
      ...addressWarnings(world, located),
      ...(files ? await catalogueWarnings(root, about) : []),
    ],
  };
};

const servesFiles = ({ tftp, http }: Config): boolean => tftp.enabled || http.provisioning.enabled;
