// docs/alerts.yml, docs/grafana.json and docs/monitoring.md ask for metrics that a daemon has, by labels that these have.
// Whether Prometheus takes them is shown in test/interop/monitoring.test.ts.

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Lab } from '../../src/lab.js';
import { ALERTS, busyLab, dashboard, metricsOf, QUERIES } from '../support/monitoring.js';

let lab: Lab;
/** The labels of each series name; `undefined`: it has no sample yet, so they are not known. */
let labelsOf: Map<string, ReadonlySet<string> | undefined>;

beforeAll(async () => {
  lab = await busyLab();
  labelsOf = seriesIn(await metricsOf(lab));
});
afterAll(() => lab.stop());

const seriesIn = (text: string): Map<string, ReadonlySet<string> | undefined> => {
  const series = new Map<string, Set<string> | undefined>();
  for (const [, name = '', type = ''] of text.matchAll(/^# TYPE (\w+) (\w+)$/gm)) {
    const endings = type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
    for (const ending of endings) series.set(`${name}${ending}`, undefined);
  }
  for (const [, name = '', labels = ''] of text.matchAll(/^(\w+)(?:\{(.*)\})? \S+$/gm)) {
    if (!series.has(name)) throw new Error(`${name} has no type`);
    const known = series.get(name) ?? new Set();
    for (const [, label = ''] of labels.matchAll(/(\w+)="/g)) known.add(label);
    series.set(name, known);
  }
  return series;
};

/** What Prometheus knows without labcm. */
const OF_PROMETHEUS: ReadonlySet<string> = new Set(['up', 'ALERTS']);
const LABELS_OF_PROMETHEUS: ReadonlySet<string> = new Set(['job', 'instance', 'alertname', 'alertstate']);

const FUNCTIONS: ReadonlySet<string> = new Set([
  'absent',
  'histogram_quantile',
  'increase',
  'max',
  'max_over_time',
  'min',
  'rate',
  'sum',
  'vector',
]);
const WORDS: ReadonlySet<string> = new Set(['by', 'or', 'unless', 'offset']);

/** The parts of PromQL that the queries use. Whatever is none of them is a fault. */
const TOKEN = /\s+|"[^"]*"|\d+(?:\.\d+)?(?:[smhd]\b)?|[a-zA-Z_]\w*|=~|!~|!=|==|<=|>=|[-+*/<>=(){}[\],:]/y;

/** The series that a query asks for, and every label that it matches or groups by. */
const read = (query: string): { readonly series: readonly string[]; readonly labels: readonly string[] } => {
  const series: string[] = [];
  const labels: string[] = [];
  const open: string[] = [];
  let before = '';
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < query.length) {
    const at = TOKEN.lastIndex;
    const [token] = TOKEN.exec(query) ?? [];
    if (token === undefined) throw new Error(`${query}: nothing known begins at ${query.slice(at)}`);
    if (token.trim() === '') continue;
    if ('([{'.includes(token)) open.push(before === 'by' ? 'by' : token);
    else if (')]}'.includes(token)) {
      const opened = open.pop();
      if (opened !== { ')': '(', ']': '[', '}': '{' }[token] && !(opened === 'by' && token === ')'))
        throw new Error(`${query}: ${token} closes nothing`);
    } else if (/^[a-zA-Z_]/.test(token)) {
      if (open.at(-1) === '{' || open.at(-1) === 'by') labels.push(token);
      else if (!FUNCTIONS.has(token) && !WORDS.has(token)) series.push(token);
    }
    before = token;
  }
  if (open.length > 0) throw new Error(`${query}: ${open.join(' ')} stays open`);
  return { series, labels };
};

describe('the queries', () => {
  it('are many', () => {
    expect(QUERIES.length).toBeGreaterThan(60);
    expect(new Set(QUERIES.map(({ where }) => where)).size).toBeGreaterThan(40);
  });

  it.each(QUERIES)('of $where: $text', ({ text }) => {
    const { series, labels } = read(text);
    const own = series.filter((name) => !OF_PROMETHEUS.has(name));
    expect(series.length).toBeGreaterThan(0);
    expect(own.filter((name) => !labelsOf.has(name))).toEqual([]);
    const known = new Set(own.flatMap((name) => [...(labelsOf.get(name) ?? [])]));
    // Of a series without a sample the labels are not known.
    if (own.some((name) => labelsOf.get(name) === undefined)) return;
    expect(labels.filter((label) => !known.has(label) && !LABELS_OF_PROMETHEUS.has(label))).toEqual([]);
  });

  it.each(['labcm_x{a="b"', 'sum(labcm_x))', 'labcm_x[5m}', 'labcm_x ? 1'])('%s would be a fault', (query) => {
    expect(() => read(query)).toThrow(query);
  });

  it('are mostly of metrics that have samples in a lab where something happens', () => {
    const asked = new Set(QUERIES.flatMap(({ text }) => read(text).series));
    const silent = [...asked].filter((name) => labelsOf.has(name) && labelsOf.get(name) === undefined);
    expect(silent.sort()).toEqual([
      'labcm_call_legs',
      'labcm_call_media_failures_total',
      'labcm_calls_denied_total',
      'labcm_capf_links_refused_total',
      'labcm_degraded',
      'labcm_http_malformed_total',
      'labcm_http_throttled_total',
      'labcm_sccp_links_refused_total',
      'labcm_sip_links_refused_total',
      'labcm_sip_throttled_total',
      'labcm_tftp_failures_total',
      'labcm_tokens_total',
      'labcm_trace_dropped_lines_total',
      'labcm_tvs_links_refused_total',
      'labcm_unregistrations_total',
      'labcm_verdicts',
    ]);
  });
});

describe('the dashboard', () => {
  it('has a title and an explanation for each panel, and none stands on another', () => {
    const panels = dashboard.panels as unknown as readonly {
      readonly id: number;
      readonly type: string;
      readonly title: string;
      readonly description?: string;
      readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
    }[];
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const taken = new Set<string>();
    for (const { type, title, description, gridPos } of panels) {
      expect(title).not.toBe('');
      if (type !== 'row') expect(description, title).toBeTruthy();
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect(taken.has(`${x} ${y}`), title).toBe(false);
          expect(x, title).toBeLessThan(24);
          taken.add(`${x} ${y}`);
        }
    }
  });

  it('shows every metric that a daemon has, but those that a histogram has, too', () => {
    const shown = new Set(QUERIES.flatMap(({ text }) => read(text).series));
    const unseen = [...labelsOf.keys()].filter((name) => !shown.has(name) && !/_(?:sum|count)$/.test(name));
    expect(unseen).toEqual(['labcm_call_alerting_seconds_total', 'labcm_event_loop_lag_seconds']);
  });
});

describe('docs/monitoring.md', () => {
  const page = readFileSync('docs/monitoring.md', 'utf8');

  it('has each alert, and what to do', () => {
    const told = [...page.matchAll(/^\| `(Labcm\w+)` \|/gm)].map(([, alert]) => alert);
    expect(told).toEqual(ALERTS.map(({ alert }) => alert));
  });

  it('names metrics that are there', () => {
    const named = [...page.matchAll(/`(labcm_\w+|process_\w+)/g)].map(([, name = '']) => name);
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => !labelsOf.has(name) && !labelsOf.has(`${name}_bucket`))).toEqual([]);
  });
});
