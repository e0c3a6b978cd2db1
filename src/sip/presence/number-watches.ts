import type { LineStates, WatchedDetail } from '../../calls/index.js';
import type { DirectoryNumber } from '../../core/identifiers.js';
import type { Instant } from '../../core/time.js';

interface Watch {
  count: number;
  readonly stop: () => void;
}

/** Watches each number once, however many subscriptions and busy lamps show it. */
export class NumberWatches {
  readonly #lineStates: LineStates;
  readonly #onChange: (dn: DirectoryNumber, now: Instant) => void;
  readonly #watches: Readonly<Record<WatchedDetail, Map<DirectoryNumber, Watch>>> = {
    state: new Map(),
    calls: new Map(),
  };

  constructor(lineStates: LineStates, onChange: (dn: DirectoryNumber, now: Instant) => void) {
    this.#lineStates = lineStates;
    this.#onChange = onChange;
  }

  add(dn: DirectoryNumber, detail: WatchedDetail): void {
    const watches = this.#watches[detail];
    const known = watches.get(dn);
    if (known !== undefined) known.count += 1;
    else {
      const stop = this.#lineStates.watch(dn, (_state, now) => this.#onChange(dn, now), detail);
      watches.set(dn, { count: 1, stop });
    }
  }

  remove(dn: DirectoryNumber, detail: WatchedDetail): void {
    const watches = this.#watches[detail];
    const watch = watches.get(dn);
    if (watch === undefined) return;
    watch.count -= 1;
    if (watch.count > 0) return;
    watches.delete(dn);
    watch.stop();
  }
}
