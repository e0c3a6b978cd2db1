// Who calls whom, as a phone shows it and keeps it in its lists: CallInfo in its static and its dynamic form
// (`docs/protocols/calls.md` §2.4, `sccp.md` §10).

import type { CallParties, Leg, Party } from '../../calls/index.js';
import type { Instant } from '../../core/time.js';
import type { Station } from '../station.js';
import { CALL_SECURITY, CALL_TYPES } from '../tables/enumerations.js';
import { labelled } from '../tables/labels.js';

/** The version from which phones are sent the dynamic form. */
const DYNAMIC_CALL_INFO = 16;

/** A leg, or the call of another phone of its line. */
type ShownCall = Pick<Leg, 'role' | 'ci' | 'lineInstance' | 'callInstance'> & Partial<Pick<Leg, 'call'>>;

const typeOf = ({ role }: ShownCall, { redirectReason }: CallParties): number => {
  if (role === 'caller') return CALL_TYPES.Outbound;
  return redirectReason === 0 ? CALL_TYPES.Inbound : CALL_TYPES.Forward;
};

/** The dictionary's name of a conference (`docs/protocols/calls.md` §2.12). */
const CONFERENCE = labelled(0x34);

/** A party as a phone shows it: a conference in the phone's own language, and without a number that nobody can dial. */
const shownParty = (party: Party): Party => {
  if (party.conference === undefined) return party;
  return { ...party, name: CONFERENCE, number: party.conference === 'meet-me' ? party.number : '' };
};

/** `isConnected`: the call is answered. */
export const sendCallInfo = (
  station: Station,
  leg: ShownCall,
  parties: CallParties,
  isConnected: boolean,
  now: Instant,
): void => {
  const { redirectReason } = parties;
  const [calling, called, originalCalled, lastRedirecting] = [
    shownParty(parties.calling),
    shownParty(parties.called),
    shownParty(parties.originalCalled),
    shownParty(parties.lastRedirecting),
  ];
  const pilot = leg.role === 'called' ? leg.call?.hunting?.pilot : undefined;
  const fields = {
    lineInstance: leg.lineInstance,
    callReference: leg.ci,
    callType: typeOf(leg, parties),
    originalCdpnRedirectReason: parties.originalReason ?? redirectReason,
    lastRedirectingReason: redirectReason,
    callInstance: leg.callInstance,
    callSecurityStatus: isConnected ? CALL_SECURITY.NotAuthenticated : CALL_SECURITY.Unknown,
    partyPIRestrictionBits: 0,
    callingParty: calling.number,
    calledParty: called.number,
    originalCalledParty: originalCalled.number,
    lastRedirectingParty: lastRedirecting.number,
    cgpnVoiceMailbox: '',
    cdpnVoiceMailbox: '',
    originalCdpnVoiceMailbox: '',
    lastRedirectingVoiceMailbox: '',
    callingPartyName: calling.name,
    calledPartyName: called.name,
    originalCalledPartyName: originalCalled.name,
    lastRedirectingPartyName: lastRedirecting.name,
    // Of the dynamic form alone.
    alternateCallingParty: leg.role === 'called' ? calling.number : '',
    huntPilotNumber: pilot?.number ?? '',
    huntPilotName: pilot?.name ?? '',
  };
  if (station.version < DYNAMIC_CALL_INFO) station.send('CallInfoMessage', fields, now);
  else station.send('CallInfoV2Message', fields, now);
};
