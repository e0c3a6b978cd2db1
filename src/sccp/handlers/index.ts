// Every message that a phone may send: what its handler requires, and what it leads to.

import type { Handlers } from '../station.js';
import { callRows } from './calls.js';
import { capabilitiesRows } from './capabilities.js';
import { configurationRows } from './configuration.js';
import { keepAliveRows } from './keepalive.js';
import { registrationRows } from './registration.js';
import { reportRows } from './reports.js';
import { unaskedRows } from './unsolicited.js';

export const HANDLERS: Handlers = {
  ...keepAliveRows,
  ...registrationRows,
  ...capabilitiesRows,
  ...configurationRows,
  ...reportRows,
  ...callRows,
  ...unaskedRows,
};
