// The events of the SIP service.

import type { Instant } from '../core/time.js';
import type { Transport } from '../devices/device.js';

interface FlowFields {
  readonly at: Instant;
  readonly transport: Transport;
  readonly address: string;
  readonly port: number;
  /** The number of the connection; 0 over UDP. */
  readonly link: number;
}

interface MessageFields extends FlowFields {
  /** The method, or the status of an answer. */
  readonly name: string;
  readonly octets: number;
  /** The message as it was on the wire. */
  readonly text: string;
  /** Counts messages of both directions. */
  readonly sequence: number;
}

/** A SIP message was received. */
export interface SipReceived extends MessageFields {
  readonly type: 'sip.received';
}

/** A SIP message was sent. */
export interface SipSent extends MessageFields {
  readonly type: 'sip.sent';
}

/**
 * More messages were received and sent in a second than are traced: so many were not. They were handled like the
 * others.
 */
export interface SipUntraced {
  readonly type: 'sip.untraced';
  readonly at: Instant;
  readonly messages: number;
}

/** Something was received that is not SIP, or a message that the server cannot act on. */
export interface SipMalformed extends FlowFields {
  readonly type: 'sip.malformed';
  readonly reason: string;
  /** Its first 256 octets at most, in hexadecimal. */
  readonly bytes: string;
  /** The status of the response; 0: there was none. */
  readonly answered: number;
  /** How many more there were since the last of these events. */
  readonly unsaid: number;
}

/** A message was larger than allowed; its connection is reset. */
export interface SipOversize extends FlowFields {
  readonly type: 'sip.oversize';
  readonly limit: number;
}

/** A phone opened a connection. */
export interface SipLinkOpened extends FlowFields {
  readonly type: 'sip.link-opened';
}

/** Why a connection ended. */
export type SipLinkEnd =
  | 'peer-closed'
  | 'error'
  | 'closed-here'
  | 'malformed'
  | 'mute' // it never sent anything
  | 'unfinished' // it began a message and did not end it in time
  | 'idle'
  | 'not-reading'
  | 'gave-way' // it carried no registration, and its place was needed
  | 'failed' // by a bug in this program
  | 'stopped';

/** A bug in this program: one message is lost, and its connection is closed. */
export interface SipFailed extends FlowFields {
  readonly type: 'sip.failed';
  readonly detail: string;
}

/** A connection of a phone ended. */
export interface SipLinkClosed extends FlowFields {
  readonly type: 'sip.link-closed';
  readonly cause: SipLinkEnd;
  readonly messages: number;
  /** If it brought octets and no whole message: the first 32 of them, in hexadecimal. */
  readonly bytes?: string;
}

/** A connection over a limit was closed at once. */
export interface SipLinkRefused {
  readonly type: 'sip.link-refused';
  readonly at: Instant;
  readonly address: string;
  readonly port: number;
  readonly limit: 'links' | 'links-per-source' | 'handshakes-per-source';
  /** How many were refused since the last of these events, with this one. */
  readonly count: number;
}

/**
 * `datagramsPerSecond`: datagrams of one address, which were not read. `unproven-address`: messages to an address that
 * has proved nothing, which were cut short or not sent. `outgoing`: requests of this server that were sent once and are
 * not repeated. `subscriptions`: SUBSCRIBEs answered 503. `strangers`: INVITEs over UDP of addresses that nobody knows, which
 * were not answered.
 */
export type SipLimit = 'datagramsPerSecond' | 'unproven-address' | 'outgoing' | 'subscriptions' | 'strangers';

/** So many were over a limit in the last second. */
export interface SipThrottled {
  readonly type: 'sip.throttled';
  readonly at: Instant;
  readonly limit: SipLimit;
  /** The address of the last of them. */
  readonly address: string;
  readonly count: number;
}

/** An alarm of a phone. Phones send some by REFER before their REGISTER. */
export interface SipAlarm extends FlowFields {
  readonly type: 'sip.alarm';
  /** The device that it names; empty: none. */
  readonly device: string;
  readonly alarm: string;
  /** Whether it is proved that the device sent it. Phones send some before they register. */
  readonly proven: boolean;
  readonly values: Readonly<Record<string, string>>;
}

/** A request named a device, but came neither by its registered flow nor with its credentials. It was not acted on. */
export interface SipUnproven extends FlowFields {
  readonly type: 'sip.unproven';
  readonly method: string;
  /** The device that it named; empty: no device of this node. */
  readonly device: string;
  /** The status that it was answered with. */
  readonly answered: number;
}

/** A phone that is registered with another node asked for a token to register here. */
export interface SipToken extends FlowFields {
  readonly type: 'sip.token';
  readonly granted: boolean;
}

/** A phone that is registered with another node checked whether this one would serve it. */
export interface SipStandby extends FlowFields {
  readonly type: 'sip.standby';
  readonly device: string;
}

