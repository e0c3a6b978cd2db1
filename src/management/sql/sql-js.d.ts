// What labcm uses of sql.js, which has no types of its own.

declare module 'sql.js' {
  interface SqlJsStatement {
    step(): boolean;
    get(): (string | number | Uint8Array | null)[];
    getColumnNames(): string[];
    run(values: readonly (string | number | null)[]): void;
    free(): void;
  }
  interface SqlJsDatabase {
    run(sql: string): void;
    prepare(sql: string): SqlJsStatement;
    close(): void;
  }
  const initialize: () => Promise<{ readonly Database: new () => SqlJsDatabase }>;
  // biome-ignore lint/style/noDefaultExport: it is what the package has
  export default initialize;
  export type { SqlJsDatabase, SqlJsStatement };
}
