// A watcher that records what it is told, and what a mirror would hold after it.

import type { BucketWatcher, Entry } from '../../src/cluster/ports.js';

export class BusRecorder implements BucketWatcher {
  /** `begin`, `whole`, and the entries as `key=value`; `key` alone: removed. */
  readonly told: string[] = [];
  readonly held = new Map<string, string>();
  readonly revisions: number[] = [];
  wholes = 0;
  #since: Set<string> | undefined;

  begin(): void {
    this.told.push('begin');
    this.#since = new Set();
  }

  entry({ key, value, revision }: Entry): void {
    this.told.push(value === undefined ? key : `${key}=${value}`);
    this.revisions.push(revision);
    this.#since?.add(key);
    if (value === undefined) this.held.delete(key);
    else this.held.set(key, value);
  }

  whole(): void {
    this.told.push('whole');
    this.wholes += 1;
    for (const key of [...this.held.keys()]) if (this.#since?.has(key) === false) this.held.delete(key);
    this.#since = undefined;
  }
}
