// The SIP service: its sockets and nothing else. Octets go to the agent with the time, and its flows carry the answers.

import { DeadlineQueue } from '../core/deadline-queue.js';
import { DeadlineTimer, earlier, type HasDeadlines } from '../core/deadline-timer.js';
import type { Publisher } from '../core/event-bus.js';
import { spokenIn } from '../core/spoken-protocol.js';
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
import type { DeviceStamps } from './cisco/service-control.js';
import type { SipEvent } from './events.js';
import { startOfMessage } from './message/keep-alives.js';
import { SipMessage } from './message/message.js';
import { parseMessage } from './message/parser.js';
import { type SipSettings, TRACED_PER_SECOND } from './settings.js';
import { DatagramFlow, type DatagramOutlet, StreamFlow, type StreamOwner } from './transport/connections.js';
import { DatagramSources } from './transport/datagram-sources.js';
import { Excesses } from './transport/excesses.js';
import type { Flow } from './transport/flow.js';
import { LinkPool } from './transport/link-pool.js';
import { MalformedReports, Refusals } from './transport/malformed-reports.js';
import { DatagramSockets } from './transport/udp-sockets.js';
import { WireTap } from './transport/wire-tap.js';
import { UserAgentServer } from './uas/user-agent.js';

/** Where the service tells its facts and hears those of the devices. */
export interface SipJournal extends Publisher<SipEvent> {
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
  readonly #bus: SipJournal;
  readonly #agent: UserAgentServer;
  readonly #tap: WireTap;
  readonly #complaints: MalformedReports;
  readonly #refusals: Refusals;
  readonly #excesses: Excesses;
  readonly #sources: DatagramSources;
  readonly #outlet: DatagramOutlet;
  readonly #deadlines = new DeadlineQueue<StreamFlow>();
  readonly #pump: DeadlineTimer;
  readonly #owner: StreamOwner;
  readonly #sockets: DatagramSockets;
  readonly #pools: Readonly<Record<'tcp' | 'tls', LinkPool<StreamFlow>>>;
  #streams: { readonly transport: 'tcp' | 'tls'; readonly server: StreamServer }[] = [];
  #hearing: (() => void)[] = [];
  #link = 0;

  /** `stampsOf`: of the files that a device is served, where it is served any. */
  constructor(
    settings: SipSettings,
    networks: SipNetworks,
    clock: Clock,
    random: Random,
    database: DeviceDatabase,
    bus: SipJournal,
    stampsOf: (device: string) => DeviceStamps | undefined,
  ) {
    this.#settings = settings;
    this.#networks = networks;
    this.#clock = clock;
    this.#bus = bus;
    this.#tap = new WireTap(bus, () => this.#settings.tracedPerSecond ?? TRACED_PER_SECOND);
    this.#complaints = new MalformedReports(bus, settings.limits.complaintsPerSecond);
    this.#refusals = new Refusals(bus);
    this.#excesses = new Excesses(bus);
    this.#sources = new DatagramSources(() => this.#settings.limits.datagramsPerSecond);
    this.#outlet = { tap: this.#tap, sources: this.#sources };
    this.#agent = new UserAgentServer({
      settings,
      clock,
      random,
      database,
      bus,
      stampsOf,
      nextLink: () => ++this.#link,
      flowTo: (peer) => {
        const socket = this.#sockets.towards(peer, this.#settings.own);
        if (socket === undefined) return undefined;
        this.#sources.validate(peer.address, this.#clock.now()); // the configuration's word stands for it
        return new DatagramFlow(socket, peer, this.#outlet);
      },
      failed: (flow, error, now) => this.#failed(flow, error, now),
      exceeded: (limit, address, now) => this.#excesses.count(limit, address, now),
      complain: (reason, message, flow, answered, now) => this.#complain(reason, message, flow, answered, now),
    });
    const engine: HasDeadlines = {
      nextDeadline: () =>
        earlier(earlier(this.#agent.nextDeadline(), this.#deadlines.next()), this.#excesses.nextDeadline()),
      expire: (now) => {
        this.#agent.expire(now);
        this.#excesses.expire(now);
        this.#deadlines.expire(now, (flow) => flow.expire(now));
      },
      postpone: (span) => {
        this.#agent.postpone(span);
        this.#deadlines.postpone(span, (flow) => flow.postpone(span));
      },
    };
    this.#pump = new DeadlineTimer(engine, clock);
    this.#owner = this.#streamOwner();
    this.#pools = { tcp: this.#linkPool(), tls: this.#linkPool() };
    this.#sockets = new DatagramSockets(networks.datagrams, clock, (bytes, from, socket) =>
      this.#datagram(bytes, from, socket),
    );
  }

