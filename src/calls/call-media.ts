// Makes both phones of a call agree with its media record: who opens where, who sends there, what stops. Every answer, hold
// and resume changes the record and ends in `agree` (`docs/protocols/calls.md` §1.4, §2.7, §3.3, §4.2).

import { DeadlineQueue } from '../core/deadline-queue.js';
import type { HasDeadlines } from '../core/deadline-timer.js';
import type { Publisher } from '../core/event-bus.js';
import { after, type Instant, seconds } from '../core/time.js';
import { Call } from './call.js';
import { legFacts } from './call-record.js';
import type { CauseName } from './causes.js';
import type { CallEvent, CallMediaFailed } from './events.js';
import type { Leg, MediaDeadline } from './leg.js';
import {
  type AgreedMedia,
  agreeOn,
  canReceive,
  isNowhere,
  type MediaAddress,
  type MediaCapabilities,
  type OutgoingStream,
} from './media.js';
import type { SoundServices } from './ports.js';
import type { CallSettings } from './settings.js';

/** A phone opens its channel within this; it is asked once more, and then the call fails. */
const TO_OPEN = seconds(4);

/** Who is told of media. */
export interface MediaWatcher {
  /** The call cannot have media. */
  failed(leg: Leg, cause: CauseName, now: Instant): void;
  /** A caller that was asked early where it receives has said so, or does not. */
  earlyEnded(caller: Leg, now: Instant): void;
}

export class CallMediaControl implements HasDeadlines {
  #settings: CallSettings;
  readonly #bus: Publisher<CallEvent>;
  readonly #services: Pick<SoundServices, 'receivesAt'>;
  readonly #watcher: MediaWatcher;
  readonly #deadlines = new DeadlineQueue<MediaDeadline>();

  /** `services`: know where this machine receives. */
  constructor(
    settings: CallSettings,
    bus: Publisher<CallEvent>,
    services: Pick<SoundServices, 'receivesAt'>,
    watcher: MediaWatcher,
  ) {
    this.#settings = settings;
    this.#bus = bus;
    this.#services = services;
    this.#watcher = watcher;
  }

  configure(settings: CallSettings): void {
    this.#settings = settings;
  }

  nextDeadline(): Instant | undefined {
    return this.#deadlines.next();
  }

