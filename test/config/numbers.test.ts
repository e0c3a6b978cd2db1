// Numbers of calls that cannot be, or that lead elsewhere than is meant: each mistake with its line, what was found and what is
// wanted, as a fault or as a warning.

import { describe, expect, it } from 'vitest';
import { DEFAULT_CALLS, numberOwners } from '../../src/calls/index.js';
import { faultsIn, load, warningsIn } from './harness.js';

const GROUP = 'group: 239.1.1.1, port: 30000';

/** A key of calls, in a file where it stands on a line of its own, and what is said of it. */
const inCalls = (key: string): string => `calls:\n  enabled: true\n  ${key}\n`;
const LINE = 'labcm.yaml:3: calls.';

describe('a number that two keys of calls claim', () => {
  it.each([
    ['hunts: [{ dn: "*41", members: [5001] }]', 'hunts.0.dn: found "*41", wanted another: calls.services.echo has it'],
    ['hunts: [{ dn: 112, members: [5001] }]', 'hunts.0.dn: found "112", wanted another: calls.emergency.1 has it'],
    ['pickup: "*55"', 'pickup: found "*55", wanted another: calls.conference.rooms has *55'],
    ['pickup: "*65"', 'pickup: found "*65", wanted another: calls.park.range has *65'],
    [
      'pickupGroups: [{ name: A, number: "*47" }]',
      'pickupGroups.0.number: found "*47", wanted another: calls.services.announcement has it',
    ],
    [
      'pickupGroups: [{ name: A, number: 800 }, { name: B, number: 800 }]',
      'pickupGroups.1.number: found "800", wanted another: calls.pickupGroups.0.number has it',
    ],
    [
      `paging: [{ dn: "*74", ${GROUP}, members: [A] }]`,
      'paging.0.dn: found "*74", wanted another: calls.pickup has it',
    ],
    ['park: { range: "*50-*54" }', 'park.range: found "*50-*54", wanted another: calls.conference.rooms has *50'],
    ['park: { range: "*40-*42" }', 'park.range: found "*40-*42", wanted another: calls.services.echo has *41'],
    ['park: { range: "110-111" }', 'park.range: found "110-111", wanted another: calls.emergency.0 has 110'],
    ['conference: { rooms: "*64-*70" }', 'conference.rooms: found "*64-*70", wanted another: calls.park.range has *64'],
    ['messagesOn: "*41"', 'messagesOn: found "*41", wanted another: calls.services.echo has it'],
    ['forwardAll: "*74"', 'forwardAll: found "*74", wanted another: calls.pickup has it'],
    ['intercom: "*73"', 'intercom: found "*73", wanted another: calls.forwardAll has it'],
    ['emergency: ["112", "112"]', 'emergency.0: found "112", wanted another: calls.emergency.1 has it'],
    [
      'translations: [{ match: "*41", to: "*42" }]',
      'translations.0.match: found "*41", wanted another: calls.services.echo has it',
    ],
    [
      'translations: [{ match: "1.12", to: "*42" }]',
      'translations.0.match: found "1.12", wanted another: calls.emergency.1 has 112',
    ],
    [
      'translations: [{ match: 8XX, to: "*42" }, { match: 8.XX, to: "*43" }]',
      'translations.1.match: found "8.XX", wanted another: calls.translations.0.match has pattern 8XX',
    ],
  ])('%s is a fault', async (key, fault) => {
    expect(await faultsIn(inCalls(key))).toEqual([`${LINE}${fault}`]);
  });

  it.each([
    ['pickup: "*735"', 'pickup: found "*735", wanted another: what begins with *73 is calls.forwardAll'],
    ['intercom: "*7"', 'intercom: found "*7", wanted another: calls.pickup begins with it, *74'],
    [
      'translations: [{ match: "*73XX", to: "*42" }]',
      'translations.0.match: found "*73XX", wanted another: what begins with *73 is calls.forwardAll',
    ],
  ])('and begins with a code: %s is a fault', async (key, fault) => {
    expect(await faultsIn(inCalls(key))).toEqual([`${LINE}${fault}`]);
  });

  it.each([
    'hunts: [{ dn: "*4", members: [5001] }]',
    'services: { enabled: false }, hunts: [{ dn: "*41", members: [5001] }]',
    'services: { echo: off }, hunts: [{ dn: "*41", members: [5001] }]',
    'translations: [{ match: 8XX, to: "*42" }, { match: "8[1-3]X", to: "*43" }]',
    'translations: [{ match: "*75!", to: "*42" }]',
    'trunks: [{ name: P, address: 10.0.0.2 }], patterns: [{ match: 9!, trunk: P }, { match: 9!, trunk: P, prefix: 1 }]',
  ])('is none in %s', async (keys) => {
    expect(await faultsIn(`calls: { ${keys} }`)).toEqual([]);
  });

  it('is told once for each key, however many numbers it is', async () => {
    expect(await faultsIn('calls: { park: { range: "*50-*69" }, conference: { rooms: "*50-*69" } }')).toEqual([
      'labcm.yaml:1: calls.conference.rooms: found "*50-*69", wanted another: calls.park.range has it',
    ]);
  });

  it('is looked for among every kind of key that digit analysis knows', async () => {
    const members = ['5001'];
    const settings = {
      ...DEFAULT_CALLS,
      hunts: [{ dn: '3000', mode: 'first' as const, members, ring: DEFAULT_CALLS.noAnswer }],
      pickupGroups: [{ name: 'A', number: '3001', members }],
      paging: [{ dn: '3002', group: '239.1.1.1', port: 30_000, members }],
    };
    const owners = numberOwners(settings);
    for (const { number, path } of owners) {
      const faults = await faultsIn(
        `calls: { hunts: [{ dn: 3000, members: [5001] }, { dn: "${number}", members: [5001] }], pickupGroups: [{ name: A, number: 3001 }], paging: [{ dn: 3002, ${GROUP}, members: [A] }] }`,
      );
      expect([path, faults.filter((fault) => /wanted another: /.test(fault)).length]).toEqual([path, 1]);
    }
  });
});

