import type { Argv, CommandModule } from 'yargs';
import type { CapfJson, CapfOperationJson } from '../../http/api/shapes.js';
import { type ApiArguments, apiClient, apiOptions, devicePath } from '../api-client.js';
import { answerOf, listOf, number, record, text } from '../api-schemas.js';
import { type CliEnvironment, print, say } from '../environment.js';
import { OptionFailure } from '../failure.js';
import { table } from '../table.js';

interface CapfArguments extends ApiArguments {
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

const operationCommand = (
  environment: CliEnvironment,
  operation: keyof typeof OPERATIONS,
): CommandModule<object, CapfArguments> => ({
  command: `${operation} <device>`,
  describe: OPERATIONS[operation],
  builder: (yargs: Argv) =>
    apiOptions(yargs)
      .positional('device', { type: 'string', demandOption: true, describe: 'its name in any case' })
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
      .example(`labcm capf ${operation} SEP005056A1033D`, 'at its next boot, which begins now')
      .example(`labcm capf ${operation} SEP005056A1033D --auth string`, 'prints the digits that its user types'),
  handler: async ({ device = '', auth = 'null', string, key, until, json, ...given }) => {
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
  },
});

/** The answer as it is, once its keys were read. */
const whole = (body: unknown): (ReturnType<typeof armed> & { readonly string?: unknown }) | undefined =>
  armed(body) === undefined
    ? undefined
    : (body as NonNullable<ReturnType<typeof armed>> & { readonly string?: unknown });

/** `labcm capf`: certificates of phones. */
export const capfCommand = (environment: CliEnvironment): CommandModule<object, CapfArguments> => ({
  command: 'capf',
  describe: 'certificates of phones: have them installed, deleted or shown',
  builder: (yargs: Argv) =>
    yargs
      .command([
        ...(Object.keys(OPERATIONS) as (keyof typeof OPERATIONS)[]).map((name) => operationCommand(environment, name)),
        {
          command: 'cancel <device>',
          describe: 'forget the operation that waits for a phone',
          builder: (inner: Argv) =>
            apiOptions(inner).positional('device', {
              type: 'string',
              demandOption: true,
              describe: 'its name in any case',
            }),
          handler: async ({ device = '', ...given }: CapfArguments) => {
            const api = await apiClient(environment, given);
            const found = await api.ask(armed, `${devicePath(device)}/capf`, 'DELETE', device);
            print(environment, `${found.operation} of ${found.device} is cancelled`);
          },
        },
        {
          command: 'list',
          describe: 'the operations that wait, and the certificates that phones have',
          builder: (inner: Argv) =>
            apiOptions(inner).option('json', { type: 'boolean', describe: 'as the API gives it' }),
          handler: async ({ json, ...given }: CapfArguments) => {
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
            say(environment, `${operations.length} operations wait, ${total} phones have a certificate`);
          },
        },
      ] as unknown as readonly CommandModule[] as CommandModule[])
      .demandCommand(1, 'install, delete, fetch, cancel or list'),
  handler: () => {},
});
