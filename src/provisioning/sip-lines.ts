import { toLatin1 } from '../core/latin-text.js';
import { lineUuid } from '../core/uuid.js';
import { cutText, type XmlElement, type XmlText, xmlTemplate } from '../core/xml/writer.js';
import type { ConfiguredDevice, DigestUser, Line, ServiceUrl, SpeedDial } from '../devices/device.js';

/** `featureID` of the buttons that a device may have (`provisioning.md` §4.4). */
const FEATURE = { speedDial: 2, line: 9, serviceUrl: 20, busyLampField: 21 } as const;
const TEXT_LENGTH = 30;

/** A text as the phone shows it: in its letters, and as long as fields may be. */
type Spelling = (text: string) => string;
const cut: Spelling = (text) => cutText(text, TEXT_LENGTH);
const cutLatin: Spelling = (text) => cut(toLatin1(text));
const spellingFor = ({ model }: ConfiguredDevice): Spelling => (model.unicode ? cut : cutLatin);

/**
 * The content of `sipLines`: the buttons of a SIP phone, first its lines, then speed dials, then services. `shared`:
 * for each line, whether another device has it too. `digest`: the credentials that go into the file, if they shall. `voicemail`: the number of lines without
 * one of their own. `intercom`: what stands before the number of an intercom key.
 */
export const sipLines = (
  device: ConfiguredDevice,
  sipPort: number,
  shared: readonly boolean[],
  digest: DigestUser | undefined,
  voicemail: string,
  intercom: string | undefined,
): readonly XmlText[] => {
  const { lines, speedDials, serviceUrls } = device;
  const spell = spellingFor(device);
  const firstDial = lines.length + 1;
  const firstService = firstDial + speedDials.length;
  return [
    ...lines.map((line, index) =>
      lineButton(device, line, index + 1, sipPort, shared[index] === true, digest, voicemail),
    ),
    ...speedDials.map((dial, index) => speedDialButton(dial, firstDial + index, index + 1, spell, intercom)),
    ...serviceUrls.map((service, index) => serviceButton(service, firstService + index, spell)),
  ];
};

const lineButton = (
  device: ConfiguredDevice,
  line: Line,
  button: number,
  port: number,
  shared: boolean,
  digest: DigestUser | undefined,
  voicemail: string,
): XmlText =>
  (digest === undefined ? LINE : LINE_WITH_DIGEST)(
    {
      button,
      port,
      shared,
      dn: line.dn,
      label: spellingFor(device)(line.label),
      displayName: spellingFor(device)(line.displayName),
      voicemail: line.voicemail || voicemail,
      contact: lineUuid(device.name, line.dn),
      maxCalls: line.maxCalls,
      busyTrigger: line.busyTrigger,
      user: digest?.user ?? '',
      password: digest?.password ?? '',
    },
    {},
  );

const speedDialButton = (
  dial: SpeedDial,
  button: number,
  index: number,
  spell: Spelling,
  intercom: string | undefined,
): XmlText => {
  // To the phone an intercom key is a speed dial: what it dials makes it one.
  const isIntercom = dial.intercom === true && intercom !== undefined;
  const number = isIntercom ? `${intercom}${dial.number}` : dial.number;
  const template = dial.busyLampField && !isIntercom ? BUSY_LAMP_FIELD : SPEED_DIAL;
  return template({ button, number, index, label: spell(dial.label) }, {});
};

const serviceButton = ({ name, url }: ServiceUrl, button: number, spell: Spelling): XmlText =>
  SERVICE({ button, url, label: spell(name) }, {});

type LineValue =
  | 'button'
  | 'port'
  | 'shared'
  | 'dn'
  | 'label'
  | 'displayName'
  | 'voicemail'
  | 'contact'
  | 'maxCalls'
  | 'busyTrigger'
  | 'user'
  | 'password';

const lineRows = (value: (name: LineValue) => string, digest: boolean): XmlElement[] => [
  [
    'line',
    { button: value('button'), lineIndex: value('button') },
    [
      ['featureID', FEATURE.line],
      ['featureLabel', value('label')],
      ['proxy', 'USECALLMANAGER'], // an address here stops registration on 79x2 with a 9.x load
      ['port', value('port')],
      ['name', value('dn')],
      ['displayName', value('displayName')],
      [
        'autoAnswer',
        [
          ['autoAnswerEnabled', 2],
          ['autoAnswerMode', 'Auto Answer with Speakerphone'],
        ],
      ],
      ['callWaiting', 3],
      // Not in CUCM's files where no digest is wanted. Whole: a password cut short would be another one.
      ...(digest ? DIGEST.map(([name, from]): XmlElement => [name, value(from)]) : []),
      ['sharedLine', value('shared')],
      ['messageWaitingLampPolicy', 3],
      ['messageWaitingAMWI', 0],
      ['messagesNumber', value('voicemail')],
      ['ringSettingIdle', 4],
      ['ringSettingActive', 5],
      ['contact', value('contact')],
      [
        'forwardCallInfoDisplay',
        [
          ['callerName', true],
          ['callerNumber', false],
          ['redirectedNumber', false],
          ['dialedNumber', true],
        ],
      ],
      ['maxNumCalls', value('maxCalls')],
      ['busyTrigger', value('busyTrigger')],
      ['recordingOption', 'disable'],
    ],
  ],
];

const DIGEST = [
  ['authName', 'user'],
  ['authPassword', 'password'],
] as const;

const LINE = xmlTemplate<LineValue>((value) => lineRows(value, false));
const LINE_WITH_DIGEST = xmlTemplate<LineValue>((value) => lineRows(value, true));

const SPEED_DIAL = xmlTemplate<'button' | 'label' | 'number' | 'index'>((value) => [
  [
    'line',
    { button: value('button') },
    [
      ['featureID', FEATURE.speedDial],
      ['featureLabel', value('label')],
      ['speedDialNumber', value('number')],
      ['speedDialIndex', value('index')],
    ],
  ],
]);

const BUSY_LAMP_FIELD = xmlTemplate<'button' | 'label' | 'number' | 'index'>((value) => [
  [
    'line',
    { button: value('button') },
    [
      ['featureID', FEATURE.busyLampField],
      ['featureLabel', value('label')],
      ['speedDialNumber', value('number')],
      ['featureOptionMask', 1], // pickup
    ],
  ],
]);

const SERVICE = xmlTemplate<'button' | 'label' | 'url'>((value) => [
  [
    'line',
    { button: value('button') },
    [
      ['featureID', FEATURE.serviceUrl],
      ['featureLabel', value('label')],
      ['serviceURI', value('url')],
    ],
  ],
]);
