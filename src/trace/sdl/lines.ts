import type { LabcmEvent } from '../../events.js';
import type { EventOf } from '../row.js';
import type { SdlRow } from './row.js';
import { callRows } from './rows/calls.js';
import { deviceRows } from './rows/device.js';
import { sccpRows } from './rows/sccp.js';
import { sipRows } from './rows/sip.js';

/**
 * The table of SDL lines: the events that have lines of their own in this form. The text of any other event of the
 * component CCM is the one of the SDI form, as `AppInfo`.
 */
export const SDL_LINES: { readonly [K in LabcmEvent['type']]?: SdlRow<EventOf<K>> } = {
  ...callRows,
  ...deviceRows,
  ...sccpRows,
  ...sipRows,
};
