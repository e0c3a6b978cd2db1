// The options of `labcm phone`, and the phone that they describe.

import type { Argv } from 'yargs';
import { type Duration, milliseconds, parseDuration } from '../core/time.js';
import {
  type BootKind,
  type CallHabits,
  DEFAULT_HABITS,
  DEFAULT_PORTS,
  FAULTS,
  type PhoneOptions,
  type PhonePorts,
  type PhoneSound,
} from '../phone/index.js';
import { duration } from './durations.js';
import type { CliEnvironment } from './environment.js';
import { OptionFailure } from './failure.js';
import { factoryIdentity, trustDirectory } from './phone-trust.js';

/** How long a phone stays once it is registered. */
export type Stay = Duration | 'until-signal';

/** The parsed options. */
export interface PhoneArguments {
  readonly name?: string | undefined;
  readonly protocol?: string | undefined;
  readonly model?: string | undefined;
  readonly mac?: string | undefined;
  readonly boot?: string | undefined;
  readonly server?: string | undefined;
  readonly callManager?: readonly string[] | undefined;
  readonly line?: readonly string[] | undefined;
  readonly watch?: readonly string[] | undefined;
  readonly digest?: string | undefined;
  readonly address?: string | undefined;
  readonly dhcpPort?: number | undefined;
  readonly tftpPort?: number | undefined;
  readonly httpPort?: number | undefined;
  readonly sccpPort?: number | undefined;
  readonly sipPort?: number | undefined;
  readonly sccpTlsPort?: number | undefined;
  readonly httpsPort?: number | undefined;
  readonly clientHttpsPort?: number | undefined;
  readonly trustDir?: string | undefined;
  readonly eraseTrust?: boolean | undefined;
  readonly capfString?: string | undefined;
  /** With `--count` a pattern. */
  readonly mic?: string | undefined;
  readonly within?: Duration | undefined;
  readonly stay?: Stay | undefined;
  readonly fault?: string | undefined;
  readonly count?: number | undefined;
  readonly first?: number | undefined;
  readonly rate?: number | undefined;
  readonly hold?: Duration | undefined;
  readonly forward?: string | undefined;
  readonly dnd?: string | undefined;
  readonly mix?: string | undefined;
  readonly addresses?: string | undefined;
  readonly call?: string | undefined;
  /** Empty: its own group. */
  readonly pickUp?: string | undefined;
  readonly park?: boolean | undefined;
  readonly talk?: Duration | undefined;
  readonly answer?: CallHabits['answer'] | undefined;
  readonly sound?: string | undefined;
  readonly callsPerSecond?: number | undefined;
  readonly pages?: number | undefined;
  readonly json?: boolean | undefined;
}

const whole =
  (name: string, least: number, most: number) =>
  (written: number | undefined): number | undefined => {
    if (written === undefined || (Number.isInteger(written) && written >= least && written <= most)) return written;
    throw new OptionFailure(`--${name}`, String(written), `a whole number from ${least} to ${most}`);
  };

const ANSWERS = 'a time such as 2s, busy or never';

const answerOption = (written: string | undefined): CallHabits['answer'] | undefined => {
  if (written === undefined || written === 'busy' || written === 'never') return written;
  const span = parseDuration(written);
  if (span === undefined) throw new OptionFailure('--answer', written, ANSWERS);
  return span;
};

const MOST_CALLS = 1_000;

const rateOption = (written: number | undefined): number | undefined => {
  if (written === undefined || (written > 0 && written <= MOST_CALLS)) return written;
  throw new OptionFailure('--calls-per-second', String(written), `a number above 0 and up to ${MOST_CALLS}`);
};

const PAGES_PORT = 80;

/** `--pages` without a port has an empty value. */
const pagesOption = (written: string | undefined): number | undefined => {
  if (written === undefined) return undefined;
  if (written === '') return PAGES_PORT;
  const port = Number(written);
  if (/^\d{1,5}$/.test(written) && port <= 65_535) return port;
  throw new OptionFailure('--pages', written, 'a port from 0 to 65535, or nothing for port 80');
};

/** `--stay` without a time has an empty value. */
const stayOption = (written: string | undefined): Stay | undefined =>
  written === '' ? 'until-signal' : duration('stay')(written);

const portOption = (name: string, port: number, describe: string) =>
  ({ type: 'number', default: port, coerce: whole(name, 0, 65_535), describe }) as const;

const WITH_REGISTER = 'with --boot register; else the file says it';

