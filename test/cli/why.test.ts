// `labcm why` against answers of the API's shape: what is printed, and the exit code.

import { describe, expect, it } from 'vitest';
import { CAUSES, HARMLESS } from '../../src/explain/index.js';
import { labcm } from './harness.js';

const FINDING = {
  code: 'register.wrong-model',
  severity: 'blocking',
  confidence: 'certain',
  since: '2011-01-14T16:17:11.806Z',
  sentence: 'It says that it is a Cisco 7941 (115); it is configured as a Cisco 7962 (404).',
  values: { given: 'Cisco 7941 (115)' },
  evidence: [{ at: '2011-01-14T16:17:11.806Z', type: 'device.rejected', text: 'was rejected\u001b[2J over SCCP' }],
  remedy: [
    { do: 'config', text: 'model: 7941', file: 'lab.yaml', line: 31 },
    { do: 'signal', text: 'kill -HUP 4711' },
    { do: 'config', text: 'devices:\n  - name: SEP1', file: 'lab.yaml' },
  ],
};

const about = (changes: object) => ({
  body: {
    device: 'SEP001122334455',
    configured: true,
    registered: false,
    boot: { began: null, stage: 'register', furthest: 'register' },
    waitsFor: 'its next attempt to register',
    usualTime: null,
    verdict: FINDING,
    alike: 0,
    others: [],
    harmless: [],
    ...changes,
  },
});

const why = (changes: object, ...args: readonly string[]) =>
  labcm(['why', 'SEP001122334455', ...args], { api: () => about(changes) });

describe('of a phone with a verdict', () => {
  it('is the sentence first, then what it rests on, then what to do; exit 1', async () => {
    const { code, out, err } = await why({});
    expect([code, err]).toEqual([1, '']);
    expect(out.split('\n')).toEqual([
      'SEP001122334455:',
      FINDING.sentence,
      expect.stringMatching(/^ {2}2011-01-14 \d\d:17:11 {2}was rejected.*over SCCP$/),
      '  write  lab.yaml:31  model: 7941',
      '  then   kill -HUP 4711',
      '  write  lab.yaml',
      '      devices:',
      '        - name: SEP1',
      expect.stringMatching(/^ {2}register\.wrong-model, certain, since 2011-01-14 /),
      '',
    ]);
    expect(out).not.toContain('\u001b');
  });

  it('names what it could also be, what is harmless, and how many others have the same', async () => {
    const other = { ...FINDING, sentence: 'It has no router.' };
    const harmless = [{ code: 'harmless.trust-lists', count: 3, sentence: 'Phones ask for trust lists.' }];
    const { out } = await why({ others: [other], harmless, alike: 37 });
    expect(out).toContain('\n37 other devices have the same\n');
    expect(out).toContain('\nit could also be: It has no router.\n');
    expect(out).toContain('\nharmless (3): Phones ask for trust lists.\n');
  });

  it('is an exit of 0 where it only asks for attention', async () => {
    expect((await why({ registered: true, verdict: { ...FINDING, severity: 'attention' } })).code).toBe(0);
  });

  it('is the answer of the API for a machine, and no more', async () => {
    const { out, err } = await why({}, '--json');
    expect(JSON.parse(out)).toEqual(about({}).body);
    expect(err).toBe('');
  });
});

describe('of a phone without a verdict', () => {
  it('that is registered: exit 0', async () => {
    const { code, out } = await why({ registered: true, verdict: null, waitsFor: null });
    expect([code, out]).toEqual([0, 'SEP001122334455: nothing is wrong, it is registered\n']);
  });

  it('that is still within its time: what it waits for and how long that takes; exit 3', async () => {
    const { code, out } = await why({ verdict: null, usualTime: 30_000 });
    expect(code).toBe(3);
    expect(out).toBe(
      'SEP001122334455: nothing is wrong so far; it waits for its next attempt to register, which usually comes within 30 s\n',
    );
  });

  it('of which nobody has heard: exit 2', async () => {
    const { code, out, err } = await labcm(['why', 'SEP9'], {
      api: () => ({ status: 404, body: { error: { code: 'unknown-device', message: 'no device is called SEP9' } } }),
    });
    expect([code, out]).toEqual([2, '']);
    expect(err).toBe('SEP9: nothing was heard of it, and no device is called so\n');
  });
});

describe('of no phone', () => {
  const groups = [
    { code: 'register.wrong-model', severity: 'blocking', count: 5, since: FINDING.since, sentence: '5 phones …' },
  ];

  it('is what is wrong with any, and exit 1', async () => {
    const { code, out, err } = await labcm(['why'], { api: () => ({ body: { groups } }) });
    expect(code).toBe(1);
    expect(out).toMatch(/^PHONES +CODE +SINCE +WHY\n5 +register\.wrong-model +2011-01-14 .* +5 phones …\n$/);
    expect(err).toBe('`labcm why DEVICE` says what to do\n');
  });

  it('is exit 0 where nothing is', async () => {
    const { code, out, err } = await labcm(['why'], { api: () => ({ body: { groups: [] } }) });
    expect([code, out, err]).toEqual([0, '', 'nothing is wrong\n']);
  });
});

it('lists every cause that labcm knows', async () => {
  const { code, out } = await labcm(['why', '--list', '--json']);
  expect(code).toBe(0);
  const codes = out
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { code: string }).code);
  expect(codes).toEqual([...CAUSES, ...HARMLESS].map(({ code: known }) => known));
  expect((await labcm(['why', '--list'])).out.split('\n').length).toBe(codes.length + 2);
});
