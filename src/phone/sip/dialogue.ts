import { parseWallTime, seconds } from '../../core/time.js';
import type { Endpoint } from '../../net/ports.js';
import { ID } from '../../sip/message/headers.js';
import type { SipMessage } from '../../sip/message/message.js';
import type { CallManagerAddress, SipTimers } from '../boot/device-file.js';
import type { OutOfService } from '../call-manager-link.js';
import type { CallBook } from '../calls/call-book.js';
import type { PhoneEnvironment } from '../environment.js';
import type { PhoneIdentity } from '../identity.js';
import type { Indicators } from '../indicators.js';
import type { ObeyObject, PhoneCommand, PublishStep } from '../steps.js';
import type { BootTimer } from '../timers.js';
import { SipPhoneCalls } from './calls.js';
import { PhoneClientTransactions } from './client-transactions.js';
import { SipIdentifiers } from './identifiers.js';
import { showNotified } from './notifications.js';
import { pushAnswerText, pushedObject } from './pushes.js';
import { type LineRegistration, SipRegistration } from './registration.js';
import { alarmText, type SipLine, tokenText } from './requests.js';
import { grantedOf, retryAfter } from './response-fields.js';
import { commandOf, responseTo } from './responses.js';
import { SipSubscriptions, subscriptionsOf } from './subscriptions.js';

/** The callbacks of a dialogue; a `SipLink` implements them. */
export interface SipOwner {
  /** Every line is bound. `grantedSeconds`: how long the server keeps the registration. */
  onRegistered(lines: readonly string[], grantedSeconds: number): void;
  /** `took`: milliseconds from request to response. */
  onRefreshed(took: number): void;
  /** `retryAfter`: seconds; `undefined`: the server names no time. */
  onRefused(why: string, retryAfter: number | undefined): void;
  /** No response within 32 seconds. */
  onSilence(): void;
  onPingAnswer(): void;
  /** `wait`: seconds until the next request; `undefined`: the token is granted. */
  onToken(wait: number | undefined): void;
  onCommand(command: PhoneCommand): void;
  onUnregistered(): void;
  onChallenge(realm: string): void;
}

/** Seconds: a phone treats a registration that leaves less than this after the delta as failed (`sip.md` §4.2). */
const LEAST_USEFUL = 60;
/** Seconds. */
const TOKEN_WAIT = 30;

/** What a `SipDialogue` needs. */
export interface SipDialogueOptions {
  readonly identity: PhoneIdentity;
  readonly lines: readonly SipLine[];
  /** The numbers on the phone's BLF buttons. */
  readonly watched: readonly string[];
  /** The numbers that it watches without a button for them. */
  readonly asked?: readonly string[] | undefined;
  /** Its lamps; absent: nobody looks. */
  readonly indicators?: Indicators | undefined;
  readonly timers: SipTimers;
  readonly node: CallManagerAddress;
  readonly local: Endpoint;
  readonly environment: PhoneEnvironment;
  readonly owner: SipOwner;
  readonly publish: PublishStep;
  readonly send: (text: string) => void;
  /** The phone's calls; absent: it takes none and makes none. */
  readonly calls?: CallBook | undefined;
  /** Obeys an object that is pushed. */
  readonly obey: ObeyObject;
}

/**
 * What a SIP phone says to one call manager: alarms, REGISTERs of each line or of all, refreshes, pings of a standby
 * node, token requests, the end of the registration, and responses to the server's requests (`sip.md` §3 to §5, §10).
 * It writes through `send` and opens no socket.
 */
export class SipDialogue {
  readonly #identity: PhoneIdentity;
  readonly #environment: PhoneEnvironment;
  readonly #owner: SipOwner;
  readonly #publish: PublishStep;
  readonly #node: CallManagerAddress;
  readonly #timers: SipTimers;
  readonly #local: Endpoint;
  readonly #send: (text: string) => void;
  readonly #transactions: PhoneClientTransactions;
  readonly #registration: SipRegistration;
  readonly #lines: readonly LineRegistration[];
  readonly #refreshTimer: BootTimer;
  readonly #identifiers: SipIdentifiers;
  readonly #subscriptions: SipSubscriptions;
  readonly #obey: ObeyObject;
  readonly #indicators: Indicators | undefined;
  readonly #book: CallBook | undefined;
  readonly #calls: SipPhoneCalls | undefined;

