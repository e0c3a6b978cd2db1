import { ID } from '../../sip/message/headers.js';
import type { SipMessage } from '../../sip/message/message.js';

/** A dialog of another phone of the line, as a NOTIFY tells it (RFC 4235). */
interface SharedDialog {
  readonly dn: string;
  /** The value of a Replaces by which it is taken. */
  readonly replaces: string;
  readonly isHeld: boolean;
}

/** What the other phones of a SIP phone's lines do (`docs/protocols/calls.md` §3.8). */
export class SharedDialogs {
  readonly #byCallId = new Map<string, SharedDialog>();

  /** One that is held; `undefined`: there is none. */
  get held(): SharedDialog | undefined {
    return [...this.#byCallId.values()].find(({ isHeld }) => isHeld);
  }

  get size(): number {
    return this.#byCallId.size;
  }

  /** Takes a NOTIFY of the package `dialog`; others are none of its. */
  notified(request: SipMessage): void {
    if (request.method !== 'NOTIFY' || request.text(ID.Event)?.trim() !== 'dialog') return;
    const body = request.body.toString('latin1');
    const attribute = (name: string): string => new RegExp(`\\s${name}="([^"]*)"`).exec(body)?.[1] ?? '';
    const callId = attribute('call-id');
    if (callId === '') return;
    if (body.includes('<state>terminated</state>')) {
      this.#byCallId.delete(callId);
      return;
    }
    this.#byCallId.set(callId, {
      dn: /entity="sip:([^@"]+)@/.exec(body)?.[1] ?? '',
      replaces: `${callId};to-tag=${attribute('remote-tag')};from-tag=${attribute('local-tag')}`,
      isHeld: body.includes('pname="+sip.rendering" pval="no"'),
    });
  }
}

/** The Call-ID of the call that a phone is told to answer (`answercallreq`); `undefined`: it is told no such thing. */
export const callToAnswer = (request: SipMessage): string | undefined => {
  if (request.method !== 'REFER') return undefined;
  const body = request.body.toString('latin1');
  return body.includes('<answercallreq>') ? /<callid>([^<]*)<\/callid>/.exec(body)?.[1] : undefined;
};

/** Whether an INVITE has a phone answer by itself, as plain phones read it (§3.12). */
export const answersItself = (request: SipMessage): boolean =>
  [...request.headers()].some(
    ([name, value]) =>
      (/^call-info$/i.test(name) && /;\s*answer-after=0\b/i.test(value)) ||
      (/^alert-info$/i.test(name) && /;\s*info=alert-autoanswer\b/i.test(value)),
  );
