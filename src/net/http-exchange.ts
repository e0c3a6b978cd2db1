import { type HttpResponse, readHttpResponse } from '../core/http-response.js';
import { after, type Clock, type Duration } from '../core/time.js';
import type { Endpoint, StreamNetwork } from './ports.js';

/** One request, as it leaves. */
export interface HttpExchangeRequest {
  readonly to: Endpoint;
  /** The whole request, which asks the server to close the connection. */
  readonly octets: Buffer;
  /** From here to the end of the answer. */
  readonly within: Duration;
  /** No longer answer is read, with its headers. */
  readonly maxOctets: number;
  /** The address to connect from; absent: the kernel chooses. */
  readonly localAddress?: string;
  /** Ends the exchange at once, as `late`. */
  readonly signal?: AbortSignal;
}

/**
 * How an exchange ended. `refused`: the peer takes no connection, `code` is the system's. `late`: nothing, or not all, came
 * in time. `too-long`: more came than is read. `no-http`: something else came, or the answer broke off.
 */
export type HttpExchangeResult =
  | { readonly kind: 'answered'; readonly response: HttpResponse }
  | { readonly kind: 'refused'; readonly code: string }
  | { readonly kind: 'late' | 'too-long' | 'no-http' };

/**
 * Sends one HTTP request over a connection of its own and reads the answer, bounded in octets and time. For the small web
 * servers of phones, and for simulated phones. Never rejects.
 */
export const exchangeHttp = (
  { streams, clock }: { readonly streams: StreamNetwork; readonly clock: Clock },
  { to, octets, within, maxOctets, localAddress, signal }: HttpExchangeRequest,
): Promise<HttpExchangeResult> =>
  new Promise((resolve) => {
    const attempt = new AbortController();
    let closeLink: () => void = () => {};
    let received: Buffer = Buffer.alloc(0);
    let isOver = false;
    const finish = (result: HttpExchangeResult): void => {
      if (isOver) return;
      isOver = true;
      timer.cancel();
      signal?.removeEventListener('abort', onAbort);
      closeLink();
      attempt.abort();
      resolve(result);
    };
    const onAbort = (): void => finish({ kind: 'late' });
    const timer = clock.callAt(after(clock.now(), within), onAbort);
    signal?.addEventListener('abort', onAbort);
    if (signal?.aborted === true) onAbort();
    const look = (ended: boolean): void => {
      if (isOver) return;
      const response = readHttpResponse(received, ended);
      if (response === 'no-http') finish({ kind: 'no-http' });
      else if (response !== 'more') finish({ kind: 'answered', response });
    };
    const where = localAddress === undefined ? {} : { localAddress };
    streams
      .connect(to, { ...where, signal: attempt.signal }, (link) => {
        closeLink = () => link.destroy();
        return {
          received: (bytes) => {
            if (received.length + bytes.length > maxOctets) finish({ kind: 'too-long' });
            else {
              received = Buffer.concat([received, bytes]);
              look(false);
            }
          },
          closed: () => look(true),
        };
      })
      .then(
        (link) => {
          if (isOver) link.destroy();
          else link.write(octets);
        },
        (error: NodeJS.ErrnoException) => finish({ kind: 'refused', code: error.code ?? error.message }),
      );
  });
