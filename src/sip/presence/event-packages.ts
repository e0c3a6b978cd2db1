import type { DirectoryNumber } from '../../core/identifiers.js';
import { escapeXml } from '../../core/xml/entities.js';
import type { DeviceRecord } from '../../devices/index.js';
import { FEATURE_TYPE, featureEvent } from './as-feature-event.js';

/**
 * Why a subscription ends, by the reasons of RFC 6665 §4.1.3. `timeout`: it was not refreshed. `deactivated`: its
 * device has unregistered. `noresource`: no device has the number any more. `probation`: this node stops.
 */
export type SubscriptionEnd = 'timeout' | 'deactivated' | 'noresource' | 'probation';

/** What a NOTIFY is about. */
export interface Watched {
  readonly dn: DirectoryNumber;
  /** The host of the URI that is watched. */
  readonly host: string;
  /** Counts the NOTIFYs from 0. */
  readonly version: number;
  /** Why it is the last; `undefined`: it is not. */
  readonly ended: SubscriptionEnd | undefined;
  /** Whether a phone of that number has set do not disturb. */
  readonly doNotDisturb?: boolean;
  /** The device whose features are watched, and the call forwarding that was set last; empty: none. */
  readonly record?: DeviceRecord | undefined;
  readonly forwarding?: string;
  /** What phones set is kept with their devices. */
  readonly isKept?: boolean;
}

/** One event package. */
export interface EventRow {
  /** The content types of its NOTIFYs, the preferred first. */
  readonly types: readonly string[];
  /** It is about the phone itself, whatever number the Request-URI has. */
  readonly ofPhone?: true;
  readonly body: (watched: Watched, registered: boolean) => string;
}

const XML = '<?xml version="1.0" encoding="UTF-8"?>\n';
const DO_NOT_DISTURB = '<dm:person id="p1">\n<e:activities><ce:dnd/></e:activities>\n</dm:person>\n';
const entity = ({ dn, host }: Watched): string => escapeXml(`sip:${dn}@${host}`);

/** The event packages that can be subscribed to (`sip.md` §10.5). */
export const EVENTS = {
  'message-summary': {
    types: ['application/simple-message-summary'],
    body: () => 'Messages-Waiting: no\r\n',
  },
  presence: {
    types: ['application/pidf+xml', 'application/cpim-pidf+xml'],
    body: (watched, registered) =>
      `${XML}<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model" xmlns:e="urn:ietf:params:xml:ns:pidf:status:rpid" xmlns:ce="urn:cisco:params:xml:ns:pidf:rpid" entity="${entity(watched)}">\n${watched.doNotDisturb === true ? DO_NOT_DISTURB : ''}<tuple id="1">\n<status><basic>${registered ? 'open' : 'closed'}</basic></status>\n</tuple>\n</presence>\n`,
  },
  dialog: {
    types: ['application/dialog-info+xml'],
    body: (watched) =>
      `${XML}<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="${watched.version}" state="full" entity="${entity(watched)}">\n</dialog-info>\n`,
  },
  kpml: {
    types: ['application/kpml-response+xml'],
    body: ({ ended }) =>
      ended === undefined
        ? ''
        : `${XML}<kpml-response xmlns="urn:ietf:params:xml:ns:kpml-response" version="1.0" code="487" text="Subscription Exp" suppressed="false" digits="" tag=""/>\n`,
  },
  'service-control': { types: ['text/plain'], ofPhone: true, body: () => '' },
  'as-feature-event': {
    types: [FEATURE_TYPE],
    ofPhone: true,
    body: ({ dn, record, forwarding = '', isKept = false }) => featureEvent(dn, record, forwarding, isKept),
  },
} as const satisfies Record<string, EventRow>;

/** The name of an event package that can be subscribed to. */
export type EventName = keyof typeof EVENTS;
/** The Allow-Events header. */
export const ALLOW_EVENTS = `Allow-Events: ${Object.keys(EVENTS).join(', ')}\r\n`;
