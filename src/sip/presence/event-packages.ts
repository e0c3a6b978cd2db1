import type { LineCall, LineState, WatchedDetail } from '../../calls/index.js';
import type { DirectoryNumber } from '../../core/identifiers.js';
import { escapeXml } from '../../core/xml/entities.js';
import type { DeviceRecord, LineMessages } from '../../devices/index.js';
import { FEATURE_TYPE, featureEvent } from './as-feature-event.js';
import { dialogInfo } from './dialog-info.js';
import { messageSummary, SUMMARY_TYPE } from './message-summary.js';

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
  readonly state: LineState;
  readonly calls: readonly LineCall[];
  readonly messages: LineMessages;
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
  /** It shows what the line does: changes are told by themselves. */
  readonly shows?: WatchedDetail;
  readonly body: (watched: Watched) => string;
}

const XML = '<?xml version="1.0" encoding="UTF-8"?>\n';
/** Nothing of an idle line; else what its lamp shows (`sip.md` §10.5). */
const ACTIVITIES: Readonly<Partial<Record<LineState, string>>> = {
  'in-use': '<e:on-the-phone/>',
  alerting: '<ce:alerting/>',
  'do-not-disturb': '<ce:dnd/>',
};
const personOf = (state: LineState): string => {
  const activity = ACTIVITIES[state];
  return activity === undefined ? '' : `<dm:person id="p1">\n<e:activities>${activity}</e:activities>\n</dm:person>\n`;
};
const entity = ({ dn, host }: Watched): string => escapeXml(`sip:${dn}@${host}`);

/** The event packages that can be subscribed to (`sip.md` §10.5). */
export const EVENTS = {
  'message-summary': {
    types: [SUMMARY_TYPE],
    body: ({ messages, dn, host }) => messageSummary(messages, dn, host),
  },
  presence: {
    types: ['application/pidf+xml', 'application/cpim-pidf+xml'],
    shows: 'state',
    body: (watched) =>
      `${XML}<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model" xmlns:e="urn:ietf:params:xml:ns:pidf:status:rpid" xmlns:ce="urn:cisco:params:xml:ns:pidf:rpid" entity="${entity(watched)}">\n${personOf(watched.state)}<tuple id="1">\n<status><basic>${watched.state === 'unknown' ? 'closed' : 'open'}</basic></status>\n</tuple>\n</presence>\n`,
  },
  dialog: {
    types: ['application/dialog-info+xml'],
    shows: 'calls',
    body: dialogInfo,
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
