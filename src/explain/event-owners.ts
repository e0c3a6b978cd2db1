// Whose an event is, and to which part of a boot it belongs: of every type, also of those that no timeline keeps.

import type { EventBus } from '../core/event-bus.js';
import { type DeviceName, parseMacAddress } from '../core/identifiers.js';
import type { DeviceRecord } from '../devices/index.js';
import type { LabcmEvent } from '../events.js';
import { type EventSubject, rowOf, type Step, TIMELINE_ROWS } from './timeline-events.js';
import type { Timelines } from './timelines.js';

/** Whose an event is. */
export interface OwnedEvent {
  /** A device; else the name of an unknown phone, else its hardware address, else its address. `undefined`: not known. */
  readonly owner: string | undefined;
  /** `undefined`: it is about no phone. */
  readonly step: Step | undefined;
}

/** The part of the device database that says who registers from where. */
export interface RegisteredDevices {
  devices(): Iterable<DeviceRecord>;
}

const EVERY_STEP: Readonly<Record<Step, true>> = {
  configuration: true,
  dhcp: true,
  tftp: true,
  http: true,
  network: true,
  connection: true,
  tls: true,
  sccp: true,
  sip: true,
  registration: true,
  report: true,
  command: true,
  call: true,
  injected: true,
};

/** The steps that events may belong to, in the order of a boot. */
export const STEPS: readonly string[] = Object.keys(EVERY_STEP);

/** The step of event types without a row in the table of timelines. */
const STEP_OF_TYPE: Readonly<Partial<Record<LabcmEvent['type'], Step>>> = {
  'device.added': 'configuration',
  'device.removed': 'configuration',
  'file.built': 'configuration',
  'file.broken': 'configuration',
  'http.commands-begun': 'command',
  'http.commands-ended': 'command',
};

/** The step of the types that are not in that table either, by what stands before the dot. */
const STEP_OF_GROUP: Readonly<Record<string, Step>> = {
  call: 'call',
  dhcp: 'dhcp',
  http: 'http',
  lease: 'dhcp',
  management: 'http',
  rtp: 'call',
  sccp: 'sccp',
  service: 'http',
  sip: 'sip',
  tftp: 'tftp',
};

/** Their address is labcm's own, or that of a client of the API. */
const NOT_OF_PHONES: ReadonlySet<LabcmEvent['type']> = new Set([
  'http.api-refused',
  'http.commands-begun',
  'listener.closed',
  'listener.opened',
  'management.asked',
  'management.refused',
  'rtp.port-taken',
  'sip.trunk-down',
  'sip.trunk-refused',
  'sip.trunk-registration',
  'sip.trunk-up',
]);

interface Flow {
  readonly transport: string;
  readonly address: string;
  readonly port: number;
}

const keyOf = ({ transport, address, port }: Flow): string => `${transport} ${address} ${port}`;

/** Says whose events are, while somebody wants to know it. */
export class EventOwners {
  readonly steps = STEPS;
  readonly #bus: EventBus<LabcmEvent>;
  readonly #devices: RegisteredDevices;
  readonly #timelines: Pick<Timelines, 'ownerOf'>;

  constructor(bus: EventBus<LabcmEvent>, devices: RegisteredDevices, timelines: Pick<Timelines, 'ownerOf'>) {
    this.#bus = bus;
    this.#devices = devices;
    this.#timelines = timelines;
  }

  /** Begins to follow who registers from where, until `close` of what it returns. */
  watch(): OwnerWatch {
    return new OwnerWatch(this.#bus, this.#devices, this.#timelines);
  }
}

/**
 * Says whose an event is at the moment in which it is published. SIP messages name no device: theirs is the one that is
 * registered over the flow, so that phones behind one address are told apart.
 */
export class OwnerWatch {
  readonly #timelines: Pick<Timelines, 'ownerOf'>;
  /** By flow; `undefined`: several devices share it. */
  readonly #onFlow = new Map<string, DeviceName | undefined>();
  readonly #listening: readonly (() => void)[];

  constructor(bus: EventBus<LabcmEvent>, devices: RegisteredDevices, timelines: Pick<Timelines, 'ownerOf'>) {
    this.#timelines = timelines;
    for (const { registration } of devices.devices())
      if (registration?.protocol === 'SIP') this.#enter(registration.device, registration);
    this.#listening = [
      bus.on('device.registering', (event) => {
        if (event.protocol === 'SIP') this.#enter(event.device, event);
      }),
      bus.on('device.unregistered', (event) => {
        const key = keyOf(event);
        if ((this.#onFlow.get(key) ?? event.device) === event.device) this.#onFlow.delete(key);
      }),
    ];
  }

  /** Whose the event is, and its step. */
  subjectOf(event: LabcmEvent): OwnedEvent {
    const step = stepOfEvent(event);
    if (NOT_OF_PHONES.has(event.type)) return { owner: undefined, step };
    const subject = subjectOfEvent(event);
    const owner = this.#timelines.ownerOf(this.#withFlow(event, subject), event.at);
    if (owner === undefined) return { owner, step };
    return { owner: 'configured' in owner ? owner.configured.name : (owner.name ?? owner.mac ?? owner.address), step };
  }

  /** Stops following. */
  close(): void {
    for (const stop of this.#listening) stop();
    this.#onFlow.clear();
  }

  #enter(device: DeviceName, flow: Flow): void {
    const key = keyOf(flow);
    const isAnothers = this.#onFlow.has(key) && this.#onFlow.get(key) !== device;
    this.#onFlow.set(key, isAnothers ? undefined : device);
  }

  #withFlow(event: LabcmEvent, subject: EventSubject): EventSubject {
    if (subject.device || !('transport' in event && 'address' in event && 'port' in event)) return subject;
    const device = this.#onFlow.get(keyOf(event));
    return device === undefined ? subject : { ...subject, device };
  }
}

const stepOfEvent = ({ type }: LabcmEvent): Step | undefined =>
  type in TIMELINE_ROWS ? rowOf(type).step : (STEP_OF_TYPE[type] ?? STEP_OF_GROUP[type.slice(0, type.indexOf('.'))]);

/** By the row of its type, else by the fields that it has. */
const subjectOfEvent = (event: LabcmEvent): EventSubject => {
  const { subject } = rowOf(event.type);
  if (subject !== undefined) return subject(event);
  const device = 'device' in event ? event.device : undefined;
  if ('station' in event) return { device: event.station.device, address: event.station.address };
  if ('context' in event) {
    const { address, port } = event.context;
    return { device, file: 'file' in event ? event.file : undefined, address, port };
  }
  // The address of a DHCP message is the one that it is about, which may belong to another client.
  if ('mac' in event) return { device, mac: event.mac === undefined ? undefined : parseMacAddress(event.mac) };
  return { device, address: 'address' in event ? event.address : undefined };
};
