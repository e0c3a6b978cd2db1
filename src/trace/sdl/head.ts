// The first line of each SDL file (`docs/protocols/explain.md` §6).

import { dateOf, type WallTime, wallTime } from '../../core/time.js';
import { FILE_HEAD } from './line.js';
import type { SdlHost } from './row.js';

/** What the head of a file says that is the same in each. */
export interface SdlHead {
  readonly host: SdlHost;
  /** labcm's own version. */
  readonly version: string;
  readonly startedAt: WallTime;
}

const two = (count: number): string => String(count).padStart(2, '0');

/** `2026/11/30`, in local time. */
export const dateText = (at: WallTime): string => {
  const date = dateOf(at);
  return `${date.getFullYear()}/${two(date.getMonth() + 1)}/${two(date.getDate())}`;
};

/** `16:17:11`, in local time. */
const clockText = (at: WallTime): string => {
  const date = dateOf(at);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
};

/** `UTC:+01:00`. */
const zoneText = (at: WallTime): string => {
  const minutes = -dateOf(at).getTimezoneOffset();
  const size = Math.abs(minutes);
  return `UTC:${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
};

const FIRST_LINE = /^(\d{8})\.\d{3} \|(\d\d:\d\d:\d\d\.\d{3}) \|/;
const DAY = 86_400_000;
const HALF_A_DAY = 43_200;

/** Seconds since midnight of `16:17:11`. */
const secondsOf = (clock: string): number => {
  const [hours = 0, minutes = 0, seconds = 0] = clock.slice(0, 8).split(':').map(Number);
  return (hours * 60 + minutes) * 60 + seconds;
};

/**
 * The head of the file `number` whose first line is that of `first`, with a line break. Its number is the one before that
 * line's, its time that line's. `at`: now, which is later than the line: by a day if the line is from before midnight.
 */
export const headLine = (
  { host, version, startedAt }: SdlHead,
  first: Buffer,
  number: number,
  at: WallTime,
): string => {
  const [, sequence = '1', time = clockText(at)] = FIRST_LINE.exec(first.toString('latin1', 0, 32)) ?? [];
  // By half a day: somebody may have set the clock back a little meanwhile.
  const isYesterday = secondsOf(time) - secondsOf(clockText(at)) > HALF_A_DAY;
  const facts = [
    zoneText(at),
    `Date: ${dateText(isYesterday ? wallTime(at - DAY) : at)}`,
    'AppName: CCM',
    'AppId: 100',
    `AppNodeId: ${host.number}`,
    `AppVersion: labcm ${version} (CUCM Install=12.5 form)`,
    `HostName: ${host.name}`,
    `HostIPAddress: ${host.address}`,
    `AppStartTime: ${dateText(startedAt)} ${clockText(startedAt)}`,
    `FileNumber: ${number}`,
    'TraceVer: 3.0',
  ];
  // The zone and the date alone stand without a blank between them.
  const text = `${facts[0]},${facts.slice(1).join(', ')}`;
  return `${String(Number(sequence) - 1).padStart(8, '0')}.000 |${time} |${FILE_HEAD}|${text}\n`;
};
