// A streaming reader for CSV (RFC 4180): quotes, doubled quotes, line breaks within quotes. Rows may end with CRLF, LF
// or CR. The separator may also be a semicolon or a tab; the first line shows which.

/** A row and the line on which it begins, counted from 1. */
export interface CsvRow {
  readonly line: number;
  readonly cells: readonly string[];
}

const SEPARATORS = [',', ';', '\t'];

/** The line by which spreadsheets declare the separator. */
const SEPARATOR_ROW = /^sep=(.)$/i;

/** Reads rows from text in pieces of any length, cut anywhere. Blank lines are skipped. */
export class CsvReader {
  #separator = '';
  #rest = '';
  #line = 1;

  /** How many characters wait for the end of their row. */
  get pending(): number {
    return this.#rest.length;
  }

  /** Adds a piece of text. Returns the rows that it completes. */
  read(piece: string): CsvRow[] {
    return this.#rows(this.#rest + piece);
  }

  /**
   * Ends the text. Returns a last row without a line break, or the line on which a quote is opened and never closed.
   */
  end(): { readonly rows: readonly CsvRow[]; readonly unclosedAt: number | undefined } {
    const rows = this.#rest === '' ? [] : this.#rows(`${this.#rest}\n`);
    return { rows, unclosedAt: this.#rest === '' ? undefined : this.#line };
  }

  #rows(text: string): CsvRow[] {
    const rows: CsvRow[] = [];
    let start = 0;
    for (;;) {
      const end = this.#endOfRow(text, start);
      if (end === undefined) break;
      const row = text.slice(start, end.at);
      const declared = this.#separator === '' ? SEPARATOR_ROW.exec(row)?.[1] : undefined;
      if (this.#separator === '') this.#separator = declared ?? separatorOf(row);
      if (row.trim() !== '' && declared === undefined)
        rows.push({ line: this.#line, cells: cellsOf(row, this.#separator) });
      this.#line += end.lines;
      start = end.next;
    }
    this.#rest = text.slice(start);
    return rows;
  }

  /** Finds the end of the row that begins at `start`, the start of the next row, and how many lines the row has. */
  #endOfRow(text: string, start: number): { at: number; next: number; lines: number } | undefined {
    let quoted = false;
    let lines = 1;
    for (let at = start; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      if (code === QUOTE) quoted = !quoted;
      if (code !== CR && code !== LF) continue;
      if (code === CR && at + 1 === text.length) return undefined; // an LF may follow
      const next = code === CR && text.charCodeAt(at + 1) === LF ? at + 2 : at + 1;
      if (!quoted) return { at, next, lines };
      lines += 1;
      at = next - 1;
    }
    return undefined;
  }
}

const [QUOTE, CR, LF] = [0x22, 0x0d, 0x0a];

const separatorOf = (header: string): string =>
  SEPARATORS.map((separator) => ({ separator, count: header.split(separator).length })).sort(
    (one, other) => other.count - one.count,
  )[0]?.separator ?? ',';

const cellsOf = (row: string, separator: string): string[] => {
  if (!row.includes('"')) return row.split(separator).map((cell) => cell.trim());
  const cells: string[] = [];
  let cell = '';
  let quoted = false;
  for (let at = 0; at < row.length; at += 1) {
    const character = row[at] ?? '';
    if (quoted && character === '"' && row[at + 1] === '"') {
      cell += '"';
      at += 1;
    } else if (character === '"') quoted = !quoted;
    else if (character === separator && !quoted) {
      cells.push(cell.trim());
      cell = '';
    } else cell += character;
  }
  cells.push(cell.trim());
  return cells;
};
