// The bus of one process, by the cases of every bus.

import { describe, vi } from 'vitest';
import { type InProcessBus, InProcessEngine } from '../../src/cluster/in-process-bus.js';
import { ManualClock } from '../support/manual-clock.js';
import { settle } from '../support/virtual-time.js';
import { runBusCases } from './bus-cases.js';

describe('the bus of one process', () => {
  runBusCases(() => {
    const clock = new ManualClock();
    const failures: unknown[] = [];
    const engine = new InProcessEngine(clock, (error) => failures.push(error));
    let isOpen = true;
    // What waits for time gets it while the test waits for what it does.
    const going = async (): Promise<void> => {
      while (isOpen) {
        await settle();
        clock.advance(100);
      }
    };
    const gone = going();
    return Promise.resolve({
      failures,
      connection: (node) => engine.connection(node),
      cut: (bus, isCut) => (bus as InProcessBus).cut(isCut),
      stop: () => Promise.resolve(engine.stop()),
      begin: () => Promise.resolve(engine.restart()),
      restart: () => Promise.resolve(engine.restart()),
      until: (check) => vi.waitFor(check, { interval: 1, timeout: 10_000 }),
      close: () => {
        isOpen = false;
        return gone;
      },
    });
  });
});
