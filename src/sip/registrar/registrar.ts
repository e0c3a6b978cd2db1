// The registrar: RFC 3261 §10.3 step by step for one REGISTER (`sip.md` §6), with CUCM's answers (§4) and states (§5). It
// asks the database whether a device may register; it writes no octet itself.

import type { DirectoryNumber } from '../../core/identifiers.js';
import { type Duration, type Instant, milliseconds } from '../../core/time.js';
import {
  type DeviceDatabase,
  type DeviceRecord,
  linesOf,
  placeOf,
  type RefusalDetails,
  type RefusalReason,
  type RegistrationRequest,
} from '../../devices/index.js';
import { combines, type PhoneOffer, readOffer, takesLamps } from '../cisco/remotecc.js';
import type { SipMessage } from '../message/message.js';
import { canonicalText, parseSipUri } from '../message/uri.js';
import { closingReply, type FollowUp, faultReply, reply, type SipResponse } from '../response/response.js';
import type { SettingsRef, SipSettings } from '../settings.js';
import { type Flow, sameFlow } from '../transport/flow.js';
import { type Authentication, type Proof, unlooked } from './authentication.js';
import type { BindingBook } from './binding-updates.js';
import { ClosingStations } from './recent-rejections.js';
import { endReasonOf, patienceOf } from './expiry.js';
import { type Identification, NO_CLAIMS, reasonOf } from './identification.js';
import { type Binding, branchOf, type RegisteredPhone, type RegisteredPhones, sameContact, uriOf } from './location.js';
import { attemptOf, introduction, lampsOf, NO_LAMPS, type RegisterRequest } from './register-request.js';
import { grantedReply, listReply, rejectedReply, tooManyReply, unboundReply } from './register-responses.js';
import { type AskedContact, type AskedContacts, requestedContacts } from './requested-contacts.js';

/** What the registrar shares with the rest of the service. */
export interface RegistrarParts {
  readonly settled: SettingsRef;
  readonly database: DeviceDatabase;
  readonly stations: RegisteredPhones;
  readonly book: BindingBook;
  readonly identification: Identification;
  readonly authentication: Authentication;
  /** A number for a flow that has none: it stands for the registration in the traces. */
  nextLink(): number;
  isOurs(host: string, port: number | undefined, flow: Flow): boolean;
  serves(host: string, flow: Flow): boolean;
  /** A phone that is registered with another node has asked after this one. */
  standingBy(device: string, flow: Flow, now: Instant): void;
}

/** Which device asks, and what proves it. */
interface Who extends Proof {
  readonly record: DeviceRecord | undefined;
  /** The device's, or the one that was given. */
  readonly name: string;
  readonly otherRealm: string | undefined;
}

const CISCO_MIN_SECONDS = 65;

export class Registrar {
  readonly #parts: RegistrarParts;
  readonly #closing = new ClosingStations();

  constructor(parts: RegistrarParts) {
    this.#parts = parts;
  }

