// RisPort70: answers its operations (`docs/protocols/apis.md` §4).

import type { EventBus } from '../../core/event-bus.js';
import type { Clock } from '../../core/time.js';
import type { XmlTreeNode } from '../../core/xml/tree.js';
import type { DeviceDatabase, DeviceRecord } from '../../devices/index.js';
import type { LabcmEvent } from '../../events.js';
import { ChangeCount } from '../change-count.js';
import type { ManagedCluster } from '../managed-cluster.js';
import { MinuteLimit } from '../minute-limit.js';
import type { SoapAnswer } from '../request-handler.js';
import { noSuchOperation, SoapFault } from '../soap/fault.js';
import { readStruct } from '../soap/reader.js';
import { EXTENDED, PLAIN, readCriteria, type SelectKind } from './criteria.js';
import { type ReadCriteria, SELECT_DEVICES } from './declaration.js';
import { ctiReply, type DeviceReply, deviceReply, type NodeReply } from './reply.js';
import { type SelectedDevice, selectDevices } from './selection.js';
import { knowsState, type NodeState, writeStateInfo } from './state-info.js';

/** A node of the configuration. */
export interface RisNode {
  readonly name: string;
  readonly address: string;
}

/** What RisPort sees of the daemon. */
export interface RisSources {
  readonly clock: Clock;
  readonly bus: Pick<EventBus<LabcmEvent>, 'on'>;
  readonly devices: Pick<DeviceDatabase, 'devices' | 'byName' | 'states'>;
  /** Absent: no bus is configured. */
  readonly shared?: ManagedCluster | undefined;
  self(): RisNode;
  nodes(): readonly RisNode[];
  hasWebPages(record: DeviceRecord): boolean;
  /** Resolves in a later turn of the event loop. */
  pause(): Promise<void>;
}

/** What a request for devices selects, and of which nodes. */
export interface DeviceSelection extends DeviceReply {
  /** The other nodes of the configuration of which this one knows nothing; none where the request names a node. */
  readonly otherNodes: readonly string[];
}

/** RisPort70. `perMinute`: the requests of all clients in a minute; `undefined`: any number. */
export class RisPort {
  readonly #sources: RisSources;
  readonly #changes: ChangeCount;
  readonly #limit: MinuteLimit | undefined;
  readonly #perMinute: number | undefined;
  readonly #startedAt: number;

  constructor(sources: RisSources, perMinute: number | undefined) {
    const { clock, bus, shared } = sources;
    this.#sources = sources;
    this.#changes = new ChangeCount(bus, shared?.onChanged);
    this.#perMinute = perMinute;
    this.#limit = perMinute === undefined ? undefined : new MinuteLimit(perMinute);
    this.#startedAt = Math.floor(clock.wallTime(clock.now()) / 1000);
  }

