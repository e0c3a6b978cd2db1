import type { Argv, CommandModule } from 'yargs';
import {
  after,
  type Clock,
  type Duration,
  formatDuration,
  milliseconds,
  minutes,
  parseDuration,
  seconds,
} from '../../core/time.js';
import { CaptureDecoder } from '../../decoding/capture-decoder.js';
import { CaptureReader } from '../../pcap/read-capture.js';
import type { Tape } from '../../tapes/tape.js';
import { TapeRecorder } from '../../tapes/tape-recorder.js';
import { type ApiArguments, type ApiClient, apiClient, apiOptions, devicePath } from '../api-client.js';
import { tapeOfCapture } from '../captures/tape-of-capture.js';
import { duration } from '../durations.js';
import { type CliEnvironment, EXIT, type ExitCode, say } from '../environment.js';
import { CommandFailure, OptionFailure } from '../failure.js';
import { LiveLine } from '../live-line.js';
import { interruption } from '../signals.js';
import { TAPE_ENDING, writeTape } from '../tape-files.js';

type Until = 'registered' | 'kept' | Duration;

interface RecordArguments extends ApiArguments {
  readonly device?: string | undefined;
  readonly output?: string | undefined;
  readonly from?: string | undefined;
  readonly until?: Until | undefined;
  readonly within?: Duration | undefined;
  readonly linger?: Duration | undefined;
}

const WITHIN = minutes(10);
/** What follows a registration belongs to it: templates, times, subscriptions. */
const LINGER = seconds(2);
const LOOK_AGAIN = milliseconds(200);

const EPILOGUE = `A tape has what the phone and labcm said to each other, with times, one JSON object a line. labcm replay plays it, and
labcm diff compares two.

Passwords, digest responses, credentials and what is dialled over SCCP during a call are replaced by x, and no option keeps
them. Names and numbers stay. The file is for its owner alone (0600).`;

/** `labcm record`: writes what a phone says and hears to a tape. */
export const recordCommand = (
  environment: CliEnvironment,
  version: string,
  exit: (code: ExitCode) => void,
): CommandModule<object, RecordArguments> => ({
  command: 'record <device>',
  describe: 'write all that a phone says and hears to a tape, from a daemon or from a capture file',
  builder: (yargs: Argv) =>
    apiOptions(yargs)
      .positional('device', {
        type: 'string',
        demandOption: true,
        describe: 'its name in any case, its hardware address or its IPv4 address; also of one that nobody configured',
      })
      .option('output', { alias: 'o', type: 'string', describe: 'the file to write [default: DEVICE.tape.jsonl]' })
      .option('from', { type: 'string', requiresArg: true, describe: 'a capture file (pcap, pcapng, also in gzip)' })
      .option('until', {
        type: 'string',
        default: 'registered',
        coerce: untilOption,
        describe: 'registered: until it has registered anew; kept: what the daemon has kept already; or a time',
      })
      .option('within', {
        type: 'string',
        default: formatWithin(WITHIN),
        coerce: duration('within'),
        describe: 'with --until registered: how long to wait',
      })
      .option('linger', {
        type: 'string',
        default: '2s',
        coerce: duration('linger'),
        describe: 'with --until registered: how long to record on after it has registered',
      })
      .example('labcm record SEP005056A1033D', 'then switch the phone on, or restart it')
      .example('labcm record SEP005056A1033D --until 10m -o call.tape.jsonl', 'ten minutes of it')
      .example('labcm record SEP005056A1033D --from boot.pcapng', 'of a capture')
      .epilogue(EPILOGUE),
  handler: async ({ device = '', output, from, until = 'registered', within = WITHIN, linger = LINGER, ...where }) => {
    const path = output ?? `${device.replace(/[^\w.-]/g, '_')}${TAPE_ENDING}`;
    const program = `labcm ${version}`;
    if (from !== undefined) {
      const { tape, isFull, fault } = await tapeOfCapture(environment, { path: from, device, program });
      finish(environment, path, tape, isFull);
      if (fault !== undefined)
        throw new CommandFailure(
          `${from} at octet ${fault.offset}`,
          fault.found,
          fault.wanted,
          'what comes before it is on the tape',
        );
      return;
    }
    const api = await apiClient(environment, where);
    const { tape, isFull, trouble } = await recordLive(environment, api, { device, program, until, within, linger });
    finish(environment, path, tape, isFull);
    if (trouble !== undefined) {
      say(environment, `labcm: ${trouble}`);
      exit(EXIT.failed);
    } else if (tape.messages.length === 0) exit(EXIT.failed);
  },
});

const formatWithin = (span: Duration): string => `${span / 60_000}m`;

const untilOption = (written: string | undefined): Until | undefined => {
  if (written === undefined || written === 'registered' || written === 'kept') return written;
  const span = parseDuration(written);
  if (span === undefined) throw new OptionFailure('--until', written, 'registered, kept, or a time such as 2m');
  return span;
};

const finish = (environment: CliEnvironment, path: string, tape: Tape, isFull: boolean): void => {
  const { messages } = tape;
  if (messages.length === 0) {
    say(environment, `${tape.header.device}: nothing was heard of it, and no tape is written`);
    return;
  }
  writeTape(environment, path, tape);
  const span = formatDuration(milliseconds(Math.round(messages.at(-1)?.at ?? 0)));
  say(
    environment,
    `${path}: ${messages.length} messages in ${span}${isFull ? '; it is full, and what came later is not on it' : ''}`,
  );
};

interface LiveRecording {
  readonly device: string;
  readonly program: string;
  readonly until: Until;
  readonly within: Duration;
  readonly linger: Duration;
}

interface Recorded {
  readonly tape: Tape;
  readonly isFull: boolean;
  /** Why it is not what was asked for. */
  readonly trouble: string | undefined;
}

