// The layer of devices over all nodes (`docs/protocols/cluster.md` §3): what is written here goes to the others, what they write
// is taken here. The newest write on the bus wins; what was written while the bus was away is sent when it is back.

import { type ClusterBus, type ClusterEvent, SharedValues } from '../cluster/index.js';
import type { Degradations } from '../core/degradations.js';
import type { Publisher } from '../core/event-bus.js';
import { type DeviceKey, deviceKey } from '../core/identifiers.js';
import type { Clock } from '../core/time.js';
import { type EntryElsewhere, readEntry } from './entries-elsewhere.js';
import type { LayerSharing, RuntimeDevices } from './runtime-devices.js';
import { UnsentNames } from './unsent-names.js';

const FILE = 'devices.unsent.jsonl';
const PART = 'devices that the cluster bus is to hear of';
const TAKING_PART = 'devices that other nodes have written';
const NAMED = 5;
/** So many that were not sent are sent between two looks at what else waits for its turn. */
const MOST_AT_ONCE = 1_000;

/** What sharing needs of the daemon. */
export interface DeviceSharingDaemon {
  readonly clock: Clock;
  readonly bus: Publisher<ClusterEvent>;
  readonly degradations: Degradations;
  readonly runtime: RuntimeDevices;
  readonly stateDirectory: string;
  /** The name of this node. */
  readonly self: string;
  /** The bus may be told of passwords: it has TLS and credentials, or does not leave this process. */
  mayCarrySecrets(): boolean;
  /** Runs a change after all others, as reloads and writes do. */
  inTurn(change: () => Promise<void>): Promise<void>;
}

/** Runs in turn with reloads and writes. */
export class DeviceSharing implements LayerSharing {
  readonly values: SharedValues;
  readonly #daemon: DeviceSharingDaemon;
  readonly #unsent: UnsentNames;
  /** What other nodes have written and this one has not taken yet. */
  #arrived = new Set<DeviceKey>();
  #isClosed = false;

  constructor(bus: ClusterBus, daemon: DeviceSharingDaemon) {
    this.#daemon = daemon;
    this.#unsent = new UnsentNames(daemon.stateDirectory, FILE, PART, daemon.degradations);
    this.values = new SharedValues({
      name: 'devices',
      bucket: bus.bucket('devices'),
      clock: daemon.clock,
      bus: daemon.bus,
      self: daemon.self,
      changed: (name) => this.#changed(name as DeviceKey),
      whole: () => this.compare(),
    });
  }

  /** Reads what was not sent before. Call it before the bus is started. */
  open(): void {
    this.#unsent.open();
    this.#daemon.runtime.share(this);
  }

  /** How many names wait for the bus. */
  get unsent(): number {
    return this.#unsent.size;
  }

  /** From now on nothing is taken or sent. */
  close(): void {
    this.#isClosed = true;
    this.#unsent.close();
  }

  // ── what is written here ──────────────────────────────────────────────────────────────────────────────────────

  async send(lines: ReadonlyMap<DeviceKey, string>): Promise<readonly DeviceKey[]> {
    const open = this.#withoutSecrets(lines);
    return (await this.values.send(fieldsOfLines(open))) as readonly DeviceKey[];
  }

  async sendLater(names: readonly DeviceKey[]): Promise<void> {
    await this.#unsent.add(names);
    if (this.values.isReachable) this.compare(); // it is back already, or was never gone
  }

  /** Lines that the bus may be told of. The others stay here, which is told once for all of them. */
  #withoutSecrets(lines: ReadonlyMap<DeviceKey, string>): ReadonlyMap<DeviceKey, string> {
    if (this.#daemon.mayCarrySecrets()) return lines;
    const open = new Map([...lines].filter(([, line]) => !hasSecret(line)));
    const devices = lines.size - open.size;
    if (devices === 0) return lines;
    const { bus, clock } = this.#daemon;
    const names = [...lines.keys()].filter((key) => !open.has(key)).slice(0, NAMED);
    bus.publish({ type: 'cluster.secrets-withheld', at: clock.now(), devices, names });
    return open;
  }

  // ── what the others write ─────────────────────────────────────────────────────────────────────────────────────

  #changed(key: DeviceKey): void {
    this.#arrived.add(key);
    if (this.#arrived.size === 1) this.#inTurn(() => this.#takeArrived());
  }

