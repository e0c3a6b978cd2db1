// Lines and route partitions that AXL wrote, in `axl.jsonl` of the state directory: what is no device. One line for each
// write, on the disk before the client hears of it.

import { join } from 'node:path';
import type { Degradations } from '../core/degradations.js';
import type { KeptChange, KeptKind, KeptRow, KeptRows } from '../management/index.js';
import { AppendedFile } from '../net/files/append-only-file.js';
import { type Disk, nodeDisk } from '../net/files/write-all.js';

const FILE = 'axl.jsonl';
const PART = 'lines and route partitions of AXL';
/** It is written anew when it has twice as many lines as rows, and so many more. */
const SLACK = 1_000;
const OWNER_ONLY = 0o600;

/** The file, read when it is first needed: until the directory is locked, another daemon may write there. */
export class AxlRowsFile implements KeptRows {
  readonly #file: AppendedFile;
  readonly #path: string;
  readonly #degradations: Degradations;
  readonly #rows = new RowTable();
  #lines = 0;
  #isRead = false;
  #revision = 0;
  /** The file may hold what no row says: a line that was cut, or one whose write failed. */
  #isDoubtful = false;

  constructor(stateDirectory: string, degradations: Degradations, disk: Disk = nodeDisk) {
    this.#path = join(stateDirectory, FILE);
    this.#degradations = degradations;
    this.#file = new AppendedFile(this.#path, disk, OWNER_ONLY);
  }

  /** Rises with each write. */
  get revision(): number {
    return this.#revision;
  }

  get size(): number {
    return this.#table.size;
  }

  rows(kind: KeptKind): Iterable<KeptRow> {
    return this.#table.rows(kind);
  }

  byName(kind: KeptKind, name: string): KeptRow | undefined {
    return this.#table.byName(kind, name);
  }

  byUuid(uuid: string): KeptRow | undefined {
    return this.#table.byUuid(uuid);
  }

  async write(changes: readonly KeptChange[]): Promise<void> {
    const table = this.#table;
    try {
      if (this.#isDoubtful || this.#lines + changes.length > 2 * table.size + SLACK) await this.#rewrite(changes);
      else {
        this.#file.append(Buffer.from(changes.map(lineOf).join('')));
        await this.#file.sync();
        this.#lines += changes.length;
      }
    } catch (error) {
      this.#isDoubtful = true;
      this.#degradations.begin(PART, `${this.#path}: ${(error as Error).message}`);
      throw new Error(`${this.#path}: ${(error as Error).message}`);
    }
    this.#degradations.end(PART);
    for (const change of changes) table.apply(change);
    this.#revision += 1;
  }

  close(): void {
    this.#file.close();
  }

  get #table(): RowTable {
    if (!this.#isRead) this.#read();
    return this.#rows;
  }

  #read(): void {
    this.#isRead = true;
    const pieces = [...this.#file.read()].map((piece) => Buffer.from(piece));
    const texts = Buffer.concat(pieces).toString().split('\n');
    // A last line without its end was being written when the daemon was killed: nobody was told that it is kept.
    this.#isDoubtful = texts.pop() !== '' || texts.length === 0;
    for (const text of texts) {
      const change = changeOf(text);
      if (change === undefined) this.#isDoubtful = true;
      else this.#rows.apply(change);
    }
    this.#lines = texts.length;
  }

  /** Writes it anew, without history: the rows with the changes. */
  async #rewrite(changes: readonly KeptChange[]): Promise<void> {
    const rows = this.#rows.copy();
    for (const change of changes) rows.apply(change);
    const fresh = this.#file.replacement();
    try {
      for (const kind of KINDS) for (const row of rows.rows(kind)) fresh.append(Buffer.from(lineOf({ put: row })));
      await fresh.sync();
      fresh.commit();
    } catch (error) {
      fresh.abandon();
      throw error;
    }
    this.#lines = rows.size;
    this.#isDoubtful = false;
  }
}

const KINDS: readonly KeptKind[] = ['line', 'routePartition'];

/** Rows by their UUIDs and by their names. */
class RowTable {
  readonly #byUuid: Map<string, KeptRow>;
  readonly #byName: Readonly<Record<KeptKind, Map<string, KeptRow>>>;

  constructor(rows: Iterable<KeptRow> = []) {
    this.#byUuid = new Map();
    this.#byName = { line: new Map(), routePartition: new Map() };
    for (const row of rows) this.apply({ put: row });
  }

  get size(): number {
    return this.#byUuid.size;
  }

  copy(): RowTable {
    return new RowTable(this.#byUuid.values());
  }

  rows(kind: KeptKind): Iterable<KeptRow> {
    return this.#byName[kind].values();
  }

  byName(kind: KeptKind, name: string): KeptRow | undefined {
    return this.#byName[kind].get(name);
  }

  byUuid(uuid: string): KeptRow | undefined {
    return this.#byUuid.get(uuid);
  }

  apply(change: KeptChange): void {
    const row = 'put' in change ? change.put : change.drop;
    const before = this.#byUuid.get(row.uuid);
    if (before !== undefined) this.#byName[before.kind].delete(before.name);
    this.#byUuid.delete(row.uuid);
    if ('drop' in change) return;
    this.#byUuid.set(row.uuid, row);
    this.#byName[row.kind].set(row.name, row);
  }
}

const lineOf = (change: KeptChange): string => {
  const [op, row] = 'put' in change ? (['put', change.put] as const) : (['drop', change.drop] as const);
  const { kind, name, uuid, values } = row;
  return `${JSON.stringify({ v: 1, op, kind, name, uuid, ...(op === 'put' ? { values } : {}) })}\n`;
};

/** `undefined`: the line is none, for example after somebody edited it. */
const changeOf = (line: string): KeptChange | undefined => {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { op, kind, name, uuid, values = {} } = value as Record<string, unknown>;
  if (kind !== 'line' && kind !== 'routePartition') return undefined;
  if (typeof name !== 'string' || typeof uuid !== 'string' || !isTexts(values)) return undefined;
  const row: KeptRow = { kind, name, uuid, values };
  return op === 'put' ? { put: row } : op === 'drop' ? { drop: row } : undefined;
};

const isTexts = (value: unknown): value is Readonly<Record<string, string>> =>
  typeof value === 'object' && value !== null && Object.values(value).every((each) => typeof each === 'string');
