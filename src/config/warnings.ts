// Warnings about values that are valid and that phones may not take as they were meant. `check` and `run` print them;
// they never prevent a start. One function per rule. Those about single devices are in `device-warnings.ts`.

import { clusterWarnings } from './cluster-schema.js';
import type { KeyProblem } from './key-problem.js';
import { ENGLISH, isWestern, LOCALE_NAMES, langCodeOf } from './locales.js';
import type { Sections } from './schema.js';
import { nearest } from './schema-errors.js';
import { secureModeWarnings } from './secure-mode-schema.js';
import { machineTimeZone, PHONE_TIME_ZONES, phoneTimeZone } from './time-zones.js';

type Warn = (sections: Sections, year: number) => readonly KeyProblem[];

/** All warnings about the sections. `year` as in `ConfigReaders`. */
export const warningsOf = (sections: Sections, year: number): readonly KeyProblem[] =>
  WARNINGS.flatMap((warn) => warn(sections, year));

const NONE: readonly KeyProblem[] = [];

const WARNINGS: readonly Warn[] = [
  clusterWarnings,
  secureModeWarnings,
  ({ phones: { dateTime } }, year) => {
    if (dateTime.windowsTimeZone !== undefined) return NONE;
    const zone = dateTime.timeZone ?? machineTimeZone();
    const { name, flaw } = phoneTimeZone(zone, year);
    if (flaw === undefined) return NONE;
    const whose = dateTime.timeZone === undefined ? `${zone}, this machine's zone` : zone;
    return [
      [
        ['phones', 'dateTime', 'timeZone'],
        `${whose}, which no name of the phones' own table fits: they are told ${name}, ${flaw}`,
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
  ({ phones: { locale } }) => {
    const { user, langCode } = locale;
    const knownCode = langCodeOf(user);
    if (user === '' || (langCode !== undefined && (knownCode === undefined || knownCode === langCode))) return NONE;
    if (knownCode !== undefined)
      return langCode === undefined
        ? NONE
        : [
            [
              ['phones', 'locale', 'langCode'],
              `${langCode} beside ${user}`,
              `${knownCode}, or no such key: that is its code`,
            ],
          ];
    const near = nearest(user, LOCALE_NAMES);
    return [
      [
        ['phones', 'locale', 'user'],
        `${user}, whose language code labcm does not know: phones are told ${ENGLISH}`,
        near === undefined ? 'phones.locale.langCode beside it' : `${near}, or phones.locale.langCode beside it`,
      ],
    ];
  },
  ({ phones: { locale } }) => {
    const code = locale.langCode ?? langCodeOf(locale.user) ?? ENGLISH;
    return isWestern(code) || !WESTERN_CHARSET.test(locale.charset)
      ? NONE
      : [
          [
            ['phones', 'locale', 'charset'],
            `${locale.charset}, which has not the letters of ${locale.user}`,
            'utf-8, or a character set of that language',
          ],
        ];
  },
];

const WESTERN_CHARSET = /^(?:iso-?8859-1|latin-?1|windows-1252|cp1252|us-ascii)$/i;

/** Letters only, without `/Daylight`, so that names of Windows and misspelled ones compare equal. */
const bare = (name: string): string =>
  name
    .toLowerCase()
    .replace('/daylight', '')
    .replace(/[^a-z]/g, '');