  /** Rejects with a `NodeJS.ErrnoException` where an address or port cannot be had; nothing is open then. */
  async open(): Promise<readonly SipListener[]> {
    const { address, udp, tcp, tls, limits } = this.#settings;
    this.#hearing = [
      this.#bus.on('device.registered', (event) => this.#heard(() => this.#agent.affairs.registered(event))),
      this.#bus.on('device.partially-registered', (event) => this.#heard(() => this.#agent.affairs.registered(event))),
      this.#bus.on('device.unregistered', (event) => this.#heard(() => this.#agent.affairs.unregistered(event))),
      ...(['device.added', 'device.changed', 'device.removed'] as const).map((type) =>
        this.#bus.on(type, ({ device, at }) => this.#heard(() => this.#agent.reconfigured(device, at))),
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
      await this.#shut();
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
    this.#agent.apply(settings);
  }

  /** Sends a registered phone its protocol's own command. */
  command(device: string, command: DeviceCommand): 'sent' | 'not-registered' {
    const outcome = this.#agent.affairs.command(device, command, this.#clock.now());
    this.#pump.rearm();
    return outcome;
  }

  /** Resolves when the last connection has gone. */
  async close(): Promise<void> {
    this.#agent.close(this.#clock.now());
    await this.#shut();
  }

  async #shut(): Promise<void> {
    this.#pump.stop();
    for (const stop of this.#hearing.splice(0)) stop();
    await Promise.all([this.#sockets.close(), ...this.#streams.splice(0).map(({ server }) => server.close())]);
  }

  #heard(act: () => void): void {
    act();
    this.#pump.rearm();
  }

  // ── datagrams ─────────────────────────────────────────────────────────────────────────────────────────────────

  #datagram(bytes: Buffer, from: Endpoint, socket: DatagramSocket): void {
    const now = this.#clock.now();
    if (!this.#sources.admit(from.address, bytes.length, now)) {
      this.#excesses.count('datagramsPerSecond', from.address, now);
      this.#pump.rearm();
      return;
    }
    const start = startOfMessage(bytes);
    if (start === bytes.length) return;
    const flow = new DatagramFlow(socket, from, this.#outlet);
    try {
      const message = parseMessage(start === 0 ? bytes : bytes.subarray(start), this.#settings.message);
      if (message === undefined) {
        this.#complain('not SIP', bytes, flow, 0, now);
        return;
      }
      this.#tap.received(message, flow, now);
      this.#agent.receive(message, flow, now);
    } catch (error) {
      this.#failed(flow, error, now);
    }
    this.#agent.settle(flow, now);
    this.#pump.rearm();
  }

  // ── streams ───────────────────────────────────────────────────────────────────────────────────────────────────

  #accept(stream: StreamLink, transport: 'tcp' | 'tls'): StreamHandler {
    const flow = new StreamFlow(stream, transport, ++this.#link, this.#owner);
    this.#pools[transport].enter(flow, flow.openedAt);
    this.#pump.rearm();
    return {
      received: (bytes) => {
        try {
          flow.received(bytes);
        } catch (error) {
          this.#failed(flow, error, this.#clock.now());
          flow.reset('failed');
        }
        this.#pump.rearm();
      },
      overdrawn: (kept) => flow.overdrawn(kept),
      closed: (end) => {
        flow.closed(end);
        this.#pump.rearm();
      },
    };
  }

  #linkPool(): LinkPool<StreamFlow> {
    return new LinkPool(
      () => this.#settings.limits.links,
      (link) => this.#agent.stations.isOnLink(link),
      (flow) => flow.reset('gave-way'),
    );
  }

  #streamOwner(): StreamOwner {
    const settings = (): SipSettings => this.#settings;
    return {
      get settings() {
        return settings();
      },
      tap: this.#tap,
      bus: this.#bus,
      deadlines: this.#deadlines,
      now: () => this.#clock.now(),
      message: (message, flow, now) => {
        this.#tap.received(message, flow, now);
        this.#agent.receive(message, flow, now);
        this.#agent.settle(flow, now);
      },
      broken: (message, flow, now) => {
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
        this.#agent.broken(message, flow, now);
      },
      alien: (bytes, flow, now) => this.#complain(this.#alienIn(bytes, flow.transport), bytes, flow, 0, now),
      ended: (flow, now) => {
        this.#pools[flow.transport].leave(flow);
        this.#agent.linkClosed(flow.link, now);
      },
    };
  }

  /** A mistake of ours costs the message on which it showed, and a stream its connection; it is told. */
  #failed({ transport, remote, link }: Flow, error: unknown, at: Instant): void {
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#bus.publish({ type: 'sip.failed', at, transport, ...remote, link, detail });
  }

  /** What the other end speaks where it is not SIP, if that is known. */
  #alienIn(bytes: Buffer, transport: 'tcp' | 'tls'): string {
    const spoken = spokenIn(bytes);
    if (spoken === undefined || spoken === 'SIP') return 'not SIP';
    if (spoken !== 'TLS' || transport === 'tls') return `this is ${spoken}, not SIP`;
    const { tls } = this.#settings;
    return `this is TLS; ${tls === undefined ? 'sip.tls is off' : `sip.tls is port ${tls.port}`}`;
  }

  #complain(reason: string, message: SipMessage | Buffer, flow: Flow, answered: number, at: Instant): void {
    const { transport, remote, link } = flow;
    const bytes = message instanceof SipMessage ? message.bytes : message;
    this.#complaints.tell({ at, transport, ...remote, link, reason, answered }, bytes);
  }
}
