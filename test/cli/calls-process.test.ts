// `labcm calls` and `labcm dial` as processes, against a daemon whose phones call each other.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CallingSccpPhone } from '../support/calling-phones.js';
import { TestDaemon } from '../support/daemon.js';
import { ProgramProcess, program } from '../support/program.js';

const SOON = 30_000;

const PHONES = `
calls:
  translations: [{ match: "0XXX", to: "5001" }]
  trunks:
    - { name: HERE, address: 127.0.0.1, port: 9, transport: tcp }
    - { name: THERE, address: 127.0.0.1, port: 9, transport: tcp, digest: { user: a, password: b }, register: { user: a } }
  patterns:
    - { match: 9.2XXX, trunk: HERE, discard: predot }
    - { match: 9.2XXX, trunk: THERE, prefix: "4" }
    - { match: 9.!, trunk: HERE, discard: predot }
devices:
  - { name: SEP000000000001, model: CIPC, protocol: SCCP, lines: [5001] }
  - { name: SEP000000000002, model: CIPC, protocol: SCCP, lines: [5002] }
`;

/** Without times and numbers of calls. */
const plain = (text: string): string =>
  text
    .replace(/\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\b/g, 'TIME')
    .replace(/^(call )?\d+\b/gm, '$1N')
    .replace(/ +$/gm, '');

