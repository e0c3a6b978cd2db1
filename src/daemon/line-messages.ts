// The messages of lines as the API reads and sets them.

import { parseDirectoryNumber } from '../core/identifiers.js';
import type { Clock } from '../core/time.js';
import type { DeviceDatabase } from '../devices/index.js';
import type { LineMessagesView } from '../http/index.js';

export const lineMessages = (database: DeviceDatabase, clock: Clock): LineMessagesView => {
  const lineOf = (text: string) => {
    const dn = parseDirectoryNumber(text);
    return dn !== undefined && database.byDirectoryNumber(dn).length > 0 ? dn : undefined;
  };
  return {
    of: (text) => {
      const dn = lineOf(text);
      return dn === undefined ? undefined : database.messages.of(dn);
    },
    set: (text, messages, by) => {
      const dn = lineOf(text);
      return dn === undefined ? 'unknown-line' : database.messages.set(dn, messages, by, clock.now());
    },
  };
};
