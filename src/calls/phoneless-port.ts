// The port of a leg without a phone: it shows nothing and has no sound. Ends that labcm is for itself begin with it.

import type { Instant } from '../core/time.js';
import type { MediaCapabilities } from './media.js';
import type { LegPort, Release } from './ports.js';

export class PhonelessPort implements LegPort {
  readonly needsFarAddress = false;
  readonly playsFailure = false;
  readonly mixesCalls = true;
  readonly isHandsetUp = false;

  capabilities(): MediaCapabilities | undefined {
    return undefined;
  }

  offHook(): void {}
  collecting(): void {}
  corrected(): void {}
  proceeding(): void {}
  alerting(_parties: unknown, _now: Instant): void {}
  ring(): void {}
  connecting(): void {}
  connected(_parties: unknown, _now: Instant): void {}
  redirected(): void {}
  openReceive(): void {}
  transmit(): void {}
  stopMedia(): void {}
  held(): void {}
  resumed(): void {}
  farHeld(): void {}
  digit(): void {}
  failed(): void {}
  release(_release: Release, _now: Instant): void {}
}
