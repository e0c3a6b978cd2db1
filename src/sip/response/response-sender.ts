import type { Instant } from '../../core/time.js';
import type { Endpoint } from '../../net/ports.js';
import type { SettingsRef } from '../settings.js';
import type { Flow } from '../transport/flow.js';
import type { SipResponse } from './response.js';
import { type CopiedHeaders, writeResponse } from './response-writer.js';

const TRYING = { status: 100, phrase: 'Trying' } as const;
/** How many octets longer a final response to a REGISTER is than its 100, and of that for each challenge. */
const FINAL_EXTRA = { octets: 64, perChallenge: 128 } as const;

/**
 * Writes responses and sends them. If the far end has proved nothing and has not sent enough for so many octets, it
 * sends a response without its optional headers.
 */
export class ResponseSender {
  readonly #settingsRef: SettingsRef;
  readonly #onExcess: (address: string, now: Instant) => void;

  /** `onExcess` is called for a response that was cut short or not sent. */
  constructor(settingsRef: SettingsRef, onExcess: (address: string, now: Instant) => void) {
    this.#settingsRef = settingsRef;
    this.#onExcess = onExcess;
  }

  /** Sends the 100, unless it would leave too few octets for the final response. */
  sendTrying(copied: CopiedHeaders, date: string, flow: Flow, to: Endpoint, now: Instant): void {
    const text = writeResponse(copied, '', date, TRYING);
    const challenges = this.#settingsRef.settings.challenges?.length ?? 1;
    const final = text.length + FINAL_EXTRA.octets + challenges * FINAL_EXTRA.perChallenge;
    if (flow.maySend(text.length + final, now)) flow.send(text, to, now);
  }

  /** Writes a final response, as long as may be sent over that flow. Latin1 text. */
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

  /** Sends what `write` has written. */
  send(text: string, flow: Flow, to: Endpoint, now: Instant): void {
    if (!flow.send(text, to, now)) this.#onExcess(flow.remote.address, now);
  }
}