  /** Answers the element of a request. Rejects with a `SoapFault`. */
  async answer(request: XmlTreeNode): Promise<SoapAnswer> {
    const operation = OPERATIONS.get(request.name);
    if (operation === undefined) throw noSuchOperation(request.name);
    if (operation === 'cti') {
      this.#admit();
      return { pieces: [ctiReply(writeStateInfo(this.#state()))], found: 0 };
    }
    const criteria = readStruct(SELECT_DEVICES, request).CmSelectionCriteria ?? {};
    const selection = await this.select(request, criteria, operation);
    return { pieces: deviceReply(selection), found: selection.found };
  }

  /** What a request for devices selects. Rejects with a `SoapFault`. */
  async select(request: XmlTreeNode, read: Partial<ReadCriteria>, kind: SelectKind): Promise<DeviceSelection> {
    this.#admit();
    const { clock, devices, hasWebPages, pause, nodes, shared } = this.#sources;
    const criteria = readCriteria(read, kind);
    const state = this.#state();
    const about = this.#nodeFor(criteria.node);
    const noChange = about.isKnown && knowsState(request, state);
    const isOfNode = (record: DeviceRecord): boolean =>
      criteria.node === undefined || shared === undefined || this.#nodeOf(record) === about.node;
    const found =
      noChange || !about.isKnown
        ? []
        : await selectDevices(
            { devices, pause: () => pause(), isOfNode, shown: (one) => shared?.shown(one) ?? one },
            criteria,
          );
    const others = nodes().flatMap(({ name }) => (name === about.node ? [] : [name]));
    const isWhole = criteria.node === undefined;
    return {
      ...{ noChange, found: found.length, stateInfo: writeStateInfo(state) },
      nodes:
        isWhole && shared !== undefined
          ? this.#byNode([about.node, ...others], found, noChange)
          : [
              {
                node: about.node,
                code: about.isKnown && !noChange && found.length === 0 ? 'NotFound' : about.code,
                devices: found,
              },
            ],
      view: { wallTime: (at) => clock.wallTime(at), hasWebPages },
      otherNodes: isWhole && shared === undefined ? others : [],
    };
  }

  close(): void {
    this.#changes.close();
  }

  /** The misspelling is CUCM's, and tools look for it. */
  #admit(): void {
    if (this.#limit?.admit(this.#sources.clock.now()) !== false) return;
    throw new SoapFault(
      'Server.RateControl',
      `AxisFault: Exceeded allowed rate for Reatime information. Current allowed rate for realtime information is ${this.#perMinute} requests per minute.`,
    );
  }

  /** Which node a request is about. Without a bus this one knows nothing of others but their names. */
  #nodeFor(wanted: string | undefined): Omit<NodeReply, 'devices'> & { readonly isKnown: boolean } {
    const { nodes, shared } = this.#sources;
    const self = this.#sources.self();
    const isWanted = ({ name, address }: RisNode): boolean => name.toLowerCase() === wanted || address === wanted;
    if (wanted === undefined || isWanted(self)) return { node: self.name, code: 'Ok', isKnown: true };
    const other = nodes().find(isWanted);
    if (other === undefined) return { node: wanted, code: 'InvalidNodeName', isKnown: false };
    const isAlive = shared?.isAlive(other.name) === true;
    return { node: other.name, code: isAlive ? 'Ok' : 'NodeNotResponding', isKnown: isAlive };
  }

  /** The node of which a device is shown. One that nobody has told of is this node's. */
  #nodeOf(record: DeviceRecord): string {
    return this.#sources.shared?.nodeOf(record) ?? this.#sources.self().name;
  }

  /** What was found, by the nodes of the configuration. Of a node that is dead this one tells what it heard last. */
  #byNode(names: readonly string[], found: readonly SelectedDevice[], noChange: boolean): readonly NodeReply[] {
    const devices = new Map(names.map((name): [string, SelectedDevice[]] => [name, []]));
    const self = devices.get(this.#sources.self().name);
    for (const one of found) (devices.get(this.#nodeOf(one.record)) ?? self)?.push(one);
    const codeOf = (node: string, count: number): NodeReply['code'] => {
      const isThere = node === this.#sources.self().name || this.#sources.shared?.isAlive(node) === true;
      if (count > 0 || (isThere && noChange)) return 'Ok';
      return isThere ? 'NotFound' : 'NodeNotResponding';
    };
    return Array.from(devices, ([node, some]) => ({ node, code: codeOf(node, some.length), devices: some }));
  }

  #state(): NodeState {
    const { states } = this.#sources.devices;
    const devices = states.registered + states['partially-registered'] + states.unregistered + states.rejected;
    return { name: this.#sources.self().name, startedAt: this.#startedAt, changes: this.#changes.value, devices };
  }
}

const OPERATIONS: ReadonlyMap<string, SelectKind | 'cti'> = new Map<string, SelectKind | 'cti'>([
  ['selectCmDevice', PLAIN],
  ['selectCmDeviceExt', EXTENDED],
  ['selectCtiItem', 'cti'],
]);
