// A daemon's memory without its sockets, in virtual time: configuration, database, timelines and verdicts. A test says
// what is heard, and reads the verdict.

import { type Config, configOf, type DevicePlace, type WrittenConfig } from '../../../src/config/index.js';
import { Degradations } from '../../../src/core/degradations.js';
import { EventBus } from '../../../src/core/event-bus.js';
import type { HostFacts, Knock, Neighbour } from '../../../src/core/host-facts.js';
import { type DirectoryNumber, parseMacAddress } from '../../../src/core/identifiers.js';
import { after, type Instant, seconds } from '../../../src/core/time.js';
import { rememberFiles } from '../../../src/daemon/file-facts.js';
import { servedFiles } from '../../../src/daemon/served-files.js';
import { openVerdicts } from '../../../src/daemon/verdicts.js';
import type { Protocol, Registration } from '../../../src/devices/device.js';
import { DeviceDatabase, type RegistrationRequest } from '../../../src/devices/index.js';
import type { LabcmEvent } from '../../../src/events.js';
import { Timelines, type VerdictFinding, type VerdictReport, type Verdicts } from '../../../src/explain/index.js';
import { timeText } from '../../../src/explain/verdicts/shown-text.js';
import { partsListed } from '../../../src/provisioning/manifests.js';
import { anAttempt } from '../../support/devices.js';
import { ManualClock } from '../../support/manual-clock.js';

/** An event without its time: the lab gives it. */
export type Said = LabcmEvent extends infer E ? (E extends unknown ? Omit<E, 'at'> : never) : never;

/** The phone that most cases are about, with its address and hardware address. */
export const PHONE = 'SEP001122334455';
export const ADDRESS = '10.2.0.14';
export const MAC = '00:11:22:33:44:55';
/** Where the configuration of `PHONE` stands. */
export const PLACE = { file: '/lab/lab.yaml', line: 31 };

/** Two nodes of which this is the first, and one SCCP phone. */
export const LAB: WrittenConfig = {
  nodes: [{ name: 'CM1', address: '10.2.0.1' }],
  self: 'CM1',
  devices: [{ name: PHONE, model: 'Cisco 7962', protocol: 'SCCP', lines: ['5001'] }],
} as WrittenConfig;

/** What the lab is made of besides the configuration. */
export interface LabOptions {
  readonly localAddresses?: readonly string[];
  /** Hardware addresses by address: the ARP table. */
  readonly neighbours?: Readonly<Record<string, string>>;
  /** The files below `tftp.root`: their texts by path. */
  readonly root?: Readonly<Record<string, string>>;
  /** Where `PHONE` stands. */
  readonly place?: DevicePlace;
}

/** The machine of a lab. A case writes what it is about. */
class LabHost implements HostFacts {
  counters: HostFacts['counters'];
  addresses: readonly string[];
  newerFiles: HostFacts['newerFiles'] = [];
  clockJump: HostFacts['clockJump'];
  descriptors: HostFacts['descriptors'] = { limit: undefined, usedUp: false };
  /** By address. */
  readonly neighbours = new Map<string, Neighbour>();
  readonly knocks = new Map<string, readonly Knock[]>();

  constructor(addresses: readonly string[]) {
    this.addresses = addresses;
  }

  neighbourAt(address: string): Neighbour | undefined {
    return this.neighbours.get(address);
  }

  knocksFrom(address: string): readonly Knock[] {
    return this.knocks.get(address) ?? [];
  }
}

export class VerdictLab {
  readonly clock = new ManualClock();
  readonly bus = new EventBus<LabcmEvent>((error) => {
    throw error;
  });
  readonly database: DeviceDatabase;
  readonly degradations: Degradations;
  readonly timelines: Timelines;
  readonly verdicts: Verdicts;
  /** The `device.verdict` events so far. */
  readonly told: Extract<LabcmEvent, { type: 'device.verdict' }>[] = [];
  /** The machine: nothing is wrong with it until a case says so. */
  readonly host: LabHost;
  /** The files below `tftp.root`. A case may add some later. */
  readonly root: Map<string, string>;
  /** The version stamp of the phones' files. */
  stamp = 'stamp-1';
  /** Devices that are registered with another node. */
  readonly elsewhere = new Set<string>();
  /** How often somebody or something made a verdict be worked out. */
  assessments = 0;
  #config: Config;

