// Faults of requests over HTTP. Without rules a request passes the function that it passed before.

import type { AnswerPort } from '../../http/answer-port.js';
import type { Endpoint } from '../../net/ports.js';
import type { ActiveFaultRule } from '../active-rule.js';
import { DelayedOctets, type WaitingRoom } from '../delayed-octets.js';
import type { Injector } from '../injector.js';
import { DEFAULT_FAULT_RULE, type FaultName } from '../settings.js';
import { changedNumber, changedText, type FieldChange } from '../wire-protocol.js';
import { PortSet, type ReplaceablePort } from './port-set.js';
import { replaceMethods } from './replace-methods.js';

type Request = Parameters<AnswerPort['answer']>[0];
type Response = Parameters<AnswerPort['answer']>[1];

/** What becomes of an answer. Effects change it. */
interface Answer {
  /** It is refused with this status, and the service does not hear of it; 0: it is not answered at all. */
  refusedBy: number | undefined;
  isReset: boolean;
  delay: number;
  /** How many octets of its body leave; the connection is closed behind them. */
  cut: ((length: number) => number) | undefined;
  rate: number | undefined;
  readonly changes: ((response: Response) => void)[];
  /** What becomes of its body. */
  readonly bodies: ((body: Buffer) => Buffer)[];
}

const USUAL_STATUS = 503;
/** A body that is changed is gathered first, up to so many octets; larger ones pass as they are, as do those that find no room. */
const MOST_BODY = 4 * 1024 * 1024;
const PIECES_PER_SECOND = 50;

const changeOf = ({ rule: { fault, value = '' }, random }: ActiveFaultRule): FieldChange =>
  fault === 'set' ? { kind: 'set', value } : { kind: 'garble', random };

const change = (answer: Answer, rule: ActiveFaultRule): string | undefined => {
  const { field = '' } = rule.rule;
  const how = changeOf(rule);
  if (field === 'body')
    answer.bodies.push((body) => {
      if (how.kind === 'garble') return how.random.garbled(body);
      return Buffer.from(changedText(how, '') ?? '', 'utf8');
    });
  else if (field === 'status')
    answer.changes.push((response) => {
      const status = changedNumber(how, response.statusCode, 16) ?? USUAL_STATUS;
      response.statusCode = how.kind === 'garble' ? 400 + (status % 200) : Math.min(599, Math.max(200, status));
    });
  else
    answer.changes.push((response) => {
      const text = changedText(how, String(response.getHeader(field) ?? ''));
      if (text !== undefined && text !== '') response.setHeader(field, text.replace(/[^\x20-\x7e]/g, '?'));
    });
  return how.kind === 'set' ? `${field} = ${String(how.value)}` : field;
};

const effects: Readonly<Partial<Record<FaultName, (answer: Answer, rule: ActiveFaultRule) => string | undefined>>> = {
  drop: (answer) => {
    answer.refusedBy = 0;
    return '';
  },
  silence: (answer) => {
    answer.refusedBy = 0;
    return '';
  },
  close: (answer) => {
    answer.isReset = true;
    return '';
  },
  refuse: (answer, { rule: { reason } }) => {
    const status = Number(reason ?? USUAL_STATUS);
    answer.refusedBy = Number.isInteger(status) && status >= 400 && status <= 599 ? status : USUAL_STATUS;
    return String(answer.refusedBy);
  },
  delay: (answer, { rule, random }) => {
    if (rule.delay === undefined) return undefined;
    const delay = random.delay(rule.delay);
    answer.delay += delay;
    return `after ${delay} ms`;
  },
  cut: (answer, { rule: { octets } }) => {
    answer.cut = (length) => octets ?? Math.floor(length / 2);
    return octets === undefined ? 'half of the body' : `${octets} octets of the body`;
  },
  slow: (answer, { rule }) => {
    answer.rate = rule.rate ?? DEFAULT_FAULT_RULE.rate;
    return `${answer.rate} octets a second`;
  },
  garble: change,
  set: change,
};

const REQUEST_FAULTS: ReadonlySet<FaultName> = new Set(Object.keys(effects) as FaultName[]);

const peerOf = ({ socket }: Request): Endpoint => ({
  address: (socket.remoteAddress ?? '').replace(/^::ffff:/, ''),
  port: socket.remotePort ?? 0,
});

/** The name of the requested file, as far as the phone can be told from it. */
const fileOf = (url = ''): string => url.split('?', 1)[0]?.replace(/^\/+/, '') ?? '';

class AnsweredRequests implements ReplaceablePort {
  readonly #injector: Injector;
  readonly #port: AnswerPort;
  readonly #room: WaitingRoom;
  /** What waits: requests, and pieces of answers. */
  readonly #later: DelayedOctets;
  #isInstalled = false;
  #restore: () => void = () => {};

  constructor(injector: Injector, port: AnswerPort) {
    this.#injector = injector;
    this.#port = port;
    this.#room = injector.roomAt('http');
    this.#later = new DelayedOctets(injector.clock, this.#room, false);
  }

