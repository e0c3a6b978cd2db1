// Addresses that this machine got later, and on which a service cannot listen.

import { expect, it } from 'vitest';
import { EventBus } from '../../src/core/event-bus.js';
import { reportLater } from '../../src/daemon/service.js';
import type { LabcmEvent } from '../../src/events.js';
import { ManualClock } from '../support/manual-clock.js';

const failure = (code: string): NodeJS.ErrnoException => Object.assign(new Error(code), { code });

it('a port that is taken on such an address is told once, and when it is free', () => {
  const bus = new EventBus<LabcmEvent>((error) => {
    throw error;
  });
  const told: LabcmEvent[] = [];
  bus.on('listener.failed', (event) => told.push(event));
  bus.on('listener.opened', (event) => told.push(event));
  const report = reportLater({ bus, clock: new ManualClock() }, { service: 'TFTP', transport: 'udp', port: 69 });
  report('10.2.0.5', failure('EADDRNOTAVAIL')); // not ready yet
  report('10.2.0.5', failure('EADDRINUSE'));
  report('10.2.0.5', failure('EADDRINUSE'));
  report('10.2.0.5', undefined);
  report('10.2.0.5', failure('EACCES'));
  const listener = { service: 'TFTP', transport: 'udp', address: '10.2.0.5', port: 69 };
  expect(told).toMatchObject([
    { type: 'listener.failed', code: 'EADDRINUSE', ...listener },
    { type: 'listener.opened', ...listener },
    { type: 'listener.failed', code: 'EACCES', ...listener },
  ]);
});
