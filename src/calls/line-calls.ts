// A call of a line as others see it who watch the line (RFC 4235 §4.1).

import type { Leg } from './leg.js';
import type { LegState } from './leg-table.js';
import type { Party } from './parties.js';

/** `trying`: it dials. `early`: one end rings. */
export const LINE_CALL_STATES = ['trying', 'proceeding', 'early', 'confirmed'] as const;
export type LineCallState = (typeof LINE_CALL_STATES)[number];

/** One call of a line. */
export interface LineCall {
  /** The call identifier of the line's leg. Of a call at another node a text, which has the name of that node in it. */
  readonly id: number | string;
  readonly direction: 'initiator' | 'recipient';
  readonly state: LineCallState;
  readonly isHeld: boolean;
  /** The other end; `undefined`: its number is not known yet. */
  readonly far: Party | undefined;
}

const STATES: Readonly<Record<LegState, LineCallState>> = {
  'off-hook': 'trying',
  dialing: 'trying',
  proceeding: 'proceeding',
  'ring-out': 'early',
  'ring-in': 'early',
  connected: 'confirmed',
  hold: 'confirmed',
  busy: 'proceeding',
  reorder: 'proceeding',
};

/** A living leg as those see it who watch its line. */
export const lineCallOf = ({ ci, role, state, parties }: Leg): LineCall => {
  const { calling, called } = parties;
  const far = role === 'caller' ? called : calling;
  return {
    id: ci,
    direction: role === 'caller' ? 'initiator' : 'recipient',
    state: state === 'idle' ? 'proceeding' : STATES[state],
    isHeld: state === 'hold',
    far: far.number === '' ? undefined : far,
  };
};
