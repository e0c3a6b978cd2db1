// The events of the SIP service.

import type { Instant } from '../core/time.js';
import type { Transport } from '../devices/device.js';

interface FlowFields {
  readonly at: Instant;
  readonly transport: Transport;
  readonly address: string;
  readonly port: number;
  /** Counts the connections of this server; 0 over UDP. */
  readonly link: number;
}

interface MessageFields extends FlowFields {
  /** The method, or the status of an answer. */
  readonly name: string;
  readonly octets: number;
  /** The message as it went over the wire. */
  readonly text: string;
  /** Counts messages of both directions. */
  readonly sequence: number;
}

/** A SIP message came. */
export interface SipReceived extends MessageFields {
  readonly type: 'sip.received';
}

/** A SIP message was sent. */
export interface SipSent extends MessageFields {
  readonly type: 'sip.sent';
}

/** More messages came and went in a second than are told of: so many were not. They were served like any other. */
export interface SipUntraced {
  readonly type: 'sip.untraced';
  readonly at: Instant;
  readonly messages: number;
}

/** What came is not SIP, or a message that nobody could act on. */
export interface SipMalformed extends FlowFields {
  readonly type: 'sip.malformed';
  readonly reason: string;
  /** The start of it, at most 256 octets, in hexadecimal. */
  readonly bytes: string;
  /** The status that it was answered with; 0: none. */
  readonly answered: number;
  /** How many more there were since the last of these facts. */
  readonly unsaid: number;
}

/** A message beyond what may come in one piece; its connection is reset. */
export interface SipOversize extends FlowFields {
  readonly type: 'sip.oversize';
  readonly limit: number;
}

/** A phone opened a connection. */
export interface SipLinkOpened extends FlowFields {
  readonly type: 'sip.link-opened';
}

export type SipLinkEnd =
  | 'peer-closed'
  | 'error'
  | 'closed-here'
  | 'malformed'
  | 'mute' // never said a word
  | 'unfinished' // began a message and never ended it
  | 'idle'
  | 'not-reading'
  | 'gave-way' // it carried no registration, and there was no place for another
  | 'failed' // a mistake of ours showed on it
  | 'stopped';

/** A mistake of this program: the message on which it showed is lost, and a connection closed with it. */
export interface SipFailed extends FlowFields {
  readonly type: 'sip.failed';
  readonly detail: string;
}

/** A connection of a phone ended. */
export interface SipLinkClosed extends FlowFields {
  readonly type: 'sip.link-closed';
  readonly cause: SipLinkEnd;
  readonly messages: number;
}

/** A connection over a bound was closed before it cost anything. */
export interface SipLinkRefused {
  readonly type: 'sip.link-refused';
  readonly at: Instant;
  readonly address: string;
  readonly port: number;
  readonly limit: 'links' | 'links-per-source';
  /** How many were refused since the last of these facts, this one included. */
  readonly count: number;
}

/**
 * `datagramsPerSecond`: datagrams of one address, which were not read. `unproven-address`: messages to an address that
 * has proved nothing, which were cut short or not sent. `outgoing`: requests of ours that were sent once and are not
 * repeated. `subscriptions`: SUBSCRIBEs answered 503.
 */
export type SipLimit = 'datagramsPerSecond' | 'unproven-address' | 'outgoing' | 'subscriptions';

/** So many were over a bound in the last second. */
export interface SipThrottled {
  readonly type: 'sip.throttled';
  readonly at: Instant;
  readonly limit: SipLimit;
  /** Of the last of them. */
  readonly address: string;
  readonly count: number;
}

/** A phone's alarm, as it sends one by REFER before its REGISTER. */
export interface SipAlarm extends FlowFields {
  readonly type: 'sip.alarm';
  /** The device that it names; empty: it does not say. */
  readonly device: string;
  readonly alarm: string;
  /** Whether the device itself sent it, as far as can be known: phones send some before they register. */
  readonly proven: boolean;
  readonly values: Readonly<Record<string, string>>;
}

/** Somebody spoke for a device by neither its registered flow nor its credentials, and was not believed. */
export interface SipUnproven extends FlowFields {
  readonly type: 'sip.unproven';
  readonly method: string;
  /** The device that it meant; empty: none that there is. */
  readonly device: string;
  /** The status that it was answered with. */
  readonly answered: number;
}

/** A phone that is registered elsewhere asks whether it may come here. */
export interface SipToken extends FlowFields {
  readonly type: 'sip.token';
  readonly granted: boolean;
}

/** A phone looks whether this node would serve it: it is registered with another. */
export interface SipStandby extends FlowFields {
  readonly type: 'sip.standby';
  readonly device: string;
}

/**
 * What the digest credentials of a request are worth: there are none, those that there are are wrong, for another
 * realm, right, or nobody looked at them (its device needs none, or is locked out).
 */
export type CredentialsWorth = 'none' | 'wrong' | 'other' | 'right' | 'unchecked';

/** A REGISTER was answered. Refreshes in the very words of the one before are not told: they change nothing. */
export interface SipRegisterAnswered {
  readonly type: 'sip.register-answered';
  readonly at: Instant;
  /** The device, or the name that it gave; absent: it was not read so far. */
  readonly device?: string;
  /** The number that was asked for, the user of To. */
  readonly dn: string;
  readonly status: number;
  /** The text of its Warning; empty: none. */
  readonly warning: string;
  /** `right` with a 401: but for a nonce that is old or of before a restart. */
  readonly credentials: CredentialsWorth;
  /** Where credentials are for another realm: that one, and ours. */
  readonly given?: string;
  readonly configured?: string;
  readonly transport: Transport;
  /** `address:port` that the answer went to, and that the request came from. */
  readonly sentTo: string;
  readonly source: string;
  readonly callId: string;
  readonly cseq: number;
  /** The same request came once more, and had the same answer. */
  readonly repeat: boolean;
}

/** A phone answered a command, or did not. */
export interface SipCommandAnswered {
  readonly type: 'sip.command-answered';
  readonly at: Instant;
  readonly device: string;
  readonly command: string;
  /** 0: no answer came. */
  readonly status: number;
}

export type SipEvent =
  | SipReceived
  | SipSent
  | SipUntraced
  | SipMalformed
  | SipOversize
  | SipFailed
  | SipLinkOpened
  | SipLinkClosed
  | SipLinkRefused
  | SipThrottled
  | SipAlarm
  | SipUnproven
  | SipToken
  | SipStandby
  | SipRegisterAnswered
  | SipCommandAnswered;
