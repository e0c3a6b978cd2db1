import { type DeadlineQueue, Queued } from '../core/deadline-queue.js';
import { ProtocolError } from '../core/errors.js';
import type { DeviceName } from '../core/identifiers.js';
import { detectProtocol, FIRST_OCTETS } from '../core/protocol-detection.js';
import { SlidingWindow } from '../core/rate-limit.js';
import { after, type Instant } from '../core/time.js';
import type { TlsPeer } from '../core/tls-peer.js';
import type { DeviceCommand, DeviceRecord, EndReason, Registration, Transport } from '../devices/index.js';
import type { Endpoint, StreamEnd } from '../net/ports.js';
import { type Frame, Framer } from './codec/framer.js';
import type { TextEncoding, Writer } from './codec/writer.js';
import { COMMANDS } from './commands.js';
import { EarlyReports } from './early-reports.js';
import {
  publishIgnored,
  publishLinkClosed,
  publishLinkOpened,
  publishMalformed,
  publishPrompted,
  publishReceived,
  publishSent,
  publishShort,
  publishThrottled,
  publishUnknown,
} from './event-publisher.js';
import type { IgnoredBecause, LinkEnd, StationContext } from './events.js';
import { HANDLERS } from './handlers/index.js';
import { rejectMalformed } from './handlers/registration.js';
import { append, decode, type Fields, type FromServerName, type MessageName } from './messages/catalogue.js';
import { NOTHING_ANNOUNCED } from './negotiation.js';
import type { Prepared } from './prepared-messages.js';
import type { Announced, Handler, OffHookLine, SccpService, Station, StationState } from './station.js';

/** What the server must do with the link after it has written what the session returned. */
export type CloseAction = 'open' | 'end' | 'destroy';

/** What the server knows about a new link. */
export interface LinkInfo {
  readonly link: number;
  readonly remote: Endpoint;
  readonly local: Endpoint;
  readonly transport: Transport;
  readonly peer: TlsPeer | undefined;
}

const DYNAMIC_PROMPTS = 8; // DisplayPromptStatusV2 from this version, where announced (`sccp.md` §5.4)

/**
 * One link with a phone, as a pure machine: octets and the time in, octets out. Holds the framing, the negotiated
 * version and the state of the link; what a message leads to is in `handlers/`. Knows no socket and no clock.
 *
 * It is one object that implements `Station` itself, since there may be 65,000 links, and each further object would be
 * held for every one of them.
 */
export class SccpSession extends Queued implements Station {
  readonly service: SccpService;
  readonly link: number;
  readonly remote: Endpoint;
  readonly local: Endpoint;
  readonly transport: Transport;
  readonly peer: TlsPeer | undefined;
  readonly #deadlines: DeadlineQueue<SccpSession>;
  readonly #out: Writer;
  readonly #framer = new Framer();
  /** For CUCM's own limit: a phone that sends more messages is unregistered (`sccp.md` §1.1 rule 8). */
  readonly #messageRate = new SlidingWindow();
  state: StationState = { kind: 'connected', keepAlives: 0 };
  readonly earlyReports = new EarlyReports();
  tokenAfter: Instant | undefined;
  version = 0;
  texts: TextEncoding = 'latin1';
  announced: Announced = NOTHING_ANNOUNCED;
  closeAction: CloseAction = 'open';
  /** Whole messages wait for this session's next turn. */
  hasMore = false;
  /** What came on this link is being handled: what is written goes out with the answers. */
  #isInTurn = false;
  #messages = 0;
  /** The message that is being handled. */
  #name: MessageName | undefined;
  /** The device that was bound last, for the event of the link's end. */
  #device: DeviceName | undefined;
  /** How events name this link. Made anew after a change of state. */
  #context: StationContext | undefined;

  /** `out` may be shared by sessions, since each turn takes what it has written. */
  constructor(service: SccpService, deadlines: DeadlineQueue<SccpSession>, out: Writer, info: LinkInfo, now: Instant) {
    super();
    this.service = service;
    this.#deadlines = deadlines;
    this.#out = out;
    this.link = info.link;
    this.remote = info.remote;
    this.local = info.local;
    this.transport = info.transport;
    this.peer = info.peer;
    this.#setDeadline(after(now, service.settings.muteWithin));
    publishLinkOpened(service, this, now);
  }

