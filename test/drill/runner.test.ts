import { describe, expect, it } from 'vitest';
import { Ledger } from '../../src/drill/ledger.js';
import { DrillRunner } from '../../src/drill/runner.js';
import { ManualClock } from '../support/manual-clock.js';
import { type ActorsSetup, planOf, recordedActors } from './harness.js';

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};

const started = (text: string, setup: ActorsSetup = {}) => {
  const clock = new ManualClock(0);
  const recorded = recordedActors(setup);
  const ledger = new Ledger(clock.now());
  const seen: string[] = [];
  const runner = new DrillRunner({
    ...{ clock, ledger, plan: planOf(text), actors: recorded.actors },
    onStep: (step, done) => seen.push(`${step.title} ${done === undefined ? 'begins' : 'is done'}`),
  });
  const run = runner.run();
  const pass = async (milliseconds: number): Promise<void> => {
    await settled();
    clock.advance(milliseconds);
    await settled();
  };
  return { ...recorded, ledger, seen, runner, run, pass, clock };
};

const TEXT = 'nodes: [CM1, CM2]\nsteps: [{ at: 5s, kill: CM1 }, { at: 9s, start: CM1 }]\nlasts: 20s';

describe('a runner', () => {
  it('does each step at its time, and ends at the end', async () => {
    const { done, pass, run, seen, ledger } = started(TEXT);
    await pass(4_999);
    expect(done).toEqual([]);
    await pass(1);
    expect(done).toEqual(['kill CM1']);
    await pass(4_000);
    expect(done).toEqual(['kill CM1', 'start CM1']);
    await pass(11_000);
    const { steps, begunAt, endedAt, end } = await run;
    expect({ begunAt, endedAt, end }).toEqual({ begunAt: 0, endedAt: 20_000, end: 'over' });
    expect(steps.map(({ startedAt, failure }) => [startedAt, failure])).toEqual([
      [5_000, undefined],
      [9_000, undefined],
    ]);
    expect(seen).toEqual(['kill CM1 begins', 'kill CM1 is done', 'start CM1 begins', 'start CM1 is done']);
    ledger.onBack('SEP1', 'CM1', endedAt, []);
    expect(ledger.registered).toBe(0); // it is closed
  });

  it('ends with the step that could not be done', async () => {
    const { pass, run } = started(TEXT.replace('start: CM1', 'reset: all'), {
      answers: { 'POST /api/commands': new Error('CM2: found no answer, wanted a running daemon') },
    });
    await pass(5_000);
    await pass(4_000);
    const { end, failure, steps } = await run;
    expect(end).toBe('failed');
    expect(failure).toBe('reset all: CM2: found no answer, wanted a running daemon');
    expect(steps[1]?.failure).toBe('CM2: found no answer, wanted a running daemon');
  });

  it.each(['stop', 'fail'] as const)('can be ended early: %s', async (how) => {
    const { pass, run, runner, done, clock } = started(TEXT);
    await pass(5_000);
    runner[how]('CM2 has ended by itself');
    const { end, steps, endedAt } = await run;
    expect([end, steps.length, endedAt]).toEqual([how === 'stop' ? 'stopped' : 'failed', 1, 5_000]);
    expect(done).toEqual(['kill CM1']);
    expect(clock.armed).toBe(0);
  });
});
