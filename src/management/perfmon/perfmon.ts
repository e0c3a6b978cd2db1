// PerfMon: answers its operations (`docs/protocols/apis.md` §7).

import type { EventBus } from '../../core/event-bus.js';
import type { Clock, Instant } from '../../core/time.js';
import type { XmlTreeNode } from '../../core/xml/tree.js';
import type { DeviceDatabase } from '../../devices/index.js';
import type { LabcmEvent } from '../../events.js';
import { MinuteLimit } from '../minute-limit.js';
import { Operations } from '../operations.js';
import type { SoapAnswer } from '../request-handler.js';
import { echoed, SoapFault } from '../soap/fault.js';
import { type AskedCounter, objectNamed, readPath, writePath } from './counter-path.js';
import { CALL_MANAGER, OBJECTS, type PerfCounter, type PerfObject, type PerfReading } from './counters.js';
import {
  ADD_COUNTER,
  CLOSE_SESSION,
  COLLECT,
  COLLECT_SESSION,
  type CounterInfo,
  DESCRIBE_COUNTER,
  LIST_COUNTER,
  LIST_INSTANCE,
  OPEN_SESSION,
  REMOVE_COUNTER,
} from './declaration.js';
import { LoadMeter } from './load-meter.js';
import { type CallsReading, countDevices, type DeviceTotals, type MachineReading, Tallies } from './readings.js';
import { PerfSessions } from './sessions.js';

/** What PerfMon sees of the daemon. */
export interface PerfSources {
  readonly clock: Clock;
  readonly bus: Pick<EventBus<LabcmEvent>, 'on'>;
  readonly devices: Pick<DeviceDatabase, 'devices'>;
  self(): { readonly name: string; readonly address: string };
  /** The machine now. Reads from the kernel, and waits for no disk. */
  machine(): MachineReading;
  calls(): CallsReading;
  /** Resolves in a later turn of the event loop. */
  pause(): Promise<void>;
  /** 128 random bits as text. */
  randomId(): string;
}

const GOOD = 1;
/** The instance that a session asks for is not there any more. */
const GONE = 2;
const NO_DEVICES: DeviceTotals = { hardware: 0, otherStations: 0, analog: 0, partial: 0, authenticated: 0 };
const COUNTER_LISTS = OBJECTS.map(({ name, instances, counters }) => ({
  Name: name,
  MultiInstance: instances !== undefined,
  ArrayOfCounter: { item: counters.map((counter) => ({ Name: counter.name })) },
}));

/** PerfMon. `perMinute`: the requests of all clients in a minute; `undefined`: any number. */
export class PerfMon {
  readonly #sources: PerfSources;
  readonly #tallies: Tallies;
  readonly #sessions: PerfSessions;
  readonly #meter: LoadMeter;
  readonly #startedAt: Instant;
  readonly #operations: Operations;

