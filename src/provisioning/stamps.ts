// Version stamps: by them a phone sees that a file has changed. They are made from the content alone, so that one
// changes when, and only when, the content does, and a restart of ours makes no phone think otherwise.

import { nameUuid } from '../core/uuid.js';

/** A stamp of each file that a phone was given; empty: it was given none. */
export interface VersionStamps {
  readonly config: string;
  readonly dialplan: string;
  readonly softkey: string;
  readonly featureControl: string;
}

const FIRST_SECOND = 1_262_304_000; // 2010-01-01: the seconds look like a date and carry a part of the hash
const SECONDS = 2 ** 28;

/** `<unix seconds>-<uuid>`, as CUCM has written it since 5.x. */
export const versionStamp = (...content: readonly string[]): string => {
  const uuid = nameUuid('content', ...content);
  return `${FIRST_SECOND + (Number.parseInt(uuid.slice(0, 8), 16) % SECONDS)}-${uuid}`;
};

const STAMP = /<versionStamp>\s*([^<]{1,128}?)\s*<\/versionStamp>/;

/** The stamp that the owner gave a file of theirs; empty: none. */
export const stampIn = (text: string): string => STAMP.exec(text)?.[1] ?? '';
