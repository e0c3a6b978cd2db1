import type { CallManagerAddress } from './boot/device-file.js';
import type { PhoneCommand } from './steps.js';

/** Why a phone was out of service: the number and the text of its alarm (`sccp.md` §5.1, `sip.md` §11). */
export interface OutOfService {
  readonly number: number;
  readonly text: string;
}

/** `standby`: open, but not registered. `leaving`: unregistering. */
export type CallManagerLinkState = 'closed' | 'opening' | 'standby' | 'registering' | 'registered' | 'leaving';

/** A call manager of the phone's list, and what it is to the phone; an empty role: nothing now. */
export interface ListedCallManager {
  readonly node: CallManagerAddress;
  readonly role: 'Active' | 'Standby' | '';
}

/** A phone's link to one call manager, over SCCP or SIP. What happens on it goes to its `LinkOwner`. */
export interface CallManagerLink {
  readonly node: CallManagerAddress;
  /** The call manager's port. */
  readonly port: number;
  readonly state: CallManagerLinkState;
  /** What the link waits for, as a text for people; empty: nothing. */
  readonly waitingFor: string;
  /** Opens the link and keeps it on standby. */
  open(): void;
  /** Registers over an open link. `reason`: why the phone was out of service. */
  register(reason: OutOfService): void;
  /** Asks a better node whether the phone may return to it. */
  requestToken(): void;
  /** Unregisters, then closes the link. */
  leave(): void;
  /** Closes the link without unregistering. */
  close(): void;
}

/** The callbacks of a phone's links; `Failover` implements them. */
export interface LinkOwner {
  onOpened(link: CallManagerLink): void;
  /** The link has ended or cannot be used. It is already closed. */
  onFailed(link: CallManagerLink, why: string): void;
  onRegistered(link: CallManagerLink, lines: readonly string[]): void;
  /** `retryAfter`: seconds; `undefined`: the server names no time. */
  onRefused(link: CallManagerLink, why: string, retryAfter: number | undefined): void;
  /** `wait`: seconds until the next request; `undefined`: the token is granted. */
  onToken(link: CallManagerLink, wait: number | undefined): void;
  onCommand(link: CallManagerLink, command: PhoneCommand): void;
  /** The link has closed after `leave`. */
  onLeft(link: CallManagerLink): void;
}
