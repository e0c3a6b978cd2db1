// What the API needs to show the decoded messages of a device. What holds for `ports.ts` holds here.

/** A message that was decoded. Passwords and digest responses in it are `x`. */
export interface ApiMessage {
  /** ISO 8601 in UTC, to the microsecond; `null`: not known. */
  readonly at: string | null;
  /** `in`: from the phone. */
  readonly direction: 'in' | 'out';
  readonly protocol: 'dhcp' | 'tftp' | 'http' | 'sccp' | 'sip' | 'tls';
  /** Cisco's or the RFC's name of it; of a SIP response its status; empty: it could not be read. */
  readonly name: string;
  /** The name and what it says, on one line. */
  readonly summary: string;
  /** Its fields, one a line. */
  readonly lines: readonly string[];
  /** What is wrong with it; empty: nothing. */
  readonly faults: readonly string[];
}

/** Which messages of whom are wanted. */
export interface ApiMessageRequest {
  /** A name, a hardware address or an IPv4 address. */
  readonly who: string;
  /** Milliseconds since the Unix epoch: later than `since`, at or before `until`. `undefined`: no bound. */
  readonly since: number | undefined;
  readonly until: number | undefined;
  readonly protocols: readonly string[];
}

/**
 * The messages, the oldest first. `off` and `unknown` as in `ApiCaptureFile`. `busy`: so many requests are not answered yet that
 * this one was dropped.
 */
export type ApiMessages =
  | {
      readonly outcome: 'read';
      readonly name: string;
      readonly messages: readonly ApiMessage[];
      /** Older messages that would be wanted, too. */
      readonly leftOut: number;
    }
  | { readonly outcome: 'off'; readonly file: string }
  | { readonly outcome: 'unknown' }
  | { readonly outcome: 'busy'; readonly unanswered: number };

/** The messages of devices and of phones that nobody configured. */
export interface MessagesView {
  /** The newest messages that are kept. */
  read(request: ApiMessageRequest): Promise<ApiMessages>;
  /** Keeps the packets of somebody and hands out each message as it comes, until `stop`. */
  follow(who: string, hasRoom: () => boolean, write: (message: ApiMessage) => void): { stop(): void };
  /** Whether packets of somebody are kept, and the line of which file would switch that on. */
  kept(who: string): { readonly isKept: boolean; readonly file: string };
}