  // ── in and out ────────────────────────────────────────────────────────────────────────────────────────────────

  /** Takes octets that arrived, and returns what to send; empty: nothing. */
  receive(bytes: Buffer, now: Instant): Buffer {
    if (this.state.kind === 'ended') {
      // The link has been ended. A phone that was rejected may still be sending; from others, more octets are too much.
      if (this.state.cause !== 'rejected') this.closeAction = 'destroy';
      return this.#out.take();
    }
    this.#framer.push(bytes);
    return this.proceed(now);
  }

  /** Handles at most `messagesPerTurn` of the messages that arrived, so that one link does not delay the others. */
  proceed(now: Instant): Buffer {
    const { settings } = this.service;
    const most = settings.limits.messagesPerTurn;
    this.#touch(now);
    let taken = 0;
    this.#isInTurn = true;
    try {
      for (; taken < most && !this.#isEnded(); taken += 1) {
        const frame = this.#framer.next();
        if (frame === undefined) break;
        this.#handle(frame, now);
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#endMalformed(error, now);
    } finally {
      this.#isInTurn = false;
    }
    this.#messages += taken;
    this.service.received.messages += taken;
    this.hasMore = taken === most && !this.#isEnded();
    if (taken > 0 && !this.#isEnded()) {
      const { messages, within } = settings.throttle;
      if (this.#messageRate.add(taken, within, now) > messages) this.#endThrottled(now);
    }
    return this.#out.take();
  }

  /** The link has gone, whatever the cause. */
  onClosed(cause: StreamEnd, now: Instant): void {
    const { state, service } = this;
    const { database } = service;
    const station = this.context();
    this.#setState({
      kind: 'ended',
      cause: state.kind === 'ended' || state.kind === 'closing' ? state.cause : 'peer-closed',
    });
    this.#setDeadline(undefined);
    if (state.kind === 'bound') {
      service.calls.lost(state.registration.device, now);
      if (state.commanded === undefined) database.connectionLost(state.registration, now);
      else database.end(state.registration, COMMANDS[state.commanded].followed, now);
    }
    const ending = state.kind === 'ended' || state.kind === 'closing' ? state.cause : endOf(cause);
    publishLinkClosed(service, station, { cause: ending, messages: this.#messages, bytes: this.#firstOctets() }, now);
  }

  /** The first octets of a link that brought no whole message; empty: nothing came, or a message did. */
  #firstOctets(): string {
    return this.#messages > 0 ? '' : this.#framer.rest.toString('hex', 0, FIRST_OCTETS);
  }

  /**
   * The database has ended a registration. Ends the link and returns true if it carried it and has not ended it itself.
   */
  onUnregistered(generation: number, now: Instant): boolean {
    const { state } = this;
    if (state.kind !== 'bound' || state.registration.generation !== generation) return false;
    this.close('ended-elsewhere', now);
    return true;
  }

  /** Returns the octets of a command to the phone; `undefined`: no device is bound. */
  command(command: DeviceCommand, now: Instant): Buffer | undefined {
    const { state } = this;
    if (state.kind !== 'bound') return undefined;
    state.commanded = command;
    this.#setDeadline(after(now, COMMANDS[command].within ?? this.service.settings.closeWithin));
    this.send('ResetMessage', { resetType: COMMANDS[command].resetType }, now);
    return this.#out.take();
  }

  /** Octets in memory of messages that are not complete yet. */
  get kept(): number {
    return this.#framer.kept;
  }

  /**
   * Too many octets are kept, since the phone does not read, or does not complete what it began to send. Drops the
   * link.
   */
  overflow(cause: 'not-reading' | 'unfinished', now: Instant): void {
    this.#drop(cause, 'connection-lost', now);
  }

  /** The server stops: ends the registration and the link. */
  stop(now: Instant): void {
    this.#unbind('stopped', 'shutdown', now);
  }

  /** The session's deadline has come. */
  expire(now: Instant): void {
    const { state } = this;
    switch (state.kind) {
      case 'connected':
        this.close(this.#messages === 0 ? 'mute' : 'silent', now);
        return;
      case 'closing':
        this.close(state.cause, now);
        return;
      case 'ended':
        this.closeAction = 'destroy';
        return;
      case 'bound': {
        const { commanded } = state;
        state.commanded = undefined;
        if (commanded === undefined) return;
        const { ignored } = COMMANDS[commanded];
        if (ignored !== undefined) this.#drop('commanded', ignored, now);
      }
    }
  }

  // ── what handlers may do ──────────────────────────────────────────────────────────────────────────────────────

  context(device?: string): StationContext {
    this.#context ??= this.#describe(undefined);
    return this.state.kind === 'bound' || device === undefined ? this.#context : this.#describe(device);
  }

  send<N extends FromServerName>(name: N, fields: Fields<N>, now: Instant): void {
    const from = this.#out.length;
    append(this.#out, name, fields, this.version, this.texts);
    this.#said(name);
    publishSent(this.service, this.context(), name, this.#out.length - from, fields, this.version, now);
  }

  sendPrepared({ name, frame, fields }: Prepared, now: Instant): void {
    this.#out.reserve(frame.length);
    frame.copy(this.#out.bytes, this.#out.at);
    this.#out.at += frame.length;
    this.#said(name);
    publishSent(this.service, this.context(), name, frame.length, fields, this.version, now);
  }

  prompt(text: string, content: string, offHook: OffHookLine | undefined, now: Instant, seconds = 0): void {
    const dynamic = this.version >= DYNAMIC_PROMPTS && this.announced.dynamicMessages;
    const { line = 0, callReference = 0 } = offHook ?? {};
    const fields = { timeOutValue: seconds, promptStatus: text, lineInstance: line, callReference };
    const name = dynamic ? 'DisplayPromptStatusV2Message' : 'DisplayPromptStatusMessage';
    append(this.#out, name, fields, this.version, this.texts);
    this.#said(name);
    publishPrompted(this.service, this.context(), text, content, offHook, seconds, this.announced.protocolVer, now);
  }

  speak(messages: () => void, now: Instant): void {
    if (this.#isInTurn) {
      messages();
      return;
    }
    if (this.state.kind !== 'bound') return;
    const { length } = this.#out;
    let octets: Buffer;
    this.#isInTurn = true;
    try {
      messages();
    } finally {
      this.#isInTurn = false;
      octets = this.#out.cut(length); // what others wrote before stays theirs
    }
    this.service.deliver(this.link, octets, now);
  }

  ignore(because: IgnoredBecause, now: Instant): void {
    if (this.#name !== undefined) publishIgnored(this.service.bus, this.context(), { name: this.#name, because }, now);
  }

  negotiate(version: number, announced: Announced): void {
    this.version = version;
    this.announced = announced;
    this.texts = announced.utf8 ? 'utf8' : 'latin1';
  }

  bind(registration: Registration, record: DeviceRecord): void {
    this.#device = registration.device;
    if (this.#name !== undefined) this.service.database.facts.heard(registration, this.#name);
    this.#setState({
      kind: 'bound',
      ...{ registration, record },
      timeSent: false,
      ...{ commanded: undefined, shownFeatures: undefined, offHook: undefined },
    });
    this.#setDeadline(undefined); // from now on the database measures its silence
  }

  closeAfterPhone(cause: LinkEnd, now: Instant): void {
    this.#setState({ kind: 'closing', cause });
    this.#setDeadline(after(now, this.service.settings.closeWithin));
  }

  close(cause: LinkEnd, now: Instant): void {
    this.#setState({ kind: 'ended', cause });
    this.closeAction = 'end';
    this.#setDeadline(after(now, this.service.settings.closeWithin));
  }

  // ── one message ───────────────────────────────────────────────────────────────────────────────────────────────

  #handle(frame: Frame, now: Instant): void {
    const { bus } = this.service;
    const message = decode(frame.id, frame.body, this.version, this.texts);
    if (message.type === 'Unknown') {
      publishUnknown(bus, this.context(), frame, now);
      return;
    }
    if (message.type === 'Short') {
      publishShort(bus, this.context(), message, frame.body, now);
      if (message.name === 'RegisterReqMessage') rejectMalformed(this, message.fields, now);
      return;
    }
    const { type: name, fields } = message;
    this.#name = name;
    if (this.state.kind === 'bound') this.service.database.facts.heard(this.state.registration, name);
    publishReceived(this.service, this.context(), name, frame, fields, this.version, now);
    const row = (HANDLERS as Readonly<Record<string, Handler<unknown> | undefined>>)[name];
    if (row === undefined) this.ignore('server-message', now);
    else if (row.requires === 'link') row.handle(this, fields, now);
    else if (this.state.kind === 'bound') row.handle(this, fields, now, this.state);
    else this.ignore(this.state.kind === 'closing' ? 'closing' : 'before-register', now);
  }

  #touch(now: Instant): void {
    const { state } = this;
    if (state.kind === 'bound') this.service.database.touch(state.registration, now);
    else if (state.kind === 'connected') this.#setDeadline(after(now, this.service.settings.standbyPatience));
  }

  #said(name: MessageName): void {
    if (this.state.kind === 'bound') this.service.database.facts.said(this.state.registration, name);
  }

  // ── the end of a link ─────────────────────────────────────────────────────────────────────────────────────────

  #endMalformed(error: ProtocolError, now: Instant): void {
    const { rest } = this.#framer;
    // Only the first octets of a link may be those of another protocol.
    const reason = this.#messages === 0 ? malformedReason(error, rest, this) : error.message;
    publishMalformed(this.service.bus, this.context(), { code: error.code, reason, rest }, now);
    this.#unbind('malformed', 'connection-lost', now);
  }

  #endThrottled(now: Instant): void {
    const { bus, settings } = this.service;
    publishThrottled(bus, this.context(), settings.throttle, now);
    this.#unbind('throttled', 'throttled', now);
  }

  /** Ends the registration for this reason, and closes the link after what was sent. */
  #unbind(cause: LinkEnd, reason: EndReason, now: Instant): void {
    const { state } = this;
    this.close(cause, now);
    if (state.kind === 'bound') this.service.database.end(state.registration, reason, now);
  }

