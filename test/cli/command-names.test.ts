import { expect, it } from 'vitest';
import { COMMAND_NAMES, commandsFor } from '../../src/cli/commands/index.js';
import type { CliEnvironment } from '../../src/cli/environment.js';

const parts = { environment: {} as CliEnvironment, exit: () => {}, version: '0' };

/** As yargs is told: a command with its arguments, or several words for one. */
const namesOf = async (word?: string): Promise<readonly string[]> =>
  (await commandsFor(word, parts)).map(({ command }) => String(command).split(' ')[0] ?? '');

it('lists each command once, by the name that it declares', async () => {
  expect(await namesOf()).toEqual(COMMAND_NAMES);
  expect(new Set(COMMAND_NAMES).size).toBe(COMMAND_NAMES.length);
});

it('loads what the first word is about, and all where it is no command', async () => {
  for (const name of COMMAND_NAMES) expect(await namesOf(name)).toContain(name);
  expect(await namesOf('status')).toEqual(['status']);
  expect(await namesOf('statsu')).toEqual(COMMAND_NAMES);
});
