// The thread in which SQLite runs: a statement may keep it busy for as long as it likes, and no phone waits for it.

import { parentPort } from 'node:worker_threads';
import { QueryDatabase } from './query-database.js';
import type { SqlOrder, SqlReport } from './worker-messages.js';

const report = (said: SqlReport): void => parentPort?.postMessage(said);
const loading = QueryDatabase.load();

const obey = (database: QueryDatabase, order: SqlOrder): void => {
  if (order.kind === 'make') database.make(order.tables);
  else if (order.kind === 'fill') database.fill(order.batch);
  else if (order.kind === 'query') report(database.query(order.sql, order.mostOctets));
  else {
    database.filled();
    report({ kind: 'ready' });
  }
};

// One after the other: what comes while SQLite is being loaded waits for it. An error ends the thread, which the engine sees.
parentPort?.on('message', (order: SqlOrder) => void loading.then((database) => obey(database, order)));
