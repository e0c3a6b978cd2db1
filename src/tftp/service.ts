import { DeadlineQueue } from '../core/deadline-queue.js';
import { DeadlineTimer, type HasDeadlines } from '../core/deadline-timer.js';
import type { FileRequestContext } from '../core/files.js';
import { type Excess, PerSourceLimit } from '../core/per-source-limit.js';
import { PerSecondBudget } from '../core/rate-limit.js';
import { Sequence } from '../core/sequence.js';
import type { Clock, Duration, Instant } from '../core/time.js';
import type { DatagramSocket, Endpoint, Random } from '../net/ports.js';
import type { TftpEvent } from './events.js';
import type { ClientEntry, TftpListener } from './listener.js';
import { ERROR, errorPacket, OPCODE, opcodeOf, parseRequest, type RequestPacket } from './packet.js';
import { ReadRequest, type ReadRequestHost } from './read-request.js';
import { RunningTransfers } from './running-transfers.js';
import type { TftpSettings } from './settings.js';
import type { Transfer } from './transfer.js';

/** What a `TftpService` is made of. */
export interface TftpServiceDependencies extends Pick<ReadRequestHost, 'clock' | 'source' | 'bus'> {
  readonly random: Random;
  /** Numbers the requests. The HTTP file server gets the same one. */
  readonly requests?: Sequence;
  /** How many sockets are open now. */
  readonly sockets: () => number;
}

const UNKNOWN_TRANSFERS_PER_SECOND = 20; // ERROR 5 to one source
const MALFORMED_PER_SECOND = 200; // events about malformed packets, of all sources
const MALFORMED_PER_SOURCE = 20;

/**
 * The TFTP service without its sockets. A datagram on a request socket is read, checked against the limits, and served
 * by a `ReadRequest`; a datagram on a transfer port goes to its transfer, or is answered by ERROR 5. Knows no file
 * system and no phone.
 */
export class TftpService implements HasDeadlines, ReadRequestHost {
  readonly clock: Clock;
  readonly source: TftpServiceDependencies['source'];
  readonly bus: TftpServiceDependencies['bus'];
  readonly #sockets: () => number;
  readonly #deadlines = new DeadlineQueue<Transfer>();
  readonly #timer: DeadlineTimer;
  readonly #limit: PerSourceLimit;
  readonly #running = new RunningTransfers();
  readonly #firstConnection: number;
  readonly #traceBudget: PerSecondBudget;
  readonly #requests: Sequence;
  #settings: TftpSettings;
  #stopped = false;

