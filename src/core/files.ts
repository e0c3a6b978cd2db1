// The port between those who serve files over a protocol (TFTP, HTTP) and those who know which files there are.

/**
 * Which request for a file an event is about. CUCM's TFTP trace writes it as
 * `0x<connection>~<sequence>~<address>~<port>`.
 */
export interface FileRequestContext {
  /** A number that stands for the connection object; the trace shows it in hexadecimal. */
  readonly connection: number;
  /** Rises by one per request; TFTP and HTTP share one count. */
  readonly sequence: number;
  /** The client. */
  readonly address: string;
  readonly port: number;
  /** Set if the trace shows neither this request nor the steps of its answer, because too many came in this second. */
  readonly untraced?: true;
}

/** An open file. Its size does not change while it is open. */
export interface FileContent {
  /** Octets. */
  readonly size: number;
  /**
   * Reads `length` octets from `offset`, fewer only at the end of the file. Returns a `Buffer` at once if the octets
   * are in memory: this is the common case, and a promise for each block would cost more than the block. Rejects if
   * the file cannot be read.
   */
  read(offset: number, length: number): Buffer | Promise<Buffer>;
  /** The reader calls this once, when it has finished. */
  close(): void;
}

/** The answer for a file that exists. */
export interface FileFound {
  readonly found: true;
  readonly content: FileContent;
  /** The configured device that the file is for, if its name says so. */
  readonly device?: string;
  /** The version stamp in it, if it was made for that device. */
  readonly stamp?: string;
}

/** The answer for a file that does not exist. */
export interface FileMissing {
  readonly found: false;
  /** The canonical name that was looked up, e.g. `CTLFile.tlv` for `CTLSEP005056A1033D.tlv`. */
  readonly file: string;
  /** This miss is part of every boot in a non-secure cluster. */
  readonly harmless: boolean;
  /** The configured device that the file would be for, if its name says so. */
  readonly device?: string;
}

/** What a `FileSource` answers. */
export type FileAnswer = FileFound | FileMissing;

/** Where a file service gets its files from. */
export interface FileSource {
  /**
   * Opens a file. `name` is as the client spelled it, its octets read as Latin-1; HTTP removes the percent-encoding
   * first. Answers at once if nothing has to be read. Rejects or throws if the file exists but cannot be opened.
   */
  open(name: string, context: FileRequestContext): FileAnswer | Promise<FileAnswer>;
}

/** A file in memory. Any number of readers may share one. */
export const memoryContent = (bytes: Buffer): FileContent => ({
  size: bytes.length,
  read: (offset, length) => bytes.subarray(offset, offset + length),
  close: () => {},
});
