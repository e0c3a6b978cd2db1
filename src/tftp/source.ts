// Where the file service gets files from: its own idea of a source, which the catalogue happens to fit.

import type { RequestContext } from './events.js';

/** An open file. Its size does not change while it is open. */
export interface FileContent {
  /** Octets. */
  readonly size: number;
  /**
   * `length` octets from `offset`, fewer only at the end of the file. A `Buffer` at once where the octets are in
   * memory, which is the common case and must not cost a promise; rejects when the file cannot be read.
   */
  read(offset: number, length: number): Buffer | Promise<Buffer>;
  /** Called once, when the reader needs it no longer. */
  close(): void;
}

export interface FileFound {
  readonly found: true;
  readonly content: FileContent;
  readonly device?: string;
}

export interface FileMissing {
  readonly found: false;
  /** The canonical name that was looked for, e.g. `CTLFile.tlv` for `CTLSEP005056A1033D.tlv`. */
  readonly file: string;
  /** A miss that belongs to every boot in a non-secure cluster. */
  readonly harmless: boolean;
  readonly device?: string;
}

export type FileAnswer = FileFound | FileMissing;

export interface FileSource {
  /** `name` is as the client spelled it, octets read as Latin-1. Answers at once where it can. */
  open(name: string, context: RequestContext): FileAnswer | Promise<FileAnswer>;
}
