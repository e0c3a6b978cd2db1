// The curve of a drill as SVG: who holds how many phones, and how many register, are lost and are refused in a second; a line
// for each step.

import { escapeXml } from '../core/xml/entities.js';
import type { DrillReport } from './report.js';
import { spanText } from './report-text.js';

interface Series {
  readonly label: string;
  readonly colour: string;
  readonly values: readonly number[];
}

interface Panel {
  readonly title: string;
  readonly series: readonly Series[];
}

const WIDTH = 868;
const LEFT = 64;
const RIGHT = 24;
const TOP = 48;
const PANEL = 140;
const GAP = 56;
const FOOT = 24;
/** Lines of titles of steps that lie close together. */
const STAGGER = 4;
const TITLE_LINE = 13;
const FONT = 'font-family="system-ui, sans-serif"';
const COLOURS = ['#1f6feb', '#bf8700', '#8250df', '#0a7ea4', '#bc4c00', '#57606a'];
const INK = '#24292f';
const GREY = '#57606a';

const panelsOf = ({ curve, nodes }: DrillReport): readonly Panel[] => {
  const perSecond = (values: readonly number[]): readonly number[] =>
    values.map((count) => (count * 1_000) / curve.every);
  return [
    {
      title: 'Registered phones, by node',
      series: [
        { label: 'all', colour: '#1a7f37', values: curve.registered },
        ...nodes.map((node, index) => ({
          label: node,
          colour: COLOURS[index % COLOURS.length] ?? GREY,
          values: curve.byNode[node] ?? [],
        })),
      ],
    },
    {
      title: 'The stampede: registrations in a second',
      // The last one is drawn over the others.
      series: [
        { label: 'lost', colour: '#cf222e', values: perSecond(curve.lost) },
        { label: 'refused', colour: '#bf8700', values: perSecond(curve.refused) },
        { label: 'begun', colour: '#8c959f', values: perSecond(curve.attempts) },
        { label: 'got', colour: '#1a7f37', values: perSecond(curve.back) },
      ],
    },
  ];
};

/** The next of 1, 2, 5, 10, 20 … that is not below. */
const roundUp = (value: number): number => {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value) ?? value;
};

const text = (x: number, y: number, size: number, colour: string, words: string, more = ''): string =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" font-size="${size}" fill="${colour}"${more}>${escapeXml(words)}</text>`;

/** SVG. Every text of it is escaped. */
export const drillPicture = (report: DrillReport): string => {
  const panels = panelsOf(report);
  const titles = TOP + STAGGER * TITLE_LINE;
  const height = titles + panels.length * (PANEL + GAP) + FOOT;
  const span = Math.max(report.lasted, 1);
  const x = (at: number): number => LEFT + (Math.min(at, span) / span) * (WIDTH - LEFT - RIGHT);
  const bottom = titles + panels.length * (PANEL + GAP) - GAP + 24;
  const marks = report.steps.map(({ title, startedAt }, index) => {
    const at = x(startedAt);
    const y = TOP + (index % STAGGER) * TITLE_LINE;
    const isRight = at > WIDTH * 0.75;
    return [
      `<line x1="${at.toFixed(1)}" x2="${at.toFixed(1)}" y1="${y + 3}" y2="${bottom}" stroke="#cf222e" stroke-dasharray="3 3" stroke-width="0.8"/>`,
      text(at + (isRight ? -3 : 3), y, 11, '#cf222e', shortened(title), isRight ? ' text-anchor="end"' : ''),
    ].join('');
  });
  const drawn = panels.map((panel, index) => panelSvg(panel, titles + index * (PANEL + GAP) + 24, report, x));
  const ticks = Array.from({ length: 7 }, (_, index) => (index * span) / 6).map((at) =>
    text(x(at), height - 6, 11, GREY, spanText(at), ' text-anchor="middle"'),
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" ${FONT}>`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    text(LEFT, 24, 16, INK, `${report.name}: ${report.phones.toLocaleString('en-US')} phones`, ' font-weight="600"'),
    ...marks,
    ...drawn,
    ...ticks,
    '</svg>',
    '',
  ].join('\n');
};

const LONGEST_TITLE = 40;

const shortened = (title: string): string =>
  title.length > LONGEST_TITLE ? `${title.slice(0, LONGEST_TITLE - 1)}…` : title;

const panelSvg = ({ title, series }: Panel, top: number, { curve }: DrillReport, x: (at: number) => number): string => {
  const most = roundUp(
    series.reduce((highest, { values }) => values.reduce((one, other) => Math.max(one, other), highest), 1),
  );
  const y = (value: number): number => top + PANEL - (value / most) * PANEL;
  const grid = [0, 0.5, 1].map(
    (part) =>
      `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(part * most)}" y2="${y(part * most)}" stroke="#d0d7de"/>${text(LEFT - 8, y(part * most) + 4, 11, GREY, (part * most).toLocaleString('en-US'), ' text-anchor="end"')}`,
  );
  const lines = series.map(({ colour, values }) => {
    const points = values
      .map((value, index) => `${x(index * curve.every).toFixed(1)},${y(value).toFixed(1)}`)
      .join(' ');
    return `<polyline fill="none" stroke="${colour}" stroke-width="1.5" points="${points}"/>`;
  });
  let at = LEFT + 8 * title.length;
  const legend = series.map(({ label, colour }) => {
    const drawn = `<rect x="${at}" y="${top - 17}" width="10" height="10" fill="${colour}"/>${text(at + 14, top - 8, 11, GREY, label)}`;
    at += 28 + 7 * label.length;
    return drawn;
  });
  return `${text(LEFT, top - 8, 13, INK, title, ' font-weight="600"')}${legend.join('')}${grid.join('')}${lines.join('')}`;
};
