// One trunk: another PBX as its legs see it, whether it answers, and our registration with it (`docs/protocols/calls.md` §6).
// It pings by OPTIONS as CUCM does. Pure: `now` is given, and flows send.

import type { CodecName, TrunkSettings } from '../../calls/index.js';
import type { DeviceName } from '../../core/identifiers.js';
import { after, type Instant, seconds } from '../../core/time.js';
import type { Endpoint } from '../../net/ports.js';
import { uriUser } from '../calls/call-headers.js';
import { hostOf } from '../calls/leg-dialog.js';
import { confirmDialogs } from '../calls/lost-phones.js';
import { type CallServices, CallTimer } from '../calls/services.js';
import type { SipEvent, TrunkFault } from '../events.js';
import type { SipMessage } from '../message/message.js';
import { parseSipUri } from '../message/uri.js';
import { DEFAULT_PORT } from '../message/via.js';
import { newBranch, newCallId, newTag } from '../notifier/request-writer.js';
import type { Flow } from '../transport/flow.js';
import { authorizationLine } from './credentials.js';
import type { TrunkPeer } from './trunk-leg.js';
import { TrunkRegistration } from './trunk-registration.js';

/** CUCM's intervals of pings (`docs/protocols/calls.md` §6). */
const PING_UP = seconds(60);
const PING_DOWN = seconds(120);

/** What a trunk needs of the service around it. */
export interface TrunkEnvironment {
  readonly services: CallServices;
  /** A flow to the other PBX; `undefined`: there is no socket for it. `onFailed`, `onEnded`: of connections. */
  newFlow(trunk: Trunk): Flow | undefined;
  publish(event: SipEvent): void;
}

/** Whether calls may go there. `unknown`: the first ping has no answer yet, and calls are tried. */
export type TrunkState = 'unknown' | 'up' | 'down';

export class Trunk implements TrunkPeer {
  readonly dialect = 'trunk';
  readonly settings: TrunkSettings;
  state: TrunkState = 'unknown';
  /** Since when it is so; `undefined`: it was never asked. */
  since: Instant | undefined;
  /** Why it is down. */
  fault: TrunkFault | undefined;
  /** The status of its last answer, and when it came. */
  lastAnswer: { readonly status: number; readonly at: Instant } | undefined;
  readonly registration: TrunkRegistration | undefined;
  readonly #environment: TrunkEnvironment;
  readonly #timer: CallTimer;
  #flow: Flow | undefined;
  /** Counts pings: an answer to an old one says nothing any more. */
  #pings = 0;
  #isClosed = false;

  constructor(settings: TrunkSettings, environment: TrunkEnvironment) {
    this.settings = settings;
    this.#environment = environment;
    this.#timer = new CallTimer((now) => this.ping(now));
    const { register } = settings;
    this.registration = register === undefined ? undefined : new TrunkRegistration(this, register, environment);
  }

  get name(): string {
    return this.settings.name;
  }

  get address(): string {
    return this.settings.address;
  }

  get earlyOffer(): boolean {
    return this.settings.earlyOffer;
  }

  get codecs(): readonly CodecName[] | undefined {
    return this.settings.codecs;
  }

  get serverHost(): string {
    const { localAddress, address } = this.#environment.services.settingsRef.settings;
    return localAddress ?? address;
  }

  /** How legs reach it. A trunk has legs only while there is a flow. */
  get flow(): Flow {
    const flow = this.openFlow();
    if (flow === undefined) throw new Error(`no socket for the trunk ${this.name}`);
    return flow;
  }

  openFlow(): Flow | undefined {
    this.#flow ??= this.#environment.newFlow(this);
    return this.#flow;
  }

  /** The other PBX as its requests are addressed. */
  uriOf(number: string): string {
    const { address, port } = this.settings;
    return `sip:${number === '' ? '' : `${uriUser(number)}@`}${address}:${port}`;
  }

  /** Whom the owner named gets it, and nobody else, whatever a Contact or a Record-Route says. */
  endpointOf(uri: string): Endpoint {
    const { address, port, sources } = this.settings;
    const parsed = parseSipUri(uri);
    if (typeof parsed === 'string' || (parsed.host !== address && !sources.includes(parsed.host)))
      return { address, port };
    return { address: parsed.host, port: parsed.port ?? DEFAULT_PORT };
  }

  isFrom({ remote }: Flow): boolean {
    return remote.address === this.settings.address || this.settings.sources.includes(remote.address);
  }

