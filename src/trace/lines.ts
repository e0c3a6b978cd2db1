// The one table of how each event is told. A new component is a file in `lines/` and a line here; an event without its
// row does not compile.

import type { LabcmEvent } from '../events.js';
import { daemonLines } from './lines/daemon.js';
import { deviceLines } from './lines/device.js';
import { dhcpLines } from './lines/dhcp.js';
import { netLines } from './lines/net.js';
import { sccpLines } from './lines/sccp.js';
import { sipLines } from './lines/sip.js';
import { tftpLines } from './lines/tftp.js';
import type { Rows } from './row.js';

export const LINES: Rows<LabcmEvent['type']> = {
  ...daemonLines,
  ...deviceLines,
  ...dhcpLines,
  ...netLines,
  ...sccpLines,
  ...sipLines,
  ...tftpLines,
};
