// Simulated phones of both protocols that try the nodes in an order of their own, and the ledger of their numbers: a number that
// two phones have at one time, or a phone whose number changes, is written down.

import { EventBus } from '../../../src/core/event-bus.js';
import { seconds } from '../../../src/core/time.js';
import { nodeDatagrams, nodeRandom } from '../../../src/net/sockets/node-datagrams.js';
import { nodeStreams } from '../../../src/net/sockets/node-streams.js';
import { systemClock } from '../../../src/net/system-clock.js';
import { Phone, PhoneEnvironment, type PhoneStep, planOf } from '../../../src/phone/index.js';

const PATIENCE = { refused: seconds(2), allFailed: seconds(1), standby: seconds(5), monitor: seconds(5) };

export class PhoneLedger {
  /** What should not be, in words. */
  readonly faults: string[] = [];
  readonly #environment: PhoneEnvironment;
  readonly #phones = new Map<string, Phone>();
  readonly #numbers = new Map<string, string>();
  readonly #ofNumber = new Map<string, string>();

  constructor() {
    this.#environment = new PhoneEnvironment({
      clock: systemClock,
      datagrams: nodeDatagrams,
      streams: nodeStreams,
      random: nodeRandom,
      bus: new EventBus<PhoneStep>((error) => this.faults.push(String(error))),
    });
  }

  /** Boots a phone. `nodes`: the addresses that it tries, the first one first. */
  boot(name: string, protocol: 'SCCP' | 'SIP', nodes: readonly string[], lines: readonly string[] = []): Phone {
    const plan = planOf({
      name,
      model: protocol === 'SCCP' ? '7962' : '7975',
      protocol,
      boot: 'register',
      callManagers: nodes,
      lines,
      times: PATIENCE,
    });
    if ('fault' in plan) throw new Error(JSON.stringify(plan));
    const phone = new Phone(this.#environment, plan);
    phone.watch(() => this.#look(name, phone));
    this.#phones.set(name, phone);
    phone.start();
    return phone;
  }

  get phones(): ReadonlyMap<string, Phone> {
    return this.#phones;
  }

  /** The names of those that are not registered now. */
  unregistered(): readonly string[] {
    return [...this.#phones].filter(([, { state }]) => state !== 'registered').map(([name]) => name);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#phones.values()].map((phone) => phone.stop()));
    await this.#environment.close();
  }

  #look(name: string, phone: Phone): void {
    if (phone.state !== 'registered') return;
    const [number] = phone.lines;
    if (number === undefined) return;
    const before = this.#numbers.get(name);
    if (before !== undefined && before !== number) this.faults.push(`${name} had ${before} and has ${number}`);
    const other = this.#ofNumber.get(number);
    if (other !== undefined && other !== name) this.faults.push(`${number} has ${other} and ${name}`);
    this.#numbers.set(name, number);
    this.#ofNumber.set(number, name);
  }
}
