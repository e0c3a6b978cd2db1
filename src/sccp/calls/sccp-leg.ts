// A leg on an SCCP phone: what the call machine asks of it is, for each port method, a list of messages in the order of the
// captured calls (`docs/protocols/calls.md` §2.4 to §2.10). It holds only what it has shown.

import type {
  AgreedMedia,
  CallParties,
  CauseName,
  IncomingCall,
  Leg,
  LegPort,
  MediaAddress,
  MediaCapabilities,
  OutgoingStream,
  Release,
} from '../../calls/index.js';
import type { DirectoryNumber } from '../../core/identifiers.js';
import { after, type Instant, milliseconds, seconds } from '../../core/time.js';
import { CALL_STATES, LAMP_MODES, ON_OFF, RING_MODES } from '../tables/enumerations.js';
import type { CallPhone } from './call-phone.js';
import { CALL_TONE, DTMF_MILLISECONDS, dtmfToneOf, failureOf } from './call-tones.js';
import { LegRinger } from './leg-ringer.js';
import { LegScreen } from './leg-screen.js';
import { mediaCapabilitiesOf } from './media-capabilities.js';
import { type PartyState, SccpMedia } from './sccp-media.js';

/** How the user began the call. */
export interface Beginning {
  /** Without lifting anything: the phone is told to use its speaker. */
  readonly isHandsFree: boolean;
  /** The number is dialled at once: no dial tone. */
  readonly isNumberKnown: boolean;
}

/** States of a leg that has no speaker to switch off. */
const RESTING: ReadonlySet<number> = new Set([CALL_STATES.RingIn, CALL_STATES.Hold]);

/** A phone that answers by itself has announced it so long (`docs/protocols/calls.md` §2.17). */
const TO_ANSWER_ITSELF = seconds(1);
/** From this version on phones know the state of an intercom call; older ones are given that of any call. */
const KNOWS_WHISPER = 17;
const UNSPECIFIED_ADDRESS = '0.0.0.0';

/** One leg, from its beginning to `release`; its phone's link must stand. */
export class SccpLeg implements LegPort {
  readonly needsFarAddress = false;
  readonly playsFailure = true;
  readonly leg: Leg;
  readonly #phone: CallPhone;
  readonly #screen: LegScreen;
  readonly #media: SccpMedia;
  /** Of a caller's leg. */
  readonly #beginning: Beginning | undefined;
  #hasShownDialling = false;
  #hasShownNumber = false;
  readonly #ringer: LegRinger;
  /** Its user does not want to be disturbed: nothing makes it ring. */
  #isSilent = false;
  /** What is shown once the receive channel is asked for. */
  #uponOpening: ((now: Instant) => void) | undefined;
  #parties: CallParties;
  #isMuted = false;

  constructor(phone: CallPhone, leg: Leg, beginning?: Beginning) {
    this.#phone = phone;
    this.leg = leg;
    this.#beginning = beginning;
    this.#parties = leg.call.parties;
    this.#screen = new LegScreen(phone, leg);
    this.#ringer = new LegRinger(this.#screen);
    this.#media = new SccpMedia(phone.station, leg, () => phone.environment.control.nextParty());
    phone.legs.set(leg.ci, this);
  }

  get isHandsetUp(): boolean {
    return this.#phone.isHandsetUp;
  }

