// The cluster in the configuration: its name alone as ever, the bus and how a node signs in there, mistakes, and warnings.

import { describe, expect, it } from 'vitest';
import { faultsIn, load, warningsIn } from './harness.js';

const BUS = 'nats://127.0.0.1:4222';

describe('the cluster', () => {
  it.each<[string, readonly string[], string]>([
    ['', [], 'StandAloneCluster'],
    ['cluster: Lab', [], 'Lab'],
    ['cluster: 5', [], '5'],
    ['cluster: { name: Lab }', [], 'Lab'],
    ['', ['cluster=Lab'], 'Lab'],
    ['cluster: Lab', ['cluster=Other'], 'Other'],
    ['cluster: { name: Lab }', ['cluster.name=Other'], 'Other'],
  ])('%j with %j is named %s, and has no bus', async (yaml, overrides, name) => {
    const config = await load(yaml, {}, overrides);
    expect([config.cluster, config.clusterBus]).toEqual([name, undefined]);
  });

  it.each<[string, readonly string[]]>([
    [BUS, [BUS]],
    ['127.0.0.1', [BUS]],
    ['localhost:4333', ['nats://localhost:4333']],
    ['tls://bus.lab.test', ['tls://bus.lab.test:4222']],
    ['[nats://127.0.0.1:4222, 127.0.0.2]', [BUS, 'nats://127.0.0.2:4222']],
  ])('bus: %s means %j', async (bus, servers) => {
    const { clusterBus } = await load(`cluster: { bus: ${bus} }`);
    expect(clusterBus).toMatchObject({ servers, replicas: 1, user: undefined, credentials: undefined, tls: undefined });
  });

  it('takes a server from the command line', async () => {
    const { cluster, clusterBus } = await load('cluster: { name: Lab }', {}, [`cluster.bus=${BUS}`]);
    expect([cluster, clusterBus?.servers]).toEqual(['Lab', [BUS]]);
  });

  it('finds the files beside the configuration', async () => {
    const { clusterBus } = await load(
      `cluster: { bus: ${BUS}, replicas: 3, credentials: ./a.creds, tls: { ca: ca.pem, cert: /etc/c.pem, key: k.pem } }`,
    );
    expect(clusterBus).toMatchObject({
      replicas: 3,
      credentials: expect.stringMatching(/^\/.*\/a\.creds$/),
      tls: { ca: expect.stringMatching(/^\/.*\/ca\.pem$/), certificate: '/etc/c.pem' },
    });
  });

  it.each<[string, RegExp]>([
    ['{ bus: "http://127.0.0.1" }', /cluster\.bus\.0: found .*, wanted the address of a NATS server/],
    ['{ bus: "nats://127.0.0.1:0" }', /cluster\.bus\.0: /],
    ['{ bus: "nats://127.0.0.1:65536" }', /cluster\.bus\.0: /],
    ['{ bus: "nats://user:secret@127.0.0.1" }', /cluster\.bus\.0: /],
    ['{ bus: [] }', /cluster\.bus: /],
    [`{ bus: ${BUS}, replicas: 2 }`, /cluster\.replicas: found 2, wanted 1, 3 or 5/],
    ['{ name: Lab, token: x }', /cluster\.token: found it without cluster\.bus, wanted cluster\.bus beside it/],
    ['{ tls: {} }', /cluster\.tls: found it without cluster\.bus/],
    [`{ bus: ${BUS}, user: a }`, /cluster\.user: found one of user and password, wanted both/],
    [`{ bus: ${BUS}, password: a }`, /cluster\.password: found one of user and password, wanted both/],
    [`{ bus: ${BUS}, user: a, password: b, token: c }`, /cluster: found several ways to sign in, wanted one of/],
    [`{ bus: ${BUS}, tls: { cert: a } }`, /cluster\.tls\.cert: found one of cert and key, wanted both/],
    [`{ bus: ${BUS}, tls: { key: a } }`, /cluster\.tls\.key: found one of cert and key, wanted both/],
    [`{ bus: ${BUS}, colour: red }`, /cluster\.colour: /],
    ['[]', /cluster: /],
  ])('%s is a fault', async (cluster, fault) => {
    expect(await faultsIn(`cluster: ${cluster}`)).toEqual([expect.stringMatching(fault)]);
  });

  it.each<[string, string | undefined]>([
    [`{ bus: ${BUS} }`, undefined],
    ['{ bus: [localhost, 127.9.9.9] }', undefined],
    ['{ bus: 10.10.210.5 }', 'nats://10.10.210.5:4222 without credentials and without TLS'],
    ['{ bus: [127.0.0.1, 10.10.210.5] }', 'nats://10.10.210.5:4222 without credentials and without TLS'],
    ['{ bus: 10.10.210.5, token: x }', 'nats://10.10.210.5:4222 without TLS'],
    ['{ bus: 10.10.210.5, user: x, password: y }', 'nats://10.10.210.5:4222 without TLS'],
    ['{ bus: 10.10.210.5, tls: {} }', 'nats://10.10.210.5:4222 without credentials'],
    ['{ bus: tls://10.10.210.5 }', 'tls://10.10.210.5:4222 without credentials'],
    ['{ bus: 10.10.210.5, tls: {}, token: x }', undefined],
    ['{ bus: tls://10.10.210.5, credentials: a.creds }', undefined],
    ['{ bus: 127.0.0.1.example.test }', 'nats://127.0.0.1.example.test:4222 without credentials and without TLS'],
  ])('%s is warned of: %s', async (cluster, warning) => {
    const warnings = (await warningsIn(`cluster: ${cluster}`)).filter((one) => one.includes('cluster.bus'));
    expect(warnings).toEqual(warning === undefined ? [] : [expect.stringContaining(`cluster.bus: found ${warning}: `)]);
  });
});
