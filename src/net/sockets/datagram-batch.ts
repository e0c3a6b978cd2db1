// Many datagrams per system call: Linux's recvmmsg and sendmmsg on a descriptor that node waits on.

import type { Endpoint } from '../ports.js';

/** The part of `koffi` that is used here. */
export interface NativeMemory {
  alloc(type: 'uint8_t', count: number): unknown;
  view(memory: unknown, length: number): ArrayBuffer;
  address(memory: unknown): bigint;
  free(memory: unknown): void;
}

/** The two system calls. */
export interface BatchCalls {
  /** `recvmmsg(fd, vector, count, flags, NULL)`: how many came, negative: none. */
  receive(fd: number, vector: unknown, count: number, flags: number): number;
  /** `sendmmsg(fd, vector, count, flags)`: how many left. */
  send(fd: number, vector: unknown, count: number, flags: number): number;
}

const SLOTS = 64;
export const SLOT_OCTETS = 4352; // larger than any DHCP message that is of use; what is larger still arrives cut
const HEADER = 64; // struct mmsghdr
const NAME = 16; // struct sockaddr_in
const VECTOR = 16; // struct iovec
const LENGTH_AT = 56; // of what came, within mmsghdr
const MSG_DONTWAIT = 0x40;
const AF_INET = 2;

/** The kernel's array of messages and the octets that it points to. */
class Arena {
  readonly #native: NativeMemory;
  readonly #base: bigint;
  readonly memory: unknown;
  readonly bytes: Buffer;
  readonly view: DataView;
  readonly slotOctets: number;

  constructor(native: NativeMemory, slotOctets: number) {
    const octets = SLOTS * (HEADER + NAME + VECTOR + slotOctets);
    this.#native = native;
    this.slotOctets = slotOctets;
    this.memory = native.alloc('uint8_t', octets);
    const memory = native.view(this.memory, octets);
    this.bytes = Buffer.from(memory);
    this.bytes.fill(0, 0, this.octetsAt(0)); // what holds the datagrams is given by the kernel when it is first used
    this.view = new DataView(memory);
    this.#base = native.address(this.memory);
    const pointer = (at: number, to: number): void => this.view.setBigUint64(at, this.#base + BigInt(to), true);
    for (let slot = 0; slot < SLOTS; slot += 1) {
      const header = slot * HEADER;
      pointer(header, nameAt(slot));
      this.view.setUint32(header + 8, NAME, true);
      pointer(header + 16, vectorAt(slot));
      this.view.setBigUint64(header + 24, 1n, true);
      pointer(vectorAt(slot), this.octetsAt(slot));
      this.view.setBigUint64(vectorAt(slot) + 8, BigInt(slotOctets), true);
    }
  }

  octetsAt(slot: number): number {
    return SLOTS * (HEADER + NAME + VECTOR) + slot * this.slotOctets;
  }

  /** A copy of the datagram in a slot, and its peer. */
  at(slot: number): [bytes: Buffer, peer: Endpoint] {
    const { bytes, view } = this;
    const start = this.octetsAt(slot);
    const length = view.getUint32(vectorAt(slot) + 8, true);
    const name = nameAt(slot);
    const peer = { address: textOf(view.getUint32(name + 4)), port: view.getUint16(name + 2) };
    return [Buffer.from(bytes.subarray(start, start + length)), peer];
  }

  /** The address of the kernel's array from a slot on. */
  from(slot: number): unknown {
    return slot === 0 ? this.memory : this.#base + BigInt(slot * HEADER);
  }

  free(): void {
    this.#native.free(this.memory);
  }
}

const textOf = (number: number): string =>
  `${number >>> 24}.${(number >>> 16) & 255}.${(number >>> 8) & 255}.${number & 255}`;

const nameAt = (slot: number): number => SLOTS * HEADER + slot * NAME;
const vectorAt = (slot: number): number => SLOTS * (HEADER + NAME) + slot * VECTOR;

/**
 * Reads and sends many datagrams of one descriptor per system call. The descriptor stays with its owner.
 *
 * @hot A busy server spends most of its time in such calls. The memory is laid out once, outside the heap, as the
 * kernel needs it.
 */
export class DatagramBatch {
  readonly #calls: BatchCalls;
  readonly #fd: number;
  readonly #incoming: Arena;
  readonly #outgoing: Arena;
  #queued = 0;
  /**
   * The last sender's and the last receiver's address as number and text: many datagrams of one relay come in a row.
   */
  #sender: { readonly number: number; readonly text: string } = { number: 0, text: '0.0.0.0' };
  #receiver: { readonly number: number; readonly text: string } = { number: 0, text: '0.0.0.0' };

