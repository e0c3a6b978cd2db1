import { toLatin1 } from '../core/latin-text.js';
import { after, type Instant, seconds } from '../core/time.js';
import type { DeviceRecord } from '../devices/index.js';

/** A name with its number. */
export interface NamedNumber {
  readonly name: string;
  readonly number: string;
}

/** What somebody looks for: beginnings of names and of a number, in any case. Empty: any. */
export interface DirectorySearch {
  readonly first: string;
  readonly last: string;
  readonly number: string;
}

interface SearchableEntry extends NamedNumber {
  /** The words of the name, folded. */
  readonly words: readonly string[];
  /** What entries are sorted by, before their numbers. */
  readonly sortKey: string;
}

/** Devices may change faster than anybody reads: an entry is at most so old. */
const MADE_AGAIN_AFTER = seconds(1);

/** Small Latin letters without accents, as people search and keypads type. */
const folded = (text: string): string => toLatin1(text).normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

/**
 * The corporate directory: the lines of all devices that may register, by name. It is made when somebody first asks, and again
 * after devices have changed, at most once a second.
 */
export class CorporateDirectory {
  readonly #devices: { devices(): Iterable<DeviceRecord> };
  #entries: readonly SearchableEntry[] = [];
  #isOutdated = true;
  #madeAt: Instant | undefined;

  constructor(devices: { devices(): Iterable<DeviceRecord> }) {
    this.#devices = devices;
  }

  /** Devices were added, changed or removed. */
  forget(): void {
    this.#isOutdated = true;
  }

  /** The entries that match, by name. */
  find(search: DirectorySearch, now: Instant): readonly NamedNumber[] {
    if (this.#isOutdated) this.#refresh(now);
    const [first, last, number] = [folded(search.first), folded(search.last), search.number.toLowerCase()];
    if (first === '' && last === '' && number === '') return this.#entries;
    return this.#entries.filter((entry) => matches(entry, first, last, number));
  }

  #refresh(now: Instant): void {
    if (this.#madeAt !== undefined && now < after(this.#madeAt, MADE_AGAIN_AFTER)) return;
    this.#entries = entriesOf(this.#devices.devices());
    this.#isOutdated = false;
    this.#madeAt = now;
  }
}

/** The first word is the first name, any other one a last name; a single word is both. */
const matches = (entry: SearchableEntry, first: string, last: string, number: string): boolean => {
  const { words } = entry;
  const lastNames = words.length > 1 ? words.slice(1) : words;
  return (
    (first === '' || words[0]?.startsWith(first) === true) &&
    (last === '' || lastNames.some((word) => word.startsWith(last))) &&
    entry.number.toLowerCase().startsWith(number)
  );
};

/** A line that several devices share is one entry, with the name that the first of them gives it. */
const entriesOf = (devices: Iterable<DeviceRecord>): readonly SearchableEntry[] => {
  const byNumber = new Map<string, SearchableEntry>();
  for (const { configured } of devices)
    if (!configured.suspended)
      for (const { dn, displayName, label } of configured.lines)
        if (!byNumber.has(dn)) {
          const name = [displayName, label, configured.description].find((text) => text !== '' && text !== dn) ?? dn;
          const words = folded(name).split(/\s+/);
          byNumber.set(dn, { name, number: dn, words, sortKey: words.join(' ') });
        }
  return [...byNumber.values()].sort(
    (one, other) => compare(one.sortKey, other.sortKey) || compare(one.number, other.number),
  );
};

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);
