// What follows from a registration once it is there or gone: the server's own word to the phone, commands, the lamps and
// subscriptions of others, and the news to the other nodes of the cluster.

import type { DirectoryNumber } from '../core/identity.js';
import type { Instant } from '../core/time.js';
import type {
  DeviceCommand,
  DeviceDatabase,
  DeviceRecord,
  DeviceRegistered,
  DeviceUnregistered,
} from '../devices/index.js';
import type { Endpoint } from '../net/ports.js';
import type { SipEvent } from './events.js';
import type { Flow } from './flow.js';
import type { SipMessage } from './message.js';
import type { PhoneRequests } from './phone-requests.js';
import type { Afterword } from './reply.js';
import type { Settled } from './settings.js';
import type { Station, Stations } from './stations.js';
import type { Subscription, Subscriptions } from './subscriptions.js';
import { parseSipUri } from './uri.js';

export interface AffairsParts {
  readonly settled: Settled;
  readonly database: DeviceDatabase;
  readonly stations: Stations;
  readonly subscriptions: Subscriptions;
  readonly phone: PhoneRequests;
  /** A flow over UDP to another node; absent: there is no UDP here. */
  flowTo(peer: Endpoint): Flow | undefined;
  tell(event: SipEvent): void;
}

export class Affairs {
  readonly #parts: AffairsParts;

  constructor(parts: AffairsParts) {
    this.#parts = parts;
  }

  /** Sends what goes with an answer. */
  follow(afterword: Afterword, message: SipMessage, flow: Flow, now: Instant): void {
    const { phone } = this.#parts;
    switch (afterword.send) {
      case 'status':
        phone.status(afterword.station, now);
        return;
      case 'lamps':
        for (const dn of afterword.station.lamps) this.#light(afterword.station, dn, now);
        return;
      case 'messages-waiting':
        phone.messagesWaiting(afterword.station, now);
        return;
      case 'restart':
        this.#command(afterword.station, 'restart', now);
        return;
      case 'status-line': {
        const to = parseSipUri(message.to?.uri ?? '');
        const host = typeof to === 'string' ? flow.local.address : to.host;
        phone.statusLine(flow, afterword.contact, host, afterword.label, now);
        return;
      }
      case 'notify':
        this.tellSubscriber(afterword.subscription, now);
    }
  }

  tellSubscriber(subscription: Subscription, now: Instant): void {
    this.#parts.phone.news(subscription, now);
  }

  /** Sends a registered phone its protocol's own command. */
  command(device: string, command: DeviceCommand, now: Instant): 'sent' | 'not-registered' {
    const { database, stations } = this.#parts;
    const record = database.byName(device);
    const station = record === undefined ? undefined : stations.of(record.configured.name);
    if (station === undefined || !station.flow.open) return 'not-registered';
    this.#command(station, command, now);
    return 'sent';
  }

  #command(station: Station, command: DeviceCommand, now: Instant): void {
    const { database, phone, tell } = this.#parts;
    const device = station.record.configured.name;
    database.commanded(device, command, now);
    phone.command(station, command, now, (status, at) => {
      tell({ type: 'sip.command-answered', at, device, command, status });
      if (status >= 200 && status < 300) station.commanded = command;
      // It heard nothing, or is no longer there: the registration is worth nothing.
      if (status === 0) database.end(station.registration, 'no-response', at);
    });
  }

  /** A registration of either protocol began or grew. */
  registered({ at, device, protocol, lines }: DeviceRegistered): void {
    this.#tellWatchers(lines, at);
    if (protocol !== 'SIP') return;
    const { settled, flowTo, phone } = this.#parts;
    for (const peer of settled.settings.peers) {
      const flow = flowTo(peer);
      if (flow !== undefined) phone.peer(flow, device, at);
    }
  }

  /** A registration of either protocol ended. */
  unregistered({ at, device, generation }: DeviceUnregistered): void {
    const { database, stations, subscriptions } = this.#parts;
    const station = stations.of(device);
    if (station === undefined || station.registration.generation === generation) {
      if (station !== undefined) stations.remove(station);
      subscriptions.endOf(device);
    }
    const lines = database.byName(device)?.configured.lines ?? [];
    this.#tellWatchers(
      lines.map(({ dn }) => dn),
      at,
    );
  }

  /** Another node says that a device has registered there: the newer wins. `false`: it is no node of ours. */
  registeredElsewhere(device: string, flow: Flow, now: Instant): boolean {
    const { database, settled } = this.#parts;
    if (!settled.settings.peers.some(({ address }) => address === flow.remote.address)) return false;
    const registration = database.byName(device)?.registration;
    if (registration !== undefined) database.end(registration, 'superseded', now);
    return true;
  }

  /** A phone has said something of itself that is told with the state of its numbers. */
  spoke({ configured }: DeviceRecord, now: Instant): void {
    this.#tellWatchers(
      configured.lines.map(({ dn }) => dn),
      now,
    );
  }

  #tellWatchers(lines: readonly DirectoryNumber[], now: Instant): void {
    const { stations, subscriptions } = this.#parts;
    for (const dn of lines) {
      for (const subscription of subscriptions.watching(dn)) this.tellSubscriber(subscription, now);
      for (const station of stations.withLamp(dn)) this.#light(station, dn, now);
    }
  }

  #light(station: Station, dn: DirectoryNumber, now: Instant): void {
    this.#parts.phone.lamp(station, dn, this.#parts.subscriptions.isReachable(dn), now);
  }
}
