import type { Publisher } from '../core/event-bus.js';
import { PerSecondBudget } from '../core/rate-limit.js';
import type { HttpEvent, HttpService } from './events.js';

/**
 * How many requests of a service may be traced in one second: in a flood a trace line would cost more than the
 * request. What is over it is counted, and published as one `http.untraced` event a second.
 */
export const traceBudgetOf = (service: HttpService, perSecond: number, bus: Publisher<HttpEvent>): PerSecondBudget =>
  new PerSecondBudget(
    () => perSecond,
    (requests, at) => {
      if (bus.hasListener('http.untraced')) bus.publish({ type: 'http.untraced', at, service, requests });
    },
  );