  get #settings(): SipSettings {
    return this.#parts.settled.settings;
  }

  /** The configuration of that device has changed: it is judged anew. */
  reconfigured(device: string): void {
    this.#closing.forget(device);
  }

  /** The settings have changed, and with them perhaps the policy: everybody is judged anew. */
  resettled(): void {
    this.#closing.clear();
  }

  /** `message` has passed `faultOf` and requires nothing unknown. */
  register(message: SipMessage, flow: Flow, now: Instant): SipResponse {
    return this.#notForUs(message, flow) ?? this.#read(message, flow, now);
  }

  /** Steps 0 and 1: is it ours to answer at all? */
  #notForUs(message: SipMessage, flow: Flow): SipResponse | undefined {
    const { serves } = this.#parts;
    const uri = parseSipUri(message.uri);
    if (typeof uri === 'string' || (uri.scheme === 'sips' && flow.transport !== 'tls'))
      return reply(416, 'Unsupported URI Scheme');
    if (!serves(uri.host, flow)) return reply(404, 'Not Found');
    // A route that names ourselves is a client's habit; one that names another would make us a relay.
    const route = message.address('Route');
    const next = route === undefined ? undefined : parseSipUri(route.uri);
    return typeof next === 'object' && !serves(next.host, flow) ? reply(403, 'Forbidden') : undefined;
  }

  /** Steps 5 and 6: whose number, and which Contacts. */
  #read(message: SipMessage, flow: Flow, now: Instant): SipResponse {
    const { serves, isOurs, standingBy } = this.#parts;
    const aor = parseSipUri(message.to?.uri ?? '');
    if (typeof aor === 'string') return reply(400, 'Bad Request - To is not a SIP URI');
    if (!serves(aor.host, flow)) return reply(404, 'Not Found');
    const asked = requestedContacts(message, (host, port) => isOurs(host, port, flow));
    if (asked.ask === 'nonsense') return faultReply(asked.fault);
    const contacts = asked.ask === 'bind' ? asked.contacts : [];
    const claims = contacts[0]?.claims ?? NO_CLAIMS;
    const dn = canonicalText(aor.user ?? '') as DirectoryNumber;
    if (contacts.some((contact) => contact.claims.keepAlive)) {
      standingBy(claims.deviceName ?? dn, flow, now);
      return reply(200, 'OK', { headers: 'Expires: 0\r\n' });
    }
    const cisco = claims.deviceName !== undefined || claims.typeId !== undefined;
    const asking: RegisterRequest = { message, flow, now, aor, dn, claims, cisco };
    const who = this.#authenticated(asking);
    const { name: device, credentials, otherRealm } = who;
    return { ...(who.denied ?? this.#act(asking, who, asked, contacts)), asker: { device, credentials, otherRealm } };
  }

  #act(
    asking: RegisterRequest,
    { record, name }: Who,
    { ask }: AskedContacts,
    contacts: readonly AskedContact[],
  ): SipResponse {
    if (ask === 'bind') return this.#bind(asking, record, name, contacts);
    if (record === undefined) return this.#refuse(asking, name, 'unknown-device');
    const station = this.#parts.stations.of(record.configured.name);
    const { message, dn, now } = asking;
    return ask === 'list' ? listReply(message, this.#settings, station, dn, now) : this.#clear(asking, station);
  }

  /** Steps 3 and 4: which device it is, proven where it must be. */
  #authenticated(asking: RegisterRequest): Who {
    const { message, flow, now, dn, claims } = asking;
    const { identification, authentication, stations, database } = this.#parts;
    const presented = authentication.presentedIn(message);
    const { otherRealm } = presented;
    const known = claims.deviceName === undefined ? stations.byCallId(message.callId ?? '')?.station.record : undefined;
    const identity =
      known === undefined
        ? identification.identify({ message, claims, dn, credentials: presented.ours })
        : ({ is: 'known', record: known } as const);
    if (identity.is === 'unknown')
      return {
        record: undefined,
        name: identity.name,
        otherRealm,
        denied: undefined,
        credentials: unlooked(presented),
      };
    const record = identity.is === 'known' ? identity.record : undefined;
    const name = record?.configured.name ?? presented.ours[0]?.get('username') ?? dn;
    const proof = authentication.check(message, presented, record, flow, now, (reason, details) => {
      database.refuse(attemptOf(asking, name, flow.link), reason, now, details);
    });
    return { record, name, otherRealm, ...proof };
  }

  /** Step 7: all Contacts of a request or none. */
  #bind(
    asking: RegisterRequest,
    record: DeviceRecord | undefined,
    name: string,
    contacts: readonly AskedContact[],
  ): SipResponse {
    const { message, flow, now, dn, claims, cisco } = asking;
    const { stations, book } = this.#parts;
    const settings = this.#settings;
    const wanted = contacts.filter(({ seconds }) => seconds > 0);
    const least = this.#least(cisco);
    if (wanted.some(({ seconds }) => seconds < least))
      return reply(423, 'Interval Too Brief', { server: true, headers: `Min-Expires: ${least}\r\n` });
    if (contacts.length > settings.limits.contacts) return tooManyReply();
    const before = record === undefined ? undefined : stations.of(record.configured.name);
    const own = before?.bindings.filter((binding) => binding.dn === dn) ?? [];
    const meant = (binding: Binding, { uri }: AskedContact): boolean => sameContact(uri, uriOf(binding));
    const touched = own.filter((binding) => contacts.some((contact) => meant(binding, contact)));
    const stale = this.#stale(asking, cisco ? own : touched);
    if (stale !== undefined) return stale;
    if (wanted.length === 0) return this.#unbind(asking, before, touched);
    if (cisco && wanted.length > 1) return tooManyReply();

    const lasting = before !== undefined && goesOn(before, flow, touched);
    if (lasting && own.length === 0 && !before.record.configured.lines.some((line) => line.dn === dn))
      return this.#refuse(asking, name, 'wrong-line', { given: dn, configured: linesOf(before.record) });
    if (before !== undefined && !lasting && claims.yields && before.flow.open)
      return this.#refuse(asking, name, 'duplicate', {
        given: placeOf(flow.remote),
        configured: placeOf(before.registration),
      });
    if (lasting && own.length - touched.length + wanted.length > settings.limits.contacts) return tooManyReply();
    const granted = this.#grant(wanted[0]?.seconds ?? 0);
    const offer = readOffer(message);
    const station = lasting ? before : this.#admit(asking, name, record, granted, offer);
    if ('status' in station) return station;
    if (lasting && !sameFlow(station.flow, flow)) book.move(station, flow, now);
    for (const contact of contacts) {
      // A line of a Cisco phone has one Contact, whatever it was before (`sip.md` §14).
      const found = lasting ? own.find((binding) => cisco || meant(binding, contact)) : undefined;
      const wish = { message, dn, contact, granted: this.#grant(contact.seconds), bulk: offer.bulk };
      if (contact.seconds > 0) book.store(station, found, wish, now);
      else if (found !== undefined) book.remove(station, [found], 'unregistered', now);
    }
    const afterwords = lasting ? [] : this.#afterwords(asking, station, offer);
    return grantedReply(message, settings, { station, dn, granted, fresh: !lasting, offer, afterwords }, now);
  }

  /** Same Call-ID and no higher CSeq: out of order, unless it is the same request once more. */
  #stale({ message, flow, now, dn }: RegisterRequest, bindings: readonly Binding[]): SipResponse | undefined {
    const cseq = message.cseq?.number ?? 0;
    const late = bindings.find((binding) => binding.callId === message.callId && cseq <= binding.cseq);
    if (late === undefined) return undefined;
    if (cseq !== late.cseq || late.branch !== branchOf(message))
      return reply(500, 'Server Internal Error - CSeq out of order');
    const { station, granted } = late;
    // Its phone lost the connection before the answer, and asks once more over another.
    if (!sameFlow(station.flow, flow)) return undefined;
    return grantedReply(message, this.#settings, { station, dn, granted, fresh: false }, now);
  }

  #admit(
    asking: RegisterRequest,
    name: string,
    record: DeviceRecord | undefined,
    granted: Duration,
    offer: PhoneOffer,
  ): RegisteredPhone | SipResponse {
    const { message, flow, now, dn, aor, cisco } = asking;
    const { database, stations, nextLink } = this.#parts;
    const link = flow.link === 0 ? nextLink() : flow.link;
    const attempt: RegistrationRequest = {
      ...attemptOf(asking, name, link),
      // A phone that nobody configured cannot know its number yet.
      dn: record === undefined ? undefined : dn,
      patience: patienceOf(granted, this.#settings.grace),
    };
    const lingers = cisco && record?.registration === undefined;
    if (lingers && this.#closing.has(attempt, now)) return closingReply(this.#settings.node);
    const admission = database.register(attempt, now);
    if (!admission.accepted) {
      if (lingers && admission.reason !== 'full') this.#closing.begin(attempt, now);
      return rejectedReply(message, admission.reason, this.#settings.node);
    }
    const station: RegisteredPhone = {
      record: admission.device,
      registration: admission.registration,
      flow,
      cisco,
      serverHost: stations.texts.of(aor.host),
      combines: combines(offer.options),
      lamps: takesLamps(offer.options) ? lampsOf(admission.device) : NO_LAMPS,
      bindings: [],
      commanded: undefined,
    };
    stations.add(station);
    const facts = introduction(message, stations.texts);
    if (Object.keys(facts).length > 0) database.recordReport(admission.device.configured.name, facts, now);
    return station;
  }

  #unbind(asking: RegisterRequest, station: RegisteredPhone | undefined, bindings: readonly Binding[]): SipResponse {
    const { message, dn, now } = asking;
    if (station !== undefined && bindings.length > 0)
      this.#parts.book.remove(station, bindings, endReasonOf(station, reasonOf(message)), now);
    return unboundReply(message, this.#settings, station, dn, now);
  }

  #clear(asking: RegisterRequest, station: RegisteredPhone | undefined): SipResponse {
    const own = station?.bindings.filter((binding) => binding.dn === asking.dn) ?? [];
    const cseq = asking.message.cseq?.number ?? 0;
    if (own.some((binding) => binding.callId === asking.message.callId && cseq <= binding.cseq))
      return reply(500, 'Server Internal Error - CSeq out of order');
    return this.#unbind(asking, station, own);
  }

  #afterwords({ dn }: RegisterRequest, station: RegisteredPhone, { options }: PhoneOffer): readonly FollowUp[] {
    const { record, cisco, combines: combined } = station;
    if (record.origin === 'auto-registered' && !record.configured.lines.some((line) => line.dn === dn))
      return [{ send: 'restart', station }];
    if (!cisco) return [{ send: 'messages-waiting', station }];
    return [
      ...(options === undefined || !combined ? [] : [{ send: 'status', station } as const]),
      ...(station.lamps.length === 0 ? [] : [{ send: 'lamps', station } as const]),
    ];
  }

  #refuse(asking: RegisterRequest, name: string, reason: RefusalReason, details: RefusalDetails = {}): SipResponse {
    this.#parts.database.refuse(attemptOf(asking, name, asking.flow.link), reason, asking.now, details);
    return rejectedReply(asking.message, reason, this.#settings.node);
  }

  /** Seconds. A Cisco phone subtracts five from what it is granted and gives up below sixty (`sip.md` §4.2). */
  #least(cisco: boolean): number {
    const min = this.#settings.expires.min / 1000;
    return cisco && min >= CISCO_MIN_SECONDS - 5 ? Math.max(min, CISCO_MIN_SECONDS) : min;
  }

  #grant(seconds: number): Duration {
    const { granted, max } = this.#settings.expires;
    return milliseconds(Math.min(seconds * 1000, granted, max));
  }
}

/** Whether the registration that is there goes on: over the same flow, or its phone has come back by another. */
const goesOn = ({ flow: old }: RegisteredPhone, flow: Flow, touched: readonly Binding[]): boolean => {
  if (sameFlow(old, flow)) return true;
  if (old.transport !== flow.transport) return false;
  return !old.open || (touched.length > 0 && old.remote.address === flow.remote.address);
};
