// The nodes, the pools and the history as the API shows them.

import { afterEach, describe, expect, it } from 'vitest';
import type { LabcmEvent } from '../../src/events.js';
import type { ApiSources } from '../../src/http/index.js';
import { aDevice, anAttempt } from '../support/devices.js';
import { type ApiHarness, apiHarness, ask, NOW } from './api-harness.js';

let lab: ApiHarness;
afterEach(() => lab.api.close());

const node = (name: string, address: string) => ({
  name,
  address,
  description: `the node ${name}`,
  ...{ sccpPort: 2000, sipPort: 5060, sipTlsPort: 5061 },
});

const CLUSTER: ApiSources['cluster'] = {
  configured: () => ({
    name: 'Lab',
    self: 'CM2',
    nodes: [node('CM1', '10.0.0.1'), node('CM2', '10.0.0.2')],
    groups: [
      { name: 'Default', members: ['CM1', 'CM2'] },
      { name: 'West', members: ['CM2'] },
    ],
  }),
  connections: () => ({ connections: { SCCP: 3, SIP: 1 }, standbyConnections: 2 }),
};

const json = async (path: string) => {
  const { status, body } = await ask(lab, path);
  return { status, body: JSON.parse(body) };
};

describe('/api/nodes', () => {
  it('has what is configured, and what this node sees', async () => {
    lab = await apiHarness({}, { cluster: CLUSTER });
    lab.database.configure([aDevice('SEP000000000001'), aDevice('SEP000000000002', { group: 'West' })], NOW);
    const attempt = lab.database.register(anAttempt('SEP000000000002'), NOW);
    if (!attempt.accepted) throw new Error('refused');
    lab.database.reportCapabilities(attempt.registration, [], NOW);
    const publish = (type: string, fields: object = {}) =>
      lab.bus.publish({ type, at: NOW, ...fields } as unknown as LabcmEvent);
    for (const granted of [true, true, false]) publish('sccp.token', { granted });
    publish('sip.standby');
    const { body } = await json('/api/nodes');
    expect(body).toEqual({
      cluster: 'Lab',
      nodes: [
        { ...node('CM1', '10.0.0.1'), isSelf: false, groups: [{ name: 'Default', place: 1 }] },
        {
          ...node('CM2', '10.0.0.2'),
          isSelf: true,
          groups: [
            { name: 'Default', place: 2 },
            { name: 'West', place: 1 },
          ],
        },
      ],
      groups: [
        { name: 'Default', members: ['CM1', 'CM2'], devices: 1, registered: 0 },
        { name: 'West', members: ['CM2'], devices: 1, registered: 1 },
      ],
      here: {
        registered: { SCCP: 1, SIP: 0 },
        connections: { SCCP: 3, SIP: 1 },
        standbyConnections: 2,
        standbyChecks: 1,
        tokens: { granted: 2, refused: 1 },
      },
    });
  });
});

describe('/api/history', () => {
  it('has the series and their samples, and refuses what is no duration', async () => {
    lab = await apiHarness();
    const { body } = await json('/api/history?since=10m');
    expect(body.every).toBe(5_000);
    expect(body.samples).toHaveLength(1);
    expect(body.samples[0]).toHaveLength(body.series.length + 1);
    expect(body.samples[0][1 + body.series.findIndex(({ name }: { name: string }) => name === 'devices.Unknown')]).toBe(
      2,
    );
    expect((await json('/api/history?since=yesterday')).status).toBe(400);
  });
});

it('/api/pools has the pools of DHCP', async () => {
  const pool = {
    subnet: '10.0.0.0/24',
    ranges: ['10.0.0.1-10.0.0.9'],
    ...{ size: 9, leased: 2, offered: 1, declined: 1, free: 5, reserved: { size: 1, leased: 1 } },
  };
  lab = await apiHarness({}, { pools: () => [pool] });
  expect((await json('/api/pools')).body).toEqual({ pools: [pool] });
});
