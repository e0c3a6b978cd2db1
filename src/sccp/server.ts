import type { LegSupplier, LineStates } from '../calls/index.js';
import { DeadlineQueue } from '../core/deadline-queue.js';
import { DeadlineTimer, type HasDeadlines } from '../core/deadline-timer.js';
import type { Publisher } from '../core/event-bus.js';
import type { DeviceName } from '../core/identifiers.js';
import { PerSecondBudget, ReportOncePerSecond, TokenBucket } from '../core/rate-limit.js';
import type { Clock, Duration, Instant } from '../core/time.js';
import {
  type CommandReason,
  DEVICE_CONFIGURED,
  type DeviceCommand,
  type DeviceDatabase,
  type DeviceEvent,
  type DeviceMessages,
  type DeviceUnregistered,
  type Transport,
} from '../devices/index.js';
import type {
  Endpoint,
  KeptOctets,
  LinkLimit,
  Random,
  StreamEnd,
  StreamHandler,
  StreamLink,
  StreamListenOptions,
  StreamNetwork,
  StreamServer,
} from '../net/ports.js';
import { BusyLamps } from './busy-lamps.js';
import { SccpLegSupplier } from './calls/leg-supplier.js';
import { noCalls } from './calls/no-calls.js';
import { type Calling, StationCalls } from './calls/station-calls.js';
import { Writer } from './codec/writer.js';
import type { SccpEvent } from './events.js';
import { standsBy } from './handlers/keepalive.js';
import { showChangedMessages } from './message-lamps.js';
import { PreparedMessages } from './prepared-messages.js';
import { SccpSession } from './session.js';
import type { SccpSettings } from './settings.js';
import type { SccpService } from './station.js';
import { type UserDataAnswer, UserDataRequests } from './user-data.js';

/**
 * What the server uses of the event bus: it publishes its events, and listens for beginnings and ends of registrations, for
 * changes of devices and for waiting messages.
 */
export interface SccpEventBus extends Publisher<SccpEvent> {
  on<T extends DeviceEvent['type']>(type: T, listener: (event: Extract<DeviceEvent, { type: T }>) => void): () => void;
}

/** A port that the server listens on. */
export interface SccpListener {
  readonly transport: Transport;
  readonly local: Endpoint;
}

/** What an `SccpServer` is made of. */
export interface SccpServerDependencies {
  readonly network: StreamNetwork;
  readonly clock: Clock;
  readonly random: Random;
  readonly database: DeviceDatabase;
  readonly bus: SccpEventBus;
  readonly lineStates: LineStates;
  /** What calls are made with; unless given, no calls are possible. */
  readonly calling?: Calling | undefined;
}

const OUTPUT_BYTES = 64 * 1024;
const FIRST_CALL_REFERENCES = 0x1000000; // large numbers, as CallManager's, so that a trace's reader does not take them for lines

interface OpenLink {
  readonly session: SccpSession;
  readonly link: StreamLink;
}

/**
 * The SCCP server: accepts links on its ports, hands octets to a session for each link, and writes and closes as the
 * session says, once per turn. What messages lead to is in `session.ts` and `handlers/`.
 */
export class SccpServer implements HasDeadlines {
  readonly #network: StreamNetwork;
  readonly #clock: Clock;
  readonly #database: DeviceDatabase;
  readonly #bus: SccpEventBus;
  readonly #deadlines = new DeadlineQueue<SccpSession>();
  readonly #timer: DeadlineTimer;
  readonly #callTimer: DeadlineTimer | undefined;
  readonly #out = new Writer(OUTPUT_BYTES);
  readonly #links = new Map<number, OpenLink>();
  readonly #prepared: PreparedMessages;
  readonly #tokens: TokenBucket;
  readonly #service: SccpService;
  #settings: SccpSettings;
  #servers: readonly { readonly transport: Transport; readonly server: StreamServer }[] = [];
  #lastLink = 0;
  #lastCallReference: number;
  #subscriptions: readonly (() => void)[] = [];
  /** Devices that auto-registration has just made. Their phones booted without a file of their own. */
  readonly #autoRegistered = new Set<DeviceName>();
  readonly #refusedLinks = new ReportOncePerSecond();
  /** Makes the called legs of the phones that are registered here; `undefined`: no calls are possible. */
  readonly legSupplier: LegSupplier | undefined;

