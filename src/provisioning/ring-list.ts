// Ring lists: where the owner has written none, one of the ring tones that lie in `tftp-root/` (`provisioning.md` §4.7).

import { cutText, xmlAround, xmlDocument, xmlText } from '../core/xml/writer.js';
import type { MadeFile } from './made-file.js';

const MAX_RINGS = 50;
const MAX_TEXT = 25;

/** Folded name of the list to the ending of its tones: µ-law, or wideband for 78xx and 88xx. */
const TONES: Readonly<Record<string, RegExp>> = {
  RINGLIST: /\.(raw|pcm)$/i,
  DISTINCTIVERINGLIST: /\.(raw|pcm)$/i,
  'RINGLIST-WB': /\.rwb$/i,
};

/** `paths` are the files there are; a phone fetches its tones from the root alone. */
export const ringList = (list: string, paths: readonly string[]): MadeFile => {
  const tone = TONES[list];
  const rings = paths
    .filter((path) => tone?.test(path) === true && !path.includes('/') && path.length <= MAX_TEXT)
    .slice(0, MAX_RINGS);
  const written = xmlText(
    rings.map((path) => [
      'Ring',
      [
        ['DisplayName', cutText(path.replace(/\.[^.]*$/, ''), MAX_TEXT)],
        ['FileName', path],
      ],
    ]),
  );
  return { stamp: '', bytes: xmlDocument(xmlAround('CiscoIPPhoneRingList', {}, [written])) };
};
