// Time zones: what old phones are told of a zone is a name of their own table that keeps the zone's time, or is told.

import { describe, expect, it } from 'vitest';
import { configOf } from '../../src/config/index.js';
import { PHONE_TIME_ZONES, phoneTimeZone } from '../../src/config/time-zones.js';
import { capturedText, describeCaptured } from '../support/fixtures.js';
import { warningsIn } from './harness.js';

const YEAR = 2026;

/** Links of the IANA database, as people write them. */
const LINKS =
  'US/Alaska US/Aleutian US/Arizona US/Central US/East-Indiana US/Eastern US/Hawaii US/Indiana-Starke US/Michigan US/Mountain US/Pacific US/Samoa ' +
  'Canada/Atlantic Canada/Central Canada/Eastern Canada/Mountain Canada/Newfoundland Canada/Pacific Canada/Saskatchewan Canada/Yukon ' +
  'Mexico/BajaNorte Mexico/BajaSur Mexico/General Brazil/Acre Brazil/DeNoronha Brazil/East Brazil/West Chile/Continental Chile/EasterIsland Cuba ' +
  'Egypt Eire GB GB-Eire Greenwich Hongkong Iceland Iran Israel Jamaica Japan Kwajalein Libya NZ NZ-CHAT Navajo PRC Poland Portugal ROC ROK ' +
  'Singapore Turkey UCT UTC Universal W-SU WET CET MET EET EST MST HST EST5EDT CST6CDT MST7MDT PST8PDT GMT GMT0 Etc/UTC Etc/GMT+5 Etc/GMT-3 Zulu ' +
  'Europe/Kyiv Europe/Belfast Asia/Kolkata Asia/Calcutta Asia/Saigon Asia/Ho_Chi_Minh Asia/Kathmandu Asia/Katmandu Australia/ACT Australia/NSW ' +
  'Australia/North Australia/Queensland Australia/South Australia/Tasmania Australia/Victoria Australia/West America/Buenos_Aires America/Indianapolis';

const ZONES = [...new Set([...Intl.supportedValuesOf('timeZone'), ...LINKS.split(' ')])];

interface ZoneClock {
  readonly clock: Intl.DateTimeFormat;
  /** By the time at Greenwich: each is asked for several times. */
  readonly offsets: Map<number, number>;
}

const clocks = new Map<string, ZoneClock>();

const clockOf = (zone: string): ZoneClock => {
  const known = clocks.get(zone);
  if (known !== undefined) return known;
  const style = { dateStyle: 'short', timeStyle: 'short', hourCycle: 'h23' } as const;
  const made = { clock: new Intl.DateTimeFormat('sv-SE', { timeZone: zone, ...style }), offsets: new Map() };
  clocks.set(zone, made);
  return made;
};

/** Minutes east of Greenwich by the clock on the wall, in no way that the code works it out. */
const offset = (zone: string, at: number): number => {
  const { clock, offsets } = clockOf(zone);
  const known = offsets.get(at);
  if (known !== undefined) return known;
  const minutes = (Date.parse(`${clock.format(at).replace(' ', 'T')}Z`) - at) / 60_000;
  offsets.set(at, minutes);
  return minutes;
};

