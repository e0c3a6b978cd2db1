// What the TFTP service does with a request on one of its addresses: reads it, checks the limits, finds the file and
// starts a transfer on a port of its own. It knows no file system and no phone; a `FileSource` does.

import { Deadlines } from '../core/deadlines.js';
import type { Publisher } from '../core/journal.js';
import { type Engine, Pump } from '../core/pump.js';
import type { Clock, Instant } from '../core/time.js';
import type { DatagramSocket, Endpoint, Random } from '../net/ports.js';
import type { RequestContext, TftpEvent, TftpFailed, TftpFailure } from './events.js';
import { toNetascii } from './netascii.js';
import { negotiate } from './options.js';
import { ERROR, errorPacket, OPCODE, opcodeOf, optionsPacket, type RequestPacket, readRequest } from './packet.js';
import type { TftpSettings } from './settings.js';
import type { TransferSocket, TransferSockets } from './sockets.js';
import type { FileAnswer, FileContent, FileFound, FileSource } from './source.js';
import { Throttle } from './throttle.js';
import { Transfer, type TransferPort } from './transfer.js';

/** Where a request came in: the listening socket and the transfer sockets of that address. */
export interface Doorway {
  readonly listener: DatagramSocket;
  readonly sockets: TransferSockets;
}

export interface ServiceParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly source: FileSource;
  readonly journal: Publisher<TftpEvent>;
  /** Sockets that are open now. */
  readonly sockets: () => number;
}

/** A request that is being answered, from its arrival to the end of its transfer. */
interface Serving {
  readonly client: Endpoint;
  readonly key: string;
  readonly context: RequestContext;
  readonly request: RequestPacket;
  readonly doorway: Doorway;
  transfer: Transfer | undefined;
  socket: TransferSocket | undefined;
  device: string | undefined;
  size: number;
  blockSize: number;
  windowSize: number;
  ended: boolean;
}

const STRANGERS_PER_SECOND = 20; // ERROR 5 to one source
const COMPLAINTS_PER_SECOND = 20; // facts about malformed packets, of all sources

export class TftpService implements Engine {
  readonly #parts: ServiceParts;
  readonly #deadlines = new Deadlines<Transfer>();
  readonly #pump: Pump;
  readonly #requests: Throttle;
  readonly #complaints: Throttle;
  readonly #serving = new Map<string, Serving>();
  readonly #bySource = new Map<string, number>();
  readonly #firstConnection: number;
  #settings: TftpSettings;
  #sequence = 0;
  #stopped = false;

  constructor(settings: TftpSettings, parts: ServiceParts) {
    this.#settings = settings;
    this.#parts = parts;
    this.#pump = new Pump(this, parts.clock);
    // The trace shows a request as the address of its connection object; a number that looks like one and never repeats soon.
    this.#firstConnection = 0x0900_0000 + parts.random.below(0x10_0000) * 16;
    const tell = (excess: { address: string | undefined; limit: string; count: number }, at: Instant): void =>
      this.#tell({ type: 'tftp.throttled', at, ...excess });
    this.#requests = new Throttle(tell);
    this.#complaints = new Throttle(tell);
  }

  get transfers(): number {
    return this.#serving.size;
  }

  apply(settings: TftpSettings): void {
    this.#settings = settings;
  }

