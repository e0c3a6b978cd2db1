// `/CGI/CallInfo`, `/CGI/LineInfo` and `/CGI/ModeInfo`, also below `/CGI/Java/`: what newer phones tell of calls, lines and
// screen (`docs/protocols/phone-services.md` §4).

import { escapeXml } from '../../core/xml/entities.js';
import type { CallState, PhoneCall } from '../calls/phone-call.js';
import { element, type WrittenPage, xmlDocument } from './page-writers.js';
import { hasMessages, type PhoneFacts } from './phone-facts.js';
import type { ShownObject } from './shown-object.js';

const PATH = /^\/CGI\/(?:Java\/)?(CallInfo|LineInfo|ModeInfo)(\d{0,2})$/;

/** What a phone calls the states of a call. */
const STATES: Readonly<Record<CallState, string>> = {
  ...{ dialling: 'OFFHOOK', proceeding: 'PROCEED', ringing: 'RINGOUT', connected: 'CONNECTED' },
  ...{ held: 'HOLD', failed: 'BUSY', ended: 'ONHOOK' },
};

const stateOf = (call: PhoneCall | undefined): string => {
  if (call === undefined) return 'ONHOOK';
  return call.state === 'ringing' && call.direction === 'in' ? 'RINGIN' : STATES[call.state];
};

const head = (prompt: string): string => element('Prompt', prompt) + element('Notify', '') + element('Status', '');

const line = (elements: Readonly<Record<string, string>>): string =>
  Object.entries(elements)
    .map(([name, value]) => `    <${name}>${escapeXml(value)}</${name}>\n`)
    .join('');

const callOf = (call: PhoneCall, own: string): string => {
  const isIn = call.direction === 'in';
  const [calling, called] = isIn ? [call.far, own] : [own, call.far];
  const values = line({
    ...{ CallState: stateOf(call), CallType: isIn ? 'INBOUND' : 'OUTBOUND' },
    ...{ CallingPartyName: isIn ? call.farName : '', CallingPartyDirNum: calling },
    ...{ CalledPartyName: isIn ? '' : call.farName, CalledPartyDirNum: called },
    ...{ CallReference: String(call.id), CallSecurity: 'UNAUTHENTICATED', CallPrecedence: 'ROUTINE' },
  });
  return `  <CiscoIPPhoneCallInfo>\n${values}  </CiscoIPPhoneCallInfo>\n`;
};

/**
 * The object of a path; `undefined`: it opens none. A simulated phone does not keep on which of its lines a call is: its
 * calls stand at its first line.
 */
export const infoObject = (
  path: string,
  facts: PhoneFacts,
  shown: ShownObject | undefined,
): WrittenPage | undefined => {
  const [, kind, number = ''] = PATH.exec(path) ?? [];
  const { lines, calls, display } = facts;
  const { family } = facts.identity.model;
  const prompt = display?.prompt ?? '';
  switch (kind) {
    case 'CallInfo': {
      const own = lines[Number(number || 1) - 1];
      if (own === undefined) return undefined;
      const there = Number(number || 1) === 1 ? calls : [];
      const state = element('LineDirNum', own) + element('LineState', stateOf(there[0]));
      const body = head(prompt) + state + there.map((call) => callOf(call, own)).join('');
      return xmlDocument(family, 'CiscoIPPhoneCallLineInfo', body);
    }
    case 'LineInfo': {
      const rows = lines.map((dn, at) => {
        const values = line({
          ...{ LineType: '9', lineDirNum: dn, MessageWaiting: hasMessages(facts) ? 'YES' : 'NO', LineLabel: '' },
          LineIconState: stateOf(at === 0 ? calls[0] : undefined),
        });
        return `  <CiscoIPPhoneLines>\n${values}  </CiscoIPPhoneLines>\n`;
      });
      return xmlDocument(family, 'CiscoIPPhoneLineInfo', head(prompt) + rows.join(''));
    }
    case 'ModeInfo': {
      const rows = (shown?.items ?? []).map(({ name }) => {
        const values = line({ FieldType: '0', FieldAttr: '', fieldHelpIndex: '0', FieldName: name, FieldValue: '' });
        return `  <CiscoIPPhoneFields>\n${values}  </CiscoIPPhoneFields>\n`;
      });
      const count = element('PlaneTitle', shown?.title ?? '') + element('PlaneFieldCount', String(rows.length));
      return xmlDocument(family, 'CiscoIPPhoneModeInfo', count + head(shown?.prompt ?? prompt) + rows.join(''));
    }
    default:
      return undefined;
  }
};
