import type { Publisher } from '../core/event-bus.js';
import type { DeviceName, DirectoryNumber } from '../core/identifiers.js';
import { between, type Instant } from '../core/time.js';
import type { AutoRegistered } from './auto-registration-state.js';
import type { DeviceRecord, Protocol } from './device.js';
import type { DeviceSecurityMode } from './device-security.js';
import type {
  CommandReason,
  DeviceCommand,
  DeviceConfigured,
  DeviceEvent,
  DeviceLeased,
  DeviceReported,
} from './events.js';
import type { GivenFile } from './facts.js';
import type { LineMessages, MessagesSetter } from './messages-waiting.js';
import type { OutOfServiceReport } from './out-of-service.js';
import { otherAddress } from './own-address.js';
import type { LoadReport } from './phone-alarms.js';
import type { EndReason, RefusalDetails, RefusalReason } from './reasons.js';
import type { MutableRegistration, RegistrationRequest } from './record.js';
import type { Fact } from './registration.js';
import type { SharedName } from './shared-name.js';

/** What the event of a state transition is made of. */
interface TransitionFacts {
  readonly registration: MutableRegistration;
  /** How many devices are registered now, by protocol. */
  readonly registered: Readonly<Record<Protocol, number>>;
  readonly at: Instant;
  /** Why the registration ended, if it did. */
  readonly reason: EndReason | undefined;
}

/**
 * Publishes the events of devices. Each event is built here, and only if it has a listener. What happened is decided
 * by the callers.
 */
export class DeviceEventPublisher {
  readonly #bus: Publisher<DeviceEvent>;

  constructor(bus: Publisher<DeviceEvent>) {
    this.#bus = bus;
  }

  publishConfigured(type: DeviceConfigured['type'], device: DeviceName, at: Instant): void {
    if (this.#bus.hasListener(type)) this.#bus.publish({ type, at, device });
  }

  publishSecurityChanged(device: DeviceName, before: DeviceSecurityMode, mode: DeviceSecurityMode, at: Instant): void {
    if (this.#bus.hasListener('device.security-changed'))
      this.#bus.publish({ type: 'device.security-changed', at, device, before, mode });
  }

  publishAutoRegistered({ name: device, dn, typeId, protocol }: AutoRegistered, at: Instant): void {
    if (this.#bus.hasListener('device.auto-registered'))
      this.#bus.publish({ type: 'device.auto-registered', at, device, dn, typeId, protocol });
  }

  publishRefused(
    attempt: RegistrationRequest,
    record: DeviceRecord | undefined,
    refusal: RefusalDetails & { readonly reason: RefusalReason },
    at: Instant,
  ): void {
    if (!this.#bus.hasListener('device.rejected')) return;
    const { protocol, transport, address, port, link, typeId } = attempt;
    const device = record?.configured.name ?? attempt.name;
    const about = { at, device, protocol, transport, address, port, link, typeId };
    this.#bus.publish({ type: 'device.rejected', ...about, ...refusal });
  }

  /** Publishes the event of a state transition. */
  publishTransition(
    fact: Exclude<Fact, 'device.rejected'>,
    { registration, registered, at, reason }: TransitionFacts,
  ): void {
    if (!this.#bus.hasListener(fact)) return;
    const { device, protocol, transport, address, port, link, generation, typeId } = registration;
    const about = { at, device, protocol, transport, address, port, link, generation, typeId };
    switch (fact) {
      case 'device.registering':
        this.#bus.publish({
          type: fact,
          ...about,
          protocolVersion: registration.protocolVersion,
          lines: registration.record.configured.lines.map(({ dn }) => dn),
        });
        return;
      case 'device.registered':
      case 'device.partially-registered': {
        const { SCCP: registeredSccp, SIP: registeredSip } = registered;
        const ownAddress = otherAddress(registration);
        this.#bus.publish({
          type: fact,
          ...about,
          load: registration.load,
          ...(ownAddress === undefined ? {} : { ownAddress }),
          lines: registration.lines,
          registeredSccp,
          registeredSip,
        });
        return;
      }
      case 'device.unregistered':
        this.#bus.publish({
          type: fact,
          ...about,
          reason: reason ?? 'unregistered',
          lasted: at - registration.startedAt,
          keepAlives: registration.keepAlives,
        });
        return;
    }
  }

  publishNameShared(device: DeviceName, shared: SharedName, at: Instant): void {
    if (!this.#bus.hasListener('device.name-shared')) return;
    const { first, second, changes, isCertain, since } = shared;
    const lasted = between(since, at);
    this.#bus.publish({ type: 'device.name-shared', at, device, first, second, changes, lasted, isCertain });
  }

  publishTypeUnknown(device: DeviceName, typeId: number, configured: number, at: Instant): void {
    if (this.#bus.hasListener('device.type-unknown'))
      this.#bus.publish({ type: 'device.type-unknown', at, device, typeId, configured });
  }

  publishReported(device: DeviceName, facts: DeviceReported['facts'], at: Instant): void {
    if (this.#bus.hasListener('device.reported')) this.#bus.publish({ type: 'device.reported', at, device, facts });
  }

  publishOutOfService(device: DeviceName, report: OutOfServiceReport, at: Instant): void {
    if (this.#bus.hasListener('device.out-of-service'))
      this.#bus.publish({ type: 'device.out-of-service', at, device, ...report });
  }

  publishLoad(device: DeviceName, report: LoadReport, at: Instant): void {
    if (this.#bus.hasListener('device.load')) this.#bus.publish({ type: 'device.load', at, device, ...report });
  }

  publishMessages(
    device: DeviceName,
    dn: DirectoryNumber,
    { waiting, new: count, old }: LineMessages,
    by: MessagesSetter,
    at: Instant,
  ): void {
    if (this.#bus.hasListener('device.messages'))
      this.#bus.publish({ type: 'device.messages', at, device, dn, waiting, new: count, old, by });
  }

  publishGiven(device: DeviceName, file: string, { at, stamp, transport }: GivenFile): void {
    if (this.#bus.hasListener('device.given'))
      this.#bus.publish({ type: 'device.given', at, device, file, stamp, transport });
  }

  publishLeased(type: DeviceLeased['type'], device: DeviceName, address: string, at: Instant): void {
    if (this.#bus.hasListener(type)) this.#bus.publish({ type, at, device, address });
  }

  publishCommanded(device: DeviceName, command: DeviceCommand, at: Instant, because?: CommandReason): void {
    const reason = because === undefined ? {} : { because };
    this.#bus.publish({ type: 'device.commanded', at, device, command, ...reason });
  }
}
