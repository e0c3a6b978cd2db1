// The `calls` section: what is in force where nothing is said, what may be switched off, and each mistake with what is said
// of it (`docs/protocols/calls.md` §5.7).

import { describe, expect, it } from 'vitest';
import { minutes, seconds } from '../../src/core/time.js';
import { faultsIn, folderWith, load, warningsIn } from './harness.js';

const LINE = 'labcm.yaml:1: ';

describe('calls, where nothing is said', () => {
  it('are on, with the numbers of the specification', async () => {
    const { calls, rtp, music, records } = await load('');
    expect(calls).toEqual({
      enabled: true,
      codecs: ['G722', 'PCMU', 'PCMA', 'G729', 'iLBC'],
      earlyOffer: 'devices',
      interDigit: seconds(15),
      noAnswer: seconds(180),
      emergency: ['110', '112', '911', '999'],
      limits: { calls: 2_000, perDevice: 200, perSecond: 20, trunkCalls: 2 },
      services: {
        echo: '*41',
        tone: '*42',
        busy: '*43',
        noAnswer: '*44',
        unobtainable: '*45',
        congestion: '*46',
        announcement: '*47',
        messagesOn: '*71',
        messagesOff: '*72',
      },
      translations: [],
      moh: 'short',
      intercom: '*75',
      paging: [],
      hunts: [],
      park: { range: '*60-*69', remind: seconds(60) },
      conference: { rooms: '*50-*59', parties: 8 },
      pickup: '*74',
      pickupGroups: [],
      forwardAll: '*73',
      voicemail: '',
      trunks: [],
      patterns: [],
    });
    expect([rtp.ports, rtp.music, music]).toEqual([{ from: 24_000, to: 24_199 }, undefined, undefined]);
    expect(records).toMatchObject({ callLogs: true, cdr: { every: minutes(1), files: 1440 } });
  });

  it('may be changed one by one', async () => {
    const { calls, rtp, records } = await load(`
calls:
  enabled: false
  codecs: [PCMA, PCMU]
  earlyOffer: never
  interDigit: 5s
  noAnswer: 30s
  emergency: "000"
  rtp: { ports: 30000-30001 }
  limits: { calls: 3, perDevice: 2 }
  services: { echo: 700 }
  messagesOn: 701
  messagesOff: off
  voicemail: 5999
  translations: [{ match: "9.XXXX", to: 5002 }]
trace: { callLogs: false, cdr: { every: 10m, files: 3 } }
`);
    expect(calls).toMatchObject({
      enabled: false,
      codecs: ['PCMA', 'PCMU'],
      earlyOffer: 'never',
      interDigit: seconds(5),
      noAnswer: seconds(30),
      emergency: ['000'],
      limits: { calls: 3, perDevice: 2 },
      services: { echo: '700', tone: '*42', messagesOn: '701' },
      voicemail: '5999',
      translations: [{ match: '9.XXXX', to: '5002' }],
    });
    expect(calls.services.messagesOff).toBeUndefined();
    expect(rtp.ports).toEqual({ from: 30_000, to: 30_001 });
    expect(records).toMatchObject({ callLogs: false, cdr: { every: minutes(10), files: 3 } });
  });
});

describe('off', () => {
  it('leaves a service without a number', async () => {
    const { calls } = await load('calls: { services: { busy: off, noAnswer: false } }');
    expect(Object.entries(calls.services).flatMap(([name, number]) => (number === undefined ? [] : [name]))).toEqual([
      'echo',
      'tone',
      'unobtainable',
      'congestion',
      'announcement',
      'messagesOn',
      'messagesOff',
    ]);
  });

  it('of all services leaves none', async () => {
    const { calls } = await load('calls: { services: { enabled: false } }');
    expect(calls.services).toEqual({});
  });

  it('of the ports leaves the services without sound', async () => {
    const { calls, rtp } = await load('calls: { rtp: { ports: off } }');
    expect([rtp.ports, calls.services.busy]).toEqual([undefined, '*43']);
  });

  it('of the records writes none', async () => {
    expect((await load('trace: { cdr: { enabled: false } }')).records.cdr).toBe('off');
  });

  it.each(['off', 'false'])('of meeting rooms is %s', async (rooms) => {
    const { conference } = (await load(`calls: { conference: { rooms: ${rooms}, parties: 5 } }`)).calls;
    expect(conference).toEqual({ rooms: undefined, parties: 5 });
  });

  it('of emergency numbers is an empty list', async () => {
    expect((await load('calls: { emergency: [] }')).calls.emergency).toEqual([]);
  });
});

