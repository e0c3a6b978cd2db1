// `labcm decode`: frames in hexadecimal on stdin, by the line or as dumps, and what labcm makes of each, one object a line.
// What cannot be read is shown as far as it goes, and makes the exit code 1.

import type { Argv, CommandModule } from 'yargs';
import { type CliEnvironment, EXIT, type ExitCode, print, say } from '../environment.js';
import { CommandFailure, OptionFailure } from '../failure.js';
import { type HexFrame, HexReader } from '../hex-dumps.js';
import { payloadOf } from '../packet-payload.js';

/** With an error: as far as the frame goes. */
export interface DecodedFrame {
  readonly name?: string;
  readonly id?: string;
  readonly fields?: Readonly<Record<string, unknown>>;
  /** The first field that is not there and cannot be missing. */
  readonly missing?: string;
  readonly error?: string;
  /** Octets from the start of the frame to where it went wrong. */
  readonly offset?: number;
}

interface Options {
  readonly version?: number | undefined;
}

interface Decoder {
  /** Exactly one frame, or what is wrong with it. */
  readonly decodeFrame: (bytes: Buffer, options: Options) => DecodedFrame;
  /** What can be said of octets that `decodeFrame` did not like. */
  readonly decodePart: (bytes: Buffer, options: Options) => DecodedFrame | undefined;
  /** Octets of the first frame of a stream; absent where a frame is a datagram. */
  readonly frameLength?: (bytes: Buffer) => number;
}

/** A protocol's decoder is a row; it is loaded when it is asked for. */
const DECODERS: Readonly<Record<'sccp' | 'sip' | 'dhcp' | 'tftp', () => Promise<Decoder>>> = {
  sccp: () => import('../../sccp/decode.js'),
  sip: () => import('../../sip/decode.js'),
  dhcp: () => import('../../dhcp/decode.js'),
  tftp: () => import('../../tftp/decode.js'),
};

type Protocol = keyof typeof DECODERS;
const PROTOCOLS = Object.keys(DECODERS) as Protocol[];

interface DecodeArguments {
  readonly protocol?: Protocol | undefined;
  readonly json?: boolean | undefined;
  readonly version?: number | undefined;
}

/** A line of a hundred kilobytes is no frame of any of these protocols. */
const MAX_LINE = 200_000;

export const decodeCommand = (
  environment: CliEnvironment,
  exit: (code: ExitCode) => void,
): CommandModule<object, DecodeArguments> => ({
  command: 'decode <protocol>',
  describe:
    'what labcm makes of frames: hexadecimal on stdin, one frame a line, or dumps of tcpdump, xxd, hexdump -C and Wireshark; exit 1 where one cannot be read',
  builder: (yargs: Argv) =>
    yargs
      .version(false)
      .positional('protocol', { choices: PROTOCOLS, demandOption: true, describe: 'whose frames they are' })
      .option('json', { type: 'boolean', describe: 'compact JSON, one object a line' })
      .option('version', {
        type: 'string',
        requiresArg: true,
        coerce: versionOf,
        describe: 'the negotiated SCCP version, where the frame does not say',
      })
      .example('echo 0001616263006f6374657400 | labcm decode tftp', 'a read request')
      .example('labcm decode sccp --json --version 17 < frames.hex', 'as programs like it'),
  handler: async ({ protocol, json, version }) => {
    if (protocol === undefined) return;
    const decoder = await DECODERS[protocol]();
    for await (const frame of framesOf(environment.stdin)) {
      const bytes = payloadOf(frame.bytes);
      if (bytes.length === 0 && frame.bytes.length > 0) say(environment, 'a packet that carries nothing');
      else
        for (const decoded of decodeAll({ ...frame, bytes }, decoder, { version })) {
          print(environment, json === true ? JSON.stringify(decoded) : spaced(decoded));
          if (decoded.error !== undefined || decoded.missing !== undefined) exit(EXIT.failed);
        }
    }
  },
});

/** Every frame of these octets, a stream's one after the other. */
function* decodeAll({ bytes, error }: HexFrame, decoder: Decoder, options: Options): Generator<DecodedFrame> {
  let rest = bytes;
  for (;;) {
    const length = Math.min(decoder.frameLength?.(rest) ?? rest.length, rest.length);
    const last = length === rest.length;
    const frame = rest.subarray(0, length);
    const decoded = decoder.decodeFrame(frame, options);
    const whole = decoded.error === undefined ? decoded : { ...decoder.decodePart(frame, options), ...decoded };
    yield last && error !== undefined ? { ...whole, error, offset: length } : whole;
    if (last) return;
    rest = rest.subarray(length);
  }
}

/** A blank after each colon and comma, still one line. */
const spaced = (decoded: DecodedFrame): string => JSON.stringify(decoded, undefined, 1).replace(/\n\s*/g, ' ');

const versionOf = (text: string): number => {
  const version = Number(text);
  if (!/^\d{1,3}$/.test(text) || version > 255)
    throw new OptionFailure('--version', JSON.stringify(text), 'a protocol version such as 17');
  return version;
};

async function* framesOf(input: CliEnvironment['stdin']): AsyncGenerator<HexFrame> {
  const reader = new HexReader();
  for await (const line of linesOf(input)) yield* reader.push(line);
  yield* reader.end();
}

async function* linesOf(input: AsyncIterable<string | Uint8Array>): AsyncGenerator<string> {
  let rest = '';
  for await (const piece of input) {
    const lines = (rest + (typeof piece === 'string' ? piece : Buffer.from(piece).toString('latin1'))).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > MAX_LINE) throw new CommandFailure('stdin', 'a line without an end', 'one frame a line');
    yield* lines;
  }
  yield rest;
}
