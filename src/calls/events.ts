// What may happen in calls: facts for the trace, the call logs, the records and whoever asks.

import type { DeviceName } from '../core/identifiers.js';
import type { Duration, Instant } from '../core/time.js';
import type { CauseValue } from './causes.js';
import type { CodecName } from './codecs.js';
import type { AnalysisStep, Target } from './dial-plan.js';
import type { CallStatistics } from './leg.js';
import type { LineState } from './line-states.js';
import type { MediaAddress } from './media.js';
import type { Party, RedirectReason } from './parties.js';
import type { AutoAnswer } from './ports.js';

interface AboutLeg {
  readonly at: Instant;
  /** The number of the call within this node. */
  readonly call: number;
  /** The call identifier of the leg. */
  readonly leg: number;
  /** Absent: a service of labcm's own. */
  readonly device?: DeviceName;
  readonly dn: string;
}

/** A phone went off hook: its leg exists. */
export interface CallOffHook extends AboutLeg {
  readonly type: 'call.off-hook';
  readonly line: number;
}

/** A phone may not make a call now. Of one device once a second: the first at once, then how many more there were. */
export interface CallDenied {
  readonly type: 'call.denied';
  readonly at: Instant;
  readonly device: DeviceName;
  readonly dn: string;
  /** Why; of several the last one. */
  readonly reason: CallDenial;
  /** How many calls were denied. */
  readonly count: number;
}

/**
 * `line-full`: the line's `maxCalls`. `too-fast`, `device-full`, `server-full`: `calls.limits`. `disabled`:
 * `calls.enabled`.
 */
export type CallDenial = 'line-full' | 'too-fast' | 'device-full' | 'server-full' | 'disabled';

/** Digits so far: more may follow, or must. */
export interface CallDialling extends AboutLeg {
  readonly type: 'call.dialling';
  readonly digits: string;
  /** A number of these digits exists, too. */
  readonly matches: boolean;
}

/** Digit analysis came to a result that ends dialling. */
export interface CallAnalysed extends AboutLeg {
  readonly type: 'call.analysed';
  readonly dialled: string;
  /** Absent: the number leads nowhere. */
  readonly target?: Target;
  readonly steps: readonly AnalysisStep[];
}

/** A phone or a service was offered the call. */
export interface CallOffered extends AboutLeg {
  readonly type: 'call.offered';
  /** The call identifier of the called leg. */
  readonly to: number;
  /** Absent: a service of labcm's own. */
  readonly toDevice?: DeviceName;
  /** The number that rings there: of a hunt list, the member's. */
  readonly toDn: string;
  readonly calling: Party;
  readonly dialled: string;
  /** Whom the call is for: of a hunt list, the list. */
  readonly called: Party;
  /** The phone is to answer by itself. */
  readonly autoAnswer?: AutoAnswer;
  /** It only listens: an intercom call. */
  readonly isOneWay?: boolean;
}

/** A called phone rings. `leg` is the called one, `waited` counts from the last digit. */
export interface CallAlerting extends AboutLeg {
  readonly type: 'call.alerting';
  readonly waited: Duration;
}

/** A call was answered. `leg` is the one that answered, `waited` counts from the last digit. */
export interface CallAnswered extends AboutLeg {
  readonly type: 'call.answered';
  readonly waited: Duration;
}

/** A leg was told to send its voice there. */
export interface CallMediaStarted extends AboutLeg {
  readonly type: 'call.media';
  readonly to: MediaAddress;
  readonly toDevice?: DeviceName;
  readonly codec: CodecName;
  readonly milliseconds: number;
  readonly telephoneEvent?: number;
}

/**
 * A call has no speech, in one direction or both. `silent`: the phone did not open its channel. `refused`: it said that it
 * cannot. `bad-address`: nobody may be told to send where it says. `no-codec`: both ends have none in common.
 * `not-sending`: it said that it cannot send; the call goes on.
 */
export interface CallMediaFailed extends AboutLeg {
  readonly type: 'call.media-failed';
  readonly reason: 'silent' | 'refused' | 'bad-address' | 'no-codec' | 'not-sending';
  /** `bad-address`: where it says that it receives. */
  readonly to?: MediaAddress;
  /** The other end. */
  readonly farDevice?: DeviceName;
  /** `no-codec`: what each end has, this one first. */
  readonly codecs?: readonly [readonly CodecName[], readonly CodecName[]];
}

