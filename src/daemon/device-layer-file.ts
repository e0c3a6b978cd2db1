// The file of the layer of devices, `devices.jsonl` in the state directory: read at the start, then appended and synced
// before a write is acknowledged.

import { join } from 'node:path';
import { type DatedEntry, layerLine, type ReadLayer, readLayerLines } from '../config/index.js';
import { ConfigError } from '../core/errors.js';
import type { DeviceKey } from '../core/identifiers.js';
import { AppendedFile } from '../net/files/append-only-file.js';
import { type Disk, nodeDisk } from '../net/files/write-all.js';

const FILE = 'devices.jsonl';
/** It holds digest passwords. */
const MODE = 0o600;
/** History that stays, so that a small layer is not written anew all the time. */
const SLACK = 1000;
/** Octets that are written at once. */
const PIECE = 256 * 1024;

/** The file of the layer in a state directory. */
export const layerFileIn = (stateDirectory: string): string => join(stateDirectory, FILE);

/** Reads a layer that another daemon may be writing to. Throws a `ConfigError` if it cannot be read. */
export const readDeviceLayer = (path: string): ReadLayer => readFrom(new AppendedFile(path), path);

const readFrom = (file: AppendedFile, path: string): ReadLayer => {
  const pieces: Buffer[] = [];
  try {
    for (const piece of file.read()) pieces.push(Buffer.from(piece));
  } catch (error) {
    const found = (error as Error).message;
    const wanted = 'a file that labcm may read and write; mend its rights, or move it away to begin without it';
    throw new ConfigError([{ file: path, key: 'devices at runtime', found, wanted }]);
  }
  const layer = readLayerLines(Buffer.concat(pieces).toString(), path);
  if (layer.faults.length > 0) throw new ConfigError(layer.faults);
  return layer;
};

/** The layer on the disk. Writes must not overlap. */
export class DeviceLayerFile {
  readonly path: string;
  readonly #file: AppendedFile;
  #lines = 0;
  /** The file may hold what no entry says: a cut line, or one whose write failed. It is written anew before the next. */
  #doubtful = true;

  constructor(stateDirectory: string, disk: Disk = nodeDisk) {
    this.path = layerFileIn(stateDirectory);
    this.#file = new AppendedFile(this.path, disk, MODE);
  }

  /** Reads it once. Throws a `ConfigError` that names every fault. */
  open(): ReadLayer {
    const layer = readFrom(this.#file, this.path);
    this.#lines = layer.lines;
    // Of a file that is new, the name must be synced, too.
    this.#doubtful = layer.cut !== undefined || layer.lines === 0;
    return layer;
  }

  /** More than half of it is history, or its end is cut. */
  needsCompaction(entries: ReadonlyMap<DeviceKey, DatedEntry>): boolean {
    return this.#lines > 0 ? this.#doubtful || this.#lines > 2 * entries.size : this.#doubtful && entries.size > 0;
  }

  /**
   * Appends lines; `after` is the layer with them. Resolves when they are on the disk. Rejects with a
   * `NodeJS.ErrnoException`; then the layer is as before, and the next write repairs the file.
   */
  async append(lines: readonly string[], after: ReadonlyMap<DeviceKey, DatedEntry>): Promise<void> {
    if (this.#doubtful || this.#lines + lines.length > 2 * after.size + SLACK) return this.rewrite(after);
    try {
      this.#file.append(Buffer.from(lines.join('')));
      await this.#file.sync();
      this.#lines += lines.length;
    } catch (error) {
      this.#doubtful = true;
      throw error;
    }
  }

  /** Writes it anew, without history. */
  async rewrite(entries: ReadonlyMap<DeviceKey, DatedEntry>): Promise<void> {
    const fresh = this.#file.replacement();
    try {
      for (const piece of piecesOf(entries)) fresh.append(Buffer.from(piece));
      await fresh.sync();
      fresh.commit();
    } catch (error) {
      this.#doubtful = true;
      fresh.abandon();
      throw error;
    }
    this.#lines = entries.size;
    this.#doubtful = false;
  }

  close(): void {
    this.#file.close();
  }
}

function* piecesOf(entries: ReadonlyMap<DeviceKey, DatedEntry>): Iterable<string> {
  let piece = '';
  for (const entry of entries.values()) {
    piece += layerLine(entry);
    if (piece.length < PIECE) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}
