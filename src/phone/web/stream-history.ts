import type { CallBook } from '../calls/call-book.js';
import type { MediaTotals } from '../calls/media-counts.js';
import type { PhoneCall } from '../calls/phone-call.js';

/** The streams of one call, as a page shows them. */
export interface ShownStream extends MediaTotals {
  readonly isActive: boolean;
  /** `address/port`. */
  readonly local: string;
  readonly remote: string;
  readonly codec: string;
}

const NOWHERE = '0.0.0.0/0';

/** A place for a stream that no call has used. */
export const NO_STREAM: ShownStream = {
  ...{ isActive: false, local: NOWHERE, remote: NOWHERE, codec: 'None' },
  ...{ sent: 0, sentOctets: 0, received: 0, receivedOctets: 0, lost: 0, jitter: 0 },
};

/** The maker's names of codecs. */
const CODECS: Readonly<Record<string, string>> = { PCMU: 'G.711u', PCMA: 'G.711A', G722: 'G.722', G729: 'G.729' };

const shownAddress = (endpoint: string | undefined): string => endpoint?.replace(/:(\d+)$/, '/$1') ?? NOWHERE;

const shown = (call: PhoneCall): ShownStream => ({
  ...call.counts.totals(),
  isActive: call.to !== undefined,
  local: shownAddress(call.lastLocal),
  remote: shownAddress(call.lastTo),
  codec: call.codec === undefined ? 'None' : (CODECS[call.codec] ?? call.codec),
});

/** The streams of the calls that stand, and what remains of those that are over. */
export class StreamHistory {
  readonly #calls: CallBook | undefined;
  readonly #stopWatching: () => void;
  #last = NO_STREAM;
  #sent = 0;
  #received = 0;

  /** `calls`: absent for a phone without calls. */
  constructor(calls: CallBook | undefined) {
    this.#calls = calls;
    this.#stopWatching = calls?.watch((call) => this.#changed(call)) ?? (() => {});
  }

  /** The streams of the standing calls, the oldest first; if none stands, what is left of the last one. */
  get streams(): readonly ShownStream[] {
    const standing = this.#calls?.calls ?? [];
    return standing.length > 0 ? standing.map(shown) : [this.#last];
  }

  /** The packets of all calls so far. */
  get packets(): { readonly sent: number; readonly received: number } {
    const standing = this.#calls?.calls ?? [];
    return {
      sent: standing.reduce((sum, { counts }) => sum + counts.sent, this.#sent),
      received: standing.reduce((sum, { counts }) => sum + counts.received, this.#received),
    };
  }

  stop(): void {
    this.#stopWatching();
  }

  #changed(call: PhoneCall): void {
    if (call.state !== 'ended') return;
    this.#last = shown(call);
    this.#sent += call.counts.sent;
    this.#received += call.counts.received;
  }
}
