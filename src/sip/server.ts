import type { LegSupplier, LineStates } from '../calls/index.js';
import { DeadlineTimer, earlier, type HasDeadlines } from '../core/deadline-timer.js';
import type { Publisher } from '../core/event-bus.js';
import type { DeviceName } from '../core/identifiers.js';
import { detectProtocol } from '../core/protocol-detection.js';
import { after, type Clock, type Instant, seconds } from '../core/time.js';
import { DEVICE_CONFIGURED, type DeviceCommand, type DeviceDatabase, type DeviceEvent } from '../devices/index.js';
import type { DatagramNetwork, DatagramSocket, Endpoint, Random, StreamNetwork } from '../net/ports.js';
import type { MessageFacts } from './calls/recorded-legs.js';
import type { SipCallsOptions } from './calls/sip-calls.js';
import type { FileVersionStamps } from './cisco/service-control.js';
import type { SipEvent, SipReceived, SipSent } from './events.js';
import { startOfMessage } from './message/keep-alives.js';
import { SipMessage } from './message/message.js';
import { parseMessage } from './message/parser.js';
import { type SipSettings, TRACED_PER_SECOND } from './settings.js';
import { DatagramFlow, type DatagramOutput } from './transport/connections.js';
import { DatagramSources } from './transport/datagram-sources.js';
import { Excesses } from './transport/excesses.js';
import type { Flow } from './transport/flow.js';
import { MalformedReports, Refusals } from './transport/malformed-reports.js';
import { OutboundStream } from './transport/outbound-stream.js';
import { StreamListeners } from './transport/stream-listeners.js';
import { UdpSockets } from './transport/udp-sockets.js';
import { WireTap } from './transport/wire-tap.js';
import type { ClusterNodes } from './trunks/node-links.js';
import type { SipTrunks } from './trunks/sip-trunks.js';
import { type TrunkFlowListener, type TrunkPlace, UserAgentServer } from './uas/user-agent.js';

export type { ClusterNodes, NodeStart } from './trunks/node-links.js';

/** The event bus as the service uses it: it publishes SIP events and listens to those of devices. */
export interface SipEventBus extends Publisher<SipEvent> {
  on<T extends DeviceEvent['type']>(type: T, listener: (event: Extract<DeviceEvent, { type: T }>) => void): () => void;
}

/** The networks that the service opens its sockets in. */
export interface SipNetworks {
  readonly datagrams: DatagramNetwork;
  readonly streams: StreamNetwork;
}

/** An address and port on which the service listens. */
export interface SipListener {
  readonly transport: 'udp' | 'tcp' | 'tls';
  readonly local: Endpoint;
}

const ANY = '0.0.0.0';

/** The user in the From of a message. */
/** How long a phone may take to answer an object that is pushed to it. */
const PUSHED_WITHIN = seconds(4);
const FROM_USER = /^(?:from|f)[ \t]*:[^\r\n]*?sips?:([^@;>\s]+)@/im;

/** What the service needs of the rest of the program. */
export interface SipServerDependencies {
  readonly networks: SipNetworks;
  readonly clock: Clock;
  readonly random: Random;
  readonly database: DeviceDatabase;
  readonly bus: SipEventBus;
  /** The version stamps of the files that a device is served; `undefined`: it is served none. */
  readonly versionStampsOf: (device: string) => FileVersionStamps | undefined;
  readonly lineStates: LineStates;
  /** Absent: no calls are served. */
  readonly calls?: SipCallsOptions | undefined;
  /** Called for an address that this machine got later; `error`: why UDP cannot be had there. */
  readonly onLater?: (address: string, error: NodeJS.ErrnoException | undefined) => void;
}

/**
 * The SIP service. It opens the sockets and hands what they receive, with the time, to the user agent, whose flows send
 * the responses. It also passes device events to the user agent, reports what is no SIP, and runs the timer of all
 * deadlines.
 */
export class SipServer {
  #settings: SipSettings;
  readonly #clock: Clock;
  readonly #bus: SipEventBus;
  readonly #userAgent: UserAgentServer;
  readonly #tap: WireTap;
  readonly #malformedReports: MalformedReports;
  readonly #refusals: Refusals;
  readonly #excesses: Excesses;
  readonly #sources: DatagramSources;
  readonly #datagramOutput: DatagramOutput;
  readonly #timer: DeadlineTimer;
  readonly #datagrams: UdpSockets;
  readonly #streams: StreamListeners;
  #unsubscribers: (() => void)[] = [];
  #lastLink = 0;
  /** Each ends a push that waits for the phone's answer. */
  readonly #pushes = new Set<() => void>();

