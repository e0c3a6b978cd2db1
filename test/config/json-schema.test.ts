// The JSON Schema for editors, held by a validator that others wrote: it takes what labcm takes, and refuses what it can.

import { readdirSync, readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type * as z from 'zod';
import * as fields from '../../src/config/fields.js';
import type { Form } from '../../src/config/forms.js';
import { configurationJsonSchema, jsonSchemaOf } from '../../src/config/json-schema.js';
import { labcm } from '../cli/harness.js';
import { capturedText, describeCaptured } from '../support/fixtures.js';
import { faultsIn } from './harness.js';

const compile = (schema: Form) => new Ajv({ strict: false, allErrors: true }).compile(schema);
const validate = compile(configurationJsonSchema());

/** What it says of a configuration, each with its place: none, if it has nothing against it. */
const complaints = (yaml: string): readonly string[] => {
  validate((parse(yaml, { merge: true }) as unknown) ?? {});
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath}: ${message}`);
};

const EXAMPLES = readdirSync('config').filter((file) => file.endsWith('.yaml'));

describe('the JSON Schema of the configuration', () => {
  it.each(EXAMPLES)('takes config/%s', (file) => {
    expect(complaints(readFileSync(`config/${file}`, 'utf8'))).toEqual([]);
  });

  it('takes the README’s configuration, and an empty one', () => {
    const [, yaml = ''] = /```yaml\n([\s\S]*?)```/.exec(readFileSync('README.md', 'utf8')) ?? [];
    expect(complaints(yaml.replace(/^ {3}/gm, ''))).toEqual([]);
    expect(complaints('')).toEqual([]);
  });

  // Each is a way of writing that `labcm check` takes.
  it.each([
    [
      'numbers and texts in each other’s clothes',
      'sccp: { port: "2000" }\ncluster: 5\ndevices: [{ name: 5002, model: "7962" }]',
    ],
    ['yes and no', 'sccp: { enabled: no }\ntftp: { enabled: Yes }'],
    ['ports that are off', 'sip: { udp: off, tcp: false, tls: 0 }'],
    ['nobody locked out', 'sip: { lockout: off }'],
    ['a lockout', 'sip: { lockout: { failures: 3, for: 1m } }'],
    [
      'an item in place of its list',
      'groups: [{ name: A, members: CM1 }]\ndhcp: { interface: lo }\ndevices: [{ name: A, model: 7962, lines: 5001, speedDials: 5002, modules: 7915-24 }]',
    ],
    [
      'lines as numbers, texts and objects',
      'devices: [{ name: A, model: CIPC, lines: [5001, "*55", { dn: 5003, maxCalls: 2 }] }]',
    ],
    ['listen for the API’s address', 'http: { api: { listen: 127.0.0.1 } }'],
    [
      'options by code and by name',
      'dhcp: { subnets: [{ subnet: 10.1.0.0/16, pools: 10.1.0.9, options: { 43: { hex: "0104" }, time-offset: 3600 } }] }',
    ],
    ['sizes, shares and durations', 'tftp: { cache: 64 kb, timeout: 0.5s }\ndhcp: { limits: { openOffers: 1 } }'],
  ])('takes %s, as labcm does', async (_, yaml) => {
    expect(complaints(yaml)).toEqual([]);
    expect(await faultsIn(yaml)).toEqual([]);
  });

  it.each([
    ['a key that is none', 'sccp: { ports: 2000 }', '/sccp: must NOT have additional properties'],
    ['a port that is none', 'sccp: { port: 70000 }', '/sccp/port: must be <= 65535'],
    ['a word that is none', 'trace: { console: loud }', '/trace/console: must be equal to one of the allowed values'],
    ['a duration without a unit', 'sccp: { keepAlive: 30x }', '/sccp/keepAlive: must match pattern'],
    ['an address that is none', 'tftp: { listen: eth0 }', '/tftp/listen: must match pattern'],
    ['a device without a name', 'devices: [{ model: 7962 }]', "/devices/0: must have required property 'name'"],
    ['a list for a mapping', 'sip: []', '/sip: must be object'],
  ])('refuses %s, as labcm does', async (_, yaml, complaint) => {
    expect(complaints(yaml)).toEqual([expect.stringContaining(complaint)]);
    expect(await faultsIn(yaml)).toHaveLength(1);
  });

  describeCaptured('and what people wrote', () => {
    it.each(['ata-reservation', 'labels', 'load-suffix', 'shadowed-file'])('takes %s.yaml', (name) => {
      expect(complaints(capturedText(`reports/${name}.yaml`))).toEqual([]);
    });
  });

  it('tells of every key what it is, and of every value what is wanted', () => {
    const keys = keysOf(configurationJsonSchema());
    expect(keys.length).toBeGreaterThan(200);
    expect(keys.filter(({ schema }) => schema.description === undefined).map(({ path }) => path)).toEqual([]);
    expect(keys.filter(({ schema }) => Object.keys(schema).length < 2).map(({ path }) => path)).toEqual([]);
  });
});

interface Key {
  readonly path: string;
  readonly schema: Form;
}

/** Every key at every depth. */
const keysOf = (schema: Form, path = ''): readonly Key[] => {
  const { properties = {}, items, anyOf = [] } = schema;
  return [
    ...Object.entries(properties).flatMap(([key, inner]) => [
      { path: `${path}.${key}`, schema: inner as Form },
      ...keysOf(inner as Form, `${path}.${key}`),
    ]),
    ...[items, ...anyOf].flatMap((inner) => (inner === undefined ? [] : keysOf(inner as Form, path))),
  ];
};

const KINDS: Readonly<Record<string, z.ZodType>> = {
  duration: fields.duration('1s', '1h'),
  size: fields.size('1KiB', '1GiB'),
  integer: fields.integer(3, 70),
  share: fields.share(),
  port: fields.port(),
  'port or off': fields.portOrOff(),
  flag: fields.flag(),
  text: fields.text(8, 2),
  'header text': fields.headerText(8),
  word: fields.oneOf('newest', 'refuse'),
  address: fields.address(),
  mac: fields.mac(),
  'device name': fields.deviceName(),
  'directory number': fields.directoryNumber(),
  subnet: fields.subnet(),
  'address range': fields.addressRange(),
  'number range': fields.numberRange(9999),
  'number or range': fields.numberOrRange(9999),
  'date template': fields.dateTemplate(),
  'time zone': fields.timeZone(),
  load: fields.load(),
  'file name': fields.fileName(),
  hexadecimal: fields.hexadecimal(1, 8),
  settings: fields.settingsByName(),
  list: fields.listOf(fields.address(), 2),
  model: fields.model(),
};

const PIECES =
  '0 1 5 16 0050 10. . , - : / A F a SEP eth # * + _ % s m h d ms B KB MiB true False YES no off D M Y A Europe Berlin UTC';
const texts = fc.oneof(
  fc.array(fc.constantFrom(...PIECES.split(' '), ' '), { maxLength: 8 }).map((pieces) => pieces.join('')),
  fc.ipV4(),
  fc.tuple(fc.ipV4(), fc.ipV4()).map(([first, last]) => `${first} - ${last}`),
  fc.tuple(fc.nat(255), fc.nat(3)).map(([first, bits]) => `${first}.0.0.0/${8 * bits}`),
  fc.stringMatching(/^[0-9a-fA-F]{12}$/),
  fc.stringMatching(/^\d{1,4}-\d{1,4}$/),
  fc.stringMatching(/^[DMY]Y?[/.-][DMY]Y?[/.-][DMY]Y?A?$/),
  fc.stringMatching(/^\d{1,3}(\.\d)? ?(ms|s|m|h|d|kb|MiB)$/),
  fc.constantFrom('newest', 'Europe/Berlin', 'CIPC', '7962'),
  fc.string({ maxLength: 10 }),
);
const alone = fc.oneof(
  texts.map((text) => text.trim()),
  fc.integer({ min: -5, max: 99_999 }),
  fc.double({ min: 0, max: 2, noNaN: true }),
  fc.boolean(),
);
const values = fc.oneof(
  alone,
  fc.array(alone, { maxLength: 3 }),
  fc.dictionary(fc.constantFrom('a', 'b.c', '1'), alone),
);

describe('each kind of value', () => {
  it.each(Object.entries(KINDS))('%s: what is read is never refused by the schema', (_, kind) => {
    const takes = compile(jsonSchemaOf(kind));
    fc.assert(
      fc.property(values, (value) => {
        if (kind.safeParse(value).success) expect(takes(value), JSON.stringify(value)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('labcm schema', () => {
  it('prints it', async () => {
    const { code, out, err } = await labcm(['schema']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(JSON.parse(out)).toEqual(JSON.parse(JSON.stringify(configurationJsonSchema())));
  });
});
