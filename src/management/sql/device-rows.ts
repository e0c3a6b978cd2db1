// The rows of devices, their lines and their buttons (`docs/protocols/apis.md` §6.3).

import { resolveXmlEntities } from '../../core/xml/entities.js';
import { type DeviceRecord, shortNameOf } from '../../devices/index.js';
import { addressOf, deviceClass, productOf } from '../ris/cm-device.js';
import { deviceStatus } from '../ris/device-status.js';
import { type RowKind, rowUuid } from '../row-uuid.js';
import { securityProfileName } from '../security-profiles.js';
import { CLASSES, COMMON_PHONE_PROFILE, ONLY_LOCATION, PROTOCOLS, RIS_STATUSES, TRUE } from './numbers.js';
import type { RowGatherer } from './row-gatherer.js';
import { type SqlKeptRow, type SqlSources, unixSeconds } from './sources.js';

/** The names that every phone of a kind has. */
const templateName = ({ model, protocol }: DeviceRecord['configured']): string =>
  `Standard ${shortNameOf(model)} ${protocol}`;
const NUMBER_OF_DEVICE = 2;
/** An owner of a device. */
const CONTROLS = 1;

/** Makes the rows of devices. What several devices have in common is made once. */
export class DeviceRows {
  readonly #sources: SqlSources;
  readonly #rows: RowGatherer;
  readonly #cluster: string;
  /** What AXL wrote, by number. */
  readonly #kept: ReadonlyMap<string, SqlKeptRow>;
  /** The UUIDs of the numbers that have a row. */
  readonly #numbers = new Map<string, string>();
  readonly #users = new Set<string>();
  /** The ids of end users, by the name of a device of theirs in upper case. */
  readonly #usersOf = new Map<string, Set<string>>();
  readonly #kinds = new Set<string>();

  constructor(sources: SqlSources, rows: RowGatherer) {
    this.#sources = sources;
    this.#rows = rows;
    this.#cluster = sources.cluster().name;
    this.#kept = new Map([...sources.kept.rows('line')].map((row) => [row.name, row]));
    for (const { id, devices } of sources.users)
      for (const name of devices) {
        const key = name.toUpperCase();
        this.#usersOf.set(key, (this.#usersOf.get(key) ?? new Set()).add(id));
      }
  }

