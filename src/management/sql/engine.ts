// What answers SQL (`docs/protocols/apis.md` §6). AXL hands it the text of `executeSQLQuery` and writes what it says.

/** A row: its columns in order, in lower case. `null`: there is no value. */
export type SqlRow = readonly (readonly [column: string, value: string | null])[];

/** The rows of a statement; or the number and the words of Informix's fault, which are those of AXL's. */
export type SqlResult =
  | { readonly rows: readonly SqlRow[] }
  | { readonly fault: { readonly code: number; readonly message: string } };

/** Answers statements. */
export interface SqlEngine {
  /** Resolves within seconds, whatever the statement is. Never rejects. */
  query(statement: string): Promise<SqlResult>;
}