const FAULTS: readonly (readonly [mistake: string, yaml: string, faults: readonly string[]])[] = [
  [
    'a codec that nobody has',
    'calls: { codecs: [G711] }',
    ['calls.codecs.0: found "G711", wanted G722, PCMU, PCMA, G729 or iLBC'],
  ],
  ['no codec', 'calls: { codecs: [] }', ['calls.codecs: found an empty list, wanted one codec at least']],
  [
    'an offer at another time',
    'calls: { earlyOffer: sometimes }',
    ['calls.earlyOffer: found "sometimes", wanted devices, always or never'],
  ],
  [
    'no time for a digit',
    'calls: { interDigit: 0s }',
    ['calls.interDigit: found "0s", wanted a duration such as 30s, 2m or 1d, from 1s to 1m'],
  ],
  [
    'a phone that rings for a day',
    'calls: { noAnswer: 1d }',
    ['calls.noAnswer: found "1d", wanted a duration such as 30s, 2m or 1d, from 1s to 1h'],
  ],
  [
    'an emergency number with a blank',
    'calls: { emergency: ["11 2"] }',
    ['calls.emergency.0: found "11 2", wanted a number to dial: 1 to 24 digits, letters, or any of * # + . _ -'],
  ],
  ...['24000', '80-90', '24001-24002', '24199-24000', '65530-65536'].map(
    (ports) =>
      [
        `the ports ${ports}`,
        `calls: { rtp: { ports: "${ports}" } }`,
        [
          `calls.rtp.ports: found "${ports}", wanted ports such as 24000-24199, from 1024 up, with an even and an odd one at least, or off`,
        ],
      ] as const,
  ),
  [
    'no call at all',
    'calls: { limits: { calls: 0 } }',
    ['calls.limits.calls: found 0, wanted a whole number from 1 to 100000'],
  ],
  [
    'a service that nobody knows',
    'calls: { services: { eco: "*41" } }',
    ['calls.services.eco: found an unknown key, wanted echo (is that what was meant?)'],
  ],
  [
    'a service at no number',
    'calls: { services: { echo: "4 1" } }',
    ['calls.services.echo: found "4 1", wanted a number to dial, such as *41, or off'],
  ],
  [
    'two services at one number',
    'calls: { services: { tone: "*41", busy: "*44" } }',
    [
      'calls.services.tone: found "*41", wanted another: calls.services.echo has it',
      'calls.services.busy: found "*44", wanted another: calls.services.noAnswer has it',
    ],
  ],
  ...(
    [
      ['9@', '`@` stands for a national numbering plan, of which labcm has none'],
      ['?1', '`?` repeats the item before it, and there is none'],
      ['1[2', 'a class such as `[2-9]` needs its `]`, and digits within'],
      ['[9-2]', 'a class such as `[2-9]` needs its `]`, and digits within'],
      ['[^0-9]', 'a class such as `[2-9]` needs its `]`, and digits within'],
      ['5%', '`%` has no meaning'],
      ['.', 'it matches nothing'],
    ] as const
  ).map(
    ([match, why]) =>
      [
        `the pattern ${match}`,
        `calls: { translations: [{ match: "${match}", to: 5002 }] }`,
        [`calls.translations.0.match: found "${match}", wanted a pattern: ${why}`],
      ] as const,
  ),
  [
    'a translation to nothing',
    'calls: { translations: [{ match: 9XXX }] }',
    ['calls.translations.0.to: found nothing, wanted a number to dial: 1 to 24 digits, letters, or any of * # + . _ -'],
  ],
  [
    'too many translations',
    `calls: { translations: [${Array.from({ length: 1_001 }, () => '{ match: 9, to: 8 }').join(', ')}] }`,
    ['calls.translations: found a list of 1001, wanted at most 1000 items'],
  ],
  ...['*50', '*59-*50', '*50-*5', 'rooms'].map(
    (rooms) =>
      [
        `the rooms ${rooms}`,
        `calls: { conference: { rooms: "${rooms}" } }`,
        [`calls.conference.rooms: found "${rooms}", wanted a range of numbers of one length, such as *50-*59, or off`],
      ] as const,
  ),
  ...[2, 9].map(
    (parties) =>
      [
        `a conference of ${parties}`,
        `calls: { conference: { parties: ${parties} } }`,
        [`calls.conference.parties: found ${parties}, wanted a whole number from 3 to 8`],
      ] as const,
  ),
  ['calls that are a number', 'calls: 1', ['calls: found 1, wanted a mapping of keys to values']],
];

