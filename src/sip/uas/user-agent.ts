import type { LegSupplier, LineStates, TrunkSettings } from '../../calls/index.js';
import { earlier, type HasDeadlines } from '../../core/deadline-timer.js';
import type { Publisher } from '../../core/event-bus.js';
import type { DeviceName, DirectoryNumber } from '../../core/identifiers.js';
import type { Duration, Instant, WallClock } from '../../core/time.js';
import type { DeviceDatabase, DeviceRegistered, DeviceUnregistered } from '../../devices/index.js';
import type { Endpoint, Random } from '../../net/ports.js';
import { flowFacts, type MessageFacts } from '../calls/recorded-legs.js';
import { SipCalls, type SipCallsOptions } from '../calls/sip-calls.js';
import type { FileVersionStamps } from '../cisco/service-control.js';
import type { SipEvent, SipLimit } from '../events.js';
import { ID } from '../message/headers.js';
import type { SipMessage } from '../message/message.js';
import { faultOf } from '../message/validation.js';
import { type ObjectAnswer, ObjectRequests } from '../notifier/object-requests.js';
import { PhoneNotifier } from '../notifier/phone-notifier.js';
import { RequestSender } from '../notifier/request-sender.js';
import { SubscriptionNotifier } from '../notifier/subscription-notifier.js';
import { NumberWatches } from '../presence/number-watches.js';
import { Publications } from '../presence/publications.js';
import { Subscriptions } from '../presence/subscriptions.js';
import { Authentication } from '../registrar/authentication.js';
import { BindingUpdates } from '../registrar/binding-updates.js';
import { DigestVerifier } from '../registrar/digest.js';
import { refreshFast } from '../registrar/fast-refresh.js';
import { DigestUsers, Identification } from '../registrar/identification.js';
import { RegisteredPhones } from '../registrar/location.js';
import { Registrar } from '../registrar/registrar.js';
import { closingResponse, faultResponse, sipResponse } from '../response/response.js';
import { dateWriter } from '../response/response-writer.js';
import type { ServerRequest } from '../response/server-request.js';
import type { SettingsRef, SipSettings } from '../settings.js';
import { ClientTransactions } from '../transaction/client-transactions.js';
import { stateOf, transactionKey } from '../transaction/server-transactions.js';
import { TransactionLayer } from '../transaction/transaction-layer.js';
import type { Flow } from '../transport/flow.js';
import { SipTrunks } from '../trunks/sip-trunks.js';
import type { Trunk } from '../trunks/trunk.js';
import { LastMessages } from './last-messages.js';
import { type MethodHandler, methodHandler, unknownMethod, unsupportedOf } from './methods.js';
import { RegistrationEventHandler } from './registration-events.js';
import type { MethodDependencies, MethodResponse } from './request-context.js';
import { Responder } from './responder.js';
import { StrangerLimit } from './stranger-limit.js';
import { TokenLimit } from './token-limit.js';

/** What the user agent needs of the server around it. */
export interface UserAgentDependencies {
  readonly settings: SipSettings;
  readonly clock: WallClock;
  readonly random: Random;
  readonly database: DeviceDatabase;
  readonly bus: Publisher<SipEvent>;
  /** The version stamps of the files that a device is served; `undefined`: it is served none. */
  versionStampsOf(device: string): FileVersionStamps | undefined;
  readonly lineStates: LineStates;
  /** Absent: no calls are served. */
  readonly calls?: SipCallsOptions | undefined;
  /** A call or a line set a deadline that the server's timer must know of, maybe outside of a turn of the server. */
  onCallsChanged?(): void;
  /** The next number of a flow. Connections have one each, and over UDP registrations. */
  nextLink(): number;
  /** A flow over UDP to another node; `undefined`: the server has no UDP socket. */
  flowTo(peer: Endpoint): Flow | undefined;
  /** A flow to another PBX; `undefined`: the server has no socket for it. */
  trunkFlow?(where: TrunkPlace, listener: TrunkFlowListener): Flow | undefined;
  /** A message for that flow failed because of a bug in this program. */
  onFailure(flow: Flow, error: unknown, now: Instant): void;
  /** Something from or to that address was over a limit. */
  onExcess(limit: SipLimit, address: string, now: Instant): void;
  /** Reports a message that the server cannot act on, unless it has reported too many lately. */
  reportMalformed(reason: string, message: SipMessage | Buffer, flow: Flow, answered: number, now: Instant): void;
}

