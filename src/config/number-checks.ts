// Numbers of calls that cannot be: two keys that claim one number, lists that have a member twice or themselves, pages at one group.

import type { CallSettings } from '../calls/settings.js';
import { callSettings } from './call-settings.js';
import type { Check, KeyProblem } from './key-problem.js';
import { codesOf, isBehindCode, isDefaultClaim, type NumberClaim, numberClaims } from './number-claims.js';
import { keyOf } from './schema-errors.js';
import type { Path } from './yaml-source.js';

/** Rules over the numbers of calls, whatever keys have them. */
export const NUMBER_CHECKS: readonly Check[] = [
  ({ calls }) => (calls === undefined ? [] : collisions(numberClaims(callSettings({ calls })))),
  ({ calls }) =>
    memberLists(calls).flatMap(({ path, number, members }) =>
      members.flatMap((member, index): KeyProblem[] => {
        const at = [...path, index];
        if (member === number) return [[at, JSON.stringify(member), 'another number: this is the list itself']];
        return members.indexOf(member) === index ? [] : [[at, JSON.stringify(member), 'every member once']];
      }),
    ),
  ({ calls }) =>
    (calls?.pickupGroups ?? []).flatMap(({ name }, index, all): KeyProblem[] => {
      const first = all.findIndex((other) => other.name === name);
      const path = ['calls', 'pickupGroups', index, 'name'];
      return first === index
        ? []
        : [[path, JSON.stringify(name), `a name of its own: calls.pickupGroups.${first} has it`]];
    }),
  ({ calls }) =>
    (calls?.paging ?? []).flatMap(({ group, port }, index, all): KeyProblem[] => {
      const first = all.findIndex((other) => other.group === group && other.port === port);
      const path = ['calls', 'paging', index, 'port'];
      return first === index
        ? []
        : [[path, `${group}:${port}`, `another port or group: calls.paging.${first} speaks there`]];
    }),
];

/** One problem for each key that has what another one has. Where one of the two is a default, the other is at fault. */
const collisions = (claims: readonly NumberClaim[]): readonly KeyProblem[] => {
  const inOrder = [...claims.filter(isDefaultClaim), ...claims.filter((claim) => !isDefaultClaim(claim))];
  const first = new Map<string, NumberClaim>();
  const problems = new Map<string, KeyProblem>();
  const tell = (claim: NumberClaim, why: string): void => {
    const key = keyOf(claim.path);
    if (!problems.has(key)) problems.set(key, [claim.path, JSON.stringify(claim.written), `another: ${why}`]);
  };
  const codes = new Set<NumberClaim>();
  for (const claim of inOrder) {
    const earlier = first.get(claim.text);
    if (earlier === undefined) first.set(claim.text, claim);
    // Of patterns that are written alike the second is the way out where the first one's trunk takes no call.
    else if (claim.kind !== 'pattern' || earlier.kind !== 'pattern') tell(claim, hasIt(earlier, claim));
    for (const code of codes)
      if (isBehindCode(code, claim)) tell(claim, `what begins with ${code.text} is ${keyOf(code.path)}`);
    if (codesOf([claim]).length === 0) continue;
    codes.add(claim);
    const behind = [...first.values()].find((other) => isBehindCode(claim, other));
    if (behind !== undefined) tell(claim, `${keyOf(behind.path)} begins with it, ${behind.written}`);
  }
  return [...problems.values()];
};

const hasIt = ({ path, text, written }: NumberClaim, claim: NumberClaim): string =>
  written === claim.written ? `${keyOf(path)} has it` : `${keyOf(path)} has ${text}`;

/** A list of calls that has members. */
export interface MemberList {
  readonly path: Path;
  /** Its number; `undefined`: it has none. */
  readonly number: string | undefined;
  readonly members: readonly string[];
  /** What its members are. */
  readonly of: 'lines' | 'devices';
}

/** Every list of calls that has members. */
export const memberLists = (calls: Pick<CallSettings, 'hunts' | 'pickupGroups' | 'paging'> | undefined) => {
  const { hunts = [], pickupGroups = [], paging = [] } = calls ?? {};
  const at = (key: string, index: number): Path => ['calls', key, index, 'members'];
  return [
    ...hunts.map(
      ({ dn, members }, index): MemberList => ({ path: at('hunts', index), number: dn, members, of: 'lines' }),
    ),
    ...pickupGroups.map(
      ({ number, members }, index): MemberList => ({ path: at('pickupGroups', index), number, members, of: 'lines' }),
    ),
    ...paging.map(
      ({ members }, index): MemberList => ({ path: at('paging', index), number: undefined, members, of: 'devices' }),
    ),
  ];
};
