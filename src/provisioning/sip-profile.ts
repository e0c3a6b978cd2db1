// `sipProfile`, the section that only the files of SIP phones have (`provisioning.md` §4.4), in CUCM's order and with
// its values.

import { cutText, type XmlElement } from '../core/xml/writer.js';
import type { ProvisioningSettings } from './settings.js';

const LABEL_LENGTH = 12;
const service = (name: string): string => `x-cisco-serviceuri-${name}`;

/** From `sipProxies` to the lines. `sipPort` is the first call manager's. */
export const profileBeforeLines = (
  settings: ProvisioningSettings,
  sipPort: number,
  phoneLabel: string,
): XmlElement[] => [
  [
    'sipProxies',
    [
      ['backupProxy', 'USECALLMANAGER'],
      ['backupProxyPort', sipPort],
      ['emergencyProxy', 'USECALLMANAGER'],
      ['emergencyProxyPort', sipPort],
      ['outboundProxy', 'USECALLMANAGER'],
      ['outboundProxyPort', sipPort],
      ['registerWithProxy', true],
    ],
  ],
  [
    'sipCallFeatures',
    [
      ['cnfJoinEnabled', true],
      ['callForwardURI', service('cfwdall')],
      ['callPickupURI', service('pickup')],
      ['callPickupListURI', service('opickup')],
      ['callPickupGroupURI', service('gpickup')],
      ['meetMeServiceURI', service('meetme')],
      ['abbreviatedDialURI', service('abbrdial')],
      ['rfc2543Hold', false],
      ['callHoldRingback', 2],
      ['URIDialingDisplayPreference', 1],
      ['localCfwdEnable', true],
      ['semiAttendedTransfer', true],
      ['anonymousCallBlock', 2],
      ['callerIdBlocking', 2],
      ['dndControl', 0],
      ['remoteCcEnable', true],
      ['retainForwardInformation', false],
    ],
  ],
  [
    'sipStack',
    [
      ['sipInviteRetx', 6],
      ['sipRetx', 10],
      ['timerInviteExpires', 180],
      ['timerRegisterExpires', 3600],
      ['timerRegisterDelta', 5],
      ['timerKeepAliveExpires', 120],
      ['timerSubscribeExpires', 120],
      ['timerSubscribeDelta', 5],
      ['timerT1', 500],
      ['timerT2', 4000],
      ['maxRedirects', 70],
      ['remotePartyID', true],
      ['userInfo', 'None'],
    ],
  ],
  ['autoAnswerTimer', 1],
  ['autoAnswerAltBehavior', false],
  ['autoAnswerOverride', true],
  ['transferOnhookEnabled', false],
  ['enableVad', false],
  ['preferredCodec', 'none'],
  ['dtmfAvtPayload', 101],
  ['dtmfDbLevel', 3],
  ['dtmfOutofBand', 'avt'],
  ['kpml', 3],
  ['phoneLabel', cutText(phoneLabel, LABEL_LENGTH)],
  ['stutterMsgWaiting', 2],
  ['callStats', true],
  ['offhookToFirstDigitTimer', 15_000],
  ['T302Timer', 6000],
  ['silentPeriodBetweenCallWaitingBursts', 10],
  ['disableLocalSpeedDialConfig', true],
  ['poundEndOfDial', false],
  ['startMediaPort', settings.rtpPorts.first],
  ['stopMediaPort', settings.rtpPorts.last],
  ['startVideoPort', 0],
  ['stopVideoPort', 0],
  ['organizationTopLevelDomain', settings.organizationDomain],
];

/** Files that the file of a SIP phone names; empty: none. */
export interface NamedFiles {
  readonly dialTemplate: string;
  readonly softKeyFile: string;
}

/** From the mask of the first line to the end. */
export const profileAfterLines = (files: NamedFiles, controlPort: number): XmlElement[] => [
  ['voipControlPort', controlPort],
  // ToS octets, each with the traffic class that CUCM gives it.
  ['dscpForAudio', { tcl: 'conversational.audio.aq:admitted' }, 184],
  ['dscpVideo', { tcl: 'conversational.video.avconf.aq:admitted' }, 136],
  ['dscpAudioForVideo', { tcl: 'conversational.audio.avconf.aq:admitted' }, 136],
  ['dscpForTelepresence', { tcl: 'conversational.video.immersive.aq:admitted' }, 136],
  ['dscpAudioForTelepresence', { tcl: 'conversational.audio.immersive.aq:admitted' }, 128],
  ['dscpForPriorityAudio', 180],
  ['dscpForImmediateAudio', 176],
  ['dscpForFlashAudio', 164],
  ['dscpForFlashOverrideAudio', 168],
  ['dscpForExecutiveOverrideAudio', 168],
  ['dscpForPriorityVideo', 156],
  ['dscpForImmediateVideo', 148],
  ['dscpForFlashVideo', 140],
  ['dscpForFlashOverrideVideo', 132],
  ['dscpForExecutiveOverrideVideo', 132],
  ['ringSettingBusyStationPolicy', 0],
  ['dialTemplate', files.dialTemplate],
  ['softKeyFile', files.softKeyFile],
  ['alwaysUsePrimeLine', false],
  ['alwaysUsePrimeLineVoiceMail', false],
];
