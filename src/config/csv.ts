// Comma-separated values as RFC 4180 has them, read piece by piece: quotes, doubled quotes, line breaks within quotes.
// Semicolons or tabs do as well; the first line shows which are meant.

/** A row and the line on which it begins, counted from 1. */
export interface CsvRow {
  readonly line: number;
  readonly cells: readonly string[];
}

const SEPARATORS = [',', ';', '\t'];

/** Gathers rows from text in pieces of any length, cut anywhere. Blank lines are no rows. */
export class CsvReader {
  #separator = '';
  #rest = '';
  #line = 1;

  /** Characters that wait for the end of their row. */
  get pending(): number {
    return this.#rest.length;
  }

  /** The rows that `piece` completes. */
  read(piece: string): CsvRow[] {
    return this.#rows(this.#rest + piece);
  }

  /** The last row, where no line break ends it; or the line on which a quote is opened and never closed. */
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
      if (this.#separator === '') this.#separator = separatorOf(row);
      if (row.trim() !== '') rows.push({ line: this.#line, cells: cellsOf(row, this.#separator) });
      this.#line += end.lines;
      start = end.next;
    }
    this.#rest = text.slice(start);
    return rows;
  }

  /** The end of the row that begins at `start`, the start of the next, and the lines between them. */
  #endOfRow(text: string, start: number): { at: number; next: number; lines: number } | undefined {
    let end = text.indexOf('\n', start);
    if (end === -1) return undefined;
    let quotes = countQuotes(text, start, end);
    let lines = 1;
    while (quotes % 2 === 1) {
      const next = text.indexOf('\n', end + 1);
      if (next === -1) return undefined;
      quotes += countQuotes(text, end, next);
      end = next;
      lines += 1;
    }
    return { at: text[end - 1] === '\r' && end > start ? end - 1 : end, next: end + 1, lines };
  }
}

const countQuotes = (text: string, from: number, to: number): number => {
  let count = 0;
  for (let at = text.indexOf('"', from); at !== -1 && at < to; at = text.indexOf('"', at + 1)) count += 1;
  return count;
};

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
