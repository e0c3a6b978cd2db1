import type { Publisher } from '../../core/event-bus.js';
import { PerSecondBudget } from '../../core/rate-limit.js';
import type { Clock } from '../../core/time.js';
import type { NetEvent, TlsFailed } from '../events.js';
import type { Endpoint, StreamNetwork, TlsFailure } from '../ports.js';

const REPORTS_PER_SECOND = 10;

const ALERT_NUMBER = /SSL alert number (\d+)/;

/** What an error of node says of a handshake that failed. */
export const tlsFailureOf = ({ code, message }: NodeJS.ErrnoException, phase: TlsFailure['phase']): TlsFailure => {
  const [, alert] = ALERT_NUMBER.exec(message) ?? [];
  return { code: code ?? 'unknown', alert: alert === undefined ? undefined : Number(alert), phase };
};

/**
 * Publishes failed handshakes as those of `service`. At most ten a second are published; the next event says how many were left out.
 */
export const tlsFailureReporter = (
  service: TlsFailed['service'],
  clock: Clock,
  bus: Publisher<NetEvent>,
): ((remote: Endpoint, failure: TlsFailure) => void) => {
  const budget = new PerSecondBudget(() => REPORTS_PER_SECOND);
  let unsaid = 0;
  return ({ address, port }, failure) => {
    if (!bus.hasListener('net.tls-failed')) return;
    const at = clock.now();
    if (!budget.take(at)) {
      unsaid += 1;
      return;
    }
    bus.publish({ type: 'net.tls-failed', at, service, address, port, ...failure, unsaid });
    unsaid = 0;
  };
};

/** Wraps `streams` so that failed TLS handshakes of its listeners are published as those of `service`. */
export const reportTlsFailures = (
  streams: StreamNetwork,
  service: TlsFailed['service'],
  clock: Clock,
  bus: Publisher<NetEvent>,
): StreamNetwork => {
  const onTlsFailed = tlsFailureReporter(service, clock, bus);
  return {
    connect: (to, options, accept) => streams.connect(to, options, accept),
    listen: (options, accept) => streams.listen({ ...options, onTlsFailed }, accept),
  };
};
