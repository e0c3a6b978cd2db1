// A daemon's memory without its sockets, in virtual time: configuration, database, timelines and verdicts. A test says
// what is heard, and reads the verdict.

import { type Config, configOf, type DevicePlace, type WrittenConfig } from '../../../src/config/index.js';
import { EventBus } from '../../../src/core/event-bus.js';
import type { DirectoryNumber } from '../../../src/core/identifiers.js';
import { after, type Instant, seconds } from '../../../src/core/time.js';
import { rememberFiles } from '../../../src/daemon/file-facts.js';
import { openVerdicts } from '../../../src/daemon/verdicts.js';
import type { Protocol, Registration } from '../../../src/devices/device.js';
import { DeviceDatabase, type RegistrationRequest } from '../../../src/devices/index.js';
import type { LabcmEvent } from '../../../src/events.js';
import { type Finding, Timelines, type VerdictReport, type Verdicts } from '../../../src/explain/index.js';
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
  /** Where `PHONE` stands. */
  readonly place?: DevicePlace;
}

export class VerdictLab {
  readonly clock = new ManualClock();
  readonly bus = new EventBus<LabcmEvent>((error) => {
    throw error;
  });
  readonly database: DeviceDatabase;
  readonly timelines: Timelines;
  readonly verdicts: Verdicts;
  /** The `device.verdict` events so far. */
  readonly told: Extract<LabcmEvent, { type: 'device.verdict' }>[] = [];
  #config: Config;

  private constructor(config: Config, { localAddresses = ['10.2.0.1'], place = PLACE }: LabOptions) {
    this.#config = config;
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
      config: () => this.#config,
      placeOf: () => (name) => (this.database.byName(name) === undefined ? undefined : place),
      localAddresses: () => localAddresses,
    });
    this.bus.on('device.verdict', (event) => this.told.push(event));
    this.say({ type: 'daemon.started', devices: devices.length, file: config.file });
  }

  /** `written` is laid over `LAB`, section by section. */
  static async with(written: WrittenConfig = {}, options: LabOptions = {}): Promise<VerdictLab> {
    return new VerdictLab(await configOf({ ...LAB, ...written }, '/lab/lab.yaml'), options);
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

  report(who = PHONE): VerdictReport | undefined {
    return this.verdicts.of(who);
  }

  verdict(who = PHONE): Finding | undefined {
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
