import type { CallEnded, CallOffered } from '../calls/events.js';
import type { EventBus } from '../core/event-bus.js';
import type { DeviceName } from '../core/identifiers.js';
import type { Instant } from '../core/time.js';
import type { DeviceRecord } from '../devices/index.js';
import type { LabcmEvent } from '../events.js';

/** Calls of each list that a device keeps. */
export const CALLS_LISTED = 32;
/** Calls that ring; `calls.limits` allows fewer. */
const MAX_RINGING = 65_536;

/** What a call was for a phone. */
export type CallListName = 'missed' | 'placed' | 'received';

/** A call in a list. */
export interface CallListEntry {
  readonly name: string;
  readonly number: string;
  readonly at: Instant;
}

type DeviceCallLists = Readonly<Record<CallListName, CallListEntry[]>>;

/** A phone that was offered a call, and the line that rang. */
interface OfferedPhone {
  readonly device: DeviceName;
  readonly dn: string;
}

/**
 * The last calls of each device, in memory. A call that rang at several phones and that nobody answered is missed at each of
 * them, but for lines that log no missed calls.
 */
export class CallLists {
  readonly #devices: { byName(name: string): DeviceRecord | undefined };
  readonly #lists = new Map<DeviceName, DeviceCallLists>();
  /** By the number of the call. */
  readonly #offered = new Map<number, OfferedPhone[]>();
  readonly #unsubscribe: readonly (() => void)[];

  constructor(bus: EventBus<LabcmEvent>, devices: { byName(name: string): DeviceRecord | undefined }) {
    this.#devices = devices;
    this.#unsubscribe = [
      bus.on('call.offered', (event) => this.#offer(event)),
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

  #offer({ call, toDevice, called }: CallOffered): void {
    if (toDevice === undefined || this.#offered.size >= MAX_RINGING) return;
    const phones = this.#offered.get(call) ?? [];
    this.#offered.set(call, phones);
    phones.push({ device: toDevice, dn: called.number });
  }

  #end({ call, dialled, calling, called, startedAt, answeredAt, orig, dest }: CallEnded): void {
    const phones = this.#offered.get(call) ?? [];
    this.#offered.delete(call);
    const caller = { name: calling.name, number: calling.number, at: startedAt };
    if (orig.device !== undefined && dialled !== '')
      this.#add(orig.device, 'placed', { name: called.name, number: called.number || dialled, at: startedAt });
    if (answeredAt === undefined)
      for (const { device, dn } of phones) if (this.#logsMissed(device, dn)) this.#add(device, 'missed', caller);
    if (answeredAt !== undefined && dest?.device !== undefined) this.#add(dest.device, 'received', caller);
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
