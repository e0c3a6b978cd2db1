// Which devices are selected, and what is said of a command to them.

import { describe, expect, it } from 'vitest';
import type { CommandRunJson } from '../../src/http/api/command-shapes.js';
import { progressOf } from '../../src/web/command-words.js';
import { every, extended, NOTHING, type Selection, toggled } from '../../src/web/selection.js';

const SHOWN = ['a', 'b', 'c', 'd', 'e'];
const namesOf = ({ names }: Selection): readonly string[] => [...names].sort();

describe('a selection', () => {
  it('takes a device in, and leaves it out again', () => {
    const one = toggled(NOTHING, 'b');
    expect(namesOf(one)).toEqual(['b']);
    expect(namesOf(toggled(one, 'b'))).toEqual([]);
    expect(namesOf(NOTHING)).toEqual([]);
  });

  it.each([
    ['d', ['b', 'c', 'd']],
    ['a', ['a', 'b']],
    ['b', ['b']],
  ])('reaches from the one before to %s', (to, names) =>
    expect(namesOf(extended(toggled(NOTHING, 'b'), to, SHOWN))).toEqual(names),
  );

  it('reaches anew from the same one, and keeps what was selected', () => {
    const range = extended(toggled(toggled(NOTHING, 'e'), 'b'), 'c', SHOWN);
    expect(namesOf(extended(range, 'a', SHOWN))).toEqual(['a', 'b', 'c', 'e']);
  });

  it.each([NOTHING, toggled(NOTHING, 'gone')])('without a beginning that is shown is of one device', (before) =>
    expect(namesOf(extended(before, 'c', SHOWN))).toContain('c'),
  );

  it('of all has each', () => expect(namesOf(every(SHOWN))).toEqual(SHOWN));
});

const run: CommandRunJson = {
  id: 1,
  command: 'reset',
  state: 'running',
  perSecond: 50,
  askedAt: '',
  endedAt: null,
  devices: 40_000,
  sent: 120,
  left: 39_866,
  untold: { 'not-registered': 14, unsupported: 0, 'unknown-device': 0, 'node-silent': 0 },
  untoldDevices: [],
};

it.each([
  [{}, 'reset: 120 of 40,000 told; 14 not registered; 39,866 to come'],
  [{ state: 'waiting' }, 'reset: 120 of 40,000 told; 14 not registered; 39,866 to come; waits for another command'],
  [{ state: 'stopped' }, 'reset: 120 of 40,000 told; 14 not registered; 39,866 left out; stopped'],
  [{ state: 'done', left: 0, sent: 39_986 }, 'reset: 39,986 of 40,000 told; 14 not registered; done'],
] as const)('of a run with %j is said: %s', (change, text) => expect(progressOf({ ...run, ...change })).toBe(text));
