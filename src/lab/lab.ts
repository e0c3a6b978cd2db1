import type { Config } from '../config/index.js';
import { ConfigError } from '../core/errors.js';
import { EventBus } from '../core/event-bus.js';
import type { DeviceName } from '../core/identifiers.js';
import { formatDuration } from '../core/time.js';
import type { ServiceListener } from '../daemon/service.js';
import { Daemon } from '../daemon.js';
import { type DeviceCommand, type DeviceRecord, RIS_STATUS, type RisStatus } from '../devices/index.js';
import { type CommandOutcome, type DeviceDetail, deviceDetail } from '../http/index.js';
import { keptFolder } from '../net/files/kept-folder.js';
import { programVersion } from '../net/files/program-version.js';
import { nodeDatagrams, nodeRandom } from '../net/sockets/node-datagrams.js';
import { nodeStreams } from '../net/sockets/node-streams.js';
import { systemClock } from '../net/system-clock.js';
import { PhoneEnvironment, type PhoneOptions, type PhonePorts, type PhoneStep } from '../phone/index.js';
import type { PushRequest } from '../services/push/push-request.js';
import type { PushRefusal, PushResult } from '../services/push/pusher.js';
import { LOOPBACK } from './free-port.js';
import type { LabSetting } from './lab-config.js';
import { type LabEventOf, LabEvents, type LabEventType } from './lab-events.js';
import { LabFault, type LabFaultRule } from './lab-fault.js';
import { LabPhone, type LabPhoneSpec, specFor } from './lab-phone.js';
import { type LabReplay, type LabReplayOptions, replayTape } from './lab-replay.js';
import { NotReached } from './not-reached.js';
import { TrackedDatagrams, TrackedStreams } from './tracked-networks.js';
import { durationOf, type Limits, NotInTime, Waits } from './waits.js';

/** A socket that the lab's daemon listens on. */
export type LabListener = ServiceListener;

/** Which event to wait for, and how long. */
export interface NextLimits<E> extends Limits {
  /** Selects events; absent: any. */
  readonly where?: (event: E) => boolean;
}

const STATE_EVENTS = [
  'device.registering',
  'device.registered',
  'device.partially-registered',
  'device.unregistered',
  'device.rejected',
] as const;

/**
 * A running lab: the daemon, and the simulated phones that a test starts. Whatever a lab has opened, armed or written
 * is gone when `stop` resolves.
 */
export class Lab {
  readonly #config: Config;
  readonly #daemon: Daemon;
  readonly #removeState: () => Promise<void>;
  readonly #steps = new EventBus<PhoneStep>((error) => this.#events.failures.push(error));
  readonly #events: LabEvents;
  readonly #waits = new Waits();
  readonly #phones: LabPhone[] = [];
  readonly #replays = new AbortController();
  readonly #datagrams = new TrackedDatagrams(nodeDatagrams);
  readonly #streams = new TrackedStreams(nodeStreams);
  #phoneEnvironment: PhoneEnvironment | undefined;
  #stopping: Promise<void> | undefined;

  private constructor(setting: LabSetting, daemon: Daemon) {
    this.#config = setting.config;
    this.#removeState = async () => setting.folder?.remove();
    this.#daemon = daemon;
    this.#events = new LabEvents(daemon.bus, this.#steps, systemClock);
    void daemon.failure.then((reason) => {
      this.#events.failures.push(reason);
      this.stop().catch(() => {}); // whoever stops the lab is told
    });
  }

  /** Starts the daemon. Rejects with a `ConfigError` or a `BindError`; then nothing is left behind. */
  static async start(setting: LabSetting): Promise<Lab> {
    const { config, writesTrace, showsTrace, folder, clusterBus } = setting;
    const daemon = new Daemon(config, {
      announce: () => {},
      version: programVersion(),
      ...(showsTrace ? { console: process.stderr } : {}),
      ...(writesTrace ? {} : { traceFiles: 'off' }),
      ...(folder === undefined ? {} : { locks: 'off' }),
      ...(clusterBus === undefined ? {} : { clusterBus }),
    });
    try {
      await daemon.open();
    } catch (error) {
      await daemon.stop();
      await folder?.remove();
      throw error;
    }
    return new Lab(setting, daemon);
  }

  // ── where it is ───────────────────────────────────────────────────────────────────────────────────────────────

