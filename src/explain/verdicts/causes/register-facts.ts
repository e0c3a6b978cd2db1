// What the rows of the stage `register` ask of a refusal.

import type { RefusalReason } from '../../../devices/reasons.js';
import type { PhoneView } from '../phone-view.js';

/** Both sides of the last refusal, if it was for this reason and nothing was accepted since. */
export const refused = (
  { refusal }: PhoneView,
  reason: RefusalReason,
): { readonly given: string; readonly configured: string } | undefined =>
  refusal?.reason === reason
    ? { given: String(refusal.given ?? ''), configured: String(refusal.configured ?? '') }
    : undefined;

/** Whether its own configuration changed after it was refused: then only its next attempt shows whether that mends it. */
export const isChangedSince = ({ refusal, history }: PhoneView): boolean =>
  refusal !== undefined && history.has('device.changed', ({ at }) => at >= refusal.at);

/** Whether it answered for the realm of another server after it was refused. */
export const hasOtherRealmSince = ({ refusal, facts }: PhoneView): boolean =>
  refusal !== undefined &&
  facts.has('sip.register-answered', ({ at, given }) => given !== undefined && at > refusal.at);

/** The event of a refusal; `BOTH`: with the answers to REGISTERs, which say more of some. */
export const REFUSED = ['device.rejected'] as const;
export const BOTH = ['device.rejected', 'sip.register-answered'] as const;
