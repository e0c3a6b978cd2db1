// An injector on a clock that a test advances, and rules with little writing.

import { EventBus } from '../../src/core/event-bus.js';
import { milliseconds } from '../../src/core/time.js';
import type { LabcmEvent } from '../../src/events.js';
import type { FaultInjected } from '../../src/injection/events.js';
import { Injector } from '../../src/injection/injector.js';
import { DEFAULT_FAULT_RULE, type FaultRule } from '../../src/injection/settings.js';
import type { SubjectDevices } from '../../src/injection/subjects.js';
import { ManualClock } from '../support/manual-clock.js';

/** A rule with the defaults of the configuration. */
export const ruleOf = (rule: Pick<FaultRule, 'where' | 'fault'> & Partial<FaultRule>): FaultRule => {
  const { rate: _, ...defaults } = DEFAULT_FAULT_RULE;
  return { ...defaults, message: [], after: milliseconds(0), ...rule };
};

/** Nobody is configured. */
export const NOBODY_KNOWN: SubjectDevices = {
  devices: () => [],
  byName: () => undefined,
  byMac: () => undefined,
  byDirectoryNumber: () => [],
  fileRequesterAt: () => undefined,
  holderOf: () => undefined,
};

export class InjectorHarness {
  readonly clock = new ManualClock();
  readonly events: LabcmEvent[] = [];
  readonly bus = new EventBus<LabcmEvent>((error) => {
    throw error;
  });
  readonly injector: Injector;

  constructor(devices: SubjectDevices = NOBODY_KNOWN) {
    this.injector = new Injector({ clock: this.clock, bus: this.bus, devices });
    this.bus.subscribe((event) => this.events.push(event));
  }

  get injected(): readonly FaultInjected[] {
    return this.events.filter((event): event is FaultInjected => event.type === 'fault.injected');
  }

  /** The types of the events so far, each with its rule. */
  get told(): readonly string[] {
    return this.events.map((event) => `${event.type} ${'rule' in event ? event.rule : ''}`);
  }
}
