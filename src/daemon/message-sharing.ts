// Messages that wait, over all nodes: set at one, the lamps are lit at all (`docs/protocols/cluster.md` §3, `lines`). Each node keeps
// them, so that a lamp is as before after a restart without the bus.

import { type ClusterBus, type ClusterEvent, type SharedValue, SharedValues } from '../cluster/index.js';
import type { Degradations } from '../core/degradations.js';
import type { EventBus } from '../core/event-bus.js';
import { type DirectoryNumber, parseDirectoryNumber } from '../core/identifiers.js';
import type { Clock } from '../core/time.js';
import { DEVICE_CONFIGURED, type DeviceDatabase, type LineMessages, MOST_MESSAGES } from '../devices/index.js';
import type { LabcmEvent } from '../events.js';
import { UnsentNames } from './unsent-names.js';

const FILE = 'messages.unsent.jsonl';
const PART = 'messages that the cluster bus is to hear of';

/** What sharing needs of the daemon. */
export interface MessageSharingDaemon {
  readonly clock: Clock;
  readonly bus: EventBus<LabcmEvent | ClusterEvent>;
  readonly database: DeviceDatabase;
  readonly degradations: Degradations;
  readonly stateDirectory: string;
  /** The name of this node. */
  readonly self: string;
}

/** The messages of every line, told to the other nodes and taken from them. */
export class MessageSharing {
  readonly values: SharedValues;
  readonly #daemon: MessageSharingDaemon;
  readonly #unsent: UnsentNames;
  /** What has changed here and is not sent yet. */
  readonly #waiting = new Set<DirectoryNumber>();
  #underWay: ReadonlySet<string> = new Set();
  #isSending = false;
  #unsubscribe: readonly (() => void)[] = [];

  constructor(bus: ClusterBus, daemon: MessageSharingDaemon) {
    this.#daemon = daemon;
    this.#unsent = new UnsentNames(daemon.stateDirectory, FILE, PART, daemon.degradations);
    this.values = new SharedValues({
      name: 'lines',
      bucket: bus.bucket('lines'),
      clock: daemon.clock,
      bus: daemon.bus,
      self: daemon.self,
      changed: (dn) => this.#take(dn),
      whole: () => this.#compare(),
    });
  }

  /** Reads what was not sent before. Call it before the bus is started. */
  open(): void {
    this.#unsent.open();
    const { bus, database } = this.#daemon;
    this.#unsubscribe = [
      bus.on('device.messages', ({ dn, by }) => {
        if (by !== 'cluster') this.#tell(dn);
      }),
      // What is said of a line holds once a device has it.
      ...DEVICE_CONFIGURED.map((type) =>
        bus.on(type, ({ device }) => {
          for (const { dn } of database.byName(device)?.configured.lines ?? []) this.#take(dn);
        }),
      ),
    ];
  }

  close(): void {
    for (const stop of this.#unsubscribe) stop();
    this.#unsent.close();
  }

  #tell(dn: DirectoryNumber): void {
    this.#waiting.add(dn);
    if (this.#isSending) return;
    this.#isSending = true;
    queueMicrotask(() => void this.#sendWaiting());
  }

  /** Sends what has changed: of several changes of a line the last. */
  async #sendWaiting(): Promise<void> {
    while (this.#waiting.size > 0) {
      const numbers = [...this.#waiting];
      this.#waiting.clear();
      this.#underWay = new Set(numbers);
      const away = new Set(await this.values.send(new Map(numbers.map((dn) => [dn, this.#fieldsOf(dn)]))));
      this.#underWay = new Set();
      await this.#unsent.add([...away]);
      await this.#unsent.delete(numbers.filter((dn) => !away.has(dn)));
    }
    this.#isSending = false;
  }

  #fieldsOf(dn: DirectoryNumber): Readonly<Record<string, unknown>> {
    return { ...this.#daemon.database.messages.of(dn) };
  }

  /** Takes what another node says of a line, unless this one is about to say something else. */
  #take(name: string): void {
    const value = this.values.of(name);
    if (value === undefined || value.node === this.#daemon.self) return;
    const dn = parseDirectoryNumber(name);
    const messages = messagesIn(value);
    if (dn === undefined || messages === undefined) {
      this.values.broken(name);
      return;
    }
    if (this.#waiting.has(dn) || this.#underWay.has(dn) || this.#unsent.has(dn)) return;
    const { database, clock } = this.#daemon;
    database.messages.set(dn, messages, 'cluster', clock.now());
  }

  /** After a break: sends what was set meanwhile, and takes what others have set. */
  #compare(): void {
    const { database, self } = this.#daemon;
    for (const name of this.#unsent.all()) {
      const dn = parseDirectoryNumber(name);
      if (dn !== undefined) this.#tell(dn);
    }
    for (const { dn } of database.messages.all())
      if (this.values.of(dn) === undefined && !this.#unsent.has(dn)) this.#tell(dn);
    for (const name of this.values.names()) {
      const value = this.values.of(name);
      if (value?.node !== self) this.#take(name);
      else {
        const dn = parseDirectoryNumber(name);
        const messages = messagesIn(value);
        if (dn !== undefined && messages !== undefined && !isSame(messages, database.messages.of(dn))) this.#tell(dn);
      }
    }
  }
}

const isSame = (one: LineMessages, other: LineMessages): boolean =>
  one.waiting === other.waiting && one.new === other.new && one.old === other.old;

const messagesIn = ({ fields }: SharedValue): LineMessages | undefined => {
  const { waiting, new: count, old } = fields;
  return typeof waiting === 'boolean' && isCount(count) && isCount(old) ? { waiting, new: count, old } : undefined;
};

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MOST_MESSAGES;