it.each(FAULTS)('%s is a fault', async (_, yaml, faults) => {
  expect(await faultsIn(yaml)).toEqual(faults.map((fault) => `${LINE}${fault}`));
});

describe('forwards and hunt lists', () => {
  it('are numbers as one would dial them', async () => {
    const { calls, devices } = await load(`
calls:
  hunts: [{ dn: 3000, mode: longest-idle, members: [5001, "5002"], ring: 20s }, { dn: 3001, members: [5001] }]
devices:
  - name: SEP000000000001
    model: CIPC
    lines: [{ dn: 5001, forward: { all: 5002, busy: off, noAnswer: "*47", after: 20s } }, 5002]
`);
    expect(calls.hunts).toEqual([
      { dn: '3000', mode: 'longest-idle', members: ['5001', '5002'], ring: seconds(20) },
      { dn: '3001', mode: 'first', members: ['5001'], ring: seconds(12) },
    ]);
    expect([...devices][0]?.lines.map(({ forward }) => forward)).toEqual([
      { all: '5002', noAnswer: '*47', after: seconds(20) },
      { after: seconds(12) },
    ]);
  });
});

describe('what is not served yet', () => {
  it.each(['announce: false', 'nat: true', 'g722: on', 'maxCallDuration: 1h'])('calls.%s', async (key) => {
    expect(await faultsIn(`calls: { ${key} }`)).toEqual([
      `${LINE}calls.${key.split(':')[0]}: found a key that is not served yet, wanted no such key`,
    ]);
  });

  it.each(['urgent: true'])('of a line: %s, in the file and in a file of devices', async (key) => {
    const name = key.split(':')[0];
    const device = `{ name: SEP1, model: CIPC, lines: [{ dn: "1", ${key} }] }`;
    const told = `lines.0.${name}: found a key that is not served yet, wanted no such key`;
    expect(await faultsIn(`devices: [${device}]`)).toEqual([`${LINE}devices.0.${told}`]);
    const [value = ''] = [key.slice(key.indexOf(':') + 1)];
    const json = `{"name":"SEP1","model":"CIPC","lines":[{"dn":"1","${name}":${value.includes('A') ? '"A"' : value}}]}`;
    expect(await faultsIn('devicesFile: ./phones.jsonl', { 'phones.jsonl': json })).toEqual([
      `phones.jsonl:1: ${told}`,
    ]);
  });

  it('on the command line', async () => {
    expect(await faultsIn('', {}, ['calls.nat=true'])).toEqual([
      '--set calls.nat=true: calls.nat: found a key that is not served yet, wanted no such key',
    ]);
  });
});

describe('a line that answers by itself', () => {
  it.each([
    ['true', 'speaker'],
    ['yes', 'speaker'],
    ['speaker', 'speaker'],
    ['headset', 'headset'],
    ['off', undefined],
    ['false', undefined],
  ])('autoAnswer: %s', async (written, meant) => {
    const { devices } = await load(
      `devices: [{ name: SEP1, model: CIPC, lines: [{ dn: "1", autoAnswer: ${written}, privacy: true }], speedDials: [{ number: "2", intercom: true }] }]`,
    );
    const [device] = [...devices.values()];
    expect(device?.lines[0]?.autoAnswer).toBe(meant);
    expect([device?.lines[0]?.privacy, device?.speedDials[0]?.intercom]).toEqual([true, true]);
  });

  it('autoAnswer: sometimes', async () => {
    expect(
      await faultsIn('devices: [{ name: SEP1, model: CIPC, lines: [{ dn: "1", autoAnswer: sometimes }] }]'),
    ).toEqual([`${LINE}devices.0.lines.0.autoAnswer: found "sometimes", wanted off, speaker or headset`]);
  });
});

