import type { Argv, CommandModule } from 'yargs';
import { type CliEnvironment, EXIT, type ExitCode, print, say } from '../environment.js';
import { CommandFailure, OptionFailure } from '../failure.js';
import { type HexFrame, HexReader } from '../hex-dumps.js';
import { payloadOf } from '../packet-payload.js';

/** A decoded frame. With `error`: as far as it could be decoded. */
export interface DecodedFrame {
  readonly name?: string;
  readonly id?: string;
  readonly fields?: Readonly<Record<string, unknown>>;
  /** The first field that is missing and needed. */
  readonly missing?: string;
  readonly error?: string;
  /** The offset of the error in the frame, in octets. */
  readonly offset?: number;
}

interface Options {
  readonly version?: number | undefined;
}

interface Decoder {
  /** Decodes exactly one frame, or says what is wrong with it. */
  readonly decodeFrame: (bytes: Buffer, options: Options) => DecodedFrame;
  /** Decodes as much as possible of octets that `decodeFrame` refused. */
  readonly decodePart: (bytes: Buffer, options: Options) => DecodedFrame | undefined;
  /** The length of the first frame of a stream; absent for datagrams. */
  readonly frameLength?: (bytes: Buffer) => number;
}

/** The decoders by protocol; each is loaded only when it is used. */
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

/** No frame of these protocols has a longer line. */
const MAX_LINE = 200_000;

/**
 * `labcm decode`: decodes frames in hexadecimal from stdin, line by line or from dumps, one JSON object each. A frame
 * that cannot be decoded is shown as far as possible and makes the exit code 1.
 */
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

/** Decodes all frames of these octets; those of a stream follow each other. */
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

/** JSON with a blank after each colon and comma, on one line. */
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
