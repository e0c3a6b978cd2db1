// The UUIDs of CUCM's rows, which AXL, SQL and UDS tell alike (`docs/protocols/apis.md` §5.8).

import { nameUuid } from '../core/uuid.js';

/** A kind of row whose UUID follows from its name. Those of devices are the layer's. */
export type RowKind =
  | 'line'
  | 'routePartition'
  | 'appearance'
  | 'callManager'
  | 'callManagerGroup'
  | 'commonDeviceConfig'
  | 'commonPhoneConfig'
  | 'css'
  | 'devicePool'
  | 'location'
  | 'other'
  | 'phoneTemplate'
  | 'presenceGroup'
  | 'processNode'
  | 'region'
  | 'registrationDynamic'
  | 'securityProfile'
  | 'softkeyTemplate'
  | 'user';

/** The UUID of a row: the same today, after a restart and on another node. Lower case, without braces. */
export const rowUuid = (cluster: string, kind: RowKind, ...names: readonly string[]): string =>
  nameUuid(cluster, kind, ...names);
