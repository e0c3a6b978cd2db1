// What is wrong over all nodes: asked over the bus, read like input, and bounded.

import { describe, expect, it } from 'vitest';
import { LONGEST_VALUE } from '../../src/cluster/index.js';
import type { DeviceName } from '../../src/core/identifiers.js';
import { ClusterVerdicts } from '../../src/daemon/cluster-verdicts.js';
import type { ApiFinding, VerdictsView } from '../../src/http/index.js';
import { ClusterLab, flushed } from '../support/cluster-lab.js';

const finding = (lab: ClusterLab, sentence = 'the pool has no free address'): ApiFinding => ({
  ...{ code: 'dhcp.pool-empty', severity: 'blocking', confidence: 'certain', since: lab.now(), sentence },
  values: { pool: 'x' },
  evidence: [{ at: lab.now(), type: 'dhcp.refused', text: 'not answered' }],
  remedy: [{ do: 'config', text: 'widen the pool', file: 'lab.yaml', line: 12 }],
});

const viewOf = (more: Partial<VerdictsView>): VerdictsView => ({
  ...{ of: () => undefined, verdictOf: () => undefined, lastVerdictOf: () => undefined },
  ...{ daemon: () => [], groups: () => [], unknown: () => [], ...more },
});

const started = async (views: Readonly<Record<string, (lab: ClusterLab) => VerdictsView | undefined>>) => {
  const lab = new ClusterLab(['CM1', 'CM2', 'CM3'], []);
  await lab.start();
  const at = new Map(
    [...lab.nodes].map(([name, { service }]) => [
      name,
      new ClusterVerdicts({ clock: lab.clock, cluster: service, verdicts: () => views[name]?.(lab) }),
    ]),
  );
  const asked = async () => {
    const answering = at.get('CM1')?.elsewhere();
    await lab.advance(1_500);
    return answering;
  };
  return { lab, asked };
};

describe('what is wrong over all nodes', () => {
  it('is what each says, the times by the clock of who asks', async () => {
    const since = new Map<string, number>();
    const { lab, asked } = await started({
      CM2: (made) => {
        since.set('CM2', made.now());
        const one = finding(made);
        const devices = Array.from({ length: 40 }, (_, index) => `SEP${String(index).padStart(12, '0')}` as DeviceName);
        return viewOf({
          daemon: () => [one],
          groups: () => [
            { ...{ code: one.code, finding: one, devices, since: made.now() }, sentence: '40 phones', common: ['all'] },
          ],
          unknown: () => [{ name: 'SEP0000000000AA', isNamed: true, verdict: one }],
        });
      },
    });
    const answer = await asked();
    expect(answer?.silent).toEqual([]);
    expect(answer?.nodes.map(({ node }) => node)).toEqual(['CM2', 'CM3']);
    const [two, three] = answer?.nodes ?? [];
    expect(two?.daemon).toEqual([{ ...finding(lab), since: since.get('CM2'), evidence: [expect.any(Object)] }]);
    expect(two?.groups).toMatchObject([{ code: 'dhcp.pool-empty', count: 40, sentence: '40 phones', common: ['all'] }]);
    expect(two?.groups[0]?.devices).toHaveLength(10);
    expect(two?.unknown).toMatchObject([{ name: 'SEP0000000000AA', isNamed: true, verdict: { evidence: [] } }]);
    expect(three).toEqual({ node: 'CM3', daemon: [], groups: [], unknown: [] });
  });

  it('names the nodes that are dead or do not answer', async () => {
    const { lab, asked } = await started({ CM2: () => viewOf({}) });
    lab.kill('CM3');
    await lab.advance(10_000);
    lab.node('CM2').bus.serve(() => new Promise(() => {}));
    expect(await asked()).toEqual({ nodes: [], silent: ['CM2', 'CM3'] });
  });

  it('is bounded, however much a node has to say', async () => {
    const { lab, asked } = await started({
      CM2: (made) => {
        const one = finding(made, 'x'.repeat(200));
        const many = { ...one, evidence: Array(500).fill(one.evidence[0]), remedy: Array(5).fill(one.remedy[0]) };
        return viewOf({
          daemon: () => Array(200).fill(many),
          groups: () =>
            Array(200).fill({ code: 'x', finding: many, devices: [], since: made.now(), sentence: '', common: [] }),
          unknown: () => Array(200).fill({ name: 'x', isNamed: false, verdict: many }),
        });
      },
    });
    const [two] = (await asked())?.nodes ?? [];
    expect([two?.daemon.length, two?.groups.length, two?.unknown.length]).toEqual([32, 32, 32]);
    expect(JSON.stringify(two).length).toBeLessThan(LONGEST_VALUE);
    await flushed();
    expect(lab.nodes.size).toBe(3);
  });

  it.each([{}, { daemon: 7, groups: [null, 1], unknown: 'x' }, { groups: [{ count: -1, since: 'x', devices: {} }] }])(
    'leaves out what cannot be read: %j',
    async (answer) => {
      const { lab, asked } = await started({});
      lab.node('CM2').service.questions.on('verdicts', () => answer);
      const found = (await asked())?.nodes[0];
      expect(found).toMatchObject({ node: 'CM2', daemon: [], unknown: [] });
      for (const group of found?.groups ?? []) expect(group).toMatchObject({ code: '', count: 0, devices: [] });
    },
  );
});
