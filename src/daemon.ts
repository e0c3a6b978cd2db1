// The composition root: the only file that knows every service.

import { type Config, type DevicePlace, type LocatedConfig, NO_PLACES, nodeNumber } from './config/index.js';
import { DeadlineTimer } from './core/deadline-timer.js';
import { NameTakenError } from './core/errors.js';
import type { EventBus } from './core/event-bus.js';
import type { DeviceName } from './core/identifiers.js';
import { apiSources } from './daemon/api-sources.js';
import { CallService } from './daemon/call-service.js';
import { openCapf, openTvs } from './daemon/certificate-services.js';
import type { ClusterService } from './daemon/cluster-service.js';
import type { ClusterSharing } from './daemon/cluster-sharing.js';
import { ConfigInForce } from './daemon/config-in-force.js';
import type { DaemonOptions } from './daemon/daemon-options.js';
import { DeviceLayerFile } from './daemon/device-layer-file.js';
import { DiskWatch } from './daemon/disk-watch.js';
import { DoctorFacts } from './daemon/doctor-facts.js';
import type { DaemonEnvironment } from './daemon/environment.js';
import { Explaining } from './daemon/explaining.js';
import { faultsView } from './daemon/fault-rules.js';
import { FeatureKeeping } from './daemon/feature-keeping.js';
import { rememberFiles } from './daemon/file-facts.js';
import { HostObserver } from './daemon/host-observer.js';
import { openHttpsFiles, openHttpsForClients } from './daemon/https-files.js';
import { lockDirectories } from './daemon/lock-directories.js';
import { nodeEnvironment } from './daemon/node-environment.js';
import { openApiService } from './daemon/open-api-service.js';
import { openCluster } from './daemon/open-cluster.js';
import { openManagementService } from './daemon/open-management.js';
import { openTrustService, type TrustService } from './daemon/open-trust.js';
import { PagePushes } from './daemon/page-pushes.js';
import { secureCluster } from './daemon/phone-issuers.js';
import { reloadConfig } from './daemon/reload-config.js';
import { RunningServices } from './daemon/running-services.js';
import { RuntimeDevices } from './daemon/runtime-devices.js';
import { SecurityResets } from './daemon/security-resets.js';
import { servedFiles } from './daemon/served-files.js';
import type { DaemonService, ServiceListener } from './daemon/service.js';
import { openDhcp, openHttp, openSccp, openSip, openTftp } from './daemon/services.js';
import type { DeviceCommand, DeviceDatabase, DeviceRecord, Protocol } from './devices/index.js';
import type { DhcpServer } from './dhcp/server.js';
import type { DaemonEvent, LabcmEvent } from './events.js';
import type { VerdictReport } from './explain/index.js';
import type { CommandOutcome, DeviceWrite, FaultsView, WriteAsker, WriteResult } from './http/index.js';
import type { DirectoryLock } from './net/files/directory-lock.js';
import { diskSpace } from './net/files/disk-space.js';
import { hostReader } from './net/host-reader.js';
import { nodeDatagrams } from './net/sockets/node-datagrams.js';
import { nodeStreams } from './net/sockets/node-streams.js';
import { preciseNow, systemClock } from './net/system-clock.js';
import { ServedDirectory } from './provisioning/served-directory.js';
import type { SccpServer } from './sccp/server.js';
import type { PushRequest } from './services/push/push-request.js';
import { Pusher, type PushRefusal, type PushResult, type SignallingPush } from './services/push/pusher.js';
import type { SipServer } from './sip/server.js';
import type { TftpServer } from './tftp/server.js';
import { startTrace, type Trace, type TraceSettings } from './trace/index.js';

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

