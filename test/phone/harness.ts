// Two call managers, each with its device database and files, and simulated phones: all in memory, on a clock that the
// test advances. The servers are the real ones, and phones reach them only through the network.

import { CallControl, CallNumbers, DialPlan } from '../../src/calls/index.js';
import { type CallSettings, DEFAULT_CALLS } from '../../src/calls/settings.js';
import { DeadlineTimer } from '../../src/core/deadline-timer.js';
import { appearanceOf, CallPhones } from '../../src/daemon/call-phones.js';
import { LineStateService } from '../../src/daemon/line-states.js';
import type { ConfiguredDevice } from '../../src/devices/device.js';
import { DeviceDatabase, MODELS } from '../../src/devices/index.js';
import { DEFAULT_POLICY, type RegistrationPolicy } from '../../src/devices/policy.js';
import type { LabcmEvent } from '../../src/events.js';
import { Injector } from '../../src/injection/injector.js';
import { sccpWire } from '../../src/injection/protocols/sccp.js';
import { sipWire } from '../../src/injection/protocols/sip.js';
import { tftpWire } from '../../src/injection/protocols/tftp.js';
import { injectedCalls } from '../../src/injection/seams/calls.js';
import { injectedDatagrams } from '../../src/injection/seams/datagrams.js';
import { injectedFiles } from '../../src/injection/seams/files.js';
import { injectedStreams } from '../../src/injection/seams/streams.js';
import type { KeptFolder } from '../../src/net/ports.js';
import {
  Phone,
  PhoneEnvironment,
  type PhoneOptions,
  type PhoneStep,
  planOf,
  type StepOf,
  type StepType,
} from '../../src/phone/index.js';
import { FileCatalogue } from '../../src/provisioning/catalogue.js';
import { ServedDirectory } from '../../src/provisioning/served-directory.js';
import { RtpServer } from '../../src/rtp/server.js';
import { DEFAULT_RTP } from '../../src/rtp/settings.js';
import { SccpServer } from '../../src/sccp/server.js';
import { DEFAULT_SCCP, type SccpSettings } from '../../src/sccp/settings.js';
import { SipServer } from '../../src/sip/server.js';
import { DEFAULT_SIP, type SipSettings } from '../../src/sip/settings.js';
import { TftpServer } from '../../src/tftp/server.js';
import { DEFAULT_TFTP } from '../../src/tftp/settings.js';
import { directory, settings as provisioningSettings } from '../provisioning/harness.js';
import { seedDevices } from '../support/devices.js';
import { EventRecorder } from '../support/event-recorder.js';
import { ManualClock } from '../support/manual-clock.js';
import { MemoryDatagrams } from '../support/memory-datagrams.js';
import { seededRandom } from '../support/random.js';
import { MemoryStreamNetwork } from './memory-stream-network.js';

export const PRIMARY = '10.10.210.10';
export const SECONDARY = '10.10.210.11';

export interface PhoneHarnessOptions {
  readonly devices?: readonly ConfiguredDevice[];
  readonly policy?: Partial<RegistrationPolicy>;
  readonly sccp?: Partial<SccpSettings>;
  readonly sip?: Partial<SipSettings>;
  readonly files?: Readonly<Record<string, string>>;
  readonly monitorSeconds?: number;
  /** The time of the clock, in milliseconds since the Unix epoch. */
  readonly startsAt?: number;
  /** Where phones keep their trust stores. */
  readonly keptFolder?: KeptFolder;
  /** Calls and their services with sound are served. */
  readonly calls?: Partial<CallSettings>;
}

export class CallManagerNode {
  readonly address: string;
  readonly probe = new EventRecorder<LabcmEvent>();
  readonly database: DeviceDatabase;
  readonly #lab: PhoneHarness;
  readonly #options: PhoneHarnessOptions;
  /** Makes the faults of its services; without rules there are none. */
  readonly injector: Injector;
  sccp!: SccpServer;
  sip!: SipServer;
  catalogue!: FileCatalogue;
  tftp!: TftpServer;
  /** The call machine; `undefined`: no calls are served. */
  control: CallControl | undefined;

