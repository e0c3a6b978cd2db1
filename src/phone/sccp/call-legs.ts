import { CALL_STATES } from '../../sccp/tables/enumerations.js';
import type { MediaTotals } from '../calls/media-counts.js';
import type { PhoneCall } from '../calls/phone-call.js';

/** One call as the server numbers it. */
export interface PhoneLeg {
  readonly reference: number;
  readonly line: number;
  /** `undefined`: it has begun to ring, and the server has not said yet who calls. */
  call: PhoneCall | undefined;
  /** Of `CALL_STATES`. */
  state: number;
  /** It has failed with this cause, or without one that is known; the prompt that says why follows. */
  failing: { readonly cause: number | undefined; readonly text: string } | undefined;
  /** What was counted when the server last asked and cleared. */
  counted: MediaTotals | undefined;
  /** The phone's user ends it. */
  isEnding: boolean;
  /** A key that is pressed once the phone shows it, and what is dialled behind it. */
  pressing: { readonly key: 'PickUp' | 'GPickUp'; readonly number: string } | undefined;
}

const { Hold, OffHook, RingIn } = CALL_STATES;

/** The calls of an SCCP phone by their references. */
export class CallLegs {
  readonly #byReference = new Map<number, PhoneLeg>();

  get size(): number {
    return this.#byReference.size;
  }

  all(): readonly PhoneLeg[] {
    return [...this.#byReference.values()];
  }

  get(reference: number): PhoneLeg | undefined {
    return this.#byReference.get(reference);
  }

  add(reference: number, line: number, state: number): PhoneLeg {
    const leg: PhoneLeg = {
      reference,
      line,
      call: undefined,
      state,
      failing: undefined,
      counted: undefined,
      isEnding: false,
      pressing: undefined,
    };
    this.#byReference.set(reference, leg);
    return leg;
  }

  delete({ reference }: PhoneLeg): void {
    this.#byReference.delete(reference);
  }

  /** The leg of a call; `undefined`: it has none yet, or none any more. */
  of(call: PhoneCall): PhoneLeg | undefined {
    return this.all().find((leg) => leg.call === call);
  }

  /** What the keys are about: the call that is heard, else the one that rings, else a held one. */
  active(): PhoneLeg | undefined {
    const legs = this.all();
    return (
      legs.findLast(({ state }) => state !== Hold && state !== RingIn && state !== OffHook) ??
      legs.findLast(({ state }) => state === OffHook) ??
      legs.findLast(({ state }) => state === RingIn) ??
      legs.at(-1)
    );
  }
}
