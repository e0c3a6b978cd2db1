// A file of many devices, streamed: CSV whose header names the keys, or one JSON object a line. The keys are those of
// the YAML; what is nested goes by its path (`lines.0.label`), and simple lists fit into one cell (`5002;5003=Lobby`).

import { textPieces, UnreadableFile } from '../net/text-files.js';
import { CsvReader } from './csv.js';
import { deviceSchema } from './device-schema.js';
import { knowsPath, topKeys, unknownKey } from './faults.js';
import type { GatheredDevices } from './gathered-devices.js';
import type { Path, Source } from './yaml-source.js';

/** A line that goes on for longer is none. */
const MAX_LINE = 1_048_576;

/** Adds the devices of the file to `gathered`, faults included. `named` is where the configuration names the file. */
export const gatherDevicesFile = async (
  file: string,
  gathered: GatheredDevices,
  named: ReturnType<Source['locate']>,
): Promise<void> => {
  let rows: RowReader | undefined;
  try {
    for await (const piece of textPieces(file)) {
      rows ??= /^\s*\{/.test(piece) ? new JsonRows(file, gathered) : new CsvRows(file, gathered);
      rows.read(piece);
      if (rows.pending > MAX_LINE) break;
    }
    rows?.end();
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    gathered.tell({ ...named, key: 'devicesFile', found: `${error.found} (${file})`, wanted: error.wanted });
  }
};

interface RowReader {
  /** Characters of a row that has not ended. */
  readonly pending: number;
  read(piece: string): void;
  end(): void;
}

class JsonRows implements RowReader {
  readonly #file: string;
  readonly #gathered: GatheredDevices;
  #line = 1;
  #rest = '';

  constructor(file: string, gathered: GatheredDevices) {
    this.#file = file;
    this.#gathered = gathered;
  }

  get pending(): number {
    return this.#rest.length;
  }

  read(piece: string): void {
    const lines = (this.#rest + piece).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#add(line);
  }

  end(): void {
    this.#add(this.#rest);
  }

  #add(text: string): void {
    const line = this.#line;
    this.#line += 1;
    if (text.trim() === '') return;
    try {
      this.#gathered.add(JSON.parse(text, withoutNull), [], { locate: () => ({ file: this.#file, line }) });
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      const found = text.length > 60 ? `${text.slice(0, 59)}…` : text;
      this.#gathered.tell({
        file: this.#file,
        line,
        key: 'JSON',
        found,
        wanted: 'one JSON object on a line of its own',
      });
    }
  }
}

const withoutNull = (_: string, value: unknown): unknown => value ?? undefined;

class CsvRows implements RowReader {
  readonly #file: string;
  readonly #gathered: GatheredDevices;
  readonly #csv = new CsvReader();
  #columns: readonly (Column | undefined)[] | undefined;

  constructor(file: string, gathered: GatheredDevices) {
    this.#file = file;
    this.#gathered = gathered;
  }

  get pending(): number {
    return this.#csv.pending;
  }

  read(piece: string): void {
    for (const row of this.#csv.read(piece)) this.#add(row.line, row.cells);
  }

  end(): void {
    const { rows, unclosedAt } = this.#csv.end();
    for (const row of rows) this.#add(row.line, row.cells);
    if (unclosedAt !== undefined)
      this.#tell(unclosedAt, 'CSV', 'a quote that is opened and not closed', 'a second one where the text ends');
  }

  #add(line: number, cells: readonly string[]): void {
    if (this.#columns === undefined) {
      this.#columns = this.#header(line, cells);
      return;
    }
    if (cells.length !== this.#columns.length) {
      this.#tell(line, 'CSV', `${cells.length} cells`, `${this.#columns.length}, one for each column of the header`);
      return;
    }
    const device: Record<string, unknown> = {};
    for (let index = 0; index < cells.length; index += 1) {
      const column = this.#columns[index];
      const cell = cells[index];
      if (column !== undefined && cell !== undefined && cell !== '') place(device, column.path, column.read(cell));
    }
    this.#gathered.add(device, [], { locate: () => ({ file: this.#file, line }) });
  }

  #header(line: number, names: readonly string[]): readonly (Column | undefined)[] {
    return names.map((name, index) => {
      const path = name.split('.').map((step) => (/^\d{1,3}$/.test(step) ? Number(step) : step));
      if (names.indexOf(name) !== index) this.#tell(line, name, 'a column for the second time', 'every column once');
      else if (knowsPath(deviceSchema, path)) return { path, read: READERS.get(name) ?? String };
      else
        this.#gathered.tell(unknownKey([name], topKeys(deviceSchema), { locate: () => ({ file: this.#file, line }) }));
      return undefined;
    });
  }

  #tell(line: number, key: string, found: string, wanted: string): void {
    this.#gathered.tell({ file: this.#file, line, key, found, wanted });
  }
}

interface Column {
  readonly path: Path;
  readonly read: (cell: string) => unknown;
}

/** `a;b` or `a|b`, where each may be `a=b` with two names. */
const list =
  (first: string, second: string) =>
  (cell: string): unknown =>
    cell.split(/[;|]/).map((item) => {
      const [one = '', other] = item.split(/=([\s\S]*)/);
      return other === undefined ? one.trim() : { [first]: one.trim(), [second]: other.trim() };
    });

const READERS: ReadonlyMap<string, Column['read']> = new Map([
  ['lines', list('dn', 'label')],
  ['speedDials', list('number', 'label')],
  ['serviceUrls', list('name', 'url')],
  ['modules', (cell: string) => cell.split(/[;|]/)],
]);

const place = (device: Record<PropertyKey, unknown>, path: Path, value: unknown): void => {
  let around = device;
  for (let index = 0; index < path.length; index += 1) {
    const step = path[index] ?? '';
    if (index === path.length - 1) around[step] = value;
    else {
      around[step] ??= typeof path[index + 1] === 'number' ? [] : {};
      around = around[step] as Record<PropertyKey, unknown>;
    }
  }
};
