import type { EventBus } from '../core/event-bus.js';
import { DEVICE_STATE_EVENTS } from '../devices/index.js';
import type { LabcmEvent } from '../events.js';

/** What changes a word or a number that RisPort70 or SQL tells of a device. */
const CHANGES = [...DEVICE_STATE_EVENTS, 'device.load'] as const satisfies readonly LabcmEvent['type'][];

/** Calls `listener` with each change of a device that another node tells. Returns what ends that. */
export type ChangesElsewhere = (listener: () => void) => () => void;

/** Counts the changes of devices since it was made. `elsewhere`: absent where no bus tells of other nodes. */
export class ChangeCount {
  #count = 1;
  readonly #ends: readonly (() => void)[];

  constructor(bus: Pick<EventBus<LabcmEvent>, 'on'>, elsewhere?: ChangesElsewhere) {
    const count = (): void => {
      this.#count += 1;
    };
    this.#ends = [
      ...CHANGES.map((type) => bus.on(type, count)),
      ...(elsewhere === undefined ? [] : [elsewhere(count)]),
    ];
  }

  get value(): number {
    return this.#count;
  }

  close(): void {
    for (const end of this.#ends) end();
  }
}
