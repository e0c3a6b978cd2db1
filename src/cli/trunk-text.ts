// The trunks of the daemon in lines for people.

import type { TrunksJson } from '../http/api/shapes.js';
import { answerOf, boolean, listOf, number, orNull, record, text } from './api-schemas.js';
import type { CliEnvironment } from './environment.js';
import { localTime, painter } from './table.js';

/** Reads `GET /api/trunks`. */
export const trunksAnswer = answerOf<TrunksJson>()(
  record({
    trunks: listOf(
      record({
        name: text,
        address: text,
        port: number,
        transport: text,
        state: text,
        since: orNull(text),
        text,
        calls: number,
        registration: orNull(record({ user: text, registered: boolean, text })),
      }),
    ),
  }),
);

type Trunks = NonNullable<ReturnType<typeof trunksAnswer>>['trunks'];

/** A line for each, and one more for our registration with it. */
export const trunkLines = (environment: CliEnvironment, trunks: Trunks): readonly string[] => {
  const paint = painter(environment);
  return trunks.flatMap(({ name, text: sentence, since, state, calls, registration }) => {
    const standing = calls === 0 ? '' : `; ${calls} ${calls === 1 ? 'call' : 'calls'}`;
    const line = `trunk ${name} ${sentence}${since === null ? '' : ` (since ${localTime(since)})`}${standing}`;
    const told = paint(line, state === 'up' ? 'green' : state === 'down' ? 'red' : 'yellow');
    if (registration === null) return [told];
    const registered = `trunk ${name} as ${registration.user}: ${registration.text}`;
    return [told, paint(registered, registration.registered ? 'green' : 'red')];
  });
};
