import type { Argv, CommandModule } from 'yargs';
import { milliseconds } from '../../core/time.js';
import { type ApiArguments, apiClient, apiOptions } from '../api-client.js';
import { type ListedCall as Call, listedCall } from '../call-schemas.js';
import { type CliEnvironment, print, say } from '../environment.js';
import { interruption } from '../signals.js';
import { localTime, table } from '../table.js';

interface CallsArguments extends ApiArguments {
  readonly device?: string | undefined;
  readonly json?: boolean | undefined;
  readonly follow?: boolean | undefined;
}

const LOOK_AGAIN = milliseconds(500);

/** `labcm calls`: lists the calls that stand now. */
export const callsCommand = (environment: CliEnvironment): CommandModule<object, CallsArguments> => ({
  command: 'calls [device]',
  describe: 'the calls that stand now',
  builder: (yargs: Argv) =>
    apiOptions(yargs)
      .positional('device', { type: 'string', describe: 'only calls of this device, by name, MAC or IP address' })
      .option('json', { type: 'boolean', describe: 'as the API gives them; with --follow a line for each change' })
      .option('follow', { alias: 'f', type: 'boolean', describe: 'go on with each change, until interrupted' })
      .example('labcm calls', 'who talks with whom, since when, by which codec')
      .example('labcm calls SEP005056A1033D', 'the calls of one device')
      .example('labcm calls --follow', 'a line whenever a call begins, changes or ends'),
  handler: async ({ device, json, follow, ...where }) => {
    const api = await apiClient(environment, where);
    const look = () => api.all(listedCall, '/api/calls', 'calls', device === undefined ? {} : { device });
    const first = await look();
    if (follow !== true) {
      if (json === true) print(environment, JSON.stringify({ total: first.length, calls: first }, undefined, 2));
      else showTable(environment, first);
      return;
    }
    const ending = interruption(environment);
    let last = new Map<number, string>();
    const show = (calls: readonly Call[]): void => {
      const now = new Map(calls.map((one) => [one.id, describe(one)]));
      for (const one of calls) {
        const line = now.get(one.id) ?? '';
        if (last.get(one.id) !== line) print(environment, json === true ? JSON.stringify(one) : line);
      }
      for (const [id, line] of last)
        if (!now.has(id)) print(environment, json === true ? JSON.stringify({ id, ended: true }) : `${line} - ended`);
      last = now;
    };
    show(first);
    while (!(await ending.comesWithin(LOOK_AGAIN))) show(await look());
    ending.stop();
  },
});

const endOf = ({ legs }: Call, role: string): Call['legs'][number] | undefined => legs.find((one) => one.role === role);

const nameOf = (one: Call['legs'][number] | undefined): string => (one === undefined ? '-' : (one.device ?? 'labcm'));

/** Who is called: a phone, a service, or a conference. */
const calledOf = (one: Call): string => {
  if (one.conference === null) return nameOf(endOf(one, 'called'));
  return `${one.conference.startsWith('b') ? 'conference' : 'room'} ${one.conference}`;
};

/** `; room *50: 3 parties`. */
const conferencesIn = (calls: readonly Call[]): string => {
  const parties = new Map<string, number>();
  for (const one of calls)
    if (one.conference !== null) parties.set(calledOf(one), (parties.get(calledOf(one)) ?? 0) + 1);
  return [...parties].map(([name, count]) => `; ${name}: ${count} ${count === 1 ? 'party' : 'parties'}`).join('');
};

const describe = (one: Call): string => {
  const [caller, called] = [endOf(one, 'caller'), endOf(one, 'called')];
  const states = [caller?.state ?? 'gone', ...(called === undefined ? [] : [called.state])].join(', ');
  return `call ${one.id}: ${nameOf(caller)} (${caller?.dn ?? '-'}) to ${one.dialled === '' ? '-' : one.dialled} at ${calledOf(one)}: ${states}${one.codec === null ? '' : `, ${one.codec}`}`;
};

const showTable = (environment: CliEnvironment, calls: readonly Call[]): void => {
  const rows = calls.map((one) => {
    const [caller, called] = [endOf(one, 'caller'), endOf(one, 'called')];
    return [
      String(one.id),
      nameOf(caller),
      caller?.state ?? '-',
      one.dialled === '' ? '-' : one.dialled,
      calledOf(one),
      called?.state ?? '-',
      one.codec ?? '-',
      localTime(one.answeredAt ?? one.startedAt),
    ];
  });
  print(environment, table(['CALL', 'CALLER', 'STATE', 'DIALLED', 'CALLED', 'STATE', 'CODEC', 'SINCE'], rows));
  say(environment, `${calls.length} ${calls.length === 1 ? 'call' : 'calls'}${conferencesIn(calls)}`);
};
