/**
 * Minutes east of Greenwich in an IANA zone, as a function of wall-clock milliseconds. Uses Node's own time zone
 * tables. Throws a `RangeError` if the zone is unknown.
 */
export const zoneOffset = (zone: string): ((wall: number) => number) => {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
  return (wall) => {
    // `GMT-03:30`, and `GMT` alone for none.
    const [, sign, hours, minutes] = /GMT([+-])(\d\d):(\d\d)/.exec(format.format(wall)) ?? [];
    return hours === undefined ? 0 : (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
  };
};
