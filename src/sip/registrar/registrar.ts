import type { DirectoryNumber } from '../../core/identifiers.js';
import { type Duration, type Instant, milliseconds } from '../../core/time.js';
import { type DeviceRecord, linesOf, placeOf } from '../../devices/index.js';
import { type PhoneOffer, readOffer } from '../cisco/remotecc.js';
import type { SipMessage } from '../message/message.js';
import { canonicalText, parseSipUri } from '../message/uri.js';
import { faultResponse, type SipResponse, sipResponse } from '../response/response.js';
import type { SipSettings } from '../settings.js';
import { type Flow, sameFlow } from '../transport/flow.js';
import { type Authentication, type Proof, uncheckedCredentials } from './authentication.js';
import type { BindingUpdates } from './binding-updates.js';
import { DeviceAdmission, type DeviceAdmissionDependencies } from './device-admission.js';
import { endReasonOf } from './expiry.js';
import { type Identification, NO_CLAIMS, reasonOf } from './identification.js';
import { type Binding, boundLines, branchHashOf, contactUriOf, type RegisteredPhone, sameContact } from './location.js';
import { type RegisterRequest, registrationRequestOf } from './register-request.js';
import {
  grantedResponse,
  listResponse,
  type RegisterFollowUp,
  type RegisterResponse,
  tooManyContactsResponse,
  unboundResponse,
} from './register-responses.js';
import { type RequestedContact, type RequestedContacts, requestedContacts } from './requested-contacts.js';

/** What the registrar shares with the rest of the service. */
export interface RegistrarDependencies extends DeviceAdmissionDependencies {
  readonly bindingUpdates: BindingUpdates;
  readonly identification: Identification;
  readonly authentication: Authentication;
  /** Whether a host and port are those of this server, by the address that the flow came to. */
  isLocal(host: string, port: number | undefined, flow: Flow): boolean;
  /** Whether a host stands for this node or its cluster. */
  isServed(host: string, flow: Flow): boolean;
  /** A phone that is registered with another node checks whether this one would serve it. */
  onStandby(device: string, flow: Flow, now: Instant): void;
}

/** Which device sent the request, and whether it has proved that. */
interface AuthenticatedDevice extends Proof {
  /** `undefined`: no device that is configured. */
  readonly record: DeviceRecord | undefined;
  /** The device's name, or the one that the request gave. */
  readonly name: string;
  readonly otherRealm: string | undefined;
  /** The user of its credentials. */
  readonly user: string | undefined;
}

const CISCO_MIN_SECONDS = 65;

/**
 * The registrar: follows RFC 3261 §10.3 step by step for one REGISTER (`sip.md` §6), with CUCM's responses (§4) and
 * states (§5). It asks the database whether a device may register. It writes and sends nothing: it returns the
 * response.
 */
export class Registrar {
  readonly #dependencies: RegistrarDependencies;
  readonly #admission: DeviceAdmission;

  constructor(dependencies: RegistrarDependencies) {
    this.#dependencies = dependencies;
    this.#admission = new DeviceAdmission(dependencies);
  }

