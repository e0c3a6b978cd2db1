import type { Instant } from '../../core/time.js';
import type { Endpoint, Random } from '../../net/ports.js';
import { localUri, parseSipUri } from '../message/uri.js';
import { DEFAULT_PORT, isUnicast } from '../message/via.js';
import type { SettingsRef } from '../settings.js';
import type { ClientTransactions, OutgoingMessage } from '../transaction/client-transactions.js';
import { type Flow, localAddress } from '../transport/flow.js';
import { newBranch, newCallId, newTag, type RequestFields, writeRequest } from './request-writer.js';

/** What the sender needs of the service around it. */
export interface RequestSenderDependencies {
  readonly settingsRef: SettingsRef;
  readonly random: Random;
  readonly clientTransactions: ClientTransactions;
  date(now: Instant): string;
}

/** The content of a request. With `callId` it belongs to a dialog, and `from` and `to` have their tags. */
export interface RequestContent {
  readonly method: RequestFields['method'];
  readonly uri: string;
  readonly from: string;
  readonly to: string;
  readonly contactUser: string;
  readonly headers: string;
  readonly body: RequestFields['body'];
  readonly callId?: string;
  readonly cseq?: number;
}

/** Where a request goes, and what happens with its response. */
export interface Delivery extends Partial<Pick<OutgoingMessage, 'isWanted' | 'onFinal'>> {
  readonly flow: Flow;
  readonly contact: string;
  readonly serverHost: string;
  readonly toDevice: boolean;
}

/** A request as text, with the key of its transaction. */
export type WrittenRequest = Pick<OutgoingMessage, 'key' | 'text'>;

const always = (): boolean => true;
const nothing = (): void => {};
const FIRST_CSEQ = 101;

/** Writes the requests of this server and sends them, each in a client transaction, over the flow of its recipient. */
export class RequestSender {
  readonly #dependencies: RequestSenderDependencies;

  constructor(dependencies: RequestSenderDependencies) {
    this.#dependencies = dependencies;
  }

  send(message: RequestContent, delivery: Delivery, now: Instant): void {
    this.deliver(this.write(message, delivery, now), delivery, now);
  }

  write(message: RequestContent, { flow, serverHost }: Delivery, now: Instant): WrittenRequest {
    const { random, settingsRef, date } = this.#dependencies;
    const host = this.localHost(flow, serverHost);
    const branch = newBranch(random);
    const sentBy = `${host}:${flow.local.port}`;
    const inDialog = message.callId !== undefined;
    const text = writeRequest({
      method: message.method,
      uri: message.uri,
      transport: flow.transport.toUpperCase(),
      sentBy,
      branch,
      from: inDialog ? message.from : `<${message.from}>;tag=${newTag(random)}`,
      to: inDialog ? message.to : `<${message.to}>`,
      callId: message.callId ?? newCallId(random, host),
      cseq: message.cseq ?? FIRST_CSEQ,
      date: date(now),
      product: settingsRef.settings.product,
      headers: message.headers,
      contact: localUri(`${message.contactUser}${sentBy}`, flow.transport, message.uri),
      body: message.body,
    });
    return { key: `${branch} ${message.method}`, text };
  }

  deliver(written: WrittenRequest, { flow, contact, toDevice, isWanted, onFinal }: Delivery, now: Instant): void {
    const to = targetOf(flow, contact);
    const { clientTransactions } = this.#dependencies;
    clientTransactions.send(
      { ...written, flow, to, toDevice, isWanted: isWanted ?? always, onFinal: onFinal ?? nothing },
      now,
    );
  }

  /** The host of this server in requests over that flow. */
  localHost(flow: Flow, otherwise: string): string {
    return this.#dependencies.settingsRef.settings.advertised ?? localAddress(flow, otherwise);
  }
}

/**
 * Where a request over UDP goes. To the Contact, if that has the address that the phone sends from: some phones send
 * from one port and listen on another. Otherwise to where its packets come from, because a NAT lets requests in there.
 */
export const targetOf = ({ remote, transport }: Flow, contact: string): Endpoint => {
  if (transport !== 'udp') return remote;
  const uri = parseSipUri(contact);
  if (typeof uri === 'string' || uri.host !== remote.address || !isUnicast(uri.host)) return remote;
  return { address: uri.host, port: uri.port ?? DEFAULT_PORT };
};
