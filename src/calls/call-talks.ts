// From ringing to talk: ring back, answer, refusal, hold and resume (`docs/protocols/calls.md` §2.6, §2.10).

import { between, type Instant } from '../core/time.js';
import type { Call } from './call.js';
import type { CallEndings } from './call-endings.js';
import type { CallMediaControl } from './call-media.js';
import { legFacts } from './call-record.js';
import { type CallRegistry, LONGEST_CALL } from './call-registry.js';
import type { CauseName } from './causes.js';
import type { Leg } from './leg.js';
import { partyOf } from './parties.js';
import type { Release, SoundServices } from './ports.js';

/** Worse causes win over better ones only where nobody answered: busy says more than absent. */
const TELLING: readonly CauseName[] = ['busy', 'rejected', 'noAnswer', 'noResponse', 'absent', 'unallocated'];

export class CallTalks {
  readonly #registry: CallRegistry;
  readonly #media: CallMediaControl;
  readonly #endings: CallEndings;
  readonly #services: SoundServices;

  constructor(registry: CallRegistry, media: CallMediaControl, endings: CallEndings, services: SoundServices) {
    this.#services = services;
    this.#registry = registry;
    this.#media = media;
    this.#endings = endings;
  }

  /** The called leg rings. */
  alert(leg: Leg, now: Instant): void {
    const { call } = leg;
    if (call.alertedAt === undefined) {
      call.alertedAt = now;
      const waited = between(call.completedAt ?? call.startedAt, now);
      this.#registry.publish({ type: 'call.alerting', ...legFacts(leg, now), waited });
    }
    this.#registry.apply(call.caller, 'far-alerting', now);
  }

  /** The caller hears that the far end rings. */
  ringBack(leg: Leg, now: Instant): void {
    if (leg.state === 'ring-out') return; // a phone that repeats itself does not ring longer
    this.#registry.enter(leg, 'ring-out', now, leg.call.ringFor ?? this.#registry.settings.noAnswer);
    if (leg.hasTalked) leg.port?.redirected(leg.parties, true, now);
    else leg.port?.alerting(leg.parties, now);
  }

  /** Nobody answered in time. */
  giveUp(leg: Leg, now: Instant): void {
    const cause = leg.state === 'proceeding' && leg.call.alertedAt === undefined ? 'noResponse' : 'noAnswer';
    this.#endings.withdraw(leg.call, { cause, by: 'server' }, now);
    this.#endings.fail(leg, cause, now);
  }

