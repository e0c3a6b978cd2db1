/**
 * Works off one event completely before the next. What an event causes while it is worked off waits, so that a leg reacts
 * to its own state and never to that of a half done step (`docs/protocols/calls.md` §1.6).
 */
export class SerialQueue {
  readonly #waiting: (() => void)[] = [];
  readonly #onEmpty: () => void;
  #isBusy = false;

  /** `onEmpty` is called when everything is worked off. */
  constructor(onEmpty: () => void) {
    this.#onEmpty = onEmpty;
  }

  /** Works off `event` now, or after those that wait. Throws what the first event threw that failed; the others are done. */
  run(event: () => void): void {
    this.#waiting.push(event);
    if (this.#isBusy) return;
    this.#isBusy = true;
    let failure: { readonly error: unknown } | undefined;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      try {
        next();
      } catch (error) {
        failure ??= { error };
      }
    }
    this.#isBusy = false;
    this.#onEmpty();
    if (failure !== undefined) throw failure.error;
  }
}
