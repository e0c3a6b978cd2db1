// One chart: lines over time, with what they are now, and the same as a table.

import { useState } from 'preact/hooks';
import type { HistorySample } from '../http/api/history-shapes.js';
import { type Chart, type ChartFrame, highest, linePaths, niceTop, sampleAt, shownValue } from './chart-lines.js';
import { nowOfBrowser, shownTime } from './times.js';
import { WideTable } from './wide-table.js';

const [WIDTH, HEIGHT] = [600, 150];
/** Rows of the table. */
const MOST_ROWS = 12;

/** So many rows of the samples, evenly, the newest first. */
const someOf = (samples: readonly HistorySample[]): readonly HistorySample[] => {
  const step = Math.max(1, Math.ceil(samples.length / MOST_ROWS));
  return samples.toReversed().filter((_, index) => index % step === 0);
};

const timeOf = (sample: HistorySample | undefined): string => {
  const at = sample?.[0];
  return typeof at === 'number' ? shownTime(at, nowOfBrowser()) : '–';
};

const ValueTable = ({
  chart: { title, unit, lines },
  samples,
}: {
  chart: Chart;
  samples: readonly HistorySample[];
}) => (
  <details>
    <summary>as a table</summary>
    <WideTable label={title} columns={['time', ...lines.map(({ label }) => label)]}>
      {someOf(samples).map((sample) => (
        <tr key={sample[0]}>
          <td>{timeOf(sample)}</td>
          {lines.map(({ label, index }) => (
            <td key={label}>{shownValue(sample[index], unit)}</td>
          ))}
        </tr>
      ))}
    </WideTable>
  </details>
);

/** A chart of the last `span` milliseconds. */
export const ChartFigure = ({
  chart,
  samples,
  span,
  every,
}: {
  chart: Chart;
  samples: readonly HistorySample[];
  span: number;
  every: number;
}) => {
  const { title, unit, lines } = chart;
  /** Where the pointer is, as a share of the width. */
  const [pointed, setPointed] = useState<number | undefined>(undefined);
  const newest = samples.at(-1);
  const to = newest?.[0] ?? nowOfBrowser();
  const from = to - span;
  const top = niceTop(highest(samples, lines));
  const frame: ChartFrame = { from, to, top, width: WIDTH, height: HEIGHT, every };
  const shown = pointed === undefined ? newest : sampleAt(samples, from + pointed * span);
  const point = (event: PointerEvent & { readonly currentTarget: Element }): void => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    setPointed(Math.min(1, Math.max(0, (event.clientX - left) / width)));
  };
  const said = lines.map(({ label, index }) => `${label} ${shownValue(newest?.[index], unit)}`).join(', ');
  return (
    <figure class="chart">
      <figcaption>{title}</figcaption>
      <div class="plot">
        <span class="top">{shownValue(top, unit)}</span>
        <svg
          role="img"
          aria-label={`${title}, now: ${said}`}
          viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
          preserveAspectRatio="none"
          onPointerMove={point}
          onPointerLeave={() => setPointed(undefined)}
        >
          <path class="grid" d={`M0 .5H${WIDTH}M0 ${HEIGHT / 2}H${WIDTH}M0 ${HEIGHT - 0.5}H${WIDTH}`} />
          {lines.map(({ label, index }, row) => {
            const { line, dots } = linePaths(samples, index, frame);
            return (
              <g key={label} class={`s${row}`}>
                <path class="line" d={line} />
                <path class="line dots" d={dots} />
              </g>
            );
          })}
          {pointed === undefined ? null : <path class="pointer" d={`M${pointed * WIDTH} 0V${HEIGHT}`} />}
        </svg>
        <span class="ends">
          <span>{shownTime(from, nowOfBrowser())}</span>
          <span>{shown === newest ? timeOf(newest) : `at ${timeOf(shown)}`}</span>
        </span>
      </div>
      <ul class="legend">
        {lines.map(({ label, index }, row) => (
          <li key={label}>
            <svg class={`s${row}`} aria-hidden="true" viewBox="0 0 24 6">
              <path class="line" d="M0 3H24" />
            </svg>{' '}
            {label} <strong>{shownValue(shown?.[index], unit)}</strong>
          </li>
        ))}
      </ul>
      <ValueTable chart={chart} samples={samples} />
    </figure>
  );
};
