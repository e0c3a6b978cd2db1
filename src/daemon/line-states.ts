// The states of directory numbers as a part of the daemon: over the device database, the legs of calls and the event bus, with a
// timer of their own.

import { type CallControl, type CallEvent, type DeviceLegs, LineStates, type NumberChanges } from '../calls/index.js';
import { DeadlineTimer } from '../core/deadline-timer.js';
import type { Publisher } from '../core/event-bus.js';
import type { Clock } from '../core/time.js';
import { DEVICE_CONFIGURED, type DeviceDatabase, type DeviceEvent, NumberStates } from '../devices/index.js';

/** The event bus as line states use it. */
export interface LineStateBus extends Publisher<CallEvent> {
  on<T extends (CallEvent | DeviceEvent)['type']>(
    type: T,
    listener: (event: Extract<CallEvent | DeviceEvent, { type: T }>) => void,
  ): () => void;
}

/** What line states are made from. */
export interface LineStateEnvironment {
  readonly clock: Clock;
  readonly database: DeviceDatabase;
  readonly bus: LineStateBus;
}

/** What line states ask of calls: the legs of devices, and whether what phones set is kept with their devices. */
export type ServedCalls = Pick<CallControl, 'legs' | 'features'>;

/** Line states that run by the clock. */
export class LineStateService {
  readonly states: LineStates;
  readonly #timer: DeadlineTimer;
  #calls: ServedCalls | undefined;

  constructor({ clock, database, bus }: LineStateEnvironment) {
    const legs = (): DeviceLegs | undefined => this.#calls?.legs;
    this.states = new LineStates({
      numbers: new NumberStates(database, () => this.#calls?.features.canSet === true),
      legs,
      bus,
      listen: (changes) => listen({ bus, database, legs }, changes),
    });
    this.#timer = new DeadlineTimer(this.states, clock);
    this.states.onEarlierDeadline(() => this.#timer.rearm());
  }

  /** From now on calls count, too. */
  serve(calls: ServedCalls): void {
    this.#calls = calls;
  }

  stop(): void {
    this.#timer.stop();
  }
}

/** The events after which the line of their leg may show another state or another call. */
const OF_LEGS = [
  'call.off-hook',
  'call.offered',
  'call.analysed',
  'call.alerting',
  'call.answered',
  'call.joined',
  'call.held',
  'call.resumed',
  'call.preserved',
  'call.released',
] as const satisfies readonly CallEvent['type'][];

const OF_REGISTRATIONS = ['device.registered', 'device.partially-registered', 'device.unregistered'] as const;

const listen = (
  { bus, database, legs }: Omit<LineStateEnvironment, 'clock'> & { legs(): DeviceLegs | undefined },
  changes: NumberChanges,
): (() => void) => {
  const allLinesOf = (device: string, at: CallEvent['at']): void => {
    for (const { dn } of database.byName(device)?.configured.lines ?? []) changes.changed(dn, at);
  };
  // Of both ends, since each shows the other. The number of the event counts where the leg has gone already.
  const ofCall = (ci: number, dn: string, at: CallEvent['at']): void => {
    changes.changed(dn, at);
    const call = legs()?.byNumber(ci)?.call;
    if (call === undefined) return;
    for (const leg of [call.caller, ...call.called]) changes.changed(leg.dn, at);
  };
  const stops = [
    ...OF_LEGS.map((type) => bus.on(type, ({ leg, dn, at }) => ofCall(leg, dn, at))),
    ...OF_REGISTRATIONS.map((type) => bus.on(type, ({ device, at }) => allLinesOf(device, at))),
    ...DEVICE_CONFIGURED.map((type) => bus.on(type, ({ at }) => changes.allChanged(at))),
    bus.on('device.reported', ({ device, facts, at }) => {
      if ('doNotDisturb' in facts) allLinesOf(device, at);
    }),
    bus.on('device.do-not-disturb-set', ({ device, at }) => allLinesOf(device, at)),
  ];
  return () => {
    for (const stop of stops) stop();
  };
};
