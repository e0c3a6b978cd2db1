import { after, between, type Clock, type Duration, type Instant } from '../core/time.js';
import type { Ledger } from './ledger.js';
import type { DrillPlan, PlannedStep } from './plan.js';
import type { DrillActors } from './ports.js';
import { stepRow } from './steps.js';

/** A step that was done, or could not be. */
export interface StepRun {
  readonly planned: PlannedStep;
  readonly startedAt: Instant;
  /** How long it took until it was done. */
  readonly took: Duration;
  /** What there is to say of it; empty: nothing. */
  readonly remark: string;
  /** Why it could not be done. The drill ends with it. */
  readonly failure: string | undefined;
}

/** A drill that was run. */
export interface DrillRun {
  readonly begunAt: Instant;
  readonly endedAt: Instant;
  readonly steps: readonly StepRun[];
  /** `over`: as planned. `stopped`: somebody ended it early. `failed`: a step could not be done, or a node ended by itself. */
  readonly end: 'over' | 'stopped' | 'failed';
  /** Why it failed; empty: it did not. */
  readonly failure: string;
}

/** What a runner needs. */
export interface RunnerOptions {
  readonly plan: DrillPlan;
  readonly clock: Clock;
  readonly actors: DrillActors;
  readonly ledger: Ledger;
  /** Called before a step is done, and after it. */
  readonly onStep?: (step: PlannedStep, done: StepRun | undefined) => void;
}

/** Does the steps of a drill at their times, one after the other. A step that takes longer puts off those behind it. */
export class DrillRunner {
  readonly #options: RunnerOptions;
  #wake: () => void = () => {};
  #end: { readonly end: 'stopped' | 'failed'; readonly failure: string } | undefined;

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  /** Ends the drill at once. */
  stop(): void {
    this.#endWith('stopped', '');
  }

  /** Ends the drill, since it means nothing any more. */
  fail(why: string): void {
    this.#endWith('failed', why);
  }

  /** Resolves when the drill is over. The ledger is closed then. Never rejects. */
  async run(): Promise<DrillRun> {
    const { plan, clock, ledger, onStep } = this.#options;
    const begunAt = clock.now();
    ledger.begin(begunAt);
    const steps: StepRun[] = [];
    for (const [index, planned] of plan.steps.entries()) {
      await this.#until(after(begunAt, planned.at));
      if (this.#end !== undefined) break;
      onStep?.(planned, undefined);
      const done = await this.#do(planned, index);
      steps.push(done);
      onStep?.(planned, done);
      if (done.failure !== undefined) this.fail(`${planned.title}: ${done.failure}`);
    }
    await this.#until(after(begunAt, plan.lasts));
    ledger.close();
    return { begunAt, endedAt: clock.now(), steps, ...(this.#end ?? { end: 'over', failure: '' }) };
  }

  async #do(planned: PlannedStep, index: number): Promise<StepRun> {
    const { clock, actors } = this.#options;
    const startedAt = clock.now();
    let remark = '';
    let failure: string | undefined;
    try {
      remark = await stepRow(planned.step).act(planned.argument, actors, index);
    } catch (error) {
      failure = error instanceof Error ? error.message : String(error);
    }
    return { planned, startedAt, took: between(startedAt, clock.now()), remark, failure };
  }

  #endWith(end: 'stopped' | 'failed', failure: string): void {
    this.#end ??= { end, failure };
    this.#wake();
  }

  /** Resolves at the instant, or when the drill is ended. */
  #until(at: Instant): Promise<void> {
    if (this.#end !== undefined || this.#options.clock.now() >= at) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = this.#options.clock.callAt(at, resolve);
      this.#wake = () => {
        timer.cancel();
        resolve();
      };
    });
  }
}
