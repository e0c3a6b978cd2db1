// A phone's link to one call manager, whatever its protocol: what may be asked of it and what its owner hears.

import type { CallManagerAddress } from './boot/device-file.js';
import type { PhoneCommand } from './steps.js';

/** Why a phone was out of service: the number and words of its alarm (`sccp.md` §5.1, `sip.md` §11). */
export interface OutOfService {
  readonly number: number;
  readonly text: string;
}

export type CallManagerLinkState = 'closed' | 'opening' | 'standby' | 'registering' | 'registered' | 'leaving';

export interface CallManagerLink {
  readonly node: CallManagerAddress;
  /** Where it goes there. */
  readonly port: number;
  readonly state: CallManagerLinkState;
  /** What it waits for, as a person would say it; empty: nothing. */
  readonly waitingFor: string;
  /** Opens it and stands by. */
  open(): void;
  /** On an open link. */
  register(reason: OutOfService): void;
  requestToken(): void;
  /** Ends the registration politely, then the link. */
  leave(): void;
  /** Ends the link as it is: by FIN, or without a word. */
  close(): void;
}

export interface LinkOwner {
  onOpened(link: CallManagerLink): void;
  /** It has ended or cannot be used; it is closed by now. */
  onFailed(link: CallManagerLink, why: string): void;
  onRegistered(link: CallManagerLink, lines: readonly string[]): void;
  /** `retryAfter`: seconds, where the server names them. */
  onRefused(link: CallManagerLink, why: string, retryAfter: number | undefined): void;
  /** `undefined`: come now; else wait so many seconds. */
  onToken(link: CallManagerLink, wait: number | undefined): void;
  onCommand(link: CallManagerLink, command: PhoneCommand): void;
  onLeft(link: CallManagerLink): void;
}
