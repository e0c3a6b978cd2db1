// winston as the facade of the trace: one logger per output, with a transport of this program. The only file that
// knows winston.

import winston from 'winston';
import Transport from 'winston-transport';
import type { LossListener, TraceSink } from '../net/files/trace-files.js';

// The symbol by which winston finds the level of an entry (its package triple-beam).
const LEVEL = Symbol.for('level');

/** Octets that may be inside winston, which has no limit of its own and queues while its transport is slow. */
const MAX_IN_FLIGHT = 16 * 1024 * 1024;

interface Block {
  readonly level: string;
  /** winston requires a message; the content is in `bytes`. */
  readonly message: '';
  readonly bytes: Buffer;
  readonly lines: number;
  readonly [LEVEL]: string;
}

/** An output that takes blocks of whole lines. */
export interface TraceOutput {
  /** Writes octets, which the output owns from now on. Never waits: what exceeds the limit is lost and counted. */
  write(bytes: Buffer, lines: number): void;
  /** Resolves when the sink has written everything, as far as it can. */
  close(): Promise<void>;
}

/** An output over winston that writes to `sink`. `onLost` is called for lines beyond the limit. */
export const openTraceOutput = (sink: TraceSink, onLost: LossListener): TraceOutput => {
  let inFlight = 0;
  let arrived: (() => void) | undefined;
  const transport = new Transport({
    log: (block: Block, next: () => void) => {
      inFlight -= block.bytes.length;
      sink.append(block.bytes, block.lines);
      next();
      if (inFlight === 0) arrived?.();
    },
  });
  const logger = winston.createLogger({
    levels: { trace: 0 },
    level: 'trace',
    // The blocks are finished. winston's default would write each as JSON.
    format: { transform: (block) => block },
    transports: [transport],
  });
  return {
    write: (bytes, lines) => {
      if (inFlight + bytes.length > MAX_IN_FLIGHT) {
        onLost(lines, 'more came in a moment than can be held');
        return;
      }
      inFlight += bytes.length;
      logger.write({ level: 'trace', message: '', bytes, lines, [LEVEL]: 'trace' } satisfies Block);
    },
    close: async () => {
      // If it is closed with blocks inside, winston writes after its end: wait until it is empty.
      if (inFlight > 0) {
        await new Promise<void>((resolve) => {
          arrived = resolve;
        });
      }
      logger.close();
      await sink.close();
    },
  };
};
