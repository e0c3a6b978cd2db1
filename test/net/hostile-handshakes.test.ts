// Two thousand changed handshakes beside clients that are well: nothing is lost, and no connection stays behind.

import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import tls from 'node:tls';
import { afterEach, expect, it, vi } from 'vitest';
import { parseWallTime, type WallTime } from '../../src/core/time.js';
import type { LabcmEvent } from '../../src/events.js';
import type { StreamServer } from '../../src/net/ports.js';
import { nodeStreams } from '../../src/net/sockets/node-streams.js';
import { reportTlsFailures } from '../../src/net/sockets/tls-failures.js';
import { selfSignedIdentity } from '../../src/security/certificate.js';
import { EventRecorder } from '../support/event-recorder.js';
import { ManualClock } from '../support/manual-clock.js';
import { seededRandom } from '../support/random.js';
import { attempt, many, mutatedAttempt, recordedFlights, sourceOf } from '../support/tls-flights.js';

const ATTEMPTS = 2_000;
const SOURCES = 100;
const AT_ONCE = 8;

const identityOf = (commonName: string) =>
  selfSignedIdentity({
    commonName,
    organization: 'Lab',
    alternatives: ['127.0.0.1'],
    notBefore: parseWallTime('2020-01-01T00:00:00Z') as WallTime,
    notAfter: parseWallTime('2046-01-01T00:00:00Z') as WallTime,
  });

let server: StreamServer | undefined;
afterEach(() => server?.close());

it('two thousand changed handshakes harm nobody, and are told ten times a second at most', async () => {
  const identity = identityOf('CM1');
  const flights = await recordedFlights(identity, identityOf('SEP005056A1033D'));
  const events = new EventRecorder<LabcmEvent>();
  const clock = new ManualClock();
  server = await reportTlsFailures(nodeStreams, 'SCCP', clock, events.bus).listen(
    {
      ...{ address: '127.0.0.1', port: 0, tls: identity, maxLinks: 1_000, maxLinksPerSource: 100 },
      asksForCertificate: () => true,
      phoneIssuers: [{ certificate: identity.certificate, origin: 'lsc' }],
    },
    (link) => ({ received: (bytes) => link.write(bytes), closed: () => {} }),
  );
  const { port } = server.local;
  const healthy = tls.connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
  await once(healthy, 'secureConnect');
  const says = async (text: string): Promise<string> => {
    healthy.write(text);
    const [bytes] = (await once(healthy, 'data')) as [Buffer];
    return bytes.toString();
  };
  expect(await says('before')).toBe('before');
  const descriptors = readdirSync('/proc/self/fd').length;
  const random = seededRandom(2_443);
  let heard = 0;
  await many(ATTEMPTS, AT_ONCE, async (index) => {
    if (await attempt(port, sourceOf(index, SOURCES), mutatedAttempt(flights, random))) heard += 1;
    if (index % 100 === 0) expect(await says(String(index))).toBe(String(index));
  });
  expect(heard).toBeGreaterThan(ATTEMPTS / 10);
  expect(await says('after')).toBe('after');
  await vi.waitFor(() => expect(server?.links).toBe(1));
  expect(events.of('net.tls-failed')).toHaveLength(10);
  expect(readdirSync('/proc/self/fd').length).toBeLessThanOrEqual(descriptors + 4);
  healthy.destroy();
});
