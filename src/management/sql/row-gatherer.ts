import { cellsOf, type SqlCell, type SqlTableName, type SqlValues } from './tables.js';
import type { SqlBatch } from './worker-messages.js';

/** Gathers rows by table. */
export class RowGatherer {
  readonly #rows = new Map<SqlTableName, (readonly SqlCell[])[]>();

  add<T extends SqlTableName>(table: T, values: SqlValues<T>): void {
    const rows = this.#rows.get(table);
    if (rows === undefined) this.#rows.set(table, [cellsOf(table, values)]);
    else rows.push(cellsOf(table, values));
  }

  /** Hands over what there is, and begins anew. */
  take(): SqlBatch {
    const batch = [...this.#rows].map(([table, rows]) => ({ table, rows }));
    this.#rows.clear();
    return batch;
  }
}
