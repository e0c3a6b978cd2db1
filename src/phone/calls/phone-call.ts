import type { Instant } from '../../core/time.js';
import type { PublishStep } from '../steps.js';
import { MediaCounts, type MediaTotals } from './media-counts.js';

/** Who made a call: this phone, or somebody else. */
export type CallDirection = 'out' | 'in';

/**
 * Where a call is. `ringing`: the far phone rings, or of a call that came in this one. `failed`: the user hears a busy
 * or reorder tone, and has not hung up yet.
 */
export type CallState = 'dialling' | 'proceeding' | 'ringing' | 'connected' | 'held' | 'failed' | 'ended';

/** Who ended a call, or put it on hold. `link`: the link to the call manager was lost. */
export type CallParty = 'phone' | 'far' | 'link';

/** What a `PhoneCall` needs; a `CallBook` gives it. */
export interface CallOwner {
  readonly publish: PublishStep;
  now(): Instant;
  changed(call: PhoneCall): void;
}

/** The streams of a call at one moment: what was negotiated and what was counted. */
export interface CallMedia extends MediaTotals {
  /** The codec; `undefined`: none has been chosen. */
  readonly codec: string | undefined;
  /** Where this phone receives, `address:port`; `undefined`: no port is open. */
  readonly local: string | undefined;
  /** Where it sends; `undefined`: nowhere. */
  readonly to: string | undefined;
  /** How loud the last packet was that came, 0 to 32767; `undefined`: none came, or its codec is not G.711. */
  readonly loudness: number | undefined;
}

/** One call of a simulated phone. The phone's protocol moves it from state to state; each move is published as a step. */
export class PhoneCall {
  /** The phone's calls are counted from 1. */
  readonly id: number;
  readonly direction: CallDirection;
  readonly counts = new MediaCounts();
  /** The number of the other party: as dialled until the server names it. */
  far: string;
  farName = '';
  /** Whether the far phone has put it on hold, as far as this phone can see. */
  heldByFar = false;
  /** The number at which it was parked; empty: it was not. */
  parkedAt = '';
  /** Why it failed, or was not transferred, as a text for people; empty: neither. */
  why = '';
  /** The Q.850 cause that the server named; `undefined`: it named none. */
  cause: number | undefined;
  /** Who ended it; `undefined`: it stands. */
  endedBy: CallParty | undefined;
  codec: string | undefined;
  local: string | undefined;
  to: string | undefined;
  /** Where it last received and sent, as `local` and `to`, which they outlive. */
  lastLocal: string | undefined;
  lastTo: string | undefined;
  /** Called once when it ends: the protocol closes what it opened for it. */
  onEnded: () => void = () => {};
  readonly #owner: CallOwner;
  #state: CallState;
  /** When the number was complete, or the call was answered. */
  #since: Instant;
  #connectedAt: Instant | undefined;

  constructor(owner: CallOwner, id: number, direction: CallDirection, far: string) {
    this.#owner = owner;
    this.id = id;
    this.direction = direction;
    this.far = far;
    this.#state = direction === 'out' ? 'dialling' : 'ringing';
    this.#since = owner.now();
  }

  get state(): CallState {
    return this.#state;
  }

  /** It stands and is not only a tone. */
  get isAlive(): boolean {
    return this.#state !== 'ended' && this.#state !== 'failed';
  }

  media(): CallMedia {
    const { codec, local, to } = this;
    return { ...this.counts.totals(), codec, local, to, loudness: this.counts.loudness };
  }

  /** The number is complete: the time to the answer is measured from here. */
  dialled(): void {
    this.#since = this.#owner.now();
  }

  /** The user answers: the time to the connection is measured from here. */
  answering(): void {
    this.#since = this.#owner.now();
  }

  named(far: string, farName: string): void {
    if (far !== '') this.far = far;
    this.farName = farName;
  }

  proceeding(): void {
    if (this.#state !== 'dialling') return;
    this.#enter('proceeding');
    this.#owner.publish('phone.call-proceeding', { call: this.id, number: this.far });
  }

  farRings(): void {
    if (this.#state !== 'dialling' && this.#state !== 'proceeding') return;
    this.#enter('ringing');
    this.#owner.publish('phone.call-ringing', { call: this.id, number: this.far, took: this.#took() });
  }

  connected(): void {
    if (this.#state === 'connected' || !this.isAlive) return;
    const wasHeld = this.#state === 'held';
    this.#enter('connected');
    if (wasHeld) {
      this.#owner.publish('phone.call-resumed', { call: this.id, by: 'phone' });
      return;
    }
    this.#connectedAt = this.#owner.now();
    const { id: call, direction, far: number } = this;
    this.#owner.publish('phone.call-connected', { call, direction, number, took: this.#took() });
  }

  held(): void {
    if (this.#state !== 'connected') return;
    this.#enter('held');
    this.#owner.publish('phone.call-held', { call: this.id, by: 'phone' });
  }

  farHolds(isHeld: boolean): void {
    if (this.heldByFar === isHeld || !this.isAlive) return;
    this.heldByFar = isHeld;
    this.#owner.publish(isHeld ? 'phone.call-held' : 'phone.call-resumed', { call: this.id, by: 'far' });
    this.#owner.changed(this);
  }

  /** It stands at a number from which anybody may fetch it. */
  parked(number: string): void {
    this.parkedAt = number;
    this.#owner.publish('phone.call-parked', { call: this.id, number });
    this.#owner.changed(this);
  }

  /** The server did not connect the others: it stands as it did. */
  notTransferred(why: string): void {
    this.why = why;
    this.#owner.changed(this);
  }

  failed(why: string, cause?: number): void {
    if (!this.isAlive) return;
    this.why = why;
    this.cause = cause;
    this.#enter('failed');
    this.#owner.publish('phone.call-failed', { call: this.id, number: this.far, why, cause });
  }

  ended(by: CallParty): void {
    if (this.#state === 'ended') return;
    this.endedBy = by;
    this.onEnded();
    this.local = undefined;
    this.to = undefined;
    this.#enter('ended');
    const { sent, received, lost, jitter } = this.counts;
    const talked = this.#connectedAt === undefined ? undefined : this.#owner.now() - this.#connectedAt;
    this.#owner.publish('phone.call-ended', {
      ...{ call: this.id, direction: this.direction, number: this.far, by, talked, sent, received, lost, jitter },
    });
  }

  /** A port is open for what the far phone sends. */
  mediaOpened(local: string, codec: string): void {
    if (this.local === local) return;
    this.local = local;
    this.lastLocal = local;
    this.codec = codec;
    this.#owner.publish('phone.media-opened', { call: this.id, local, codec });
  }

  mediaStarted(to: string, codec: string): void {
    if (this.to === to && this.codec === codec) return;
    this.to = to;
    this.lastTo = to;
    this.codec = codec;
    this.#owner.publish('phone.media-started', { call: this.id, to, codec });
  }

  mediaStopped(): void {
    if (this.to === undefined) return;
    this.to = undefined;
    const { sent, received, lost, jitter } = this.counts;
    this.#owner.publish('phone.media-stopped', { call: this.id, sent, received, lost, jitter });
  }

  #took(): number {
    return this.#owner.now() - this.#since;
  }

  #enter(state: CallState): void {
    this.#state = state;
    this.#owner.changed(this);
  }
}
