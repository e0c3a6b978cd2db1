// The CAPF server: TLS connections, one session each, which the server opens (`secure.md` §5.2).

import type { Publisher } from '../core/event-bus.js';
import type { DeviceName } from '../core/identifiers.js';
import { ReportOncePerSecond, TokenBucket } from '../core/rate-limit.js';
import { FrameSplitter } from '../core/tagged-elements.js';
import type { Clock, Timer } from '../core/time.js';
import type { DeviceDatabase } from '../devices/index.js';
import type {
  Endpoint,
  LinkLimit,
  PhoneIssuer,
  StreamHandler,
  StreamLink,
  StreamNetwork,
  StreamServer,
  TlsListenerIdentity,
} from '../net/ports.js';
import type { CapfEvent } from './events.js';
import { CAPF_FRAME, readCapfMessage } from './messages.js';
import type { CapfRegistry } from './registry.js';
import { type CapfAuthority, CapfSession } from './session.js';
import type { CapfSettings } from './settings.js';

/** What the server needs. */
export interface CapfServerDependencies {
  readonly network: StreamNetwork;
  readonly clock: Clock;
  readonly bus: Publisher<CapfEvent>;
  readonly database: Pick<DeviceDatabase, 'byName'>;
  readonly registry: CapfRegistry;
  readonly identity: TlsListenerIdentity;
  /** Who may have issued the certificate that a phone proves itself by. */
  readonly issuers: readonly PhoneIssuer[];
  /** Issues a certificate, as DER. Throws if the key cannot be used. */
  issue(device: DeviceName, publicKey: Buffer): Buffer;
}

const HOUR_S = 3600;
/** Addresses whose certificates are counted; beyond it the one that came first is forgotten. */
const MOST_SOURCES = 4_096;

/** Accepts connections, and reports how each session ended. */
export class CapfServer {
  readonly #settings: CapfSettings;
  readonly #dependencies: CapfServerDependencies;
  readonly #refused = new ReportOncePerSecond();
  readonly #issues = new Map<string, TokenBucket>();
  #server: StreamServer | undefined;
  #lastSession = 0;

  constructor(settings: CapfSettings, dependencies: CapfServerDependencies) {
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
        maxLinks: limits.sessions,
        maxLinksPerSource: limits.sessionsPerSource,
        onRefused: (remote, limit) => this.#onRefused(remote, limit),
      },
      (link) => this.#accept(link),
    );
  }

  /** Ends every session. */
  async close(): Promise<void> {
    await this.#server?.close();
    this.#server = undefined;
  }

  #accept(link: StreamLink): StreamHandler {
    const { clock } = this.#dependencies;
    this.#lastSession = (this.#lastSession % 0x7fff_ffff) + 1;
    const session = new CapfSession(this.#lastSession, this.#authorityFor(link.remote.address), clock.now());
    const frames = new FrameSplitter(CAPF_FRAME);
    let timer = this.#timerOf(session, link);
    link.write(session.open());
    return {
      received: (bytes) => {
        if (session.end !== undefined) return;
        try {
          for (const frame of frames.push(bytes)) {
            const answer = session.receive(readCapfMessage(frame));
            if (answer !== undefined) link.write(answer);
          }
          link.keeps(frames.kept);
        } catch (error) {
          const answer = session.fail(error);
          if (answer !== undefined) link.write(answer);
        }
        timer.cancel();
        timer = this.#timerOf(session, link);
        if (session.end !== undefined) {
          timer.cancel();
          link.end();
        }
      },
      overdrawn: () => link.destroy(),
      closed: () => {
        timer.cancel();
        session.closed();
        this.#publishEnd(session, link.remote);
      },
    };
  }

  #timerOf(session: CapfSession, link: StreamLink): Timer {
    return this.#dependencies.clock.callAt(session.deadline, () => {
      session.expire();
      link.destroy();
    });
  }

  #authorityFor(source: string): CapfAuthority {
    const { registry, database, issuers, clock, issue } = this.#dependencies;
    return {
      issuers,
      deviceNamed: (name) => database.byName(name)?.configured.name,
      operationOf: (device) => registry.operationOf(device),
      countWrongPassword: (device) => registry.countWrongPassword(device),
      issue: (device, publicKey) => (this.#mayIssue(source) ? issue(device, publicKey) : undefined),
      wallTime: () => clock.wallTime(clock.now()),
      complete: (operation, certificate) => registry.complete(operation, certificate),
    };
  }

  /** Takes one of the certificates that an address may be given in an hour; `false` if there is none left. */
  #mayIssue(source: string): boolean {
    const { issuesPerHour } = this.#settings.limits;
    let bucket = this.#issues.get(source);
    if (bucket === undefined) {
      const [first] = this.#issues.keys();
      if (this.#issues.size >= MOST_SOURCES && first !== undefined) this.#issues.delete(first);
      bucket = new TokenBucket(issuesPerHour / HOUR_S, issuesPerHour);
      this.#issues.set(source, bucket);
    }
    return bucket.take(this.#dependencies.clock.now());
  }

  #publishEnd({ number, device, operation, end }: CapfSession, { address, port }: Endpoint): void {
    const { bus, clock } = this.#dependencies;
    if (end === undefined || !bus.hasListener('capf.session-ended')) return;
    bus.publish({
      type: 'capf.session-ended',
      at: clock.now(),
      ...{ address, port, session: number, device },
      ...(operation === undefined ? {} : { operation: operation.operation }),
      ...end,
    });
  }

  #onRefused({ address, port }: Endpoint, limit: LinkLimit): void {
    const { bus, clock } = this.#dependencies;
    const at = clock.now();
    const count = this.#refused.add(at);
    if (count > 0 && bus.hasListener('capf.link-refused'))
      bus.publish({ type: 'capf.link-refused', at, address, port, limit, count });
  }
}
