import { cutText, xmlAround, xmlDocument, xmlText } from '../core/xml/writer.js';
import type { GeneratedFile } from './generated-files.js';

const MAX_RINGS = 50;
const MAX_TEXT = 25;

/** By the list's folded name, the file ending of its tones: µ-law, or wideband for 78xx and 88xx. */
const TONES: Readonly<Record<string, RegExp>> = {
  RINGLIST: /\.(raw|pcm)$/i,
  DISTINCTIVERINGLIST: /\.(raw|pcm)$/i,
  'RINGLIST-WB': /\.rwb$/i,
};

/**
 * A ring list of the tones in `tftp-root/`, served if the owner has written none (`provisioning.md` §4.7). `list` is a
 * key of `TONES`; `paths` are all files below the root, of which those in the root itself count, since phones fetch
 * tones from there.
 */
export const ringList = (list: string, paths: readonly string[]): GeneratedFile => {
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
