// Counts the lines that an output lost, and tells of them once a second: a trace that fell behind must not tell so at
// every line.

import { SummaryOncePerSecond } from '../core/rate-limit.js';
import type { Clock, Timer } from '../core/time.js';
import type { TraceDropped } from '../events.js';

/** Lines that an output lost, and why the last of them. */
export interface LostLines {
  readonly sink: string;
  readonly lines: number;
  readonly reason: string;
}

export class DroppedLines {
  readonly #clock: Clock;
  readonly #publish: (event: TraceDropped) => void;
  readonly #isDegraded: (sink: string) => boolean;
  readonly #unreported = new SummaryOncePerSecond<string, string>();
  readonly #total = new Map<string, Omit<LostLines, 'sink'>>();
  #timer: Timer | undefined;

  /** `isDegraded`: whether it is told elsewhere that nothing can be written to that output. */
  constructor(clock: Clock, publish: (event: TraceDropped) => void, isDegraded: (sink: string) => boolean) {
    this.#clock = clock;
    this.#publish = publish;
    this.#isDegraded = isDegraded;
  }

  /** All that was lost, by output. */
  get total(): readonly LostLines[] {
    return [...this.#total].map(([sink, loss]) => ({ sink, ...loss }));
  }

  /** `lines` may be 0, for a line that tells of losses: it is not worth telling that it was lost too. */
  add(sink: string, lines: number, reason: string): void {
    if (lines === 0) return;
    this.#unreported.add(sink, reason, this.#clock.now(), lines);
    this.#total.set(sink, { lines: (this.#total.get(sink)?.lines ?? 0) + lines, reason });
    const { dueAt } = this.#unreported;
    if (dueAt !== undefined) this.#timer ??= this.#clock.callAt(dueAt, () => this.report());
  }

  /** Publishes what was lost since it was last told. */
  report(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const at = this.#clock.now();
    for (const [sink, { count: lines, detail: reason }] of this.#unreported.take())
      this.#publish({ type: 'trace.dropped', at, sink, lines, reason, degraded: this.#isDegraded(sink) });
  }
}
