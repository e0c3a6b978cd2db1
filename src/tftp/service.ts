// What the TFTP service does with a datagram on one of its addresses: reads a request, checks the limits, begins to
// serve it; brings a transfer its packets, and strangers their ERROR 5. It knows no file system and no phone.

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
import { ERROR, errorPacket, OPCODE, opcodeOf, type RequestPacket, readRequest } from './packet.js';
import { ReadRequest, type ReadRequestHost } from './read-request.js';
import { RunningTransfers } from './running-transfers.js';
import type { TftpSettings } from './settings.js';
import type { Transfer } from './transfer.js';

export interface ServiceParts extends Pick<ReadRequestHost, 'clock' | 'source' | 'bus'> {
  readonly random: Random;
  /** Numbers requests; the one of HTTP, where both serve the same files. */
  readonly requests?: Sequence;
  /** Sockets that are open now. */
  readonly sockets: () => number;
}

const STRANGERS_PER_SECOND = 20; // ERROR 5 to one source
const COMPLAINTS_PER_SECOND = 200; // facts about malformed packets
const COMPLAINTS_PER_SOURCE = 20;

export class TftpService implements HasDeadlines, ReadRequestHost {
  readonly clock: Clock;
  readonly source: ServiceParts['source'];
  readonly bus: ServiceParts['bus'];
  readonly #sockets: () => number;
  readonly #deadlines = new DeadlineQueue<Transfer>();
  readonly #pump: DeadlineTimer;
  readonly #limit: PerSourceLimit;
  readonly #running = new RunningTransfers();
  readonly #firstConnection: number;
  readonly #ration: PerSecondBudget;
  readonly #requests: Sequence;
  #settings: TftpSettings;
  #stopped = false;

  constructor(
    settings: TftpSettings,
    { clock, source, bus, random, sockets, requests = new Sequence() }: ServiceParts,
  ) {
    this.#settings = settings;
    this.clock = clock;
    this.source = source;
    this.bus = bus;
    this.#sockets = sockets;
    this.#requests = requests;
    this.#pump = new DeadlineTimer(this, clock);
    // The trace shows a request as the address of its connection object; a number that looks like one and never repeats soon.
    this.#firstConnection = 0x0900_0000 + random.below(0x10_0000) * 16;
    this.#ration = new PerSecondBudget(
      () => this.#settings.tracedPerSecond,
      (requests, at) => {
        if (bus.hasListener('tftp.untraced')) this.#tell({ type: 'tftp.untraced', at, requests });
      },
    );
    this.#limit = new PerSourceLimit((excess: Excess, at: Instant) =>
      this.#tell({ type: 'tftp.throttled', at, ...excess }),
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

