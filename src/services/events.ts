// The events of the services for phones: pages, questions who may control a phone, and pushes.

import type { DeviceName } from '../core/identifiers.js';
import type { Instant } from '../core/time.js';

/** A phone opened a page of labcm, such as its menu or the directory. */
export interface ServiceOpened {
  readonly type: 'service.opened';
  readonly at: Instant;
  readonly address: string;
  /** Absent: no device has that address, or several have. */
  readonly device?: DeviceName;
  /** Such as `services`, `directory` or `missed`. */
  readonly page: string;
  readonly status: number;
}

/** A phone asked whether a user may control it. `locked`: too many wrong ones came from there, so nothing was compared. */
export interface ServiceAuthenticated {
  readonly type: 'service.authenticated';
  readonly at: Instant;
  readonly address: string;
  /** The device that it says it is, if there is one of that name. */
  readonly device?: DeviceName;
  readonly outcome: 'authorized' | 'wrong' | 'locked' | 'off';
}

/** How a push ended. `failed` and `error`: the phone answered that it did not do it. */
export type PushOutcome =
  | 'done'
  | 'failed'
  | 'error'
  | 'unauthorized'
  | 'no-web-server'
  | 'refused'
  | 'late'
  | 'odd-answer';

/** How a push travels. */
export type PushTransport = 'HTTP' | 'SCCP' | 'SIP';

/** Something was pushed to a phone: a text, a page, or a key. */
export interface ServicePushed {
  readonly type: 'service.pushed';
  readonly at: Instant;
  readonly device: DeviceName;
  readonly address: string;
  readonly transport: PushTransport;
  /** `text`, or the URIs. */
  readonly what: string;
  readonly outcome: PushOutcome;
  /** The phone's answer in words. */
  readonly answer: string;
  readonly milliseconds: number;
}

/** Every event of the services for phones. */
export type ServiceEvent = ServiceOpened | ServiceAuthenticated | ServicePushed;
