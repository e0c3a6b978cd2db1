// The TVS server: TLS connections on which phones ask one or more questions (`secure.md` §5.1).

import { ProtocolError } from '../core/errors.js';
import type { Publisher } from '../core/event-bus.js';
import { PerSecondBudget, SlidingWindow } from '../core/rate-limit.js';
import { FrameSplitter } from '../core/tagged-elements.js';
import { after, type Clock, seconds, type Timer } from '../core/time.js';
import type { Endpoint, StreamHandler, StreamLink, StreamNetwork, TlsListenerIdentity } from '../net/ports.js';
import { type RefusedLinks, TlsListener } from '../net/tls-listener.js';
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
  readonly #dependencies: TvsServerDependencies;
  readonly #malformed = new PerSecondBudget(() => MALFORMED_PER_SECOND);
  #unsaid = 0;
  readonly #listener: TlsListener;

  constructor({ address, port, limits }: TvsSettings, dependencies: TvsServerDependencies) {
    this.#dependencies = dependencies;
    const { network, clock, identity } = dependencies;
    this.#listener = new TlsListener({
      ...{ network, clock, address, port, identity },
      maxLinks: limits.connections,
      maxLinksPerSource: limits.connectionsPerSource,
      accept: (link) => this.#accept(link),
      onRefused: (refused) => this.#publishRefused(refused),
    });
  }

  /** Where it listens; `undefined`: it is not open. */
  get local(): Endpoint | undefined {
    return this.#listener.local;
  }

  /** Rejects with a `NodeJS.ErrnoException` if the port cannot be had. */
  open(): Promise<void> {
    return this.#listener.open();
  }

  /** Ends every connection. */
  close(): Promise<void> {
    return this.#listener.close();
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
    if (!bus.hasListener('tvs.malformed')) return;
    if (!this.#malformed.take(at)) {
      this.#unsaid += 1;
      return;
    }
    const reason = error instanceof Error ? error.message : String(error);
    bus.publish({ type: 'tvs.malformed', at, address, port, reason, unsaid: this.#unsaid });
    this.#unsaid = 0;
  }

  #publishRefused(refused: RefusedLinks): void {
    const { bus } = this.#dependencies;
    if (bus.hasListener('tvs.link-refused')) bus.publish({ type: 'tvs.link-refused', ...refused });
  }
}
