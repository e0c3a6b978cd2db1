import { describe, expect, it } from 'vitest';
import {
  COLUMNS,
  countsByStatus,
  type FleetDevice,
  fits,
  fleetDevice,
  nextOrder,
  type PageColumn,
  selected,
  textOf,
  wordsOf,
} from '../../src/web/fleet-rows.js';

const device = (order: number, values: Partial<Record<PageColumn, string | number | null>>): FleetDevice =>
  fleetDevice(
    COLUMNS.map((column) => values[column] ?? (column === 'since' ? null : '')),
    order,
  );

const FLEET = [
  device(0, {
    name: 'SEP001122334455',
    status: 'Rejected',
    why: 'it says that it is a Cisco 7941',
    code: 'register.type-mismatch',
    severity: 'blocking',
    address: '10.2.0.14',
    model: 'Cisco 7962',
    protocol: 'SCCP',
    load: 'SCCP42.9-4-2SR3',
    dn: '1001 1002',
    since: 300,
  }),
  device(1, {
    name: 'SEPAABBCCDDEEFF',
    status: 'Registered',
    address: '10.2.0.9',
    model: 'Cisco 7941',
    protocol: 'SIP',
    dn: '2001',
    since: 100,
  }),
  device(2, { name: 'ata1', status: 'UnRegistered', model: 'Cisco ATA 186', protocol: 'SCCP', dn: '3001', since: 200 }),
  device(3, { name: 'never', status: 'Unknown', model: 'Cisco 7962', protocol: 'SIP', dn: '4001' }),
];

const names = (devices: readonly FleetDevice[]): readonly string[] => devices.map((one) => textOf(one, 'name'));
const find = (filter: string): readonly string[] => names(selected(FLEET, filter, undefined));

describe('a filter', () => {
  it.each([
    ['', ['SEP001122334455', 'SEPAABBCCDDEEFF', 'ata1', 'never']],
    ['aabb', ['SEPAABBCCDDEEFF']],
    ['1002', ['SEP001122334455']],
    ['10.2.0.9', ['SEPAABBCCDDEEFF']],
    ['7962', ['SEP001122334455', 'never']],
    ['9-4-2', ['SEP001122334455']],
    ['type-mismatch', ['SEP001122334455']],
    ['  7962   REJECTED ', ['SEP001122334455']],
    ['registered', ['SEPAABBCCDDEEFF', 'ata1']],
    ['status:registered', ['SEPAABBCCDDEEFF']],
    ['status:registered sccp', []],
    ['code:register.type-mismatch', ['SEP001122334455']],
    ['code:register', []],
    ['why:x', []],
    ['[', []],
  ])('%j finds what has all its words', (filter, expected) => expect(find(filter)).toEqual(expected));

  it('does not join two values', () => {
    expect(fits(FLEET[1] as FleetDevice, wordsOf('10.2.0.9cisco'))).toBe(false);
  });
});

describe('an order', () => {
  it.each([
    ['name', false, ['SEP001122334455', 'SEPAABBCCDDEEFF', 'ata1', 'never']],
    ['name', true, ['never', 'ata1', 'SEPAABBCCDDEEFF', 'SEP001122334455']],
    ['since', false, ['SEPAABBCCDDEEFF', 'ata1', 'SEP001122334455', 'never']],
    ['since', true, ['SEP001122334455', 'ata1', 'SEPAABBCCDDEEFF', 'never']],
    ['protocol', false, ['SEP001122334455', 'ata1', 'SEPAABBCCDDEEFF', 'never']],
  ] as const)('by %s, descending %s, has what is not known last', (column, descending, expected) =>
    expect(names(selected(FLEET, '', { column, descending }))).toEqual(expected),
  );

  it('goes up, down, and back to that of the configuration', () => {
    const up = nextOrder(undefined, 'model');
    const down = nextOrder(up, 'model');
    expect([up, down, nextOrder(down, 'model')]).toEqual([
      { column: 'model', descending: false },
      { column: 'model', descending: true },
      undefined,
    ]);
    expect(nextOrder(down, 'load')).toEqual({ column: 'load', descending: false });
  });
});

it('counts devices by status, the most frequent one first', () => {
  expect(countsByStatus([...FLEET, device(4, { status: 'Unknown' })])[0]).toEqual(['Unknown', 2]);
});
