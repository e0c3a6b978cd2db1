// Detects two phones that use one name: each registration ends the other's, again and again. A phone that lost its
// link registers again, too, but not many times within a few minutes.

import { between, type Duration, type Instant, minutes } from '../core/time.js';

/** A name that two phones use in turn. */
export interface SharedName {
  readonly since: Instant;
  /** The time of the last change. */
  readonly at: Instant;
  readonly changes: number;
  /** `address:port` of the last two users of the name, the present one second. */
  readonly first: string;
  readonly second: string;
  /** Two addresses, or an endpoint that came back: one phone alone does not do that. */
  readonly isCertain: boolean;
}

/** A `SharedName` as the database writes it. */
export interface MutableSharedName extends SharedName {
  at: Instant;
  changes: number;
  first: string;
  second: string;
  isCertain: boolean;
  reportedAt: Instant | undefined;
}

interface End {
  readonly address: string;
  readonly port: number;
}

const REPORT_FROM_CHANGE = 4;
const REPORT_AGAIN_AFTER = minutes(10);
/** After so long without a change it is over. */
const OVER_AFTER = minutes(5);

const placeOf = ({ address, port }: End): string => `${address}:${port}`;

/** Notes that the name went from one endpoint to another. Returns the object to keep, which may be `before`. */
export const changedHands = (
  before: MutableSharedName | undefined,
  from: End,
  to: End,
  now: Instant,
): MutableSharedName => {
  const [first, second] = [placeOf(from), placeOf(to)];
  const isCertain = from.address !== to.address;
  if (before === undefined || between(before.at, now) > OVER_AFTER)
    return { since: now, at: now, changes: 1, first, second, isCertain, reportedAt: undefined };
  before.isCertain ||= isCertain || second === before.first;
  before.at = now;
  before.changes += 1;
  before.first = first;
  before.second = second;
  return before;
};

/** Whether it must be reported now: at the fourth change, and every ten minutes while it goes on. */
export const isReportDue = ({ changes, at, reportedAt: toldAt }: MutableSharedName): boolean =>
  changes >= REPORT_FROM_CHANGE && (toldAt === undefined || between(toldAt, at) >= REPORT_AGAIN_AFTER);

/** Whether two phones use the name now. */
export const isShared = ({ changes, at }: SharedName, now: Instant): boolean =>
  changes >= REPORT_FROM_CHANGE && between(at, now) <= OVER_AFTER;

const inTime = (span: Duration): string =>
  span < 120_000 ? `${Math.round(span / 1000)} s` : `${Math.round(span / 60_000)} min`;

/** `two phones use this name: 127.0.0.1:41714 and :44754, 65 changes in 11 min`. */
export const describeSharedName = ({
  first,
  second,
  changes,
  isCertain,
  lasted,
}: Pick<SharedName, 'first' | 'second' | 'changes' | 'isCertain'> & { readonly lasted: Duration }): string => {
  const address = first.slice(0, first.lastIndexOf(':') + 1);
  const other = second.startsWith(address) ? second.slice(address.length - 1) : second;
  const who = isCertain
    ? 'two phones use this name'
    : 'two phones use this name, or one begins again and again without ending what it had';
  return `${who}: ${first} and ${other}, ${changes} changes in ${inTime(lasted)}`;
};
