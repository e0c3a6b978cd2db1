// `labcm trust list` and `labcm trust roll`: the list of this cluster, who has taken it, and the way to new keys.

import { dateOf, wallTime } from '../core/time.js';
import { ROLLED_ROLES, type RolledRole, type RollState } from '../daemon/key-rolls.js';
import { readConfig } from '../daemon/read-config.js';
import { isSelfMade, readTrustStatus, rollKey, type TrustStatus } from '../daemon/trust-status.js';
import { systemClock } from '../net/system-clock.js';
import type { ChosenConfiguration } from './configuration.js';
import { type CliEnvironment, print } from './environment.js';
import { CommandFailure, OptionFailure } from './failure.js';

const MOST_NAMED = 20;

const named = (devices: readonly string[]): string =>
  `${devices.slice(0, MOST_NAMED).join(', ')}${devices.length > MOST_NAMED ? `, and ${devices.length - MOST_NAMED} more` : ''}`;

const statusIn = async ({ file, overrides }: ChosenConfiguration) => {
  const config = await readConfig(file, overrides);
  const status = readTrustStatus(config);
  if (status === undefined)
    throw new CommandFailure(
      config.state.directory,
      'no trust list: none was ever served',
      'security.itl: on, and a daemon that was started with it',
    );
  return { config, status };
};

const ROLLS: Readonly<Record<Exclude<RollState, 'one'>, string>> = {
  'next-named': 'a next key is named in the list; the next step takes it into use',
  'old-named': 'a new key is in use, the old one still named; the next step drops it',
};

/** Prints the list that was served last, and which phones have it. */
export const printTrustList = async (
  environment: CliEnvironment,
  chosen: ChosenConfiguration,
  isJson: boolean,
): Promise<void> => {
  const { status } = await statusIn(chosen);
  const { fingerprint, timestamp, signer, functions, isRollback, holders, rolls } = status;
  const changed = dateOf(wallTime(timestamp * 1000)).toISOString();
  if (isJson) {
    const json = { sha1: fingerprint, changed, signer, functions, rollback: isRollback, phones: holders, rolls };
    print(environment, JSON.stringify(json, undefined, 2));
    return;
  }
  const having = (has: TrustStatus['holders'][number]['has']): readonly string[] =>
    holders.flatMap((holder) => (holder.has === has ? [holder.device] : []));
  print(environment, `ITLFile.tlv${isRollback ? ', the empty one that sets phones free' : ''}, changed ${changed}`);
  print(environment, `SHA-1:   ${fingerprint}`);
  print(environment, `signer:  ${signer}`);
  print(environment, `records: ${functions.join(', ')}`);
  print(environment, `${having('present').length} of ${holders.length} phones have taken it`);
  if (having('older').length > 0) print(environment, `an older list have: ${named(having('older'))}`);
  if (having('none').length > 0) print(environment, `none have: ${named(having('none'))}`);
  for (const role of ROLLED_ROLES) {
    const state = rolls[role];
    if (state !== 'one') print(environment, `${role}: ${ROLLS[state]}`);
  }
};

/** What was asked for. */
export interface RollArguments {
  readonly roles: readonly string[];
  readonly isForced: boolean;
}

const DONE: Readonly<Record<RollState, (role: string) => string>> = {
  'next-named': (role) =>
    `a next key for ${role} was made: restart labcm, reset the phones, and wait until \`labcm trust list\` has all of them; then roll again`,
  'old-named': (role) =>
    `the new key of ${role} is in use from the next start on, and the old one still named: restart labcm and reset the phones. Much later roll again, to drop it`,
  one: (role) => `the old key of ${role} is dropped: restart labcm and reset the phones`,
};

/** Takes the next step to a new key. Throws a `CommandFailure` that says why it cannot. */
export const rollTrustKey = async (
  environment: CliEnvironment,
  chosen: ChosenConfiguration,
  { roles, isForced }: RollArguments,
): Promise<void> => {
  const [role] = roles;
  const isRole = (text: string | undefined): text is RolledRole => ROLLED_ROLES.some((one) => one === text);
  if (!isRole(role) || roles.length !== 1)
    throw new OptionFailure('ROLE', roles.join(' ') || 'nothing', `one of ${ROLLED_ROLES.join(', ')}`);
  const { config, status } = await statusIn(chosen);
  if (!isSelfMade(config, role))
    throw new CommandFailure(`security.certificates.${role}`, 'a key of your own', 'one that labcm made');
  const now = systemClock.wallTime(systemClock.now());
  const outcome = rollKey(config, status, { role, now, isForced });
  if ('state' in outcome) {
    print(environment, DONE[outcome.state](role));
    return;
  }
  throw outcome.why === 'other-role'
    ? new CommandFailure(
        outcome.role,
        'a key that is being changed',
        'one change at a time',
        `finish that one first: labcm trust roll ${outcome.role}`,
      )
    : new CommandFailure(
        `${outcome.devices.length} phones`,
        `that they have not taken the present list: ${named(outcome.devices)}`,
        'all of them: one that misses this step is lost until its list is erased by hand',
        'reset them, or give --force',
      );
};
