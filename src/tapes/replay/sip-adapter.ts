// What of a SIP message is of one dialog, one transaction or one challenge alone (RFC 3261 §8.1.1, RFC 7616).

import type { Random } from '../../net/ports.js';
import { authorizationOf, type Challenge, challengeOf } from '../../phone/sip/digest.js';
import { parseMessage } from '../../sip/message/parser.js';
import { unescaped } from '../../sip/message/uri.js';
import { parseCredentials } from '../../sip/registrar/digest.js';
import type { TapeMessage } from '../tape.js';
import type { ReplayAdapter } from './adapter.js';
import { atServer, type ReplayIdentity, type ReplayPlaces, readdressed, renamed } from './identity.js';
import { branchOf, contactUri, SipText, tagOf, withBranch, withTag } from './sip-text.js';

const LETTERS = 0x1000_0000;
const AUTHORIZATIONS = { 401: 'authorization', 407: 'proxy-authorization' } as const;
const SPELLED = { 401: 'Authorization', 407: 'Proxy-Authorization' } as const;
type ChallengeStatus = keyof typeof AUTHORIZATIONS;
/** RFC 3261 §8.1.1.7. */
const MAGIC = 'z9hG4bK';

/** A Call-ID or a tag within a body. */
const IDENTIFIER = /[A-Za-z0-9._%+~@-]{8,}/g;

/** The dialog that a Refer-To names in the headers of its URI (RFC 3891 §3). */
const REPLACES = /([?&]Replaces=)([^&>\s]+)/gi;

/** Where a phone registers. */
const REGISTRAR = /^REGISTER sips?:([^:;>\s]+)/i;
const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/;
/** A phone knows three call managers, by name and by address. */
const MOST_SERVER_NAMES = 16;

const latin1 = (octets: Buffer): string => octets.toString('latin1');
const isResponse = ({ startLine }: SipText): boolean => startLine.startsWith('SIP/');
const statusOf = ({ startLine }: SipText): number =>
  startLine.startsWith('SIP/') ? Number(startLine.split(' ')[1]) : 0;

/** What the phone proves itself by. */
export interface ReplayCredentials {
  /** `undefined`: the user of the tape. */
  readonly user: string | undefined;
  readonly password: string;
}

/** The last request of a dialog. */
interface SentRequest {
  readonly text: SipText;
  /** Who it says that it is, for a digest. */
  readonly user: string;
  /** On the tape, or since a challenge. */
  readonly hadCredentials: boolean;
}

/** Draws dialogs and transactions anew, follows those that the server draws, and answers its challenges. */
export class SipAdapter implements ReplayAdapter {
  readonly #identity: ReplayIdentity;
  readonly #random: Random;
  readonly #credentials: ReplayCredentials | undefined;
  /** By the identifier on the tape: that of now. Call-IDs, tags, branches, and the URIs of Contacts. */
  readonly #identifiers = new Map<string, string>();
  /** The names by which the phone registers, in small letters: each is the server of now. */
  readonly #serverNames = new Set<string>();
  /** The requests of the server, by their Call-ID and CSeq on the tape. */
  readonly #asked = new Map<string, SipText>();
  /** How far the numbers of a dialog are ahead of those of the tape, by its Call-ID of now. */
  readonly #ahead = new Map<string, number>();
  /** The last request of each dialog, by its Call-ID of now. */
  readonly #sent = new Map<string, SentRequest>();
  /** Requests that were answered to a challenge already, by Call-ID and CSeq of now. */
  readonly #proved = new Set<string>();
  #challenge: { readonly status: ChallengeStatus; readonly challenge: Challenge; uses: number } | undefined;

  /** `messages` is the tape: the dialogs that its phone begins, and its tags, are drawn before they are first named. */
  constructor(
    identity: ReplayIdentity,
    random: Random,
    credentials: ReplayCredentials | undefined,
    messages: readonly TapeMessage[],
  ) {
    this.#identity = identity;
    this.#random = random;
    this.#credentials = credentials;
    this.#prepare(messages);
  }

