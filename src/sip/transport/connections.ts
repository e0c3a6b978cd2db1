// The two kinds of flow: a UDP peer, and a TCP or TLS connection with its parser and its deadlines. They publish what
// is sent, and hand what is received to their owner.

import { type DeadlineQueue, Queued } from '../../core/deadline-queue.js';
import type { Publisher } from '../../core/event-bus.js';
import { FIRST_OCTETS } from '../../core/protocol-detection.js';
import { after, type Duration, type Instant, NEVER } from '../../core/time.js';
import type { TlsPeer } from '../../core/tls-peer.js';
import type { DatagramSocket, Endpoint, KeptOctets, StreamEnd, StreamLink } from '../../net/ports.js';
import type { SipEvent, SipLinkEnd } from '../events.js';
import type { SipMessage } from '../message/message.js';
import { StreamParser } from '../message/stream-parser.js';
import type { SipSettings } from '../settings.js';
import type { DatagramSources } from './datagram-sources.js';
import type { Flow } from './flow.js';
import type { PooledLink } from './link-pool.js';
import type { WireTap } from './wire-tap.js';

/** What all flows over UDP share. */
export interface DatagramOutput {
  readonly tap: WireTap;
  readonly sources: DatagramSources;
}

/**
 * The flow to a UDP peer.
 *
 * @hot Every registration over UDP holds one, so it is its own `remote` endpoint and has few fields (decision 19 of
 * `src/README.md`).
 */
export class DatagramFlow implements Flow, Endpoint {
  readonly address: string;
  readonly port: number;
  readonly #socket: DatagramSocket;
  readonly #output: DatagramOutput;

  constructor(socket: DatagramSocket, { address, port }: Endpoint, output: DatagramOutput) {
    this.#socket = socket;
    this.address = address;
    this.port = port;
    this.#output = output;
  }

  get remote(): Endpoint {
    return this;
  }

  get transport(): 'udp' {
    return 'udp';
  }

  get link(): number {
    return 0;
  }

  get open(): boolean {
    return true;
  }

  get peer(): undefined {
    return undefined;
  }

  get local(): Endpoint {
    return this.#socket.local;
  }

  send(text: string, to: Endpoint, now: Instant): boolean {
    const { tap, sources } = this.#output;
    if (!sources.spend(to.address, text.length, now)) return false;
    tap.publishSent(text, this, to, now);
    const bytes = Buffer.from(text, 'latin1');
    this.#socket.send(bytes, 0, bytes.length, to);
    return true;
  }

  maySend(octets: number, now: Instant): boolean {
    return this.#output.sources.maySend(this.address, octets, now);
  }

  isValidated(now: Instant): boolean {
    return this.#output.sources.isValidated(this.address, now);
  }

  validate(now: Instant): void {
    this.#output.sources.validate(this.address, now);
  }
}

const PONG = Buffer.from('\r\n');

/** What a stream's flow needs of the service around it. */
export interface StreamOwner {
  readonly settings: SipSettings;
  readonly tap: WireTap;
  readonly bus: Publisher<SipEvent>;
  readonly deadlines: DeadlineQueue<StreamFlow>;
  readonly now: () => Instant;
  onMessage(onMessage: SipMessage, flow: StreamFlow, now: Instant): void;
  onBroken(onMessage: SipMessage, flow: StreamFlow, now: Instant): void;
  onNotSip(bytes: Buffer, flow: StreamFlow, now: Instant): void;
  onEnded(flow: StreamFlow, now: Instant): void;
}

/** The flow of a TCP or TLS connection. It closes a connection that is mute, idle, unfinished or does not read. */
export class StreamFlow extends Queued implements Flow, PooledLink<StreamFlow> {
  readonly transport: 'tcp' | 'tls';
  readonly link: number;
  readonly remote: Endpoint;
  readonly local: Endpoint;
  readonly peer: TlsPeer | undefined;
  older: StreamFlow | undefined = undefined;
  newer: StreamFlow | undefined = undefined;
  readonly #stream: StreamLink;
  readonly #owner: StreamOwner;
  readonly #parser: StreamParser;
  #openedAt: Instant;
  /** Why this end closes it; `undefined`: it does not. */
  #cause: SipLinkEnd | undefined;
  #gone = false;
  #messages = 0;
  /** The first octets of what was no message; empty: there was none such. */
  #firstOctets = '';
  /** When the message began that is not complete yet. */
  #begunAt: Instant | undefined;
  #receivedAt = NEVER;

