import { describe, expect, it } from 'vitest';
import {
  REGISTRATION,
  type RegistrationSignal,
  type RegistrationState,
  RIS_STATUS,
} from '../../src/devices/registration.js';

const STATES = Object.keys(RIS_STATUS) as RegistrationState[];
const SIGNALS: RegistrationSignal[] = ['register', 'refuse', 'some-lines', 'all-lines', 'end'];

/** The whole machine, written out a second time by hand: state, then what each signal leads to, `-` for «not now». */
const EXPECTED: Record<RegistrationState, string[]> = {
  unknown: ['registering', 'rejected', '-', '-', '-'],
  registering: ['registering', 'registering', 'partially-registered', 'registered', 'unregistered'],
  registered: ['registering', 'registered', 'partially-registered', 'registered', 'unregistered'],
  'partially-registered': ['registering', 'partially-registered', 'partially-registered', 'registered', 'unregistered'],
  unregistered: ['registering', 'rejected', '-', '-', '-'],
  rejected: ['registering', 'rejected', '-', '-', '-'],
};

describe('the registration machine', () => {
  it.each(STATES)('goes from %s where its table says, and nowhere else', (state) => {
    expect(SIGNALS.map((signal) => REGISTRATION[state][signal]?.[0] ?? '-')).toEqual(EXPECTED[state]);
  });

  it('tells a fact whenever the state changes', () => {
    for (const state of STATES)
      for (const signal of SIGNALS) {
        const [next, fact] = REGISTRATION[state][signal] ?? [state];
        if (next !== state) expect(fact, `${state} on ${signal}`).toBe(`device.${next}`);
      }
  });

  it('shows each state by one RIS word', () => {
    expect(STATES.map((state) => RIS_STATUS[state].name)).toEqual([
      'Unknown',
      'UnRegistered',
      'Registered',
      'UnRegistered',
      'Rejected',
      'PartiallyRegistered',
    ]);
  });
});
