import type { Argv, CommandModule } from 'yargs';
import { type DecodedFrame, decodeWhole, type FrameDecoder, type FrameOptions } from '../../decoding/decoders.js';
import { UnreadableFile } from '../../net/files/text-files.js';
import { type CliEnvironment, EXIT, type ExitCode, print, say } from '../environment.js';
import { CommandFailure, OptionFailure } from '../failure.js';
import { type HexFrame, HexReader } from '../hex-dumps.js';
import { payloadOf } from '../packet-payload.js';

/** The decoders by protocol; each is loaded only when it is used. */
const DECODERS: Readonly<Record<'sccp' | 'sip' | 'dhcp' | 'tftp', () => Promise<FrameDecoder>>> = {
  sccp: () => import('../../sccp/decode.js'),
  sip: () => import('../../sip/decode.js'),
  dhcp: () => import('../../dhcp/decode.js'),
  tftp: () => import('../../tftp/decode.js'),
};

type Protocol = keyof typeof DECODERS;
const PROTOCOLS = Object.keys(DECODERS) as Protocol[];
const isProtocol = (text: string): text is Protocol => Object.hasOwn(DECODERS, text);

interface DecodeArguments {
  readonly input?: string | undefined;
  readonly json?: boolean | undefined;
  readonly version?: number | undefined;
  readonly device?: string | undefined;
}

/** No frame of these protocols has a longer line. */
const MAX_LINE = 200_000;

/**
 * `labcm decode`: decodes the messages of a capture file, one line each, or frames in hexadecimal from stdin, line by
 * line or from dumps, one JSON object each. A message that cannot be decoded is shown as far as possible and makes the
 * exit code 1.
 */
export const decodeCommand = (
  environment: CliEnvironment,
  exit: (code: ExitCode) => void,
): CommandModule<object, DecodeArguments> => ({
  command: 'decode <input>',
  describe:
    'what labcm makes of a capture (pcap, pcapng, also in gzip), or of frames: hexadecimal on stdin, one a line, or dumps of tcpdump, xxd, hexdump -C and Wireshark; exit 1 where something cannot be read',
  builder: (yargs: Argv) =>
    yargs
      .version(false)
      .positional('input', {
        type: 'string',
        demandOption: true,
        describe: `a capture file, \`-\` for one on stdin, or whose frames stdin has: ${PROTOCOLS.join(', ')}`,
      })
      .option('json', { type: 'boolean', describe: 'compact JSON, one object a line' })
      .option('device', {
        type: 'string',
        requiresArg: true,
        describe: 'of a capture, only the messages of this device: its name, its hardware address or its IP address',
      })
      .option('version', {
        type: 'string',
        requiresArg: true,
        coerce: versionOf,
        describe: 'the negotiated SCCP version, where the frame does not say',
      })
      .example('labcm decode boot.pcapng', 'every message of a capture: time, source, destination, protocol, contents')
      .example('labcm decode boot.pcap.gz --device SEP005056A1033D --json', 'those of one phone, as programs like it')
      .example('tcpdump -i eth1 -U -w - | labcm decode -', 'as they come')
      .example('echo 0001616263006f6374657400 | labcm decode tftp', 'a read request in hexadecimal')
      .example('labcm decode sccp --json --version 17 < frames.hex', 'frames, one a line'),
  handler: async ({ input = '', json = false, version, device }) => {
    if (isProtocol(input)) {
      if (device !== undefined) throw new OptionFailure('--device', 'frames without addresses', 'a capture file');
      await decodeFrames(environment, input, { json, version }, exit);
      return;
    }
    const { decodeCapture } = await import('../captures/decode-capture.js');
    try {
      // yargs gives an empty text for `-`.
      await decodeCapture(environment, { path: input === '' ? '-' : input, json, device, version }, exit);
    } catch (error) {
      if (!(error instanceof UnreadableFile)) throw error;
      const protocols = PROTOCOLS.map((name) => JSON.stringify(name)).join(', ');
      throw new OptionFailure(input, error.found, `a capture file, or one of ${protocols} for hexadecimal on stdin`);
    }
  },
});

interface FramesOptions extends FrameOptions {
  readonly json: boolean;
}

/** Decodes hexadecimal on stdin. */
const decodeFrames = async (
  environment: CliEnvironment,
  protocol: Protocol,
  { json, version }: FramesOptions,
  exit: (code: ExitCode) => void,
): Promise<void> => {
  const decoder = await DECODERS[protocol]();
  for await (const frame of framesOf(environment.stdin)) {
    const bytes = payloadOf(frame.bytes);
    if (bytes.length === 0 && frame.bytes.length > 0) say(environment, 'a packet that carries nothing');
    else
      for (const decoded of decodeAll({ ...frame, bytes }, decoder, { version })) {
        print(environment, json ? JSON.stringify(decoded) : spaced(decoded));
        if (decoded.error !== undefined || decoded.missing !== undefined) exit(EXIT.failed);
      }
  }
};

/** Decodes all frames of these octets; those of a stream follow each other. */
function* decodeAll({ bytes, error }: HexFrame, decoder: FrameDecoder, options: FrameOptions): Generator<DecodedFrame> {
  let rest = bytes;
  for (;;) {
    const length = Math.min(decoder.frameLength?.(rest) ?? rest.length, rest.length);
    const last = length === rest.length;
    const frame = rest.subarray(0, length);
    const whole = decodeWhole(decoder, frame, options);
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
