// Readers for calls in the answers of the API, with the keys that commands use.

import type { CallJson } from '../http/api/shapes.js';
import { answerOf, type JsonReader, listOf, number, orNull, record, text } from './api-schemas.js';

const leg = record({ ci: number, role: text, device: orNull(text), dn: text, state: text, receive: orNull(text) });

/** A call that stands. */
export const listedCall = answerOf<CallJson>()(
  record({
    id: number,
    dialled: text,
    startedAt: text,
    answeredAt: orNull(text),
    codec: orNull(text),
    conference: orNull(text),
    legs: listOf(leg),
  }),
);

type Answer<R> = R extends JsonReader<infer T> ? T : never;
/** A call that stands, as a command reads it. */
export type ListedCall = Answer<typeof listedCall>;
