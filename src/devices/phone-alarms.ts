// The XML alarms of phones that say more than what is worth a report: both protocols carry the same documents
// (`docs/protocols/explain.md` §1.3).

import type { Instant } from '../core/time.js';
import { type OutOfServiceReport, outOfServiceInXml } from './out-of-service.js';

/** What a phone says about the download of a load. */
export interface LoadReport {
  readonly download: 'started' | 'succeeded' | 'failed';
  /** Names of loads without `.loads`. */
  readonly running?: string;
  readonly asked?: string;
  readonly failed?: string;
  readonly server?: string;
  /** Why it failed, as the phone says it: a number or words. */
  readonly failureReason?: string;
}

/** The last download of a load that a device reported. */
export interface LoadDownload extends LoadReport {
  readonly at: Instant;
}

/** What an alarm of a phone says besides its text. */
export type PhoneAlarmFact =
  | { readonly kind: 'out-of-service'; readonly report: OutOfServiceReport }
  | { readonly kind: 'load'; readonly report: LoadReport };

const OUT_OF_SERVICE = 'LastOutOfServiceInformation';

const DOWNLOADS: ReadonlyMap<string, LoadReport['download']> = new Map([
  ['DeviceImageDownloadStart', 'started'],
  ['DeviceImageDownloadSuccess', 'succeeded'],
  ['DeviceImageDownloadFailure', 'failed'],
]);

/** The names of values without their case: firmware of different years spells them differently. */
const LOAD_NAMES: readonly (readonly [Exclude<keyof LoadReport, 'download'>, readonly string[]])[] = [
  ['running', ['activeloadid', 'activeload', 'activeimageid', 'runningloadid']],
  ['asked', ['requestedloadid', 'requestedload', 'requestedimageid', 'loadid', 'imageid']],
  ['failed', ['failedloadid', 'failedload', 'failedimageid']],
  ['server', ['tftpserver', 'tftpserveraddress', 'serveraddress', 'server']],
  ['failureReason', ['failurereason', 'reasoncode', 'reason']],
];

const withoutEnding = (name: string): string => name.replace(/\.loads$/i, '');

const loadReport = (download: LoadReport['download'], values: ReadonlyMap<string, string>): LoadReport => {
  const found = LOAD_NAMES.flatMap(([field, names]) => {
    const value = names.map((name) => values.get(name)?.trim() ?? '').find((each) => each !== '');
    return value === undefined ? [] : [[field, withoutEnding(value)] as const];
  });
  const report: LoadReport = { download, ...Object.fromEntries(found) };
  return download === 'failed' && report.failed === undefined && report.asked !== undefined
    ? { ...report, failed: report.asked }
    : report;
};

/**
 * What an alarm says. `values`: reads them, by their names as written. `undefined`: it is none of those that say
 * anything.
 */
export const phoneAlarmFact = (
  alarm: string,
  values: () => Iterable<readonly [string, string]>,
): PhoneAlarmFact | undefined => {
  const download = DOWNLOADS.get(alarm);
  if (alarm !== OUT_OF_SERVICE && download === undefined) return undefined;
  const byName = new Map([...values()].map(([name, value]) => [name.toLowerCase(), value] as const));
  return download === undefined
    ? { kind: 'out-of-service', report: outOfServiceInXml(byName) }
    : { kind: 'load', report: loadReport(download, byName) };
};
