// Calls as a part of the daemon: the call machine with what it is built on, its timer, the services with sound, and the
// records. Opened before the protocols, which supply the legs.

import {
  type CallAnalysed,
  CallControl,
  CallNumbers,
  DialPlan,
  type FeatureKeeper,
  type LegSupplier,
  type TrunkLines,
} from '../calls/index.js';
import { type Config, nodeNumber } from '../config/index.js';
import { DeadlineTimer } from '../core/deadline-timer.js';
import type { DirectoryNumber } from '../core/identifiers.js';
import { dateOf, milliseconds } from '../core/time.js';
import { DEVICE_CONFIGURED, type DeviceDatabase, type Protocol } from '../devices/index.js';
import { type CallsView, type Metric, single } from '../http/index.js';
import { type RecordEnvironment, type Records, startRecords } from '../records/index.js';
import { RtpServer } from '../rtp/server.js';
import type { RtpSettings } from '../rtp/settings.js';
import { CallPhones, type PageByPush, type PhonesElsewhere } from './call-phones.js';
import { callsView } from './call-views.js';
import type { DaemonEnvironment } from './environment.js';
import { readMusic } from './music.js';

/** Says of a SIP message what its line in the call log needs besides itself. */
type MessageDescriber = NonNullable<RecordEnvironment['sipFactsOf']>;

/** So long records wait for others, as the lines of the trace do: a write for each line costs more than its call. */
const GATHER_RECORDS = milliseconds(100);

/** The call machine of a running daemon. */
export class CallService {
  readonly control: CallControl;
  readonly #environment: DaemonEnvironment;
  readonly #phones: CallPhones;
  readonly #dialPlan: DialPlan;
  readonly #rtp: RtpServer;
  readonly #timer: DeadlineTimer;
  readonly #records: Records;
  #factsOfMessage: MessageDescriber | undefined;
  #trunks: TrunkLines | undefined;
  readonly #unsubscribe: readonly (() => void)[];
  /** Settings of RTP are read and taken one after the other: the last ones stay. */
  #applying: Promise<void> = Promise.resolve();

  /**
   * Resolves when calls can be made. `traceDirectory`: where records go; `undefined`: nowhere. `keeper`: keeps what users set by
   * their phones.
   */
  static async open(
    config: Config,
    environment: DaemonEnvironment,
    traceDirectory: string | undefined,
    keeper: FeatureKeeper,
  ): Promise<CallService> {
    return new CallService(config, environment, traceDirectory, keeper, await rtpSettings(config));
  }

