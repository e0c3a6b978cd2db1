// The events of the SCCP service: links, received and sent messages, and what they led to.

import type { DeviceName, DirectoryNumber, MacAddress } from '../core/identifiers.js';
import type { Instant } from '../core/time.js';
import type { Transport } from '../devices/device.js';

/** Which link a fact is about. */
export interface StationContext {
  /** Counts the links of this server. The trace's handle, once a device is bound to it. */
  readonly link: number;
  /** Whether a device is bound to the link. */
  readonly bound: boolean;
  /** The device bound to it, or the one that the message names. */
  readonly device?: string;
  readonly address: string;
}

interface AboutStation {
  readonly at: Instant;
  readonly station: StationContext;
}

/** A field of a message as the declarations name it; octets are hexadecimal. */
export type FieldValue = number | string | readonly FieldValue[] | { readonly [name: string]: FieldValue | undefined };

/** The fields of a message by name, in the order of its declaration. */
export type MessageFields = Readonly<Record<string, FieldValue | undefined>>;

interface AboutMessage extends AboutStation {
  /** Cisco's name, e.g. `RegisterReqMessage`. */
  readonly name: string;
  /** The length word: octets of id and body. */
  readonly octets: number;
  readonly fields: MessageFields;
  /** By field: what its number is called. Absent where none has a name. */
  readonly names?: Readonly<Record<string, string>>;
}

/** A message came that the service knows. */
export interface SccpReceived extends AboutMessage {
  readonly type: 'sccp.received';
  /** The length word of a whole body, where that is another. */
  readonly defined?: number;
}

/** A message was sent. For a prompt, `sccp.prompted` is published instead. */
export interface SccpSent extends AboutMessage {
  readonly type: 'sccp.sent';
}

/**
 * More messages came and were sent in a second than appear in the trace; this is the number of the others. They were
 * handled.
 */
export interface SccpUntraced {
  readonly type: 'sccp.untraced';
  readonly at: Instant;
  readonly messages: number;
}

/** A phone has sent a Register, which is about to be checked. */
export interface SccpRegisterChecked extends AboutStation {
  readonly type: 'sccp.register-checked';
  readonly mac: MacAddress | undefined;
  /** The u32 in which the phone announces version and features. */
  readonly protocolVer: number;
}

/** A prompt was shown on the phone: its text as it went out, and what the phone makes of it. */
export interface SccpPrompted extends AboutStation {
  readonly type: 'sccp.prompted';
  readonly timeOut: number;
  readonly status: string;
  readonly content: string;
  readonly line: number;
  readonly callReference: number;
  /** The u32 in which the phone announced version and features. */
  readonly protocolVer: number;
}

/** The lines of a device that has just registered are in service. */
export interface SccpLinesStarted extends AboutStation {
  readonly type: 'sccp.lines-started';
  readonly deviceName: DeviceName;
  readonly lines: readonly DirectoryNumber[];
}

/** A message of an id that the catalogue does not hold. It was skipped. */
export interface SccpUnknownMessage extends AboutStation {
  readonly type: 'sccp.unknown-message';
  readonly id: number;
  readonly octets: number;
  /** The start of the body, at most 64 octets, in hexadecimal. */
  readonly bytes: string;
}

export type IgnoredBecause =
  | 'before-register' // it needs a registered device on its link
  | 'server-message' // only a call manager sends it
  | 'closing' // the link is about to end
  | 'unasked'; // it answers nothing that was asked

/** A message that was understood and led to nothing. */
export interface SccpIgnored extends AboutStation {
  readonly type: 'sccp.ignored';
  readonly name: string;
  readonly because: IgnoredBecause;
}

/** What came is not SCCP, or a message whose body cannot be read. */
export interface SccpMalformed extends AboutStation {
  readonly type: 'sccp.malformed';
  readonly code: string;
  readonly reason: string;
  /** Whether the link ended for it. */
  readonly fatal: boolean;
  /** The start of it, at most 64 octets, in hexadecimal. */
  readonly bytes: string;
}

/** A phone asked whether it may register here now. */
export interface SccpToken extends AboutStation {
  readonly type: 'sccp.token';
  readonly granted: boolean;
  /** Seconds until it may ask again; 0 where it was granted. */
  readonly wait: number;
}

/**
 * A phone keeps a connection alive without registering on it: this node is its standby. Published once for each
 * connection, at the second keepalive.
 */
export interface SccpStandby extends AboutStation {
  readonly type: 'sccp.standby';
}

/** A phone opened a connection. */
export interface SccpLinkOpened extends AboutStation {
  readonly type: 'sccp.link-opened';
  readonly port: number;
  readonly transport: Transport;
}

/** Why a connection of a phone ended. */
export type LinkEnd =
  | 'peer-closed'
  | 'error'
  | 'unregistered' // by the phone, which left the link open
  | 'rejected'
  | 'commanded' // reset or restarted from here
  | 'ended-elsewhere' // the database ended its registration: silence, another link, a new configuration
  | 'mute' // it never said a word
  | 'silent' // a standby link that fell silent
  | 'malformed'
  | 'throttled'
  | 'not-reading'
  | 'unfinished' // began a message and never ended it, while too much was kept of such
  | 'stopped';

/** A connection of a phone ended. */
export interface SccpLinkClosed extends AboutStation {
  readonly type: 'sccp.link-closed';
  readonly cause: LinkEnd;
  readonly messages: number;
  /** If it brought octets and no whole message: the first 32 of them, in hexadecimal. */
  readonly bytes?: string;
}

/** A phone sent more messages than one may. */
export interface SccpThrottled extends AboutStation {
  readonly type: 'sccp.throttled';
  readonly messages: number;
  readonly seconds: number;
}

/** An internal error of labcm; the link on which it occurred was closed. */
export interface SccpFailed extends AboutStation {
  readonly type: 'sccp.failed';
  readonly detail: string;
}

/** Connections over a limit were closed at once. Published at most once a second. */
export interface SccpLinkRefused {
  readonly type: 'sccp.link-refused';
  readonly at: Instant;
  readonly address: string;
  readonly port: number;
  readonly limit: 'links' | 'links-per-source' | 'handshakes-per-source';
  /** How many since the last such event, this one included. */
  readonly count: number;
}

/** A phone wants to make or take a call. */
export interface SccpCallRefused extends AboutStation {
  readonly type: 'sccp.call-refused';
  readonly line: number;
  readonly callReference: number;
  /** What it was that it did: `OffHookMessage`, `SoftKeyEventMessage`… */
  readonly by: string;
}

/** Every event of the SCCP server. */
export type SccpEvent =
  | SccpReceived
  | SccpSent
  | SccpUntraced
  | SccpRegisterChecked
  | SccpPrompted
  | SccpLinesStarted
  | SccpUnknownMessage
  | SccpIgnored
  | SccpMalformed
  | SccpToken
  | SccpStandby
  | SccpLinkOpened
  | SccpLinkClosed
  | SccpThrottled
  | SccpFailed
  | SccpLinkRefused
  | SccpCallRefused;
