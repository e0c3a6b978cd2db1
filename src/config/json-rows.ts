// Reads devices in JSON: objects one after the other, on one line each or on several, or one array of objects.

import type { DeviceSink, RowReader } from './device-collector.js';

const objectReader = (file: string, collector: DeviceSink) => {
  const report = (text: string, line: number, wanted: string): void => {
    const found = text.length > 60 ? `${text.slice(0, 59)}…` : text;
    collector.addFault({ file, line, key: 'JSON', found, wanted });
  };
  const take = (text: string, line: number): boolean => {
    try {
      collector.add(JSON.parse(text, withoutNull), [], { locate: () => ({ file, line }) });
      return true;
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      return false;
    }
  };
  return { report: report, take };
};

const withoutNull = (_: string, value: unknown): unknown => value ?? undefined;

/**
 * Reads objects that follow each other. A line that begins with `{` begins an object, so a mistake costs one object
 * only.
 */
export class JsonLines implements RowReader {
  readonly #to: ReturnType<typeof objectReader>;
  #line = 1;
  #rest = '';
  #open: { readonly text: string; readonly line: number } | undefined;

  constructor(file: string, collector: DeviceSink) {
    this.#to = objectReader(file, collector);
  }

  get pending(): number {
    return this.#rest.length + (this.#open?.text.length ?? 0);
  }

  read(piece: string): void {
    const lines = (this.#rest + piece).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#add(line);
  }

  end(): void {
    this.#add(this.#rest);
    this.#giveUp();
  }

  #add(text: string): void {
    const line = this.#line;
    this.#line += 1;
    if (text.trim() === '') return;
    if (text.startsWith('{')) this.#giveUp();
    const open = this.#open;
    const whole = open === undefined ? { text, line } : { text: `${open.text}\n${text}`, line: open.line };
    const ends = open === undefined || text.trimEnd().endsWith('}');
    this.#open = ends && this.#to.take(whole.text, whole.line) ? undefined : whole;
    if (!whole.text.startsWith('{')) this.#giveUp();
  }

  #giveUp(): void {
    if (this.#open === undefined) return;
    const { text, line } = this.#open;
    this.#open = undefined;
    this.#to.report(text.split('\n', 1)[0] ?? '', line, 'one JSON object on a line of its own');
  }
}

/** Reads `[ {…}, {…} ]`, item by item. */
export class JsonArray implements RowReader {
  readonly #to: ReturnType<typeof objectReader>;
  #line = 1;
  #item = '';
  #itemLine = 1;
  #depth = 0;
  #quoted = false;
  #escaped = false;
  #closed = false;

  constructor(file: string, collector: DeviceSink) {
    this.#to = objectReader(file, collector);
  }

  get pending(): number {
    return this.#item.length;
  }

  read(piece: string): void {
    let start = 0;
    for (let at = 0; at < piece.length; at += 1) {
      const character = piece[at] ?? '';
      if (character === '\n') this.#line += 1;
      if (this.#quoted) {
        if (this.#escaped) this.#escaped = false;
        else if (character === '\\') this.#escaped = true;
        else if (character === '"') this.#quoted = false;
      } else if (character === '"') this.#quoted = true;
      else if (character === '{' || character === '[') {
        this.#depth += 1;
        if (this.#depth === 1) start = at + 1;
        if (this.#depth === 2) this.#itemLine = this.#line;
      } else if (character === '}' || character === ']') {
        this.#depth -= 1;
        if (this.#depth === 0) {
          this.#take(piece.slice(start, at));
          this.#closed = true;
          start = at + 1;
        }
      } else if (character === ',' && this.#depth === 1) {
        this.#take(piece.slice(start, at));
        start = at + 1;
      }
    }
    this.#item += piece.slice(start);
  }

  end(): void {
    const rest = this.#item.trim();
    if (!this.#closed)
      this.#to.report(rest, this.#itemLine, 'an array that ends: a bracket, a brace or a quote is open here');
    else if (rest !== '') this.#to.report(rest, this.#line, 'nothing behind the end of the array');
  }

  #take(end: string): void {
    const text = (this.#item + end).trim();
    this.#item = '';
    if (text === '') return;
    if (!this.#to.take(text, this.#itemLine)) this.#to.report(text, this.#itemLine, 'a JSON object');
  }
}
