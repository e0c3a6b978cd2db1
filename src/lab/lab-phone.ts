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

/**
 * Which phone to simulate. The name is enough for a configured device: it gives model, protocol, lines and the rest.
 */
export type LabPhoneSpec = Pick<PhoneOptions, 'name'> &
  Partial<Omit<PhoneOptions, 'name' | 'server' | 'ports' | 'dhcpClientPort'>>;

/** The options of a phone: those of `spec` over those of the device. */
export const specFor = (device: ConfiguredDevice | undefined, spec: LabPhoneSpec): PhoneOptions => ({
  protocol: device?.protocol ?? 'SCCP',
  ...(device === undefined ? {} : { model: String(device.model.id), lines: device.lines.map(({ dn }) => dn) }),
  ...(device?.mac === undefined ? {} : { mac: device.mac }),
  ...(device?.digest === undefined ? {} : { digest: device.digest }),
  ...spec,
});

const STOP_TIMEOUT = seconds(2);

/** A simulated phone of a lab, as a test sees it. */
export class LabPhone {
  readonly #environment: PhoneEnvironment;
  readonly #phone: Phone;
  #stopping: Promise<void> | undefined;

  /** Boots the phone at once. Throws a `NotRegistered` if the options describe no possible phone. */
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

  /** Why it is not registered, as far as the phone knows; empty: nothing went wrong. */
  get why(): string {
    return this.#phone.why;
  }

  /** What it waits for now; empty: nothing. */
  get waitingFor(): string {
    return this.#phone.waitingFor;
  }

  /** The numbers that it is registered with. */
  get lines(): readonly string[] {
    return this.#phone.lines;
  }

  /** The address that DHCP gave it. */
  get address(): string | undefined {
    return this.#phone.address?.address;
  }

  /**
   * Resolves when the phone itself is registered. Rejects with a `NotRegistered` when it is refused or late; the phone
   * goes on trying all the same.
   */
  async registered({ within }: Limits = {}): Promise<this> {
    const failure = await registeredWithin(this.#environment, this.#phone, { within: durationOf(within) });
    if (failure !== undefined) throw failure;
    return this;
  }

  /** Unregisters the phone and switches it off; unplugs it after 2 s if the lab does not answer. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  /** Cuts the phone off at once, as when its cable is pulled. */
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