  get listeners(): readonly LabListener[] {
    return this.#daemon.listeners;
  }

  /** The port of a service. Throws if the lab has no such listener. */
  port(service: LabListener['service'], transport?: LabListener['transport']): number {
    const port = this.#portOf(service, transport);
    if (port === undefined) throw new Error(`this lab does not listen for ${service} ${transport ?? ''}`.trimEnd());
    return port;
  }

  /** An address of the API, such as `/api/devices`; `HTTP` for that of a phone's file. */
  url(path = '/', service: 'API' | 'HTTP' = 'API'): string {
    const found = this.listeners.find((listener) => listener.service === service);
    if (found === undefined) throw new Error(`this lab does not listen for ${service}`);
    return new URL(path, `http://${found.address}:${found.port}`).href;
  }

  // ── devices ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** All devices as they are now, in the API's shape and in the order of the configuration. */
  devices(): readonly DeviceDetail[] {
    return [...this.#daemon.database.devices()].map((record) => this.#detailOf(record));
  }

  /** A device as it is now, by its name in any case; `undefined`: there is no such device. */
  device(name: string): DeviceDetail | undefined {
    const record = this.#daemon.database.byName(name);
    return record === undefined ? undefined : this.#detailOf(record);
  }

  #detailOf(record: DeviceRecord): DeviceDetail {
    return deviceDetail(systemClock, record, {
      overrides: this.#daemon.overrides(record.configured.name),
      verdict: this.#daemon.verdictOf(record.configured.name)?.verdict,
      waitsFor: this.#daemon.waitsFor(record),
    });
  }

  /** Resolves with the device when it is registered. Rejects with a `NotReached` that says what was found instead. */
  registered(name: string, limits: Limits = {}): Promise<DeviceDetail> {
    return this.reached(name, 'Registered', limits);
  }

