// Answers statements in a thread of its own: nothing inside SQLite can stop a statement, but a thread can be ended
// (`docs/protocols/apis.md` §6.4).

import { after, type Duration, type Instant, minutes, seconds, type Timer } from '../../core/time.js';
import type { SqlEngine, SqlResult } from './engine.js';
import { exhausted } from './faults.js';
import { snapshot } from './snapshot.js';
import type { SqlSources, SqlTrouble } from './sources.js';
import { readStatement } from './statement.js';
import { SQL_TABLES } from './tables.js';
import type { SqlOrder, SqlReport } from './worker-messages.js';
import type { SqlWorker, SqlWorkerListener } from './worker-thread.js';

/** Bounds of SQL. */
export const SQL_LIMITS = {
  /** A statement that takes longer is ended. */
  within: seconds(5),
  /** The tables of forty thousand phones take a few seconds. */
  filledWithin: seconds(30),
  /** A thread that nobody asks ends. */
  idle: minutes(5),
  /** Changes are looked at so often at most. */
  refreshed: seconds(1),
  /** Statements that wait for the one that runs. */
  waiting: 8,
  /** CUCM's own, of a reply. */
  octets: 8 * 1_048_576,
};

/** What the engine works with. */
export interface SqlEngineParts {
  readonly sources: SqlSources;
  /** Rises with each change of what the tables say. */
  changes(): number;
  startWorker(listener: SqlWorkerListener): SqlWorker;
  /** Is told of what the client of AXL does not read. */
  onTrouble(trouble: SqlTrouble): void;
}

/** A running thread, and what its tables say. */
interface Running {
  readonly worker: SqlWorker;
  /** Is given what the thread says next; `undefined`: it says nothing any more. */
  heard: ((report: SqlReport | undefined) => void) | undefined;
  filled: { readonly changes: number; readonly at: Instant } | undefined;
}

/** SQL over the devices. One statement runs at a time. */
export class ThreadSqlEngine implements SqlEngine {
  readonly #parts: SqlEngineParts;
  #running: Running | undefined;
  #idle: Timer | undefined;
  #waiting = 0;
  #turn: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(parts: SqlEngineParts) {
    this.#parts = parts;
  }

  query(statement: string): Promise<SqlResult> {
    const read = readStatement(statement);
    if ('fault' in read) return Promise.resolve(read);
    if (this.#waiting > SQL_LIMITS.waiting) return Promise.resolve(exhausted());
    this.#waiting += 1;
    const answered = this.#turn.then(() => this.#answer(read.sql));
    this.#turn = answered;
    return answered;
  }

  /** Ends the thread. What waits is answered with a fault. */
  close(): void {
    this.#isClosed = true;
    this.#end();
  }

  /** Never rejects: the next in turn waits for it. */
  async #answer(sql: string): Promise<SqlResult> {
    this.#idle?.cancel();
    try {
      if (this.#isClosed) return exhausted();
      this.#running ??= this.#start();
      const running = this.#running;
      if (!(await this.#fill(running))) return exhausted();
      const report = await this.#said(running, SQL_LIMITS.within, sql, {
        ...{ kind: 'query', sql, mostOctets: SQL_LIMITS.octets },
      });
      if (report?.kind === 'rows') return rowsOf(report);
      return report?.kind === 'fault' ? report.fault : exhausted();
    } catch (error) {
      this.#failed(error instanceof Error ? error.message : String(error));
      return exhausted();
    } finally {
      this.#waiting -= 1;
      this.#endLater();
    }
  }

  #start(): Running {
    const running: Running = {
      worker: this.#parts.startWorker({
        reported: (report) => running.heard?.(report),
        failed: (reason) => {
          if (this.#running === running) this.#failed(reason);
        },
      }),
      heard: undefined,
      filled: undefined,
    };
    return running;
  }

  /** Gives the thread the tables of this moment, where anything has changed. `false`: it cannot take them. */
  async #fill(running: Running): Promise<boolean> {
    const { sources, changes } = this.#parts;
    const now = sources.clock.now();
    const { filled } = running;
    const current = changes();
    if (filled !== undefined && (filled.changes === current || after(filled.at, SQL_LIMITS.refreshed) > now))
      return true;
    running.filled = { changes: current, at: now };
    running.worker.send({ kind: 'make', tables: SQL_TABLES });
    for await (const batch of snapshot(sources)) {
      if (this.#running !== running) return false;
      running.worker.send({ kind: 'fill', batch });
    }
    const said = await this.#said(running, SQL_LIMITS.filledWithin, 'the tables', { kind: 'filled' });
    return said?.kind === 'ready';
  }

  /** Gives an order and waits for what the thread says. `undefined`: it said nothing in time, and was ended. */
  #said(running: Running, within: Duration, what: string, order: SqlOrder): Promise<SqlReport | undefined> {
    const { clock } = this.#parts.sources;
    return new Promise((resolve) => {
      const timer = clock.callAt(after(clock.now(), within), () => {
        this.#parts.onTrouble({ reason: 'too-long', detail: what });
        this.#end();
      });
      running.heard = (report) => {
        running.heard = undefined;
        timer.cancel();
        resolve(report);
      };
      running.worker.send(order);
    });
  }

  #failed(reason: string): void {
    this.#parts.onTrouble({ reason: 'failed', detail: reason });
    this.#end();
  }

  #end(): void {
    const running = this.#running;
    this.#running = undefined;
    this.#idle?.cancel();
    running?.worker.end();
    running?.heard?.(undefined);
  }

  #endLater(): void {
    const { clock } = this.#parts.sources;
    if (this.#running === undefined || this.#waiting > 0) return;
    this.#idle = clock.callAt(after(clock.now(), SQL_LIMITS.idle), () => this.#end());
  }
}

const rowsOf = ({ columns, rows }: Extract<SqlReport, { readonly kind: 'rows' }>): SqlResult => ({
  rows: rows.map((row) => row.map((value, index) => [columns[index] ?? '', value] as const)),
});
