// Handles the requests of the management interface: who sent it, which service it is for, and what is answered
// (`docs/protocols/apis.md` §3).

import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { UserPassword } from '../core/credential-check.js';
import { after, type Clock, seconds } from '../core/time.js';
import type { XmlTreeNode } from '../core/xml/tree.js';
import { peerOf, proved } from '../http/bounded-server.js';
import { Access, basicCredentials, isOfAnotherSite, OF_ANOTHER_SITE } from './access.js';
import type { ReportedRequest, Reporter } from './reporter.js';
import { readBody } from './request-body.js';
import { sendPage, sendPieces, UDS_XML, XML } from './responses.js';
import type { SoapService } from './soap/declaration.js';
import { SoapFault } from './soap/fault.js';
import { readEnvelope } from './soap/reader.js';
import { writeFault } from './soap/writer.js';
import { writeWsdl } from './soap/wsdl.js';
import type { Uds } from './uds/uds.js';

/** The pieces of a reply, and the number of devices in it. */
export interface SoapAnswer {
  readonly pieces: Iterable<string> | AsyncIterable<string | Buffer>;
  /** Absent: it is XML. */
  readonly type?: string;
  readonly found: number;
  /** What the request has written, for the trace: `line 1001`. Absent: nothing. */
  readonly wrote?: string | undefined;
  /** Called when the reply was handed over, or its client is gone. */
  done?(): void;
}

/** Who asks, and what stands in its head. */
export interface SoapAsker {
  readonly address: string;
  /** Its `SOAPAction`, with quotes or without; empty: none. */
  readonly action: string;
}

/** What a service answers to GET. */
export interface SoapDocument {
  /** As the trace names it: `wsdl`. */
  readonly operation: string;
  readonly type: string;
  readonly text: string;
}

/** A service that is offered. `answer` rejects with a `SoapFault` that the client reads. */
export interface OfferedService {
  readonly name: string;
  readonly path: string;
  answer(request: XmlTreeNode, asker: SoapAsker): Promise<SoapAnswer>;
  /** What stands in the detail of a fault. Absent: nothing. */
  detailOf?(fault: SoapFault, operation: string): string;
  /**
   * What a GET of the path is answered, or of a file in it: `resource`, in lower case; empty: none. `location`: the URL of the
   * service. `undefined`: there is nothing of the kind.
   */
  document(resource: string, query: string, location: string): SoapDocument | undefined;
}

/** The description of a service by its declaration, where a client asks for it. */
export const wsdlOf =
  (declared: SoapService): OfferedService['document'] =>
  (resource, query, location) =>
    resource === '' && /^wsdl$/i.test(query)
      ? { operation: 'wsdl', type: XML, text: writeWsdl(declared, location) }
      : undefined;

/** What requests are handled with. */
export interface RequestHandling {
  readonly clock: Clock;
  readonly account: UserPassword;
  readonly reporter: Reporter;
  readonly services: readonly OfferedService[];
  readonly uds: Uds;
  /** This node. */
  self(): { readonly address: string };
  /** Resolves in a later turn of the event loop. */
  pause(): Promise<void>;
  /** 128 random bits as base64url. */
  randomId(): string;
}

const CHALLENGE = { 'WWW-Authenticate': 'Basic realm="labcm"' };
/** The answer to somebody who guesses passwords waits so long. */
const LATE = seconds(1);
/** Requests of all clients that are answered at once. */
const IN_HAND = 8;
/** Requests that wait for their turn, each with its body: scripts ask for many phones at once. */
const WAITING = 56;
/** Who may read below it, UDS decides itself. */
const UDS_PATH = /^\/cucm-uds(?=\/|$)/i;
const HOST = /^[a-z0-9.-]{1,253}(?::\d{1,5})?$/i;

type Headers = Readonly<Record<string, string>>;

/** A request that was admitted. `headers` go with every answer to it. */
interface Exchange extends ReportedRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly headers: Headers;
}

