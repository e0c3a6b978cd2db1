// A request that is being answered, from its arrival to the end of its transfer: finds the file, agrees on the terms,
// runs the transfer and tells how it ended. Whether it may be served at all was decided before.

import type { Publisher } from '../core/event-bus.js';
import type { FileAnswer, FileContent, FileRequestContext, FileSource } from '../core/files.js';
import type { Clock, Instant } from '../core/time.js';
import type { DatagramSocket, Endpoint } from '../net/ports.js';
import { type Blocks, NetasciiBlocks, OctetBlocks } from './blocks.js';
import type { TftpEvent, TftpFailure } from './events.js';
import type { TftpListener } from './listener.js';
import { negotiate, type Terms } from './options.js';
import { blockOf, ERROR, errorPacket, HEAD, OPCODE, opcodeOf, optionsPacket, type RequestPacket } from './packet.js';
import type { TftpSettings } from './settings.js';
import { Transfer, type TransferPort } from './transfer.js';

/** What all requests have in common. */
export interface ReadRequestHost {
  readonly clock: Clock;
  readonly source: FileSource;
  readonly bus: Publisher<TftpEvent>;
  readonly settings: TftpSettings;
  /** When to call the transfer's `expire`. */
  setDeadline(transfer: Transfer, at: Instant | undefined): void;
  /** It answers nobody any more. Called once. */
  ended(serving: ReadRequest): void;
  /** The client sent what does not belong to its transfer. */
  complain(bytes: Buffer, from: Endpoint, reason: string, now: Instant): void;
}

export class ReadRequest implements TransferPort {
  readonly client: Endpoint;
  readonly context: FileRequestContext;
  readonly request: RequestPacket;
  readonly doorway: TftpListener;
  readonly port: DatagramSocket;
  readonly begunAt: Instant;
  readonly #house: ReadRequestHost;
  #ended = false;
  #device: string | undefined;
  #content: FileContent | undefined;
  #terms: Terms | undefined;
  #blocks: Blocks | undefined;
  #transfer: Transfer | undefined;

  constructor(
    house: ReadRequestHost,
    doorway: TftpListener,
    context: FileRequestContext,
    client: Endpoint,
    request: RequestPacket,
    port: DatagramSocket,
  ) {
    this.#house = house;
    this.doorway = doorway;
    this.context = context;
    this.client = client;
    this.request = request;
    this.port = port;
    this.begunAt = house.clock.now();
  }

  /** The client has acknowledged something: nobody has forged its address. */
  get isProven(): boolean {
    return this.#transfer?.isProven === true;
  }

  /** Looks for the file and starts its transfer: at once, where it is in memory. */
  begin(): void {
    let answer: FileAnswer | Promise<FileAnswer>;
    try {
      answer = this.#house.source.open(this.request.file, this.context);
    } catch (error) {
      this.#broken(error);
      return;
    }
    if (answer instanceof Promise)
      answer.then(
        (found) => this.#answer(found),
        (error: unknown) => this.#broken(error),
      );
    else this.#answer(answer);
  }

  /** Whether the same request, come again, is a doubled one: the client still waits for the first block, or is in good talk with us. */
  isRepeatedBy(request: RequestPacket): boolean {
    if (!isSame(request, this.request)) return false;
    return this.#transfer === undefined || this.#transfer.blocks === 0 || this.#transfer.isAnswered;
  }

  /** A packet of the client on the port of this transfer. */
  received(bytes: Buffer, now: Instant): void {
    switch (opcodeOf(bytes)) {
      case OPCODE.ACK:
        if (bytes.length < HEAD) break;
        this.#transfer?.acknowledge(blockOf(bytes), now);
        return;
      case OPCODE.ERROR:
        this.#fail('client-error', errorText(bytes)); // RFC 1350 §7: never answered
        return;
    }
    // Nothing else belongs here. The transfer goes on: its timer decides.
    this.#house.complain(bytes, this.client, 'neither acknowledgement nor error', now);
  }