  constructor(sources: PerfSources, perMinute: number | undefined) {
    const { clock, bus } = sources;
    const now = clock.now();
    this.#sources = sources;
    this.#tallies = new Tallies(bus);
    this.#sessions = new PerfSessions(() => sources.randomId());
    this.#meter = new LoadMeter(sources.machine(), now);
    this.#startedAt = now;
    const limit = perMinute === undefined ? undefined : new MinuteLimit(perMinute);
    this.#operations = new Operations(() => {
      if (limit?.admit(clock.now()) !== false) return;
      throw new SoapFault(
        'Server.RateControl',
        `Exceeded allowed rate for Perfmon information. Current allowed rate for perfmon information is ${perMinute} requests per minute.`,
      );
    });
    this.#declare();
  }

  /** Answers the element of a request. Rejects with a `SoapFault`. */
  answer(request: XmlTreeNode): Promise<SoapAnswer> {
    return this.#operations.answer(request);
  }

  close(): void {
    this.#tallies.close();
  }

  #declare(): void {
    const sessions = this.#sessions;
    const now = (): Instant => this.#sources.clock.now();
    const done = { reply: {}, found: 0 };
    this.#operations
      .on(LIST_COUNTER, ({ Host }) => {
        this.#checkHost(Host);
        return { reply: { perfmonListCounterReturn: COUNTER_LISTS }, found: COUNTER_LISTS.length };
      })
      .on(LIST_INSTANCE, ({ Host, Object: name = '' }) => {
        this.#checkHost(Host);
        const { instances } = objectNamed(name);
        const found = instances?.(this.#reading(NO_DEVICES)) ?? [];
        return { reply: { perfmonListInstanceReturn: found.map((Name) => ({ Name })) }, found: found.length };
      })
      .on(DESCRIBE_COUNTER, ({ Counter = '' }) => {
        const { host, counter } = readPath(Counter);
        this.#checkHost(host);
        return { reply: { perfmonQueryCounterDescriptionReturn: counter.about }, found: 1 };
      })
      .on(COLLECT, async ({ Host = '', Object: name = '' }) => {
        this.#checkHost(Host);
        const found = await this.#collect(Host, objectNamed(name));
        return { reply: { perfmonCollectCounterDataReturn: found }, found: found.length };
      })
      .on(OPEN_SESSION, () => ({ reply: { perfmonOpenSessionReturn: sessions.open(now()) }, found: 0 }))
      .on(ADD_COUNTER, ({ SessionHandle = '', ArrayOfCounter }) => {
        sessions.add(SessionHandle, this.#known(pathsIn(ArrayOfCounter)), now());
        return done;
      })
      .on(REMOVE_COUNTER, ({ SessionHandle = '', ArrayOfCounter }) => {
        sessions.remove(SessionHandle, pathsIn(ArrayOfCounter), now());
        return done;
      })
      .on(COLLECT_SESSION, async ({ SessionHandle = '' }) => {
        const asked = sessions.counters(SessionHandle, now());
        const reading = await this.#readingFor(asked.map(({ object }) => object));
        const found = asked.map(({ path, instance, counter }) => counterInfo(path, counter, instance, reading));
        return { reply: { perfmonCollectSessionDataReturn: found }, found: found.length };
      })
      .on(CLOSE_SESSION, ({ SessionHandle = '' }) => {
        sessions.close(SessionHandle, now());
        return done;
      });
  }

  /** The counters of these paths, all of which there are. Throws a `SoapFault`. */
  #known(paths: readonly string[]): readonly AskedCounter[] {
    const reading = this.#reading(NO_DEVICES);
    const instances = new Map<PerfObject, ReadonlySet<string>>();
    return paths.map((path) => {
      const asked = readPath(path);
      const { host, object, instance } = asked;
      this.#checkHost(host);
      if (object.instances === undefined) return asked;
      const known = instances.get(object) ?? new Set(object.instances(reading));
      instances.set(object, known);
      if (!known.has(instance)) throw new SoapFault('Server', `Instance ${echoed(instance)} is not known`);
      return asked;
    });
  }

  async #collect(host: string, object: PerfObject): Promise<readonly CounterInfo[]> {
    const reading = await this.#readingFor([object]);
    return (object.instances?.(reading) ?? ['']).flatMap((instance) =>
      object.counters.map((each) => counterInfo(writePath(host, object, instance, each), each, instance, reading)),
    );
  }

  async #readingFor(objects: readonly PerfObject[]): Promise<PerfReading> {
    const { devices, pause } = this.#sources;
    const counts = objects.some(({ name }) => name === CALL_MANAGER);
    return this.#reading(counts ? await countDevices(devices, pause) : NO_DEVICES);
  }

  #reading(devices: DeviceTotals): PerfReading {
    const { clock, calls, machine: look } = this.#sources;
    const now = clock.now();
    const machine = look();
    return {
      ...{ devices, machine, calls: calls(), tallies: this.#tallies },
      load: this.#meter.load(machine, now),
      uptime: Math.floor((now - this.#startedAt) / 1000),
      phones: () => this.#phones(),
    };
  }

  #phones(): readonly string[] {
    const names: string[] = [];
    for (const { state, configured } of this.#sources.devices.devices())
      if (state === 'registered' || state === 'partially-registered') names.push(configured.name);
    return names;
  }

  /** A host is this node, by its name or its address. */
  #checkHost(host = ''): void {
    const { name, address } = this.#sources.self();
    if (host.toLowerCase() === name.toLowerCase() || host === address) return;
    throw new SoapFault('Server', `Host ${echoed(host)} is not known`);
  }
}

const counterInfo = (path: string, counter: PerfCounter, instance: string, reading: PerfReading): CounterInfo => {
  const value = counter.value(reading, instance);
  return { Name: path, Value: Math.round(value ?? 0), CStatus: value === undefined ? GONE : GOOD };
};

const pathsIn = (list: { readonly Counter: readonly { readonly Name: string | undefined }[] } | undefined) =>
  list?.Counter.map(({ Name = '' }) => Name) ?? [];
