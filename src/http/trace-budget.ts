// How much the traces are told of single requests: in a flood each line would cost more than its request.

import type { Publisher } from '../core/event-bus.js';
import { PerSecondBudget } from '../core/rate-limit.js';
import type { HttpEvent } from './events.js';

/** What it refuses is counted, and told as one fact a second. */
export const traceBudgetOf = (service: 'HTTP' | 'API', perSecond: number, bus: Publisher<HttpEvent>): PerSecondBudget =>
  new PerSecondBudget(
    () => perSecond,
    (requests, at) => {
      if (bus.hasListener('http.untraced')) bus.publish({ type: 'http.untraced', at, service, requests });
    },
  );