describe('a list of calls', () => {
  it.each([
    [
      'hunts: [{ dn: 3000, members: [5001, 3000] }]',
      'hunts.0.members.1: found "3000", wanted another number: this is the list itself',
    ],
    ['hunts: [{ dn: 3000, members: [5001, 5001] }]', 'hunts.0.members.1: found "5001", wanted every member once'],
    [
      'pickupGroups: [{ name: A, members: [5001, 5002, 5001] }]',
      'pickupGroups.0.members.2: found "5001", wanted every member once',
    ],
    [`paging: [{ dn: "*90", ${GROUP}, members: [A, A] }]`, 'paging.0.members.1: found "A", wanted every member once'],
    [
      'pickupGroups: [{ name: A }, { name: A }]',
      'pickupGroups.1.name: found "A", wanted a name of its own: calls.pickupGroups.0 has it',
    ],
    [
      `paging: [{ dn: "*90", ${GROUP}, members: [A] }, { dn: "*91", ${GROUP}, members: [A] }]`,
      'paging.1.port: found 239.1.1.1:30000, wanted another port or group: calls.paging.0 speaks there',
    ],
  ])('of %s is a fault', async (key, fault) => {
    expect(await faultsIn(inCalls(key))).toEqual([`${LINE}${fault}`]);
  });

  const known =
    'devices: [{ name: SEP1, model: CIPC, lines: [5001] }]\nautoRegistration: { enabled: true, range: 700-709 }\n';
  it.each([
    [
      'hunts: [{ dn: 3000, members: [5001, 5009, 5010] }]',
      'hunts.0.members.1: found "5009" and 1 more, which no device has as a line, wanted directory numbers: it never rings until a device has it',
    ],
    [
      'hunts: [{ dn: 3000, members: [3001] }, { dn: 3001, members: [5001] }]',
      'hunts.0.members.0: found "3001", which is a hunt list, wanted directory numbers: a list in a list never rings',
    ],
    [
      'pickupGroups: [{ name: A, members: [5009] }]',
      'pickupGroups.0.members.0: found "5009", which no device has as a line, wanted directory numbers: it never rings until a device has it',
    ],
    [
      `paging: [{ dn: "*90", ${GROUP}, members: [sep1, SEP2] }]`,
      'paging.0.members.1: found "SEP2", of which no device has the name, wanted names of devices: it hears nothing until it is one',
    ],
  ])('with members that nobody has, %s, is a warning', async (key, warning) => {
    expect(await warningsIn(inCalls(key) + known)).toEqual([`labcm.yaml:3: warning: calls.${warning}`]);
  });

  it('may name lines that auto-registration gives', async () => {
    expect(await warningsIn(inCalls('hunts: [{ dn: 3000, members: [5001, 705] }]') + known)).toEqual([]);
  });
});

