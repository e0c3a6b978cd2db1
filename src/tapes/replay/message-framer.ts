import * as http from '../../http/decode.js';
import * as sccp from '../../sccp/decode.js';
import * as sip from '../../sip/decode.js';
import { TAPE_LIMITS, type TapeProtocol } from '../tape.js';

interface StreamRules {
  /** Octets of the first message; 0: more are needed; -1: none can start so. */
  messageLength(bytes: Buffer): number;
  /** Octets between messages. */
  fillerLength?(bytes: Buffer): number;
}

const RULES: Readonly<Partial<Record<TapeProtocol, StreamRules>>> = { http, sccp, sip };
const EMPTY = Buffer.alloc(0);

/** Cuts what comes on a stream into messages. What is none is dropped, with all behind it in the same chunk. */
export class MessageFramer {
  readonly #rules: StreamRules | undefined;
  #rest: Buffer = EMPTY;

  constructor(protocol: TapeProtocol) {
    this.#rules = RULES[protocol];
  }

  /** Octets that are in no message yet. */
  get rest(): Buffer {
    return this.#rest;
  }

  /** The messages that `chunk` completes. `most`: no more than so many; the rest waits. */
  push(chunk: Buffer, most = Number.POSITIVE_INFINITY): readonly Buffer[] {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const messages: Buffer[] = [];
    while (bytes.length > 0 && messages.length < most) {
      bytes = bytes.subarray(this.#rules?.fillerLength?.(bytes) ?? 0);
      const length = bytes.length === 0 ? 0 : (this.#rules?.messageLength(bytes) ?? bytes.length);
      if (length < 0 || (length === 0 && bytes.length > TAPE_LIMITS.message)) bytes = EMPTY;
      if (length <= 0) break;
      messages.push(Buffer.from(bytes.subarray(0, length)));
      bytes = bytes.subarray(length);
    }
    this.#rest = Buffer.from(bytes);
    return messages;
  }
}
