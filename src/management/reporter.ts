import type { Publisher } from '../core/event-bus.js';
import type { PerSecondBudget } from '../core/rate-limit.js';
import { withoutSecrets } from '../core/secrets.js';
import type { Clock, Instant } from '../core/time.js';
import type { ManagementAsked, ManagementEvent } from './events.js';

/** A request, as far as events tell it. */
export interface ReportedRequest {
  readonly address: string;
  readonly method: string;
  readonly path: string;
  /** When it began. */
  readonly at: Instant;
}

/** What was asked of a service, and how that ended. */
export type ReportedAnswer = Pick<ManagementAsked, 'service' | 'operation' | 'status' | 'fault' | 'devices' | 'wrote'> &
  Partial<Pick<ManagementAsked, 'user'>>;

const LONGEST_PATH = 256;
const LONGEST_NAME = 64;

/** Publishes what scripts ask and what is refused, within a budget. */
export class Reporter {
  readonly #clock: Clock;
  readonly #bus: Publisher<ManagementEvent>;
  readonly #budget: PerSecondBudget;
  readonly #user: string;

  constructor(clock: Clock, bus: Publisher<ManagementEvent>, budget: PerSecondBudget, user: string) {
    this.#clock = clock;
    this.#bus = bus;
    this.#budget = budget;
    this.#user = user;
  }

  /** A request that no service saw. */
  refused({ address, method, path: whole }: ReportedRequest, status: number, reason: string): void {
    const at = this.#clock.now();
    if (!this.#bus.hasListener('management.refused') || !this.#budget.take(at)) return;
    const path = withoutSecrets(whole).slice(0, LONGEST_PATH);
    this.#bus.publish({ type: 'management.refused', at, address, method, path, status, reason });
  }

  /** A request that a service answered, also with a fault. */
  asked({ address, at: since }: ReportedRequest, { operation: whole, ...answer }: ReportedAnswer): void {
    const at = this.#clock.now();
    if (!this.#bus.hasListener('management.asked') || !this.#budget.take(at)) return;
    const operation = whole.slice(0, LONGEST_NAME);
    const milliseconds = Math.round(at - since);
    this.#bus.publish({ type: 'management.asked', at, address, user: this.#user, ...answer, operation, milliseconds });
  }
}
