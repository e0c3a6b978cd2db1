// The time zone names of old phones. Those phones have their own table and do not know IANA names (`provisioning.md`
// §4.2 timeZone). The name for an IANA zone is found by comparing how its clocks change during a year, so that aliases,
// new zones and changed laws need no row here.

import { startOfYear } from '../core/time.js';
import { zoneOffset } from '../core/zone-offset.js';

/** Daylight saving rules, each named by a zone that follows it today. */
const SUMMER = {
  europe: 'Europe/Berlin',
  america: 'America/New_York',
  australia: 'Australia/Sydney',
  newZealand: 'Pacific/Auckland',
  egypt: 'Africa/Cairo',
  israel: 'Asia/Jerusalem',
} as const;

/** `past`: the phones' table has a daylight saving time that has been abolished since. */
type Summer = keyof typeof SUMMER | 'none' | 'past';

interface Row {
  readonly name: string;
  /** Minutes east of Greenwich in winter. */
  readonly standard: number;
  readonly summer: Summer;
  /** Zones that take this name where several fit. */
  readonly home: ReadonlySet<string>;
}

const row = (name: string, standard: number, summer: Summer, home = ''): Row => ({
  name,
  standard,
  summer,
  home: new Set(home.split(' ')),
});

/**
 * The names that every firmware load knows. Of names with the same rule the first is the default; `home` zones take
 * theirs.
 */
const ROWS: readonly Row[] = [
  row('Dateline Standard Time', -720, 'none'),
  row('Samoa Standard Time', -660, 'none'),
  row('Hawaiian Standard Time', -600, 'none'),
  row('Alaskan Standard/Daylight Time', -540, 'america'),
  row('Pacific Standard/Daylight Time', -480, 'america'),
  row('Mountain Standard/Daylight Time', -420, 'america'),
  row('US Mountain Standard Time', -420, 'none'),
  row('Central Standard/Daylight Time', -360, 'america'),
  row('Canada Central Standard Time', -360, 'none'),
  row('Mexico Standard/Daylight Time', -360, 'past'),
  row('Eastern Standard/Daylight Time', -300, 'america'),
  row('SA Pacific Standard Time', -300, 'none'),
  row('US Eastern Standard Time', -300, 'none'),
  row('Atlantic Standard/Daylight Time', -240, 'america'),
  row('SA Western Standard Time', -240, 'none'),
  row('Pacific SA Standard Time', -240, 'none', 'America/Santiago Chile/Continental'),
  row('Newfoundland Standard/Daylight Time', -210, 'america'),
  row('SA Eastern Standard Time', -180, 'none'),
  row('E. South America Standard/Daylight Time', -180, 'past'),
  row('Pacific SA Daylight Time', -180, 'none'),
  row('Mid-Atlantic Standard/Daylight Time', -120, 'past'),
  row('Azores Standard/Daylight Time', -60, 'europe'),
  row('Greenwich Standard Time', 0, 'none'),
  row('GMT Standard/Daylight Time', 0, 'europe'),
  row('W. Europe Standard/Daylight Time', 60, 'europe'),
  row(
    'Romance Standard/Daylight Time',
    60,
    'europe',
    'Europe/Paris Europe/Brussels Europe/Madrid Europe/Copenhagen Africa/Ceuta',
  ),
  row(
    'Central Europe Standard/Daylight Time',
    60,
    'europe',
    'Europe/Belgrade Europe/Bratislava Europe/Budapest Europe/Ljubljana Europe/Podgorica Europe/Prague Europe/Sarajevo Europe/Skopje Europe/Tirane Europe/Warsaw Europe/Zagreb Poland',
  ),
  row('E. Europe Standard/Daylight Time', 120, 'europe'),
  row(
    'GTB Standard/Daylight Time',
    120,
    'europe',
    'Europe/Athens Europe/Bucharest Asia/Nicosia Europe/Nicosia Asia/Famagusta',
  ),
  row('Egypt Standard/Daylight Time', 120, 'egypt'),
  row('Jerusalem Standard/Daylight Time', 120, 'israel'),
  row('South Africa Standard Time', 120, 'none'),
  row('Saudi Arabia Standard Time', 180, 'none'),
  row('Russian Standard/Daylight Time', 180, 'past'),
  row('Iran Standard/Daylight Time', 210, 'past'),
  row('Arabian Standard Time', 240, 'none'),
  row('Caucasus Standard/Daylight Time', 240, 'past'),
  row('Afghanistan Standard Time', 270, 'none'),
  row('West Asia Standard Time', 300, 'none'),
  row('Ekaterinburg Standard Time', 300, 'none', 'Asia/Yekaterinburg'),
  row('India Standard Time', 330, 'none'),
  row('Central Asia Standard Time', 360, 'none'),
  row('SE Asia Standard Time', 420, 'none'),
  row('Taipei Standard Time', 480, 'none'),
  // China has kept no summer time since 1991, which is before there were such phones.
  row(
    'China Standard/Daylight Time',
    480,
    'none',
    'Asia/Shanghai Asia/Chongqing Asia/Chungking Asia/Harbin Asia/Hong_Kong Asia/Macao Asia/Macau Hongkong PRC',
  ),
  row('Tokyo Standard Time', 540, 'none'),
  row('Cen. Australia Standard/Daylight Time', 570, 'australia'),
  row('AUS Central Standard Time', 570, 'none'),
  row('AUS Eastern Standard/Daylight Time', 600, 'australia'),
  row(
    'Tasmania Standard/Daylight Time',
    600,
    'australia',
    'Australia/Hobart Australia/Currie Australia/Tasmania Antarctica/Macquarie',
  ),
  row('West Pacific Standard Time', 600, 'none'),
  row('E. Australia Standard Time', 600, 'none', 'Australia/Brisbane Australia/Lindeman Australia/Queensland'),
  row('Central Pacific Standard Time', 660, 'none'),
  row('Fiji Standard Time', 720, 'none'),
  row('New Zealand Standard/Daylight Time', 720, 'newZealand'),
];

