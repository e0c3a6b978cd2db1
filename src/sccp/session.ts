// One link with a phone, pure: bytes and time in, bytes out. Owns the framing, the version that was agreed on and where
// the dialogue stands; what a message leads to is said by its row in `conversations/`. Knows no socket and no clock.

import { type DeadlineQueue, Queued } from '../core/deadline-queue.js';
import { ProtocolError } from '../core/errors.js';
import type { DeviceName } from '../core/identifiers.js';
import { detectProtocol } from '../core/protocol-detection.js';
import { SlidingWindow } from '../core/rate-limit.js';
import { after, type Instant } from '../core/time.js';
import type { DeviceCommand, DeviceRecord, EndReason, Registration, Transport } from '../devices/index.js';
import type { Endpoint, StreamEnd } from '../net/ports.js';
import { type Frame, Framer } from './codec/framer.js';
import type { Texts, Writer } from './codec/writer.js';
import { COMMANDS } from './commands.js';
import { EarlyReports } from './early-reports.js';
import { tellBroken, tellPrompted, tellReceived, tellSent, tellShort, tells, tellUnknown } from './event-publisher.js';
import type { IgnoredBecause, LinkEnd, StationContext } from './events.js';
import { HANDLERS } from './handlers/index.js';
import { rejectMalformed } from './handlers/registration.js';
import { append, decode, type Fields, type FromServerName, type MessageName } from './messages/catalogue.js';
import { NOTHING_ANNOUNCED } from './negotiation.js';
import type { Prepared } from './prepared-messages.js';
import type { Announced, Handler, LineUse, LinkState, Service, Station } from './station.js';

/** What the server is to do with the link once it has written what the session gave it. */
export type CloseAction = 'open' | 'end' | 'destroy';

/** What the server knows of a link when it comes up. */
export interface LinkInfo {
  readonly link: number;
  readonly remote: Endpoint;
  readonly transport: Transport;
  readonly certificateNames: readonly string[];
}

const DYNAMIC_PROMPTS = 8; // DisplayPromptStatusV2 from this version, where announced (`sccp.md` §5.4)

export class SccpSession extends Queued implements Station {
  readonly service: Service;
  readonly link: number;
  readonly remote: Endpoint;
  readonly transport: Transport;
  readonly certificateNames: readonly string[];
  readonly #deadlines: DeadlineQueue<SccpSession>;
  readonly #out: Writer;
  readonly #framer = new Framer();
  /** CUCM's own limit: a phone that sends more messages than this is unregistered (`sccp.md` §1.1 rule 8). */
  readonly #messageRate = new SlidingWindow();
  standing: LinkState = { is: 'connected' };
  readonly unclaimed = new EarlyReports();
  tokenAfter: Instant | undefined;
  version = 0;
  texts: Texts = 'latin1';
  announced: Announced = NOTHING_ANNOUNCED;
  fate: CloseAction = 'open';
  /** Whole messages are waiting for this session's next turn. */
  waiting = false;
  #messages = 0;
  /** The message in hand. */
  #name: MessageName | undefined;
  /** The last that was bound to it: what its end is about. */
  #device: DeviceName | undefined;
  /** How facts of this link name it: made anew when its standing changes. */
  #context: StationContext | undefined;

  /** `out` may be shared by sessions, since each turn takes what it wrote. */
  constructor(service: Service, deadlines: DeadlineQueue<SccpSession>, out: Writer, origin: LinkInfo, now: Instant) {
    super();
    this.service = service;
    this.#deadlines = deadlines;
    this.#out = out;
    this.link = origin.link;
    this.remote = origin.remote;
    this.transport = origin.transport;
    this.certificateNames = origin.certificateNames;
    this.#await(after(now, service.settings.muteWithin));
    if (tells(service, 'sccp.link-opened', now))
      service.bus.publish({
        type: 'sccp.link-opened',
        at: now,
        station: this.context(),
        port: this.remote.port,
        transport: this.transport,
      });
  }

  // ── in and out ────────────────────────────────────────────────────────────────────────────────────────────────

  /** Takes what came and returns what to send; empty: nothing. */
  receive(bytes: Buffer, now: Instant): Buffer {
    if (this.standing.is === 'over') {
      // Its end is on its way. A phone that is still talking is only late; anything else has had its answer.
      if (this.standing.cause !== 'rejected') this.fate = 'destroy';
      return this.#out.take();
    }
    this.#framer.push(bytes);
    return this.proceed(now);
  }

