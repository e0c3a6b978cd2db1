import type { Argv, CommandModule } from 'yargs';
import { type Duration, formatDuration, seconds } from '../../core/time.js';
import { RIS_STATUS } from '../../devices/registration.js';
import { describeStatus } from '../../devices/status.js';
import { type ApiArguments, apiClient, apiOptions } from '../api-client.js';
import type { DeviceAnswer } from '../device-schemas.js';
import { duration } from '../durations.js';
import { type CliEnvironment, EXIT, type ExitCode, print, say } from '../environment.js';
import { CommandFailure } from '../failure.js';
import { poll } from '../poll.js';
import { findingLines } from '../verdict-text.js';

interface WaitArguments extends ApiArguments {
  readonly device?: string | undefined;
  readonly status?: string | undefined;
  readonly within?: Duration | undefined;
  readonly json?: boolean | undefined;
}

/** The statuses as they are typed, and as the API spells them. */
const STATUSES = new Map(Object.values(RIS_STATUS).map(({ name }) => [name.toLowerCase(), name]));

/** `labcm wait`: waits until a device has a status, and says what was found instead if it does not get it. */
export const waitCommand = (
  environment: CliEnvironment,
  exit: (code: ExitCode) => void,
): CommandModule<object, WaitArguments> => ({
  command: 'wait <device> [status]',
  describe:
    'wait until a device is registered, or has another status; exit 0 when it has, 1 when not, 2 when the daemon does not answer',
  builder: (yargs: Argv) =>
    apiOptions(yargs)
      .positional('device', { type: 'string', demandOption: true, describe: 'its name in any case' })
      .positional('status', {
        type: 'string',
        choices: [...STATUSES.keys()],
        default: 'registered',
        coerce: (written: string) => written.toLowerCase(),
        describe: 'what to wait for',
      })
      .option('within', {
        type: 'string',
        default: '60s',
        coerce: duration('within'),
        describe: 'how long to wait, for the daemon as well',
      })
      .option('json', { type: 'boolean', describe: 'the device as the API gives it' })
      .example('labcm wait SEP005056A1033D registered --within 60s', 'in a pipeline, before the tests')
      .example('labcm wait SEP005056A1033D unregistered --within 5s', 'after a phone was switched off'),
  handler: async ({ device: name = '', status = '', within = seconds(60), json, ...where }) => {
    const wanted = STATUSES.get(status) ?? status;
    const api = await apiClient(environment, where);
    const found = await poll<DeviceAnswer | undefined>(environment, {
      within,
      look: () => api.deviceIfAny(name),
      done: (device) => device?.status === wanted,
      progress: (device) => `${name}: ${describeFound(device)}, waiting for ${wanted}`,
    });
    if (found !== undefined && json === true) print(environment, JSON.stringify(found, undefined, 2));
    if (found?.status === wanted) {
      if (json !== true) print(environment, `${found.name}: ${reached(found)}`);
      return;
    }
    const failure = new CommandFailure(name, describeFound(found), `${wanted} within ${formatDuration(within)}`);
    say(environment, `labcm: ${failure.message}`);
    const verdict = found?.verdict ?? undefined;
    if (verdict !== undefined) for (const line of findingLines(environment, verdict)) say(environment, line);
    exit(EXIT.failed);
  },
});

const describeFound = (device: DeviceAnswer | undefined): string => {
  if (device === undefined) return 'no device of that name';
  const advice = device.unknown?.advice;
  return `${describeStatus(device)}${advice === undefined ? '' : `; nobody configured it: ${advice}`}`;
};

const reached = ({ status, protocol, address, lines }: DeviceAnswer): string =>
  status === 'Registered'
    ? `${status} on ${protocol} from ${address ?? '-'}, lines ${lines.map(({ dn }) => dn).join(' ') || 'none'}`
    : status;