  /** `slotOctets`: room for one datagram. Larger ones arrive cut and cannot be queued. */
  constructor(fd: number, calls: BatchCalls, native: NativeMemory, slotOctets = SLOT_OCTETS) {
    this.#fd = fd;
    this.#calls = calls;
    this.#incoming = new Arena(native, slotOctets);
    this.#outgoing = new Arena(native, slotOctets);
  }

  /** Hands over what waits in the kernel, at most one batch. Returns whether there may be more. */
  receive(onDatagram: (bytes: Buffer, from: Endpoint) => void): boolean {
    const { memory, bytes, view } = this.#incoming;
    const count = this.#calls.receive(this.#fd, memory, SLOTS, MSG_DONTWAIT);
    for (let slot = 0; slot < count; slot += 1) {
      const at = this.#incoming.octetsAt(slot);
      const length = view.getUint32(slot * HEADER + LENGTH_AT, true);
      const datagram = Buffer.allocUnsafe(length);
      bytes.copy(datagram, 0, at, at + length);
      const name = nameAt(slot);
      onDatagram(datagram, { address: this.#senderText(view.getUint32(name + 4)), port: view.getUint16(name + 2) });
    }
    return count === SLOTS;
  }

  /** Copies a datagram into the batch that `flush` sends. */
  queue(datagram: Buffer, { address, port }: Endpoint, otherwise?: (bytes: Buffer, to: Endpoint) => void): void {
    if (this.#queued === SLOTS) this.flush(otherwise);
    const slot = this.#queued;
    const { bytes, view } = this.#outgoing;
    const length = datagram.copy(bytes, this.#outgoing.octetsAt(slot), 0, this.#outgoing.slotOctets);
    view.setUint32(vectorAt(slot) + 8, length, true); // of eight octets, the upper four of which stay 0
    const name = nameAt(slot);
    view.setUint16(name, AF_INET, true);
    view.setUint16(name + 2, port);
    view.setUint32(name + 4, this.#receiverNumber(address));
    this.#queued += 1;
  }

  /** Sends the batch. What the kernel does not take is given to `otherwise`, or is lost, as on any network. */
  flush(otherwise?: (bytes: Buffer, to: Endpoint) => void): void {
    const queued = this.#queued;
    this.#queued = 0;
    for (let sent = 0; sent < queued; ) {
      const done = this.#calls.send(this.#fd, this.#outgoing.from(sent), queued - sent, MSG_DONTWAIT);
      if (done <= 0 && otherwise !== undefined) otherwise(...this.#outgoing.at(sent));
      sent += Math.max(1, done); // skips a datagram that the kernel refuses
    }
  }

  close(): void {
    this.#incoming.free();
    this.#outgoing.free();
  }

  #senderText(number: number): string {
    if (this.#sender.number !== number) this.#sender = { number, text: textOf(number) };
    return this.#sender.text;
  }

  #receiverNumber(text: string): number {
    if (this.#receiver.text !== text)
      this.#receiver = { number: text.split('.').reduce((value, part) => value * 256 + Number(part), 0), text };
    return this.#receiver.number;
  }
}