  /** It stutters where messages wait for the line. */
  get #dialTone(): number {
    if (this.leg.setsForward) return CALL_TONE.feature;
    const { messages } = this.#phone.station.service.database;
    return messages.of(this.leg.dn as DirectoryNumber).waiting ? CALL_TONE.messages : CALL_TONE.dial;
  }

  capabilities(): MediaCapabilities {
    const { state } = this.#phone.station;
    return mediaCapabilitiesOf(state.kind === 'bound' ? state.registration.capabilities : []);
  }

  offHook(now: Instant): void {
    this.#say(now, () => {
      const screen = this.#screen;
      if (this.#beginning?.isHandsFree === true) {
        screen.quiet(now);
        this.#phone.speaker(true, now);
      }
      screen.lamp(LAMP_MODES.On, now);
      if (this.#beginning?.isNumberKnown === true) return;
      this.#showDialling(this.#offHookKeys, now);
      screen.startTone(this.#dialTone, now);
    });
  }

  /** What the user dials from now on is where the line forwards. */
  forwardWanted(now: Instant): void {
    this.#say(now, () => {
      this.#screen.keys(this.#offHookKeys, now);
      this.#screen.startTone(this.#dialTone, now);
    });
  }

  collecting(_digits: string, isFirst: boolean, now: Instant): void {
    if (!isFirst) return;
    this.#say(now, () => {
      this.#screen.stopTone(now);
      this.#screen.keys('digits', now);
    });
  }

  corrected(digits: string, now: Instant): void {
    this.#say(now, () => {
      this.#screen.backspace(now);
      if (digits !== '') return;
      this.#screen.keys(this.#offHookKeys, now);
      this.#screen.startTone(this.#dialTone, now);
    });
  }

  proceeding(dialled: string, parties: CallParties, now: Instant): void {
    this.#say(now, () => {
      this.#showNumber(dialled, now);
      this.#screen.callState(CALL_STATES.Proceed, now);
      this.#inform(parties, false, now);
    });
  }

  alerting(parties: CallParties, now: Instant): void {
    this.#say(now, () => {
      const screen = this.#screen;
      screen.startTone(CALL_TONE.ringBack, now);
      screen.callState(CALL_STATES.RingOut, now);
      screen.keys('ringOut', now);
      screen.prompt('ringOut', now);
      this.#inform(parties, false, now);
    });
  }

  ring({ parties, isWaiting, isSilent, isOutside, autoAnswer }: IncomingCall, now: Instant): void {
    this.#ringer.isOutside = isOutside;
    this.#isSilent = isSilent;
    const answersItself = autoAnswer !== undefined && (autoAnswer === 'speaker' || this.#phone.isHeadsetOn);
    this.#say(now, () => {
      const screen = this.#screen;
      const { number } = parties.calling;
      screen.callState(CALL_STATES.RingIn, now);
      screen.keys('ringIn', now);
      screen.prompt('from', now, number);
      screen.announce(number, now);
      this.#inform(parties, false, now);
      screen.lamp(LAMP_MODES.Blink, now);
      if (answersItself) screen.startTone(CALL_TONE.autoAnswer, now);
      else if (isSilent) screen.ringer(RING_MODES.Off, now);
      else if (isWaiting) this.#ringer.wait(this.#screenOfTalk(), now);
      else this.#ringer.sound(now);
    });
    this.#phone.environment.control.alerting(this.leg, now);
    if (answersItself) this.#answerLater(now);
  }

  /** As if its user pressed Answer, unless the phone has another call by then: it rings beside that. */
  #answerLater(now: Instant): void {
    const { environment } = this.#phone;
    environment.later.add(after(now, TO_ANSWER_ITSELF), (at) => {
      if (this.leg.state !== 'ring-in' || this.leg.port !== this) return;
      if (this.#phone.isFree) environment.control.answer(this.leg, at);
      else {
        environment.control.speak(this.leg, at); // once its user answers
        this.#say(at, () => this.#ringer.wait(this.#screenOfTalk(), at));
      }
    });
  }

  /** The phone's ringer sounds from now on. Returns whether this leg rings. */
  ringAloud(now: Instant): boolean {
    if (this.leg.state !== 'ring-in') return false;
    if (this.#isSilent) return true;
    this.#say(now, () => this.#ringer.sound(now));
    return true;
  }

  connecting(parties: CallParties, now: Instant): void {
    this.#parties = parties;
    this.#say(now, () => {
      const screen = this.#screen;
      if (this.leg.role === 'caller') {
        screen.stopTone(now);
        if (!this.#hasShownDialling) {
          // It took a call over: it never dialled.
          screen.callState(CALL_STATES.OffHook, now);
          screen.plane(now);
        }
        return;
      }
      this.#ringer.stopWaiting(now);
      screen.quiet(now);
      this.#phone.speaker(true, now);
      screen.lamp(LAMP_MODES.On, now);
      screen.callState(CALL_STATES.OffHook, now);
      screen.plane(now);
      this.#ringer.stop(now);
      screen.stopTone(now);
    });
  }

  connected(parties: CallParties, now: Instant): void {
    this.#say(now, () => {
      const { role } = this.leg;
      if (role === 'called') this.#screen.stopTone(now);
      this.#showConnected(parties, now);
      if (role === 'caller') this.#screen.stopTone(now);
      else this.#screen.clearAnnouncement(now);
    });
  }

  redirected(parties: CallParties, isRinging: boolean, now: Instant): void {
    this.#say(now, () => {
      const screen = this.#screen;
      if (this.leg.state === 'ring-in') {
        screen.prompt('from', now, parties.calling.number);
        this.#inform(parties, false, now);
        return;
      }
      if (screen.tone !== undefined) screen.stopTone(now);
      this.#inform(parties, true, now);
      if (this.#phone.selected.delete(this.leg.ci)) screen.selected(false, now); // Join has taken it
      screen.refreshKeys(now); // it may be in a conference now, or no more
      if (isRinging) screen.startTone(CALL_TONE.ringBack, now);
    });
  }

  /** Its user has selected it, or not any more. */
  select(isSelected: boolean, now: Instant): void {
    const { selected } = this.#phone;
    if (isSelected) selected.add(this.leg.ci);
    else selected.delete(this.leg.ci);
    this.#say(now, () => this.#screen.selected(isSelected, now));
  }

  standsAlone(now: Instant): void {
    const { state } = this.leg;
    this.#say(now, () => {
      if (state === 'connected') this.#screen.keys('connected', now);
      else this.#screen.refreshKeys(now);
    });
  }

  openReceive(media: AgreedMedia, far: MediaAddress | undefined, now: Instant): void {
    this.#say(now, () => {
      this.#media.open(media, far?.address ?? this.#addressOfFar(), now);
      this.#uponOpening?.(now);
      this.#uponOpening = undefined;
    });
  }

  transmit(stream: OutgoingStream, now: Instant): void {
    if (stream.isListening === true) return;
    this.#say(now, () => this.#media.transmit(stream, now));
    const { far } = this.leg;
    if (far?.sending === undefined) return;
    // Both directions flow: both phones are told once more who talks.
    this.#flows(now);
    if (far.port instanceof SccpLeg) far.port.#flows(now);
  }

  stopMedia(now: Instant): void {
    this.#say(now, () => this.#closeMedia(now));
  }

  held(parties: CallParties, now: Instant): void {
    this.#say(now, () => {
      const screen = this.#screen;
      if (screen.tone !== undefined) screen.stopTone(now);
      screen.lamp(this.#phone.lampOf(this.leg.lineInstance), now);
      screen.callState(CALL_STATES.Hold, now);
      screen.keys('onHold', now);
      screen.prompt('hold', now);
      this.#inform(parties, true, now);
      if (!this.#phone.isTakingOver) this.#phone.speaker(false, now);
      this.#phone.freed(false, now);
    });
  }

  resumed(parties: CallParties, now: Instant): void {
    const show = (at: Instant): void => {
      this.#showConnected(parties, at);
      this.#screen.lamp(LAMP_MODES.On, at);
    };
    this.#say(now, () => {
      if (!this.isHandsetUp) this.#phone.speaker(true, now);
      this.#screen.stopTone(now);
      if (this.leg.far?.state === 'connected') this.#uponOpening = show;
      else show(now);
    });
  }

  farHeld(isHeld: boolean, now: Instant, hasMusic = false): void {
    if (this.leg.state !== 'connected') return; // held by both ends
    if (isHeld && hasMusic) return;
    this.#say(now, () => {
      if (isHeld) this.#screen.startTone(CALL_TONE.hold, now);
      else this.#screen.stopTone(now);
    });
  }

  digit(digit: string, now: Instant): void {
    const tone = dtmfToneOf(digit);
    if (tone === undefined) return;
    this.#say(now, () => this.#screen.startTone(tone, now));
    this.#phone.environment.later.add(after(now, milliseconds(DTMF_MILLISECONDS)), (at) => {
      if (this.#screen.tone === tone && this.leg.port === this) this.#say(at, () => this.#screen.stopTone(at));
    });
  }

  failed(cause: CauseName, parties: CallParties, now: Instant): void {
    this.#say(now, () => {
      const screen = this.#screen;
      const dialled = this.leg.call.dialled || this.leg.digits;
      if (dialled !== '' && !this.#hasShownNumber) this.#showNumber(dialled, now);
      this.#closeMedia(now);
      if (screen.tone !== undefined) screen.stopTone(now);
      const failure = failureOf(cause, this.#phone.station.version);
      screen.callState(failure.callState, now);
      this.#inform(parties, false, now);
      screen.startTone(failure.tone, now);
      screen.keys('ringOut', now);
      screen.prompt(failure.prompt, now);
    });
  }

  release({ by, isKept = false }: Release, now: Instant): void {
    const phone = this.#phone;
    phone.legs.delete(this.leg.ci);
    this.#say(now, () => {
      const screen = this.#screen;
      if (phone.selected.delete(this.leg.ci)) screen.selected(false, now);
      const wasActive = !RESTING.has(screen.state);
      this.#closeMedia(now);
      this.#listen(false, now);
      this.#ringer.stopWaiting(now);
      screen.stopTone(now);
      if (by === 'feature' && this.leg.digits !== '') screen.startTone(CALL_TONE.confirmed, now); // it ends by itself
      if (this.#ringer.isOn) {
        this.#ringer.stop(now);
        screen.clearAnnouncement(now);
      }
      if (wasActive && phone.isFree && !phone.hasHungUp && !phone.isTakingOver) phone.speaker(false, now);
      screen.lamp(phone.lampOf(this.leg.lineInstance), now);
      screen.clearPrompt(now);
      if (by === 'elsewhere') {
        screen.notMissed(now);
        if (!isKept) screen.callState(CALL_STATES.CallRemoteMultiline, now);
      }
      if (!isKept) screen.callState(CALL_STATES.OnHook, now);
      phone.freed(true, now);
    });
    const { statistics, environment } = phone;
    if (statistics.isAwaiting(this.leg))
      environment.later.add(statistics.untilAfter(now), () => statistics.forget(this.leg));
  }

  /** The phone has opened a channel for `party`. */
  opened(party: number): PartyState {
    return this.#media.answered(party);
  }

  partyState(party: number): PartyState {
    return this.#media.stateOf(party);
  }

  /** The phone has a port open that nobody wants. */
  refuseParty(party: number, now: Instant): void {
    this.#say(now, () => this.#media.closeParty(party, now));
  }

  #say(now: Instant, messages: () => void): void {
    this.#phone.station.speak(messages, now);
  }

  #inform(parties: CallParties, isConnected: boolean, now: Instant): void {
    this.#parties = parties;
    this.#screen.info(parties, isConnected, now);
  }

  #flows(now: Instant): void {
    this.#say(now, () => this.#inform(this.#parties, true, now));
  }

  get #connectedKeys() {
    const { primary, consultsFor } = this.leg;
    if (primary === undefined) return 'connected';
    return consultsFor === 'conference' ? 'connectedConference' : 'connectedTransfer';
  }

  get #offHookKeys() {
    return this.leg.primary === undefined && !this.leg.setsForward ? 'offHook' : 'offHookFeature';
  }

  /** What a phone shows from off hook until its number is complete. */
  #showDialling(keys: 'offHook' | 'offHookFeature' | 'digits', now: Instant): void {
    this.#hasShownDialling = true;
    this.#screen.callState(CALL_STATES.OffHook, now);
    this.#screen.keys(keys, now);
    this.#screen.prompt('enterNumber', now);
    this.#screen.plane(now);
  }

  /** The number is complete: it goes into the phone's list of placed calls, and is what Redial dials. */
  #showNumber(dialled: string, now: Instant): void {
    const screen = this.#screen;
    this.#hasShownNumber = true;
    if (screen.tone !== undefined) screen.stopTone(now);
    if (this.#hasShownDialling) screen.keys('digits', now);
    else this.#showDialling('digits', now);
    screen.dialled(dialled, now);
    this.#phone.remember(dialled);
  }

  #showConnected(parties: CallParties, now: Instant): void {
    const screen = this.#screen;
    const { isListener } = this.leg;
    const isWhisper = isListener && this.#phone.station.version >= KNOWS_WHISPER;
    screen.callState(isWhisper ? CALL_STATES.Whisper : CALL_STATES.Connected, now);
    this.#listen(isListener, now);
    screen.keys(this.#connectedKeys, now);
    screen.prompt('connected', now);
    this.#inform(parties, true, now);
  }

  /** Its microphone is off while it only listens. */
  #listen(isListening: boolean, now: Instant): void {
    if (isListening === this.#isMuted) return;
    this.#isMuted = isListening;
    const micMode = isListening ? ON_OFF.Off : ON_OFF.On;
    this.#phone.station.send('SetMicroModeMessage', { micMode }, now);
  }

  /** The screen of the call that is active beside this one, where it has no tones of its own. */
  #screenOfTalk(): LegScreen | undefined {
    const { environment, device, legs } = this.#phone;
    const active = environment.control.legs.activeOf(device);
    const port = active?.state === 'connected' ? legs.get(active.ci) : undefined;
    return port === undefined ? undefined : port.#screen;
  }

  #closeMedia(now: Instant): void {
    this.#uponOpening = undefined;
    const { station, statistics } = this.#phone;
    if (this.#media.close(now)) statistics.ask(station, this.leg, now);
  }

  /** Where the far phone is, before it has said where it receives; ours for ends of labcm's own. */
  #addressOfFar(): string {
    const { service, local } = this.#phone.station;
    const device = this.leg.far?.device;
    const registration = device === undefined ? undefined : service.database.byName(device)?.registration;
    const address = registration?.address ?? local.address;
    return address.includes(':') ? UNSPECIFIED_ADDRESS : address; // streams are of IPv4
  }
}
