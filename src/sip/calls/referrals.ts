// Transfers by REFER within a call: blind to a number, or to the far end of another call of the same phone, which Replaces names
// (RFC 3515, RFC 3891, `docs/protocols/calls.md` §3.7).

import type { BlindTransferWatcher, CallControl, Leg } from '../../calls/index.js';
import { printable } from '../../calls/index.js';
import { SlidingWindow } from '../../core/rate-limit.js';
import { type Instant, seconds } from '../../core/time.js';
import { parameterValue, parseParameters } from '../message/grammar.js';
import { ID } from '../message/headers.js';
import type { SipMessage } from '../message/message.js';
import { parseSipUri, unescaped, userNumberOf } from '../message/uri.js';
import type { Answer, ServerRequest } from '../response/server-request.js';
import type { RequestParts } from './call-requests.js';
import { failureStatus } from './causes.js';
import { dialogKey } from './dialog.js';
import type { CallServices, DialogUser } from './services.js';

/** REFERs of one dialog within a second, and those at once that have no outcome (`docs/protocols/calls.md` §8.3). */
const MOST_A_SECOND = 5;
const MOST_OPEN = 2;
/** The longest number (`docs/protocols/calls.md` §8.3). */
const MOST_DIGITS = 64;

const BAD = { status: 400, phrase: 'Bad Request - Refer-To' } as const;
const DECLINED = { status: 603, phrase: 'Decline' } as const;
const TOO_MANY = { status: 503, phrase: 'Service Unavailable', headers: 'Retry-After: 1\r\n' } as const;
const GONE = { status: 481, phrase: 'Call/Transaction Does Not Exist' } as const;

/** A dialog as a Replaces names it, from the side of whoever wrote it: `to-tag` is of the one that it is sent to. */
export interface ReplacedDialog {
  readonly callId: string;
  readonly toTag: string;
  readonly fromTag: string;
  /** Only while nobody has answered. */
  readonly isEarlyOnly: boolean;
}

/** Whose dialog it is; `undefined`: nobody's, or one between others. */
export const findReplaced = (
  { dialogs }: Pick<CallServices, 'dialogs'>,
  { callId, toTag, fromTag }: ReplacedDialog,
): DialogUser | undefined => {
  const user = dialogs.get(dialogKey(callId, toTag));
  return user?.dialog.remoteTag === fromTag ? user : undefined;
};

/** What a REFER asks for. */
export type Referral =
  | { readonly kind: 'blind'; readonly host: string; readonly number: string }
  | { readonly kind: 'consulted'; readonly host: string; readonly dialog: ReplacedDialog }
  | { readonly kind: 'refused'; readonly answer: Answer };

/** The value of a Replaces header; `undefined`: it names no dialog. */
export const readReplaces = (value: string): ReplacedDialog | undefined => {
  const end = value.indexOf(';');
  if (end <= 0) return undefined;
  const parameters = parseParameters(value.slice(end), 0);
  if (parameters === undefined) return undefined;
  const toTag = parameterValue(parameters, 'to-tag');
  const fromTag = parameterValue(parameters, 'from-tag');
  if (toTag === undefined || fromTag === undefined) return undefined;
  const isEarlyOnly = parameters.some(({ name }) => name.toLowerCase() === 'early-only');
  return { callId: value.slice(0, end).trim(), toTag, fromTag, isEarlyOnly };
};

/** What the Refer-To of a REFER asks for. */
export const readReferral = (message: SipMessage): Referral => {
  const written = message.address('Refer-To')?.uri ?? '';
  const [target = '', headers = ''] = written.split('?', 2);
  const uri = parseSipUri(target);
  if (typeof uri === 'string') return { kind: 'refused', answer: written === '' ? BAD : DECLINED };
  if (/^sips:/i.test(target) || /;method=(?!invite\b)/i.test(target)) return { kind: 'refused', answer: DECLINED };
  const replaces = /(?:^|&)replaces=([^&]*)/i.exec(headers)?.[1];
  if (replaces === undefined) {
    const number = printable(userNumberOf(target));
    if (number === '' || number.length > MOST_DIGITS) return { kind: 'refused', answer: BAD };
    return { kind: 'blind', host: uri.host, number };
  }
  const dialog = readReplaces(unescaped(replaces));
  return dialog === undefined ? { kind: 'refused', answer: BAD } : { kind: 'consulted', host: uri.host, dialog };
};

