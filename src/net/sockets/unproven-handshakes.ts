import { TokenBucket } from '../../core/rate-limit.js';
import type { Clock } from '../../core/time.js';
import type { HandshakeLimit } from '../ports.js';

/** How many addresses are remembered. Beyond it the one that came first is forgotten, and begins anew. */
const MOST_SOURCES = 16_384;

/**
 * Counts the handshakes of each address that end without a certificate that is trusted. A client that proves itself costs
 * its address nothing, so a whole site of phones behind one address may come at once; who proves nothing gets
 * `perSecond` of the most expensive thing that an unknown client can cause.
 */
export const unprovenHandshakes = (
  clock: Clock,
  { perSecond, burst }: { readonly perSecond: number; readonly burst: number },
): HandshakeLimit => {
  const sources = new Map<string, TokenBucket>();
  const bucketOf = (source: string): TokenBucket => {
    const known = sources.get(source);
    if (known !== undefined) return known;
    const [first] = sources.keys();
    if (sources.size >= MOST_SOURCES && first !== undefined) sources.delete(first);
    const bucket = new TokenBucket(perSecond, burst);
    sources.set(source, bucket);
    return bucket;
  };
  return {
    take: (source) => bucketOf(source).take(clock.now()),
    giveBack: (source) => void sources.get(source)?.giveBack(),
  };
};
