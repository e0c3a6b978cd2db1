// Writes replies: the header by RFC 2131 table 3, the options in the order in which the client requests them, and no
// more than it can take. `sname` and `file` stay zero (`provisioning.md` §2.1).

import type { Duration } from '../core/time.js';
import { CODE, END } from './options.js';
import { BROADCAST, type DhcpMessage, HEADER_LENGTH, MAGIC_COOKIE, OPTIONS_AT, REPLY, typeNumber } from './packet.js';
import { type ClientOptions, encodeOption, type ServedSubnet } from './served-subnet.js';

/** The least octets of a reply: BOOTP relays and clients may drop shorter ones (RFC 1542 §2.1). */
export const LEAST_REPLY = 300;
/** Octets of the IP datagram that every client can take, and of the largest in an Ethernet frame (RFC 2132 §9.10). */
const LEAST_MAX_SIZE = 576;
const MOST_MAX_SIZE = 1500;
const IP_AND_UDP = 28;
const IDENTITY_AT = 28;
const IDENTITY_LENGTH = 16;
/** How many orders of options are remembered for each `ClientOptions`. */
const MAX_ARRANGEMENTS = 64;

/** Options that are sent even if they were not requested: an address is useless without them, or phones need them. */
const ALWAYS = [CODE.subnetMask, CODE.router, CODE.tftpServerAddress, CODE.tftpServerName] as const;
const ALWAYS_INFORMED = [CODE.tftpServerAddress, CODE.tftpServerName] as const;
/** The options that are kept if not all of them fit. */
const WANTED_MOST = [...ALWAYS, CODE.dns, CODE.domainName] as const;

/** The times of a lease, in seconds. */
export interface LeaseTimes {
  readonly lease: number;
  readonly renewal: number;
  readonly rebinding: number;
}

/** RFC 2131 §3.3: the highest number of seconds means for ever. */
const FOR_EVER = 0xffffffff;

/** The times that a client is given with a lease. */
export const leaseTimes = (granted: Duration, { settings }: ServedSubnet): LeaseTimes => {
  const lease = Math.min(FOR_EVER, Math.floor(granted / 1000));
  return {
    lease,
    renewal: Math.floor(lease * settings.renewAfter),
    rebinding: Math.floor(lease * settings.rebindAfter),
  };
};

/** What a reply says. */
export interface ReplyContent {
  readonly type: 'OFFER' | 'ACK' | 'NAK';
  /** 0 in NAK and in the answer to INFORM. */
  readonly yiaddr: number;
  readonly serverId: number;
  /** Absent in NAK. */
  readonly offering: ClientOptions | undefined;
  /** Absent in NAK and in the answer to INFORM. */
  readonly times: LeaseTimes | undefined;
  /** Option 56. */
  readonly message: string | undefined;
}

/**
 * Writes replies into one buffer, and returns copies.
 *
 * @hot The options are put in order once for each parameter request list, and kept: phones of one model send the same
 * list.
 */
export class ReplyWriter {
  /** Octets before the options that no reply uses stay zero. */
  readonly #scratch = Buffer.alloc(MOST_MAX_SIZE);
  readonly #arrangements = new WeakMap<ClientOptions, Map<string, Buffer>>();
  #at = 0;

  constructor() {
    this.#scratch[0] = REPLY;
    this.#scratch.writeUInt32BE(MAGIC_COOKIE, HEADER_LENGTH);
  }

