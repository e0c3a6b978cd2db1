import type { Argv, CommandModule } from 'yargs';
import type { LeaseJson } from '../../http/api/shapes.js';
import { type ApiArguments, apiClient, apiOptions } from '../api-client.js';
import { answerOf, orAbsent, orNull, record, text } from '../api-schemas.js';
import { type CliEnvironment, print, say } from '../environment.js';
import { localTime, table } from '../table.js';

interface LeasesArguments extends ApiArguments {
  readonly json?: boolean | undefined;
}

const lease = answerOf<LeaseJson>()(
  record({
    address: text,
    mac: text,
    device: orNull(text),
    state: text,
    // It is missing while a lease lasts.
    ended: orAbsent(text),
    startedAt: text,
    until: text,
  }),
);

const ENDED: ReadonlyMap<string, string> = new Map([
  ['released', 'free, given back'],
  ['expired', 'free, run out'],
  ['other-server', 'free, took another server’s'],
]);

/** `labcm leases`: lists the DHCP leases. */
export const leasesCommand = (environment: CliEnvironment): CommandModule<object, LeasesArguments> => ({
  command: 'leases',
  describe: 'the DHCP leases',
  builder: (yargs: Argv) =>
    apiOptions(yargs)
      .option('json', { type: 'boolean', describe: 'as the API gives them' })
      .example('labcm leases', 'who has which address, and until when'),
  handler: async (args) => {
    const leases = await (await apiClient(environment, args)).all(lease, '/api/leases', 'leases');
    if (args.json === true) {
      print(environment, JSON.stringify({ total: leases.length, leases }, undefined, 2));
      return;
    }
    const rows = leases.map(({ address, mac, device, state, ended, startedAt, until }) => [
      address,
      mac,
      device ?? '-',
      (ended === null || ended === undefined ? undefined : ENDED.get(ended)) ?? state,
      localTime(startedAt),
      localTime(until),
    ]);
    print(environment, table(['ADDRESS', 'MAC', 'DEVICE', 'STATE', 'SINCE', 'UNTIL'], rows));
    say(environment, `${leases.length} ${leases.length === 1 ? 'lease' : 'leases'}`);
  },
});
