import type { WallTime } from '../../core/time.js';
import type { Endpoint } from '../../net/ports.js';
import { ID } from '../../sip/message/headers.js';
import type { SipMessage } from '../../sip/message/message.js';
import type { CallManagerAddress } from '../boot/device-file.js';
import { type CallBook, type CallDriver, CallFault, type NumberWay } from '../calls/call-book.js';
import { codecNamed, PHONE_CODECS } from '../calls/codecs.js';
import type { PhoneDisplay } from '../calls/display.js';
import type { PhoneCall } from '../calls/phone-call.js';
import type { PhoneIdentity } from '../identity.js';
import type { Timers } from '../timers.js';
import { CALL_METHODS, SipCall } from './call.js';
import type { DialogStart } from './call-dialog.js';
import { contactOf, farPartyOf, userOf } from './call-headers.js';
import { CallMediaSession } from './call-media.js';
import { type CallSide, hookBody, isCisco, requestText, responseText, tellsHook } from './call-texts.js';
import type { PhoneClientTransactions } from './client-transactions.js';
import type { SipIdentifiers } from './identifiers.js';
import type { SipLine } from './requests.js';
import type { OfferedCodec } from './sdp.js';
import { answersItself, callToAnswer, SharedDialogs } from './shared-dialogs.js';

/** What the calls of a SIP phone need. */
export interface SipPhoneCallsOptions {
  readonly book: CallBook;
  readonly identity: PhoneIdentity;
  readonly lines: readonly SipLine[];
  readonly local: Endpoint;
  readonly node: CallManagerAddress;
  readonly timers: Timers;
  readonly identifiers: SipIdentifiers;
  readonly transactions: PhoneClientTransactions;
  readonly date: () => WallTime | undefined;
  /** A random whole number below `limit`. */
  readonly below: (limit: number) => number;
  readonly send: (text: string) => void;
  /** Sends a response that is sent again if its request comes again. */
  readonly respond: (request: SipMessage, text: string) => void;
  readonly onEnded: (call: SipCall) => void;
}

/** The codecs of a phone of another maker. */
const GENERIC = ['PCMU', 'PCMA'];
const RESPONSES_KEPT = 64;
/** The text of a phone's dictionary that says where a call was parked, and the number. */
const PARKED_AT = /<statustext>\u0080\u0021 ?([^<]+)<\/statustext>/;
const REQUEST_TYPE = 'application/x-cisco-remotecc-request+xml';
/** The service that forwards all calls to the number behind its name (`docs/protocols/calls.md` §3.9). */
const FORWARD_ALL = 'x-cisco-serviceuri-cfwdall';

/** The calls of a SIP phone (`docs/protocols/calls.md` §3): one dialog each, numbers en bloc. */
export class SipPhoneCalls implements CallDriver {
  readonly #options: SipPhoneCallsOptions;
  readonly #calls = new Map<string, SipCall>();
  /** The last responses by the branch and method of their requests, for requests that come again. */
  readonly #responses = new Map<string, string>();
  #hooks = 1;
  /** The call whose number of the park the phone waits for. */
  #parking: PhoneCall | undefined;
  readonly #shared = new SharedDialogs();

