// All rows: what each message that a phone may send needs, and what it leads to.

import type { Rows } from '../station.js';
import { callRows } from './calls.js';
import { capabilitiesRows } from './capabilities.js';
import { configurationRows } from './configuration.js';
import { keepAliveRows } from './keepalive.js';
import { registrationRows } from './registration.js';
import { reportRows } from './reports.js';
import { unaskedRows } from './unsolicited.js';

export const ROWS: Rows = {
  ...keepAliveRows,
  ...registrationRows,
  ...capabilitiesRows,
  ...configurationRows,
  ...reportRows,
  ...callRows,
  ...unaskedRows,
};