/** A zone of each name, for the winter's offset and the dates on which a summer time begins and ends. */
const KEEPERS: Readonly<Record<string, string>> = {
  'Dateline Standard Time': 'Etc/GMT+12',
  'Samoa Standard Time': 'Pacific/Pago_Pago',
  'Hawaiian Standard Time': 'Pacific/Honolulu',
  'Alaskan Standard/Daylight Time': 'America/Anchorage',
  'Pacific Standard/Daylight Time': 'America/Los_Angeles',
  'Mountain Standard/Daylight Time': 'America/Denver',
  'US Mountain Standard Time': 'America/Phoenix',
  'Central Standard/Daylight Time': 'America/Chicago',
  'Canada Central Standard Time': 'America/Regina',
  'SA Pacific Standard Time': 'America/Bogota',
  'US Eastern Standard Time': 'America/Jamaica',
  'Eastern Standard/Daylight Time': 'America/New_York',
  'Atlantic Standard/Daylight Time': 'America/Halifax',
  'SA Western Standard Time': 'America/La_Paz',
  'Newfoundland Standard/Daylight Time': 'America/St_Johns',
  'SA Eastern Standard Time': 'America/Argentina/Buenos_Aires',
  'Azores Standard/Daylight Time': 'Atlantic/Azores',
  'GMT Standard/Daylight Time': 'Europe/London',
  'Greenwich Standard Time': 'Atlantic/Reykjavik',
  'W. Europe Standard/Daylight Time': 'Europe/Berlin',
  'Romance Standard/Daylight Time': 'Europe/Paris',
  'Central Europe Standard/Daylight Time': 'Europe/Budapest',
  'E. Europe Standard/Daylight Time': 'Europe/Helsinki',
  'GTB Standard/Daylight Time': 'Europe/Athens',
  'Egypt Standard/Daylight Time': 'Africa/Cairo',
  'Jerusalem Standard/Daylight Time': 'Asia/Jerusalem',
  'South Africa Standard Time': 'Africa/Johannesburg',
  'Saudi Arabia Standard Time': 'Asia/Riyadh',
  'Arabian Standard Time': 'Asia/Dubai',
  'Afghanistan Standard Time': 'Asia/Kabul',
  'West Asia Standard Time': 'Asia/Tashkent',
  'Ekaterinburg Standard Time': 'Asia/Yekaterinburg',
  'India Standard Time': 'Asia/Kolkata',
  'Central Asia Standard Time': 'Asia/Dhaka',
  'SE Asia Standard Time': 'Asia/Bangkok',
  'China Standard/Daylight Time': 'Asia/Shanghai',
  'Taipei Standard Time': 'Asia/Taipei',
  'Tokyo Standard Time': 'Asia/Tokyo',
  'Cen. Australia Standard/Daylight Time': 'Australia/Adelaide',
  'AUS Central Standard Time': 'Australia/Darwin',
  'E. Australia Standard Time': 'Australia/Brisbane',
  'AUS Eastern Standard/Daylight Time': 'Australia/Sydney',
  'Tasmania Standard/Daylight Time': 'Australia/Hobart',
  'West Pacific Standard Time': 'Pacific/Port_Moresby',
  'Central Pacific Standard Time': 'Pacific/Guadalcanal',
  'Fiji Standard Time': 'Pacific/Fiji',
  'New Zealand Standard/Daylight Time': 'Pacific/Auckland',
};

