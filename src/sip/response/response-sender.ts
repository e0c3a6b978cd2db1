// Answers on their way: in full, or in their least words where the far end has proved nothing and has not sent enough for
// more. What cannot be sent at all is counted.

import type { Instant } from '../../core/time.js';
import type { Endpoint } from '../../net/ports.js';
import type { SettingsRef } from '../settings.js';
import type { Flow } from '../transport/flow.js';
import type { SipResponse } from './response.js';
import { type CopiedHeaders, writeAnswer } from './response-writer.js';

const TRYING = { status: 100, phrase: 'Trying' } as const;
/** What a final answer to a REGISTER has that its 100 has not, and of it for each algorithm that is asked for. */
const FINAL_EXTRA = { octets: 64, perChallenge: 128 } as const;

export class AnswerSender {
  readonly #settled: SettingsRef;
  readonly #onExcess: (address: string, now: Instant) => void;

  /** `onExcess` hears of an answer that was cut short or not sent. */
  constructor(settled: SettingsRef, onExcess: (address: string, now: Instant) => void) {
    this.#settled = settled;
    this.#onExcess = onExcess;
  }

  /** The 100, unless it would use up what may be sent and leave too little for the final answer. */
  sendTrying(echo: CopiedHeaders, date: string, flow: Flow, to: Endpoint, now: Instant): void {
    const text = writeAnswer(echo, '', date, TRYING);
    const challenges = this.#settled.settings.challenges?.length ?? 1;
    const final = text.length + FINAL_EXTRA.octets + challenges * FINAL_EXTRA.perChallenge;
    if (flow.affords(text.length + final, now)) flow.send(text, to, now);
  }

  /** A final answer as it may be sent over that flow. */
  write(reply: SipResponse, echo: CopiedHeaders, tag: string, date: string, flow: Flow, now: Instant): string {
    const { status, phrase, server, headers, body } = reply;
    const whole = writeAnswer(echo, tag, date, {
      status,
      phrase,
      server: server ? this.#settled.settings.product : '',
      headers,
      ...(body === undefined ? {} : { body }),
    });
    if (flow.affords(whole.length, now)) return whole;
    this.#onExcess(flow.remote.address, now);
    return writeAnswer(echo, tag, date, { status, phrase });
  }

  send(text: string, flow: Flow, to: Endpoint, now: Instant): void {
    if (!flow.send(text, to, now)) this.#onExcess(flow.remote.address, now);
  }
}
