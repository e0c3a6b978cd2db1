// The verdicts of the daemon: what they read of it, and what the API reads of them.

import { resolve } from 'node:path';
import type { Config, DevicePlaces } from '../config/index.js';
import type { Degradation } from '../core/degradations.js';
import type { EventBus } from '../core/event-bus.js';
import type { HostFacts } from '../core/host-facts.js';
import { parseMacAddress } from '../core/identifiers.js';
import type { Clock, Instant } from '../core/time.js';
import type { DeviceDatabase, DeviceRecord } from '../devices/index.js';
import type { LabcmEvent } from '../events.js';
import { NO_SERVED_FILES, type RegistersAt, type ServedFiles, type Timelines, Verdicts } from '../explain/index.js';
import type { ApiVerdict, VerdictsView } from '../http/index.js';
import { placesToRegister } from '../provisioning/call-managers.js';

/** What the verdicts read of the daemon. Functions give what may change at a reload. */
export interface ExplainedDaemon {
  readonly bus: EventBus<LabcmEvent>;
  readonly clock: Clock;
  readonly database: DeviceDatabase;
  readonly startedAt: Instant;
  config(): Config;
  placeOf(): DevicePlaces;
  localAddresses(): readonly string[];
  readonly host: HostFacts;
  /** Absent: no files are served. */
  readonly files?: ServedFiles;
  degradations(): readonly Degradation[];
  /** Whether a device is registered with another node. Absent: no bus tells of others. */
  isElsewhere?(record: DeviceRecord): boolean;
}

/** Where devices register: the call managers in their files. */
export const registrationPlaces =
  (config: () => Config): RegistersAt =>
  (device) =>
    placesToRegister(config().provisioning.groups.get(device.group), device, config().secureMode.mode);

/** Begins to listen for facts. */
export const openVerdicts = (timelines: Timelines, daemon: ExplainedDaemon): Verdicts => {
  const { bus, clock, database, startedAt } = daemon;
  return new Verdicts({
    bus,
    clock,
    timelines,
    startedAt,
    names: database,
    pid: process.pid,
    get config() {
      return daemon.config();
    },
    devices: () => database.devices(),
    byName: (name) => database.byName(name),
    byDirectoryNumber: (dn) => database.byDirectoryNumber(dn),
    registersAt: registrationPlaces(() => daemon.config()),
    localAddresses: () => daemon.localAddresses(),
    host: daemon.host,
    files: daemon.files ?? NO_SERVED_FILES,
    degradations: () => daemon.degradations(),
    isElsewhere: (record) => daemon.isElsewhere?.(record) === true,
    find: (who) => {
      const mac = parseMacAddress(who);
      return database.byName(who) ?? (mac === undefined ? database.byAddress(who) : database.byMac(mac));
    },
    placeOf: ({ name }) => {
      const place = daemon.placeOf()(name);
      // Whoever asks may be in another directory than the one in which the daemon was started.
      return place === undefined ? undefined : { ...place, file: resolve(place.file) };
    },
  });
};

/** The verdicts as the API reads them. */
export const verdictsView = (verdicts: Verdicts, timelines: Timelines): VerdictsView => ({
  of: (who): ApiVerdict | undefined => {
    const report = verdicts.of(who);
    if (report === undefined) return undefined;
    const { name, record, view, verdict, mended, alike, others, harmless } = report;
    const { began, stage, furthest } = view.boot;
    return {
      name,
      boot: { began, stage, furthest },
      waitsFor: record === undefined ? undefined : timelines.waitsFor(record),
      usualTime: view.usualTime,
      isSlow: view.isSlow,
      isUnknown: record === undefined,
      isRegistered: view.isRegistered,
      verdict,
      mended,
      alike,
      others,
      harmless,
    };
  },
  verdictOf: (record) => verdicts.verdictOf(record),
  groups: () => verdicts.groups(),
  unknown: () => verdicts.unknown(),
  daemon: () => verdicts.daemon(),
  lastVerdictOf: (record) => verdicts.lastVerdictOf(record),
});
