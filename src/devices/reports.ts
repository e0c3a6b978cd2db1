// What phones tell of themselves. A list and no map: nearly every phone tells one or two things, and of ten thousand
// phones a map with one entry in each is what weighs most.

import type { Instant } from '../core/time.js';
import { type DeviceRecord, REPORTS_REMEMBERED, type ReportedFact } from './device.js';

export const NO_REPORTS: readonly ReportedFact[] = [];

const LONGEST = 512;

const cut = <T>(told: T): T | string => (typeof told === 'string' ? told.slice(0, LONGEST) : told);

/**
 * What is known with what is told now: a name that was there comes anew as the last. The oldest go where there are more
 * than `REPORTS_REMEMBERED`; what is longer than a line or two is cut.
 */
export const withReports = (
  known: readonly ReportedFact[],
  told: Readonly<Record<string, ReportedFact['value']>>,
  at: Instant,
): readonly ReportedFact[] => {
  let reports = known;
  for (const [written, value] of Object.entries(told).slice(-REPORTS_REMEMBERED)) {
    const name = cut(written);
    reports = reports.filter((report) => report.name !== name).concat({ name, at, value: cut(value) });
  }
  return reports.length > REPORTS_REMEMBERED ? reports.slice(-REPORTS_REMEMBERED) : reports;
};

/** What it told last of that name. */
export const reportOf = (record: DeviceRecord | undefined, name: string): ReportedFact | undefined =>
  record?.reports.find((report) => report.name === name);