describe('the name of a zone in the phones’ own table', () => {
  it('is one of the 55 that every load knows', () => {
    expect(PHONE_TIME_ZONES).toHaveLength(55);
    expect(new Set(PHONE_TIME_ZONES).size).toBe(55);
    for (const zone of ZONES) expect(PHONE_TIME_ZONES).toContain(phoneTimeZone(zone, YEAR).name);
  });

  it('keeps the zone’s time on every day of the year, or is said not to', () => {
    const wrong: string[] = [];
    for (const zone of ZONES) {
      const { name, flaw } = phoneTimeZone(zone, YEAR);
      if (flaw !== undefined) continue;
      const keeper = KEEPERS[name] ?? zone;
      for (let day = 0; day < 365; day += 1) {
        // At noon and at midnight clocks that change on one day agree again.
        const [one, other] = [day, day + 1].map((when) => Date.UTC(YEAR, 0, when, 12));
        const apart = [one, other].filter((at) => offset(zone, at ?? 0) !== offset(keeper, at ?? 0));
        if (apart.length === 2) wrong.push(`${zone} ${name} day ${day}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('is Greenwich’s for zones that keep Greenwich’s time alone', () => {
    for (const zone of ZONES) {
      if (phoneTimeZone(zone, YEAR).name !== 'Greenwich Standard Time') continue;
      expect([zone, offset(zone, Date.UTC(YEAR, 0, 1)), offset(zone, Date.UTC(YEAR, 6, 1))]).toEqual([zone, 0, 0]);
    }
  });

  it('has a summer time in its name where the zone has one, and for constant zones where there is no other', () => {
    for (const zone of ZONES) {
      const { name, flaw } = phoneTimeZone(zone, YEAR);
      const constant = offset(zone, Date.UTC(YEAR, 0, 1)) === offset(zone, Date.UTC(YEAR, 6, 1));
      if (flaw === undefined && !name.startsWith('China'))
        expect([zone, name.includes('Daylight')]).toEqual([zone, !constant]);
    }
  });

  it('is the same for a link and for what it leads to', () => {
    for (const [link, zone] of [
      ['US/Eastern', 'America/New_York'],
      ['PRC', 'Asia/Shanghai'],
      ['Australia/Tasmania', 'Australia/Hobart'],
      ['Chile/Continental', 'America/Santiago'],
      ['Poland', 'Europe/Warsaw'],
    ] as const)
      expect(phoneTimeZone(link, YEAR)).toEqual(phoneTimeZone(zone, YEAR));
  });

  it('follows a country that changes its law', () => {
    expect(phoneTimeZone('America/Mexico_City', 2026)).toEqual({ name: 'Canada Central Standard Time' });
    expect(phoneTimeZone('Europe/Istanbul', 2015).name).toMatch(/Daylight/);
    expect(phoneTimeZone('Europe/Istanbul', 2026)).toEqual({ name: 'Saudi Arabia Standard Time' });
  });
});

describe('a zone that the table has no name for', () => {
  it('is told the nearest one, and the operator is told that', async () => {
    expect(await warningsIn('phones: { dateTime: { timeZone: Asia/Kathmandu } }')).toEqual([
      "labcm.yaml:1: warning: phones.dateTime.timeZone: found Asia/Kathmandu, which no name of the phones' own table fits: they are told India Standard Time, 15 minutes off, wanted phones.dateTime.windowsTimeZone: a name that your phones know; newer loads have more, such as Nepal Standard Time",
    ]);
    expect(await warningsIn('phones: { dateTime: { timeZone: Africa/Lagos } }')).toEqual([
      expect.stringContaining(
        'they are told W. Europe Standard/Daylight Time, with a summer time that this zone has not',
      ),
    ]);
  });

  it('is the operator’s to name', async () => {
    const named = 'phones: { dateTime: { timeZone: Asia/Kathmandu, windowsTimeZone: Nepal Standard Time } }';
    expect(await warningsIn(named)).toEqual([]);
    const config = await configOf(
      { phones: { dateTime: { timeZone: 'Asia/Kathmandu', windowsTimeZone: 'Nepal Standard Time' } } },
      'x',
    );
    expect(config.provisioning.dateTime).toMatchObject({
      timeZone: 'Nepal Standard Time',
      olsonTimeZone: 'Asia/Kathmandu',
    });
  });

  it.each(['W. Europe Standard Time', 'w. europe standard/daylight time', 'W Europe Standard/Daylight Time'])(
    'a name as Windows or a hasty hand spells it is asked about: %s',
    async (name) => {
      expect(await warningsIn(`phones: { dateTime: { windowsTimeZone: ${name} } }`)).toEqual([
        expect.stringContaining("wanted W. Europe Standard/Daylight Time, as the phones' own table spells it"),
      ]);
    },
  );
});

describeCaptured('zones that people reported', () => {
  const rows = capturedRows();

  it.each(rows)('%s is one of %s', async (zone, names) => {
    const { provisioning } = await configOf({ phones: { dateTime: { timeZone: zone } } }, 'x', [], { year: YEAR });
    const warned = await warningsIn(`phones: { dateTime: { timeZone: ${zone} } }`);
    if (names === '-') expect(warned).toEqual([expect.stringContaining('windowsTimeZone')]);
    else expect(names.split(' ; ')).toContain(provisioning.dateTime.timeZone);
    expect(provisioning.dateTime.timeZone).not.toMatch(/Greenwich|GMT/);
  });

  function capturedRows(): [zone: string, names: string][] {
    return capturedText('reports/zones.txt')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => line.split(' | ') as [string, string]);
  }
});
