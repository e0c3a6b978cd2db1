// What the bus of a cluster costs: keepalives and registrations of a daemon that tells them to others beside one that is alone, and
// how soon a node has read what 80,000 registrations are. `npx tsx test/bench/nodes.ts` runs it alone. Needs gcc, nats-server and
// the built program.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { keyOf } from '../../src/cluster/bus-names.js';
import { Mirror } from '../../src/cluster/mirror.js';
import { NatsBus } from '../../src/cluster/nats-bus.js';
import type { BusFiles } from '../../src/cluster/settings.js';
import { readRegistration, type ToldRegistration } from '../../src/cluster/told-registration.js';
import { valueText } from '../../src/cluster/values.js';
import { busProbe } from '../../src/daemon/bus-probe.js';
import { nodeStreams } from '../../src/net/sockets/node-streams.js';
import { systemClock } from '../../src/net/system-clock.js';
import { costRows } from './call-costs.js';
import { Program } from './programs.js';
import { progress } from './progress.js';
import { deviceName } from './sccp-dialogue.js';
import { fact, markdown, type Row, spread } from './table.js';

const ENGINE_CORE = 1;
const PORT = 4932;
/** Registrations may cost so much more with the bus. */
const MOST = 1.15;
const MIRRORED = 80_000;
const READINGS = 3;
const READ_WITHIN = 5_000; // milliseconds

const NO_FILES: BusFiles = { credentials: undefined, ca: undefined, certificate: undefined, key: undefined };

const busOf = (node: string, cluster: string): NatsBus =>
  new NatsBus({
    ...{ clock: systemClock, files: NO_FILES, cluster, node, greets: busProbe(nodeStreams, systemClock) },
    settings: {
      servers: [`nats://127.0.0.1:${PORT}`],
      replicas: 1,
      ...{ credentials: undefined, user: undefined, password: undefined, token: undefined, tls: undefined },
    },
    failed: (error) => {
      throw error;
    },
  });

const connected = (bus: NatsBus): Promise<void> =>
  new Promise((resolve) => {
    bus.onState(({ isConnected }) => isConnected && resolve());
    bus.start();
  });

const told = (index: number): string => {
  const device = deviceName(index);
  return valueText({
    ...{ device, node: 'CM1', instance: 'bench', place: 0, generation: index, protocol: 'SCCP', transport: 'tcp' },
    ...{ address: '10.10.210.99', port: 50_000, typeId: 30016, load: '', state: 'registered', reason: '', since: 0 },
    ...{ lines: [String(200_000 + index)], capabilities: '4,8,11', isAgain: false },
  });
};

/** Writes what 80,000 registrations are; returns how many a second the engine took. */
const filled = async (cluster: string): Promise<number> => {
  const bus = busOf('CM1', cluster);
  await connected(bus);
  const bucket = bus.bucket('registrations');
  const from = performance.now();
  for (let index = 0; index < MIRRORED; index += 256)
    await Promise.all(
      Array.from({ length: Math.min(256, MIRRORED - index) }, (_, step) =>
        bucket.put(keyOf(deviceName(index + step)), told(index + step)),
      ),
    );
  const took = performance.now() - from;
  await bus.close();
  return (MIRRORED * 1000) / took;
};

/** How long a node takes from its connection until it has read everything. */
const readOnce = async (cluster: string, node: string): Promise<number> => {
  const bus = busOf(node, cluster);
  let isWhole = (): void => {};
  const whole = new Promise<void>((resolve) => {
    isWhole = resolve;
  });
  const mirror = new Mirror<ToldRegistration>({ read: readRegistration, whole: () => isWhole(), broken: () => {} });
  bus.watch('registrations', mirror);
  const from = performance.now();
  bus.start();
  await whole;
  const took = performance.now() - from;
  if (mirror.size !== MIRRORED) throw new Error(`${mirror.size} of ${MIRRORED} were read`);
  await bus.close();
  return took;
};

export const run = async (): Promise<Row[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'labcm-bench-'));
  const engine = await Program.start(
    ENGINE_CORE,
    '/usr/sbin/nats-server',
    ['-a', '127.0.0.1', '-p', String(PORT), '-js', '-sd', join(folder, 'engine')],
    'Server is ready',
  );
  try {
    const rows = await costRows(folder, { name: 'bus', on: { bus: `nats://127.0.0.1:${PORT}` }, off: {}, most: MOST });
    progress(`nodes: ${MIRRORED} registrations written and read`);
    const puts = await filled('Mirror');
    const readings: number[] = [];
    for (let reading = 0; reading < READINGS; reading += 1) readings.push(await readOnce('Mirror', `CM${2 + reading}`));
    rows.push(
      fact(
        `${MIRRORED.toLocaleString('en')} registrations written to the bus, 256 under way`,
        `${Math.round(puts)} /s`,
      ),
      fact(
        `a node that starts has read ${MIRRORED.toLocaleString('en')} registrations after`,
        `${spread(readings)} ms`,
        `≤ ${READ_WITHIN} ms`,
        Math.max(...readings) <= READ_WITHIN,
      ),
    );
    return rows;
  } finally {
    await engine.stop();
    // After a failure the daemons still write there, and what failed is to be told.
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 300 });
  }
};

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(`${markdown(await run())}\n`);