  constructor(lab: PhoneHarness, address: string, options: PhoneHarnessOptions) {
    this.#lab = lab;
    this.address = address;
    this.#options = options;
    const bus = this.probe.bus as never;
    this.database = new DeviceDatabase(bus, { policy: { ...DEFAULT_POLICY, ...options.policy } });
    this.database.configure([...(options.devices ?? seedDevices())], lab.clock.now());
    this.injector = new Injector({ clock: lab.clock, bus, devices: this.database });
    const pump = new DeadlineTimer(this.database, lab.clock);
    this.database.onEarlierDeadline(() => pump.rearm());
  }

  /** Opens its call-manager ports; again after `die`. */
  async live(): Promise<void> {
    const { clock, streams, datagrams } = this.#lab;
    const { sccp, sip } = this.#options;
    const { injector } = this;
    const bus = this.probe.bus as never;
    const random = seededRandom(7);
    const calls = this.#openCalls();
    const control = this.control;
    const lineStates = new LineStateService({ clock, database: this.database, bus });
    if (control !== undefined) lineStates.serve(control);
    const calling = control === undefined ? undefined : { control, appearanceOf };
    this.sccp = new SccpServer(
      { ...DEFAULT_SCCP, address: this.address, ...sccp },
      {
        network: injectedStreams(streams, { injector, place: 'sccp', protocol: sccpWire }),
        ...{ clock, random, database: this.database, bus, lineStates: lineStates.states, calling },
      },
    );
    await this.sccp.open();
    this.sip = new SipServer(
      { ...DEFAULT_SIP, address: this.address, ...sip },
      {
        networks: {
          streams: injectedStreams(streams, { injector, place: 'sip', protocol: sipWire }),
          datagrams: injectedDatagrams(datagrams, injector, 'sip', sipWire),
        },
        clock,
        random,
        database: this.database,
        bus,
        versionStampsOf: () => undefined,
        lineStates: lineStates.states,
        calls: calling,
      },
    );
    await this.sip.open();
    if (this.sccp.legSupplier !== undefined) {
      injectedCalls(injector, this.sccp.legSupplier, 'server');
      calls?.serve('SCCP', this.sccp.legSupplier);
    }
    if (this.sip.legSupplier !== undefined) {
      injectedCalls(injector, this.sip.legSupplier, 'phone');
      calls?.serve('SIP', this.sip.legSupplier);
    }
  }

