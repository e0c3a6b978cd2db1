// Which leg of its device a phone's message means. Phones of the older models give neither line nor reference, or both as 0
// (`docs/protocols/calls.md` §2.1).

import type { CallControl, Leg, LegState, RemoteCall } from '../../calls/index.js';
import type { DeviceName } from '../../core/identifiers.js';
import type { LegReference } from './calls.js';

/** What a message is for. */
export type LegUse = 'answer' | 'digits' | 'end' | 'hold' | 'resume' | 'transfer' | 'divert';

/** The states in which a leg fits, the better first. */
const FITTING: Readonly<Record<LegUse, readonly (readonly LegState[])[]>> = {
  answer: [['ring-in']],
  digits: [
    ['off-hook', 'dialing'],
    ['proceeding', 'ring-out', 'connected'],
  ],
  end: [['off-hook', 'dialing', 'proceeding', 'ring-out', 'connected', 'busy', 'reorder'], ['ring-in']],
  hold: [['connected']],
  resume: [['hold']],
  divert: [['ring-in'], ['connected'], ['hold']],
  transfer: [['off-hook', 'dialing', 'proceeding', 'ring-out', 'connected', 'busy', 'reorder'], ['hold']],
};

/**
 * The leg by its reference; else the one of that line whose state fits; else any of the device whose state fits, of several
 * the oldest, so that who rings longest is answered first. A reference that names no leg of the device means none.
 */
export const legMeant = (
  { legs }: CallControl,
  device: DeviceName,
  { line, callReference }: LegReference,
  use: LegUse,
): Leg | undefined => {
  if (callReference !== 0) {
    const leg = legs.byNumber(callReference);
    return leg?.device === device && !leg.isPreserved ? leg : undefined;
  }
  const living = legs.of(device).filter(({ isPreserved }) => !isPreserved);
  const ofLine = living.filter(({ lineInstance }) => lineInstance === line);
  return fitting(ofLine, use) ?? fitting(living, use);
};

/** What another phone of the line holds and this one may resume, chosen as a leg is: by its reference, by line, or any. */
export const remoteMeant = (
  { legs }: CallControl,
  device: DeviceName,
  { line, callReference }: LegReference,
): RemoteCall | undefined => {
  const held = legs.remotesOf(device).filter(({ state }) => state === 'held');
  if (callReference !== 0) return held.find(({ ci }) => ci === callReference);
  return held.find(({ lineInstance }) => lineInstance === line) ?? (line === 0 ? held[0] : undefined);
};

const fitting = (legs: readonly Leg[], use: LegUse): Leg | undefined => {
  for (const states of FITTING[use]) {
    const found = legs.find(({ state }) => state !== 'idle' && states.includes(state));
    if (found !== undefined) return found;
  }
  return undefined;
};
