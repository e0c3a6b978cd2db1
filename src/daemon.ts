// The composition root: the only file that knows every service.

import { Capture } from './capture/capture.js';
import {
  type Config,
  type DevicePlace,
  type DevicePlaces,
  describeReload,
  devicePlaces,
  type LaidDevices,
  type LocatedConfig,
  NO_PLACES,
  nodeNumber,
  withBoundPorts,
  writtenKeys,
} from './config/index.js';
import { DeadlineTimer } from './core/deadline-timer.js';
import { Degradations } from './core/degradations.js';
import { EventBus } from './core/event-bus.js';
import type { DeviceName } from './core/identifiers.js';
import { Sequence } from './core/sequence.js';
import { autoRegisteredFile } from './daemon/auto-registered-file.js';
import { CallService } from './daemon/call-service.js';
import { callsView } from './daemon/call-views.js';
import { verdictRemarks } from './daemon/capture-remarks.js';
import { capturesView } from './daemon/captures.js';
import { changedDevices } from './daemon/changed-devices.js';
import { warnOfDegradations, watchServices } from './daemon/degradation-watch.js';
import { DeviceLayerFile } from './daemon/device-layer-file.js';
import { DiskWatch } from './daemon/disk-watch.js';
import { DoctorFacts } from './daemon/doctor-facts.js';
import type { DaemonEnvironment } from './daemon/environment.js';
import { rememberFiles } from './daemon/file-facts.js';
import { HostObserver } from './daemon/host-observer.js';
import { lockDirectories } from './daemon/lock-directories.js';
import { logLineOf } from './daemon/log-lines.js';
import { daemonMetrics } from './daemon/metrics.js';
import { openApiService } from './daemon/open-api-service.js';
import { readPageFiles } from './daemon/page-files.js';
import { readLocatedConfig } from './daemon/read-config.js';
import { RuntimeDevices } from './daemon/runtime-devices.js';
import { servedFiles } from './daemon/served-files.js';
import type { DaemonService, ServiceListener } from './daemon/service.js';
import { openDhcp, openHttp, openSccp, openSip, openTftp } from './daemon/services.js';
import { openVerdicts, registrationPlaces, verdictsView } from './daemon/verdicts.js';
import { type DeviceCommand, DeviceDatabase, type DeviceRecord, MODELS } from './devices/index.js';
import type { DhcpServer } from './dhcp/server.js';
import type { DaemonEvent, LabcmEvent } from './events.js';
import { EventOwners, Timelines, type VerdictReport, type Verdicts } from './explain/index.js';
import type {
  ApiSources,
  CapturesView,
  CommandOutcome,
  DeviceWrite,
  VerdictsView,
  WriteAsker,
  WriteResult,
} from './http/index.js';
import type { DirectoryLock } from './net/files/directory-lock.js';
import { diskSpace } from './net/files/disk-space.js';
import { hostReader } from './net/host-reader.js';
import { nodeInterfaces } from './net/sockets/interface-sockets.js';
import { nodeDatagrams, nodeRandom } from './net/sockets/node-datagrams.js';
import { nodeStreams } from './net/sockets/node-streams.js';
import { preciseNow, systemClock } from './net/system-clock.js';
import { FileCatalogue } from './provisioning/catalogue.js';
import { ServedDirectory } from './provisioning/served-directory.js';
import { startTrace, type Trace } from './trace/index.js';

/** What the caller of `startDaemon` decides besides the configuration. */
export interface DaemonOptions {
  /** Called once for each listener that opens. */
  readonly announce: (line: string) => void;
  /** The file that `reload` reads, and what overrides it. */
  readonly configPath?: string;
  readonly overrides?: readonly string[];
  /** Called when something stops working or works again, and for lost lines, whatever the trace shows. */
  readonly warn?: (line: string) => void;
  /** The version that the API and the heads of SDL files show. */
  readonly version?: string;
  /** The stream for the console lines of the trace. Absent: they are dropped. */
  readonly console?: NodeJS.WriteStream;
  /** Where each device is configured, until the next `reload`. Absent: nowhere. */
  readonly placeOf?: DevicePlaces;
  /** `off`: the trace writes no files. */
  readonly traceFiles?: 'off';
  /** `off`: no other process can know its directories, so they are not locked. */
  readonly locks?: 'off';
}

