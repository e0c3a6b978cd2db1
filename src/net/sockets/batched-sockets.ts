// UDP sockets that read and send many datagrams at a time.

import type dgram from 'node:dgram';
import type { DatagramHandler, DatagramSocket, Endpoint } from '../ports.js';
import type { DatagramBatch } from './datagram-batch.js';

/** Full batches that are read before other work has its turn. */
const MAX_ROUNDS = 4;

/**
 * Collects sockets with datagrams to send while received datagrams are handled, and flushes them at the end of the
 * turn.
 */
export class SendBatch {
  readonly #waiting = new Set<BatchedSocket>();
  #depth = 0;

  get isOn(): boolean {
    return this.#depth > 0;
  }

  /** Runs `work`, which may queue on any socket, and flushes all of it before this returns. */
  take(work: () => void): void {
    this.#depth += 1;
    try {
      work();
    } finally {
      this.#depth -= 1;
      if (this.#depth === 0) this.flush();
    }
  }

  /** Sends what is queued without waiting for the end of the turn. */
  flush(): void {
    for (const socket of this.#waiting) socket.flush();
    this.#waiting.clear();
  }

  flushLater(socket: BatchedSocket): void {
    this.#waiting.add(socket);
  }
}

/**
 * A UDP socket that reads with one call what waits behind the first datagram, and sends with one call what was
 * answered meanwhile. On a quiet socket each datagram is sent at once.
 *
 * @hot One system call per datagram would be most of what a datagram costs.
 */
export class BatchedSocket implements DatagramSocket {
  readonly local: Endpoint;
  readonly #socket: dgram.Socket;
  readonly #batch: DatagramBatch;
  readonly #largest: number;
  readonly #turn: SendBatch;
  #closed = false;
  /** Whether the last turn found more than the datagram that began it. */
  #busy = false;

  /** `socket` is bound to the descriptor of `batch`. `largest`: octets of the largest datagram that fits the batch. */
  constructor(
    socket: dgram.Socket,
    batch: DatagramBatch,
    { largest, turn }: { readonly largest: number; readonly turn: SendBatch },
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
      if (!this.#closed) onDatagram(bytes, from); // which may close the socket
    };
    socket.on('message', (bytes, from) =>
      turn.take(() => {
        hand(bytes, from);
        // If datagrams come one at a time, a peer waits for this answer: send it before looking for the next datagram.
        if (!this.#busy) turn.flush();
        more = 0;
        this.#readOn(hand);
        this.#busy = more > 0;
      }),
    );
  }

  /** Reads what waits behind the first datagram. */
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
    this.#batch.flush(); // what was queued before is still sent
    this.#closed = true;
    return new Promise((resolve) =>
      this.#socket.close(() => {
        this.#batch.close();
        resolve();
      }),
    );
  }

  /** Sends through node what the kernel did not take: node waits until it does. */
  readonly #byNode = (bytes: Buffer, to: Endpoint): void => {
    this.#socket.send(bytes, 0, bytes.length, to.port, to.address);
  };
}