describe('calls, by the command line', { timeout: SOON }, () => {
  const daemon = new TestDaemon();
  let following: ProgramProcess | undefined;
  let a: CallingSccpPhone;
  let b: CallingSccpPhone;

  beforeAll(async () => {
    daemon.configure(PHONES);
    await daemon.start();
    const { port } = daemon.endpoint('SCCP');
    a = await CallingSccpPhone.register(port, 'SEP000000000001', 20_000);
    b = await CallingSccpPhone.register(port, 'SEP000000000002', 20_002);
  });
  afterEach(() => following?.kill());
  afterAll(async () => {
    await Promise.all([a.close(), b.close()]);
    await daemon.remove();
  });

  const labcm = (...words: string[]) => program([...words, '--api', daemon.url('')], { directory: daemon.folder });

  it('are none at first', async () => {
    expect(await labcm('calls')).toMatchObject({ code: 0, err: '0 calls\n' });
    expect(JSON.parse((await labcm('calls', '--json')).out)).toEqual({ total: 0, calls: [] });
  });

  it('are followed from the first digit to the end, as lines and as JSON', async () => {
    following = new ProgramProcess(['calls', '--follow', '--api', daemon.url('')], { directory: daemon.folder });
    const json = new ProgramProcess(['calls', 'SEP000000000002', '-f', '--json', '--api', daemon.url('')], {
      directory: daemon.folder,
    });
    a.call('5002');
    await b.reaches(4);
    await following.waitForText('ring-out, ring-in');
    await json.waitForText('"ring-in"');
    b.lift();
    await a.hears('StartMediaTransmissionMessage');
    await following.waitForText('connected, connected, G722');
    await json.waitForText('"codec":"G722"');
    const table = await labcm('calls');
    expect([table.code, table.err, plain(table.out)]).toEqual([
      0,
      '1 call\n',
      expect.stringMatching(
        /^CALL +CALLER +STATE +DIALLED +CALLED +STATE +CODEC +SINCE\nN +SEP000000000001 +connected +5002 +SEP000000000002 +connected +G722 +\S/,
      ),
    ]);
    expect((await labcm('calls', 'SEP000000000002')).err).toBe('1 call\n');
    expect(JSON.parse((await labcm('calls', '--json')).out)).toMatchObject({
      total: 1,
      calls: [{ dialled: '5002', codec: 'G722', legs: [{ role: 'caller' }, { role: 'called' }] }],
    });
    a.hangUp();
    await following.waitForText('- ended');
    await json.waitForText('"ended":true');
    json.signal('SIGINT');
    following.signal('SIGTERM');
    expect([(await json.ended).code, (await following.ended).code]).toEqual([0, 0]);
    expect(plain(following.out).split('\n')).toEqual(
      expect.arrayContaining([
        'call N: SEP000000000001 (5001) to 5002 at SEP000000000002: ring-out, ring-in',
        'call N: SEP000000000001 (5001) to 5002 at SEP000000000002: connected, connected, G722',
        'call N: SEP000000000001 (5001) to 5002 at SEP000000000002: connected, connected, G722 - ended',
      ]),
    );
    const lines = json.out.trim().split('\n');
    expect(lines.map((line) => Object.keys(JSON.parse(line))).at(-1)).toEqual(['id', 'ended']);
  });

  it('of a device that nobody has are a failure', async () => {
    const { code, err } = await labcm('calls', 'NOBODY');
    expect([code, err]).toEqual([1, expect.stringContaining('no device of that name')]);
  });

  it.each([
    [
      0,
      ['5002'],
      '5002 is the line 5002: SEP000000000002 would ring.\n  5002 is a directory number\n  SEP000000000002 rings\n',
    ],
    [
      0,
      ['5002', '--from', '00:00:00:00:00:02'],
      '5002 is the line 5002, and no phone of it would ring: SEP000000000002 is the caller itself.\n  5002 is a directory number\n  SEP000000000002 is the caller itself\n',
    ],
    [
      0,
      ['0123'],
      '0123 is the line 5001: SEP000000000001 would ring.\n  0XXX is a translation: 5001 is dialled\n  5001 is a directory number\n  SEP000000000001 rings\n',
    ],
    [0, ['*41'], '*41 is the service echo.\n  *41 is a service number\n'],
    [
      0,
      ['911'],
      '911 is an emergency number: labcm answers it itself, and no call leaves this machine.\n  911 is an emergency number\n',
    ],
    [
      0,
      ['92000'],
      '92000 leaves by the trunk HERE as 2000, or, if that is down or full, by the trunk THERE as 492000. A longer number begins so, too: labcm waits for the next digit first.\n  9.2XXX is a pattern: 2000 is sent to the trunk HERE\n',
    ],
    [
      0,
      ['9112'],
      '9112 is an emergency number: labcm answers it itself, and no call leaves this machine.\n  9.! is a pattern: 112 would be sent to the trunk HERE\n  112 is an emergency number\n',
    ],
    [
      0,
      ['*735001'],
      '*735001 forwards all calls of the caller’s line to 5001.\n  *73 is the code that forwards all calls of the caller’s line: to 5001\n  5001 is a directory number\n',
    ],
    [0, ['*60'], '*60 is the number of a parked call.\n  *60 is a number of parked calls\n'],
    [
      0,
      ['91125'],
      '91125 leaves by the trunk HERE as 1125. A longer number begins so, too: labcm waits for the next digit first. Dialled digit by digit, it ends at 911, which is an emergency number: labcm answers it itself, and no call leaves this machine.\n  9.! is a pattern: 1125 is sent to the trunk HERE\n',
    ],
    [1, ['50'], '50 is the beginning of a number: labcm waits for more digits\n'],
    [1, ['77'], '77 leads nowhere: the caller hears reorder tone (cause 1)\n'],
  ])('exit %d: labcm dial %j', async (code, words, out) => {
    expect(await labcm('dial', ...words)).toMatchObject({ code, out, err: '' });
  });

  it.each([
    ['', '""'],
    ['5 002', '"5 002"'],
    ['5'.repeat(65), `"${'5'.repeat(65)}"`],
  ])('exit 2: labcm dial %j', async (number, found) => {
    expect(await labcm('dial', number)).toMatchObject({
      code: 2,
      out: '',
      err: `labcm: number: found ${found}, wanted 1 to 64 of digits, letters, *, # and +\n`,
    });
  });

  it('are refused by a trunk that is down, which labcm status and the API say, with why', async () => {
    const { out } = await labcm('status');
    const why = 'is down: 127.0.0.1:9 by TCP takes no connection (ECONNREFUSED): look whether the PBX listens there';
    expect(plain(out)).toContain(`trunk HERE ${why} (since TIME)\ntrunk THERE ${why} (since TIME)\n`);
    const { trunks } = (await (await fetch(daemon.url('/api/trunks'))).json()) as { trunks: readonly object[] };
    expect(trunks).toMatchObject([
      { name: 'HERE', address: '127.0.0.1', port: 9, transport: 'tcp', state: 'down', calls: 0, registration: null },
      { name: 'THERE', text: why, registration: { user: 'a', registered: false } },
    ]);
    const metrics = await (await fetch(daemon.url('/metrics'))).text();
    expect(metrics.match(/^labcm_trunk_.*/gm)).toEqual([
      'labcm_trunk_up{trunk="HERE"} 0',
      'labcm_trunk_up{trunk="THERE"} 0',
      'labcm_trunk_calls{trunk="HERE"} 0',
      'labcm_trunk_calls{trunk="THERE"} 0',
    ]);
  });

  it('gives what the API gives, as JSON', async () => {
    const { code, out } = await labcm('dial', '+77', '--json');
    expect([code, JSON.parse(out)]).toEqual([
      1,
      {
        dialled: '+77',
        result: 'none',
        text: '+77 leads nowhere: the caller hears reorder tone (cause 1)',
        number: null,
        canGrow: false,
        steps: [],
        phones: [],
      },
    ]);
  });

  it('switches the message lamp of a line, and says how it is', async () => {
    expect(await labcm('mwi', '5001', 'on', '--new', '2', '--old', '1')).toMatchObject({
      code: 0,
      out: '5001: messages wait (2 new, 1 old)\n',
      err: '',
    });
    expect(JSON.parse((await labcm('mwi', '5001', '--json')).out)).toEqual({
      dn: '5001',
      waiting: true,
      new: 2,
      old: 1,
    });
    expect((await labcm('timeline', 'SEP000000000001')).out).toContain('has messages for 5001: 2 new, 1 old');
    expect((await labcm('mwi', '5001', 'off')).out).toBe('5001: no messages wait (0 new, 0 old)\n');
    expect((await labcm('mwi', '5001')).out).toBe('5001: no messages wait (0 new, 0 old)\n');
  });

  it.each([
    [['mwi', '77', 'on'], 1],
    [['mwi', '5001', '--new', '2'], 2],
    [['mwi'], 2],
    [['dial'], 2],
    [['dial', '5 0'], 2],
    [['dial', '5001', '--from', 'NOBODY'], 1],
    [['calls', '--nonsense'], 2],
  ] as const)('refuses %j', async (words, code) => {
    const ended = await labcm(...words);
    expect([ended.code, /^ {4}at /m.test(ended.err)]).toEqual([code, false]);
    expect(ended.err).not.toBe('');
  });
});
