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

/** What a `ReadRequest` needs of the service; the same for all requests. */
export interface ReadRequestHost {
  readonly clock: Clock;
  readonly source: FileSource;
  readonly bus: Publisher<TftpEvent>;
  readonly settings: TftpSettings;
  /** Sets when to call the transfer's `expire`; `undefined`: never. */
  setDeadline(transfer: Transfer, at: Instant | undefined): void;
  /** The request has ended. Called once. */
  onEnded(request: ReadRequest): void;
  /** Publishes that a datagram is malformed, or does not belong where it came to. */
  reportMalformed(bytes: Buffer, from: Endpoint, reason: string, now: Instant): void;
}

/** A request that may be served, and how its client is reached. */
export interface RequestToServe {
  readonly request: RequestPacket;
  readonly context: FileRequestContext;
  readonly client: Endpoint;
  readonly listener: TftpListener;
  /** The port that the transfer uses. */
  readonly port: DatagramSocket;
}

/**
 * One request from its arrival to the end of its transfer: opens the file, negotiates the options, runs the transfer
 * and publishes how it ended. The service has decided before that it may be served.
 */
export class ReadRequest implements TransferPort {
  readonly client: Endpoint;
  readonly context: FileRequestContext;
  readonly request: RequestPacket;
  readonly listener: TftpListener;
  readonly port: DatagramSocket;
  readonly begunAt: Instant;
  readonly #host: ReadRequestHost;
  #ended = false;
  #device: string | undefined;
  #stamp: string | undefined;
  #content: FileContent | undefined;
  #terms: Terms | undefined;
  #blocks: Blocks | undefined;
  #transfer: Transfer | undefined;

  constructor(host: ReadRequestHost, { request, context, client, listener, port }: RequestToServe) {
    this.#host = host;
    this.listener = listener;
    this.context = context;
    this.client = client;
    this.request = request;
    this.port = port;
    this.begunAt = host.clock.now();
  }

  /** The client has acknowledged something, so its address is not forged. */
  get isProven(): boolean {
    return this.#transfer?.isProven === true;
  }

  /** Opens the file and starts its transfer: at once if the file is in memory. */
  begin(): void {
    let answer: FileAnswer | Promise<FileAnswer>;
    try {
      answer = this.#host.source.open(this.request.file, this.context);
    } catch (error) {
      this.#failToOpen(error);
      return;
    }
    if (answer instanceof Promise)
      answer.then(
        (found) => this.#onOpened(found),
        (error: unknown) => this.#failToOpen(error),
      );
    else this.#onOpened(answer);
  }

  /**
   * Whether `request` is a duplicate of this one: it is the same, and the client either waits for the first block or
   * goes on acknowledging.
   */
  isRepeatedBy(request: RequestPacket): boolean {
    if (!isSame(request, this.request)) return false;
    return this.#transfer === undefined || this.#transfer.blocks === 0 || this.#transfer.isAnswered;
  }

  /** Takes a packet of the client from the port of this transfer. */
  receive(bytes: Buffer, now: Instant): void {
    switch (opcodeOf(bytes)) {
      case OPCODE.ACK:
        if (bytes.length < HEAD) break;
        this.#transfer?.acknowledge(blockOf(bytes), now);
        return;
      case OPCODE.ERROR:
        // RFC 1350 §7: never answered
        this.#fail('client-error', errorText(bytes), bytes.length < HEAD ? undefined : blockOf(bytes));
        return;
    }
    // Nothing else belongs here. The transfer goes on, and its timer decides.
    this.#host.reportMalformed(bytes, this.client, 'neither acknowledgement nor error', now);
  }

  /**
   * The client requests another file from the same port. If every block was sent, this transfer counts as complete:
   * only the last acknowledgement is missing (`src/README.md` decision 12).
   */
  supersede(): void {
    if (this.#transfer?.allSent === true) this.onFinished();
    else this.#fail('superseded', 'the client asked for another file');
  }

  /**
   * Ends because another client needs the place. Sends nothing: if the address is forged, nobody there asked for
   * anything.
   */
  giveWay(): void {
    this.#fail('gave-way', 'every place was taken');
  }

  /** Ends because the service stops. */
  stop(): void {
    this.#sendError(ERROR.undefined, 'The server is stopping');
    this.#fail('stopped', 'the service stopped');
  }

  send(bytes: Buffer): void {
    this.port.send(bytes, 0, bytes.length, this.client);
  }

  now(): Instant {
    return this.#host.clock.now();
  }

  setDeadline(at: Instant | undefined): void {
    if (this.#transfer !== undefined) this.#host.setDeadline(this.#transfer, at);
  }

  onFinished(): void {
    const transfer = this.#transfer;
    const terms = this.#terms;
    if (!this.#end() || transfer === undefined || terms === undefined) return;
    const { bus } = this.#host;
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
      ...(this.#stamp === undefined ? {} : { stamp: this.#stamp }),
      ...deviceField(this.#device),
    });
  }

  onFailed(reason: 'timeout' | 'read-error', detail: string): void {
    this.#sendError(ERROR.undefined, reason === 'timeout' ? 'Transfer timed out' : 'File cannot be read');
    this.#fail(reason, detail);
  }

  #onOpened(answer: FileAnswer): void {
    this.#device = answer.device;
    if (answer.found) {
      this.#content = answer.content;
      this.#stamp = answer.stamp;
    }
    if (this.#ended) this.#close();
    else if (answer.found) this.#start(answer.content);
    else {
      this.#sendError(ERROR.fileNotFound, 'File not found');
      this.#end();
      const { bus } = this.#host;
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
        ...deviceField(answer.device),
      });
    }
  }

  #start(content: FileContent): void {
    const { settings } = this.#host;
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

  #failToOpen(error: unknown): void {
    if (!this.#ended) this.onFailed('read-error', error instanceof Error ? error.message : String(error));
  }

  #fail(reason: TftpFailure, detail: string, errorCode?: number): void {
    if (!this.#end()) return;
    const { bus } = this.#host;
    if (!bus.hasListener('tftp.failed')) return;
    const at = this.now();
    bus.publish({
      type: 'tftp.failed',
      at,
      context: this.context,
      file: this.request.file,
      reason,
      detail,
      blocks: this.#transfer?.blocks ?? 0,
      resent: this.#transfer?.resent ?? 0,
      milliseconds: at - this.begunAt,
      ...(this.#terms === undefined ? {} : { blockSize: this.#terms.blockSize }),
      ...(errorCode === undefined ? {} : { errorCode }),
      ...deviceField(this.#device),
    });
  }

  #sendError(code: number, text: string): void {
    this.send(errorPacket(code, text));
  }

  #end(): boolean {
    if (this.#ended) return false;
    this.#ended = true;
    this.#transfer?.abandon();
    this.#close();
    this.#host.onEnded(this);
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

/** The field `device` of an event; none if there is no device. */
export const deviceField = (device: string | undefined): { device?: string } =>
  device === undefined ? {} : { device };
