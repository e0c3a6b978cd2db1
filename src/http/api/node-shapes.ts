// The JSON of the nodes and of the address pools. What holds for `shapes.ts` holds here.

import type { Protocol } from '../../devices/device.js';

/** A node of the cluster, as it is configured. */
export interface NodeJson {
  /** Its processNodeName. */
  readonly name: string;
  readonly description: string;
  readonly address: string;
  readonly sccpPort: number;
  readonly sipPort: number;
  readonly sipTlsPort: number;
  /** This daemon. What other nodes do is not known here. */
  readonly isSelf: boolean;
  /** The call manager groups that it belongs to, with its place there: 1 is the first that phones try. */
  readonly groups: readonly { readonly name: string; readonly place: number }[];
}

/** A call manager group. */
export interface GroupJson {
  readonly name: string;
  /** The names of its nodes in the order in which phones try them. */
  readonly members: readonly string[];
  /** Devices of the group, and how many of them are registered here. */
  readonly devices: number;
  readonly registered: number;
}

/** What this daemon sees of the phones of all nodes. */
export interface SeenHereJson {
  /** Registered with this node. */
  readonly registered: Readonly<Record<Protocol, number>>;
  /** Connections over TCP and TLS. */
  readonly connections: Readonly<Record<Protocol, number>>;
  /** SCCP connections of phones that are registered with another node and have this one as standby. */
  readonly standbyConnections: number;
  /** Times that SIP phones of another node checked whether this one would serve them, since the start. */
  readonly standbyChecks: number;
  /** SCCP phones of another node that asked to come back to this one, since the start. */
  readonly tokens: { readonly granted: number; readonly refused: number };
}

/** `GET /api/nodes`. */
export interface NodesJson {
  readonly cluster: string;
  readonly nodes: readonly NodeJson[];
  readonly groups: readonly GroupJson[];
  readonly here: SeenHereJson;
}

/** The addresses of a subnet. What is not in one of the counts is free. */
export interface PoolJson {
  /** `10.10.210.0/24`. */
  readonly subnet: string;
  /** The ranges of its pools, such as `10.10.210.10-10.10.210.99`. */
  readonly ranges: readonly string[];
  /** Addresses for anybody, and what they are: leased, offered, in quarantine since another host has them, free. */
  readonly size: number;
  readonly leased: number;
  readonly offered: number;
  readonly declined: number;
  readonly free: number;
  /** Addresses that are reserved for one client each, and how many of them are leased now. */
  readonly reserved: { readonly size: number; readonly leased: number };
}

/** `GET /api/pools`. */
export interface PoolsJson {
  readonly pools: readonly PoolJson[];
}
