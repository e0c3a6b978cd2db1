import { join } from 'node:path';
import type { Degradations } from '../core/degradations.js';
import { type DirectoryNumber, parseDirectoryNumber } from '../core/identifiers.js';
import type { KeptMessages, LineMessages, MessagesStore } from '../devices/index.js';
import { AppendedFile } from '../net/files/append-only-file.js';
import { type Disk, nodeDisk } from '../net/files/write-all.js';

const FILE = 'messages.jsonl';
const PART = 'messages that wait';
/** Lines that are history, so that a small file is not written anew all the time. */
const SLACK = 1_000;

/** A store of waiting messages in the state directory, so that lamps are as before after a restart. */
export const messagesFile = (
  stateDirectory: string,
  degradations: Degradations,
  disk: Disk = nodeDisk,
): MessagesStore => {
  const file = new AppendedFile(join(stateDirectory, FILE), disk);
  let lines = 0;
  const write = (messages: KeptMessages, all: ReadonlyMap<DirectoryNumber, LineMessages>): void => {
    if (lines <= 2 * all.size + SLACK) {
      file.append(Buffer.from(lineOf(messages)));
      lines += 1;
      return;
    }
    const fresh = file.replacement();
    try {
      fresh.append(Buffer.from([...all].map(([dn, kept]) => lineOf({ dn, ...kept })).join('')));
      fresh.commit();
      lines = all.size;
    } catch (error) {
      fresh.abandon();
      throw error;
    }
  };
  return {
    all: () => {
      const pieces = [...file.read()].map((piece) => Buffer.from(piece));
      const kept = new Map<DirectoryNumber, KeptMessages>();
      for (const line of Buffer.concat(pieces).toString().split('\n')) {
        const messages = parseLine(line);
        if (messages === undefined) continue;
        lines += 1;
        kept.delete(messages.dn);
        if (messages.waiting || messages.new + messages.old > 0) kept.set(messages.dn, messages);
      }
      return [...kept.values()];
    },
    keep: (messages, all) => {
      try {
        write(messages, all);
      } catch (error) {
        degradations.begin(PART, `${(error as Error).message}; no lamp is changed that a restart would forget`);
        return false;
      }
      degradations.end(PART);
      // In the kernel's hands it outlives this process; that the machine stops as well may cost the last change.
      file.sync().catch(() => {});
      file.close(); // once it is synced: changes are rare
      return true;
    },
  };
};

const lineOf = ({ dn, waiting, new: count, old }: KeptMessages): string =>
  `${JSON.stringify({ dn, waiting, new: count, old })}\n`;

/** `undefined` if the line is none, for example one that was cut. */
const parseLine = (line: string): KeptMessages | undefined => {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { dn, waiting, new: count, old } = value as Record<string, unknown>;
  const number = typeof dn === 'string' ? parseDirectoryNumber(dn) : undefined;
  if (number === undefined || typeof waiting !== 'boolean' || !isCount(count) || !isCount(old)) return undefined;
  return { dn: number, waiting, new: count, old };
};

const isCount = (value: unknown): value is number => Number.isInteger(value) && Number(value) >= 0;
