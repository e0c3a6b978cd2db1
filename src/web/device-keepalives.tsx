// The intervals between keepalives as dots over time, with the line of what is expected.

import type { KeepAlivesJson } from '../http/api/device-view-shapes.js';
import { describeDots, keepAliveDots } from './keepalive-intervals.js';
import { epochOf, nowOfBrowser, shownTime } from './times.js';

const WIDTH = 600;
const HEIGHT = 90;
const EDGE = 6;

/** The chart is for eyes; the text below it says the same. */
export const KeepAlives = ({
  about: { expected, times },
  protocol,
  jitter,
}: {
  about: KeepAlivesJson;
  protocol: string;
  jitter: number;
}) => {
  const dots = keepAliveDots(times.map(epochOf), expected);
  const first = dots[0]?.at ?? 0;
  const span = Math.max(1, (dots.at(-1)?.at ?? 0) - first);
  const top = Math.max(expected, ...dots.map(({ interval }) => interval)) * 1.15;
  const x = (at: number): number => EDGE + ((at - first) / span) * (WIDTH - 2 * EDGE);
  const y = (interval: number): number => HEIGHT - (interval / top) * HEIGHT;
  return (
    <section>
      <h2>{protocol === 'SIP' ? 'Refreshes' : 'Keepalives'}</h2>
      <figure class="keepalives">
        {dots.length === 0 ? null : (
          <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
            <line x1="0" x2={WIDTH} y1={y(expected)} y2={y(expected)} />
            {dots.map(({ at, interval, isLate }) => (
              <circle key={at} class={isLate ? 'late' : ''} cx={x(at)} cy={y(interval)} r={isLate ? 5 : 3} />
            ))}
          </svg>
        )}
        <figcaption>{describeDots(dots, expected, jitter, (at) => shownTime(at, nowOfBrowser()))}</figcaption>
      </figure>
    </section>
  );
};