  /** The client asks for the next file from the same port: with all blocks out, only its last acknowledgement was lost. */
  supersede(): void {
    if (this.#transfer?.allSent === true) this.finished();
    else this.#fail('superseded', 'the client asked for another file');
  }

  /** Its place is another client's. Whoever is there is told nothing: it may have asked for nothing. */
  giveWay(): void {
    this.#fail('gave-way', 'every place was taken');
  }

  stop(): void {
    this.#say(ERROR.undefined, 'The server is stopping');
    this.#fail('stopped', 'the service stopped');
  }

  send(bytes: Buffer): void {
    this.port.send(bytes, 0, bytes.length, this.client);
  }

  now(): Instant {
    return this.#house.clock.now();
  }

  setDeadline(at: Instant | undefined): void {
    if (this.#transfer !== undefined) this.#house.setDeadline(this.#transfer, at);
  }

  finished(): void {
    const transfer = this.#transfer;
    const terms = this.#terms;
    if (!this.#end() || transfer === undefined || terms === undefined) return;
    const { bus } = this.#house;
    if (!bus.hasListener('tftp.completed')) return;
    const at = this.now();
    const octets = this.#blocks?.octets ?? 0;
    bus.publish({
      type: 'tftp.completed',
      at,
      context: this.context,
      file: this.request.file,
      octets,
      blocks: Math.floor(octets / terms.blockSize) + 1,
      resent: transfer.resent,
      milliseconds: at - transfer.startedAt,
      socket: this.port.local.port,
      blockSize: terms.blockSize,
      windowSize: terms.windowSize,
      ...about(this.#device),
    });
  }

  failed(reason: 'timeout' | 'read-error', detail: string): void {
    this.#say(ERROR.undefined, reason === 'timeout' ? 'Transfer timed out' : 'File cannot be read');
    this.#fail(reason, detail);
  }

  #answer(answer: FileAnswer): void {
    this.#device = answer.device;
    if (answer.found) this.#content = answer.content;
    if (this.#ended) this.#close();
    else if (answer.found) this.#start(answer.content);
    else {
      this.#say(ERROR.fileNotFound, 'File not found');
      this.#end();
      const { bus } = this.#house;
      if (!bus.hasListener('tftp.refused')) return;
      const { file, harmless } = answer;
      bus.publish({
        type: 'tftp.refused',
        at: this.now(),
        context: this.context,
        file,
        code: ERROR.fileNotFound,
        reason: 'file not found',
        harmless,
        ...(file === this.request.file ? {} : { asked: this.request.file }),
        ...about(answer.device),
      });
    }
  }

  #start(content: FileContent): void {
    const { settings } = this.#house;
    const octet = this.request.mode.toLowerCase() === 'octet';
    // RFC 2349: the size of what travels, which netascii makes known only at the end.
    const { terms, granted } = negotiate(this.request.options, octet ? content.size : undefined, settings);
    const blocks = new (octet ? OctetBlocks : NetasciiBlocks)(content, terms.blockSize);
    this.#terms = terms;
    this.#blocks = blocks;
    const options = granted.length === 0 ? undefined : optionsPacket(granted);
    const now = this.now();
    const { retries, maxTimeout } = settings;
    this.#transfer = new Transfer({ blocks, terms, options, retries, maxTimeout }, this, now);
    this.#transfer.start(now);
  }

  #broken(error: unknown): void {
    if (!this.#ended) this.failed('read-error', error instanceof Error ? error.message : String(error));
  }

  #fail(reason: TftpFailure, detail: string): void {
    if (!this.#end()) return;
    const { bus } = this.#house;
    if (!bus.hasListener('tftp.failed')) return;
    bus.publish({
      type: 'tftp.failed',
      at: this.now(),
      context: this.context,
      file: this.request.file,
      reason,
      detail,
      blocks: this.#transfer?.blocks ?? 0,
      resent: this.#transfer?.resent ?? 0,
      ...about(this.#device),
    });
  }

  #say(code: number, text: string): void {
    this.send(errorPacket(code, text));
  }

  #end(): boolean {
    if (this.#ended) return false;
    this.#ended = true;
    this.#transfer?.abandon();
    this.#close();
    this.#house.ended(this);
    return true;
  }

  #close(): void {
    this.#content?.close();
    this.#content = undefined;
  }
}

const isSame = (one: RequestPacket, other: RequestPacket): boolean =>
  one.file === other.file && one.mode === other.mode && String(one.options) === String(other.options);

const MAX_ERROR_TEXT = 128;

const errorText = (bytes: Buffer): string => {
  const text = bytes.toString('latin1', HEAD, Math.min(bytes.length, HEAD + MAX_ERROR_TEXT)).replace(/\0.*$/s, '');
  return `error ${bytes.length < HEAD ? '?' : blockOf(bytes)} ${text}`.trim();
};

export const about = (device: string | undefined): { device?: string } => (device === undefined ? {} : { device });
