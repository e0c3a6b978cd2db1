// The engine with a thread of the test's: what is sent to it, when, and what happens when it does not answer.

import { afterEach, describe, expect, it } from 'vitest';
import type { SqlResult } from '../../src/management/sql/engine.js';
import type { SqlOrder, SqlReport } from '../../src/management/sql/worker-messages.js';
import type { SqlWorkerListener } from '../../src/management/sql/worker-thread.js';
import { aDevice } from '../support/devices.js';
import { SqlHarness } from './sql-harness.js';

class FakeThread {
  readonly orders: SqlOrder[] = [];
  isEnded = false;
  answers = true;
  readonly #listener: SqlWorkerListener;

  constructor(listener: SqlWorkerListener) {
    this.#listener = listener;
  }

  send(order: SqlOrder): void {
    this.orders.push(order);
    if (!this.answers || this.isEnded) return;
    if (order.kind === 'filled') this.say({ kind: 'ready' });
    if (order.kind === 'query') this.say({ kind: 'rows', columns: ['x'], rows: [[order.sql]] });
  }

  say(report: SqlReport): void {
    setImmediate(() => this.#listener.reported(report));
  }

  fail(): void {
    this.#listener.failed('it burst');
  }

  end(): void {
    this.isEnded = true;
  }

  get kinds(): string[] {
    return this.orders.map(({ kind }) => kind);
  }
}

let harness: SqlHarness;
let threads: FakeThread[];
const open = (count = 3): void => {
  threads = [];
  harness = new SqlHarness(
    Array.from({ length: count }, (_, n) =>
      aDevice(`SEP${String(n).padStart(12, '0')}`, { lines: [String(1000 + n)] }),
    ),
    (listener) => {
      const thread = new FakeThread(listener);
      threads.push(thread);
      return thread;
    },
  );
};
afterEach(() => harness.close());

const turns = async (count = 20): Promise<void> => {
  for (let turn = 0; turn < count; turn += 1) await new Promise((done) => setImmediate(done));
};
const EXHAUSTED = { fault: { code: -1, message: expect.stringContaining('Maximum AXL Memory Allocation Consumed') } };

describe('the SQL engine', () => {
  it('starts no thread until somebody asks, and none for what it refuses', async () => {
    open();
    await harness.query('drop table device');
    expect(threads).toHaveLength(0);
    expect(await harness.query('select 1')).toEqual({ rows: [[['x', 'select 1']]] });
    expect(threads[0]?.kinds).toEqual(['make', 'fill', 'filled', 'query']);
  });

  it('gives the tables again after a change, but not within a second', async () => {
    open();
    await harness.query('select 1');
    await harness.query('select 2');
    harness.register('SEP000000000000', '10.0.0.1', 1);
    await harness.query('select 3');
    expect(threads[0]?.kinds).toEqual(['make', 'fill', 'filled', 'query', 'query', 'query']);
    harness.clock.advance(1_000);
    await harness.query('select 4');
    await harness.query('select 5');
    expect(threads[0]?.kinds.slice(6)).toEqual(['make', 'fill', 'filled', 'query', 'query']);
  });

  it('lets others have their turn while it reads thousands of devices', async () => {
    open(1_000);
    await harness.query('select 1');
    expect(harness.pauses).toBe(5);
    expect(threads[0]?.kinds.filter((kind) => kind === 'fill')).toHaveLength(6);
  });

  it('runs one statement at a time, and lets eight wait', async () => {
    open();
    await harness.query('select 0');
    const [thread] = threads;
    if (thread === undefined) throw new Error('no thread');
    thread.answers = false;
    const asked = Array.from({ length: 10 }, (_, n) => harness.query(`select ${n + 1}`));
    expect(await asked[9]).toEqual(EXHAUSTED);
    await turns();
    expect(thread.orders.filter(({ kind }) => kind === 'query')).toHaveLength(2);
    thread.answers = true;
    thread.say({ kind: 'rows', columns: ['x'], rows: [['select 1']] });
    const results = await Promise.all(asked.slice(0, 9));
    expect(results.map((result: SqlResult) => 'rows' in result && result.rows[0]?.[0]?.[1])).toEqual(
      Array.from({ length: 9 }, (_, n) => `select ${n + 1}`),
    );
  });

  it('ends a thread that does not answer, and starts another one for the next', async () => {
    open();
    await harness.query('select 1');
    if (threads[0] !== undefined) threads[0].answers = false;
    const late = harness.query('select 2');
    await turns();
    harness.clock.advance(5_000);
    expect(await late).toEqual(EXHAUSTED);
    expect(threads[0]?.isEnded).toBe(true);
    expect(harness.troubles).toEqual([{ reason: 'too-long', detail: 'select 2' }]);
    expect(await harness.query('select 3')).toEqual({ rows: [[['x', 'select 3']]] });
    expect(threads).toHaveLength(2);
  });

  it('survives a thread that fails', async () => {
    open();
    await harness.query('select 1');
    if (threads[0] !== undefined) threads[0].answers = false;
    const asked = harness.query('select 2');
    await turns();
    threads[0]?.fail();
    expect(await asked).toEqual(EXHAUSTED);
    expect(harness.troubles).toEqual([{ reason: 'failed', detail: 'it burst' }]);
    expect(await harness.query('select 3')).toHaveProperty('rows');
  });

  it('ends its thread after five minutes, and when it is closed', async () => {
    open();
    await harness.query('select 1');
    harness.clock.advance(299_999);
    expect(threads[0]?.isEnded).toBe(false);
    await harness.query('select 2');
    harness.clock.advance(299_999);
    expect(threads[0]?.isEnded).toBe(false);
    harness.clock.advance(1);
    expect(threads[0]?.isEnded).toBe(true);
    await harness.query('select 3');
    const waiting = harness.query('select 4');
    harness.close();
    expect(threads[1]?.isEnded).toBe(true);
    expect(await waiting).toEqual(EXHAUSTED);
    expect(await harness.query('select 5')).toEqual(EXHAUSTED);
    expect(threads).toHaveLength(2);
  });
});