  install(): void {
    const port = this.#port;
    const { answer } = port;
    this.#isInstalled = true;
    this.#restore = replaceMethods(port, {
      answer: (request, response) => this.#answer(request, response, () => answer.call(port, request, response)),
    });
  }

  uninstall(): void {
    this.#isInstalled = false;
    this.#restore();
    this.#later.flush();
  }

  #answer(request: Request, response: Response, goOn: () => void): void {
    const injector = this.#injector;
    const fate: Answer = {
      ...{ refusedBy: undefined, isReset: false, delay: 0, cut: undefined, rate: undefined },
      ...{ changes: [], bodies: [] },
    };
    const subject = injector.subjectOf('http', peerOf(request), { file: fileOf(request.url) });
    const names = [request.method ?? ''];
    const make = (rule: ActiveFaultRule): string | undefined => effects[rule.rule.fault]?.(fate, rule);
    const goesOn = (): boolean => fate.refusedBy === undefined && !fate.isReset;
    // A request and its answer are one here, so that a rule for both meets them once.
    injector.inject({ place: 'http', faults: REQUEST_FAULTS, direction: 'both', names, subject }, make, goesOn);
    const run = (): void => this.#run(request, response, fate, goOn);
    if (fate.delay === 0) run();
    else this.#later.add(fate.delay, 0, run);
  }

  #run(request: Request, response: Response, fate: Answer, goOn: () => void): void {
    if (response.destroyed) return;
    if (fate.isReset) request.socket.resetAndDestroy();
    else if (fate.refusedBy === undefined) {
      this.#change(response, fate);
      goOn();
    } else if (fate.refusedBy > 0) response.writeHead(fate.refusedBy, { 'Content-Length': 0 }).end();
  }

  #change(response: Response, { changes, bodies, cut, rate }: Answer): void {
    if (changes.length > 0 || bodies.length > 0) {
      const { writeHead } = response;
      response.writeHead = ((status: number, headers?: Readonly<Record<string, number | string>>) => {
        response.statusCode = status;
        for (const [name, value] of Object.entries(headers ?? {})) response.setHeader(name, value);
        for (const one of changes) one(response);
        // With another body the length is not known before its end.
        if (bodies.length > 0) response.removeHeader('Content-Length');
        return writeHead.call(response, response.statusCode);
      }) as typeof writeHead;
    }
    if (bodies.length > 0 || cut !== undefined || rate !== undefined) this.#gather(response, { bodies, cut, rate });
  }

  /** Sends the body at its end, changed, in part or slowly. */
  #gather(response: Response, { bodies, cut, rate }: Pick<Answer, 'bodies' | 'cut' | 'rate'>): void {
    const { write, end } = response;
    const room = this.#room;
    const pieces: Buffer[] = [];
    let length = 0;
    let held = 0;
    let hasRoom = true;
    response.once('close', () => room.giveBack(held));
    const restore = (): void => {
      response.write = write;
      response.end = end;
    };
    const take = (piece: unknown): void => {
      if (typeof piece !== 'string' && !(piece instanceof Uint8Array)) return;
      const octets = Buffer.from(piece as Buffer);
      length += octets.length;
      pieces.push(octets);
      hasRoom &&= room.take(octets.length);
      if (hasRoom) held += octets.length;
    };
    response.write = ((piece: unknown) => {
      take(piece);
      if (length <= MOST_BODY && hasRoom) return true;
      restore();
      return response.write(Buffer.concat(pieces));
    }) as typeof write;
    response.end = ((piece?: unknown) => {
      take(piece);
      restore();
      const body = bodies.reduce<Buffer>((octets, one) => one(octets), Buffer.concat(pieces));
      const left = cut === undefined ? body : body.subarray(0, Math.min(body.length, cut(body.length)));
      const done = (): void => {
        if (cut === undefined) response.end();
        else setDown(response);
      };
      this.#send(response, left, hasRoom ? rate : undefined, done);
      return response;
    }) as typeof end;
  }

  #send(response: Response, body: Buffer, rate: number | undefined, done: () => void): void {
    const piece = rate === undefined ? body.length : Math.ceil(rate / PIECES_PER_SECOND);
    const next = (at: number): void => {
      if (response.destroyed) return;
      if (at >= body.length) {
        done();
        return;
      }
      // Once the rule has gone, the rest leaves in one piece.
      const size = Math.max(1, this.#isInstalled ? piece : body.length);
      response.write(body.subarray(at, at + size));
      if (rate === undefined || !this.#isInstalled) next(at + size);
      else this.#later.add((size * 1000) / rate, 0, () => next(at + size));
    };
    next(0);
  }
}

/** Lets what was written leave, then breaks the connection: `Content-Length` promised more. */
const setDown = (response: Response): void => {
  const { socket } = response;
  if (socket === null) return;
  socket.end();
};

/** Takes the port of a file service over HTTP. */
export const injectedRequests = (injector: Injector): ((port: AnswerPort) => void) => {
  const ports = new PortSet<AnsweredRequests>(injector, 'http');
  return (port) => ports.add(new AnsweredRequests(injector, port));
};
