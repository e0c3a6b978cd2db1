import { ID } from '../../sip/message/headers.js';
import type { SipMessage } from '../../sip/message/message.js';
import { contactOf } from './call-headers.js';
import { type CallSide, requestText, responseText } from './call-texts.js';

/** The identity of a dialog, as this phone sees it. */
export interface DialogStart {
  readonly callId: string;
  readonly localTag: string;
  /** The value of From in its requests, with its tag; that of To, without one for a call of this phone's. */
  readonly from: string;
  readonly to: string;
  /** Where its requests go. */
  readonly target: string;
  readonly firstCSeq: number;
}

/** What differs between the requests of a dialog. */
export interface RequestRest {
  readonly branch: string;
  readonly cseq: number;
  readonly headers?: readonly string[];
  readonly body?: string;
}

/** What differs between the responses of a dialog. */
export interface ResponseRest {
  readonly headers?: readonly string[];
  readonly body?: string;
}

/** One dialog of a phone (RFC 3261 §12): tags, target and CSeq, and the texts that have them. */
export class CallDialog {
  readonly side: CallSide;
  readonly start: DialogStart;
  #to: string;
  #target: string;
  #cseq: number;
  #earlyTag = '';

  constructor(side: CallSide, start: DialogStart) {
    this.side = side;
    this.start = start;
    this.#to = start.to;
    this.#target = start.target;
    this.#cseq = start.firstCSeq;
  }

  /** The far side has given its tag. */
  get isConfirmed(): boolean {
    return this.#to.includes(';tag=');
  }

  /** The far side's tag; empty: it has given none. */
  get remoteTag(): string {
    return /;tag=([^;>]+)$/.exec(this.#to)?.[1] ?? this.#earlyTag;
  }

  nextCSeq(): number {
    return this.#cseq++;
  }

  /** Takes the tag of a provisional answer, which names the dialog to others. */
  early(response: SipMessage): void {
    this.#earlyTag = response.toTag ?? this.#earlyTag;
  }

  /** Takes the tag of a 2xx to this phone's INVITE. */
  confirm(response: SipMessage): void {
    this.#to = response.text(ID.To) ?? this.#to;
  }

  /** Takes the Contact of a message, to which later requests go. */
  retarget(message: SipMessage): void {
    this.#target = contactOf(message) ?? this.#target;
  }

  request(method: string, rest: RequestRest): string {
    const { from, callId } = this.start;
    return requestText(this.side, { method, uri: this.#target, from, to: this.#to, callId, ...rest });
  }

  /**
   * A CANCEL, or the ACK of a refusal: it belongs to the transaction of an INVITE, not to the dialog. `response`: the
   * refusal.
   */
  transactionRequest(method: 'CANCEL' | 'ACK', isFirst: boolean, rest: RequestRest, response?: SipMessage): string {
    const { from, callId, target, to } = this.start;
    const uri = isFirst ? target : this.#target;
    const written = response?.text(ID.To) ?? (isFirst ? to : this.#to);
    return requestText(this.side, { method, uri, from, to: written, callId, ...rest });
  }

  response(request: SipMessage, status: number, rest: ResponseRest = {}): string {
    const tag = status === 100 ? {} : { tag: this.start.localTag };
    return responseText(this.side, request, { status, ...tag, ...rest });
  }
}
