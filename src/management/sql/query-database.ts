// The tables in SQLite, and one statement over them. Runs in the worker. SQLite is WebAssembly and has no file system of ours:
// whatever a statement is, it reads these tables and nothing else.

import initialize, { type SqlJsDatabase } from 'sql.js';
import { faultFor, tooLarge } from './faults.js';
import type { SqlTable } from './tables.js';
import type { SqlBatch, SqlReport } from './worker-messages.js';

/** Memory of the tables and of a statement together. */
const MOST_MEMORY = 256 * 1_048_576;
/** `<row></row>`, and `<></>` of a column. */
const ROW_OCTETS = 11;
const COLUMN_OCTETS = 5;

const XML_NAME = /^[A-Za-z_][A-Za-z0-9_.-]*$/;
const AGGREGATE = /^(count|min|max|sum|avg)\s*\(/i;

/** The name of a column in the reply: lower case. One that is no name of an element gets another. */
const columnName = (name: string, index: number): string =>
  XML_NAME.test(name) ? name.toLowerCase() : (AGGREGATE.exec(name)?.[1]?.toLowerCase() ?? `expr${index + 1}`);

/** The tables. */
export class QueryDatabase {
  readonly #make: () => SqlJsDatabase;
  #database: SqlJsDatabase | undefined;
  #tables = new Map<string, SqlTable>();

  /** Resolves when SQLite is loaded. */
  static async load(): Promise<QueryDatabase> {
    const { Database } = await initialize();
    return new QueryDatabase(() => new Database());
  }

  private constructor(make: () => SqlJsDatabase) {
    this.#make = make;
  }

  /** Forgets every table, and makes these. */
  make(tables: readonly SqlTable[]): void {
    this.#database?.close();
    this.#database = this.#make();
    this.#tables = new Map(tables.map((table) => [table.name, table]));
    // Informix compares case with LIKE. What is sorted stays in the memory that has a bound.
    this.#database.run(
      `pragma hard_heap_limit=${MOST_MEMORY}; pragma temp_store=memory; pragma case_sensitive_like=on; begin`,
    );
    for (const { name, columns } of tables)
      this.#database.run(
        `create table ${name} (${columns.map((column) => `${column.name} ${column.type}`).join(', ')})`,
      );
  }

  fill(batch: SqlBatch): void {
    for (const { table, rows } of batch) {
      const width = this.#tables.get(table)?.columns.length ?? 0;
      const insert = this.#open.prepare(`insert into ${table} values (${Array(width).fill('?').join(',')})`);
      for (const row of rows) insert.run(row);
      insert.free();
    }
  }

  /** From now on nothing changes any more. */
  filled(): void {
    this.#open.run('commit; pragma query_only=on');
  }

  query(sql: string, mostOctets: number): SqlReport {
    try {
      const statement = this.#open.prepare(sql);
      try {
        const columns = statement.getColumnNames().map(columnName);
        const perRow = columns.reduce((octets, name) => octets + 2 * name.length + COLUMN_OCTETS, ROW_OCTETS);
        const rows: (string | null)[][] = [];
        let [octets, count] = [0, 0];
        for (; statement.step(); count += 1) {
          if (octets > mostOctets) continue; // but all of them are counted
          const row = statement.get().map(textOf);
          octets += row.reduce((all, text) => all + Buffer.byteLength(text ?? ''), perRow);
          if (octets <= mostOctets) rows.push(row);
        }
        return octets > mostOctets
          ? { kind: 'fault', fault: tooLarge(count, rows.length) }
          : { kind: 'rows', columns, rows };
      } finally {
        statement.free();
      }
    } catch (error) {
      return { kind: 'fault', fault: faultFor(error instanceof Error ? error.message : String(error)) };
    }
  }

  get #open(): SqlJsDatabase {
    if (this.#database === undefined) throw new Error('no tables were made');
    return this.#database;
  }
}

const textOf = (value: string | number | Uint8Array | null): string | null =>
  value === null ? null : typeof value === 'object' ? Buffer.from(value).toString('hex') : String(value);
