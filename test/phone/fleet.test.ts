import { describe, expect, it } from 'vitest';
import { milliseconds, seconds } from '../../src/core/time.js';
import {
  Fleet,
  type FleetOutcome,
  fleetReport,
  fromPattern,
  type PhoneOptions,
  progressLine,
} from '../../src/phone/index.js';
import { aDevice } from '../support/devices.js';
import { type PhoneHarness, PRIMARY, phoneHarness } from './harness.js';

const NAME = 'SEP02%010X';
const COUNT = 60;

const devices = Array.from({ length: COUNT }, (_, number) =>
  aDevice(fromPattern(NAME, number), { protocol: number % 2 === 0 ? 'SCCP' : 'SIP', lines: [`${6000 + number}`] }),
);

const phoneAt = (number: number): PhoneOptions => ({
  name: fromPattern(NAME, number),
  protocol: number % 2 === 0 ? 'SCCP' : 'SIP',
  boot: 'register',
  server: PRIMARY,
  lines: [`${6000 + number}`],
  localAddress: `10.1.0.${number + 1}`,
});

const fleetOf = (lab: PhoneHarness, plan: Partial<ConstructorParameters<typeof Fleet>[2]> = {}): Fleet =>
  new Fleet(lab.environment, lab.steps.bus, {
    count: COUNT,
    rate: 20,
    hold: seconds(10),
    within: seconds(5),
    phoneAt,
    ...plan,
  });

const finish = async (lab: PhoneHarness, fleet: Fleet, most = 60): Promise<FleetOutcome> => {
  let outcome: FleetOutcome | undefined;
  const running = fleet.run().then((came) => {
    outcome = came;
  });
  for (let passed = 0; passed < most * 20 && outcome === undefined; passed += 1) await lab.pass(0.05, 0.05);
  await running;
  if (outcome === undefined) throw new Error('the fleet never ends');
  return outcome;
};

describe('a fleet', () => {
  it('starts at its rate, holds, and leaves politely', async () => {
    const lab = await phoneHarness({ devices });
    const fleet = fleetOf(lab);
    const running = finish(lab, fleet);
    const outcome = await running;
    expect(outcome).toMatchObject({ started: COUNT, everRegistered: COUNT, registeredAtEnd: COUNT, failed: 0 });
    expect(outcome.ramp).toBeGreaterThanOrEqual(2_900);
    expect(outcome.ramp).toBeLessThan(3_300);
    for (const { name } of devices) expect(lab.primary.state(name)).toBe('unregistered');
    expect(outcome.metrics.boot.count).toBe(COUNT);
    expect(fleetReport(outcome)[0]).toMatch(
      /^60 phones started, 60 registered in \d+ ms \(\d+ a second\), 60 at the end, 0 failed$/,
    );
  });

  it('says how many failed and why', async () => {
    const lab = await phoneHarness({ devices: devices.slice(0, 40), policy: { autoRegistration: undefined } });
    const outcome = await finish(lab, fleetOf(lab));
    expect(outcome).toMatchObject({ registeredAtEnd: 40, failed: 20 });
    expect(Object.fromEntries(outcome.metrics.reasons)).toEqual({
      'Error DBConfig': 10,
      '404 Not Found: Auto-registration failed': 10,
    });
  });

  it('counts what never answers as failed', async () => {
    const lab = await phoneHarness({ devices });
    await lab.primary.die();
    const outcome = await finish(lab, fleetOf(lab, { count: 5 }));
    expect(outcome).toMatchObject({ everRegistered: 0, failed: 5 });
  });

  it('can be cut short, and still leaves politely', async () => {
    const lab = await phoneHarness({ devices });
    const fleet = fleetOf(lab, { hold: seconds(3600) });
    const running = fleet.run();
    await lab.pass(5, 0.05);
    expect(fleet.progress()).toMatchObject({ phase: 'holding', registered: COUNT });
    expect(progressLine(fleet.progress())).toMatch(
      /^5 s holding: 60 started, 60 registered, 0 failed, boot p50 \d+ ms/,
    );
    fleet.cutShort();
    await lab.pass(1);
    expect(await running).toMatchObject({ phase: 'over', registeredAtEnd: COUNT });
    expect(lab.primary.sccp.links).toBe(0);
  });

  it('loses its power all at once, without a word, and boots again when it is back', async () => {
    const lab = await phoneHarness({ devices });
    const states: string[] = [];
    const fleet = fleetOf(lab, {
      hold: seconds(3600),
      onChange: (phone, number) => {
        if (number === 7) states.push(phone.state);
      },
    });
    const running = fleet.run();
    await lab.pass(5, 0.05);
    fleet.unplug();
    await lab.pass(1, 0.05);
    expect(fleet.progress()).toMatchObject({ registered: 0, failed: 0 });
    expect(lab.steps.events.filter(({ type }) => type === 'phone.unregistering')).toEqual([]);
    const on = fleet.plugIn();
    await lab.pass(5, 0.05);
    await on;
    expect(fleet.progress()).toMatchObject({ started: COUNT, registered: COUNT, failed: 0 });
    expect(states).toEqual(['booting', 'registering', 'registered', 'stopped', 'booting', 'registering', 'registered']);
    fleet.cutShort();
    await lab.pass(1);
    expect(await running).toMatchObject({ registeredAtEnd: COUNT });
  });

  it('sees keepalives that nobody answers', async () => {
    const lab = await phoneHarness({ devices });
    const fleet = fleetOf(lab, { count: 10, hold: seconds(100) });
    const running = finish(lab, fleet, 120);
    await lab.pass(5, 0.05);
    lab.streams.unreachable(PRIMARY);
    const outcome = await running;
    expect(outcome.metrics.counts.get('phone.keepalive-missed')).toBeGreaterThanOrEqual(5);
    expect(outcome.elapsed).toBeGreaterThan(milliseconds(100_000));
  });
});
