// One party's half of a call. All protocol state hangs on a leg, never on the call.

import { Queued } from '../core/deadline-queue.js';
import type { DeviceName } from '../core/identifiers.js';
import type { SlidingWindow } from '../core/rate-limit.js';
import type { Instant } from '../core/time.js';
import type { Call } from './call.js';
import type { CauseName } from './causes.js';
import type { LegState } from './leg-table.js';
import type { AgreedMedia, MediaAddress, MediaCapabilities, OutgoingStream } from './media.js';
import type { CallParties } from './parties.js';
import type { LegPort, Release } from './ports.js';

/** By which a leg's media timer is queued beside its own. */
export class MediaDeadline extends Queued {
  constructor(readonly leg: Leg) {
    super();
  }
}

/** What a phone counted of one call (`docs/protocols/calls.md` §7.5). Times in milliseconds. */
export interface CallStatistics {
  readonly packetsSent: number;
  readonly octetsSent: number;
  readonly packetsReceived: number;
  readonly octetsReceived: number;
  readonly packetsLost: number;
  readonly jitter: number;
  readonly latency: number;
  /** The phone's own measures of quality, as it wrote them. */
  readonly quality: string;
}

/** Who a leg belongs to. */
export interface LegOwner {
  /** `undefined`: a service of labcm's own. */
  readonly device: DeviceName | undefined;
  readonly dn: string;
  readonly lineInstance: number;
  /** The smallest number from 1 that no other leg of the appearance has. */
  readonly callInstance: number;
  /** `dn` is a number at the other end of a trunk: of `device`, or of whom a leg without a device calls for. */
  readonly isTrunk?: boolean;
  /** The node of the cluster whose phone has `dn`; absent: none. Then it is a trunk, too. */
  readonly node?: string | undefined;
}

/** Written by `CallControl` alone; suppliers read it. Its own deadline is that of its state. */
export class Leg extends Queued implements LegOwner {
  readonly mediaDeadline = new MediaDeadline(this);

  readonly device: DeviceName | undefined;
  readonly dn: string;
  readonly lineInstance: number;
  readonly callInstance: number;
  readonly isTrunk: boolean;
  readonly node: string | undefined;
  port: LegPort | undefined;
  state: LegState | 'idle';
  /** Digits so far, as dialled. */
  digits = '';
  /** It lost its link while it talked with another phone: the two may talk on. */
  isPreserved = false;
  /** That its link is lost has been told since it had one. */
  isToldLost = false;
  /** It was answered, or has answered, once: its phone is told of a change of the far end, not of a call. */
  hasTalked = false;
  /** Its number has several phones: the others show what it does. */
  isShared = false;
  /** Whether it is there is proved by its ACK alone, and that has not come. */
  isUnproved = false;
  /** It only listens: its microphone is off, whatever becomes of its call, until its own user opens it. */
  isListener = false;
  /** What its user dials names a call that rings and is to be answered, or a group of them. */
  picksUp = false;
  /** What its user dials is to be a meeting room. */
  meetsOthers = false;
  /** Of a consultation: what its user will do with whom it reaches. */
  consultsFor: 'transfer' | 'conference' = 'transfer';
  /** What its user dials is no call but where its line is to forward all calls. */
  setsForward = false;
  /** Of a consultation: the leg of the same user that it is about. */
  primary: Leg | undefined;
  /** Of such a leg: its consultation. */
  consultation: Leg | undefined;

  /** Where it receives, once it has said so. */
  receive: MediaAddress | undefined;
  /** Where it received last, for the record. */
  lastReceive: MediaAddress | undefined;
  capabilities: MediaCapabilities | undefined;
  /** An end with music that it hears while the far end holds it. */
  music: Leg | undefined;
  /** It was asked to say where it receives and has not answered. */
  isOpening = false;
  /** What it was asked to receive before anybody answered, for an offer. */
  early: AgreedMedia | undefined;
  /** It did not answer once. */
  hasMissed = false;
  /** What it was last told to send. */
  sending: OutgoingStream | undefined;
  /** It has said that it cannot send that. */
  hasFailedToSend = false;
  /** The keys of its last second that were for the far end. */
  keys: SlidingWindow | undefined;
  statistics: CallStatistics | undefined;

  cause: CauseName | undefined;
  /** Through whom it ended. */
  endedBy: Release['by'] | undefined;
  readonly startedAt: Instant;
  endedAt: Instant | undefined;

  constructor(
    /** The call identifier: SCCP's callReference, the CI of traces and records. */
    readonly ci: number,
    /** It may move to another call: a transfer takes it along. */
    public call: Call,
    /** How its phone came to it, and shows it, to its end. In its call the two may have changed places: see `far`. */
    public role: 'caller' | 'called',
    owner: LegOwner,
    state: LegState,
    now: Instant,
  ) {
    super();
    this.device = owner.device;
    this.dn = owner.dn;
    this.lineInstance = owner.lineInstance;
    this.callInstance = owner.callInstance;
    this.isTrunk = owner.isTrunk === true;
    this.node = owner.node;
    this.state = state;
    this.startedAt = now;
  }

  /** Its number among those of this node; `undefined`: it is one at the other end of a trunk, whatever that other end claims. */
  get line(): string | undefined {
    return this.isTrunk ? undefined : this.dn;
  }

  /** The other end: of a caller whoever answered, of a called leg the caller. `undefined`: there is none yet. */
  get far(): Leg | undefined {
    return this === this.call.caller ? this.call.answered : this.call.caller;
  }

  /** One end of its call is lost, so that nothing can be done with the call but ending it. */
  get isInPreservedCall(): boolean {
    return this.isPreserved || this.far?.isPreserved === true;
  }

  /** Whom it hears: the far end, or music in its place. */
  get source(): Leg | undefined {
    return this.music ?? this.far;
  }

  /** Who is in its call, as its phone shows it. */
  get parties(): CallParties {
    return this.call.partiesSeenBy(this);
  }
}