/**
 * Resolves when every listener is open. Rejects with a `ConfigError`, `InUseError` or `BindError`; then nothing is
 * left open.
 */
export const startDaemon = async (config: Config, options: DaemonOptions): Promise<Daemon> => {
  const daemon = new Daemon(config, options);
  try {
    await daemon.open();
  } catch (error) {
    await daemon.stop();
    throw error;
  }
  return daemon;
};

/**
 * Builds the services and opens them in an order in which a phone that gets an address finds the rest ready. Closes
 * them in reverse order.
 */
export class Daemon {
  readonly bus: EventBus<LabcmEvent>;
  readonly database: DeviceDatabase;
  /** What is known of this machine. */
  readonly host: HostObserver;
  readonly #options: DaemonOptions;
  readonly #degradations: Degradations;
  readonly #root: ServedDirectory;
  readonly #catalogue: FileCatalogue;
  readonly #capture: Capture;
  readonly #deadlineTimer: DeadlineTimer;
  readonly #runtime: RuntimeDevices;
  #environment: DaemonEnvironment;
  #calls: CallService | undefined;
  readonly #startedAt = systemClock.now();
  /** In the order of opening. */
  readonly #services: DaemonService[] = [];
  #config: Config;
  #bound: { sccp?: number; sip?: number; sipTls?: number } = {};
  #trace: Trace | undefined;
  #unwatch: () => void = () => {};
  #timelines: Timelines | undefined;
  #verdicts: Verdicts | undefined;
  #disks: DiskWatch | undefined;
  #placeOf: DevicePlaces;
  #dhcp: DhcpServer | undefined;
  readonly #doctor = new DoctorFacts(systemClock, { config: () => this.#config, dhcp: () => this.#dhcp });
  #locks: readonly DirectoryLock[] = [];
  #stopping: Promise<void> | undefined;
  /** Reloads and changes of devices, one after the other. */
  #changing: Promise<void> = Promise.resolve();
  #command: ApiSources['command'] = () => 'not-registered';

