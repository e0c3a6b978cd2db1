// The SIP service: its sockets and nothing else. Octets go to the agent with the time, and its flows carry the answers.

import { DeadlineQueue } from '../core/deadline-queue.js';
import { DeadlineTimer, earlier, type HasDeadlines } from '../core/deadline-timer.js';
import type { Publisher } from '../core/event-bus.js';
import { detectProtocol } from '../core/protocol-detection.js';
import type { Clock, Instant } from '../core/time.js';
import type { DeviceCommand, DeviceDatabase, DeviceEvent } from '../devices/index.js';
import type {
  DatagramNetwork,
  DatagramSocket,
  Endpoint,
  Random,
  StreamHandler,
  StreamLink,
  StreamNetwork,
  StreamServer,
} from '../net/ports.js';
import type { VersionStamps } from './cisco/service-control.js';
import type { SipEvent } from './events.js';
import { startOfMessage } from './message/keep-alives.js';
import { SipMessage } from './message/message.js';
import { parseMessage } from './message/parser.js';
import { type SipSettings, TRACED_PER_SECOND } from './settings.js';
import { DatagramFlow, type DatagramOutput, StreamFlow, type StreamOwner } from './transport/connections.js';
import { DatagramSources } from './transport/datagram-sources.js';
import { Excesses } from './transport/excesses.js';
import type { Flow } from './transport/flow.js';
import { LinkPool } from './transport/link-pool.js';
import { MalformedReports, Refusals } from './transport/malformed-reports.js';
import { UdpSockets } from './transport/udp-sockets.js';
import { WireTap } from './transport/wire-tap.js';
import { UserAgentServer } from './uas/user-agent.js';

/** Where the service tells its facts and hears those of the devices. */
export interface SipEventBus extends Publisher<SipEvent> {
  on<T extends DeviceEvent['type']>(type: T, listener: (event: Extract<DeviceEvent, { type: T }>) => void): () => void;
}

export interface SipNetworks {
  readonly datagrams: DatagramNetwork;
  readonly streams: StreamNetwork;
}

/** Where the service listens. */
export interface SipListener {
  readonly transport: 'udp' | 'tcp' | 'tls';
  readonly local: Endpoint;
}

export class SipServer {
  #settings: SipSettings;
  readonly #networks: SipNetworks;
  readonly #clock: Clock;
  readonly #bus: SipEventBus;
  readonly #userAgent: UserAgentServer;
  readonly #tap: WireTap;
  readonly #malformedReports: MalformedReports;
  readonly #refusals: Refusals;
  readonly #excesses: Excesses;
  readonly #sources: DatagramSources;
  readonly #datagramOutput: DatagramOutput;
  readonly #deadlines = new DeadlineQueue<StreamFlow>();
  readonly #timer: DeadlineTimer;
  readonly #streamOwner: StreamOwner;
  readonly #sockets: UdpSockets;
  readonly #pools: Readonly<Record<'tcp' | 'tls', LinkPool<StreamFlow>>>;
  #streams: { readonly transport: 'tcp' | 'tls'; readonly server: StreamServer }[] = [];
  #unsubscribers: (() => void)[] = [];
  #lastLink = 0;

  /** `stampsOf`: of the files that a device is served, where it is served any. */
  constructor(
    settings: SipSettings,
    networks: SipNetworks,
    clock: Clock,
    random: Random,
    database: DeviceDatabase,
    bus: SipEventBus,
    versionStampsOf: (device: string) => VersionStamps | undefined,
  ) {
    this.#settings = settings;
    this.#networks = networks;
    this.#clock = clock;
    this.#bus = bus;
    this.#tap = new WireTap(bus, () => this.#settings.tracedPerSecond ?? TRACED_PER_SECOND);
    this.#malformedReports = new MalformedReports(bus, settings.limits.complaintsPerSecond);
    this.#refusals = new Refusals(bus);
    this.#excesses = new Excesses(bus);
    this.#sources = new DatagramSources(() => this.#settings.limits.datagramsPerSecond);
    this.#datagramOutput = { tap: this.#tap, sources: this.#sources };
    this.#userAgent = new UserAgentServer({
      settings,
      clock,
      random,
      database,
      bus,
      versionStampsOf,
      nextLink: () => ++this.#lastLink,
      flowTo: (peer) => {
        const socket = this.#sockets.towards(peer, this.#settings.localAddress);
        if (socket === undefined) return undefined;
        this.#sources.validate(peer.address, this.#clock.now()); // the configuration's word stands for it
        return new DatagramFlow(socket, peer, this.#datagramOutput);
      },
      onFailure: (flow, error, now) => this.#reportFailure(flow, error, now),
      onExcess: (limit, address, now) => this.#excesses.count(limit, address, now),
      reportMalformed: (reason, message, flow, answered, now) =>
        this.#reportMalformed(reason, message, flow, answered, now),
    });
    const engine: HasDeadlines = {
      nextDeadline: () =>
        earlier(earlier(this.#userAgent.nextDeadline(), this.#deadlines.next()), this.#excesses.nextDeadline()),
      expire: (now) => {
        this.#userAgent.expire(now);
        this.#excesses.expire(now);
        this.#deadlines.expire(now, (flow) => flow.expire(now));
      },
      postpone: (span) => {
        this.#userAgent.postpone(span);
        this.#deadlines.postpone(span, (flow) => flow.postpone(span));
      },
    };
    this.#timer = new DeadlineTimer(engine, clock);
    this.#streamOwner = this.#newStreamOwner();
    this.#pools = { tcp: this.#newLinkPool(), tls: this.#newLinkPool() };
    this.#sockets = new UdpSockets(networks.datagrams, clock, (bytes, from, socket) =>
      this.#receiveDatagram(bytes, from, socket),
    );
  }