  constructor(
    settings: SccpSettings,
    { network, clock, random, database, bus, lineStates, calling }: SccpServerDependencies,
  ) {
    this.#settings = settings;
    this.#network = network;
    this.#clock = clock;
    this.#database = database;
    this.#bus = bus;
    this.#prepared = new PreparedMessages(settings);
    this.#tokens = new TokenBucket(settings.tokens.perSecond, settings.tokens.burst);
    this.#lastCallReference = FIRST_CALL_REFERENCES + random.below(FIRST_CALL_REFERENCES);
    this.#timer = new DeadlineTimer(this, clock);
    const calls = calling === undefined ? undefined : new StationCalls(calling);
    const current = (): SccpSettings => this.#settings;
    this.#service = {
      get settings() {
        return current();
      },
      database,
      clock,
      bus,
      traceBudget: new PerSecondBudget(
        () => current().tracedPerSecond,
        (messages, at) => {
          if (bus.hasListener('sccp.untraced')) bus.publish({ type: 'sccp.untraced', at, messages });
        },
      ),
      tokens: this.#tokens,
      received: { messages: 0 },
      prepared: this.#prepared,
      calls: calls ?? noCalls,
      userData: new UserDataRequests(clock),
      lamps: new BusyLamps(lineStates),
      stationOf: (link) => this.#links.get(link)?.session,
      deliver: (link, octets, at) => this.#deliver(link, octets, at),
      nextCallReference: () => ++this.#lastCallReference,
    };
    if (calls !== undefined) {
      this.legSupplier = new SccpLegSupplier(this.#service, calls);
      this.#callTimer = new DeadlineTimer(calls, clock);
      calls.onEarlierDeadline(() => this.#callTimer?.rearm());
    }
  }

  /** The ports that it listens on, once it is open. */
  get listeners(): readonly SccpListener[] {
    return this.#servers.map(({ transport, server }) => ({ transport, local: server.local }));
  }

  /** How many links there are now, standby links included. */
  get links(): number {
    return this.#links.size;
  }

  /** How many of them are kept by phones that are registered with another node, and have this one as standby. */
  get standbyLinks(): number {
    let count = 0;
    for (const { session } of this.#links.values()) if (standsBy(session.state)) count += 1;
    return count;
  }

  /** Messages that came in since the start. */
  get messages(): number {
    return this.#service.received.messages;
  }

  /** Rejects with a `NodeJS.ErrnoException` if an address or port is not available; then nothing is open. */
  async open(): Promise<void> {
    const { address, port, tls, limits } = this.#settings;
    const common = {
      address,
      maxLinks: limits.links,
      maxLinksPerSource: limits.linksPerSource,
      onRefused: (remote: Endpoint, limit: LinkLimit) => this.#onRefused(remote, limit),
    };
    this.#servers = [await this.#listen('tcp', { ...common, port })];
    if (tls !== undefined) {
      try {
        const secure = await this.#listen('tls', { ...common, port: tls.port, tls: tls.identity });
        this.#servers = [...this.#servers, secure];
      } catch (error) {
        await this.close();
        throw error;
      }
    }
    this.#subscriptions = [
      this.#bus.on('device.unregistered', (event) => this.#onUnregistered(event)),
      this.#bus.on('device.auto-registered', ({ device, protocol }) => {
        if (protocol === 'SCCP') this.#autoRegistered.add(device);
      }),
      this.#bus.on('device.registered', ({ device, at }) => this.#onRegistered(device, at)),
      this.#bus.on('device.messages', (event) => this.#onMessages(event)),
      ...DEVICE_CONFIGURED.map((type) => this.#bus.on(type, ({ device, at }) => this.#onChanged(device, at))),
    ];
  }

  /** Ends every link; resolves when all have gone. */
  async close(): Promise<void> {
    for (const stop of this.#subscriptions) stop();
    this.#timer.stop();
    this.#callTimer?.stop();
    this.#service.userData.close();
    const now = this.#clock.now();
    for (const { session } of this.#links.values()) session.stop(now);
    const servers = this.#servers;
    this.#servers = [];
    await Promise.all(servers.map(({ server }) => server.close()));
  }

  /** Takes other settings, effective at once. Addresses, ports and bounds on links stay until the next `open`. */
  apply(settings: SccpSettings): void {
    this.#settings = settings;
    this.#prepared.apply(settings);
    this.#tokens.setRate(settings.tokens.perSecond, settings.tokens.burst);
  }

  /** Sends a device the protocol's command. `false`: it is not registered here. */
  command(device: string, command: DeviceCommand, because?: CommandReason): boolean {
    const registration = this.#database.byName(device)?.registration;
    const open = registration?.protocol === 'SCCP' ? this.#links.get(registration.link) : undefined;
    if (open === undefined) return false;
    const now = this.#clock.now();
    const bytes = open.session.command(command, now);
    if (bytes === undefined) return false;
    this.#database.recordCommand(device, command, now, because);
    this.#settle(open, bytes, now);
    return true;
  }

  /** Sends an object to the screen of a device. Resolves with the phone's answer; `undefined`: it is not registered here. */
  async push(device: string, object: string, now: Instant): Promise<UserDataAnswer | undefined> {
    const registration = this.#database.byName(device)?.registration;
    const open = registration?.protocol === 'SCCP' ? this.#links.get(registration.link) : undefined;
    if (open?.session.state.kind !== 'bound') return undefined;
    return this.#service.userData.send(open.session, object, now);
  }

  nextDeadline(): Instant | undefined {
    return this.#deadlines.next();
  }

  expire(now: Instant): void {
    this.#deadlines.expire(now, (session) => {
      const open = this.#links.get(session.link);
      if (open === undefined) return;
      session.expire(now);
      this.#settle(open, undefined, now);
    });
  }