  /** The octets of a reply; `undefined`: the required options do not fit into what the client can take. */
  write(request: DhcpMessage, content: ReplyContent): Buffer | undefined {
    const { bytes, options } = request;
    const { type, offering, times } = content;
    const scratch = this.#scratch;
    this.#header(request, content);

    scratch[OPTIONS_AT] = CODE.messageType;
    scratch[OPTIONS_AT + 1] = 1;
    scratch[OPTIONS_AT + 2] = typeNumber(type);
    this.#at = OPTIONS_AT + 3;
    this.#u32(CODE.serverId, content.serverId);
    if (times !== undefined) {
      this.#u32(CODE.leaseTime, times.lease);
      this.#u32(CODE.renewalTime, times.renewal);
      this.#u32(CODE.rebindingTime, times.rebinding);
    }

    const clientId = options.get(CODE.clientId); // RFC 6842 §3
    const relayInformation = options.get(CODE.relayAgentInformation); // RFC 3046 §2.2
    const room = largestReply(request) - 1 - encodedLength(clientId) - encodedLength(relayInformation) - this.#at;
    if (room < 0) return undefined;
    if (offering !== undefined) {
      const requested = options.get(CODE.parameterRequestList);
      const always = times === undefined ? ALWAYS_INFORMED : ALWAYS;
      const all = this.#arranged(offering, requested, always);
      this.#copy(all.length <= room ? all : arrange(offering.options, requested, always, room));
    }
    if (content.message !== undefined) {
      const message = encodeOption(CODE.message, Buffer.from(content.message, 'latin1'));
      if (message.length <= room) this.#copy(message);
    }
    if (clientId !== undefined) this.#copy(encodeOption(CODE.clientId, clientId));
    if (relayInformation !== undefined) this.#copy(encodeOption(CODE.relayAgentInformation, relayInformation));
    scratch[this.#at] = END;
    this.#at += 1;
    if (this.#at < LEAST_REPLY) {
      scratch.fill(0, this.#at, LEAST_REPLY);
      this.#at = LEAST_REPLY;
    }
    bytes.copy(scratch, IDENTITY_AT, IDENTITY_AT, IDENTITY_AT + IDENTITY_LENGTH);
    const reply = Buffer.allocUnsafe(this.#at);
    scratch.copy(reply, 0, 0, this.#at);
    return reply;
  }

  #header({ bytes, flags, giaddr }: DhcpMessage, { type, yiaddr, offering, serverId }: ReplyContent): void {
    const scratch = this.#scratch;
    bytes.copy(scratch, 1, 1, 3); // htype, hlen
    bytes.copy(scratch, 4, 4, 8); // xid; secs and hops stay zero
    // RFC 2131 §4.3.2: a relay must broadcast a NAK, since the client may have no usable address.
    scratch.writeUInt16BE(type === 'NAK' && giaddr !== 0 ? flags | BROADCAST : flags, 10);
    if (type === 'ACK') bytes.copy(scratch, 12, 12, 16);
    else scratch.fill(0, 12, 16);
    scratch.writeUInt32BE(yiaddr, 16);
    scratch.writeUInt32BE(offering === undefined ? 0 : (offering.fileServers[0] ?? serverId), 20);
    bytes.copy(scratch, 24, 24, 28); // giaddr
  }

  /** The options in order. Phones of one model request the same, so that they are put in order once. */
  #arranged(offering: ClientOptions, requested: Buffer | undefined, always: readonly number[]): Buffer {
    const key = requested === undefined ? `${always.length}` : `${always.length}${requested.toString('latin1')}`;
    const known = this.#arrangements.get(offering);
    const found = known?.get(key);
    if (found !== undefined) return found;
    const arranged = arrange(offering.options, requested, always, Number.POSITIVE_INFINITY);
    if (known === undefined) this.#arrangements.set(offering, new Map([[key, arranged]]));
    else if (known.size < MAX_ARRANGEMENTS) known.set(key, arranged);
    return arranged;
  }

  #u32(code: number, value: number): void {
    const scratch = this.#scratch;
    scratch[this.#at] = code;
    scratch[this.#at + 1] = 4;
    scratch.writeUInt32BE(value, this.#at + 2);
    this.#at += 6;
  }

  #copy(bytes: Uint8Array): void {
    this.#scratch.set(bytes, this.#at);
    this.#at += bytes.length;
  }
}

/**
 * The requested options in their order, but 1 before 3 (RFC 2132 §3.3), then those that are always sent. If there is no
 * room for all of them, those that phones need go first.
 */
const arrange = (
  options: ClientOptions['options'],
  requested: Buffer | undefined,
  always: readonly number[],
  room: number,
): Buffer => {
  const order = new Set(
    (requested === undefined ? [...always, ...options.keys()] : [...requested, ...always]).flatMap(maskFirst),
  );
  let left = room;
  const fits = new Set<number>();
  for (const code of [...WANTED_MOST.filter((one) => order.has(one)), ...order]) {
    const length = options.get(code)?.length ?? 0;
    if (fits.has(code) || length === 0 || length > left) continue;
    fits.add(code);
    left -= length;
  }
  return Buffer.concat([...order].filter((code) => fits.has(code)).map((code) => options.get(code) as Buffer));
};

const maskFirst = (code: number): readonly number[] => (code === CODE.router ? [CODE.subnetMask, code] : [code]);

/** The most octets of the IP datagram that the client takes, by option 57 (RFC 2132 §9.10). */
export const largestDatagram = (request: DhcpMessage): number =>
  Math.min(MOST_MAX_SIZE, Math.max(LEAST_MAX_SIZE, request.u16(CODE.maxSize) ?? LEAST_MAX_SIZE));

/** The most octets of the reply. */
const largestReply = (request: DhcpMessage): number => largestDatagram(request) - IP_AND_UDP;

const encodedLength = (bytes: Uint8Array | undefined): number =>
  bytes === undefined ? 0 : bytes.length + 2 * Math.max(1, Math.ceil(bytes.length / 255));
