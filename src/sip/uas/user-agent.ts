// The user agent of this node: every message passes here, from its flow through its transaction to its method, and its
// answer goes back the way that RFC 3261 §18.2.2 says. Pure but for the flows that it is given: no socket, no clock.

import { earlier, type HasDeadlines } from '../../core/deadline-timer.js';
import type { Publisher } from '../../core/event-bus.js';
import type { DeviceName } from '../../core/identifiers.js';
import { type Duration, type Instant, instant, type WallClock } from '../../core/time.js';
import type { DeviceDatabase } from '../../devices/index.js';
import type { Endpoint, Random } from '../../net/ports.js';
import type { DeviceStamps } from '../cisco/service-control.js';
import type { SipEvent, SipLimit } from '../events.js';
import { bitsOf } from '../message/headers.js';
import type { SipMessage } from '../message/message.js';
import { faultOf } from '../message/validation.js';
import { answerTarget } from '../message/via.js';
import { PhoneRequests } from '../notifier/phone-notifier.js';
import { RequestSender } from '../notifier/request-sender.js';
import { newTag } from '../notifier/request-writer.js';
import { SubscriptionNotifier } from '../notifier/subscription-notifier.js';
import { Publications } from '../presence/publications.js';
import { Subscriptions } from '../presence/subscriptions.js';
import { answeredRegister } from '../registrar/register-answered.js';
import { Authentication } from '../registrar/authentication.js';
import { BindingBook } from '../registrar/binding-updates.js';
import { DigestVerifier } from '../registrar/digest.js';
import { echoOfRefresh, refreshed } from '../registrar/fast-refresh.js';
import { DigestUsers, Identification } from '../registrar/identification.js';
import { RegisteredPhones } from '../registrar/location.js';
import { grantedReply } from '../registrar/register-responses.js';
import { Registrar } from '../registrar/registrar.js';
import { AnswerSender } from '../response/response-sender.js';
import { closingReply, type FollowUp, faultReply, reply, type SipResponse } from '../response/response.js';
import { copiedHeaders, dateWriter, toTagOf } from '../response/response-writer.js';
import type { SettingsRef, SipSettings } from '../settings.js';
import { ClientTransactions } from '../transaction/client-transactions.js';
import {
  KEPT,
  keyOf,
  mergeKey,
  type Transaction,
  Transactions,
  transactionKey,
} from '../transaction/server-transactions.js';
import type { Flow } from '../transport/flow.js';
import { Valve } from '../valve.js';
import { METHODS, type MethodRow, methodRow, unknownMethod, unsupportedOf } from './methods.js';
import { RegistrationEventHandler } from './registration-events.js';
import type { MethodParts } from './request-context.js';

export interface AgentParts {
  readonly settings: SipSettings;
  readonly clock: WallClock;
  readonly random: Random;
  readonly database: DeviceDatabase;
  readonly bus: Publisher<SipEvent>;
  /** Of the files that a device is served; absent where there are none. */
  stampsOf(device: string): DeviceStamps | undefined;
  /** Counts flows: connections and, over UDP, registrations. */
  nextLink(): number;
  /** A flow over UDP to another node; absent: there is no UDP here. */
  flowTo(peer: Endpoint): Flow | undefined;
  /** A mistake of ours showed on what was to go over that flow. */
  failed(flow: Flow, error: unknown, now: Instant): void;
  /** One more over a bound, from or to that address. */
  exceeded(limit: SipLimit, address: string, now: Instant): void;
  /** Tells of a message that nobody could act on, unless too many did lately. */
  complain(reason: string, message: SipMessage | Buffer, flow: Flow, answered: number, now: Instant): void;
}

const EXPIRY_STEP = 1_000;
/** It is repeated until its ACK comes, which nobody else waits for. */
const REFUSED_INVITE = { toDevice: false, isWanted: () => true, onFinal: () => {} } as const;
const VIA = bitsOf(['Via']);
/** What a CANCEL may be for. */
const CANCELLED = ['INVITE', 'REGISTER', 'SUBSCRIBE', 'REFER', 'OPTIONS'] as const;

