// The bus between machines, by the cases of every bus and with a NATS server of apt.

import { describe, vi } from 'vitest';
import { NatsBus } from '../../src/cluster/nats-bus.js';
import type { ClusterBus } from '../../src/cluster/ports.js';
import type { BusFiles, BusSettings } from '../../src/cluster/settings.js';
import { busProbe } from '../../src/daemon/bus-probe.js';
import { nodeStreams } from '../../src/net/sockets/node-streams.js';
import { systemClock } from '../../src/net/system-clock.js';
import { runBusCases } from '../cluster/bus-cases.js';
import { NatsServer } from './support/nats-server.js';
import { TcpGate } from './support/tcp-gate.js';

const NO_FILES: BusFiles = { credentials: undefined, ca: undefined, certificate: undefined, key: undefined };

const settingsOf = (...ports: readonly number[]): BusSettings => ({
  servers: ports.map((port) => `nats://127.0.0.1:${port}`),
  replicas: 1,
  ...{ credentials: undefined, user: undefined, password: undefined, token: undefined, tls: undefined },
});

const until = (check: () => void): Promise<void> => vi.waitFor(check, { interval: 10, timeout: 20_000 });

describe('the bus between machines', () => {
  runBusCases(async () => {
    const server = await NatsServer.start();
    const failures: unknown[] = [];
    const gates = new Map<ClusterBus, TcpGate>();
    const spare: TcpGate[] = await Promise.all(Array.from({ length: 16 }, () => TcpGate.open(server.port)));
    const opened = [...spare];
    return {
      failures,
      until,
      connection: (node) => {
        const gate = spare.pop();
        if (gate === undefined) throw new Error('no more connections');
        const bus = new NatsBus({
          ...{ clock: systemClock, settings: settingsOf(gate.port), files: NO_FILES, cluster: 'Ein Cluster', node },
          greets: busProbe(nodeStreams, systemClock),
          failed: (error) => failures.push(error),
        });
        gates.set(bus, gate);
        return bus;
      },
      cut: (bus, isCut) => gates.get(bus)?.shut(isCut),
      stop: () => server.stop(),
      begin: () => server.begin(),
      restart: async () => {
        await server.stop();
        await server.begin();
      },
      close: async () => {
        await Promise.all([...gates.keys()].map((bus) => bus.close()));
        await Promise.all(opened.map((gate) => gate.close()));
        await server.remove();
      },
    };
  });
});
