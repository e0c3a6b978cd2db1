// The as-feature-event package (`sip.md` §10.5): phones of other makers set do not disturb and call forwarding in the
// body of a SUBSCRIBE. The 200 confirms it, and a NOTIFY has the state, both in XML of ECMA-323. Where calls are served it is kept
// with the device; else it is a report of it, and nothing is forwarded.

import { escapeXml } from '../../core/xml/entities.js';
import { findNode, readXml } from '../../core/xml/reader.js';
import { type DeviceRecord, reportOf } from '../../devices/index.js';
import type { SipMessage } from '../message/message.js';
import { bodyParts } from '../message/multipart.js';

/** The content type of the package. */
export const FEATURE_TYPE = 'application/x-as-feature-event+xml';

type Facts = Readonly<Record<string, string | boolean>>;

/** A feature that a phone sets. */
export interface FeatureRequest {
  readonly request: 'SetDoNotDisturb' | 'SetForwarding';
  /** The kind of call forwarding; empty: the request is about do not disturb. */
  readonly forwarding: string;
  readonly facts: Facts;
}

/** The kinds of forwarding, by their names here. */
export const FORWARDINGS: Readonly<Record<string, 'all' | 'busy' | 'noAnswer'>> = {
  forwardImmediate: 'all',
  forwardBusy: 'busy',
  forwardNoAns: 'noAnswer',
};
const OFF = 'off';
const LONGEST_NUMBER = 64;
const factOf = (forwarding: string): string => `forwarding.${forwarding}`;

/** Reads the body of a SUBSCRIBE. `undefined`: the phone sets nothing, or the body cannot be read. */
export const readFeatureRequest = (message: SipMessage): FeatureRequest | undefined => {
  const part = bodyParts(message).find(({ type }) => type === FEATURE_TYPE);
  const root = part === undefined ? undefined : readXml(part.bytes.toString('utf8'));
  if (root === undefined) return undefined;
  const textOf = (name: string): string => findNode(root, name)?.text ?? '';
  if (root.name === 'SetDoNotDisturb')
    return { request: root.name, forwarding: '', facts: { doNotDisturb: textOf('doNotDisturbOn') === 'true' } };
  const forwarding = textOf('forwardingType');
  if (root.name !== 'SetForwarding' || !Object.hasOwn(FORWARDINGS, forwarding)) return undefined;
  const to = textOf('activateForward') === 'true' ? textOf('forwardDN').slice(0, LONGEST_NUMBER) : OFF;
  return { request: root.name, forwarding, facts: { [factOf(forwarding)]: to } };
};

/** An XML document: UTF-8 in latin1 text, because messages are written octet by octet. */
const document = (name: string, inside: string): string =>
  Buffer.from(
    `<?xml version="1.0" encoding="UTF-8"?>\n<${name} xmlns="http://www.ecma-international.org/standards/ecma-323/csta/ed3">\n${inside}</${name}>\n`,
  ).toString('latin1');

/** The body of the 200. */
export const featureResponse = ({ request }: FeatureRequest): string => document(`${request}Response`, '');

/** Where a SetForwarding forwards; `undefined`: nowhere any more. */
export const forwardOfFacts = ({ forwarding, facts }: FeatureRequest): string | undefined => {
  const to = facts[factOf(forwarding)];
  return to === undefined || to === OFF || to === '' ? undefined : String(to);
};

/** The state of a kind of call forwarding or, if `forwarding` is empty, of do not disturb. `isKept`: the device says it. */
export const featureEvent = (
  dn: string,
  record: DeviceRecord | undefined,
  forwarding: string,
  isKept: boolean,
): string => {
  const device = `<device>${escapeXml(dn)}</device>\n`;
  if (forwarding === '') {
    const on = isKept
      ? record?.configured.doNotDisturb !== undefined
      : reportOf(record, 'doNotDisturb')?.value === true;
    return document('DoNotDisturbEvent', `${device}<doNotDisturbOn>${on}</doNotDisturbOn>\n`);
  }
  const kind = FORWARDINGS[forwarding] ?? 'all';
  const kept = record?.configured.lines.find((line) => line.dn === dn)?.forward[kind];
  const to = isKept ? (kept ?? OFF) : String(reportOf(record, factOf(forwarding))?.value ?? OFF);
  const forwardingFields = `<forwardingType>${forwarding}</forwardingType>\n<forwardStatus>${to !== OFF}</forwardStatus>\n`;
  return document(
    'ForwardingEvent',
    `${device}${forwardingFields}${to === OFF ? '' : `<forwardTo>${escapeXml(to)}</forwardTo>\n`}`,
  );
};

/** The kinds of forwarding that differ between two configurations of a device, and the empty text for do not disturb. */
export const changedFeatures = (before: FeatureHolder, after: FeatureHolder): readonly string[] => [
  ...Object.entries(FORWARDINGS).flatMap(([name, kind]) =>
    after.lines.some(({ forward }, index) => forward[kind] !== before.lines[index]?.forward[kind]) ? [name] : [],
  ),
  ...(before.doNotDisturb === after.doNotDisturb ? [] : ['']),
];

type FeatureHolder = Pick<DeviceRecord['configured'], 'lines' | 'doNotDisturb'>;
