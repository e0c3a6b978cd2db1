import type { DeviceName } from '../../core/identifiers.js';
import type { Instant } from '../../core/time.js';
import type { Fields, FromPhoneName } from '../messages/catalogue.js';
import type { BoundLink, Station } from '../station.js';
import type { CallKey } from './call-keys.js';

/** Which leg a message is about. 0: the phone does not say (`docs/protocols/calls.md` §2.1). */
export interface LegReference {
  readonly line: number;
  readonly callReference: number;
}

/** A soft key, a fixed key or a programmed button was pressed. */
export interface KeyPress extends LegReference {
  readonly key: CallKey;
  /** The number of the button among those of its kind; 0: a soft key. */
  readonly instance: number;
  /** The message that said so. */
  readonly by: FromPhoneName;
}

/** The handset was lifted, or the key of speaker or headset pressed. */
export interface Lift extends LegReference {
  readonly by: FromPhoneName;
}

/**
 * The port to call control: what phones say of calls. Every method may send to the station. With calls switched off
 * `no-calls.ts` is behind it, else `station-calls.ts`.
 */
export interface Calls {
  offHook(station: Station, bound: BoundLink, lift: Lift, now: Instant): void;
  onHook(station: Station, bound: BoundLink, on: LegReference, now: Instant): void;
  press(station: Station, bound: BoundLink, press: KeyPress, now: Instant): void;
  /** A whole number at once. `line`: 0: the phone does not say. */
  enbloc(station: Station, bound: BoundLink, number: string, line: number, now: Instant): void;
  /** `button`: `kpButton` of `sccp.md` §9.13. */
  digit(station: Station, bound: BoundLink, button: number, on: LegReference, now: Instant): void;
  hookFlash(station: Station, bound: BoundLink, on: LegReference, now: Instant): void;
  receiveOpened(station: Station, bound: BoundLink, ack: Fields<'OpenReceiveChannelAckMessage'>, now: Instant): void;
  transmitStarted(
    station: Station,
    bound: BoundLink,
    ack: Fields<'StartMediaTransmissionAckMessage'>,
    now: Instant,
  ): void;
  transmitFailed(
    station: Station,
    bound: BoundLink,
    failure: Fields<'MediaTransmissionFailureMessage'>,
    now: Instant,
  ): void;
  /** The phone hears a page, or why not. */
  pageHeard(station: Station, bound: BoundLink, ack: Fields<'MulticastMediaReceptionAckMessage'>, now: Instant): void;
  counted(station: Station, bound: BoundLink, counts: Fields<'ConnectionStatisticsResMessage'>, now: Instant): void;
  /** The device registers. `activeStreams`: how many streams of RTP it says that it has. */
  registered(station: Station, device: DeviceName, activeStreams: number, now: Instant): void;
  /** The device is registered no longer, or its link is lost. */
  lost(device: DeviceName, now: Instant): void;
  /** The device has an active call, for which it may not unregister. */
  isTalking(device: DeviceName): boolean;
  /** The validKeyMask of set 0 for the device. */
  idleMask(device: DeviceName): number;
  /** The device is configured otherwise than before. */
  changed(station: Station, bound: BoundLink, now: Instant): void;
}
