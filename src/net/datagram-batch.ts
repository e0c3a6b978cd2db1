// Many datagrams per system call: Linux's recvmmsg and sendmmsg on a descriptor that node waits on. A server that is busy
// spends most of its time in such calls, so fewer of them is what makes it fast. Memory is laid out once, outside the
// heap, as the kernel wants it.

import type { Endpoint } from './ports.js';

/** What of `koffi` is needed here. */
export interface NativeMemory {
  alloc(type: 'uint8_t', count: number): unknown;
  view(memory: unknown, length: number): ArrayBuffer;
  address(memory: unknown): bigint;
  free(memory: unknown): void;
}

export interface BatchCalls {
  /** `recvmmsg(fd, vector, count, flags, NULL)`: how many came, negative: none. */
  receive(fd: number, vector: unknown, count: number, flags: number): number;
  /** `sendmmsg(fd, vector, count, flags)`: how many left. */
  send(fd: number, vector: unknown, count: number, flags: number): number;
}

const SLOTS = 64;
const SLOT_OCTETS = 4352; // larger than any message that is of use; what is larger still arrives cut
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

  constructor(native: NativeMemory) {
    const octets = SLOTS * (HEADER + NAME + VECTOR + SLOT_OCTETS);
    this.#native = native;
    this.memory = native.alloc('uint8_t', octets);
    const memory = native.view(this.memory, octets);
    this.bytes = Buffer.from(memory).fill(0);
    this.view = new DataView(memory);
    this.#base = native.address(this.memory);
    const pointer = (at: number, to: number): void => this.view.setBigUint64(at, this.#base + BigInt(to), true);
    for (let slot = 0; slot < SLOTS; slot += 1) {
      const header = slot * HEADER;
      pointer(header, nameAt(slot));
      this.view.setUint32(header + 8, NAME, true);
      pointer(header + 16, vectorAt(slot));
      this.view.setBigUint64(header + 24, 1n, true);
      pointer(vectorAt(slot), octetsAt(slot));
      this.view.setBigUint64(vectorAt(slot) + 8, BigInt(SLOT_OCTETS), true);
    }
  }

  /** Where the kernel's array goes on from a slot. */
  from(slot: number): unknown {
    return slot === 0 ? this.memory : this.#base + BigInt(slot * HEADER);
  }

  free(): void {
    this.#native.free(this.memory);
  }
}

const nameAt = (slot: number): number => SLOTS * HEADER + slot * NAME;
const vectorAt = (slot: number): number => SLOTS * (HEADER + NAME) + slot * VECTOR;
const octetsAt = (slot: number): number => SLOTS * (HEADER + NAME + VECTOR) + slot * SLOT_OCTETS;

/** Datagrams of one descriptor. The descriptor stays its owner's. */
export class DatagramBatch {
  readonly #calls: BatchCalls;
  readonly #fd: number;
  readonly #incoming: Arena;
  readonly #outgoing: Arena;
  #queued = 0;
  /** The last sender's and the last receiver's address in both spellings: relays come and go in rows. */
  #sender: { readonly number: number; readonly text: string } = { number: 0, text: '0.0.0.0' };
  #receiver: { readonly number: number; readonly text: string } = { number: 0, text: '0.0.0.0' };

  constructor(fd: number, calls: BatchCalls, native: NativeMemory) {
    this.#fd = fd;
    this.#calls = calls;
    this.#incoming = new Arena(native);
    this.#outgoing = new Arena(native);
  }

  /** Hands over what waits in the kernel, at most one arena full. Returns whether there may be more. */
  receive(onDatagram: (bytes: Buffer, from: Endpoint) => void): boolean {
    const { memory, bytes, view } = this.#incoming;
    const count = this.#calls.receive(this.#fd, memory, SLOTS, MSG_DONTWAIT);
    for (let slot = 0; slot < count; slot += 1) {
      const at = octetsAt(slot);
      const datagram = Buffer.from(bytes.subarray(at, at + view.getUint32(slot * HEADER + LENGTH_AT, true)));
      const name = nameAt(slot);
      onDatagram(datagram, { address: this.#senderText(view.getUint32(name + 4)), port: view.getUint16(name + 2) });
    }
    return count === SLOTS;
  }

  /** Copies a datagram to the others that leave with `flush`. */
  queue(datagram: Buffer, { address, port }: Endpoint): void {
    if (this.#queued === SLOTS) this.flush();
    const slot = this.#queued;
    const { bytes, view } = this.#outgoing;
    const length = datagram.copy(bytes, octetsAt(slot), 0, SLOT_OCTETS);
    view.setBigUint64(vectorAt(slot) + 8, BigInt(length), true);
    const name = nameAt(slot);
    view.setUint16(name, AF_INET, true);
    view.setUint16(name + 2, port);
    view.setUint32(name + 4, this.#receiverNumber(address));
    this.#queued += 1;
  }

  /** What cannot leave now is lost, as on any network. */
  flush(): void {
    const queued = this.#queued;
    this.#queued = 0;
    for (let sent = 0; sent < queued; ) {
      const done = this.#calls.send(this.#fd, this.#outgoing.from(sent), queued - sent, MSG_DONTWAIT);
      sent += Math.max(1, done); // past a datagram that the kernel refuses, so that the others have their turn
    }
  }

  close(): void {
    this.#incoming.free();
    this.#outgoing.free();
  }

  #senderText(number: number): string {
    if (this.#sender.number !== number)
      this.#sender = {
        number,
        text: `${number >>> 24}.${(number >>> 16) & 255}.${(number >>> 8) & 255}.${number & 255}`,
      };
    return this.#sender.text;
  }

  #receiverNumber(text: string): number {
    if (this.#receiver.text !== text)
      this.#receiver = { number: text.split('.').reduce((value, part) => value * 256 + Number(part), 0), text };
    return this.#receiver.number;
  }
}
