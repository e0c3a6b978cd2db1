import type { LineStates } from '../../calls/index.js';
import { earlier, type HasDeadlines } from '../../core/deadline-timer.js';
import type { DeviceName, DirectoryNumber } from '../../core/identifiers.js';
import { type NotifyPace, NotifyQueue } from '../../core/notify-queue.js';
import type { Instant } from '../../core/time.js';
import type {
  DeviceCommand,
  DeviceDatabase,
  DeviceMessages,
  DeviceRegistered,
  DeviceUnregistered,
} from '../../devices/index.js';
import type { Endpoint } from '../../net/ports.js';
import type { SipEvent } from '../events.js';
import type { SipMessage } from '../message/message.js';
import { parseSipUri } from '../message/uri.js';
import type { PhoneNotifier } from '../notifier/phone-notifier.js';
import { NOTHING_SET } from '../notifier/shown-features.js';
import type { SubscriptionNotifier } from '../notifier/subscription-notifier.js';
import { changedFeatures } from '../presence/as-feature-event.js';
import type { SubscriptionEnd } from '../presence/event-packages.js';
import type { Subscription } from '../presence/subscription-index.js';
import type { Subscriptions } from '../presence/subscriptions.js';
import type { RegisteredPhone, RegisteredPhones } from '../registrar/location.js';
import type { SettingsRef } from '../settings.js';
import { UNANSWERED } from '../transaction/client-transactions.js';
import { type Flow, sameFlow } from '../transport/flow.js';
import type { FollowUp } from './request-context.js';

/** What the handler needs of the service around it. */
export interface RegistrationEventDependencies {
  readonly settingsRef: SettingsRef;
  readonly database: DeviceDatabase;
  readonly phones: RegisteredPhones;
  readonly subscriptions: Subscriptions;
  readonly lineStates: LineStates;
  readonly phoneNotifier: PhoneNotifier;
  readonly subscriptionNotifier: SubscriptionNotifier;
  /** A flow over UDP to another node; `undefined`: the server has no UDP socket. */
  flowTo(peer: Endpoint): Flow | undefined;
  publish(event: SipEvent): void;
  /** A message for that flow failed because of a bug in this program. */
  onFailure(flow: Flow, error: unknown, now: Instant): void;
}

/** Some thousands of NOTIFYs a second: fast enough for busy lamp fields, and a slice delays nobody. */
const DEVICE_PACE: NotifyPace = { slice: 64, every: 10 };
const OTHERS_PACE: NotifyPace = { slice: 16, every: 10 };
/** How many last NOTIFYs are sent at the end of the service. Nothing waits for them. */
const MOST_AT_CLOSE = 10_000;

/**
 * Reacts to registrations that begin or end: sends the phone its status and its commands, updates the busy lamp fields
 * and the subscriptions of others, and notifies the other nodes of the cluster. What a device event leads to is queued,
 * and sent after the response to the message that caused it (decision 29 of `src/README.md`).
 */
export class RegistrationEventHandler implements HasDeadlines {
  readonly #dependencies: RegistrationEventDependencies;
  /** The requests that device events have caused. Registered phones are notified before others. */
  readonly #nodeNotifies: NotifyQueue<DeviceName, Endpoint>;
  readonly #lastNotifies: NotifyQueue<Subscription, Subscription>;
  readonly #deviceNotifies: NotifyQueue<DirectoryNumber, RegisteredPhone | Subscription>;
  readonly #configurationChanges: NotifyQueue<'configuration', DirectoryNumber>;
  readonly #otherNotifies: NotifyQueue<DirectoryNumber, Subscription>;
  /** Whether the queues are empty, as after nearly every message. */
  #isIdle = true;

