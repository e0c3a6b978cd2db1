// Between the call machine and what supplies its legs: SCCP phones, SIP phones, services with sound. Each knows this port and
// not the others (`docs/protocols/calls.md` §1.4).

import type { DeviceName } from '../core/identifiers.js';
import type { Duration, Instant } from '../core/time.js';
import type { CauseName } from './causes.js';
import type { Leg } from './leg.js';
import type { AgreedMedia, MediaAddress, MediaCapabilities, OutgoingStream } from './media.js';
import type { CallParties, Redirection } from './parties.js';
import type { RemoteCall, RemoteState } from './remote-call.js';

/** By what a phone answers that answers by itself. */
export type AutoAnswer = 'speaker' | 'headset';

/** A call that a phone is to ring for. */
export interface IncomingCall {
  readonly parties: CallParties;
  /** Another call of the phone is active: it hears the waiting tone instead of its ringer. */
  readonly isWaiting: boolean;
  /** Its user does not want to be disturbed: it shows the call and keeps quiet. */
  readonly isSilent: boolean;
  /** The phone is to answer by itself. `headset`: only while its headset is on. Its leg's `isListener`: with its microphone off. */
  readonly autoAnswer?: AutoAnswer | undefined;
  /** Where the caller receives and what, if known: for an INVITE that carries an offer. */
  readonly callerMedia: { readonly receive: MediaAddress; readonly capabilities: MediaCapabilities } | undefined;
  /** It came by a trunk: phones ring as for calls from outside. */
  readonly isOutside: boolean;
}

/** Why a leg ends, and through whom. */
export interface Release {
  readonly cause: CauseName;
  /**
   * `user`: the leg's own user ended it. `far`: the other end did. `elsewhere`: another phone answered. `transfer`: its user
   * connected the others and left. `conference`: it was taken out of a conference, or the conference is over. `feature`: what its
   * user dialled was for a feature, which is set. `server`: labcm, by a limit or a timer.
   */
  readonly by: 'user' | 'far' | 'elsewhere' | 'transfer' | 'conference' | 'feature' | 'server';
  /** The phone goes on showing the call, as one that another phone of its line has, under the same number. */
  readonly isKept?: boolean;
}

/**
 * What the call machine asks of a leg: each call changes what the phone shows, hears or sends. A leg's port never calls
 * back from within but through `CallControl`, which works off one event at a time.
 */