  constructor(stream: StreamLink, transport: 'tcp' | 'tls', link: number, owner: StreamOwner) {
    super();
    this.#stream = stream;
    this.#owner = owner;
    this.transport = transport;
    this.link = link;
    this.remote = stream.remote;
    this.local = stream.local;
    this.peer = stream.peer;
    this.#parser = new StreamParser(owner.settings.message);
    this.#openedAt = owner.now();
    this.#publish('sip.link-opened', this.#openedAt);
    owner.deadlines.set(this, this.#nextDeadline());
  }

  get openedAt(): Instant {
    return this.#openedAt;
  }

  get open(): boolean {
    return !this.#gone && this.#cause === undefined;
  }

  send(text: string, _to: Endpoint, now: Instant): boolean {
    if (!this.open) return true;
    this.#owner.tap.publishSent(text, this, this.remote, now);
    this.#stream.write(text);
    if (this.#stream.backlog > this.#owner.settings.limits.backlog) this.reset('not-reading');
    return true;
  }

  maySend(): boolean {
    return true;
  }

  /** Its handshake has shown that it receives what is sent to it. */
  isValidated(): boolean {
    return true;
  }

  validate(): void {}

  /** Takes a chunk, and hands each message in it to the owner. */
  receive(bytes: Buffer): void {
    if (!this.open) return;
    const owner = this.#owner;
    const now = owner.now();
    this.#receivedAt = now;
    for (const element of this.#parser.push(bytes)) {
      if (!this.open) return;
      switch (element.kind) {
        case 'message':
          this.#messages += 1;
          owner.onMessage(element.message, this, now);
          break;
        case 'ping':
          this.#stream.write(PONG);
          break;
        case 'broken':
          this.#firstOctets = element.message.bytes.toString('hex', 0, FIRST_OCTETS);
          owner.onBroken(element.message, this, now);
          this.end('malformed');
          break;
        case 'not-sip':
          this.#firstOctets = element.bytes.toString('hex', 0, FIRST_OCTETS);
          owner.onNotSip(element.bytes, this, now);
          this.reset('malformed');
      }
    }
    this.#stream.keeps(this.#parser.kept);
    this.#begunAt = this.#parser.waiting === 0 ? undefined : (this.#begunAt ?? now);
    if (this.open) owner.deadlines.set(this, this.#nextDeadline());
  }

  /** The connection has closed. */
  onClosed(end: StreamEnd): void {
    if (this.#gone) return;
    this.#gone = true;
    const now = this.#owner.now();
    this.#owner.deadlines.set(this, undefined);
    this.#owner.onEnded(this, now);
    this.#publish('sip.link-closed', now, this.#cause ?? end);
  }

  /** Closes it, because it makes this node keep too many octets: unread, or of an unfinished message. */
  resetOverdrawn(kept: KeptOctets): void {
    this.reset(kept === 'unread' ? 'not-reading' : 'unfinished');
  }

  /** Closes it if it is mute or idle, or has left a message unfinished for too long. */
  expire(now: Instant): void {
    const due = this.#nextDeadline();
    if (due > now) this.#owner.deadlines.set(this, due);
    else if (this.#begunAt !== undefined) this.end('unfinished');
    else this.end(this.#receivedAt === NEVER ? 'mute' : 'idle');
  }

  /** Moves its deadline by `span`. */
  postpone(span: Duration): void {
    this.#openedAt = after(this.#openedAt, span);
    this.#receivedAt = after(this.#receivedAt, span);
    if (this.#begunAt !== undefined) this.#begunAt = after(this.#begunAt, span);
  }

  /** Closes it after what is queued has been sent. */
  end(cause: SipLinkEnd): void {
    this.#cause ??= cause;
    this.#stream.end();
  }

  /** Closes it at once. */
  reset(cause: SipLinkEnd): void {
    this.#cause ??= cause;
    this.#stream.destroy();
  }

  #nextDeadline(): Instant {
    const { messageWithin, muteWithin, idle } = this.#owner.settings;
    if (this.#begunAt !== undefined) return after(this.#begunAt, messageWithin);
    return this.#receivedAt === NEVER ? after(this.#openedAt, muteWithin) : after(this.#receivedAt, idle);
  }

  #publish(type: 'sip.link-opened', at: Instant): void;
  #publish(type: 'sip.link-closed', at: Instant, cause: SipLinkEnd): void;
  #publish(type: 'sip.link-opened' | 'sip.link-closed', at: Instant, cause: SipLinkEnd = 'closed-here'): void {
    const { bus } = this.#owner;
    if (!bus.hasListener(type)) return;
    const { transport, link } = this;
    const about = { at, transport, link, ...this.remote };
    if (type === 'sip.link-opened') {
      bus.publish({ type, ...about });
      return;
    }
    const messages = this.#messages;
    const bytes = messages > 0 ? '' : this.#firstOctets || this.#parser.rest.toString('hex', 0, FIRST_OCTETS);
    bus.publish({ type, ...about, cause, messages, ...(bytes === '' ? {} : { bytes }) });
  }
}
