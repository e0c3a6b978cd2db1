// How a called leg rings: aloud, or beside another call of its phone by the waiting tone there
// (`docs/protocols/calls.md` §2.5, §2.10).

import type { Instant } from '../../core/time.js';
import { RING_MODES } from '../tables/enumerations.js';
import { CALL_TONE } from './call-tones.js';
import type { LegScreen } from './leg-screen.js';

/** The ringer of a called leg. */
export class LegRinger {
  readonly #screen: LegScreen;
  /** The call came by a trunk: its ring is that of calls from outside. */
  isOutside = false;
  #state: 'off' | 'aloud' | 'waiting' = 'off';
  /** Of the call that plays the waiting tone. */
  #talk: LegScreen | undefined;

  constructor(screen: LegScreen) {
    this.#screen = screen;
  }

  get isOn(): boolean {
    return this.#state !== 'off';
  }

  /** The phone's ringer sounds, unless it does already. */
  sound(now: Instant): void {
    if (this.#state === 'aloud') return;
    this.#state = 'aloud';
    this.#talk = undefined;
    this.#screen.ringer(this.isOutside ? RING_MODES.Outside : RING_MODES.Inside, now);
  }

  /** Beside the call of `talk`; without one the phone only flashes, since what is active has tones of its own. */
  wait(talk: LegScreen | undefined, now: Instant): void {
    this.#state = 'waiting';
    this.#talk = talk;
    if (talk === undefined) this.#screen.ringer(RING_MODES.FlashOnly, now);
    else talk.startTone(CALL_TONE.waiting, now);
  }

  stopWaiting(now: Instant): void {
    const talk = this.#talk;
    this.#talk = undefined;
    if (talk?.tone === CALL_TONE.waiting) talk.stopTone(now);
  }

  stop(now: Instant): void {
    this.#state = 'off';
    this.#screen.ringer(RING_MODES.Off, now);
  }
}
