// The UDP sockets under an interface, each for one local address.

import type dgram from 'node:dgram';
import type { Endpoint } from '../ports.js';
import type { DatagramBatch } from './datagram-batch.js';
import type { NativeSockets } from './native-sockets.js';
import { bindUdpSocket, closeUdpSocket, newUdpSocket } from './udp-socket.js';

/**
 * The callbacks of the owner of a receiver. `drained` is called when everything that had arrived has been handed
 * over.
 */
export interface UdpReceiverHandler {
  received(bytes: Buffer, from: Endpoint): void;
  drained(): void;
}

/** A socket of an interface: receives for one local address, and sends from it. */
export interface UdpReceiver {
  /** The local address that it receives for; `undefined`: broadcasts, or any. */
  readonly address: string | undefined;
  readonly port: number;
  listen(handler: UdpReceiverHandler): void;
  send(bytes: Buffer, to: Endpoint): void;
  /** Sends what is still queued. */
  flush(): void;
  close(): Promise<void>;
}

/** One datagram per event, as node delivers them. */
class EventDrivenReceiver implements UdpReceiver {
  readonly address: string | undefined;
  readonly port: number;
  readonly #socket: dgram.Socket;
  #drains = false;
  #closed = false;

  constructor(socket: dgram.Socket, address: string | undefined) {
    this.address = address;
    this.#socket = socket;
    this.port = socket.address().port;
  }

  listen(handler: UdpReceiverHandler): void {
    this.#socket.on('message', (bytes, from) => {
      handler.received(bytes, from);
      if (this.#drains) return;
      this.#drains = true;
      setImmediate(() => {
        this.#drains = false;
        if (!this.#closed) handler.drained();
      });
    });
  }

  send(bytes: Buffer, { port, address }: Endpoint): void {
    this.#socket.send(bytes, 0, bytes.length, port, address);
  }

  flush(): void {}

  close(): Promise<void> {
    this.#closed = true;
    return closeUdpSocket(this.#socket);
  }
}

/** Full batches that are read before other work has its turn. */
const MAX_ROUNDS = 4;
/** After so many events within so many milliseconds it polls instead of waiting for events. */
const MANY_WAKES = 16;
const MANY_WITHIN = 16;
const POLL_EVERY = 1;
/** After so many empty polls it waits for events again. */
const PATIENCE = 40;

interface PollingReceiverOptions {
  /** The descriptor, which the receiver owns. */
  readonly fd: number;
  readonly sockets: NativeSockets;
  readonly batch: DatagramBatch;
  /** Bound to a duplicate of the descriptor. */
  readonly watcher: dgram.Socket;
  readonly address: string | undefined;
}

/**
 * Reads many datagrams per system call. While few come it waits for an event for each, as any socket. While many come
 * it polls every millisecond instead.
 *
 * @hot Most of what a datagram costs is the event that announces it.
 */
class PollingReceiver implements UdpReceiver {
  readonly address: string | undefined;
  readonly port: number;
  readonly #fd: number;
  readonly #sockets: NativeSockets;
  readonly #batch: DatagramBatch;
  #handler: UdpReceiverHandler | undefined;
  /** Waits for events on a duplicate of the descriptor. Absent while this polls. */
  #watcher: dgram.Socket | undefined;
  #pollTimer: NodeJS.Timeout | NodeJS.Immediate | undefined;
  #wakes = 0;
  #wakesSince = 0;
  #emptyPolls = 0;
  #closed = false;

  constructor({ fd, sockets, batch, watcher, address }: PollingReceiverOptions) {
    this.address = address;
    this.#fd = fd;
    this.#sockets = sockets;
    this.#batch = batch;
    this.#watcher = watcher;
    this.port = watcher.address().port;
  }

  listen(handler: UdpReceiverHandler): void {
    this.#handler = handler;
    this.#watcher?.on('message', (bytes, from) => this.#woken(bytes, from));
  }