describe('a number that is a line as well', () => {
  const lines = 'devices: [{ name: SEP1, model: CIPC, lines: ["112", "*41", "5002"] }]';

  it('is a warning: the line rings', async () => {
    expect(await warningsIn(`calls:\n  emergency: [110, 112]\n${lines}`)).toEqual([
      expect.stringContaining('*41, which is the service echo and a line of SEP1: the line rings'),
      expect.stringMatching(/^labcm\.yaml:2.*112, which is an emergency number and a line of SEP1: the line rings/),
    ]);
  });

  it('is a warning for a meeting room, too', async () => {
    const line = 'devices: [{ name: SEP1, model: CIPC, lines: ["*50"] }]';
    expect(await warningsIn(line)).toEqual([
      expect.stringContaining('*50, which is a meeting room and a line of SEP1: the line rings'),
    ]);
  });

  it('is none where calls or services are off', async () => {
    expect(await warningsIn(`calls: { enabled: false }\n${lines}`)).toEqual([]);
    expect(await warningsIn(`calls: { services: { enabled: false }, emergency: [] }\n${lines}`)).toEqual([]);
  });
});

describe('music', () => {
  const wav = (rate: number, samples: number): Buffer => {
    const bytes = Buffer.alloc(44 + samples * 2);
    bytes.write('RIFF', 0, 'latin1');
    bytes.writeUInt32LE(36 + samples * 2, 4);
    bytes.write('WAVEfmt ', 8, 'latin1');
    bytes.writeUInt32LE(16, 16);
    bytes.writeUInt16LE(1, 20);
    bytes.writeUInt16LE(1, 22);
    bytes.writeUInt32LE(rate, 24);
    bytes.writeUInt32LE(rate * 2, 28);
    bytes.writeUInt16LE(2, 32);
    bytes.writeUInt16LE(16, 34);
    bytes.write('data', 36, 'latin1');
    bytes.writeUInt32LE(samples * 2, 40);
    return bytes;
  };

  it('is a file beside the configuration', async () => {
    const folder = folderWith({ 'tune.wav': wav(8_000, 80) });
    const { music } = await load('calls: { music: tune.wav }', { 'tune.wav': wav(8_000, 80) });
    expect(music?.endsWith('/tune.wav')).toBe(true);
    expect(music?.startsWith(folder.slice(0, folder.lastIndexOf('/')))).toBe(true);
  });

  it.each([
    ['another rate', wav(44_100, 80), 'a file that has 44100 samples a second, wanted: 8000'],
    ['nothing in it', wav(8_000, 0), 'a file that has no sound in it'],
    ['text', Buffer.from('la la la'), 'a file that is no WAV file'],
  ])('of %s is refused', async (_, content, found) => {
    expect(await faultsIn('calls: { music: tune.wav }', { 'tune.wav': content })).toEqual([
      `${LINE}calls.music: found ${found}, wanted a WAV file of 8 kHz, mono, 16 bit`,
    ]);
  });

  it('that is not there is refused', async () => {
    expect(await faultsIn('calls: { music: tune.wav }')).toEqual([
      expect.stringMatching(/^labcm\.yaml:1: calls\.music: found .*, wanted a WAV file of 8 kHz, mono, 16 bit$/),
    ]);
  });
});

const PBX = '{ name: PBX, address: 10.0.0.2 }';