  private constructor(
    config: Config,
    environment: DaemonEnvironment,
    directory: string | undefined,
    keeper: FeatureKeeper,
    rtp: RtpSettings,
  ) {
    const { clock, random, datagrams, bus, database, degradations } = environment;
    this.#environment = environment;
    this.#phones = new CallPhones(database);
    const dialPlan = new DialPlan(this.#phones, config.calls);
    this.#dialPlan = dialPlan;
    this.#rtp = new RtpServer(rtp, {
      network: datagrams,
      clock,
      random,
      bus,
      control: () => this.control,
      localAddressFor: () => config.self.address,
      pageAt: (number) => {
        const page = this.control.settings.paging.find(({ dn }) => dn === number);
        return page === undefined ? undefined : { address: page.group, port: page.port };
      },
    });
    const started = dateOf(clock.wallTime(clock.now()));
    const node = nodeNumber(config);
    this.control = new CallControl({
      settings: config.calls,
      dialPlan,
      phones: this.#phones,
      services: this.#rtp,
      numbers: new CallNumbers(
        node,
        started.getUTCHours() * 3600 + started.getUTCMinutes() * 60 + started.getUTCSeconds(),
      ),
      trunks: {
        portFor: (trunk, leg) => this.#trunks?.portFor(trunk, leg) ?? 'noRoute',
        portForNode: (other, leg) => this.#trunks?.portForNode?.(other, leg) ?? 'noRoute',
      },
      bus,
      keeper,
    });
    this.#timer = new DeadlineTimer(this.control, clock);
    this.control.onEarlierDeadline(() => this.#timer.rearm());
    this.#unsubscribe = [
      bus.on('device.auto-registered', ({ dn }) => dialPlan.add(dn)),
      bus.on('call.analysed', (event) => switchMessages(event, database)),
      ...DEVICE_CONFIGURED.map((type) => bus.on(type, () => dialPlan.directoryChanged())),
      ...endingCalls(bus, database, this.control),
    ];
    this.#records = startRecords(
      bus,
      { directory, rotate: config.trace.rotate, cluster: config.cluster, node, ...config.records },
      {
        clock,
        random,
        degradations,
        gather: GATHER_RECORDS,
        onLost: (sink, lines, reason) =>
          bus.publish({ type: 'trace.dropped', at: clock.now(), sink, lines, reason, degraded: false }),
        sipFactsOf: (event, callId) => this.#factsOfMessage?.(event, callId),
        addressOf: (device) => database.byName(device)?.registration?.address,
      },
    );
  }

  /** From now on `supplier` makes the called legs of phones of that protocol. */
  serve(protocol: Protocol, supplier: LegSupplier): void {
    this.#phones.serve(protocol, supplier);
  }

  /** From now on `trunks` makes the legs of calls that leave. */
  serveTrunks(trunks: TrunkLines): void {
    this.#trunks = trunks;
  }

  /** From now on numbers of other nodes can be called. Returns what is to be called when such a number comes. */
  callElsewhere(elsewhere: PhonesElsewhere): (dn: string) => void {
    this.#phones.elsewhere = elsewhere;
    this.#dialPlan.directoryChanged();
    return (dn) => {
      if (!this.#phones.isHere(dn)) this.#dialPlan.add(dn);
    };
  }

  /** From now on phones that can be pushed to listen to pages by `push`. */
  pageByPush(push: PageByPush): void {
    this.#phones.pageByPush = push;
  }

  /** Call logs ask this about each SIP message of a call. */
  describeMessages(describer: MessageDescriber): void {
    this.#factsOfMessage = describer;
  }

  /** What of a new configuration takes effect without a restart. Music is read in the background. */
  apply(config: Config): void {
    this.control.configure(config.calls);
    this.#applying = this.#applying.then(async () => this.#rtp.apply(await rtpSettings(config)));
  }

  /** Looks whether the files of the records were moved. */
  reopen(): void {
    this.#records.reopen();
  }

  get view(): CallsView {
    return callsView(this.control, this.#environment.database, (dn) => this.#phones.nodeOf(dn));
  }

  /** How many calls stand, and what else there is of them. */
  get totals() {
    const { calls, conferences, settings } = this.control;
    let active = 0;
    for (const { answered } of calls) if (answered !== undefined) active += 1;
    return { inProgress: calls.size, active, conferences: conferences.size, huntLists: settings.hunts.length };
  }

  metrics(): readonly Metric[] {
    const states = new Map<string, number>();
    for (const { state } of this.control.legs.all()) states.set(state, (states.get(state) ?? 0) + 1);
    return [
      single('gauge', 'labcm_calls', 'Calls that stand', this.control.calls.size),
      {
        kind: 'gauge',
        name: 'labcm_call_legs',
        help: 'Legs of calls, by their state',
        labels: ['state'],
        values: [...states].map(([state, value]) => ({ labels: { state }, value })),
      },
      single('gauge', 'labcm_conferences', 'Conferences that stand', this.control.conferences.size),
      single(
        'gauge',
        'labcm_conference_parties',
        'Phones in conferences',
        [...this.control.conferences.values()].reduce((all, { ends }) => all + ends.size, 0),
      ),
      single('gauge', 'labcm_rtp_streams', 'Streams of speech that labcm sends itself', this.#rtp.streams),
    ];
  }

  /** Ends every call and tells the phones; their protocols must still be open. */
  endCalls(): void {
    this.control.stop(this.#environment.clock.now());
  }

  /** Resolves when the ports are closed and the records are written. */
  async close(): Promise<void> {
    this.endCalls();
    this.#timer.stop();
    await this.#applying;
    for (const stop of this.#unsubscribe) stop();
    await this.#rtp.close();
    await this.#records.close();
  }
}

/**
 * Ends the calls of devices that may have none any more, before their protocol ends their links: this part of the daemon hears of it
 * first. Returns how to stop.
 */
const endingCalls = (
  bus: DaemonEnvironment['bus'],
  database: DeviceDatabase,
  control: CallControl,
): readonly (() => void)[] => [
  bus.on('device.unregistered', ({ device, reason, at }) => {
    if (reason === 'reconfigured') control.deviceEnded(device, at);
  }),
  // Of a talk that was preserved the registration has ended already.
  bus.on('device.removed', ({ device, at }) => control.deviceEnded(device, at)),
  bus.on('device.changed', ({ device, at }) => {
    if (database.byName(device)?.configured.suspended === true) control.deviceEnded(device, at);
  }),
];

/** A user has dialled the number that lights the message lamp of the line, or puts it out. */
const switchMessages = ({ device, dn, target, at }: CallAnalysed, { messages }: DeviceDatabase): void => {
  const service = target?.kind === 'service' ? target.service : undefined;
  if (device !== undefined && (service === 'messagesOn' || service === 'messagesOff'))
    messages.switch(device, dn as DirectoryNumber, service === 'messagesOn', at);
};

/** Music that cannot be read was refused when the configuration was read; gone since, the tone takes its place. */
const rtpSettings = async ({ rtp, music }: Config): Promise<RtpSettings> => {
  if (music === undefined) return rtp;
  const samples = await readMusic(music);
  return typeof samples === 'string' ? rtp : { ...rtp, music: samples };
};
