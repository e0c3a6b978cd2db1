// The parts of a device file that are the same for every phone of a group, in CUCM's order (`provisioning.md` §4.2).
// `device-files.ts` writes each of them once and joins it with the parts of one device.

import { nameUuid } from '../core/uuid.js';
import type { XmlElement } from '../core/xml/writer.js';
import type { DeviceSecurityMode } from '../devices/device-security.js';
import { callManagerGroup } from './call-managers.js';
import { capfElements, type DeviceEnrolment, securityModeNumber, transportNumber } from './file-security.js';
import type { CallManagerGroup, ProvisioningSettings, SrstSettings } from './settings.js';

const TVS_PORT = 2445;
const braced = (...name: readonly string[]): string => `{${nameUuid(...name)}}`;

/** From the start of the file to its `devicePool`. */
export const preamble = (protocol: string, publisher: string, settings: ProvisioningSettings): XmlElement[] => [
  ['fullConfig', true],
  ['portalDefaultServer', publisher],
  ['deviceProtocol', protocol],
  ['sshUserId', settings.sshUser],
  ['sshPassword', settings.sshPassword],
  ['ipAddressMode', 0], // IPv4
  ['allowAutoConfig', true],
  ['dadEnable', true],
  ['redirectEnable', false],
  ['echoMultiEnable', false],
  ['ipPreferenceModeControl', 0],
  ['ipMediaAddressFamilyPreference', 0],
  [
    'tzdata',
    [
      ['tzolsonversion', '2018c'],
      ['tzupdater', 'tzupdater.jar'],
    ],
  ],
  ['mlppDomainId', '000000'],
  ['mlppIndicationStatus', 'Off'],
  ['preemption', 'Disabled'],
  ['executiveOverridePreemptable', false],
];

/** The `devicePool`: time, call managers, survivable gateways. */
export const devicePool = (group: CallManagerGroup, settings: ProvisioningSettings): XmlElement[] => [
  [
    'devicePool',
    { uuid: braced('device pool', group.name) },
    [
      ['revertPriority', 0],
      ['name', group.name],
      dateTimeSetting(settings),
      callManagerGroup(group, group.name === settings.defaultGroup),
      srstInfo(settings.srst),
      ['connectionMonitorDuration', settings.connectionMonitorSeconds],
    ],
  ],
  [
    'TVS',
    [
      [
        'members',
        group.members.map(
          ({ address }, priority): XmlElement => [
            'member',
            { priority },
            [
              ['port', settings.security?.tvsPort ?? TVS_PORT],
              ['address', address],
            ],
          ],
        ),
      ],
    ],
  ],
];

const dateTimeSetting = ({ dateTime }: ProvisioningSettings): XmlElement => [
  'dateTimeSetting',
  { uuid: braced('date and time', dateTime.name) },
  [
    ['name', dateTime.name],
    ['dateTemplate', dateTime.template],
    ['timeZone', dateTime.timeZone],
    ['olsonTimeZone', dateTime.olsonTimeZone],
    [
      'ntps',
      dateTime.ntp.map(
        (name): XmlElement => [
          'ntp',
          [
            ['name', name],
            ['nameV6', ''],
            ['ntpMode', 'Unicast'],
          ],
        ],
      ),
    ],
  ],
];

const srstInfo = (srst: SrstSettings): XmlElement => {
  const option = srst.enabled ? 'Enable' : 'Disable';
  const address = (index: number): string => (srst.enabled ? (srst.addresses[index] ?? '') : '');
  return [
    'srstInfo',
    { uuid: braced('srst', option) },
    [
      ['name', option],
      ['srstOption', option],
      ['userModifiable', false],
      ['ipAddr1', address(0)],
      ['port1', srst.sccpPort],
      ['ipAddr2', address(1)],
      ['port2', srst.sccpPort],
      ['ipAddr3', address(2)],
      ['port3', srst.sccpPort],
      ['sipIpAddr1', address(0)],
      ['sipPort1', srst.sipPort],
      ['sipIpV6Addr1', ''],
      ['sipIpAddr2', address(1)],
      ['sipPort2', srst.sipPort],
      ['sipIpAddr3', address(2)],
      ['sipPort3', srst.sipPort],
      ['isSecure', false],
    ],
  ];
};

/** The languages and tones of phones. */
export const locales = ({ locale }: ProvisioningSettings): XmlElement[] => [
  [
    'userLocale',
    [
      ['name', locale.user],
      ['uid', 1],
      ['langCode', locale.langCode],
      ['version', locale.version],
      ['winCharSet', locale.charset],
    ],
  ],
  ['networkLocale', locale.network],
  [
    'networkLocaleInfo',
    [
      ['name', locale.network],
      ['uid', 64],
      ['version', locale.version],
    ],
  ],
];

