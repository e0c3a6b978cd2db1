// The lists that a cluster serves in each of its states.

import type { ClusterListContent } from '../../src/security/cluster-lists.js';
import type { ListKind } from '../../src/security/held-lists.js';
import { identity } from './identities.js';

/** What the lists of a cluster of two nodes are made of. */
export const clusterContent = (rest: Partial<ClusterListContent> = {}): ClusterListContent => ({
  settings: { digest: 'sha1', names: 'cucm' },
  identities: {
    itlrecovery: identity('itlrecovery'),
    callmanager: identity('callmanager'),
    'callmanager-ec': identity('callmanager-ec'),
    capf: identity('capf'),
    tvs: identity('tvs'),
  },
  self: { name: 'CM1', address: '10.10.210.10' },
  others: [{ name: 'CM2', address: '10.10.210.11', callmanager: identity('callmanager', 'CM2').read }],
  isMixed: false,
  isRollback: false,
  timestamp: 1_700_000_000,
  ...rest,
});

/** The states of a cluster, and the list that it serves in each. */
export const CLUSTER_LISTS: readonly (readonly [title: string, kind: ListKind, rest: Partial<ClusterListContent>])[] = [
  ['ITL of a cluster that is not secure', 'ITL', {}],
  ['ITL in mixed mode', 'ITL', { isMixed: true }],
  ['ITL with configuration over HTTPS', 'ITL', { isMixed: true, isHttps: true }],
  ['ITL that gives phones back', 'ITL', { isRollback: true }],
  ['CTL', 'CTL', { isMixed: true }],
  ['CTL of a cluster that was mixed once', 'CTL', { wasMixed: true }],
  ['ITL on the way to a new signer', 'ITL', { further: { itlrecovery: [identity('itlrecovery', 'CM1-new').read] } }],
];
