// The TVS server: TLS connections on which phones ask one or more questions (`secure.md` §5.1).

import { ProtocolError } from '../core/errors.js';
import type { Publisher } from '../core/event-bus.js';
import { PerSecondBudget, ReportOncePerSecond, SlidingWindow } from '../core/rate-limit.js';
import { FrameSplitter } from '../core/tagged-elements.js';
import { after, type Clock, seconds, type Timer } from '../core/time.js';
import type {
  Endpoint,
  LinkLimit,
  StreamHandler,
  StreamLink,
  StreamNetwork,
  StreamServer,
  TlsListenerIdentity,
} from '../net/ports.js';
import type { TvsEvent } from './events.js';
import { readTvsMessage, TVS_FRAME } from './messages.js';
import type { TvsSettings } from './settings.js';
import { answerTvs, type VouchedCertificate } from './verification.js';

/** What the server needs. */
export interface TvsServerDependencies {
  readonly network: StreamNetwork;
  readonly clock: Clock;
  readonly bus: Publisher<TvsEvent>;
  readonly identity: TlsListenerIdentity;
  readonly vouched: readonly VouchedCertificate[];
}

/** From one request to the next, and from the first octet of one to its last. */
const SILENCE = seconds(10);
const MALFORMED_PER_SECOND = 10;
/** Requests that one connection may send in ten seconds: a phone asks a few. */
const MOST_REQUESTS = 200;

/** Accepts connections and answers. */
export class TvsServer {
  readonly #settings: TvsSettings;
  readonly #dependencies: TvsServerDependencies;
  readonly #refused = new ReportOncePerSecond();
  readonly #malformed = new PerSecondBudget(() => MALFORMED_PER_SECOND);
  #server: StreamServer | undefined;

  constructor(settings: TvsSettings, dependencies: TvsServerDependencies) {
    this.#settings = settings;
    this.#dependencies = dependencies;
  }

  /** Where it listens; `undefined`: it is not open. */
  get local(): Endpoint | undefined {
    return this.#server?.local;
  }

  /** Rejects with a `NodeJS.ErrnoException` if the port cannot be had. */
  async open(): Promise<void> {
    const { network, identity } = this.#dependencies;
    const { address, port, limits } = this.#settings;
    this.#server = await network.listen(
      {
        ...{ address, port, tls: identity },
        maxLinks: limits.connections,
        maxLinksPerSource: limits.connectionsPerSource,
        onRefused: (remote, limit) => this.#onRefused(remote, limit),
      },
      (link) => this.#accept(link),
    );
  }

  /** Ends every connection. */
  async close(): Promise<void> {
    await this.#server?.close();
    this.#server = undefined;
  }

  #accept(link: StreamLink): StreamHandler {
    const { clock } = this.#dependencies;
    const frames = new FrameSplitter(TVS_FRAME);
    const rate = new SlidingWindow();
    let isOver = false;
    let timer: Timer = this.#timerOf(link);
    return {
      received: (bytes) => {
        if (isOver) return;
        try {
          const requests = frames.push(bytes);
          if (rate.add(requests.length, SILENCE, clock.now()) > MOST_REQUESTS)
            throw new ProtocolError('RATE', `more than ${MOST_REQUESTS} requests in ten seconds`);
          for (const frame of requests) this.#answer(frame, link);
          link.keeps(frames.kept);
          if (requests.length === 0) return;
          timer.cancel();
          timer = this.#timerOf(link);
        } catch (error) {
          isOver = true;
          this.#publishMalformed(link.remote, error);
          link.end();
        }
      },
      overdrawn: () => link.destroy(),
      closed: () => timer.cancel(),
    };
  }

  #answer(frame: Buffer, link: StreamLink): void {
    const { vouched, bus, clock } = this.#dependencies;
    const request = readTvsMessage(frame);
    const answer = answerTvs(request, vouched);
    if (answer === undefined) throw new ProtocolError('TYPE', `${request.type}, which a server sends`);
    link.write(answer.octets);
    if (!bus.hasListener('tvs.answered')) return;
    const { address, port } = link.remote;
    const { device, kind, subject, roles } = answer;
    bus.publish({
      type: 'tvs.answered',
      at: clock.now(),
      ...{ address, port, session: request.session, device, kind, subject },
      known: roles !== undefined,
      roles: roles ?? [],
    });
  }

  #timerOf(link: StreamLink): Timer {
    const { clock } = this.#dependencies;
    return clock.callAt(after(clock.now(), SILENCE), () => link.end());
  }

  #publishMalformed({ address, port }: Endpoint, error: unknown): void {
    const { bus, clock } = this.#dependencies;
    const at = clock.now();
    if (!bus.hasListener('tvs.malformed') || !this.#malformed.take(at)) return;
    const reason = error instanceof Error ? error.message : String(error);
    bus.publish({ type: 'tvs.malformed', at, address, port, reason });
  }

  #onRefused({ address, port }: Endpoint, limit: LinkLimit): void {
    const { bus, clock } = this.#dependencies;
    const at = clock.now();
    const count = this.#refused.add(at);
    if (count > 0 && bus.hasListener('tvs.link-refused'))
      bus.publish({ type: 'tvs.link-refused', at, address, port, limit, count });
  }
}
