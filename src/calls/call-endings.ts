// How legs and calls end: by a user, by the far end, by a failure, by a limit (`docs/protocols/calls.md` §2.8, §2.9).

import { type Instant, seconds } from '../core/time.js';
import type { Call } from './call.js';
import type { CallMediaControl } from './call-media.js';
import { endedOf, legFacts } from './call-record.js';
import type { CallRegistry } from './call-registry.js';
import type { CauseName } from './causes.js';
import { CAUSES } from './causes.js';
import type { Leg } from './leg.js';
import type { Release } from './ports.js';

/** So long a user hears why a call failed. */
const FAILURE_TONE = seconds(15);

export class CallEndings {
  readonly #registry: CallRegistry;
  readonly #media: Pick<CallMediaControl, 'forget' | 'endMusic'>;

  constructor(registry: CallRegistry, media: Pick<CallMediaControl, 'forget' | 'endMusic'>) {
    this.#registry = registry;
    this.#media = media;
  }

  /** The leg ends, and with it what the far end has of the call. */
  release(leg: Leg, release: Release, now: Instant): void {
    const { call, far } = leg;
    const wasAnswered = call.answered !== undefined;
    this.end(leg, release, now);
    if (leg === call.caller && !wasAnswered) this.withdraw(call, { cause: release.cause, by: 'far' }, now);
    else if (far !== undefined) this.#registry.apply(far, 'far-released', now, { cause: release.cause });
  }

  /** Nobody is to answer any more. */
  withdraw(call: Call, release: Release, now: Instant): void {
    for (const leg of call.called) if (leg.state !== 'idle') this.end(leg, release, now);
  }

  /** The caller hears why, or its leg ends at once where the phone plays the tone by itself. */
  fail(leg: Leg, cause: CauseName, now: Instant): void {
    leg.cause = cause;
    if (leg.port?.playsFailure !== true) {
      this.end(leg, { cause, by: 'server' }, now);
      return;
    }
    const isBusy = cause === 'busy' || cause === 'rejected';
    this.#registry.enter(leg, isBusy ? 'busy' : 'reorder', now, FAILURE_TONE);
    leg.port.failed(cause, leg.parties, now);
  }

  /** No media: both legs are cleared. */
  breakDown(leg: Leg, cause: CauseName, now: Instant): void {
    const { call } = leg;
    for (const one of [leg, ...(leg.far === undefined ? [] : [leg.far])]) {
      if (one.state === 'idle') continue;
      if (one === call.caller && one.port?.playsFailure === true) {
        this.#media.forget(one);
        this.fail(one, cause, now);
      } else this.end(one, { cause, by: 'server' }, now);
    }
  }

  /** The leg is over, and the call with its last leg. */
  end(leg: Leg, release: Release, now: Instant): void {
    if (!this.leave(leg, release, now)) return;
    const { call } = leg;
    if (call.legs.every(({ state }) => state === 'idle')) this.close(call, now);
  }

  /** The leg is over; its call stands, whoever is left in it. `false`: it was over already. */
  leave(leg: Leg, release: Release, now: Instant): boolean {
    if (leg.state === 'idle') return false;
    const { port } = leg;
    leg.cause ??= release.by === 'far' ? undefined : release.cause;
    leg.state = 'idle';
    leg.endedAt = now;
    leg.endedBy = release.by;
    this.#registry.deadlines.set(leg, undefined);
    this.#media.endMusic(leg, now);
    this.#media.forget(leg);
    this.#registry.legs.remove(leg);
    this.#registry.shared.changed(leg, now);
    this.#registry.onLegEnded(leg, now);
    if (leg.hasTalked && leg.line !== undefined) this.#registry.hunts.talked(leg.line, now);
    port?.release(release, now);
    this.#registry.standAlone(leg, now);
    const cause = release.by === 'far' ? 0 : CAUSES[release.cause].value;
    this.#registry.publish({ type: 'call.released', ...legFacts(leg, now), cause, by: release.by });
    return true;
  }

  /** The call is over, and its record is written. */
  close(call: Call, now: Instant): void {
    if (!this.#registry.calls.delete(call)) return;
    if (this.#registry.hasListener('call.ended')) this.#registry.publish(endedOf(call, now));
  }
}