  constructor(config: Config, options: DaemonOptions) {
    this.#config = config;
    this.#options = options;
    this.#placeOf = options.placeOf ?? NO_PLACES;
    this.bus = new EventBus((error) => this.#onListenerFailed(error));
    this.#degradations = new Degradations(systemClock, this.bus);
    watchServices(this.bus, this.#degradations);
    if (options.warn !== undefined) warnOfDegradations(this.bus, options.warn);
    this.database = new DeviceDatabase(this.bus, {
      policy: config.policy,
      defaultGroup: config.defaultGroup,
      store: autoRegisteredFile(config.state.directory, this.#degradations),
    });
    this.#runtime = new RuntimeDevices({
      clock: systemClock,
      database: this.database,
      degradations: this.#degradations,
      file: new DeviceLayerFile(config.state.directory),
      placeInFiles: () => this.#placeOf,
      placeOf: (name) => this.#placeNow(name),
      config: () => this.#config,
      publish: (event) => this.#publish(event),
    });
    this.#deadlineTimer = new DeadlineTimer(this.database, systemClock);
    this.database.onEarlierDeadline(() => this.#deadlineTimer.rearm());
    this.host = new HostObserver({
      host: hostReader,
      clock: systemClock,
      streams: nodeStreams,
      datagrams: nodeDatagrams,
      bus: this.bus,
      devices: this.database,
      degradations: this.#degradations,
    });
    this.#root = new ServedDirectory(config.tftp.root, systemClock, config.tftp.cache);
    this.#catalogue = new FileCatalogue({
      devices: this.database,
      settings: config.provisioning,
      models: MODELS,
      root: this.#root,
      bus: this.bus,
      clock: systemClock,
    });
    this.#capture = new Capture(config.capture, { bus: this.bus, devices: this.database, now: preciseNow });
    this.#environment = {
      clock: systemClock,
      random: nodeRandom,
      datagrams: nodeDatagrams,
      streams: nodeStreams,
      interfaces: nodeInterfaces(),
      bus: this.bus,
      degradations: this.#degradations,
      database: this.database,
      catalogue: this.#catalogue,
      capture: this.#capture,
      requests: new Sequence(),
    };
  }

  get listeners(): readonly ServiceListener[] {
    return this.#services.flatMap(({ listeners }) => listeners);
  }

  async open(): Promise<void> {
    const config = this.#config;
    const { console: stdout, traceFiles, locks } = this.#options;
    const trace = traceFiles === 'off' ? { ...config.trace, directory: undefined } : config.trace;
    const now = systemClock.now();
    if (locks !== 'off') this.#locks = lockDirectories(config, traceFiles !== 'off', this.#degradations);
    // Before the trace, which would otherwise write a line for each of maybe forty thousand devices.
    this.#runtime.open();
    const laid = this.#runtime.lay(config);
    this.database.configure(laid.devices, now, laid.runtime);
    this.database.restore(now);
    rememberFiles(this.bus, this.database);
    this.#trace = await startTrace(this.bus, trace, {
      clock: systemClock,
      degradations: this.#degradations,
      program: {
        node: config.self.name,
        number: nodeNumber(config),
        version: this.#options.version ?? UNKNOWN_VERSION,
      },
      ...(stdout === undefined ? {} : { stdout, colour: stdout.isTTY === true && !('NO_COLOR' in process.env) }),
    });
    await this.#runtime.settle(laid);
    this.#watchStandstills();
    await this.host.start(config);
    await this.#root.refresh();
    if (config.calls.enabled) {
      this.#calls = await CallService.open(config, this.#environment, trace.directory);
      this.#environment = { ...this.#environment, calls: this.#calls };
    }
    const sccp = config.sccp.enabled ? await this.#add(openSccp) : undefined;
    const sip = config.sip.enabled ? await this.#add(openSip) : undefined;
    this.#command = (device, command) => {
      const protocol = this.database.byName(device)?.registration?.protocol;
      if (protocol === 'SIP') return sip?.server.command(device, command) ?? 'not-registered';
      return sccp?.server.command(device, command) === true ? 'sent' : 'not-registered';
    };
    this.#learnPorts();
    const tftp = config.tftp.enabled ? await this.#add(openTftp) : undefined;
    if (config.http.provisioning.enabled) await this.#add(openHttp);
    const metrics = daemonMetrics(this.#root, this.#catalogue, this.#degradations, this.#capture);
    if (config.http.api.enabled) {
      const timelines = new Timelines(this.bus, this.database, { registersAt: registrationPlaces(() => this.#config) });
      this.#timelines = timelines;
      const verdicts = openVerdicts(timelines, {
        bus: this.bus,
        clock: systemClock,
        database: this.database,
        startedAt: this.#startedAt,
        config: () => this.#config,
        placeOf: () => (name) => this.#placeNow(name),
        localAddresses: () => nodeDatagrams.localAddresses(),
        host: this.host,
        files: servedFiles(this.#root, this.#catalogue),
        degradations: () => this.#degradations.current,
      });
      this.#verdicts = verdicts;
      const view = verdictsView(verdicts, timelines);
      const disks = new DiskWatch(systemClock, { state: config.state.directory, trace: trace.directory }, diskSpace);
      this.#disks = disks;
      await disks.look();
      const sources: ApiSources = {
        version: this.#options.version ?? UNKNOWN_VERSION,
        startedAt: this.#startedAt,
        clock: systemClock,
        bus: this.bus,
        lineOf: logLineOf,
        page: await readPageFiles(),
        devices: this.database,
        command: (device, command) => this.command(device, command),
        leases: () => (this.#dhcp?.leases() ?? []).map((lease) => ({ ...lease, startedAt: lease.since })),
        calls: this.#calls?.view ?? callsView(undefined, this.database),
        timelines,
        captures: this.#capturesView(timelines, view),
        verdicts: view,
        writer: {
          write: (write, asker) => this.changeDevices(write, asker),
          overrides: (name) => this.overrides(name),
        },
        eventOwners: new EventOwners(this.bus, this.database, timelines),
        listeners: () => [...this.listeners, ...this.host.knockPorts.map((port) => ({ ...port, service: 'KNOCK' }))],
        degradations: () => this.#degradations.current,
        metrics: () =>
          metrics({
            dhcp: this.#dhcp,
            tftp: tftp?.server,
            sccp: sccp?.server,
            sip: sip?.server,
            calls: this.#calls,
            verdicts,
            disks,
          }),
        doctor: this.#doctor,
      };
      await this.#add((fresh) => openApiService(fresh, sources));
    }
    if (config.dhcp.enabled) {
      const { server } = await this.#add(openDhcp);
      this.database.setLeaseSource((address) => server.leaseAt(address));
      this.#dhcp = server;
    }
    await this.host.openKnockPorts(this.#config, this.listeners);
    this.#publish({ type: 'daemon.started', at: systemClock.now(), devices: laid.devices.length, file: config.file });
  }

  /** What a device waits for. `undefined`: it is registered, or the API is off. */
  waitsFor(record: DeviceRecord): string | undefined {
    return this.#timelines?.waitsFor(record);
  }

  /** What is wrong with a phone, by its name, hardware address or IP address. `undefined`: nobody of that name was heard, or the API is off. */
  verdictOf(who: string): VerdictReport | undefined {
    return this.#verdicts?.of(who);
  }

  /** Sends the phone its protocol's own command. */
  command(device: DeviceName, command: DeviceCommand): CommandOutcome {
    return this.#command(device, command);
  }

  /**
   * Reads the configuration again. Rejects with a `ConfigError`; then nothing has changed. Calls run one after the
   * other.
   */
  reload(): Promise<LocatedConfig> {
    return this.#inTurn(() => this.#reload());
  }

  /** Adds, changes or removes devices while the daemon runs. Never rejects for what was asked. */
  changeDevices(write: DeviceWrite, asker: WriteAsker): Promise<WriteResult> {
    return this.#inTurn(() => this.#runtime.write(write, asker));
  }

  /** Where the files have a device that was changed at runtime; `undefined`: nowhere, or it was not. */
  overrides(name: string): DevicePlace | undefined {
    return this.#runtime.overrides(name);
  }

  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const changing = this.#changing.then(change);
    this.#changing = changing.then(forget, forget);
    return changing;
  }

  /** Where a device stands, whichever place holds. */
  #placeNow(name: string): DevicePlace | undefined {
    return this.#runtime.placeOf(name) ?? this.#placeOf(name);
  }

  /** Ends registrations, closes every listener in reverse, writes the trace to its end. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #reload(): Promise<LocatedConfig> {
    this.#calls?.reopen();
    this.#trace?.reopen(); // also if the configuration is faulty: logrotate sends the same signal
    const { configPath = this.#config.file, overrides = [] } = this.#options;
    const old = this.#config;
    const stamps = await this.host.stampsOf(old);
    const refuse = (error: Error): never => {
      this.#doctor.onRefused(error.message.split('\n'));
      this.#publish({ type: 'daemon.reload-refused', at: systemClock.now(), faults: error.message.split('\n') });
      throw error;
    };
    const located = await readLocatedConfig(configPath, overrides).catch(refuse);
    const { live, restart, effective: inForce } = describeReload(old, withBoundPorts(located.config, this.#bound));
    const laid = this.#laidOver(inForce, refuse);
    const now = systemClock.now();
    this.#config = inForce;
    this.#placeOf = devicePlaces(located);
    this.#doctor.onAccepted();
    this.database.setPolicy(inForce.policy, inForce.defaultGroup);
    const { result: devices, names } = changedDevices(this.bus, () =>
      this.database.configure(laid.devices, now, laid.runtime),
    );
    await this.#runtime.settle(laid);
    await this.#root.refresh();
    if (live.some((key) => key.startsWith('provisioning.'))) this.#catalogue.reconfigure(inForce.provisioning);
    this.#capture.apply(inForce.capture);
    this.#calls?.apply(inForce);
    for (const service of this.#services) service.apply(inForce);
    const settings = writtenKeys(live.filter((key) => key !== 'devices'));
    this.#publish({ type: 'daemon.reloaded', at: now, devices, names, settings, afterRestart: writtenKeys(restart) });
    await this.host.reloaded(inForce, stamps);
    await this.host.openKnockPorts(inForce, this.listeners);
    return located;
  }

  #laidOver(config: Config, refuse: (error: Error) => never): LaidDevices {
    try {
      return this.#runtime.lay(config);
    } catch (error) {
      return refuse(error as Error);
    }
  }

  async #stop(): Promise<void> {
    this.#publish({ type: 'daemon.stopping', at: systemClock.now() });
    this.#calls?.endCalls(); // while the phones can still be told
    for (const service of this.#services.splice(0).reverse()) {
      const { listeners } = service;
      await service.close();
      for (const listener of listeners) this.#publishListener('listener.closed', listener);
    }
    await this.#changing;
    this.#runtime.close();
    await this.#calls?.close();
    this.#capture.close();
    this.database.endAll('shutdown', systemClock.now());
    this.#deadlineTimer.stop();
    this.#unwatch();
    this.#verdicts?.close();
    this.#disks?.close();
    await this.host.close();
    const now = systemClock.now();
    this.#publish({ type: 'daemon.stopped', at: now, lasted: now - this.#startedAt });
    for (const { sink, lines, reason } of (await this.#trace?.close()) ?? [])
      this.#options.warn?.(`${lines} lines of the trace ${sink} were lost: ${reason}`);
    for (const lock of this.#locks) lock.release();
  }

  #capturesView(timelines: Timelines, verdicts: VerdictsView): CapturesView {
    return capturesView({
      capture: this.#capture,
      clock: systemClock,
      preciseNow,
      config: () => this.#config,
      listeners: () => this.listeners,
      remarks: verdictRemarks(verdicts, timelines),
    });
  }

  async #add<S extends DaemonService>(
    open: (config: Config, environment: DaemonEnvironment) => Promise<S>,
  ): Promise<S> {
    const service = await open(this.#config, this.#environment);
    this.#services.push(service);
    for (const listener of service.listeners) {
      const { service: name, transport, address, port } = listener;
      this.#publishListener('listener.opened', listener);
      this.#options.announce(`${name.padEnd(4)} ${transport} ${address}:${port}`);
    }
    return service;
  }

  /** Puts the ports that the system chose into the files for phones. */
  #learnPorts(): void {
    for (const { service, transport, port } of this.listeners) {
      if (service === 'SCCP' && transport === 'tcp') this.#bound.sccp = port;
      else if (service === 'SIP' && transport === 'tls') this.#bound.sipTls = port;
      else if (service === 'SIP' && (transport === 'tcp' || this.#bound.sip === undefined)) this.#bound.sip = port;
    }
    this.#config = withBoundPorts(this.#config, this.#bound);
    this.#catalogue.reconfigure(this.#config.provisioning);
    for (const service of this.#services) service.apply(this.#config);
  }

  /** Published in a turn of its own: the standstill is found while other code asks for the time. */
  #watchStandstills(): void {
    this.#unwatch = systemClock.onStandstill((slept, now) => {
      systemClock.callAt(now, () => this.#publish({ type: 'daemon.stood-still', at: now, milliseconds: slept }));
    });
  }

  #publish(event: DaemonEvent): void {
    this.bus.publish(event);
  }

  #publishListener(type: 'listener.opened' | 'listener.closed', listener: ServiceListener): void {
    this.bus.publish({ type, at: systemClock.now(), ...listener });
  }

  /** A fault of this program: reported on stderr; the daemon goes on without that listener. */
  #onListenerFailed(error: unknown): void {
    process.stderr.write(
      `labcm: a subscriber of the journal failed and was dropped: ${error instanceof Error ? error.stack : String(error)}\n`,
    );
  }
}

const forget = (): void => {};

const UNKNOWN_VERSION = '0.0.0';
