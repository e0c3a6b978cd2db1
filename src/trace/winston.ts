// winston as the facade of the trace: a logger per output whose one transport is ours. The only file that knows it.
// winston queues without limit where its transport is slow, so the limit stands before it.

import winston from 'winston';
import Transport from 'winston-transport';
import type { LossListener, TraceSink } from '../net/files/trace-files.js';

// How winston finds the level of what it is given (its package triple-beam).
const LEVEL = Symbol.for('level');

/** Octets that may be on their way through winston, which takes a turn of the event loop where there is much. */
const MAX_IN_FLIGHT = 16 * 1024 * 1024;

interface Block {
  readonly level: string;
  /** What winston asks for; ours is finished octets. */
  readonly message: '';
  readonly bytes: Buffer;
  readonly lines: number;
  readonly [LEVEL]: string;
}

/** Takes blocks of whole lines. */
export interface TraceOutput {
  /** Takes the octets over. Never waits: what is over the limit is lost and counted. */
  write(bytes: Buffer, lines: number): void;
  /** Everything that was written has reached the sink and left it, as far as it can. */
  close(): Promise<void>;
}

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
    // What comes here is finished. winston's own default would write every block as JSON.
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
      // Ended with blocks inside, winston writes after its own end: let it run empty first.
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
