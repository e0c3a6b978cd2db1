import type { DeviceName } from '../core/identifiers.js';
import { type Instant, minutes } from '../core/time.js';

/** How long after its last file a port still belongs to its phone. A firmware load may take as long. */
const PORT_STANDS = minutes(1);
const REMEMBERED = 4_096;

/** Where a request came from. */
export interface RequestOrigin {
  readonly address: string;
  readonly port: number;
}

interface Requester {
  readonly device: DeviceName;
  readonly find: Instant;
}

/**
 * Remembers which device requests files from which address and port, to tell phones behind one address apart (soft
 * phones of one computer, everything on loopback). A phone requests its own files first, and the others from the same
 * port (TFTP) or over the same connection (HTTP).
 */
export class FileRequesters {
  /** By address and port, the least recent one first. */
  readonly #last = new Map<string, Requester>();

  remember(device: DeviceName, from: RequestOrigin, find: Instant): void {
    const key = keyOf(from);
    this.#last.delete(key);
    if (this.#last.size >= REMEMBERED) for (const oldest of this.#last.keys()) if (this.#last.delete(oldest)) break;
    this.#last.set(key, { device, find: find });
  }

  /** The device of the last request from there, if that is not long ago. */
  find(from: RequestOrigin, find: Instant): DeviceName | undefined {
    const last = this.#last.get(keyOf(from));
    return last !== undefined && find - last.find <= PORT_STANDS ? last.device : undefined;
  }
}

const keyOf = ({ address, port }: RequestOrigin): string => `${address} ${port}`;
