import { seconds } from '../../core/time.js';
import type { Endpoint, TlsClient } from '../../net/ports.js';
import type { PhoneEnvironment } from '../environment.js';
import type { FileOutcome } from './tftp-client.js';

const WITHIN = seconds(10);
const MAX_FILE = 16 * 1024 * 1024;
const END_OF_HEAD = '\r\n\r\n';

/** How to reach the server. */
export interface HttpClientOptions {
  /** `undefined`: the kernel chooses. */
  readonly localAddress?: string | undefined;
  /** Present: over HTTPS, on 6971. */
  readonly tls?: TlsClient;
}

/**
 * Fetches one file over HTTP on 6970, as newer phones do (`provisioning.md` §3.8), with as much of HTTP/1.1 as that
 * needs. Never rejects.
 */
export const fetchOverHttp = (
  environment: PhoneEnvironment,
  file: string,
  server: Endpoint,
  { localAddress, tls }: HttpClientOptions = {},
): Promise<FileOutcome> =>
  new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let octets = 0;
    let closeLink: () => void = () => {};
    let over = false;
    const finish = (outcome: FileOutcome): void => {
      if (over) return;
      over = true;
      timeout.cancel();
      closeLink();
      resolve(outcome);
    };
    const timeout = environment.timers.create(() => finish({ kind: 'missed', why: 'no answer' }));
    timeout.startIn(WITHIN);
    environment.streams
      .connect(
        server,
        { ...(localAddress === undefined ? {} : { localAddress }), ...(tls === undefined ? {} : { tls }) },
        (link) => {
          closeLink = () => link.end();
          return {
            received: (bytes) => {
              chunks.push(bytes);
              octets += bytes.length;
              if (octets > MAX_FILE) finish({ kind: 'missed', why: `longer than ${MAX_FILE} octets` });
              const outcome = outcomeOf(Buffer.concat(chunks), false);
              if (outcome !== undefined) finish(outcome);
            },
            closed: () =>
              finish(outcomeOf(Buffer.concat(chunks), true) ?? { kind: 'missed', why: 'the server closed the link' }),
          };
        },
      )
      .then(
        (link) => {
          const path = encodeURI(file.startsWith('/') ? file : `/${file}`);
          link.write(
            Buffer.from(
              `GET ${path} HTTP/1.1\r\nHost: ${server.address}:${server.port}\r\nConnection: close\r\n\r\n`,
              'latin1',
            ),
          );
        },
        (error: NodeJS.ErrnoException) => finish({ kind: 'missed', why: error.code ?? error.message }),
      );
  });

/** Reads a response; `undefined`: it is not complete. `ended`: the server has closed the link. */
const outcomeOf = (bytes: Buffer, ended: boolean): FileOutcome | undefined => {
  const end = bytes.indexOf(END_OF_HEAD);
  if (end < 0) return undefined;
  const head = bytes.toString('latin1', 0, end);
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1]);
  if (Number.isNaN(status)) return { kind: 'missed', why: 'the answer is no HTTP' };
  if (status !== 200) return { kind: 'refused', why: `HTTP ${status}` };
  const length = /^content-length: *(\d+)\r?$/im.exec(head)?.[1];
  const body = bytes.subarray(end + END_OF_HEAD.length);
  if (length !== undefined && body.length >= Number(length))
    return { kind: 'fetched', bytes: body.subarray(0, Number(length)) };
  return ended && length === undefined ? { kind: 'fetched', bytes: body } : undefined;
};
