import { type Duration, milliseconds, seconds } from '../../core/time.js';
import type { Endpoint } from '../../net/ports.js';
import { ERROR, errorPacket, HEAD, OPCODE, opcodeOf } from '../../tftp/packet.js';

/**
 * How fetching a file ended. `refused`: the server said no; `missed`: there was no usable answer. `why` is for people.
 */
export type FileOutcome =
  | { readonly kind: 'fetched'; readonly bytes: Buffer }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'missed'; readonly why: string };

const BLOCK_SIZE = 512;
const FIRST_WAIT = seconds(1);
const LONGEST_WAIT = seconds(8);
const TRIES = 5;
const UNKNOWN_TRANSFER = errorPacket(ERROR.unknownTransferId, 'Unknown transfer ID');
const MAX_FILE = 16 * 1024 * 1024;

/** An RRQ in octet mode without options. */
export const readRequestPacket = (file: string): Buffer => Buffer.from(`\0\x01${file}\0octet\0`, 'latin1');

const acknowledgement = (block: number): Buffer => {
  const packet = Buffer.allocUnsafe(HEAD);
  packet.writeUInt16BE(OPCODE.ACK, 0);
  packet.writeUInt16BE(block, 2);
  return packet;
};

/**
 * One TFTP transfer as its reader (RFC 1350). Datagrams and time go in, datagrams come out; it opens no socket. It asks
 * for no options (RFC 2347), as in the captured boots.
 */
export class TftpClient {
  readonly server: Endpoint;
  /** The server's port for this transfer, once it has answered (RFC 1350 §4). */
  peer: Endpoint | undefined;
  /** `undefined`: the transfer goes on. */
  outcome: FileOutcome | undefined;
  /** The last packet that was sent; it is sent again when nothing comes. */
  packet: Buffer;
  /** How long to wait for the next packet before `retry`. */
  wait: Duration = FIRST_WAIT;
  readonly #blocks: Buffer[] = [];
  #octets = 0;
  #tries = 1;
  /** A packet was sent twice, so the server may answer twice, and late. */
  repeated = false;

  constructor(file: string, server: Endpoint) {
    this.server = server;
    this.packet = readRequestPacket(file);
  }

  /** The number of the last block that has come. */
  get lastBlock(): number {
    return this.#blocks.length & 0xffff;
  }

  /** Where `packet` goes. */
  get target(): Endpoint {
    return this.peer ?? this.server;
  }

  /** Returns the packet to send back to `from`, if any. */
  receive(bytes: Buffer, from: Endpoint): Buffer | undefined {
    const opcode = opcodeOf(bytes);
    if (bytes.length < HEAD || (opcode !== OPCODE.DATA && opcode !== OPCODE.ERROR)) return undefined;
    const isUnknownTransfer = this.peer !== undefined && from.port !== this.peer.port;
    if (opcode === OPCODE.DATA) return isUnknownTransfer ? UNKNOWN_TRANSFER : this.#block(bytes, from);
    const code = bytes.readUInt16BE(2);
    // A server never answers a request with "unknown transfer": this error is late and belongs to the transfer before.
    if (isUnknownTransfer || (this.peer === undefined && code === ERROR.unknownTransferId)) return undefined;
    this.outcome = { kind: 'refused', why: `ERROR ${code} ${text(bytes)}` };
    return undefined;
  }

  #block(bytes: Buffer, from: Endpoint): Buffer | undefined {
    const number = bytes.readUInt16BE(2);
    const expected = (this.#blocks.length + 1) & 0xffff;
    if (number === expected) {
      this.peer ??= from;
      this.#blocks.push(bytes.subarray(HEAD));
      this.#octets += bytes.length - HEAD;
      this.packet = acknowledgement(number);
      this.#tries = 1;
      this.wait = FIRST_WAIT;
      if (this.#octets > MAX_FILE) {
        this.outcome = { kind: 'missed', why: `longer than ${MAX_FILE} octets` };
        return errorPacket(ERROR.undefined, 'file too long');
      }
      if (bytes.length - HEAD < BLOCK_SIZE) this.outcome = { kind: 'fetched', bytes: Buffer.concat(this.#blocks) };
      return this.packet;
    }
    // A repeated block is not acknowledged again: two acknowledgements would double every packet from there on (the
    // sorcerer's apprentice bug). Our own retransmission answers it.
    return undefined;
  }

  /** Called when nothing came within `wait`. True: send `packet` again. False: gives up and sets `outcome`. */
  retry(): boolean {
    if (this.#tries >= TRIES) {
      this.outcome = {
        kind: 'missed',
        why: this.peer === undefined ? 'no answer' : `no block ${this.#blocks.length + 1}`,
      };
      return false;
    }
    this.#tries += 1;
    this.repeated = true;
    this.wait = milliseconds(Math.min(2 * this.wait, LONGEST_WAIT));
    return true;
  }
}

const text = (bytes: Buffer): string => {
  const end = bytes.indexOf(0, HEAD);
  return bytes.toString('latin1', HEAD, end < 0 ? bytes.length : end);
};
