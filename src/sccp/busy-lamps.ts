// The busy lamps of the phones on their links: keys of speed dials that show what a number does, and the numbers of call lists
// (`docs/protocols/calls.md` §2.14). What a phone has asked for once it is sent again whenever it changes.

import type { LineState, LineStates } from '../calls/index.js';
import { parseDirectoryNumber } from '../core/identifiers.js';
import type { Instant } from '../core/time.js';
import type { SpeedDial } from '../devices/index.js';
import { BUTTON } from './buttons.js';
import type { Fields } from './messages/catalogue.js';
import type { Station } from './station.js';

/** BLF states (`sccp.md` §9.13). */
const LAMP_STATES: Readonly<Record<LineState, number>> = {
  unknown: 0,
  idle: 1,
  'in-use': 2,
  'do-not-disturb': 3,
  alerting: 4,
};

/** From this version a phone takes the dynamic form of FeatureStat, if it asks for it (`sccp.md` §5.3). */
const FEATURE_STAT_V2 = 15;
/** Numbers of call lists that one phone watches; the oldest gives way. */
const MOST_SUBSCRIPTIONS = 512;

/** Whether FeatureStat goes out in its dynamic form. `isWanted`: the phone asks for that. */
export const isFeatureStatDynamic = ({ version }: Station, isWanted: boolean): boolean =>
  isWanted && version >= FEATURE_STAT_V2;

type Subscribe = Fields<'SubscriptionStatReqMessage'>;

/** What the phone on one link watches. */
interface StationLamps {
  /** By the number of the key. */
  readonly keys: Map<number, () => void>;
  /** By number and transaction, in the order of their requests. */
  readonly subscriptions: Map<string, () => void>;
}

/** The lamps of every link. A phone without lamps has no entry. */
export class BusyLamps {
  readonly #states: LineStates;
  readonly #byLink = new Map<number, StationLamps>();

  constructor(states: LineStates) {
    this.#states = states;
  }

  /** How many links have lamps. */
  get size(): number {
    return this.#byLink.size;
  }

  /** Sends the state of the speed dial on a key, now and on each change. `isDynamicWanted`: the phone asks for that form. */
  showKey(station: Station, featureIndex: number, dial: SpeedDial, isDynamicWanted: boolean, now: Instant): void {
    const isDynamic = isFeatureStatDynamic(station, isDynamicWanted);
    const send = (state: LineState, at: Instant): void =>
      station.send(
        isDynamic ? 'FeatureStatV2Message' : 'FeatureStatMessage',
        {
          featureIndex,
          featureId: isDynamic ? BUTTON.busyLampFieldSpeedDial : BUTTON.feature,
          featureTextLabel: dial.label,
          featureStatus: LAMP_STATES[state],
        },
        at,
      );
    this.#watch(station, (lamps) => lamps.keys, featureIndex, dial.number, send, now);
  }

  /** Answers the request of a call list: the number is watched from now on. */
  subscribe(station: Station, request: Subscribe, now: Instant): void {
    const { transactionId = 0, subscriptionFeatureId = 0, timer = 0, subscriptionId = '' } = request;
    station.send('SubscriptionStatMessage', { transactionId, subscriptionFeatureId, timer, cause: 0 }, now);
    const send = (state: LineState, at: Instant): void => {
      // Many loads show a ringing line badly (`docs/protocols/calls.md` §2.14).
      const status = LAMP_STATES[state === 'alerting' ? 'in-use' : state];
      station.send('NotificationMessage', { transactionId, subscriptionFeatureId, status, text: '' }, at);
    };
    const key = `${transactionId} ${subscriptionFeatureId} ${subscriptionId}`;
    this.#watch(station, (lamps) => lamps.subscriptions, key, subscriptionId, send, now);
    const subscriptions = this.#byLink.get(station.link)?.subscriptions;
    if (subscriptions === undefined || subscriptions.size <= MOST_SUBSCRIPTIONS) return;
    for (const [oldest, stop] of subscriptions) {
      stop();
      subscriptions.delete(oldest);
      return;
    }
  }

  /** The phone on that link has gone, or registers anew. */
  forget(link: number): void {
    const lamps = this.#byLink.get(link);
    if (lamps === undefined) return;
    this.#byLink.delete(link);
    for (const stop of lamps.keys.values()) stop();
    for (const stop of lamps.subscriptions.values()) stop();
  }

  #watch<K>(
    station: Station,
    place: (lamps: StationLamps) => Map<K, () => void>,
    key: K,
    number: string,
    send: (state: LineState, now: Instant) => void,
    now: Instant,
  ): void {
    const dn = parseDirectoryNumber(number);
    let shown: LineState = dn === undefined ? 'unknown' : this.#states.stateOf(dn);
    send(shown, now);
    if (dn === undefined) return;
    const lamps = this.#byLink.get(station.link) ?? { keys: new Map(), subscriptions: new Map() };
    this.#byLink.set(station.link, lamps);
    const watches = place(lamps);
    watches.get(key)?.();
    watches.delete(key); // it stands last from now on
    const onChange = (state: LineState, at: Instant): void => {
      if (state === shown) return;
      shown = state;
      station.speak(() => send(state, at), at);
    };
    watches.set(key, this.#states.watch(dn, onChange));
  }
}
