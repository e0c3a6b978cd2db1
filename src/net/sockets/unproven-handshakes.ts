import { SourceBuckets, type TokenRate } from '../../core/rate-limit.js';
import type { Clock } from '../../core/time.js';
import type { HandshakeLimit, StreamNetwork } from '../ports.js';

/**
 * Counts the handshakes of each address that end without a proof. A client that proves itself costs its address nothing, so
 * a whole site of phones behind one address may come at once; who proves nothing gets `perSecond` of the most expensive
 * thing that an unknown client can cause.
 */
export const unprovenHandshakes = (clock: Clock, rate: TokenRate): HandshakeLimit => {
  const buckets = new SourceBuckets(rate);
  return {
    perSecond: rate.perSecond,
    take: (source) => buckets.take(source, clock.now()),
    giveBack: (source) => buckets.giveBack(source),
  };
};

/**
 * Wraps `streams` so that each of its listeners with TLS bounds the handshakes of clients that prove nothing, by counts of its
 * own: an attack on one service keeps nobody at the same address from another.
 */
export const boundHandshakes = (streams: StreamNetwork, clock: Clock, rate: TokenRate): StreamNetwork => ({
  connect: (to, options, accept) => streams.connect(to, options, accept),
  listen: (options, accept) =>
    streams.listen(
      options.tls === undefined ? options : { ...options, unprovenHandshakes: unprovenHandshakes(clock, rate) },
      accept,
    ),
});
