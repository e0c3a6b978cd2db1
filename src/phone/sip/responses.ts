// A phone's responses to requests of the server, one row for each method, and the commands in such requests (`sip.md`
// §10.2 to §10.4).

import { ID } from '../../sip/message/headers.js';
import type { SipMessage } from '../../sip/message/message.js';
import type { PhoneCommand } from '../steps.js';
import type { SipProfile } from './profiles.js';

interface RequestContext {
  readonly profile: SipProfile;
  /** Is the Call-ID that of one of the phone's REGISTERs? */
  readonly isRegistration: (callId: string) => boolean;
}

const REASONS: Readonly<Record<number, string>> = {
  200: 'OK',
  202: 'Accepted',
  400: 'Bad Request',
  480: 'Temporarily Not Available',
  481: 'Call Leg/Transaction Does Not Exist',
  501: 'Not Implemented',
};

/** The status for a request of that method; `undefined`: no response. */
const STATUS: Readonly<Record<string, (request: SipMessage, context: RequestContext) => number | undefined>> = {
  OPTIONS: () => 200,
  REFER: (_request, { profile }) => profile.referAnswer,
  NOTIFY: (request, { isRegistration }) =>
    eventOf(request) !== 'service-control' || isRegistration(callIdIn(request)) ? 200 : 400,
  INVITE: () => 480,
  ACK: () => undefined,
  BYE: () => 481,
  CANCEL: () => 481,
};

/** The response to a request; `undefined`: none. `tag`: for the To, if the request has none there. */
export const responseTo = (request: SipMessage, context: RequestContext, tag: string): string | undefined => {
  const status = Object.hasOwn(STATUS, request.method) ? STATUS[request.method]?.(request, context) : 501;
  if (status === undefined) return undefined;
  const vias = request
    .all(ID.Via)
    .map((via) => `Via: ${via}\r\n`)
    .join('');
  const to = `${request.text(ID.To) ?? ''}${request.toTag === undefined ? `;tag=${tag}` : ''}`;
  return (
    `SIP/2.0 ${status} ${REASONS[status] ?? ''}\r\n${vias}From: ${request.text(ID.From) ?? ''}\r\nTo: ${to}\r\n` +
    `Call-ID: ${request.callId ?? ''}\r\nCSeq: ${request.text(ID.CSeq) ?? ''}\r\nServer: ${context.profile.userAgent}\r\nContent-Length: 0\r\n\r\n`
  );
};

const eventOf = (request: SipMessage): string =>
  (request.text(ID.Event) ?? '').split(';')[0]?.trim().toLowerCase() ?? '';

const callIdIn = (request: SipMessage): string =>
  /^RegisterCallId=\{(.*)\}\r?$/m.exec(request.body.toString('latin1'))?.[1] ?? '';

const ACTIONS: Readonly<Record<string, PhoneCommand>> = { reset: 'reset', restart: 'restart', 'apply-config': 'apply' };

/**
 * The command in a NOTIFY of check-sync, or of service-control with the Call-ID of a registration; `undefined`: none.
 */
export const commandOf = (request: SipMessage, { isRegistration }: RequestContext): PhoneCommand | undefined => {
  if (request.method !== 'NOTIFY') return undefined;
  if (eventOf(request) === 'check-sync') return 'reset'; // the 7940 and 7960
  if (eventOf(request) !== 'service-control' || !isRegistration(callIdIn(request))) return undefined;
  const action = /^action=([a-z-]+)\r?$/m.exec(request.body.toString('latin1'))?.[1] ?? '';
  return Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
};