/** A leg put its call on hold, or took it off hold. */
export interface CallHeld extends AboutLeg {
  readonly type: 'call.held' | 'call.resumed';
}

/** A call goes to another number. `leg` is the caller's. */
export interface CallForwarded extends AboutLeg {
  readonly type: 'call.forwarded';
  readonly from: Party;
  /** The number that it goes to. */
  readonly to: string;
  /** 1: busy. 2: no answer, or not registered. 15: all calls. 50: its user diverted it. */
  readonly reason: RedirectReason;
  /** It has been there before, or was redirected too often: it goes nowhere. */
  readonly isLoop: boolean;
}

/**
 * A user wanted something set that cannot be. `no-such-number`: calls would lead nowhere, or to no phone. `own-number`: the line
 * itself. `not-its-line`: the device has no such line. `too-often`: it sets more within a second than it may. `not-kept`: it cannot be kept.
 */
export type FeatureRefusal = 'no-such-number' | 'own-number' | 'not-its-line' | 'too-often' | 'not-kept';

/** A user wanted to forward a line, or not to be disturbed, and cannot. Nothing has changed. */
export interface CallFeatureRefused {
  readonly type: 'call.feature-refused';
  readonly at: Instant;
  readonly device: DeviceName;
  /** The line; empty: it was about do not disturb. */
  readonly dn: string;
  /** Where it was to forward; empty: nowhere any more. */
  readonly number: string;
  readonly reason: FeatureRefusal;
  /** `not-kept`: why. */
  readonly detail?: string;
}

/** A call was parked. `leg` is the one of who parked it. */
export interface CallParked extends AboutLeg {
  readonly type: 'call.parked';
  /** The number at which it stands. */
  readonly slot: string;
  readonly parked: Party;
}

/** A parked call was not fetched: whoever parked it is called. `leg` is the one at the number. */
export interface CallParkReminded extends AboutLeg {
  readonly type: 'call.park-reminded';
  readonly slot: string;
  readonly parkedBy: string;
}

/** Somebody dialled the number of a parked call and has it now. `leg` is the one of who did. */
export interface CallRetrieved extends AboutLeg {
  readonly type: 'call.retrieved';
  readonly slot: string;
  readonly parked: Party;
}

/** Somebody answered a call that rang elsewhere. `leg` is the one of who did. */
export interface CallPickedUp extends AboutLeg {
  readonly type: 'call.picked-up';
  readonly calling: Party;
  /** Where it rang. */
  readonly ringing: Party;
}

/** A user connected two others and left the call. `leg` is the one that the user talked with first. */
export interface CallTransferred extends AboutLeg {
  readonly type: 'call.transferred';
  /** The call identifier of the leg by which the user called the third. */
  readonly consultation: number;
  readonly transferred: Party;
  readonly to: Party;
  /** The third had not answered yet. */
  readonly isRinging: boolean;
}

/**
 * Two ends are one call from now on, by whatever feature: a transfer, a conference, a parked call that is fetched, a call that
 * moves to another phone. `leg` is the caller's, and `call` the number of the new call.
 */
export interface CallJoined extends AboutLeg {
  readonly type: 'call.joined';
  /** The call identifiers of the legs that it rings at, or of the one that has answered. */
  readonly to: readonly number[];
  readonly calling: Party;
  readonly called: Party;
  /** 4: a transfer, also of a call that was taken over. 7: parked. 8: fetched. 11: back from where it was parked. 98: a conference. */
  readonly reason: RedirectReason;
  /** The called end has not answered yet. */
  readonly isRinging: boolean;
}

/** A phone is in a conference from now on, or not any more. `leg` is the phone's, or that of its end where it has gone. */
export interface CallConferencing extends AboutLeg {
  readonly type: 'call.conference-joined' | 'call.conference-left';
  /** The number of the room, or of the conference that a user made by a key: `b` and a number. */
  readonly conference: string;
  readonly kind: 'ad-hoc' | 'meet-me';
  /** How many are in it now. */
  readonly parties: number;
}

