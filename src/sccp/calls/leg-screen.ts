// What one leg shows and plays on its phone: keys, prompt, tone, ringer, each by one message. It remembers the keys and the
// tone, so that each change is sent once.

import type { CallParties, Leg } from '../../calls/index.js';
import type { Instant } from '../../core/time.js';
import type { Station } from '../station.js';
import { CALL_HISTORY, CALL_STATES, RING_DURATIONS, RING_MODES, TONE_DIRECTIONS } from '../tables/enumerations.js';
import { SOFT_KEY_SET } from '../tables/soft-keys.js';
import { sendCallInfo } from './call-info.js';
import { type KeyConditions, type KeySet, maskOf } from './call-masks.js';
import type { CallPhone } from './call-phone.js';
import { type PromptName, promptOf } from './call-prompts.js';

/** The precedence of every call (`docs/protocols/calls.md` §2.1). */
export const PRECEDENCE_ROUTINE = 4;
/** DisplayPriNotify of a ringing call: seconds and priority (`docs/protocols/calls.md` §2.5). */
const RING_NOTICE = { timeOutValue: 10, priority: 5 } as const;
const DYNAMIC_NOTICES = 8;
/** Older phones are kept from listing a missed call by the state of a connected one. */
const KNOWS_CALL_HISTORY = 15;

/** The messages by which a leg is shown. Each method sends one at once, or none where nothing changes. */
export class LegScreen {
  readonly #phone: CallPhone;
  readonly #leg: Leg;
  #state: number = CALL_STATES.Idle;
  #keys: KeySet | undefined;
  #mask = 0;
  #tone: number | undefined;

  constructor(phone: CallPhone, leg: Leg) {
    this.#phone = phone;
    this.#leg = leg;
  }

  /** The CallState that the phone was told last. */
  get state(): number {
    return this.#state;
  }

  /** The tone that the phone plays; `undefined`: none of this leg. */
  get tone(): number | undefined {
    return this.#tone;
  }

  get #station(): Station {
    return this.#phone.station;
  }

  get #use() {
    return { lineInstance: this.#leg.lineInstance, callReference: this.#leg.ci };
  }

  callState(callState: number, now: Instant): void {
    this.#state = callState;
    const fields = { callState, ...this.#use, privacy: 0, precedenceLevel: PRECEDENCE_ROUTINE, precedenceDomain: 0 };
    this.#station.send('CallStateMessage', fields, now);
  }

  keys(set: KeySet, now: Instant): void {
    const validKeyMask = maskOf(set, this.#conditions);
    if (set === this.#keys && validKeyMask === this.#mask) return;
    this.#keys = set;
    this.#mask = validKeyMask;
    const fields = { ...this.#use, softKeySetIndex: SOFT_KEY_SET[set], validKeyMask };
    this.#station.send('SelectSoftKeysMessage', fields, now);
  }

  /** The keys of the present set once more: what the phone can do may have changed. */
  refreshKeys(now: Instant): void {
    if (this.#keys !== undefined) this.keys(this.#keys, now);
  }

  get #conditions(): KeyConditions {
    const leg = this.#leg;
    const others = this.#phone.environment.control.legs.of(this.#phone.device);
    const { control } = this.#phone.environment;
    return {
      canDivert: control.canDivert(leg),
      canPickUp: control.settings.pickupGroups.length > 0,
      canSet: control.features.canSet,
      canRedial: this.#phone.lastNumber !== undefined,
      consults: leg.primary !== undefined && leg.consultsFor === 'transfer',
      canConfer: control.canConfer,
      canMeet: control.canMeet,
      isConferring: control.isConferring(leg),
      controlsConference: control.controlsConference(leg),
      canJoin: others.some((other) => other !== leg && (other.state === 'hold' || other.state === 'connected')),
    };
  }

  /** The mark beside the call. */
  selected(isSelected: boolean, now: Instant): void {
    this.#station.send('CallSelectStatMessage', { callSelectStat: isSelected ? 1 : 0, ...this.#use }, now);
  }

  prompt(name: PromptName, now: Instant, detail = ''): void {
    const { text, content } = promptOf(name, detail);
    this.#station.prompt(text, content, { line: this.#leg.lineInstance, callReference: this.#leg.ci }, now);
  }

  /** Also where the phone shows something else: who rings. */
  announce(number: string, now: Instant): void {
    const { version, announced } = this.#station;
    const isDynamic = version >= DYNAMIC_NOTICES && announced.dynamicMessages;
    const fields = { ...RING_NOTICE, notify: promptOf('from', number).text };
    this.#station.send(isDynamic ? 'DisplayPriNotifyV2Message' : 'DisplayPriNotifyMessage', fields, now);
  }

  clearAnnouncement(now: Instant): void {
    this.#station.send('ClearPriNotifyMessage', { priority: RING_NOTICE.priority }, now);
  }

  clearPrompt(now: Instant): void {
    this.#station.send('ClearPromptStatusMessage', this.#use, now);
  }

  startTone(tone: number, now: Instant): void {
    this.#tone = tone;
    this.#station.send('StartToneMessage', { tone, toneOutputDirection: TONE_DIRECTIONS.User, ...this.#use }, now);
  }

  /** Stops whatever the phone plays for this leg, also where nothing is known to be played. */
  stopTone(now: Instant): void {
    this.#tone = undefined;
    this.#station.send('StopToneMessage', { ...this.#use, tone: 0 }, now);
  }

  /** `ringMode`: of `sccp.md` §9.7. */
  ringer(ringMode: number, now: Instant): void {
    const ringDuration = RING_DURATIONS.Normal;
    this.#station.send('SetRingerMessage', { ringMode, ringDuration, ...this.#use }, now);
  }

  /** The ringer of no line in particular is switched off. */
  quiet(now: Instant): void {
    const fields = { ringMode: RING_MODES.Off, ringDuration: RING_DURATIONS.Normal, lineInstance: 0, callReference: 0 };
    this.#station.send('SetRingerMessage', fields, now);
  }

  lamp(mode: number, now: Instant): void {
    this.#phone.lamp(this.#leg.lineInstance, mode, now);
  }

  plane(now: Instant): void {
    this.#station.send('ActivateCallPlaneMessage', { lineInstance: this.#leg.lineInstance }, now);
  }

  dialled(dialedNumber: string, now: Instant): void {
    this.#station.send('DialedNumberMessage', { dialedNumber, ...this.#use }, now);
  }

  backspace(now: Instant): void {
    this.#station.send('BackSpaceReqMessage', this.#use, now);
  }

  info(parties: CallParties, isConnected: boolean, now: Instant): void {
    sendCallInfo(this.#station, this.#leg, parties, isConnected, now);
  }

  /** Another phone has answered: it is no missed call here (`docs/protocols/calls.md` §2.16). */
  notMissed(now: Instant): void {
    const station = this.#station;
    if (station.version < KNOWS_CALL_HISTORY) this.callState(CALL_STATES.Connected, now);
    else station.send('CallHistoryInfoMessage', { callHistoryDisposition: CALL_HISTORY.Ignore, ...this.#use }, now);
  }
}
