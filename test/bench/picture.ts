// Samples of a long watch drawn as a picture: one panel under the other, each with its own scale.

import type { Sample } from './watch.js';

interface Panel {
  readonly title: string;
  readonly unit: string;
  readonly colour: string;
  readonly of: (sample: Sample) => number;
  /** Drawn beside it, in grey. */
  readonly beside?: (sample: Sample) => number;
}

const PANELS: readonly Panel[] = [
  { title: 'Memory of the daemon', unit: 'MiB', colour: '#1f6feb', of: ({ mebibytes }) => mebibytes },
  { title: 'Descriptors', unit: '', colour: '#8250df', of: ({ descriptors }) => descriptors },
  { title: 'Phones registered', unit: '', colour: '#1a7f37', of: ({ registered }) => registered },
  {
    title: 'Lateness of the event loop, p99; in grey that of an idle process',
    unit: 'ms',
    colour: '#bf8700',
    of: ({ lag }) => lag,
    beside: ({ idle }) => idle,
  },
  { title: 'The slowest of forty answers', unit: 'ms', colour: '#cf222e', of: ({ slowest }) => slowest },
];

const WIDTH = 868;
const LEFT = 64;
const RIGHT = 24; // half of the last mark
const TOP = 48;
const PANEL = 104;
const GAP = 40;
const FONT = 'font-family="system-ui, sans-serif"';

/** The next of 1, 2, 5, 10, 20 … that is not below. */
const roundUp = (value: number): number => {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value) ?? value;
};

/** SVG. `minutes`: the whole width. */
export const picture = (title: string, samples: readonly Sample[], minutes: number): string => {
  const height = TOP + PANELS.length * (PANEL + GAP);
  const x = (at: number): number => LEFT + (at / minutes) * (WIDTH - LEFT - RIGHT);
  const panels = PANELS.map((panel, index) => {
    const top = TOP + index * (PANEL + GAP) + 16;
    const curves = [
      ...(panel.beside === undefined ? [] : [{ of: panel.beside, colour: '#8c959f' }]),
      { of: panel.of, colour: panel.colour },
    ];
    const most = roundUp(Math.max(...curves.flatMap(({ of }) => samples.map(of)), 1));
    const y = (value: number): number => top + PANEL - (value / most) * PANEL;
    const drawn = curves.map(({ of, colour }) => {
      const points = samples.map((sample) => `${x(sample.at).toFixed(1)},${y(of(sample)).toFixed(1)}`).join(' ');
      return `<polyline fill="none" stroke="${colour}" stroke-width="1.5" points="${points}"/>`;
    });
    const lines = [0, 0.5, 1].map((part) => {
      const at = y(part * most);
      return `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at}" y2="${at}" stroke="#d0d7de"/><text x="${LEFT - 8}" y="${at + 4}" text-anchor="end" font-size="11" fill="#57606a">${(part * most).toLocaleString('en-US')}</text>`;
    });
    const unit = panel.unit === '' ? '' : ` (${panel.unit})`;
    return `<text x="${LEFT}" y="${top - 8}" font-size="13" font-weight="600" fill="#24292f">${panel.title}${unit}</text>${lines.join('')}${drawn.join('')}`;
  });
  const marks = Array.from({ length: Math.floor(minutes / 10) + 1 }, (_, tens) => tens * 10).map(
    (minute) =>
      `<text x="${x(minute)}" y="${height - 6}" text-anchor="middle" font-size="11" fill="#57606a">${minute} min</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" ${FONT}>`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    `<text x="${LEFT}" y="24" font-size="16" font-weight="600" fill="#24292f">${title}</text>`,
    ...panels,
    ...marks,
    '</svg>',
    '',
  ].join('\n');
};
