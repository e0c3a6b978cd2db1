import type { Argv, CommandModule } from 'yargs';
import {
  type MacAddress,
  macOfName,
  parseDeviceName,
  parseIpv4Address,
  parseMacAddress,
} from '../../core/identifiers.js';
import { type Duration, seconds } from '../../core/time.js';
import { nodeDatagrams, nodeRandom } from '../../net/sockets/node-datagrams.js';
import { nodeStreams } from '../../net/sockets/node-streams.js';
import { systemClock } from '../../net/system-clock.js';
import { DEFAULT_PORTS } from '../../phone/index.js';
import { compareMessages } from '../../tapes/compare-messages.js';
import { TapePlayer } from '../../tapes/replay/player.js';
import { TAPE_PROTOCOLS, type TapeProtocol } from '../../tapes/tape.js';
import { printable } from '../../trace/line.js';
import { duration } from '../durations.js';
import { type CliEnvironment, EXIT, type ExitCode, print, say } from '../environment.js';
import { OptionFailure } from '../failure.js';
import { LiveLine } from '../live-line.js';
import { interruption } from '../signals.js';
import { readTapeFile, writeTape } from '../tape-files.js';
import { replayTable } from '../tape-text.js';

interface ReplayArguments {
  readonly file?: string | undefined;
  readonly as?: string | undefined;
  readonly mac?: MacAddress | undefined;
  readonly server?: string | undefined;
  readonly address?: string | undefined;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly fast?: boolean | undefined;
  readonly wait?: Duration | undefined;
  readonly output?: string | undefined;
  readonly json?: boolean | undefined;
  readonly dhcpPort?: number | undefined;
  readonly tftpPort?: number | undefined;
  readonly httpPort?: number | undefined;
  readonly sccpPort?: number | undefined;
  readonly sipPort?: number | undefined;
}

const WAIT = seconds(2);
const PASSWORD = 'LABCM_SIP_PASSWORD';

const EPILOGUE = `The phone says what it said on the tape, with the names, addresses, references and nonces of now. What the daemon answers is
compared with the tape: messages that are missing, that are more, and fields that have changed.

A digest is computed anew with --password, or with ${PASSWORD} of the environment. Speech and TLS are not played.

Exit: 0 the daemon said the same, 1 it did not, 2 a wrong option or tape.`;

