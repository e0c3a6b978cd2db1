// A phone in AXL, element by element in the order of the schema, and what each means for labcm
// (`docs/protocols/apis.md` §5.5). What labcm has no use for is remembered, so that a client finds what it wrote.

import { escapeXml, resolveXmlReferences } from '../../core/xml/entities.js';
import type { RowKind } from '../row-uuid.js';
import { isNested } from './elements.js';
import { type AxlField, constant, each, group, named, text, type VerbatimField, value } from './fields.js';
import { type AxlPhone, appearanceUuid, linesOfPhone } from './phone.js';
import { PHONE_LINE_FIELDS } from './phone-line-fields.js';
import { certificateFields } from './phone-security.js';
import {
  type PhoneDraft,
  takeButtons,
  takeDigestUser,
  takeDisturb,
  takeLines,
  takeLoad,
  takeModules,
  takeProfile,
  takeServices,
  takeText,
  takeVendorConfig,
} from './phone-takes.js';
import { usualText } from './phone-usual.js';

const listed = { isListed: true } as const;
const whole = { isListed: false } as const;

const take: PhoneTake = (draft, element) => draft.keep(element);
type PhoneTake = (draft: PhoneDraft, element: Parameters<PhoneDraft['keep']>[0]) => void;

/** Remembered; where nobody wrote it, what is usual. */
const kept = (name: string): VerbatimField<AxlPhone, PhoneDraft> => ({
  ...{ kind: 'verbatim', name, isNested: isNested(name), take, ...listed },
  read: ({ record, memory }, view) => {
    const usual = memory.elements[name] === undefined ? usualText(name, record.configured, view) : undefined;
    return usual === undefined ? memory.elements[name] : escapeXml(usual);
  },
});

const keptAlone = (name: string): AxlField<AxlPhone, PhoneDraft> => ({ ...kept(name), ...whole });

/** The same of the name of another object. */
const keptName = (name: string, kind: RowKind = 'other', taken: PhoneTake = take): AxlField<AxlPhone, PhoneDraft> =>
  named(
    name,
    kind,
    ({ record, memory }, view) => {
      const remembered = memory.elements[name];
      return remembered === undefined
        ? (usualText(name, record.configured, view) ?? '')
        : resolveXmlReferences(remembered);
    },
    { take: taken },
  );

interface Indexed<T> {
  readonly index: number;
  readonly item: T;
}

const indexed = <T>(items: readonly T[]): readonly Indexed<T>[] => items.map((item, at) => ({ item, index: at + 1 }));
const index = <T>(): AxlField<Indexed<T>> => value('index', 'integer', (entry) => entry.index);

type SpeedDial = AxlPhone['record']['configured']['speedDials'][number];
type Service = AxlPhone['record']['configured']['serviceUrls'][number];
type Module = AxlPhone['record']['configured']['modules'][number];

const dialsOf = ({ record }: AxlPhone, isLamp: boolean): readonly Indexed<SpeedDial>[] =>
  indexed(record.configured.speedDials.filter(({ busyLampField }) => busyLampField === isLamp));

const labelOf = ({ item: { label, number } }: Indexed<SpeedDial>): string => (label === number ? '' : label);

