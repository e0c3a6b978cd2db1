// What phones of a kind have in AXL until a client writes something else: names that tools copy from one phone to the next
// (`docs/protocols/apis.md` §5.5).

import type { Protocol } from '../../devices/index.js';
import { type Model, shortNameOf } from '../../devices/models.js';
import { type ProfileValues, securityProfileName } from '../security-profiles.js';
import type { AxlView } from './sources.js';

/** What decides the names that every phone of a kind has. */
export interface PhoneKind {
  readonly model: Model;
  readonly protocol: Protocol;
  /** Absent: none. */
  readonly security?: ProfileValues;
}

/** The text of an element that nobody has written. */
type UsualText = (kind: PhoneKind, view: AxlView) => string;

export const phoneTemplateName = ({ model, protocol }: PhoneKind): string =>
  `Standard ${shortNameOf(model)} ${protocol}`;
export const COMMON_PHONE_CONFIG = 'Standard Common Phone Profile';
export const LOCATION = 'Hub_None';
export const REGION = 'Default';
export const SIP_PROFILE = 'Standard SIP Profile';
const PRESENCE_GROUP = 'Standard Presence group';

const same =
  (text: string): UsualText =>
  () =>
    text;
const url =
  (key: string): UsualText =>
  (_kind, { cluster }) =>
    cluster.urls[key] ?? '';

const USUAL: ReadonlyMap<string, UsualText> = new Map<string, UsualText>([
  ['commonPhoneConfigName', same(COMMON_PHONE_CONFIG)],
  ['networkLocation', same('Use System Default')],
  ['locationName', same(LOCATION)],
  ['useTrustedRelayPoint', same('Default')],
  ['securityProfileName', securityProfileName],
  ['sipProfileName', ({ protocol }) => (protocol === 'SIP' ? SIP_PROFILE : '')],
  ['phoneTemplateName', phoneTemplateName],
  ['authenticationUrl', url('authentication')],
  ['directoryUrl', url('directory')],
  ['idleUrl', url('idle')],
  ['informationUrl', url('information')],
  ['messagesUrl', url('messages')],
  ['proxyServerUrl', url('proxyServer')],
  ['servicesUrl', url('services')],
  ['enableExtensionMobility', same('false')],
  ['builtInBridgeStatus', same('Default')],
  ['packetCaptureMode', same('None')],
  ['allowCtiControlFlag', same('true')],
  ['presenceGroupName', same(PRESENCE_GROUP)],
  ['deviceMobilityMode', same('Default')],
  ['dndOption', same('Ringer Off')],
]);

/** The usual text of an element. `undefined`: there is none. */
export const usualText = (element: string, kind: PhoneKind, view: AxlView): string | undefined =>
  USUAL.get(element)?.(kind, view);