describe('a translation', () => {
  it.each([
    ['{ match: "0", to: "0" }', ['0.to: found "0", wanted a number that is not translated back: 0 → 0']],
    [
      '{ match: 66, to: 67 }, { match: 67, to: 66 }',
      [
        '0.to: found "67", wanted a number that is not translated back: 67 → 66 → 67',
        '1.to: found "66", wanted a number that is not translated back: 66 → 67 → 66',
      ],
    ],
    ['{ match: 9.XXX, to: 9111 }', ['0.to: found "9111", wanted a number that is not translated back: 9111 → 9111']],
  ])('that leads back, %s, is a fault', async (translations, faults) => {
    expect(await faultsIn(inCalls(`translations: [${translations}]`))).toEqual(
      faults.map((fault) => `${LINE}translations.${fault}`),
    );
  });

  it('leads back no more where a line has the number', async () => {
    const yaml = `${inCalls('translations: [{ match: 9XXX, to: 9111 }]')}devices: [{ name: SEP1, model: CIPC, lines: [9111] }]\n`;
    expect(await faultsIn(yaml)).toEqual([]);
  });

  it('to nowhere is a warning', async () => {
    expect(await warningsIn(inCalls('translations: [{ match: 88, to: 4711 }]'))).toEqual([
      'labcm.yaml:3: warning: calls.translations.0.to: found "4711", which leads nowhere, wanted a number that leads somewhere, or a device with it',
    ]);
  });
});

const lines = (...written: readonly string[]): string =>
  `calls: { pickupGroups: [{ name: A }], translations: [{ match: 88, to: 5001 }] }\ndevices:\n  - name: SEP1\n    model: "7962"\n    lines:\n${written.map((line) => `      - ${line}\n`).join('')}`;

