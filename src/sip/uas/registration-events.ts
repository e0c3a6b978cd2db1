// What follows from a registration once it is there or gone: the server's own word to the phone, commands, the lamps and
// subscriptions of others, and the news to the other nodes of the cluster.

import { earlier, type HasDeadlines } from '../../core/deadline-timer.js';
import type { DeviceName, DirectoryNumber } from '../../core/identifiers.js';
import type { Instant } from '../../core/time.js';
import type {
  DeviceCommand,
  DeviceDatabase,
  DeviceRecord,
  DeviceRegistered,
  DeviceUnregistered,
} from '../../devices/index.js';
import type { Endpoint } from '../../net/ports.js';
import type { SipEvent } from '../events.js';
import type { SipMessage } from '../message/message.js';
import { parseSipUri } from '../message/uri.js';
import { News, type NewsPace } from '../notifier/notify-queue.js';
import type { PhoneRequests } from '../notifier/phone-notifier.js';
import type { SubscriptionNotifier } from '../notifier/subscription-notifier.js';
import type { SubscriptionEnd } from '../presence/event-packages.js';
import type { Subscription, Subscriptions } from '../presence/subscriptions.js';
import type { RegisteredPhone, RegisteredPhones } from '../registrar/location.js';
import type { FollowUp } from '../response/response.js';
import type { SettingsRef } from '../settings.js';
import { UNANSWERED } from '../transaction/client-transactions.js';
import { type Flow, sameFlow } from '../transport/flow.js';

export interface AffairsParts {
  readonly settled: SettingsRef;
  readonly database: DeviceDatabase;
  readonly stations: RegisteredPhones;
  readonly subscriptions: Subscriptions;
  readonly phone: PhoneRequests;
  readonly notifier: SubscriptionNotifier;
  /** A flow over UDP to another node; absent: there is no UDP here. */
  flowTo(peer: Endpoint): Flow | undefined;
  tell(event: SipEvent): void;
  /** A mistake of ours showed on what was to go over that flow. */
  failed(flow: Flow, error: unknown, now: Instant): void;
}

/** Some thousands a second: a number's lamps go dark within a blink, and a slice holds nobody up. */
const DEVICE_PACE: NewsPace = { slice: 64, every: 10 };
const OTHERS_PACE: NewsPace = { slice: 16, every: 10 };
/** Of the last NOTIFYs at the end of the service, which nothing waits for. */
const MOST_AT_CLOSE = 10_000;

export class RegistrationEventHandler implements HasDeadlines {
  readonly #parts: AffairsParts;
  /** What device events have set off. In this order: who is registered goes before who is not. */
  readonly #nodes: News<DeviceName, Endpoint>;
  readonly #endings: News<Subscription, Subscription>;
  readonly #lamps: News<DirectoryNumber, RegisteredPhone | Subscription>;
  readonly #removals: News<'configuration', DirectoryNumber>;
  readonly #others: News<DirectoryNumber, Subscription>;
  /** Whether nothing is to be told, as after nearly every message. */
  #isIdle = true;