  get #settings(): SipSettings {
    return this.#dependencies.settingsRef.settings;
  }

  /** Forgets that the device was rejected: its configuration has changed. */
  configurationChanged(device: string): void {
    this.#admission.configurationChanged(device);
  }

  /** Forgets all rejections: the settings have changed, and with them perhaps the policy. */
  settingsChanged(): void {
    this.#admission.settingsChanged();
  }

  /** Handles a REGISTER that has passed `faultOf` and requires no unknown extension. */
  register(message: SipMessage, flow: Flow, now: Instant): RegisterResponse {
    return this.#checkTarget(message, flow) ?? this.#read(message, flow, now);
  }

  /** Steps 0 and 1: checks that the request is for this node. */
  #checkTarget(message: SipMessage, flow: Flow): SipResponse | undefined {
    const { isServed } = this.#dependencies;
    const uri = parseSipUri(message.uri);
    if (typeof uri === 'string' || (uri.scheme === 'sips' && flow.transport !== 'tls'))
      return sipResponse(416, 'Unsupported URI Scheme');
    if (!isServed(uri.host, flow)) return sipResponse(404, 'Not Found');
    // Some clients write a Route to this node itself. A Route to another host would make this node a proxy.
    const route = message.address('Route');
    const next = route === undefined ? undefined : parseSipUri(route.uri);
    return typeof next === 'object' && !isServed(next.host, flow) ? sipResponse(403, 'Forbidden') : undefined;
  }

  /** Steps 5 and 6: reads the number and the Contacts. */
  #read(message: SipMessage, flow: Flow, now: Instant): RegisterResponse {
    const { isServed, isLocal, onStandby } = this.#dependencies;
    const aor = parseSipUri(message.to?.uri ?? '');
    if (typeof aor === 'string') return sipResponse(400, 'Bad Request - To is not a SIP URI');
    if (!isServed(aor.host, flow)) return sipResponse(404, 'Not Found');
    const requested = requestedContacts(message, (host, port) => isLocal(host, port, flow));
    if (requested.kind === 'invalid') return faultResponse(requested.fault);
    const contacts = requested.kind === 'bind' ? requested.contacts : [];
    const claims = contacts[0]?.claims ?? NO_CLAIMS;
    const dn = canonicalText(aor.user ?? '') as DirectoryNumber;
    if (contacts.some((contact) => contact.claims.keepAlive)) {
      onStandby(claims.deviceName ?? dn, flow, now);
      return sipResponse(200, 'OK', { headers: 'Expires: 0\r\n' });
    }
    const cisco = claims.deviceName !== undefined || claims.typeId !== undefined;
    const request: RegisterRequest = { message, flow, now, aor, dn, claims, cisco };
    const who = this.#authenticate(request);
    const { name: device, credentials, otherRealm, user } = who;
    const [asked] = contacts.flatMap(({ seconds }) => (seconds > 0 ? [seconds] : [])).sort((one, two) => one - two);
    return {
      ...(who.denied ?? this.#handle(request, who, requested, contacts)),
      requester: { device, credentials, otherRealm, user, asked },
    };
  }

  #handle(
    request: RegisterRequest,
    { record, name }: AuthenticatedDevice,
    { kind: ask }: RequestedContacts,
    contacts: readonly RequestedContact[],
  ): RegisterResponse {
    const phone = record === undefined ? undefined : this.#dependencies.phones.byDevice(record.configured.name);
    const refusal = phone === undefined ? undefined : this.#admission.refuseOtherFlow(request, phone);
    if (refusal !== undefined) return refusal;
    if (ask === 'bind') return this.#bind(request, record, name, contacts);
    if (record === undefined) return this.#admission.refuse(request, name, 'unknown-device');
    const { message, dn, now } = request;
    return ask === 'list' ? listResponse(message, this.#settings, phone, dn, now) : this.#unbindAll(request, phone);
  }

  /** Steps 3 and 4: finds the device, and checks its credentials if it has a password. */
  #authenticate(request: RegisterRequest): AuthenticatedDevice {
    const { message, flow, now, dn, claims } = request;
    const { identification, authentication, phones, database } = this.#dependencies;
    const presented = authentication.presentedIn(message);
    const { otherRealm, user } = presented;
    const known = claims.deviceName === undefined ? phones.byCallId(message.callId ?? '')?.phone.record : undefined;
    const identity =
      known === undefined
        ? identification.identify({ message, claims, dn, credentials: presented.ours })
        : ({ kind: 'known', record: known } as const);
    if (identity.kind === 'unknown')
      return {
        record: undefined,
        name: identity.name,
        otherRealm,
        user,
        denied: undefined,
        credentials: uncheckedCredentials(presented),
      };
    const record = identity.kind === 'known' ? identity.record : undefined;
    const name = record?.configured.name ?? presented.ours[0]?.get('username') ?? dn;
    const proof = authentication.check(message, presented, record, flow, now, (reason, details) => {
      database.refuse(registrationRequestOf(request, name, flow.link), reason, now, details);
    });
    return { record, name, otherRealm, user, ...proof };
  }

  /** Step 7: binds all Contacts of a request, or none. */
  #bind(
    request: RegisterRequest,
    record: DeviceRecord | undefined,
    name: string,
    contacts: readonly RequestedContact[],
  ): RegisterResponse {
    const { message, flow, now, dn, claims, cisco } = request;
    const { phones, bindingUpdates } = this.#dependencies;
    const settings = this.#settings;
    const toBind = contacts.filter(({ seconds }) => seconds > 0);
    const least = this.#minSeconds(cisco);
    if (toBind.some(({ seconds }) => seconds < least))
      return sipResponse(423, 'Interval Too Brief', { server: true, headers: `Min-Expires: ${least}\r\n` });
    if (contacts.length > settings.limits.contacts) return tooManyContactsResponse();
    const current = record === undefined ? undefined : phones.byDevice(record.configured.name);
    const ofLine = current?.bindings.filter((binding) => binding.dn === dn) ?? [];
    const isSame = (binding: Binding, { uri }: RequestedContact): boolean => sameContact(uri, contactUriOf(binding));
    const touched = ofLine.filter((binding) => contacts.some((contact) => isSame(binding, contact)));
    const outOfOrder = this.#checkOrder(request, cisco ? ofLine : touched);
    if (outOfOrder !== undefined) return outOfOrder;
    if (toBind.length === 0) return this.#unbind(request, current, touched);
    if (cisco && toBind.length > 1) return tooManyContactsResponse();

    const continues = current !== undefined && continuesOver(current, flow, touched);
    const refusal = continues ? this.#admission.refuseOtherProfile(request, current) : undefined;
    if (refusal !== undefined) return refusal;
    if (continues && ofLine.length === 0 && !current.record.configured.lines.some((line) => line.dn === dn))
      return this.#admission.refuse(request, name, 'wrong-line', { given: dn, configured: linesOf(current.record) });
    if (current !== undefined && !continues && claims.yields && current.flow.open)
      return this.#admission.refuse(request, name, 'duplicate', {
        given: placeOf(flow.remote),
        configured: placeOf(current.registration),
      });
    if (continues && ofLine.length - touched.length + toBind.length > settings.limits.contacts)
      return tooManyContactsResponse();
    const granted = this.#grantedDuration(toBind[0]?.seconds ?? 0);
    const offer = readOffer(message);
    const phone = continues ? current : this.#admission.register(request, name, record, granted, offer);
    if ('status' in phone) return phone;
    if (continues && !sameFlow(phone.flow, flow)) bindingUpdates.move(phone, flow, now);
    const before = continues ? boundLines(phone) : [];
    for (const contact of contacts) {
      // A line of a Cisco phone has one Contact, whatever it was before (`sip.md` §14).
      const found = continues ? ofLine.find((binding) => cisco || isSame(binding, contact)) : undefined;
      const binding = { message, dn, contact, granted: this.#grantedDuration(contact.seconds), bulk: offer.bulk };
      if (contact.seconds > 0) bindingUpdates.store(phone, found, binding, now);
      else if (found !== undefined) bindingUpdates.remove(phone, [found], 'unregistered', now);
    }
    const newLines = boundLines(phone).filter((line) => !before.includes(line));
    const followUps = this.#followUpsOf(request, phone, offer, continues, newLines);
    return grantedResponse(message, settings, { phone, dn, granted, fresh: !continues, offer, followUps }, now);
  }

  /** A request of the same Call-ID whose CSeq is not higher is out of order, unless it is a retransmission. */
  #checkOrder({ message, flow, now, dn }: RegisterRequest, bindings: readonly Binding[]): RegisterResponse | undefined {
    const cseq = message.cseq?.number ?? 0;
    const late = bindings.find((binding) => binding.callId === message.callId && cseq <= binding.cseq);
    if (late === undefined) return undefined;
    if (cseq !== late.cseq || late.branchHash !== branchHashOf(message))
      return sipResponse(500, 'Server Internal Error - CSeq out of order');
    const { phone, granted } = late;
    // The phone lost the connection before the answer came, and repeats the request over another one.
    if (!sameFlow(phone.flow, flow)) return undefined;
    return grantedResponse(message, this.#settings, { phone, dn, granted, fresh: false }, now);
  }

  #unbind(request: RegisterRequest, phone: RegisteredPhone | undefined, bindings: readonly Binding[]): SipResponse {
    const { message, dn, now } = request;
    if (phone !== undefined && bindings.length > 0)
      this.#dependencies.bindingUpdates.remove(phone, bindings, endReasonOf(phone, reasonOf(message)), now);
    return unboundResponse(message, this.#settings, phone, dn, now);
  }

  #unbindAll(request: RegisterRequest, phone: RegisteredPhone | undefined): SipResponse {
    const ofLine = phone?.bindings.filter((binding) => binding.dn === request.dn) ?? [];
    const cseq = request.message.cseq?.number ?? 0;
    if (ofLine.some((binding) => binding.callId === request.message.callId && cseq <= binding.cseq))
      return sipResponse(500, 'Server Internal Error - CSeq out of order');
    return this.#unbind(request, phone, ofLine);
  }

  /** `newLines`: the lines that this request has bound. */
  #followUpsOf(
    { dn }: RegisterRequest,
    phone: RegisteredPhone,
    { options }: PhoneOffer,
    continues: boolean,
    newLines: readonly DirectoryNumber[],
  ): readonly RegisterFollowUp[] {
    const { record, cisco, combines: combined } = phone;
    const messages = { kind: 'messages-waiting', phone, lines: newLines, also: cisco ? 'nothing' : 'off' } as const;
    if (continues) return newLines.length === 0 ? [] : [messages];
    if (record.origin === 'auto-registered' && !record.configured.lines.some((line) => line.dn === dn))
      return [{ kind: 'restart', phone }];
    if (!cisco) return [messages];
    return [
      ...(options === undefined || !combined ? [] : [{ kind: 'status', phone } as const]),
      ...(phone.blfNumbers.length === 0 ? [] : [{ kind: 'blf', phone } as const]),
      messages,
    ];
  }

  /** Seconds. A Cisco phone subtracts five from what it is granted and gives up below sixty (`sip.md` §4.2). */
  #minSeconds(cisco: boolean): number {
    const min = this.#settings.expires.min / 1000;
    return cisco && min >= CISCO_MIN_SECONDS - 5 ? Math.max(min, CISCO_MIN_SECONDS) : min;
  }

  #grantedDuration(seconds: number): Duration {
    const { granted, max } = this.#settings.expires;
    return milliseconds(Math.min(seconds * 1000, granted, max));
  }
}

/** Whether the request continues the registration that is there: it came over its flow, or its phone has a new flow. */
const continuesOver = ({ flow: old }: RegisteredPhone, flow: Flow, touched: readonly Binding[]): boolean => {
  if (sameFlow(old, flow)) return true;
  if (old.transport !== flow.transport) return false;
  return !old.open || (touched.length > 0 && old.remote.address === flow.remote.address);
};
