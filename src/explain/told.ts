// Which facts belong to the story of one device, and whose they are: one row per type of event. How a fact is worded is
// the trace's; where it has no words for people, since it tells them elsewhere or not at all, they stand here.

import type { LabcmEvent } from '../events.js';
import type { EventOf } from '../trace/index.js';

/** The part of a boot that a fact belongs to. */
export type Step = 'configuration' | 'dhcp' | 'tftp' | 'http' | 'sccp' | 'sip' | 'registration' | 'report' | 'command';

/** Whom a fact names: the device, or no more than an address. */
export interface Whom {
  readonly device: string | undefined;
  readonly address: string | undefined;
}

export interface ToldRow<E> {
  readonly step: Step;
  /** Where the event does not say it by `device` and `address`. */
  readonly whom?: (event: E) => Whom;
  /** Absent: every one. */
  readonly when?: (event: E) => boolean;
  /** In place of the trace's words for people. */
  readonly text?: (event: E) => string;
}

interface AboutRequest {
  readonly device?: string;
  readonly context: { readonly address: string };
}

interface AboutStation {
  readonly station: { readonly device?: string; readonly address: string };
}

const asker = ({ device, context: { address } }: AboutRequest): Whom => ({ device, address });
const station = ({ station: { device, address } }: AboutStation): Whom => ({ device, address });

/** The address is what a client of DHCP asks for: whose it is now has nothing to do with it. */
const client = ({ device }: { readonly device: string | undefined }): Whom => ({ device, address: undefined });

/** In words: `lastAlarm 22, load SCCP75.9-3-1SR4-1S`. */
const listed = (facts: Readonly<Record<string, string | number | boolean>>): string =>
  Object.entries(facts)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');

export const TOLD = {
  'device.changed': { step: 'configuration', text: () => 'was given another configuration' },
  'device.leased': { step: 'dhcp' },
  'device.lease-ended': { step: 'dhcp' },
  'dhcp.received': {
    step: 'dhcp',
    whom: client,
    when: ({ decision }) => decision === 'silent' || decision === 'noted',
  },
  'dhcp.sent': { step: 'dhcp', whom: client, when: ({ kind }) => kind === 'NAK' },
  'dhcp.offer-lapsed': { step: 'dhcp', whom: client },
  'dhcp.other-offer': { step: 'dhcp', whom: client },
  'tftp.completed': { step: 'tftp', whom: asker },
  'tftp.refused': { step: 'tftp', whom: asker },
  'tftp.failed': { step: 'tftp', whom: asker },
  'http.file': { step: 'http', whom: asker },
  'sccp.malformed': { step: 'sccp', whom: station },
  'sccp.throttled': { step: 'sccp', whom: station },
  'sccp.token': { step: 'sccp', whom: station },
  'sccp.call-refused': { step: 'sccp', whom: station },
  'sccp.failed': { step: 'sccp', whom: station },
  'sip.alarm': { step: 'sip' },
  'sip.token': { step: 'sip' },
  'sip.register-answered': {
    step: 'sip',
    when: ({ given }) => given !== undefined,
    whom: ({ device, source }) => ({ device, address: source.slice(0, source.lastIndexOf(':')) }),
  },
  'sip.malformed': { step: 'sip' },
  'sip.oversize': { step: 'sip' },
  'sip.failed': { step: 'sip' },
  'device.auto-registered': { step: 'registration' },
  'device.registering': {
    step: 'registration',
    text: ({ protocol, address }) => `asks over ${protocol} from ${address} to be registered, and may`,
  },
  'device.registered': { step: 'registration' },
  'device.partially-registered': { step: 'registration' },
  'device.unregistered': { step: 'registration' },
  'device.rejected': { step: 'registration' },
  // Why it was away belongs to its story; what else it tells of itself stands on its record.
  'device.reported': {
    step: 'report',
    when: ({ facts }) => 'alarm' in facts,
    text: ({ facts }) => `told of itself: ${listed(facts)}`,
  },
  'device.commanded': { step: 'command' },
  'sip.command-answered': { step: 'command' },
} as const satisfies { readonly [T in LabcmEvent['type']]?: ToldRow<EventOf<T>> };

export type ToldType = keyof typeof TOLD;
