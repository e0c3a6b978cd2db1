// labcm as a library: a whole lab inside a test, on free ports of this machine's loopback, and gone without a trace when
// the test is over. This file is all that `import … from 'labcm'` sees.

import { BindError } from './core/errors.js';
import { freePort } from './lab/free-port.js';
import { Lab } from './lab/lab.js';
import { type LabConfig, type LabOptions, labConfig } from './lab/lab-config.js';

export {
  BindError,
  ConfigError,
  type ConfigurationProblem,
  /** @deprecated It is called `ConfigurationProblem`. */
  type ConfigurationProblem as Fault,
} from './core/errors.js';
export type { DeviceCommand, Protocol, RefusalReason, RisStatus } from './devices/index.js';
export type { DeviceDetail } from './http/index.js';
export type { Lab, LabListener } from './lab/lab.js';
export type { LabConfig, LabOptions } from './lab/lab-config.js';
export type { LabEvent, LabEventOf, LabEventType } from './lab/lab-events.js';
export type {
  LabPhone,
  LabPhoneSpec,
  /** @deprecated It is called `LabPhoneSpec`. */
  LabPhoneSpec as LabPhoneWish,
} from './lab/lab-phone.js';
export { NotReached } from './lab/not-reached.js';
export { LabStopped, type Limits, NotInTime, type Within } from './lab/waits.js';
export { NotRegistered } from './phone/index.js';

const TRIES = 3;

/**
 * Starts a lab. `configuration` is what the configuration file holds, as a value; ports that it leaves out are any free
 * ones on 127.0.0.1. As a path it is such a file: its devices and its policy hold, its listeners and its nodes are moved
 * to free ports on 127.0.0.1. Nothing is written that outlives the lab unless `options` ask for it.
 *
 * Rejects with a `ConfigError` that lists every fault, or with a `BindError`; then nothing is left behind.
 */
export const startLab = async (configuration: LabConfig | string = {}, options: LabOptions = {}): Promise<Lab> => {
  for (let tries = 1; ; tries += 1) {
    const setting = await labConfig(configuration, options, await freePort());
    try {
      return await Lab.start(setting);
    } catch (error) {
      // Between looking and opening, another program may have taken the port.
      if (!(error instanceof BindError) || tries === TRIES) throw error;
    }
  }
};
