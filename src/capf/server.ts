// The CAPF server: TLS connections, one session each, which the server opens (`secure.md` §5.2).

import type { Publisher } from '../core/event-bus.js';
import type { DeviceName } from '../core/identifiers.js';
import { PerSecondBudget, PerSecondCounts, SourceBuckets } from '../core/rate-limit.js';
import { FrameSplitter } from '../core/tagged-elements.js';
import type { Clock, Instant, Timer } from '../core/time.js';
import type { DeviceDatabase } from '../devices/index.js';
import type {
  Endpoint,
  PhoneIssuer,
  StreamHandler,
  StreamLink,
  StreamNetwork,
  TlsListenerIdentity,
} from '../net/ports.js';
import { type RefusedLinks, TlsListener } from '../net/tls-listener.js';
import type { CapfEvent } from './events.js';
import { CAPF_FRAME, readCapfMessage } from './messages.js';
import type { CapfRegistry } from './registry.js';
import { type CapfAuthority, type CapfEnd, CapfSession } from './session.js';
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
/** Ends of sessions in which nothing was done that are told in a second, and those of one address among them. */
const REPORTS_PER_SECOND = { all: 20, source: 14 };

/** Accepts connections, and reports how each session ended. */
export class CapfServer {
  readonly #dependencies: CapfServerDependencies;
  /** The certificates that each address may still be given. */
  readonly #issues: SourceBuckets;
  readonly #reports = new PerSecondBudget(() => REPORTS_PER_SECOND.all);
  readonly #reportsBySource = new PerSecondCounts();
  readonly #listener: TlsListener;
  #unsaid = 0;
  #lastSession = 0;

  constructor({ address, port, limits }: CapfSettings, dependencies: CapfServerDependencies) {
    this.#dependencies = dependencies;
    const { network, clock, identity } = dependencies;
    this.#issues = new SourceBuckets({ perSecond: limits.issuesPerHour / HOUR_S, burst: limits.issuesPerHour });
    this.#listener = new TlsListener({
      ...{ network, clock, address, port, identity },
      maxLinks: limits.sessions,
      maxLinksPerSource: limits.sessionsPerSource,
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

  /** Ends every session. */
  close(): Promise<void> {
    return this.#listener.close();
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
        const { end } = session as { readonly end: CapfEnd | undefined };
        if (end !== undefined) {
          timer.cancel();
          if (end.outcome === 'done') link.proved?.();
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
      isWaiting: (operation) => registry.isWaiting(operation),
      countWrongPassword: (device) => registry.countWrongPassword(device),
      issue: (device, publicKey) => (this.#issues.take(source, clock.now()) ? issue(device, publicKey) : undefined),
      wallTime: () => clock.wallTime(clock.now()),
      complete: (operation, certificate) => registry.complete(operation, certificate),
    };
  }

  #publishEnd({ number, device, operation, end }: CapfSession, { address, port }: Endpoint): void {
    const { bus, clock } = this.#dependencies;
    if (end === undefined || !bus.hasListener('capf.session-ended')) return;
    const at = clock.now();
    if (end.outcome !== 'done' && !this.#mayReport(address, at)) {
      this.#unsaid += 1;
      return;
    }
    bus.publish({
      type: 'capf.session-ended',
      ...{ at, address, port, session: number, device },
      ...(operation === undefined ? {} : { operation: operation.operation }),
      ...end,
      unsaid: this.#unsaid,
    });
    this.#unsaid = 0;
  }

  /** Anybody can begin sessions without end, and those of one address must not hide those of others. */
  #mayReport(source: string, at: Instant): boolean {
    if (this.#reportsBySource.count(source, at) >= REPORTS_PER_SECOND.source || !this.#reports.take(at)) return false;
    this.#reportsBySource.add(source, at);
    return true;
  }

  #publishRefused(refused: RefusedLinks): void {
    const { bus } = this.#dependencies;
    if (bus.hasListener('capf.link-refused')) bus.publish({ type: 'capf.link-refused', ...refused });
  }
}
