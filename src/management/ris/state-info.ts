// StateInfo: an opaque text that a client may give back to hear only of changes. It says how often the devices of this node
// have changed, and nothing of the request, since some clients ask until it stays the same (`docs/protocols/apis.md` §4.4).

import { escapeXml } from '../../core/xml/entities.js';
import type { XmlTreeNode } from '../../core/xml/tree.js';

/** The state of this node. */
export interface NodeState {
  readonly name: string;
  /** UNIX seconds. */
  readonly startedAt: number;
  /** Rises with each change of a device. */
  readonly changes: number;
  /** The devices that RIS knows. */
  readonly devices: number;
}

/** The text, not escaped. */
export const writeStateInfo = ({ name, startedAt, changes, devices }: NodeState): string =>
  `<StateInfo ClusterWide="1"><Node Name="${escapeXml(name)}" SubsystemStartTime="${startedAt}" StateId="${changes}" TotalItemsFound="${devices}" TotalItemsReturned="${devices}"/></StateInfo>`;

const START = /\bSubsystemStartTime="(\d{1,12})"/;
const STATE = /\bStateId="(\d{1,15})"/;

/**
 * Whether the StateInfo of a request says that the client knows this state. It comes as text, or as elements from clients
 * that paste the text into their request. What cannot be read counts as empty.
 */
export const knowsState = (request: XmlTreeNode, { startedAt, changes }: NodeState): boolean => {
  const given = request.children.find(({ name }) => name === 'StateInfo');
  if (given === undefined) return false;
  const nested = nodeWithin(given);
  const start = nested?.attributes.get('SubsystemStartTime') ?? START.exec(given.text)?.[1];
  const state = nested?.attributes.get('StateId') ?? STATE.exec(given.text)?.[1];
  return start === String(startedAt) && state === String(changes);
};

const nodeWithin = ({ children }: XmlTreeNode): XmlTreeNode | undefined => {
  const [first] = children;
  return first?.name === 'StateInfo' ? first.children.find(({ name }) => name === 'Node') : first;
};
