// What the verdicts are made from, and what is made.

import type { DevicePlace } from '../../config/index.js';
import type { EventBus } from '../../core/event-bus.js';
import type { Clock } from '../../core/time.js';
import type { ConfiguredDevice, DeviceRecord } from '../../devices/index.js';
import type { LabcmEvent } from '../../events.js';
import type { Timelines } from '../timelines.js';
import type { Assessment } from './assessment.js';
import type { MendedCause } from './mended.js';
import type { PhoneView, Surroundings } from './phone-view.js';
import type { HarmlessFinding, VerdictFinding } from './verdict.js';

/** What the verdicts need of the daemon. */
export interface VerdictSources
  extends Omit<
    Surroundings,
    | 'addedAt'
    | 'daemonEvent'
    | 'failedListeners'
    | 'relaysHeard'
    | 'removedAt'
    | 'unknownPhones'
    | 'wallTime'
    | 'withVerdict'
  > {
  readonly bus: EventBus<LabcmEvent>;
  readonly clock: Clock;
  readonly timelines: Timelines;
  /** The device of a name in any case, a hardware address in any spelling, or an address. */
  find(who: string): DeviceRecord | undefined;
  /** Where a device is configured. */
  placeOf(device: ConfiguredDevice): DevicePlace | undefined;
  readonly pid: number;
  /** Whether a device is registered with another node, which alone can judge it. Absent: there is no other. */
  isElsewhere?(record: DeviceRecord): boolean;
}

/** A phone that nobody configured, with its verdict. */
export interface UnknownVerdict {
  readonly name: string;
  /** Whether it gave a name. */
  readonly isNamed: boolean;
  readonly verdict: VerdictFinding;
}

/** What is concluded about one phone. */
export interface VerdictReport extends Assessment {
  readonly name: string;
  /** `undefined`: nobody configured it. */
  readonly record: DeviceRecord | undefined;
  readonly view: PhoneView;
  /** What looks wrong and is harmless. Worked out when it is read: most who ask want the verdict alone. */
  readonly harmless: readonly HarmlessFinding[];
  /** A cause that was mended since it was refused last. Absent: there is none, or there is a verdict. */
  readonly mended: MendedCause | undefined;
  /** How many other devices have the same verdict. */
  readonly alike: number;
}
