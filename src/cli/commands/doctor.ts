import { relative } from 'node:path';
import type { Argv, CommandModule } from 'yargs';
import type { LocatedConfig } from '../../config/index.js';
import { EventBus } from '../../core/event-bus.js';
import { between, type Duration, milliseconds } from '../../core/time.js';
import { discoverAsClient } from '../../dhcp/discovery.js';
import { GROUPS } from '../../doctor/check.js';
import { servesFiles } from '../../doctor/examination.js';
import { type CheckSelection, countFindings, examineLab, selectedChecks } from '../../doctor/examine-lab.js';
import { DOCTOR_TABLE } from '../../doctor/table.js';
import type { DoctorView, FetchedFile } from '../../doctor/view.js';
import { nodeInterfaces } from '../../net/sockets/interface-sockets.js';
import { nodeDatagrams, nodeRandom } from '../../net/sockets/node-datagrams.js';
import { nodeStreams } from '../../net/sockets/node-streams.js';
import { systemClock } from '../../net/system-clock.js';
import { fetchOverHttp, PhoneEnvironment, type PhoneStep } from '../../phone/index.js';
import { catalogueOf } from '../../provisioning/problems.js';
import { ApiClient, apiAddress } from '../api-client.js';
import { askedDaemon } from '../asked-daemon.js';
import { type ConfigArguments, chosenConfiguration, configOptions } from '../configuration.js';
import { findingJson, findingLines, summaryLine, withoutRepeats } from '../doctor-report.js';
import { duration } from '../durations.js';
import { type CliEnvironment, EXIT, type ExitCode, print, say } from '../environment.js';
import { OptionFailure } from '../failure.js';
import { LiveLine } from '../live-line.js';
import { painter } from '../table.js';

interface DoctorArguments extends ConfigArguments {
  readonly interface?: string | undefined;
  readonly offer?: boolean | undefined;
  readonly listen?: Duration | undefined;
  readonly device?: string | undefined;
  readonly json?: boolean | undefined;
  readonly only?: readonly string[] | undefined;
  readonly skip?: readonly string[] | undefined;
  readonly all?: boolean | undefined;
  readonly strict?: boolean | undefined;
}

/** `labcm doctor`: looks for what commonly breaks a lab, and says the fix. It changes nothing. */
export const doctorCommand = (
  environment: CliEnvironment,
  exit: (code: ExitCode) => void,
): CommandModule<object, DoctorArguments> => ({
  command: 'doctor',
  describe: 'look for what commonly breaks a lab, before or while it breaks, and say the fix; it changes nothing',
  builder: (yargs: Argv) =>
    configOptions(yargs)
      .option('interface', { type: 'string', requiresArg: true, describe: 'for --offer: the interface to ask on' })
      .option('offer', {
        type: 'boolean',
        describe: 'ask other DHCP servers by one DISCOVER what they would give a phone; once a minute at most',
      })
      .option('listen', {
        type: 'string',
        requiresArg: true,
        coerce: duration('listen'),
        describe: 'listen so long for a phone that boots: 60s',
      })
      .option('device', { type: 'string', requiresArg: true, describe: 'look at this device alone' })
      .option('only', {
        type: 'string',
        requiresArg: true,
        coerce: words('only'),
        describe: 'only these groups or checks: a,b',
      })
      .option('skip', { type: 'string', requiresArg: true, coerce: words('skip'), describe: 'all but these: a,b' })
      .option('all', { type: 'boolean', describe: 'also what is well' })
      .option('strict', { type: 'boolean', describe: 'exit 3 for warnings and what was skipped' })
      .option('json', { type: 'boolean', describe: 'a finding a line as JSON, and a last line with the counts' })
      .example('labcm doctor -c lab.yaml', 'the configuration, this machine, and the daemon if one runs')
      .example('sudo labcm doctor --offer --interface eth1', 'who else gives addresses there, and which file server')
      .example('labcm doctor --listen 60s --device SEP001122334455', 'while that phone boots'),
  handler: async (args) => {
    const startedAt = systemClock.now();
    const { file, overrides } = chosenConfiguration(environment, args);
    const { readLocatedConfig } = await import('../../daemon/read-config.js');
    const located = await readLocatedConfig(file, overrides);
    const { device } = args;
    if (device !== undefined && !located.config.devices.some(({ name }) => name.toUpperCase() === device.toUpperCase()))
      say(environment, `${device} is not configured: what is heard of it counts, and nothing else`);
    const phones = new PhoneEnvironment({
      clock: systemClock,
      datagrams: nodeDatagrams,
      streams: nodeStreams,
      random: nodeRandom,
      bus: new EventBus<PhoneStep>(() => {}),
    });
    const checks = selectedChecks(DOCTOR_TABLE, selectionOf(args));
    const line = new LiveLine(environment, args.json !== true);
    const progress = (left: number): void =>
      left === 0 ? line.clear() : line.show(`${checks.length - left} of ${checks.length} checks`);
    const findings = await examineLab(checks, await viewOf(environment, located, phones, args), progress);
    await phones.close();
    const took = between(startedAt, systemClock.now());
    if (args.json === true) {
      for (const finding of findings) print(environment, JSON.stringify(findingJson(finding)));
      print(environment, JSON.stringify({ summary: { ...countFindings(findings), milliseconds: took } }));
    } else {
      const paint = painter(environment);
      for (const finding of withoutRepeats(findings))
        if (args.all === true || finding.state !== 'well')
          for (const line of findingLines(finding, paint)) print(environment, line);
      print(environment, summaryLine(findings, took));
    }
    const { bad, warning, skipped } = countFindings(findings);
    if (bad > 0) exit(EXIT.failed);
    else if (args.strict === true && warning + skipped > 0) exit(EXIT.remarks);
  },
});

