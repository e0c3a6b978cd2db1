import type { Handlers } from '../station.js';
import { callHandlers } from './calls.js';
import { capabilityHandlers } from './capabilities.js';
import { configurationHandlers } from './configuration.js';
import { keepAliveHandlers } from './keepalive.js';
import { registrationHandlers } from './registration.js';
import { reportHandlers } from './reports.js';
import { unsolicitedHandlers } from './unsolicited.js';

/** The handler of every message that a phone may send. */
export const HANDLERS: Handlers = {
  ...keepAliveHandlers,
  ...registrationHandlers,
  ...capabilityHandlers,
  ...configurationHandlers,
  ...reportHandlers,
  ...callHandlers,
  ...unsolicitedHandlers,
};
