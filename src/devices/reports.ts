// What phones tell of themselves. Each fact leads to the one told before it: nearly every phone tells a few things, again
// and again, so that a chain weighs a fifth of a map, and what is told anew changes its place in it and nothing else.

import type { Instant } from '../core/time.js';
import { type DeviceRecord, REPORTS_REMEMBERED, type ReportedFact } from './device.js';

export interface MutableReport extends ReportedFact {
  at: Instant;
  value: ReportedFact['value'];
  older: MutableReport | undefined;
}

interface Reporter {
  reports: MutableReport | undefined;
}

const LONGEST = 512;

const cut = <T>(value: T): T | string => (typeof value === 'string' ? value.slice(0, LONGEST) : value);

/** The oldest go where there are more than `REPORTS_REMEMBERED`; what is longer than a line or two is cut. */
export const rememberReports = (
  reporter: Reporter,
  facts: Readonly<Record<string, ReportedFact['value']>>,
  now: Instant,
): void => {
  for (const [written, value] of Object.entries(facts).slice(-REPORTS_REMEMBERED)) {
    const name = cut(written);
    const report = taken(reporter, name) ?? { name, at: now, value, older: undefined };
    report.at = now;
    report.value = cut(value);
    report.older = reporter.reports;
    reporter.reports = report;
  }
  let last = reporter.reports;
  for (let count = 1; last !== undefined && count < REPORTS_REMEMBERED; count += 1) last = last.older;
  if (last !== undefined) last.older = undefined;
};

/** Takes the report of that name out of the chain. */
const taken = (reporter: Reporter, name: string): MutableReport | undefined => {
  let newer: MutableReport | undefined;
  for (let report = reporter.reports; report !== undefined; report = report.older) {
    if (report.name === name) {
      if (newer === undefined) reporter.reports = report.older;
      else newer.older = report.older;
      return report;
    }
    newer = report;
  }
  return undefined;
};

/** All that it told, the oldest first. */
export const reportsOf = (record: DeviceRecord | undefined): readonly ReportedFact[] => {
  const all: ReportedFact[] = [];
  for (let report = record?.reports; report !== undefined; report = report.older) all.push(report);
  return all.reverse();
};

/** What it told last of that name. */
export const reportOf = (record: DeviceRecord | undefined, name: string): ReportedFact | undefined => {
  let report = record?.reports;
  while (report !== undefined && report.name !== name) report = report.older;
  return report;
};