describe('trunks', () => {
  it('have what the specification says, and the defaults', async () => {
    const { calls } = await load(`
calls:
  trunks:
    - { name: PBX, address: 10.0.0.2 }
    - name: SITE_B_WITH_A_LONG_NAME
      address: 203.0.113.9
      public: true
      port: 5080
      transport: tcp
      sources: [203.0.113.9, 203.0.113.10]
      digest: { user: lab, password: secret }
      register: { user: 200, expires: 10m }
      earlyOffer: true
      codecs: [PCMA]
  patterns:
    - { match: 9.XXXX, trunk: PBX, discard: predot, prefix: 00, mask: XXXX, callerMask: 55XXXX, urgent: true }
    - { match: "!", trunk: PBX, open: true }
  limits: { trunkCalls: 30 }
`);
    const nothing = { digest: undefined, register: undefined, codecs: undefined };
    expect(calls.trunks).toEqual([
      {
        ...nothing,
        ...{ name: 'PBX', address: '10.0.0.2', port: 5060, transport: 'udp', sources: ['10.0.0.2'], earlyOffer: false },
      },
      {
        ...{ name: 'SITE_B_WITH_A_LONG_NAME', address: '203.0.113.9', port: 5080, transport: 'tcp' },
        sources: ['203.0.113.9', '203.0.113.10'],
        digest: { user: 'lab', password: 'secret', challenge: true },
        register: { user: '200', expires: minutes(10) },
        ...{ earlyOffer: true, codecs: ['PCMA'] },
      },
    ]);
    expect(calls.patterns).toEqual([
      {
        ...{ match: '9.XXXX', trunk: 'PBX', discard: 'predot', prefix: '00', mask: 'XXXX', callerMask: '55XXXX' },
        urgent: true,
      },
      { match: '!', trunk: 'PBX', discard: 'none', prefix: '', mask: '', callerMask: '', urgent: false },
    ]);
    expect(calls.limits.trunkCalls).toBe(30);
  });

  it.each([
    [
      'trunks: [{ name: PBX, address: 203.0.113.9 }]',
      'calls.trunks.0.address: found 203.0.113.9, wanted a private or loopback address, or `public: true` for this trunk',
    ],
    [
      'trunks: [{ name: PBX, address: 10.0.0.2, sources: [10.0.0.2, 8.8.8.8] }]',
      'calls.trunks.0.sources.1: found 8.8.8.8, wanted a private or loopback address, or `public: true` for this trunk',
    ],
    [
      `trunks: [${PBX}, { name: pbx, address: 10.0.0.3 }]`,
      'calls.trunks.1.name: found "pbx", wanted a name that no other trunk has',
    ],
    [
      'trunks: [{ name: PBX, address: 10.0.0.2, register: { user: lab } }]',
      'calls.trunks.0.digest: found nothing, wanted the user and password of the registration',
    ],
    [
      `trunks: [${PBX}], patterns: [{ match: "9!", trunk: OTHER }]`,
      'calls.patterns.0.trunk: found "OTHER", wanted one of the trunks: PBX',
    ],
    [
      'patterns: [{ match: "9!", trunk: OTHER }]',
      'calls.patterns.0.trunk: found "OTHER", wanted a trunk: there is none',
    ],
    [
      `trunks: [${PBX}], patterns: [{ match: "9@", trunk: PBX }]`,
      'calls.patterns.0.match: found "9@", wanted a pattern: `@` stands for a national numbering plan, of which labcm has none',
    ],
    ...['XXXX', '!', '[2-9]XX'].map((match) => [
      `trunks: [${PBX}], patterns: [{ match: "${match}", trunk: PBX }]`,
      `calls.patterns.0.match: found "${match}", wanted a pattern that begins with a digit, or \`open: true\`: this one takes nearly every number`,
    ]),
    [
      `trunks: [${PBX}], patterns: [{ match: 9XXX, trunk: PBX, discard: predot }]`,
      'calls.patterns.0.discard: found predot, wanted a `.` in "9XXX", before which digits are dropped',
    ],
  ])('%s is a fault', async (written, fault) => {
    expect(await faultsIn(`calls: { ${written} }`)).toEqual([`${LINE}${fault}`]);
  });

  it.each([
    [
      'sip: { enabled: false }',
      'calls.trunks.0.transport: found udp while sip.enabled is false, wanted SIP served, or no trunk',
    ],
    ['sip: { udp: off }', 'calls.trunks.0.transport: found udp while sip.udp is off, wanted tcp, or a sip.udp'],
    [
      'nodes: [{ name: CM1, address: 10.0.0.2 }]',
      'calls.trunks.0.address: found 10.0.0.2:5060, wanted another PBX: labcm itself is there',
    ],
    ['devices: [{ name: PBX, model: 7962 }]', 'calls.trunks.0.name: found "PBX", wanted a name that no device has'],
  ])('with %s one is a fault', async (written, fault) => {
    expect(await faultsIn(`calls: { trunks: [${PBX}] }\n${written}\n`)).toEqual([`${LINE}${fault}`]);
  });
});
