import type { EventBus } from '../core/event-bus.js';
import {
  Fleet,
  type Phone,
  type PhoneEnvironment,
  type PhoneOptions,
  type PhoneStep,
  type StepOf,
  type StepType,
} from '../phone/index.js';
import { drillPhone } from './fleet-names.js';
import type { Ledger } from './ledger.js';
import type { DrillPlan } from './plan.js';
import type { PhonePower } from './ports.js';

const LOOPBACK = '127.0.0.1';

/** What simulated phones need. */
export interface SimulatedPhonesOptions {
  readonly plan: DrillPlan;
  readonly environment: PhoneEnvironment;
  /** The one of the environment. */
  readonly bus: EventBus<PhoneStep>;
  readonly ledger: Ledger;
  /** The address of each node by its name. */
  readonly addressOf: (node: string) => string;
  readonly ports: NonNullable<PhoneOptions['ports']>;
  /** The local address of a phone; absent: the kernel chooses. */
  readonly localAddress?: (at: number) => string;
}

/** The fleet of a drill. Its phones write the ledger as they lose and get their registrations. */
export class SimulatedPhones implements PhonePower {
  readonly #options: SimulatedPhonesOptions;
  readonly #fleet: Fleet;
  readonly #numbers = new Map<string, number>();
  #settled: () => void = () => {};
  #running: Promise<unknown> = Promise.resolve();

  constructor(options: SimulatedPhonesOptions) {
    this.#options = options;
    const { plan, environment, bus } = options;
    const { count, rate, within, calls } = plan.phones;
    bus.subscribe((step) => this.#note(step));
    this.#fleet = new Fleet(environment, bus, {
      ...{ count, rate, within, hold: 'until-signal' },
      phoneAt: (at) => this.#phoneAt(at),
      ...(calls === undefined ? {} : { calls }),
      onSettled: () => this.#settled(),
      onChange: (phone) => this.#onChange(phone),
    });
    for (let at = 0; at < count; at += 1) {
      const { name } = drillPhone(plan, at);
      this.#numbers.set(name, at);
      options.ledger.expect(name);
    }
  }

  /** Boots all. Resolves when each has registered or had its time. */
  start(): Promise<void> {
    return new Promise((resolve) => {
      this.#settled = resolve;
      this.#running = this.#fleet.run();
    });
  }

  /** Stops all, each as usual. */
  async stop(): Promise<void> {
    this.#settled();
    this.#fleet.cutShort();
    await this.#running;
  }

  off(): void {
    this.#fleet.unplug();
  }

  on(): Promise<void> {
    return this.#fleet.plugIn();
  }

  #phoneAt(at: number): PhoneOptions {
    const { plan, addressOf, ports, localAddress } = this.#options;
    const { boot, times, calls } = plan.phones;
    const { name, model, protocol, dn, nodes } = drillPhone(plan, at);
    const addresses = nodes.map(addressOf);
    return {
      ...{ name, model, protocol, boot, ports },
      // DHCP answers from the first address of the interface, and names the file server.
      server: boot === 'full' ? LOOPBACK : (addresses[0] ?? ''),
      callManagers: addresses,
      lines: [dn],
      times: definedOf(times),
      ...(localAddress === undefined ? {} : { localAddress: localAddress(at) }),
      ...(calls === undefined ? {} : { calls: { answer: 0 as never, sound: 'silence' } }),
    };
  }

  #onChange(phone: Phone): void {
    if (phone.state === 'registered') return;
    const why = phone.why || (phone.state === 'stopped' ? 'it has no power' : 'it boots');
    this.#options.ledger.onLost(phone.name, this.#options.environment.timers.now(), why);
  }

  #note(step: PhoneStep): void {
    (this.#notes[step.type] as ((step: PhoneStep) => void) | undefined)?.(step);
  }

  /** What each step of a phone says of its registration. A step that is not here says nothing. */
  readonly #notes: { readonly [T in StepType]?: (step: StepOf<T>) => void } = {
    'phone.registered': ({ phone, node, at, lines }) =>
      this.#options.ledger.onBack(phone, this.#nodeOf(phone, node), at, lines),
    'phone.register-sent': ({ phone, at }) => {
      // A phone that is registered only refreshes.
      if (this.#options.ledger.nodeOf(phone) === undefined) this.#options.ledger.count('attempts', at);
    },
    'phone.link-failed': (step) => this.#loseAt(step, step.node, step.why),
    'phone.failing-over': (step) => this.#loseAt(step, step.from, step.why),
    'phone.returning': ({ phone, at, to }) =>
      this.#options.ledger.onLost(phone, at, `it returns to ${this.#nodeOf(phone, to)}`),
    'phone.unregistering': ({ phone, at }) => this.#options.ledger.onLost(phone, at, 'it unregisters'),
    'phone.refused': ({ at }) => this.#options.ledger.count('refused', at),
    'phone.keepalive-missed': ({ role, at }) => {
      if (role === 'primary') this.#options.ledger.count('keepAlivesMissed', at);
    },
    'phone.call-ended': ({ by, direction, at }) => {
      if (by === 'link' && direction === 'out') this.#options.ledger.count('callsLost', at);
    },
  };

  /** The phone lost its link to a node: its registration, if it was there. */
  #loseAt({ phone, at }: Pick<PhoneStep, 'phone' | 'at'>, node: string, why: string): void {
    const { ledger } = this.#options;
    if (ledger.nodeOf(phone) === this.#nodeOf(phone, node)) ledger.onLost(phone, at, why);
  }

  /** The drill's name of a node. A phone that boots from the registration knows it by its place in the list alone. */
  #nodeOf(phone: string, node: string): string {
    const { plan } = this.#options;
    if (plan.phones.boot !== 'register') return node;
    const [, place] = /^CM(\d+)$/.exec(node) ?? [];
    const at = this.#numbers.get(phone);
    if (place === undefined || at === undefined) return node;
    return drillPhone(plan, at).nodes[Number(place) - 1] ?? node;
  }
}

/** Without the keys that have no value. */
const definedOf = <T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
