import { after, type Clock, type Instant, seconds, type Timer } from '../core/time.js';
import type { Station } from './station.js';

/** What a phone answered to an object. `late`: nothing in time. */
export type UserDataAnswer = { readonly answer: string } | 'late';

/** Octets of an object in one message (`sccp.md` §11, UserToDeviceDataVersion1). */
const MOST_OCTETS = 2_000;
/** A longer answer is not read. */
const MOST_ANSWER = 16_384;
const WITHIN = seconds(4);
/** The values of `sequenceFlag`: which part of an object a message has. */
export const SEQUENCE = { first: 0, more: 1, last: 2 } as const;
const DISPLAY_PRIORITY = 2; // as CUCM sends it to SIP phones

interface PendingObject {
  readonly link: number;
  readonly timer: Timer;
  readonly resolve: (answer: UserDataAnswer) => void;
  answer: string;
}

/**
 * Objects for the screen of a phone that go through its link: pushes for phones without a web server. Each is one or more
 * UserToDeviceDataVersion1, and its answer comes as DeviceToUserDataResponseVersion1 with the same transaction.
 */
export class UserDataRequests {
  readonly #clock: Clock;
  readonly #pending = new Map<number, PendingObject>();
  #lastTransaction = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Sends an object. Resolves with the phone's answer. Never rejects. */
  send(station: Station, object: string, now: Instant): Promise<UserDataAnswer> {
    this.#lastTransaction += 1;
    const transactionId = this.#lastTransaction;
    return new Promise((resolve) => {
      const timer = this.#clock.callAt(after(now, WITHIN), () => this.#end(transactionId, 'late'));
      this.#pending.set(transactionId, { link: station.link, timer, resolve, answer: '' });
      const parts = partsOf(object, station.texts === 'utf8' ? 'utf8' : 'latin1');
      station.speak(() => {
        for (const [index, xmlData] of parts.entries()) {
          const isLast = index === parts.length - 1;
          station.send(
            'UserToDeviceDataVersion1Message',
            {
              userToDeviceDataVersion1: {
                ...{ applicationId: 0, lineInstance: 0, callReference: 0, transactionId, xmlData },
                sequenceFlag: isLast ? SEQUENCE.last : index === 0 ? SEQUENCE.first : SEQUENCE.more,
                ...{ displayPriority: DISPLAY_PRIORITY, conferenceId: 0, appInstanceID: 0, routingID: 0 },
              },
            },
            now,
          );
        }
      }, now);
    });
  }

  /** A phone answered on that link. `false`: nothing was asked of it by this number. */
  onAnswer(link: number, transactionId: number, sequence: number, text: string): boolean {
    const pending = this.#pending.get(transactionId);
    if (pending === undefined || pending.link !== link) return false;
    pending.answer += text;
    const isWhole = sequence !== SEQUENCE.first && sequence !== SEQUENCE.more;
    if (isWhole || pending.answer.length > MOST_ANSWER) this.#end(transactionId, { answer: pending.answer });
    return true;
  }

  /** Ends what waits for an answer. */
  close(): void {
    for (const transactionId of [...this.#pending.keys()]) this.#end(transactionId, 'late');
  }

  #end(transactionId: number, answer: UserDataAnswer): void {
    const pending = this.#pending.get(transactionId);
    if (pending === undefined) return;
    this.#pending.delete(transactionId);
    pending.timer.cancel();
    pending.resolve(answer);
  }
}

/** Cuts a text between characters, into parts of so many octets. */
const partsOf = (text: string, encoding: 'utf8' | 'latin1'): readonly string[] => {
  const parts: string[] = [];
  let part = '';
  let octets = 0;
  for (const character of text) {
    const length = Buffer.byteLength(character, encoding);
    if (octets + length > MOST_OCTETS) {
      parts.push(part);
      part = '';
      octets = 0;
    }
    part += character;
    octets += length;
  }
  return [...parts, part];
};
