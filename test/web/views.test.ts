// The pure parts of the views: addresses, the ladder, the log.

import { describe, expect, it } from 'vitest';
import type { LogLineJson } from '../../src/http/api/fleet-shapes.js';
import type { StepJson } from '../../src/http/api/shapes.js';
import { ladderRow } from '../../src/web/ladder-rows.js';
import { filteredLines, MOST_KEPT, rowAt, withLines } from '../../src/web/log-lines.js';
import { readPlace, writePlace } from '../../src/web/routes.js';
import { timeOfDay } from '../../src/web/times.js';

describe('the address of a view', () => {
  it.each([
    [
      { view: 'fleet', name: '', filter: '7962 status:rejected', sort: '-since' },
      '#/fleet?filter=7962+status%3Arejected&sort=-since',
    ],
    [{ view: 'device', name: 'SEP001122334455', filter: '', sort: '' }, '#/device/SEP001122334455'],
    [{ view: 'device', name: '<img src=x>/?#"\u202E', filter: '', sort: '' }, undefined],
    [{ view: 'log', name: '', filter: '', sort: '' }, '#/log'],
    [{ view: 'charts', name: '', filter: '', sort: '' }, '#/charts'],
  ] as const)('of %j is read back', (place, address) => {
    const written = writePlace(place);
    if (address !== undefined) expect(written).toBe(address);
    expect(readPlace(written)).toEqual(place);
  });

  it.each(['', '#', '#/', '#/nothing', '#/__proto__', '#/toString'])('%j is the fleet', (hash) =>
    expect(readPlace(hash).view).toBe('fleet'),
  );

  it('with a broken escape is taken as it stands', () => expect(readPlace('#/device/%E0%A4').name).toBe('%E0%A4'));
});

const step = (type: string, of: string, facts: StepJson['facts'] = {}): StepJson => ({
  at: '',
  step: of,
  type,
  text: '',
  facts,
});

describe('a step of the ladder', () => {
  it.each([
    ['dhcp.received', 'dhcp', {}, 'DHCP', 'in'],
    ['dhcp.sent', 'dhcp', {}, 'DHCP', 'out'],
    ['tftp.completed', 'tftp', {}, 'files', 'out'],
    ['http.file', 'http', {}, 'files', 'out'],
    ['device.registering', 'registration', { protocol: 'SIP' }, 'SIP', 'in'],
    ['device.rejected', 'registration', {}, 'SCCP', 'out'],
    ['sip.register-answered', 'sip', {}, 'SIP', 'out'],
    ['call.offered', 'call', {}, 'labcm', 'none'],
    ['something.new', 'something', {}, 'labcm', 'none'],
  ] as const)('%s has its lane and direction', (type, of, facts, lane, direction) =>
    expect(ladderRow(step(type, of, facts), 'SCCP')).toMatchObject({ lane, direction }),
  );
});

describe('the log', () => {
  const line = (text: string, tone: LogLineJson['tone'] = 'plain', about = 'ipctest2'): LogLineJson => ({
    at: '',
    type: 'device.registered',
    tone,
    about,
    text,
  });
  const lines = [
    line('asked by DHCP', 'quiet'),
    line('registered over SCCP', 'good'),
    line('was refused', 'bad', 'SEP1'),
  ];

  it.each([
    ['', 'all', 3],
    ['', 'told', 2],
    ['', 'bad', 1],
    ['SCCP ipctest2', 'all', 1],
    ['device.registered', 'all', 3],
    ['sep1 registered over', 'all', 0],
  ] as const)('filtered by %j and %s has %i lines', (filter, level, count) =>
    expect(filteredLines(lines, filter, level)).toHaveLength(count),
  );

  it.each([
    ['10:02', '10:02:59.999'],
    ['10:02:14', '10:02:14.999'],
    ['9:07', '09:07:59.999'],
    ['23:59', '23:59:59.999 yesterday'],
    ['12:00:30', '12:00:30.999'],
    ['25', undefined],
    ['ten', undefined],
  ])('a time of day %j is %s', (written, wanted) => {
    const noon = new Date(2026, 10, 25, 12, 0, 0).getTime();
    const at = timeOfDay(written, noon);
    const [clock, day] = wanted?.split(' ') ?? [];
    const local = at === undefined ? undefined : new Date(at - (day === undefined ? 0 : -86_400_000));
    const two = (value: number) => String(value).padStart(2, '0');
    expect(
      local &&
        `${two(local.getHours())}:${two(local.getMinutes())}:${two(local.getSeconds())}.${local.getMilliseconds()}`,
    ).toBe(clock);
    expect(local?.getDate() ?? 25).toBe(25);
  });

  it.each([
    ['10:02:20', 0],
    ['10:02:14', 1],
    ['10:02:11', 2],
    ['10:02:09', undefined],
  ])('at %s has the row %s, the newest first', (time, row) => {
    const timed = ['10:02:15', '10:02:14', '10:02:10'].map((at) => ({ ...line(at), at: `2026-11-25T${at}.500Z` }));
    expect(rowAt(timed, Date.parse(`2026-11-25T${time}.999Z`))).toBe(row);
  });

  it('keeps the newest lines', () => {
    const many = Array.from({ length: MOST_KEPT }, (_, index) => line(String(index)));
    const kept = withLines(many, lines);
    expect(kept).toHaveLength(MOST_KEPT);
    expect(kept[0]?.text).toBe('3');
    expect(kept.at(-1)?.text).toBe('was refused');
  });
});
