// The leg of a call that leaves by a trunk: our INVITE as CUCM writes it to another PBX (`docs/protocols/calls.md` §6).

import { applyMask, type CauseName, type IncomingCall, type Leg, type Party } from '../../calls/index.js';
import type { Instant } from '../../core/time.js';
import {
  CALL_METHODS,
  MIN_SE_LINE,
  partyLines,
  RING_EXPIRES,
  SUPPORTED,
  uriUser,
  userAgentLine,
} from '../calls/call-headers.js';
import type { RequestParts } from '../calls/call-requests.js';
import { CalledLeg } from '../calls/called-leg.js';
import { CallerLeg } from '../calls/caller-leg.js';
import { causeInReason, causeOfAnswer } from '../calls/causes.js';
import { MAX_FORWARDS } from '../calls/leg-dialog.js';
import type { LegPeer } from '../calls/leg-peer.js';
import type { CallServices } from '../calls/services.js';
import type { SipMessage } from '../message/message.js';
import { diversionLines } from './redirections.js';

/** In seconds: the session that is asked for (RFC 4028), with CUCM's two blanks. */
const SESSION = 'Session-Expires:  1800\r\n';
const MORE_SUPPORTED = 'Supported: X-cisco-srtp-fallback,X-cisco-original-called\r\n';
const EVENTS = 'Allow-Events: presence\r\n';
/** CUCM's second word of a GUID. */
const GUID_VERSION = 65_536;

/** The four words of the call's GUID: the first and the last are those of its Call-ID. */
export const guidOf = (callId: string, call: number): readonly number[] => {
  const [first = '0', , , last = '0'] = callId.split('@', 1)[0]?.split('-') ?? [];
  return [Number.parseInt(first, 16), GUID_VERSION, call % 0x1_0000_0000, Number.parseInt(last, 16)];
};

const shownAs = (calling: Party, mask: string): Party => ({ ...calling, number: applyMask(mask, calling.number) });

/** Whom a trunk's leg speaks to: another PBX, or another node of the cluster. */
export interface TrunkPeer extends LegPeer {
  readonly address: string;
  /** Its INVITEs carry an offer where the settings leave that to trunks, or (`always`) whatever they say. */
  readonly earlyOffer: boolean | 'always';
  /** Header lines of its INVITEs. */
  readonly inviteLines?: string;
  /** It as requests for that number are addressed. */
  uriOf(number: string): string;
  /** An INVITE had no answer at all. */
  suspect(now: Instant): void;
}

export class TrunkLeg extends CalledLeg {
  readonly callReference: string;
  readonly #trunk: TrunkPeer;
  readonly #guid: string;
  readonly #mask: string;

  constructor(services: CallServices, trunk: TrunkPeer, leg: Leg, session: number, callerMask: string) {
    const calling = shownAs(leg.call.parties.calling, callerMask);
    const { address: host } = trunk;
    super(services, trunk, leg, { uri: trunk.uriOf(leg.dn), host, calling }, session);
    this.#trunk = trunk;
    this.#mask = callerMask;
    const words = guidOf(this.dialog.callId, leg.call.id);
    this.#guid = words.map((word) => String(word).padStart(10, '0')).join('-');
    this.callReference = words.map((word) => word.toString(16).padStart(8, '0').toUpperCase()).join('');
  }

  protected override get contactUser(): string {
    return uriUser(this.farParty.number);
  }

  /** The caller as the other PBX is told. */
  protected override get farParty(): Party {
    return shownAs(this.parties.calling, this.#mask);
  }

  protected override get isOffered(): boolean {
    const { earlyOffer } = this.services.control.settings;
    const { earlyOffer: wanted } = this.#trunk;
    return earlyOffer === 'always' || wanted === 'always' || (earlyOffer === 'devices' && wanted);
  }

  override get wantsCallerMedia(): boolean {
    return this.isOffered;
  }

  protected override inviteParts({ parties }: IncomingCall): RequestParts {
    const { view, leg } = this;
    const { caller } = leg.call;
    const hops = caller.port instanceof CallerLeg ? caller.port.hopsLeft : MAX_FORWARDS;
    return {
      method: 'INVITE',
      before: `${SUPPORTED}${MIN_SE_LINE}${userAgentLine(view.product)}${CALL_METHODS}`,
      after: `${RING_EXPIRES}${EVENTS}${MORE_SUPPORTED}${this.sessionLine}Cisco-Guid: ${this.#guid}\r\n${SESSION}${diversionLines(parties, view.host)}${partyLines(view, this.farParty, 'calling')}${this.contactLine}${this.#trunk.inviteLines ?? ''}Max-Forwards: ${hops}\r\n`,
    };
  }

  protected override causeOf(status: number, answer: SipMessage | undefined, now: Instant): CauseName {
    if (answer === undefined) {
      this.#trunk.suspect(now);
      return 'temporaryFailure';
    }
    if (status === 401 || status === 407) return causeInReason(answer) ?? 'rejected';
    return causeOfAnswer(answer);
  }
}
