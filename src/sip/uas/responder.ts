import type { Publisher } from '../../core/event-bus.js';
import type { Instant } from '../../core/time.js';
import type { Endpoint, Random } from '../../net/ports.js';
import type { SipEvent } from '../events.js';
import type { SipMessage } from '../message/message.js';
import { answerTarget } from '../message/via.js';
import { newTag } from '../notifier/request-writer.js';
import { copiedHeadersOf, type FastRefresh } from '../registrar/fast-refresh.js';
import { registerAnswered } from '../registrar/register-answered.js';
import { grantedResponse } from '../registrar/register-responses.js';
import { ResponseSender } from '../response/response-sender.js';
import { copiedHeaders, toTagOf } from '../response/response-writer.js';
import { type AnswerCarrier, ServerRequest } from '../response/server-request.js';
import type { SettingsRef } from '../settings.js';
import type { ClientTransactions } from '../transaction/client-transactions.js';
import type { ServerTransaction } from '../transaction/server-transactions.js';
import type { TransactionLayer } from '../transaction/transaction-layer.js';
import type { Flow } from '../transport/flow.js';
import { METHODS, type MethodHandler } from './methods.js';
import type { RegistrationEventHandler } from './registration-events.js';
import type { FollowUp, MethodResponse } from './request-context.js';

/** What the responder needs of the service around it. */
export interface ResponderDependencies {
  readonly settingsRef: SettingsRef;
  readonly random: Random;
  /** Makes the To tags of this run: one number for all. */
  readonly secret: number;
  readonly bus: Publisher<SipEvent>;
  readonly transactions: TransactionLayer;
  readonly clientTransactions: ClientTransactions;
  readonly registrationEvents: RegistrationEventHandler;
  /** The text of the Date header. */
  date(now: Instant): string;
  /** Handles a request whose 100 has been sent. `tag`: the To tag of the response. */
  handle(
    message: SipMessage,
    flow: Flow,
    now: Instant,
    tag: string,
    handler: MethodHandler | undefined,
    pending: ServerRequest | undefined,
  ): MethodResponse | undefined;
  /** Whether calls are served: their requests answer themselves, at any time. */
  readonly servesCalls: boolean;
  /** A request was answered with that status. */
  onAnswered(message: SipMessage, flow: Flow, status: number): void;
  /** A response to that address was cut short or not sent, because the address has proved nothing. */
  onUnsent(address: string, now: Instant): void;
}

/** The methods of requests that may belong to a call. */
const CALL_METHODS: ReadonlySet<string> = new Set([
  'INVITE',
  'CANCEL',
  'BYE',
  'UPDATE',
  'INFO',
  'PRACK',
  'REFER',
  'OPTIONS',
  'NOTIFY',
]);

/** The refusal of an INVITE is repeated until its ACK comes. Nothing else waits for that. */
const REFUSED_INVITE = { toDevice: false, isWanted: () => true, onFinal: () => {} } as const;

/**
 * Sends what a request is answered with: the 100, the final response and the requests that follow it, in their order.
 * The response goes where RFC 3261 §18.2.2 says.
 *
 * @hot One request at a time passes here, so its parts are parameters and no object is made for them.
 */
export class Responder implements AnswerCarrier {
  readonly #dependencies: ResponderDependencies;
  readonly #responses: ResponseSender;

  constructor(dependencies: ResponderDependencies) {
    this.#dependencies = dependencies;
    this.#responses = new ResponseSender(dependencies.settingsRef, dependencies.onUnsent);
  }