  send(bytes: Buffer, to: Endpoint): void {
    this.#batch.queue(bytes, to);
  }

  flush(): void {
    this.#batch.flush();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#pollTimer as NodeJS.Timeout);
    clearImmediate(this.#pollTimer as NodeJS.Immediate);
    if (this.#watcher !== undefined) await closeUdpSocket(this.#watcher);
    this.#batch.close();
    this.#sockets.close(this.#fd);
  }

  #woken(bytes: Buffer, from: Endpoint): void {
    if (this.#closed) return;
    this.#handler?.received(bytes, from);
    this.#read();
    this.#handler?.drained();
    this.#wakes += 1;
    if (this.#wakes < MANY_WAKES || this.#closed) return;
    const now = performance.now();
    if (now - this.#wakesSince < MANY_WITHIN) this.#startPolling();
    this.#wakes = 0;
    this.#wakesSince = now;
  }

  /** Reads what waits. Returns how many datagrams came, and whether there may be more. */
  #read(): { readonly datagrams: number; readonly more: boolean } {
    let datagrams = 0;
    let more = true;
    for (let round = 0; more && round < MAX_ROUNDS && !this.#closed; round += 1)
      more = this.#batch.receive((bytes, from) => {
        datagrams += 1;
        this.#handler?.received(bytes, from);
      });
    return { datagrams, more };
  }

  #startPolling(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
    this.#emptyPolls = 0;
    this.#pollTimer = setTimeout(() => this.#poll(), POLL_EVERY);
  }

  #poll(): void {
    if (this.#closed) return;
    const { datagrams, more } = this.#read();
    if (datagrams > 0) this.#handler?.drained();
    if (this.#closed) return;
    this.#emptyPolls = datagrams > 0 ? 0 : this.#emptyPolls + 1;
    if (more) this.#pollTimer = setImmediate(() => this.#poll());
    else if (this.#emptyPolls < PATIENCE) this.#pollTimer = setTimeout(() => this.#poll(), POLL_EVERY);
    else this.#waitForEvents();
  }

  /**
   * Waits for events again. What came meanwhile causes one at once. If there is no descriptor for it, polling goes
   * on.
   */
  #waitForEvents(): void {
    this.#wakes = 0;
    this.#wakesSince = performance.now();
    this.#emptyPolls = 0;
    this.#pollTimer = undefined;
    try {
      const watcher = newUdpSocket();
      this.#watcher = watcher;
      watcher.once('error', () => this.#startPolling());
      watcher.on('message', (bytes, from) => this.#woken(bytes, from));
      watcher.bind({ fd: this.#sockets.duplicate(this.#fd), exclusive: true }, () => {
        watcher.removeAllListeners('error');
        watcher.on('error', () => {});
      });
    } catch {
      this.#startPolling(); // no descriptor is free just now
    }
  }
}

/** Opens a receiver on a local address, without native calls. */
export const openPlainReceiver = async (address: string, port: number, receiveBuffer: number): Promise<UdpReceiver> =>
  new EventDrivenReceiver(await bindUdpSocket(newUdpSocket(receiveBuffer), { address, port }), address);

/** A receiver on a descriptor that a launcher handed down. */
export const adoptReceiver = async (fd: number): Promise<UdpReceiver> => {
  const socket = await bindUdpSocket(newUdpSocket(), { fd });
  socket.setBroadcast(true);
  return new EventDrivenReceiver(socket, undefined);
};

/** A receiver on a descriptor that `sockets` made. The receiver owns it from now on. */
export const openReceiver = async (
  fd: number,
  sockets: NativeSockets,
  address: string | undefined,
): Promise<UdpReceiver> => {
  const batch = sockets.batch(fd);
  if (batch === undefined) return new EventDrivenReceiver(await bindUdpSocket(newUdpSocket(), { fd }), address);
  const watcher = await bindUdpSocket(newUdpSocket(), { fd: sockets.duplicate(fd) });
  return new PollingReceiver({ fd, sockets, batch, watcher, address });
};