/** Handles requests. */
export class RequestHandler {
  readonly #handling: RequestHandling;
  readonly #access: Access;
  readonly #services: ReadonlyMap<string, OfferedService>;
  #inHand = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(handling: RequestHandling) {
    this.#handling = handling;
    this.#access = new Access(handling.account, () => handling.randomId());
    this.#services = new Map(handling.services.map((service) => [service.path.toLowerCase(), service]));
  }

  /** Answers a request. Never rejects. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { clock, reporter } = this.#handling;
    const { method = '', url = '/' } = request;
    const [path = '/', query = ''] = url.split('?', 2);
    const { address } = peerOf(request.socket);
    const asked = { request, response, address, method, path, at: clock.now() };
    try {
      if (UDS_PATH.test(path)) {
        await this.#serveUds({ ...asked, headers: {} }, query);
        return;
      }
      const admission = this.#access.admit(request.headers, address, asked.at);
      if (admission.admitted) {
        proved(request.socket);
        const { setCookie } = admission;
        await this.#serve({ ...asked, headers: setCookie === undefined ? {} : { 'Set-Cookie': setCookie } }, query);
        return;
      }
      const { status, reason, isTold, isLate } = admission;
      if (isTold) reporter.refused(asked, status, reason);
      if (isLate) await this.#late();
      sendRefusal(asked, status, status === 401 ? CHALLENGE : {});
    } catch (error) {
      reporter.refused(asked, 500, wordsOf(error));
      if (response.headersSent) response.destroy();
      else sendRefusal(asked, 500);
    }
  }

  async #serve(exchange: Exchange, query: string): Promise<void> {
    const { request, response, method, path } = exchange;
    const whole = path.replace(/\/+$/, '').toLowerCase();
    const service = this.#services.get(whole);
    if (method === 'GET' && (await this.#describe(exchange, whole, query))) return undefined;
    if (service === undefined) return this.#refuse(exchange, 404, 'there is no service at this path');
    if (method !== 'POST') return this.#refuse(exchange, 405, 'a service is asked by POST', { Allow: 'POST' });
    const body = await readBody(request);
    if (body === undefined) return undefined;
    if ('status' in body) return this.#refuse(exchange, body.status, body.reason);
    if (!(await this.#enter())) return this.#refuse(exchange, 503, 'too many requests wait for their turn');
    try {
      await this.#answer({ ...exchange, response }, service, body.text);
    } finally {
      this.#leave();
    }
    return undefined;
  }

  /** Resolves when it is the request's turn, in the order of their coming. `false`: too many wait already. */
  async #enter(): Promise<boolean> {
    if (this.#inHand < IN_HAND) {
      this.#inHand += 1;
      return true;
    }
    if (this.#waiting.length >= WAITING) return false;
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return true;
  }

  /** Hands the place over to the request that waits longest. */
  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#inHand -= 1;
    else next();
  }

  async #serveUds(exchange: Exchange, query: string): Promise<void> {
    const { pause, reporter, uds } = this.#handling;
    const { request, response, method, address: source, at } = exchange;
    if (isOfAnotherSite(request.headers)) return this.#refuse(exchange, 403, OF_ANOTHER_SITE);
    const path = exchange.path.replace(UDS_PATH, '').replace(/\/+$/, '');
    const credentials = basicCredentials(request.headers.authorization ?? '');
    const answer = uds.answer({ method, path, query, host: this.#hostOf(request), credentials, source, at });
    const { status, reason, resource: operation, user, devices, document } = answer;
    if (status === 200 && user !== '') proved(request.socket);
    if (status === 200) reporter.asked(exchange, { service: 'UDS', operation, status, devices, user });
    // Many clients ask without a password first, and wait for the challenge.
    else if (status !== 401 || (credentials !== undefined && !answer.isSilent))
      reporter.refused(exchange, status, reason);
    if (answer.isLate) await this.#late();
    if (response.destroyed) return undefined;
    if (!request.complete) response.shouldKeepAlive = false;
    const headers = { ...(status === 401 ? CHALLENGE : {}), ...(status === 405 ? { Allow: 'GET' } : {}) };
    return sendPieces(response, { status, type: UDS_XML, headers }, [document], pause);
  }

  /** How the client named this server. */
  #hostOf({ headers: { host = '' }, socket }: IncomingMessage): string {
    return HOST.test(host) ? host : `${this.#handling.self().address}:${socket.localPort}`;
  }

  async #answer(exchange: Exchange, service: OfferedService, document: string): Promise<void> {
    const { pause, reporter } = this.#handling;
    const { request, response, headers, address } = exchange;
    const { name } = service;
    let operation = '';
    let reply: SoapAnswer | undefined;
    try {
      const asked = readEnvelope(document);
      operation = asked.name;
      reply = await service.answer(asked, { address, action: String(request.headers.soapaction ?? '') });
      const { pieces, found, wrote } = reply;
      await sendPieces(response, { status: 200, type: reply.type ?? XML, headers }, pieces, pause);
      reporter.asked(exchange, { service: name, operation, status: 200, devices: found, ...(wrote && { wrote }) });
    } catch (error) {
      if (response.headersSent) throw error;
      const fault = error instanceof SoapFault ? error : new SoapFault('Server', 'This server could not answer');
      // The client reads nothing of what went wrong inside.
      if (fault !== error) reporter.refused(exchange, 500, wordsOf(error));
      reporter.asked(exchange, { service: name, operation, status: 500, fault: fault.message, devices: 0 });
      const whole = writeFault(fault, service.detailOf?.(fault, operation));
      await sendPieces(response, { status: 500, type: XML, headers }, [whole], pause);
    } finally {
      reply?.done?.();
    }
  }

  /** Answers a GET, where there is something to get. */
  async #describe(exchange: Exchange, path: string, query: string): Promise<boolean> {
    const { pause, reporter } = this.#handling;
    const { request, response, headers } = exchange;
    const end = path.lastIndexOf('/');
    const folder = this.#services.get(path.slice(0, end));
    const service = this.#services.get(path) ?? folder;
    if (service === undefined) return false;
    const resource = service === folder ? path.slice(end + 1) : '';
    const found = service.document(resource, query, `https://${this.#hostOf(request)}${service.path}`);
    if (found === undefined) return false;
    await sendPieces(response, { status: 200, type: found.type, headers }, [found.text], pause);
    reporter.asked(exchange, { service: service.name, operation: found.operation, status: 200, devices: 0 });
    return true;
  }

  #refuse(exchange: Exchange, status: number, reason: string, headers: Headers = {}): void {
    this.#handling.reporter.refused(exchange, status, reason);
    sendRefusal(exchange, status, { ...exchange.headers, ...headers });
  }

  #late(): Promise<void> {
    const { clock } = this.#handling;
    return new Promise((resolve) => void clock.callAt(after(clock.now(), LATE), resolve));
  }
}

/** What follows on the connection may be a body that nobody read. */
const sendRefusal = (
  { request, response }: Pick<Exchange, 'request' | 'response'>,
  status: number,
  headers: Headers = {},
): void => {
  if (response.destroyed) return;
  if (!request.complete) response.shouldKeepAlive = false;
  sendPage(response, status, STATUS_CODES[status] ?? 'Error', headers);
};

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
