// How checks are run: side by side, each within its time, and what they found in order.

import { describe, expect, it } from 'vitest';
import { bad, type DoctorCheck, skipped, warning, well } from '../../src/doctor/check.js';
import { countFindings, examineLab, selectedChecks } from '../../src/doctor/examine-lab.js';
import { ManualClock } from '../support/manual-clock.js';
import { labView } from './harness.js';

const check = (name: string, run: DoctorCheck['run'], others: Partial<DoctorCheck> = {}): DoctorCheck => ({
  group: 'host',
  name,
  looksAt: `${name} things`,
  finds: {},
  run,
  ...others,
});

const NEVER = (): Promise<never> => new Promise(() => {});

describe('checks', () => {
  it('are told the worst first, and else in the order of the table', async () => {
    const { view } = await labView();
    const found = await examineLab(
      [
        check('a', () => [well('w', 'fine'), warning('one', 'w1')]),
        check('b', () => [skipped('s', 'not looked at')]),
        check('c', () => [bad('two', 'b1')]),
        check('d', () => []),
        check('e', () => [bad('three', 'b2')]),
      ],
      view,
    );
    expect(found.map(({ state, code, check: name }) => `${state} ${code} ${name}`)).toEqual([
      'bad two c',
      'bad three e',
      'warning one a',
      'skipped s b',
      'well w a',
      'well well d',
    ]);
    expect(countFindings(found)).toEqual({ bad: 2, warning: 1, skipped: 1, well: 1 });
  });

  it('have one second each, and those that say so have longer', async () => {
    const { view } = await labView();
    const clock = new ManualClock();
    let left = -1;
    const slow = [check('slow', NEVER), check('offer', NEVER, { within: () => 5000 as never })];
    const ending = examineLab(slow, { ...view, clock }, (now) => {
      left = now;
    });
    clock.advance(999);
    await Promise.resolve();
    expect(left).toBe(-1);
    clock.advance(4001);
    const found = await ending;
    expect(left).toBe(0);
    expect(found.map(({ code, found: text }) => `${code} ${text}`)).toEqual([
      'ops.check-slow slow did not end within 1 s',
      'ops.check-slow offer did not end within 5 s',
    ]);
  });

  it('on a machine that rings late have longer', async () => {
    const { view } = await labView();
    const clock = new ManualClock();
    let ended = false;
    const ending = examineLab([check('slow', NEVER)], { ...view, clock }, () => {
      ended = true;
    });
    await Promise.resolve();
    for (let late = 0; late < 9; late += 1) {
      clock.standStill(500);
      clock.advance(0);
      await Promise.resolve();
    }
    expect(ended).toBe(false);
    clock.advance(1000);
    await ending;
  });

  it('that find the same many times tell the first, and how many more', async () => {
    const { view } = await labView();
    const many = Array.from({ length: 500 }, (_, at) => warning('same', `finding ${at}`));
    const found = await examineLab([check('many', () => [...many, bad('other', 'another')])], view);
    expect(found.map(({ found: text }) => text)).toEqual([
      'another',
      ...many.slice(0, 10).map(({ found: text }) => text),
      'and 490 more of this kind',
    ]);
  });

  it('leave no alarm behind', async () => {
    const { view } = await labView();
    const clock = new ManualClock();
    await examineLab([check('quick', () => [])], { ...view, clock });
    expect(clock.armed).toBe(0);
  });

  it('that cannot be looked at are skipped with the reason, and the others are told', async () => {
    const { view } = await labView();
    const found = await examineLab(
      [
        check('broken', () => {
          throw new Error('no answer\nand more');
        }),
        check('fine', () => []),
      ],
      view,
    );
    expect(found.map(({ state, found: text }) => `${state} ${text}`)).toEqual([
      'skipped broken could not be looked at: no answer',
      'well fine: fine things',
    ]);
  });

  it('that ask the daemon are skipped where there is none', async () => {
    const { view } = await labView({ daemon: 'none' });
    const found = await examineLab([check('asks', () => [], { asksDaemon: true })], view);
    expect(found.map(({ state, code }) => `${state} ${code}`)).toEqual(['skipped ops.no-daemon']);
  });
});

describe('a selection', () => {
  const table = [
    check('a', () => []),
    check('b', () => [], { group: 'files' }),
    check('c', () => [], { group: 'files', option: 'offer' }),
  ];
  const names = (only: readonly string[], skip: readonly string[], options: readonly 'offer'[] = []) =>
    selectedChecks(table, { only, skip, options: new Set(options) }).map(({ name }) => name);

  it('is of groups and checks, and leaves out what needs an option', () => {
    expect(names([], [])).toEqual(['a', 'b']);
    expect(names([], [], ['offer'])).toEqual(['a', 'b', 'c']);
    expect(names(['files'], [], ['offer'])).toEqual(['b', 'c']);
    expect(names(['a', 'c'], [], ['offer'])).toEqual(['a', 'c']);
    expect(names([], ['files'])).toEqual(['a']);
    expect(names(['files'], ['c'], ['offer'])).toEqual(['b']);
  });
});
