// What the call log says of a SIP message besides the message itself: its leg, the device, and this server's end of the
// flow. Found by Call-ID (`docs/protocols/calls.md` §7.3).

import type { SipSettings } from '../settings.js';
import { type Flow, localAddress } from '../transport/flow.js';

/** Each part is absent where it is not known. */
export interface MessageFacts {
  /** The call identifier. */
  readonly leg?: number;
  readonly device?: string;
  /** `device` is a trunk. */
  readonly isTrunk?: boolean;
  /** This server's end of the flow. */
  readonly localAddress?: string;
  readonly localPort?: number;
}

/** The facts of a phone whose leg is not known. A socket on all addresses has none: then it is `localAddress`. */
export const flowFacts = (
  device: string,
  flow: Flow,
  { localAddress: otherwise }: SipSettings,
): MessageFacts & { readonly device: string } => ({
  device,
  localAddress: localAddress(flow, otherwise ?? flow.local.address),
  localPort: flow.local.port,
});

/** A leg whose messages are recorded. */
export interface RecordedLeg {
  readonly messageFacts: MessageFacts;
}

/** Legs that are over and whose last messages may still come, such as the ACK of a refusal. */
const MOST_ENDED = 1_024;

/** The legs by Call-ID, and the last ones that are over. */
export class RecordedLegs {
  readonly #standing = new Map<string, RecordedLeg>();
  readonly #ended = new Map<string, MessageFacts>();

  add(callId: string, leg: RecordedLeg): void {
    this.#standing.set(callId, leg);
  }

  /** The leg is over. Its facts are kept until many others are over, too. */
  end(callId: string, leg: RecordedLeg): void {
    if (this.#standing.get(callId) !== leg) return;
    this.#standing.delete(callId);
    this.#ended.set(callId, leg.messageFacts);
    const [oldest] = this.#ended.keys();
    if (oldest !== undefined && this.#ended.size > MOST_ENDED) this.#ended.delete(oldest);
  }

  /** `undefined`: no leg has, or lately had, that Call-ID. */
  factsOf(callId: string): MessageFacts | undefined {
    return this.#standing.get(callId)?.messageFacts ?? this.#ended.get(callId);
  }
}