  /** Goes on with what came: at most `messagesPerTurn`, so that one link does not keep the others waiting. */
  proceed(now: Instant): Buffer {
    const { settings } = this.service;
    const most = settings.limits.messagesPerTurn;
    this.#live(now);
    let taken = 0;
    try {
      for (; taken < most && !this.#isOver(); taken += 1) {
        const frame = this.#framer.next();
        if (frame === undefined) break;
        this.#take(frame, now);
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#malformed(error, now);
    }
    this.#messages += taken;
    this.waiting = taken === most && !this.#isOver();
    if (taken > 0 && !this.#isOver()) {
      const { messages, within } = settings.throttle;
      if (this.#messageRate.add(taken, within, now) > messages) this.#throttled(now);
    }
    return this.#out.take();
  }

  /** The link has gone, for whatever reason. */
  closed(cause: StreamEnd, now: Instant): void {
    const { standing, service } = this;
    const { database } = service;
    const station = this.context();
    this.#stand({
      is: 'over',
      cause: standing.is === 'over' || standing.is === 'closing' ? standing.cause : 'peer-closed',
    });
    this.#await(undefined);
    if (standing.is === 'bound') {
      if (standing.commanded === undefined) database.connectionLost(standing.registration, now);
      else database.end(standing.registration, COMMANDS[standing.commanded].followed, now);
    }
    const ending = standing.is === 'over' || standing.is === 'closing' ? standing.cause : endOf(cause);
    const { bus } = service;
    // An end in good order is a step among others; any other is told whatever comes.
    if (ending === 'unregistered' ? tells(service, 'sccp.link-closed', now) : bus.hasListener('sccp.link-closed'))
      bus.publish({ type: 'sccp.link-closed', at: now, station, cause: ending, messages: this.#messages });
  }

  /** The database ended a registration; whether this link carried it and did not end it itself. */
  unregistered(generation: number, now: Instant): boolean {
    const { standing } = this;
    if (standing.is !== 'bound' || standing.registration.generation !== generation) return false;
    this.end('ended-elsewhere', now);
    return true;
  }

  /** Sends the phone a command; `false`: there is none to send it to. */
  command(command: DeviceCommand, now: Instant): Buffer | undefined {
    const { standing } = this;
    if (standing.is !== 'bound') return undefined;
    standing.commanded = command;
    this.#await(after(now, COMMANDS[command].within ?? this.service.settings.closeWithin));
    this.send('ResetMessage', { resetType: COMMANDS[command].resetType }, now);
    return this.#out.take();
  }

  /** Octets held in memory of messages that have no end yet. */
  get kept(): number {
    return this.#framer.kept;
  }

  /** Octets pile up because the phone does not read, or does not end what it began. */
  overflow(cause: 'not-reading' | 'unfinished', now: Instant): void {
    this.#drop(cause, 'connection-lost', now);
  }

  /** The server stops, and with it what is registered here. */
  stop(now: Instant): void {
    this.#unbind('stopped', 'shutdown', now);
  }

  /** The session's deadline has come. */
  expire(now: Instant): void {
    const { standing } = this;
    switch (standing.is) {
      case 'connected':
        this.end(this.#messages === 0 ? 'mute' : 'silent', now);
        return;
      case 'closing':
        this.end(standing.cause, now);
        return;
      case 'over':
        this.fate = 'destroy';
        return;
      case 'bound': {
        const { commanded } = standing;
        standing.commanded = undefined;
        if (commanded === undefined) return;
        const { ignored } = COMMANDS[commanded];
        if (ignored !== undefined) this.#drop('commanded', ignored, now);
      }
    }
  }

  // ── what rows may do ──────────────────────────────────────────────────────────────────────────────────────────

  context(device?: string): StationContext {
    this.#context ??= this.#describe(undefined);
    return this.standing.is === 'bound' || device === undefined ? this.#context : this.#describe(device);
  }

  send<N extends FromServerName>(name: N, fields: Fields<N>, now: Instant): void {
    const from = this.#out.length;
    append(this.#out, name, fields, this.version, this.texts);
    tellSent(this.service, this.context(), name, this.#out.length - from, fields, this.version, now);
  }

  sendPrepared({ name, frame, fields }: Prepared, now: Instant): void {
    this.#out.reserve(frame.length);
    frame.copy(this.#out.bytes, this.#out.at);
    this.#out.at += frame.length;
    tellSent(this.service, this.context(), name, frame.length, fields, this.version, now);
  }

  prompt(text: string, words: string, use: LineUse | undefined, now: Instant): void {
    const dynamic = this.version >= DYNAMIC_PROMPTS && this.announced.dynamicMessages;
    const { line = 0, callReference = 0 } = use ?? {};
    const fields = { timeOutValue: 0, promptStatus: text, lineInstance: line, callReference };
    const name = dynamic ? 'DisplayPromptStatusV2Message' : 'DisplayPromptStatusMessage';
    append(this.#out, name, fields, this.version, this.texts);
    tellPrompted(this.service, this.context(), text, words, use, this.announced.protocolVer, now);
  }

  ignore(because: IgnoredBecause, now: Instant): void {
    const { bus } = this.service;
    if (this.#name === undefined || !bus.hasListener('sccp.ignored')) return;
    bus.publish({
      type: 'sccp.ignored',
      at: now,
      station: this.context(),
      name: this.#name,
      because,
    });
  }

  negotiate(version: number, announced: Announced): void {
    this.version = version;
    this.announced = announced;
    this.texts = announced.utf8 ? 'utf8' : 'latin1';
  }

  bind(registration: Registration, record: DeviceRecord): void {
    this.#device = registration.device;
    this.#stand({ is: 'bound', registration, record, dated: false, commanded: undefined, use: undefined });
    this.#await(undefined); // from here on the database watches over its silence
  }

  leave(cause: LinkEnd, now: Instant): void {
    this.#stand({ is: 'closing', cause });
    this.#await(after(now, this.service.settings.closeWithin));
  }

  end(cause: LinkEnd, now: Instant): void {
    this.#stand({ is: 'over', cause });
    this.fate = 'end';
    this.#await(after(now, this.service.settings.closeWithin));
  }

  // ── one message ───────────────────────────────────────────────────────────────────────────────────────────────

  #take(frame: Frame, now: Instant): void {
    const { bus } = this.service;
    const message = decode(frame.id, frame.body, this.version, this.texts);
    if (message.type === 'Unknown') {
      tellUnknown(bus, this.context(), frame, now);
      return;
    }
    if (message.type === 'Short') {
      const { name, missing, fields } = message;
      tellShort(bus, this.context(), name, missing, frame.body, now);
      if (name === 'RegisterReqMessage') rejectMalformed(this, fields, now);
      return;
    }
    const { type: name, fields } = message;
    this.#name = name;
    tellReceived(this.service, this.context(), name, frame, fields, this.version, now);
    const row = (HANDLERS as Readonly<Record<string, Handler<unknown> | undefined>>)[name];
    if (row === undefined) this.ignore('server-message', now);
    else if (row.requires === 'link') row.handle(this, fields, now);
    else if (this.standing.is === 'bound') row.handle(this, fields, now, this.standing);
    else this.ignore(this.standing.is === 'closing' ? 'closing' : 'before-register', now);
  }

  #live(now: Instant): void {
    const { standing } = this;
    if (standing.is === 'bound') this.service.database.touch(standing.registration, now);
    else if (standing.is === 'connected') this.#await(after(now, this.service.settings.standbyPatience));
  }

  // ── the end of a link ─────────────────────────────────────────────────────────────────────────────────────────

  #malformed(error: ProtocolError, now: Instant): void {
    const { rest } = this.#framer;
    const told = { code: error.code, reason: this.#whyBroken(error, rest) };
    tellBroken(this.service.bus, this.context(), told, rest, now);
    this.#unbind('malformed', 'connection-lost', now);
  }

  /** What the other end speaks where it is not SCCP, if that is known; else what is wrong with the frame. */
  #whyBroken({ message }: ProtocolError, rest: Buffer): string {
    const spoken = this.#messages === 0 ? detectProtocol(rest) : undefined;
    if (spoken === undefined || spoken === 'SCCP') return message;
    if (spoken !== 'TLS' || this.transport === 'tls') return `this is ${spoken}, not SCCP`;
    const { tls } = this.service.settings;
    return `this is TLS; ${tls === undefined ? 'sccp.tls is off' : `sccp.tls is port ${tls.port}`}`;
  }

  #throttled(now: Instant): void {
    const { bus, settings } = this.service;
    if (bus.hasListener('sccp.throttled'))
      bus.publish({
        type: 'sccp.throttled',
        at: now,
        station: this.context(),
        messages: settings.throttle.messages,
        seconds: settings.throttle.within / 1000,
      });
    this.#unbind('throttled', 'throttled', now);
  }

  /** Ends the registration for this reason, and the link after what was sent has left. */
  #unbind(cause: LinkEnd, reason: EndReason, now: Instant): void {
    const { standing } = this;
    this.end(cause, now);
    if (standing.is === 'bound') this.service.database.end(standing.registration, reason, now);
  }

  /** As `#unbind`, and drops what has not left. */
  #drop(cause: LinkEnd, reason: EndReason, now: Instant): void {
    this.#unbind(cause, reason, now);
    this.fate = 'destroy';
  }

  #isOver(): boolean {
    return this.standing.is === 'over';
  }

  #await(at: Instant | undefined): void {
    this.#deadlines.set(this, at);
  }

  #describe(named: string | undefined): StationContext {
    const { standing, link, remote } = this;
    const bound = standing.is === 'bound';
    const device = bound ? standing.registration.device : (named ?? this.#device);
    return { link, bound, ...(device === undefined ? {} : { device }), address: remote.address };
  }

  #stand(standing: LinkState): void {
    this.standing = standing;
    this.#context = undefined;
  }
}

const endOf = (cause: StreamEnd): LinkEnd => (cause === 'closed-here' ? 'stopped' : cause);