  adapt({ octets }: TapeMessage, places: ReplayPlaces): Buffer | undefined {
    const text = new SipText(latin1(octets));
    const response = isResponse(text);
    if (response) {
      const asked = this.#asked.get(keyOf(text));
      if (asked === undefined) return undefined;
      this.#answer(text, asked);
    } else this.#draw(text);
    const adapted = (value: string, withPorts = true): string =>
      atServer(readdressed(renamed(value, this.#identity), places, withPorts), this.#serverNames, places.server);
    const kept = response ? ['via', 'from', 'to', 'call-id', 'cseq'] : ['call-id'];
    const before = new Map(kept.map((name) => [name, text.all(name)]));
    text.changeAll((value) => adapted(value));
    for (const [name, values] of before) text.replace(name, values);
    text.body = adapted(this.#withIdentifiers(text.body), false);
    if (!response) this.#prove(text);
    return text.octets;
  }

  learn(taped: TapeMessage | undefined, live: Buffer): void {
    const now = new SipText(latin1(live));
    this.#noteChallenge(live, now);
    if (taped === undefined) return;
    const before = new SipText(latin1(taped.octets));
    const known = this.#identifiers.get(before.get('call-id'));
    // Of another dialog: the server says things in another order than it did on the tape.
    if (known === undefined ? isResponse(now) : known !== now.get('call-id')) return;
    this.#stands(before.get('call-id'), now.get('call-id'));
    for (const name of ['from', 'to']) this.#stands(tagOf(before.get(name)), tagOf(now.get(name)));
    this.#stands(contactUri(before.get('contact')), contactUri(now.get('contact')));
    if (!isResponse(now)) this.#asked.set(keyOf(before), now);
  }

  /** Answers a challenge, and a request that the phone was not asked on the tape. */
  answerTo(live: Buffer, taped: TapeMessage | undefined): Buffer | undefined {
    const text = new SipText(latin1(live));
    const status = statusOf(text);
    if (status === 401 || status === 407) return taped === undefined ? this.#proveAgain(text) : undefined;
    if (isResponse(text) || taped !== undefined || text.startLine.startsWith('ACK ')) return undefined;
    // A call that the tape does not have is not taken.
    const said = text.startLine.startsWith('INVITE ') ? '486 Busy Here' : '200 OK';
    const answer = new SipText(`SIP/2.0 ${said}\r\nContent-Length: 0`);
    for (const name of ['Via', 'From', 'To', 'Call-ID', 'CSeq'])
      for (const value of text.all(name.toLowerCase())) answer.add(name, value);
    answer.change('to', (to) => withTag(to, tagOf(to) === '' ? this.#drawn() : tagOf(to)));
    return answer.octets;
  }

  /** Whether a challenge is what the phone of the tape had answered before the tape begins, so that it is no difference. */
  expectsChallenge(live: Buffer): boolean {
    const text = new SipText(latin1(live));
    const status = statusOf(text);
    return (
      (status === 401 || status === 407) &&
      this.#credentials !== undefined &&
      this.#sent.get(text.get('call-id'))?.hadCredentials === true
    );
  }

  #prepare(messages: readonly TapeMessage[]): void {
    const dialogs = new Set<string>();
    for (const { protocol, from, octets } of messages) {
      if (protocol !== 'sip' || octets.length === 0) continue;
      const text = new SipText(latin1(octets));
      const callId = text.get('call-id');
      const isNew = !dialogs.has(callId);
      dialogs.add(callId);
      if (from === 'server') continue;
      const registrar = REGISTRAR.exec(text.startLine)?.[1]?.toLowerCase() ?? '';
      if (registrar !== '' && !IPV4.test(registrar) && this.#serverNames.size < MOST_SERVER_NAMES)
        this.#serverNames.add(registrar);
      if (isNew) this.#identifierOf(callId, (drawn) => `${drawn}@labcm-replay`);
      const tag = tagOf(text.get(isResponse(text) ? 'to' : 'from'));
      if (tag !== '') this.#identifierOf(tag, (drawn) => drawn);
    }
  }

  /** A text with the dialogs of now: reports of dialogs name them, and transfers do. */
  #withIdentifiers(text: string): string {
    return text.replace(IDENTIFIER, (found) => this.#identifiers.get(found) ?? found);
  }

  #stands(taped: string, now: string): void {
    if (taped !== '' && now !== '') this.#identifiers.set(taped, now);
  }

  #drawn(): string {
    return [0, 1].map(() => (LETTERS + this.#random.below(LETTERS)).toString(16)).join('');
  }

  /** The identifier of now for one of the tape; one that is new is drawn. */
  #identifierOf(taped: string, draw: (drawn: string) => string): string {
    const now = this.#identifiers.get(taped) ?? draw(this.#drawn());
    this.#identifiers.set(taped, now);
    return now;
  }

  #draw(text: SipText): void {
    text.change('call-id', (taped) => this.#identifierOf(taped, (drawn) => `${drawn}@labcm-replay`));
    text.change('via', (via) => {
      const branch = branchOf(via);
      return branch === ''
        ? via
        : withBranch(
            via,
            this.#identifierOf(branch, (drawn) => `${MAGIC}${drawn}`),
          );
    });
    text.change('from', (from) => {
      const tag = tagOf(from);
      return tag === ''
        ? from
        : withTag(
            from,
            this.#identifierOf(tag, (drawn) => drawn),
          );
    });
    text.change('to', (to) => {
      const now = this.#identifiers.get(tagOf(to));
      return now === undefined ? to : withTag(to, now);
    });
    text.change('replaces', (dialog) => this.#withIdentifiers(dialog));
    text.change('refer-to', (target) =>
      target.replace(
        REPLACES,
        (_whole, name: string, dialog: string) =>
          `${name}${encodeURIComponent(this.#withIdentifiers(unescaped(dialog)))}`,
      ),
    );
    const [method = '', uri = '', ...rest] = text.startLine.split(' ');
    text.startLine = [method, this.#identifiers.get(uri) ?? uri, ...rest].join(' ');
    const ahead = this.#ahead.get(text.get('call-id')) ?? 0;
    if (ahead > 0) text.change('cseq', (cseq) => cseq.replace(/^\d+/, (number) => String(Number(number) + ahead)));
  }

  #answer(text: SipText, asked: SipText): void {
    const taped = tagOf(text.get('to'));
    for (const name of ['via', 'from', 'to', 'call-id', 'cseq']) text.replace(name, asked.all(name));
    if (taped !== '' && tagOf(text.get('to')) === '')
      text.change('to', (to) =>
        withTag(
          to,
          this.#identifierOf(taped, (drawn) => drawn),
        ),
      );
  }

  /** Credentials of the tape are of no use now: they are computed anew, or taken out. */
  #prove(text: SipText): void {
    const callId = text.get('call-id');
    const statuses = [401, 407] as const;
    const status = statuses.find((one) => text.get(AUTHORIZATIONS[one]) !== '');
    const credentials = status === undefined ? undefined : parseCredentials(text.get(AUTHORIZATIONS[status]));
    const user = credentials?.get('username') ?? userOf(text.get('from'));
    this.#sent.set(callId, { text, user, hadCredentials: status !== undefined });
    if (status === undefined) return;
    text.remove(AUTHORIZATIONS[status]);
    this.#addCredentials(text, user);
  }

  #addCredentials(text: SipText, tapedUser: string): boolean {
    const known = this.#challenge;
    if (known === undefined || this.#credentials === undefined) return false;
    const [method = '', uri = ''] = text.startLine.split(' ');
    known.uses += 1;
    const value = authorizationOf(known.challenge, {
      ...{ user: this.#credentials.user ?? tapedUser, password: this.#credentials.password, uri, method },
      ...{ nonceCount: known.uses, clientNonce: this.#drawn() },
    });
    text.add(SPELLED[known.status], value);
    return true;
  }

  #noteChallenge(live: Buffer, now: SipText): void {
    const status = statusOf(now);
    if (status !== 401 && status !== 407) return;
    const message = parseMessage(live);
    const challenge = message === undefined ? undefined : challengeOf(message);
    if (challenge !== undefined) this.#challenge = { status, challenge, uses: 0 };
  }

  /** The last request of the dialog again, with credentials and the next number. */
  #proveAgain(answer: SipText): Buffer | undefined {
    const callId = answer.get('call-id');
    const key = `${callId} ${answer.get('cseq')}`;
    const sent = this.#sent.get(callId);
    if (sent === undefined || this.#proved.has(key)) return undefined;
    const again = new SipText(latin1(sent.text.octets));
    const [number = '0', method = ''] = again.get('cseq').split(/\s+/);
    again.change('cseq', () => `${Number(number) + 1} ${method}`);
    again.change('via', (via) => withBranch(via, `${MAGIC}${this.#drawn()}`));
    again.remove('authorization');
    again.remove('proxy-authorization');
    if (!this.#addCredentials(again, sent.user)) return undefined;
    this.#ahead.set(callId, (this.#ahead.get(callId) ?? 0) + 1);
    this.#proved.add(`${callId} ${again.get('cseq')}`);
    this.#sent.set(callId, { text: again, user: sent.user, hadCredentials: true });
    return again.octets;
  }
}

/** The user part of an address. */
const userOf = (value: string): string => /sips?:([^@>;]+)@/i.exec(value)?.[1] ?? '';

/** What a response and its request have in common. */
const keyOf = (text: SipText): string => `${text.get('call-id')} ${text.get('cseq').replace(/\s+/g, ' ')}`;