/** Where another PBX is, and how it is reached. */
export type TrunkPlace = Pick<TrunkSettings, 'address' | 'port' | 'transport'>;

/** Hears of the connections of a trunk. */
export interface TrunkFlowListener {
  /** None can be had: `code` is the system's. */
  onFailed(code: string, now: Instant): void;
  onEnded(now: Instant): void;
}

/** Where a message came from or went: as its event has it. */
interface MessagePlace {
  /** The number of the connection; 0 over UDP. */
  readonly link: number;
  readonly address: string;
  readonly port: number;
}

/**
 * The user agent of this node (RFC 3261 §8.2). It receives every message: it hands responses to their client
 * transactions, and requests through their server transaction to their method. It has no socket and no clock: flows and
 * `now` are given.
 */
export class UserAgentServer implements HasDeadlines {
  readonly #dependencies: UserAgentDependencies;
  readonly #settingsRef: SettingsRef;
  readonly #database: DeviceDatabase;
  readonly #phones: RegisteredPhones;
  readonly #digestUsers: DigestUsers;
  readonly #transactions: TransactionLayer;
  readonly #responder: Responder;
  readonly #clientTransactions: ClientTransactions;
  readonly #subscriptions: Subscriptions;
  readonly #registrationEvents: RegistrationEventHandler;
  readonly #objectRequests: ObjectRequests;
  readonly #bindingUpdates: BindingUpdates;
  readonly #methodDependencies: MethodDependencies;
  readonly #calls: SipCalls | undefined;
  readonly #lastMessages: LastMessages;
  readonly #trunks: SipTrunks | undefined;
  #closing = false;
  #messages = 0;

