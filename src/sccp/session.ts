// One link with a phone, pure: bytes and time in, bytes out. Owns the framing, the version that was agreed on and where
// the dialogue stands; what a message leads to is said by its row in `conversations/`. Knows no socket and no clock.

import type { Deadlines, Due } from '../core/deadlines.js';
import { ProtocolError } from '../core/errors.js';
import { after, type Instant, minutes } from '../core/time.js';
import type { DeviceCommand, DeviceRecord, EndReason, Registration, Transport } from '../devices/index.js';
import type { Endpoint, StreamEnd } from '../net/ports.js';
import type { Texts, Writer } from './bytes.js';
import {
  append,
  decode,
  definedLength,
  type Fields,
  type FromServerName,
  type MessageName,
  messageNamed,
  type Short,
} from './catalogue.js';
import { ROWS } from './conversations/index.js';
import { rejectMalformed } from './conversations/registration.js';
import type { IgnoredBecause, LinkEnd, MessageFields, StationContext } from './events.js';
import { type Frame, Framer } from './frame.js';
import { NOTHING_ANNOUNCED } from './negotiation.js';
import type { Announced, Bound, LineUse, Row, Service, Standing, Station } from './station.js';
import { Throttle } from './throttle.js';

/** What the server is to do with the link once it has written what the session gave it. */
export type Fate = 'open' | 'end' | 'destroy';

/** What the server knows of a link when it comes up. */
export interface Origin {
  readonly link: number;
  readonly remote: Endpoint;
  readonly transport: Transport;
  readonly certificateNames: readonly string[];
}

const SHOWN_BYTES = 64;
const DYNAMIC_PROMPTS = 8; // DisplayPromptStatusV2 from this version, where announced (`sccp.md` §5.4)
const HEAD = 12;

export class SccpSession implements Station, Due {
  dueAt: Instant | undefined = undefined;
  queuedAt: Instant | undefined = undefined;
  readonly service: Service;
  readonly link: number;
  readonly remote: Endpoint;
  readonly transport: Transport;
  readonly certificateNames: readonly string[];
  readonly #deadlines: Deadlines<SccpSession>;
  readonly #out: Writer;
  readonly #framer = new Framer();
  readonly #throttle = new Throttle();
  standing: Standing = { is: 'connected' };
  tokenAfter: Instant | undefined;
  version = 0;
  texts: Texts = 'latin1';
  announced: Announced = NOTHING_ANNOUNCED;
  fate: Fate = 'open';
  /** Whole messages are waiting for this session's next turn. */
  waiting = false;
  #messages = 0;
  /** The message in hand. */
  #name: MessageName | undefined;
  #id = 0;

