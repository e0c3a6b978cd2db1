import type { Publisher } from '../../core/event-bus.js';
import type { DeviceName } from '../../core/identifiers.js';
import { type Clock, type Instant, seconds } from '../../core/time.js';
import type { DeviceRecord, Protocol, Registration } from '../../devices/index.js';
import { exchangeHttp } from '../../net/http-exchange.js';
import type { StreamNetwork } from '../../net/ports.js';
import { encodingFor, type ObjectEncoding } from '../encoding.js';
import type { PushOutcome, PushTransport, ServiceEvent } from '../events.js';
import { type PhoneObject, writeObject } from '../objects.js';
import type { PhoneCredentials } from '../settings.js';
import { answerOfExchange, answerOfSignalling, type PushAnswer } from './push-answer.js';
import { describePush, type PushRequest, pushObject } from './push-request.js';

/** Where and as whom to push. */
export interface PushSettings {
  readonly authentication: PhoneCredentials | undefined;
  /** The TCP port of the web servers of phones. */
  readonly webPort: number;
}

/** What a phone answered through its signalling. */
export type SignalledAnswer = { readonly answer: string } | 'late';

/** The way of a push through a phone's own signalling, without its web server. */
export interface SignallingPush {
  /**
   * Resolves with the object that the phone answers; `late`: none came in time; `undefined`: the phone is not registered
   * there, or takes none. Never rejects.
   */
  push(device: DeviceName, object: string, now: Instant): Promise<SignalledAnswer | undefined>;
}

/** What pushes need of the daemon. */
export interface PusherDependencies {
  readonly streams: StreamNetwork;
  readonly clock: Clock;
  readonly bus: Publisher<ServiceEvent>;
  readonly devices: { byName(name: string): DeviceRecord | undefined };
  readonly settings: () => PushSettings;
  /** The way by the protocol that a phone is registered with. `undefined`: there is none. */
  readonly signalling: (protocol: Protocol) => SignallingPush | undefined;
}

/** How a push ended. */
export interface PushResult {
  readonly device: DeviceName;
  readonly address: string;
  readonly transport: PushTransport;
  readonly outcome: PushOutcome;
  /** The phone's answer in words. */
  readonly answer: string;
  readonly milliseconds: number;
}

/** Why nothing was pushed. */
export type PushRefusal =
  | { readonly refused: 'unknown-device' | 'not-registered' | 'too-many-pushes' }
  | { readonly refused: 'faults'; readonly key: string; readonly found: string; readonly wanted: string };

const WITHIN = seconds(5);
const MAX_ANSWER = 16_384;
/** Pushes at once, in all and to one device. */
const MAX_PUSHES = 64;
const MAX_PER_DEVICE = 4;
const PATH = '/CGI/Execute';
/** With these the phone has done nothing, and has no web access. */
const WITHOUT_WEB: ReadonlySet<PushOutcome> = new Set(['no-web-server', 'refused']);

/**
 * Pushes objects to phones: by HTTP to the web server of the phone, at the address that it is registered from and nowhere else;
 * if it has none, through its signalling. The phone's answer is read, bounded, and told in words.
 */
export class Pusher {
  readonly #dependencies: PusherDependencies;
  readonly #closing = new AbortController();
  readonly #running = new Map<DeviceName, number>();
  #pushes = 0;

  constructor(dependencies: PusherDependencies) {
    this.#dependencies = dependencies;
  }

  /** Pushes to a registered device. Resolves when the phone has answered or has not in time. Never rejects. */
  async push(name: string, request: PushRequest): Promise<PushResult | PushRefusal> {
    const object = pushObject(request);
    if (!('kind' in object)) return { refused: 'faults', ...object };
    const record = this.#dependencies.devices.byName(name);
    if (record === undefined) return { refused: 'unknown-device' };
    const { registration } = record;
    if (registration?.registeredAt === undefined) return { refused: 'not-registered' };
    const device = record.configured.name;
    const running = this.#running.get(device) ?? 0;
    if (this.#pushes >= MAX_PUSHES || running >= MAX_PER_DEVICE) return { refused: 'too-many-pushes' };
    this.#pushes += 1;
    this.#running.set(device, running + 1);
    try {
      return await this.#pushTo(record, registration, request, object);
    } finally {
      this.#pushes -= 1;
      const left = (this.#running.get(device) ?? 1) - 1;
      if (left === 0) this.#running.delete(device);
      else this.#running.set(device, left);
    }
  }

  /** Ends the pushes that wait for an answer. */
  close(): void {
    this.#closing.abort();
  }

  async #pushTo(
    { configured }: DeviceRecord,
    { address, protocol }: Registration,
    request: PushRequest,
    object: PhoneObject,
  ): Promise<PushResult> {
    const { clock, bus, signalling } = this.#dependencies;
    const started = clock.now();
    const written = writeObject(object);
    const { name: device, model } = configured;
    let transport: PushTransport = 'HTTP';
    let answer = await this.#byHttp(address, written, encodingFor(model.unicode, undefined));
    if (WITHOUT_WEB.has(answer.outcome)) {
      const other = await signalling(protocol)?.push(device, written, clock.now());
      if (other !== undefined) [transport, answer] = [protocol, answerOfSignalling(other)];
    }
    const at = clock.now();
    const result = { device, address, transport, ...answer, milliseconds: at - started };
    if (bus.hasListener('service.pushed'))
      bus.publish({ type: 'service.pushed', at, what: describePush(request), ...result });
    return result;
  }

  async #byHttp(address: string, object: string, encoding: ObjectEncoding): Promise<PushAnswer> {
    const { streams, clock, settings } = this.#dependencies;
    const { authentication: credentials, webPort: port } = settings();
    const body = `XML=${formEncoded(encoding.encode(object))}`;
    const head = [
      `POST ${PATH} HTTP/1.1`,
      `Host: ${address}${port === 80 ? '' : `:${port}`}`,
      ...(credentials === undefined ? [] : [`Authorization: Basic ${basic(credentials)}`]),
      `Content-Type: application/x-www-form-urlencoded; charset=${encoding.charset}`,
      `Content-Length: ${body.length}`,
      'Connection: close',
      '',
      body,
    ];
    const octets = Buffer.from(head.join('\r\n'), 'latin1');
    const to = { address, port };
    return answerOfExchange(
      await exchangeHttp(
        { streams, clock },
        { to, octets, within: WITHIN, maxOctets: MAX_ANSWER, signal: this.#closing.signal },
      ),
    );
  }
}

const basic = ({ user, password }: PhoneCredentials): string => Buffer.from(`${user}:${password}`).toString('base64');

/** `application/x-www-form-urlencoded` of octets in any encoding. */
const formEncoded = (octets: Buffer): string =>
  [...octets]
    .map((octet) => {
      const character = String.fromCharCode(octet);
      return /[A-Za-z0-9._*-]/.test(character) ? character : `%${octet.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