export interface LegPort {
  /** The leg can name its own receive address only together with the other end's (SIP: both are in one SDP). */
  readonly needsFarAddress: boolean;
  /** It plays its user busy and reorder tone until the user hangs up; otherwise a failed leg is released at once. */
  readonly playsFailure: boolean;
  /** Its phone decides by itself which of its calls have its audio (SIP): none is put on hold for another. */
  readonly mixesCalls?: boolean;
  /** It is told where the caller receives before it is asked to ring: then its INVITE carries an offer. */
  readonly wantsCallerMedia?: boolean;
  /** It stands for a phone that calls later, and never says where it receives. */
  readonly receivesNothing?: boolean;
  /** Of a trunk's leg: the reference of the call at the other PBX, 32 hexadecimal digits, for records. */
  readonly callReference?: string;
  /** Its handset is lifted: only hanging up ends a leg that failed. */
  readonly isHandsetUp: boolean;
  /** What it can receive; `undefined` until its SDP tells. */
  capabilities(): MediaCapabilities | undefined;
  /** The caller's leg exists: dial tone. */
  offHook(now: Instant): void;
  /** Digits so far; more are needed. `isFirst`: the first digit came. */
  collecting(digits: string, isFirst: boolean, now: Instant): void;
  /** The last digit was taken back. */
  corrected(digits: string, now: Instant): void;
  /** The number is complete, `dialled` as the user dialled it. */
  proceeding(dialled: string, parties: CallParties, now: Instant): void;
  /** The other end rings. */
  alerting(parties: CallParties, now: Instant): void;
  /** Ring. The supplier reports `alerting`, `answer` or `refuse` to `CallControl`. */
  ring(call: IncomingCall, now: Instant): void;
  /**
   * Opens by what it will receive, before it is asked where that is. Calls `onPrepared` once, in a later turn, with whether it
   * can. Absent: it needs nothing for that.
   */
  prepare?(onPrepared: (isReady: boolean, now: Instant) => void): void;
  /** The call is answered: what comes before the first stream is opened. */
  connecting(parties: CallParties, now: Instant): void;
  /** The call is answered: what comes after that. */
  connected(parties: CallParties, now: Instant): void;
  /** Say where you receive. The supplier reports `mediaOpened` or `mediaFailed`. `far`: where the other end receives. */
  openReceive(
    media: AgreedMedia & Pick<OutgoingStream, 'isListening' | 'isSpeaking'>,
    far: MediaAddress | undefined,
    now: Instant,
  ): void;
  /** Send there. */
  transmit(stream: OutgoingStream, now: Instant): void;
  /** Stop sending and receiving. */
  stopMedia(now: Instant): void;
  /** This leg put the call on hold. */
  held(parties: CallParties, now: Instant): void;
  /** This leg took the call off hold, or its user, who only listened, speaks now: what comes before the streams. */
  resumed(parties: CallParties, now: Instant): void;
  /**
   * The other end is another one from now on. `isRinging`: this leg rings still, or the other end does not answer yet; of a leg
   * that has talked its user hears ring back. Media follows by `stopMedia`, `openReceive` and `transmit`.
   */
  redirected(parties: CallParties, isRinging: boolean, now: Instant): void;
  /** It was a consultation, and what it was about is over or taken up again: an ordinary call from now on. */
  standsAlone?(now: Instant): void;
  /** The other leg put the call on hold, or took it off again. `hasMusic`: what it hears meanwhile is opened next. */
  farHeld(isHeld: boolean, now: Instant, hasMusic?: boolean): void;
  /** The other end pressed a digit that does not come in RTP. */
  digit(digit: string, now: Instant): void;
  /** The call failed; the user hears why until hanging up. Only where `playsFailure`. */
  failed(cause: CauseName, parties: CallParties, now: Instant): void;
  /** The leg is over. Nothing names it afterwards. */
  release(release: Release, now: Instant): void;
}

/** How a phone shows a call of its line that another phone has. */
export interface RemoteCallPort {
  /** The first time, and whenever something changed. */
  show(state: RemoteState, parties: CallParties, now: Instant): void;
  /** The call is over, or this phone has it from now on. */
  end(now: Instant): void;
}

/** One line on a registered phone. */
export interface Appearance {
  readonly device: DeviceName;
  readonly dn: string;
  /** The number of the line's button, from 1. */
  readonly lineInstance: number;
  /** The name that the far end is shown. */
  readonly displayName: string;
  readonly maxCalls: number;
  readonly busyTrigger: number;
  /** Its user does not want to be disturbed. `reject`: the phone is busy for every call. */
  readonly doNotDisturb?: 'ringer-off' | 'reject' | undefined;
  /** It is the end of a trunk: `device` is the trunk's name, `dn` the number at its other end. */
  readonly isTrunk?: true;
  /** It is such an end, and the other PBX is this node of the cluster. */
  readonly node?: string;
  /** Nothing proves yet that its INVITE came from where it says: no sound of labcm's own goes there before its ACK. */
  readonly isUnproved?: boolean;
  /** Who redirected the call before it came here, by a trunk. */
  readonly redirection?: Redirection;
  /** It answers by itself. */
  readonly autoAnswer?: AutoAnswer | undefined;
  /** The other phones of the line do not show with whom it talks. */
  readonly isPrivate?: boolean;
}

/** Where a line forwards its calls, each a number as one would dial it; absent: it does not. */
export interface Forwards {
  readonly all?: string | undefined;
  readonly busy?: string | undefined;
  readonly noAnswer?: string | undefined;
  /** While no phone of the line is registered. */
  readonly unregistered?: string | undefined;
}

/** What a directory number does beside ringing its phones. */
export interface LineFeatures {
  readonly forward: Forwards;
  /** How long its phones ring before `forward.noAnswer` takes effect. */
  readonly noAnswerAfter: Duration;
  /** The number of its voicemail; empty: it has none. */
  readonly voicemail: string;
  /** The name of its pick-up group, where the line says it; empty: it does not. */
  readonly pickupGroup: string;
}

/** What a phone does with calls while its user does not want to be disturbed. */
export type DoNotDisturbOption = NonNullable<Appearance['doNotDisturb']>;