  constructor(settings: SipSettings, dependencies: SipServerDependencies) {
    const { networks, clock, random, database, bus, versionStampsOf, lineStates, calls, onLater } = dependencies;
    this.#settings = settings;
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
      lineStates,
      calls,
      onCallsChanged: () => this.#timer.rearm(),
      nextLink: () => ++this.#lastLink,
      flowTo: (peer) => {
        const socket = this.#datagrams.towards(peer, this.#settings.localAddress);
        if (socket === undefined) return undefined;
        this.#sources.validate(peer.address, this.#clock.now()); // the address is configured, so it needs no proof
        return new DatagramFlow(socket, peer, this.#datagramOutput);
      },
      trunkFlow: (trunk, listener) => this.#trunkFlow(trunk, listener),
      onFailure: (flow, error, now) => this.#reportFailure(flow, error, now),
      onExcess: (limit, address, now) => this.#excesses.count(limit, address, now),
      reportMalformed: (reason, message, flow, answered, now) =>
        this.#reportMalformed(reason, message, flow, answered, now),
    });
    const engine: HasDeadlines = {
      nextDeadline: () =>
        earlier(earlier(this.#userAgent.nextDeadline(), this.#streams.nextDeadline()), this.#excesses.nextDeadline()),
      expire: (now) => {
        this.#userAgent.expire(now);
        this.#excesses.expire(now);
        this.#streams.expire(now);
      },
      postpone: (span) => {
        this.#userAgent.postpone(span);
        this.#streams.postpone(span);
      },
    };
    this.#timer = new DeadlineTimer(engine, clock);
    this.#streams = this.#newStreamListeners(networks.streams);
    this.#datagrams = new UdpSockets(
      networks.datagrams,
      clock,
      (bytes, from, socket) => this.#receiveDatagram(bytes, from, socket),
      onLater,
    );
  }

