// How it went during the last hour.

import { useEffect, useRef, useState } from 'preact/hooks';
import type { HistoryJson } from '../http/api/history-shapes.js';
import { read } from './api.js';
import { ChartFigure } from './chart.js';
import { chartsOf, withSample } from './chart-lines.js';
import type { FleetStore } from './fleet-store.js';

const MINUTE = 60_000; // milliseconds
const HOUR = 60 * MINUTE;
const SPANS: readonly (readonly [span: number, title: string])[] = [
  [5 * MINUTE, '5 minutes'],
  [15 * MINUTE, '15 minutes'],
  [HOUR, 'an hour'],
];
const TRY_AGAIN = 2_000; // milliseconds

/** The history as it was read, and then as it comes; read anew when the stream comes back. */
const useHistory = (fleet: FleetStore): HistoryJson | undefined => {
  const [history, setHistory] = useState<HistoryJson>();
  const { openings } = fleet;
  useEffect(() => {
    if (openings === 0) return;
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const readAll = (): void => {
      read<HistoryJson>('/api/history', abort.signal).then(setHistory, () => {
        if (!abort.signal.aborted) timer = setTimeout(readAll, TRY_AGAIN);
      });
    };
    readAll();
    const stop = fleet.listenToSamples((sample) =>
      setHistory((before) => before && { ...before, samples: withSample(before.samples, sample, HOUR) }),
    );
    return () => {
      stop();
      abort.abort();
      clearTimeout(timer);
    };
  }, [fleet, openings]);
  return history;
};

/** The charts. */
export const ChartsView = ({ fleet, isPaused }: { fleet: FleetStore; isPaused: boolean }) => {
  const now = useHistory(fleet);
  const [span, setSpan] = useState(SPANS[1]?.[0] ?? HOUR);
  const held = useRef(now);
  if (!isPaused || held.current === undefined) held.current = now;
  const history = held.current;
  const end = history?.samples.at(-1)?.[0] ?? 0;
  const samples = (history?.samples ?? []).filter(([at]) => (at ?? 0) >= end - span);
  /** A daemon that runs for a minute has no chart of an hour. */
  const length = Math.max(MINUTE, end - (samples[0]?.[0] ?? end));
  return (
    <>
      <h1>Charts</h1>
      <div class="tools">
        <label>
          The last{' '}
          <select value={span} onChange={(event) => setSpan(Number(event.currentTarget.value))}>
            {SPANS.map(([length, title]) => (
              <option key={length} value={length}>
                {title}
              </option>
            ))}
          </select>
        </label>
        <span class="note">
          {history === undefined
            ? 'reading …'
            : 'p50: half of what came took at most so long; p99: 99 of 100. A gap: nothing came.'}
        </span>
      </div>
      <div class="charts">
        {chartsOf(history?.series ?? []).map((chart) => (
          <ChartFigure key={chart.id} chart={chart} samples={samples} span={length} every={history?.every ?? 0} />
        ))}
      </div>
    </>
  );
};
