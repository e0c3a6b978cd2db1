import { expect, it } from 'vitest';
import { instant } from '../../src/core/time.js';
import type { TraceDropped } from '../../src/events.js';
import { DroppedLines } from '../../src/trace/dropped-lines.js';
import { ManualClock } from '../support/manual-clock.js';

it('lines that an output lost are reported a second after the first, and all of them at the end', () => {
  const clock = new ManualClock(0);
  const reported: TraceDropped[] = [];
  const losses = new DroppedLines(
    clock,
    (event) => reported.push(event),
    (sink) => sink === 'ccm.txt',
  );
  losses.add('ccm.txt', 0, 'the disk is full');
  expect(clock.armed).toBe(0);
  losses.add('ccm.txt', 3, 'it is too slow');
  losses.add('console', 1, 'it is too slow');
  clock.advance(600);
  losses.add('ccm.txt', 2, 'the disk is full');
  clock.advance(399);
  expect(reported).toEqual([]);
  clock.advance(1);
  expect(reported).toEqual([
    {
      type: 'trace.dropped',
      at: instant(1_000),
      sink: 'ccm.txt',
      lines: 5,
      reason: 'the disk is full',
      degraded: true,
    },
    { type: 'trace.dropped', at: instant(1_000), sink: 'console', lines: 1, reason: 'it is too slow', degraded: false },
  ]);
  losses.add('console', 4, 'it is closed');
  losses.report();
  expect(clock.armed).toBe(0);
  expect(reported).toHaveLength(3);
  losses.report();
  expect(reported).toHaveLength(3);
  expect(losses.total).toEqual([
    { sink: 'ccm.txt', lines: 5, reason: 'the disk is full' },
    { sink: 'console', lines: 5, reason: 'it is closed' },
  ]);
});