/** A phone of a shared line resumed a call that another one held. `leg` is the one that held it, which is over. */
export interface CallMoved extends AboutLeg {
  readonly type: 'call.moved';
  /** The call identifier of the leg that has the call now. */
  readonly to: number;
  readonly toDevice?: DeviceName;
}

/** A caller speaks to the phones of a page. `leg` is the caller's. */
export interface CallPaged extends AboutLeg {
  readonly type: 'call.paged';
  /** The number of the page. */
  readonly number: string;
  readonly group: string;
  /** Phones that listen to the group. */
  readonly listening: number;
  /** Phones that are called, since they cannot. */
  readonly called: number;
  /** Phones that hear nothing: not registered, or in a call. */
  readonly missed: number;
}

/** A leg is over. */
export interface CallReleased extends AboutLeg {
  readonly type: 'call.released';
  /** 0: the other side gave the cause. */
  readonly cause: CauseValue;
  readonly by: 'user' | 'far' | 'elsewhere' | 'transfer' | 'conference' | 'feature' | 'server';
}

/** The link of a phone that talks was lost. The other end talks on until it hangs up. */
export interface CallPreserved extends AboutLeg {
  readonly type: 'call.preserved';
}

/** What a phone counted. */
export interface CallMeasured extends AboutLeg {
  readonly type: 'call.measured';
  readonly statistics: CallStatistics;
  /** From the answer to the end of the leg, or to now where it lasts; 0: nobody answered. */
  readonly talked: Duration;
}

/** One end sent and the other received nothing: `device` is the one that heard nothing. */
export interface CallOneWay extends AboutLeg {
  readonly type: 'call.one-way';
  readonly farDevice?: DeviceName;
  readonly packetsSent: number;
}

/** A number that somebody watches is in another state: lamps and subscribers are told. */
export interface CallLineState {
  readonly type: 'call.line-state';
  readonly at: Instant;
  /** The first device that has the number; absent: none has. */
  readonly device?: DeviceName;
  readonly dn: string;
  readonly state: LineState;
  readonly before: LineState;
  /** How many watchers are told. */
  readonly told: number;
}

/** One end of a call in its record. */
export interface RecordedEnd {
  readonly leg: number;
  readonly device?: DeviceName;
  /** The other node of the cluster that it called from, which writes the record of the call. */
  readonly fromNode?: string;
  readonly media?: MediaAddress;
  /** The side that cleared carries the cause, the other 0; both where the server gave up. */
  readonly cause: CauseValue;
  readonly by: CallReleased['by'];
  /** It is a trunk: the reference of the call at the other PBX, 32 hexadecimal digits; empty: not known. */
  readonly trunkReference?: string;
}

/** The last leg of a call is gone: everything that a call record says. */
export interface CallEnded {
  readonly type: 'call.ended';
  readonly at: Instant;
  readonly call: number;
  readonly dialled: string;
  readonly calling: Party;
  readonly called: Party;
  readonly originalCalled: Party;
  readonly lastRedirecting: Party;
  readonly redirectReason: RedirectReason;
  /** The number of the hunt list that the call went through. */
  readonly huntPilot?: string;
  /** Of the first redirection, where there were several. */
  readonly originalReason?: RedirectReason;
  readonly startedAt: Instant;
  readonly answeredAt?: Instant;
  readonly orig: RecordedEnd;
  /** Absent: nothing was called. */
  readonly dest?: RecordedEnd;
  readonly codec?: CodecName;
  readonly milliseconds?: number;
  readonly dtmf: 'none' | 'out-of-band' | 'rtp';
  /** The pattern by which it left. */
  readonly pattern?: string;
}

/** Every event of calls. */
export type CallEvent =
  | CallOffHook
  | CallDenied
  | CallDialling
  | CallAnalysed
  | CallOffered
  | CallAlerting
  | CallAnswered
  | CallMediaStarted
  | CallMediaFailed
  | CallHeld
  | CallForwarded
  | CallFeatureRefused
  | CallParked
  | CallParkReminded
  | CallRetrieved
  | CallPickedUp
  | CallTransferred
  | CallJoined
  | CallConferencing
  | CallMoved
  | CallPaged
  | CallReleased
  | CallPreserved
  | CallMeasured
  | CallOneWay
  | CallLineState
  | CallEnded;
