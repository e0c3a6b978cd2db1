// `labcm decode`: hexadecimal frames on stdin, one a line, and what labcm makes of each, one object a line. A frame that
// cannot be read is an answer as well, not a failure of the command.

import type { Argv, CommandModule } from 'yargs';
import { CommandFailure, OptionFailure } from './failure.js';
import { print, type World } from './world.js';

export type Decoded =
  | { readonly name: string; readonly id?: string; readonly fields: Readonly<Record<string, unknown>> }
  | { readonly error: string; readonly offset: number };

type DecodeFrame = (bytes: Buffer, options: { readonly version?: number | undefined }) => Decoded;

/** A protocol's decoder is a row; it is loaded when it is asked for. */
const DECODERS = {
  sccp: async (): Promise<DecodeFrame> => (await import('../sccp/decode.js')).decodeFrame,
  sip: async (): Promise<DecodeFrame> => (await import('../sip/decode.js')).decodeFrame,
  dhcp: async (): Promise<DecodeFrame> => (await import('../dhcp/decode.js')).decodeFrame,
  tftp: async (): Promise<DecodeFrame> => (await import('../tftp/decode.js')).decodeFrame,
} as const;

type Protocol = keyof typeof DECODERS;
const PROTOCOLS = Object.keys(DECODERS) as Protocol[];

interface DecodeArguments {
  readonly protocol?: Protocol | undefined;
  readonly json?: boolean | undefined;
  readonly version?: number | undefined;
}

/** A line of a hundred kilobytes is no frame of any of these protocols. */
const MAX_LINE = 200_000;

export const decodeCommand = (world: World): CommandModule<object, DecodeArguments> => ({
  command: 'decode <protocol>',
  describe: 'what labcm makes of frames: hexadecimal on stdin, one frame a line',
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
    const decode = await DECODERS[protocol]();
    for await (const line of linesOf(world.stdin)) {
      if (line.trim() === '') continue;
      const decoded = decodeLine(line, decode, version);
      print(world, json === true ? JSON.stringify(decoded) : spaced(decoded));
    }
  },
});

/** A blank after each colon and comma, still one line. */
const spaced = (decoded: Decoded): string => JSON.stringify(decoded, undefined, 1).replace(/\n\s*/g, ' ');

const versionOf = (text: string): number => {
  const version = Number(text);
  if (!/^\d{1,3}$/.test(text) || version > 255)
    throw new OptionFailure('--version', JSON.stringify(text), 'a protocol version such as 17');
  return version;
};

const decodeLine = (line: string, decode: DecodeFrame, version: number | undefined): Decoded => {
  const digits = line.replace(/[\s:]|0x/gi, '');
  const stray = digits.search(/[^0-9a-f]/i);
  if (stray >= 0) return { error: `${JSON.stringify(digits[stray])} is no hexadecimal digit`, offset: stray >> 1 };
  if (digits.length % 2 === 1) return { error: 'half an octet at the end', offset: digits.length >> 1 };
  return decode(Buffer.from(digits, 'hex'), { version });
};

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