/** In the order of the schema. */
export const PHONE_FIELDS: readonly AxlField<AxlPhone, PhoneDraft>[] = [
  text('name', ({ record }) => record.configured.name),
  text('description', ({ record }) => record.configured.description, { take: takeText('description') }),
  text('product', ({ record }) => record.configured.model.name, { take: takeText('model') }),
  text('model', ({ record }) => record.configured.model.name),
  constant('class', 'Phone'),
  text('protocol', ({ record }) => record.configured.protocol, { take: takeText('protocol') }),
  constant('protocolSide', 'User'),
  keptName('callingSearchSpaceName', 'css'),
  named('devicePoolName', 'devicePool', ({ record }) => record.configured.group, { take: takeText('group') }),
  keptName('commonDeviceConfigName', 'commonDeviceConfig'),
  keptName('commonPhoneConfigName', 'commonPhoneConfig'),
  kept('networkLocation'),
  keptName('locationName', 'location'),
  keptName('mediaResourceListName'),
  ...['networkHoldMohAudioSourceId', 'userHoldMohAudioSourceId'].map((name) => kept(name)),
  ...['automatedAlternateRoutingCssName', 'aarNeighborhoodName'].map((name) => keptName(name)),
  value('loadInformation', 'string', ({ record }) => record.configured.load ?? '', {
    take: takeLoad,
    attribute: ['special', ({ record }) => (record.configured.load === undefined ? undefined : 'true')],
  }),
  {
    ...{ kind: 'verbatim', name: 'vendorConfig', isNested: true, take: takeVendorConfig, ...whole },
    read: ({ record }) =>
      Object.entries(record.configured.vendorConfig)
        .map(([name, setting]) => `<${name}>${escapeXml(setting)}</${name}>`)
        .join(''),
  },
  kept('traceFlag'),
  keptAlone('mlppDomainId'),
  ...['mlppIndicationStatus', 'preemption'].map((name) => kept(name)),
  kept('useTrustedRelayPoint'),
  kept('retryVideoCallAsAudio'),
  keptName('securityProfileName', 'securityProfile', takeProfile),
  keptName('sipProfileName'),
  keptName('cgpnTransformationCssName', 'css'),
  kept('useDevicePoolCgpnTransformCss'),
  ...['geoLocationName', 'geoLocationFilterName'].map((name) => keptName(name)),
  kept('sendGeoLocation'),
  {
    ...group('lines', 'RPhoneLines', [
      each<AxlPhone, ReturnType<typeof linesOfPhone>[number]>(
        'line',
        'RPhoneLine',
        PHONE_LINE_FIELDS,
        linesOfPhone,
        appearanceUuid,
      ),
    ]),
    ...{ take: takeLines, ...whole },
  },
  value('numberOfButtons', 'integer', ({ record }) => record.configured.model.buttons),
  keptName('phoneTemplateName', 'phoneTemplate'),
  {
    ...group('speeddials', 'RSpeeddials', [
      each<AxlPhone, Indexed<SpeedDial>>(
        'speeddial',
        'RSpeeddial',
        [text('dirn', ({ item }) => item.number), text('label', labelOf), index()],
        (phone) => dialsOf(phone, false),
      ),
    ]),
    ...{ take: takeButtons(false), ...whole },
  },
  {
    ...group('busyLampFields', 'RBusyLampFields', [
      each<AxlPhone, Indexed<SpeedDial>>(
        'busyLampField',
        'RBusyLampField',
        [text('blfDest', ({ item }) => item.number), text('label', labelOf), index()],
        (phone) => dialsOf(phone, true),
      ),
    ]),
    ...{ take: takeButtons(true), ...whole },
  },
  keptName('primaryPhoneName'),
  ...['ringSettingIdleBlfAudibleAlert', 'ringSettingBusyBlfAudibleAlert'].map((name) => kept(name)),
  keptAlone('blfDirectedCallParks'),
  {
    ...group('addOnModules', 'RAddOnModules', [
      each<AxlPhone, Indexed<Module>>(
        'addOnModule',
        'RAddOnModule',
        [text('model', ({ item }) => item.name), index()],
        ({ record }) => indexed(record.configured.modules),
      ),
    ]),
    ...{ take: takeModules, ...whole },
  },
  ...['userLocale', 'networkLocale', 'idleTimeout'].map((name) => kept(name)),
  ...['authenticationUrl', 'directoryUrl', 'idleUrl', 'informationUrl', 'messagesUrl'].map((name) => kept(name)),
  ...['proxyServerUrl', 'servicesUrl'].map((name) => kept(name)),
  {
    ...group('services', 'RSubscribedServices', [
      each<AxlPhone, Indexed<Service>>(
        'service',
        'RSubscribedService',
        [
          text('telecasterServiceName', ({ item }) => item.name),
          text('name', ({ item }) => item.name),
          text('url', ({ item }) => item.url),
          value('urlButtonIndex', 'integer', (entry) => entry.index),
          text('serviceNameAscii', ({ item }) => item.name),
        ],
        ({ record }) => indexed(record.configured.serviceUrls),
      ),
    ]),
    ...{ take: takeServices, ...whole },
  },
  keptName('softkeyTemplateName', 'softkeyTemplate'),
  keptName('defaultProfileName'),
  kept('enableExtensionMobility'),
  ...['singleButtonBarge', 'joinAcrossLines'].map((name) => kept(name)),
  kept('builtInBridgeStatus'),
  ...['callInfoPrivacyStatus', 'hlogStatus'].map((name) => kept(name)),
  named('ownerUserName', 'user', ({ record }) => record.configured.ownerUserId, { take: takeText('ownerUserId') }),
  kept('ignorePresentationIndicators'),
  kept('packetCaptureMode'),
  kept('packetCaptureDuration'),
  ...['subscribeCallingSearchSpaceName', 'rerouteCallingSearchSpaceName'].map((name) => keptName(name, 'css')),
  kept('allowCtiControlFlag'),
  keptName('presenceGroupName', 'presenceGroup'),
  ...['unattendedPort', 'requireDtmfReception', 'rfc2833Disabled'].map((name) => kept(name)),
  ...certificateFields(kept),
  kept('deviceMobilityMode'),
  kept('remoteDevice'),
  {
    ...kept('dndOption'),
    take: (draft, element) => {
      draft.keep(element);
      takeDisturb(draft, element);
    },
  },
  kept('dndRingSetting'),
  value('dndStatus', 'boolean', ({ record }) => record.configured.doNotDisturb !== undefined, { take: takeDisturb }),
  constant('isActive', true),
  kept('isDualMode'),
  keptName('mobilityUserIdName', 'user'),
  ...['phoneSuite', 'phoneServiceDisplay', 'isProtected', 'mtpRequired', 'mtpPreferedCodec'].map((name) => kept(name)),
  keptName('dialRulesName'),
  kept('sshUserId'),
  text('digestUser', ({ record }) => record.configured.digest?.user ?? '', { take: takeDigestUser }),
  ...['outboundCallRollover', 'hotlineDevice', 'secureInformationUrl', 'secureDirectoryUrl', 'secureMessageUrl'].map(
    (name) => kept(name),
  ),
  ...['secureServicesUrl', 'secureAuthenticationUrl', 'secureIdleUrl', 'alwaysUsePrimeLine'].map((name) => kept(name)),
  kept('alwaysUsePrimeLineForVoiceMessage'),
  keptName('featureControlPolicy'),
  ...['deviceTrustMode', 'earlyOfferSupportForVoiceCall', 'requireThirdPartyRegistration'].map((name) => kept(name)),
  ...['blockIncomingCallsWhenRoaming', 'homeNetworkId', 'AllowPresentationSharingUsingBfcp'].map((name) => kept(name)),
  kept('confidentialAccess'),
  ...['requireOffPremiseLocation', 'allowiXApplicableMedia'].map((name) => kept(name)),
];
