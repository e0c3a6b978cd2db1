// `labcm phone --count N`: runs many phones in this process, with a progress line and a report at the end.

import type { EventBus } from '../core/event-bus.js';
import { milliseconds, seconds } from '../core/time.js';
import { keptFolder } from '../net/files/kept-folder.js';
import { nodeDatagrams, nodeRandom } from '../net/sockets/node-datagrams.js';
import { nodeStreams } from '../net/sockets/node-streams.js';
import { systemClock } from '../net/system-clock.js';
import {
  addressesOf,
  Fleet,
  type FleetOutcome,
  fleetReport,
  fromPattern,
  isPattern,
  mixAt,
  PhoneEnvironment,
  type PhoneOptions,
  type PhoneStep,
  parseMix,
  planOf,
  progressLine,
} from '../phone/index.js';
import { type CliEnvironment, EXIT, type ExitCode, print, say } from './environment.js';
import { OptionFailure } from './failure.js';
import { LiveLine } from './live-line.js';
import { type PhoneArguments, phoneOf } from './phone-options.js';
import { factoryIdentity } from './phone-trust.js';
import { interruption } from './signals.js';

/** Linux accepts any address of 127.0.0.0/8 without configuration. */
const ON_LOOPBACK = '127.10.0.0/16';
const FILE_SOURCES = 256;
const LOOK = milliseconds(1000);
/** Each holds a socket. */
const MOST_WITH_PAGES = 1_000;

type Maker = (number: number) => PhoneOptions;

/** Runs `count` phones. Throws an `OptionFailure`. */
export const runFleet = async (
  environment: CliEnvironment,
  args: PhoneArguments,
  count: number,
  bus: EventBus<PhoneStep>,
): Promise<ExitCode> => {
  const addressAt = spreadOver(args);
  checkPages(args, count, addressAt);
  const phoneAt = makerOf(environment, args, count, addressAt);
  const firstPlan = planOf(phoneAt(0));
  if ('fault' in firstPlan) throw new OptionFailure('--name', firstPlan.fault, 'phones that there can be');
  const machine = new PhoneEnvironment({
    clock: systemClock,
    datagrams: nodeDatagrams,
    streams: nodeStreams,
    random: nodeRandom,
    keptFolder,
    bus,
    ...(addressAt === undefined
      ? {}
      : { sources: Array.from({ length: Math.min(count, FILE_SOURCES) }, (_, at) => addressAt(at)) }),
  });
  const hold = args.hold ?? args.stay ?? seconds(0);
  const { callsPerSecond: perSecond, talk = seconds(5), call: number } = args;
  const fleet = new Fleet(machine, bus, {
    count,
    rate: args.rate ?? 100,
    hold,
    within: args.within ?? seconds(30),
    phoneAt,
    ...(perSecond === undefined ? {} : { calls: { perSecond, talk, number } }),
    onSettled: (registered) => {
      if (hold === 'until-signal') say(environment, `${registered} of ${count} are registered and stay until Ctrl+C`);
    },
  });
  const reportPages = watchPages(environment, args, count, bus);
  const { interrupted, stop } = interruption(environment);
  void interrupted.then(() => fleet.cutShort());
  const stopProgress = showProgress(environment, fleet);
  const outcome = await fleet.run();
  stopProgress();
  stop();
  await machine.close();
  printOutcome(environment, args, outcome);
  const pagesRefused = reportPages();
  const callsFailed = (outcome.calls?.failed ?? 0) + (outcome.calls?.silent ?? 0) > 0;
  return outcome.failed === 0 && outcome.registeredAtEnd === count && !callsFailed && !pagesRefused
    ? EXIT.done
    : EXIT.failed;
};

const spreadOver = ({
  addresses,
  address,
  server = '127.0.0.1',
}: PhoneArguments): ((number: number) => string) | undefined => {
  const network =
    addresses ??
    (process.platform === 'linux' && server.startsWith('127.') && address === undefined ? ON_LOOPBACK : undefined);
  if (network === undefined) return undefined;
  const spread = addressesOf(network);
  if (spread === undefined) throw new OptionFailure('--addresses', network, 'a network such as 127.10.0.0/16');
  return spread;
};

