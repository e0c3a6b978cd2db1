// The operations of a service: each reads the request that it declares, answers it, and has its reply written. A long list
// is written piece by piece while it is sent.

import type { XmlTreeNode } from '../core/xml/tree.js';
import type { SoapAnswer } from './request-handler.js';
import type { DeclaredOperation, Read, SoapStruct, Written } from './soap/declaration.js';
import { noSuchOperation } from './soap/fault.js';
import { readStruct } from './soap/reader.js';
import { replyBegin, replyEnd, structWriter } from './soap/writer.js';

/** The value of a reply, and how much it found. */
export interface OperationResult<R> {
  readonly reply: Written<R>;
  readonly found: number;
}

type Answering = (request: XmlTreeNode) => Promise<SoapAnswer>;

/** Elements of a list in a piece. */
const IN_A_PIECE = 200;

/** The operations of one service. */
export class Operations {
  readonly #answering = new Map<string, Answering>();
  readonly #admit: () => void;

  /** `admit` throws a `SoapFault` where one more request is too many. */
  constructor(admit: () => void = () => {}) {
    this.#admit = admit;
  }

  /** Adds an operation. `answer` throws or rejects with a `SoapFault`. */
  on<Q extends SoapStruct, R extends SoapStruct>(
    declared: DeclaredOperation<Q, R>,
    answer: (asked: Read<Q>) => OperationResult<R> | Promise<OperationResult<R>>,
  ): this {
    const pieces = replyWriter(declared);
    this.#answering.set(declared.name, async (request) => {
      const { reply, found } = await answer(readStruct(declared.request, request));
      return { pieces: pieces(reply), found };
    });
    return this;
  }

  /** Answers the element of a request. Rejects with a `SoapFault`. */
  async answer(request: XmlTreeNode): Promise<SoapAnswer> {
    const answering = this.#answering.get(request.name);
    if (answering === undefined) throw noSuchOperation(request.name);
    this.#admit();
    return answering(request);
  }
}

/** Makes the writer of a reply. If it is a list and nothing else, its elements are written in pieces. */
const replyWriter = <R extends SoapStruct>({
  reply,
  replies,
}: DeclaredOperation<SoapStruct, R>): ((value: Written<R>) => Iterable<string>) => {
  const write = structWriter<SoapStruct>(replies);
  const [list, ...others] = replies.fields;
  const whole = (value: object): string => write(value as Written<SoapStruct>);
  if (list?.many !== true || others.length > 0)
    return (value) => [`${replyBegin(reply)}${whole(value as object)}${replyEnd(reply)}`];
  return function* (value) {
    const all = (value as Readonly<Record<string, readonly unknown[]>>)[list.name] ?? [];
    let piece = replyBegin(reply);
    for (let at = 0; at < all.length; at += IN_A_PIECE) {
      piece += whole({ [list.name]: all.slice(at, at + IN_A_PIECE) });
      if (at + IN_A_PIECE >= all.length) break;
      yield piece;
      piece = '';
    }
    yield `${piece}${replyEnd(reply)}`;
  };
};