  private constructor(
    config: Config,
    { localAddresses = ['10.2.0.1'], neighbours = {}, root = {}, place = PLACE }: LabOptions,
  ) {
    this.#config = config;
    this.root = new Map(Object.entries(root));
    this.host = new LabHost(localAddresses);
    this.degradations = new Degradations(this.clock, this.bus);
    for (const [address, written] of Object.entries(neighbours)) {
      const mac = parseMacAddress(written);
      if (mac !== undefined) this.host.neighbours.set(address, { mac, at: this.clock.now() });
    }
    const { policy, defaultGroup, devices } = config;
    this.database = new DeviceDatabase(this.bus, { policy, defaultGroup });
    this.database.configure(devices, this.clock.now());
    rememberFiles(this.bus, this.database);
    this.timelines = new Timelines(this.bus, this.database);
    this.verdicts = openVerdicts(this.timelines, {
      bus: this.bus,
      clock: this.clock,
      database: this.database,
      startedAt: this.clock.now(),
      isElsewhere: ({ configured: { name } }) => this.elsewhere.has(name),
      config: () => this.#config,
      // Every assessment asks for the place of its phone, once.
      placeOf: () => (name) => {
        this.assessments += 1;
        return this.database.byName(name) === undefined ? undefined : place;
      },
      localAddresses: () => localAddresses,
      host: this.host,
      files: servedFiles(
        {
          locate: (name) => [...this.root.keys()].find((path) => path.toUpperCase() === name.toUpperCase()),
          locateInFolder: (name) => [...this.root.keys()].find((path) => path.endsWith(`/${name}`)),
          text: (path) => this.root.get(path),
        },
        {
          partsOf: (load) => partsListed(this.root.get(`${load}.loads`) ?? ''),
          versionStampsOf: () => ({ config: this.stamp, dialplan: '', softkey: '', featureControl: '' }),
        },
      ),
      degradations: () => this.degradations.current,
    });
    this.bus.on('device.verdict', (event) => this.told.push(event));
    this.say({ type: 'daemon.started', devices: devices.length, file: config.file });
  }

  /** `written` is laid over `LAB`, section by section. */
  static async with(written: WrittenConfig = {}, options: LabOptions = {}): Promise<VerdictLab> {
    return new VerdictLab(await configOf({ ...LAB, ...written }, '/lab/lab.yaml'), options);
  }

  get config(): Config {
    return this.#config;
  }

  now(): Instant {
    return this.clock.now();
  }

  /** Time goes on. */
  wait(span: number): void {
    this.clock.advance(span);
  }

  /** Publishes events, 100 ms apart. */
  say(...events: readonly Said[]): void {
    for (const event of events) {
      this.clock.advance(100);
      this.bus.publish({ ...event, at: this.now() } as LabcmEvent);
    }
  }

  /** `PHONE` is sent a file by TFTP. */
  fetch(file: string, who = PHONE): void {
    const context = { connection: 1, sequence: 1, address: ADDRESS, port: 50000 };
    const counts = {
      octets: 5000,
      blocks: 10,
      resent: 0,
      milliseconds: 12,
      socket: 40_000,
      blockSize: 512,
      windowSize: 1,
    };
    this.say({ type: 'tftp.completed', context, file, device: who, ...counts });
  }

  /** A registration attempt. It stays where it was accepted. */
  attempt(
    name = PHONE,
    protocol: Protocol = 'SCCP',
    rest: Partial<RegistrationRequest> = {},
  ): ReturnType<DeviceDatabase['register']> {
    this.clock.advance(100);
    const typeId = this.database.byName(name)?.configured.model.id ?? 404;
    return this.database.register(anAttempt(name, protocol, { address: ADDRESS, typeId, ...rest }), this.now());
  }

  /** Registers a phone with all its lines. */
  register(name = PHONE, protocol: Protocol = 'SCCP', rest: Partial<RegistrationRequest> = {}): Registration {
    const answer = this.attempt(name, protocol, rest);
    if (!answer.accepted) throw new Error(`${name} was refused: ${answer.reason}`);
    const { registration } = answer;
    if (protocol === 'SCCP') this.database.reportCapabilities(registration, [], this.now());
    else
      this.database.bindLines(
        registration,
        answer.device.configured.lines.map(({ dn }) => dn as DirectoryNumber),
        this.now(),
      );
    return registration;
  }

  /** Another configuration, as after a reload. */
  async reload(written: WrittenConfig): Promise<void> {
    this.#config = await configOf({ ...LAB, ...written }, '/lab/lab.yaml');
    this.database.setPolicy(this.#config.policy, this.#config.defaultGroup);
    this.database.configure(this.#config.devices, this.now());
    this.say({
      type: 'daemon.reloaded',
      devices: { added: 0, changed: 1, removed: 0, unchanged: 0 },
      names: { added: [], changed: [], removed: [] },
      settings: [],
      afterRestart: [],
    });
  }

  /** The `device.verdict` events of a device so far. */
  toldOf(who: string): readonly Extract<LabcmEvent, { type: 'device.verdict' }>[] {
    return this.told.filter(({ device }) => device === who);
  }

  report(who = PHONE): VerdictReport | undefined {
    return this.verdicts.of(who);
  }

  verdict(who = PHONE): VerdictFinding | undefined {
    return this.report(who)?.verdict;
  }

  /** Two seconds after the last fact every verdict stands. */
  settle(): void {
    this.wait(seconds(2));
  }

  soon(span: number): Instant {
    return after(this.now(), seconds(span));
  }
}

/** The local time so many seconds after the labs begin, as sentences have it. */
export const localTimeIn = (count: number): string => {
  const clock = new ManualClock();
  const at = clock.wallTime(after(clock.now(), seconds(count)));
  return timeText(at, at);
};
