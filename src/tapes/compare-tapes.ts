// What differs between two boots of a phone, or between two phones.

import { align } from './alignment.js';
import { bootProfile, PROFILE_TOPICS, type ProfileTopic } from './boot-profile.js';
import { messageKey } from './canonical-content.js';
import { decodedMessage } from './decoded-tape.js';
import type { Tape, TapeProtocol, TapeSide } from './tape.js';

/** What a difference is about: a topic of the profile, the order of the files, or messages that only one tape has. */
export type DifferenceTopic = ProfileTopic | 'order' | 'messages';

/** One difference between two tapes. */
export interface BootDifference {
  readonly topic: DifferenceTopic;
  readonly name: string;
  /** `undefined`: this tape has nothing of the kind. */
  readonly first: string | undefined;
  readonly second: string | undefined;
}

/** Compares two tapes: their facts in the order of the topics, the order of their files, and which messages only one has. */
export const compareTapes = (first: Tape, second: Tape): readonly BootDifference[] => {
  const [left, right] = [bootProfile(first), bootProfile(second)];
  const valueIn = (facts: typeof left.facts, topic: ProfileTopic, name: string): string | undefined =>
    facts.find((fact) => fact.topic === topic && fact.name === name)?.value;
  const facts = PROFILE_TOPICS.flatMap((topic) => {
    const names = new Set(
      [...left.facts, ...right.facts].filter((fact) => fact.topic === topic).map(({ name }) => name),
    );
    return [...names].flatMap((name): readonly BootDifference[] => {
      const [one, other] = [valueIn(left.facts, topic, name), valueIn(right.facts, topic, name)];
      return one === other ? [] : [{ topic, name, first: one, second: other }];
    });
  });
  return [...facts, ...orderDifferences(left.files, right.files), ...messageDifferences(first, second)];
};

/** Files that both ask for, and not in the same order. Those that only one asks for are facts already. */
const orderDifferences = (left: readonly string[], right: readonly string[]): readonly BootDifference[] => {
  const shared = (files: readonly string[], others: readonly string[]): readonly string[] =>
    files.filter((file) => others.includes(file));
  const [one, other] = [shared(left, right), shared(right, left)];
  const moved = new Set(
    align(one, other).flatMap((pair) => {
      const file =
        pair.left === undefined ? other[pair.right ?? 0] : pair.right === undefined ? one[pair.left] : undefined;
      return file === undefined ? [] : [file];
    }),
  );
  const places = (files: readonly string[], file: string): string =>
    files.flatMap((name, index) => (name === file ? [String(index + 1)] : [])).join(' ');
  return [...moved].map((file) => ({
    topic: 'order',
    name: file,
    first: places(left, file),
    second: places(right, file),
  }));
};

/** Messages that come with the time are not counted: how many there are says how long a tape is. */
const TIMED = /^(?:KeepAlive|DefineTimeDate|TimeDateReq)/;
const BY_MESSAGE: readonly TapeProtocol[] = ['dhcp', 'sccp', 'sip'];

const countsOf = ({ messages }: Tape): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const message of messages) {
    const { protocol, from } = message;
    if (!BY_MESSAGE.includes(protocol)) continue;
    const key = messageKey(protocol, decodedMessage(message));
    if (!TIMED.test(key)) counts.set(nameOf(protocol, from, key), (counts.get(nameOf(protocol, from, key)) ?? 0) + 1);
  }
  return counts;
};

const nameOf = (protocol: TapeProtocol, from: TapeSide, key: string): string => `${protocol} ${key} of the ${from}`;

const messageDifferences = (first: Tape, second: Tape): readonly BootDifference[] => {
  const [left, right] = [countsOf(first), countsOf(second)];
  return [...new Set([...left.keys(), ...right.keys()])].flatMap((name): readonly BootDifference[] => {
    const [one, other] = [left.get(name), right.get(name)];
    return one !== undefined && other !== undefined
      ? []
      : [{ topic: 'messages', name, first: one?.toString(), second: other?.toString() }];
  });
};
