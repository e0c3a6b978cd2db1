// The files of an SDL trace: where they are, what they are called, when the next one begins.

import { join } from 'node:path';
import type { Clock } from '../../core/time.js';
import { HeadedFiles } from '../../net/files/headed-files.js';
import { dateText, headLine, type SdlHead } from './head.js';

/** Below the folder of the traces, as CUCM has it. */
const FOLDER = ['cm', 'trace', 'ccm', 'sdl'];

/** `SDL001_100`: node 1, CallManager. */
export const sdlName = (node: number): string => `SDL${String(node).padStart(3, '0')}_100`;

/** `SDL001_100_000001.txt` and so on. One begins at each start, at a size, and with each day: the date is in its head. */
export const sdlFiles = (
  directory: string,
  rotate: { readonly size: number; readonly files: number },
  head: Omit<SdlHead, 'startedAt'>,
  clock: Clock,
): HeadedFiles => {
  const now = () => clock.wallTime(clock.now());
  const whole: SdlHead = { ...head, startedAt: now() };
  return new HeadedFiles({
    directory: join(directory, ...FOLDER),
    name: sdlName(head.host.number),
    extension: '.txt',
    ...rotate,
    head: (first, number) => Buffer.from(headLine(whole, first, number, now())),
    day: () => dateText(now()),
  });
};