  constructor({
    identity,
    lines,
    watched,
    asked = [],
    indicators,
    timers,
    node,
    local,
    environment,
    owner,
    publish,
    send,
    calls: book,
    obey,
  }: SipDialogueOptions) {
    this.#obey = obey;
    this.#identity = identity;
    this.#indicators = indicators;
    this.#environment = environment;
    this.#owner = owner;
    this.#publish = publish;
    this.#node = node;
    this.#local = local;
    this.#timers = timers;
    this.#send = send;
    this.#identifiers = new SipIdentifiers(identity, local.address, environment.random);
    this.#transactions = new PhoneClientTransactions(environment.timers, identity.sip.transport === 'udp', send);
    const [identifiers, transactions] = [this.#identifiers, this.#transactions];
    this.#registration = new SipRegistration({ identity, local, node, owner, identifiers, transactions });
    this.#refreshTimer = environment.timers.create(() => this.#refresh());
    this.#subscriptions = new SipSubscriptions({
      ...{ identity, local, node, publish, identifiers, transactions, timers: environment.timers },
      specs: subscriptionsOf(identity.sip, lines, watched, asked),
    });
    this.#lines = this.#registration.linesFor(lines);
    this.#book = book;
    if (book !== undefined)
      this.#calls = new SipPhoneCalls({
        ...{ book, identity, lines, local, node, identifiers, transactions, send, timers: environment.timers },
        date: () => this.#registration.clock,
        below: (limit) => environment.random.below(limit),
      });
  }

  get waitingFor(): string {
    return this.#transactions.size === 0 ? '' : '200 OK';
  }

  /** Sends the alarms, if the model sends any, then registers the lines. `reason`: why the phone was out of service. */
  register(reason: OutOfService): void {
    this.#registration.begin(reason);
    if (this.#identity.sip.alarms)
      for (let count = 0; count < 2; count += 1) {
        const facts = this.#referFacts();
        const text = alarmText(facts, this.#identifiers.hexDigits(), 'Not Installed', 'N/A');
        this.#transactions.request(facts.branch, text, () => {});
        this.#publish('phone.alarm-sent', { node: this.#node.name, text: 'DeviceTLInfo' });
      }
    this.#registerLine(0);
  }

  /** Asks a standby node whether it is up. */
  ping(): void {
    const [first] = this.#lines;
    if (first === undefined) return;
    const onBound = (): void => this.#owner.onPingAnswer();
    this.#registration.send(first, { expires: 0, isPing: true, isInitial: false, onBound });
  }

  requestToken(): void {
    const facts = this.#referFacts();
    this.#transactions.request(facts.branch, tokenText(facts), (response) => {
      if (response === undefined) this.#owner.onSilence();
      else this.#owner.onToken(response.status < 300 ? undefined : retryAfter(response) || TOKEN_WAIT);
    });
  }

  unregister(): void {
    this.#registration.cease();
    this.#refreshTimer.cancel();
    this.#subscriptions.end();
    const bound = this.#isBulk ? this.#lines.slice(0, 1) : this.#lines.filter((registration) => registration.isBound);
    if (bound.length === 0) {
      this.#owner.onUnregistered();
      return;
    }
    let left = bound.length;
    const onEnd = (): void => {
      left -= 1;
      if (left === 0) this.#owner.onUnregistered();
    };
    for (const registration of bound) {
      registration.isBound = false;
      this.#registration.send(registration, { expires: 0, isPing: false, isInitial: false, onBound: onEnd, onEnd });
    }
  }

  /** Called when the link has ended: cancels what waits for a response and forgets what was bound. */
  end(): void {
    this.#registration.cease();
    this.#refreshTimer.cancel();
    this.#subscriptions.end();
    if (this.#calls !== undefined) this.#book?.detach(this.#calls);
    this.#calls?.end();
    this.#transactions.cancelAll();
    for (const registration of this.#lines) registration.isBound = false;
  }

  receive(message: SipMessage): void {
    if (message.kind === 'response') {
      this.#setClock(message);
      if (!this.#transactions.onResponse(message)) this.#calls?.repeated(message);
      return;
    }
    if (this.#calls?.receive(message) === true) return;
    const isRegistration = (callId: string): boolean =>
      this.#lines.some((registration) => registration.callId === callId);
    const context = { profile: this.#identity.sip, isRegistration };
    const tag = this.#identifiers.tag();
    const response = responseTo(message, context, tag);
    if (response !== undefined) this.#send(response);
    if (message.method === 'NOTIFY' && this.#indicators !== undefined) showNotified(message, this.#indicators);
    const command = commandOf(message, context);
    if (command !== undefined) this.#owner.onCommand(command);
    else this.#obeyPush(message, tag);
  }

  #obeyPush(request: SipMessage, tag: string): void {
    const pushed = pushedObject(request);
    const [first] = this.#lines;
    if (pushed === undefined || first === undefined) return;
    void this.#obey(pushed.object).then((answer) => {
      const { branch, ...facts } = this.#referFacts();
      const { transaction } = pushed;
      const text = pushAnswerText({ ...facts, request, branch, tag, transaction, answer });
      this.#transactions.request(branch, text, () => {});
    });
  }

  /** One REGISTER registers all lines. */
  get #isBulk(): boolean {
    return this.#identity.sip.offer !== undefined;
  }

  #registerLine(index: number): void {
    const registration = this.#lines[index];
    if (registration === undefined) {
      this.#owner.onRefused('no line to register', undefined);
      return;
    }
    this.#publish('phone.register-sent', { node: this.#node.name, line: registration.line.dn });
    const onBound = (response: SipMessage): void => {
      registration.isBound = true;
      if (!this.#isBulk && index + 1 < this.#lines.length) this.#registerLine(index + 1);
      else this.#complete(response);
    };
    const expires = this.#timers.registerExpires;
    this.#registration.send(registration, { expires, isPing: false, isInitial: true, onBound });
  }

  #complete(response: SipMessage): void {
    const { registerExpires, registerDelta } = this.#timers;
    const granted = grantedOf(response, registerExpires);
    if (granted - registerDelta < LEAST_USEFUL) {
      this.#owner.onRefused(`a registration of ${granted} s is too short`, undefined);
      return;
    }
    this.#refreshTimer.startIn(seconds(granted - registerDelta));
    if (this.#calls !== undefined) this.#book?.attach(this.#calls);
    this.#owner.onRegistered(
      this.#lines.map(({ line }) => line.dn),
      granted,
    );
    const [first] = this.#lines;
    if (first !== undefined) this.#subscriptions.begin(first.line);
  }

  #refresh(): void {
    const { registerExpires: expires, registerDelta } = this.#timers;
    const registrations = this.#isBulk ? this.#lines.slice(0, 1) : this.#lines;
    const sentAt = this.#environment.timers.now();
    for (const registration of registrations) {
      const onBound = (response: SipMessage): void => {
        if (registration !== this.#lines[0]) return;
        // The server has lost the registration and asks for a new one: every line registers again (`sip.md` §4.2).
        if (response.text(ID.Contact)?.includes('x-cisco-newreg') === true) {
          this.#registerLine(0);
          return;
        }
        this.#refreshTimer.startIn(seconds(grantedOf(response, expires) - registerDelta));
        this.#owner.onRefreshed(this.#environment.timers.now() - sentAt);
      };
      this.#registration.send(registration, { expires, isPing: false, isInitial: false, onBound });
    }
  }

  #referFacts() {
    const [first] = this.#lines;
    const line = first?.line ?? { dn: '', contact: '', authName: '', authPassword: '' };
    return {
      identity: this.#identity,
      line,
      local: this.#local,
      node: this.#node.address,
      branch: this.#identifiers.branch(),
      fromTag: this.#identifiers.tag(),
      callId: this.#identifiers.callId(),
      sessionId: this.#identifiers.sessionId,
      date: this.#registration.clock,
    };
  }

  #setClock(response: SipMessage): void {
    this.#registration.clock = parseWallTime(response.text(ID.Date) ?? '') ?? this.#registration.clock;
  }
}
