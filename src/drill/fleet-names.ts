// Who the simulated phones of a drill are: their names, numbers, models and nodes. The phones and the configuration of the nodes
// are made of it.

import { fromPattern, mixAt, parseMix } from '../phone/index.js';
import type { DrillPlan } from './plan.js';

/** A simulated phone, as its device is configured. */
export interface DrillPhone {
  readonly name: string;
  readonly model: string;
  readonly protocol: 'SCCP' | 'SIP';
  readonly dn: string;
  /** The names of its nodes, the first one first. */
  readonly nodes: readonly string[];
}

/** As many as a group of call managers has. */
const MOST_MEMBERS = 3;

/** The nodes in turn, beginning with one of them. */
export const nodesFrom = (plan: Pick<DrillPlan, 'nodes'>, first: number): readonly string[] =>
  plan.nodes.map((_node, index) => plan.nodes[(first + index) % plan.nodes.length]?.name ?? '').slice(0, MOST_MEMBERS);

/** The phone of a number, counted from 0. */
export const drillPhone = (plan: Pick<DrillPlan, 'nodes' | 'phones'>, at: number): DrillPhone => {
  const { mix, name, line, spread } = plan.phones;
  const part = mixAt(parseMix(mix) ?? [], at);
  return {
    name: fromPattern(name, at + 1),
    model: part?.model ?? '7962',
    protocol: part?.protocol ?? 'SCCP',
    dn: fromPattern(line, at + 1),
    nodes: nodesFrom(plan, spread ? at % plan.nodes.length : 0),
  };
};
