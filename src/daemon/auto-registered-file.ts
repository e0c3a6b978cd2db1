import { join } from 'node:path';
import type { Degradations } from '../core/degradations.js';
import { parseDeviceName, parseDirectoryNumber } from '../core/identifiers.js';
import type { AutoRegistered, AutoRegisteredStore } from '../devices/index.js';
import { JsonLinesFile } from '../net/files/json-lines.js';

const FILE = 'auto-registered.jsonl';

const PART = 'auto-registered numbers';

/** A store of auto-registered devices in the state directory, so that a phone has the same number after a restart. */
export const autoRegisteredFile = (stateDirectory: string, degradations: Degradations): AutoRegisteredStore => {
  const file = new JsonLinesFile(join(stateDirectory, FILE));
  let read: AutoRegistered[] | undefined;
  // Read on demand: until the directory is locked, another daemon may write there.
  const entries = (): AutoRegistered[] => {
    read ??= file.read().flatMap((value) => parseEntry(value) ?? []);
    return read;
  };
  return {
    all: entries,
    remember: (entry) => {
      const known = entries();
      try {
        file.append(entry);
      } catch (error) {
        degradations.begin(PART, `${(error as Error).message}; no number is given that a restart would forget`);
        throw error;
      }
      degradations.end(PART);
      known.push(entry);
    },
  };
};

/** `undefined` if the line is not an entry, for example after somebody edited it. */
const parseEntry = (value: unknown): AutoRegistered | undefined => {
  if (typeof value !== 'object' || value === null) return undefined;
  const { name, dn, typeId, protocol } = value as Record<string, unknown>;
  const device = typeof name === 'string' ? parseDeviceName(name) : undefined;
  const number = typeof dn === 'string' ? parseDirectoryNumber(dn) : undefined;
  if (device === undefined || number === undefined || typeof typeId !== 'number') return undefined;
  if (protocol !== 'SCCP' && protocol !== 'SIP') return undefined;
  return { name: device, dn: number, typeId, protocol };
};
