import { CsvReader } from './csv.js';
import { type Column, readHeader } from './csv-columns.js';
import type { DeviceSink, RowReader } from './device-collector.js';
import { deviceSchema } from './device-schema.js';
import { nearest, topKeys } from './schema-errors.js';
import type { Path } from './yaml-source.js';

/** A device needs these keys. */
const NEEDED = ['name', 'model'] as const;

/** Reads a CSV table of devices: a header that names the keys, then one device per row. */
export class CsvRows implements RowReader {
  readonly #file: string;
  readonly #collector: DeviceSink;
  readonly #csv = new CsvReader();
  #columns: readonly (Column | undefined)[] | undefined;
  /** The least number of cells in a row: up to the last column that has a name. */
  #width = 0;
  /** Keys that have no column. They are reported for the header, not for each row. */
  #reportedKeys: readonly (typeof NEEDED)[number][] = [];

  constructor(file: string, collector: DeviceSink) {
    this.#file = file;
    this.#collector = collector;
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
      this.#report(unclosedAt, 'CSV', 'a quote that is opened and not closed', 'a second one where the text ends');
  }

  #add(line: number, cells: readonly string[]): void {
    if (this.#columns === undefined) {
      this.#columns = this.#header(line, cells);
      return;
    }
    const columns = this.#columns;
    if (columns.length === 0 || cells.every((cell) => cell === '')) return;
    const filled = cells.findLastIndex((cell) => cell !== '') + 1;
    if (cells.length < this.#width || filled > columns.length) {
      this.#report(line, 'CSV', `${cells.length} cells`, `${columns.length}, one for each column of the header`);
      return;
    }
    const device: Record<string, unknown> = {};
    for (let index = 0; index < filled; index += 1) {
      const column = columns[index];
      const cell = cells[index];
      if (cell === undefined || cell === '') continue;
      if (column !== undefined) place(device, column.path, column.read(cell));
      else if (index >= this.#width)
        this.#report(
          line,
          'CSV',
          `${JSON.stringify(cell)} in column ${index + 1}, which has no name`,
          'a name above it',
        );
    }
    for (const [key, value] of Object.entries(device)) if (Array.isArray(value)) device[key] = value.filter(isThere);
    this.#collector.add(device, [], { locate: () => ({ file: this.#file, line }) }, this.#reportedKeys);
  }

  /** Reads the header and reports its faults. Empty: the rows below it cannot be read. */
  #header(line: number, names: readonly string[]): readonly (Column | undefined)[] {
    const { columns, bulk, unknown } = readHeader(names);
    const keys = topKeys(deviceSchema);
    if (columns.every((column) => column === undefined)) {
      this.#report(
        line,
        'CSV',
        `${names.slice(0, 4).join(', ')}…, none of which is a column`,
        `a header such as name,model,protocol,lines, of ${keys.join(', ')}`,
      );
      return [];
    }
    this.#width = names.findLastIndex((name) => name !== '') + 1;
    const meant = bulk ? this.#warnUnread(line, unknown) : this.#reportUnknown(line, unknown, keys);
    const present = new Set(columns.map((column) => column?.path[0]));
    this.#reportedKeys = NEEDED.filter((key) => !present.has(key));
    for (const key of this.#reportedKeys) if (!meant.has(key)) this.#report(line, key, 'no such column', MISSING[key]);
    return columns.map((column, index) => {
      const path = column?.path.join('.');
      if (path === undefined || columns.findIndex((other) => other?.path.join('.') === path) === index) return column;
      this.#report(line, names[index] ?? '', 'a column for the second time', 'every column once');
      return undefined;
    });
  }

  /** Reports unknown columns. Returns the keys that were probably meant. */
  #reportUnknown(line: number, unknown: readonly string[], keys: readonly string[]): ReadonlySet<string> {
    const near = new Map(unknown.map((name) => [name, nearest(name, keys)]));
    for (const [name, key] of near)
      if (key !== undefined) this.#report(line, name, 'an unknown key', `${key} (is that what was meant?)`);
    const others = unknown.filter((name) => near.get(name) === undefined);
    const [first, second] = others;
    if (first !== undefined && second === undefined)
      this.#report(line, first, 'an unknown key', `one of ${keys.join(', ')}`);
    else if (first !== undefined)
      this.#report(line, 'CSV', `unknown columns: ${others.join(', ')}`, `some of ${keys.join(', ')}`);
    return new Set([...near.values()].filter((key) => key !== undefined));
  }

  /** A table of the Bulk Administration Tool has a hundred columns that labcm does not use: one warning, no fault. */
  #warnUnread(line: number, unknown: readonly string[]): ReadonlySet<string> {
    const found = `columns that labcm has no key for: ${unknown.join(', ')}`;
    if (unknown.length > 0)
      this.#collector.addWarning({
        file: this.#file,
        line,
        key: 'CSV',
        found,
        wanted: 'none of them: they are not read',
      });
    return new Set();
  }

  #report(line: number, key: string, found: string, wanted: string): void {
    this.#collector.addFault({ file: this.#file, line, key, found, wanted });
  }
}

const MISSING: Readonly<Record<(typeof NEEDED)[number], string>> = {
  name: 'a column `name`, such as SEP005056A1033D (or MAC Address, or Device Name)',
  model: 'a column `model`, such as 7962 (or Device Type, such as Cisco 7962)',
};

const isThere = (item: unknown): boolean => item !== undefined;

/** Puts a value at its path, and makes the lists and mappings around it. */
export const place = (device: Record<PropertyKey, unknown>, path: Path, value: unknown): void => {
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
