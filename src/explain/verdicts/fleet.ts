// Verdicts that many phones share: what these have in common is the first thing to look at
// (`docs/protocols/explain.md` §2.10).

import { type Instant, instant, seconds } from '../../core/time.js';
import type { DeviceRecord } from '../../devices/index.js';
import type { VerdictFinding } from './verdict.js';

/** So many phones with one verdict have one cause, if it came to them within `TOGETHER`. */
export const MANY = 3;
const TOGETHER = seconds(120);

/** A device and its verdict. */
export interface Affected {
  readonly record: DeviceRecord;
  readonly finding: VerdictFinding;
}

/** The devices with one verdict. */
export interface VerdictGroup {
  readonly code: string;
  /** The verdict of the first of them. */
  readonly finding: VerdictFinding;
  /** Names, the first that had it first. */
  readonly devices: readonly string[];
  readonly since: Instant;
  /** One sentence about all of them. */
  readonly sentence: string;
  /** Something that all of them have in common: `all of them Cisco 7962`. Empty: nothing, or they are few. */
  readonly common: readonly string[];
}

/** Makes a group. `affected` has at least one. */
export const groupOf = (code: string, affected: readonly Affected[]): VerdictGroup => {
  const first = affected[0] as Affected;
  const times = affected.map(({ finding }) => finding.since);
  const since = times.reduce((one, other) => instant(Math.min(one, other)));
  const isAtOnce = times.filter((at) => at - since <= TOGETHER).length >= MANY;
  const common = affected.length < MANY ? [] : commonOf(affected.map(({ record }) => record));
  const what = common.length === 0 ? '' : `, ${common.join(', ')}`;
  const others = affected.length - 1;
  return {
    code,
    finding: first.finding,
    devices: affected.map(({ record }) => record.configured.name),
    since,
    common,
    sentence:
      others === 0
        ? `${first.record.configured.name}: ${first.finding.sentence}`
        : `${affected.length} phones${what}${isAtOnce ? ', at one time' : ''}. ${first.record.configured.name}, for one: ${first.finding.sentence}`,
  };
};

/** What devices may have in common. */
const FEATURES: readonly ((record: DeviceRecord) => string | undefined)[] = [
  ({ configured }) => `all of them ${configured.model.name}`,
  ({ configured }) => `all of them by ${configured.protocol}`,
  ({ configured }) => (configured.load === undefined ? undefined : `all with the load ${configured.load}`),
  (record) => {
    const network = networkOf(record.lease?.address ?? record.address);
    return network === undefined ? undefined : `all in ${network}`;
  },
];

const commonOf = (records: readonly DeviceRecord[]): readonly string[] =>
  FEATURES.flatMap((featureOf) => {
    const feature = featureOf(records[0] as DeviceRecord);
    return feature !== undefined && records.every((record) => featureOf(record) === feature) ? [feature] : [];
  });

/** Voice subnets rarely have other prefixes. */
const networkOf = (address: string | undefined): string | undefined => {
  const end = address?.lastIndexOf('.') ?? -1;
  return address === undefined || end < 0 ? undefined : `${address.slice(0, end)}.0/24`;
};
