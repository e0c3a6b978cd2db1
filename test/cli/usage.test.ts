// How labcm speaks with who types it: help, mistakes, exit codes.

import { describe, expect, it } from 'vitest';
import { FAULTS } from '../../src/phone/index.js';
import { labcm } from './harness.js';

const COMMANDS = [
  'run',
  'init',
  'check',
  'status',
  'leases',
  'reset',
  'restart',
  'apply',
  'forward',
  'dnd',
  'phone',
  'wait',
  'assert',
  'decode',
  'record',
  'replay',
  'diff',
  'messages',
  'snippet',
  'why',
  'timeline',
];

/** Those with options of their own. */
const ALL = [...COMMANDS, 'init', 'schema'];

describe('help', () => {
  it('lists every command on stdout', async () => {
    const { code, out, err } = await labcm(['--help']);
    expect([code, err]).toEqual([0, '']);
    for (const command of COMMANDS) expect(out).toMatch(new RegExp(`^  labcm ${command}\\b`, 'm'));
  });

  it.each(COMMANDS)('of %s has an example', async (command) => {
    const { code, out, err } = await labcm([command, '--help']);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(new RegExp(`Examples:\\n.*labcm ${command}`));
  });

  it('comes by -h as well, of everything and of one command', async () => {
    expect((await labcm(['-h'])).out).toBe((await labcm(['--help'])).out);
    expect((await labcm(['status', '-h'])).out).toBe((await labcm(['status', '--help'])).out);
  });

  it('has a word for each fault of a phone', async () => {
    const { out } = await labcm(['phone', '--help']);
    for (const name of Object.keys(FAULTS)) expect(out).toMatch(new RegExp(`^  ${name} `, 'm'));
    for (const { does } of Object.values(FAULTS)) expect(out.replace(/\s+/g, ' ')).toContain(does.replace(/\s+/g, ' '));
  });

  it('knows its version', async () => {
    for (const word of ['--version', '-v']) expect(await labcm([word])).toMatchObject({ code: 0, out: '1.2.3\n' });
  });
});

describe('a mistake in the words', () => {
  it.each([
    ['no command', [], 'labcm: which command?; see labcm --help\n'],
    ['a command misspelt', ['chek'], 'labcm: Did you mean check?; see labcm --help\n'],
    ['an option that nobody knows', ['run', '--bogus'], 'labcm: Unknown argument: bogus; see labcm run --help\n'],
    ['a word too many', ['status', 'A', 'B'], 'labcm: Unknown argument: B; see labcm status --help\n'],
    [
      'a device left out',
      ['reset'],
      'labcm: Not enough non-option arguments: got 0, need at least 1; see labcm reset --help\n',
    ],
    ['an option without its value', ['run', '-c'], 'labcm: Not enough arguments following: c; see labcm run --help\n'],
  ])('%s: exit 2, said on stderr alone', async (_, words, said) => {
    expect(await labcm(words)).toMatchObject({ code: 2, out: '', err: said });
  });

  it('in a value says what was found and wanted', async () => {
    const { code, out, err } = await labcm(['decode', 'sccp', '--version', 'new']);
    expect([code === 0, out]).toEqual([false, '']);
    expect(err).toContain('--version: found "new", wanted a protocol version such as 17');
    expect(err).not.toMatch(/^\s+at /m);
  });

  it('in the protocol says which there are', async () => {
    const { code, err } = await labcm(['decode', 'h323']);
    expect(code).toBe(2);
    expect(err).toContain('"sccp"');
  });
});

describe('an option', () => {
  /** Of every command, from its help: each option by its long name, and the kind that the help shows. */
  const optionsOf = async (command: string): Promise<readonly { readonly name: string; readonly kind: string }[]> =>
    [
      ...((await labcm([command, '--help'])).out
        .split('Options:')[1]
        ?.split('Examples:')[0]
        ?.replaceAll(/\n {20,}/g, ' ')
        .matchAll(/^ +(?:-\w, )?--([\w-]+) .*?(\[(?:array|string|number|boolean|choices).*)$/gm) ?? []),
    ].map(([, name = '', kind = '']) => ({ name, kind }));
  /** So that the command gets as far as its options. */
  const needs = (command: string): readonly string[] =>
    ({
      decode: ['sip'],
      assert: ['file'],
      messages: [],
      forward: ['5001', '5003'],
      dnd: ['ipctest2', 'on'],
      replay: ['file'],
      diff: ['file', 'file'],
    })[command] ?? (['record', 'wait', 'timeline', 'reset', 'restart', 'apply'].includes(command) ? ['ipctest2'] : []);

  it.each(ALL)('of %s that is given twice is told, unless it may repeat', async (command) => {
    const options = await optionsOf(command);
    expect(options.length).toBeGreaterThan(command === 'phone' ? 20 : 0);
    for (const { name, kind } of options) {
      if (/^\[(?:boolean|array)/.test(kind)) continue;
      const see = `; see labcm ${command} --help\n`;
      expect(await labcm([command, ...needs(command), `--${name}`, '1', `--${name}`, '2'])).toMatchObject({
        code: 2,
        out: '',
        err: `labcm: --${name} is given twice${see}`,
      });
      expect(await labcm([command, ...needs(command), `--no-${name}`])).toMatchObject({
        code: 2,
        out: '',
        err: `labcm: --no-${name}: --${name} takes a value and cannot be switched off${see}`,
      });
      expect(await labcm([command, ...needs(command), `--${name}.x`, '1'])).toMatchObject({ code: 2, out: '' });
    }
  });

  it('is told by its long name, and how often it was given', async () => {
    expect((await labcm(['run', '-c', 'a', '-c', 'b', '--config', 'c'])).err).toBe(
      'labcm: --config is given 3 times; see labcm run --help\n',
    );
  });

  it('that may repeat adds up', async () => {
    const { code, err } = await labcm(['check', '-c', '/nowhere.yaml', '--set', 'a=1', '--set', 'b=2']);
    expect(code).toBe(2);
    expect(err).not.toContain('given');
  });
});