/** What referrals need of the leg in whose dialog they come. */
export interface ReferringLeg {
  readonly leg: Leg;
  readonly control: CallControl;
  /** The leg of the same phone in that dialog. */
  consultationOf(dialog: ReplacedDialog): Leg | undefined;
  /** Whether a host in a URI is this server. */
  isHere(host: string): boolean;
  accepted(): Answer;
  /** Sends a NOTIFY in the dialog. */
  notify(lines: string, body: NonNullable<RequestParts['body']>, now: Instant): void;
}

/** Tells who asked; `undefined`: it wants no word. */
type Notify = ReferringLeg['notify'] | undefined;

/** The REFERs about one dialog. */
export class Referrals {
  readonly #owner: ReferringLeg;
  readonly #recent = new SlidingWindow();
  #open = 0;

  constructor(owner: ReferringLeg) {
    this.#owner = owner;
  }

  /** Whether one more request may cost something now. */
  mayAsk(now: Instant): boolean {
    return this.#recent.add(1, seconds(1), now) <= MOST_A_SECOND;
  }

  /** `notify`: for a REFER that is in a dialog of its own. */
  receive(request: ServerRequest, now: Instant, notify: ReferringLeg['notify'] = this.#owner.notify): void {
    const { message } = request;
    const referral = readReferral(message);
    if (this.#owner.leg.isTrunk)
      request.answer(DECLINED, now); // another PBX moves no calls of ours
    else if (!this.mayAsk(now) || this.#open >= MOST_OPEN) request.answer(TOO_MANY, now);
    else if (referral.kind === 'refused') request.answer(referral.answer, now);
    else if (!this.#owner.isHere(referral.host)) request.answer(DECLINED, now);
    else if (message.all(ID['Refer-To']).length > 1) request.answer(BAD, now);
    else this.#accept(request, referral, wantsNotifications(message) ? notify : undefined, now);
  }

  #accept(
    request: ServerRequest,
    referral: Exclude<Referral, { kind: 'refused' }>,
    notify: Notify,
    now: Instant,
  ): void {
    const { leg, control } = this.#owner;
    request.answer(this.#owner.accepted(), now);
    this.#tell(notify, 'active;expires=60', '100 Trying', now);
    if (referral.kind === 'blind') {
      this.#open += 1;
      const refusal = control.transferBlind(leg, referral.number, this.#watcher(notify), now);
      if (refusal !== undefined) this.#settle(notify, GONE, now);
      return;
    }
    const consultation = this.#owner.consultationOf(referral.dialog);
    const canJoin = consultation !== undefined && control.canTransfer(leg, consultation);
    // The phone is told before its dialogs end.
    this.#tell(notify, ENDED, canJoin ? '200 OK' : `${GONE.status} ${GONE.phrase}`, now);
    if (canJoin) control.transfer(leg, consultation, now);
  }

  #watcher(notify: Notify): BlindTransferWatcher {
    return {
      reached: (now) => this.#settle(notify, { status: 200, phrase: 'OK' }, now),
      failed: (cause, now) => this.#settle(notify, failureStatus(cause, true), now),
    };
  }

  #settle(notify: Notify, { status, phrase }: { readonly status: number; readonly phrase: string }, now: Instant) {
    this.#open -= 1;
    if (this.#owner.leg.state !== 'idle') this.#tell(notify, ENDED, `${status} ${phrase}`, now);
  }

  #tell(notify: Notify, state: string, line: string, now: Instant): void {
    if (notify === undefined) return;
    const body = { type: 'message/sipfrag;version=2.0', text: `SIP/2.0 ${line}\r\n` };
    notify(`Event: refer\r\nSubscription-State: ${state}\r\n`, body, now);
  }
}

const ENDED = 'terminated;reason=noresource';

/** RFC 4488: who asks may want to hear nothing of it. */
export const wantsNotifications = (message: SipMessage): boolean =>
  !/^[ \t]*false\b/i.test(message.text(ID['Refer-Sub']) ?? '') &&
  !/\bnorefersub\b/i.test(message.all(ID.Require).join(','));