  /** Like `#unbind`, but drops what has not been sent yet. */
  #drop(cause: LinkEnd, reason: EndReason, now: Instant): void {
    this.#unbind(cause, reason, now);
    this.closeAction = 'destroy';
  }

  #isEnded(): boolean {
    return this.state.kind === 'ended';
  }

  #setDeadline(at: Instant | undefined): void {
    this.#deadlines.set(this, at);
  }

  #describe(named: string | undefined): StationContext {
    const { state, link, remote } = this;
    const bound = state.kind === 'bound';
    const device = bound ? state.registration.device : (named ?? this.#device);
    return { link, bound, ...(device === undefined ? {} : { device }), address: remote.address };
  }

  #setState(state: StationState): void {
    if (this.state.kind === 'bound') this.service.lamps.forget(this.link);
    this.state = state;
    this.#context = undefined;
  }
}

const endOf = (cause: StreamEnd): LinkEnd => (cause === 'closed-here' ? 'stopped' : cause);

/** What the other end sends instead of SCCP, if that is known; else what is wrong with the frame. */
const malformedReason = ({ message }: ProtocolError, rest: Buffer, { transport, service }: SccpSession): string => {
  const detected = detectProtocol(rest);
  if (detected === undefined || detected === 'SCCP') return message;
  if (detected !== 'TLS' || transport === 'tls') return `this is ${detected}, not SCCP`;
  const { tls } = service.settings;
  return `this is TLS; ${tls === undefined ? 'sccp.tls is off' : `sccp.tls is port ${tls.port}`}`;
};
