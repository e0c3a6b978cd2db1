// `SK<uuid>.xml`: the soft keys of SIP phones (`provisioning.md` §4.8), in the sets that CallManager gives its standard
// user.

import { nameUuid } from '../core/uuid.js';
import { type XmlElement, xmlAround, xmlDocument, xmlText } from '../core/xml.js';
import type { MadeFile } from './made-file.js';
import { versionStamp } from './stamps.js';

/** keyID, tag (the label's number in the locale), eventID. */
const KEYS = [
  ['Undefined', 0, 0],
  ['Redial', 1, 1],
  ['NewCall', 2, 2],
  ['Hold', 3, 3],
  ['Transfer', 4, 4],
  ['CFwdAll', 5, 5],
  ['<<', 8, 8],
  ['EndCall', 9, 9],
  ['Resume', 10, 10],
  ['Answer', 11, 11],
  ['Confrn', 13, 13],
  ['Park', 14, 14],
  ['Join', 15, 15],
  ['MeetMe', 16, 16],
  ['PickUp', 17, 17],
  ['GPickUp', 18, 18],
  ['RmLstC', 57, 19],
  ['CallBack', 65, 20],
  ['DND', 63, 69],
  ['QRT', 75, 22],
  ['MCID', 76, 27],
  ['Select', 78, 29],
  ['ConfList', 79, 30],
  ['iDivert', 80, 31],
  ['OPickUp', 91, 34],
  ['HLog', 92, 35],
  ['AbbrDial', 7740, 71],
  ['Record', 7747, 74],
] as const;

type KeyId = (typeof KEYS)[number][0];

/** The keys of each call state, from the left; `Undefined` leaves a place empty. At most 16. */
const SETS: readonly (readonly [id: string, keys: readonly KeyId[]])[] = [
  ['On Hook', ['Redial', 'NewCall', 'CFwdAll', 'DND']],
  ['Connected', ['Hold', 'EndCall', 'Transfer', 'Park', 'Confrn', 'ConfList', 'Select', 'Join', 'iDivert']],
  ['On Hold', ['Resume', 'NewCall', 'Select', 'Join']],
  ['Ring In', ['Answer', 'iDivert']],
  ['Off Hook', ['Redial', 'EndCall', 'CFwdAll', 'PickUp', 'GPickUp', 'MeetMe']],
  ['Connected Transfer', ['Undefined', 'EndCall', 'Transfer']],
  ['Digits After First', ['<<', 'EndCall']],
  ['Connected Conference', ['Undefined', 'EndCall', 'Confrn']],
  ['Ring Out', ['Undefined', 'EndCall', 'CallBack']],
  ['Off Hook With Feature', ['Redial', 'EndCall']],
  ['Remote In Use', ['NewCall']],
  ['Connected No Feature', ['Undefined', 'EndCall']],
];

const HELP = 300; // the help text of an event is this and its number; an undefined key has none

/** The name under which phones are told of the standard soft keys. */
export const standardSoftKeyFile = (): string => `SK${nameUuid('soft keys', 'Standard User')}.xml`;

export const softKeyFile = (): MadeFile => {
  const rest = xmlText([
    ['typeSoftKey', KEYS.map(softKeyDef)],
    ['softKeySets', SETS.map(([id, keys]): XmlElement => ['softKeySet', { id }, keys.map(softKey)])],
  ]);
  const stamp = versionStamp(rest);
  return { stamp, bytes: xmlDocument(xmlAround('softKeyCfg', {}, [xmlText([['versionStamp', stamp]]), rest])) };
};

const softKeyDef = ([keyID, tag, eventID]: (typeof KEYS)[number]): XmlElement => [
  'softKeyDef',
  { keyID },
  [
    ['tag', tag],
    ['eventID', eventID],
    ['helpID', eventID === 0 ? 0 : HELP + eventID],
  ],
];

const softKey = (keyID: KeyId): XmlElement => ['softKey', { keyID }, ''];
