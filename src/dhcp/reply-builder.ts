import { destinationOf } from './destination.js';
import type { Exchange, Outcome, Reply } from './exchange.js';
import { type HandlerContext, localAddressFor, serverIdFor } from './handler-context.js';
import { REASONS } from './reasons.js';
import { leaseTimes, type ReplyContent, ReplyWriter } from './reply.js';
import { type ClientOptions, withFileServer } from './served-subnet.js';

/** An outcome that the client gets an answer to. */
export type AnsweredOutcome = Extract<Outcome, { decision: 'OFFER' | 'ACK' | 'NAK' }>;

/** Whether the client gets an answer. */
export const isAnswered = (outcome: Outcome): outcome is AnsweredOutcome =>
  outcome.decision !== 'silent' && outcome.decision !== 'noted';

/** Makes the reply of an outcome: its content, its octets, and where it goes. Serves one configuration. */
export class ReplyBuilder {
  readonly #writer = new ReplyWriter();
  /** Options of subnets that name no file server, completed by a local address. */
  readonly #withLocalServer = new Map<ClientOptions, Map<number, ClientOptions>>();

  /** `undefined`: the required options do not fit into what the client can take. */
  build(context: HandlerContext, exchange: Exchange, outcome: AnsweredOutcome): Reply | undefined {
    const { decision } = outcome;
    const content =
      decision === 'NAK' ? nakContent(context, exchange, outcome) : this.#content(context, exchange, outcome);
    const bytes = this.#writer.write(exchange.message, content);
    if (bytes === undefined) return undefined;
    const to = destinationOf(exchange, decision, context.settings.clientPort);
    const subnet = decision === 'NAK' ? exchange.subnets[0] : outcome.subnet;
    return { bytes, to, from: localAddressFor(exchange, subnet), type: decision, exchange, outcome };
  }

  #content(
    context: HandlerContext,
    exchange: Exchange,
    { decision, subnet, offering, lease, granted }: Exclude<AnsweredOutcome, { decision: 'NAK' }>,
  ): ReplyContent {
    return {
      type: decision,
      yiaddr: lease?.address ?? 0,
      serverId: serverIdFor(context, exchange, subnet),
      offering:
        offering.fileServers.length > 0
          ? offering
          : this.#withLocalFileServer(offering, localAddressFor(exchange, subnet)),
      times: granted === undefined ? undefined : leaseTimes(granted, subnet),
      message: undefined,
    };
  }

  /** The options of a subnet that names no file server: this server is it. */
  #withLocalFileServer(offering: ClientOptions, localAddress: number): ClientOptions {
    const byAddress = this.#withLocalServer.get(offering) ?? new Map<number, ClientOptions>();
    this.#withLocalServer.set(offering, byAddress);
    const known = byAddress.get(localAddress) ?? withFileServer(offering, localAddress);
    byAddress.set(localAddress, known);
    return known;
  }
}

const nakContent = (context: HandlerContext, exchange: Exchange, { reason }: Outcome): ReplyContent => {
  const serverId = serverIdFor(context, exchange, exchange.subnets[0]);
  return { type: 'NAK', yiaddr: 0, serverId, offering: undefined, times: undefined, message: REASONS[reason] };
};