describe('a line', () => {
  it.each(['all', 'busy', 'noAnswer', 'unregistered'])('that forwards to itself, %s, is a fault', async (kind) => {
    expect(await faultsIn(lines(`{ dn: 5001, forward: { ${kind}: 5001 } }`))).toEqual([
      `labcm.yaml:6: devices.0.lines.0.forward.${kind}: found "5001", wanted another number: this is the line itself`,
    ]);
  });

  it('that forwards to itself is a fault in a file of devices, too', async () => {
    const json = '{"name":"SEP1","model":"CIPC","lines":[{"dn":"1","forward":{"busy":"1"}}]}';
    expect(await faultsIn('devicesFile: ./phones.jsonl', { 'phones.jsonl': json })).toEqual([
      'phones.jsonl:1: lines.0.forward.busy: found "1", wanted another number: this is the line itself',
    ]);
  });

  it.each(['zz z', '5 0', '1,2', 'x'.repeat(25)])('with the voicemail number %j is a fault', async (voicemail) => {
    expect(await faultsIn(lines(`{ dn: 5001, voicemail: "${voicemail}" }`))).toEqual([
      `labcm.yaml:6: devices.0.lines.0.voicemail: found "${voicemail}", wanted a number to dial: 1 to 24 digits, letters, or any of * # + . _ -, or an empty text`,
    ]);
  });

  it('needs no voicemail number', async () => {
    const { devices } = await load(lines('{ dn: 5001, voicemail: "" }', '{ dn: 5002, voicemail: "*98" }'));
    expect(devices[0]?.lines.map(({ voicemail }) => voicemail)).toEqual(['', '*98']);
  });

  it.each([
    ['{ dn: 5001, voicemail: 4711 }', 'voicemail: found "4711", which leads nowhere'],
    ['{ dn: 5001, pickupGroup: B }', 'pickupGroup: found "B", of which there is no group'],
    ['{ dn: 5001, forward: { busy: 4711 } }', 'forward.busy: found "4711", which leads nowhere'],
    ['{ dn: 5001, forward: { busy: "*60" } }', 'forward.busy: found "*60", to which nothing can be forwarded'],
    ['{ dn: 5001, forward: { noAnswer: 88 } }', 'forward.noAnswer: found "88", which leads to the line itself'],
  ])('such as %s is a warning', async (line, warning) => {
    expect(await warningsIn(lines(line))).toEqual([
      expect.stringContaining(`labcm.yaml:6: warning: devices.0.lines.0.${warning}, wanted `),
    ]);
  });

  it('says which groups there are', async () => {
    expect(await warningsIn(lines('{ dn: 5001, pickupGroup: B }'))).toEqual([
      expect.stringContaining('wanted one of calls.pickupGroups: A'),
    ]);
  });

  it('that others forward back to is a warning for each', async () => {
    const forwards = [
      [5001, 5002],
      [5002, 5003],
      [5003, 5001],
    ].map(([dn, all]) => `{ dn: ${dn}, forward: { all: ${all} } }`);
    const told = (at: number, found: string, circle: string) =>
      `labcm.yaml:${6 + at}: warning: devices.0.lines.${at}.forward.all: found "${found}", from which calls come back: ${circle}, wanted another number: callers hear busy`;
    expect(await warningsIn(lines(...forwards))).toEqual([
      told(0, '5002', '5001 → 5002 → 5003 → 5001'),
      told(1, '5003', '5002 → 5003 → 5001 → 5002'),
      told(2, '5001', '5003 → 5001 → 5002 → 5003'),
    ]);
  });

  it.each([
    [10, []],
    [11, ['devices.0.lines.0.forward.all: found "5002", from which calls are forwarded more than 10 times']],
  ])('that forwards by %d others', async (forwards, warnings) => {
    const all = Array.from({ length: forwards }, (_, at) => `{ dn: ${5001 + at}, forward: { all: ${5002 + at} } }`);
    const told = await warningsIn(
      lines(...all, String(5001 + forwards)).replace('"7962"', '"7962"\n    modules: ["7914"]'),
    );
    expect(told.map((warning) => /devices.*times/.exec(warning)?.[0])).toEqual(warnings);
  });

  it('of which each leads somewhere is none', async () => {
    const some = '{ dn: 5001, voicemail: "*41", pickupGroup: A, forward: { all: 5002, busy: "*47", noAnswer: 112 } }';
    expect(await warningsIn(lines(some, '5002'))).toEqual([]);
  });

  it('that begins with a code is a warning', async () => {
    expect(await warningsIn(lines('"*735"'))).toContainEqual(
      expect.stringContaining(
        'calls.forwardAll: found *73, with which *735, a line of SEP1, begins: what begins so is never dialled to its end',
      ),
    );
  });

  it.each([
    ['hunts: [{ dn: 5001, members: [5002] }]', 'hunts.0.dn: found 5001, which is a hunt list and a line of SEP1'],
    ['pickup: 5001', 'pickup: found 5001, which is a pick-up number and a line of SEP1'],
    ['park: { range: 5001-5002 }', 'park.range: found 5001, which is a number of parked calls and a line of SEP1'],
    [
      'translations: [{ match: 5001, to: "*41" }]',
      'translations.0.match: found 5001, which is a translation and a line of SEP1',
    ],
  ])('with a number of %s rings, which is a warning', async (key, warning) => {
    const device = 'devices: [{ name: SEP1, model: "7962", lines: [5001, "5002"] }]\n';
    expect(await warningsIn(inCalls(key) + device)).toContainEqual(
      `labcm.yaml:3: warning: calls.${warning}: the line rings, wanted another number for one of them`,
    );
  });
});
