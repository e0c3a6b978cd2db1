// REFERs outside of a dialog that are about a call: the soft keys that SIP has no method for (`docs/protocols/calls.md` §3.9), and
// transfers that name their dialog by Target-Dialog (RFC 4538, §3.7).

import type { CallControl, ConferenceRefusal, Leg } from '../../calls/index.js';
import type { Instant } from '../../core/time.js';
import {
  type PhoneDialogId,
  REQUEST_TYPE,
  RESPONSE_TYPE,
  readSoftKeyEvent,
  remoteccResponse,
  type SoftKeyEvent,
  statusLine,
} from '../cisco/remotecc.js';
import { parameterValue, parseParameters } from '../message/grammar.js';
import { ID } from '../message/headers.js';
import type { SipMessage } from '../message/message.js';
import { newTag, referHeaders } from '../notifier/request-writer.js';
import type { RegisteredPhone } from '../registrar/location.js';
import type { ServerRequest } from '../response/server-request.js';
import { contactLineOf, uriUser, userAgentLine } from './call-headers.js';
import { type RequestParts, sendRequest, writeInDialog } from './call-requests.js';
import { Dialog } from './dialog.js';
import { HOPS } from './leg-dialog.js';
import { findReplaced, type ReplacedDialog, wantsNotifications } from './referrals.js';
import type { CallServices } from './services.js';
import { SipLeg } from './sip-leg.js';

const NO_DIALOG = { status: 481, phrase: 'Call/Transaction Does Not Exist' } as const;
const DECLINED = { status: 603, phrase: 'Decline' } as const;
const TOO_MANY = { status: 503, phrase: 'Service Unavailable', headers: 'Retry-After: 1\r\n' } as const;

/** What a REFER outside of a dialog wants of a call. */
export type OutsideRequest =
  | { readonly kind: 'soft-key'; readonly event: SoftKeyEvent }
  | { readonly kind: 'referral'; readonly dialog: ReplacedDialog | undefined };

/** `undefined`: it is not about a call. */
export const readOutsideRequest = (message: SipMessage): OutsideRequest | undefined => {
  const event = readSoftKeyEvent(message);
  if (event !== undefined) return { kind: 'soft-key', event };
  const target = message.text(ID['Target-Dialog']);
  return target === undefined ? undefined : { kind: 'referral', dialog: readTargetDialog(target) };
};

/** The value of a Target-Dialog header: its tags are named as its receiver sees them (RFC 4538 §4). */
const readTargetDialog = (value: string): ReplacedDialog | undefined => {
  const end = value.indexOf(';');
  const parameters = end <= 0 ? undefined : parseParameters(value.slice(end), 0);
  if (parameters === undefined) return undefined;
  const toTag = parameterValue(parameters, 'local-tag');
  const fromTag = parameterValue(parameters, 'remote-tag');
  if (toTag === undefined || fromTag === undefined) return undefined;
  return { callId: value.slice(0, end).trim(), toTag, fromTag, isEarlyOnly: false };
};

/**
 * What a soft key has come to: a line on the phone's screen, and a code; `act` is done after both are told. Its `onRefused`: it
 * cannot be, as turns out later; the label is shown then.
 */
interface Outcome {
  readonly code: 200 | 603;
  /** Of the phone's dictionary; absent: nothing is shown. */
  readonly label?: number;
  readonly detail?: string;
  readonly act?: (now: Instant, onRefused: (label: number, now: Instant) => void) => void;
}

const LABELS = {
  parkedAt: 0x21,
  cannotConfer: 0x26,
  noConferenceBridge: 0x27,
  inConferenceAlready: 0x2a,
  noParticipants: 0x2b,
  tooManyParties: 0x2c,
  keyNotActive: 0x2d,
  conference: 0x34,
  serviceNotActive: 0x49,
  noParkNumber: 0x5e,
} as const;

const CANNOT_CONFER: Readonly<Record<ConferenceRefusal, number>> = {
  'no-talk': LABELS.cannotConfer,
  'no-bridge': LABELS.noConferenceBridge,
  full: LABELS.tooManyParties,
  'same-call': LABELS.inConferenceAlready,
};

/** A conference of two calls; the phone keeps `talk`. */
const confer = (control: CallControl, held: Leg | undefined, talk: Leg | undefined): Outcome => {
  if (held === undefined || talk === undefined) return { code: 603, label: LABELS.cannotConfer };
  const refusal = control.conferenceRefusal([held], talk);
  if (refusal !== undefined) return { code: 603, label: CANNOT_CONFER[refusal] };
  return {
    code: 200,
    act: (now, onRefused) => {
      const tell = (late: ConferenceRefusal, at: Instant): void => onRefused(CANNOT_CONFER[late], at);
      const refused = control.confer([held], talk, now, tell);
      if (refused !== undefined) tell(refused, now);
    },
  };
};

const removeLast = (leg: Leg, control: CallControl): Outcome =>
  control.controlsConference(leg)
    ? { code: 200, act: (now) => void control.removeLastConferee(leg, now) }
    : { code: 603, label: LABELS.keyNotActive };