/** Declares the options. */
export const phoneOptions = (yargs: Argv) =>
  yargs
    .option('name', {
      type: 'string',
      describe: 'the device name, such as SEP005056A1033D; with --count a pattern, such as SEP02%010X',
    })
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
    .option('line', {
      type: 'string',
      array: true,
      describe: 'with --boot register and sip: the numbers of its lines; patterns with --count',
    })
    .option('watch', {
      type: 'string',
      array: true,
      describe: 'numbers whose state it asks for, besides those on its keys',
    })
    .option('digest', { type: 'string', describe: 'USER:PASSWORD for a challenge' })
    .option('address', { type: 'string', describe: "an address of this machine that is the phone's own" })
    .option('dhcp-port', portOption('dhcp-port', DEFAULT_PORTS.dhcp, 'with --boot full'))
    .option('tftp-port', portOption('tftp-port', DEFAULT_PORTS.tftp, 'where files are'))
    .option('http-port', portOption('http-port', DEFAULT_PORTS.http, 'for models that ask there first; 0: TFTP alone'))
    .option('sccp-port', portOption('sccp-port', DEFAULT_PORTS.sccp, WITH_REGISTER))
    .option('sip-port', portOption('sip-port', DEFAULT_PORTS.sip, WITH_REGISTER))
    .option('sccp-tls-port', portOption('sccp-tls-port', DEFAULT_PORTS.sccpTls, 'SCCP over TLS, which no file names'))
    .option(
      'https-port',
      portOption(
        'https-port',
        DEFAULT_PORTS.https,
        'configuration of 78xx and 88xx whose trust list says so; 0: never',
      ),
    )
    .option(
      'client-https-port',
      portOption('client-https-port', DEFAULT_PORTS.clientHttps, 'configuration of soft clients (CSF); 0: never'),
    )
    .option('trust-dir', {
      type: 'string',
      describe:
        'keep trust lists, certificate and last configuration there, in a folder for each phone, and start with them',
    })
    .option('erase-trust', {
      type: 'boolean',
      describe:
        'with --trust-dir: erase the trust lists first, as from the menu of the phone; on 78xx and 88xx the LSC, too',
    })
    .option('mic', {
      type: 'string',
      describe: 'a PEM file with the certificate of its factory and the key; a pattern with --count',
    })
    .option('capf-string', { type: 'string', describe: 'the digits that its user types for CAPF' })
    .option('within', {
      type: 'string',
      default: '30s',
      coerce: duration('within'),
      describe: 'fail where it is not registered by then',
    })
    .option('stay', {
      type: 'string',
      coerce: stayOption,
      describe: 'stay registered so long, or until Ctrl+C where no time is given; without it leave at once',
    })
    .option('fault', {
      choices: Object.keys(FAULTS),
      describe: 'misbehave in the way of that name (below), and say whether the server took it as it must',
    })
    .option('count', { type: 'number', coerce: whole('count', 1, 60_000), describe: 'so many phones' })
    .option('first', {
      type: 'number',
      default: 1,
      coerce: whole('first', 0, 0xffff_ffff),
      describe: 'the number of the first',
    })
    .option('rate', {
      type: 'number',
      default: 100,
      coerce: whole('rate', 1, 10_000),
      describe: 'phones started in a second',
    })
    .option('hold', {
      type: 'string',
      coerce: duration('hold'),
      describe: 'with --count, as --stay: how long they stay once all have had their time',
    })
    .option('mix', {
      type: 'string',
      describe: 'models and protocols with their shares, such as CIPC/sccp=60,8851/sip=40',
    })
    .option('addresses', {
      type: 'string',
      describe: 'a network of this machine to spread many phones over; on loopback under Linux 127.10.0.0/16',
    })
    .option('call', {
      type: 'string',
      describe: 'call that number once registered, talk, hang up; exit 1 where nobody is heard',
    })
    .option('pick-up', {
      type: 'string',
      describe: 'once registered, answer what rings in its own pick-up group, or in that of a number; then as --call',
    })
    .option('park', { type: 'boolean', describe: 'with --call or --pick-up: park the call in place of hanging up' })
    .option('forward', {
      type: 'string',
      describe: 'once registered, forward all calls to that number by its key, or end that: off',
    })
    .option('dnd', { choices: ['on', 'off'], describe: 'once registered, set do not disturb, or end it' })
    .option('talk', {
      type: 'string',
      default: '5s',
      coerce: duration('talk'),
      describe: 'how long a call lasts once it was answered',
    })
    .option('answer', {
      type: 'string',
      coerce: answerOption,
      describe: 'answer calls after so long, such as 2s, or busy, or never; stays until Ctrl+C without --stay',
    })
    .option('sound', { choices: ['tone', 'silence', 'none'], default: 'tone', describe: 'what it sends in a call' })
    .option('calls-per-second', {
      type: 'number',
      coerce: rateOption,
      describe: 'with --count: calls while they stay, of the first half to the second, or to --call',
    })
    .option('pages', {
      type: 'string',
      coerce: pagesOption,
      describe: 'serve the web pages of a phone at its address, at that port or 80; 0: any; with --count 1000 phones',
    })
    .option('json', { type: 'boolean', describe: 'each step, finding or outcome as a line of JSON' })
    .example('labcm phone --name ipctest2 --mac 005056A1033D --tftp-port 6969', 'against the quick start')
    .example(
      'labcm phone --name SEP005056A1033D --protocol sip --tftp-port 6969 --within 10s',
      'in a pipeline: exit 0 when it registered, 1 when not',
    )
    .example('labcm phone --name SEP005056A1033D --protocol sip --tftp-port 6969 --stay', 'registered until Ctrl+C')
    .example('labcm phone --name ipctest2 --call 5005 --talk 10s', 'calls, talks ten seconds and hangs up')
    .example('labcm phone --name SEP005056A1033D --protocol sip --answer 2s', 'answers each call after two seconds')
    .example('labcm phone --name ipctest2 --call 5005 --talk 2s --park', 'calls, talks and parks the call')
    .example('labcm phone --name ipctest2 --watch 5005 --stay', 'tells what 5005 does')
    .example('labcm phone --name ipctest2 --fault wrong-model', 'how the server takes it')
    .example(
      'labcm phone --name SEP00270DC01C92 --protocol sip --model 8845 --trust-dir phones --stay',
      'in mixed mode: enrols, comes over TLS, and knows the cluster at its next start',
    )
    .example(
      'labcm phone --name SEP005056A1033D --protocol sip --pages 8080 --stay',
      'with the pages of a phone at http://127.0.0.1:8080/',
    )
    .example(
      'labcm phone --count 10000 --rate 500 --hold 10m --name SEP02%010X --boot register',
      'ten thousand, which the configuration must know or auto-register',
    )
    .epilogue(`Faults:\n${faultLines().join('\n')}`);

