// The verdicts of all phones. A verdict is worked out when somebody asks, or shortly after a fact that tells of trouble,
// or when a step of a boot has not come in its time. Facts of a boot that goes well cost one assignment.

import { DeadlineQueue } from '../../core/deadline-queue.js';
import { DeadlineTimer } from '../../core/deadline-timer.js';
import { type DeviceKey, deviceKey } from '../../core/identifiers.js';
import { after, type Instant, instant, milliseconds, NEVER } from '../../core/time.js';
import type { ConfiguredDevice, DeviceRecord } from '../../devices/index.js';
import type { LabcmEvent } from '../../events.js';
import type { VerdictChanged } from '../events.js';
import { eventOf } from '../fact-list.js';
import { rowOf } from '../timeline-events.js';
import { type PhoneStory, stepOf } from '../timelines.js';
import { type UnknownPhone, unknownKeyOf } from '../unknown-phones.js';
import { assess, findingsOfDaemon, harmlessOf } from './assessment.js';
import { bootOf, newProgress, progressed } from './boot.js';
import { DaemonMemory } from './daemon-memory.js';
import { type Affected, groupOf, type VerdictGroup } from './fleet.js';
import { mendedOf } from './mended.js';
import { type DaemonFact, PhoneView, type Surroundings } from './phone-view.js';
import type { ConfiguredPlace } from './remedies.js';
import { type Awaited, awaitedAfterAll, verdictAfter } from './stage-times.js';
import { UnknownVerdicts } from './unknown-verdicts.js';
import type { VerdictFinding } from './verdict.js';
import type { UnknownVerdict, VerdictReport, VerdictSources } from './verdict-sources.js';
import { type VerdictCount, type WatchedDevice, WatchedDevices } from './watched-devices.js';

/** After a fact of trouble: facts that belong together come within this time. */
const SETTLES = milliseconds(500);
/** Verdicts that are worked out in one turn of the event loop. */
const AT_ONCE = 200;
/** Phones that nobody configured, of which the newest are looked at for verdicts of other phones. */
const UNKNOWN_LOOKED_AT = 64;
/** So many of them are judged for a list. */
const UNKNOWN_LISTED = 32;

/** The verdicts of the devices, and of the phones that nobody configured. */
export class Verdicts {
  readonly #sources: VerdictSources;
  readonly #watched = new WatchedDevices();
  readonly #queue = new DeadlineQueue<WatchedDevice>();
  readonly #timer: DeadlineTimer;
  readonly #daemonMemory: DaemonMemory;
  readonly #unknown: UnknownVerdicts;
  readonly #listening: readonly (() => void)[];
  readonly #surroundings: Surroundings;

