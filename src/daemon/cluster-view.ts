// The nodes of the cluster as the API shows them.

import type { Config } from '../config/index.js';
import type { ClusterView, SharedView } from '../http/index.js';
import type { SccpServer } from '../sccp/server.js';
import type { SipServer } from '../sip/server.js';

/** What the configuration lists, and what the servers of this node see. `undefined`: that service is off. */
export const clusterView = (
  config: () => Config,
  { sccp, sip }: { readonly sccp: SccpServer | undefined; readonly sip: SipServer | undefined },
  shared: SharedView | undefined,
): ClusterView => ({
  shared,
  configured: () => {
    const { cluster, self, nodes, provisioning } = config();
    return {
      name: cluster,
      self: self.name,
      nodes: nodes.map((node) => (node.name === self.name ? self : node)),
      groups: [...provisioning.groups.values()].map(({ name, members }) => ({
        name,
        members: members.map((member) => member.name),
      })),
    };
  },
  connections: () => ({
    connections: { SCCP: sccp?.links ?? 0, SIP: sip?.links ?? 0 },
    standbyConnections: sccp?.standbyLinks ?? 0,
  }),
});
