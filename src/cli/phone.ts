// `labcm phone`: simulated phones, from DHCP, from the files or from the registration on; one, told step by step, many,
// with a line of numbers, or one that misbehaves. Its exit code says whether all went as it should.

import type { Argv, CommandModule } from 'yargs';
import { Journal } from '../core/journal.js';
import { after, type Duration, dateOf, seconds } from '../core/time.js';
import { nodeDatagrams, nodeRandom } from '../net/node.js';
import { nodeStreams } from '../net/node-streams.js';
import { systemClock } from '../net/system-clock.js';
import { onScreen, Phone, type PhoneStep, PhoneWorld, planOf, registeredWithin } from '../phone/index.js';
import { CommandFailure } from './failure.js';
import { interruption } from './interruption.js';
import { misbehave } from './phone-fault.js';
import { runFleet } from './phone-fleet.js';
import { type PhoneArguments, phoneOf, phoneOptions } from './phone-options.js';
import { EXIT, type ExitCode, print, say, type World } from './world.js';

export const phoneCommand = (world: World, exit: (code: ExitCode) => void): CommandModule<object, PhoneArguments> => ({
  command: 'phone',
  describe: 'boot simulated phones against a lab and tell each step; one, many, or one that misbehaves',
  builder: (yargs: Argv) => phoneOptions(yargs),
  handler: async (args) => {
    if (args.name === undefined) throw new CommandFailure('--name', 'nothing', 'a device name such as SEP005056A1033D');
    const journal = new Journal<PhoneStep>(() => {});
    if (args.count !== undefined) exit(await runFleet(world, args, args.count, journal));
    else exit(await runOne(world, args, journal));
  },
});

const machineFor = (journal: Journal<PhoneStep>): PhoneWorld =>
  new PhoneWorld({ clock: systemClock, datagrams: nodeDatagrams, streams: nodeStreams, random: nodeRandom, journal });

const runOne = async (world: World, args: PhoneArguments, journal: Journal<PhoneStep>): Promise<ExitCode> => {
  const plan = planOf(phoneOf(args));
  if ('fault' in plan) {
    say(world, `labcm: ${plan.fault}`);
    return EXIT.faulty;
  }
  const machine = machineFor(journal);
  if (args.fault !== undefined) return misbehave(world, args, args.fault, machine, plan);
  tellSteps(world, args, journal);
  const phone = new Phone(machine, plan);
  const { interrupted, deaf } = interruption(world);
  phone.start();
  const limits = args.within === undefined ? {} : { within: args.within };
  const failure = await Promise.race([registeredWithin(machine, phone, limits), interrupted]);
  if (failure === undefined && phone.state === 'registered')
    await Promise.race([stayFor(args.stay), interrupted, refusal(phone)]);
  const lost = failure === undefined && phone.state !== 'registered';
  const why = phone.why || phone.waitingFor;
  await phone.stop();
  await machine.close();
  deaf();
  if (failure !== undefined) say(world, `labcm: ${failure.message}`);
  else if (lost) say(world, `labcm: ${phone.name} is not registered any more${why === '' ? '' : `: ${why}`}`);
  return failure === undefined && !lost ? EXIT.done : EXIT.failed;
};

const tellSteps = (world: World, { json }: PhoneArguments, journal: Journal<PhoneStep>): void => {
  const startedAt = systemClock.now();
  journal.subscribe((step) => {
    if (json === true) {
      print(world, JSON.stringify({ ...step, at: dateOf(systemClock.wallTime(step.at)).toISOString() }));
      return;
    }
    const words = onScreen(step);
    if (words !== undefined) print(world, `${((step.at - startedAt) / 1000).toFixed(2).padStart(7)} s  ${words}`);
  });
};

const FOREVER = seconds(2_000_000);

const stayFor = (span: Duration = FOREVER): Promise<void> =>
  new Promise((resolve) => {
    systemClock.wake(after(systemClock.now(), span), resolve);
  });

/** A phone that fails over or restarts is still at it; one that is refused is not. */
const refusal = (phone: Phone): Promise<void> =>
  new Promise((resolve) => {
    phone.watch(() => {
      if (phone.state === 'refused') resolve();
    });
  });
