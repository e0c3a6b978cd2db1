// The files that a phone asked for, by TFTP or HTTP, as its timeline has them.

import type { Instant } from '../../core/time.js';
import type { Model } from '../../devices/index.js';
import type { LabcmEvent } from '../../events.js';
import type { EventOf } from '../../trace/index.js';
import type { FactView } from './fact-view.js';

const TYPES = ['tftp.completed', 'tftp.refused', 'tftp.failed', 'http.file'] as const;
/** The events of files, as evidence. */
export const FILE_EVENTS: readonly LabcmEvent['type'][] = TYPES;

/** A file that was asked for, and what became of it. */
export type FileEvent = EventOf<(typeof TYPES)[number]>;

/** What became of it. `missing`: there is no such file; `refused`: for another reason. */
export type AskedOutcome = 'served' | 'missing' | 'refused' | 'failed';

/** Whether an event is about a file. */
export const isFileEvent = (event: LabcmEvent): event is FileEvent =>
  (TYPES as readonly LabcmEvent['type'][]).includes(event.type);

const FILE_NOT_FOUND = 1;
const NOT_FOUND = 404;

/** What became of the file. */
export const outcomeOf = (event: FileEvent): AskedOutcome => {
  switch (event.type) {
    case 'tftp.completed':
      return 'served';
    case 'tftp.failed':
      return 'failed';
    case 'tftp.refused':
      return event.code === FILE_NOT_FOUND ? 'missing' : 'refused';
    case 'http.file':
      if (event.outcome !== 'refused') return event.outcome;
      return event.status === NOT_FOUND ? 'missing' : 'refused';
  }
};

/** The name as the phone spelled it. */
export const askedName = (event: FileEvent): string =>
  'asked' in event && event.asked !== undefined ? event.asked : event.file;

/** The name without what phones put before it: a slash of either kind. */
export const plainName = (event: FileEvent): string => askedName(event).replaceAll('\\', '/').replace(/^\/+/, '');

/** Which files are meant. */
export type FileFilter = (name: string, event: FileEvent) => boolean;

const selects =
  (outcome: AskedOutcome | 'any', filter: FileFilter) =>
  (event: FileEvent): boolean =>
    (outcome === 'any' || outcomeOf(event) === outcome) && filter(plainName(event), event);

/** How often the phone asked for such a file, with this outcome. */
export const countFiles = (facts: FactView, outcome: AskedOutcome | 'any', filter: FileFilter): number =>
  TYPES.reduce((sum, type) => sum + facts.count(type, selects(outcome, filter)), 0);

interface AskedFile {
  readonly name: string;
  readonly outcome: AskedOutcome;
  readonly event: FileEvent;
}

/** The files of each view, the oldest first: many rows ask for them. */
const ASKED = new WeakMap<FactView, readonly AskedFile[]>();

const askedFiles = (facts: FactView): readonly AskedFile[] => {
  const known = ASKED.get(facts);
  if (known !== undefined) return known;
  const found = (facts.all(isFileEvent) as readonly FileEvent[]).map((event) => ({
    name: plainName(event),
    outcome: outcomeOf(event),
    event,
  }));
  ASKED.set(facts, found);
  return found;
};

/** The newest request for such a file, with this outcome. */
export const lastFile = (facts: FactView, outcome: AskedOutcome | 'any', filter: FileFilter): FileEvent | undefined =>
  askedFiles(facts).findLast((file) => (outcome === 'any' || file.outcome === outcome) && filter(file.name, file.event))
    ?.event;

/** Every file that is kept, the oldest first; one that was asked for again and again twice, the first and the last time. */
export const allFiles = (facts: FactView): readonly FileEvent[] => askedFiles(facts).map(({ event }) => event);

/** Whether the phone was sent a file of that name, in any case, at that time or later. */
export const wasServed = (facts: FactView, name: string, since: Instant): boolean => {
  const wanted = name.toUpperCase();
  const served = lastFile(facts, 'served', (one) => one.toUpperCase() === wanted);
  return served !== undefined && served.at >= since;
};

/** The configuration file of one phone, as it is or encrypted or signed. */
const CONFIGURATION = /^[^/]+\.cnf\.xml((?:\.enc)?(?:\.sgn)?)$/i;
const DEFAULT = /^XMLDefault\.cnf\.xml/i;

/** How the phone wants its configuration file. `undefined`: the file is none. */
export const configurationKind = (name: string): 'plain' | 'signed' | 'encrypted' | undefined => {
  const ending = DEFAULT.test(name) ? undefined : CONFIGURATION.exec(name)?.[1]?.toLowerCase();
  if (ending === undefined) return undefined;
  if (ending.startsWith('.enc')) return 'encrypted';
  return ending === '.sgn' ? 'signed' : 'plain';
};

/** The file that tells a phone nothing but where to register: of phones that nobody configured. */
export const isDefaultFile = (name: string): boolean => DEFAULT.test(name);
/** The phone's own configuration file, neither signed nor encrypted. */
export const isPlainConfiguration = (name: string): boolean => configurationKind(name) === 'plain';

/** The phone's own configuration file in a form that it can read by itself: plain or signed. */
export const isReadableConfiguration = (name: string): boolean => {
  const kind = configurationKind(name);
  return kind === 'plain' || kind === 'signed';
};

/** A name without the ending of the signed form. */
export const unsignedName = (name: string): string => name.replace(/\.sgn$/i, '');

/** Trust lists (`docs/protocols/provisioning.md` §3.1). */
export const isTrustList = (name: string): boolean => /(?:^|[/_])(?:CTL|ITL)[^/]*\.tlv(?:\.sgn)?$/i.test(name);

/** Models that ask for their files by HTTP before they ask by TFTP (`docs/protocols/provisioning.md` §3.1 D). */
export const asksHttpFirst = ({ family }: Pick<Model, 'family'>): boolean => family === '78xx';

/** Manifests and parts of firmware, by their endings. */
export const isFirmware = (name: string): boolean =>
  /\.(?:loads|sbn|sb2|bin|zz(?:\.sgn)?|zup|fw|img)$/i.test(name) || /^P0\w+\.sgn$/i.test(name);
/** The manifest of a load. */
export const isLoads = (name: string): boolean => /\.loads$/i.test(name);
/** What a phone asks for that has no firmware at all, after a factory reset. */
export const isFactoryLoads = (name: string): boolean => /^term\d+\.default\.loads$/i.test(name);