  /** A datagram on a listening socket. */
  receive(bytes: Buffer, client: Endpoint, doorway: Doorway): void {
    if (client.port === 0 || this.#stopped) return; // nobody can be answered there
    const now = this.#parts.clock.now();
    const { limits } = this.#settings;
    if (!this.#requests.admit(client.address, limits.requestsPerSecond, now)) {
      this.#exceeded(client.address, 'requests per second');
      return;
    }
    const request = readRequest(bytes);
    if ('error' in request) {
      this.#complain(bytes, client, request.error, now);
      // RFC 1350 §7: an ERROR is never answered; everything else that is no request is an illegal operation.
      if (opcodeOf(bytes) !== OPCODE.ERROR)
        this.#refuse(doorway, client, ERROR.illegalOperation, 'Illegal TFTP operation');
      return;
    }
    this.#serve(request, bytes.length, client, doorway, now);
  }

  nextDeadline(): Instant | undefined {
    const { tellAt } = this.#requests;
    const next = this.#deadlines.next();
    return next === undefined || (tellAt !== undefined && tellAt < next) ? tellAt : next;
  }

  expire(now: Instant): void {
    this.#deadlines.expire(now, (transfer) => transfer.expire(now));
    const { tellAt } = this.#requests;
    if (tellAt !== undefined && tellAt <= now) this.#requests.flush(now);
  }

  /** Ends every transfer. */
  stop(): void {
    this.#stopped = true;
    for (const serving of [...this.#serving.values()]) {
      this.#speak(serving, ERROR.undefined, 'The server is stopping');
      this.#fail(serving, 'stopped', 'the service stopped');
    }
    this.#pump.stop();
  }

  #serve(request: RequestPacket, octets: number, client: Endpoint, doorway: Doorway, now: Instant): void {
    const key = `${client.address}:${client.port}>${doorway.listener.local.address}`;
    const earlier = this.#serving.get(key);
    if (earlier !== undefined) {
      if (earlier.request.file === request.file && (earlier.transfer?.blocks ?? 0) === 0) return; // the timer answers it
      this.#moveOn(earlier);
    }
    const context = this.#newContext(client);
    this.#tellRequest(request, octets, context, now);
    const refusal = REFUSED_REQUESTS.find(([applies]) => applies(request));
    if (refusal !== undefined) {
      const [, code, text] = refusal;
      this.#refuseRequest(doorway, context, request.file, code, text, now);
      return;
    }
    const source = this.#bySource.get(client.address) ?? 0;
    const { transfers, transfersPerSource } = this.#settings.limits;
    if (this.#serving.size >= transfers || source >= transfersPerSource) {
      const all = this.#serving.size >= transfers;
      this.#exceeded(all ? undefined : client.address, all ? 'transfers' : 'transfers per source');
      this.#refuse(doorway, client, ERROR.undefined, 'Server busy');
      return;
    }
    const serving: Serving = {
      client,
      key,
      context,
      request,
      doorway,
      transfer: undefined,
      socket: undefined,
      device: undefined,
      size: 0,
      blockSize: 0,
      windowSize: 0,
      ended: false,
    };
    this.#serving.set(key, serving);
    this.#bySource.set(client.address, source + 1);
    this.#find(serving);
  }

  #find(serving: Serving): void {
    const answer = this.#parts.source.open(serving.request.file, serving.context);
    if (!(answer instanceof Promise)) {
      this.#answer(serving, answer);
      return;
    }
    answer.then(
      (found) => this.#answer(serving, found),
      (error: unknown) => this.#broken(serving, error),
    );
  }