  constructor(
    settings: TftpSettings,
    { clock, source, bus, random, sockets, requests = new Sequence() }: TftpServiceDependencies,
  ) {
    this.#settings = settings;
    this.clock = clock;
    this.source = source;
    this.bus = bus;
    this.#sockets = sockets;
    this.#requests = requests;
    this.#timer = new DeadlineTimer(this, clock);
    // CUCM's trace shows the address of the connection object: a number that looks like one, and does not soon repeat.
    this.#firstConnection = 0x0900_0000 + random.below(0x10_0000) * 16;
    this.#traceBudget = new PerSecondBudget(
      () => this.#settings.tracedPerSecond,
      (requests, at) => {
        if (bus.hasListener('tftp.untraced')) this.#publish({ type: 'tftp.untraced', at, requests });
      },
    );
    this.#limit = new PerSourceLimit((excess: Excess, at: Instant) =>
      this.#publish({ type: 'tftp.throttled', at, ...excess }),
    );
  }

  get settings(): TftpSettings {
    return this.#settings;
  }

  /** Transfers in progress. */
  get transfers(): number {
    return this.#running.size;
  }

  apply(settings: TftpSettings): void {
    this.#settings = settings;
  }

  /** Takes a datagram from the request socket. */
  onRequest(bytes: Buffer, client: Endpoint, listener: TftpListener): void {
    if (client.port === 0 || this.#stopped) return; // no answer can be sent to port 0
    const now = this.clock.now();
    const { requestsPerSecond } = this.#settings.limits;
    if (!this.#limit.admit(client.address, requestsPerSecond, now)) {
      this.#countExcess(client.address, 'requests per second');
      return;
    }
    const request = parseRequest(bytes);
    if ('error' in request) {
      this.reportMalformed(bytes, client, request.error, now);
      // RFC 1350 §7: an ERROR is never answered; everything else that is no request is an illegal operation.
      if (opcodeOf(bytes) !== OPCODE.ERROR) sendTo(listener.portFor(undefined), ILLEGAL_OPERATION, client);
      return;
    }
    const former = listener.find(client);
    const running = former?.running;
    if (running?.isRepeatedBy(request) === true) return; // the transfer's timer sends again
    running?.supersede();
    this.#serve(request, { client, listener, former }, bytes.length, now);
  }

  /** Takes a datagram from a transfer port. */
  onTransferPacket(bytes: Buffer, from: Endpoint, port: DatagramSocket, listener: TftpListener): void {
    const entry = listener.find(from);
    // A packet for a transfer that has ended is late and is ignored.
    if (entry?.port === port) entry.running?.receive(bytes, this.clock.now());
    else if (entry?.formerPort !== port) this.#rejectUnknownTransfer(bytes, from, port);
  }

  nextDeadline(): Instant | undefined {
    const { reportAt } = this.#limit;
    const next = this.#deadlines.next();
    return next === undefined || (reportAt !== undefined && reportAt < next) ? reportAt : next;
  }

  expire(now: Instant): void {
    this.#deadlines.expire(now, (transfer) => transfer.expire(now));
    const { reportAt } = this.#limit;
    if (reportAt !== undefined && reportAt <= now) this.#limit.flush(now);
  }

  /** Moves the deadlines of the transfers, all of which await an acknowledgement. */
  postpone(span: Duration): void {
    this.#deadlines.postpone(span);
  }

  /** Ends the transfers of a local address that is no longer served. */
  removeListener(listener: TftpListener): void {
    for (const request of listener.runningRequests()) request.stop();
  }

  /** From now on answers no request and runs no timer. */
  stop(): void {
    this.#stopped = true;
    this.#timer.stop();
  }

  setDeadline(transfer: Transfer, at: Instant | undefined): void {
    this.#deadlines.set(transfer, at);
    if (at !== undefined) this.#timer.rearm();
  }

  onEnded(request: ReadRequest): void {
    this.#running.remove(request);
    request.listener.markEnded(request);
  }

  reportMalformed(bytes: Buffer, { address, port }: Endpoint, reason: string, at: Instant): void {
    if (!this.bus.hasListener('tftp.malformed')) return;
    if (!this.#limit.admit(`malformed ${address}`, MALFORMED_PER_SOURCE, at)) {
      this.#countExcess(address, 'malformed packets told per second');
      return;
    }
    if (!this.#limit.admit('malformed', MALFORMED_PER_SECOND, at)) {
      this.#countExcess(undefined, 'malformed packets told per second');
      return;
    }
    const start = bytes.toString('hex', 0, Math.min(bytes.length, 64));
    this.#publish({ type: 'tftp.malformed', at, address, port, reason, bytes: start });
  }

  /** Refuses the request, or begins to serve it. `former` is what the listener remembers of the client. */
  #serve(
    request: RequestPacket,
    { client, listener, former }: { client: Endpoint; listener: TftpListener; former: ClientEntry | undefined },
    octets: number,
    now: Instant,
  ): void {
    const context = this.#newContext(client, now);
    this.#publishRequest(request, octets, context, now);
    const refusal = REFUSED_REQUESTS.find(({ applies }) => applies(request));
    if (refusal !== undefined) {
      const { code, text } = refusal;
      sendTo(listener.portFor(former), errorPacket(code, text), client);
      if (this.bus.hasListener('tftp.refused')) {
        const reason = text.toLowerCase();
        this.#publish({ type: 'tftp.refused', at: now, context, file: request.file, code, reason, harmless: false });
      }
      return;
    }
    if (!this.#makeRoom(client.address, now)) {
      sendTo(listener.portFor(former), BUSY, client);
      return;
    }
    const port = listener.portFor(former);
    const readRequest = new ReadRequest(this, { request, context, client, listener, port });
    this.#running.add(readRequest);
    listener.add(readRequest, former);
    readRequest.begin();
  }

  /**
   * Checks that one more transfer of this source may run. If all places are taken, ends the oldest transfer without an
   * acknowledgement. `false`: there was none to end.
   */
  #makeRoom(address: string, now: Instant): boolean {
    const { transfers, transfersPerSource } = this.#settings.limits;
    const full =
      this.#running.countOf(address) >= transfersPerSource
        ? { source: address, limit: 'transfers per source' }
        : this.#running.size >= transfers
          ? { source: undefined, limit: 'transfers' }
          : undefined;
    if (full === undefined) return true;
    this.#countExcess(full.source, full.limit);
    const oldest = this.#running.oldestUnproven(full.source, now);
    oldest?.giveWay();
    return oldest !== undefined;
  }

  /** RFC 1350 §4: answers ERROR 5 to a sender that has no transfer on this port. An ERROR is never answered. */
  #rejectUnknownTransfer(bytes: Buffer, from: Endpoint, port: DatagramSocket): void {
    const now = this.clock.now();
    this.reportMalformed(bytes, from, 'a packet for no transfer of its sender', now);
    if (from.port === 0 || opcodeOf(bytes) === OPCODE.ERROR) return;
    if (this.#limit.admit(`unknown transfer ${from.address}`, UNKNOWN_TRANSFERS_PER_SECOND, now))
      sendTo(port, UNKNOWN_TRANSFER, from);
  }

  #newContext({ address, port }: Endpoint, now: Instant): FileRequestContext {
    const sequence = this.#requests.next();
    const connection = this.#firstConnection + (sequence % 0x10_0000) * 0xe0;
    const context = { connection, sequence, address, port };
    return this.#traceBudget.take(now) ? context : { ...context, untraced: true };
  }

  #publishRequest(
    { opcode, file, mode }: RequestPacket,
    octets: number,
    context: FileRequestContext,
    at: Instant,
  ): void {
    if (!this.bus.hasListener('tftp.request')) return;
    const serving = this.#running.size;
    this.#publish({ type: 'tftp.request', at, context, file, opcode, mode, octets, serving, sockets: this.#sockets() });
  }

  #countExcess(address: string | undefined, limit: string): void {
    this.#limit.exceeded(address, limit);
    this.#timer.rearm();
  }

  #publish(event: TftpEvent): void {
    this.bus.publish(event);
  }
}

interface RefusalRule {
  readonly applies: (request: RequestPacket) => boolean;
  readonly code: number;
  readonly text: string;
}

const MODES: ReadonlySet<string> = new Set(['octet', 'netascii']);

/** Why a request is refused whatever file it names; the first rule that applies counts. */
const REFUSED_REQUESTS: readonly RefusalRule[] = [
  { applies: ({ opcode }) => opcode === OPCODE.WRQ, code: ERROR.accessViolation, text: 'Access violation' },
  { applies: ({ mode }) => !MODES.has(mode.toLowerCase()), code: ERROR.illegalOperation, text: 'Unsupported mode' },
];

const ILLEGAL_OPERATION = errorPacket(ERROR.illegalOperation, 'Illegal TFTP operation');
const UNKNOWN_TRANSFER = errorPacket(ERROR.unknownTransferId, 'Unknown transfer ID');
const BUSY = errorPacket(ERROR.undefined, 'Server busy');

const sendTo = (port: DatagramSocket, packet: Buffer, to: Endpoint): void => port.send(packet, 0, packet.length, to);
