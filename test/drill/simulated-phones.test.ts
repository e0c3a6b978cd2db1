// A whole drill in memory: two call managers, phones of both protocols, and a ledger that is written by what the phones see.

import { describe, expect, it } from 'vitest';
import { figuresOf } from '../../src/drill/figures.js';
import { drillPhone } from '../../src/drill/fleet-names.js';
import { Ledger } from '../../src/drill/ledger.js';
import { SimulatedPhones } from '../../src/drill/simulated-phones.js';
import { type PhoneHarness, PRIMARY, phoneHarness, SECONDARY } from '../phone/harness.js';
import { aDevice } from '../support/devices.js';
import { planOf } from './harness.js';

const COUNT = 40;

const PLAN = planOf(
  [
    'nodes: [A, B]',
    `phones: { count: ${COUNT}, boot: register, mix: 7962/sccp=1,7975/sip=1, times: { standby: 2s, monitor: 2s, allFailed: 2s } }`,
    'steps: [{ at: 10s, kill: A }]',
  ].join('\n'),
);

const devices = Array.from({ length: COUNT }, (_, at) => {
  const { name, model, protocol, dn } = drillPhone(PLAN, at);
  return aDevice(name, { model, protocol, lines: [dn] } as never);
});

const opened = async (plan = PLAN) => {
  const lab = await phoneHarness({ devices });
  const ledger = new Ledger(lab.clock.now());
  const phones = new SimulatedPhones({
    ...{ plan, ledger, environment: lab.environment, bus: lab.steps.bus },
    addressOf: (node) => (node === 'A' ? PRIMARY : SECONDARY),
    ports: { http: 0 },
    localAddress: (at) => `10.1.0.${at + 1}`,
  });
  const started = phones.start();
  await lab.pass(5, 0.05);
  await started;
  ledger.begin(lab.clock.now());
  return { lab, ledger, phones };
};

const figures = (lab: PhoneHarness, ledger: Ledger, from: number) =>
  figuresOf(ledger, { from: from as never, to: lab.clock.now() });

describe('simulated phones of a drill', () => {
  it('write down that they are at the first node, that it dies, and that they are at the second', async () => {
    const { lab, ledger, phones } = await opened();
    expect(ledger.registered).toBe(COUNT);
    const killedAt = lab.clock.now();
    await lab.primary.die();
    await lab.pass(5, 0.05);
    const { hit, back, at, moves, neverBack } = figures(lab, ledger, killedAt);
    expect({ hit, back: back.length, neverBack }).toEqual({ hit: COUNT, back: COUNT, neverBack: 0 });
    expect([...at]).toEqual([['B', COUNT]]);
    expect(moves).toEqual([{ from: 'A', to: 'B', phones: COUNT }]);
    const aliveAt = lab.clock.now();
    await lab.primary.live();
    await lab.pass(60, 0.05);
    expect([...figures(lab, ledger, aliveAt).at]).toEqual([['A', COUNT]]);
    ledger.close();
    const stopped = phones.stop();
    await lab.pass(2, 0.05);
    await stopped;
  });

  it('lose their registration with their power, and get it with it', async () => {
    const { lab, ledger, phones } = await opened();
    const offAt = lab.clock.now();
    phones.off();
    expect(ledger.registered).toBe(0);
    await lab.pass(3, 0.05);
    const on = phones.on();
    await lab.pass(5, 0.05);
    await on;
    const { back, outcomes } = figures(lab, ledger, offAt);
    expect(back).toHaveLength(COUNT);
    expect(new Set(outcomes.map(({ why }) => why))).toEqual(new Set(['it has no power']));
    expect(back[0]).toBeGreaterThanOrEqual(3_000);
  });

  it('that are spread begin with different nodes', async () => {
    const { lab, ledger } = await opened({ ...PLAN, phones: { ...PLAN.phones, spread: true } });
    expect([...figures(lab, ledger, lab.clock.now()).at]).toEqual([
      ['A', COUNT / 2],
      ['B', COUNT / 2],
    ]);
  });

  it('lose their registration with a command, and count what they begin', async () => {
    const { lab, ledger } = await opened();
    const at = lab.clock.now();
    for (const { name } of devices)
      if (drillPhone(PLAN, 0).name === name) lab.primary.sccp.command(name as never, 'reset');
    await lab.pass(8, 0.05);
    expect(figures(lab, ledger, at)).toMatchObject({ hit: 1, neverBack: 0, attempts: 1, peak: 1 });
  });
});
