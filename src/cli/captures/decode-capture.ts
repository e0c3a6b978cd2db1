// `labcm decode FILE`: reads a capture once, or twice to find a device in it, and prints its messages.

import type { CaptureDecoder, CaptureEvents } from '../../decoding/capture-decoder.js';
import type { CapturedMessage } from '../../decoding/captured-message.js';
import type { FrameOptions } from '../../decoding/decoders.js';
import { octetPieces } from '../../net/files/text-files.js';
import { type CliEnvironment, EXIT, type ExitCode, print, say } from '../environment.js';
import { CommandFailure, OptionFailure } from '../failure.js';
import { interruption } from '../signals.js';
import { painter } from '../table.js';
import { DeviceFilter } from './device-filter.js';
import { capturedMessageJson, describeCapturedMessage } from './message-lines.js';
import { CAPTURE_REMEDY, type ProgressLine, progressLine, readCapture } from './read-capture.js';

/** How a capture is printed. */
export interface CaptureOptions extends FrameOptions {
  /** A file, or `-` for stdin. */
  readonly path: string;
  readonly json: boolean;
  /** Only messages of that device: a name, a hardware address or an IPv4 address. */
  readonly device: string | undefined;
}

/** `-` means stdin, as in tcpdump and tshark. */
const STDIN = '-';

/** Prints the messages of a capture. Throws a `CommandFailure` at a place where it cannot be read on. */
export const decodeCapture = async (
  environment: CliEnvironment,
  { path, json, device, version }: CaptureOptions,
  exit: (code: ExitCode) => void,
): Promise<void> => {
  if (path === STDIN && device !== undefined)
    throw new OptionFailure('--device', 'a capture on stdin', 'a file, since it is read twice');
  // Other signals end the process at once, as by default: there is nothing to tidy up.
  const ending = interruption(environment, ['SIGPIPE']);
  let stopped = false;
  void ending.interrupted.then(() => {
    stopped = true;
  });
  const read = (events: CaptureEvents, progress: ProgressLine) =>
    readCapture(path === STDIN ? environment.stdin : octetPieces(path), { version }, events, progress, () => stopped);
  try {
    const filter = device === undefined ? undefined : new DeviceFilter(device);
    if (filter !== undefined)
      await read(
        {
          onMessage: (message) => filter.learn(message),
          onSender: (hardwareAddress, address) => filter.learnSender(hardwareAddress, address),
        },
        progressLine(environment, environment.stderr.isTTY === true),
      );
    const paint = painter(environment);
    let messages = 0;
    const onMessage = (message: CapturedMessage): void => {
      if (filter?.accepts(message) === false || stopped) return;
      messages += 1;
      print(environment, json ? capturedMessageJson(message) : describeCapturedMessage(message, paint));
      if (message.decoded.error !== undefined || message.decoded.missing !== undefined) exit(EXIT.failed);
    };
    // What is printed on the same terminal shows the progress by itself.
    const showsNone = environment.stderr.isTTY === true && environment.stdout.isTTY !== true;
    const { decoder, fault, isCapture } = await read({ onMessage }, progressLine(environment, showsNone));
    if (stopped) return;
    if (fault !== undefined && !isCapture)
      throw new CommandFailure(
        nameOf(path),
        fault.found,
        fault.wanted,
        'hexadecimal goes to `labcm decode PROTOCOL` on stdin',
      );
    say(environment, sumOf(decoder, messages, filter));
    if (device !== undefined && messages === 0) exit(EXIT.failed);
    if (fault !== undefined)
      throw new CommandFailure(`${nameOf(path)} at octet ${fault.offset}`, fault.found, fault.wanted, CAPTURE_REMEDY);
  } finally {
    ending.stop();
  }
};

const nameOf = (path: string): string => (path === STDIN ? 'stdin' : path);

const sumOf = ({ packets, unread }: CaptureDecoder, messages: number, filter: DeviceFilter | undefined): string => {
  const others = [...unread].map(([name, count]) => `${count} ${name}`).join(', ');
  const undecided = filter === undefined || filter.undecided === 0 ? '' : `; ${filter.undecided} ${UNDECIDED}`;
  return `${messages} messages in ${packets} packets${others === '' ? '' : `; not read: ${others}`}${undecided}`;
};

const UNDECIDED = 'messages name no device, at addresses that several devices share, and are left out';