  /** Rejects with a `NodeJS.ErrnoException` where an address or port cannot be had; nothing is open then. */
  async open(): Promise<readonly SipListener[]> {
    const { address, udp, tcp, tls, limits } = this.#settings;
    this.#unsubscribers = [
      this.#bus.on('device.registered', (event) =>
        this.#handleDeviceEvent(() => this.#userAgent.registrationEvents.onRegistered(event)),
      ),
      this.#bus.on('device.partially-registered', (event) =>
        this.#handleDeviceEvent(() => this.#userAgent.registrationEvents.onRegistered(event)),
      ),
      this.#bus.on('device.unregistered', (event) =>
        this.#handleDeviceEvent(() => this.#userAgent.registrationEvents.onUnregistered(event)),
      ),
      ...(['device.added', 'device.changed', 'device.removed'] as const).map((type) =>
        this.#bus.on(type, ({ device, at }) =>
          this.#handleDeviceEvent(() => this.#userAgent.configurationChanged(device, at)),
        ),
      ),
    ];
    try {
      if (udp !== undefined) await this.#sockets.open(address, udp);
      const listen = async (transport: 'tcp' | 'tls', port: number): Promise<void> => {
        const server = await this.#networks.streams.listen(
          {
            address,
            port,
            ...(transport === 'tls' && tls !== undefined ? { tls: tls.identity } : {}),
            maxLinks: limits.links,
            maxLinksPerSource: limits.linksPerSource,
            onRefused: (remote, limit) =>
              this.#refusals.tell({ at: this.#clock.now(), address: remote.address, port: remote.port, limit }),
          },
          (stream) => this.#accept(stream, transport),
        );
        this.#streams.push({ transport, server });
      };
      if (tcp !== undefined) await listen('tcp', tcp);
      if (tls !== undefined) await listen('tls', tls.port);
    } catch (error) {
      await this.#closeSockets();
      throw error;
    }
    return this.listeners;
  }

  get listeners(): readonly SipListener[] {
    return [
      ...this.#sockets.all.map(({ local }) => ({ transport: 'udp' as const, local })),
      ...this.#streams.map(({ transport, server }) => ({ transport, local: server.local })),
    ];
  }

  /** Connections open now. */
  get links(): number {
    return this.#streams.reduce((sum, { server }) => sum + server.links, 0);
  }

  /** From now on. Addresses and ports stay as they were opened. */
  apply(settings: SipSettings): void {
    this.#settings = settings;
    this.#userAgent.apply(settings);
  }

  /** Sends a registered phone its protocol's own command. */
  command(device: string, command: DeviceCommand): 'sent' | 'not-registered' {
    const outcome = this.#userAgent.registrationEvents.sendCommand(device, command, this.#clock.now());
    this.#timer.rearm();
    return outcome;
  }

  /** Resolves when the last connection has gone. */
  async close(): Promise<void> {
    this.#userAgent.close(this.#clock.now());
    await this.#closeSockets();
  }

  async #closeSockets(): Promise<void> {
    this.#timer.stop();
    for (const stop of this.#unsubscribers.splice(0)) stop();
    await Promise.all([this.#sockets.close(), ...this.#streams.splice(0).map(({ server }) => server.close())]);
  }

  #handleDeviceEvent(act: () => void): void {
    act();
    this.#timer.rearm();
  }

  // ── datagrams ─────────────────────────────────────────────────────────────────────────────────────────────────

  #receiveDatagram(bytes: Buffer, from: Endpoint, socket: DatagramSocket): void {
    const now = this.#clock.now();
    if (!this.#sources.admit(from.address, bytes.length, now)) {
      this.#excesses.count('datagramsPerSecond', from.address, now);
      this.#timer.rearm();
      return;
    }
    const start = startOfMessage(bytes);
    if (start === bytes.length) return;
    const flow = new DatagramFlow(socket, from, this.#datagramOutput);
    try {
      const message = parseMessage(start === 0 ? bytes : bytes.subarray(start), this.#settings.message);
      if (message === undefined) {
        this.#reportMalformed('not SIP', bytes, flow, 0, now);
        return;
      }
      this.#tap.publishReceived(message, flow, now);
      this.#userAgent.receive(message, flow, now);
    } catch (error) {
      this.#reportFailure(flow, error, now);
    }
    this.#userAgent.flush(flow, now);
    this.#timer.rearm();
  }

  // ── streams ───────────────────────────────────────────────────────────────────────────────────────────────────

  #accept(stream: StreamLink, transport: 'tcp' | 'tls'): StreamHandler {
    const flow = new StreamFlow(stream, transport, ++this.#lastLink, this.#streamOwner);
    this.#pools[transport].enter(flow, flow.openedAt);
    this.#timer.rearm();
    return {
      received: (bytes) => {
        try {
          flow.receive(bytes);
        } catch (error) {
          this.#reportFailure(flow, error, this.#clock.now());
          flow.reset('failed');
        }
        this.#timer.rearm();
      },
      overdrawn: (kept) => flow.resetOverdrawn(kept),
      closed: (end) => {
        flow.onClosed(end);
        this.#timer.rearm();
      },
    };
  }

  #newLinkPool(): LinkPool<StreamFlow> {
    return new LinkPool(
      () => this.#settings.limits.links,
      (link) => this.#userAgent.phones.isOnLink(link),
      (flow) => flow.reset('gave-way'),
    );
  }

  #newStreamOwner(): StreamOwner {
    const settings = (): SipSettings => this.#settings;
    return {
      get settings() {
        return settings();
      },
      tap: this.#tap,
      bus: this.#bus,
      deadlines: this.#deadlines,
      now: () => this.#clock.now(),
      onMessage: (message, flow, now) => {
        this.#tap.publishReceived(message, flow, now);
        this.#userAgent.receive(message, flow, now);
        this.#userAgent.flush(flow, now);
      },
      onBroken: (message, flow, now) => {
        const { transport, link, remote } = flow;
        if (message.fault?.status === 513 && this.#bus.hasListener('sip.oversize'))
          this.#bus.publish({
            type: 'sip.oversize',
            at: now,
            transport,
            ...remote,
            link,
            limit: this.#settings.message.headers + this.#settings.message.body,
          });
        this.#userAgent.respondToBroken(message, flow, now);
      },
      onNotSip: (bytes, flow, now) =>
        this.#reportMalformed(this.#reasonNotSip(bytes, flow.transport), bytes, flow, 0, now),
      onEnded: (flow, now) => {
        this.#pools[flow.transport].leave(flow);
        this.#userAgent.closeLink(flow.link, now);
      },
    };
  }

  /** A mistake of ours costs the message on which it showed, and a stream its connection; it is told. */
  #reportFailure({ transport, remote, link }: Flow, error: unknown, at: Instant): void {
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#bus.publish({ type: 'sip.failed', at, transport, ...remote, link, detail });
  }

  /** What the other end speaks where it is not SIP, if that is known. */
  #reasonNotSip(bytes: Buffer, transport: 'tcp' | 'tls'): string {
    const protocol = detectProtocol(bytes);
    if (protocol === undefined || protocol === 'SIP') return 'not SIP';
    if (protocol !== 'TLS' || transport === 'tls') return `this is ${protocol}, not SIP`;
    const { tls } = this.#settings;
    return `this is TLS; ${tls === undefined ? 'sip.tls is off' : `sip.tls is port ${tls.port}`}`;
  }

  #reportMalformed(reason: string, message: SipMessage | Buffer, flow: Flow, answered: number, at: Instant): void {
    const { transport, remote, link } = flow;
    const bytes = message instanceof SipMessage ? message.bytes : message;
    this.#malformedReports.tell({ at, transport, ...remote, link, reason, answered }, bytes);
  }
}
