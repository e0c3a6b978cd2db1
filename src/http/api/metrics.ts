// `GET /metrics` in Prometheus' text format. Metrics are read where they are counted, when they are scraped. A registry
// lives as long as one answer, so nothing is global.

import { Counter, Gauge, type Histogram, Registry } from 'prom-client';

/** One metric: its name and meaning, and a value for each set of labels. */
export interface Metric {
  readonly name: string;
  readonly help: string;
  /** `quantiles`: a summary of which only the quantiles are known; each value has the label `quantile`. */
  readonly kind: 'counter' | 'gauge' | 'quantiles';
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
export const buildInfo = (version: string, node: string | undefined): Metric => ({
  kind: 'gauge',
  name: 'labcm_build_info',
  help: 'Always 1; its labels say which version runs on which version of Node.js',
  values: [
    {
      // With a bus `node` is a node of the cluster, as in every metric.
      labels:
        node === undefined
          ? { version, node: process.versions.node }
          : { version, node, nodejs: process.versions.node },
      value: 1,
    },
  ],
});

/** prom-client's own summary works out its quantiles itself. These are known already. */
class Quantiles extends Gauge {
  override async get(): ReturnType<Gauge['get']> {
    return Object.assign(await super.get(), { type: 'summary' });
  }
}

/** Renders metrics as text. `labelsOfAll`: labels that each value gets. Throws where two metrics have the same name. */
export const renderMetrics = async (
  metrics: Iterable<Metric>,
  histograms: Iterable<Histogram> = [],
  labelsOfAll: Readonly<Record<string, string>> = {},
): Promise<{ text: string; contentType: string }> => {
  const registry = new Registry();
  registry.setDefaultLabels({ ...labelsOfAll });
  for (const { name, help, kind, values, labels = [] } of metrics) {
    const labelNames = [...new Set([...labels, ...values.flatMap((value) => Object.keys(value.labels ?? {}))])];
    const options = { name, help, labelNames, registers: [registry] };
    if (kind === 'counter') {
      const counter = new Counter(options);
      for (const { labels, value } of values) counter.inc({ ...labels }, value);
    } else {
      const gauge = kind === 'gauge' ? new Gauge(options) : new Quantiles(options);
      for (const { labels, value } of values) gauge.set({ ...labels }, value);
    }
  }
  for (const histogram of histograms) registry.registerMetric(histogram);
  return { text: await registry.metrics(), contentType: registry.contentType };
};
