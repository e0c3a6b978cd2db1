// A phone's link to one call manager, whatever its protocol: what may be asked of it and what its owner hears.

import type { CallManagerNode } from './boot/device-file.js';
import type { PhoneCommand } from './steps.js';

/** Why a phone was out of service: the number and words of its alarm (`sccp.md` §5.1, `sip.md` §11). */
export interface OutOfService {
  readonly number: number;
  readonly words: string;
}

export type LinkState = 'closed' | 'opening' | 'standby' | 'registering' | 'registered' | 'leaving';

export interface CallManagerLink {
  readonly node: CallManagerNode;
  /** Where it goes there. */
  readonly port: number;
  readonly state: LinkState;
  /** What it waits for, as a person would say it; empty: nothing. */
  readonly waitingFor: string;
  /** Opens it and stands by. */
  open(): void;
  /** On an open link. */
  register(reason: OutOfService): void;
  askToken(): void;
  /** Ends the registration politely, then the link. */
  leave(): void;
  /** Ends the link as it is: by FIN, or without a word. */
  close(): void;
}

export interface LinkOwner {
  opened(link: CallManagerLink): void;
  /** It has ended or cannot be used; it is closed by now. */
  failed(link: CallManagerLink, why: string): void;
  registered(link: CallManagerLink, lines: readonly string[]): void;
  /** `retryAfter`: seconds, where the server names them. */
  refused(link: CallManagerLink, why: string, retryAfter: number | undefined): void;
  /** `undefined`: come now; else wait so many seconds. */
  token(link: CallManagerLink, wait: number | undefined): void;
  commanded(link: CallManagerLink, command: PhoneCommand): void;
  left(link: CallManagerLink): void;
}