  /** The called leg's user answers. */
  answer(leg: Leg, now: Instant): void {
    const { call } = leg;
    this.#freeAudio(leg, now);
    call.answered = leg;
    call.answeredAt = now;
    for (const other of call.called) if (other !== leg) this.#endings.end(other, this.#elsewhere(other, leg), now);
    call.called = [leg];
    const device = leg.isTrunk ? undefined : leg.device;
    const called = { ...call.parties.called, ...partyOf(leg.dn, call.parties.called.name, device) };
    call.parties = { ...call.parties, called };
    this.#registry.publish({
      type: 'call.answered',
      ...legFacts(leg, now),
      waited: between(call.completedAt ?? call.startedAt, now),
    });
    this.#registry.enter(leg, 'connected', now, LONGEST_CALL);
    this.#registry.enter(call.caller, 'connected', now, undefined);
    for (const one of [leg, call.caller]) {
      this.show(one, now);
      if (one.state !== 'connected') return; // no codec in common: both are cleared
    }
    this.#media.agree(call, now);
  }

  /** The leg has a far end that has answered: its phone is told, and opens its channel. */
  show(leg: Leg, now: Instant): void {
    const { hasTalked, port, parties } = leg;
    leg.hasTalked = true;
    if (!hasTalked) port?.connecting(parties, now);
    if (leg.state === 'connected' && leg.far?.state === 'connected') this.#media.open(leg, now);
    if (leg.state === 'idle') return;
    if (hasTalked) port?.redirected(parties, false, now);
    else if (leg.state === 'connected') port?.connected(parties, now);
  }

  /** The called leg's user, or its phone, refuses. */
  refuse(leg: Leg, cause: CauseName, now: Instant): void {
    const { call } = leg;
    this.#endings.end(leg, { cause, by: 'user' }, now);
    if (call.answered !== undefined) return;
    if (call.called.some(({ state }) => state !== 'idle')) return;
    const causes = call.called.map((other) => other.cause ?? cause);
    const best = TELLING.find((telling) => causes.includes(telling)) ?? cause;
    this.#registry.apply(call.caller, 'far-refused', now, { cause: best });
  }

  hold(leg: Leg, now: Instant): void {
    this.#registry.enter(leg, 'hold', now, LONGEST_CALL);
    this.#media.stop(leg.call, now);
    leg.port?.held(leg.parties, now);
    this.#hold(leg.far, now);
    this.#registry.publish({ type: 'call.held', ...legFacts(leg, now) });
  }

  /** The phone of `leg`, which is connected, is to talk in another call. What cannot be held ends. */
  giveWay(leg: Leg, now: Instant): void {
    if (leg.isInPreservedCall) this.#endings.release(leg, { cause: 'normal', by: 'user' }, now);
    else this.hold(leg, now);
  }

  resume(leg: Leg, now: Instant): void {
    if (leg.device !== undefined && leg.port?.mixesCalls !== true) {
      const active = this.#registry.legs.activeOf(leg.device);
      if (active?.state === 'connected') this.giveWay(active, now);
      else if (active !== undefined) return; // it dials or hears a tone: that leg is ended first
    }
    leg.isListener = false; // its user has taken the call up
    this.#registry.enter(leg, 'connected', now, LONGEST_CALL);
    this.#registry.standAlone(leg, now);
    leg.port?.resumed(leg.parties, now);
    this.#registry.publish({ type: 'call.resumed', ...legFacts(leg, now) });
    const { far } = leg;
    if (far !== undefined) this.#media.endMusic(far, now);
    if (far?.state === 'connected') far.port?.farHeld(false, now);
    else this.#hold(leg, now);
    this.#media.agree(leg.call, now);
  }

  /** The user of a leg that only listens speaks from now on, or once the call is answered. */
  speak(leg: Leg, now: Instant): void {
    if (!leg.isListener) return;
    leg.isListener = false;
    if (leg.state !== 'connected') return;
    if (leg.far?.state === 'connected') {
      this.#media.stop(leg.call, now);
      this.#media.recall(leg);
    }
    leg.port?.resumed(leg.parties, now);
    this.#media.agree(leg.call, now);
  }

  /** How a leg ends that rang beside `taker`: a phone of the same line goes on showing the call. */
  #elsewhere(rang: Leg, taker: Leg): Release {
    const isKept = rang.state === 'ring-in' && taker.isShared && this.#registry.shared.keeps(rang, taker);
    return { cause: 'normal', by: 'elsewhere', ...(isKept ? { isKept } : {}) };
  }

  /** The leg is held by its far end: it hears music, or its phone's own tone. */
  #hold(leg: Leg | undefined, now: Instant): void {
    if (leg === undefined) return;
    const isMusical = this.#registry.settings.moh !== 'none' && leg.state === 'connected' && leg.device !== undefined;
    const hasMusic = isMusical && this.#media.startMusic(leg, (call) => this.#newMusic(call, now), now);
    if (!hasMusic) leg.port?.farHeld(true, now);
  }

  /** An end that plays music. `undefined`: there is none, or no port is free. */
  #newMusic(call: Call, now: Instant): Leg | undefined {
    const owner = { device: undefined, dn: '', lineInstance: 0, callInstance: 1 };
    const leg = this.#registry.newHiddenLeg(call, owner, (made) => this.#services.portFor('tone', made), now);
    return leg;
  }

  /** What the device talks in is put on hold, unless its phone decides that by itself. */
  #freeAudio(leg: Leg, now: Instant): void {
    if (leg.device === undefined || leg.port?.mixesCalls === true) return;
    for (const other of [...this.#registry.legs.of(leg.device)])
      if (other !== leg && other.state === 'connected') this.giveWay(other, now);
  }
}
