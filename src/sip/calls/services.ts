// What all SIP legs share: the call machine, the ways to send, and what waits.

import type { CallControl } from '../../calls/index.js';
import { DeadlineQueue, Queued } from '../../core/deadline-queue.js';
import { earlier, type HasDeadlines } from '../../core/deadline-timer.js';
import { after, type Duration, type Instant, instant, milliseconds, seconds } from '../../core/time.js';
import type { Random } from '../../net/ports.js';
import type { SipMessage } from '../message/message.js';
import type { RegisteredPhones } from '../registrar/location.js';
import type { ServerRequest } from '../response/server-request.js';
import type { SettingsRef } from '../settings.js';
import type { ClientTransactions } from '../transaction/client-transactions.js';
import { GIVE_UP, type InviteTransactions, T1 } from '../transaction/invite-transactions.js';
import type { Flow } from '../transport/flow.js';
import type { Dialog } from './dialog.js';
import type { RecordedLegs } from './recorded-legs.js';
import type { SipRemoteCall } from './remote-calls.js';

export interface CallServices {
  readonly control: CallControl;
  readonly settingsRef: SettingsRef;
  readonly phones: RegisteredPhones;
  readonly random: Random;
  readonly invites: InviteTransactions;
  readonly requests: ClientTransactions;
  readonly dialogs: Map<string, DialogUser>;
  readonly legs: RecordedLegs;
  /** Calls that other phones of a line have, by the Call-ID under which a phone was told of them. */
  readonly remotes: Map<string, SipRemoteCall>;
  readonly timers: CallTimers;
  readonly answers: RepeatedAnswers;
  /** This node's number among tags: CUCM writes a GUID there. */
  readonly nodeId: string;
  date(now: Instant): string;
  /** A Call-ID of ours in CUCM's form, for a dialog over that flow. */
  newCallId(flow: Flow, host: string): string;
  /** Something was set that the service's timer is to know of. */
  touch(): void;
}

/** Whoever a dialog belongs to: a leg, or a subscription to keys. */
export interface DialogUser {
  readonly dialog: Dialog;
  /** Whether what came by that flow may be from its phone. What comes from elsewhere is not, whatever tags it has. */
  isFrom(flow: Flow): boolean;
  /** A request in the dialog, which has been found to come in its turn. */
  receive(request: ServerRequest, now: Instant): void;
  /** The ACK of a 200 of ours. */
  acknowledge(message: SipMessage, now: Instant): void;
  /** A 200 to an INVITE of ours that nobody waits for: it came again. */
  answeredAgain(message: SipMessage, now: Instant): void;
}

/** One thing that is to be done at a time. */
export class CallTimer extends Queued {
  constructor(readonly onDue: (now: Instant) => void) {
    super();
  }
}

export class CallTimers implements HasDeadlines {
  readonly #queue = new DeadlineQueue<CallTimer>();

  set(timer: CallTimer, at: Instant | undefined): void {
    this.#queue.set(timer, at);
  }

  nextDeadline(): Instant | undefined {
    return this.#queue.next();
  }

  expire(now: Instant): void {
    this.#queue.expire(now, ({ onDue }) => onDue(now));
  }

  postpone(span: Duration): void {
    this.#queue.postpone(span);
  }
}

const T2 = seconds(4);

/** An answer that is sent again and again until the other end says that it has it. */
export class RepeatedAnswer extends Queued {
  interval: number = T1;

  constructor(
    readonly request: ServerRequest,
    readonly onSilence: (now: Instant) => void,
    public giveUpAt: Instant,
  ) {
    super();
  }
}

/** The 200s to INVITEs, and what a PRACK is to acknowledge (RFC 3261 §13.3.1.4, RFC 3262 §3): over streams, too. */
export class RepeatedAnswers implements HasDeadlines {
  readonly #queue = new DeadlineQueue<RepeatedAnswer>();

  /** `onSilence`: nobody acknowledged it within 32 s. */
  add(request: ServerRequest, onSilence: (now: Instant) => void, now: Instant): RepeatedAnswer {
    const repeated = new RepeatedAnswer(request, onSilence, after(now, GIVE_UP));
    this.#queue.set(repeated, after(now, T1));
    return repeated;
  }

  stop(repeated: RepeatedAnswer): void {
    this.#queue.set(repeated, undefined);
  }

  nextDeadline(): Instant | undefined {
    return this.#queue.next();
  }

  expire(now: Instant): void {
    this.#queue.expire(now, (repeated) => {
      if (now >= repeated.giveUpAt) {
        repeated.onSilence(now);
        return;
      }
      repeated.request.repeat(now);
      repeated.interval = Math.min(2 * repeated.interval, T2);
      const next = after(now, milliseconds(repeated.interval));
      this.#queue.set(repeated, instant(Math.min(next, repeated.giveUpAt)));
    });
  }

  postpone(span: Duration): void {
    this.#queue.postpone(span, (repeated) => {
      repeated.giveUpAt = after(repeated.giveUpAt, span);
    });
  }
}

/** The earliest of what waits. */
export const nextOf = (all: readonly HasDeadlines[]): Instant | undefined =>
  all.reduce<Instant | undefined>((soonest, each) => earlier(soonest, each.nextDeadline()), undefined);