  /** `out` may be shared by sessions, since each turn takes what it wrote. */
  constructor(service: Service, deadlines: Deadlines<SccpSession>, out: Writer, origin: Origin, now: Instant) {
    this.service = service;
    this.#deadlines = deadlines;
    this.#out = out;
    this.link = origin.link;
    this.remote = origin.remote;
    this.transport = origin.transport;
    this.certificateNames = origin.certificateNames;
    this.#await(after(now, service.settings.muteWithin));
    if (service.journal.listens('sccp.link-opened'))
      service.journal.publish({
        type: 'sccp.link-opened',
        at: now,
        station: this.context(),
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
    if (taken > 0 && !this.#isOver() && this.#throttle.exceeds(taken, settings.throttle, now)) this.#throttled(now);
    return this.#out.take();
  }

  /** The link has gone, for whatever reason. */
  closed(cause: StreamEnd, now: Instant): void {
    const { standing } = this;
    const { database, journal } = this.service;
    const station = this.context();
    this.standing = {
      is: 'over',
      cause: standing.is === 'over' || standing.is === 'closing' ? standing.cause : 'peer-closed',
    };
    this.#await(undefined);
    if (standing.is === 'bound') {
      if (standing.commanded === undefined) database.lost(standing.registration, now);
      else database.end(standing.registration, COMMANDS[standing.commanded].followed, now);
    }
    if (journal.listens('sccp.link-closed'))
      journal.publish({
        type: 'sccp.link-closed',
        at: now,
        station,
        cause: standing.is === 'over' || standing.is === 'closing' ? standing.cause : endOf(cause),
        messages: this.#messages,
      });
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
    this.#await(after(now, command === 'apply' ? APPLIED_WITHIN : this.service.settings.closeWithin));
    this.send('ResetMessage', { resetType: COMMANDS[command].resetType }, now);
    return this.#out.take();
  }

  /** Octets pile up because the phone does not read. */
  overflow(now: Instant): void {
    this.#drop('not-reading', 'connection-lost', now);
  }

  /** The server stops. */
  stop(now: Instant): void {
    this.end('stopped', now);
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
    const { standing, link, remote } = this;
    const bound = standing.is === 'bound';
    return {
      link,
      bound,
      device: bound ? standing.registration.device : device,
      address: remote.address,
      port: remote.port,
    };
  }

  send<N extends FromServerName>(name: N, fields: Fields<N>, now: Instant): void {
    const from = this.#out.length;
    append(this.#out, name, fields, this.version, this.texts);
    if (this.service.journal.listens('sccp.sent'))
      this.#tellSent(name, this.#out.length - from, fields as MessageFields, now);
  }

  sendPrepared(frame: Buffer, now: Instant): void {
    this.#out.reserve(frame.length);
    frame.copy(this.#out.bytes, this.#out.at);
    this.#out.at += frame.length;
    if (!this.service.journal.listens('sccp.sent')) return;
    const sent = decode(frame.readUInt32LE(HEAD - 4), frame.subarray(HEAD), this.version, this.texts);
    if ('fields' in sent && sent.type !== 'Short')
      this.#tellSent(sent.type, frame.length, sent.fields as MessageFields, now);
  }

  sendOwn<N extends FromServerName>(
    bound: Bound,
    name: N,
    instance: number,
    make: () => Fields<N>,
    now: Instant,
  ): void {
    this.sendPrepared(this.service.answers.own(bound.record.configured, this, name, instance, make), now);
  }

  prompt(text: string, words: string, use: LineUse | undefined, now: Instant): void {
    const dynamic = this.version >= DYNAMIC_PROMPTS && this.announced.dynamicMessages;
    const line = use?.line ?? 0;
    const callReference = use?.callReference ?? 0;
    const fields = { timeOutValue: 0, promptStatus: text, lineInstance: line, callReference };
    this.send(dynamic ? 'DisplayPromptStatusV2Message' : 'DisplayPromptStatusMessage', fields, now);
    const { journal } = this.service;
    if (journal.listens('sccp.prompted'))
      journal.publish({
        type: 'sccp.prompted',
        at: now,
        station: this.context(),
        timeOut: 0,
        status: text,
        content: words,
        line,
        callReference,
        protocolVer: this.announced.protocolVer,
      });
  }

  ignore(because: IgnoredBecause, now: Instant): void {
    const { journal } = this.service;
    if (this.#name === undefined || !journal.listens('sccp.ignored')) return;
    journal.publish({
      type: 'sccp.ignored',
      at: now,
      station: this.context(),
      name: this.#name,
      id: this.#id,
      because,
    });
  }

  negotiate(version: number, announced: Announced): void {
    this.version = version;
    this.announced = announced;
    this.texts = announced.utf8 ? 'utf8' : 'latin1';
  }

  bind(registration: Registration, record: DeviceRecord): void {
    this.standing = { is: 'bound', registration, record, dated: false, commanded: undefined, use: undefined };
    this.#await(undefined); // from here on the database watches over its silence
  }

  leave(cause: LinkEnd, now: Instant): void {
    this.standing = { is: 'closing', cause };
    this.#await(after(now, this.service.settings.closeWithin));
  }

  end(cause: LinkEnd, now: Instant): void {
    this.standing = { is: 'over', cause };
    this.fate = 'end';
    this.#await(after(now, this.service.settings.closeWithin));
  }

  // ── one message ───────────────────────────────────────────────────────────────────────────────────────────────

  #take(frame: Frame, now: Instant): void {
    const { journal } = this.service;
    const message = decode(frame.id, frame.body, this.version, this.texts);
    this.#id = frame.id;
    if (message.type === 'Unknown') {
      this.#name = undefined;
      if (journal.listens('sccp.unknown-message'))
        journal.publish({
          type: 'sccp.unknown-message',
          at: now,
          station: this.context(),
          id: frame.id,
          octets: frame.body.length + 4,
          bytes: frame.body.toString('hex', 0, SHOWN_BYTES),
        });
      return;
    }
    if (message.type === 'Short') {
      this.#short(message, frame, now);
      return;
    }
    const { type: name } = message;
    this.#name = name;
    if (journal.listens('sccp.received'))
      journal.publish({
        type: 'sccp.received',
        at: now,
        station: this.context(),
        name,
        id: frame.id,
        octets: frame.body.length + 4,
        defined: definedLength(name, this.version),
        version: this.version,
        fields: message.fields as MessageFields,
        names: namesIn(name, this.version, message.fields as MessageFields),
      });
    const row = (ROWS as Readonly<Record<string, Row<unknown> | undefined>>)[name];
    if (row === undefined) this.ignore('server-message', now);
    else if (row.needs === 'link') row.act(this, message.fields, now);
    else if (this.standing.is === 'bound') row.act(this, message.fields, now, this.standing);
    else this.ignore(this.standing.is === 'closing' ? 'closing' : 'before-register', now);
  }

  #short({ name, missing, fields }: Short, frame: Frame, now: Instant): void {
    this.#name = name;
    this.#tellMalformed('SHORT_MESSAGE', `${name} ends before ${missing}`, frame.body, false, now);
    if (name === 'RegisterReqMessage') rejectMalformed(this, fields, now);
  }

  #live(now: Instant): void {
    const { standing } = this;
    if (standing.is === 'bound') this.service.database.alive(standing.registration, now);
    else if (standing.is === 'connected') this.#await(after(now, this.service.settings.standbyPatience));
  }

  // ── the end of a link ─────────────────────────────────────────────────────────────────────────────────────────

  #malformed(error: ProtocolError, now: Instant): void {
    this.#tellMalformed(error.code, error.message, this.#framer.rest, true, now);
    this.#unbind('malformed', 'connection-lost', now);
  }

  #throttled(now: Instant): void {
    const { journal, settings } = this.service;
    if (journal.listens('sccp.throttled'))
      journal.publish({
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

  #tellSent(name: MessageName, octets: number, fields: MessageFields, now: Instant): void {
    this.service.journal.publish({
      type: 'sccp.sent',
      at: now,
      station: this.context(),
      name,
      id: messageNamed(name).id,
      octets: octets - 8,
      version: this.version,
      fields,
      names: namesIn(name, this.version, fields),
    });
  }

  #tellMalformed(code: string, reason: string, bytes: Buffer, fatal: boolean, now: Instant): void {
    const { journal } = this.service;
    if (!journal.listens('sccp.malformed')) return;
    journal.publish({
      type: 'sccp.malformed',
      at: now,
      station: this.context(),
      code,
      reason,
      fatal,
      bytes: bytes.toString('hex', 0, SHOWN_BYTES),
    });
  }
}

/** What the numbers of a message are called, where they have names. */
const namesIn = (message: MessageName, version: number, fields: MessageFields): Readonly<Record<string, string>> => {
  const names: Record<string, string> = {};
  for (const { name, codec } of messageNamed(message).layoutAt(version).parts.list) {
    const value = fields[name];
    const word = typeof value === 'number' ? codec.names?.nameOf(value) : undefined;
    if (word !== undefined) names[name] = word;
  }
  return names;
};

/** A phone that applies its configuration fetches it first, and may find nothing to do. */
const APPLIED_WITHIN = minutes(1);

interface CommandRow {
  readonly resetType: number;
  /** Why the registration ends where the phone follows, and where it does not; absent: then it may stay. */
  readonly followed: EndReason;
  readonly ignored: EndReason | undefined;
}

const COMMANDS: Readonly<Record<DeviceCommand, CommandRow>> = {
  reset: { resetType: 1, followed: 'reset', ignored: 'no-response' },
  restart: { resetType: 2, followed: 'reset', ignored: 'no-response' },
  apply: { resetType: 3, followed: 'applied', ignored: undefined },
};

const endOf = (cause: StreamEnd): LinkEnd => (cause === 'closed-here' ? 'stopped' : cause);
