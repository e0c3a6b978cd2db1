// The user agent of this node: every message passes here, from its flow through its transaction to its method, and its
// answer goes back the way that RFC 3261 §18.2.2 says. Pure but for the flows that it is given: no socket, no clock.

import { earlier, type HasDeadlines } from '../../core/deadline-timer.js';
import type { Publisher } from '../../core/event-bus.js';
import type { DeviceName } from '../../core/identifiers.js';
import { type Duration, type Instant, instant, type WallClock } from '../../core/time.js';
import type { DeviceDatabase } from '../../devices/index.js';
import type { Endpoint, Random } from '../../net/ports.js';
import type { VersionStamps } from '../cisco/service-control.js';
import type { SipEvent, SipLimit } from '../events.js';
import { bitsOf } from '../message/headers.js';
import type { SipMessage } from '../message/message.js';
import { faultOf } from '../message/validation.js';
import { answerTarget } from '../message/via.js';
import { PhoneNotifier } from '../notifier/phone-notifier.js';
import { RequestSender } from '../notifier/request-sender.js';
import { newTag } from '../notifier/request-writer.js';
import { SubscriptionNotifier } from '../notifier/subscription-notifier.js';
import { Publications } from '../presence/publications.js';
import { Subscriptions } from '../presence/subscriptions.js';
import { Authentication } from '../registrar/authentication.js';
import { BindingUpdates } from '../registrar/binding-updates.js';
import { DigestVerifier } from '../registrar/digest.js';
import { copiedHeadersOf, refreshFast } from '../registrar/fast-refresh.js';
import { DigestUsers, Identification } from '../registrar/identification.js';
import { RegisteredPhones } from '../registrar/location.js';
import { registerAnswered } from '../registrar/register-answered.js';
import { grantedResponse } from '../registrar/register-responses.js';
import { Registrar } from '../registrar/registrar.js';
import { closingResponse, type FollowUp, faultResponse, type SipResponse, sipResponse } from '../response/response.js';
import { ResponseSender } from '../response/response-sender.js';
import { copiedHeaders, dateWriter, toTagOf } from '../response/response-writer.js';
import type { SettingsRef, SipSettings } from '../settings.js';
import { ClientTransactions } from '../transaction/client-transactions.js';
import {
  mergeKey,
  rfc3261Key,
  type ServerTransaction,
  ServerTransactions,
  TIMER_J,
  transactionKey,
} from '../transaction/server-transactions.js';
import type { Flow } from '../transport/flow.js';
import { Valve } from '../valve.js';
import { METHODS, type MethodHandler, methodHandler, unknownMethod, unsupportedOf } from './methods.js';
import { RegistrationEventHandler } from './registration-events.js';
import type { MethodDependencies } from './request-context.js';

export interface UserAgentDependencies {
  readonly settings: SipSettings;
  readonly clock: WallClock;
  readonly random: Random;
  readonly database: DeviceDatabase;
  readonly bus: Publisher<SipEvent>;
  /** Of the files that a device is served; absent where there are none. */
  versionStampsOf(device: string): VersionStamps | undefined;
  /** Counts flows: connections and, over UDP, registrations. */
  nextLink(): number;
  /** A flow over UDP to another node; absent: there is no UDP here. */
  flowTo(peer: Endpoint): Flow | undefined;
  /** A mistake of ours showed on what was to go over that flow. */
  onFailure(flow: Flow, error: unknown, now: Instant): void;
  /** One more over a bound, from or to that address. */
  onExcess(limit: SipLimit, address: string, now: Instant): void;
  /** Tells of a message that nobody could act on, unless too many did lately. */
  reportMalformed(reason: string, message: SipMessage | Buffer, flow: Flow, answered: number, now: Instant): void;
}

const EXPIRY_STEP = 1_000;
/** It is repeated until its ACK comes, which nobody else waits for. */
const REFUSED_INVITE = { toDevice: false, isWanted: () => true, onFinal: () => {} } as const;
const VIA = bitsOf(['Via']);
/** What a CANCEL may be for. */
const CANCELLABLE = ['INVITE', 'REGISTER', 'SUBSCRIBE', 'REFER', 'OPTIONS'] as const;

export class UserAgentServer implements HasDeadlines {
  readonly #dependencies: UserAgentDependencies;
  readonly #settingsRef: SettingsRef;
  readonly #database: DeviceDatabase;
  readonly #phones = new RegisteredPhones();
  readonly #digestUsers: DigestUsers;
  readonly #datagramTransactions: ServerTransactions;
  readonly #streamTransactions: ServerTransactions;
  readonly #responses: ResponseSender;
  readonly #clientTransactions: ClientTransactions;
  readonly #subscriptions: Subscriptions;
  readonly #registrationEvents: RegistrationEventHandler;
  readonly #bindingUpdates: BindingUpdates;
  readonly #methodDependencies: MethodDependencies;
  readonly #date: (now: Instant) => string;
  readonly #secret: number;
  #closing = false;

