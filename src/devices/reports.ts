// What phones tell of themselves. Each fact leads to the one before it: nearly every phone tells one thing or two, and of
// ten thousand phones a map with one entry in each, or a list, is what weighs most.

import type { Instant } from '../core/time.js';
import { type DeviceRecord, REPORTS_REMEMBERED, type ReportedFact } from './device.js';

const LONGEST = 512;

const cut = <T>(told: T): T | string => (typeof told === 'string' ? told.slice(0, LONGEST) : told);

/**
 * What is known with what is told now; a name that was there comes anew. The oldest go where there are more than
 * `REPORTS_REMEMBERED`; what is longer than a line or two is cut.
 */
export const withReports = (
  known: ReportedFact | undefined,
  told: Readonly<Record<string, ReportedFact['value']>>,
  at: Instant,
): ReportedFact | undefined => {
  const newest = new Map<string, Omit<ReportedFact, 'older'>>();
  for (const [written, value] of Object.entries(told).reverse()) {
    const name = cut(written);
    if (!newest.has(name)) newest.set(name, { name, at, value: cut(value) });
  }
  for (const report of chain(known)) if (!newest.has(report.name)) newest.set(report.name, report);
  return [...newest.values()]
    .slice(0, REPORTS_REMEMBERED)
    .reduceRight<ReportedFact | undefined>(
      (older, { name, at: toldAt, value }) => ({ name, at: toldAt, value, older }),
      undefined,
    );
};

/** Newest first. */
function* chain(newest: ReportedFact | undefined): Generator<ReportedFact> {
  for (let report = newest; report !== undefined; report = report.older) yield report;
}

/** All that it told, the oldest first. */
export const reportsOf = (record: DeviceRecord | undefined): readonly ReportedFact[] =>
  [...chain(record?.reports)].reverse();

/** What it told last of that name. */
export const reportOf = (record: DeviceRecord | undefined, name: string): ReportedFact | undefined => {
  for (const report of chain(record?.reports)) if (report.name === name) return report;
  return undefined;
};
