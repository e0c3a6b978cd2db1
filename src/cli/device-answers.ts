// Devices as the API shows them, and as much of it as commands look at.

import { listOf, number, orNull, type Reader, record, text } from './answers.js';

const summaryFields = {
  name: text,
  status: text,
  state: text,
  reason: orNull(record({ number, name: text, text, at: text })),
  protocol: text,
  model: record({ id: number, name: text }),
  address: orNull(text),
  load: orNull(text),
  lines: listOf(record({ dn: text, label: text })),
  registeredAt: orNull(text),
  lastKeepAlive: orNull(text),
};

/** Of a list. */
export const summary = record(summaryFields);

/** Of one device. */
export const detail = record({
  ...summaryFields,
  mac: orNull(text),
  group: text,
  registration: orNull(
    record({
      transport: text,
      port: number,
      protocolVersion: orNull(number),
      keepAlives: number,
      capabilities: listOf(record({ payload: number })),
    }),
  ),
  lease: orNull(record({ address: text, until: text })),
  files: listOf(record({ at: text, file: text, transport: text, outcome: text })),
});

type Answer<R> = R extends Reader<infer T> ? T : never;
export type Summary = Answer<typeof summary>;
export type Detail = Answer<typeof detail>;
