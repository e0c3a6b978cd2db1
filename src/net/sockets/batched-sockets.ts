// Datagram sockets that read and write many at a time: what waits behind the first datagram is read with one call, and
// what is answered meanwhile leaves with one. On a quiet socket each datagram still goes its way at once.

import type dgram from 'node:dgram';
import type { DatagramHandler, DatagramSocket, Endpoint } from '../ports.js';
import type { DatagramBatch } from './datagram-batch.js';

/** Arenas full of datagrams before other work has its turn. */
const MAX_ROUNDS = 4;

/** Whether sockets are handing over what they read now, and who has answers to flush at the end of it. */
export class SendBatch {
  readonly #waiting = new Set<BatchedSocket>();
  #depth = 0;

  get isOn(): boolean {
    return this.#depth > 0;
  }

  /** `work` may queue on any socket of this turn; all of it leaves before this returns. */
  take(work: () => void): void {
    this.#depth += 1;
    try {
      work();
    } finally {
      this.#depth -= 1;
      if (this.#depth === 0) this.flush();
    }
  }

  /** Lets go of what is queued before the end of the turn. */
  flush(): void {
    for (const socket of this.#waiting) socket.flush();
    this.#waiting.clear();
  }

  flushLater(socket: BatchedSocket): void {
    this.#waiting.add(socket);
  }
}

export class BatchedSocket implements DatagramSocket {
  readonly local: Endpoint;
  readonly #socket: dgram.Socket;
  readonly #batch: DatagramBatch;
  readonly #largest: number;
  readonly #turn: SendBatch;
  #closed = false;
  /** The last turn found more than the datagram that woke it. */
  #busy = false;

  /** `socket` is bound to the descriptor of `batch`. */
  constructor(
    socket: dgram.Socket,
    batch: DatagramBatch,
    largest: number,
    turn: SendBatch,
    onDatagram: DatagramHandler,
  ) {
    this.#socket = socket;
    this.#batch = batch;
    this.#largest = largest;
    this.#turn = turn;
    const { address, port } = socket.address();
    this.local = { address, port };
    let more = 0;
    const hand: DatagramHandler = (bytes, from) => {
      more += 1;
      if (!this.#closed) onDatagram(bytes, from); // whoever hears may close it
    };
    socket.on('message', (bytes, from) =>
      turn.take(() => {
        hand(bytes, from);
        // Where datagrams come one at a time, somebody waits for this answer: it goes before we look for the next.
        if (!this.#busy) turn.flush();
        more = 0;
        this.#readOn(hand);
        this.#busy = more > 0;
      }),
    );
  }

  /** What waits behind the datagram that woke us. */
  #readOn(hand: DatagramHandler): void {
    for (let round = 0; round < MAX_ROUNDS && !this.#closed; round += 1) if (!this.#batch.receive(hand)) return;
  }

  send(bytes: Buffer, offset: number, length: number, to: Endpoint): void {
    if (this.#closed || to.port === 0) return; // port 0 cannot be answered, and node throws on it
    if (!this.#turn.isOn || length > this.#largest) {
      this.#socket.send(bytes, offset, length, to.port, to.address);
      return;
    }
    this.#batch.queue(length === bytes.length ? bytes : bytes.subarray(offset, offset + length), to, this.#byNode);
    this.#turn.flushLater(this);
  }

  flush(): void {
    if (!this.#closed) this.#batch.flush(this.#byNode);
  }

  close(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    this.#batch.flush(); // what was said before the end is still to leave
    this.#closed = true;
    return new Promise((resolve) =>
      this.#socket.close(() => {
        this.#batch.close();
        resolve();
      }),
    );
  }

  /** What the kernel would not take now: node waits with it until it does. */
  readonly #byNode = (bytes: Buffer, to: Endpoint): void => {
    this.#socket.send(bytes, 0, bytes.length, to.port, to.address);
  };
}
