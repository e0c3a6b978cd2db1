import type { Ipv4Address } from '../core/identifiers.js';
import type { PhoneSubnet } from './content.js';

/** What the writer of a kind is given. */
export interface SnippetContent {
  /** At least one. */
  readonly subnets: readonly PhoneSubnet[];
  /** The address of labcm itself, for relays. */
  readonly self: Ipv4Address;
}

/** Writes the lines for one kind of server, without the comment line at the top. */
export type SnippetWriter = (content: SnippetContent) => readonly string[];
