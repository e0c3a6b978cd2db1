// The files of the page: which are shown, in which order, and what is said of each.

import { describe, expect, it } from 'vitest';
import type { AskedFileJson } from '../../src/http/api/file-list-shapes.js';
import { answerOf, shownFiles } from '../../src/web/asked-file-rows.js';

const file = (name: string, rest: Partial<AskedFileJson> = {}): AskedFileJson => ({
  file: name,
  devices: 1,
  strangers: 0,
  outcomes: { served: 1, refused: 0, failed: 0, asked: 0 },
  missed: 0,
  harmless: false,
  reason: null,
  transports: ['TFTP'],
  octets: 100,
  milliseconds: { median: 5, most: 9 },
  at: '2026-11-25T09:00:00.000Z',
  lastDevice: 'SEP000000000001',
  missedBy: [],
  ...rest,
});

const missing = {
  outcomes: { served: 0, refused: 2, failed: 0, asked: 0 },
  missed: 2,
  reason: 'file not found',
  octets: null,
};

const FILES = [
  file('{device}.cnf.xml', { devices: 9, milliseconds: { median: 50, most: 90 } }),
  file('CTL{device}.tlv', { ...missing, harmless: true, milliseconds: null }),
  file('jar70.sbn', { ...missing, missed: 1, missedBy: ['SEP00000000000A'], milliseconds: null }),
];

const named = (...[filter, which, order]: readonly [string, Parameters<typeof shownFiles>[2], string]) =>
  shownFiles(FILES, filter, which, { column: order.replace('-', ''), descending: order.startsWith('-') }).map(
    (one) => one.file,
  );

describe('the files', () => {
  it.each([
    ['', 'all', 'file', ['CTL{device}.tlv', 'jar70.sbn', '{device}.cnf.xml']],
    ['', 'missed', '-missed', ['CTL{device}.tlv', 'jar70.sbn']],
    ['', 'harmful', 'file', ['jar70.sbn']],
    ['', 'all', '-milliseconds', ['{device}.cnf.xml', 'CTL{device}.tlv', 'jar70.sbn']],
    ['', 'all', '-devices', ['{device}.cnf.xml', 'CTL{device}.tlv', 'jar70.sbn']],
    ['sep00000000000a', 'all', 'file', ['jar70.sbn']],
    ['NOT found tlv', 'all', 'file', ['CTL{device}.tlv']],
    ['served', 'missed', 'file', []],
  ] as const)('filtered by %j and %s, by %s', (filter, which, order, names) =>
    expect(named(filter, which, order)).toEqual(names),
  );
});

it.each([
  [FILES[0], 'served'],
  [FILES[1], 'refused: file not found (harmless)'],
  [
    file('x', { outcomes: { served: 3, refused: 1, failed: 0, asked: 2 }, reason: 'busy' }),
    '3 served, 1 refused, 2 asked: busy',
  ],
] as const)('%#: what became of it', (one, text) => expect(answerOf(one ?? file(''))).toBe(text));
