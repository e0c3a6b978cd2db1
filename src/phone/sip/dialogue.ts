// What a phone says to one call manager over SIP: alarms, REGISTER by line or for all, refreshes, pings of a standby
// node, tokens, its end, and its answers to the server's own requests (`sip.md` §3 to §5, §10). Knows no socket.

import { parseWallTime, seconds } from '../../core/time.js';
import type { Endpoint } from '../../net/ports.js';
import { ID } from '../../sip/message/headers.js';
import type { SipMessage } from '../../sip/message/message.js';
import type { CallManagerNode, SipTimers } from '../boot/device-file.js';
import type { PhoneIdentity } from '../identity.js';
import type { PhoneCommand, Tell } from '../steps.js';
import type { BootTimer } from '../timers.js';
import type { PhoneWorld } from '../world.js';
import { SipExchange } from './client-transactions.js';
import { SipWords } from './identifiers.js';
import { type Binding, SipRegisters } from './registration.js';
import { alarmText, type SipLine, tokenText } from './requests.js';
import { grantedOf, retryAfter } from './response-fields.js';
import { answerOf, commandOf } from './responses.js';
import { SipSubscriptions, subscriptionsOf } from './subscriptions.js';

/** What its owner hears. */
export interface SipOwner {
  /** Every line is bound. */
  registered(lines: readonly string[], grantedSeconds: number): void;
  /** Milliseconds from request to answer. */
  refreshed(took: number): void;
  /** `retryAfter`: seconds, where the server named them. */
  refused(why: string, retryAfter: number | undefined): void;
  /** No answer within 32 seconds. */
  silent(): void;
  pinged(): void;
  token(wait: number | undefined): void;
  commanded(command: PhoneCommand): void;
  unregistered(): void;
  challenged(realm: string): void;
}

const LEAST_USEFUL = 60; // less than this after the delta and the phone takes it for a failure (`sip.md` §4.2)
const TOKEN_WAIT = 30;

export interface SipDialogueParts {
  readonly identity: PhoneIdentity;
  readonly lines: readonly SipLine[];
  /** Numbers whose state its keys show. */
  readonly watched: readonly string[];
  readonly timers: SipTimers;
  readonly node: CallManagerNode;
  readonly local: Endpoint;
  readonly world: PhoneWorld;
  readonly owner: SipOwner;
  readonly tell: Tell;
  readonly send: (text: string) => void;
}

export class SipDialogue {
  readonly #identity: PhoneIdentity;
  readonly #world: PhoneWorld;
  readonly #owner: SipOwner;
  readonly #tell: Tell;
  readonly #node: CallManagerNode;
  readonly #timers: SipTimers;
  readonly #local: Endpoint;
  readonly #send: (text: string) => void;
  readonly #exchange: SipExchange;
  readonly #registers: SipRegisters;
  readonly #bindings: readonly Binding[];
  readonly #refresh: BootTimer;
  readonly #words: SipWords;
  readonly #subscriptions: SipSubscriptions;

