// The registrar: RFC 3261 §10.3 step by step for one REGISTER (`sip.md` §6), with CUCM's answers (§4) and states (§5). It
// asks the database whether a device may register and tells it what became of each line; it writes no octet itself.

import type { DirectoryNumber } from '../core/identity.js';
import { after, type Duration, type Instant, milliseconds } from '../core/time.js';
import {
  type DeviceDatabase,
  type DeviceRecord,
  REFUSALS,
  type RefusalReason,
  type RegistrationAttempt,
} from '../devices/index.js';
import type { Authentication } from './authentication.js';
import { type AskedContact, askedContacts } from './contacts.js';
import { endReasonOf, patienceOf } from './endings.js';
import type { Flow } from './flow.js';
import { sameFlow } from './flow.js';
import { ID } from './headers.js';
import { type ContactClaims, type Identification, reasonOf } from './identity.js';
import type { SipMessage } from './message.js';
import { acceptedOptions, combines, type PhoneOffer, RESPONSE_TYPE, readOffer } from './remotecc.js';
import { type Afterword, faultReply, type Reply, refusalReply, reply } from './reply.js';
import type { Settled, SipSettings } from './settings.js';
import { type Binding, boundLines, leadOf, type Station, type Stations, sameContact } from './stations.js';
import { canonicalText, parseSipUri, type SipUri } from './uri.js';

/** What the registrar shares with the rest of the service. */
export interface RegistrarParts {
  readonly settled: Settled;
  readonly database: DeviceDatabase;
  readonly stations: Stations;
  readonly identification: Identification;
  readonly authentication: Authentication;
  /** A number for a flow that has none: it stands for the registration in the traces. */
  nextLink(): number;
  isOurs(host: string, port: number | undefined, flow: Flow): boolean;
  serves(host: string, flow: Flow): boolean;
  standingBy(device: string, flow: Flow, now: Instant): void;
}

const NO_CLAIMS: ContactClaims = {
  deviceName: undefined,
  typeId: undefined,
  mac: undefined,
  yields: false,
  keepAlive: false,
  expires: undefined,
};

/** One REGISTER as far as it has been understood. */
interface Asking {
  readonly message: SipMessage;
  readonly flow: Flow;
  readonly now: Instant;
  readonly aor: SipUri;
  readonly dn: DirectoryNumber;
  readonly claims: ContactClaims;
}

export class Registrar {
  readonly #parts: RegistrarParts;

  constructor(parts: RegistrarParts) {
    this.#parts = parts;
  }

