import { describe, expect, it } from 'vitest';
import { labcm } from './harness.js';

const node = (name: string, more: object = {}) => ({
  ...{ name, description: name, address: '10.0.0.1', sccpPort: 2000, sipPort: 5060, sipTlsPort: 5061 },
  ...{ isSelf: name === 'CM1', groups: [{ name: 'Default', place: 1 }] },
  ...more,
});
const alive = { state: 'alive', since: '2026-11-30T09:00:00.000Z', version: '0.1.0', registered: { SCCP: 2, SIP: 1 } };
const bus = { address: 'nats://10.0.0.9:4222', state: 'connected', since: alive.since, reason: null, waiting: 0 };

const asked = (body: object, args: readonly string[] = []) =>
  labcm(['nodes', ...args], { api: ({ url }) => (url.endsWith('/api/nodes') ? { body } : { status: 404, body: {} }) });

describe('labcm nodes', () => {
  it('lists what is configured where no bus connects them', async () => {
    const { code, out, err } = await asked({ cluster: 'Lab', nodes: [node('CM1'), node('CM2')] });
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      'NODE   ADDRESS   SCCP PORT  SIP PORT  GROUPS        DESCRIPTION',
      'CM1 *  10.0.0.1  2000       5060      1 of Default  CM1',
      'CM2    10.0.0.1  2000       5060      1 of Default  CM2',
      '',
    ]);
    expect(err).toBe('2 nodes of Lab; without cluster.bus they know nothing of each other\n');
  });

  it('lists who is alive, and says when the bus is gone', async () => {
    const nodes = [node('CM1', alive), node('CM2', { state: 'dead', since: null })];
    const { out, err } = await asked({ cluster: 'Lab', nodes, bus });
    expect(out).toMatch(
      /^NODE +STATE +SINCE +SCCP +SIP +ADDRESS +VERSION +GROUPS\nCM1 \* +alive +\S+ \S+ +2 +1 +10\.0\.0\.1/,
    );
    expect(out).toMatch(/\nCM2 +dead +- +- +- /);
    expect(err).toMatch(/^1 of 2 nodes of Lab alive; the bus at nats:\/\/10\.0\.0\.9:4222 answers since /);
    const gone = { ...bus, state: 'gone', reason: 'connection refused' };
    expect((await asked({ cluster: 'Lab', nodes, bus: gone })).err).toMatch(
      / is gone since \S+ \S+: connection refused\n$/,
    );
  });

  it('gives what the API gives', async () => {
    const body = { cluster: 'Lab', nodes: [node('CM1', alive)], bus };
    expect(JSON.parse((await asked(body, ['--json'])).out)).toEqual(body);
  });

  it('shows an example', async () => {
    const { code, out } = await labcm(['nodes', '--help']);
    expect(code).toBe(0);
    expect(out).toContain('Examples:');
    expect(out).toContain('who is alive');
  });
});