  async #takeArrived(): Promise<void> {
    const arrived = this.#arrived;
    this.#arrived = new Set();
    const { self } = this.#daemon;
    await this.#take([...arrived].filter((key) => this.values.of(key)?.node !== self)); // else this node wrote later
  }

  /** Takes what holds under these names, where the layer says something else. */
  async #take(keys: readonly DeviceKey[]): Promise<void> {
    const { runtime, bus, clock } = this.#daemon;
    const elsewhere = keys.flatMap((key): EntryElsewhere[] => {
      const value = this.values.of(key);
      if (value === undefined) return [];
      const line = lineOfFields(value.fields);
      return line === runtime.lineOf(key)?.trimEnd() ? [] : [{ node: value.node, key, line }];
    });
    if (elsewhere.length === 0) return;
    const { broken, refused } = await runtime.take(elsewhere);
    for (const { key } of broken) this.values.broken(key);
    for (const node of new Set(refused.map((one) => one.node))) {
      const ofNode = refused.filter((one) => one.node === node);
      const names = ofNode.slice(0, NAMED).map(({ key }) => key);
      const reason = ofNode[0]?.reason ?? '';
      bus.publish({ type: 'cluster.devices-refused', at: clock.now(), node, devices: ofNode.length, names, reason });
    }
  }

  // ── after a break ─────────────────────────────────────────────────────────────────────────────────────────────

  /** Compares the layer with what is on the bus: at the start, after each break, and when another configuration is in force. */
  compare(): void {
    this.#inTurn(() => this.#sendUnsent());
    this.#inTurn(() => this.#compare());
  }

  /** Sends what was written while the bus was away, as the layer has it now. */
  async #sendUnsent(): Promise<void> {
    const names = this.#unsent.all().slice(0, MOST_AT_ONCE).map(deviceKey);
    if (names.length === 0 || !this.values.isReachable) return;
    const away = new Set(await this.send(new Map(names.map((key) => [key, this.#present(key)]))));
    await this.#unsent.delete(names.filter((key) => !away.has(key)));
    if (away.size === 0 && this.#unsent.size > 0) await this.#sendUnsent();
  }

  #present(key: DeviceKey): string {
    const { runtime } = this.#daemon;
    return runtime.lineOf(key) ?? runtime.endedLineOf(key);
  }

  async #compare(): Promise<void> {
    if (!this.values.isReachable) return;
    const { runtime, self } = this.#daemon;
    const isSecretHere = this.#daemon.mayCarrySecrets() ? () => false : hasSecret;
    const theirs: DeviceKey[] = [];
    const again = new Map<DeviceKey, string>();
    for (const name of this.values.names()) {
      const key = deviceKey(name);
      const value = this.values.of(name);
      const line = runtime.lineOf(key);
      if (value === undefined || this.#unsent.has(key) || (line !== undefined && isSecretHere(line))) continue;
      const isSame = isSameLine(lineOfFields(value.fields), line, key);
      if (isSame) continue;
      // Where this node wrote it and has nothing of it, it was killed before it could keep it.
      if (value.node === self && line !== undefined) again.set(key, line);
      else theirs.push(key);
    }
    const unknown = new Map<DeviceKey, string>();
    for (const key of runtime.names())
      if (this.values.of(key) === undefined && !this.#unsent.has(key)) unknown.set(key, this.#present(key));
    const away = [
      ...(await this.send(again)),
      ...(await this.values.send(fieldsOfLines(this.#withoutSecrets(unknown)), true)),
    ];
    if (away.length > 0) await this.#unsent.add(away);
    await this.#take(theirs);
  }

  #inTurn(change: () => Promise<void>): void {
    const { inTurn, degradations } = this.#daemon;
    // What cannot be taken is a fault of this program. It must not end the process, whatever another node has written.
    inTurn(async () => {
      if (!this.#isClosed) await change();
    }).then(
      () => degradations.end(TAKING_PART),
      (error: unknown) => degradations.begin(TAKING_PART, error instanceof Error ? error.message : String(error)),
    );
  }
}

/** What goes over the bus of a line, by its name. */
const fieldsOfLines = (lines: ReadonlyMap<DeviceKey, string>): Map<string, Readonly<Record<string, unknown>>> =>
  new Map(
    [...lines].map(([key, line]) => {
      const { v: _, ...fields } = JSON.parse(line) as Record<string, unknown>;
      return [key, fields];
    }),
  );

/** The line of a value, without its end. */
const lineOfFields = (fields: Readonly<Record<string, unknown>>): string => JSON.stringify({ v: 1, ...fields });

/** `line`: what the layer says of the name, if anything. */
const isSameLine = (told: string, line: string | undefined, key: DeviceKey): boolean =>
  line === undefined ? readEntry(told, key) === 'ended' : told === line.trimEnd();

/** Whether a line has a digest password. */
const hasSecret = (line: string): boolean => {
  if (!line.includes('"digest"')) return false;
  const { device } = JSON.parse(line) as { readonly device?: { readonly digest?: { readonly password?: unknown } } };
  return (device?.digest?.password ?? undefined) !== undefined;
};