  /** Moves the deadlines of links that await a message, or their end, from the phone. */
  postpone(span: Duration): void {
    this.#deadlines.postpone(span);
  }

  async #listen(
    transport: Transport,
    options: StreamListenOptions,
  ): Promise<{ readonly transport: Transport; readonly server: StreamServer }> {
    return { transport, server: await this.#network.listen(options, (link) => this.#accept(link, transport)) };
  }

  #accept(link: StreamLink, transport: Transport): StreamHandler {
    const now = this.#clock.now();
    const number = ++this.#lastLink;
    const { remote, local } = link;
    const info = { link: number, remote, local, transport, peer: link.peer };
    const session = new SccpSession(this.#service, this.#deadlines, this.#out, info, now);
    const open = { session, link };
    this.#links.set(number, open);
    this.#timer.rearm();
    return {
      received: (bytes) => this.#turn(open, (at) => session.receive(bytes, at)),
      overdrawn: (kept) => this.#onOverdrawn(open, kept),
      closed: (cause) => this.#onClosed(open, cause),
    };
  }

  #turn(open: OpenLink, take: (now: Instant) => Buffer): void {
    const now = this.#clock.now();
    const { session, link } = open;
    let bytes: Buffer;
    try {
      bytes = take(now);
    } catch (error) {
      this.#fail(open, error, now);
      return;
    }
    this.#settle(open, bytes, now);
    link.keeps(session.kept);
    if (!session.hasMore || session.closeAction !== 'open') return;
    // More messages came than one turn takes: serve the other links before going on.
    link.pause();
    this.#clock.callAt(now, () => {
      if (!this.#links.has(session.link)) return;
      link.resume();
      this.#turn(open, (at) => session.proceed(at));
    });
  }

  #settle({ session, link }: OpenLink, bytes: Buffer | undefined, now: Instant): void {
    if (bytes !== undefined && bytes.length > 0) link.write(bytes);
    if (session.closeAction === 'open' && link.backlog > this.#settings.limits.backlog)
      session.overflow('not-reading', now);
    if (session.closeAction === 'destroy') link.destroy();
    else if (session.closeAction === 'end') link.end();
    this.#timer.rearm();
  }

  #deliver(link: number, octets: Buffer, now: Instant): void {
    const open = this.#links.get(link);
    if (open !== undefined) this.#settle(open, octets, now);
  }

  #onOverdrawn(open: OpenLink, kept: KeptOctets): void {
    const now = this.#clock.now();
    open.session.overflow(kept === 'unread' ? 'not-reading' : 'unfinished', now);
    this.#settle(open, undefined, now);
  }

  #onClosed({ session }: OpenLink, cause: StreamEnd): void {
    this.#links.delete(session.link);
    session.onClosed(cause, this.#clock.now());
  }

  /**
   * Resets a phone whose device was made by auto-registration, so that it fetches its file (`provisioning.md` §4.6).
   */
  #onRegistered(device: DeviceName, at: Instant): void {
    if (this.#autoRegistered.size === 0 || !this.#autoRegistered.delete(device)) return;
    this.#clock.callAt(at, () => void this.command(device, 'reset', 'auto-registered'));
  }

  #onMessages({ device, dn, at }: DeviceMessages): void {
    const registration = this.#database.byName(device)?.registration;
    const open = registration?.protocol === 'SCCP' ? this.#links.get(registration.link) : undefined;
    if (open !== undefined) showChangedMessages(open.session, dn, at);
  }

  #onChanged(device: DeviceName, at: Instant): void {
    const registration = this.#database.byName(device)?.registration;
    const session = registration?.protocol === 'SCCP' ? this.#links.get(registration.link)?.session : undefined;
    if (session?.state.kind === 'bound') this.#service.calls.changed(session, session.state, at);
  }

  #onUnregistered({ protocol, device, link, generation, at }: DeviceUnregistered): void {
    if (protocol === 'SCCP') this.#service.calls.lost(device, at);
    const open = protocol === 'SCCP' ? this.#links.get(link) : undefined;
    // If a session ends a registration in its own turn, the link is settled at the end of that turn, after what it
    // sends.
    if (open?.session.onUnregistered(generation, at) === true) this.#settle(open, undefined, at);
  }

  /** An internal error: publishes it, and destroys the link on which it occurred. */
  #fail({ session, link }: OpenLink, error: unknown, now: Instant): void {
    this.#out.take();
    this.#bus.publish({
      type: 'sccp.failed',
      at: now,
      station: session.context(),
      detail: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
    link.destroy();
  }

  /** Publishes refused links once a second, with their number. */
  #onRefused({ address, port }: Endpoint, limit: LinkLimit): void {
    const now = this.#clock.now();
    const count = this.#refusedLinks.add(now);
    if (count > 0) this.#bus.publish({ type: 'sccp.link-refused', at: now, address, port, limit, count });
  }
}
