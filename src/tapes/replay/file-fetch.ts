// Asks for a file as the phone of a tape did, and reads the answer to its end.

import { after, type Duration, type Timer } from '../../core/time.js';
import { HttpBodies } from '../../decoding/http-bodies.js';
import type { SkippedBody } from '../../decoding/stream-protocols.js';
import type { Endpoint } from '../../net/ports.js';
import { ERROR, errorPacket, HEAD, OPCODE, opcodeOf, parseRequest } from '../../tftp/packet.js';
import { contentOf } from '../decoded-tape.js';
import type { FileExchange } from '../file-exchanges.js';
import { BODY } from '../tape.js';
import { type LinkOptions, openLink, type ReplayNetworks } from './links.js';
import { MessageFramer } from './message-framer.js';

/** Is told what is said and heard while a file is fetched. */
export type FetchListener = (said: {
  readonly from: 'phone' | 'server';
  readonly name: string;
  readonly octets: Buffer;
  readonly leftOut: number;
  readonly phone: Endpoint;
}) => void;

/** A request, as it is sent now. */
export interface FetchRequest {
  readonly exchange: FileExchange;
  readonly octets: Buffer;
  readonly to: Endpoint;
  readonly localAddress: string | undefined;
  /** How long to wait for more before giving up. */
  readonly wait: Duration;
  /** Ends it before its end. */
  readonly signal: AbortSignal | undefined;
}

/** Longer files are given up: no phone's is. */
const MOST_OCTETS = 256 * 1024 * 1024;
const DEFAULT_BLOCK = 512;
/** RFC 2348 §2 and RFC 7440 §3. */
const BLOCK_SIZES = { least: 8, most: 65_464 };
const WINDOWS = { least: 1, most: 65_535 };
const TRIES = 3;
const BLOCKS = 0x1_0000;

/**
 * Resolves when the answer is complete, nothing more comes, or at `signal`. Rejects where no socket can be opened, and where the
 * file has no end.
 */
export const fetchFile = (networks: ReplayNetworks, request: FetchRequest, onSaid: FetchListener): Promise<void> =>
  request.exchange.protocol === 'tftp'
    ? fetchByTftp(networks, request, onSaid)
    : fetchByHttp(networks, request, onSaid);

/**
 * Runs `attend` with a timer that it starts anew whenever more of the file comes. Resolves when it is done, time is up or `signal`
 * comes; rejects if there is too much.
 */
const patiently = (
  { clock }: ReplayNetworks,
  { wait, signal }: Pick<FetchRequest, 'wait' | 'signal'>,
  attend: (onMore: (octets: number) => void, done: () => void) => void,
  onSilence: () => boolean,
): Promise<void> =>
  new Promise((resolve, reject) => {
    let timer: Timer | undefined;
    let octets = 0;
    let isOver = false;
    const end = (settle: () => void): void => {
      isOver = true;
      timer?.cancel();
      signal?.removeEventListener('abort', done);
      settle();
    };
    const done = (): void => end(resolve);
    const start = (): void => {
      timer?.cancel();
      if (isOver) return;
      timer = clock.callAt(after(clock.now(), wait), () => {
        if (onSilence()) start();
        else done();
      });
    };
    if (signal?.aborted === true) {
      done();
      return;
    }
    signal?.addEventListener('abort', done);
    start();
    attend((more) => {
      octets += more;
      if (octets > MOST_OCTETS) end(() => reject(new Error(`a file of more than ${MOST_OCTETS} octets`)));
      else start();
    }, done);
  });

/** The number of an option that the server grants; `undefined`: it grants none that may be. */
const granted = (
  options: Readonly<Record<string, string>>,
  name: string,
  { least, most }: typeof WINDOWS,
): number | undefined => {
  const value = Number(Object.entries(options).find(([key]) => key.toLowerCase() === name)?.[1]);
  return Number.isInteger(value) && value >= least && value <= most ? value : undefined;
};

