// How a leg speaks to its phone: its dialog, the headers that name both ends, ACKs and the BYE, and what the phone says of
// itself (`docs/protocols/calls.md` §3.1). What is said and when is the leg's (`sip-leg.ts`).

import type { CallParties, CauseName, Leg, Party } from '../../calls/index.js';
import type { Instant } from '../../core/time.js';
import type { Endpoint } from '../../net/ports.js';
import { ID } from '../message/headers.js';
import type { SipMessage } from '../message/message.js';
import type { OutgoingMessage } from '../transaction/client-transactions.js';
import { type Flow, localAddress } from '../transport/flow.js';
import { ALLOW_EVENTS_IN_CALL, contactLineOf, type LegView, sessionIdLine, userAgentLine } from './call-headers.js';
import { type RequestParts, sendProbe, sendRequest, type WrittenCallRequest, writeInDialog } from './call-requests.js';
import { reasonLine } from './causes.js';
import type { Dialog } from './dialog.js';
import type { LegPeer } from './leg-peer.js';
import { SDP_TYPE } from './sdp.js';
import type { CallServices } from './services.js';
import { readStatistics } from './statistics.js';

export const MAX_FORWARDS = 70;
export const HOPS = `Max-Forwards: ${MAX_FORWARDS}\r\n`;

/** In seconds, a day: longer sessions are not asked for. */
const LONGEST_SESSION = 86_400;
const SESSION = /^Session-Expires: +\d+/m;
const LEAST = /^Min-SE: +\d+/m;

/** Who hears of an INVITE of ours. */
export interface InviteHandlers {
  /** It goes out, for the first time or once more. */
  onSent(written: WrittenCallRequest): void;
  onProvisional(answer: SipMessage, now: Instant): void;
  onFinal(status: number, now: Instant, answer?: SipMessage): void;
}

export abstract class LegDialog {
  readonly leg: Leg;
  readonly dialog: Dialog;
  /** The phone's own identifier of its session, as 32 digits (RFC 7989). */
  sessionId: string | undefined;
  protected readonly services: CallServices;
  protected readonly peer: LegPeer;
  protected parties: CallParties;
  /** The leg is over: its dialog lingers for what is still under way. */
  protected isOver = false;
  /** Its phone knows UPDATE. */
  protected takesUpdate = false;
  /** Its phone can be subscribed to for keys. */
  protected hasKpml = false;
  /** Its user has connected the others: its BYE gives no reason (ladder 04). */
  protected hasTransferred = false;
  /** The far phone's session, kept for what is said when its leg is gone. */
  #farSession: string | undefined;
  /** The last ACK of ours, for a 200 that comes again. */
  #lastAck: { readonly sequence: number; readonly text: string } | undefined;

  protected constructor(services: CallServices, peer: LegPeer, leg: Leg, dialog: Dialog) {
    this.services = services;
    this.peer = peer;
    this.leg = leg;
    this.dialog = dialog;
    this.parties = leg.call.parties;
  }

  protected abstract readonly orientation: LegView['orientation'];
  /** Who is shown to the phone. */
  protected abstract readonly farParty: Party;
  /** The user of our Contact. */
  protected abstract readonly contactUser: string;
  /** What a BYE has after its Reason. */
  protected abstract readonly byeHeaders: string;

  get flow(): Flow {
    return this.peer.flow;
  }

  isFrom(flow: Flow): boolean {
    return this.peer.isFrom(flow);
  }

  /** Where the requests of the dialog are sent to. */
  get endpoint(): Endpoint {
    return this.peer.endpointOf(this.dialog.nextHop);
  }

  get view(): LegView {
    const { flow, leg, peer } = this;
    return {
      isCisco: peer.dialect === 'cisco',
      isTrunk: peer.dialect === 'trunk',
      orientation: this.orientation,
      host: hostOf(this.services, flow, peer),
      port: flow.local.port,
      transport: flow.transport,
      peerUri: this.dialog.target,
      globalCallId: `${leg.ci >>> 24}-${leg.call.id}`,
      callInstance: leg.callInstance,
      product: this.services.settingsRef.settings.product,
    };
  }

  /** Whether a host in the phone's words is this server: by an address of ours, or by the name that the phone calls us. */
  protected isHere(host: string): boolean {
    const { serverHost } = this.peer;
    return [this.view.host, this.flow.local.address, serverHost].includes(host) || host === hostIn(this.dialog.local);
  }

  /** Our address in `o=`, which is no name. */
  protected get sdpHost(): string {
    const { host } = this.view;
    return /^[\d.]+$/.test(host) ? host : this.flow.local.address;
  }

  protected get contactLine(): string {
    return contactLineOf(this.view, this.contactUser, this.farParty.device);
  }

