// Calls whose phone cannot be told anything any more: its link is lost, or its device is gone. A talk of two phones goes on
// without labcm, since they send to each other: it is preserved. Whatever else a phone had ends (`docs/protocols/calls.md` §8.2).

import type { DeviceName } from '../core/identifiers.js';
import { type Instant, seconds } from '../core/time.js';
import type { CallEndings } from './call-endings.js';
import type { CallMediaControl } from './call-media.js';
import { legFacts } from './call-record.js';
import { type CallRegistry, LONGEST_CALL } from './call-registry.js';
import type { Leg } from './leg.js';
import type { Release } from './ports.js';

/** So long a talk is preserved of which both ends are lost: nobody is left who could say that it is over. */
const BOTH_LOST = seconds(600);

const LOST: Release = { cause: 'temporaryFailure', by: 'server' };
const GONE: Release = { cause: 'outOfOrder', by: 'server' };

export class LostLinks {
  readonly #registry: CallRegistry;
  readonly #endings: CallEndings;
  readonly #media: Pick<CallMediaControl, 'settle'>;

  constructor(registry: CallRegistry, endings: CallEndings, media: Pick<CallMediaControl, 'settle'>) {
    this.#registry = registry;
    this.#endings = endings;
    this.#media = media;
  }

  /** The phone of a connected leg is lost. */
  lose(leg: Leg, now: Instant): void {
    const { far } = leg;
    if (leg.isPreserved) return;
    if (far === undefined || !isDirectTalk(leg, far)) {
      this.#endings.release(leg, LOST, now);
      return;
    }
    leg.isPreserved = true;
    leg.cause = 'temporaryFailure';
    this.#media.settle(leg);
    for (const end of [leg, far]) this.#registry.standAlone(end, now); // nobody is transferred by it any more
    if (far.isPreserved) this.#registry.await(leg, BOTH_LOST, now);
    this.#tell(leg, now);
  }

  /** The leg's phone has lost its link, and may be back with the call. */
  break(leg: Leg, now: Instant): void {
    if (leg.far !== undefined && isDirectTalk(leg, leg.far)) this.#tell(leg, now);
  }

  #tell(leg: Leg, now: Instant): void {
    if (leg.isToldLost) return;
    leg.isToldLost = true;
    this.#registry.publish({ type: 'call.preserved', ...legFacts(leg, now) });
  }

  /** The device is back. Whoever knows its dialogs goes on with them; what was preserved without them is over. */
  restore(device: DeviceName, now: Instant): void {
    for (const leg of [...this.#registry.legs.of(device)]) {
      leg.isToldLost = false;
      if (!leg.isPreserved) continue;
      if (leg.port === undefined) this.#endings.release(leg, LOST, now);
      else {
        leg.isPreserved = false;
        leg.cause = undefined;
        this.#registry.await(leg, LONGEST_CALL, now);
      }
    }
  }

  /** The phone does not talk in what was preserved without its dialogs, or not any more. */
  endPreserved(device: DeviceName, now: Instant): void {
    for (const leg of [...this.#registry.legs.of(device)])
      if (leg.isPreserved && leg.port === undefined) this.#endings.release(leg, LOST, now);
  }

  /** The device may have no calls any more: whatever it has ends, and all are told. */
  endAll(device: DeviceName, now: Instant): void {
    for (const leg of [...this.#registry.legs.of(device)])
      if (leg.state === 'ring-in') this.#registry.apply(leg, 'refuse', now, { cause: 'absent' });
      else this.#endings.release(leg, GONE, now);
  }
}

/** Whether both send their speech to each other. Who hears labcm (a service, a conference, music) has nobody without it. */
const isDirectTalk = (leg: Leg, far: Leg): boolean => {
  if (leg.device === undefined || far.device === undefined || leg.device === far.device) return false;
  if (leg.state !== 'connected' || far.state !== 'connected' || leg.music !== undefined) return false;
  return leg.sending !== undefined && far.sending !== undefined;
};