  /**
   * Answers a request. `transaction`: the one that keeps the response, if any. `ready`: the response, if it is known
   * already; otherwise `handler` makes it.
   */
  respond(
    message: SipMessage,
    flow: Flow,
    now: Instant,
    transaction: ServerTransaction | undefined,
    handler: MethodHandler | undefined,
    ready?: MethodResponse,
  ): void {
    const {
      random,
      secret,
      date: dateOf,
      handle,
      transactions,
      clientTransactions,
      registrationEvents,
      servesCalls,
    } = this.#dependencies;
    const copied = copiedHeaders(message, flow.remote);
    const to = targetOf(message, flow);
    // The ACK to a refused INVITE repeats this tag. That proves that the refusal arrived, so the tag must not be
    // guessed.
    const tag = message.method === 'INVITE' ? newTag(random) : toTagOf(message.callId ?? '', secret);
    const date = dateOf(now);
    if (this.#sendsTrying(handler, flow)) this.#responses.sendTrying(copied, date, flow, to, now);
    const pending =
      servesCalls && transaction !== undefined && CALL_METHODS.has(message.method)
        ? new ServerRequest({ message, flow, to, key: transaction.key, tag }, copied, date, this)
        : undefined;
    const response = ready ?? handle(message, flow, now, tag, handler, pending);
    if (response === undefined) return;
    for (const followUp of response.followUps)
      if (isSentBefore(followUp)) registrationEvents.sendFollowUp(followUp, message, flow, now);
    const text = this.#responses.write(response, copied, tag, date, flow, now);
    if (transaction !== undefined) transactions.tableOf(flow).answered(transaction, text);
    if (message.method === 'INVITE' && transaction !== undefined && flow.transport === 'udp')
      clientTransactions.send({ ...REFUSED_INVITE, key: transaction.key, text, flow, to, tag }, now);
    else this.#responses.send(text, flow, to, now);
    this.#publishRegisterAnswered(message, flow, to, response, text, now);
    this.#dependencies.onAnswered(message, flow, response.status);
    for (const followUp of response.followUps)
      if (!isSentBefore(followUp)) registrationEvents.sendFollowUp(followUp, message, flow, now);
  }

  /** Sends what a call answers. Over UDP the refusal of an INVITE is repeated until its ACK comes. */
  carry({ message, flow, to, key, tag }: ServerRequest, text: string, status: number, now: Instant): void {
    const { transactions, clientTransactions } = this.#dependencies;
    const table = transactions.tableOf(flow);
    const transaction = table.find(key);
    if (transaction !== undefined) table.answered(transaction, text);
    if (message.method === 'INVITE' && status >= 300 && flow.transport === 'udp')
      clientTransactions.send({ ...REFUSED_INVITE, key, text, flow, to, tag }, now);
    else this.#responses.send(text, flow, to, now);
  }

  /** Answers a refresh of the fast path. No event tells of it: it changes nothing. */
  respondToRefresh(
    message: SipMessage,
    flow: Flow,
    { binding, answeredAt, isRetransmission }: FastRefresh,
    now: Instant,
  ) {
    const { settingsRef, secret, date: dateOf } = this.#dependencies;
    const { phone, dn, granted, callId } = binding;
    const copied = copiedHeadersOf(message, binding, flow);
    const to = targetOf(message, flow);
    const date = dateOf(answeredAt);
    if (!isRetransmission && this.#sendsTrying(METHODS.REGISTER, flow))
      this.#responses.sendTrying(copied, date, flow, to, now);
    const grant = { phone, dn, granted, fresh: false };
    const response = grantedResponse(message, settingsRef.settings, grant, answeredAt);
    const text = this.#responses.write(response, copied, toTagOf(callId, secret), date, flow, now);
    this.#responses.send(text, flow, to, now);
  }

  /** Sends the response of a transaction once more, for a retransmission. */
  repeat(message: SipMessage, flow: Flow, text: string, now: Instant): void {
    const to = targetOf(message, flow);
    this.#responses.send(text, flow, to, now);
    this.#publishRegisterAnswered(message, flow, to, undefined, text, now);
  }

  /** `response` `undefined`: `text` was sent once more. */
  #publishRegisterAnswered(
    message: SipMessage,
    flow: Flow,
    to: Endpoint,
    response: MethodResponse | undefined,
    text: string,
    now: Instant,
  ): void {
    const { bus, settingsRef } = this.#dependencies;
    if (message.method === 'REGISTER' && bus.hasListener('sip.register-answered'))
      bus.publish(
        registerAnswered({ message, flow, to, answer: response, text, realm: settingsRef.settings.realm, at: now }),
      );
  }

  #sendsTrying(handler: MethodHandler | undefined, { transport }: Flow): boolean {
    if (handler?.trying === undefined) return false;
    const { settingsRef, servesCalls } = this.#dependencies;
    if (handler === METHODS.INVITE && servesCalls) return false; // the call sends it, with its own headers
    const { settings } = settingsRef;
    return handler.trying === 'always' || settings.trying === 'always' || transport !== 'udp';
  }
}

const isSentBefore = (followUp: FollowUp): boolean => followUp.kind === 'status-line' && followUp.before;

const targetOf = ({ via }: SipMessage, { transport, remote }: Flow): Endpoint =>
  transport === 'udp' && via !== undefined ? answerTarget(via, remote) : remote;
