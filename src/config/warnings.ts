// What a configuration may say and phones may not take as it was meant: told by `check` and at the start, never a reason
// not to run. One check per sentence; a device's own are in `device-warnings.ts`.

import type { Complaint } from './complaint.js';
import type { Sections } from './schema.js';
import { machineTimeZone, PHONE_TIME_ZONES, phoneTimeZone } from './time-zones.js';

type Warn = (sections: Sections, year: number) => readonly Complaint[];

export const warningsOf = (sections: Sections, year: number): readonly Complaint[] =>
  WARNINGS.flatMap((warn) => warn(sections, year));

const NONE: readonly Complaint[] = [];

const WARNINGS: readonly Warn[] = [
  ({ phones: { dateTime } }, year) => {
    if (dateTime.windowsTimeZone !== undefined) return NONE;
    const zone = dateTime.timeZone ?? machineTimeZone();
    const { name, flaw } = phoneTimeZone(zone, year);
    if (flaw === undefined) return NONE;
    const whose = dateTime.timeZone === undefined ? `${zone}, this machine's zone` : zone;
    return [
      [
        ['phones', 'dateTime', 'timeZone'],
        `${whose}, for which the phones' own table has no name: they are told ${name}, ${flaw}`,
        'phones.dateTime.windowsTimeZone: a name that your phones know; newer loads have more, such as Nepal Standard Time',
      ],
    ];
  },
  ({ phones: { dateTime } }) => {
    const name = dateTime.windowsTimeZone;
    if (name === undefined || PHONE_TIME_ZONES.includes(name)) return NONE;
    const near = PHONE_TIME_ZONES.find((known) => bare(known) === bare(name));
    return near === undefined
      ? NONE
      : [
          [
            ['phones', 'dateTime', 'windowsTimeZone'],
            JSON.stringify(name),
            `${near}, as the phones' own table spells it`,
          ],
        ];
  },
];

/** Letters alone: Windows knows no `/Daylight`, and dots are forgotten. */
const bare = (name: string): string =>
  name
    .toLowerCase()
    .replace('/daylight', '')
    .replace(/[^a-z]/g, '');
