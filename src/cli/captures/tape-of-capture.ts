// Makes a tape of a capture file: it is read twice, first to find out what is of the phone.

import type { CaptureEvents } from '../../decoding/capture-decoder.js';
import type { CapturedMessage } from '../../decoding/captured-message.js';
import { octetPieces } from '../../net/files/text-files.js';
import type { CaptureFault } from '../../pcap/captured-packet.js';
import type { Tape } from '../../tapes/tape.js';
import { TapeRecorder } from '../../tapes/tape-recorder.js';
import type { CliEnvironment } from '../environment.js';
import { CommandFailure, OptionFailure } from '../failure.js';
import { DeviceFilter } from './device-filter.js';
import { deviceNamesIn, isFromDevice } from './device-names.js';
import { progressLine, readCapture } from './read-capture.js';

/** Which phone of which capture. */
export interface TapeOfCapture {
  readonly path: string;
  /** Its name, its hardware address or its IPv4 address; `undefined`: the only one that the capture names. */
  readonly device: string | undefined;
  /** What the tape says of the program that made it. */
  readonly program: string;
}

/** A tape, and from where on the capture could not be read. */
export interface CapturedTape {
  readonly tape: Tape;
  readonly isFull: boolean;
  readonly fault: CaptureFault | undefined;
}

/** Names of devices that are told apart. */
const MOST_NAMES = 16;

/** Reads a capture. Rejects with a `CommandFailure` if it is none, or has nothing of the phone. */
export const tapeOfCapture = async (
  environment: CliEnvironment,
  { path, device: wanted, program }: TapeOfCapture,
): Promise<CapturedTape> => {
  const read = async (events: CaptureEvents, isEnough = (): boolean => false) => {
    const found = await readCapture(
      octetPieces(path),
      {},
      events,
      progressLine(environment, environment.stderr.isTTY === true),
      isEnough,
    );
    if (found.fault !== undefined && !found.isCapture)
      throw new CommandFailure(path, found.fault.found, found.fault.wanted, 'pcap and pcapng are read, also in gzip');
    return found;
  };
  const device = wanted ?? (await onlyDevice(path, read));
  const filter = new DeviceFilter(device);
  await read({
    onMessage: (message) => filter.learn(message),
    onSender: (hardwareAddress, address) => filter.learnSender(hardwareAddress, address),
  });
  const recorder = new TapeRecorder({ device: nameOf(device), source: 'capture', program });
  /** The connections whose last message was of the phone: what follows it is, too. */
  const accepted = new Set<string>();
  const { fault } = await read(
    {
      onMessage: (message) => {
        const isOfPhone = filter.accepts(message);
        if (message.protocol === 'http') {
          if (isOfPhone) accepted.add(message.conversation);
          else accepted.delete(message.conversation);
        }
        if (isOfPhone) recorder.add(message);
      },
      onBody: (body) => {
        if (accepted.has(body.conversation)) recorder.addBody(body);
      },
    },
    () => recorder.isFull,
  );
  if (recorder.count === 0)
    throw new CommandFailure(path, `no message of ${device}`, 'some', '`labcm decode FILE` shows whose there are');
  return { tape: recorder.tape(), isFull: recorder.isFull, fault };
};

/** A device is called as the tapes of daemons call it. */
const nameOf = (device: string): string => (/^(?:SEP|ATA)[0-9a-f]{12}$/i.test(device) ? device.toUpperCase() : device);

const onlyDevice = async (path: string, read: (events: CaptureEvents) => Promise<unknown>): Promise<string> => {
  const names = new Set<string>();
  await read({
    onMessage: (message: CapturedMessage) => {
      if (!isFromDevice(message) || names.size >= MOST_NAMES) return;
      for (const name of deviceNamesIn(message)) names.add(name);
    },
  });
  const [only] = names;
  if (only !== undefined && names.size === 1) return only;
  throw new OptionFailure(
    '--device',
    `nothing, and ${names.size === 0 ? 'no device is named' : `the devices ${[...names].join(', ')}`} in ${path}`,
    'the name or address of one',
  );
};