/** Records from the daemon until the phone has registered, the time has passed or a signal comes. */
const recordLive = async (
  environment: CliEnvironment,
  api: ApiClient,
  { device, program, until, within, linger }: LiveRecording,
): Promise<Recorded> => {
  const known = await api.deviceIfAny(device);
  const name = known?.name ?? device;
  const recorder = new TapeRecorder({ device: name, source: 'daemon', program });
  const query = new URLSearchParams({ redact: 'true', ...(until === 'kept' ? {} : { follow: 'true', since: '0ms' }) });
  const ending = interruption(environment);
  const line = new LiveLine(environment);
  try {
    const response = await api.stream(`${devicePath(device)}/pcap?${query}`, device);
    if (until !== 'kept') say(environment, `${name}: recording ${describeUntil(until, within)}; Ctrl+C ends it sooner`);
    const reading = readInto(response, recorder, () => line.show(`${recorder.count} messages`));
    let trouble: string | undefined;
    /** Whether the tape has what was asked for, so that the capture may end. */
    let isEnough = until === 'kept';
    const enough =
      until === 'kept'
        ? new Promise<void>(() => {})
        : until === 'registered'
          ? registeredAnew(api, {
              ...{ device, within, linger, before: known?.registeredAt ?? null, comesWithin: ending.comesWithin },
              clock: environment.clock,
              hasRegistered: () => recorder.hasRegistered,
              onRegistered: () => {
                isEnough = true;
              },
            }).then((why) => {
              trouble = why;
            })
          : ending.comesWithin(until).then(() => {});
    const hasEnded = await Promise.race([
      reading.ended.then(() => true),
      Promise.race([enough, ending.interrupted]).then(() => false),
    ]);
    if (reading.broke) trouble ??= brokenOff('an end in the middle', 'its whole length');
    else if (hasEnded && !isEnough) trouble ??= endedEarly(recorder, until);
    await reading.stop();
    return { tape: recorder.tape(), isFull: recorder.isFull, trouble };
  } finally {
    line.clear();
    ending.stop();
  }
};

const brokenOff = (found: string, wanted: string): string =>
  new CommandFailure('the capture', found, wanted, 'the daemon has stopped, or was asked too much').message;

/** What is wrong with a tape whose recording ended by itself; `undefined`: nothing, or only that it is full. */
const endedEarly = ({ isFull, hasRegistered }: TapeRecorder, until: Until): string | undefined => {
  if (until !== 'registered') return isFull ? undefined : brokenOff('an end', 'more of it, for as long as was asked');
  if (hasRegistered) return undefined;
  return isFull
    ? new CommandFailure(
        'the tape',
        'that it is full',
        'a registration on it',
        'begin to record shortly before the phone boots',
      ).message
    : brokenOff('an end', 'a registration before it');
};

const describeUntil = (until: Until, within: Duration): string =>
  until === 'registered'
    ? `until it has registered, for at most ${formatDuration(within)}`
    : until === 'kept'
      ? ''
      : `for ${formatDuration(until)}`;

interface AwaitedRegistration {
  readonly device: string;
  readonly within: Duration;
  readonly linger: Duration;
  /** When the phone had registered, before recording began. */
  readonly before: string | null;
  /** Whether the tape has a boot with its registration: a SIP phone may register again before its old registration has ended. */
  readonly hasRegistered: () => boolean;
  readonly onRegistered: () => void;
  readonly clock: Clock;
  readonly comesWithin: (span: Duration) => Promise<boolean>;
}

/**
 * Resolves when the phone has registered anew, or when waiting is over; with what was found instead where it has not `within`
 * the time.
 */
const registeredAnew = async (
  api: ApiClient,
  { device, within, linger, before, hasRegistered, onRegistered, clock, comesWithin }: AwaitedRegistration,
): Promise<string | undefined> => {
  const end = after(clock.now(), within);
  for (;;) {
    const now = await api.deviceIfAny(device).catch(() => undefined);
    if (now?.status === 'Registered' && (now.registeredAt !== before || hasRegistered())) {
      onRegistered();
      await comesWithin(linger);
      return undefined;
    }
    if (clock.now() >= end)
      return new CommandFailure(
        device,
        now === undefined ? 'no device of that name' : `${now.status}`,
        `a new registration within ${formatDuration(within)}`,
        `\`labcm why ${device}\` says what is wrong`,
      ).message;
    if (await comesWithin(LOOK_AGAIN)) return undefined;
  }
};

interface Reading {
  /** Resolves when there is no more to read. */
  readonly ended: Promise<void>;
  /** Whether it ended before its end. */
  readonly broke: boolean;
  stop(): Promise<void>;
}

/** Reads a stream of pcapng into a recorder. */
const readInto = (response: Response, recorder: TapeRecorder, onMore: () => void): Reading => {
  const stream = response.body?.getReader();
  const packets = new CaptureReader();
  const decoder = new CaptureDecoder(
    {},
    { onMessage: (message) => recorder.add(message), onBody: (body) => recorder.addBody(body) },
  );
  const reading = { broke: false, isOver: false };
  const run = async (): Promise<void> => {
    while (stream !== undefined && !recorder.isFull && !reading.isOver) {
      const piece = await stream.read().catch(() => undefined);
      if (piece === undefined && !reading.isOver) reading.broke = true;
      if (piece === undefined || piece.done) return;
      for (const packet of packets.push(Buffer.from(piece.value))) decoder.add(packet);
      onMore();
    }
  };
  const ended = run();
  return {
    ended,
    get broke() {
      return reading.broke;
    },
    stop: async () => {
      reading.isOver = true;
      await stream?.cancel().catch(() => {});
      await ended;
      packets.end();
      decoder.end();
    },
  };
};