/** The servers that the API asks. `undefined`: that service is off. */
interface OpenServers {
  readonly tftp: TftpServer | undefined;
  readonly sccp: SccpServer | undefined;
  readonly sip: SipServer | undefined;
}

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
  readonly #inForce: ConfigInForce;
  readonly #root: ServedDirectory;
  readonly #deadlineTimer: DeadlineTimer;
  readonly #runtime: RuntimeDevices;
  readonly #services: RunningServices;
  readonly #doctor: DoctorFacts;
  readonly #startedAt = systemClock.now();
  /** The faults that it makes on purpose. */
  readonly faults: FaultsView;
  #environment: DaemonEnvironment;
  #locks: readonly DirectoryLock[] = [];
  #trace: Trace | undefined;
  #unwatch: () => void = () => {};
  #calls: CallService | undefined;
  #cluster: ClusterService | undefined;
  #sharing: ClusterSharing | undefined;
  #trust: TrustService | undefined;
  #securityResets: SecurityResets | undefined;
  #explaining: Explaining | undefined;
  #disks: DiskWatch | undefined;
  #dhcp: DhcpServer | undefined;
  #command: (device: DeviceName, command: DeviceCommand) => CommandOutcome = () => 'not-registered';
  readonly #pusher: Pusher;
  readonly #pagePushes: PagePushes;
  /** How phones of each protocol take pushes without a web server. */
  readonly #signalling: Partial<Record<Protocol, SignallingPush>> = {};
  /** Reloads and changes of devices, one after the other. */
  #changing: Promise<void> = Promise.resolve();
  #stopping: Promise<void> | undefined;
  #fail: (reason: Error) => void = () => {};
  /** Resolves with why this daemon cannot go on: its owner stops it then. Stays pending while it can. */
  readonly failure = new Promise<Error>((resolve) => {
    this.#fail = resolve;
  });

  constructor(config: Config, options: DaemonOptions) {
    this.#options = options;
    this.#inForce = new ConfigInForce(config, options.placeOf ?? NO_PLACES);
    this.#doctor = new DoctorFacts(systemClock, { config: () => this.#inForce.config, dhcp: () => this.#dhcp });
    this.#root = new ServedDirectory(config.tftp.root, systemClock, config.tftp.cache);
    this.#environment = nodeEnvironment(config, { root: this.#root, warn: options.warn });
    const { bus, database, degradations } = this.#environment;
    this.bus = bus;
    this.database = database;
    this.faults = faultsView(this.#environment.injector);
    this.#pusher = new Pusher({
      ...{ bus, clock: systemClock, streams: nodeStreams, devices: database },
      settings: () => this.#inForce.config.services,
      signalling: (protocol) => this.#signalling[protocol],
    });
    this.#pagePushes = new PagePushes({
      mayPush: () => this.#inForce.config.services.authentication !== undefined,
      recordOf: (device) => database.byName(device),
      push: (device, request) => this.#pusher.push(device, request),
    });
    this.#services = new RunningServices({ bus, clock: systemClock, announce: options.announce });
    this.#runtime = new RuntimeDevices({
      clock: systemClock,
      database,
      degradations,
      file: new DeviceLayerFile(config.state.directory),
      placeInFiles: () => this.#inForce.placeInFiles,
      placeOf: (name) => this.#placeOf(name),
      config: () => this.#inForce.config,
      forwardRefusal: (dn, number) => this.#calls?.control.features.refusalOf(dn, number),
      publish: (event) => this.bus.publish(event),
    });
    this.#deadlineTimer = new DeadlineTimer(database, systemClock);
    database.onEarlierDeadline(() => this.#deadlineTimer.rearm());
    this.host = new HostObserver({
      host: hostReader,
      clock: systemClock,
      streams: nodeStreams,
      datagrams: nodeDatagrams,
      bus,
      devices: database,
      degradations,
    });
  }

  get listeners(): readonly ServiceListener[] {
    return this.#services.listeners;
  }

  async open(): Promise<void> {
    const { config } = this.#inForce;
    const { traceFiles, locks } = this.#options;
    const trace = traceFiles === 'off' ? { ...config.trace, directory: undefined } : config.trace;
    const now = systemClock.now();
    if (locks !== 'off') this.#locks = lockDirectories(config, traceFiles !== 'off', this.#environment.degradations);
    // Before the trace, which would otherwise write a line for each of maybe forty thousand devices.
    this.#runtime.open();
    const laid = this.#runtime.lay(config);
    this.database.configure(laid.devices, now, laid.runtime);
    this.database.restore(now);
    rememberFiles(this.bus, this.database);
    this.#trace = await this.#startTrace(trace);
    await this.#runtime.settle(laid);
    this.#trust = openTrustService(config, this.#environment, this.#options.warn);
    if (this.#trust !== undefined)
      this.#environment = { ...this.#environment, trust: secureCluster(config, this.#trust.trust.identities) };
    this.#watchStandstills();
    this.#cluster = await openCluster(config, this.#options.clusterBus, {
      ...{ clock: systemClock, bus: this.bus, database: this.database },
      degradations: this.#environment.degradations,
      version: this.#version,
      config: () => this.#inForce.config,
      nameTaken: ({ node, address }) => this.#fail(new NameTakenError(node, address)),
      isRequired: this.#options.requireBus === true,
      command: (device, command) => void this.command(device, command),
      runtime: this.#runtime,
      lines: this.#environment.lineStates.states,
      inTurn: (change) => this.#inTurn(change),
    });
    this.#environment = { ...this.#environment, leases: this.#cluster?.leases };
    if (this.#cluster !== undefined) this.#environment = { ...this.#environment, hasClusterBus: true };
    this.#sharing = await this.#share();
    await this.host.start(config);
    await this.#root.refresh();
    if (config.calls.enabled) {
      const keeper = new FeatureKeeping({
        clock: systemClock,
        write: (write, asker) => this.changeDevices(write, asker),
        addressOf: (device) => this.database.byName(device)?.registration?.address,
        publish: (event) => this.bus.publish(event),
      });
      this.#calls = await CallService.open(config, this.#environment, trace.directory, keeper);
      this.#calls.pageByPush(this.#pagePushes.listen);
      this.#environment = { ...this.#environment, calls: this.#calls };
      this.#environment.lineStates.serve(this.#calls.control);
    }
    this.#environment.injector.apply(config.inject);
    const sccp = config.sccp.enabled ? (await this.#add(openSccp)).server : undefined;
    const sip = config.sip.enabled ? (await this.#add(openSip)).server : undefined;
    if (sccp !== undefined) this.#signalling.SCCP = sccp;
    if (sip !== undefined) this.#signalling.SIP = sip;
    this.#command = (device, command) => {
      const protocol = this.database.byName(device)?.registration?.protocol;
      if (protocol === 'SIP') return sip?.command(device, command) ?? 'not-registered';
      return sccp?.command(device, command) === true ? 'sent' : 'not-registered';
    };
    this.#securityResets = new SecurityResets({
      ...{ clock: systemClock, bus: this.bus },
      command: (device, command) => this.command(device, command),
    });
    if (config.secureMode.capf !== undefined) await this.#add(openCapf);
    if (config.secureMode.tvs !== undefined) await this.#add(openTvs);
    this.#learnPorts();
    if (sip !== undefined) this.#callOtherNodes(sip);
    const tftp = config.tftp.enabled ? (await this.#add(openTftp)).server : undefined;
    if (config.http.provisioning.enabled) await this.#add(openHttp);
    if (config.http.provisioning.enabled && config.secureMode.https !== undefined) await this.#add(openHttpsFiles);
    if (config.http.provisioning.enabled && config.http.provisioning.https !== undefined)
      await this.#add(openHttpsForClients);
    if (config.http.provisioning.port === 0) this.#learnPorts(); // for the URLs of pages
    if (config.http.api.enabled || config.management.enabled) {
      const disks = await this.#watchDisks(trace.directory);
      if (config.http.api.enabled) await this.#openApi({ tftp, sccp, sip }, disks);
      if (config.management.enabled)
        await this.#add((fresh, environment) =>
          openManagementService(fresh, environment, {
            disks,
            traceDirectory: trace.directory,
            devices: this.#runtime,
            changeDevices: (write, asker) => this.changeDevices(write, asker),
            shared: this.#sharing?.managed,
            command: (device, command) =>
              this.#sharing?.phones.command(device, command) ?? this.command(device, command),
          }),
        );
    }
    if (config.dhcp.enabled) {
      const { server } = await this.#add(openDhcp);
      this.database.setLeaseSource((address) => server.leaseAt(address));
      this.#dhcp = server;
    }
    await this.host.openKnockPorts(this.#inForce.config, this.listeners);
    this.#publish({ type: 'daemon.started', at: systemClock.now(), devices: laid.devices.length, file: config.file });
  }

  /** What a device waits for. `undefined`: it is registered, or the API is off. */
  waitsFor(record: DeviceRecord): string | undefined {
    return this.#explaining?.timelines.waitsFor(record);
  }

  /** What is wrong with a phone, by its name, hardware address or IP address. `undefined`: nobody of that name was heard, or the API is off. */
  verdictOf(who: string): VerdictReport | undefined {
    return this.#explaining?.verdicts.of(who);
  }

  /** Sends the phone its protocol's own command. */
  command(device: DeviceName, command: DeviceCommand): CommandOutcome {
    return this.#command(device, command);
  }

  /** Pushes a text, a page or a key to a registered phone. Resolves with the phone's answer. Never rejects. */
  push(device: string, request: PushRequest): Promise<PushResult | PushRefusal> {
    return this.#pusher.push(device, request);
  }

  /**
   * Reads the configuration again. Rejects with a `ConfigError`; then nothing has changed. Calls run one after the
   * other.
   */
  reload(): Promise<LocatedConfig> {
    const { configPath, overrides = [] } = this.#options;
    return this.#inTurn(() =>
      reloadConfig({
        configPath: configPath ?? this.#inForce.config.file,
        overrides,
        environment: this.#environment,
        inForce: this.#inForce,
        runtime: this.#runtime,
        services: this.#services,
        root: this.#root,
        host: this.host,
        doctor: this.#doctor,
        trace: this.#trace,
      }),
    );
  }

  /** Adds, changes or removes devices while the daemon runs. Never rejects for what was asked. */
  changeDevices(write: DeviceWrite, asker: WriteAsker): Promise<WriteResult> {
    return this.#inTurn(() => this.#runtime.write(write, asker));
  }

  /** Where the files have a device that was changed at runtime; `undefined`: nowhere, or it was not. */
  overrides(name: string): DevicePlace | undefined {
    return this.#runtime.overrides(name);
  }

  /** Ends registrations, closes every listener in reverse, writes the trace to its end. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    this.#publish({ type: 'daemon.stopping', at: systemClock.now() });
    this.#calls?.endCalls(); // while the phones can still be told
    this.#pusher.close();
    await this.#cluster?.leave(); // before the registrations end
    await this.#services.close();
    this.#environment.injector.close();
    await this.#changing;
    await this.#cluster?.close();
    this.#runtime.close();
    await this.#calls?.close();
    this.#environment.capture.close();
    this.database.endAll('shutdown', systemClock.now());
    this.#deadlineTimer.stop();
    this.#environment.lineStates.stop();
    this.#unwatch();
    this.#explaining?.close();
    this.#trust?.close();
    this.#securityResets?.close();
    this.#disks?.close();
    await this.host.close();
    const now = systemClock.now();
    this.#publish({ type: 'daemon.stopped', at: now, lasted: now - this.#startedAt });
    for (const { sink, lines, reason } of (await this.#trace?.close()) ?? [])
      this.#options.warn?.(`${lines} lines of the trace ${sink} were lost: ${reason}`);
    for (const lock of this.#locks) lock.release();
  }

  get #version(): string {
    return this.#options.version ?? UNKNOWN_VERSION;
  }

  #startTrace(settings: TraceSettings): Promise<Trace> {
    const { config } = this.#inForce;
    const stdout = this.#options.console;
    return startTrace(this.bus, settings, {
      clock: systemClock,
      degradations: this.#environment.degradations,
      program: { node: config.self.name, number: nodeNumber(config), version: this.#version },
      ...(stdout === undefined ? {} : { stdout, colour: stdout.isTTY === true && !('NO_COLOR' in process.env) }),
    });
  }

  async #watchDisks(traceDirectory: string | undefined): Promise<DiskWatch> {
    const { state } = this.#inForce.config;
    const disks = new DiskWatch(systemClock, { state: state.directory, trace: traceDirectory }, diskSpace);
    this.#disks = disks;
    await disks.look();
    return disks;
  }

  /** What other nodes show and ask of the phones here, and this one of theirs. `undefined`: no bus is configured. */
  async #share(): Promise<ClusterSharing | undefined> {
    if (this.#cluster === undefined) return undefined;
    const { ClusterSharing } = await import('./daemon/cluster-sharing.js');
    return new ClusterSharing(this.#cluster, {
      ...{ clock: systemClock, database: this.database, self: this.#inForce.config.self.name },
      verdictsView: () => this.#explaining?.verdictsView,
      partOf: (device) => this.#explaining?.partOf(device) ?? { steps: [], waitsFor: undefined, verdict: undefined },
      command: (device, command) => this.command(device, command),
      push: (device, request) => this.push(device, request),
    });
  }

  /** Opens the API, with everything that only the API shows. */
  async #openApi(servers: OpenServers, disks: DiskWatch): Promise<void> {
    const config = (): Config => this.#inForce.config;
    const explaining = new Explaining({
      bus: this.bus,
      clock: systemClock,
      database: this.database,
      startedAt: this.#startedAt,
      config,
      placeOf: () => (name) => this.#placeOf(name),
      localAddresses: () => nodeDatagrams.localAddresses(),
      host: this.host,
      files: servedFiles(this.#root, this.#environment.catalogue),
      degradations: () => this.#environment.degradations.current,
      isElsewhere: ({ configured }) => this.#sharing?.devices.holderElsewhere(configured.name) !== undefined,
    });
    this.#explaining = explaining;
    this.#sharing?.view.onChanged((device) => explaining.verdicts.judgeAgain(device));
    const sources = await apiSources({
      version: this.#version,
      startedAt: this.#startedAt,
      preciseNow,
      environment: this.#environment,
      root: this.#root,
      host: this.host,
      explaining,
      disks,
      doctor: this.#doctor,
      writer: {
        write: (write, asker) => this.changeDevices(write, asker),
        overrides: (name) => this.overrides(name),
      },
      ...servers,
      dhcp: () => this.#dhcp,
      config,
      listeners: () => this.listeners,
      faults: this.faults,
      placeOf: (name) => this.#placeOf(name),
      command: (device, command) => this.command(device, command),
      push: (device, request) => this.push(device, request),
      sharing: this.#sharing,
    });
    await this.#add((fresh) => openApiService(fresh, sources));
  }

  async #add<S extends DaemonService>(
    open: (config: Config, environment: DaemonEnvironment) => Promise<S>,
  ): Promise<S> {
    const service = await open(this.#inForce.config, this.#environment);
    this.#services.add(service);
    return service;
  }

  /** Numbers of other nodes can be called from now on. */
  #callOtherNodes(sip: SipServer): void {
    const cluster = this.#cluster;
    if (cluster === undefined || this.#calls === undefined) return;
    const { forCalls } = cluster;
    sip.joinCluster(forCalls);
    const numberCame = this.#calls.callElsewhere(forCalls);
    cluster.onChanges({ nodeChanged: (node) => sip.nodeChanged(node), numberCame });
  }

  /** Puts the ports that the system chose into the files for phones. */
  #learnPorts(): void {
    this.#inForce.learnPorts(this.listeners);
    this.#environment.catalogue.reconfigure(this.#inForce.config.provisioning);
    this.#services.apply(this.#inForce.config);
  }

  /** Where a device stands, whichever place holds. */
  #placeOf(name: string): DevicePlace | undefined {
    return this.#runtime.placeOf(name) ?? this.#inForce.placeInFiles(name);
  }

  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const changing = this.#changing.then(change);
    this.#changing = changing.then(forget, forget);
    return changing;
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
}

const forget = (): void => {};

const UNKNOWN_VERSION = '0.0.0';
