// The heartbeats of nodes: what each tells of itself.

import { keyOf } from './bus-names.js';
import { countIn, textIn, type ValueFields } from './values.js';

/** What a node tells of itself. */
export interface NodeFacts {
  readonly node: string;
  /** Another at each start of the daemon. */
  readonly instance: string;
  readonly version: string;
  /** For people: when it started, in milliseconds of its own wall clock. */
  readonly started: number;
  readonly address: string;
  readonly sccpPort: number;
  readonly sipPort: number;
  /** Where it takes calls of other nodes, over TCP; 0 or absent: nowhere. */
  readonly callPort?: number;
  readonly api: string;
  readonly sccp: number;
  readonly sip: number;
}

/** A heartbeat of a node. */
export interface Heartbeat extends NodeFacts {
  /** It has stopped in order. */
  readonly hasStopped: boolean;
  /** The revision of its first heartbeat; 0: this is it. */
  readonly claimed: number;
  /** Counts the heartbeats of this start. */
  readonly beat: number;
}

/** Reads a heartbeat. `undefined`: it is none. */
export const readHeartbeat = (fields: ValueFields, key: string): Heartbeat | undefined => {
  const [node, instance, address] = [textIn(fields, 'node', 64), textIn(fields, 'instance'), textIn(fields, 'address')];
  if (node === undefined || instance === undefined || address === undefined) return undefined;
  if (keyOf(node) !== key) return undefined;
  return {
    node,
    instance,
    address,
    version: textIn(fields, 'version') ?? '',
    started: countIn(fields, 'started') ?? 0,
    sccpPort: countIn(fields, 'sccpPort') ?? 0,
    sipPort: countIn(fields, 'sipPort') ?? 0,
    callPort: countIn(fields, 'callPort') ?? 0,
    api: textIn(fields, 'api') ?? '',
    sccp: countIn(fields, 'sccp') ?? 0,
    sip: countIn(fields, 'sip') ?? 0,
    hasStopped: fields.hasStopped === true,
    claimed: countIn(fields, 'claimed') ?? 0,
    beat: countIn(fields, 'beat') ?? 0,
  };
};

/** The revision with which a start of a daemon took its name. */
export const claimOf = ({ claimed }: Heartbeat, revision: number): number => (claimed === 0 ? revision : claimed);
