import { ProtocolError } from '../core/errors.js';
import { functionName, readTrustListFile } from './trust-list.js';

/** Whose a trust list is. */
export interface ListOwner {
  /** The distinguished name of its signer, as it stands there. */
  readonly signer: string;
  /** The functions of its records, each once: `SAST`, `CCM+TFTP`… */
  readonly functions: readonly string[];
}

/** Reads whose a list is. `undefined`: it is none, or is cut off. Never throws, and checks no signature. */
export const ownerOfList = (bytes: Buffer): ListOwner | undefined => {
  try {
    const { container, records } = readTrustListFile(bytes);
    return {
      signer: container.signer.name,
      functions: [...new Set(records.map((record) => functionName(record.function)))],
    };
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
};
