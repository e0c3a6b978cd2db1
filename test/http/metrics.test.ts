// The metrics as text, and the times that are observed.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EventBus } from '../../src/core/event-bus.js';
import { instant } from '../../src/core/time.js';
import { DeviceDatabase } from '../../src/devices/index.js';
import type { LabcmEvent } from '../../src/events.js';
import { LOOK_EVERY, LoopDelay } from '../../src/http/api/loop-delay.js';
import { renderMetrics } from '../../src/http/api/metrics.js';
import { MetricsCollector } from '../../src/http/api/metrics-collector.js';
import { anAttempt, seedDevices } from '../support/devices.js';
import { ManualClock } from '../support/manual-clock.js';

describe('the event loop', () => {
  let clock: ManualClock;
  let seen: number[];
  let delay: LoopDelay;

  beforeEach(() => {
    clock = new ManualClock();
    seen = [];
    delay = new LoopDelay(clock, (seconds) => seen.push(seconds));
  });

  it('is looked at every 20 ms, and is not late when nothing holds it up', () => {
    clock.advance(1_000);
    expect(seen).toEqual(Array.from({ length: 1_000 / LOOK_EVERY }, () => 0));
  });

  it('counts a look that is late for those that could not take place', () => {
    clock.standStill(20 + 50);
    clock.advance(0);
    expect(seen).toEqual([0.05, 0.03, 0.01]);
    clock.advance(20);
    expect(seen).toHaveLength(4);
  });

  it('counts a standstill of a day as one of a minute', () => {
    clock.standStill(86_400_000);
    clock.advance(0);
    expect(seen).toHaveLength(3_000);
    expect(seen[0]).toBe((86_400_000 - LOOK_EVERY) / 1000);
  });

  it('is left alone after the end', () => {
    delay.close();
    expect(clock.armed).toBe(0);
  });
});

describe('times', () => {
  let clock: ManualClock;
  let bus: EventBus<LabcmEvent>;
  let database: DeviceDatabase;
  let collector: MetricsCollector;

  beforeEach(() => {
    clock = new ManualClock();
    bus = new EventBus<LabcmEvent>((error) => {
      throw error;
    });
    database = new DeviceDatabase(bus);
    database.configure(seedDevices(), clock.now());
    collector = new MetricsCollector(bus, database, clock);
  });
  afterEach(() => {
    collector.close();
    expect(clock.armed).toBe(0);
  });

  const publish = (type: LabcmEvent['type'], fields: object): void =>
    bus.publish({ type, at: clock.now(), ...fields } as unknown as LabcmEvent);
  const text = async () => (await renderMetrics(collector.metrics(), collector.histograms)).text;

  it('of calls are counted from the last digit to the first ring', async () => {
    publish('call.alerting', { waited: 4 });
    publish('call.alerting', { waited: 300 });
    const shown = await text();
    expect(shown).toContain('# TYPE labcm_call_setup_seconds histogram\n');
    expect(shown).toContain('labcm_call_setup_seconds_bucket{le="0.005"} 1\n');
    expect(shown).toContain('labcm_call_setup_seconds_bucket{le="0.5"} 2\n');
    expect(shown).toContain('labcm_call_setup_seconds_bucket{le="+Inf"} 2\n');
    expect(shown).toContain('labcm_call_setup_seconds_sum 0.304\n');
  });

  it('of registrations are counted from the first message to the last one', async () => {
    const admission = database.register(anAttempt('ipctest2'), clock.now());
    if (!admission.accepted) throw new Error(admission.reason);
    const { registration } = admission;
    clock.advance(200);
    database.reportCapabilities(registration, [], clock.now());
    const shown = await text();
    expect(shown).toContain('labcm_registration_seconds_bucket{le="0.1",protocol="SCCP"} 0\n');
    expect(shown).toContain('labcm_registration_seconds_sum{protocol="SCCP"} 0.2\n');
    publish('device.registered', { device: 'gone', protocol: 'SIP' });
    expect(await text()).not.toContain('labcm_registration_seconds_sum{protocol="SIP"}');
  });

  it('of files are counted of those that were given, by protocol', async () => {
    publish('tftp.completed', { milliseconds: 1_500, octets: 7 });
    const asked = { milliseconds: 20, status: 200, method: 'GET', outcome: 'served' };
    publish('http.file', asked);
    publish('http.file', { ...asked, method: 'HEAD' });
    publish('http.file', { ...asked, status: 404, outcome: 'missing' });
    const shown = await text();
    expect(shown).toContain('labcm_file_transfer_seconds_sum{protocol="TFTP"} 1.5\n');
    expect(shown).toContain('labcm_file_transfer_seconds_count{protocol="HTTP"} 1\n');
  });

  it('go on being counted after somebody has asked', async () => {
    publish('call.alerting', { waited: 4 });
    expect(await text()).toContain('labcm_call_setup_seconds_count 1\n');
    publish('call.alerting', { waited: 4 });
    expect(await text()).toContain('labcm_call_setup_seconds_count 2\n');
  });
});

describe('the text', () => {
  it('has quantiles as a summary', async () => {
    const { text } = await renderMetrics([
      { kind: 'quantiles', name: 'lag', help: 'Lag', values: [{ labels: { quantile: '0.5' }, value: 2 }] },
    ]);
    expect(text).toBe('# HELP lag Lag\n# TYPE lag summary\nlag{quantile="0.5"} 2\n');
  });

  it('is not made where two metrics have one name', async () => {
    const one = { kind: 'gauge', name: 'one', help: 'One', values: [{ value: instant(1) }] } as const;
    await expect(renderMetrics([one, one])).rejects.toThrow('one');
  });
});
