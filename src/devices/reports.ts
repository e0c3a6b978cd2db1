// What phones report about themselves: alarms, location, headset.

import type { Instant } from '../core/time.js';
import { type DeviceRecord, REPORTS_REMEMBERED, type ReportedFact } from './device.js';

/**
 * A `ReportedFact` as the database writes it.
 *
 * @hot Each report leads to the one reported before it. Nearly every phone reports a few things again and again, so
 * that a chain weighs a fifth of a map, and a repeated report changes only its place in the chain.
 */
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

/** Adds reports. Keeps the newest `REPORTS_REMEMBERED`, and cuts what is longer than a line or two. */
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

/** Removes the report of that name from the chain, and returns it. */
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

/** All reports of a device, the oldest first. */
export const reportsOf = (record: DeviceRecord | undefined): readonly ReportedFact[] => {
  const all: ReportedFact[] = [];
  for (let report = record?.reports; report !== undefined; report = report.older) all.push(report);
  return all.reverse();
};

/** The last report of that name. */
export const reportOf = (record: DeviceRecord | undefined, name: string): ReportedFact | undefined => {
  let report = record?.reports;
  while (report !== undefined && report.name !== name) report = report.older;
  return report;
};
