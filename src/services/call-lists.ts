import { CAUSES } from '../calls/causes.js';
import type { CallAnalysed, CallEnded, CallOffered, CallReleased } from '../calls/events.js';
import type { EventBus } from '../core/event-bus.js';
import type { DeviceName } from '../core/identifiers.js';
import type { Instant } from '../core/time.js';
import type { DeviceRecord } from '../devices/index.js';
import type { LabcmEvent } from '../events.js';

/** Calls of each list that a device keeps. */
export const CALLS_LISTED = 32;
/** Legs that dial or ring; `calls.limits` allows fewer. */
const MAX_LEGS = 65_536;

/** What a call was for a phone. */
export type CallListName = 'missed' | 'placed' | 'received';

/** A call in a list. */
export interface CallListEntry {
  readonly name: string;
  readonly number: string;
  readonly at: Instant;
}

type DeviceCallLists = Readonly<Record<CallListName, CallListEntry[]>>;

type Party = CallOffered['calling'];

/** A phone that rings for a call, and how its lists show that. */
interface RingingPhone {
  readonly device: DeviceName;
  /** The number that rings. */
  readonly dn: string;
  caller: Party;
  readonly at: Instant;
}

/** What is dialled so is no number that somebody has. */
const FEATURES: ReadonlySet<string> = new Set(['pickup', 'park', 'forward'] satisfies NonNullable<
  CallAnalysed['target']
>['kind'][]);
/** The causes by which a user, or a phone for its user, ends what rings there: nothing is missed by that. */
const DELIBERATE: ReadonlySet<number> = new Set([CAUSES.normal.value, CAUSES.busy.value, CAUSES.rejected.value]);

/**
 * The last calls of each device, in memory. A leg of a call is in one list of its phone, whatever becomes of the call:
 *
 * - `placed`: its user dialled it. The number is what was dialled, not who answered.
 * - `received`: its user answered it, picked it up or fetched it from where it was parked.
 * - `missed`: it rang there until its caller gave up, or until it was sent on since nobody answered; but for lines that log no
 *   missed calls. What another phone answered, of the line, of a hunt list or by pick-up, is missed by nobody, and neither is what
 *   its user refused.
 */
export class CallLists {
  readonly #devices: { byName(name: string): DeviceRecord | undefined };
  readonly #lists = new Map<DeviceName, DeviceCallLists>();
  /** What was dialled, by the caller's leg, until the call is over. */
  readonly #dialled = new Map<number, string>();
  /** By the leg that rings. */
  readonly #ringing = new Map<number, RingingPhone>();
  /** Phones that rang in vain for a call that others may answer still, by the number of the call. */
  readonly #rang = new Map<number, RingingPhone[]>();
  readonly #unsubscribe: readonly (() => void)[];

  constructor(bus: EventBus<LabcmEvent>, devices: { byName(name: string): DeviceRecord | undefined }) {
    this.#devices = devices;
    this.#unsubscribe = [
      bus.on('call.analysed', (event) => this.#dial(event)),
      bus.on('call.offered', (event) => this.#offer(event)),
      bus.on('call.picked-up', ({ leg, device, dn, calling, at }) => this.#ring(leg, device, dn, calling, at)),
      bus.on('call.joined', ({ to, calling }) => this.#join(to, calling)),
      bus.on('call.answered', ({ call, leg }) => this.#answer(call, leg)),
      bus.on('call.retrieved', ({ device, parked, at }) => {
        if (device !== undefined) this.#add(device, 'received', entryOf(parked, at));
      }),
      bus.on('call.forwarded', ({ call }) => this.#miss(call)),
      bus.on('call.released', (event) => this.#release(event)),
      bus.on('call.ended', (event) => this.#end(event)),
      bus.on('device.removed', ({ device }) => void this.#lists.delete(device)),
    ];
  }

  /** The calls of a device, the newest first. */
  of(device: DeviceName, list: CallListName): readonly CallListEntry[] {
    return this.#lists.get(device)?.[list] ?? [];
  }

  /** Listens to no more events. */
  close(): void {
    for (const stop of this.#unsubscribe) stop();
  }

  #dial({ leg, device, dialled, target }: CallAnalysed): void {
    if (device === undefined || (target !== undefined && FEATURES.has(target.kind))) return;
    if (this.#dialled.size < MAX_LEGS) this.#dialled.set(leg, dialled);
  }

  #offer({ to, toDevice, toDn, calling, at }: CallOffered): void {
    this.#ring(to, toDevice, toDn, calling, at);
  }

  #ring(leg: number, device: DeviceName | undefined, dn: string, caller: Party, at: Instant): void {
    this.#dialled.delete(leg); // it was for what rings elsewhere
    if (device !== undefined && this.#ringing.size < MAX_LEGS) this.#ringing.set(leg, { device, dn, caller, at });
  }

  /** Whoever rings still has another caller. */
  #join(legs: readonly number[], caller: Party): void {
    for (const leg of legs) {
      const phone = this.#ringing.get(leg);
      if (phone !== undefined) phone.caller = caller;
    }
  }

  #answer(call: number, leg: number): void {
    this.#rang.delete(call);
    const phone = this.#ringing.get(leg);
    if (phone === undefined) return;
    this.#ringing.delete(leg);
    this.#add(phone.device, 'received', entryOf(phone.caller, phone.at));
  }

  #release({ call, leg, by, cause }: CallReleased): void {
    if (by === 'feature') this.#dialled.delete(leg);
    const phone = this.#ringing.get(leg);
    if (phone === undefined) return;
    this.#ringing.delete(leg);
    if (by === 'elsewhere' || (by === 'user' && DELIBERATE.has(cause))) return;
    const phones = this.#rang.get(call);
    if (phones === undefined) this.#rang.set(call, [phone]);
    else phones.push(phone);
  }

  /** Nobody answers a call any more for whom it rang so far. A phone with two such lines has missed it once. */
  #miss(call: number): void {
    const phones = this.#rang.get(call);
    if (phones === undefined) return;
    this.#rang.delete(call);
    const done = new Set<DeviceName>();
    for (const { device, dn, caller, at } of phones) {
      if (done.has(device) || !this.#logsMissed(device, dn)) continue;
      done.add(device);
      this.#add(device, 'missed', entryOf(caller, at));
    }
  }

  #end({ call, originalCalled, startedAt, answeredAt, orig }: CallEnded): void {
    const dialled = this.#dialled.get(orig.leg);
    this.#dialled.delete(orig.leg);
    if (orig.device !== undefined && dialled !== undefined)
      this.#add(orig.device, 'placed', { name: originalCalled.name, number: dialled, at: startedAt });
    if (answeredAt === undefined) this.#miss(call);
    else this.#rang.delete(call);
  }

  #logsMissed(device: DeviceName, dn: string): boolean {
    const line = this.#devices.byName(device)?.configured.lines.find((one) => one.dn === dn);
    return line?.logMissed !== false;
  }

  #add(device: DeviceName, list: CallListName, call: CallListEntry): void {
    if (this.#devices.byName(device) === undefined) return;
    const lists = this.#lists.get(device) ?? { missed: [], placed: [], received: [] };
    this.#lists.set(device, lists);
    lists[list].unshift(call);
    if (lists[list].length > CALLS_LISTED) lists[list].length = CALLS_LISTED;
  }
}

const entryOf = ({ name, number }: Party, at: Instant): CallListEntry => ({ name, number, at });
