// The way of messages through the rules: what is lost, what waits, what leaves changed.

import type { Endpoint } from '../net/ports.js';
import type { ActiveFaultRule } from './active-rule.js';
import { DelayedOctets } from './delayed-octets.js';
import { EFFECTS, MESSAGE_FAULTS, type Passage } from './effects.js';
import type { Injector } from './injector.js';
import type { WirePlace } from './settings.js';
import type { WireProtocol } from './wire-protocol.js';

/** Where messages go on to. */
export interface Outlet {
  /** As they would have gone without a rule. */
  deliver(bytes: Buffer): void;
  /** To the sender of a message that was received. */
  reply(bytes: Buffer): void;
  /** Ends the connection, with what was delivered before or (`reset`) without it. Absent: there is none. */
  close?(how: 'end' | 'reset'): void;
}

/** What a channel is for. */
export interface ChannelOptions {
  readonly injector: Injector;
  readonly place: WirePlace;
  readonly protocol: WireProtocol;
  readonly direction: 'sent' | 'received';
  readonly isStream: boolean;
}

/** A message that waits for the next one of its peer. */
interface Held {
  readonly leave: () => void;
}

/** How long a message waits for the next one, in milliseconds. */
const HELD_AT_MOST = 1_000;
/** Pieces of a second in which slow octets leave. */
const PIECES_PER_SECOND = 50;

/** Messages of one direction: of one connection, or of all peers of a socket. */
export class WireChannel {
  readonly #options: ChannelOptions;
  readonly #queue: DelayedOctets;
  readonly #held = new Map<string, Held>();

  constructor(options: ChannelOptions) {
    this.#options = options;
    const { clock, waiting } = options.injector;
    this.#queue = new DelayedOctets(clock, waiting, options.isStream);
  }

  /** A whole message. `server`: the address of this server, for DHCP; else 0. */
  pass(bytes: Buffer, end: Endpoint, outlet: Outlet, server = 0): void {
    const { injector, place, protocol, direction, isStream } = this.#options;
    const { names, hint } = protocol.read(bytes);
    const subject = injector.subjectOf(place, end, hint);
    const passage: Passage = {
      bytes,
      copies: 1,
      delay: 0,
      isHeld: false,
      rate: undefined,
      ending: undefined,
      reply: undefined,
    };
    const make = (rule: ActiveFaultRule): string | undefined =>
      EFFECTS[rule.rule.fault]?.(passage as Passage & { bytes: Buffer }, { rule, protocol, isStream, server });
    injector.inject(
      { place, faults: MESSAGE_FAULTS, direction, names, subject },
      make,
      () => passage.bytes !== undefined,
    );
    this.#settle(passage, `${end.address} ${end.port}`, outlet);
  }

  /** Octets that are no message, in their order. */
  passRaw(bytes: Buffer, outlet: Outlet): void {
    this.#queue.add(0, bytes.length, () => outlet.deliver(bytes));
  }

  /** Everything that waits leaves now. */
  flush(): void {
    for (const { leave } of [...this.#held.values()]) leave();
    this.#held.clear();
    this.#queue.flush();
  }

  /** The connection is over: what waits is forgotten. */
  drop(): void {
    this.#queue.drop();
    this.#held.clear();
  }

  #settle(passage: Passage, end: string, outlet: Outlet): void {
    if (passage.reply !== undefined) outlet.reply(passage.reply);
    const before = this.#held.get(end);
    this.#held.delete(end);
    if (passage.isHeld && passage.bytes !== undefined) this.#hold(passage, end, outlet);
    else this.#leave(passage, outlet);
    before?.leave();
  }

  #hold(passage: Passage, end: string, outlet: Outlet): void {
    const { injector } = this.#options;
    const { clock } = injector;
    let isGone = false;
    const timer = clock.callAt((clock.now() + HELD_AT_MOST) as ReturnType<typeof clock.now>, () => held.leave());
    const held: Held = {
      leave: () => {
        if (isGone) return;
        isGone = true;
        timer.cancel();
        if (this.#held.get(end) === held) this.#held.delete(end);
        this.#leave({ ...passage, isHeld: false }, outlet);
      },
    };
    this.#held.set(end, held);
  }

  #leave({ bytes, copies, delay, rate, ending }: Passage, outlet: Outlet): void {
    if (bytes !== undefined && bytes.length > 0)
      for (let copy = 0; copy < copies; copy += 1)
        if (rate === undefined) this.#queue.add(delay, bytes.length, () => outlet.deliver(bytes));
        else this.#trickle(bytes, delay, rate, outlet);
    if (ending !== undefined) this.#queue.add(delay, 0, () => outlet.close?.(ending));
  }

  #trickle(bytes: Buffer, delay: number, rate: number, outlet: Outlet): void {
    const octets = Math.max(1, Math.ceil(rate / PIECES_PER_SECOND));
    for (let at = 0; at < bytes.length; at += octets) {
      const piece = bytes.subarray(at, at + octets);
      this.#queue.add(delay + (at * 1000) / rate, piece.length, () => outlet.deliver(piece));
    }
  }
}

/** An unfinished message waits for the rest of it up to so many octets. */
const MOST_UNFINISHED = 128 * 1024;

/** Cuts a stream into messages, wherever it was divided. */
export class MessageCutter {
  readonly #lengthOf: (bytes: Buffer) => number;
  #unfinished: Buffer = Buffer.alloc(0);

  /** `lengthOf`: see `WireProtocol.messageLength`. */
  constructor(lengthOf: (bytes: Buffer) => number) {
    this.#lengthOf = lengthOf;
  }

  /** Calls `onMessage` with each whole message, and `onRaw` with what cannot be one. */
  take(bytes: Buffer, onMessage: (message: Buffer) => void, onRaw: (bytes: Buffer) => void): void {
    let left = this.#unfinished.length === 0 ? bytes : Buffer.concat([this.#unfinished, bytes]);
    this.#unfinished = Buffer.alloc(0);
    while (left.length > 0) {
      const length = this.#lengthOf(left);
      if (length === 0 && left.length <= MOST_UNFINISHED) {
        this.#unfinished = left;
        return;
      }
      if (length <= 0) {
        onRaw(left);
        return;
      }
      onMessage(left.subarray(0, length));
      left = left.subarray(length);
    }
  }

  /** What waits for its rest. */
  rest(): Buffer {
    const rest = this.#unfinished;
    this.#unfinished = Buffer.alloc(0);
    return rest;
  }
}
