import { formatDuration, milliseconds } from '../core/time.js';
import type { CallBook, CallDirection, CallMedia, CallParty, CallState, PhoneCall } from '../phone/index.js';
import { durationOf, type Limits, NotInTime, type Waits } from './waits.js';

/** How many packets to wait for, and how long. */
export interface FlowLimits extends Limits {
  /** In each direction; absent: 5, which are 100 ms of speech. */
  readonly packets?: number;
}

const PACKETS = 5;

/** One call of a simulated phone, as its user sees it. The other end has a `LabCall` of its own. */
export class LabCall {
  readonly #phone: string;
  readonly #book: CallBook;
  readonly #call: PhoneCall;
  readonly #waits: Waits;

  constructor(phone: string, book: CallBook, call: PhoneCall, waits: Waits) {
    this.#phone = phone;
    this.#book = book;
    this.#call = call;
    this.#waits = waits;
  }

  /** Who made it: `out`, this phone. */
  get direction(): CallDirection {
    return this.#call.direction;
  }

  /** `ringing`: the far phone rings, or of a call that came in this one. `failed`: a busy or reorder tone is heard. */
  get state(): CallState {
    return this.#call.state;
  }

  /** The number of the other party: as dialled until labcm names it. */
  get number(): string {
    return this.#call.far;
  }

  /** The name of the other party; empty: none was shown. */
  get name(): string {
    return this.#call.farName;
  }

  /** The other side has put it on hold, as far as this phone can see. */
  get heldByFar(): boolean {
    return this.#call.heldByFar;
  }

  /** Why it failed, or was not transferred: what the phone shows, or the response; empty: neither. */
  get why(): string {
    return this.#call.why;
  }

  /** The Q.850 cause, where labcm named one. */
  get cause(): number | undefined {
    return this.#call.cause;
  }

  /** Who ended it; `undefined`: it stands. */
  get endedBy(): CallParty | undefined {
    return this.#call.endedBy;
  }

  /** The codec, the addresses and the counted packets of its streams, as they are now. */
  media(): CallMedia {
    return this.#call.media();
  }

  /** Resolves when it is in that state. Rejects with a `NotInTime` that says where it is instead. */
  reached(state: CallState, { within }: Limits = {}): Promise<this> {
    const span = durationOf(within);
    return this.#waits.until<this>(
      span,
      (settle) => {
        const look = (): void => {
          if (this.state === state) settle(this);
        };
        const stop = this.#book.watch(look);
        look();
        return stop;
      },
      () => new NotInTime(`${this.#described()}, not ${state} within ${formatDuration(span)}`),
    );
  }

  /** Resolves when the parties can talk. */
  connected(limits: Limits = {}): Promise<this> {
    return this.reached('connected', limits);
  }

  /** The number at which it was parked; empty: it was not, or not yet. */
  get parkedAt(): string {
    return this.#call.parkedAt;
  }

  /** Resolves with the number at which it is parked. Rejects with a `NotInTime`. */
  parked({ within }: Limits = {}): Promise<string> {
    const span = durationOf(within);
    return this.#waits.until<string>(
      span,
      (settle) => {
        const look = (): void => {
          if (this.parkedAt !== '') settle(this.parkedAt);
        };
        const stop = this.#book.watch(look);
        look();
        return stop;
      },
      () => new NotInTime(`${this.#described()}, not parked within ${formatDuration(span)}`),
    );
  }

  /** Resolves when it is over. */
  ended(limits: Limits = {}): Promise<this> {
    return this.reached('ended', limits);
  }

  /** Resolves when so many more packets have left and come. Rejects with a `NotInTime` that says how many did. */
  flows({ packets = PACKETS, within }: FlowLimits = {}): Promise<CallMedia> {
    const span = durationOf(within);
    const { sent, received } = this.media();
    return this.#waits.until<CallMedia>(
      span,
      (settle) => {
        const look = setInterval(() => {
          const now = this.media();
          if (now.sent - sent >= packets && now.received - received >= packets) settle(now);
        }, LOOK);
        return () => clearInterval(look);
      },
      () => {
        const now = this.media();
        return new NotInTime(
          `${this.#described()}; ${now.sent - sent} packets left and ${now.received - received} came within ${formatDuration(span)}`,
        );
      },
    );
  }

  #described(): string {
    const why = this.why === '' ? '' : ` (${this.why})`;
    return `${this.#phone}: the call with ${this.number || 'somebody'} is ${this.state}${why}`;
  }
}

const LOOK = milliseconds(20);
