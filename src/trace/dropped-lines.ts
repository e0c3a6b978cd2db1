import { SummaryOncePerSecond } from '../core/rate-limit.js';
import type { Clock, Timer } from '../core/time.js';
import type { TraceDropped } from '../events.js';

/** Lines that an output lost, and why the last of them was lost. */
export interface LostLines {
  readonly sink: string;
  readonly lines: number;
  readonly reason: string;
}

/**
 * Counts the lines that an output lost, and reports them once a second: a trace that is too slow must not produce
 * more lines about that.
 */
export class DroppedLines {
  readonly #clock: Clock;
  readonly #publish: (event: TraceDropped) => void;
  readonly #isDegraded: (sink: string) => boolean;
  readonly #unreported = new SummaryOncePerSecond<string, string>();
  readonly #total = new Map<string, Omit<LostLines, 'sink'>>();
  #timer: Timer | undefined;

  /** `isDegraded`: whether the output cannot be written at all, which is reported elsewhere. */
  constructor(clock: Clock, publish: (event: TraceDropped) => void, isDegraded: (sink: string) => boolean) {
    this.#clock = clock;
    this.#publish = publish;
    this.#isDegraded = isDegraded;
  }

  /** All lost lines since the start, by output. */
  get total(): readonly LostLines[] {
    return [...this.#total].map(([sink, loss]) => ({ sink, ...loss }));
  }

  /** Counts lost lines. `lines` is 0 for a line about losses, whose own loss is not reported. */
  add(sink: string, lines: number, reason: string): void {
    if (lines === 0) return;
    this.#unreported.add(sink, reason, this.#clock.now(), lines);
    this.#total.set(sink, { lines: (this.#total.get(sink)?.lines ?? 0) + lines, reason });
    const { dueAt } = this.#unreported;
    if (dueAt !== undefined) this.#timer ??= this.#clock.callAt(dueAt, () => this.report());
  }

  /** Publishes what was lost since the last report. */
  report(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const at = this.#clock.now();
    for (const [sink, { count: lines, detail: reason }] of this.#unreported.take())
      this.#publish({ type: 'trace.dropped', at, sink, lines, reason, degraded: this.#isDegraded(sink) });
  }
}