  /** A datagram on the socket that is asked. */
  asked(bytes: Buffer, client: Endpoint, doorway: TftpListener): void {
    if (client.port === 0 || this.#stopped) return; // nobody can be answered there
    const now = this.clock.now();
    const { requestsPerSecond } = this.#settings.limits;
    if (!this.#limit.admit(client.address, requestsPerSecond, now)) {
      this.#exceeded(client.address, 'requests per second');
      return;
    }
    const request = readRequest(bytes);
    if ('error' in request) {
      this.complain(bytes, client, request.error, now);
      // RFC 1350 §7: an ERROR is never answered; everything else that is no request is an illegal operation.
      if (opcodeOf(bytes) !== OPCODE.ERROR) say(doorway.portFor(undefined), ILLEGAL_OPERATION, client);
      return;
    }
    const earlier = doorway.find(client);
    const running = earlier?.serving;
    if (running?.isRepeatedBy(request) === true) return; // the timer answers it
    running?.supersede();
    this.#admit(request, bytes.length, client, doorway, earlier, now);
  }

  /** A datagram on a port of transfers. */
  answered(bytes: Buffer, from: Endpoint, port: DatagramSocket, doorway: TftpListener): void {
    const visit = doorway.find(from);
    // What comes to a transfer that has ended is late, and of no consequence.
    if (visit?.port === port) visit.serving?.received(bytes, this.clock.now());
    else if (visit?.formerPort !== port) this.#stranger(bytes, from, port);
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

  /** Transfers that await an acknowledgement. */
  postpone(span: Duration): void {
    this.#deadlines.postpone(span);
  }

  /** Ends the transfers of an address that is left. */
  removeListener(doorway: TftpListener): void {
    for (const serving of doorway.running()) serving.stop();
  }

  /** No request is answered any more, and no alarm rings. */
  stop(): void {
    this.#stopped = true;
    this.#pump.stop();
  }

  setDeadline(transfer: Transfer, at: Instant | undefined): void {
    this.#deadlines.set(transfer, at);
    if (at !== undefined) this.#pump.rearm();
  }

  ended(serving: ReadRequest): void {
    this.#running.remove(serving);
    serving.doorway.end(serving);
  }

  complain(bytes: Buffer, { address, port }: Endpoint, reason: string, at: Instant): void {
    if (!this.bus.hasListener('tftp.malformed')) return;
    if (!this.#limit.admit(`malformed ${address}`, COMPLAINTS_PER_SOURCE, at)) {
      this.#exceeded(address, 'malformed packets told per second');
      return;
    }
    if (!this.#limit.admit('malformed', COMPLAINTS_PER_SECOND, at)) {
      this.#exceeded(undefined, 'malformed packets told per second');
      return;
    }
    const start = bytes.toString('hex', 0, Math.min(bytes.length, 64));
    this.#tell({ type: 'tftp.malformed', at, address, port, reason, bytes: start });
  }

  #admit(
    request: RequestPacket,
    octets: number,
    client: Endpoint,
    doorway: TftpListener,
    earlier: ClientEntry | undefined,
    now: Instant,
  ): void {
    const context = this.#newContext(client, now);
    this.#tellRequest(request, octets, context, now);
    const refusal = REFUSED_REQUESTS.find(({ applies }) => applies(request));
    if (refusal !== undefined) {
      const { code, text } = refusal;
      say(doorway.portFor(earlier), errorPacket(code, text), client);
      if (this.bus.hasListener('tftp.refused')) {
        const reason = text.toLowerCase();
        this.#tell({ type: 'tftp.refused', at: now, context, file: request.file, code, reason, harmless: false });
      }
      return;
    }
    if (!this.#hasPlace(client.address, now)) {
      say(doorway.portFor(earlier), BUSY, client);
      return;
    }
    const serving = new ReadRequest(this, doorway, context, client, request, doorway.portFor(earlier));
    this.#running.add(serving);
    doorway.begin(serving, earlier);
    serving.begin();
  }

  /** Where every place is taken, the oldest transfer that nobody acknowledged makes way. */
  #hasPlace(address: string, now: Instant): boolean {
    const { transfers, transfersPerSource } = this.#settings.limits;
    const full =
      this.#running.of(address) >= transfersPerSource
        ? { source: address, limit: 'transfers per source' }
        : this.#running.size >= transfers
          ? { source: undefined, limit: 'transfers' }
          : undefined;
    if (full === undefined) return true;
    this.#exceeded(full.source, full.limit);
    const oldest = this.#running.oldestUnproven(full.source, now);
    oldest?.giveWay();
    return oldest !== undefined;
  }

  /** RFC 1350 §4: an ERROR 5 to whoever has no transfer there, and nothing to those of others. Never in reply to an ERROR. */
  #stranger(bytes: Buffer, from: Endpoint, port: DatagramSocket): void {
    const now = this.clock.now();
    this.complain(bytes, from, 'a packet for no transfer of its sender', now);
    if (from.port === 0 || opcodeOf(bytes) === OPCODE.ERROR) return;
    if (this.#limit.admit(`stranger ${from.address}`, STRANGERS_PER_SECOND, now)) say(port, UNKNOWN_TRANSFER, from);
  }

  #newContext({ address, port }: Endpoint, now: Instant): FileRequestContext {
    const sequence = this.#requests.next();
    const connection = this.#firstConnection + (sequence % 0x10_0000) * 0xe0;
    const context = { connection, sequence, address, port };
    return this.#ration.take(now) ? context : { ...context, untraced: true };
  }

  #tellRequest({ opcode, file, mode }: RequestPacket, octets: number, context: FileRequestContext, at: Instant): void {
    if (!this.bus.hasListener('tftp.request')) return;
    const serving = this.#running.size;
    this.#tell({ type: 'tftp.request', at, context, file, opcode, mode, octets, serving, sockets: this.#sockets() });
  }

  #exceeded(address: string | undefined, limit: string): void {
    this.#limit.exceeded(address, limit);
    this.#pump.rearm();
  }

  #tell(event: TftpEvent): void {
    this.bus.publish(event);
  }
}

interface Refusal {
  readonly applies: (request: RequestPacket) => boolean;
  readonly code: number;
  readonly text: string;
}

const MODES: ReadonlySet<string> = new Set(['octet', 'netascii']);

/** Requests that are refused whatever they name, in order. */
const REFUSED_REQUESTS: readonly Refusal[] = [
  { applies: ({ opcode }) => opcode === OPCODE.WRQ, code: ERROR.accessViolation, text: 'Access violation' },
  { applies: ({ mode }) => !MODES.has(mode.toLowerCase()), code: ERROR.illegalOperation, text: 'Unsupported mode' },
];

const ILLEGAL_OPERATION = errorPacket(ERROR.illegalOperation, 'Illegal TFTP operation');
const UNKNOWN_TRANSFER = errorPacket(ERROR.unknownTransferId, 'Unknown transfer ID');
const BUSY = errorPacket(ERROR.undefined, 'Server busy');

const say = (port: DatagramSocket, packet: Buffer, to: Endpoint): void => port.send(packet, 0, packet.length, to);