const faultLines = (): readonly string[] =>
  Object.entries(FAULTS).map(
    ([name, { protocols, does }]) => `  ${name.padEnd(FAULT_WIDTH)} ${protocols.join(', ').padEnd(9)} ${does}`,
  );
const FAULT_WIDTH = Math.max(...Object.keys(FAULTS).map(({ length }) => length));

const portsOf = (args: PhoneArguments): PhonePorts => ({
  dhcp: args.dhcpPort ?? DEFAULT_PORTS.dhcp,
  tftp: args.tftpPort ?? DEFAULT_PORTS.tftp,
  http: args.httpPort ?? DEFAULT_PORTS.http,
  sccp: args.sccpPort ?? DEFAULT_PORTS.sccp,
  sip: args.sipPort ?? DEFAULT_PORTS.sip,
  sccpTls: args.sccpTlsPort ?? DEFAULT_PORTS.sccpTls,
  https: args.httpsPort ?? DEFAULT_PORTS.https,
  clientHttps: args.clientHttpsPort ?? DEFAULT_PORTS.clientHttps,
});

/** How it takes calls; `undefined`: it is one of many, and none are asked for. */
const habitsOf = ({ answer, sound, call, callsPerSecond, count }: PhoneArguments): CallHabits | undefined => {
  const isAsked = count === undefined || answer !== undefined || call !== undefined || callsPerSecond !== undefined;
  if (!isAsked) return undefined;
  const atOnce = callsPerSecond === undefined ? DEFAULT_HABITS.answer : milliseconds(0);
  return { answer: answer ?? atOnce, sound: (sound as PhoneSound | undefined) ?? DEFAULT_HABITS.sound };
};

/**
 * The options of one phone. With `--count` the caller fills in the patterns. Throws an `OptionFailure`.
 */
export const phoneOf = (environment: Pick<CliEnvironment, 'directory'>, args: PhoneArguments): PhoneOptions => {
  if (args.eraseTrust === true && args.trustDir === undefined)
    throw new OptionFailure(
      '--erase-trust',
      'no --trust-dir',
      '--trust-dir beside it: without one a phone starts empty',
    );
  const [user = '', ...rest] = (args.digest ?? '').split(':');
  const calls = habitsOf(args);
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
    ...(args.watch === undefined ? {} : { watched: args.watch.map(String) }),
    ...(args.address === undefined ? {} : { localAddress: args.address }),
    ...(calls === undefined ? {} : { calls }),
    ...(args.pages === undefined ? {} : { webPort: args.pages }),
    ...(args.trustDir === undefined ? {} : { trustDirectory: trustDirectory(environment, args.trustDir) }),
    ...(args.eraseTrust === true ? { erasesTrust: true } : {}),
    ...(args.capfString === undefined ? {} : { capfString: args.capfString }),
    ...(args.mic === undefined || args.count !== undefined
      ? {}
      : { factoryIdentity: factoryIdentity(environment, args.mic) }),
    ...(user === '' ? {} : { digest: { user, password: rest.join(':') } }),
  };
};
