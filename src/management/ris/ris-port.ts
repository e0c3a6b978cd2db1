// RisPort70: answers its operations (`docs/protocols/apis.md` §4).

import type { EventBus } from '../../core/event-bus.js';
import type { Clock } from '../../core/time.js';
import type { XmlTreeNode } from '../../core/xml/tree.js';
import type { DeviceDatabase, DeviceRecord } from '../../devices/index.js';
import type { LabcmEvent } from '../../events.js';
import { ChangeCount } from '../change-count.js';
import { MinuteLimit } from '../minute-limit.js';
import type { SoapAnswer } from '../request-handler.js';
import { noSuchOperation, SoapFault } from '../soap/fault.js';
import { readStruct } from '../soap/reader.js';
import { EXTENDED, PLAIN, readCriteria, type SelectKind } from './criteria.js';
import { type ReadCriteria, SELECT_DEVICES } from './declaration.js';
import { ctiReply, type DeviceReply, deviceReply, type ReturnCode } from './reply.js';
import { selectDevices } from './selection.js';
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
  self(): RisNode;
  nodes(): readonly RisNode[];
  hasWebPages(record: DeviceRecord): boolean;
  /** Resolves in a later turn of the event loop. */
  pause(): Promise<void>;
}

/** What a request for devices selects, and of which node. */
export interface DeviceSelection extends DeviceReply {
  /** The other nodes of the configuration, of which this one knows nothing; none where the request names a node. */
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
    const { clock, bus } = sources;
    this.#sources = sources;
    this.#changes = new ChangeCount(bus);
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
    return { pieces: deviceReply(selection), found: selection.devices.length };
  }

  /** What a request for devices selects. Rejects with a `SoapFault`. */
  async select(request: XmlTreeNode, read: Partial<ReadCriteria>, kind: SelectKind): Promise<DeviceSelection> {
    this.#admit();
    const { clock, devices, hasWebPages, pause, nodes } = this.#sources;
    const criteria = readCriteria(read, kind);
    const state = this.#state();
    const { node, code } = this.#nodeFor(criteria.node);
    const isKnown = code === 'Ok' && knowsState(request, state);
    const found = code !== 'Ok' || isKnown ? [] : await selectDevices(devices, criteria, pause);
    return {
      ...{ node, noChange: isKnown, devices: found, stateInfo: writeStateInfo(state) },
      code: code === 'Ok' && !isKnown && found.length === 0 ? 'NotFound' : code,
      view: { wallTime: (at) => clock.wallTime(at), hasWebPages },
      otherNodes: criteria.node === undefined ? nodes().flatMap(({ name }) => (name === node ? [] : [name])) : [],
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

  /** Which node a request is about. Of others this one knows nothing but their names. */
  #nodeFor(wanted: string | undefined): { readonly node: string; readonly code: ReturnCode } {
    const self = this.#sources.self();
    const isWanted = ({ name, address }: RisNode): boolean => name.toLowerCase() === wanted || address === wanted;
    if (wanted === undefined || isWanted(self)) return { node: self.name, code: 'Ok' };
    const other = this.#sources.nodes().find(isWanted);
    return other === undefined
      ? { node: wanted, code: 'InvalidNodeName' }
      : { node: other.name, code: 'NodeNotResponding' };
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
