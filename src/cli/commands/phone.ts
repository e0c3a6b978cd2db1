import type { Argv, CommandModule } from 'yargs';
import { EventBus } from '../../core/event-bus.js';
import { dateOf } from '../../core/time.js';
import { keptFolder } from '../../net/files/kept-folder.js';
import { nodeDatagrams, nodeRandom } from '../../net/sockets/node-datagrams.js';
import { nodeStreams } from '../../net/sockets/node-streams.js';
import { systemClock } from '../../net/system-clock.js';
import {
  makeCall,
  onScreen,
  Phone,
  PhoneEnvironment,
  type PhoneStep,
  planOf,
  registeredWithin,
  setFeatures,
} from '../../phone/index.js';
import { type CliEnvironment, EXIT, type ExitCode, print, say } from '../environment.js';
import { OptionFailure } from '../failure.js';
import { misbehave } from '../phone-fault.js';
import { runFleet } from '../phone-fleet.js';
import { type PhoneArguments, phoneOf, phoneOptions, type Stay } from '../phone-options.js';
import { interruption } from '../signals.js';

/**
 * `labcm phone`: simulates phones, from DHCP, from the files or from the registration on. One phone prints each step,
 * many print a progress line, and one may misbehave. The exit code says whether all went well.
 */
export const phoneCommand = (
  environment: CliEnvironment,
  exit: (code: ExitCode) => void,
): CommandModule<object, PhoneArguments> => ({
  command: 'phone',
  describe: 'boot simulated phones against a lab and tell each step; one, many, or one that misbehaves',
  builder: (yargs: Argv) => phoneOptions(yargs),
  handler: async (args) => {
    if (args.name === undefined) throw new OptionFailure('--name', 'nothing', 'a device name such as SEP005056A1033D');
    if (args.fault !== undefined && args.pages !== undefined)
      throw new OptionFailure(
        '--pages',
        `${args.pages} beside --fault`,
        'one of them: a phone that misbehaves has no pages',
      );
    const bus = new EventBus<PhoneStep>(() => {});
    checkCalls(args);
    if (args.count !== undefined) exit(await runFleet(environment, args, args.count, bus));
    else exit(await runOne(environment, args, bus));
  },
});

/** Throws an `OptionFailure`. */
const checkCalls = ({ call, pickUp, park, count }: PhoneArguments): void => {
  if (pickUp !== undefined && call !== undefined)
    throw new OptionFailure('--pick-up', `${pickUp} beside --call`, 'one of them');
  if (park === true && call === undefined && pickUp === undefined)
    throw new OptionFailure('--park', 'no call', '--call or --pick-up beside it');
  if (count !== undefined && (pickUp !== undefined || park === true))
    throw new OptionFailure(park === true ? '--park' : '--pick-up', '--count beside it', 'one phone');
};

const machineFor = (bus: EventBus<PhoneStep>): PhoneEnvironment =>
  new PhoneEnvironment({
    clock: systemClock,
    datagrams: nodeDatagrams,
    streams: nodeStreams,
    random: nodeRandom,
    keptFolder,
    bus,
  });

const runOne = async (
  environment: CliEnvironment,
  args: PhoneArguments,
  bus: EventBus<PhoneStep>,
): Promise<ExitCode> => {
  const plan = planOf(phoneOf(environment, args));
  if ('fault' in plan) {
    say(environment, `labcm: ${plan.fault}`);
    return EXIT.faulty;
  }
  const machine = machineFor(bus);
  if (args.fault !== undefined) return misbehave(environment, args, machine, plan);
  printSteps(environment, args, bus);
  const phone = new Phone(machine, plan);
  const { interrupted, stop } = interruption(environment);
  phone.start();
  const trouble = await untilDone(environment, args, { machine, phone, interrupted });
  await phone.stop();
  await machine.close();
  stop();
  if (trouble === undefined) return EXIT.done;
  say(environment, `labcm: ${trouble}`);
  return EXIT.failed;
};

interface RunningPhone {
  readonly machine: PhoneEnvironment;
  readonly phone: Phone;
  /** Resolves at a signal. */
  readonly interrupted: Promise<unknown>;
}

/** Resolves when the phone has done what the options say, or at a signal; with what went wrong, if anything. */
const untilDone = async (
  environment: CliEnvironment,
  { within, stay: given, call, pickUp, park, talk, answer, forward, dnd }: PhoneArguments,
  { machine, phone, interrupted }: RunningPhone,
): Promise<string | undefined> => {
  // Whoever is to answer has nothing else to do.
  const isCaller = call !== undefined || pickUp !== undefined;
  const stay = given ?? (answer === undefined || isCaller ? undefined : 'until-signal');
  const failure = await Promise.race([
    registeredWithin(machine, phone, within === undefined ? {} : { within }),
    interrupted.then(() => undefined),
  ]);
  if (failure !== undefined) return failure.message;
  if (phone.state !== 'registered')
    return `${phone.name} was stopped before it was registered${because(phone.why || `it waits for ${phone.waitingFor}`)}`;
  const refused = await Promise.race([
    setFeatures(machine, phone, { forward, doNotDisturb: dnd === undefined ? undefined : dnd === 'on', within }),
    interrupted.then(() => undefined),
  ]);
  if (refused !== undefined) return refused;
  const to = pickUp === undefined ? (call === undefined ? undefined : { number: call }) : { pickUp };
  if (to !== undefined) {
    const trouble = await Promise.race([
      makeCall(machine, phone, { to, park, talk, within }),
      interrupted.then(() => undefined),
    ]);
    if (trouble !== undefined) return trouble;
  }
  if (stay === undefined) return undefined;
  if (stay === 'until-signal') say(environment, `${phone.name} is registered and stays until Ctrl+C`);
  await Promise.race([stayFor(machine, stay), interrupted, refusal(phone)]);
  return phone.state === 'registered'
    ? undefined
    : `${phone.name} is not registered any more${because(phone.why || phone.waitingFor)}`;
};

const because = (why: string): string => (why === '' ? '' : `: ${why}`);

const printSteps = (environment: CliEnvironment, { json }: PhoneArguments, bus: EventBus<PhoneStep>): void => {
  const startedAt = systemClock.now();
  bus.subscribe((step) => {
    if (json === true) {
      print(environment, JSON.stringify({ ...step, at: dateOf(systemClock.wallTime(step.at)).toISOString() }));
      return;
    }
    const text = onScreen(step);
    if (text !== undefined) print(environment, `${((step.at - startedAt) / 1000).toFixed(2).padStart(7)} s  ${text}`);
  });
};

/** Resolves after the time; never for `until-signal`. */
const stayFor = ({ timers }: PhoneEnvironment, stay: Stay): Promise<void> =>
  new Promise((resolve) => {
    if (stay !== 'until-signal') timers.create(() => resolve()).startIn(stay);
  });

/** Resolves when the phone is refused. A phone that fails over or restarts still tries. */
const refusal = (phone: Phone): Promise<void> =>
  new Promise((resolve) => {
    phone.watch(() => {
      if (phone.state === 'refused') resolve();
    });
  });
