// The facts of devices as the journal has them: each is built here, and only where somebody hears it. What happened is
// decided elsewhere.

import type { Publisher } from '../core/event-bus.js';
import type { DeviceName } from '../core/identifiers.js';
import { between, type Instant } from '../core/time.js';
import type { AutoRegistered } from './auto-registration-state.js';
import type { DeviceRecord, Protocol } from './device.js';
import type {
  CommandReason,
  DeviceCommand,
  DeviceConfigured,
  DeviceEvent,
  DeviceLeased,
  DeviceReported,
} from './events.js';
import type { EndReason, RefusalDetails, RefusalReason } from './reasons.js';
import type { OwnRegistration, RegistrationAttempt } from './record.js';
import type { Fact } from './registration.js';
import type { SharedName } from './shared-name.js';

export class DeviceTelling {
  readonly #journal: Publisher<DeviceEvent>;

  constructor(journal: Publisher<DeviceEvent>) {
    this.#journal = journal;
  }

  configured(type: DeviceConfigured['type'], device: DeviceName, at: Instant): void {
    if (this.#journal.listens(type)) this.#journal.publish({ type, at, device });
  }

  autoRegistered({ name: device, dn, typeId, protocol }: AutoRegistered, at: Instant): void {
    if (this.#journal.listens('device.auto-registered'))
      this.#journal.publish({ type: 'device.auto-registered', at, device, dn, typeId, protocol });
  }

  refused(
    attempt: RegistrationAttempt,
    record: DeviceRecord | undefined,
    reason: RefusalReason,
    details: RefusalDetails,
    at: Instant,
  ): void {
    if (!this.#journal.listens('device.rejected')) return;
    const { protocol, transport, address, port, link, typeId } = attempt;
    const device = record?.configured.name ?? attempt.name;
    const about = { at, device, protocol, transport, address, port, link, typeId };
    this.#journal.publish({ type: 'device.rejected', ...about, reason, ...details });
  }

  /** What a transition of the machine has for its fact. `registered`: how many are now, of each protocol. */
  transition(
    fact: Exclude<Fact, 'device.rejected'>,
    own: OwnRegistration,
    registered: Readonly<Record<Protocol, number>>,
    at: Instant,
    reason: EndReason | undefined,
  ): void {
    if (!this.#journal.listens(fact)) return;
    const { device, protocol, transport, address, port, link, generation, typeId } = own;
    const about = { at, device, protocol, transport, address, port, link, generation, typeId };
    switch (fact) {
      case 'device.registering':
        this.#journal.publish({
          type: fact,
          ...about,
          protocolVersion: own.protocolVersion,
          lines: own.record.configured.lines.map(({ dn }) => dn),
        });
        return;
      case 'device.registered':
      case 'device.partially-registered': {
        const { SCCP: registeredSccp, SIP: registeredSip } = registered;
        this.#journal.publish({
          type: fact,
          ...about,
          load: own.load,
          lines: own.lines,
          registeredSccp,
          registeredSip,
        });
        return;
      }
      case 'device.unregistered':
        this.#journal.publish({
          type: fact,
          ...about,
          reason: reason ?? 'unregistered',
          lasted: at - own.startedAt,
          keepAlives: own.keepAlives,
        });
        return;
    }
  }

  nameShared(device: DeviceName, shared: SharedName, at: Instant): void {
    if (!this.#journal.listens('device.name-shared')) return;
    const { first, second, changes, isCertain, since } = shared;
    const lasted = between(since, at);
    this.#journal.publish({ type: 'device.name-shared', at, device, first, second, changes, lasted, isCertain });
  }

  typeUnknown(device: DeviceName, typeId: number, configured: number, at: Instant): void {
    if (this.#journal.listens('device.type-unknown'))
      this.#journal.publish({ type: 'device.type-unknown', at, device, typeId, configured });
  }

  reported(device: DeviceName, facts: DeviceReported['facts'], at: Instant): void {
    if (this.#journal.listens('device.reported')) this.#journal.publish({ type: 'device.reported', at, device, facts });
  }

  leased(type: DeviceLeased['type'], device: DeviceName, address: string, at: Instant): void {
    if (this.#journal.listens(type)) this.#journal.publish({ type, at, device, address });
  }

  commanded(device: DeviceName, command: DeviceCommand, at: Instant, because?: CommandReason): void {
    const reason = because === undefined ? {} : { because };
    this.#journal.publish({ type: 'device.commanded', at, device, command, ...reason });
  }
}
