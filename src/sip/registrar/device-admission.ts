import type { Duration, WallClock } from '../../core/time.js';
import {
  type DeviceDatabase,
  type DeviceRecord,
  outOfServiceReport,
  type RefusalDetails,
  type RefusalReason,
  type RegistrationRequest,
} from '../../devices/index.js';
import { acceptsBlf, acceptsSharedLines, combines, type PhoneOffer } from '../cisco/remotecc.js';
import { closingResponse } from '../response/response.js';
import type { SettingsRef, SipSettings } from '../settings.js';
import { sameFlow } from '../transport/flow.js';
import { patienceOf } from './expiry.js';
import { reasonOf } from './identification.js';
import type { RegisteredPhone, RegisteredPhones } from './location.js';
import { clockSkewOf } from './phone-clock.js';
import { RecentRejections } from './recent-rejections.js';
import {
  blfNumbersOf,
  introduction,
  NO_BLF_NUMBERS,
  type RegisterRequest,
  registrationRequestOf,
} from './register-request.js';
import { type RegisterResponse, rejectedResponse } from './register-responses.js';

/** What the admission needs of the service around it. */
export interface DeviceAdmissionDependencies {
  readonly settingsRef: SettingsRef;
  readonly database: DeviceDatabase;
  readonly phones: RegisteredPhones;
  readonly clock: WallClock;
  /**
   * The number of a registration over a flow without one, as over UDP. It stands for the registration in the traces.
   */
  nextLink(): number;
}

/** Asks the database whether a device may register, and remembers for a moment whom it rejected. */
export class DeviceAdmission {
  readonly #dependencies: DeviceAdmissionDependencies;
  readonly #recentRejections = new RecentRejections();

  constructor(dependencies: DeviceAdmissionDependencies) {
    this.#dependencies = dependencies;
  }

  get #settings(): SipSettings {
    return this.#dependencies.settingsRef.settings;
  }

  /** Forgets that the device was rejected: its configuration has changed. */
  configurationChanged(device: string): void {
    this.#recentRejections.forget(device);
  }

  /** Forgets all rejections: the settings have changed, and with them perhaps the policy. */
  settingsChanged(): void {
    this.#recentRejections.clear();
  }

  /**
   * Registers the device of a request. Returns its phone, or the response that rejects it. A Cisco phone that was
   * rejected for the same request within half a minute is told to wait.
   */
  register(
    request: RegisterRequest,
    name: string,
    record: DeviceRecord | undefined,
    granted: Duration,
    offer: PhoneOffer,
  ): RegisteredPhone | RegisterResponse {
    const { message, flow, now, dn, aor, cisco } = request;
    const { database, phones, clock, nextLink } = this.#dependencies;
    const link = flow.link === 0 ? nextLink() : flow.link;
    const attempt: RegistrationRequest = {
      ...registrationRequestOf(request, name, link),
      // A phone that nobody configured cannot know its number yet.
      dn: record === undefined ? undefined : dn,
      patience: patienceOf(granted, this.#settings.grace),
    };
    const mayLinger = cisco && record?.registration === undefined;
    if (mayLinger && this.#recentRejections.has(attempt, now)) return closingResponse(this.#settings.node);
    const result = database.register(attempt, now);
    if (!result.accepted) {
      if (mayLinger && result.reason !== 'full') this.#recentRejections.add(attempt, now);
      return rejectedResponse(message, result.reason, this.#settings.node);
    }
    const blfNumbers = acceptsBlf(offer.options) ? blfNumbersOf(result.device) : NO_BLF_NUMBERS;
    const phone: RegisteredPhone = {
      record: result.device,
      registration: result.registration,
      flow,
      cisco,
      serverHost: phones.texts.intern(aor.host),
      combines: combines(offer.options),
      blfNumbers,
      notifiedLamps: blfNumbers.length === 0 ? undefined : new Map(),
      sharedLines: acceptsSharedLines(offer.options),
      bindings: [],
      admittedAs: result.device.configured.security,
      acceptedCommand: undefined,
      shownFeatures: undefined,
    };
    phones.add(phone);
    this.#recordIntroduction(request, result.device.configured.name);
    database.facts.recordClock(result.registration, clockSkewOf(message, clock, now));
    return phone;
  }

  /** Records what the phone says about itself in its first REGISTER. */
  #recordIntroduction({ message, now }: RegisterRequest, device: string): void {
    const { database, phones } = this.#dependencies;
    const alarm = reasonOf(message);
    const facts = introduction(message, alarm, phones.texts);
    if (Object.keys(facts).length > 0) database.recordReport(device, facts, now);
    if (alarm === undefined) return;
    const { number, last, load, inactiveLoad } = alarm;
    database.facts.recordOutOfService(device, outOfServiceReport(number, last, load, inactiveLoad), now);
  }

  /**
   * The response that refuses a request which speaks for a registered device over another flow than its own and may not: the
   * certificate that was shown over one flow proves nothing over another. `undefined`: it may.
   */
  refuseOtherFlow(request: RegisterRequest, phone: RegisteredPhone): RegisterResponse | undefined {
    return sameFlow(phone.flow, request.flow) ? undefined : this.#judge(request, phone);
  }

  /**
   * The response that refuses a registration which is to go on, if its device has another security profile since and does not fit it.
   * `undefined`: it does. Over another flow `refuseOtherFlow` has judged it by that profile.
   */
  refuseOtherProfile(request: RegisterRequest, phone: RegisteredPhone): RegisterResponse | undefined {
    const { security } = phone.record.configured;
    if (phone.admittedAs === security) return undefined;
    const refusal = sameFlow(phone.flow, request.flow) ? this.#judge(request, phone) : undefined;
    if (refusal === undefined) phone.admittedAs = security;
    return refusal;
  }

  /** Judges the certificate and the transport of a request for a registered device. */
  #judge(request: RegisterRequest, { record }: RegisteredPhone): RegisterResponse | undefined {
    const { name } = record.configured;
    const attempt = registrationRequestOf(request, name, request.flow.link);
    const refusal = this.#dependencies.database.securityRefusalOf(attempt);
    return refusal === undefined ? undefined : this.refuse(request, name, refusal.reason, refusal.details);
  }

  /** Records that the request was refused, and returns the response. */
  refuse(
    request: RegisterRequest,
    name: string,
    reason: RefusalReason,
    details: RefusalDetails = {},
  ): RegisterResponse {
    this.#dependencies.database.refuse(
      registrationRequestOf(request, name, request.flow.link),
      reason,
      request.now,
      details,
    );
    return rejectedResponse(request.message, reason, this.#settings.node);
  }
}