  /** Resolves with the device when it has this status. Rejects at once for a name that no device can get. */
  async reached(name: string, status: RisStatus, { within }: Limits = {}): Promise<DeviceDetail> {
    const { database } = this.#daemon;
    const span = durationOf(within);
    if (database.byName(name) === undefined && this.#config.policy.autoRegistration === undefined)
      throw new NotReached(name, status, undefined, 'of one that is configured');
    return this.#waits.until<DeviceDetail>(
      span,
      (settle) => {
        const look = (): void => {
          const record = database.byName(name);
          if (record !== undefined && RIS_STATUS[record.state].name === status) settle(this.#detailOf(record));
        };
        const stops = STATE_EVENTS.map((type) => this.#daemon.bus.on(type, look));
        look();
        return () => {
          for (const stop of stops) stop();
        };
      },
      () => new NotReached(name, status, this.device(name), `within ${formatDuration(span)}`),
    );
  }

  /** Pushes a text, a page or a key to a registered phone. Resolves with the phone's answer. Never rejects. */
  push(name: string, request: PushRequest): Promise<PushResult | PushRefusal> {
    return this.#daemon.push(name, request);
  }

  /** Sends a phone the command of its protocol. */
  command(name: string, command: DeviceCommand): CommandOutcome {
    return this.#daemon.command(name as DeviceName, command);
  }

  // ── events ────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Calls `listener` for every event of a type. Returns how to unsubscribe. `stop` rejects with what it throws. */
  on<T extends LabEventType>(type: T, listener: (event: LabEventOf<T>) => void): () => void {
    return this.#events.on(type, listener);
  }

  /** The events of these types, or all, from this call on, for `for await`. The loop ends with the lab. */
  events<T extends LabEventType = LabEventType>(...types: readonly T[]): AsyncIterableIterator<LabEventOf<T>> {
    return this.#events.queue(types);
  }

  /** Resolves with the next event of a type. Rejects with a `NotInTime`. */
  next<T extends LabEventType>(type: T, limits: NextLimits<LabEventOf<T>> = {}): Promise<LabEventOf<T>> {
    const { within, where = () => true } = limits;
    const span = durationOf(within);
    return this.#waits.until<LabEventOf<T>>(
      span,
      (settle) => this.#events.on(type, (event) => where(event) && settle(event)),
      () => new NotInTime(`no such ${type} within ${formatDuration(span)}`),
    );
  }

  // ── faults ────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Has the daemon make a fault on purpose from now on: a rule with the keys of `inject` in the configuration. Throws a
   * `ConfigError` with every fault of the rule, or an `Error` if there are too many rules or one of that id.
   */
  fault(rule: LabFaultRule): LabFault {
    const { faults } = this.#daemon;
    const result = faults.add(rule, 'api');
    if (result === 'exists') throw new Error(`another rule is called ${rule.id}`);
    if (result === 'too-many') throw new Error('as many rules hold as may');
    if ('faults' in result) throw new ConfigError(result.faults.map((one) => ({ file: 'lab.fault', ...one })));
    return new LabFault(faults, result.added);
  }

  // ── phones ────────────────────────────────────────────────────────────────────────────────────────────────────

  get phones(): readonly LabPhone[] {
    return this.#phones;
  }

  /**
   * Boots a simulated phone: from DHCP on if the lab serves DHCP, else from its files on. What `spec` leaves out is
   * taken from the configured device of that name. Throws a `NotRegistered` if there can be no such phone.
   */
  phone(spec: LabPhoneSpec): LabPhone {
    if (this.#stopping !== undefined) throw new Error('the lab has been stopped');
    this.#phoneEnvironment ??= new PhoneEnvironment({
      clock: systemClock,
      datagrams: this.#datagrams,
      streams: this.#streams,
      random: nodeRandom,
      keptFolder,
      bus: this.#steps,
    });
    const device = this.#daemon.database.byName(spec.name)?.configured;
    const options: PhoneOptions = {
      boot: this.#portOf('DHCP') === undefined ? 'tftp' : 'full',
      ...specFor(device, spec),
      server: LOOPBACK,
      ports: this.#phonePorts(),
    };
    const phone = new LabPhone(this.#phoneEnvironment, options, this.#waits);
    this.#phones.push(phone);
    return phone;
  }

  /**
   * Plays the phone of the tape in `path` against the lab (`docs/tapes.md`). Resolves with what the lab said otherwise than the
   * tape has it, at the end of the tape or of the lab. Rejects with a `ConfigError` where the file is no tape.
   */
  async replay(path: string, options: LabReplayOptions = {}): Promise<LabReplay> {
    if (this.#stopping !== undefined) throw new Error('the lab has been stopped');
    const { dhcp = 0, tftp = 0, http = 0, sccp = 0, sip = 0 } = this.#phonePorts();
    const at = (port: number) => ({ address: LOOPBACK, port });
    return replayTape(path, options, {
      servers: { dhcp: at(dhcp), tftp: at(tftp), http: at(http), sccp: at(sccp), sip: at(sip) },
      datagrams: this.#datagrams,
      streams: this.#streams,
      signal: this.#replays.signal,
    });
  }

  // ── its end ───────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Stops the phones, closes the listeners and deletes what was written. Rejects with what listeners threw, and with why the
   * daemon could not go on.
   */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #stop(): Promise<void> {
    try {
      this.#waits.end();
      this.#replays.abort();
      await Promise.all(this.#phones.map((phone) => phone.stop()));
      await this.#phoneEnvironment?.close();
    } finally {
      this.#streams.close();
      await this.#datagrams.close();
      await this.#daemon.stop();
      this.#events.end();
      await this.#removeState();
    }
    const { failures } = this.#events;
    if (failures.length === 1) throw failures[0];
    if (failures.length > 1) throw new AggregateError(failures, `${failures.length} failures in listeners of the lab`);
  }

  #portOf(service: LabListener['service'], transport?: LabListener['transport']): number | undefined {
    return this.listeners.find((one) => one.service === service && (transport ?? one.transport) === one.transport)
      ?.port;
  }

  #phonePorts(): Partial<PhonePorts> {
    const ports = {
      dhcp: this.#portOf('DHCP'),
      tftp: this.#portOf('TFTP'),
      // 0: a phone that would fetch its files over HTTP uses TFTP.
      http: this.#portOf('HTTP') ?? 0,
      sccp: this.#portOf('SCCP', 'tcp'),
      sccpTls: this.#portOf('SCCP', 'tls'),
      https: this.#portOf('HTTPS') ?? 0,
      // labcm serves none for soft clients.
      clientHttps: 0,
      sip: this.#portOf('SIP', 'tcp') ?? this.#portOf('SIP', 'udp'),
    };
    return Object.fromEntries(Object.entries(ports).filter(([, port]) => port !== undefined));
  }
}
