import { createPrivateKey, type KeyObject } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Argv, CommandModule } from 'yargs';
import { ProtocolError } from '../../core/errors.js';
import { systemClock } from '../../net/system-clock.js';
import type { JudgedBy } from '../../security/judge.js';
import { type ConfigArguments, chosenConfiguration, configOptions } from '../configuration.js';
import { type CliEnvironment, EXIT, type ExitCode, print } from '../environment.js';
import { OptionFailure } from '../failure.js';

interface TrustArguments extends ConfigArguments {
  readonly action?: string | undefined;
  readonly files?: readonly string[] | undefined;
  readonly against?: readonly string[] | undefined;
  readonly name?: string | undefined;
  readonly key?: string | undefined;
  readonly force?: boolean | undefined;
  readonly passphraseFile?: string | undefined;
  readonly json?: boolean | undefined;
}

/** No firmware load is larger. */
const MOST_OCTETS = 268_435_456;

const ACTIONS = ['show', 'list', 'roll', 'export', 'import'] as const;

/**
 * `labcm trust`: `show` reads trust lists and signed files, and says of each what a phone would; `list` says which phones have the
 * list of this cluster; `roll` takes a step to a new key; `export` and `import` carry the keys.
 */
export const trustCommand = (
  environment: CliEnvironment,
  exit: (code: ExitCode) => void,
): CommandModule<object, TrustArguments> => ({
  command: 'trust <action> [files..]',
  describe:
    'trust lists: show FILE… (what is in a list, a signed file or a load, and a verdict; exit 0 if all are valid), list (which phones have ours), roll ROLE (a step to a new key), export and import FILE (a copy of the keys)',
  builder: (yargs: Argv) =>
    configOptions(yargs)
      .positional('action', { choices: ACTIONS, demandOption: true, describe: ACTIONS.join(', ') })
      .positional('files', {
        type: 'string',
        array: true,
        describe: 'show: the files; roll: itlrecovery, callmanager, tvs or capf; export, import: one file',
      })
      .option('against', {
        type: 'string',
        array: true,
        nargs: 1,
        describe:
          'a trust list whose keys may have signed, or a certificate (PEM); of lists: the one that a phone holds',
      })
      .option('name', { type: 'string', requiresArg: true, describe: 'the name that a phone asks the file by' })
      .option('key', {
        type: 'string',
        requiresArg: true,
        describe: 'the private key (PEM) of the phone that an encrypted file is for',
      })
      .option('force', {
        type: 'boolean',
        describe: 'roll: although some phones have not taken the list: they are lost',
      })
      .option('passphrase-file', {
        type: 'string',
        requiresArg: true,
        describe: 'export, import: a file whose first line is the passphrase',
      })
      .option('json', { type: 'boolean', describe: 'JSON: of show one object a file, one a line' })
      .example('labcm trust show ITLFile.tlv', 'its records, its checksums as phones show them, and the verdict')
      .example('labcm trust show new.tlv --against held.tlv', 'whether a phone that holds the other list takes it')
      .example('labcm trust show SEP00270DC01C92.cnf.xml.sgn --against ITLFile.tlv', 'whether phones take the file')
      .example('labcm trust list -c lab.yaml', 'which phones have taken the list of this cluster')
      .example(
        'labcm trust export keys.sealed --passphrase-file secret -c lab.yaml',
        'a copy of the keys, to keep elsewhere',
      )
      .example('labcm trust roll itlrecovery -c lab.yaml', 'the next step to another signer; three in all'),
  handler: async ({
    action,
    files = [],
    against = [],
    name,
    key,
    json = false,
    force = false,
    passphraseFile,
    ...where
  }) => {
    if (action !== 'show') {
      const { printTrustList, rollTrustKey } = await import('../trust-keys.js');
      const chosen = chosenConfiguration(environment, where);
      if (action === 'export' || action === 'import') {
        const { carryKeys } = await import('../trust-copies.js');
        await carryKeys(environment, chosen, { action, files, passphraseFile });
      } else if (action === 'list') await printTrustList(environment, chosen, json);
      else await rollTrustKey(environment, chosen, { roles: files, isForced: force });
      return;
    }
    if (files.length === 0) throw new OptionFailure('FILE', 'nothing', 'one file or more');
    const { judge } = await import('../../security/judge.js');
    const { trustDump, trustJson } = await import('../trust-dump.js');
    const now = systemClock.wallTime(systemClock.now());
    const by: JudgedBy = {
      now,
      ...(await signersIn(environment, against)),
      name,
      key: key === undefined ? undefined : await privateKeyIn(environment, key),
    };
    for (const [index, file] of files.entries()) {
      const bytes = await octetsOf(environment, file, 'FILE');
      const judgement = judge(bytes, by);
      if (judgement.verdict !== 'valid') exit(EXIT.failed);
      if (json) print(environment, JSON.stringify(trustJson(file, bytes, judgement)));
      else print(environment, [...(index === 0 ? [] : ['']), ...trustDump(file, bytes, judgement)].join('\n'));
    }
  },
});

const octetsOf = async ({ directory }: CliEnvironment, file: string, option: string): Promise<Buffer> => {
  const path = resolve(directory, file);
  try {
    const { size } = await stat(path);
    if (size > MOST_OCTETS) throw new OptionFailure(option, `${file}, of ${size} octets`, `at most ${MOST_OCTETS}`);
    return await readFile(path);
  } catch (error) {
    if (error instanceof OptionFailure) throw error;
    const { code = String(error) } = error as NodeJS.ErrnoException;
    throw new OptionFailure(option, `${file}, which cannot be read (${code})`, 'a file');
  }
};

/** The lists and certificates of `--against`. */
const signersIn = async (
  environment: CliEnvironment,
  files: readonly string[],
): Promise<Pick<JudgedBy, 'lists' | 'certificates'>> => {
  if (files.length === 0) return {};
  const { readTrustListFile } = await import('../../security/trust-list.js');
  const { readCertificate } = await import('../../security/read-certificate.js');
  const lists = [];
  const certificates = [];
  for (const file of files) {
    const bytes = await octetsOf(environment, file, '--against');
    try {
      if (bytes.includes('-----BEGIN CERTIFICATE')) certificates.push(readCertificate(bytes.toString('latin1')));
      else lists.push(readTrustListFile(bytes));
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      throw new OptionFailure('--against', `${file}: ${error.message}`, 'a trust list, or a certificate as PEM');
    }
  }
  return { ...(lists.length === 0 ? {} : { lists }), ...(certificates.length === 0 ? {} : { certificates }) };
};

const privateKeyIn = async (environment: CliEnvironment, file: string): Promise<KeyObject> => {
  try {
    return createPrivateKey(await octetsOf(environment, file, '--key'));
  } catch (error) {
    if (error instanceof OptionFailure) throw error;
    throw new OptionFailure('--key', `${file}, which is no private key`, 'a PEM file without a passphrase');
  }
};
