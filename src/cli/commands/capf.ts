import type { Argv, CommandModule } from 'yargs';
import type { CapfJson, CapfOperationJson } from '../../http/api/shapes.js';
import { type ApiArguments, apiClient, apiOptions, devicePath } from '../api-client.js';
import { answerOf, listOf, number, record, text } from '../api-schemas.js';
import { type CliEnvironment, print, say } from '../environment.js';
import { OptionFailure } from '../failure.js';
import { table } from '../table.js';

interface CapfArguments extends ApiArguments {
  readonly action?: (typeof ACTIONS)[number] | undefined;
  readonly device?: string | undefined;
  readonly auth?: string | undefined;
  readonly string?: string | undefined;
  readonly key?: string | undefined;
  readonly until?: string | undefined;
  readonly json?: boolean | undefined;
}

const OPERATIONS = {
  install: 'have a phone make a key and get a certificate of this cluster',
  delete: 'have a phone forget its certificate',
  fetch: 'have a phone show its certificate',
} as const;

const AUTHENTICATIONS = ['null', 'string', 'lsc', 'mic'] as const;

const armed = answerOf<Omit<CapfOperationJson, 'key' | 'string'>>()(
  record({ device: text, operation: text, authentication: text, until: text }),
);
const listed = answerOf<CapfJson>()(
  record({
    operations: listOf(record({ device: text, operation: text, authentication: text, until: text })),
    certificates: listOf(record({ device: text, fingerprint: text, issuer: text, notAfter: text })),
    total: number,
  }),
);

const CURVE = /^p-?(256|384|521)$/i;

/** `2048`, or `p384` and `P-384`. */
const keyOf = (written: string | undefined): number | string | undefined => {
  if (written === undefined) return undefined;
  const [, curve] = CURVE.exec(written) ?? [];
  if (curve !== undefined) return `P-${curve}`;
  if (/^\d{3,4}$/.test(written)) return Number(written);
  throw new OptionFailure('--key', written, '512 to 4096 bits, or p256, p384 or p521');
};

/** `10d`. */
const daysOf = (written: string | undefined): number | undefined => {
  if (written === undefined) return undefined;
  const [, days] = /^(\d{1,3})d?$/.exec(written) ?? [];
  if (days === undefined) throw new OptionFailure('--until', written, 'a number of days such as 10d');
  return Number(days);
};

/** The answer as it is, once its keys were read. */
const whole = (body: unknown): (ReturnType<typeof armed> & { readonly string?: unknown }) | undefined =>
  armed(body) === undefined
    ? undefined
    : (body as NonNullable<ReturnType<typeof armed>> & { readonly string?: unknown });

const ACTIONS = [...(Object.keys(OPERATIONS) as (keyof typeof OPERATIONS)[]), 'cancel', 'list'] as const;

/** Arms an operation, and prints what its user types. */
const arm = async (
  environment: CliEnvironment,
  operation: keyof typeof OPERATIONS,
  { device = '', auth = 'null', string, key, until, json, ...given }: CapfArguments,
): Promise<void> => {
  const [wantedKey, days] = [keyOf(key), daysOf(until)];
  const body = {
    ...{ operation, authentication: auth },
    ...(string === undefined ? {} : { string }),
    ...(wantedKey === undefined ? {} : { key: wantedKey }),
    ...(days === undefined ? {} : { days }),
  };
  const api = await apiClient(environment, given);
  const found = await api.ask(whole, `${devicePath(device)}/capf`, 'PUT', device, body);
  if (json === true) {
    print(environment, JSON.stringify(found, undefined, 2));
    return;
  }
  const { device: name, until: end, string: digits } = found;
  print(environment, `${operation} of ${name} waits until ${end}`);
  if (typeof digits === 'string') print(environment, `its user types ${digits}`);
};

const list = async (environment: CliEnvironment, { json, ...given }: CapfArguments): Promise<void> => {
  const api = await apiClient(environment, given);
  const { operations, certificates, total } = await api.ask(listed, '/api/capf');
  if (json === true) {
    print(environment, JSON.stringify({ operations, certificates, total }, undefined, 2));
    return;
  }
  const waiting = operations.map((one) => [one.device, one.operation, one.authentication, one.until]);
  if (waiting.length > 0) print(environment, table(['DEVICE', 'OPERATION', 'PROOF', 'WAITS UNTIL'], waiting));
  const has = certificates.map((one) => [one.device, one.issuer, one.notAfter, one.fingerprint]);
  if (has.length > 0) print(environment, table(['DEVICE', 'ISSUER', 'ENDS', 'FINGERPRINT'], has));
  say(environment, `operations that wait: ${operations.length}; phones with a certificate: ${total}`);
};

/** `labcm capf`: certificates of phones. */
export const capfCommand = (environment: CliEnvironment): CommandModule<object, CapfArguments> => ({
  command: 'capf <action> [device]',
  describe: 'certificates of phones: have them installed, deleted or shown',
  builder: (yargs: Argv) =>
    apiOptions(yargs)
      .positional('action', {
        choices: ACTIONS,
        demandOption: true,
        describe: `install, delete or fetch: what its phone does when it comes; cancel: forget that; list: what waits, and who has one`,
      })
      .positional('device', { type: 'string', describe: 'its name in any case' })
      .option('auth', {
        choices: AUTHENTICATIONS,
        default: 'null',
        describe: 'how it proves itself: by nothing, by digits that its user types, or by the certificate that it has',
      })
      .option('string', {
        type: 'string',
        describe: 'with --auth string: 4 to 10 digits [default: the daemon makes six]',
      })
      .option('key', {
        type: 'string',
        describe: 'what key it makes: bits such as 2048, or p384 [default: as configured]',
      })
      .option('until', { type: 'string', describe: 'how long it waits, in days [default: 10d]' })
      .option('json', { type: 'boolean', describe: 'as the API gives it' })
      .example('labcm capf install SEP005056A1033D', OPERATIONS.install)
      .example('labcm capf install SEP005056A1033D --auth string', 'prints the digits that its user types')
      .example('labcm capf delete SEP005056A1033D --auth lsc', OPERATIONS.delete)
      .example('labcm capf fetch SEP005056A1033D --auth mic', OPERATIONS.fetch),
  handler: async ({ action, ...args }) => {
    if (action === 'list') return list(environment, args);
    const { device = '', ...given } = args;
    if (device === '') throw new OptionFailure('labcm capf', `${action} without a device`, 'the name of one');
    if (action !== 'cancel' && action !== undefined) return arm(environment, action, args);
    const api = await apiClient(environment, given);
    const found = await api.ask(armed, `${devicePath(device)}/capf`, 'DELETE', device);
    print(environment, `${found.operation} of ${found.device} is cancelled`);
  },
});