/**
 * The credentials of a request. `none`: there are none. `wrong`, `right`: they were checked. `other`: they are for
 * another realm. `unchecked`: they were not checked, because the device needs none or is locked out.
 */
export type CredentialsWorth = 'none' | 'wrong' | 'other' | 'right' | 'unchecked';

/**
 * A REGISTER was answered. There is no such event for a refresh that repeats the REGISTER before it: it changes
 * nothing.
 */
export interface SipRegisterAnswered {
  readonly type: 'sip.register-answered';
  readonly at: Instant;
  /** The device, or the name in the request; absent: the request was not read so far. */
  readonly device?: string;
  /** The requested number: the user of To. */
  readonly dn: string;
  readonly status: number;
  /** The text of its Warning; empty: none. */
  readonly warning: string;
  /** `right` with a 401: only the nonce was too old, or from before a restart. */
  readonly credentials: CredentialsWorth;
  /** The user of its credentials, of those for this server first; absent: it has none. */
  readonly user?: string;
  /** If the credentials are for another realm: that one, and the realm of this server. */
  readonly given?: string;
  readonly configured?: string;
  /** What the status line says, if the status is not 200: a 400 and a 500 give their reason there. */
  readonly phrase?: string;
  /** 423: the seconds that it asked to be registered for, and the least that are allowed. */
  readonly asked?: number;
  readonly least?: number;
  readonly transport: Transport;
  /** `address:port` of where the response was sent to, and of where the request came from. */
  readonly sentTo: string;
  readonly source: string;
  readonly callId: string;
  readonly cseq: number;
  /** It was a retransmission, and got the same response. */
  readonly repeat: boolean;
}

/** A phone has answered a command, or did not answer it in time. */
export interface SipCommandAnswered {
  readonly type: 'sip.command-answered';
  readonly at: Instant;
  readonly device: string;
  readonly command: string;
  /** 0: no answer came. */
  readonly status: number;
}

interface AboutTrunk {
  readonly at: Instant;
  /** Its name in the configuration. */
  readonly trunk: string;
  readonly transport: Transport;
  readonly address: string;
  readonly port: number;
}

/** Another PBX answers: calls may go there. */
export interface SipTrunkUp extends AboutTrunk {
  readonly type: 'sip.trunk-up';
  /** With which it answered our OPTIONS. */
  readonly status: number;
}

/**
 * Why a trunk is down. `silent`: nothing answers. `unavailable`: it answers 408 or 503. `unconnected`: no connection can be
 * had. `no-socket`: labcm has no socket for its transport.
 */
export type TrunkFault =
  | { readonly reason: 'silent' | 'no-socket' }
  | { readonly reason: 'unavailable'; readonly status: number }
  | { readonly reason: 'unconnected'; readonly code: string };

/** Another PBX does not answer, or says that it cannot: calls do not go there. */
export interface SipTrunkDown extends AboutTrunk {
  readonly type: 'sip.trunk-down';
  readonly fault: TrunkFault;
}

/** Another PBX has answered our REGISTER, or not: `status` 0. A refresh that is granted like the one before has no event. */
export interface SipTrunkRegistration extends AboutTrunk {
  readonly type: 'sip.trunk-registration';
  readonly status: number;
  /** What it granted, in seconds; absent: nothing. */
  readonly granted?: number;
}

/**
 * Why a call of a trunk is refused. `limit`: as many as `calls.limits.trunkCalls` stand. `down`: the trunk is. `credentials`: it
 * has not the user and password of the trunk. `hops`: its Max-Forwards is 0. `loop`: it is our own call.
 */
export type TrunkRefusal = 'limit' | 'down' | 'credentials' | 'hops' | 'loop';

/** A call by a trunk was refused. */
export interface SipTrunkRefused extends AboutTrunk {
  readonly type: 'sip.trunk-refused';
  /** `in`: the other PBX called. */
  readonly direction: 'in' | 'out';
  readonly reason: TrunkRefusal;
  /** How many were refused since the last of these events, with this one: of one trunk there is one in a second. */
  readonly count: number;
}

/**
 * Why a call that says it is of another node is refused. `address`: it does not come from a node's address, or not over TCP.
 * `instance`: it names no start that is alive. `hops`: its Max-Forwards is 0.
 */
export type NodeCallRefusal = 'address' | 'instance' | 'hops';

/** A call that says it is of another node of the cluster was refused. */
export interface SipNodeCallRefused {
  readonly type: 'sip.node-call-refused';
  readonly at: Instant;
  readonly transport: Transport;
  readonly address: string;
  readonly port: number;
  /** As it calls itself. */
  readonly node: string;
  readonly reason: NodeCallRefusal;
  /** How many were refused since the last of these events, with this one: there is one in a second. */
  readonly count: number;
}

/** Every event of the SIP service. */
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
  | SipCommandAnswered
  | SipTrunkUp
  | SipTrunkDown
  | SipTrunkRegistration
  | SipTrunkRefused
  | SipNodeCallRefused;