/** `labcm replay`: plays the phone of a tape against a daemon. */
export const replayCommand = (
  environment: CliEnvironment,
  exit: (code: ExitCode) => void,
): CommandModule<object, ReplayArguments> => ({
  command: 'replay <file>',
  describe: 'play the phone of a tape against a daemon, and tell what the daemon says otherwise',
  builder: (yargs: Argv) =>
    TAPE_PROTOCOLS.reduce<Argv>(
      (all, protocol) =>
        all.option(`${protocol}-port`, {
          type: 'number',
          default: DEFAULT_PORTS[protocol],
          coerce: portOption(protocol),
          describe: `where the daemon has ${protocol.toUpperCase()}`,
        }),
      yargs
        .positional('file', { type: 'string', demandOption: true, describe: 'a tape' })
        .option('as', {
          type: 'string',
          requiresArg: true,
          coerce: nameOption,
          describe: 'the device name to come with [default: that of the tape]',
        })
        .option('mac', {
          type: 'string',
          requiresArg: true,
          coerce: macOption,
          describe: 'its hardware address, where the name does not hold it',
        })
        .option('server', {
          type: 'string',
          default: '127.0.0.1',
          coerce: addressOption('server'),
          describe: 'the address of the daemon',
        })
        .option('address', {
          type: 'string',
          requiresArg: true,
          coerce: addressOption('address'),
          describe: "an address of this machine that is the phone's own",
        })
        .option('user', {
          type: 'string',
          requiresArg: true,
          describe: 'the user of a digest [default: that of the tape]',
        })
        .option('password', { type: 'string', requiresArg: true, describe: 'the password of a digest' })
        .option('fast', { type: 'boolean', describe: 'without the pauses of the tape' })
        .option('wait', {
          type: 'string',
          default: '2s',
          coerce: duration('wait'),
          describe: 'how long to wait for each answer that the tape has',
        })
        .option('output', {
          alias: 'o',
          type: 'string',
          requiresArg: true,
          describe: 'a tape to write of what is said and heard now',
        })
        .option('json', { type: 'boolean', describe: 'one object a difference' }),
    )
      .example('labcm replay SEP005056A1033D.tape.jsonl --fast', 'the boot of a phone that is not here')
      .example('labcm replay boot.tape.jsonl --as SEP0011AABBCC01 --server 10.0.0.5', 'as another phone')
      .epilogue(EPILOGUE) as Argv<ReplayArguments>,
  handler: async (args) => {
    const { file = '', as: name, mac, server = '127.0.0.1', fast = false, wait = WAIT, output, json } = args;
    const tape = await readTapeFile(file);
    const password = args.password ?? environment.variables[PASSWORD];
    const ending = interruption(environment);
    const aborting = new AbortController();
    void ending.interrupted.then(() => aborting.abort());
    const line = new LiveLine(environment, json !== true);
    const ports: Readonly<Record<TapeProtocol, number | undefined>> = {
      ...{ dhcp: args.dhcpPort, tftp: args.tftpPort, http: args.httpPort, sccp: args.sccpPort, sip: args.sipPort },
    };
    const endpoint = (protocol: TapeProtocol) => ({
      address: server,
      port: ports[protocol] ?? DEFAULT_PORTS[protocol],
    });
    const player = new TapePlayer(tape, {
      networks: { clock: systemClock, datagrams: nodeDatagrams, streams: nodeStreams, random: nodeRandom },
      servers: {
        ...{ dhcp: endpoint('dhcp'), tftp: endpoint('tftp'), http: endpoint('http') },
        ...{ sccp: endpoint('sccp'), sip: endpoint('sip') },
      },
      name,
      mac: mac ?? (name === undefined ? undefined : macOfName(name)),
      credentials: password === undefined ? undefined : { user: args.user, password },
      ...{ localAddress: args.address, isFast: fast, wait, signal: aborting.signal },
      onProgress: (done, all) => line.show(`${done} of ${all} messages`),
    });
    const { heard, troubles } = await player.run();
    line.clear();
    ending.stop();
    if (output !== undefined) writeTape(environment, output, heard);
    for (const trouble of troubles) say(environment, `labcm: ${trouble}`);
    if (aborting.signal.aborted) {
      say(environment, 'labcm: it was stopped before the end of the tape, and nothing is compared');
      exit(EXIT.failed);
      return;
    }
    const differences = compareMessages(tape, heard, ['server']);
    if (json === true) for (const one of differences) print(environment, JSON.stringify(one));
    else if (differences.length > 0) print(environment, replayTable(environment, differences));
    else if (troubles.length === 0)
      print(
        environment,
        `${printable(tape.header.device)}: the daemon says what the tape has, ${tape.messages.length} messages`,
      );
    if (differences.length > 0 || troubles.length > 0) exit(EXIT.failed);
  },
});

const portOption =
  (protocol: TapeProtocol) =>
  (written: number | undefined): number | undefined => {
    if (written === undefined || (Number.isInteger(written) && written >= 1 && written <= 65_535)) return written;
    throw new OptionFailure(`--${protocol}-port`, String(written), 'a port from 1 to 65535');
  };

const nameOption = (written: string | undefined): string | undefined => {
  if (written === undefined || parseDeviceName(written) !== undefined) return written;
  throw new OptionFailure('--as', written, 'a device name such as SEP005056A1033D');
};

const macOption = (written: string | undefined): MacAddress | undefined => {
  if (written === undefined) return undefined;
  const mac = parseMacAddress(written);
  if (mac === undefined) throw new OptionFailure('--mac', written, 'a hardware address such as 00:50:56:a1:03:3d');
  return mac;
};

const addressOption =
  (name: string) =>
  (written: string | undefined): string | undefined => {
    if (written === undefined || parseIpv4Address(written) !== undefined) return written;
    throw new OptionFailure(`--${name}`, written, 'an IPv4 address');
  };