  /**
   * Opens all sockets. Rejects with a `NodeJS.ErrnoException` if an address or port cannot be had; nothing is open
   * then.
   */
  async open(): Promise<readonly SipListener[]> {
    const { address, udp, tcp, tls } = this.#settings;
    this.#unsubscribers = [
      this.#bus.on('device.registered', (event) =>
        this.#handleDeviceEvent(() => this.#userAgent.deviceRegistered(event)),
      ),
      this.#bus.on('device.partially-registered', (event) =>
        this.#handleDeviceEvent(() => this.#userAgent.deviceRegistered(event)),
      ),
      this.#bus.on('device.unregistered', (event) =>
        this.#handleDeviceEvent(() => this.#userAgent.deviceUnregistered(event)),
      ),
      this.#bus.on('device.messages', (event) =>
        this.#handleDeviceEvent(() => this.#userAgent.registrationEvents.onMessagesChanged(event)),
      ),
      ...DEVICE_CONFIGURED.map((type) =>
        this.#bus.on(type, ({ device, at }) =>
          this.#handleDeviceEvent(() => this.#userAgent.configurationChanged(device, at)),
        ),
      ),
    ];
    try {
      if (udp !== undefined) await this.#datagrams.open(address, udp);
      if (tcp !== undefined) await this.#streams.open('tcp', tcp);
      if (tls !== undefined) await this.#streams.open('tls', tls.port);
    } catch (error) {
      await this.#closeSockets();
      throw error;
    }
    this.#userAgent.start(this.#clock.now());
    this.#timer.rearm();
    return this.listeners;
  }

  /** A flow to another PBX, whose address is configured and needs no proof; `undefined`: its transport is off. */
  #trunkFlow({ address, port, transport }: TrunkPlace, listener: TrunkFlowListener): Flow | undefined {
    const peer = { address, port };
    const { localAddress, address: listensAt, tcp = 5060 } = this.#settings;
    if (transport === 'tcp')
      return new OutboundStream(peer, {
        connect: (to, onEnded) =>
          this.#streams.connect(to, listensAt === ANY ? undefined : listensAt, () => {
            onEnded();
            this.#timer.rearm();
          }),
        listensAt: () => ({
          address: localAddress ?? listensAt,
          port: this.#streams.all.find((one) => one.transport === 'tcp')?.local.port ?? tcp,
        }),
        now: () => this.#clock.now(),
        onFailed: (code, now) => {
          listener.onFailed(code, now);
          this.#timer.rearm();
        },
        onEnded: (now) => listener.onEnded(now),
      });
    const socket = this.#datagrams.towards(peer, localAddress);
    if (socket === undefined) return undefined;
    this.#sources.validate(address, this.#clock.now());
    return new DatagramFlow(socket, peer, this.#datagramOutput);
  }

  /** The trunks of this node; `undefined`: no calls are served. */
  get trunks(): SipTrunks | undefined {
    return this.#userAgent.trunks;
  }

  /** This node is one of a cluster: from now on there are calls between its nodes, where calls are served over TCP. */
  joinCluster(nodes: ClusterNodes): void {
    if (this.#settings.tcp !== undefined) this.trunks?.join(nodes);
  }

  /** A node of the cluster has died, or is alive. */
  nodeChanged(node: string): void {
    this.trunks?.nodes?.changed(node, this.#clock.now());
    this.#timer.rearm();
  }

  /** Supplies the legs of registered phones to the call machine; `undefined`: no calls are served. */
  get legSupplier(): LegSupplier | undefined {
    return this.#userAgent.legSupplier;
  }

  /** What the call log says of a message besides itself: its leg, the device, and this server's end of the flow. */
  messageFacts(event: SipReceived | SipSent, callId: string): MessageFacts {
    const [, user = ''] = FROM_USER.exec(event.text) ?? [];
    const known = this.#userAgent.messageFacts(event, callId, user);
    if (known !== undefined) return known;
    const local = this.listeners.find(({ transport }) => transport === event.transport)?.local;
    return local === undefined ? {} : { localAddress: local.address, localPort: local.port };
  }

  /** Dialogs of calls in memory. */
  get callDialogs(): number {
    return this.#userAgent.callDialogs;
  }

  get listeners(): readonly SipListener[] {
    return [...this.#datagrams.all.map(({ local }) => ({ transport: 'udp' as const, local })), ...this.#streams.all];
  }

  /** Messages that came in since the start. */
  get messages(): number {
    return this.#userAgent.messages;
  }

  /** How many connections are open. */
  get links(): number {
    return this.#streams.links;
  }

  /** Takes new settings. Addresses and ports stay as they were opened. */
  apply(settings: SipSettings): void {
    this.#settings = settings;
    this.#userAgent.apply(settings, this.#clock.now());
    this.#timer.rearm();
  }

  /** Sends a command to a registered phone. */
  command(device: string, command: DeviceCommand): 'sent' | 'not-registered' {
    const outcome = this.#userAgent.registrationEvents.sendCommand(device, command, this.#clock.now());
    this.#timer.rearm();
    return outcome;
  }

  /**
   * Sends an object to the screen of a device. Resolves with the phone's answer; `late`: none came in time; `undefined`: it
   * is not registered, or takes none.
   */
  push(device: DeviceName, object: string, now: Instant): Promise<{ readonly answer: string } | 'late' | undefined> {
    return new Promise((resolve) => {
      const end = (answer: { readonly answer: string } | 'late' | undefined): void => {
        timer.cancel();
        stop?.();
        this.#pushes.delete(giveUp);
        resolve(answer);
      };
      const giveUp = (): void => end('late');
      let stop: (() => void) | undefined;
      const timer = this.#clock.callAt(after(now, PUSHED_WITHIN), giveUp);
      this.#pushes.add(giveUp);
      stop = this.#userAgent.push(device, object, now, (answer) => end(answer === 'none' ? undefined : answer));
      this.#timer.rearm();
      if (stop === undefined) end(undefined);
    });
  }

  /** Ends the service. Resolves when the last connection has closed. */
  async close(): Promise<void> {
    for (const giveUp of [...this.#pushes]) giveUp();
    this.#userAgent.close(this.#clock.now());
    await this.#closeSockets();
  }

  async #closeSockets(): Promise<void> {
    this.#timer.stop();
    for (const stop of this.#unsubscribers.splice(0)) stop();
    await Promise.all([this.#datagrams.close(), this.#streams.close()]);
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

  #newStreamListeners(network: StreamNetwork): StreamListeners {
    const settings = (): SipSettings => this.#settings;
    return new StreamListeners({
      network,
      get settings() {
        return settings();
      },
      tap: this.#tap,
      bus: this.#bus,
      now: () => this.#clock.now(),
      nextLink: () => ++this.#lastLink,
      carriesRegistration: (link) => this.#userAgent.phones.isOnLink(link),
      onRefused: ({ address, port }, limit) => this.#refusals.report({ at: this.#clock.now(), address, port, limit }),
      onFailure: (flow, error, now) => this.#reportFailure(flow, error, now),
      onActivity: () => this.#timer.rearm(),
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
      onEnded: (flow, now) => this.#userAgent.closeLink(flow.link, now),
    });
  }

  /** Publishes that a message failed because of a bug in this program. Only that message is lost, or its connection. */
  #reportFailure({ transport, remote, link }: Flow, error: unknown, at: Instant): void {
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#bus.publish({ type: 'sip.failed', at, transport, ...remote, link, detail });
  }

  /** Names the protocol of something that is not SIP, if it is known. */
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
    this.#malformedReports.report({ at, transport, ...remote, link, reason, answered }, bytes);
  }
}
