// `SK<uuid>.xml`: the soft keys of SIP phones (`provisioning.md` §4.8), in CallManager's sets for its standard user.

import { nameUuid } from '../core/uuid.js';
import { type XmlElement, xmlAround, xmlDocument, xmlText } from '../core/xml/writer.js';
import { helpOf, SOFT_KEYS, type SoftKeyName } from '../devices/index.js';
import { type GeneratedFile, versionStamp } from './generated-files.js';

/** By the names of the file, in its order. */
const KEYS = [
  ['Undefined', 'none'],
  ['Redial', 'redial'],
  ['NewCall', 'newCall'],
  ['Hold', 'hold'],
  ['Transfer', 'transfer'],
  ['CFwdAll', 'forwardAll'],
  ['<<', 'backspace'],
  ['EndCall', 'endCall'],
  ['Resume', 'resume'],
  ['Answer', 'answer'],
  ['Confrn', 'conference'],
  ['Park', 'park'],
  ['Join', 'join'],
  ['MeetMe', 'meetMe'],
  ['PickUp', 'pickUp'],
  ['GPickUp', 'groupPickUp'],
  ['RmLstC', 'removeLastConferee'],
  ['CallBack', 'callBack'],
  ['DND', 'doNotDisturb'],
  ['QRT', 'qualityReport'],
  ['MCID', 'maliciousCall'],
  ['Select', 'select'],
  ['ConfList', 'conferenceList'],
  ['iDivert', 'immediateDivert'],
  ['OPickUp', 'otherPickUp'],
  ['HLog', 'huntLog'],
  ['AbbrDial', 'abbreviatedDial'],
  ['Record', 'record'],
] as const satisfies readonly (readonly [keyID: string, SoftKeyName])[];

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

/** The name of the standard soft key file, as device files give it. */
export const standardSoftKeyFile = (): string => `SK${nameUuid('soft keys', 'Standard User')}.xml`;

/** The standard soft key file. */
export const softKeyFile = (): GeneratedFile => {
  const rest = xmlText([
    ['typeSoftKey', KEYS.map(softKeyDef)],
    ['softKeySets', SETS.map(([id, keys]): XmlElement => ['softKeySet', { id }, keys.map(softKey)])],
  ]);
  const stamp = versionStamp(rest);
  return { stamp, bytes: xmlDocument(xmlAround('softKeyCfg', {}, [xmlText([['versionStamp', stamp]]), rest])) };
};

const softKeyDef = ([keyID, name]: (typeof KEYS)[number]): XmlElement => {
  const key = SOFT_KEYS[name];
  return [
    'softKeyDef',
    { keyID },
    [
      ['tag', key.label],
      ['eventID', key.event],
      ['helpID', helpOf(key)],
    ],
  ];
};

const softKey = (keyID: KeyId): XmlElement => ['softKey', { keyID }, ''];
