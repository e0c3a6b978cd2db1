// One conversation of a tape that is played: its link, and what came on it beside what the tape has.

import { messageKey } from '../canonical-content.js';
import { contentOf } from '../decoded-tape.js';
import type { TapeMessage, TapeProtocol } from '../tape.js';
import type { ReplayLink } from './links.js';

/** A message that the tape has: its kind, and how many of the kind there are up to it. */
export interface ExpectedMessage {
  readonly kind: string;
  readonly count: number;
}

/** The messages of the server on a tape, in the order of each kind, and how many of each kind have come now. */
export class HeardMessages {
  readonly #taped = new Map<string, TapeMessage[]>();
  readonly #heard = new Map<string, number>();
  /** Kinds that were waited for in vain: they are not waited for again. */
  readonly #silent = new Set<string>();

  /** Adds a message that the tape has. Returns how many of its kind it has up to here. */
  expect(message: TapeMessage): ExpectedMessage {
    const kind = kindOf(message.protocol, message.conversation, message.octets);
    const before = this.#taped.get(kind) ?? [];
    this.#taped.set(kind, before);
    return { kind, count: before.push(message) };
  }

  /** Counts a message that came. Returns the one of the tape that it stands for; `undefined`: the tape has no more of its kind. */
  hear(protocol: TapeProtocol, conversation: number, octets: Buffer): TapeMessage | undefined {
    const kind = kindOf(protocol, conversation, octets);
    const count = this.#heard.get(kind) ?? 0;
    this.#heard.set(kind, count + 1);
    return this.#taped.get(kind)?.[count];
  }

  /** Whether so many of a kind have come, or are not waited for any more. */
  has({ kind, count }: ExpectedMessage): boolean {
    return this.#silent.has(kind) || (this.#heard.get(kind) ?? 0) >= count;
  }

  /** A kind did not come in time. */
  giveUp({ kind }: Pick<ExpectedMessage, 'kind'>): void {
    this.#silent.add(kind);
  }
}

/** Each SCCP link is by itself. What SIP and DHCP say may come on another socket than it did on the tape. */
const kindOf = (protocol: TapeProtocol, conversation: number, octets: Buffer): string =>
  `${protocol === 'sccp' ? conversation : ''} ${protocol} ${messageKey(protocol, contentOf(protocol, octets))}`;

/** A conversation that is open, was open, or could not be opened. */
export interface PlayedConversation {
  readonly number: number;
  readonly protocol: TapeProtocol;
  readonly transport: TapeMessage['transport'];
  readonly link: ReplayLink | undefined;
  isClosed: boolean;
}
