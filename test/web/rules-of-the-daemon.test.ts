// The page imports nothing of the daemon, so what both must have alike is compared here.

import { expect, it } from 'vitest';
import { SERVICES } from '../../src/capture/record.js';
import { RIS_STATUS } from '../../src/devices/registration.js';
import { BOOT_STAGES } from '../../src/explain/verdicts/boot.js';
import { shown as shownByTheDaemon } from '../../src/explain/verdicts/shown-text.js';
import { FLEET_COLUMNS } from '../../src/http/api/fleet-rows.js';
import { COLUMNS } from '../../src/web/fleet-rows.js';
import { PROTOCOLS } from '../../src/web/ladder-rows.js';
import { shown, shownLines } from '../../src/web/shown-text.js';
import { STAGES, stagesOf } from '../../src/web/stages.js';
import { STATUSES } from '../../src/web/statuses.js';

it('every character is shown as the sentences of the daemon show it', () => {
  const differ: number[] = [];
  for (let code = 0; code <= 0x1_ffff; code += 1) {
    const text = `a${String.fromCodePoint(code)}b`;
    if (shown(text) !== shownByTheDaemon(text)) differ.push(code);
  }
  expect(differ).toEqual([]);
});

it.each([
  ['a NUL', 'SEP\0', 'SEP\\u{0}'],
  ['a line end', 'one\ntwo', 'one\\u{A}two'],
  ['a right-to-left override', 'SEP\u202E3300', 'SEP\\u{202E}3300'],
  ['an isolate', '\u2066x\u2069', '\\u{2066}x\\u{2069}'],
  ['C1', '\u009b31m', '\\u{9B}31m'],
  ['nothing of it', '<img onerror="x"> ü', '<img onerror="x"> ü'],
])('%s becomes an escape', (_, text, expected) => {
  expect(shown(text)).toBe(expected);
  expect(shown(shown(text))).toBe(expected);
});

it('lines to paste keep their line ends and nothing else', () => {
  expect(shownLines('a\nb\u202Ec\0')).toBe('a\nb\\u{202E}c\\u{0}');
});

it('the stages of a boot are those of the verdicts', () => {
  expect(STAGES).toEqual(BOOT_STAGES);
});

it('the statuses that can be waited for are those of the devices', () => {
  expect(new Set(STATUSES)).toEqual(new Set(Object.values(RIS_STATUS).map(({ name }) => name)));
});

it('the protocols of the ladder are those that are captured', () => {
  const named = Object.values(PROTOCOLS).flatMap((list) => (list === '' ? [] : list.split(',')));
  expect(named).toEqual(SERVICES);
});

it('the columns that the page asks for are columns of the fleet', () => {
  for (const column of COLUMNS) expect(FLEET_COLUMNS).toContain(column);
});

it.each([
  ['files', null, { reached: 2, stop: undefined }],
  ['stays', { code: 'calls.one-way', severity: 'attention' }, { reached: 6, stop: undefined }],
  ['register', { code: 'register.wrong-model', severity: 'blocking' }, { reached: 3, stop: 4 }],
  ['connect', { code: 'files.missing', severity: 'blocking' }, { reached: 1, stop: 2 }],
  ['files', { code: 'network.silent', severity: 'blocking' }, { reached: 2, stop: 3 }],
  ['stays', { code: 'network.silent', severity: 'blocking' }, { reached: 5, stop: 6 }],
] as const)('a boot that came to %s with %j stops where its verdict says', (furthest, verdict, expected) => {
  expect(stagesOf(furthest, verdict)).toEqual(expected);
});
