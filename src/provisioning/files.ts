// What the catalogue answers: an open file, or that there is none. Whoever serves files has the same shapes in its own
// words; the compiler compares them where the two meet.

/** An open file. Its size does not change while it is open. */
export interface FileContent {
  /** Octets. */
  readonly size: number;
  /** `length` octets from `offset`, fewer only at the end: at once where they are in memory. Rejects when it cannot be read. */
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

/** A file in memory. Any number of readers may share one. */
export const memoryContent = (bytes: Buffer): FileContent => ({
  size: bytes.length,
  read: (offset, length) => bytes.subarray(offset, offset + length),
  close: () => {},
});
