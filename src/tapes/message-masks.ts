import { maskPiece } from '../capture/redaction.js';
import { SccpDigits } from '../capture/sccp-digits.js';
import { TAPE_LIMITS, type TapeMessage } from './tape.js';

/** A message, and the conversation that it is of. */
export interface UnmaskedMessage extends Pick<TapeMessage, 'from' | 'protocol' | 'octets'> {
  readonly conversation: string | number;
}

/**
 * Takes the secrets out of the messages of one tape (`MASKED_CONTENT`), in their order: which digits of SCCP are secret depends
 * on the calls of the conversation. It does not know files that come in pieces.
 */
export class MessageMasks {
  /** By conversation. */
  readonly #digits = new Map<string | number, SccpDigits>();

  /** A copy without secrets; only its length where the message is too long for a tape. */
  masked({ from, protocol, octets, conversation }: UnmaskedMessage): Pick<TapeMessage, 'octets' | 'leftOut'> {
    const isKept = octets.length <= TAPE_LIMITS.message;
    const copy = isKept ? Buffer.from(octets) : Buffer.alloc(0);
    if (protocol === 'sip' || protocol === 'http') maskPiece({ carry: '', octets: copy, afterGap: false });
    if (protocol === 'sccp') {
      const digits = this.#digits.get(conversation) ?? new SccpDigits();
      this.#digits.set(conversation, digits);
      digits.mask(copy, from);
    }
    return { octets: copy, leftOut: isKept ? 0 : octets.length };
  }
}
