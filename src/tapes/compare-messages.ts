// What differs between the messages of two tapes.

import { align } from './alignment.js';
import { canonicalFields, messageKey, type Neutral, neutralTexts } from './canonical-content.js';
import { type DecodedContent, decodedMessage } from './decoded-tape.js';
import { answerText, type FileExchange, fileExchanges } from './file-exchanges.js';
import { TAPE_PROTOCOLS, type Tape, type TapeMessage, type TapeProtocol, type TapeSide } from './tape.js';

/** One difference. `missing`: only the first tape has the message; `extra`: only the second. */
export interface TapeDifference {
  readonly kind: 'missing' | 'extra' | 'changed';
  readonly protocol: TapeProtocol;
  readonly from: TapeSide;
  /** Milliseconds on the tape that has the message; of a changed one on the first. */
  readonly at: number;
  /** The message, or the file. */
  readonly about: string;
  /** Which part of it has changed; absent: the whole. */
  readonly field?: string;
  readonly first?: string;
  readonly second?: string;
}

interface Compared {
  readonly message: TapeMessage;
  readonly content: DecodedContent;
  readonly key: string;
}

/** The messages of these protocols are compared one by one. Files are compared by what was asked and answered. */
const BY_MESSAGE: readonly TapeProtocol[] = ['dhcp', 'sccp', 'sip'];

/** What differs between the messages that these sides sent, in the order of the protocols and of their times. */
export const compareMessages = (first: Tape, second: Tape, sides: readonly TapeSide[]): readonly TapeDifference[] => {
  const [neutralFirst, neutralSecond] = [neutralTexts(first), neutralTexts(second)];
  return TAPE_PROTOCOLS.flatMap((protocol) => {
    if (protocol === 'tftp' || protocol === 'http')
      return compareFiles(filesOf(first, protocol), filesOf(second, protocol), neutralFirst, neutralSecond);
    if (!BY_MESSAGE.includes(protocol)) return [];
    return sides.flatMap((side) => {
      const [left, right] = [comparedOf(first, protocol, side), comparedOf(second, protocol, side)];
      return align(
        left.map(({ key }) => key),
        right.map(({ key }) => key),
      ).flatMap((pair): readonly TapeDifference[] => {
        const [one, other] = [
          pair.left === undefined ? undefined : left[pair.left],
          pair.right === undefined ? undefined : right[pair.right],
        ];
        if (one !== undefined && other !== undefined) return changesOf(one, other, neutralFirst, neutralSecond);
        const only = one ?? other;
        if (only === undefined) return [];
        const { key: about, message } = only;
        return [{ kind: other === undefined ? 'missing' : 'extra', protocol, from: side, at: message.at, about }];
      });
    });
  });
};

const comparedOf = ({ messages }: Tape, protocol: TapeProtocol, side: TapeSide): readonly Compared[] =>
  messages
    .filter((message) => message.protocol === protocol && message.from === side)
    .map((message) => {
      const content = decodedMessage(message);
      return { message, content, key: messageKey(protocol, content) };
    });

const changesOf = (
  { message, content, key: about }: Compared,
  other: Compared,
  neutralFirst: Neutral,
  neutralSecond: Neutral,
): readonly TapeDifference[] => {
  const { protocol, from, at } = message;
  if (message.leftOut > 0 || other.message.leftOut > 0) return []; // its name is all that is known
  const left = canonicalFields(protocol, content, neutralFirst);
  const right = canonicalFields(protocol, other.content, neutralSecond);
  return [...new Set([...left.keys(), ...right.keys()])].flatMap((field) => {
    const [one, another] = [left.get(field), right.get(field)];
    if (one === another) return [];
    return [
      {
        kind: 'changed',
        ...{ protocol, from, at, about, field },
        ...(one === undefined ? {} : { first: one }),
        ...(another === undefined ? {} : { second: another }),
      } satisfies TapeDifference,
    ];
  });
};

const filesOf = (tape: Tape, protocol: TapeProtocol): readonly FileExchange[] =>
  fileExchanges(tape).filter((exchange) => exchange.protocol === protocol);

const compareFiles = (
  left: readonly FileExchange[],
  right: readonly FileExchange[],
  neutralFirst: Neutral,
  neutralSecond: Neutral,
): readonly TapeDifference[] => {
  const [files, others] = [left.map(({ file }) => neutralFirst(file)), right.map(({ file }) => neutralSecond(file))];
  return align(files, others).flatMap((pair): readonly TapeDifference[] => {
    const one = pair.left === undefined ? undefined : left[pair.left];
    const other = pair.right === undefined ? undefined : right[pair.right];
    if (one === undefined || other === undefined) {
      const only = one ?? other;
      if (only === undefined) return [];
      const { at, protocol, file: about } = only;
      return [{ kind: other === undefined ? 'missing' : 'extra', protocol, from: 'phone', at, about }];
    }
    const [first, second] = [resultOf(one, neutralFirst), resultOf(other, neutralSecond)];
    const { at, protocol, file: about } = one;
    return first === second
      ? []
      : [{ kind: 'changed', protocol, from: 'server', at, about, field: 'answer', first, second }];
  });
};

/** The lengths of a phone's own files are of no account: names and addresses stand in them. */
const resultOf = ({ file, answer }: FileExchange, neutral: Neutral): string =>
  answer.kind === 'sent' && /DEVICE|MAC/.test(neutral(file)) ? 'sent' : answerText(answer);
