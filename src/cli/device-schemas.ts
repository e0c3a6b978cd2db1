// Readers for devices in the answers of the API, with the keys that commands use.

import type { AdviceJson, DeviceDetail, DeviceSummary, UnknownDetail, UnknownPhonesJson } from '../http/api/shapes.js';
import { answerOf, type JsonReader, listOf, number, orAbsent, orNull, record, text } from './api-schemas.js';
import { findingAnswer } from './verdict-text.js';

const reason = record({ number, name: text, text, at: text });

const summaryFields = {
  name: text,
  node: orAbsent(text),
  status: text,
  state: text,
  reason: orNull(reason),
  lastTrouble: orAbsent(reason),
  whyNot: orAbsent(text),
  sharedName: orAbsent(record({ text })),
  protocol: orNull(text),
  model: orNull(record({ id: number, name: text })),
  address: orNull(text),
  load: orNull(text),
  lines: listOf(record({ dn: text, label: text })),
  registeredAt: orNull(text),
  lastKeepAlive: orNull(text),
};

/** What to do about a phone that nobody configured. */
export const advice = answerOf<AdviceJson>()(
  record({
    since: text,
    heardAt: text,
    nearest: orNull(text),
    advice: text,
    snippet: orNull(text),
  }),
);

/** A device in a list. */
export const listedDevice = answerOf<DeviceSummary>()(record(summaryFields));

/** The phones that nobody configured, the most recently seen first, and how many there are. */
export const unknownPhonesAnswer = answerOf<UnknownPhonesJson>()(
  record({
    total: number,
    phones: listOf(record({ ...summaryFields, mac: orNull(text), unknown: advice })),
  }),
);

/** One device, or a phone that nobody configured. */
export const deviceAnswer = answerOf<DeviceDetail | UnknownDetail>()(
  record({
    ...summaryFields,
    unknown: orAbsent(advice),
    verdict: orAbsent(findingAnswer),
    origin: orAbsent(text),
    overrides: orAbsent(record({ file: text, line: orNull(number) })),
    mac: orNull(text),
    group: orNull(text),
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
  }),
);

type Answer<R> = R extends JsonReader<infer T> ? T : never;
/** A device in a list, as a command reads it. */
export type ListedDevice = Answer<typeof listedDevice>;
/** One device, as a command reads it. */
export type DeviceAnswer = Answer<typeof deviceAnswer>;
/** What to do about a phone that nobody configured. */
export type Advice = Answer<typeof advice>;
/** The phones that nobody configured. */
export type UnknownPhonesAnswer = Answer<typeof unknownPhonesAnswer>;