const fetchByTftp = async (
  networks: ReplayNetworks,
  { octets, to, localAddress, ...patience }: FetchRequest,
  onSaid: FetchListener,
): Promise<void> => {
  let onMessage: LinkOptions['onMessage'] = () => {};
  const link = await openLink(networks, {
    protocol: 'tftp',
    transport: 'udp',
    to,
    localAddress,
    onClosed: () => {},
    onMessage: (bytes, from) => onMessage(bytes, from),
  });
  const phone = link.local;
  const request = parseRequest(octets);
  onSaid({ from: 'phone', name: contentOf('tftp', octets).name, octets, leftOut: 0, phone });
  let last: { readonly packet: Buffer; readonly to: Endpoint } = { packet: octets, to };
  let tries = 1;
  let block = 0;
  let size = DEFAULT_BLOCK;
  let window = 1;
  /** The port of the transfer: that of the first answer (RFC 1350 §4). */
  let transfer: number | undefined;
  const send = (packet: Buffer, target: Endpoint): void => {
    last = { packet, to: target };
    tries = 1;
    link.send(packet, target);
  };
  link.send(octets, to);
  const isOfTransfer = (bytes: Buffer, from: Endpoint): boolean => {
    if (from.address !== to.address) return false;
    transfer ??= from.port;
    if (from.port === transfer) return true;
    if (opcodeOf(bytes) !== OPCODE.ERROR) link.send(errorPacket(ERROR.unknownTransferId, 'another transfer'), from);
    return false;
  };
  await patiently(
    networks,
    patience,
    (onMore, done) => {
      onMessage = (bytes, from) => {
        if (!isOfTransfer(bytes, from)) return;
        switch (opcodeOf(bytes)) {
          case OPCODE.OACK: {
            const { fields } = contentOf('tftp', bytes);
            const options = (fields.options ?? {}) as Readonly<Record<string, string>>;
            if (block > 0) return;
            onMore(bytes.length);
            size = granted(options, 'blksize', BLOCK_SIZES) ?? size;
            window = granted(options, 'windowsize', WINDOWS) ?? window;
            onSaid({ from: 'server', name: 'OACK', octets: bytes, leftOut: 0, phone });
            send(acknowledgement(0), from);
            break;
          }
          case OPCODE.DATA: {
            if (bytes.length < HEAD || bytes.readUInt16BE(2) !== (block + 1) % BLOCKS) return;
            block = (block + 1) % BLOCKS;
            onMore(bytes.length);
            const length = bytes.length - HEAD;
            onSaid({ from: 'server', name: 'DATA', octets: bytes.subarray(0, HEAD), leftOut: length, phone });
            const isLast = length < size;
            if (isLast || block % window === 0) send(acknowledgement(block), from);
            if (isLast) done();
            break;
          }
          case OPCODE.ERROR:
            onSaid({ from: 'server', name: 'ERROR', octets: bytes, leftOut: 0, phone });
            done();
            break;
          default:
        }
      };
      // The phone wanted to send a file: nothing of it is on the tape that could be sent.
      if (!('error' in request) && request.opcode === OPCODE.WRQ)
        onMessage = (bytes, from) => {
          if (!isOfTransfer(bytes, from)) return;
          onSaid({ from: 'server', name: contentOf('tftp', bytes).name, octets: bytes, leftOut: 0, phone });
          if (opcodeOf(bytes) !== OPCODE.ERROR) link.send(errorPacket(ERROR.undefined, 'replay'), from);
          done();
        };
    },
    () => {
      if (tries >= TRIES) return false;
      tries += 1;
      link.send(last.packet, last.to);
      return true;
    },
  ).finally(() => link.close());
};

const acknowledgement = (block: number): Buffer => {
  const packet = Buffer.alloc(HEAD);
  packet.writeUInt16BE(OPCODE.ACK, 0);
  packet.writeUInt16BE(block, 2);
  return packet;
};

const fetchByHttp = async (
  networks: ReplayNetworks,
  { octets, to, localAddress, ...patience }: FetchRequest,
  onSaid: FetchListener,
): Promise<void> => {
  const framer = new MessageFramer('http');
  const bodies = new HttpBodies();
  bodies.after(contentOf('http', octets));
  let body: SkippedBody | undefined;
  let hasHead = false;
  const early: Buffer[] = [];
  let take: (bytes: Buffer) => void = (bytes) => void early.push(bytes);
  let onClosed: () => void = () => {};
  const link = await networks.streams.connect(to, localAddress === undefined ? {} : { localAddress }, () => ({
    received: (bytes) => take(bytes),
    closed: () => onClosed(),
  }));
  const phone = link.local;
  onSaid({ from: 'phone', name: contentOf('http', octets).name, octets, leftOut: 0, phone });
  link.write(octets);
  await patiently(
    networks,
    patience,
    (onMore, done) => {
      onClosed = done;
      const takeBody = (bytes: Buffer): void => {
        if (bytes.length === 0) return;
        const taken = body?.take(bytes) ?? 0;
        if (taken > 0) onSaid({ from: 'server', name: BODY, octets: Buffer.alloc(0), leftOut: taken, phone });
      };
      take = (bytes) => {
        onMore(bytes.length);
        if (hasHead) takeBody(bytes);
        else {
          const [head] = framer.push(bytes, 1);
          if (head === undefined) return;
          hasHead = true;
          const content = contentOf('http', head);
          onSaid({ from: 'server', name: content.name, octets: head, leftOut: 0, phone });
          body = bodies.after(content);
          takeBody(framer.rest);
        }
        if (body === undefined || body.done) done();
      };
      for (const bytes of early) take(bytes);
    },
    () => false,
  ).finally(() => link.end());
};
