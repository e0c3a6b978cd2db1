// `DR<uuid>.xml` and `FP<uuid>.xml`: the dial rules and the feature policy for phones whose own file names such a file
// and whose owner has written none (`provisioning.md` §4.9, §4.10).

import { type XmlElement, xmlAround, xmlDocument, xmlText } from '../core/xml/writer.js';
import { type GeneratedFile, versionStamp } from './generated-files.js';

/** Any number, sent when the caller pauses. */
const TEMPLATES: readonly { readonly match: string; readonly timeout: number }[] = [{ match: '*', timeout: 5 }];

/** In the order of their ids, which begin at 1. */
const FEATURES: readonly (readonly [name: string, enabled: boolean])[] = [
  ['Forward All', true],
  ['Park', true],
  ['Divert (Alerting)', true],
  ['Conference Details', true],
  ['Speed Dial', true],
  ['Call Back', true],
  ['Redial', true],
  ['Barge', true],
  ['Divert (Connected)', true],
  ['Call PickUp', true],
  ['Other Call PickUp', true],
  ['Group Call PickUp', true],
  ['Mobility', true],
  ['Meet Me', true],
  ['Quality Reporting Tool', true],
  ['Malicious Caller ID', true],
];

/** Dial rules that send any number when the caller pauses. */
export const dialRuleFile = (): GeneratedFile =>
  stamped(
    'dialTemplate',
    {},
    TEMPLATES.map(({ match, timeout }) => ['TEMPLATE', { match, timeout }, '']),
  );

/** A feature policy that allows every feature. */
export const featurePolicyFile = (): GeneratedFile =>
  stamped(
    'featurePolicy',
    { name: 'Default' },
    FEATURES.map(([name, enabled], index) => [
      'featureDef',
      { name },
      [
        ['id', index + 1],
        ['enable', enabled],
      ],
    ]),
  );

const stamped = (root: string, attributes: Record<string, string>, elements: readonly XmlElement[]): GeneratedFile => {
  const rest = xmlText(elements);
  const stamp = versionStamp(rest);
  return { stamp, bytes: xmlDocument(xmlAround(root, attributes, [xmlText([['versionStamp', stamp]]), rest])) };
};
