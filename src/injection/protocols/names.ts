// The names of messages and fields that rules may use, at each place.

import type { FaultPlace } from '../settings.js';
import type { FaultNameList } from '../wire-protocol.js';
import { DHCP_FIELDS, DHCP_MESSAGES } from './dhcp.js';
import { SCCP_MESSAGES, sccpFields } from './sccp.js';
import { isSipResponse, isVendorHeader, SIP_FIELDS, SIP_MESSAGES } from './sip.js';
import { TFTP_FIELDS, TFTP_MESSAGES } from './tftp.js';

const never = (): boolean => false;
const NONE: FaultNameList = { known: [], isKnown: never };
const isOptionNumber = (name: string): boolean => /^\d{1,3}$/.test(name) && Number(name) > 0 && Number(name) < 255;
const isToken = (name: string): boolean => /^[A-Za-z][A-Za-z0-9-]{0,60}$/.test(name);

/** The messages of HTTP: by the method of the request, also its answer. */
export const HTTP_MESSAGES: readonly string[] = ['GET', 'HEAD'];
/** Parts of an answer besides its headers. */
export const HTTP_FIELDS: readonly string[] = ['status', 'body', 'Content-Type', 'Content-Length'];

/** The names of the messages of a place. */
export const messageNames = (place: FaultPlace): FaultNameList => {
  switch (place) {
    case 'dhcp':
      return { known: DHCP_MESSAGES, isKnown: never };
    case 'tftp':
      return { known: TFTP_MESSAGES, isKnown: never };
    case 'http':
      return { known: HTTP_MESSAGES, isKnown: never };
    case 'sccp':
      return { known: SCCP_MESSAGES, isKnown: never };
    case 'sip':
      return { known: SIP_MESSAGES, isKnown: isSipResponse };
    default:
      return NONE;
  }
};

/** The names of the fields that at least one of these messages of a place has. */
export const fieldNames = (place: FaultPlace, messages: readonly string[]): FaultNameList => {
  switch (place) {
    case 'dhcp':
      return { known: DHCP_FIELDS, isKnown: isOptionNumber };
    case 'tftp': {
      const names = messages.length === 0 ? TFTP_MESSAGES : messages.map((name) => name.toUpperCase());
      return { known: [...new Set(names.flatMap((name) => TFTP_FIELDS[name] ?? []))], isKnown: never };
    }
    case 'http':
      return { known: HTTP_FIELDS, isKnown: isToken };
    case 'sccp': {
      const names = messages.length === 0 ? SCCP_MESSAGES : messages;
      return { known: [...new Set(names.flatMap(sccpFields))], isKnown: never };
    }
    case 'sip':
      return { known: SIP_FIELDS, isKnown: isVendorHeader };
    default:
      return NONE;
  }
};

/** The names of messages, or of the fields of these messages, of a place. */
export const faultNames = (place: FaultPlace, kind: 'message' | 'field', messages: readonly string[]): FaultNameList =>
  kind === 'message' ? messageNames(place) : fieldNames(place, messages);