  get #settings(): SipSettings {
    return this.#parts.settled.settings;
  }

  /** `message` has passed `faultOf`. */
  register(message: SipMessage, flow: Flow, now: Instant): Reply {
    return this.#repeated(message, flow, now) ?? this.#stepByStep(message, flow, now);
  }

  /** A refresh in the very words of the registration needs no second reading. */
  #repeated(message: SipMessage, flow: Flow, now: Instant): Reply | undefined {
    const binding = this.#parts.stations.byCallId(message.callId ?? '');
    if (binding === undefined || message.bodyEnd > message.bodyStart) return undefined;
    const { asked, station } = binding;
    if (asked.contact !== message.text(ID.Contact) || asked.to !== message.text(ID.To)) return undefined;
    if (asked.expires !== (message.text(ID.Expires) ?? '') || message.count(ID.Contact) !== 1) return undefined;
    if (message.count(ID.Require) > 0 || message.count(ID.Route) > 0) return undefined;
    if (station.record.configured.digest !== undefined || !sameFlow(station.flow, flow)) return undefined;
    const cseq = message.cseq?.number ?? 0;
    if (cseq <= binding.cseq) return undefined;
    this.#refresh(binding, cseq, message, now);
    return this.#granted(message, station, binding.dn, binding.granted, now, false, undefined);
  }

  #stepByStep(message: SipMessage, flow: Flow, now: Instant): Reply {
    const { identification, stations, database } = this.#parts;
    const settings = this.#settings;
    const early = this.#notForUs(message, flow) ?? this.#unsupported(message);
    if (early !== undefined) return early;
    const aor = parseSipUri(message.to?.uri ?? '');
    if (typeof aor === 'string') return reply(400, 'Bad Request - To is not a SIP URI');
    if (!this.#parts.serves(aor.host, flow)) return reply(404, 'Not Found');
    const asked = askedContacts(message, (host, port) => this.#parts.isOurs(host, port, flow));
    if (asked.ask === 'nonsense') return faultReply(asked.fault);
    const contacts = asked.ask === 'bind' ? asked.contacts : [];
    const claims = contacts[0]?.claims ?? NO_CLAIMS;
    const dn = canonicalText(aor.user ?? '') as DirectoryNumber;
    if (contacts.some((contact) => contact.claims.keepAlive)) {
      this.#parts.standingBy(claims.deviceName ?? dn, flow, now);
      return reply(200, 'OK', { headers: 'Expires: 0\r\n' });
    }
    const asking: Asking = { message, flow, now, aor, dn, claims };
    const credentials = this.#parts.authentication.credentialsOf(message);
    const known = claims.deviceName === undefined ? stations.byCallId(message.callId ?? '')?.station.record : undefined;
    const identity =
      known === undefined
        ? identification.whois({ message, claims, dn, credentials })
        : ({ is: 'known', record: known } as const);
    if (identity.is === 'unknown') {
      if (asked.ask !== 'bind') return this.#refuse(asking, identity.name, 'unknown-device');
      return this.#bind(asking, undefined, identity.name, contacts);
    }
    const denied = this.#parts.authentication.check(
      message,
      credentials,
      identity.is === 'known' ? identity.record : undefined,
      flow,
      now,
      (reason) => {
        const name = identity.is === 'known' ? identity.record.configured.name : (credentials?.get('username') ?? dn);
        database.refuse(this.#attempt(asking, name, 0), reason, now);
      },
    );
    if (denied !== undefined) return denied;
    if (identity.is !== 'known') return refusalReply('unknown-device', settings.node);
    const { record } = identity;
    const { name } = record.configured;
    if (asked.ask === 'bind') return this.#bind(asking, record, name, contacts);
    const station = stations.of(name);
    if (asked.ask === 'list') return this.#list(message, station, dn, now);
    return station === undefined ? unbound(message, settings, true) : this.#clear(asking, station);
  }

  /** Steps 0 and 1: is it ours to answer at all? */
  #notForUs(message: SipMessage, flow: Flow): Reply | undefined {
    const { serves } = this.#parts;
    const uri = parseSipUri(message.uri);
    if (typeof uri === 'string') return reply(416, 'Unsupported URI Scheme');
    if (uri.scheme === 'sips' && flow.transport !== 'tls') return reply(416, 'Unsupported URI Scheme');
    if (!serves(uri.host, flow)) return reply(404, 'Not Found');
    // A route that names ourselves is a client's habit; one that names another would make us a relay.
    const route = message.address('Route');
    const next = route === undefined ? undefined : parseSipUri(route.uri);
    return typeof next === 'object' && !serves(next.host, flow) ? reply(403, 'Forbidden') : undefined;
  }

  /** Step 2. */
  #unsupported(message: SipMessage): Reply | undefined {
    if (message.count(ID.Require) === 0) return undefined;
    return reply(420, 'Bad Extension', { headers: `Unsupported: ${message.all(ID.Require).join(', ')}\r\n` });
  }

  /** Step 7: all Contacts of a request or none. */
  #bind(asking: Asking, record: DeviceRecord | undefined, name: string, contacts: readonly AskedContact[]): Reply {
    const { message, flow, now, dn, claims } = asking;
    const { stations } = this.#parts;
    const settings = this.#settings;
    const wanted = contacts.filter((contact) => contact.seconds > 0);
    const cisco = claims.deviceName !== undefined || claims.typeId !== undefined;
    const least = this.#least(cisco);
    if (wanted.some((contact) => contact.seconds < least))
      return reply(423, 'Interval Too Brief', { server: true, headers: `Min-Expires: ${least}\r\n` });
    const before = record === undefined ? undefined : stations.of(record.configured.name);
    const touched = (before?.bindings ?? []).filter(
      (binding) => binding.dn === dn && contacts.some(({ uri }) => cisco || sameContact(uri, binding.uri)),
    );
    const stale = this.#stale(asking, before, touched);
    if (stale !== undefined) return stale;
    if (wanted.length === 0) return this.#unbind(asking, before, touched, contacts);
    if (wanted.length > (cisco ? 1 : settings.limits.contacts)) return tooMany();

    const granted = this.#grant(wanted[0]?.seconds ?? 0);
    const offer = readOffer(message);
    const lasting = before !== undefined && this.#goesOn(before, flow, touched);
    if (lasting && touched.length === 0 && !before.record.configured.lines.some((line) => line.dn === dn))
      return this.#refuse(asking, name, 'wrong-line');
    if (before !== undefined && claims.yields && !sameFlow(before.flow, flow) && before.flow.open)
      return this.#refuse(asking, name, 'duplicate');
    const station = lasting ? before : this.#admit(asking, name, record, granted, cisco, offer);
    if ('status' in station) return station;
    if (lasting && !sameFlow(station.flow, flow)) this.#move(station, flow, now);
    station.serverHost = asking.aor.host;

    const fresh = !lasting;
    const own = station.bindings.filter((binding) => binding.dn === dn);
    if (own.length + wanted.length - touched.length > settings.limits.contacts) return tooMany();
    for (const contact of contacts) {
      const binding = own.find(({ uri }) => cisco || sameContact(uri, contact.uri));
      if (contact.seconds === 0) {
        if (binding !== undefined) stations.unbind(binding);
      } else this.#store(asking, station, binding, contact, offer, fresh);
    }
    return this.#granted(
      message,
      station,
      dn,
      granted,
      now,
      fresh,
      offer,
      this.#afterwords(asking, station, fresh, offer),
    );
  }

  /** Same Call-ID and no higher CSeq: out of order, unless it is the same request once more. */
  #stale(asking: Asking, station: Station | undefined, touched: readonly Binding[]): Reply | undefined {
    const { message, now, dn } = asking;
    const cseq = message.cseq?.number ?? 0;
    const late = touched.find((binding) => binding.callId === message.callId && cseq <= binding.cseq);
    if (late === undefined || station === undefined) return undefined;
    if (cseq === late.cseq && late.branch === message.via?.branch)
      return this.#granted(message, station, dn, late.granted, now, false, undefined);
    return reply(500, 'Server Internal Error - CSeq out of order');
  }

  /** Whether the registration that is there goes on: over the same flow, or its phone has come back by another. */
  #goesOn({ flow: old }: Station, flow: Flow, touched: readonly Binding[]): boolean {
    if (sameFlow(old, flow)) return true;
    if (old.transport !== flow.transport) return false;
    return !old.open || (touched.length > 0 && old.remote.address === flow.remote.address);
  }

  #admit(
    asking: Asking,
    name: string,
    record: DeviceRecord | undefined,
    granted: Duration,
    cisco: boolean,
    offer: PhoneOffer,
  ): Station | Reply {
    const { message, flow, now, dn, aor } = asking;
    const { database, stations } = this.#parts;
    const link = flow.link === 0 ? this.#parts.nextLink() : flow.link;
    const attempt = { ...this.#attempt(asking, name, link), patience: patienceOf(granted) };
    // A phone that nobody configured cannot know its number yet.
    const admission = database.register(record === undefined ? attempt : { ...attempt, dn }, now);
    if (!admission.accepted)
      return refusalReply(admission.reason, this.#settings.node, this.#screen(asking, admission.reason));
    const station: Station = {
      record: admission.device,
      registration: admission.registration,
      flow,
      cisco,
      serverHost: aor.host,
      combines: combines(offer.options),
      bindings: [],
      commanded: undefined,
    };
    stations.add(station);
    this.#report(message, station, now);
    return station;
  }

  /** What the phone tells of itself at a first registration. */
  #report(message: SipMessage, { record }: Station, now: Instant): void {
    const alarm = reasonOf(message);
    const userAgent = message.text(ID['User-Agent']);
    const facts: Record<string, string | number> = {};
    if (userAgent !== undefined) facts.userAgent = userAgent.slice(0, 128);
    if (alarm !== undefined) {
      facts.alarm = alarm.number;
      facts.lastReset = alarm.last;
      if (alarm.name !== '') facts.alarmName = alarm.name;
      if (alarm.load !== '') facts.activeLoad = alarm.load;
      if (alarm.inactiveLoad !== '') facts.inactiveLoad = alarm.inactiveLoad;
    }
    if (Object.keys(facts).length > 0) this.#parts.database.reported(record.configured.name, facts, now);
  }

  #store(
    asking: Asking,
    station: Station,
    found: Binding | undefined,
    contact: AskedContact,
    offer: PhoneOffer,
    fresh: boolean,
  ): void {
    const { message, now, dn } = asking;
    const { stations, database } = this.#parts;
    const { configured } = station.record;
    const granted = this.#grant(contact.seconds);
    const callId = message.callId ?? '';
    const cseq = message.cseq?.number ?? 0;
    // What auto-registration made has one line, whatever the phone calls itself before it has its file.
    const own = configured.lines.some((line) => line.dn === dn) ? dn : (configured.lines[0]?.dn ?? dn);
    const lines = offer.bulk ? configured.lines.map((line) => line.dn) : (found?.lines ?? [own]);
    const asked = {
      contact: message.text(ID.Contact) ?? '',
      to: message.text(ID.To) ?? '',
      expires: message.text(ID.Expires) ?? '',
    };
    const branch = message.via?.branch ?? '';
    const expiresAt = after(now, patienceOf(granted));
    if (found !== undefined) {
      const grown = lines.length !== found.lines.length;
      Object.assign(found, { lines, contact: contact.echo, uri: contact.uri, branch, cseq, granted, expiresAt, asked });
      stations.refreshed(found, callId, leadOf(station) !== found);
      if (leadOf(station) === found) database.heard(station.registration, now, patienceOf(granted));
      if (grown) database.bindLines(station.registration, boundLines(station), now);
      return;
    }
    const binding: Binding = {
      station,
      dn,
      lines,
      contact: contact.echo,
      uri: contact.uri,
      callId,
      cseq,
      branch,
      granted,
      expiresAt,
      asked,
      dueAt: undefined,
      queuedAt: undefined,
    };
    if (offer.bulk) for (const other of [...station.bindings]) stations.unbind(other);
    stations.bind(binding, false);
    const lead = leadOf(station);
    for (const each of station.bindings) stations.refreshed(each, each.callId, each !== lead);
    if (fresh || station.registration.lines.length < boundLines(station).length)
      database.bindLines(station.registration, boundLines(station), now);
  }

  #refresh(binding: Binding, cseq: number, message: SipMessage, now: Instant): void {
    const { station, granted } = binding;
    binding.cseq = cseq;
    binding.branch = message.via?.branch ?? '';
    binding.expiresAt = after(now, patienceOf(granted));
    if (station.bindings.length === 1 || leadOf(station) === binding)
      this.#parts.database.heard(station.registration, now);
    else this.#parts.stations.refreshed(binding, binding.callId, true);
  }

  #move(station: Station, flow: Flow, now: Instant): void {
    this.#parts.stations.move(station, flow);
    const { transport, remote, link } = flow;
    const number = link === 0 ? station.registration.link : link;
    this.#parts.database.moved(station.registration, { transport, ...remote, link: number }, now);
  }

  // ── removing ──────────────────────────────────────────────────────────────────────────────────────────────────

  #unbind(
    asking: Asking,
    station: Station | undefined,
    touched: readonly Binding[],
    contacts: readonly AskedContact[],
  ): Reply {
    // The Contact of another flow is another registration's: only the one that is named goes (`sip.md` §5.4).
    const named = touched.filter((binding) => contacts.some(({ uri }) => sameContact(uri, binding.uri)));
    this.#remove(asking, station, named);
    return this.#unbound(asking, station);
  }

  #clear(asking: Asking, station: Station): Reply {
    const { message, dn } = asking;
    const own = station.bindings.filter((binding) => binding.dn === dn);
    const cseq = message.cseq?.number ?? 0;
    if (own.some((binding) => binding.callId === message.callId && cseq <= binding.cseq))
      return reply(500, 'Server Internal Error - CSeq out of order');
    this.#remove(asking, station, own);
    return this.#unbound(asking, station);
  }

  #remove({ message, now }: Asking, station: Station | undefined, bindings: readonly Binding[]): void {
    const lead = station === undefined ? undefined : leadOf(station);
    for (const binding of bindings)
      this.drop(binding, binding === lead ? endReasonOf(station, reasonOf(message)) : undefined, now);
  }

  /** Takes a binding away; with the one by which the device lives the registration ends, for `reason`. */
  drop(binding: Binding, reason: ReturnType<typeof endReasonOf> | undefined, now: Instant): void {
    const { station } = binding;
    const { stations, database } = this.#parts;
    stations.unbind(binding);
    if (station.bindings.length === 0 || reason !== undefined) {
      stations.remove(station);
      database.end(station.registration, reason ?? 'unregistered', now);
    } else database.bindLines(station.registration, boundLines(station), now);
  }

  #unbound({ message, claims, dn, now }: Asking, station: Station | undefined): Reply {
    const cisco = station?.cisco ?? (claims.deviceName !== undefined || claims.typeId !== undefined);
    const left = cisco || station === undefined ? '' : this.#contactLines(station, dn, now, false);
    const answer = unbound(message, this.#settings, true);
    return left === '' ? answer : { ...answer, headers: left };
  }

  // ── answering ─────────────────────────────────────────────────────────────────────────────────────────────────

  #list(message: SipMessage, station: Station | undefined, dn: DirectoryNumber, now: Instant): Reply {
    const settings = this.#settings;
    const contacts = station === undefined ? '' : this.#contactLines(station, dn, now, false, true);
    return reply(200, 'OK', { server: true, headers: `${contacts}${supported(message, settings)}` });
  }

  /** Step 8, as CUCM writes it: the Contacts of the asking device alone. */
  #granted(
    message: SipMessage,
    station: Station,
    dn: DirectoryNumber,
    granted: Duration,
    now: Instant,
    fresh: boolean,
    offer: PhoneOffer | undefined,
    afterwords: readonly Afterword[] = [],
  ): Reply {
    const settings = this.#settings;
    const options = offer?.options;
    const contacts = this.#contactLines(station, dn, now, fresh);
    return reply(200, 'OK', {
      server: true,
      headers: `Expires: ${granted / 1000}\r\n${contacts}${supported(message, settings)}`,
      ...(options === undefined ? {} : { body: { type: RESPONSE_TYPE, text: acceptedOptions(options) } }),
      afterwords,
    });
  }

  /** Phones of other makers look for `expires` on the Contact; Cisco's for the header (`sip.md` §4.2). */
  #contactLines(station: Station, dn: DirectoryNumber, now: Instant, fresh: boolean, timed = !station.cisco): string {
    let lines = '';
    for (const binding of station.bindings) {
      if (binding.dn !== dn) continue;
      const grace = patienceOf(binding.granted) - binding.granted;
      const left = Math.max(0, Math.ceil((binding.expiresAt - grace - now) / 1000));
      lines += `Contact: ${binding.contact}${timed ? `;expires=${left}` : ''}${fresh ? ';x-cisco-newreg' : ''}\r\n`;
    }
    return lines;
  }

  #afterwords({ dn }: Asking, station: Station, fresh: boolean, offer: PhoneOffer): readonly Afterword[] {
    if (!fresh) return [];
    const { record } = station;
    if (record.origin === 'auto-registered' && !record.configured.lines.some((line) => line.dn === dn))
      return [{ send: 'restart', station }];
    if (!station.cisco) return [{ send: 'messages-waiting', station }];
    return offer.options === undefined || !station.combines ? [] : [{ send: 'status', station }];
  }

  // ── refusing ──────────────────────────────────────────────────────────────────────────────────────────────────

  #refuse(asking: Asking, name: string, reason: RefusalReason): Reply {
    this.#parts.database.refuse(this.#attempt(asking, name, asking.flow.link), reason, asking.now);
    return refusalReply(reason, this.#settings.node, this.#screen(asking, reason));
  }

  /** CUCM tells a desk phone on its screen, too: after a 404, before a 485 (`sip.md` §4.4). */
  #screen({ message }: Asking, reason: RefusalReason): readonly Afterword[] {
    const { sccp, sip } = REFUSALS[reason];
    const label = 'label' in sccp ? sccp.label : undefined;
    const isDeskPhone = message.text(ID['User-Agent'])?.startsWith('Cisco-CP') ?? false;
    const extended = message.all(ID.Supported).some((text) => text.includes('extended-refer'));
    const contact = message.address('Contact')?.uri;
    if (label === undefined || !isDeskPhone || !extended || contact === undefined) return [];
    return [{ send: 'status-line', label, contact, before: sip.status === 485 }];
  }

  #attempt({ message, flow, claims }: Asking, name: string, link: number): RegistrationAttempt {
    const { address, port } = flow.remote;
    return {
      name,
      protocol: 'SIP',
      transport: flow.transport,
      address,
      port,
      link,
      typeId: claims.typeId,
      mac: claims.mac,
      protocolVersion: undefined,
      load: reasonOf(message)?.load ?? '',
      dn: undefined,
      certificateNames: flow.peerNames,
    };
  }

  /** Seconds. A Cisco phone subtracts five from what it is granted and gives up below sixty (`sip.md` §4.2). */
  #least(cisco: boolean): number {
    const min = this.#settings.expires.min / 1000;
    return cisco && min >= CISCO_MIN_SECONDS - 5 ? Math.max(min, CISCO_MIN_SECONDS) : min;
  }

  #grant(asked: number): Duration {
    const { granted, max } = this.#settings.expires;
    return milliseconds(Math.min(asked * 1000, granted, max));
  }
}

const CISCO_MIN_SECONDS = 65;

const tooMany = (): Reply =>
  reply(503, 'Service Unavailable - too many contacts', { server: true, headers: 'Retry-After: 35\r\n' });

/** The answer to an unregistration (`sip.md` §4.3). */
const unbound = (message: SipMessage, settings: SipSettings, server: boolean): Reply =>
  reply(200, 'OK', { server, headers: `Expires: 0\r\n${supported(message, settings)}` });

const supported = (message: SipMessage, settings: SipSettings): string => {
  const offered = message.text(ID.Supported)?.includes('X-cisco-srtp-fallback') ?? false;
  return `Supported: ${offered ? 'X-cisco-srtp-fallback,' : ''}X-cisco-sis-${settings.interfaceVersion}\r\n`;
};
