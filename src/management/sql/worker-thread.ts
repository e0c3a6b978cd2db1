import { Worker } from 'node:worker_threads';
import type { SqlOrder, SqlReport } from './worker-messages.js';

/** A thread that answers statements. */
export interface SqlWorker {
  send(order: SqlOrder): void;
  /** Whatever it does, it does it no more. */
  end(): void;
}

/** Is told what a thread says, and that it has ended by itself. */
export interface SqlWorkerListener {
  reported(report: SqlReport): void;
  /** `reason`: why. */
  failed(reason: string): void;
}

const FILE = new URL('./worker.js', import.meta.url);

/** From its source, as tests run it, the thread needs what reads TypeScript. */
const startThread = (): Worker =>
  import.meta.url.endsWith('.ts')
    ? new Worker(`import('tsx/esm/api').then(({ register }) => { register(); return import('${FILE}'); })`, {
        eval: true,
      })
    : new Worker(FILE);

/** Starts a thread. It keeps no process alive. */
export const startSqlWorker = ({ reported, failed }: SqlWorkerListener): SqlWorker => {
  const worker = startThread();
  let isEnded = false;
  const fail = (reason: string): void => {
    if (isEnded) return;
    isEnded = true;
    failed(reason);
  };
  worker.on('message', (report: SqlReport) => {
    if (!isEnded) reported(report);
  });
  worker.on('error', (error) => fail(error instanceof Error ? error.message : String(error)));
  worker.on('exit', (code) => fail(`it ended with ${code}`));
  worker.unref();
  return {
    send: (order) => worker.postMessage(order),
    end: () => {
      isEnded = true;
      void worker.terminate();
    },
  };
};
