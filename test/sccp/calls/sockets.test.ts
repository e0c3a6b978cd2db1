// A call over real sockets: what one phone's message changes at the other leaves on the other's link.

import { expect, it } from 'vitest';
import { CallControl, type CallEvent, CallNumbers, DEFAULT_CALLS, DialPlan } from '../../../src/calls/index.js';
import { EventBus, type Publisher } from '../../../src/core/event-bus.js';
import { appearanceOf, CallPhones } from '../../../src/daemon/call-phones.js';
import { LineStateService } from '../../../src/daemon/line-states.js';
import { DeviceDatabase } from '../../../src/devices/index.js';
import type { LabcmEvent } from '../../../src/events.js';
import { nodeStreams } from '../../../src/net/sockets/node-streams.js';
import { systemClock } from '../../../src/net/system-clock.js';
import { encode } from '../../../src/sccp/messages/catalogue.js';
import { SccpServer } from '../../../src/sccp/server.js';
import { DEFAULT_SCCP } from '../../../src/sccp/settings.js';
import { aDevice } from '../../support/devices.js';
import { seededRandom } from '../../support/random.js';
import { readFrame } from '../../support/sccp-harness.js';
import { SccpPhone } from '../../support/sccp-phone.js';

const VERSION = 20;

it('two phones call each other, and each hears its own messages in their order', async () => {
  const bus = new EventBus<LabcmEvent>((error) => {
    throw error;
  });
  const database = new DeviceDatabase(bus);
  const names = ['SEP000000000001', 'SEP000000000002'] as const;
  const devices = names.map((name, index) => aDevice(name, { lines: [`500${index + 1}`] }));
  database.configure(devices, systemClock.now());
  const phones = new CallPhones(database);
  const control = new CallControl({
    settings: DEFAULT_CALLS,
    dialPlan: new DialPlan(phones, DEFAULT_CALLS),
    phones,
    services: { portFor: () => undefined },
    numbers: new CallNumbers(1, 1),
    bus: bus as unknown as Publisher<CallEvent>,
  });
  const settings = { ...DEFAULT_SCCP, address: '127.0.0.1', port: 0 };
  const server = new SccpServer(settings, {
    network: nodeStreams,
    clock: systemClock,
    random: seededRandom(1),
    database,
    bus,
    lineStates: new LineStateService({ clock: systemClock, database, bus }).states,
    calling: { control, appearanceOf },
  });
  await server.open();
  if (server.legSupplier !== undefined) phones.serve('SCCP', server.legSupplier);
  const port = server.listeners[0]?.local.port ?? 0;
  const [a, b] = (await Promise.all(names.map(() => SccpPhone.connect(port)))) as [SccpPhone, SccpPhone];
  await Promise.all([a.comeUp(names[0]), b.comeUp(names[1])]);

  const states = (frames: readonly Buffer[]): unknown[] =>
    frames
      .map((frame) => readFrame(frame, VERSION))
      .filter(({ name }) => name === 'CallStateMessage')
      .map(({ fields }) => fields.callState);
  a.write(encode('EnblocCallMessage', { calledParty: '5002' }, VERSION));
  // Ring back: StartTone at the caller, SetRinger at the called phone.
  const calling = [...(await a.until(0x82)), ...(await a.until(0x14a))];
  const called = await b.until(0x85);
  expect([states(calling), states(called)]).toEqual([[1, 12, 3], [4]]);
  b.write(encode('OffHookMessage', {}, VERSION));
  const answered = await b.until(0x14a);
  expect([states(await a.until(0x14a)), states(answered)]).toEqual([[5], [1, 5]]);
  a.write(encode('OnHookMessage', {}, VERSION));
  expect([states(await a.until(0x94)), states(await b.until(0x94))]).toEqual([[2], [2]]);
  expect(control.calls.size).toBe(0);
  await Promise.all([a.close(), b.close()]);
  await server.close();
});