/** Reads `a,b` of groups and checks. Throws an `OptionFailure` at one that there is not. */
const words =
  (name: string) =>
  (written: string | undefined): readonly string[] | undefined => {
    const list = written
      ?.split(',')
      .map((one) => one.trim())
      .filter((one) => one !== '');
    const known = new Set<string>([...GROUPS, ...DOCTOR_TABLE.map((check) => check.name)]);
    const unknown = list?.find((one) => !known.has(one));
    if (unknown !== undefined)
      throw new OptionFailure(`--${name}`, unknown, `a group (${GROUPS.join(', ')}) or a check; --all shows them`);
    return list;
  };

const selectionOf = ({ only = [], skip = [], offer, listen }: DoctorArguments): CheckSelection => ({
  only,
  skip,
  options: new Set([
    ...(offer === true ? ['offer' as const] : []),
    ...(listen === undefined ? [] : ['listen' as const]),
  ]),
});

/** A daemon that is well answers at once; no check has longer. */
const ANSWERS_WITHIN_MS = 1_000;

const viewOf = async (
  environment: CliEnvironment,
  located: LocatedConfig,
  phones: PhoneEnvironment,
  { interface: name, listen, device }: DoctorArguments,
): Promise<DoctorView> => {
  const { config, locate, locateDevice } = located;
  const { api } = config.http;
  const token = environment.variables.LABCM_API_TOKEN ?? api.token;
  const quick = new ApiClient(environment, apiAddress(api), token, ANSWERS_WITHIN_MS);
  const patient = new ApiClient(environment, apiAddress(api), token);
  const about = { devices: config.devices, settings: config.provisioning, locate, locateDevice };
  let catalogue: ReturnType<DoctorView['catalogue']> | undefined;
  return {
    host: environment.host,
    clock: systemClock,
    located,
    daemon: api.enabled ? await askedDaemon(quick, patient, systemClock) : undefined,
    interface: name,
    listen: listen ?? milliseconds(0),
    device,
    catalogue: () => {
      catalogue ??= servesFiles(config) ? catalogueOf(config.tftp.root, about) : Promise.resolve(undefined);
      return catalogue;
    },
    tftp: (file, server) => phones.tftp.fetch(file, server) as Promise<FetchedFile>,
    http: (file, server) => fetchOverHttp(phones, file, server),
    discover: (wire) =>
      discoverAsClient({ network: nodeInterfaces(), clock: systemClock, random: nodeRandom, interface: wire }),
    place: ({ file, line }) => {
      const short = relative(environment.directory, file);
      const shown = short === '' || short.startsWith('..') ? file : short;
      return line === undefined ? shown : `${shown}:${line}`;
    },
  };
};
