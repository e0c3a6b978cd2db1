// Answers on their way: in full, or in their least words where the far end has proved nothing and has not sent enough for
// more. What cannot be sent at all is counted.

import type { Instant } from '../../core/time.js';
import type { Endpoint } from '../../net/ports.js';
import type { SettingsRef } from '../settings.js';
import type { Flow } from '../transport/flow.js';
import type { SipResponse } from './response.js';
import { type CopiedHeaders, writeResponse } from './response-writer.js';

const TRYING = { status: 100, phrase: 'Trying' } as const;
/** What a final answer to a REGISTER has that its 100 has not, and of it for each algorithm that is asked for. */
const FINAL_EXTRA = { octets: 64, perChallenge: 128 } as const;

export class ResponseSender {
  readonly #settingsRef: SettingsRef;
  readonly #onExcess: (address: string, now: Instant) => void;

  /** `onExcess` hears of an answer that was cut short or not sent. */
  constructor(settingsRef: SettingsRef, onExcess: (address: string, now: Instant) => void) {
    this.#settingsRef = settingsRef;
    this.#onExcess = onExcess;
  }

  /** The 100, unless it would use up what may be sent and leave too little for the final answer. */
  sendTrying(copied: CopiedHeaders, date: string, flow: Flow, to: Endpoint, now: Instant): void {
    const text = writeResponse(copied, '', date, TRYING);
    const challenges = this.#settingsRef.settings.challenges?.length ?? 1;
    const final = text.length + FINAL_EXTRA.octets + challenges * FINAL_EXTRA.perChallenge;
    if (flow.maySend(text.length + final, now)) flow.send(text, to, now);
  }

  /** A final answer as it may be sent over that flow. */
  write(
    response: SipResponse<unknown>,
    copied: CopiedHeaders,
    tag: string,
    date: string,
    flow: Flow,
    now: Instant,
  ): string {
    const { status, phrase, server, headers, body } = response;
    const whole = writeResponse(copied, tag, date, {
      status,
      phrase,
      server: server ? this.#settingsRef.settings.product : '',
      headers,
      ...(body === undefined ? {} : { body }),
    });
    if (flow.maySend(whole.length, now)) return whole;
    this.#onExcess(flow.remote.address, now);
    return writeResponse(copied, tag, date, { status, phrase });
  }

  send(text: string, flow: Flow, to: Endpoint, now: Instant): void {
    if (!flow.send(text, to, now)) this.#onExcess(flow.remote.address, now);
  }
}