  #answer(serving: Serving, answer: FileAnswer): void {
    if (serving.ended) {
      if (answer.found) answer.content.close();
      return;
    }
    serving.device = answer.device;
    if (!answer.found) {
      this.#speak(serving, ERROR.fileNotFound, 'File not found');
      this.#end(serving);
      this.#tellRefused(
        serving.context,
        answer.file,
        ERROR.fileNotFound,
        'file not found',
        answer.harmless,
        answer.device,
      );
      return;
    }
    if (serving.request.mode.toLowerCase() === 'octet') this.#begin(serving, answer.content, answer.content.size);
    else this.#convert(serving, answer);
  }

  /** Netascii: what travels is longer than the file by as much as only its octets tell, so it is converted first. */
  #convert(serving: Serving, { content }: FileFound): void {
    if (content.size > this.#settings.limits.netasciiOctets) {
      content.close();
      this.#speak(serving, ERROR.undefined, 'File too large for netascii');
      this.#fail(serving, 'read-error', 'the file is too large to be converted to netascii');
      return;
    }
    Promise.resolve(content.read(0, content.size)).then(
      (bytes) => {
        content.close();
        if (serving.ended) return;
        const converted = toNetascii(bytes);
        const read = (offset: number, length: number): Buffer => converted.subarray(offset, offset + length);
        this.#begin(serving, { size: converted.length, read, close: () => {} }, undefined);
      },
      (error: unknown) => {
        content.close();
        this.#broken(serving, error);
      },
    );
  }

  /** `size`: what `tsize` may tell. */
  #begin(serving: Serving, content: FileContent, size: number | undefined): void {
    const borrowed = serving.doorway.sockets.borrow();
    if (!(borrowed instanceof Promise)) {
      this.#start(serving, content, size, borrowed);
      return;
    }
    borrowed.then(
      (socket) => {
        if (!serving.ended) this.#start(serving, content, size, socket);
        else {
          content.close();
          serving.doorway.sockets.giveBack(socket);
        }
      },
      (error: unknown) => {
        content.close();
        this.#broken(serving, error);
      },
    );
  }

  #start(serving: Serving, content: FileContent, size: number | undefined, lent: TransferSocket): void {
    const { client } = serving;
    const { socket } = lent;
    const { terms, granted } = negotiate(serving.request.options, size, this.#settings);
    serving.socket = lent;
    serving.size = content.size;
    serving.blockSize = terms.blockSize;
    serving.windowSize = terms.windowSize;
    const port: TransferPort = {
      now: () => this.#parts.clock.now(),
      send: (bytes, offset, length) => socket.send(bytes, offset, length, client),
      await: (at) => {
        this.#deadlines.set(transfer, at);
        if (at !== undefined) this.#pump.touch();
      },
      finished: () => this.#complete(serving),
      failed: (reason, detail) => {
        this.#speak(serving, ERROR.undefined, reason === 'timeout' ? 'Transfer timed out' : 'File cannot be read');
        this.#fail(serving, reason, detail);
      },
    };
    const now = this.#parts.clock.now();
    const { retries, maxTimeout } = this.#settings;
    const options = granted.length === 0 ? undefined : optionsPacket(granted);
    const transfer = new Transfer({ content, terms, options, retries, maxTimeout }, port, now);
    serving.transfer = transfer;
    lent.borrower = (bytes, from) => {
      if (from.port === client.port && from.address === client.address) this.#continue(serving, transfer, bytes);
      else this.#stranger(socket, bytes, from);
    };
    transfer.start(now);
  }

  /** The client's next packet. */
  #continue(serving: Serving, transfer: Transfer, bytes: Buffer): void {
    const opcode = opcodeOf(bytes);
    if (opcode === OPCODE.ACK && bytes.length >= 4) {
      transfer.acknowledge(((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0), this.#parts.clock.now());
      return;
    }
    if (opcode === OPCODE.ERROR) {
      const text = bytes.toString('latin1', 4, Math.min(bytes.length, 132)).replace(/\0.*$/s, '');
      this.#fail(serving, 'client-error', `error ${bytes.length >= 4 ? bytes.readUInt16BE(2) : '?'} ${text}`.trim());
      return;
    }
    // Nothing else belongs here. The transfer goes on: its timer decides.
    this.#complain(bytes, serving.client, 'neither acknowledgement nor error', this.#parts.clock.now());
  }

  /** RFC 1350 §4: an ERROR 5 to whoever is not the client, and nothing to the transfer. Never in reply to an ERROR. */
  #stranger(socket: DatagramSocket, bytes: Buffer, from: Endpoint): void {
    const now = this.#parts.clock.now();
    this.#complain(bytes, from, 'a packet for the transfer of another', now);
    if (from.port === 0 || opcodeOf(bytes) === OPCODE.ERROR) return;
    if (!this.#requests.admit(`5 ${from.address}`, STRANGERS_PER_SECOND, now)) return;
    socket.send(UNKNOWN_TRANSFER, 0, UNKNOWN_TRANSFER.length, from);
  }

  /** The client asks for the next file from the same port: with all blocks out, only its last acknowledgement was lost. */
  #moveOn(serving: Serving): void {
    serving.transfer?.abandon();
    if (serving.transfer?.allSent === true) this.#complete(serving);
    else this.#fail(serving, 'superseded', 'the client asked for another file');
  }

  #broken(serving: Serving, error: unknown): void {
    if (serving.ended) return;
    this.#speak(serving, ERROR.undefined, 'File cannot be read');
    this.#fail(serving, 'read-error', error instanceof Error ? error.message : String(error));
  }

  #complete(serving: Serving): void {
    const { transfer, context, request, socket, size, blockSize, windowSize } = serving;
    const port = socket?.socket.local.port ?? 0;
    this.#end(serving);
    if (transfer === undefined || !this.#parts.journal.listens('tftp.completed')) return;
    const at = this.#parts.clock.now();
    this.#tell({
      type: 'tftp.completed',
      at,
      context,
      file: request.file,
      octets: size,
      blocks: Math.floor(size / blockSize) + 1,
      resent: transfer.resent,
      milliseconds: at - transfer.startedAt,
      socket: port,
      blockSize,
      windowSize,
      ...whose(serving.device),
    });
  }

  #fail(serving: Serving, reason: TftpFailure, detail: string): void {
    if (serving.ended) return;
    serving.transfer?.abandon();
    const { transfer, context, request } = serving;
    this.#end(serving);
    if (!this.#parts.journal.listens('tftp.failed')) return;
    const failed: TftpFailed = {
      type: 'tftp.failed',
      at: this.#parts.clock.now(),
      context,
      file: request.file,
      reason,
      detail,
      blocks: transfer?.blocks ?? 0,
      resent: transfer?.resent ?? 0,
      ...whose(serving.device),
    };
    this.#tell(failed);
  }

  #end(serving: Serving): void {
    if (serving.ended) return;
    serving.ended = true;
    this.#serving.delete(serving.key);
    const { address } = serving.client;
    const left = (this.#bySource.get(address) ?? 1) - 1;
    if (left === 0) this.#bySource.delete(address);
    else this.#bySource.set(address, left);
    if (serving.socket !== undefined) serving.doorway.sockets.giveBack(serving.socket);
  }

  /** An ERROR from the port of the transfer, where it has one. */
  #speak({ socket, doorway, client }: Serving, code: number, text: string): void {
    const packet = errorPacket(code, text);
    (socket?.socket ?? doorway.sockets.any() ?? doorway.listener).send(packet, 0, packet.length, client);
  }

  #refuse(doorway: Doorway, client: Endpoint, code: number, text: string): void {
    const packet = errorPacket(code, text);
    (doorway.sockets.any() ?? doorway.listener).send(packet, 0, packet.length, client);
  }

  #refuseRequest(
    doorway: Doorway,
    context: RequestContext,
    file: string,
    code: number,
    text: string,
    now: Instant,
  ): void {
    this.#refuse(doorway, context, code, text);
    this.#tellRefused(context, file, code, text.toLowerCase(), false, undefined, now);
  }

  #newContext({ address, port }: Endpoint): RequestContext {
    this.#sequence += 1;
    const connection = this.#firstConnection + (this.#sequence % 0x10_0000) * 0xe0;
    return { connection, sequence: this.#sequence, address, port };
  }

  #tellRequest({ opcode, file, mode }: RequestPacket, octets: number, context: RequestContext, at: Instant): void {
    if (!this.#parts.journal.listens('tftp.request')) return;
    const serving = this.#serving.size;
    const sockets = this.#parts.sockets();
    this.#tell({ type: 'tftp.request', at, context, file, opcode, mode, octets, serving, sockets });
  }

  #tellRefused(
    context: RequestContext,
    file: string,
    code: number,
    reason: string,
    harmless: boolean,
    device: string | undefined,
    at: Instant = this.#parts.clock.now(),
  ): void {
    if (!this.#parts.journal.listens('tftp.refused')) return;
    this.#tell({ type: 'tftp.refused', at, context, file, code, reason, harmless, ...whose(device) });
  }

  #complain(bytes: Buffer, { address, port }: Endpoint, reason: string, at: Instant): void {
    if (!this.#parts.journal.listens('tftp.malformed')) return;
    if (!this.#complaints.admit('', COMPLAINTS_PER_SECOND, at)) {
      this.#complaints.exceeded(undefined, 'malformed packets told per second');
      return;
    }
    const start = bytes.toString('hex', 0, Math.min(bytes.length, 64));
    this.#tell({ type: 'tftp.malformed', at, address, port, reason, bytes: start });
  }

  #exceeded(address: string | undefined, limit: string): void {
    this.#requests.exceeded(address, limit);
    this.#pump.touch();
  }

  #tell(event: TftpEvent): void {
    this.#parts.journal.publish(event);
  }
}

type Refusal = readonly [applies: (request: RequestPacket) => boolean, code: number, text: string];

/** Requests that are refused whatever they name, in order. */
const REFUSED_REQUESTS: readonly Refusal[] = [
  [({ opcode }) => opcode === OPCODE.WRQ, ERROR.accessViolation, 'Access violation'],
  [({ mode }) => !['octet', 'netascii'].includes(mode.toLowerCase()), ERROR.illegalOperation, 'Unsupported mode'],
];

const UNKNOWN_TRANSFER = errorPacket(ERROR.unknownTransferId, 'Unknown transfer ID');

const whose = (device: string | undefined): { device?: string } => (device === undefined ? {} : { device });