  constructor(parts: AffairsParts) {
    this.#parts = parts;
    const { settled, stations, subscriptions } = parts;
    const news = (subscription: Subscription, dn: DirectoryNumber, now: Instant): void =>
      this.#guarded(subscription.flow, now, () => this.#news(subscription, dn, now));
    this.#nodes = new News(
      DEVICE_PACE,
      () => settled.settings.peers,
      (peer, device, now) => this.#tellNode(peer, device, now),
    );
    this.#endings = new News(
      DEVICE_PACE,
      (subscription) => [subscription],
      (subscription, _same, now) => this.#guarded(subscription.flow, now, () => this.tellSubscriber(subscription, now)),
    );
    this.#lamps = new News(
      DEVICE_PACE,
      function* (dn) {
        yield* stations.withLamp(dn);
        yield* subscriptions.watching(dn, 'devices');
      },
      (listener, dn, now) => {
        if ('key' in listener) news(listener, dn, now);
        else this.#guarded(listener.flow, now, () => this.#light(listener, dn, now));
      },
    );
    this.#removals = new News(
      DEVICE_PACE,
      () => subscriptions.numbers,
      (dn, _configuration, now) => {
        if (this.#isGone(dn)) this.#changed([dn], now);
      },
    );
    this.#others = new News(OTHERS_PACE, (dn) => subscriptions.watching(dn, 'others'), news);
  }

  /** Sends what goes with an answer. */
  follow(afterword: FollowUp, message: SipMessage, flow: Flow, now: Instant): void {
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
    this.#parts.notifier.notify(subscription, now);
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

  #command(station: RegisteredPhone, command: DeviceCommand, now: Instant): void {
    const { database, phone, tell } = this.#parts;
    const { flow } = station;
    const device = station.record.configured.name;
    database.recordCommand(device, command, now);
    phone.command(station, command, now, (status, at) => {
      tell({ type: 'sip.command-answered', at, device, command, status: Math.max(status, UNANSWERED) });
      if (status >= 200 && status < 300) station.commanded = command;
      // It heard nothing, or is no longer there: the registration is worth nothing, unless it has come back by another flow.
      if (status === UNANSWERED && sameFlow(station.flow, flow)) database.end(station.registration, 'no-response', at);
    });
  }

  /** A registration of either protocol began or grew. What follows from it leaves after the answer to its message. */
  registered({ at, device, protocol, lines }: DeviceRegistered): void {
    this.#changed(lines, at);
    if (protocol === 'SIP' && this.#parts.settled.settings.peers.length > 0) this.#queue(this.#nodes, device, at);
  }

  /** A registration of either protocol ended. */
  unregistered({ at, device, generation }: DeviceUnregistered): void {
    const { database, stations, subscriptions } = this.#parts;
    const station = stations.of(device);
    if (station === undefined || station.registration.generation === generation) {
      if (station !== undefined) stations.remove(station);
      for (const subscription of subscriptions.of(device)) this.#end(subscription, 'deactivated', at);
    }
    this.#changed(linesOf(database.byName(device)), at);
  }

  /** The configuration of some device changed: numbers may be nobody's now. */
  reconfigured(now: Instant): void {
    this.#queue(this.#removals, 'configuration', now);
  }

  /** A subscription was not refreshed in time. */
  expired(subscription: Subscription, now: Instant): void {
    this.#queue(this.#endings, subscription, now);
  }

  /** The service stops: what is subscribed to ends here. */
  close(now: Instant): void {
    let left = MOST_AT_CLOSE;
    for (const subscription of this.#parts.subscriptions.all) {
      if (left === 0) return;
      left -= 1;
      this.#guarded(subscription.flow, now, () => {
        this.#parts.subscriptions.end(subscription, 'probation');
        this.tellSubscriber(subscription, now);
      });
    }
  }

  /** Another node says that a device has registered there: the newer wins. */
  registeredElsewhere(device: string, now: Instant): void {
    const { database } = this.#parts;
    const registration = database.byName(device)?.registration;
    if (registration !== undefined) database.end(registration, 'superseded', now);
  }

  /** A phone has said something of itself that is told with the state of its numbers. */
  spoke(record: DeviceRecord, now: Instant): void {
    this.#changed(linesOf(record), now);
  }

  // ── what is to be told ────────────────────────────────────────────────────────────────────────────────────────

  nextDeadline(): Instant | undefined {
    if (this.#isIdle) return undefined;
    const registered = earlier(this.#lamps.nextDeadline(), this.#nodes.nextDeadline());
    const rare = earlier(this.#endings.nextDeadline(), this.#removals.nextDeadline());
    return earlier(earlier(registered, rare), this.#others.nextDeadline());
  }

  /** Tells what there is to be told by now: after an answer, and when the next slice is due. */
  expire(now: Instant): void {
    if (this.#isIdle) return;
    for (const news of [this.#nodes, this.#endings, this.#removals, this.#lamps, this.#others]) news.expire(now);
    this.#isIdle = this.nextDeadline() === undefined;
  }

  #queue<Topic>(news: { changed(topic: Topic, now: Instant): void }, topic: Topic, now: Instant): void {
    news.changed(topic, now);
    this.#isIdle = false;
  }

  #changed(lines: readonly DirectoryNumber[], now: Instant): void {
    const { stations, subscriptions } = this.#parts;
    for (const dn of lines) {
      if (stations.withLamp(dn).size > 0 || subscriptions.watching(dn, 'devices').size > 0)
        this.#queue(this.#lamps, dn, now);
      if (subscriptions.watching(dn, 'others').size > 0) this.#queue(this.#others, dn, now);
    }
  }

  #news(subscription: Subscription, dn: DirectoryNumber, now: Instant): void {
    const { subscriptions } = this.#parts;
    if (this.#isGone(dn)) this.#end(subscription, 'noresource', now);
    else if (subscription.event === 'presence' && subscription.told !== subscriptions.stateOf(dn))
      this.tellSubscriber(subscription, now);
  }

  #end(subscription: Subscription, why: SubscriptionEnd, now: Instant): void {
    this.#parts.subscriptions.end(subscription, why);
    this.#queue(this.#endings, subscription, now);
  }

  #isGone(dn: DirectoryNumber): boolean {
    return this.#parts.database.byDirectoryNumber(dn).length === 0;
  }

  #tellNode(peer: Endpoint, device: DeviceName, now: Instant): void {
    const flow = this.#parts.flowTo(peer);
    if (flow !== undefined) this.#guarded(flow, now, () => this.#parts.phone.peer(flow, device, now));
  }

  /** A mistake costs the one whom it was about to tell, and is told. */
  #guarded(flow: Flow, now: Instant, act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#parts.failed(flow, error, now);
    }
  }

  #light(station: RegisteredPhone, dn: DirectoryNumber, now: Instant): void {
    this.#parts.phone.lamp(station, dn, this.#parts.subscriptions.isReachable(dn), now);
  }
}

const linesOf = (record: DeviceRecord | undefined): readonly DirectoryNumber[] =>
  record?.configured.lines.map(({ dn }) => dn) ?? [];
