// winston as the facade of the trace: a logger per output whose one transport is ours. The only file that knows it.
// winston queues without limit where its transport is slow, so the limit stands before it.

import winston from 'winston';
import Transport from 'winston-transport';
import type { LossListener, TraceSink } from '../net/trace-files.js';

// How winston finds the level and the finished text of what it is given (its package triple-beam).
const LEVEL = Symbol.for('level');
const MESSAGE = Symbol.for('message');

/** Octets that may be on their way through winston, which takes a turn of the event loop where there is much. */
const MAX_IN_FLIGHT = 16 * 1024 * 1024;

interface Block {
  readonly level: string;
  readonly message: string;
  readonly lines: number;
  readonly [LEVEL]: string;
  readonly [MESSAGE]: string;
}

/** Takes blocks of whole lines. */
export interface Outlet {
  /** Never waits: what is over the limit is lost and counted. */
  write(text: string, lines: number): void;
  /** Everything that was written has reached the sink and left it, as far as it can. */
  close(): Promise<void>;
}

export const openOutlet = (sink: TraceSink, onLost: LossListener): Outlet => {
  let inFlight = 0;
  let arrived: (() => void) | undefined;
  const transport = new Transport({
    log: (block: Block, next: () => void) => {
      inFlight -= block[MESSAGE].length;
      sink.append(block[MESSAGE], block.lines);
      next();
      if (inFlight === 0) arrived?.();
    },
  });
  const logger = winston.createLogger({
    levels: { trace: 0 },
    level: 'trace',
    // Text is finished when it comes here. winston's own default would write every block as JSON.
    format: { transform: (block) => block },
    transports: [transport],
  });
  return {
    write: (text, lines) => {
      if (inFlight + text.length > MAX_IN_FLIGHT) {
        onLost(lines, 'more came in a moment than can be held');
        return;
      }
      inFlight += text.length;
      logger.write({ level: 'trace', message: text, lines, [LEVEL]: 'trace', [MESSAGE]: text } satisfies Block);
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
