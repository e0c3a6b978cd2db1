import type { LabcmEvent } from '../events.js';
import { callLines } from './lines/calls.js';
import { certificateLines } from './lines/certificates.js';
import { clusterLines } from './lines/cluster.js';
import { daemonLines } from './lines/daemon.js';
import { deviceLines } from './lines/device.js';
import { dhcpLines } from './lines/dhcp.js';
import { explainLines } from './lines/explain.js';
import { injectionLines } from './lines/injection.js';
import { managementLines } from './lines/management.js';
import { netLines } from './lines/net.js';
import { rtpLines } from './lines/rtp.js';
import { sccpLines } from './lines/sccp.js';
import { serviceLines } from './lines/services.js';
import { sipLines } from './lines/sip.js';
import { tftpLines } from './lines/tftp.js';
import type { Rows } from './row.js';

/**
 * The table of trace lines, one row per event type. A new component is a file in `lines/` and a line here. An event
 * without a row does not compile.
 */
export const LINES: Rows<LabcmEvent['type']> = {
  ...callLines,
  ...certificateLines,
  ...clusterLines,
  ...daemonLines,
  ...deviceLines,
  ...dhcpLines,
  ...explainLines,
  ...injectionLines,
  ...managementLines,
  ...netLines,
  ...rtpLines,
  ...sccpLines,
  ...serviceLines,
  ...sipLines,
  ...tftpLines,
};
