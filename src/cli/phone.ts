// `labcm phone`: simulated phones, from DHCP, from the files or from the registration on; one, told step by step, or many
// with a line of numbers. Its exit code says whether every one of them registered.

import type { Argv, CommandModule } from 'yargs';
import { Journal } from '../core/journal.js';
import { after, type Duration, milliseconds, seconds } from '../core/time.js';
import { nodeDatagrams, nodeRandom } from '../net/node.js';
import { nodeStreams } from '../net/node-streams.js';
import { systemClock } from '../net/system-clock.js';
import {
  type BootKind,
  DEFAULT_PORTS,
  onScreen,
  Phone,
  type PhoneOptions,
  type PhonePorts,
  type PhoneStep,
  PhoneWorld,
  planOf,
  registeredWithin,
} from '../phone/index.js';
import { CommandFailure } from './failure.js';
import { EXIT, type ExitCode, print, say, type World } from './world.js';

interface PhoneArguments {
  readonly name?: string | undefined;
  readonly protocol?: string | undefined;
  readonly model?: string | undefined;
  readonly mac?: string | undefined;
  readonly boot?: string | undefined;
  readonly server?: string | undefined;
  readonly callManager?: readonly string[] | undefined;
  readonly line?: readonly string[] | undefined;
  readonly digest?: string | undefined;
  readonly address?: string | undefined;
  readonly dhcpPort?: number | undefined;
  readonly tftpPort?: number | undefined;
  readonly httpPort?: number | undefined;
  readonly sccpPort?: number | undefined;
  readonly sipPort?: number | undefined;
  readonly within?: Duration | undefined;
  readonly stay?: Duration | undefined;
  readonly json?: boolean | undefined;
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** `500ms`, `30s`, `2m`, `1h`. */
const duration =
  (name: string) =>
  (written: string | undefined): Duration | undefined => {
    if (written === undefined) return undefined;
    const [, count, unit = ''] = /^(\d+)(ms|s|m|h)$/.exec(written) ?? [];
    if (count === undefined) throw new CommandFailure(`--${name}`, written, 'a duration such as 30s or 2m');
    return milliseconds(Number(count) * (UNITS[unit] ?? 1));
  };

const port =
  (name: string) =>
  (written: number): number => {
    if (!Number.isInteger(written) || written < 0 || written > 65_535)
      throw new CommandFailure(`--${name}`, String(written), 'a port, 0 to 65535');
    return written;
  };

export const phoneCommand = (world: World, exit: (code: ExitCode) => void): CommandModule<object, PhoneArguments> => ({
  command: 'phone',
  describe: 'boot a simulated phone against a lab, and tell each step',
  builder: options,
  handler: async (args) => exit(await runPhone(world, args)),
});

const options = (yargs: Argv) =>
  yargs
    .option('name', { type: 'string', demandOption: true, describe: 'the device name, such as SEP005056A1033D' })
    .option('protocol', { choices: ['sccp', 'sip'], default: 'sccp', describe: 'what it speaks' })
    .option('model', { type: 'string', default: 'CIPC', describe: 'a row of the model table, by name or type id' })
    .option('mac', { type: 'string', describe: 'its hardware address, where the name does not hold it' })
    .option('boot', {
      choices: ['full', 'tftp', 'register'],
      default: 'tftp',
      describe: 'from DHCP, from the files, or the registration alone',
    })
    .option('server', { type: 'string', default: '127.0.0.1', describe: 'where the lab is' })
    .option('call-manager', {
      type: 'string',
      array: true,
      describe: 'with --boot register: the call managers in their order',
    })
    .option('line', { type: 'string', array: true, describe: 'with --boot register and sip: the numbers of its lines' })
    .option('digest', { type: 'string', describe: 'USER:PASSWORD for a challenge' })
    .option('address', { type: 'string', describe: "an address of this machine that is the phone's own" })
    .option('dhcp-port', { type: 'number', default: DEFAULT_PORTS.dhcp, coerce: port('dhcp-port') })
    .option('tftp-port', { type: 'number', default: DEFAULT_PORTS.tftp, coerce: port('tftp-port') })
    .option('http-port', {
      type: 'number',
      default: DEFAULT_PORTS.http,
      coerce: port('http-port'),
      describe: '0: files by TFTP alone',
    })
    .option('sccp-port', {
      type: 'number',
      default: DEFAULT_PORTS.sccp,
      coerce: port('sccp-port'),
      describe: 'with --boot register',
    })
    .option('sip-port', {
      type: 'number',
      default: DEFAULT_PORTS.sip,
      coerce: port('sip-port'),
      describe: 'with --boot register',
    })
    .option('within', {
      type: 'string',
      default: '30s',
      coerce: duration('within'),
      describe: 'fail where it is not registered by then',
    })
    .option('stay', {
      type: 'string',
      coerce: duration('stay'),
      describe: 'stay registered so long, then leave; without it until interrupted',
    })
    .option('json', { type: 'boolean', describe: 'each step as a line of JSON' })
    .example('labcm phone --name ipctest2 --mac 005056A1033D --tftp-port 6969', 'against the quick start')
    .example(
      'labcm phone --name SEP005056A1033D --protocol sip --tftp-port 6969 --within 10s --stay 1s',
      'in a pipeline: exit 0 when it registered',
    );

const portsOf = ({ dhcpPort, tftpPort, httpPort, sccpPort, sipPort }: PhoneArguments): PhonePorts => ({
  dhcp: dhcpPort ?? DEFAULT_PORTS.dhcp,
  tftp: tftpPort ?? DEFAULT_PORTS.tftp,
  http: httpPort ?? DEFAULT_PORTS.http,
  sccp: sccpPort ?? DEFAULT_PORTS.sccp,
  sip: sipPort ?? DEFAULT_PORTS.sip,
});

const optionsOf = (args: PhoneArguments): PhoneOptions => {
  const [user = '', ...rest] = (args.digest ?? '').split(':');
  return {
    name: args.name ?? '',
    protocol: args.protocol === 'sip' ? 'SIP' : 'SCCP',
    boot: args.boot as BootKind,
    server: args.server ?? '127.0.0.1',
    ports: portsOf(args),
    ...(args.model === undefined ? {} : { model: args.model }),
    ...(args.mac === undefined ? {} : { mac: args.mac }),
    ...(args.callManager === undefined ? {} : { callManagers: args.callManager }),
    ...(args.line === undefined ? {} : { lines: args.line }),
    ...(args.address === undefined ? {} : { localAddress: args.address }),
    ...(user === '' ? {} : { digest: { user, password: rest.join(':') } }),
  };
};

const runPhone = async (world: World, args: PhoneArguments): Promise<ExitCode> => {
  const journal = new Journal<PhoneStep>(() => {});
  const machine = new PhoneWorld({
    clock: systemClock,
    datagrams: nodeDatagrams,
    streams: nodeStreams,
    random: nodeRandom,
    journal,
  });
  const startedAt = systemClock.now();
  journal.subscribe((step) => {
    if (args.json === true) {
      print(world, JSON.stringify({ ...step, at: new Date(step.at).toISOString() }));
      return;
    }
    const words = onScreen(step);
    if (words !== undefined) print(world, `${((step.at - startedAt) / 1000).toFixed(2).padStart(7)} s  ${words}`);
  });
  const plan = planOf(optionsOf(args));
  if ('fault' in plan) {
    say(world, `labcm: ${plan.fault}`);
    return EXIT.faulty;
  }
  const phone = new Phone(machine, plan);
  const interrupted = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) world.onSignal(signal, resolve);
  });
  phone.start();
  const failure = await Promise.race([
    registeredWithin(machine, phone, args.within === undefined ? {} : { within: args.within }),
    interrupted,
  ]);
  if (failure === undefined && phone.state === 'registered')
    await Promise.race([stayFor(args.stay), interrupted, gone(phone)]);
  const lost = failure === undefined && phone.state !== 'registered';
  const why = phone.why || phone.waitingFor;
  await phone.stop();
  await machine.close();
  if (failure !== undefined) say(world, `labcm: ${failure.message}`);
  else if (lost) say(world, `labcm: ${phone.name} lost its registration${why === '' ? '' : `: ${why}`}`);
  return failure === undefined && !lost ? EXIT.done : EXIT.failed;
};

const FOREVER = seconds(2_000_000);

const stayFor = (span: Duration = FOREVER): Promise<void> =>
  new Promise((resolve) => {
    systemClock.wake(after(systemClock.now(), span), resolve);
  });

/** Refused for good; a phone that fails over or restarts is still at it. */
const gone = (phone: Phone): Promise<void> =>
  new Promise((resolve) => {
    phone.watch(() => {
      if (phone.state === 'refused') resolve();
    });
  });
