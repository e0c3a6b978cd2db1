// A call of a shared line on a phone that does not have it: in use elsewhere, or held there and free to be resumed
// (`docs/protocols/calls.md` §2.16). The key for barge is in no set, so that nobody is offered it.

import type { CallParties, RemoteCall, RemoteCallPort, RemoteState } from '../../calls/index.js';
import type { Instant } from '../../core/time.js';
import { CALL_STATES, PRIVACY } from '../tables/enumerations.js';
import { maskWithout, SOFT_KEY_SET } from '../tables/soft-keys.js';
import { sendCallInfo } from './call-info.js';
import type { CallPhone } from './call-phone.js';
import { promptOf } from './call-prompts.js';
import { PRECEDENCE_ROUTINE } from './leg-screen.js';

/** From this version on phones know the state of a call that another phone holds; older ones are given that of their own. */
const KNOWS_REMOTE_HOLD = 17;
/** Of a held call only Resume and NewCall are for this phone. */
const HELD_MASK = maskWithout(SOFT_KEY_SET.onHold, ['directTransfer', 'select', 'join']);
const NO_KEYS = 0;

export class SccpRemoteCall implements RemoteCallPort {
  readonly #phone: CallPhone;
  readonly #call: RemoteCall;

  constructor(phone: CallPhone, call: RemoteCall) {
    this.#phone = phone;
    this.#call = call;
  }

  get #use() {
    return { lineInstance: this.#call.lineInstance, callReference: this.#call.ci };
  }

  show(state: RemoteState, parties: CallParties, now: Instant): void {
    const { station } = this.#phone;
    const isHeld = state === 'held';
    station.speak(() => {
      const { lineInstance, ci } = this.#call;
      this.#phone.lamp(lineInstance, this.#phone.lampOf(lineInstance), now);
      this.#callState(isHeld ? this.#heldState : CALL_STATES.CallRemoteMultiline, now);
      const keys = isHeld
        ? { softKeySetIndex: SOFT_KEY_SET.onHold, validKeyMask: HELD_MASK }
        : { softKeySetIndex: SOFT_KEY_SET.inUseRemote, validKeyMask: NO_KEYS };
      station.send('SelectSoftKeysMessage', { ...this.#use, ...keys }, now);
      const { text, content } = promptOf(isHeld ? 'hold' : 'inUseRemote');
      station.prompt(text, content, { line: lineInstance, callReference: ci }, now);
      sendCallInfo(station, this.#call, parties, true, now);
    }, now);
  }

  end(now: Instant): void {
    const phone = this.#phone;
    phone.station.speak(() => {
      const { lineInstance } = this.#call;
      phone.lamp(lineInstance, phone.lampOf(lineInstance), now);
      phone.station.send('ClearPromptStatusMessage', this.#use, now);
      this.#callState(CALL_STATES.OnHook, now);
      phone.freed(true, now);
    }, now);
  }

  get #heldState(): number {
    return this.#phone.station.version < KNOWS_REMOTE_HOLD ? CALL_STATES.Hold : CALL_STATES.RemoteHold;
  }

  #callState(callState: number, now: Instant): void {
    const privacy = this.#call.isPrivate ? PRIVACY.Limited : PRIVACY.None;
    const precedence = { precedenceLevel: PRECEDENCE_ROUTINE, precedenceDomain: 0 };
    this.#phone.station.send('CallStateMessage', { callState, ...this.#use, privacy, ...precedence }, now);
  }
}
