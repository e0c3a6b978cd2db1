// What is said between the engine and its worker.

import type { SqlFault } from './faults.js';
import type { SqlCell, SqlTable, SqlTableName } from './tables.js';

/** Rows of some tables, each in the order of its columns. */
export type SqlBatch = readonly { readonly table: SqlTableName; readonly rows: readonly (readonly SqlCell[])[] }[];

/** To the worker. */
export type SqlOrder =
  /** Forgets every table and makes these, empty. */
  | { readonly kind: 'make'; readonly tables: readonly SqlTable[] }
  | { readonly kind: 'fill'; readonly batch: SqlBatch }
  /** Is answered with `ready` once everything before is done. */
  | { readonly kind: 'filled' }
  /** Is answered with `rows` or `fault`. The octets are those of a reply. */
  | { readonly kind: 'query'; readonly sql: string; readonly mostOctets: number };

/** From the worker. */
export type SqlReport =
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'rows';
      readonly columns: readonly string[];
      readonly rows: readonly (readonly (string | null)[])[];
    }
  | { readonly kind: 'fault'; readonly fault: SqlFault };
