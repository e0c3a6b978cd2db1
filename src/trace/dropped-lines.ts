// Counts the lines that an output lost, and tells of them once a second: a trace that fell behind must not tell so at
// every line.

import { after, type Clock, seconds, type Timer } from '../core/time.js';
import type { TraceDropped } from '../events.js';

interface Loss {
  lines: number;
  reason: string;
}

/** Lines that an output lost, and why the last of them. */
export interface Lost extends Readonly<Loss> {
  readonly sink: string;
}

const TELL_AFTER = seconds(1);

export class Losses {
  readonly #clock: Clock;
  readonly #publish: (event: TraceDropped) => void;
  readonly #isDegraded: (sink: string) => boolean;
  readonly #losses = new Map<string, Loss>();
  readonly #total = new Map<string, Loss>();
  #alarm: Timer | undefined;

  /** `isDegraded`: whether it is told elsewhere that nothing can be written to that output. */
  constructor(clock: Clock, publish: (event: TraceDropped) => void, isDegraded: (sink: string) => boolean) {
    this.#clock = clock;
    this.#publish = publish;
    this.#isDegraded = isDegraded;
  }

  /** All that was lost, by output. */
  get total(): readonly Lost[] {
    return [...this.#total].map(([sink, loss]) => ({ sink, ...loss }));
  }

  /** `lines` may be 0, for a line that tells of losses: it is not worth telling that it was lost too. */
  add(sink: string, lines: number, reason: string): void {
    if (lines === 0) return;
    for (const losses of [this.#losses, this.#total]) {
      const loss = losses.get(sink);
      if (loss === undefined) losses.set(sink, { lines, reason });
      else {
        loss.lines += lines;
        loss.reason = reason;
      }
    }
    this.#alarm ??= this.#clock.callAt(after(this.#clock.now(), TELL_AFTER), () => this.tell());
  }

  /** Publishes what was lost since it was last told. */
  tell(): void {
    this.#alarm?.cancel();
    this.#alarm = undefined;
    const at = this.#clock.now();
    const told = [...this.#losses];
    this.#losses.clear();
    for (const [sink, { lines, reason }] of told) {
      this.#publish({ type: 'trace.dropped', at, sink, lines, reason, degraded: this.#isDegraded(sink) });
    }
  }
}