  /** The session of the far phone before ours, as an outgoing message names them. */
  protected get sessionLine(): string {
    const { far, call } = this.leg;
    const ports = far === undefined ? call.called.map(({ port }) => port) : [far.port];
    const session = ports.map((port) => (port instanceof LegDialog ? port.sessionId : undefined)).find(Boolean);
    return sessionIdLine(session ?? this.#farSession, this.sessionId);
  }

  /** What a message says of its phone: what it can, and by what name it knows the session. */
  protected noteAbilities(message: SipMessage): void {
    const methods = message.all(ID.Allow).join(',').toUpperCase();
    if (methods !== '') this.takesUpdate = methods.includes('UPDATE');
    if (/\bkpml\b/i.test(message.all(ID['Allow-Events']).join(','))) this.hasKpml = true;
    const session = /^[ \t]*([0-9a-f]{32})(?:;|$)/i.exec(message.text(ID['Session-ID']) ?? '')?.[1];
    if (session === undefined || session === this.sessionId) return;
    this.sessionId = session;
    for (const { port } of [this.leg.call.caller, ...this.leg.call.called])
      if (port instanceof LegDialog && port.dialog !== this.dialog) port.#farSession = session;
  }

  protected reportStatistics(message: SipMessage, now: Instant): void {
    const statistics = readStatistics(message);
    if (statistics !== undefined) this.services.control.statistics(this.leg, statistics, now);
  }

  protected write(parts: RequestParts, now: Instant): WrittenCallRequest {
    return writeInDialog(this.services, this.dialog, this.view, parts, now);
  }

  protected send(parts: RequestParts, onFinal: OutgoingMessage['onFinal'], now: Instant): void {
    const heard: OutgoingMessage['onFinal'] = (status, at, answer) => {
      const again = this.#nextAttempt(parts, status, answer);
      if (again === undefined) onFinal(status, at, answer);
      else this.send(again, onFinal, at);
    };
    sendRequest(this.services, this.flow, this.endpoint, this.write(parts, now), heard, now);
  }

  /** Sends an INVITE of the dialog, every answer of which is heard: once more where the other end asks for a password. */
  protected sendInvite(parts: RequestParts, handlers: InviteHandlers, now: Instant): void {
    const { flow, endpoint } = this;
    const written = this.write(parts, now);
    const { key, text, sequence, branch } = written;
    handlers.onSent(written);
    if (flow.transport === 'udp' && !flow.isValidated(now))
      sendProbe(this.services, flow, endpoint, this.dialog.target, this.view, now);
    this.services.invites.send(
      {
        key,
        text,
        flow,
        to: endpoint,
        acknowledgement: (refusal) =>
          this.#acknowledgement(sequence, undefined, now, { branch, to: refusal.text(ID.To) ?? this.dialog.remote }),
        onProvisional: handlers.onProvisional,
        onFinal: (status, at, answer) => {
          const again = this.isOver ? undefined : this.#nextAttempt(parts, status, answer);
          if (again === undefined) handlers.onFinal(status, at, answer);
          else this.sendInvite(again, handlers, at);
        },
      },
      now,
    );
    this.services.touch();
  }

  /** The request with what its refusal asks for: credentials, or a longer session. `undefined`: it stays refused. */
  #nextAttempt(parts: RequestParts, status: number, answer: SipMessage | undefined): RequestParts | undefined {
    if (answer === undefined || parts.isRepeated === true) return undefined;
    const { after = '' } = parts;
    if (status === 401 || status === 407) {
      const line = this.peer.authorization?.(answer, parts.method, this.dialog.way.uri);
      return line === undefined ? undefined : { ...parts, after: `${line}${after}`, isRepeated: true };
    }
    const longer = status === 422 ? Number(answer.text(ID['Min-SE'])?.trim()) : Number.NaN;
    if (!(longer > 0 && longer <= LONGEST_SESSION) || !SESSION.test(after)) return undefined;
    return {
      ...parts,
      before: parts.before?.replace(LEAST, `Min-SE:  ${longer}`) ?? '',
      after: after.replace(SESSION, `Session-Expires:  ${longer}`).replace(LEAST, `Min-SE:  ${longer}`),
      isRepeated: true,
    };
  }

  /** Sends the ACK of a 200, and keeps it for the 200 that comes again. */
  protected acknowledgeAnswer(sequence: number, sdp: string | undefined, now: Instant): void {
    const text = this.#acknowledgement(sequence, sdp, now);
    this.#lastAck = { sequence, text };
    this.#sendText(text, now);
  }

  answeredAgain(message: SipMessage, now: Instant): void {
    if (this.#lastAck?.sequence === message.cseq?.number && this.#lastAck !== undefined)
      this.#sendText(this.#lastAck.text, now);
  }

  #sendText(text: string, now: Instant): void {
    this.flow.send(text, this.endpoint, now);
  }

  /** `refused`: what the ACK of a refusal has from its INVITE and from the refusal. */
  #acknowledgement(
    sequence: number,
    sdp: string | undefined,
    now: Instant,
    refused?: { readonly branch: string; readonly to: string },
  ): string {
    return this.write(
      {
        method: 'ACK',
        before: `${userAgentLine(this.view.product)}${HOPS}`,
        after: `${ALLOW_EVENTS_IN_CALL}${sdp === undefined ? '' : this.sessionLine}`,
        sequence,
        ...refused,
        ...(sdp === undefined ? {} : { body: { type: SDP_TYPE, text: sdp } }),
      },
      now,
    ).text;
  }

  /** `onAnswered`: its answer came, or none will. */
  protected sendBye(cause: CauseName, onAnswered: (now: Instant) => void, now: Instant): void {
    const onFinal: OutgoingMessage['onFinal'] = (_status, at, answer) => {
      if (answer !== undefined) this.reportStatistics(answer, at);
      onAnswered(at);
    };
    const before = `${userAgentLine(this.view.product)}${HOPS}`;
    const reason = this.hasTransferred ? '' : reasonLine(cause);
    const after = `${reason}${this.sessionLine}${this.byeHeaders}`;
    this.send({ method: 'BYE', before, after }, onFinal, now);
  }
}

/** The host of the URI in a From or To; empty: there is none. */
const hostIn = (header: string): string => /@([^;:>]+)/.exec(header)?.[1] ?? '';

/** Our address as a phone knows it. */
export const hostOf = (services: CallServices, flow: Flow, { serverHost }: Pick<LegPeer, 'serverHost'>): string =>
  services.settingsRef.settings.advertised ?? localAddress(flow, serverHost);
