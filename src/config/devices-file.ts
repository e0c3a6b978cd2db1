// Reads a file of many devices as a stream: CSV whose header names the keys, or JSON. The keys are those of the YAML. A
// nested key is written as its path (`lines.0.label`), and a simple list fits into one cell (`5002;5003=Lobby`).

import { textPieces, UnreadableFile } from '../net/files/text-files.js';
import { CsvRows } from './csv-rows.js';
import type { DeviceSink, RowReader } from './device-collector.js';
import { JsonArray, JsonLines } from './json-rows.js';
import type { Source } from './yaml-source.js';

/** No device is longer. */
const MAX_LINE = 1_048_576;

/** Adds the devices of the file, and its faults, to `collector`. `named` is where the configuration names the file. */
export const collectDevicesFile = async (
  file: string,
  collector: DeviceSink,
  named: ReturnType<Source['locate']>,
): Promise<void> => {
  let rows: RowReader | undefined;
  try {
    for await (const piece of textPieces(file)) {
      rows ??= readerFor(piece, file, collector);
      rows.read(piece);
      if (rows.pending > MAX_LINE) break;
    }
    rows?.end();
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    collector.addFault({ ...named, key: 'devicesFile', found: `${error.found} (${file})`, wanted: error.wanted });
  }
};

const readerFor = (start: string, file: string, collector: DeviceSink): RowReader => {
  const [first] = start.trimStart();
  if (first === '{') return new JsonLines(file, collector);
  return first === '[' ? new JsonArray(file, collector) : new CsvRows(file, collector);
};
