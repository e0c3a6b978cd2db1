// `GET /metrics` in Prometheus' text format. Metrics are read where they are counted, when they are scraped. A registry
// lives as long as one answer, so nothing is global.

import { Counter, Gauge, Registry } from 'prom-client';

/** One metric: its name and meaning, and a value for each set of labels. */
export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly kind: 'counter' | 'gauge';
  readonly values: readonly MetricValue[];
  /** The names of its labels. Needed where there may be no value yet: without them prom-client shows a single 0. */
  readonly labels?: readonly string[];
}

/** A value and the labels that it has. */
export interface MetricValue {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A metric with one value and no labels. */
export const single = (kind: Metric['kind'], name: string, help: string, value: number): Metric => ({
  kind,
  name,
  help,
  values: [{ value }],
});

/** The metric that says which labcm this is, for joins with other metrics. */
export const buildInfo = (version: string): Metric => ({
  kind: 'gauge',
  name: 'labcm_build_info',
  help: 'Always 1; its labels say which version runs on which node',
  values: [{ labels: { version, node: process.versions.node }, value: 1 }],
});

/** Renders metrics as text. Throws where two metrics have the same name. */
export const renderMetrics = async (metrics: Iterable<Metric>): Promise<{ text: string; contentType: string }> => {
  const registry = new Registry();
  for (const { name, help, kind, values, labels = [] } of metrics) {
    const labelNames = [...new Set([...labels, ...values.flatMap((value) => Object.keys(value.labels ?? {}))])];
    const options = { name, help, labelNames, registers: [registry] };
    if (kind === 'counter') {
      const counter = new Counter(options);
      for (const { labels, value } of values) counter.inc({ ...labels }, value);
    } else {
      const gauge = new Gauge(options);
      for (const { labels, value } of values) gauge.set({ ...labels }, value);
    }
  }
  return { text: await registry.metrics(), contentType: registry.contentType };
};