  constructor(options: Omit<SipPhoneCallsOptions, 'onEnded' | 'respond'>) {
    this.#options = {
      ...options,
      respond: (request, text) => this.#respond(request, text),
      onEnded: (call) => this.#onEnded(call),
    };
  }

  get display(): PhoneDisplay {
    const calls = [...this.#calls.values()];
    const ringing = calls.some(({ call }) => call.direction === 'in' && call.state === 'ringing');
    const last = calls.at(-1)?.call;
    return {
      calls: calls.map(({ side, call }) => `${this.#options.lines.indexOf(side.line) + 1}: ${call.state}`),
      prompt: last === undefined ? '' : `${last.state}: ${last.far}`,
      keys: [],
      lamps: [],
      ringer: ringing ? 'Inside' : 'Off',
      tone:
        last?.state === 'failed'
          ? 'ReorderTone'
          : last?.direction === 'out' && last.state === 'ringing'
            ? 'AlertingTone'
            : '',
      speaker: calls.some(({ call }) => call.state === 'connected'),
      openPorts: calls.reduce((sum, { media }) => sum + media.openPorts, 0),
    };
  }

  /** The link is gone: a connected call talks on, the others are over. */
  end(): void {
    for (const { call } of [...this.#calls.values()]) if (call.state !== 'connected') call.ended('link');
  }

  // ── what the user does ─────────────────────────────────────────────────────────────────────────────────────────

  dial(call: PhoneCall, dialled: string, way: NumberWay): void {
    this.#invite(call, way === 'forwardAll' ? `${FORWARD_ALL}${dialled}` : dialled, undefined);
  }

  takeHeld(): void {
    const { held } = this.#shared;
    if (held === undefined) throw new CallFault('no other phone of a line holds a call');
    this.#invite(this.#options.book.begin('out', held.dn), held.dn, held.replaces);
  }

  #invite(call: PhoneCall, number: string, replaces: string | undefined): void {
    const { identity, lines, node, identifiers } = this.#options;
    const [line] = lines;
    if (line === undefined) throw new CallFault('the phone has no line');
    const localTag = identifiers.tag();
    const name = isCisco(identity) ? `"${line.dn}" ` : '';
    const sipCall = this.#add(call, line, {
      ...{ callId: identifiers.callId(), localTag, firstCSeq: identity.sip.firstCSeq },
      from: `${name}<sip:${line.dn}@${node.address}>;tag=${localTag}`,
      to: `<sip:${number}@${node.address}>`,
      target: `sip:${encodeURIComponent(number).replaceAll('%2B', '+')}@${node.address}${isCisco(identity) ? ';user=phone' : ''}`,
    });
    sipCall.replaces = replaces;
    this.#tellHook(sipCall, 'trying');
    void sipCall.media.open().then((isOpen) => {
      if (isOpen) sipCall.invite();
      else if (call.state !== 'ended') call.failed('no port for the call');
    });
  }

  answer(call: PhoneCall): void {
    void this.#of(call).answer();
  }

  refuse(call: PhoneCall, how: 'busy' | 'declined'): void {
    this.#of(call).refuse(how);
  }

  hangUp(call: PhoneCall): void {
    const known = [...this.#calls.values()].find((one) => one.call === call);
    if (known === undefined) call.ended('phone');
    else known.hangUp();
  }

  hold(call: PhoneCall): void {
    this.#of(call).hold(true);
  }

  resume(call: PhoneCall): void {
    this.#of(call).hold(false);
  }

  consult(primary: PhoneCall, call: PhoneCall, number: string): void {
    this.hold(primary);
    this.dial(call, number, 'enbloc');
  }

  transfer(primary: PhoneCall, consultation: PhoneCall): void {
    this.#of(primary).refer(this.#of(consultation));
  }

  transferBlind(call: PhoneCall, number: string): void {
    this.#of(call).refer(number);
  }

  park(call: PhoneCall): void {
    const known = this.#of(call);
    this.#pressKey(known, 'Park', known.softKey('Park'), 'the call was not parked');
    this.#parking = call;
  }

  confer(primary: PhoneCall, consultation: PhoneCall): void {
    const known = this.#of(primary);
    this.#pressKey(known, 'Conference', known.softKey('Conference', this.#of(consultation)), 'no conference was made');
  }

  /** Reports a key to the server. `refused`: what the user reads if the server does not take it. */
  #pressKey(known: SipCall, key: string, body: string, refused: string): void {
    const { identity, node, identifiers, transactions } = this.#options;
    if (!isCisco(identity)) throw new CallFault(`a SIP phone of another maker has no key ${key}`);
    const { side } = known;
    const branch = identifiers.branch();
    const address = `<sip:${side.line.dn}@${node.address}>`;
    const text = requestText(side, {
      ...{ method: 'REFER', uri: `sip:${node.address}`, branch, cseq: 1_000, callId: identifiers.callId() },
      from: `${address};tag=${identifiers.tag()}`,
      to: address,
      headers: [`Refer-To: cid:1234567890@${side.local.address}`, `Referred-By: ${address}`],
      contentType: REQUEST_TYPE,
      body,
    });
    transactions.request(branch, text, (response) => {
      if (response === undefined || response.status >= 300) known.notTransferred(refused);
    });
  }

  pickUp(call: PhoneCall, group: string | undefined): void {
    if (!isCisco(this.#options.identity))
      throw new CallFault('a SIP phone of another maker has no key PickUp: it dials a number');
    this.dial(
      call,
      group === undefined ? 'x-cisco-serviceuri-pickup' : `x-cisco-serviceuri-gpickup-${group}`,
      'enbloc',
    );
  }

  /** Its key sends another number whatever it shows. */
  readonly isForwarding = false;

  endForwarding(): PhoneCall {
    const call = this.#options.book.begin('out', '');
    this.dial(call, '', 'forwardAll');
    return call;
  }

  /** Publishes that its user is busy, or is not (`sip.md` §10.5). */
  doNotDisturb(isOn: boolean): void {
    const { identity, lines, node, local, identifiers, transactions, date } = this.#options;
    const [line] = lines;
    if (line === undefined) throw new CallFault('the phone has no line');
    const side = { identity, line, local, node: node.address, sessionId: identifiers.sessionId, date };
    const branch = identifiers.branch();
    const address = `<sip:${line.dn}@${node.address}>`;
    const text = requestText(side, {
      ...{ method: 'PUBLISH', uri: `sip:${line.dn}@${node.address}`, branch, cseq: 101, callId: identifiers.callId() },
      from: `${address};tag=${identifiers.tag()}`,
      to: address,
      headers: ['Event: presence', 'Expires: 3600'],
      contentType: 'application/pidf+xml',
      body: presenceBody(line.dn, isOn),
    });
    transactions.request(branch, text, () => {});
  }

  press(key: string): void {
    throw new CallFault(`a SIP phone has no key ${key} that the server gives it`);
  }

  digits(): void {
    throw new CallFault('digits during a call are not sent over SIP');
  }

  // ── what the server sends ──────────────────────────────────────────────────────────────────────────────────────

  /** False: the request is not about a call. */
  receive(request: SipMessage): boolean {
    if (request.method === 'REFER') this.#readScreen(request);
    this.#shared.notified(request);
    const toAnswer = this.#calls.get(callToAnswer(request) ?? '')?.call;
    if (toAnswer?.state === 'ringing') this.#options.book.answer(toAnswer);
    if (!CALL_METHODS.has(request.method)) return false;
    const known = this.#calls.get(request.callId ?? '');
    const repeated = this.#responses.get(keyOf(request));
    if (repeated !== undefined) this.#options.send(repeated);
    else if (known !== undefined) known.receive(request);
    else if (request.method === 'INVITE' && request.toTag === undefined) this.#ring(request);
    else return false;
    return true;
  }

  /** A response that no request waits for. */
  repeated(response: SipMessage): void {
    if (response.cseq?.method === 'INVITE' && response.status >= 200 && response.status < 300)
      this.#calls.get(response.callId ?? '')?.repeated(response);
  }

  /** A line for the screen may say where a call was parked. */
  #readScreen(request: SipMessage): void {
    const slot = PARKED_AT.exec(request.body.toString('latin1'))?.[1];
    if (slot === undefined) return;
    this.#parking?.parked(slot);
    this.#parking = undefined;
  }

  #ring(request: SipMessage): void {
    const { book, identity, identifiers, lines, node, send, date, local } = this.#options;
    const user = userOf(request.uri);
    const line = lines.find(({ contact, dn }) => user === contact || user === dn);
    const localTag = identifiers.tag();
    if (line === undefined) {
      const side = {
        identity,
        line: { dn: '', contact: '', authName: '', authPassword: '' },
        local,
        node: node.address,
      };
      const facts = { status: 404, tag: localTag };
      send(responseText({ ...side, sessionId: identifiers.sessionId, date }, request, facts));
      return;
    }
    const party = farPartyOf(request);
    const call = book.begin('in', party?.number ?? '');
    const sipCall = this.#add(call, line, {
      ...{ callId: request.callId ?? '', localTag, firstCSeq: identity.sip.firstCSeq },
      from: `${request.text(ID.To) ?? ''};tag=${localTag}`,
      to: request.text(ID.From) ?? '',
      target: contactOf(request) ?? '',
    });
    sipCall.ring(request);
    book.rang(call, party?.name ?? '');
    if (answersItself(request)) book.answer(call);
  }

  #add(call: PhoneCall, line: SipLine, start: DialogStart): SipCall {
    const { book, identity, identifiers, local, node, date, below } = this.#options;
    const side: CallSide = {
      ...{ identity, line, local, node: node.address, sessionId: identifiers.sessionId, date },
    };
    const media = new CallMediaSession({
      ...{ call, voice: book.voice, sound: book.habits.sound, address: local.address },
      form: isCisco(identity) ? 'cisco' : 'generic',
      codecs: this.#codecs(),
      session: below(30_000) + 1,
    });
    const sipCall = new SipCall(this.#options, side, call, start, media);
    this.#calls.set(start.callId, sipCall);
    return sipCall;
  }

  #codecs(): readonly OfferedCodec[] {
    const { book, identity } = this.#options;
    const names = book.habits.codecs ?? (isCisco(identity) ? PHONE_CODECS.map(({ name }) => name) : GENERIC);
    return names.flatMap((name) => {
      const codec = codecNamed(name);
      return codec === undefined ? [] : [{ codec, payloadType: codec.payloadType }];
    });
  }

  #of(call: PhoneCall): SipCall {
    const known = [...this.#calls.values()].find((one) => one.call === call);
    if (known === undefined) throw new CallFault('the call is over');
    return known;
  }

  #respond(request: SipMessage, text: string): void {
    this.#responses.set(keyOf(request), text);
    if (this.#responses.size > RESPONSES_KEPT) this.#responses.delete(this.#responses.keys().next().value ?? '');
    this.#options.send(text);
  }

  #onEnded(sipCall: SipCall): void {
    this.#calls.delete(sipCall.start.callId);
    if (sipCall.isCaller) this.#tellHook(sipCall, 'terminated');
  }

  /** Says that the handset was lifted for a call, or was put back after it (§3.1). */
  #tellHook({ side, start }: SipCall, state: 'trying' | 'terminated'): void {
    const { identity, lines, node, identifiers, transactions } = this.#options;
    const [line] = lines;
    if (!tellsHook(identity) || line === undefined) return;
    const branch = identifiers.branch();
    const id = ++this.#hooks;
    const address = `"${line.dn}" <sip:${line.dn}@${node.address}>`;
    const text = requestText(side, {
      ...{ method: 'NOTIFY', uri: `sip:${line.dn}@${node.address}`, branch, cseq: id, callId: identifiers.callId() },
      from: `${address};tag=${identifiers.tag()}`,
      to: address,
      headers: ['Event: dialog', 'Subscription-State: active'],
      contentType: 'application/dialog-info+xml',
      body: hookBody(side, { id, state, callId: start.callId, tag: start.localTag }),
    });
    transactions.request(branch, text, () => {});
  }
}

const presenceBody = (dn: string, isQuiet: boolean): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model" xmlns:e="urn:ietf:params:xml:ns:pidf:status:rpid" xmlns:ce="urn:cisco:params:xml:ns:pidf:rpid" entity="sip:${dn}">\n<dm:person id="1"><e:activities>${isQuiet ? '<ce:dnd/>' : '<ce:available/>'}</e:activities></dm:person>\n<tuple id="1"><status><basic>open</basic></status></tuple>\n</presence>\n`;

const keyOf = (request: SipMessage): string => `${request.via?.branch ?? ''} ${request.method}`;
