// Which packets belong together, before and after it is known whose they are.

import type { CapturedService } from './record.js';
import type { OwnedRing } from './ring-store.js';

/** One connection, or the datagrams of one remote address and port. */
export class PacketFlow {
  readonly number: number;
  readonly service: CapturedService;
  readonly secure: boolean;
  /** IPv4 address as a number. */
  readonly remoteAddress: number;
  readonly remotePort: number;
  /** Of a connection; datagrams may come to several ports and leave from others. */
  localAddress = 0;
  localPort = 0;
  /** `undefined`: it is of a device that is not captured. */
  ring: OwnedRing | undefined;
  /** Whether a message has said whose it is. */
  isNamed = false;
  /** The ring that it had before the present file was requested. */
  before: OwnedRing | undefined;
  /** Octets of a connection so far. */
  sent = 0;
  received = 0;
  /** Whether a request has been answered, at least in part, so that what comes next is another one. */
  isAnswering = false;
  /** Packets of the present file, and the last ones of a long file: those between are only counted. */
  filePackets = 0;
  fileEnd: OwnedRing | undefined;
  leftOut = 0;

  constructor(
    number: number,
    service: CapturedService,
    secure: boolean,
    remote: { readonly address: number; readonly port: number },
  ) {
    this.number = number;
    this.service = service;
    this.secure = secure;
    this.remoteAddress = remote.address;
    this.remotePort = remote.port;
  }

  /** Whether files are carried by it. */
  get carriesFiles(): boolean {
    return this.service === 'tftp' || this.service === 'http';
  }
}

/** How flows of a table are carried. */
export type FlowTransport = 'udp' | 'tcp' | 'tls';

/** Flows that have no end are forgotten when so many others came after them. */
const REMEMBERED = 16_384;

/** The flows of one service and transport, by address and port of the remote end, or by hardware address. */
export class FlowTable {
  readonly service: CapturedService;
  readonly transport: FlowTransport;
  /** Devices that were registered from a remote end before the capture began. */
  readonly known = new Map<number, string>();
  /** The flows of connections by what stands for them, which is quicker than by their ends. */
  readonly streams = new Map<object, PacketFlow>();
  #recent = new Map<number, PacketFlow>();
  #older = new Map<number, PacketFlow>();

  constructor(service: CapturedService, transport: FlowTransport) {
    this.service = service;
    this.transport = transport;
  }

  get(key: number): PacketFlow | undefined {
    const flow = this.#recent.get(key);
    if (flow !== undefined) return flow;
    const older = this.#older.get(key);
    if (older !== undefined) this.set(key, older);
    return older;
  }

  set(key: number, flow: PacketFlow): void {
    if (this.transport === 'udp' && this.#recent.size >= REMEMBERED) {
      this.#older = this.#recent;
      this.#recent = new Map();
    }
    this.#recent.set(key, flow);
  }

  delete(key: number): void {
    this.#recent.delete(key);
    this.#older.delete(key);
  }

  *all(): Generator<PacketFlow> {
    yield* this.#recent.values();
    for (const [key, flow] of this.#older) if (!this.#recent.has(key)) yield flow;
  }

  /** Forgets every flow. */
  clear(): void {
    this.known.clear();
    this.streams.clear();
    this.#recent.clear();
    this.#older.clear();
  }
}

/** The key of a remote end. */
export const remoteKey = (address: number, port: number): number => address * 0x1_0000 + port;

let lastText = '0.0.0.0';
let lastNumber = 0;

/** An IPv4 address as a number; 0 if it is none. Packets of one address often come in a row. */
export const addressNumber = (text: string): number => {
  if (lastText === text) return lastNumber;
  let number = 0;
  let part = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x2e) {
      number = number * 256 + part;
      part = 0;
    } else if (code >= 0x30 && code <= 0x39) part = part * 10 + code - 0x30;
    else return 0;
  }
  number = number * 256 + part;
  if (number > 0xffff_ffff) return 0;
  lastText = text;
  lastNumber = number;
  return number;
};

/** An IPv4 address as text. */
export const addressText = (number: number): string =>
  `${number >>> 24}.${(number >>> 16) & 255}.${(number >>> 8) & 255}.${number & 255}`;
