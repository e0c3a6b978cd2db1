// The calls of a number as nodes tell them to each other, for those who watch it. What comes is read like input, and bounded.

import { LINE_CALL_STATES, LINE_STATES, type LineCall, type LineState, partyOf } from '../calls/index.js';
import { textIn, type ValueFields } from '../cluster/values.js';

/** Calls of one number. No phone shows as many. */
const MOST_CALLS = 8;
const LONGEST_TEXT = 64;

/** The calls as they are sent. */
export const writtenCalls = (calls: readonly LineCall[]): readonly object[] =>
  calls.slice(0, MOST_CALLS).map(({ id, direction, state, isHeld, far }) => ({
    ...{ id: String(id), direction, state, isHeld },
    ...(far === undefined ? {} : { number: far.number.slice(0, LONGEST_TEXT), name: far.name.slice(0, LONGEST_TEXT) }),
  }));

/**
 * The calls of a number at a node. What cannot be read is left out. A node of a version that tells of no calls has those that
 * its state shows.
 */
export const readCalls = (node: string, state: LineState, calls: unknown): readonly LineCall[] => {
  if (!Array.isArray(calls)) return callsOfState(node, state);
  return calls.slice(0, MOST_CALLS).flatMap((one: unknown) => {
    const fields = (typeof one === 'object' && one !== null ? one : {}) as ValueFields;
    const id = textIn(fields, 'id', LONGEST_TEXT);
    const known = LINE_CALL_STATES.find((each) => each === fields.state);
    const direction = (['initiator', 'recipient'] as const).find((each) => each === fields.direction);
    if (id === undefined || known === undefined || direction === undefined) return [];
    const [number, name = ''] = [textIn(fields, 'number', LONGEST_TEXT), textIn(fields, 'name', LONGEST_TEXT)];
    const far = number === undefined ? undefined : partyOf(number, name);
    return [{ id: `${node}-${id}`, direction, state: known, isHeld: fields.isHeld === true, far }];
  });
};

/** The state of a line. What is none is `unknown`. */
export const stateIn = (value: unknown): LineState => LINE_STATES.find((state) => state === value) ?? 'unknown';

const callsOfState = (node: string, state: LineState): readonly LineCall[] => {
  if (state !== 'alerting' && state !== 'in-use') return [];
  const shown = state === 'alerting' ? 'early' : 'confirmed';
  return [{ id: node, direction: 'recipient', state: shown, isHeld: false, far: undefined }];
};
