import type { EventBus } from '../core/event-bus.js';
import { DEVICE_STATE_EVENTS } from '../devices/index.js';
import type { LabcmEvent } from '../events.js';

/** What changes a word or a number that RisPort70 or SQL tells of a device. */
const CHANGES = [...DEVICE_STATE_EVENTS, 'device.load'] as const satisfies readonly LabcmEvent['type'][];

/** Counts the changes of devices since it was made. */
export class ChangeCount {
  #count = 1;
  readonly #ends: readonly (() => void)[];

  constructor(bus: Pick<EventBus<LabcmEvent>, 'on'>) {
    const count = (): void => {
      this.#count += 1;
    };
    this.#ends = CHANGES.map((type) => bus.on(type, count));
  }

  get value(): number {
    return this.#count;
  }

  close(): void {
    for (const end of this.#ends) end();
  }
}
