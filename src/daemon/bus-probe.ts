// Asks a server of the bus whether it is there. The client library keeps the socket of every attempt to connect that a server
// does not answer, for as long as that takes; so it is only let near a server that greets.

import { after, type Clock, formatDuration, seconds } from '../core/time.js';
import type { StreamLink, StreamNetwork } from '../net/ports.js';

const GREETS_WITHIN = seconds(3);
/** What a server says first: a line with its properties, its version among them. */
const GREETING = /^INFO \{.*"version":\s*"\d+\.\d+\.\d+.*\}\s*\r?\n/;
const LONGEST_GREETING = 65_536;

/** Resolves when a NATS server greets at an address. Rejects with an `Error` that says why it does not. */
export type BusProbe = (host: string, port: number) => Promise<void>;

/** A probe over the streams of this machine. */
export const busProbe =
  (streams: Pick<StreamNetwork, 'connect'>, clock: Clock): BusProbe =>
  (address, port) =>
    new Promise((resolve, reject) => {
      const attempt = new AbortController();
      let link: StreamLink | undefined;
      const end = (reason: string | undefined): void => {
        timer.cancel();
        if (reason === undefined) resolve();
        else reject(new Error(reason));
        link?.destroy();
        attempt.abort();
      };
      const timer = clock.callAt(after(clock.now(), GREETS_WITHIN), () =>
        end(`no answer within ${formatDuration(GREETS_WITHIN)}`),
      );
      let greeting = '';
      const opening = streams.connect({ address, port }, { signal: attempt.signal }, (opened) => {
        link = opened;
        return {
          received: (octets) => {
            greeting += octets.subarray(0, LONGEST_GREETING).toString('latin1');
            if (GREETING.test(greeting)) end(undefined);
            else if (greeting.includes('\n') || greeting.length >= LONGEST_GREETING || !greeting.startsWith('I'))
              end('what answers there is no NATS server');
          },
          closed: () => end('the connection was closed'),
        };
      });
      opening.then(
        (opened) => attempt.signal.aborted && opened.destroy(),
        (error: NodeJS.ErrnoException) => end(error.code === 'ECONNREFUSED' ? 'connection refused' : error.message),
      );
    });
