// The lines of `state/devices.jsonl`: one for each write of the layer of devices, the last one of a name holds.

import * as z from 'zod';
import type { ConfigurationProblem } from '../core/errors.js';
import { type DeviceKey, deviceKey } from '../core/identifiers.js';
import type { LayerEntry } from './device-layer.js';
import { deviceName, flag, integer, oneOf, text } from './fields.js';
import { faultsOf } from './schema-errors.js';

const mapping = z.record(z.string(), z.unknown());

/** One line. Keys that a later labcm adds are let pass. */
const lineSchema = z.object({
  v: integer(1, 1),
  at: text(40, 1),
  op: oneOf('put', 'drop', 'meta'),
  name: deviceName(),
  uuid: text(40, 1),
  by: text(16).default('api'),
  device: mapping.optional(),
  patch: flag().default(false),
  over: text(40).optional(),
  extra: mapping.optional(),
});

/** An entry, with the time at which it was written. */
export interface DatedEntry extends LayerEntry {
  /** ISO 8601, in UTC. */
  readonly at: string;
}

/** The layer as its lines gave it. */
export interface ReadLayer {
  readonly entries: Map<DeviceKey, DatedEntry>;
  readonly faults: readonly ConfigurationProblem[];
  /** How many lines there are. */
  readonly lines: number;
  /** The number of the last line, where it has no end: it was being written when the daemon was killed. */
  readonly cut: number | undefined;
}

/** Faults after these are only counted. */
const MOST_FAULTS = 20;
const SHOWN = 60;
const REMEDY = 'take the line out, or move the file away to begin without it';

/** Reads the lines. A last line without an end is left out: it was never acknowledged. */
export const readLayerLines = (content: string, file: string): ReadLayer => {
  const entries = new Map<DeviceKey, DatedEntry>();
  const faults: ConfigurationProblem[] = [];
  const texts = content.split('\n');
  const cut = texts.pop() === '' ? undefined : texts.length + 1;
  for (const [index, written] of texts.entries()) {
    const line = index + 1;
    if (written.trim() === '') continue;
    const found = faultsIn(written, { file, line }, entries);
    if (faults.length < MOST_FAULTS) faults.push(...found);
  }
  return { entries, faults, lines: texts.length, cut };
};

interface LinePlace {
  readonly file: string;
  readonly line: number;
}

/** Takes a line into `entries`, or says what is wrong with it. */
const faultsIn = (
  written: string,
  place: LinePlace,
  entries: Map<DeviceKey, DatedEntry>,
): readonly ConfigurationProblem[] => {
  let value: unknown;
  try {
    value = JSON.parse(written);
  } catch {
    const found = JSON.stringify(written.length > SHOWN ? `${written.slice(0, SHOWN)}…` : written);
    return [{ ...place, key: 'JSON', found, wanted: `a line that labcm wrote; ${REMEDY}` }];
  }
  const parsed = z.safeParse(lineSchema, value);
  if (!parsed.success)
    return faultsOf({
      issues: parsed.error.issues,
      schema: lineSchema,
      value,
      path: [],
      source: { locate: () => place },
    }).map((fault) => ({ ...fault, wanted: `${fault.wanted}; ${REMEDY}` }));
  const { at, op, name, uuid, by, device, patch, over, extra } = parsed.data;
  const key = deviceKey(name);
  const about = { name, uuid, by, at, extra, line: place.line };
  entries.delete(key); // so that the order is that of the last writes
  if (op === 'drop') {
    if (over !== undefined) entries.set(key, { ...about, change: { op, over } });
  } else if (op === 'meta') {
    entries.set(key, { ...about, change: { op } });
  } else if (device === undefined) {
    return [{ ...place, key: 'device', found: 'nothing', wanted: `the keys of ${name}; ${REMEDY}` }];
  } else {
    entries.set(key, { ...about, change: { op, keys: device, isPatch: patch } });
  }
  return [];
};

/** The line of an entry. */
export const layerLine = ({ at, name, uuid, by, change, extra }: DatedEntry): string =>
  lineText({
    at,
    op: change.op,
    name,
    uuid,
    by,
    ...(change.op === 'put' ? { device: change.keys, ...(change.isPatch ? { patch: true } : {}) } : {}),
    ...(change.op === 'drop' ? { over: change.over } : {}),
    ...(extra === undefined ? {} : { extra }),
  });

/** The line after which the layer says nothing of a name. */
export const endedLine = ({ name, uuid, by }: LayerEntry, at: string): string =>
  lineText({ at, op: 'drop', name, uuid, by });

const lineText = (line: Readonly<Record<string, unknown>>): string => `${JSON.stringify({ v: 1, ...line })}\n`;
