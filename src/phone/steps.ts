// The events that simulated phones publish: one type for each step. `screen.ts` has their texts.

import type { Instant } from '../core/time.js';
import type { CallDirection, CallParty } from './calls/phone-call.js';
import type { LampState, ShownMessages } from './indicators.js';

/** Where a boot starts: at DHCP, at the files, or at the registration. */
export type BootKind = 'full' | 'tftp' | 'register';
/** Whether the phone is registered with a node, or only connected to it. */
export type NodeRole = 'primary' | 'standby';
/** What a call manager may order a registered phone to do. */
export type PhoneCommand = 'reset' | 'restart' | 'apply';

/** The services that a phone meets over TLS. */
export type CheckedService = 'SCCP' | 'SIP' | 'HTTPS' | 'CAPF' | 'TVS';

/** Obeys an object that was pushed, and resolves with the phone's answer. Never rejects. */
export type ObeyObject = (object: string) => Promise<string>;

/** The fields of each step. Durations are milliseconds. */
export interface StepDetails {
  /** `unverified`: what no capture confirms about this model. */
  'phone.started': { readonly model: string; readonly protocol: string; readonly unverified: readonly string[] };
  'phone.address-asked': { readonly server: string; readonly vendorClass: string };
  'phone.address-offered': { readonly address: string; readonly server: string };
  'phone.address-bound': {
    readonly address: string;
    readonly server: string;
    readonly fileServers: readonly string[];
    readonly leaseSeconds: number;
    readonly took: number;
  };
  'phone.address-refused': { readonly why: string };
  'phone.file-asked': { readonly file: string; readonly server: string; readonly transport: 'TFTP' | 'HTTP' | 'HTTPS' };
  'phone.file-fetched': { readonly file: string; readonly octets: number; readonly took: number };
  /** `expected`: every boot in a non-secure cluster has this refusal. */
  'phone.file-refused': {
    readonly file: string;
    readonly why: string;
    readonly expected: boolean;
    readonly took: number;
  };
  'phone.file-missed': { readonly file: string; readonly why: string; readonly took: number };
  /** It read what it kept of an earlier process: `CTL of …`, `ITL of …`. `certificate`: also one of CAPF. */
  'phone.trust-restored': { readonly lists: readonly string[]; readonly certificate: boolean };
  /** What it kept cannot be used, or something cannot be kept. It goes on without. */
  'phone.trust-fault': { readonly why: string };
  /** Its lists were erased by hand. `certificate`: it still has that of CAPF. */
  'phone.trust-erased': { readonly certificate: boolean };
  /** It holds another trust list from now on. `onFaith`: it held none. `byTvs`: its own list did not name the signer, and TVS vouched. */
  'phone.trust-taken': {
    readonly file: string;
    readonly signer: string;
    readonly onFaith: boolean;
    readonly byTvs: boolean;
  };
  'phone.trust-refused': { readonly file: string; readonly why: string };
  /** A signed file came, and it does not trust its signer. It keeps what it has. */
  'phone.file-untrusted': { readonly file: string; readonly why: string };
  /** It goes on with a TLS handshake: a list that it holds, or TVS, knows the certificate. `server`: `address:port`. */
  'phone.server-trusted': {
    readonly service: CheckedService;
    readonly server: string;
    /** Of the certificate, as lists write it. */
    readonly subject: string;
    readonly by: 'CTL' | 'ITL' | 'TVS';
  };
  /** It ended a TLS handshake by this alert (RFC 5246 §7.2.2). `subject`: empty: the certificate cannot be read. */
  'phone.server-refused': {
    readonly service: CheckedService;
    readonly server: string;
    readonly subject: string;
    readonly alert: number;
    readonly why: string;
  };
  /** It asks TVS. `about`: the subject of a certificate. */
  'phone.tvs-asked': { readonly server: string; readonly about: string };
  /** `roles`: the functions of lists that TVS vouches for. */
  'phone.tvs-answered': {
    readonly server: string;
    readonly about: string;
    readonly known: boolean;
    readonly roles: readonly string[];
  };
  /** TVS gave no answer, or is not the one in the list that the phone holds. */
  'phone.tvs-failed': { readonly server: string; readonly why: string };
  'phone.configured': {
    readonly file: string;
    readonly nodes: readonly string[];
    readonly lines: readonly string[];
    readonly load: string;
    readonly stamp: string;
  };
  'phone.misconfigured': { readonly file: string; readonly why: string };
  'phone.enrolling': { readonly address: string; readonly port: number };
  /** `outcome`: what CAPF had it do; or why it failed. */
  'phone.enrolled': { readonly outcome: string };
  'phone.link-opening': {
    readonly node: string;
    readonly address: string;
    readonly port: number;
    readonly role: NodeRole;
  };
  'phone.link-opened': { readonly node: string; readonly local: string; readonly took: number };
  'phone.link-failed': { readonly node: string; readonly why: string };
  'phone.alarm-sent': { readonly node: string; readonly text: string };
  'phone.register-sent': { readonly node: string; readonly line: string };
  'phone.challenged': { readonly node: string; readonly realm: string };
  'phone.accepted': {
    readonly node: string;
    readonly keepAlive: number;
    readonly standbyKeepAlive: number;
    /** SCCP: the negotiated version; SIP: absent. */
    readonly version: number | undefined;
    readonly took: number;
  };
  'phone.line': { readonly number: number; readonly dn: string; readonly label: string };
  'phone.prompt': { readonly text: string };
  'phone.clock': { readonly text: string };
  'phone.registered': {
    readonly node: string;
    readonly role: NodeRole;
    readonly lines: readonly string[];
    readonly took: number;
  };
  'phone.refused': { readonly node: string; readonly why: string };
  'phone.keepalive-sent': { readonly node: string; readonly role: NodeRole };
  'phone.keepalive-answered': { readonly node: string; readonly role: NodeRole; readonly took: number };
  'phone.keepalive-missed': { readonly node: string; readonly role: NodeRole; readonly missed: number };
  'phone.refreshed': { readonly node: string; readonly took: number };
  'phone.subscribed': { readonly event: string; readonly dn: string };
  'phone.subscription-refused': { readonly event: string; readonly dn: string; readonly why: string };
  /** A busy lamp has changed. `of`: the number, or the text beside the key. */
  'phone.lamp': { readonly of: string; readonly state: LampState };
  /** The messages of a line have changed. `line`: empty: of the phone as a whole (SCCP). */
  'phone.messages': { readonly line: string } & ShownMessages;
  'phone.standing-by': { readonly node: string };
  'phone.failing-over': { readonly from: string; readonly to: string; readonly why: string };
  'phone.returning': { readonly from: string; readonly to: string };
  'phone.commanded': { readonly node: string; readonly command: PhoneCommand };
  'phone.unregistering': { readonly node: string };
  'phone.unregistered': { readonly node: string };
  'phone.waiting': { readonly for: string; readonly again: number };
  /** Something was pushed to it: the root element, or the URIs of an execute object. */
  'phone.pushed': { readonly what: string };
  /** It listens to what is spoken to a multicast group, `address:port`; or cannot; or does no more. */
  'phone.page-joined': { readonly group: string };
  'phone.page-refused': { readonly group: string; readonly why: string };
  'phone.page-left': { readonly group: string; readonly received: number; readonly lost: number };
  /** Its own pages are open, or cannot be. */
  'phone.pages-opened': { readonly url: string };
  'phone.pages-refused': { readonly url: string; readonly why: string };
  'phone.stopped': { readonly registered: boolean };
  /** A user dials. `call`: the calls of a phone are counted from 1. */
  'phone.dialling': { readonly call: number; readonly number: string };
  'phone.call-proceeding': { readonly call: number; readonly number: string };
  /** The far phone rings. `took`: since the number was complete. */
  'phone.call-ringing': { readonly call: number; readonly number: string; readonly took: number };
  /** A call comes in. */
  'phone.rings': { readonly call: number; readonly number: string; readonly name: string };
  /** `took`: since the number was complete, or since this phone answered. */
  'phone.call-connected': {
    readonly call: number;
    readonly direction: CallDirection;
    readonly number: string;
    readonly took: number;
  };
  'phone.call-held': { readonly call: number; readonly by: CallParty };
  'phone.call-resumed': { readonly call: number; readonly by: CallParty };
  /** The server left the call at a number, from which anybody may fetch it. */
  'phone.call-parked': { readonly call: number; readonly number: string };
  /** A port is open for what comes. */
  'phone.media-opened': { readonly call: number; readonly local: string; readonly codec: string };
  'phone.media-started': { readonly call: number; readonly to: string; readonly codec: string };
  /** The packets of the call so far. */
  'phone.media-stopped': { readonly call: number } & CountedPackets;
  /** `cause`: Q.850, where the server names it. */
  'phone.call-failed': {
    readonly call: number;
    readonly number: string;
    readonly why: string;
    readonly cause: number | undefined;
  };
  /** `talked`: since it was connected; `undefined`: it never was. */
  'phone.call-ended': {
    readonly call: number;
    readonly direction: CallDirection;
    readonly number: string;
    readonly by: CallParty;
    readonly talked: number | undefined;
  } & CountedPackets;
}

/** The packets of a call. `jitter`: milliseconds. */
interface CountedPackets {
  readonly sent: number;
  readonly received: number;
  readonly lost: number;
  readonly jitter: number;
}

/** The type of a step's event. */
export type StepType = keyof StepDetails;

interface StepHead<T extends StepType> {
  readonly type: T;
  readonly at: Instant;
  /** The device name. */
  readonly phone: string;
}

/** The event of one type of step. */
export type StepOf<T extends StepType> = StepHead<T> & StepDetails[T];
/** An event of a simulated phone. */
export type PhoneStep = { [T in StepType]: StepOf<T> }[StepType];

/** Publishes a step of one phone; the time and the phone's name are filled in. */
export type PublishStep = <T extends StepType>(type: T, details: StepDetails[T]) => void;