  authorization(challenge: SipMessage, method: string, uri: string): string | undefined {
    const { digest } = this.settings;
    if (digest === undefined) return undefined;
    return authorizationLine(challenge, digest, method, uri, this.#environment.services.random);
  }

  /** The fields with which each event about it begins. */
  facts(at: Instant) {
    const { name: trunk, transport, address, port } = this.settings;
    return { at, trunk, transport, address, port };
  }

  /** Begins to ask whether it is there. */
  start(now: Instant): void {
    this.ping(now);
    this.registration?.start(now);
  }

  /** From now on it sends nothing. */
  close(): void {
    this.#isClosed = true;
    this.#environment.services.timers.set(this.#timer, undefined);
    this.registration?.close();
  }

  /** Asks whether it is there; again after a minute while it is up, else after two. */
  ping(now: Instant): void {
    const { services } = this.#environment;
    services.timers.set(this.#timer, after(now, this.state === 'down' ? PING_DOWN : PING_UP));
    // Over UDP the flow is made anew: its address is configured and needs no proof, for half an hour.
    if (this.settings.transport === 'udp') this.#flow = undefined;
    const flow = this.openFlow();
    if (flow === undefined) {
      this.failed({ reason: 'no-socket' }, now);
      return;
    }
    this.#pings += 1;
    const ping = this.#pings;
    const branch = newBranch(services.random);
    const target = this.uriOf('');
    const message = {
      key: `${branch} OPTIONS`,
      text: this.#options(flow, branch, now),
      flow,
      to: this.endpointOf(target),
      toDevice: true,
      isWanted: () => !this.#isClosed,
      onFinal: (status: number, at: Instant) => {
        if (ping === this.#pings && !this.#isClosed) this.#pinged(status, at);
      },
    };
    services.requests.send(message, now);
    services.touch();
  }

  /** CUCM's ping: with no hops left the other end answers itself. */
  #options(flow: Flow, branch: string, now: Instant): string {
    const { services } = this.#environment;
    const { random, settingsRef } = services;
    const host = hostOf(services, flow, this);
    const target = this.uriOf('');
    return (
      `OPTIONS ${target} SIP/2.0\r\nVia: SIP/2.0/${flow.transport.toUpperCase()} ${host}:${flow.local.port};branch=${branch}\r\n` +
      `From: <sip:${host}>;tag=${newTag(random)}\r\nTo: <sip:${this.settings.address}>\r\nDate: ${services.date(now)}\r\n` +
      `Call-ID: ${newCallId(random, host)}\r\nUser-Agent: ${settingsRef.settings.product}\r\nCSeq: 101 OPTIONS\r\n` +
      `Contact: <sip:${host}:${flow.local.port}${flow.transport === 'udp' ? '' : `;transport=${flow.transport}`}>\r\nMax-Forwards: 0\r\nContent-Length: 0\r\n\r\n`
    );
  }

  #pinged(status: number, now: Instant): void {
    if (status <= 0) {
      this.failed({ reason: 'silent' }, now);
      return;
    }
    this.lastAnswer = { status, at: now };
    if (status === 408 || status === 503) {
      this.failed({ reason: 'unavailable', status }, now);
      return;
    }
    if (this.state === 'up') return;
    const wasDown = this.state === 'down';
    this.state = 'up';
    this.since = now;
    this.fault = undefined;
    this.#environment.publish({ type: 'sip.trunk-up', ...this.facts(now), status });
    this.registration?.peerCameUp(now);
    if (!wasDown) return;
    const { services } = this.#environment;
    services.control.linkRestored(this.name as DeviceName, now);
    confirmDialogs([...services.control.legs.of(this.name as DeviceName)], now);
  }

  /** It does not answer, or says that it cannot. */
  failed(fault: TrunkFault, now: Instant): void {
    if (this.#isClosed) return;
    this.#pings += 1; // what was under way says nothing more
    const wasDown = this.state === 'down' && this.fault?.reason === fault.reason;
    this.fault = fault;
    if (wasDown) return;
    const before = this.state;
    if (before !== 'down') this.since = now;
    this.state = 'down';
    const { services, publish } = this.#environment;
    services.timers.set(this.#timer, after(now, PING_DOWN));
    publish({ type: 'sip.trunk-down', ...this.facts(now), fault });
    // Who answers that it takes no calls talks on in those that it has.
    if (before === 'up' && fault.reason !== 'unavailable')
      services.control.linkLost(this.name as DeviceName, now, true);
  }

  /** An INVITE had no answer at all: whether it is there is asked at once. */
  suspect(now: Instant): void {
    if (this.state === 'up') this.ping(now);
  }
}
