// Sockets that node cannot make: bound to one interface, with a receive buffer beyond the limit of the system, and
// with many datagrams per call. They are made by calls of the C library through `koffi`, an optional package. Without
// it, nothing in this file is available.

import { createRequire } from 'node:module';
import { DatagramBatch, type NativeMemory } from './datagram-batch.js';

type NativeCall = (...values: unknown[]) => number;

interface Koffi extends NativeMemory {
  load(library: null): { func(prototype: string): NativeCall };
  sizeof(type: string): number;
  errno(): number;
  readonly os: { readonly errno: Readonly<Record<string, number>> };
}

const AF_INET = 2;
const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const F_DUPFD_CLOEXEC = 1030;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const SO_BROADCAST = 6;
const SO_RCVBUF = 8;
const SO_BINDTODEVICE = 25;
const SO_RCVBUFFORCE = 33;

/** What to bind a descriptor to. */
export interface InterfaceBinding {
  /** `undefined`: any interface, without broadcasts. */
  readonly interface: string | undefined;
  readonly address: string;
  readonly port: number;
  readonly receiveBuffer: number;
  /** Whether other sockets may bind the port at other addresses, also at the wildcard. */
  readonly shared?: boolean;
}

/** Makes socket descriptors, also of sockets that receive and send on one interface alone. */
export class NativeSockets {
  readonly #koffi: Koffi;
  readonly #socket: NativeCall;
  readonly #setOption: NativeCall;
  readonly #bind: NativeCall;
  readonly #close: NativeCall;
  readonly #control: NativeCall;
  readonly #receiveMany: NativeCall;
  readonly #sendMany: NativeCall;
  readonly #indexOf: NativeCall;

  constructor(koffi: Koffi) {
    const libc = koffi.load(null);
    this.#koffi = koffi;
    this.#socket = libc.func('int socket(int domain, int type, int protocol)');
    this.#setOption = libc.func('int setsockopt(int fd, int level, int name, const void *value, uint32_t length)');
    this.#bind = libc.func('int bind(int fd, const void *address, uint32_t length)');
    this.#close = libc.func('int close(int fd)');
    this.#control = libc.func('int fcntl(int fd, int command, ...)');
    this.#receiveMany = libc.func('int recvmmsg(int fd, void *vector, uint32_t count, int flags, void *timeout)');
    this.#indexOf = libc.func('uint32_t if_nametoindex(const char *name)');
    this.#sendMany = libc.func('int sendmmsg(int fd, void *vector, uint32_t count, int flags)');
  }

  /** A batch on a descriptor. `undefined` if the structures of the kernel may be laid out differently here. */
  batch(file: number, slotOctets?: number): DatagramBatch | undefined {
    if (!LITTLE_ENDIAN || this.#koffi.sizeof('void *') !== 8) return undefined;
    const calls = {
      receive: (fd: number, vector: unknown, count: number, flags: number) =>
        this.#receiveMany(fd, vector, count, flags, null),
      send: (fd: number, vector: unknown, count: number, flags: number) => this.#sendMany(fd, vector, count, flags),
    };
    return new DatagramBatch(file, calls, this.#koffi, slotOctets);
  }

  /** A bound UDP descriptor. Throws a `NodeJS.ErrnoException`. */
  openBound({ interface: name, address, port, receiveBuffer, shared = false }: InterfaceBinding): number {
    const file = this.#must('socket', this.#socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    try {
      if (name !== undefined) {
        this.#must('SO_BINDTODEVICE', this.#option(file, SO_BINDTODEVICE, Buffer.from(`${name}\0`, 'latin1')));
        this.#must('SO_BROADCAST', this.#option(file, SO_BROADCAST, int(1)));
      }
      // Beyond the limit of the system if that is allowed; else as much as possible.
      if (this.#option(file, SO_RCVBUFFORCE, int(receiveBuffer)) !== 0)
        this.#option(file, SO_RCVBUF, int(receiveBuffer));
      if (shared) this.#must('SO_REUSEADDR', this.#option(file, SO_REUSEADDR, int(1)));
      const where = socketAddress(address, port);
      this.#must('bind', this.#bind(file, where, where.length));
      return file;
    } catch (error) {
      this.#close(file);
      throw error;
    }
  }

  /** Another descriptor of the same socket. Throws a `NodeJS.ErrnoException`. */
  duplicate(file: number): number {
    return this.#must('F_DUPFD_CLOEXEC', this.#control(file, F_DUPFD_CLOEXEC, 'int', 0));
  }

  /**
   * The index of an interface. An interface that is made anew under the same name has another one. 0: there is none.
   */
  indexOf(name: string): number {
    return this.#indexOf(name);
  }

  close(file: number): void {
    this.#close(file);
  }

  #option(file: number, name: number, value: Buffer): number {
    return this.#setOption(file, SOL_SOCKET, name, value, value.length);
  }

  #must(call: string, result: number): number {
    if (result >= 0) return result;
    const number = this.#koffi.errno();
    const code = Object.entries(this.#koffi.os.errno).find(([, value]) => value === number)?.[0] ?? `errno ${number}`;
    throw Object.assign(new Error(`${call}: ${code}`), { code, errno: number, syscall: call });
  }
}

const int = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  if (LITTLE_ENDIAN) bytes.writeInt32LE(value);
  else bytes.writeInt32BE(value);
  return bytes;
};

const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Linux's `struct sockaddr_in`. */
const socketAddress = (address: string, port: number): Buffer => {
  const bytes = Buffer.alloc(16);
  if (LITTLE_ENDIAN) bytes.writeUInt16LE(AF_INET);
  else bytes.writeUInt16BE(AF_INET);
  bytes.writeUInt16BE(port, 2);
  address.split('.').forEach((part, index) => {
    bytes[4 + index] = Number(part);
  });
  return bytes;
};

/** `undefined`: they are not available on this machine. */
export const findNativeSockets = (): NativeSockets | undefined => {
  if (process.platform !== 'linux') return undefined;
  try {
    return new NativeSockets(createRequire(import.meta.url)('koffi') as Koffi);
  } catch {
    return undefined;
  }
};