/** The URLs. The secure ones are there and empty: a phone then uses the plain ones. */
export const urls = ({ urls: url }: ProvisioningSettings, proxied: boolean): XmlElement[] => [
  ['authenticationURL', url.authentication],
  ['directoryURL', url.directory],
  ['idleURL', url.idle],
  ['informationURL', url.information],
  ['messagesURL', url.messages],
  ['proxyServerURL', proxied ? url.proxyServer : ''],
  ['servicesURL', url.services],
];

const SECURE_URLS: readonly XmlElement[] = [
  ['secureAuthenticationURL', ''],
  ['secureDirectoryURL', ''],
  ['secureUDSUsersAccessURL', ''],
  ['secureIdleURL', ''],
  ['secureInformationURL', ''],
  ['secureMessagesURL', ''],
  ['secureServicesURL', ''],
];

/** What differs from device to device from the locales to the owner. */
export interface ClosingFacts {
  /** Whether the model takes the URL of a proxy. */
  readonly proxied: boolean;
  readonly mode: DeviceSecurityMode;
  readonly enrolment: DeviceEnrolment;
}

/** From the locales to the owner. */
export const closing = (settings: ProvisioningSettings, { proxied, mode, enrolment }: ClosingFacts): XmlElement[] => [
  ...locales(settings),
  ['deviceSecurityMode', securityModeNumber(mode)],
  ['idleTimeout', settings.idleTimeoutSeconds],
  ...urls(settings, proxied),
  ...SECURE_URLS,
  ['dscpForSCCPPhoneConfig', 96], // these are ToS octets: 96 is CS3
  ['dscpForSCCPPhoneServices', 0],
  ['dscpForCm2Dvce', 96],
  ['transportLayerProtocol', transportNumber(mode)],
  ['dialToneSetting', 1],
  ['dndCallAlert', 5],
  ['dndReminderTimer', 5],
  ['phonePersonalization', 1],
  ['rollover', 0],
  ['singleButtonBarge', 0],
  ['joinAcrossLines', 0],
  ['autoCallPickupEnable', false],
  ['blfAudibleAlertSettingOfIdleStation', 0],
  ['blfAudibleAlertSettingOfBusyStation', 0],
  ...capfElements(settings.security, enrolment),
  ['advertiseG722Codec', 1],
  [
    'mobility',
    [
      ['handoffdn', ''],
      ['dtmfdn', ''],
      ['ivrdn', ''],
      ['dtmfHoldCode', '*81'],
      ['dtmfExclusiveHoldCode', '*82'],
      ['dtmfResumeCode', '*83'],
      ['dtmfTxfCode', '*84'],
      ['dtmfCnfCode', '*85'],
    ],
  ],
  ['TLSResumptionTimer', 3600],
];

type PhoneService = ProvisioningSettings['phoneServices'][number];

/** What a phone does itself. Type 0 services, 1 directories, 2 messages. */
const BUILT_IN: readonly PhoneService[] = [
  { type: 1, name: 'Missed Calls', url: 'Application:Cisco/MissedCalls' },
  { type: 2, name: 'Voicemail', url: 'Application:Cisco/Voicemail' },
  { type: 1, name: 'Received Calls', url: 'Application:Cisco/ReceivedCalls' },
  { type: 1, name: 'Placed Calls', url: 'Application:Cisco/PlacedCalls' },
  { type: 1, name: 'Personal Directory', url: 'Application:Cisco/PersonalDirectory' },
  { type: 1, name: 'Corporate Directory', url: 'Application:Cisco/CorporateDirectory' },
];

/** The end of the file: the phone services. One of the owner's with the URL of a built-in service replaces it. */
export const phoneServices = (settings: ProvisioningSettings): XmlElement[] => {
  const named = new Set(settings.phoneServices.map(({ url }) => url));
  const services = [...BUILT_IN.filter(({ url }) => !named.has(url)), ...settings.phoneServices];
  return [
    [
      'phoneServices',
      { useHTTPS: true },
      [
        ['provisioning', settings.servesUrls ? 2 : 0], // 0: the list alone; 2: the URLs besides
        ...services.map(
          ({ type, name, url }): XmlElement => [
            'phoneService',
            { type, category: 0 },
            [
              ['name', name],
              ['url', url],
              ['vendor', ''],
              ['version', ''],
            ],
          ],
        ),
      ],
    ],
  ];
};
