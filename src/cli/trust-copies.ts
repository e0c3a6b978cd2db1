// `labcm trust export` and `labcm trust import`: a copy of the cluster's keys, sealed with a passphrase.

import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ProtocolError } from '../core/errors.js';
import { readConfig } from '../daemon/read-config.js';
import { hasKeys, trustFilesIn, writeTrustFiles } from '../daemon/trust-copy.js';
import { trustDirectory } from '../daemon/trust-directory.js';
import { LEAST_PASSPHRASE, openSealedFiles, sealFiles } from '../security/sealed-files.js';
import type { ChosenConfiguration } from './configuration.js';
import { type CliEnvironment, print } from './environment.js';
import { CommandFailure, OptionFailure } from './failure.js';

/** What was asked for. */
export interface CarryArguments {
  readonly action: 'export' | 'import';
  readonly files: readonly string[];
  readonly passphraseFile: string | undefined;
}

/** Writes the keys to a sealed file, or takes them from one. Throws a `CommandFailure`. */
export const carryKeys = async (
  environment: CliEnvironment,
  chosen: ChosenConfiguration,
  { action, files, passphraseFile }: CarryArguments,
): Promise<void> => {
  const [file] = files;
  if (file === undefined || files.length > 1) throw new OptionFailure('FILE', files.join(' ') || 'nothing', 'one file');
  const passphrase = await passphraseIn(environment, passphraseFile);
  const config = await readConfig(chosen.file, chosen.overrides);
  const directory = trustDirectory(config);
  if (action === 'export') {
    const contents = trustFilesIn(directory);
    if (contents.size === 0)
      throw new CommandFailure(directory, 'no keys', 'a daemon that was started with security.itl');
    const copy = environment.createPrivateFile(resolve(environment.directory, file));
    copy.write(Buffer.from(sealFiles(contents, passphrase)));
    copy.close();
    print(
      environment,
      `${file}: ${contents.size} files of ${directory}, sealed; keep it elsewhere, and the passphrase too`,
    );
    return;
  }
  if (hasKeys(directory))
    throw new CommandFailure(directory, 'keys, which phones may know', 'a directory without any', 'move it away first');
  const count = writeTrustFiles(directory, await openedCopy(environment, file, passphrase));
  print(environment, `${directory}: ${count} files; they are in force at the next start of labcm`);
};

const passphraseIn = async (environment: CliEnvironment, file: string | undefined): Promise<string> => {
  if (file === undefined) throw new OptionFailure('--passphrase-file', 'nothing', 'a file with the passphrase');
  const [passphrase = ''] = (await textIn(environment, file, '--passphrase-file')).split(/\r?\n/);
  if (passphrase.length < LEAST_PASSPHRASE)
    throw new OptionFailure(
      '--passphrase-file',
      `a first line of ${passphrase.length} characters`,
      `at least ${LEAST_PASSPHRASE}`,
    );
  return passphrase;
};

const openedCopy = async (environment: CliEnvironment, file: string, passphrase: string) => {
  const text = await textIn(environment, file, 'FILE');
  try {
    return openSealedFiles(text, passphrase);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new CommandFailure(file, error.message, 'a file of `labcm trust export`, and its passphrase');
  }
};

const textIn = async ({ directory }: CliEnvironment, file: string, option: string): Promise<string> => {
  try {
    return await readFile(resolve(directory, file), 'utf8');
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException;
    throw new OptionFailure(option, `${file}, which cannot be read (${code})`, 'a file');
  }
};
