// What phones tell of themselves. Each fact leads to the one before it: nearly every phone tells one thing or two, and of
// ten thousand phones a map with one entry in each, or a list, is what weighs most.

import type { Instant } from '../core/time.js';
import { type DeviceRecord, REPORTS_REMEMBERED, type ReportedFact } from './device.js';

type Reports = ReportedFact | undefined;

const LONGEST = 512;

const cut = <T>(told: T): T | string => (typeof told === 'string' ? told.slice(0, LONGEST) : told);

/**
 * What is known with what is told now; a name that was there comes anew. The oldest go where there are more than
 * `REPORTS_REMEMBERED`; what is longer than a line or two is cut.
 */
export const withReports = (
  known: Reports,
  told: Readonly<Record<string, ReportedFact['value']>>,
  at: Instant,
): Reports => {
  let reports = known;
  for (const [written, value] of Object.entries(told).slice(-REPORTS_REMEMBERED)) {
    const name = cut(written);
    reports = { name, at, value: cut(value), older: without(reports, name) };
  }
  return newest(reports, REPORTS_REMEMBERED);
};

/** The same where the name is not among them. */
const without = (reports: Reports, name: string): Reports => {
  if (reports === undefined || reports.name === name) return reports?.older;
  const older = without(reports.older, name);
  return older === reports.older ? reports : { ...reports, older };
};

/** The same where there are no more than `count`. */
const newest = (reports: Reports, count: number): Reports => {
  if (reports === undefined || count === 0) return undefined;
  const older = newest(reports.older, count - 1);
  return older === reports.older ? reports : { ...reports, older };
};

/** All that it told, the oldest first. */
export const reportsOf = (record: DeviceRecord | undefined): readonly ReportedFact[] => {
  const all: ReportedFact[] = [];
  for (let report = record?.reports; report !== undefined; report = report.older) all.push(report);
  return all.reverse();
};

/** What it told last of that name. */
export const reportOf = (record: DeviceRecord | undefined, name: string): Reports => {
  let report = record?.reports;
  while (report !== undefined && report.name !== name) report = report.older;
  return report;
};