  id(kind: RowKind, ...names: readonly string[]): string {
    return rowUuid(this.#cluster, kind, ...names);
  }

  /** Adds what AXL wrote: partitions, and the numbers that no phone has. */
  addKept(): void {
    for (const dn of this.#kept.keys()) this.#numberOf(dn);
    for (const row of this.#sources.kept.rows('routePartition'))
      this.#rows.add('routepartition', { pkid: row.uuid, name: row.name, description: keptText(row, 'description') });
  }

  add(record: DeviceRecord): void {
    const { configured } = record;
    const { name, model, group, description, load, ownerUserId, digest } = configured;
    const pkid = this.#sources.deviceUuid(name);
    const [template, profile] = [templateName(configured), securityProfileName(configured)];
    this.#addKind(template, profile, record);
    this.#rows.add('device', {
      ...{ pkid, name, description, tkclass: CLASSES[deviceClass(model)].number },
      ...{ tkmodel: model.id, tkproduct: productOf(model.id), tkdeviceprotocol: PROTOCOLS[configured.protocol] },
      fkdevicepool: this.id('devicePool', group),
      fkphonetemplate: this.id('phoneTemplate', template),
      fksecurityprofile: this.id('securityProfile', profile),
      fkcommonphoneconfig: this.id('commonPhoneConfig', COMMON_PHONE_PROFILE),
      fklocation: this.id('location', ONLY_LOCATION),
      fkenduser: ownerUserId === '' ? null : this.id('user', ownerUserId),
      specialloadinformation: load ?? null,
      isactive: TRUE,
    });
    this.#addLines(record, pkid);
    this.#addButtons(record, pkid);
    const ids = new Set([...(this.#usersOf.get(name.toUpperCase()) ?? []), ownerUserId, digest?.user ?? '']);
    for (const userid of ids) if (userid !== '') this.#addUserOf(pkid, userid);
    this.#addRegistration(record, pkid);
  }

  #addLines({ configured: { lines } }: DeviceRecord, fkdevice: string): void {
    for (const [index, line] of lines.entries()) {
      const { dn, label, displayName, externalMask, maxCalls, busyTrigger } = line;
      const fknumplan = this.#numberOf(dn);
      this.#rows.add('devicenumplanmap', {
        pkid: this.id('appearance', fkdevice, dn),
        ...{ fkdevice, fknumplan, numplanindex: index + 1, label, labelascii: label },
        ...{ display: displayName, displayascii: displayName, e164mask: externalMask },
        ...{ maxnumcalls: maxCalls, busytrigger: busyTrigger },
      });
    }
  }

  /** The UUID of a number, which has a row from now on. */
  #numberOf(dn: string): string {
    const known = this.#numbers.get(dn);
    if (known !== undefined) return known;
    const kept = this.#kept.get(dn);
    const pkid = kept?.uuid ?? this.id('line', dn);
    this.#numbers.set(dn, pkid);
    this.#rows.add('numplan', {
      ...{ pkid, dnorpattern: dn, tkpatternusage: NUMBER_OF_DEVICE },
      description: keptText(kept, 'description'),
      alertingname: keptText(kept, 'alertingName'),
      alertingnameascii: keptText(kept, 'asciiAlertingName'),
      fkroutepartition: kept?.values.routePartition ?? null,
    });
    return pkid;
  }

  #addButtons({ configured: { speedDials } }: DeviceRecord, fkdevice: string): void {
    const counts = { speed: 0, lamp: 0 };
    for (const [index, { number, label, busyLampField }] of speedDials.entries()) {
      const common = { pkid: this.id('other', fkdevice, String(index)), fkdevice, label, labelascii: label };
      if (busyLampField) {
        counts.lamp += 1;
        this.#rows.add('blfspeeddial', { ...common, blfindex: counts.lamp, blfdestination: number });
      } else {
        counts.speed += 1;
        this.#rows.add('speeddial', { ...common, speeddialindex: counts.speed, speeddialnumber: number });
      }
    }
  }

  /** Adds the end users of the configuration. */
  addUsers(): void {
    for (const { id, first, last, email } of this.#sources.users) {
      this.#users.add(id);
      const displayname = [first, last].filter((part) => part !== '').join(' ');
      const texts = { firstname: first, lastname: last, displayname, mailid: email };
      const known = Object.entries(texts).filter(([, text]) => text !== '');
      const names = { userid: id, ...Object.fromEntries(known) };
      this.#rows.add('enduser', { pkid: this.id('user', id), ...names, islocaluser: TRUE, status: 1 });
    }
  }

  #addUserOf(fkdevice: string, userid: string): void {
    const fkenduser = this.id('user', userid);
    if (!this.#users.has(userid)) {
      this.#users.add(userid);
      this.#rows.add('enduser', { pkid: fkenduser, userid, islocaluser: TRUE, status: 1 });
    }
    this.#rows.add('enduserdevicemap', {
      pkid: this.id('other', fkenduser, fkdevice),
      ...{ fkenduser, fkdevice, defaultprofile: 'f', tkuserassociation: CONTROLS },
    });
  }

  /** A device that nobody has seen has no row. */
  #addRegistration(known: DeviceRecord, fkdevice: string): void {
    const { clock, self, shared } = this.#sources;
    const record = shared?.shown(known) ?? known;
    const status = deviceStatus(record);
    if (status === undefined) return;
    const { registration, registrations } = record;
    const isRegistered = status.reason === 0 && registration !== undefined;
    const since = unixSeconds(clock.wallTime(status.since));
    const past = registrations.at(-1)?.ended;
    this.#rows.add('registrationdynamic', {
      pkid: this.id('registrationDynamic', fkdevice),
      ...{ fkdevice, lastknownipaddress: addressOf(record), lastknownucm: shared?.nodeOf(record) ?? self().name },
      lastseen: isRegistered ? 0 : since,
      lastactive: isRegistered
        ? unixSeconds(clock.wallTime(registration.lastSeenAt))
        : past === undefined
          ? since
          : unixSeconds(clock.wallTime(past)),
      datetimestamp: since,
      tkrisstatus: RIS_STATUSES[status.status],
      tkendpointconnection: 0,
    });
  }

  #addKind(template: string, profile: string, record: DeviceRecord): void {
    if (this.#kinds.has(profile)) return;
    const isNew = !this.#kinds.has(template);
    this.#kinds.add(profile).add(template);
    const kind = { tkmodel: record.configured.model.id, tkdeviceprotocol: PROTOCOLS[record.configured.protocol] };
    if (isNew) this.#rows.add('phonetemplate', { pkid: this.id('phoneTemplate', template), name: template, ...kind });
    this.#rows.add('securityprofile', { pkid: this.id('securityProfile', profile), name: profile, ...kind });
  }
}

const keptText = (row: SqlKeptRow | undefined, element: string): string | null => {
  const text = row?.values[element];
  return text === undefined ? null : resolveXmlEntities(text);
};