export class UserAgentServer implements HasDeadlines {
  readonly #parts: AgentParts;
  readonly #settled: SettingsRef;
  readonly #database: DeviceDatabase;
  readonly #stations = new RegisteredPhones();
  readonly #users: DigestUsers;
  readonly #datagrams: Transactions;
  readonly #streams: Transactions;
  readonly #answers: AnswerSender;
  readonly #outgoing: ClientTransactions;
  readonly #subscriptions: Subscriptions;
  readonly #affairs: RegistrationEventHandler;
  readonly #book: BindingBook;
  readonly #methods: MethodParts;
  readonly #date: (now: Instant) => string;
  readonly #secret: number;
  #closing = false;

  constructor(parts: AgentParts) {
    const { settings, random, database } = parts;
    this.#parts = parts;
    this.#date = dateWriter(parts.clock);
    this.#database = database;
    this.#secret = random.below(0x7fff_ffff);
    const settled: SettingsRef = { settings };
    this.#settled = settled;
    this.#datagrams = new Transactions(KEPT.datagram, settings.transactions);
    this.#streams = new Transactions(KEPT.stream, settings.transactions);
    this.#answers = new AnswerSender(settled, (address, now) => parts.exceeded('unproven-address', address, now));
    this.#outgoing = new ClientTransactions((address, now) => parts.exceeded('outgoing', address, now));
    this.#users = new DigestUsers(database);
    this.#subscriptions = new Subscriptions(settled, database, (address, now) =>
      parts.exceeded('subscriptions', address, now),
    );
    const serves = (host: string, flow: Flow): boolean => this.#serves(host, flow);
    this.#book = new BindingBook(this.#stations, database, settled);
    const shared = { settled, database, stations: this.#stations };
    const tell = (event: SipEvent): void => {
      if (parts.bus.hasListener(event.type)) parts.bus.publish(event);
    };
    const date = (now: Instant): string => this.#date(now);
    const sender = new RequestSender({ settled, random, outgoing: this.#outgoing, date });
    this.#affairs = new RegistrationEventHandler({
      ...shared,
      subscriptions: this.#subscriptions,
      notifier: new SubscriptionNotifier(this.#subscriptions, sender),
      phone: new PhoneRequests({
        settled,
        sender,
        subscriptions: this.#subscriptions,
        stampsOf: parts.stampsOf,
      }),
      flowTo: parts.flowTo,
      tell,
      failed: parts.failed,
    });
    const authentication = new Authentication(new DigestVerifier(random), settled);
    const registrar = new Registrar({
      ...shared,
      book: this.#book,
      identification: new Identification(database, this.#users, settled),
      authentication,
      nextLink: parts.nextLink,
      isOurs: (host, port, { local }) => host === local.address && port === local.port,
      serves,
      standingBy: (device, { transport, remote, link }, at) =>
        tell({ type: 'sip.standby', at, transport, address: remote.address, port: remote.port, link, device }),
    });
    this.#methods = {
      ...shared,
      registrar,
      authentication,
      subscriptions: this.#subscriptions,
      publications: new Publications(random, settings.limits.publications),
      valve: new Valve(settings.tokens),
      tell,
      complain: parts.complain,
      cancels: (message, flow) => this.#cancels(message, flow),
      registeredElsewhere: (device, now) => this.#affairs.registeredElsewhere(device, now),
      spoke: (record, now) => this.#affairs.spoke(record, now),
    };
  }

  get stations(): RegisteredPhones {
    return this.#stations;
  }

  /** Transactions in memory. */
  get transactions(): number {
    return this.#datagrams.size + this.#streams.size;
  }

  apply(settings: SipSettings): void {
    this.#settled.settings = settings;
    this.#methods.registrar.resettled();
  }

  /** From now on every REGISTER hears that this node is stopping. */
  close(now: Instant): void {
    this.#closing = true;
    this.#affairs.close(now);
  }

  // ── in ────────────────────────────────────────────────────────────────────────────────────────────────────────

  receive(message: SipMessage, flow: Flow, now: Instant): void {
    if (message.kind === 'response') {
      if (message.fault !== undefined) this.#parts.complain(message.fault.phrase, message, flow, 0, now);
      else this.#outgoing.answered(message, flow, now);
      return;
    }
    if (!message.holdsSome(VIA)) {
      this.#parts.complain('no Via: there is nowhere to send an answer', message, flow, 0, now);
      return;
    }
    if (message.method === 'REGISTER' && !this.#closing && this.#refresh(message, flow, now)) return;
    const key = transactionKey(message, flow.link);
    if (message.method === 'ACK') {
      this.#outgoing.acknowledged(key, message.toTag, flow, now);
      return;
    }
    const fault = faultOf(message);
    if (fault !== undefined) {
      this.#parts.complain(fault.phrase, message, flow, fault.status, now);
      this.#answer(message, flow, now, undefined, methodRow(message.method), faultReply(fault));
      return;
    }
    const table = this.#tableOf(flow);
    const known = table.find(key);
    if (known !== undefined) {
      if (known.answer === '') return;
      const to = targetOf(message, flow);
      this.#answers.send(known.answer, flow, to, now);
      this.#publishAnswer(message, flow, to, undefined, known.answer, now);
      return;
    }
    // Over a stream a transaction ends with its answer, so that nothing is left to be merged with (RFC 3261 §17.2.2).
    const merge = flow.transport === 'udp' ? mergeKey(message) : undefined;
    const row = methodRow(message.method);
    if (table.merged(merge)) {
      this.#answer(message, flow, now, undefined, undefined, reply(482, 'Loop Detected'));
      return;
    }
    this.#answer(message, flow, now, table.begin(key, merge, flow.remote.address, now), row);
  }

  /** Whether it is a refresh that the quick way answers. */
  #refresh(message: SipMessage, flow: Flow, now: Instant): boolean {
    const done = refreshed(message, flow, now, this.#stations, this.#book);
    if (done === undefined) return false;
    const { binding, answeredAt, repeated } = done;
    const { station, dn, granted, callId } = binding;
    const echo = echoOfRefresh(message, binding, flow);
    const to = targetOf(message, flow);
    const date = this.#date(answeredAt);
    if (!repeated && this.#tries(METHODS.REGISTER, flow)) this.#answers.sendTrying(echo, date, flow, to, now);
    const answer = grantedReply(message, this.#settled.settings, { station, dn, granted, fresh: false }, answeredAt);
    const text = this.#answers.write(answer, echo, toTagOf(callId, this.#secret), date, flow, now);
    this.#answers.send(text, flow, to, now);
    return true;
  }

  /** A stream on which no next message can be found: what there is of this one is answered, where it can be. */
  broken(message: SipMessage, flow: Flow, now: Instant): void {
    const fault = message.fault ?? { status: 400, phrase: 'Bad Request', offset: 0 };
    const answered = message.kind === 'request' && message.holdsSome(VIA);
    this.#parts.complain(fault.phrase, message, flow, answered ? fault.status : 0, now);
    if (answered) this.#answer(message, flow, now, undefined, undefined, faultReply(fault));
  }

  /** A message from that flow has been seen to: what it set off may leave, and what waited for its octets. */
  settle(flow: Flow, now: Instant): void {
    this.#affairs.expire(now);
    this.#outgoing.resume(flow.remote.address, now);
  }

  /** The stream of that number has ended. */
  linkClosed(link: number, now: Instant): void {
    for (const { registration } of this.#stations.onLink(link)) this.#database.connectionLost(registration, now);
  }

  // ── out ───────────────────────────────────────────────────────────────────────────────────────────────────────

  #answer(
    message: SipMessage,
    flow: Flow,
    now: Instant,
    transaction: Transaction | undefined,
    row: MethodRow | undefined,
    ready?: SipResponse,
  ): void {
    const echo = copiedHeaders(message, flow.remote);
    const to = targetOf(message, flow);
    // The ACK of an INVITE's refusal proves by it that the refusal was heard: it must not be guessed.
    const tag = message.method === 'INVITE' ? newTag(this.#parts.random) : toTagOf(message.callId ?? '', this.#secret);
    const date = this.#date(now);
    if (this.#tries(row, flow)) this.#answers.sendTrying(echo, date, flow, to, now);
    const decided = ready ?? this.#decide(message, flow, now, tag, row);
    for (const afterword of decided.afterwords)
      if (isBefore(afterword)) this.#affairs.follow(afterword, message, flow, now);
    const text = this.#answers.write(decided, echo, tag, date, flow, now);
    if (transaction !== undefined) this.#tableOf(flow).answered(transaction, text);
    if (message.method === 'INVITE' && transaction !== undefined && flow.transport === 'udp')
      this.#outgoing.send({ ...REFUSED_INVITE, key: transaction.key, text, flow, to, tag }, now);
    else this.#answers.send(text, flow, to, now);
    this.#publishAnswer(message, flow, to, decided, text, now);
    for (const afterword of decided.afterwords)
      if (!isBefore(afterword)) this.#affairs.follow(afterword, message, flow, now);
  }

  /** `answer` `undefined`: the same octets once more. */
  #publishAnswer(
    message: SipMessage,
    flow: Flow,
    to: Endpoint,
    answer: SipResponse | undefined,
    text: string,
    now: Instant,
  ): void {
    const { bus } = this.#parts;
    if (message.method === 'REGISTER' && bus.hasListener('sip.register-answered'))
      bus.publish(answeredRegister(message, flow, to, answer, text, this.#settled.settings.realm, now));
  }

  #tries(row: MethodRow | undefined, { transport }: Flow): boolean {
    if (row?.trying === undefined) return false;
    return row.trying === 'always' || this.#settled.settings.trying === 'always' || transport !== 'udp';
  }

  #decide(message: SipMessage, flow: Flow, now: Instant, tag: string, row: MethodRow | undefined): SipResponse {
    if (row === undefined) return unknownMethod();
    const unsupported = row.unadvertised === true ? [] : unsupportedOf(message, row.extensions);
    if (unsupported.length > 0)
      return reply(420, 'Bad Extension', { headers: `Unsupported: ${unsupported.join(', ')}\r\n` });
    if (this.#closing) return closingReply(this.#settled.settings.node);
    return row.act({ message, flow, now, tag }, this.#methods);
  }

  // ── the rest of the house ─────────────────────────────────────────────────────────────────────────────────────

  /** Commands, and what follows from registrations of either protocol. */
  get affairs(): RegistrationEventHandler {
    return this.#affairs;
  }

  /** The configuration of some device changed. */
  reconfigured(device: DeviceName, now: Instant): void {
    this.#users.forget();
    this.#methods.registrar.reconfigured(device);
    const station = this.#stations.of(device);
    if (station !== undefined) this.#book.reconfigured(station, now);
    this.#affairs.reconfigured(now);
  }

  #tableOf({ transport }: Flow): Transactions {
    return transport === 'udp' ? this.#datagrams : this.#streams;
  }

  #serves(host: string, { local }: Flow): boolean {
    const { domains } = this.#settled.settings;
    return domains === undefined || domains.has(host) || host === local.address;
  }

  #cancels(message: SipMessage, flow: Flow): boolean {
    const { via, cseq } = message;
    // A refresh that the quick way answered has no transaction of its own.
    if (this.#stations.byCallId(message.callId ?? '')?.cseq === cseq?.number) return true;
    const table = this.#tableOf(flow);
    return via !== undefined && CANCELLED.some((method) => table.find(keyOf(via, method, flow.link)) !== undefined);
  }

  // ── deadlines ─────────────────────────────────────────────────────────────────────────────────────────────────

  nextDeadline(): Instant | undefined {
    const transactions = earlier(this.#datagrams.nextDeadline(), this.#streams.nextDeadline());
    const others = earlier(this.#book.nextDeadline(), this.#subscriptions.nextDeadline());
    const ours = earlier(this.#outgoing.nextDeadline(), this.#affairs.nextDeadline());
    return earlier(earlier(ours, others), roundedUp(transactions));
  }

  expire(now: Instant): void {
    this.#datagrams.expire(now);
    this.#streams.expire(now);
    this.#outgoing.expire(now);
    this.#book.expire(now);
    this.#subscriptions.expire(now, (subscription) => this.#affairs.expired(subscription, now));
    this.#affairs.expire(now);
  }
  /** What phones are to answer, to refresh or to repeat. */
  postpone(span: Duration): void {
    this.#datagrams.postpone(span);
    this.#streams.postpone(span);
    this.#outgoing.postpone(span);
    this.#book.postpone(span);
    this.#subscriptions.postpone(span);
  }
}

const isBefore = (afterword: FollowUp): boolean => afterword.send === 'status-line' && afterword.before;

const targetOf = ({ via }: SipMessage, { transport, remote }: Flow): Endpoint =>
  transport === 'udp' && via !== undefined ? answerTarget(via, remote) : remote;

/** Many transactions end in one second: they are forgotten together. */
const roundedUp = (at: Instant | undefined): Instant | undefined =>
  at === undefined ? undefined : instant(Math.ceil(at / EXPIRY_STEP) * EXPIRY_STEP);
