// Time zones as old phones know them beside their IANA names: those phones carry a table of their own and find nothing
// under an IANA name (`provisioning.md` §4.2 timeZone).

const WINDOWS_NAMES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'GMT Standard/Daylight Time': 'Europe/London Europe/Dublin Europe/Lisbon',
    'Greenwich Standard Time': 'Etc/UTC UTC GMT Atlantic/Reykjavik Africa/Casablanca',
    'W. Europe Standard/Daylight Time':
      'Europe/Berlin Europe/Amsterdam Europe/Rome Europe/Stockholm Europe/Vienna Europe/Zurich',
    'Romance Standard/Daylight Time': 'Europe/Paris Europe/Brussels Europe/Madrid Europe/Copenhagen',
    'Central Europe Standard/Daylight Time': 'Europe/Prague Europe/Budapest Europe/Belgrade Europe/Warsaw',
    'E. Europe Standard/Daylight Time': 'Europe/Bucharest Europe/Sofia',
    'FLE Standard/Daylight Time': 'Europe/Helsinki Europe/Kiev Europe/Kyiv Europe/Riga',
    'GTB Standard/Daylight Time': 'Europe/Athens Europe/Istanbul',
    'Israel Standard/Daylight Time': 'Asia/Jerusalem',
    'Egypt Standard/Daylight Time': 'Africa/Cairo',
    'South Africa Standard Time': 'Africa/Johannesburg',
    'Russian Standard/Daylight Time': 'Europe/Moscow',
    'Arabian Standard Time': 'Asia/Dubai',
    'India Standard Time': 'Asia/Kolkata Asia/Calcutta',
    'China Standard/Daylight Time': 'Asia/Shanghai Asia/Hong_Kong',
    'Singapore Standard Time': 'Asia/Singapore',
    'Tokyo Standard Time': 'Asia/Tokyo',
    'Korea Standard Time': 'Asia/Seoul',
    'AUS Eastern Standard/Daylight Time': 'Australia/Sydney Australia/Melbourne',
    'E. Australia Standard Time': 'Australia/Brisbane',
    'New Zealand Standard/Daylight Time': 'Pacific/Auckland',
    'Newfoundland Standard/Daylight Time': 'America/St_Johns',
    'Atlantic Standard/Daylight Time': 'America/Halifax',
    'Eastern Standard/Daylight Time': 'America/New_York America/Toronto America/Detroit',
    'Central Standard/Daylight Time': 'America/Chicago America/Winnipeg',
    'Mountain Standard/Daylight Time': 'America/Denver America/Edmonton',
    'US Mountain Standard Time': 'America/Phoenix',
    'Pacific Standard/Daylight Time': 'America/Los_Angeles America/Vancouver',
    'Alaskan Standard/Daylight Time': 'America/Anchorage',
    'Hawaiian Standard Time': 'Pacific/Honolulu',
    'E. South America Standard/Daylight Time': 'America/Sao_Paulo',
  }).flatMap(([name, zones]) => zones.split(' ').map((zone) => [zone, name] as const)),
);

/** The owner's machine stands where the phones do, unless the configuration says otherwise. */
export const machineTimeZone = (): string => new Intl.DateTimeFormat('en').resolvedOptions().timeZone;

/** UTC where the table has no name for the zone: the owner then gives one. */
export const windowsTimeZone = (zone: string): string => WINDOWS_NAMES.get(zone) ?? 'Greenwich Standard Time';
