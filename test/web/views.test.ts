// The pure parts of the views: addresses, the ladder, the log.

import { describe, expect, it } from 'vitest';
import type { LogLineJson } from '../../src/http/api/fleet-shapes.js';
import type { StepJson } from '../../src/http/api/shapes.js';
import { describeDots, keepAliveDots } from '../../src/web/keepalive-intervals.js';
import { isOfStep, ladderRow, windowOf } from '../../src/web/ladder-rows.js';
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

describe('the messages of a step', () => {
  const NINE = Date.UTC(2026, 10, 25, 9);
  const at = (later: number): string => new Date(NINE + later).toISOString();
  const rows = [
    { ...step('tftp.refused', 'tftp'), at: at(0) },
    { ...step('device.registering', 'registration'), at: at(5) },
    { ...step('tftp.completed', 'tftp'), at: at(40) },
    { ...step('tftp.refused', 'tftp'), at: at(40) },
    { ...step('tftp.refused', 'tftp'), at: at(90_000), since: at(50) },
  ].map((one) => ladderRow(one, 'SCCP'));

  it.each([
    [0, -60_000, 0, 2],
    [1, -59_995, 5, 1_005],
    [2, 0, 40, 42],
    [3, 0, 40, 42],
    [4, 40, 90_000, 91_000],
  ])('number %i are those since the step before in its lane, and its answers', (index, from, until, answered) =>
    expect(windowOf(rows, index)).toEqual({ from: NINE + from, until: NINE + until, answered: NINE + answered }),
  );

  it.each([
    ['in', 100, true, 'what led to it'],
    ['in', 110.9, true, 'in the millisecond of the step'],
    ['in', 111, false, 'what leads to the next'],
    ['in', 99.9, false, 'what led to the step before'],
    ['out', 111.5, true, 'the answer'],
    ['out', 112.1, false, 'what was sent later'],
    ['out', 100.5, false, 'the answer of the step before'],
    ['out', 105, true, 'what was sent in between'],
  ] as const)('%s at %d: %s, %s', (direction, time, isOf, _) =>
    expect(isOfStep({ from: 100, until: 110, answered: 112 }, direction, time)).toBe(isOf),
  );

  it('of steps that follow each other closely are told apart', () => {
    const window = { from: 100, until: 101, answered: 103 };
    expect([100.9, 101.5, 103].map((time) => isOfStep(window, 'out', time))).toEqual([false, true, true]);
  });

  it('of the last step of a lane go on for a while', () => {
    const window = { from: 100, until: 110, answered: 1_110 };
    for (const direction of ['in', 'out'] as const)
      expect([500, 1_110, 1_110.1].map((time) => isOfStep(window, direction, time))).toEqual([true, true, false]);
  });
});

describe('the intervals between keepalives', () => {
  it('are late when they are later than a busy network makes them', () => {
    const times = [0, 30_000, 60_500, 94_100, 120_000];
    expect(keepAliveDots(times, 30_000)).toEqual([
      { at: 30_000, interval: 30_000, isLate: false },
      { at: 60_500, interval: 30_500, isLate: false },
      { at: 94_100, interval: 33_600, isLate: true },
      { at: 120_000, interval: 25_900, isLate: false },
    ]);
    expect(describeDots(keepAliveDots(times, 30_000), 30_000, 14, String)).toBe(
      '4 intervals: 30.0 s on average, 30.0 s expected at most; jitter 14 ms; the last 25.9 s; 1 late, the last at 94100.',
    );
  });

  it.each([[[]], [[1]]])('need two times: %j', (times) => {
    expect(keepAliveDots(times, 30_000)).toEqual([]);
    expect(describeDots([], 30_000, 0, String)).toContain('Two must come');
  });

  it('that are all in time say so', () =>
    expect(describeDots(keepAliveDots([0, 30_000], 30_000), 30_000, 0, String)).toMatch(
      /^1 interval: .* none late\.$/,
    ));
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