  #openCalls(): CallPhones | undefined {
    const { clock, datagrams } = this.#lab;
    if (this.#options.calls === undefined) return undefined;
    const bus = this.probe.bus as never;
    const settings = { ...DEFAULT_CALLS, ...this.#options.calls };
    const phones = new CallPhones(this.database);
    const services = new RtpServer(DEFAULT_RTP, {
      ...{ network: datagrams, clock, random: seededRandom(11), bus },
      control: () => this.control as CallControl,
      localAddressFor: () => this.address,
    });
    const dialPlan = new DialPlan(phones, settings);
    const control = new CallControl({ settings, dialPlan, phones, services, numbers: new CallNumbers(1, 1), bus });
    const timer = new DeadlineTimer(control, clock);
    control.onEarlierDeadline(() => timer.rearm());
    this.control = control;
    return phones;
  }

  async serveFiles(root: ServedDirectory): Promise<void> {
    const { clock, datagrams } = this.#lab;
    const settings = provisioningSettings({ connectionMonitorSeconds: this.#options.monitorSeconds ?? 120 });
    const bus = this.probe.bus as never;
    this.catalogue = new FileCatalogue({ devices: this.database, settings, models: MODELS, root, bus, clock });
    const tftp = new TftpServer(
      { ...DEFAULT_TFTP, address: this.address },
      {
        network: injectedDatagrams(datagrams, this.injector, 'tftp', tftpWire),
        source: injectedFiles(this.catalogue, this.injector, 'tftp'),
        ...{ clock, random: seededRandom(3), bus },
      },
    );
    await tftp.open();
    this.tftp = tftp;
  }

  /** Its links break and its ports are closed. */
  async die(): Promise<void> {
    await this.sccp.close();
    await this.sip.close();
    this.database.endAll('shutdown', this.#lab.clock.now());
  }

  state(device: string): string | undefined {
    return this.database.byName(device)?.state;
  }
}

export class PhoneHarness {
  readonly clock: ManualClock;
  readonly datagrams = new MemoryDatagrams();
  readonly streams = new MemoryStreamNetwork();
  readonly steps = new EventRecorder<PhoneStep>();
  readonly environment: PhoneEnvironment;
  readonly primary: CallManagerNode;
  readonly secondary: CallManagerNode;

  constructor(options: PhoneHarnessOptions) {
    this.clock = new ManualClock(options.startsAt);
    this.environment = new PhoneEnvironment({
      clock: this.clock,
      datagrams: this.datagrams,
      streams: this.streams,
      random: seededRandom(5),
      bus: this.steps.bus,
      ...(options.keptFolder === undefined ? {} : { keptFolder: () => options.keptFolder as KeptFolder }),
    });
    this.primary = new CallManagerNode(this, PRIMARY, options);
    this.secondary = new CallManagerNode(this, SECONDARY, options);
  }

  phone(options: PhoneOptions): Phone {
    const plan = planOf({ server: PRIMARY, ports: { http: 0 }, localAddress: '10.10.210.200', ...options });
    if ('fault' in plan) throw new Error(plan.fault);
    return new Phone(this.environment, plan);
  }

  /** Starts it and lets everything happen that needs no time. */
  async boot(options: PhoneOptions): Promise<Phone> {
    const phone = this.phone(options);
    phone.start();
    await this.settle();
    return phone;
  }

  /** Lets promises, deliveries and reads from disk run out. */
  async settle(): Promise<void> {
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    for (let turns = 0; turns < 50; turns += 1) await turn();
    for (let turns = 0; turns < 50_000 && this.#isLoading; turns += 1) await turn();
    for (let turns = 0; turns < 50; turns += 1) await turn();
  }

  get #isLoading(): boolean {
    const last = this.steps.events.findLast(
      ({ type }) => type.startsWith('phone.file-') || type === 'phone.link-opening',
    );
    return last?.type === 'phone.file-asked';
  }

  /** Moves time in small steps, so that what is sent is also answered. */
  async pass(seconds: number, step = 1): Promise<void> {
    for (let passed = 0; passed < seconds; passed += step) {
      this.clock.advance(step * 1000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await this.settle();
  }

  stepsOf<T extends StepType>(type: T): StepOf<T>[] {
    return this.steps.events.filter((step): step is StepOf<T> & PhoneStep => step.type === type) as StepOf<T>[];
  }
}

export const phoneHarness = async (options: PhoneHarnessOptions = {}): Promise<PhoneHarness> => {
  const lab = new PhoneHarness(options);
  const root = new ServedDirectory(
    directory(
      options.files ?? { 'English_United_States/ipc-sccp.jar': 'jar', 'English_United_States/ipc-sip.jar': 'jar' },
    ),
    lab.clock,
    1_048_576,
  );
  await root.refresh();
  await lab.primary.serveFiles(root);
  await lab.primary.live();
  await lab.secondary.live();
  return lab;
};

export const IPCTEST2: PhoneOptions = { name: 'ipctest2', mac: '005056A1033D', protocol: 'SCCP' };
export const SEP: PhoneOptions = { name: 'SEP005056A1033D', protocol: 'SIP' };