/** The names that every firmware load knows. */
export const PHONE_TIME_ZONES: readonly string[] = ROWS.map(({ name }) => name);

/** The name of a time zone that phones know, and what is wrong with their clocks under it. */
export interface PhoneTimeZone {
  readonly name: string;
  /** What is wrong about it; absent: it fits. */
  readonly flaw?: string;
}

/** The year of the daylight saving rules, if the caller gives none. */
export const YEAR_OF_THE_TABLE = 2026;

/**
 * The name for an IANA zone or an alias of one, by its clocks in `year`. If none fits, the nearest name and its flaw.
 */
export const phoneTimeZone = (zone: string, year: number): PhoneTimeZone => {
  const clocks = clocksOf(zone, year);
  const fitting = ROWS.filter((one) => fits(one, clocks, year));
  const chosen = fitting.find(({ home }) => home.has(zone)) ?? fitting.find(({ home }) => home.has('')) ?? fitting[0];
  return chosen === undefined ? nearest(zone, clocks, year) : { name: chosen.name };
};

/** The zone of this machine, which is the default for phones. */
export const machineTimeZone = (): string => new Intl.DateTimeFormat('en').resolvedOptions().timeZone;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Changes on the same day are one law: clocks change at other hours in other places. */
const SAME_CHANGE_MS = DAY_MS;

/** A year of a zone: its offset twice a month, in minutes, and when it changes between them. */
interface Clocks {
  readonly offsets: readonly number[];
  readonly standard: number;
  /** Instants within the year; `undefined` where the clocks do not change, or in no such simple way. */
  readonly summer: { readonly from: number; readonly until: number } | undefined;
}

const SAMPLES = 24;

const clocksOf = (zone: string, year: number): Clocks => {
  const offsetAt = zoneOffset(zone);
  const start = startOfYear(year);
  const step = (startOfYear(year + 1) - start) / SAMPLES;
  const offsets = Array.from({ length: SAMPLES }, (_, index) => offsetAt(start + index * step));
  const standard = Math.min(...offsets);
  const change = (toSummer: boolean): number | undefined => {
    const changes = offsets.flatMap((offset, index) => {
      const next = offsets[index + 1] ?? offset;
      return next !== offset && next > offset === toSummer ? [index] : [];
    });
    const [index] = changes;
    if (index === undefined || changes.length > 1) return undefined;
    return firstOther(offsetAt, start + index * step, start + (index + 1) * step);
  };
  const from = change(true);
  const until = change(false);
  return { offsets, standard, summer: from === undefined || until === undefined ? undefined : { from, until } };
};

/** Finds the hour of the first change of the offset between `from` and `until`, by bisection. */
const firstOther = (offsetAt: (instant: number) => number, from: number, until: number): number => {
  const before = offsetAt(from);
  let [low, high] = [from, until];
  while (high - low > HOUR_MS) {
    const middle = (low + high) / 2;
    if (offsetAt(middle) === before) low = middle;
    else high = middle;
  }
  return high;
};

const fits = ({ standard, summer }: Row, clocks: Clocks, year: number): boolean => {
  if (clocks.standard !== standard || summer === 'past') return false;
  if (summer === 'none') return isConstant(clocks);
  if (clocks.summer === undefined) return false;
  const kept = clocksOf(SUMMER[summer], year);
  return (
    gainOf(kept) === gainOf(clocks) &&
    kept.summer !== undefined &&
    Math.abs(kept.summer.from - clocks.summer.from) <= SAME_CHANGE_MS &&
    Math.abs(kept.summer.until - clocks.summer.until) <= SAME_CHANGE_MS
  );
};

const isConstant = (clocks: Clocks): boolean => gainOf(clocks) === 0;

const gainOf = ({ offsets, standard }: Clocks): number => Math.max(...offsets) - standard;

/**
 * The name that makes a phone's clock least wrong, with what is wrong about it. Names that are right in winter come
 * first.
 */
const nearest = (zone: string, clocks: Clocks, year: number): PhoneTimeZone => {
  const [best = NOWHERE] = ROWS.map((one) => ({
    name: one.name,
    away: one.home.has(zone) ? 0 : 1,
    apart: Math.abs(clocks.standard - one.standard),
    error: meanError(one, clocks, year),
  })).sort(
    (one, other) => one.away - other.away || Math.sign(one.apart) - Math.sign(other.apart) || one.error - other.error,
  );
  const { name, apart } = best;
  if (apart > 0) return { name, flaw: `${apart} minutes off` };
  return {
    name,
    flaw: isConstant(clocks) ? 'with a summer time that this zone has not' : 'with another summer time, or none',
  };
};

const NOWHERE = { name: 'Greenwich Standard Time', apart: 0 };

/** The mean error over a year in minutes. */
const meanError = ({ standard, summer }: Row, clocks: Clocks, year: number): number => {
  const kept = summer === 'none' || summer === 'past' ? undefined : clocksOf(SUMMER[summer], year);
  const offsetAt = (index: number): number =>
    standard + (kept === undefined ? 0 : (kept.offsets[index] ?? 0) - kept.standard);
  const sum = clocks.offsets.reduce((total, offset, index) => total + Math.abs(offset - offsetAt(index)), 0);
  return sum / SAMPLES + (summer === 'past' ? HALF_A_YEAR_OFF : 0);
};

const HALF_A_YEAR_OFF = 30;
