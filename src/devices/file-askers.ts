// Who asks for files from an address and port. Phones behind one address (soft phones of one computer, everything on
// loopback) are told apart by it: a phone asks for its own files first, and for the others from the same port (TFTP) or
// over the same connection (HTTP).

import type { DeviceName } from '../core/identifiers.js';
import { type Instant, minutes } from '../core/time.js';

/** How long after its last file a port is still its phone's; a load may take as long. */
const PORT_STANDS = minutes(1);
const REMEMBERED = 4_096;

/** Where a request came from. */
export interface AskedFrom {
  readonly address: string;
  readonly port: number;
}

interface Asker {
  readonly device: DeviceName;
  readonly at: Instant;
}

export class FileAskers {
  /** By address and port, the least recent first. */
  readonly #last = new Map<string, Asker>();

  asked(device: DeviceName, from: AskedFrom, at: Instant): void {
    const key = keyOf(from);
    this.#last.delete(key);
    if (this.#last.size >= REMEMBERED) for (const oldest of this.#last.keys()) if (this.#last.delete(oldest)) break;
    this.#last.set(key, { device, at });
  }

  /** The device that asked from there last, if that is not long ago. */
  at(from: AskedFrom, at: Instant): DeviceName | undefined {
    const last = this.#last.get(keyOf(from));
    return last !== undefined && at - last.at <= PORT_STANDS ? last.device : undefined;
  }
}

const keyOf = ({ address, port }: AskedFrom): string => `${address} ${port}`;