/** Keeps what users set by their phones, over restarts. `device`: whose user did it. Many wishes of one user are kept as the last. */
export interface FeatureKeeper {
  /** `number`: where calls of `dn` go; `undefined`: they ring its phones. */
  keepForward(device: DeviceName, dn: string, kind: keyof Forwards, number: string | undefined): void;
  keepDoNotDisturb(device: DeviceName, option: DoNotDisturbOption | undefined): void;
}

/** Supplies the called legs of one kind of phone. */
export interface LegSupplier {
  /** A port for `leg`, or `undefined`: the phone cannot be called now. */
  portFor(leg: Leg): LegPort | undefined;
  /** A port for a call that another phone of the line has. `undefined`: this phone cannot show it. Absent: none can. */
  remotePortFor?(call: RemoteCall): RemoteCallPort | undefined;
  /** As `Phones.listen`. Absent: its phones are told in another way, if at all. */
  listen?(device: DeviceName, stream: PageStream, isOn: boolean, now: Instant): boolean;
}

/** What the phones of a page listen to. */
export interface PageStream {
  readonly group: string;
  readonly port: number;
  /** The call identifier of labcm's end. */
  readonly ci: number;
}

/** The registered phones, as the device database knows them. */
export interface Phones {
  /** Every registered appearance of a number, at most 16 of them. */
  appearancesOf(dn: string): readonly { readonly appearance: Appearance; readonly supplier: LegSupplier }[];
  /** The first line of a registered device; `undefined`: it is not registered. Absent: no device is found by its name. */
  firstLineOf?(device: DeviceName): { readonly appearance: Appearance; readonly supplier: LegSupplier } | undefined;
  /**
   * The device hears what is sent to the group from now on, or (`isOn` false) no more. `false`: it cannot, or is not
   * registered. Absent: none can.
   */
  listen?(device: DeviceName, stream: PageStream, isOn: boolean, now: Instant): boolean;
  /** The numbers of the lines of a registered device. Absent: no number is shared. */
  linesOf?(device: DeviceName): readonly string[];
  /** Whether several devices have the number, registered or not. Absent: no number is shared. */
  isShared?(dn: string): boolean;
  /** What the number does beside ringing; `undefined`: no device has it. Absent: no number does anything. */
  featuresOf?(dn: string): LineFeatures | undefined;
  /** The name of the number in the configuration, where no phone of it is registered here. Absent: it has none. */
  nameOf?(dn: string): string;
  /** Another node of the cluster that holds a phone of the number; `undefined`: none does. Absent: there are no others. */
  nodeOf?(dn: string): string | undefined;
  /** Whether the configured device has that line, registered or not. */
  hasLine(device: DeviceName, dn: string): boolean;
}

/** Supplies the legs of calls that leave by a trunk (`docs/protocols/calls.md` §6). */
export interface TrunkLines {
  /** A port for a call out by that trunk; a cause: it takes none now. */
  portFor(trunk: string, leg: Leg): LegPort | CauseName;
  /** A port for a call to a phone of that node of the cluster. Absent: there are no others. */
  portForNode?(node: string, leg: Leg): LegPort | CauseName;
}

/** Where the ends of several calls hear each other. */
export interface SoundRoom {
  /** The end of one party, which has G.711 alone. `undefined`: no RTP port is free. */
  portFor(leg: Leg): LegPort | undefined;
  close(): void;
}

/**
 * Supplies the ends that labcm itself is: what echoes, plays a tone or an announcement. `page`: passes on what its caller says.
 * `page-copy`: says it to a phone that is called.
 */
export interface SoundServices {
  /** `undefined`: there is none of that name, or no RTP port is free. */
  portFor(
    service: 'echo' | 'tone' | 'announcement' | 'emergency' | 'page' | 'page-copy',
    leg: Leg,
  ): LegPort | undefined;
  /** Whether conferences can be mixed. Absent: they cannot. */
  readonly canMix?: boolean;
  /** A new conference, for as long as it is not closed. `undefined`: labcm makes no RTP. Absent: the same. */
  newRoom?(): SoundRoom | undefined;
  /** Whether one of these ends receives there, so that no phone can. Absent: none does. */
  receivesAt?(address: MediaAddress): boolean;
}
