// The faults of SQL, with Informix's numbers and words as AXL shows them (`docs/protocols/apis.md` §5.7). Tools parse both.

import type { SqlResult } from './engine.js';

/** A statement that is not answered with rows. */
export type SqlFault = Extract<SqlResult, { readonly fault: unknown }>;

const fault = (code: number, message: string): SqlFault => ({ fault: { code, message } });

/** So much of what a client wrote is told back to it. */
const LONGEST_ECHO = 128;
const echoed = (name: string): string => name.slice(0, LONGEST_ECHO);

export const syntaxError = (): SqlFault => fault(-201, 'A syntax error has occurred.');
export const noTable = (name: string): SqlFault =>
  fault(-206, `The specified table (${echoed(name)}) is not in the database.`);
const noColumn = (name: string): SqlFault =>
  fault(-217, `Column (${echoed(name)}) not found in any table in the query (or SLV is undefined).`);
const ambiguous = (name: string): SqlFault => fault(-324, `Ambiguous column (${echoed(name)}).`);
const noRoutine = (name: string): SqlFault => fault(-674, `Routine (${echoed(name)}) can not be resolved.`);
const failed = (): SqlFault => fault(-1, 'The statement could not be run.');

/** Too many statements wait, or one took too long, or needed too much memory. */
export const exhausted = (): SqlFault =>
  fault(-1, 'Maximum AXL Memory Allocation Consumed. Please retry once requests in progress have completed');

/** `rows` were found, of which `fit` fit into a reply. */
export const tooLarge = (rows: number, fit: number): SqlFault =>
  fault(-1, `Query request too large. Total rows matched: ${rows} rows. Suggestive Row Fetch: less than ${fit} rows`);

/** What SQLite says, and what Informix would say. */
const WORDS: readonly (readonly [pattern: RegExp, made: (name: string) => SqlFault])[] = [
  [/^no such table: (.*)$/s, (name) => noTable(name.replace(/^main\./, ''))],
  [/^no such column: "?(.*?)"?(?: - should .*)?$/s, noColumn],
  [/^ambiguous column name: (.*)$/s, ambiguous],
  [/^no such function: (.*)$/s, noRoutine],
  [/^wrong number of arguments to function (.*?)\(\)/s, noRoutine],
  [/syntax error|^incomplete input|^unrecognized token|^malformed/s, syntaxError],
  [/out of memory|too big|too large|too many/s, exhausted],
];

/** The fault for an error of SQLite. */
export const faultFor = (message: string): SqlFault => {
  for (const [pattern, made] of WORDS) {
    const found = pattern.exec(message);
    if (found !== null) return made(found[1] ?? '');
  }
  return failed();
};
