import type { Instant } from '../../core/time.js';
import type { Random } from '../../net/ports.js';
import { answeredObject, passthroughBody } from '../cisco/data-passthrough.js';
import type { SipMessage } from '../message/message.js';
import { contactUriOf, primaryBinding, type RegisteredPhone } from '../registrar/location.js';
import type { Flow } from '../transport/flow.js';
import type { RequestSender } from './request-sender.js';
import { newCallId, newTag, passthroughHeaders } from './request-writer.js';

/** What a phone answered to an object. `none`: it takes none, or said nothing. */
export type ObjectAnswer = { readonly answer: string } | 'none';

interface PendingRequest {
  readonly address: string;
  readonly onAnswer: (answer: ObjectAnswer) => void;
}

/**
 * Objects that are pushed through SIP: a REFER each, and the phone's answer in a NOTIFY of the same dialog
 * (`docs/protocols/calls.md` §3.9).
 */
export class ObjectRequests {
  readonly #sender: RequestSender;
  readonly #random: Random;
  /** By Call-ID. */
  readonly #pending = new Map<string, PendingRequest>();
  #lastTransaction = 0;

  constructor(sender: RequestSender, random: Random) {
    this.#sender = sender;
    this.#random = random;
  }

  /**
   * Sends an object. `onAnswer` is called once at most, when the phone has answered or refused. Returns the function that
   * stops waiting; `undefined`: the phone has no binding.
   */
  send(
    phone: RegisteredPhone,
    object: string,
    now: Instant,
    onAnswer: PendingRequest['onAnswer'],
  ): (() => void) | undefined {
    const binding = primaryBinding(phone);
    if (binding === undefined) return undefined;
    const { flow, serverHost } = phone;
    const host = this.#sender.localHost(flow, serverHost);
    const callId = newCallId(this.#random, host);
    const uri = contactUriOf(binding);
    const from = `sip:${binding.dn}@${host}`;
    this.#lastTransaction += 1;
    this.#pending.set(callId, { address: flow.remote.address, onAnswer });
    const content = {
      method: 'REFER',
      uri,
      from: `<${from}>;tag=${newTag(this.#random)}`,
      to: `<${uri}>`,
      contactUser: `${binding.dn}@`,
      headers: passthroughHeaders(from, host),
      body: passthroughBody(object, this.#lastTransaction),
      callId,
    } as const;
    // A phone that does not know it refuses; one that accepts it answers by a NOTIFY.
    const onFinal = (status: number): void => {
      if (status < 200 || status >= 300) this.#end(callId, 'none');
    };
    this.#sender.send(content, { flow, contact: uri, serverHost, toDevice: true, onFinal }, now);
    return () => void this.#pending.delete(callId);
  }

  /** Takes a NOTIFY. `false`: it is no answer to one of these requests, from the phone that it went to. */
  onNotify(message: SipMessage, flow: Flow): boolean {
    const callId = message.callId ?? '';
    if (this.#pending.get(callId)?.address !== flow.remote.address) return false;
    const answer = answeredObject(message);
    if (answer !== undefined) this.#end(callId, { answer });
    return true;
  }

  #end(callId: string, answer: ObjectAnswer): void {
    const pending = this.#pending.get(callId);
    if (pending === undefined) return;
    this.#pending.delete(callId);
    pending.onAnswer(answer);
  }
}
