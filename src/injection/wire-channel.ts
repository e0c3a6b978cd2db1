// The way of messages through the rules: what is lost, what waits, what leaves changed.

import { after, seconds } from '../core/time.js';
import type { Endpoint } from '../net/ports.js';
import type { ActiveFaultRule } from './active-rule.js';
import { DelayedOctets, type WaitingRoom } from './delayed-octets.js';
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
  readonly forget: () => void;
}

/** How long a message waits for the next one. */
const HELD_AT_MOST = seconds(1);
/** Pieces of a second in which slow octets leave. */
const PIECES_PER_SECOND = 50;

/** Messages of one direction: of one connection, or of all peers of a socket. */
export class WireChannel {
  readonly #options: ChannelOptions;
  readonly #room: WaitingRoom;
  readonly #queue: DelayedOctets;
  readonly #held = new Map<string, Held>();
  /** Its connection was ended: what follows is neither heard nor sent. */
  #isOver = false;

  constructor(options: ChannelOptions) {
    this.#options = options;
    const { injector, place, isStream } = options;
    this.#room = injector.roomAt(place);
    this.#queue = new DelayedOctets(injector.clock, this.#room, isStream);
  }

  /** A whole message. `servers`: the addresses of this server, for DHCP; else none. */
  pass(bytes: Buffer, end: Endpoint, outlet: Outlet, servers: readonly number[] = []): void {
    if (this.#isOver) return;
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
      EFFECTS[rule.rule.fault]?.(passage as Passage & { bytes: Buffer }, { rule, protocol, isStream, servers });
    injector.inject(
      { place, faults: MESSAGE_FAULTS, direction, names, subject },
      make,
      () => passage.bytes !== undefined,
    );
    this.#settle(passage, `${end.address} ${end.port}`, outlet);
  }

  /** Octets that are no message, in their order. */
  passRaw(bytes: Buffer, outlet: Outlet): void {
    this.#queue.add(0, bytes.length, () => this.#deliver(bytes, outlet));
  }

  /** Everything that waits leaves now. */
  flush(): void {
    for (const { leave } of [...this.#held.values()]) leave();
    this.#queue.flush();
  }

  /** The connection is over: what waits is forgotten. */
  drop(): void {
    this.#queue.drop();
    for (const { forget } of [...this.#held.values()]) forget();
  }

  /** The connection was ended on purpose: what waits is forgotten, and what follows goes nowhere. */
  finish(): void {
    this.#isOver = true;
    this.drop();
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
    const { clock } = this.#options.injector;
    const room = this.#room;
    const octets = passage.bytes?.length ?? 0;
    if (!room.take(octets)) {
      this.#leave(passage, outlet);
      return;
    }
    let isGone = false;
    const timer = clock.callAt(after(clock.now(), HELD_AT_MOST), () => held.leave());
    const forget = (): void => {
      if (isGone) return;
      isGone = true;
      timer.cancel();
      room.giveBack(octets);
      if (this.#held.get(end) === held) this.#held.delete(end);
    };
    const held: Held = {
      forget,
      leave: () => {
        if (isGone) return;
        forget();
        this.#leave(passage, outlet);
      },
    };
    this.#held.set(end, held);
  }

  #leave({ bytes, copies, delay, rate, ending }: Passage, outlet: Outlet): void {
    if (bytes !== undefined && bytes.length > 0)
      for (let copy = 0; copy < copies; copy += 1)
        if (rate === undefined) this.#queue.add(delay, bytes.length, () => this.#deliver(bytes, outlet));
        else this.#trickle(bytes, delay, rate, outlet);
    if (ending !== undefined) this.#queue.add(delay, 0, () => this.#end(ending, outlet));
  }

  #deliver(bytes: Buffer, outlet: Outlet): void {
    if (!this.#isOver) outlet.deliver(bytes);
  }

  #end(ending: 'end' | 'reset', outlet: Outlet): void {
    if (this.#isOver) return;
    this.finish();
    outlet.close?.(ending);
  }

  #trickle(bytes: Buffer, delay: number, rate: number, outlet: Outlet): void {
    const octets = Math.max(1, Math.ceil(rate / PIECES_PER_SECOND));
    for (let at = 0; at < bytes.length; at += octets) {
      const piece = bytes.subarray(at, at + octets);
      this.#queue.add(delay + (at * 1000) / rate, piece.length, () => this.#deliver(piece, outlet));
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