  constructor(dependencies: RegistrationEventDependencies) {
    this.#dependencies = dependencies;
    const { settingsRef, phones, subscriptions } = dependencies;
    const notifyWatcher = (subscription: Subscription, dn: DirectoryNumber, now: Instant): void =>
      this.#guarded(subscription.flow, now, () => this.#notifyWatcher(subscription, dn, now));
    this.#nodeNotifies = new NotifyQueue(
      DEVICE_PACE,
      () => settingsRef.settings.peers,
      (peer, device, now) => this.#notifyNode(peer, device, now),
    );
    this.#lastNotifies = new NotifyQueue(
      DEVICE_PACE,
      (subscription) => [subscription],
      (subscription, _same, now) =>
        this.#guarded(subscription.flow, now, () => this.notifySubscriber(subscription, now)),
    );
    this.#deviceNotifies = new NotifyQueue(
      DEVICE_PACE,
      function* (dn) {
        yield* phones.showing(dn);
        yield* subscriptions.watching(dn, 'devices');
      },
      (watcher, dn, now) => {
        if ('key' in watcher) notifyWatcher(watcher, dn, now);
        else this.#guarded(watcher.flow, now, () => this.#notifyBlf(watcher, dn, now));
      },
    );
    this.#configurationChanges = new NotifyQueue(
      DEVICE_PACE,
      () => subscriptions.watchedNumbers,
      (dn, _configuration, now) => {
        if (this.#isUnassigned(dn)) this.#queueNumbers([dn], now);
      },
    );
    this.#otherNotifies = new NotifyQueue(OTHERS_PACE, (dn) => subscriptions.watching(dn, 'others'), notifyWatcher);
  }

  /** Sends a request that goes with a response. */
  sendFollowUp(followUp: FollowUp, message: SipMessage, flow: Flow, now: Instant): void {
    const { phoneNotifier, database } = this.#dependencies;
    switch (followUp.kind) {
      case 'status':
        phoneNotifier.sendStatus(followUp.phone, database.messages.linesOf(followUp.phone.record.configured), now);
        return;
      case 'blf':
        followUp.phone.notifiedLamps?.clear();
        for (const dn of followUp.phone.blfNumbers) this.#notifyBlf(followUp.phone, dn, now);
        return;
      case 'messages-waiting':
        for (const dn of followUp.lines) {
          const messages = database.messages.of(dn);
          if (followUp.also === 'off' || messages.waiting)
            phoneNotifier.notifyMessages(followUp.phone, dn, messages, now);
        }
        return;
      case 'restart':
        this.#sendCommand(followUp.phone, 'restart', now);
        return;
      case 'status-line': {
        const to = parseSipUri(message.to?.uri ?? '');
        const host = typeof to === 'string' ? flow.local.address : to.host;
        phoneNotifier.sendStatusLine(flow, followUp.contact, host, followUp.label, now);
        return;
      }
      case 'notify':
        this.notifySubscriber(followUp.subscription, now);
    }
  }

  /** Sends the NOTIFY of a subscription. */
  notifySubscriber(subscription: Subscription, now: Instant): void {
    this.#dependencies.subscriptionNotifier.notify(subscription, now);
  }

  /** Sends a command to a registered phone. */
  sendCommand(device: string, command: DeviceCommand, now: Instant): 'sent' | 'not-registered' {
    const { database, phones } = this.#dependencies;
    const record = database.byName(device);
    const phone = record === undefined ? undefined : phones.byDevice(record.configured.name);
    if (phone === undefined || !phone.flow.open) return 'not-registered';
    this.#sendCommand(phone, command, now);
    return 'sent';
  }

  #sendCommand(phone: RegisteredPhone, command: DeviceCommand, now: Instant): void {
    const { database, phoneNotifier, publish } = this.#dependencies;
    const { flow } = phone;
    const device = phone.record.configured.name;
    database.recordCommand(device, command, now);
    phoneNotifier.sendCommand(phone, command, now, (status, at) => {
      publish({ type: 'sip.command-answered', at, device, command, status: Math.max(status, UNANSWERED) });
      if (status >= 200 && status < 300) phone.acceptedCommand = command;
      // The phone has not answered: its registration ends, unless it has come back by another flow.
      if (status === UNANSWERED && sameFlow(phone.flow, flow)) database.end(phone.registration, 'no-response', at);
    });
  }

  /** A registration of either protocol has begun, or has more lines. */
  onRegistered({ at, device, protocol }: DeviceRegistered): void {
    if (protocol === 'SIP' && this.#dependencies.settingsRef.settings.peers.length > 0)
      this.#queue(this.#nodeNotifies, device, at);
  }

  /** A registration of either protocol has ended. */
  onUnregistered({ at, device, generation }: DeviceUnregistered): void {
    const { phones, subscriptions } = this.#dependencies;
    const phone = phones.byDevice(device);
    if (phone === undefined || phone.registration.generation === generation) {
      if (phone !== undefined) phones.remove(phone);
      for (const subscription of subscriptions.ofDevice(device)) this.#end(subscription, 'deactivated', at);
    }
  }

  /** The configuration of some device has changed: numbers may have no device any more. */
  onConfigurationChanged(now: Instant): void {
    this.#queue(this.#configurationChanges, 'configuration', now);
  }

  /** A subscription was not refreshed in time. */
  onSubscriptionExpired(subscription: Subscription, now: Instant): void {
    this.#queue(this.#lastNotifies, subscription, now);
  }

  /** Ends all subscriptions, because the service stops. */
  close(now: Instant): void {
    let left = MOST_AT_CLOSE;
    for (const subscription of this.#dependencies.subscriptions.all) {
      if (left === 0) return;
      left -= 1;
      this.#guarded(subscription.flow, now, () => {
        this.#dependencies.subscriptions.end(subscription, 'probation');
        this.notifySubscriber(subscription, now);
      });
    }
  }

  /** Another node reports that a device has registered there. The newer registration wins. */
  onRegisteredElsewhere(device: string, now: Instant): void {
    const { database } = this.#dependencies;
    const registration = database.byName(device)?.registration;
    if (registration !== undefined) database.end(registration, 'superseded', now);
  }

  /** A registered phone may forward otherwise than before, or be disturbed: it shows that. */
  onFeaturesChanged(phone: RegisteredPhone, now: Instant): void {
    const { phoneNotifier, subscriptions } = this.#dependencies;
    if (phone.cisco) {
      this.#guarded(phone.flow, now, () => phoneNotifier.sendFeatures(phone, now));
      return;
    }
    const before = phone.shownFeatures;
    const { configured } = phone.record;
    phone.shownFeatures = configured;
    const kinds = changedFeatures(before ?? NOTHING_SET, configured);
    if (kinds.length === 0) return;
    for (const subscription of subscriptions.ofDevice(configured.name)) {
      if (subscription.event !== 'as-feature-event') continue;
      for (const kind of kinds) {
        subscription.forwarding = kind;
        this.#guarded(subscription.flow, now, () => this.notifySubscriber(subscription, now));
      }
    }
  }

  /** The messages of a line of that device are others. A phone that has subscribed to them hears of them so. */
  onMessagesChanged({ at, device, dn }: DeviceMessages): void {
    const { database, phones, phoneNotifier, subscriptions } = this.#dependencies;
    this.#queueNumbers([dn], at);
    const phone = phones.byDevice(device);
    if (phone === undefined || !phone.flow.open) return;
    for (const subscription of subscriptions.ofDevice(device))
      if (subscription.event === 'message-summary' && subscription.dn === dn) return;
    this.#guarded(phone.flow, at, () => phoneNotifier.notifyMessages(phone, dn, database.messages.of(dn), at));
  }

  /** A number that is watched here does something else. */
  onLineChanged(dn: DirectoryNumber, now: Instant): void {
    this.#queueNumbers([dn], now);
  }

  nextDeadline(): Instant | undefined {
    if (this.#isIdle) return undefined;
    const registered = earlier(this.#deviceNotifies.nextDeadline(), this.#nodeNotifies.nextDeadline());
    const rare = earlier(this.#lastNotifies.nextDeadline(), this.#configurationChanges.nextDeadline());
    return earlier(earlier(registered, rare), this.#otherNotifies.nextDeadline());
  }

  /** Sends the requests that are due: after a response, and when the time of the next slice has come. */
  expire(now: Instant): void {
    if (this.#isIdle) return;
    for (const queue of [
      this.#nodeNotifies,
      this.#lastNotifies,
      this.#configurationChanges,
      this.#deviceNotifies,
      this.#otherNotifies,
    ])
      queue.expire(now);
    this.#isIdle = this.nextDeadline() === undefined;
  }

  #queue<Topic>(queue: { add(topic: Topic, now: Instant): void }, topic: Topic, now: Instant): void {
    queue.add(topic, now);
    this.#isIdle = false;
  }

  #queueNumbers(lines: readonly DirectoryNumber[], now: Instant): void {
    const { phones, subscriptions } = this.#dependencies;
    for (const dn of lines) {
      if (phones.showing(dn).size > 0 || subscriptions.watching(dn, 'devices').size > 0)
        this.#queue(this.#deviceNotifies, dn, now);
      if (subscriptions.watching(dn, 'others').size > 0) this.#queue(this.#otherNotifies, dn, now);
    }
  }

  #notifyWatcher(subscription: Subscription, dn: DirectoryNumber, now: Instant): void {
    if (this.#isUnassigned(dn)) this.#end(subscription, 'noresource', now);
    else if (subscription.notifiedState !== this.#dependencies.subscriptions.shownOf(subscription))
      this.notifySubscriber(subscription, now);
  }

  #end(subscription: Subscription, why: SubscriptionEnd, now: Instant): void {
    this.#dependencies.subscriptions.end(subscription, why);
    this.#queue(this.#lastNotifies, subscription, now);
  }

  #isUnassigned(dn: DirectoryNumber): boolean {
    return this.#dependencies.database.byDirectoryNumber(dn).length === 0;
  }

  #notifyNode(peer: Endpoint, device: DeviceName, now: Instant): void {
    const flow = this.#dependencies.flowTo(peer);
    if (flow !== undefined)
      this.#guarded(flow, now, () => this.#dependencies.phoneNotifier.notifyNode(flow, device, now));
  }

  /** Reports a bug that shows on one request, and goes on with the next. */
  #guarded(flow: Flow, now: Instant, act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#dependencies.onFailure(flow, error, now);
    }
  }

  #notifyBlf(phone: RegisteredPhone, dn: DirectoryNumber, now: Instant): void {
    const state = this.#dependencies.lineStates.stateOf(dn);
    if (phone.notifiedLamps?.get(dn) === state) return;
    phone.notifiedLamps?.set(dn, state);
    this.#dependencies.phoneNotifier.notifyBlf(phone, dn, state, now);
  }
}
