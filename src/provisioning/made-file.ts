// A file that is made rather than read.

export interface MadeFile {
  readonly bytes: Buffer;
  /** The version stamp in it; empty: it has none. */
  readonly stamp: string;
}