  expire(now: Instant): void {
    this.#deadlines.expire(now, ({ leg }) => {
      if (!leg.isOpening) return;
      if (leg.early !== undefined && leg.call.answered === undefined) {
        this.#endEarly(leg, now);
        return;
      }
      if (leg.hasMissed || leg.port?.needsFarAddress === true) {
        this.failed(leg, 'silent', now);
        return;
      }
      leg.hasMissed = true;
      leg.isOpening = false;
      this.agree(callOf(leg), now);
    });
  }

  /** Opens the leg's channel if what both ends need is known. */
  open(leg: Leg, now: Instant): void {
    const { source: far } = leg;
    if (far === undefined || leg.isOpening || leg.receive !== undefined) return;
    const media = this.#mediaOf(callOf(leg), now);
    if (media === undefined || leg.port === undefined) return;
    if (leg.port.needsFarAddress && far.receive === undefined) return;
    leg.isOpening = true;
    this.#deadlines.set(leg.mediaDeadline, after(now, TO_OPEN));
    leg.port.openReceive({ ...media, ...wayOf(leg) }, far.receive, now);
  }

  /**
   * Has the caller say where it receives while nobody has answered, so that an offer can be made (`docs/protocols/calls.md`
   * §4.2). `false`: it has said so, or cannot.
   */
  openEarly(caller: Leg, now: Instant): boolean {
    if (caller.early !== undefined && caller.isOpening) return true;
    const { port, capabilities } = caller;
    if (port?.receivesNothing === true) return false;
    if (caller.receive !== undefined || port === undefined || port.needsFarAddress || capabilities === undefined)
      return false;
    const early = agreeOn(capabilities, capabilities, this.#settings.codecs, false);
    if (early === undefined) return false;
    caller.early = early;
    caller.isOpening = true;
    this.#deadlines.set(caller.mediaDeadline, after(now, TO_OPEN));
    port.openReceive(early, undefined, now);
    return true;
  }

  /** The caller's channel is open by the codec of the offer, or the call goes on without an offer. */
  #endEarly(caller: Leg, now: Instant): void {
    caller.isOpening = false;
    this.#deadlines.set(caller.mediaDeadline, undefined);
    if (caller.receive === undefined) caller.port?.stopMedia(now);
    this.#watcher.earlyEnded(caller, now);
  }

  /** The leg has said where it receives. */
  opened(leg: Leg, receive: MediaAddress, capabilities: MediaCapabilities, mustAnswer: boolean, now: Instant): void {
    if (leg.device !== undefined && !this.allows(receive)) {
      leg.isOpening = false;
      this.#publishFailure(leg, 'bad-address', now, receive);
      this.#watcher.failed(leg, 'noMedia', now);
      return;
    }
    leg.isOpening = false;
    leg.hasMissed = false;
    this.#deadlines.set(leg.mediaDeadline, undefined);
    leg.receive = receive;
    if (!isNowhere(receive)) leg.lastReceive = receive; // a hold says nothing of where it goes on
    leg.capabilities = capabilities;
    if (leg.early !== undefined && leg.call.answered === undefined) {
      // It listens for this codec alone until its channel is opened anew.
      const codecs = capabilities.codecs.filter(({ codec }) => codec === leg.early?.codec);
      leg.capabilities = { ...capabilities, codecs };
      this.#endEarly(leg, now);
      return;
    }
    if (mustAnswer) leg.sending = undefined;
    const call = callOf(leg);
    if (call.media !== undefined && !capabilities.codecs.some(({ codec }) => codec === call.media?.codec)) {
      call.media = undefined;
    }
    if (call.answered !== undefined) this.agree(call, now);
  }

  /**
   * Whether a phone may have others send there: to one host, which is not where this machine itself receives
   * (`docs/protocols/calls.md` §5.5, §8.3). A phone that says nowhere is on hold.
   */
  allows(receive: MediaAddress): boolean {
    if (isNowhere(receive)) return true;
    return canReceive(receive) && this.#services.receivesAt?.(receive) !== true;
  }

  /** The leg cannot receive, or did not say where. */
  failed(leg: Leg, reason: 'silent' | 'refused', now: Instant): void {
    leg.isOpening = false;
    if (leg.early !== undefined && leg.call.answered === undefined) {
      this.#endEarly(leg, now);
      return;
    }
    const listener = this.#listenerOf(leg);
    if (listener !== undefined) {
      if (leg === listener) this.#publishFailure(leg, reason, now); // the source says by itself what it lacks
      this.#loseMusic(listener, now);
      return;
    }
    this.#publishFailure(leg, reason, now);
    this.#watcher.failed(leg, 'noMedia', now);
  }

  /** The leg is there: what waited for it is sent. */
  proved(leg: Leg, now: Instant): void {
    leg.isUnproved = false;
    this.agree(callOf(leg), now);
  }

  /** The leg cannot send: that direction is silent. */
  sendingFailed(leg: Leg, now: Instant): void {
    if (leg.hasFailedToSend) return; // it repeats itself
    leg.hasFailedToSend = true;
    this.#publishFailure(leg, 'not-sending', now);
  }

  /** Makes the wire agree with the record. */
  agree(call: Call, now: Instant): void {
    const { caller, answered } = call;
    if (answered === undefined || caller.state !== 'connected' || answered.state !== 'connected') return;
    if (this.#mediaOf(call, now) === undefined) return;
    for (const leg of [answered, caller]) this.open(leg, now);
    for (const leg of [answered, caller]) this.#transmit(leg, now);
  }

  /** Nobody sends, and both will say anew where they receive. */
  stop(call: Call, now: Instant): void {
    for (const leg of [call.caller, ...(call.answered === undefined ? [] : [call.answered])]) {
      this.endMusic(leg, now);
      if (leg.state !== 'idle') leg.port?.stopMedia(now);
      this.forget(leg);
    }
  }

  /**
   * The leg, which the far end holds, is to hear music, and is told so; where that comes to nothing, it is told that, too.
   * `false`: there is no music, and it has been told nothing.
   */
  startMusic(leg: Leg, newMusic: (call: Call) => Leg | undefined, now: Instant): boolean {
    if (leg.device === undefined || leg.music !== undefined) return false;
    const call = new Call(leg.call.id, leg.call.parties, now);
    const music = newMusic(call);
    if (music === undefined) return false;
    call.answered = leg;
    leg.music = music;
    leg.port?.farHeld(true, now, true);
    this.agree(call, now);
    return true;
  }

  /** The music does not come: the call goes on without, and the leg's phone plays its own tone. */
  #loseMusic(leg: Leg, now: Instant): void {
    this.endMusic(leg, now);
    if (leg.state === 'connected' && leg.far?.state === 'hold') leg.port?.farHeld(true, now);
  }

  /** The leg hears no music any more, and will say anew where it receives. */
  endMusic(leg: Leg, now: Instant): void {
    const { music } = leg;
    if (music === undefined) return;
    leg.music = undefined;
    music.state = 'idle';
    this.#deadlines.set(music.mediaDeadline, undefined);
    music.port?.release({ cause: 'normal', by: 'server' }, now);
    if (leg.state !== 'idle') leg.port?.stopMedia(now);
    this.forget(leg);
  }

  /** Who hears the music of that end, or is to hear it. */
  #listenerOf(leg: Leg): Leg | undefined {
    if (leg.music !== undefined) return leg;
    const { answered } = leg.call;
    return answered?.music === leg ? answered : undefined;
  }

  /**
   * Two phones that name their address only together with the other's: where one received last begins it, and stands until
   * it says anew.
   */
  recall(leg: Leg): void {
    const { far, lastReceive } = leg;
    if (far === undefined || leg.receive !== undefined || far.receive !== undefined) return;
    if (leg.port?.needsFarAddress !== true || far.port?.needsFarAddress !== true) return;
    const [one, address] = lastReceive === undefined ? [far, far.lastReceive] : [leg, lastReceive];
    one.receive = address;
  }

  /** What was agreed with the leg stands as it is: it is asked nothing any more. */
  settle(leg: Leg): void {
    leg.isOpening = false;
    this.#deadlines.set(leg.mediaDeadline, undefined);
  }

  /** Clears what is known of the leg's media. */
  forget(leg: Leg): void {
    leg.isOpening = false;
    leg.hasMissed = false;
    leg.receive = undefined;
    leg.sending = undefined;
    this.#deadlines.set(leg.mediaDeadline, undefined);
    if (leg.early === undefined) return;
    leg.early = undefined;
    leg.capabilities = leg.port?.capabilities() ?? leg.capabilities; // its next channel is free in its codec
  }

  #transmit(leg: Leg, now: Instant): void {
    const { source: far, port } = leg;
    const { media } = callOf(leg);
    if (far?.receive === undefined || media === undefined || port === undefined) return;
    if (far.isUnproved && leg.device === undefined) return;
    const to = far.receive;
    const { sending } = leg;
    if (sending?.to.address === to.address && sending.to.port === to.port && sending.codec === media.codec) return;
    // A phone that is told a stream and no SDP cannot be told that there is none.
    if (isNowhere(to) && leg.device !== undefined && !port.needsFarAddress) return;
    leg.sending = { ...media, to, ...wayOf(leg) };
    leg.hasFailedToSend = false;
    port.transmit(leg.sending, now);
    if (leg.music !== undefined || !this.#bus.hasListener('call.media')) return; // who hears music sends nothing
    this.#bus.publish({
      type: 'call.media',
      ...legFacts(leg, now),
      to,
      ...(far.device === undefined ? {} : { toDevice: far.device }),
      codec: media.codec,
      milliseconds: media.milliseconds,
      ...(media.telephoneEvent === undefined ? {} : { telephoneEvent: media.telephoneEvent }),
    });
  }

  /** What both ends use; `undefined` where an end has not told what it can, or there is nothing in common. */
  #mediaOf(call: Call, now: Instant): AgreedMedia | undefined {
    if (call.media !== undefined) return call.media;
    const { caller, answered } = call;
    const [one, other] = [caller.capabilities, answered?.capabilities];
    if (answered === undefined) return undefined;
    const known = one ?? other;
    if (known === undefined) return undefined; // the SDP that tells it is still to come
    const bothSip = caller.port?.needsFarAddress === true && answered.port?.needsFarAddress === true;
    call.media = agreeOn(one ?? known, other ?? known, this.#settings.codecs, bothSip);
    if (call.media !== undefined) return call.media;
    if (answered.music === caller) {
      this.#loseMusic(answered, now);
      return undefined;
    }
    this.#publishFailure(answered, 'no-codec', now);
    this.#watcher.failed(answered, 'noMedia', now);
    return undefined;
  }

  #publishFailure(leg: Leg, reason: CallMediaFailed['reason'], now: Instant, to?: MediaAddress): void {
    if (!this.#bus.hasListener('call.media-failed')) return;
    const { far } = leg;
    const names = (capabilities: MediaCapabilities | undefined) => capabilities?.codecs.map(({ codec }) => codec) ?? [];
    this.#bus.publish({
      type: 'call.media-failed',
      ...legFacts(leg, now),
      reason,
      ...(to === undefined ? {} : { to }),
      ...(far?.device === undefined ? {} : { farDevice: far.device }),
      ...(reason === 'no-codec' ? { codecs: [names(leg.capabilities), names(far?.capabilities)] as const } : {}),
    });
  }
}

/** A leg that hears music, or whose microphone is off, only listens; its far end only speaks. */
const wayOf = ({ music, isListener, far }: Leg): Pick<OutgoingStream, 'isListening' | 'isSpeaking'> => {
  if (music !== undefined || isListener) return { isListening: true };
  return far?.isListener === true ? { isSpeaking: true } : {};
};

/** The call whose media a leg has: its own, or that with the music that it hears. */
const callOf = (leg: Leg): Call => leg.music?.call ?? leg.call;
