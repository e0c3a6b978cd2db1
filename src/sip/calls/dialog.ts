// One dialog (RFC 3261 §12): its tags, counters, route set and target. It writes no message and knows no call.

import { parseNameAddress, splitList } from '../message/grammar.js';
import { ID } from '../message/headers.js';
import type { SipMessage } from '../message/message.js';
import { parseSipUri, uriParameter } from '../message/uri.js';

/** CUCM begins each of its counters here. */
const BEFORE_FIRST_SEQUENCE = 100;

/** Both ends as headers name them. */
export interface DialogEnds {
  readonly callId: string;
  /** Our end without its tag: `<sip:1001@192.168.7.100>`. */
  readonly local: string;
  readonly localTag: string;
  /** The other end as written; its tag, once known, included. */
  readonly remote: string;
  readonly remoteTag: string | undefined;
  /** Where requests go: the other end's Contact. */
  readonly target: string;
}

export class Dialog {
  readonly callId: string;
  readonly local: string;
  readonly localTag: string;
  remote: string;
  remoteTag: string | undefined;
  target: string;
  #routes: readonly string[] = [];
  #localSequence = BEFORE_FIRST_SEQUENCE;
  #remoteSequence = -1;

  constructor({ callId, local, localTag, remote, remoteTag, target }: DialogEnds) {
    this.callId = callId;
    this.local = local;
    this.localTag = localTag;
    this.remote = remote;
    this.remoteTag = remoteTag;
    this.target = target;
  }

  /** The dialog of a request that began it, as its server sees it. `contact`: where it has no Contact. */
  static ofRequest(message: SipMessage, localTag: string, contact: string): Dialog {
    const dialog = new Dialog({
      callId: message.callId ?? '',
      local: message.text(ID.To) ?? '',
      localTag,
      remote: message.text(ID.From) ?? '',
      remoteTag: message.fromTag,
      target: contact,
    });
    dialog.#routes = routesOf(message);
    dialog.#remoteSequence = message.cseq?.number ?? -1;
    dialog.refreshTarget(message);
    return dialog;
  }

  get key(): string {
    return dialogKey(this.callId, this.localTag);
  }

  /** An answer to the request that began it, as its client sees it: the other end has a tag now. */
  establish(answer: SipMessage): void {
    if (answer.toTag === undefined) return;
    this.remoteTag = answer.toTag;
    this.remote = answer.text(ID.To) ?? this.remote;
    this.#routes = routesOf(answer).reverse();
    this.refreshTarget(answer);
  }

  /** A Contact in it is where requests go from now on. */
  refreshTarget(message: SipMessage): void {
    const contact = contactUri(message);
    if (contact !== undefined) this.target = contact;
  }

  /** Whether a request is the other end's and comes in its turn. */
  judge(message: SipMessage): 'in-turn' | 'stranger' | 'old' {
    if (this.remoteTag !== undefined && message.fromTag !== this.remoteTag) return 'stranger';
    const sequence = message.cseq?.number ?? -1;
    if (message.method === 'ACK') return 'in-turn';
    if (sequence <= this.#remoteSequence) return 'old';
    this.#remoteSequence = sequence;
    if (this.remoteTag === undefined) {
      this.remoteTag = message.fromTag;
      this.remote = message.text(ID.From) ?? this.remote;
    }
    return 'in-turn';
  }

  nextSequence(): number {
    this.#localSequence += 1;
    return this.#localSequence;
  }

  /** The URI of whoever receives its requests first. */
  get nextHop(): string {
    const [first] = this.#routes;
    return (first === undefined ? undefined : parseNameAddress(first)?.uri) ?? this.target;
  }

  /** The Request-URI and the Route lines of a request (RFC 3261 §12.2.1.1). */
  get way(): { readonly uri: string; readonly routes: string } {
    const [first] = this.#routes;
    if (first === undefined) return { uri: this.target, routes: '' };
    const uri = parseNameAddress(first)?.uri ?? this.target;
    const parsed = parseSipUri(uri);
    const isLoose = typeof parsed === 'object' && uriParameter(parsed, 'lr') !== undefined;
    const routes = isLoose ? this.#routes : [...this.#routes.slice(1), `<${this.target}>`];
    return { uri: isLoose ? this.target : uri, routes: routes.map((route) => `Route: ${route}\r\n`).join('') };
  }
}

/** By it a dialog is found: the tag that we gave, and the Call-ID. */
export const dialogKey = (callId: string, localTag: string): string => `${callId} ${localTag}`;

const MOST_ROUTES = 8;

const routesOf = (message: SipMessage): string[] =>
  message
    .all(ID['Record-Route'])
    .flatMap((text) => splitList(text) ?? [])
    .slice(0, MOST_ROUTES);

/** The URI of a Contact; `undefined`: none, or none that is SIP's. */
const contactUri = (message: SipMessage): string | undefined => {
  const uri = message.address('Contact')?.uri;
  return uri === undefined || typeof parseSipUri(uri) === 'string' ? undefined : uri;
};
