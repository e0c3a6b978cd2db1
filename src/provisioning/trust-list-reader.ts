// Reads whose a trust list is: the signer in its header and what each of its records is for (`provisioning.md` §5.1 to
// §5.4). It checks no signature: a phone does that.

/** What a trust list says of itself. */
export interface TrustListFacts {
  /** The distinguished name of its signer, as it stands there. */
  readonly signer: string;
  /** The functions of its records, each once: `SAST`, `CCM+TFTP`… */
  readonly functions: readonly string[];
}

const HEADER = { version: 1, headerLength: 2, signerInfo: 3, signerName: 4, signature: 12, padding: 13 } as const;
const RECORD = { length: 1, function: 4 } as const;

/** Containers: only their heads are passed over. */
const CONTAINERS: ReadonlySet<number> = new Set([3, 7, 9, 16, 17, 21]);

const FUNCTIONS: ReadonlyMap<number, string> = new Map([
  [0, 'SAST'],
  [1, 'CCM'],
  [2, 'CCM+TFTP'],
  [3, 'TFTP'],
  [4, 'CAPF'],
  [7, 'APP-SERVER'],
  [21, 'TVS'],
]);

const HEAD = 3;

/** The value of the first field with this tag between two places; `undefined`: there is none, or it runs past the end. */
const fieldIn = (
  bytes: Buffer,
  [from, to]: readonly [from: number, to: number],
  wanted: number,
  isContainer: (tag: number) => boolean,
): Buffer | undefined => {
  for (let at = from; at + HEAD <= to; ) {
    const tag = bytes[at] as number;
    if (tag === HEADER.padding && wanted !== HEADER.padding) {
      at += 1;
      continue;
    }
    const length = bytes.readUInt16BE(at + 1);
    if (tag === wanted) return at + HEAD + length <= to ? bytes.subarray(at + HEAD, at + HEAD + length) : undefined;
    at += HEAD + (isContainer(tag) ? 0 : length);
  }
  return undefined;
};

/** Reads a list; `undefined`: it is none, or is cut off. Linear, and never throws. */
export const readTrustList = (bytes: Buffer): TrustListFacts | undefined => {
  const all = [0, bytes.length] as const;
  if (bytes.length < HEAD || bytes[0] !== HEADER.version) return undefined;
  const length = fieldIn(bytes, all, HEADER.headerLength, () => false);
  const bodyAt = length?.length === 2 ? length.readUInt16BE(0) : undefined;
  if (bodyAt === undefined || bodyAt > bytes.length) return undefined;
  const signer = fieldIn(bytes, [0, bodyAt], HEADER.signerName, (tag) => CONTAINERS.has(tag));
  if (signer === undefined) return undefined;
  const functions = new Set<string>();
  for (let at = bodyAt; at < bytes.length; ) {
    const size = bytes[at] === RECORD.length && at + 5 <= bytes.length ? bytes.readUInt16BE(at + HEAD) : 0;
    if (size < HEAD || at + size > bytes.length) return undefined;
    const role = fieldIn(bytes, [at, at + size], RECORD.function, () => false);
    const number = role?.length === 2 ? role.readUInt16BE(0) : undefined;
    if (number !== undefined) functions.add(FUNCTIONS.get(number) ?? String(number));
    at += size;
  }
  return { signer: signer.toString('latin1').replace(/\0$/, ''), functions: [...functions] };
};
