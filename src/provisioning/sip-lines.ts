// `sipLines`: the buttons of a SIP phone, lines first, then speed dials, then services, as the device has them.

import { lineUuid } from '../core/uuid.js';
import { cutText, type XmlElement } from '../core/xml.js';
import type { ConfiguredDevice, Line, ServiceUrl, SpeedDial } from '../devices/device.js';

/** `featureID` of the buttons that a device may have (`provisioning.md` §4.4). */
const FEATURE = { speedDial: 2, line: 9, serviceUrl: 20, busyLampField: 21 } as const;
const TEXT_LENGTH = 30;
const text = (value: string): string => cutText(value, TEXT_LENGTH);

/** `shared` says of each line whether another device has it too. */
export const sipLines = (device: ConfiguredDevice, sipPort: number, shared: readonly boolean[]): XmlElement => {
  const rows = [
    ...device.lines.map((line, index) => lineRows(device, line, sipPort, shared[index] === true)),
    ...device.speedDials.map(speedDialRows),
    ...device.serviceUrls.map(serviceRows),
  ];
  return [
    'sipLines',
    rows.map((row, index): XmlElement => {
      const button = index + 1;
      return ['line', index < device.lines.length ? { button, lineIndex: button } : { button }, row];
    }),
  ];
};

const lineRows = (device: ConfiguredDevice, line: Line, sipPort: number, shared: boolean): XmlElement[] => [
  ['featureID', FEATURE.line],
  ['featureLabel', text(line.label)],
  ['proxy', 'USECALLMANAGER'], // an address here stops registration on 79x2 with a 9.x load
  ['port', sipPort],
  ['name', line.dn],
  ['displayName', text(line.displayName)],
  [
    'autoAnswer',
    [
      ['autoAnswerEnabled', 2],
      ['autoAnswerMode', 'Auto Answer with Speakerphone'],
    ],
  ],
  ['callWaiting', 3],
  // Not in CUCM's files where no digest is wanted. Whole: a password cut short would be another one.
  ...(device.digest === undefined
    ? []
    : ([
        ['authName', device.digest.user],
        ['authPassword', device.digest.password],
      ] satisfies XmlElement[])),
  ['sharedLine', shared],
  ['messageWaitingLampPolicy', 3],
  ['messageWaitingAMWI', 0],
  ['messagesNumber', line.voicemail],
  ['ringSettingIdle', 4],
  ['ringSettingActive', 5],
  ['contact', lineUuid(device.name, line.dn)],
  [
    'forwardCallInfoDisplay',
    [
      ['callerName', true],
      ['callerNumber', false],
      ['redirectedNumber', false],
      ['dialedNumber', true],
    ],
  ],
  ['maxNumCalls', line.maxCalls],
  ['busyTrigger', line.busyTrigger],
  ['recordingOption', 'disable'],
];

const speedDialRows = ({ number, label, busyLampField }: SpeedDial, index: number): XmlElement[] =>
  busyLampField
    ? [
        ['featureID', FEATURE.busyLampField],
        ['featureLabel', text(label)],
        ['speedDialNumber', number],
        ['featureOptionMask', 1], // pickup
      ]
    : [
        ['featureID', FEATURE.speedDial],
        ['featureLabel', text(label)],
        ['speedDialNumber', number],
        ['speedDialIndex', index + 1],
      ];

const serviceRows = ({ name, url }: ServiceUrl): XmlElement[] => [
  ['featureID', FEATURE.serviceUrl],
  ['featureLabel', text(name)],
  ['serviceURI', url],
];