/** One row for each key, by its name in small letters. */
const SOFT_KEYS: Readonly<Record<string, (leg: Leg, control: CallControl, other: Leg | undefined) => Outcome>> = {
  conference: (leg, control, other) => confer(control, leg, other),
  join: (leg, control, other) => confer(control, other, leg),
  conflist: (leg, control) => {
    if (!control.isConferring(leg)) return { code: 603, label: LABELS.noParticipants };
    const detail = control.conferees(leg).map(({ number }) => number);
    return { code: 200, label: LABELS.conference, detail: detail.join(', ') };
  },
  rmlastconf: (leg, control) => removeLast(leg, control),
  rmlstconf: (leg, control) => removeLast(leg, control),
  park: (leg, control) => {
    const place = control.parkingOf(leg);
    if ('slot' in place)
      return { code: 200, label: LABELS.parkedAt, detail: place.slot, act: (now) => void control.park(leg, now) };
    return { code: 603, label: place.refused === 'no-slot' ? LABELS.noParkNumber : LABELS.keyNotActive };
  },
  idivert: (leg, control) =>
    control.canDivert(leg)
      ? { code: 200, act: (now) => void control.divert(leg, now) }
      : { code: 603, label: LABELS.serviceNotActive },
};

/** A dialog from our side: the phone's remote tag is ours. */
const replacedBy = (dialog: PhoneDialogId | undefined): ReplacedDialog | undefined =>
  dialog && { ...dialog, toTag: dialog.remoteTag, fromTag: dialog.localTag, isEarlyOnly: false };

export class OutsideRequests {
  readonly #services: CallServices;

  constructor(services: CallServices) {
    this.#services = services;
  }

  /** Answers it; who sends it was found before. */
  serve(request: ServerRequest, phone: RegisteredPhone, wanted: OutsideRequest, now: Instant): void {
    if (wanted.kind === 'soft-key') this.#press(request, phone, wanted.event, now);
    else {
      const user = this.#legOf(phone, wanted.dialog);
      if (user === undefined) request.answer(NO_DIALOG, now);
      else user.refer(request, this.#teller(request, user), now);
    }
  }

  #legOf(phone: RegisteredPhone, dialog: ReplacedDialog | undefined): SipLeg | undefined {
    const user = dialog === undefined ? undefined : findReplaced(this.#services, dialog);
    const isItsOwn = user instanceof SipLeg && user.leg.device === phone.record.configured.name;
    return isItsOwn && user.leg.state !== 'idle' ? user : undefined;
  }

  #press(request: ServerRequest, phone: RegisteredPhone, { key, dialog, other }: SoftKeyEvent, now: Instant): void {
    const name = key.toLowerCase();
    const does = Object.hasOwn(SOFT_KEYS, name) ? SOFT_KEYS[name] : undefined;
    const user = this.#legOf(phone, replacedBy(dialog));
    if (does === undefined || dialog === undefined || user === undefined) {
      request.answer(DECLINED, now);
      return;
    }
    if (!user.mayAsk(now)) {
      request.answer(TOO_MANY, now);
      return;
    }
    const { code, label, detail, act } = does(
      user.leg,
      this.#services.control,
      this.#legOf(phone, replacedBy(other))?.leg,
    );
    const { view } = user;
    request.answer(
      { status: 202, phrase: 'Accepted', server: view.product, headers: contactLineOf(view, '', undefined) },
      now,
    );
    if (wantsNotifications(request.message)) {
      const body = { type: RESPONSE_TYPE, text: remoteccResponse(code) };
      const lines = 'Event: refer\r\nSubscription-State: terminated;reason=noresource\r\n';
      this.#teller(request, user)(lines, body, now);
    }
    if (label !== undefined) this.#show(user, statusLine(label, detail, dialog), now);
    act?.(now, (refused, at) => {
      if (user.leg.state !== 'idle') this.#show(user, statusLine(refused, undefined, dialog), at);
    });
  }

  /** Sends NOTIFYs in the dialog of the REFER. */
  #teller(request: ServerRequest, user: SipLeg) {
    const { message, tag } = request;
    const dialog = Dialog.ofRequest(message, tag, user.dialog.target);
    return (lines: string, body: NonNullable<RequestParts['body']>, now: Instant): void => {
      const { view } = user;
      const after = `${HOPS}Date: ${this.#services.date(now)}\r\n${userAgentLine(view.product)}${lines}${contactLineOf(view, '', undefined)}`;
      this.#send(user, dialog, { method: 'NOTIFY', isDated: false, after, body }, now);
    };
  }

  /** On the phone's screen. */
  #show(user: SipLeg, text: string, now: Instant): void {
    const { view, leg, flow } = user;
    const uri = `sip:${uriUser(leg.dn)}@${view.host}`;
    const dialog = new Dialog({
      callId: this.#services.newCallId(flow, view.host),
      local: `<${uri}>`,
      localTag: newTag(this.#services.random),
      remote: `<sip:${uriUser(leg.dn)}@${flow.remote.address}>`,
      remoteTag: undefined,
      target: user.dialog.target,
    });
    const after = `${HOPS}${userAgentLine(view.product)}${referHeaders(uri, view.host, 0)}${contactLineOf(view, uriUser(leg.dn), undefined)}`;
    this.#send(user, dialog, { method: 'REFER', after, body: { type: REQUEST_TYPE, text } }, now);
  }

  #send({ view, flow, endpoint }: SipLeg, dialog: Dialog, parts: RequestParts, now: Instant): void {
    const written = writeInDialog(this.#services, dialog, view, parts, now);
    sendRequest(this.#services, flow, endpoint, written, () => {}, now);
  }
}
