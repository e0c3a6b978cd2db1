// What becomes of a number on its way to a trunk: digits that are dropped, masked and put before it, and whether it may
// leave at all (`docs/protocols/calls.md` §5.2, §5.3).

import { beforeDot, type Pattern } from './patterns.js';
import type { RoutePattern } from './settings.js';

/** Numbers that never leave, whatever the configuration calls an emergency number (`docs/protocols/calls.md` §5.3). */
const NEVER_SENT: ReadonlySet<string> = new Set([
  ...['000', '911', '999', '9112', '9911'],
  ...Array.from({ length: 10 }, (_, digit) => `11${digit}`),
]);

/** Whether a number is one of an emergency: with `+`, `*` and `#` as well. */
export const isEmergency = (number: string, configured: readonly string[]): boolean => {
  const digits = number.replace(/\D/g, '');
  return NEVER_SENT.has(digits) || configured.some((one) => one === number || one.replace(/\D/g, '') === digits);
};

/** Lays a mask over a number, from the right: `X` keeps the digit there, everything else replaces it. */
export const applyMask = (mask: string, number: string): string => {
  if (mask === '') return number;
  const surplus = number.length - mask.length;
  return [...mask]
    .map((character, index) => (character.toUpperCase() === 'X' ? (number[index + surplus] ?? '') : character))
    .join('');
};

/** The number that the trunk is sent for `dialled`, which matches. A `#` that ends the pattern ends dialling alone. */
export const numberSent = (route: RoutePattern, pattern: Pattern, dialled: string): string => {
  const whole = pattern.text.endsWith('#') && dialled.endsWith('#') ? dialled.slice(0, -1) : dialled;
  const kept = route.discard === 'predot' ? whole.slice(beforeDot(pattern, dialled)) : whole;
  return `${route.prefix}${applyMask(route.mask, kept)}`;
};
