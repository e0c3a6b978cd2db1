// The key by which Cisco's phones forward all calls: they call `x-cisco-serviceuri-cfwdall`, with digits behind it or none
// (`docs/protocols/calls.md` §3.9).

import { type CallFeatures, FEATURE_CAUSES } from '../../calls/index.js';
import type { DeviceName } from '../../core/identifiers.js';
import type { Instant } from '../../core/time.js';
import { readServiceUri } from '../cisco/service-uris.js';
import type { Answer } from '../response/server-request.js';
import { failureStatus, reasonLine } from './causes.js';

/** The digits behind the name of the service that forwards all calls; `undefined`: the user of a URI is no such name. */
export const forwardingDigits = (user: string): string | undefined => {
  const asked = readServiceUri(user);
  return asked?.service === 'cfwdall' ? asked.digits : undefined;
};

/** No call comes of it, and nothing has failed. */
const DONE: Answer = { status: 480, phrase: 'Temporarily Unavailable' };

/** Whose line is to forward. */
export interface ForwardingLine {
  readonly device: DeviceName;
  readonly dn: string;
}

/**
 * Forwards all calls of the line to `digits`; without them ends that it forwards. Returns the answer; `collect`: it does not
 * forward, so that its user is to dial where to.
 */
export const setForwardAll = (
  features: CallFeatures,
  { device, dn }: ForwardingLine,
  digits: string,
  now: Instant,
): Answer | 'collect' => {
  if (digits === '' && features.canSet && features.forwardOf(dn).all === undefined) return 'collect';
  const refusal = features.setForward(device, dn, 'all', digits === '' ? undefined : digits, now);
  if (refusal === undefined) return DONE;
  const cause = FEATURE_CAUSES[refusal];
  return { ...failureStatus(cause, false), headers: reasonLine(cause) };
};