  constructor(dependencies: UserAgentDependencies) {
    const { settings, random, database } = dependencies;
    this.#dependencies = dependencies;
    const date = dateWriter(dependencies.clock);
    this.#database = database;
    const secret = random.below(0x7fff_ffff);
    const settingsRef: SettingsRef = { settings };
    this.#settingsRef = settingsRef;
    this.#transactions = new TransactionLayer(settings.transactions);
    this.#clientTransactions = new ClientTransactions((address, now) =>
      dependencies.onExcess('outgoing', address, now),
    );
    this.#digestUsers = new DigestUsers(database);
    const { lineStates } = dependencies;
    const watches = new NumberWatches(lineStates, (dn, now) => {
      this.#registrationEvents.onLineChanged(dn, now);
      dependencies.onCallsChanged?.();
    });
    this.#phones = new RegisteredPhones({
      add: (dn) => watches.add(dn, 'state'),
      remove: (dn) => watches.remove(dn, 'state'),
    });
    this.#subscriptions = new Subscriptions(
      settingsRef,
      database,
      lineStates,
      watches,
      (address, now) => dependencies.onExcess('subscriptions', address, now),
      () => dependencies.calls?.control.features.canSet === true,
    );
    const { clock } = dependencies;
    this.#bindingUpdates = new BindingUpdates(this.#phones, database, settingsRef, clock);
    const lastMessages = new LastMessages(database, this.#phones);
    this.#lastMessages = lastMessages;
    const shared = { settingsRef, database, phones: this.#phones };
    const publish = (event: SipEvent): void => {
      if (dependencies.bus.hasListener(event.type)) dependencies.bus.publish(event);
    };
    const sender = new RequestSender({ settingsRef, random, clientTransactions: this.#clientTransactions, date });
    this.#objectRequests = new ObjectRequests(sender, random);
    this.#registrationEvents = new RegistrationEventHandler({
      ...shared,
      subscriptions: this.#subscriptions,
      lineStates,
      subscriptionNotifier: new SubscriptionNotifier(this.#subscriptions, sender),
      phoneNotifier: new PhoneNotifier({
        settingsRef,
        sender,
        versionStampsOf: dependencies.versionStampsOf,
        onSent: (phone, method) => lastMessages.sent(phone, method),
      }),
      flowTo: dependencies.flowTo,
      publish,
      onFailure: dependencies.onFailure,
    });
    this.#responder = new Responder({
      settingsRef,
      random,
      secret,
      bus: dependencies.bus,
      transactions: this.#transactions,
      clientTransactions: this.#clientTransactions,
      registrationEvents: this.#registrationEvents,
      date,
      servesCalls: dependencies.calls !== undefined,
      handle: (message, flow, now, tag, handler, pending) => this.#handle(message, flow, now, tag, handler, pending),
      onAnswered: (message, flow, status) => lastMessages.answered(message, flow, status),
      onUnsent: (address, now) => dependencies.onExcess('unproven-address', address, now),
    });
    const verifier = new DigestVerifier(random);
    const authentication = new Authentication(verifier, settingsRef);
    const registrar = new Registrar({
      ...shared,
      bindingUpdates: this.#bindingUpdates,
      identification: new Identification(database, this.#digestUsers, settingsRef),
      authentication,
      clock,
      nextLink: dependencies.nextLink,
      isLocal: (host, port, { local }) => host === local.address && port === local.port,
      isServed: (host, flow) => this.#isServed(host, flow),
      onStandby: (device, { transport, remote, link }, at) =>
        publish({ type: 'sip.standby', at, transport, address: remote.address, port: remote.port, link, device }),
    });
    this.#calls =
      dependencies.calls === undefined
        ? undefined
        : new SipCalls({
            ...dependencies.calls,
            ...shared,
            random,
            clientTransactions: this.#clientTransactions,
            date,
            touch: () => dependencies.onCallsChanged?.(),
          });
    const calls = this.#calls;
    this.#trunks =
      calls === undefined
        ? undefined
        : new SipTrunks({
            ...{ calls, verifier, publish },
            newFlow: (trunk) => this.#trunkFlow(trunk, calls),
            newNodeFlow: ({ name, endpoint }, onFailed) =>
              dependencies.trunkFlow?.(
                { ...endpoint, transport: 'tcp' },
                { onFailed: (_code, at) => onFailed(at), onEnded: (at) => calls.trunkLinkLost(name, at) },
              ),
          });
    this.#methodDependencies = {
      ...shared,
      calls,
      trunks: this.#trunks,
      strangers: new StrangerLimit((address, now) => dependencies.onExcess('strangers', address, now)),
      registrar,
      authentication,
      subscriptions: this.#subscriptions,
      publications: new Publications(random, settings.limits.publications),
      tokenLimit: new TokenLimit(settings.tokens),
      objectRequests: this.#objectRequests,
      publish,
      reportMalformed: dependencies.reportMalformed,
      mayCancel: (message, flow) => this.#mayCancel(message, flow),
      onRegisteredElsewhere: (device, now) => this.#registrationEvents.onRegisteredElsewhere(device, now),
    };
  }

  /** Supplies the legs of registered phones; `undefined`: no calls are served. */
  get legSupplier(): LegSupplier | undefined {
    return this.#calls?.supplier;
  }

  /** The trunks of this node; `undefined`: no calls are served. */
  get trunks(): SipTrunks | undefined {
    return this.#trunks;
  }

  #trunkFlow(trunk: Trunk, calls: SipCalls): Flow | undefined {
    return this.#dependencies.trunkFlow?.(trunk.settings, {
      onFailed: (code, now) => trunk.failed({ reason: 'unconnected', code }, now),
      onEnded: (now) => calls.trunkLinkLost(trunk.name, now),
    });
  }

  /** The sockets are open: what this server begins by itself may begin. */
  start(now: Instant): void {
    this.#trunks?.start(now);
  }

  /** Dialogs of calls in memory. */
  get callDialogs(): number {
    return this.#calls?.dialogs ?? 0;
  }

  /**
   * What a record of a message of a call says of its leg and phone. `user`: of its From, by which a phone is found that
   * sends datagrams and has no leg yet.
   */
  messageFacts({ link, address, port }: MessagePlace, callId: string, user: string): MessageFacts | undefined {
    const known = this.#calls?.messageFacts(callId);
    if (known !== undefined) return known;
    const trunk = this.#trunks?.of({ remote: { address, port } });
    if (trunk !== undefined && this.#phones.onLink(link).length === 0)
      return { isTrunk: true, ...flowFacts(trunk.name, trunk.flow, this.#settingsRef.settings) };
    const phones =
      link === 0
        ? this.#database
            .byDirectoryNumber(user as DirectoryNumber)
            .flatMap(({ configured }) => this.#phones.byDevice(configured.name) ?? [])
            .filter(({ flow: { remote } }) => remote.address === address && remote.port === port)
        : this.#phones.onLink(link);
    const [phone] = phones;
    if (phone === undefined || phones.length > 1) return undefined;
    return flowFacts(phone.record.configured.name, phone.flow, this.#settingsRef.settings);
  }

  get phones(): RegisteredPhones {
    return this.#phones;
  }

  /** Messages that came in since the start. */
  get messages(): number {
    return this.#messages;
  }

  /** How many server transactions are in memory. */
  get transactions(): number {
    return this.#transactions.size;
  }

  /** Takes new settings. */
  apply(settings: SipSettings, now: Instant): void {
    this.#settingsRef.settings = settings;
    this.#methodDependencies.registrar.settingsChanged();
    this.#trunks?.configure(now);
  }

  /** Ends all subscriptions. From now on every request is answered that this node is stopping. */
  close(now: Instant): void {
    this.#closing = true;
    this.#trunks?.close();
    this.#registrationEvents.close(now);
  }

  /** Handles one message. Its response is sent before this returns. */
  receive(message: SipMessage, flow: Flow, now: Instant): void {
    this.#messages += 1;
    const mayBeRefresh = message.method === 'REGISTER' && message.has(ID.Via) && !this.#closing;
    if (mayBeRefresh && this.#answerFast(message, flow, now)) return;
    this.#receive(message, flow, now);
    this.#lastMessages.heard(message, flow);
  }

  #receive(message: SipMessage, flow: Flow, now: Instant): void {
    if (message.kind === 'response') {
      if (message.fault !== undefined) this.#dependencies.reportMalformed(message.fault.phrase, message, flow, 0, now);
      else if (message.cseq?.method === 'INVITE') this.#calls?.receiveResponse(message, flow, now);
      else this.#clientTransactions.receiveResponse(message, flow, now);
      return;
    }
    if (!message.has(ID.Via)) {
      this.#dependencies.reportMalformed('no Via: there is nowhere to send an answer', message, flow, 0, now);
      return;
    }
    const key = transactionKey(message, flow.link);
    if (message.method === 'ACK') {
      this.#clientTransactions.receiveAck(key, message.toTag, flow, now);
      this.#calls?.acknowledge(message, flow, now);
      return;
    }
    const fault = faultOf(message);
    if (fault !== undefined) {
      this.#dependencies.reportMalformed(fault.phrase, message, flow, fault.status, now);
      this.#responder.respond(message, flow, now, undefined, methodHandler(message.method), faultResponse(fault));
      return;
    }
    const table = this.#transactions.tableOf(flow);
    const known = table.find(key);
    if (known !== undefined) {
      if (stateOf(known) !== 'trying') this.#responder.repeat(message, flow, known.latestResponse, now);
      return;
    }
    const merge = this.#transactions.mergeKeyOf(message, flow);
    const handler = methodHandler(message.method);
    if (table.hasMerged(merge)) {
      this.#responder.respond(message, flow, now, undefined, undefined, sipResponse(482, 'Loop Detected'));
      return;
    }
    this.#responder.respond(message, flow, now, table.begin(key, merge, flow.remote.address, now), handler);
  }

  /** Answers a refresh by the fast path. `false`: it must be handled step by step. */
  #answerFast(message: SipMessage, flow: Flow, now: Instant): boolean {
    const refresh = refreshFast(message, flow, now, this.#phones, this.#bindingUpdates);
    if (refresh === undefined) return false;
    this.#responder.respondToRefresh(message, flow, refresh, now);
    this.#lastMessages.refreshed(refresh.binding.phone);
    return true;
  }

  /** Answers what was read of a message, if possible, on a stream where the next message cannot be found. */
  respondToBroken(message: SipMessage, flow: Flow, now: Instant): void {
    const fault = message.fault ?? { status: 400, phrase: 'Bad Request', offset: 0 };
    const answered = message.kind === 'request' && message.has(ID.Via);
    this.#dependencies.reportMalformed(fault.phrase, message, flow, answered ? fault.status : 0, now);
    if (answered) this.#responder.respond(message, flow, now, undefined, undefined, faultResponse(fault));
  }

  /**
   * Sends what waits, after a message from that flow has been answered: the NOTIFYs that it led to, and requests to its
   * address that could not be sent before the address had sent more.
   */
  flush(flow: Flow, now: Instant): void {
    this.#dependencies.lineStates.expire(now);
    this.#registrationEvents.expire(now);
    this.#clientTransactions.sendWaiting(flow.remote.address, now);
  }

  /** Tells the database that the connection of that number has ended. */
  closeLink(link: number, now: Instant): void {
    const phones = this.#phones.onLink(link);
    for (const { registration } of phones) this.#database.connectionLost(registration, now);
    this.#calls?.linkLost(
      phones.map(({ record }) => record.configured.name),
      now,
    );
  }

  #handle(
    message: SipMessage,
    flow: Flow,
    now: Instant,
    tag: string,
    handler: MethodHandler | undefined,
    pending: ServerRequest | undefined,
  ): MethodResponse | undefined {
    if (handler === undefined) return unknownMethod();
    const unsupported = handler.unadvertised === true ? [] : unsupportedOf(message, handler.extensions);
    if (unsupported.length > 0)
      return sipResponse(420, 'Bad Extension', { headers: `Unsupported: ${unsupported.join(', ')}\r\n` });
    if (this.#closing) return closingResponse(this.#settingsRef.settings.node);
    return handler.handle({ message, flow, now, tag, pending }, this.#methodDependencies);
  }

  /** Sends commands, and reacts to registrations of either protocol. */
  get registrationEvents(): RegistrationEventHandler {
    return this.#registrationEvents;
  }

  /**
   * Sends an object to the screen of a registered phone. Returns the function that stops waiting for its answer;
   * `undefined`: it is not registered.
   */
  push(
    device: DeviceName,
    object: string,
    now: Instant,
    onAnswer: (answer: ObjectAnswer) => void,
  ): (() => void) | undefined {
    const phone = this.#phones.byDevice(device);
    return phone?.flow.open === true ? this.#objectRequests.send(phone, object, now, onAnswer) : undefined;
  }

  /** A registration of either protocol has begun. */
  deviceRegistered(event: DeviceRegistered): void {
    this.#registrationEvents.onRegistered(event);
    if (event.protocol === 'SIP') this.#calls?.registered(event.device, event.type === 'device.registered', event.at);
  }

  /** A registration of either protocol has ended. */
  deviceUnregistered(event: DeviceUnregistered): void {
    this.#registrationEvents.onUnregistered(event);
    if (event.protocol === 'SIP') this.#calls?.unregistered(event.device, event.at);
  }

  /** Follows a change of a device's configuration. */
  configurationChanged(device: DeviceName, now: Instant): void {
    this.#digestUsers.invalidate();
    this.#methodDependencies.registrar.configurationChanged(device);
    const phone = this.#phones.byDevice(device);
    if (phone !== undefined) {
      this.#bindingUpdates.removeLines(phone, now);
      this.#registrationEvents.onFeaturesChanged(phone, now);
    }
    this.#registrationEvents.onConfigurationChanged(now);
  }

  #isServed(host: string, { local }: Flow): boolean {
    const { domains } = this.#settingsRef.settings;
    return domains === undefined || domains.has(host) || host === local.address;
  }

  #mayCancel(message: SipMessage, flow: Flow): boolean {
    // A refresh that the fast path answered has no transaction of its own.
    const isFastRefresh = this.#phones.byCallId(message.callId ?? '')?.cseq === message.cseq?.number;
    return isFastRefresh || this.#transactions.knowsCancelled(message, flow);
  }

  // ── deadlines ─────────────────────────────────────────────────────────────────────────────────────────────────

  nextDeadline(): Instant | undefined {
    const others = earlier(this.#bindingUpdates.nextDeadline(), this.#subscriptions.nextDeadline());
    const ours = earlier(this.#clientTransactions.nextDeadline(), this.#registrationEvents.nextDeadline());
    return earlier(earlier(earlier(ours, this.#calls?.nextDeadline()), others), this.#transactions.nextDeadline());
  }

  expire(now: Instant): void {
    this.#transactions.expire(now);
    this.#clientTransactions.expire(now);
    this.#calls?.expire(now);
    this.#bindingUpdates.expire(now);
    this.#subscriptions.expire(now, (subscription) =>
      this.#registrationEvents.onSubscriptionExpired(subscription, now),
    );
    this.#registrationEvents.expire(now);
  }

  /** Gives phones that much more time to answer, to refresh and to repeat. */
  postpone(span: Duration): void {
    this.#transactions.postpone(span);
    this.#clientTransactions.postpone(span);
    this.#calls?.postpone(span);
    this.#bindingUpdates.postpone(span);
    this.#subscriptions.postpone(span);
  }
}
