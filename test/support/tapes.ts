// Tapes for tests: of captures, of captured messages, and of octets as they are written down.

import { CaptureDecoder } from '../../src/decoding/capture-decoder.js';
import { CaptureReader } from '../../src/pcap/read-capture.js';
import { contentOf } from '../../src/tapes/decoded-tape.js';
import { MASKED_CONTENT, type Tape, type TapeMessage, type TapeProtocol, type TapeSide } from '../../src/tapes/tape.js';
import { TapeRecorder } from '../../src/tapes/tape-recorder.js';

/** Everything in a capture, on one tape. */
export const tapeOf = (capture: Buffer, device = 'SEP005056A1033D'): Tape => {
  const recorder = new TapeRecorder({ device, source: 'capture', program: 'labcm test' });
  const decoder = new CaptureDecoder(
    {},
    { onMessage: (message) => recorder.add(message), onBody: (body) => recorder.addBody(body) },
  );
  for (const packet of new CaptureReader().push(capture)) decoder.add(packet);
  decoder.end();
  return recorder.tape();
};

export interface WrittenMessage {
  readonly from: TapeSide;
  readonly octets: Buffer;
  readonly at?: number;
  readonly protocol?: TapeProtocol;
  readonly conversation?: number;
  /** The name, where the octets are not known. */
  readonly name?: string;
  readonly leftOut?: number;
}

export interface WrittenTape {
  readonly device?: string;
  readonly protocol?: TapeProtocol;
  readonly transport?: 'udp' | 'tcp';
  readonly phone?: string;
  readonly server?: string;
}

const endpoint = (text: string) => {
  const [address = '', port] = text.split(':');
  return { address, port: Number(port) };
};

/** A tape of messages, a tenth of a second apart unless they say when. */
export const writtenTape = (
  messages: readonly WrittenMessage[],
  {
    device = 'SEP005056A1033D',
    protocol: usual = 'sccp',
    transport = 'tcp',
    phone = '10.10.210.200:50000',
    server = '10.10.210.10:2000',
  }: WrittenTape = {},
): Tape => ({
  header: {
    tape: 1,
    device,
    model: null,
    protocol: null,
    source: 'capture',
    program: 'labcm test',
    begin: null,
    masked: MASKED_CONTENT,
  },
  messages: messages.map(
    ({ from, octets, at, protocol = usual, conversation = 0, name, leftOut = 0 }, index): TapeMessage => ({
      ...{ at: at ?? index * 100, from, protocol, transport, conversation, octets, leftOut },
      ...{ phone: endpoint(phone), server: endpoint(server), name: name ?? contentOf(protocol, octets).name },
    }),
  ),
});

/** `phone RegisterReqMessage`, line by line. */
export const linesOf = ({ messages }: Tape): readonly string[] => messages.map(({ from, name }) => `${from} ${name}`);
