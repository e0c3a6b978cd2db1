// The table of `labcm doctor`: every check, in the order in which findings are printed.

import type { DoctorCheck } from './check.js';
import { ADDRESS_CHECKS } from './checks/address-checks.js';
import { API_CHECKS } from './checks/api-checks.js';
import { CONFIG_CHECKS } from './checks/config-checks.js';
import { DEVICE_CHECKS } from './checks/device-checks.js';
import { DHCP_TABLE } from './checks/dhcp-checks.js';
import { FILE_CHECKS } from './checks/file-checks.js';
import { FIREWALL_CHECKS } from './checks/firewall-checks.js';
import { HOST_CHECKS } from './checks/host-checks.js';
import { NAME_CHECKS } from './checks/name-checks.js';
import { PATH_CHECKS } from './checks/path-checks.js';
import { PORT_CHECKS } from './checks/port-checks.js';
import { TRUST_CHECKS } from './checks/trust-checks.js';

/** All checks (`docs/protocols/explain.md` §3). */
export const DOCTOR_TABLE: readonly DoctorCheck[] = [
  ...CONFIG_CHECKS,
  ...PORT_CHECKS,
  ...ADDRESS_CHECKS,
  ...DHCP_TABLE,
  ...FILE_CHECKS,
  ...TRUST_CHECKS,
  ...FIREWALL_CHECKS,
  ...PATH_CHECKS,
  ...HOST_CHECKS,
  ...NAME_CHECKS,
  ...DEVICE_CHECKS,
  ...API_CHECKS,
];