  constructor({ identity, lines, watched, timers, node, local, world, owner, tell, send }: SipDialogueParts) {
    this.#identity = identity;
    this.#world = world;
    this.#owner = owner;
    this.#tell = tell;
    this.#node = node;
    this.#local = local;
    this.#timers = timers;
    this.#send = send;
    this.#words = new SipWords(identity, local.address, world.random);
    this.#exchange = new SipExchange(world.agenda, identity.sip.transport === 'udp', send);
    this.#registers = new SipRegisters({ identity, local, node, owner, words: this.#words, exchange: this.#exchange });
    this.#refresh = world.agenda.appointment(() => this.#refreshNow());
    this.#subscriptions = new SipSubscriptions({
      ...{ identity, local, node, tell, words: this.#words, exchange: this.#exchange, agenda: world.agenda },
      wishes: subscriptionsOf(identity.sip, lines, watched),
    });
    this.#bindings = this.#registers.of(lines);
  }

  get waitingFor(): string {
    return this.#exchange.size === 0 ? '' : '200 OK';
  }

  /** Alarms where the model sends them, then the lines. `reason`: why it was out of service. */
  register(reason: { readonly number: number; readonly words: string }): void {
    this.#registers.begin(reason);
    if (this.#identity.sip.alarms)
      for (let count = 0; count < 2; count += 1) {
        const facts = this.#referFacts();
        this.#exchange.request(facts.branch, alarmText(facts, this.#words.eight(), 'Not Installed', 'N/A'), () => {});
        this.#tell('phone.alarm-sent', { node: this.#node.name, text: 'DeviceTLInfo' });
      }
    this.#registerLine(0);
  }

  /** A node that stands by is asked whether it is there. */
  ping(): void {
    const [first] = this.#bindings;
    if (first === undefined) return;
    this.#registers.send(first, { expires: 0, ping: true, first: false, onBound: () => this.#owner.pinged() });
  }

  askToken(): void {
    const facts = this.#referFacts();
    this.#exchange.request(facts.branch, tokenText(facts), (answer) => {
      if (answer === undefined) this.#owner.silent();
      else this.#owner.token(answer.status < 300 ? undefined : retryAfter(answer) || TOKEN_WAIT);
    });
  }

  unregister(): void {
    this.#registers.cease();
    this.#refresh.cancel();
    this.#subscriptions.end();
    const bound = this.#bulk ? this.#bindings.slice(0, 1) : this.#bindings.filter((binding) => binding.bound);
    if (bound.length === 0) {
      this.#owner.unregistered();
      return;
    }
    let left = bound.length;
    const done = (): void => {
      left -= 1;
      if (left === 0) this.#owner.unregistered();
    };
    for (const binding of bound) {
      binding.bound = false;
      this.#registers.send(binding, { expires: 0, ping: false, first: false, onBound: done }, done);
    }
  }

  /** The link has ended: nothing is awaited, nothing is bound. */
  end(): void {
    this.#registers.cease();
    this.#refresh.cancel();
    this.#subscriptions.end();
    this.#exchange.forget();
    for (const binding of this.#bindings) binding.bound = false;
  }

  received(message: SipMessage): void {
    if (message.kind === 'response') {
      this.#setClock(message);
      this.#exchange.answered(message);
      return;
    }
    const knows = (callId: string): boolean => this.#bindings.some((binding) => binding.callId === callId);
    const situation = { profile: this.#identity.sip, knows };
    const answer = answerOf(message, situation, this.#words.tag());
    if (answer !== undefined) this.#send(answer);
    const command = commandOf(message, situation);
    if (command !== undefined) this.#owner.commanded(command);
  }

  get #bulk(): boolean {
    return this.#identity.sip.offer !== undefined;
  }

  #registerLine(index: number): void {
    const binding = this.#bindings[index];
    if (binding === undefined) {
      this.#owner.refused('no line to register', undefined);
      return;
    }
    this.#tell('phone.register-sent', { node: this.#node.name, line: binding.line.dn });
    const onBound = (answer: SipMessage): void => {
      binding.bound = true;
      if (!this.#bulk && index + 1 < this.#bindings.length) this.#registerLine(index + 1);
      else this.#complete(answer);
    };
    this.#registers.send(binding, { expires: this.#timers.registerExpires, ping: false, first: true, onBound });
  }

  #complete(answer: SipMessage): void {
    const granted = grantedOf(answer, this.#timers.registerExpires);
    if (granted - this.#timers.registerDelta < LEAST_USEFUL) {
      this.#owner.refused(`a registration of ${granted} s is too short`, undefined);
      return;
    }
    this.#refresh.in(seconds(granted - this.#timers.registerDelta));
    this.#owner.registered(
      this.#bindings.map(({ line }) => line.dn),
      granted,
    );
    const [first] = this.#bindings;
    if (first !== undefined) this.#subscriptions.begin(first.line);
  }

  #refreshNow(): void {
    const bindings = this.#bulk ? this.#bindings.slice(0, 1) : this.#bindings;
    const sentAt = this.#world.agenda.now();
    for (const binding of bindings) {
      const onBound = (answer: SipMessage): void => {
        if (binding !== this.#bindings[0]) return;
        // The server knows nothing of us any more: every line registers anew (`sip.md` §4.2).
        if (answer.text(ID.Contact)?.includes('x-cisco-newreg') === true) {
          this.#registerLine(0);
          return;
        }
        this.#refresh.in(seconds(grantedOf(answer, this.#timers.registerExpires) - this.#timers.registerDelta));
        this.#owner.refreshed(this.#world.agenda.now() - sentAt);
      };
      this.#registers.send(binding, { expires: this.#timers.registerExpires, ping: false, first: false, onBound });
    }
  }

  #referFacts() {
    const [first] = this.#bindings;
    const line = first?.line ?? { dn: '', contact: '', authName: '', authPassword: '' };
    return {
      identity: this.#identity,
      line,
      local: this.#local,
      node: this.#node.address,
      branch: this.#words.branch(),
      fromTag: this.#words.tag(),
      callId: this.#words.callId(),
      sessionId: this.#words.sessionId,
      date: this.#registers.clock,
    };
  }

  #setClock(answer: SipMessage): void {
    this.#registers.clock = parseWallTime(answer.text(ID.Date) ?? '') ?? this.#registers.clock;
  }
}
