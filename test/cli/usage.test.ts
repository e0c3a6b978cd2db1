// How labcm speaks with who types it: help, mistakes, exit codes.

import { describe, expect, it } from 'vitest';
import { labcm } from './support.js';

const COMMANDS = [
  'run',
  'check',
  'status',
  'leases',
  'reset',
  'restart',
  'apply',
  'phone',
  'wait',
  'assert',
  'decode',
  'messages',
];

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

  it('knows its version', async () => {
    expect(await labcm(['--version'])).toMatchObject({ code: 0, out: '1.2.3\n' });
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
