import type { DeviceDatabase } from '../../devices/index.js';
import type { SipMessage } from '../message/message.js';
import type { RegisteredPhone, RegisteredPhones } from '../registrar/location.js';
import type { Flow } from '../transport/flow.js';
import { METHODS } from './methods.js';

/** The names that are noted, so that no text of a message is kept. */
const NAMES: ReadonlyMap<string, string> = new Map([...Object.keys(METHODS), 'ACK'].map((name) => [name, name]));
const OTHER = 'another method';
/** The statuses as texts, made at their first use. */
const STATUSES = new Map<number, string>();

const statusName = (status: number): string => {
  let name = STATUSES.get(status);
  if (name === undefined) {
    name = String(status);
    STATUSES.set(status, name);
  }
  return name;
};

/**
 * Notes the name of the last message from each registered phone and to it: a method or a status. A phone is found by the
 * Call-ID of its REGISTER, or by its connection; over UDP other requests than REGISTER are not noted.
 */
export class LastMessages {
  readonly #database: DeviceDatabase;
  readonly #phones: RegisteredPhones;

  constructor(database: DeviceDatabase, phones: RegisteredPhones) {
    this.#database = database;
    this.#phones = phones;
  }

  /** A message came and has been handled. */
  heard(message: SipMessage, flow: Flow): void {
    const phone = this.#phoneOf(message, flow);
    if (phone === undefined) return;
    const name = message.kind === 'response' ? statusName(message.status) : (NAMES.get(message.method) ?? OTHER);
    this.#database.facts.heard(phone.registration, name);
  }

  /** A request was answered with that status. */
  answered(message: SipMessage, flow: Flow, status: number): void {
    const phone = this.#phoneOf(message, flow);
    if (phone !== undefined) this.#database.facts.said(phone.registration, statusName(status));
  }

  /**
   * A refresh came by the fast path and was answered with 200.
   *
   * @hot Two assignments of texts that are there already.
   */
  refreshed({ registration }: RegisteredPhone): void {
    const { facts } = this.#database;
    facts.heard(registration, 'REGISTER');
    facts.said(registration, '200');
  }

  /** A request of that method is sent to the phone. */
  sent({ registration }: RegisteredPhone, method: string): void {
    this.#database.facts.said(registration, method);
  }

  #phoneOf(message: SipMessage, { link }: Flow): RegisteredPhone | undefined {
    if (message.kind === 'request' && message.method === 'REGISTER')
      return this.#phones.byCallId(message.callId ?? '')?.phone;
    return link === 0 ? undefined : this.#phones.onlyOneOnLink(link);
  }
}