  constructor(dependencies: UserAgentDependencies) {
    const { settings, random, database } = dependencies;
    this.#dependencies = dependencies;
    this.#date = dateWriter(dependencies.clock);
    this.#database = database;
    this.#secret = random.below(0x7fff_ffff);
    const settingsRef: SettingsRef = { settings };
    this.#settingsRef = settingsRef;
    this.#datagramTransactions = new ServerTransactions(TIMER_J.datagram, settings.transactions);
    this.#streamTransactions = new ServerTransactions(TIMER_J.stream, settings.transactions);
    this.#responses = new ResponseSender(settingsRef, (address, now) =>
      dependencies.onExcess('unproven-address', address, now),
    );
    this.#clientTransactions = new ClientTransactions((address, now) =>
      dependencies.onExcess('outgoing', address, now),
    );
    this.#digestUsers = new DigestUsers(database);
    this.#subscriptions = new Subscriptions(settingsRef, database, (address, now) =>
      dependencies.onExcess('subscriptions', address, now),
    );
    const isServed = (host: string, flow: Flow): boolean => this.#serves(host, flow);
    this.#bindingUpdates = new BindingUpdates(this.#phones, database, settingsRef);
    const shared = { settingsRef, database, phones: this.#phones };
    const publish = (event: SipEvent): void => {
      if (dependencies.bus.hasListener(event.type)) dependencies.bus.publish(event);
    };
    const date = (now: Instant): string => this.#date(now);
    const sender = new RequestSender({ settingsRef, random, clientTransactions: this.#clientTransactions, date });
    this.#registrationEvents = new RegistrationEventHandler({
      ...shared,
      subscriptions: this.#subscriptions,
      subscriptionNotifier: new SubscriptionNotifier(this.#subscriptions, sender),
      phoneNotifier: new PhoneNotifier({
        settingsRef,
        sender,
        subscriptions: this.#subscriptions,
        versionStampsOf: dependencies.versionStampsOf,
      }),
      flowTo: dependencies.flowTo,
      publish,
      onFailure: dependencies.onFailure,
    });
    const authentication = new Authentication(new DigestVerifier(random), settingsRef);
    const registrar = new Registrar({
      ...shared,
      bindingUpdates: this.#bindingUpdates,
      identification: new Identification(database, this.#digestUsers, settingsRef),
      authentication,
      nextLink: dependencies.nextLink,
      isLocal: (host, port, { local }) => host === local.address && port === local.port,
      isServed,
      onStandby: (device, { transport, remote, link }, at) =>
        publish({ type: 'sip.standby', at, transport, address: remote.address, port: remote.port, link, device }),
    });
    this.#methodDependencies = {
      ...shared,
      registrar,
      authentication,
      subscriptions: this.#subscriptions,
      publications: new Publications(random, settings.limits.publications),
      valve: new Valve(settings.tokens),
      publish,
      reportMalformed: dependencies.reportMalformed,
      mayCancel: (message, flow) => this.#mayCancel(message, flow),
      onRegisteredElsewhere: (device, now) => this.#registrationEvents.onRegisteredElsewhere(device, now),
      onDoNotDisturbChanged: (record, now) => this.#registrationEvents.onDoNotDisturbChanged(record, now),
    };
  }

  get phones(): RegisteredPhones {
    return this.#phones;
  }

  /** Transactions in memory. */
  get transactions(): number {
    return this.#datagramTransactions.size + this.#streamTransactions.size;
  }

  apply(settings: SipSettings): void {
    this.#settingsRef.settings = settings;
    this.#methodDependencies.registrar.settingsChanged();
  }

  /** From now on every REGISTER hears that this node is stopping. */
  close(now: Instant): void {
    this.#closing = true;
    this.#registrationEvents.close(now);
  }

  // ── in ────────────────────────────────────────────────────────────────────────────────────────────────────────

  receive(message: SipMessage, flow: Flow, now: Instant): void {
    if (message.kind === 'response') {
      if (message.fault !== undefined) this.#dependencies.reportMalformed(message.fault.phrase, message, flow, 0, now);
      else this.#clientTransactions.receiveResponse(message, flow, now);
      return;
    }
    if (!message.holdsSome(VIA)) {
      this.#dependencies.reportMalformed('no Via: there is nowhere to send an answer', message, flow, 0, now);
      return;
    }
    if (message.method === 'REGISTER' && !this.#closing && this.#answerFast(message, flow, now)) return;
    const key = transactionKey(message, flow.link);
    if (message.method === 'ACK') {
      this.#clientTransactions.receiveAck(key, message.toTag, flow, now);
      return;
    }
    const fault = faultOf(message);
    if (fault !== undefined) {
      this.#dependencies.reportMalformed(fault.phrase, message, flow, fault.status, now);
      this.#respond(message, flow, now, undefined, methodHandler(message.method), faultResponse(fault));
      return;
    }
    const table = this.#tableOf(flow);
    const known = table.find(key);
    if (known !== undefined) {
      if (known.finalResponse === '') return;
      const to = targetOf(message, flow);
      this.#responses.send(known.finalResponse, flow, to, now);
      this.#publishRegisterAnswered(message, flow, to, undefined, known.finalResponse, now);
      return;
    }
    // Over a stream a transaction ends with its answer, so that nothing is left to be merged with (RFC 3261 §17.2.2).
    const merge = flow.transport === 'udp' ? mergeKey(message) : undefined;
    const handler = methodHandler(message.method);
    if (table.hasMerged(merge)) {
      this.#respond(message, flow, now, undefined, undefined, sipResponse(482, 'Loop Detected'));
      return;
    }
    this.#respond(message, flow, now, table.begin(key, merge, flow.remote.address, now), handler);
  }

  /** Whether it is a refresh that the quick way answers. */
  #answerFast(message: SipMessage, flow: Flow, now: Instant): boolean {
    const done = refreshFast(message, flow, now, this.#phones, this.#bindingUpdates);
    if (done === undefined) return false;
    const { binding, answeredAt, isRetransmission: repeated } = done;
    const { phone, dn, granted, callId } = binding;
    const copied = copiedHeadersOf(message, binding, flow);
    const to = targetOf(message, flow);
    const date = this.#date(answeredAt);
    if (!repeated && this.#sendsTrying(METHODS.REGISTER, flow)) this.#responses.sendTrying(copied, date, flow, to, now);
    const answer = grantedResponse(
      message,
      this.#settingsRef.settings,
      { phone, dn, granted, fresh: false },
      answeredAt,
    );
    const text = this.#responses.write(answer, copied, toTagOf(callId, this.#secret), date, flow, now);
    this.#responses.send(text, flow, to, now);
    return true;
  }

  /** A stream on which no next message can be found: what there is of this one is answered, where it can be. */
  respondToBroken(message: SipMessage, flow: Flow, now: Instant): void {
    const fault = message.fault ?? { status: 400, phrase: 'Bad Request', offset: 0 };
    const answered = message.kind === 'request' && message.holdsSome(VIA);
    this.#dependencies.reportMalformed(fault.phrase, message, flow, answered ? fault.status : 0, now);
    if (answered) this.#respond(message, flow, now, undefined, undefined, faultResponse(fault));
  }

  /** A message from that flow has been seen to: what it set off may leave, and what waited for its octets. */
  flush(flow: Flow, now: Instant): void {
    this.#registrationEvents.expire(now);
    this.#clientTransactions.sendWaiting(flow.remote.address, now);
  }

  /** The stream of that number has ended. */
  closeLink(link: number, now: Instant): void {
    for (const { registration } of this.#phones.onLink(link)) this.#database.connectionLost(registration, now);
  }

  // ── out ───────────────────────────────────────────────────────────────────────────────────────────────────────

  #respond(
    message: SipMessage,
    flow: Flow,
    now: Instant,
    transaction: ServerTransaction | undefined,
    handler: MethodHandler | undefined,
    ready?: SipResponse,
  ): void {
    const copied = copiedHeaders(message, flow.remote);
    const to = targetOf(message, flow);
    // The ACK of an INVITE's refusal proves by it that the refusal was heard: it must not be guessed.
    const tag =
      message.method === 'INVITE' ? newTag(this.#dependencies.random) : toTagOf(message.callId ?? '', this.#secret);
    const date = this.#date(now);
    if (this.#sendsTrying(handler, flow)) this.#responses.sendTrying(copied, date, flow, to, now);
    const response = ready ?? this.#handle(message, flow, now, tag, handler);
    for (const followUp of response.followUps)
      if (isSentBefore(followUp)) this.#registrationEvents.sendFollowUp(followUp, message, flow, now);
    const text = this.#responses.write(response, copied, tag, date, flow, now);
    if (transaction !== undefined) this.#tableOf(flow).complete(transaction, text);
    if (message.method === 'INVITE' && transaction !== undefined && flow.transport === 'udp')
      this.#clientTransactions.send({ ...REFUSED_INVITE, key: transaction.key, text, flow, to, tag }, now);
    else this.#responses.send(text, flow, to, now);
    this.#publishRegisterAnswered(message, flow, to, response, text, now);
    for (const followUp of response.followUps)
      if (!isSentBefore(followUp)) this.#registrationEvents.sendFollowUp(followUp, message, flow, now);
  }

  /** `answer` `undefined`: the same octets once more. */
  #publishRegisterAnswered(
    message: SipMessage,
    flow: Flow,
    to: Endpoint,
    answer: SipResponse | undefined,
    text: string,
    now: Instant,
  ): void {
    const { bus } = this.#dependencies;
    if (message.method === 'REGISTER' && bus.hasListener('sip.register-answered'))
      bus.publish(registerAnswered(message, flow, to, answer, text, this.#settingsRef.settings.realm, now));
  }

  #sendsTrying(handler: MethodHandler | undefined, { transport }: Flow): boolean {
    if (handler?.trying === undefined) return false;
    return handler.trying === 'always' || this.#settingsRef.settings.trying === 'always' || transport !== 'udp';
  }

  #handle(message: SipMessage, flow: Flow, now: Instant, tag: string, handler: MethodHandler | undefined): SipResponse {
    if (handler === undefined) return unknownMethod();
    const unsupported = handler.unadvertised === true ? [] : unsupportedOf(message, handler.extensions);
    if (unsupported.length > 0)
      return sipResponse(420, 'Bad Extension', { headers: `Unsupported: ${unsupported.join(', ')}\r\n` });
    if (this.#closing) return closingResponse(this.#settingsRef.settings.node);
    return handler.handle({ message, flow, now, tag }, this.#methodDependencies);
  }

  // ── the rest of the house ─────────────────────────────────────────────────────────────────────────────────────

  /** Commands, and what follows from registrations of either protocol. */
  get registrationEvents(): RegistrationEventHandler {
    return this.#registrationEvents;
  }

  /** The configuration of some device changed. */
  configurationChanged(device: DeviceName, now: Instant): void {
    this.#digestUsers.invalidate();
    this.#methodDependencies.registrar.configurationChanged(device);
    const phone = this.#phones.byDevice(device);
    if (phone !== undefined) this.#bindingUpdates.removeLines(phone, now);
    this.#registrationEvents.onConfigurationChanged(now);
  }

  #tableOf({ transport }: Flow): ServerTransactions {
    return transport === 'udp' ? this.#datagramTransactions : this.#streamTransactions;
  }

  #serves(host: string, { local }: Flow): boolean {
    const { domains } = this.#settingsRef.settings;
    return domains === undefined || domains.has(host) || host === local.address;
  }

  #mayCancel(message: SipMessage, flow: Flow): boolean {
    const { via, cseq } = message;
    // A refresh that the quick way answered has no transaction of its own.
    if (this.#phones.byCallId(message.callId ?? '')?.cseq === cseq?.number) return true;
    const table = this.#tableOf(flow);
    return (
      via !== undefined && CANCELLABLE.some((method) => table.find(rfc3261Key(via, method, flow.link)) !== undefined)
    );
  }

  // ── deadlines ─────────────────────────────────────────────────────────────────────────────────────────────────

  nextDeadline(): Instant | undefined {
    const transactions = earlier(this.#datagramTransactions.nextDeadline(), this.#streamTransactions.nextDeadline());
    const others = earlier(this.#bindingUpdates.nextDeadline(), this.#subscriptions.nextDeadline());
    const ours = earlier(this.#clientTransactions.nextDeadline(), this.#registrationEvents.nextDeadline());
    return earlier(earlier(ours, others), roundedUp(transactions));
  }

  expire(now: Instant): void {
    this.#datagramTransactions.expire(now);
    this.#streamTransactions.expire(now);
    this.#clientTransactions.expire(now);
    this.#bindingUpdates.expire(now);
    this.#subscriptions.expire(now, (subscription) =>
      this.#registrationEvents.onSubscriptionExpired(subscription, now),
    );
    this.#registrationEvents.expire(now);
  }
  /** What phones are to answer, to refresh or to repeat. */
  postpone(span: Duration): void {
    this.#datagramTransactions.postpone(span);
    this.#streamTransactions.postpone(span);
    this.#clientTransactions.postpone(span);
    this.#bindingUpdates.postpone(span);
    this.#subscriptions.postpone(span);
  }
}

const isSentBefore = (followUp: FollowUp): boolean => followUp.kind === 'status-line' && followUp.before;

const targetOf = ({ via }: SipMessage, { transport, remote }: Flow): Endpoint =>
  transport === 'udp' && via !== undefined ? answerTarget(via, remote) : remote;

/** Many transactions end in one second: they are forgotten together. */
const roundedUp = (at: Instant | undefined): Instant | undefined =>
  at === undefined ? undefined : instant(Math.ceil(at / EXPIRY_STEP) * EXPIRY_STEP);
