// The JSON of the nodes and of the address pools. What holds for `common-shapes.ts` holds here.

import * as z from 'zod';
import { about, IsoTime, type Json, shape } from './shape.js';

/** A count for each signalling protocol. */
const byProtocol = shape({ SCCP: z.int(), SIP: z.int() });

export const NodeJson = about(
  shape({
    name: about(z.string(), 'Its processNodeName.', 'CM1'),
    description: about(z.string(), 'What the configuration says of it.', 'publisher'),
    address: about(z.string(), 'Its address.', '10.10.0.5'),
    sccpPort: about(z.int(), 'Its port of SCCP.', 2000),
    sipPort: about(z.int(), 'Its port of SIP.', 5060),
    sipTlsPort: about(z.int(), 'Its port of SIP over TLS.', 5061),
    isSelf: about(z.boolean(), 'It is this daemon.', true),
    state: about(
      z.enum(['alive', 'dead']).optional(),
      'Whether it is heard on the bus. Missing where no bus connects the nodes: then what other nodes do is not known here.',
    ),
    since: about(
      IsoTime.nullable().optional(),
      'Since when it is so, as seen from this node; `null`: it was never heard. Missing where no bus connects the nodes.',
    ),
    version: about(z.string().optional(), 'The version of labcm that it runs. Missing where it was never heard.'),
    registered: about(
      byProtocol.optional(),
      'Devices that are registered with it, by its own count of the last seconds. Missing where it was never heard.',
    ),
    groups: about(
      z.array(
        shape({
          name: about(z.string(), 'The name of the group.', 'Default'),
          place: about(z.int(), 'Its place there: 1 is the first that phones try.', 1),
        }),
      ),
      'The call manager groups that it belongs to.',
    ),
  }),
  'A node of the cluster, as it is configured, and as it is heard.',
);
export type NodeJson = Json<typeof NodeJson>;

export const GroupJson = about(
  shape({
    name: about(z.string(), 'Its name.', 'Default'),
    members: about(z.array(z.string()), 'The names of its nodes in the order in which phones try them.', ['CM1']),
    devices: about(z.int(), 'Devices of the group.', 2),
    registered: about(
      z.int(),
      'How many of them are registered here; where a bus connects the nodes, with any of them.',
      2,
    ),
  }),
  'A call manager group.',
);
export type GroupJson = Json<typeof GroupJson>;

export const SeenHereJson = about(
  shape({
    registered: about(byProtocol, 'Devices that are registered with this node.', { SCCP: 1, SIP: 1 }),
    connections: about(byProtocol, 'Connections over TCP and TLS.', { SCCP: 1, SIP: 0 }),
    standbyConnections: about(
      z.int(),
      'SCCP connections of phones that are registered with another node and have this one as standby.',
      0,
    ),
    standbyChecks: about(
      z.int(),
      'Times that SIP phones of another node checked whether this one would serve them, since the start.',
      0,
    ),
    tokens: about(
      shape({ granted: z.int(), refused: z.int() }),
      'SCCP phones of another node that asked to come back to this one, since the start.',
      { granted: 0, refused: 0 },
    ),
  }),
  'What this daemon sees of the phones of all nodes.',
);
export type SeenHereJson = Json<typeof SeenHereJson>;

export const BusJson = about(
  shape({
    address: about(z.string(), 'Where it is.', 'nats://10.10.0.5:4222'),
    state: about(z.enum(['connected', 'gone']), 'Whether it answers.', 'connected'),
    since: about(IsoTime, 'Since when.'),
    reason: about(z.string().nullable(), 'Why it does not answer.', null),
    waiting: about(z.int(), 'Registrations of this node that it has not taken yet.', 0),
  }),
  'The bus that connects the nodes, as this daemon sees it.',
);
export type BusJson = Json<typeof BusJson>;

export const NodesJson = about(
  shape({
    cluster: about(z.string(), 'The name of the cluster.', 'StandAloneCluster'),
    nodes: about(z.array(NodeJson), 'Its nodes.'),
    groups: about(z.array(GroupJson), 'Its call manager groups.'),
    here: about(SeenHereJson, 'What this daemon sees.'),
    bus: about(BusJson.optional(), 'The bus between the nodes. Missing: none is configured.'),
  }),
  'The nodes of the cluster.',
);
export type NodesJson = Json<typeof NodesJson>;

export const PoolJson = about(
  shape({
    subnet: about(z.string(), 'The subnet.', '10.10.210.0/24'),
    ranges: about(z.array(z.string()), 'The ranges of its pools.', ['10.10.210.10-10.10.210.99']),
    size: about(z.int(), 'Addresses for anybody.', 90),
    leased: about(z.int(), 'How many of them are leased.', 2),
    offered: about(z.int(), 'How many are offered.', 0),
    declined: about(z.int(), 'How many are in quarantine since another host has them.', 0),
    free: about(z.int(), 'How many are free.', 88),
    reserved: about(
      shape({
        size: about(z.int(), 'How many there are.', 1),
        leased: about(z.int(), 'How many of them are leased now.', 0),
      }),
      'Addresses that are reserved for one client each.',
    ),
  }),
  'The addresses of a subnet.',
);
export type PoolJson = Json<typeof PoolJson>;

export const PoolsJson = about(shape({ pools: z.array(PoolJson) }), 'The address pools; none where DHCP is off.');
export type PoolsJson = Json<typeof PoolsJson>;
