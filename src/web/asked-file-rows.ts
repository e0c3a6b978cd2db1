// The files that phones asked for as rows: which are shown, and in which order. Pure: no browser is needed.

import type { AskedFileJson } from '../http/api/file-list-shapes.js';

/** Which files are shown. `harmful`: no misses that every phone has. */
export type ShownFiles = 'all' | 'missed' | 'harmful';

/** What a file is sorted by. */
export const FILE_SORTS: Readonly<Record<string, (file: AskedFileJson) => string | number>> = {
  file: ({ file }) => file.toLowerCase(),
  devices: ({ devices, strangers }) => devices + strangers,
  missed: ({ missed }) => missed,
  octets: ({ octets }) => octets ?? -1,
  milliseconds: ({ milliseconds }) => milliseconds?.median ?? -1,
  at: ({ at }) => at,
};

/** An order of files. */
export interface FileOrder {
  readonly column: string;
  readonly descending: boolean;
}

const isShown = ({ missed, harmless }: AskedFileJson, which: ShownFiles): boolean =>
  which === 'all' || (missed > 0 && (which === 'missed' || !harmless));

/** The files that have every word of the filter in their name, answers or the names of those that missed them. */
export const shownFiles = (
  files: readonly AskedFileJson[],
  filter: string,
  which: ShownFiles,
  { column, descending }: FileOrder,
): readonly AskedFileJson[] => {
  const words = filter.toLowerCase().split(/\s+/);
  const found = files.filter((file) => {
    if (!isShown(file, which)) return false;
    const haystack = [file.file, answerOf(file), ...file.transports, ...file.missedBy, file.lastDevice]
      .join('\n')
      .toLowerCase();
    return words.every((word) => haystack.includes(word));
  });
  const sortValue = FILE_SORTS[column] ?? (() => 0);
  const sign = descending ? -1 : 1;
  return found.sort((one, other) => {
    const [left, right] = [sortValue(one), sortValue(other)];
    return left === right ? 0 : left < right ? -sign : sign;
  });
};

/** How requests for a file ended, in words. */
export const answerOf = ({ outcomes, reason, harmless }: AskedFileJson): string => {
  const counts = Object.entries(outcomes).filter(([, count]) => count > 0);
  const [first] = counts;
  const words = counts.length === 1 ? first?.[0] : counts.map(([outcome, count]) => `${count} ${outcome}`).join(', ');
  return `${words}${reason === null ? '' : `: ${reason}`}${harmless ? ' (harmless)' : ''}`;
};