  constructor(sources: VerdictSources) {
    this.#sources = sources;
    const { bus, clock, timelines } = sources;
    this.#daemonMemory = new DaemonMemory(bus, sources.startedAt);
    this.#timer = new DeadlineTimer(
      {
        nextDeadline: () => this.#queue.next(),
        expire: (now) => this.#expire(now),
      },
      clock,
    );
    this.#surroundings = {
      // The configuration changes at a reload.
      get config() {
        return sources.config;
      },
      startedAt: sources.startedAt,
      names: sources.names,
      devices: () => sources.devices(),
      byName: (name) => sources.byName(name),
      byDirectoryNumber: (dn) => sources.byDirectoryNumber(dn),
      registersAt: (device) => sources.registersAt(device),
      localAddresses: () => sources.localAddresses(),
      host: sources.host,
      files: sources.files,
      degradations: () => sources.degradations(),
      failedListeners: () => this.#daemonMemory.failedListeners,
      addedAt: (name) => this.#daemonMemory.addedAt(name),
      removedAt: (name) => this.#daemonMemory.removedAt(name),
      wallTime: (at) => clock.wallTime(at),
      relaysHeard: () => this.#daemonMemory.relays,
      daemonEvent: <T extends DaemonFact>(type: T) => this.#daemonMemory.event(type),
      unknownPhones: () => timelines.unknownPhones(UNKNOWN_LOOKED_AT),
      withVerdict: (code) => this.#watched.withVerdict(code),
    };
    this.#unknown = new UnknownVerdicts({
      clock,
      report: (phone) => this.ofUnknown(phone),
      tell: (before, report) => bus.publish(changed(report, before, clock.now())),
    });
    timelines.onUnknown((phone) => this.#unknown.heard(phone));
    timelines.onFact((record, event, story) => this.#heard(record, event, story));
    this.#listening = [
      bus.on('daemon.reloaded', () => this.#judgeAgain()),
      bus.on('daemon.reload-refused', () => this.#judgeAgain()),
      bus.on('config.changed-on-disk', () => this.#judgeAgain()),
      bus.on('device.removed', ({ device }) => this.#forget(deviceKey(device))),
      bus.on('device.added', ({ device }) => this.#added(device)),
      bus.on('device.auto-registered', ({ device }) => this.#added(device)),
    ];
  }

  /** What is concluded about a phone: a device, or one that nobody configured. `undefined`: nobody of that name was heard. */
  of(who: string): VerdictReport | undefined {
    const record = this.#sources.find(who);
    if (record !== undefined) return this.ofDevice(record);
    const unknown = this.#sources.timelines.findUnknown(who);
    return unknown === undefined ? undefined : this.ofUnknown(unknown);
  }

  /** What is concluded about a device now. */
  ofDevice(record: DeviceRecord): VerdictReport {
    const key = deviceKey(record.configured.name);
    const view = this.#viewOf(record);
    const assessment = assess(view, this.#watched.get(key)?.verdict);
    const { verdict } = assessment;
    const alike = verdict === undefined ? 0 : this.#watched.othersWith(verdict.code, key);
    return reportOf({ name: record.configured.name, record, view, alike, ...assessment });
  }

  /** What is concluded about a phone that nobody configured. */
  ofUnknown(unknown: UnknownPhone): VerdictReport {
    const progress = newProgress(unknown.since);
    for (const fact of unknown.facts) progressed(progress, eventOf(fact));
    const name = unknown.name ?? unknown.mac ?? unknown.address ?? '';
    const view = new PhoneView({
      now: this.#sources.clock.now(),
      name,
      record: undefined,
      unknown,
      boot: bootOf(progress, undefined),
      kept: unknown.facts,
      awaited: awaitedAfterAll(unknown.facts),
      place: this.#placeOf(undefined),
      surroundings: this.#surroundings,
      textOf,
    });
    return reportOf({ name, record: undefined, view, alike: 0, ...assess(view, undefined) });
  }

  /** The findings that hold for the daemon itself, the best first. */
  daemon(): readonly VerdictFinding[] {
    const now = this.#sources.clock.now();
    const view = new PhoneView({
      now,
      name: '',
      record: undefined,
      unknown: undefined,
      boot: bootOf(undefined, undefined),
      kept: [],
      awaited: undefined,
      place: this.#placeOf(undefined),
      surroundings: this.#surroundings,
      textOf,
    });
    return findingsOfDaemon(view);
  }

  /** The verdict of a device, for lists. `undefined`: it has none. */
  verdictOf(record: DeviceRecord): VerdictFinding | undefined {
    // A device that is registered and of which no trouble was heard is the usual case.
    const isWell = record.state === 'registered' && this.#watched.get(deviceKey(record.configured.name)) === undefined;
    return isWell ? undefined : this.ofDevice(record).verdict;
  }

  /** How many devices have each verdict, by its code and severity. */
  get counts(): readonly VerdictCount[] {
    return this.#watched.counts;
  }

  /** The devices that have a verdict, by its code; the code that most of them have first. */
  groups(): readonly VerdictGroup[] {
    const groups = this.#watched.verdicts().flatMap(({ code, findings }): VerdictGroup[] => {
      const affected = findings.flatMap(([key, finding]): Affected[] => {
        const record = this.#sources.byName(key);
        return record === undefined ? [] : [{ record, finding }];
      });
      return affected.length === 0 ? [] : [groupOf(code, affected)];
    });
    return groups.sort((one, other) => other.devices.length - one.devices.length);
  }

  /** The phones that nobody configured and that have a verdict, of those that were seen last. */
  unknown(): readonly UnknownVerdict[] {
    return this.#sources.timelines.unknownPhones(UNKNOWN_LISTED).flatMap((phone): UnknownVerdict[] => {
      const { name, verdict } = this.ofUnknown(phone);
      return verdict === undefined ? [] : [{ name, isNamed: phone.name !== undefined, verdict }];
    });
  }

  /** The verdict that stands of a device, as it was worked out last. */
  lastVerdictOf(record: DeviceRecord): VerdictFinding | undefined {
    return this.#watched.get(deviceKey(record.configured.name))?.verdict;
  }

  /** Another node has told something else of a device: a verdict of it may not hold any more. */
  judgeAgain(device: string): void {
    const watched = this.#watched.get(deviceKey(device));
    if (watched?.verdict !== undefined) this.#judgeAt(watched, after(this.#sources.clock.now(), SETTLES));
  }

  /** Stops listening and timing. */
  close(): void {
    this.#timer.stop();
    this.#unknown.close();
    this.#daemonMemory.close();
    for (const stop of this.#listening) stop();
  }

  #heard(record: DeviceRecord, event: LabcmEvent, story: PhoneStory): void {
    const key = deviceKey(record.configured.name);
    const known = this.#watched.get(key);
    const { isTrouble } = rowOf(event.type);
    const { began } = story.progress;
    // A phone that begins anew before the last boot came to its end would put off its deadline for ever.
    const isAnew = known !== undefined && known.dueAt !== NEVER && known.bootBegan !== began;
    const troubled = isAnew || isTrouble === true || (typeof isTrouble === 'function' && isTrouble(event, record));
    if (known !== undefined) known.bootBegan = began;
    if (!troubled && known?.verdict === undefined) {
      if (known?.isTroubled === true) return;
      const awaited = awaitedOf(record, story);
      const within = awaited === undefined ? undefined : verdictAfter(awaited, record.configured.model.family);
      if (within !== undefined)
        this.#judgeAt(known ?? this.#watched.add(key, began), after(story.progress.lastAt, within));
      // Most phones are well for hours.
      else if (known !== undefined) this.#forget(key);
      return;
    }
    const watched = known ?? this.#watched.add(key, began);
    if (watched.isTroubled) return;
    watched.isTroubled = true;
    this.#judgeAt(watched, after(event.at, SETTLES));
  }

  #judgeAt(watched: WatchedDevice, at: Instant): void {
    this.#queue.set(watched, at);
    this.#timer.rearm();
  }

  /** A new configuration may mend what was wrong. */
  #judgeAgain(): void {
    const soon = after(this.#sources.clock.now(), SETTLES);
    for (const watched of this.#watched.all()) if (watched.verdict !== undefined) this.#judgeAt(watched, soon);
    this.#unknown.judgeAgain();
  }

  #expire(now: Instant): void {
    let judged = 0;
    this.#queue.expire(now, (watched) => {
      judged += 1;
      if (judged <= AT_ONCE) this.#judge(watched, now);
      else this.#queue.set(watched, after(now, milliseconds(1)));
    });
  }

  /** Works out the verdict of a device, and tells if it is another one than before. */
  #judge(watched: WatchedDevice, now: Instant): void {
    watched.isTroubled = false;
    const record = this.#sources.byName(watched.key);
    if (record === undefined) {
      this.#forget(watched.key);
      return;
    }
    const before = watched.verdict;
    if (this.#sources.isElsewhere?.(record) === true) {
      this.#forget(watched.key);
      if (before === undefined) return;
      const report = { ...this.ofDevice(record), verdict: undefined, mended: undefined };
      this.#sources.bus.publish(changed(report, before, now));
      return;
    }
    const report = this.ofDevice(record);
    const { verdict, view } = report;
    this.#watched.setVerdict(watched, verdict);
    const { awaited, boot } = view;
    if (verdict === undefined && awaited !== undefined && boot.lastAt !== undefined) {
      const due = boot.lastAt + view.timeOfVerdict(awaited);
      if (due > now && Number.isFinite(due)) this.#queue.set(watched, instant(due));
    }
    if (verdict?.until !== undefined && verdict.until >= now)
      this.#queue.set(watched, after(verdict.until, milliseconds(1)));
    if (verdict?.code === before?.code) return;
    this.#sources.bus.publish(changed(report, before, now));
  }

  /** What was told of a phone that nobody had configured has changed: it is a device. */
  #added(device: string): void {
    const record = this.#sources.byName(device);
    const key = record === undefined ? undefined : unknownKeyOf({ name: device, mac: record.configured.mac });
    const told = key === undefined ? undefined : this.#unknown.take(key);
    if (record === undefined || told === undefined) return;
    this.#sources.bus.publish(changed(this.ofDevice(record), told, this.#sources.clock.now()));
  }

  #forget(key: DeviceKey): void {
    const watched = this.#watched.remove(key);
    if (watched !== undefined) this.#queue.set(watched, undefined);
  }

  #viewOf(record: DeviceRecord): PhoneView {
    const { timelines, clock } = this.#sources;
    const story = timelines.storyOf(record);
    return new PhoneView({
      now: clock.now(),
      name: record.configured.name,
      record,
      unknown: undefined,
      boot: bootOf(timelines.wasHeard(record) ? story.progress : undefined, record),
      kept: story.facts,
      awaited: awaitedOf(record, story),
      place: this.#placeOf(record.configured),
      surroundings: this.#surroundings,
      textOf,
    });
  }

  #placeOf(device: ConfiguredDevice | undefined): ConfiguredPlace {
    const { config, pid } = this.#sources;
    const place = device === undefined ? undefined : this.#sources.placeOf(device);
    const runtimeDevice = place?.isRuntime === true ? device?.name : undefined;
    return { file: place?.file ?? config.file, line: place?.line, runtimeDevice, mainFile: config.file, pid };
  }
}

const awaitedOf = (record: DeviceRecord, { facts }: PhoneStory): Awaited | undefined => {
  if (record.state === 'registered') return undefined;
  // Whatever came since of one line, the others have their time.
  if (record.state === 'partially-registered') return 'lines';
  return awaitedAfterAll(facts);
};

const reportOf = (about: Omit<VerdictReport, 'harmless' | 'mended'>): VerdictReport => ({
  ...about,
  mended: about.verdict === undefined ? mendedOf(about.view) : undefined,
  get harmless() {
    return harmlessOf(about.view);
  },
});

const textOf = (event: LabcmEvent): string | undefined => stepOf(event)[0]?.text;

const changed = (
  { name, record, verdict, mended }: VerdictReport,
  before: VerdictFinding | undefined,
  at: Instant,
): VerdictChanged => ({
  type: 'device.verdict',
  at,
  device: name,
  configured: record !== undefined,
  code: verdict?.code,
  severity: verdict?.severity,
  confidence: verdict?.confidence,
  sentence: verdict?.sentence ?? mended?.sentence ?? '',
  mended: mended?.code,
  before: before?.code,
});
