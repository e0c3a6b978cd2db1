// Reads a statement as scripts write it for Informix, and writes what SQLite understands (`docs/protocols/apis.md` §6.4). One
// SELECT alone is let through.

import { noTable, type SqlFault, syntaxError } from './faults.js';
import { type SqlToken, tokensOf } from './tokens.js';

const LONGEST_STATEMENT = 65_536;
/** SQLite's own tables and its settings in the form of tables. */
const INTERNAL = /^"?(?:sqlite_|pragma_)/i;
const COMPARING: ReadonlySet<string> = new Set(['=', '==', '!=', '<>']);
/** Words that SQLite has another name for. */
const RENAMED: ReadonlyMap<string, string> = new Map([
  ['matches', 'glob'],
  ['unique', 'distinct'],
]);
const RENAMED_FUNCTIONS: ReadonlyMap<string, string> = new Map([['nvl', 'ifnull']]);
const TRIMS: ReadonlyMap<string, string> = new Map([
  ['leading', 'ltrim'],
  ['trailing', 'rtrim'],
  ['both', 'trim'],
]);

/** What is open: the statement itself, or a bracket within it. */
interface Level {
  /** Is written before the bracket closes. */
  suffix: string;
  limit: string | undefined;
  offset: string | undefined;
}

const level = (suffix = ''): Level => ({ suffix, limit: undefined, offset: undefined });

/** The statement for SQLite, or why it is refused. */
export const readStatement = (written: string): { readonly sql: string } | SqlFault => {
  const found = written.length > LONGEST_STATEMENT ? undefined : tokensOf(written);
  const tokens = found?.at(-1)?.text === ';' ? found.slice(0, -1) : found;
  if (tokens === undefined || tokens[0]?.word !== 'select') return syntaxError();
  if (tokens.some(({ text }) => text === ';')) return syntaxError();
  const internal = tokens.find(({ kind, text }) => (kind === 'word' || kind === 'quoted') && INTERNAL.test(text));
  if (internal !== undefined) return noTable(internal.text.replaceAll('"', ''));
  const sql = new Translation(tokens).sql();
  return sql === undefined ? syntaxError() : { sql };
};

/** One statement on its way to SQLite. */
class Translation {
  readonly #tokens: readonly SqlToken[];
  readonly #written: string[] = [];
  readonly #levels: Level[] = [level()];
  #at = 0;

  constructor(tokens: readonly SqlToken[]) {
    this.#tokens = tokens;
  }

  /** `undefined`: its brackets do not match. */
  sql(): string | undefined {
    while (this.#at < this.#tokens.length) {
      const { text, word, kind } = this.#tokens[this.#at] as SqlToken;
      this.#at += 1;
      if (text === '(') this.#open(text);
      else if (text === ')') {
        if (this.#levels.length === 1) return undefined;
        this.#write(`${endOf(this.#levels.pop() as Level)})`);
      } else if (kind === 'word') this.#word(word, text);
      else this.#write(text);
    }
    const [whole, ...open] = this.#levels;
    return whole === undefined || open.length > 0 ? undefined : `${this.#written.join(' ')}${endOf(whole)}`;
  }

  #write(text: string): void {
    this.#written.push(text);
  }

  #open(begin: string, suffix = ''): void {
    this.#write(begin);
    this.#levels.push(level(suffix));
  }

  #next(offset = 0): SqlToken | undefined {
    return this.#tokens[this.#at + offset];
  }

  get #level(): Level {
    return this.#levels.at(-1) as Level;
  }

  #word(word: string, text: string): void {
    const isCall = this.#next()?.text === '(';
    if (word === 'select') {
      this.#write(text);
      while (
        this.#takeBound('first', 'limit') ||
        this.#takeBound('limit', 'limit') ||
        this.#takeBound('skip', 'offset')
      );
    } else if (word === 'skip' && this.#next()?.kind === 'number') {
      this.#at -= 1;
      while (this.#takeBound('skip', 'offset') || this.#takeBound('limit', 'limit'));
    } else if (isCall && word === 'trim' && TRIMS.has(this.#next(1)?.word ?? '')) this.#trim();
    else if (isCall && word === 'dbinfo' && this.#next(1)?.text === "'utc_to_datetime'") {
      this.#at += 3; // ( 'utc_to_datetime' ,
      this.#open('datetime(', ", 'unixepoch'");
    } else if (this.#isTruth(word)) this.#write(`'${word}'`);
    else this.#write((isCall ? RENAMED_FUNCTIONS.get(word) : RENAMED.get(word)) ?? text);
  }

  /** `skip 10 first 5` of a select is written at its end. */
  #takeBound(word: string, bound: 'limit' | 'offset'): boolean {
    const number = this.#next(1);
    if (this.#next()?.word !== word || number?.kind !== 'number') return false;
    this.#level[bound] = number.text;
    this.#at += 2;
    return true;
  }

  /** `trim(trailing 'X' from c)`. */
  #trim(): void {
    const name = TRIMS.get(this.#next(1)?.word ?? '');
    this.#at += 2; // ( trailing
    const characters = this.#next()?.kind === 'string' ? this.#next()?.text : undefined;
    if (characters !== undefined) this.#at += 1;
    if (this.#next()?.word === 'from') this.#at += 1;
    this.#open(`${name}(`, characters === undefined ? '' : `, ${characters}`);
  }

  /** `c = t`: labcm stores booleans as text. An alias `t` has a dot behind it. */
  #isTruth(word: string): boolean {
    return (word === 't' || word === 'f') && this.#next()?.text !== '.' && COMPARING.has(this.#written.at(-1) ?? '');
  }
}

const endOf = ({ suffix, limit, offset }: Level): string => {
  if (limit === undefined && offset === undefined) return suffix;
  return ` limit ${limit ?? '-1'}${offset === undefined ? '' : ` offset ${offset}`}${suffix}`;
};