/** Phones that share an address cannot share a port. */
const checkPages = ({ pages }: PhoneArguments, count: number, addressAt: unknown): void => {
  if (pages === undefined || pages === 0 || count === 1 || addressAt !== undefined) return;
  throw new OptionFailure('--pages', String(pages), 'beside --count also --addresses, or port 0');
};

/**
 * Says how many phones have pages if not all do. Returns what says at the end which could not open theirs, and whether
 * there were any.
 */
const watchPages = (
  environment: CliEnvironment,
  { pages }: PhoneArguments,
  count: number,
  bus: EventBus<PhoneStep>,
): (() => boolean) => {
  if (pages === undefined) return () => false;
  if (count > MOST_WITH_PAGES) say(environment, `pages: the first ${MOST_WITH_PAGES} of the ${count} phones have them`);
  let refused = 0;
  let first = '';
  bus.on('phone.pages-refused', ({ phone, url, why }) => {
    refused += 1;
    first ||= `${phone}, ${url}: ${why}`;
  });
  return () => {
    if (refused > 0)
      say(
        environment,
        `pages: ${refused} ${refused === 1 ? 'phone' : 'phones'} could not open theirs, the first ${first}`,
      );
    return refused > 0;
  };
};

const makerOf = (
  environment: CliEnvironment,
  args: PhoneArguments,
  count: number,
  addressAt: ((number: number) => string) | undefined,
): Maker => {
  const { name = '', mac, mic, line, mix: written, first = 1 } = args;
  if (count > 1 && !isPattern(name))
    throw new OptionFailure('--name', name, 'a pattern with the number of the phone in it, such as SEP02%010X');
  const mix = written === undefined ? undefined : parseMix(written);
  if (written !== undefined && mix === undefined)
    throw new OptionFailure('--mix', written, 'models and protocols with shares, such as CIPC/sccp=60,8851/sip=40');
  const { webPort, ...common } = phoneOf(environment, args);
  return (at) => {
    const number = first + at;
    const part = mix === undefined ? undefined : mixAt(mix, at);
    return {
      ...common,
      name: fromPattern(name, number),
      ...(part === undefined ? {} : { model: part.model, protocol: part.protocol }),
      ...(mac === undefined ? {} : { mac: fromPattern(mac, number) }),
      ...(mic === undefined ? {} : { factoryIdentity: factoryIdentity(environment, fromPattern(mic, number)) }),
      ...(line === undefined ? {} : { lines: line.map((dn) => fromPattern(dn, number)) }),
      ...(addressAt === undefined ? {} : { localAddress: addressAt(at) }),
      ...(webPort === undefined || at >= MOST_WITH_PAGES ? {} : { webPort }),
    };
  };
};

/** On a terminal one line that is overwritten; elsewhere a line every ten seconds. Returns how to stop. */
const showProgress = (environment: CliEnvironment, fleet: Fleet): (() => void) => {
  const line = new LiveLine(environment);
  let looks = 0;
  const timer = setInterval(() => {
    looks += 1;
    const text = progressLine(fleet.progress());
    if (line.isLive) line.show(text);
    else if (looks % 10 === 0) say(environment, text);
  }, LOOK);
  return () => {
    clearInterval(timer);
    line.clear();
  };
};

const printOutcome = (environment: CliEnvironment, { json }: PhoneArguments, outcome: FleetOutcome): void => {
  if (json !== true) {
    for (const line of fleetReport(outcome)) print(environment, line);
    return;
  }
  const { metrics, ...rest } = outcome;
  const quantiles = (histogram: typeof metrics.boot) => ({
    count: histogram.count,
    p50: histogram.quantile(0.5),
    p90: histogram.quantile(0.9),
    p99: histogram.quantile(0.99),
    most: histogram.most,
  });
  const steps = Object.fromEntries([...metrics.steps].map(([step, histogram]) => [step, quantiles(histogram)]));
  const counts = Object.fromEntries(metrics.counts);
  const reasons = Object.fromEntries(metrics.reasons);
  print(
    environment,
    JSON.stringify({ ...rest, boot: quantiles(metrics.boot), steps, counts, reasons, packets: metrics.packets }),
  );
};
