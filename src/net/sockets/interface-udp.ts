// The sockets under an interface, each with an address of ours that it hears: plain ones, and such as read and write many
// datagrams per system call and look for themselves while many come.

import type dgram from 'node:dgram';
import type { Endpoint } from '../ports.js';
import type { DatagramBatch } from './datagram-batch.js';
import type { NativeSockets } from './native-sockets.js';
import { bindUdpSocket, closeUdpSocket, newUdpSocket } from './udp-socket.js';

/** What the owner of an ear is told. `drained` comes when what had come in has been handed over. */
export interface UdpReceiverHandler {
  received(bytes: Buffer, from: Endpoint): void;
  drained(): void;
}

export interface UdpReceiver {
  /** Which of our addresses it hears; `undefined`: broadcasts, or any. */
  readonly address: string | undefined;
  readonly port: number;
  listen(handler: UdpReceiverHandler): void;
  send(bytes: Buffer, to: Endpoint): void;
  /** What was sent must leave now at the latest. */
  flush(): void;
  close(): Promise<void>;
}

/** One datagram per event, as node has it. */
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

/** Looks at most so many arenas full before other work has its turn. */
const MAX_ROUNDS = 4;
/** So many wake-ups within so many milliseconds are many: from then on it looks by itself instead of being woken. */
const MANY_WAKES = 16;
const MANY_WITHIN = 16;
const LOOK_EVERY = 1;
/** After so many looks in vain it waits to be woken again. */
const PATIENCE = 40;

/**
 * Many datagrams per system call. While few come it is woken for each, as any socket. While many come it is not woken at
 * all but looks every millisecond: most of what a datagram costs is the waking.
 */
class PollingReceiver implements UdpReceiver {
  readonly address: string | undefined;
  readonly port: number;
  readonly #fd: number;
  readonly #sockets: NativeSockets;
  readonly #batch: DatagramBatch;
  #handler: UdpReceiverHandler | undefined;
  /** Waits on a duplicate of the descriptor; absent while it looks by itself. */
  #watcher: dgram.Socket | undefined;
  #pollTimer: NodeJS.Timeout | NodeJS.Immediate | undefined;
  #wakes = 0;
  #wakesSince = 0;
  #emptyPolls = 0;
  #closed = false;

  constructor(
    fd: number,
    maker: NativeSockets,
    batch: DatagramBatch,
    watch: dgram.Socket,
    address: string | undefined,
  ) {
    this.address = address;
    this.#fd = fd;
    this.#sockets = maker;
    this.#batch = batch;
    this.#watcher = watch;
    this.port = watch.address().port;
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
    if (now - this.#wakesSince < MANY_WITHIN) this.#stopWatching();
    this.#wakes = 0;
    this.#wakesSince = now;
  }

  /** Returns how many arenas were full: 0 where nothing or little came. */
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

  #stopWatching(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
    this.#emptyPolls = 0;
    this.#pollTimer = setTimeout(() => this.#poll(), LOOK_EVERY);
  }

  #poll(): void {
    if (this.#closed) return;
    const { datagrams, more } = this.#read();
    if (datagrams > 0) this.#handler?.drained();
    if (this.#closed) return;
    this.#emptyPolls = datagrams > 0 ? 0 : this.#emptyPolls + 1;
    if (more) this.#pollTimer = setImmediate(() => this.#poll());
    else if (this.#emptyPolls < PATIENCE) this.#pollTimer = setTimeout(() => this.#poll(), LOOK_EVERY);
    else this.#watchAgain();
  }

  /** What came in between is reported by the kernel as soon as it is watched. Where it cannot be watched, looking goes on. */
  #watchAgain(): void {
    this.#wakes = 0;
    this.#wakesSince = performance.now();
    this.#emptyPolls = 0;
    this.#pollTimer = undefined;
    try {
      const watch = newUdpSocket();
      this.#watcher = watch;
      watch.once('error', () => this.#stopWatching());
      watch.on('message', (bytes, from) => this.#woken(bytes, from));
      watch.bind({ fd: this.#sockets.duplicate(this.#fd), exclusive: true }, () => {
        watch.removeAllListeners('error');
        watch.on('error', () => {});
      });
    } catch {
      this.#stopWatching(); // no descriptor to be had just now
    }
  }
}

/** On an address of this machine, without anything native. */
export const openPlainReceiver = async (address: string, port: number, receiveBuffer: number): Promise<UdpReceiver> =>
  new EventDrivenReceiver(await bindUdpSocket(newUdpSocket(receiveBuffer), { address, port }), address);

/** On a descriptor that a launcher handed down. */
export const adoptReceiver = async (fd: number): Promise<UdpReceiver> => {
  const socket = await bindUdpSocket(newUdpSocket(), { fd });
  socket.setBroadcast(true);
  return new EventDrivenReceiver(socket, undefined);
};

/** On a descriptor of our own making, which belongs to the ear from now on. */
export const openReceiver = async (
  fd: number,
  maker: NativeSockets,
  address: string | undefined,
): Promise<UdpReceiver> => {
  const batch = maker.batch(fd);
  if (batch === undefined) return new EventDrivenReceiver(await bindUdpSocket(newUdpSocket(), { fd }), address);
  return new PollingReceiver(
    fd,
    maker,
    batch,
    await bindUdpSocket(newUdpSocket(), { fd: maker.duplicate(fd) }),
    address,
  );
};
