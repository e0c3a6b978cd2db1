// A simulated phone of a lab: who it is, filled in from what the lab knows of the device, and what a test asks of it.

import { after, seconds, type Timer } from '../core/time.js';
import type { ConfiguredDevice } from '../devices/index.js';
import { systemClock } from '../net/system-clock.js';
import {
  NotRegistered,
  Phone,
  type PhoneEnvironment,
  type PhoneOptions,
  type PhoneState,
  planOf,
  registeredWithin,
} from '../phone/index.js';
import { durationOf, type Limits } from './waits.js';

/** Only the name is needed where the lab's configuration knows the device: model, protocol and the rest are then its own. */
export type LabPhoneSpec = Pick<PhoneOptions, 'name'> &
  Partial<Omit<PhoneOptions, 'name' | 'server' | 'ports' | 'dhcpClientPort'>>;

/** What of a device a phone takes over. */
export const specFor = (device: ConfiguredDevice | undefined, spec: LabPhoneSpec): PhoneOptions => ({
  protocol: device?.protocol ?? 'SCCP',
  ...(device === undefined ? {} : { model: String(device.model.id), lines: device.lines.map(({ dn }) => dn) }),
  ...(device?.mac === undefined ? {} : { mac: device.mac }),
  ...(device?.digest === undefined ? {} : { digest: device.digest }),
  ...spec,
});

const STOP_TIMEOUT = seconds(2);

export class LabPhone {
  readonly #environment: PhoneEnvironment;
  readonly #phone: Phone;
  #stopping: Promise<void> | undefined;

  /** Boots at once. Throws a `NotRegistered` where there can be no such phone. */
  constructor(environment: PhoneEnvironment, options: PhoneOptions) {
    const plan = planOf(options);
    if ('fault' in plan) throw new NotRegistered('OPTIONS', plan.fault);
    this.#environment = environment;
    this.#phone = new Phone(environment, plan);
    this.#phone.start();
  }

  get name(): string {
    return this.#phone.name;
  }

  get state(): PhoneState {
    return this.#phone.state;
  }

  /** Why it is not registered, where it knows; empty: nothing went wrong. */
  get why(): string {
    return this.#phone.why;
  }

  /** What it waits for; empty: nothing. */
  get waitingFor(): string {
    return this.#phone.waitingFor;
  }

  /** The numbers that it is registered with. */
  get lines(): readonly string[] {
    return this.#phone.lines;
  }

  /** What DHCP gave it. */
  get address(): string | undefined {
    return this.#phone.address?.address;
  }

  /** As the phone sees it. Rejects with a `NotRegistered` when it is refused or late; it goes on trying all the same. */
  async registered({ within }: Limits = {}): Promise<this> {
    const failure = await registeredWithin(this.#environment, this.#phone, { within: durationOf(within) });
    if (failure !== undefined) throw failure;
    return this;
  }

  /** Unregisters and is off; cut off where the lab does not answer. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  /** Gone at once, as when its cable is pulled. */
  unplug(): void {
    this.#stopping ??= Promise.resolve();
    this.#phone.unplug();
  }

  async #stop(): Promise<void> {
    let timer: Timer | undefined;
    const late = new Promise<void>((resolve) => {
      timer = systemClock.callAt(after(systemClock.now(), STOP_TIMEOUT), () => {
        this.#phone.unplug();
        resolve();
      });
    });
    await Promise.race([this.#phone.stop(), late]);
    timer?.cancel();
  }
}
