import { CALL_STATES } from '../../sccp/tables/enumerations.js';

/** A call of a shared line that another phone has, as this one shows it. */
export interface RemoteLeg {
  readonly reference: number;
  readonly line: number;
  /** Any phone of the line may resume it. */
  readonly isHeld: boolean;
}

const { CallRemoteMultiline, Hold, OnHook, RemoteHold } = CALL_STATES;

/** The calls of other phones of the lines of an SCCP phone (`docs/protocols/calls.md` §2.16). */
export class RemoteLegs {
  readonly #byReference = new Map<number, RemoteLeg>();

  /** One that is held; `undefined`: there is none. */
  get held(): RemoteLeg | undefined {
    return [...this.#byReference.values()].find(({ isHeld }) => isHeld);
  }

  /** Takes a CallState. `isOwn`: the phone has a call of that reference. False: it is about no other phone's call. */
  state(reference: number, line: number, state: number, isOwn: boolean): boolean {
    const isKnown = this.#byReference.has(reference);
    if (state === OnHook) return this.#byReference.delete(reference);
    const isHeld = state === RemoteHold || (state === Hold && !isOwn);
    if (!isKnown && !isHeld && state !== CallRemoteMultiline) return false;
    this.#byReference.set(reference, { reference, line, isHeld });
    return true;
  }
}
