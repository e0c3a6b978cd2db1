// labcm as a library: a whole lab inside a test, on free ports of loopback, that leaves nothing behind. This file is
// all that `import … from 'labcm'` sees.

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
export type { FlowLimits, LabCall } from './lab/lab-call.js';
export type { LabConfig, LabOptions } from './lab/lab-config.js';
export type { LabEvent, LabEventOf, LabEventType } from './lab/lab-events.js';
export type { LabFault, LabFaultRule } from './lab/lab-fault.js';
export type {
  DialOptions,
  LabCallHabits,
  LabPhone,
  LabPhoneSpec,
  /** @deprecated It is called `LabPhoneSpec`. */
  LabPhoneSpec as LabPhoneWish,
} from './lab/lab-phone.js';
export type { LabReplay, LabReplayOptions } from './lab/lab-replay.js';
export { NotReached } from './lab/not-reached.js';
export { LabStopped, type Limits, NotInTime, type Within } from './lab/waits.js';
export {
  type CallDirection,
  CallFault,
  type CallMedia,
  type CallParty,
  type CallState,
  type HeldTrust,
  type HeldTrustList,
  type LampState,
  type MediaTotals,
  NotRegistered,
  PageFault,
  type PhoneDisplay,
  type ShownMessages,
  type ShownObject,
} from './phone/index.js';
export type { PushRequest } from './services/push/push-request.js';
export type { PushRefusal, PushResult } from './services/push/pusher.js';
export type { TapeDifference } from './tapes/compare-messages.js';

const TRIES = 3;

/**
 * Starts a lab. `configuration` is either a value with the keys of the configuration file, where ports that are left
 * out are free ones of 127.0.0.1, or the path of such a file, whose devices and policy are kept and whose listeners
 * and nodes are moved to free ports of 127.0.0.1. Nothing that is written outlives the lab unless `options` ask for
 * it.
 *
 * Rejects with a `ConfigError` that lists every fault, or with a `BindError`; then nothing is left behind.
 */
export const startLab = async (configuration: LabConfig | string = {}, options: LabOptions = {}): Promise<Lab> => {
  for (let tries = 1; ; tries += 1) {
    const setting = await labConfig(configuration, options, await freePort());
    try {
      return await Lab.start(setting);
    } catch (error) {
      // Another program may have taken the port since `freePort` looked.
      if (!(error instanceof BindError) || tries === TRIES) throw error;
    }
  }
};
