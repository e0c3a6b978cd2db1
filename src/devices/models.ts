// The model table: one row for every device type that a phone may give in its Register or Contact (`sccp.md` §9.1 and
// §5.3, `provisioning.md` §3.1 and §6). It knows no protocol's encoding.

import { type ButtonLayout, LAYOUTS, programmable } from './buttons.js';
import type { Protocol } from './device.js';
import { familyOf, type PhoneFamily } from './families.js';

/** What a device type stands for. */
export type ModelKind = 'phone' | 'module' | 'gateway' | 'media' | 'software' | 'other';

/** A device type. */
export interface Model {
  /** The device type id of Register, `loadInformation<id>` and `+u.sip!model.ccm.cisco.com`. */
  readonly id: number;
  /** As CUCM shows it, e.g. `Cisco 7962`. Unique. */
  readonly name: string;
  /** Other names an owner may type, matched case-blind, e.g. `CIPC`, `7962`, `7962G`. Unique over the table. */
  readonly aliases: readonly string[];
  readonly kind: ModelKind;
  /** The models that boot and retry as it does. */
  readonly family: PhoneFamily;
  /** Empty: a device that registers by neither. */
  readonly protocols: readonly Protocol[];
  /** The model's own keys in their order, those of expansion modules not counted. */
  readonly layout: ButtonLayout;
  /** Keys that take a line, speed dial, service or feature: those of `layout` that are not hard keys. */
  readonly buttons: number;
  /** How many of them may be lines. */
  readonly lines: number;
  /** How many expansion modules can be plugged in. */
  readonly modules: number;
  /** How much of a prompt the screen shows: `short` shows labels alone (`sccp.md` §5.3). */
  readonly prompt: 'full' | 'short' | 'none';
  /** Whether its screen has letters beyond Latin-1; over SCCP it says so itself (`sccp.md` §3, the UTF-8 bit). */
  readonly unicode: boolean;
  /**
   * Locale jar stem (`provisioning.md` §3.1): `ipc` gives `ipc-sccp.jar` or `ipc-sip.jar`. Absent: the model fetches
   * none.
   */
  readonly localeJar?: string;
}

interface Extras {
  readonly aliases?: readonly string[];
  readonly modules?: number;
  readonly prompt?: Model['prompt'];
  readonly unicode?: boolean;
  readonly localeJar?: string;
}

type Row = (id: number, name: string, protocols: readonly Protocol[], layout?: ButtonLayout, extras?: Extras) => Model;

const row =
  (kind: ModelKind): Row =>
  (
    id,
    name,
    protocols,
    layout = LAYOUTS.none,
    { aliases = [], modules = 0, prompt = 'full', unicode = true, localeJar } = {},
  ) => ({
    id,
    name,
    aliases: name.startsWith(MAKER)
      ? [name.slice(MAKER.length), ...aliases.filter((a) => MAKER + a !== name)]
      : aliases,
    kind,
    family: familyOf(name),
    protocols,
    layout,
    buttons: layout.filter((button) => button === 'programmable' || button === 'line' || button === 'speed-dial')
      .length,
    lines: layout.filter((button) => button === 'programmable' || button === 'line').length,
    modules,
    prompt,
    unicode,
    ...(localeJar === undefined ? {} : { localeJar }),
  });

const MAKER = 'Cisco ';
const SCCP: readonly Protocol[] = ['SCCP'];
const SIP: readonly Protocol[] = ['SIP'];
const BOTH: readonly Protocol[] = ['SCCP', 'SIP'];
const NEITHER: readonly Protocol[] = [];

const phone = row('phone');
const software = row('software');
const gateway = row('gateway');
const media = row('media');
const other = row('other');
/** Models from before the phones that run Java. */
const LATIN = { unicode: false } as const;

const module = (id: number, name: string, layout: ButtonLayout, aliases: readonly string[]): Model =>
  row('module')(id, name, NEITHER, layout, { aliases });

// Key counts of the SIP-only and SPA models and of those from before 2000 are Cisco's data sheets', not `sccp.md`'s.
/** The model table. */
export const MODELS: readonly Model[] = [
  // The 1990s.
  phone(1, 'Cisco 30SP+', SCCP, programmable(30), LATIN),
  phone(2, 'Cisco 12SP+', SCCP, programmable(12), LATIN),
  phone(3, 'Cisco 12SP', SCCP, programmable(12), LATIN),
  phone(4, 'Cisco 12S', SCCP, programmable(12), LATIN),
  phone(5, 'Cisco 30VIP', SCCP, programmable(30), LATIN),
  phone(20, 'SCCP Phone', SCCP, programmable(30), { ...LATIN, aliases: ['Virtual 30SP+'] }),

  // 7900 series.
  phone(20000, 'Cisco 7905', BOTH, LAYOUTS.lineHoldSpeedDials, { ...LATIN, aliases: ['7905G'] }),
  phone(30008, 'Cisco 7902', SCCP, LAYOUTS['7902'], { ...LATIN, aliases: ['7902G'] }),
  phone(6, 'Cisco 7910', SCCP, LAYOUTS['7910'], { ...LATIN, aliases: ['7910G', '7910G+SW'] }),
  phone(369, 'Cisco 7906', BOTH, LAYOUTS.lineHoldSpeedDials, { aliases: ['7906G'], localeJar: 'tc' }),
  phone(307, 'Cisco 7911', BOTH, LAYOUTS.lineHoldSpeedDials, { aliases: ['7911G'], localeJar: 'tc' }),
  phone(30007, 'Cisco 7912', BOTH, LAYOUTS.lineHoldSpeedDials, { ...LATIN, aliases: ['7912G'] }),
  phone(30002, 'Cisco 7920', SCCP, programmable(6), LATIN),
  phone(365, 'Cisco 7921', SCCP, programmable(6), { aliases: ['7921G'] }),
  phone(484, 'Cisco 7925', SCCP, programmable(6), { aliases: ['7925G', '7925G-EX'] }),
  phone(577, 'Cisco 7926', SCCP, programmable(6), { aliases: ['7926G'] }),
  phone(348, 'Cisco 7931', BOTH, LAYOUTS['7931'], { aliases: ['7931G'], localeJar: 'gp' }),
  phone(9, 'Cisco 7935', SCCP, LAYOUTS.twoLines, LATIN),
  phone(30019, 'Cisco 7936', SCCP, LAYOUTS.twoLines, LATIN),
  phone(431, 'Cisco 7937', SCCP, LAYOUTS.twoLines, { aliases: ['7937G'] }),
  phone(8, 'Cisco 7940', BOTH, programmable(2), { ...LATIN, aliases: ['7940G', 'Telecaster Bus'] }),
  phone(115, 'Cisco 7941', BOTH, programmable(2), { aliases: ['7941G'], localeJar: 'mk' }),
  phone(309, 'Cisco 7941G-GE', BOTH, programmable(2), { localeJar: 'mk' }),
  phone(434, 'Cisco 7942', BOTH, programmable(2), { aliases: ['7942G'], localeJar: 'mk' }),
  phone(435, 'Cisco 7945', BOTH, programmable(2), { aliases: ['7945G'], localeJar: 'be' }),
  phone(7, 'Cisco 7960', BOTH, programmable(6), { ...LATIN, aliases: ['7960G', 'Telecaster Mgr'], modules: 2 }),
  phone(30018, 'Cisco 7961', BOTH, programmable(6), { aliases: ['7961G'], localeJar: 'mk', modules: 2 }),
  phone(308, 'Cisco 7961G-GE', BOTH, programmable(6), { localeJar: 'mk', modules: 2 }),
  phone(404, 'Cisco 7962', BOTH, programmable(6), { aliases: ['7962G'], localeJar: 'mk', modules: 2 }),
  phone(436, 'Cisco 7965', BOTH, programmable(6), { aliases: ['7965G'], localeJar: 'be', modules: 2 }),
  phone(30006, 'Cisco 7970', BOTH, programmable(8), { aliases: ['7970G'], localeJar: 'td', modules: 2 }),
  phone(119, 'Cisco 7971', BOTH, programmable(8), { localeJar: 'td', modules: 2 }),
  phone(118, 'Cisco 7971G-GE', BOTH, programmable(8), { localeJar: 'td', modules: 2 }),
  phone(437, 'Cisco 7975', BOTH, programmable(8), { aliases: ['7975G'], localeJar: 'td', modules: 2 }),
  phone(302, 'Cisco 7985', SCCP, programmable(1), { aliases: ['7985G'] }),

  // 6900 series.
  phone(547, 'Cisco 6901', BOTH, programmable(1), { localeJar: 'rtl', prompt: 'short' }),
  phone(548, 'Cisco 6911', BOTH, programmable(1), { localeJar: 'rtl', prompt: 'none' }),
  phone(495, 'Cisco 6921', BOTH, LAYOUTS['6921'], { localeJar: 'rtl', prompt: 'short' }),
  phone(496, 'Cisco 6941', BOTH, programmable(4), { localeJar: 'rtl', prompt: 'short' }),
  phone(564, 'Cisco 6945', BOTH, programmable(4), { localeJar: 'rtl', prompt: 'short' }),
  phone(497, 'Cisco 6961', BOTH, programmable(12), { localeJar: 'rtl', prompt: 'short' }),

  // 8900, 9900, 3900 series.
  phone(586, 'Cisco 8941', BOTH, LAYOUTS['894x'], { localeJar: 'gb-sccp-sip', prompt: 'none' }),
  phone(585, 'Cisco 8945', BOTH, LAYOUTS['894x'], { localeJar: 'gb-sccp-sip', prompt: 'none' }),
  phone(540, 'Cisco 8961', SIP, programmable(5), { localeJar: 'gh', modules: 1 }),
  phone(537, 'Cisco 9951', SIP, programmable(5), { localeJar: 'lk', modules: 2 }),
  phone(493, 'Cisco 9971', SIP, programmable(6), { localeJar: 'gd', modules: 3 }),
  phone(592, 'Cisco 3905', SIP, LAYOUTS.oneLine),
  phone(446, 'Cisco 3911', SIP, LAYOUTS.oneLine),
  phone(412, 'Cisco 3951', SIP, LAYOUTS.oneLine),

  // 7800, 8800 and DX series: SIP alone.
  phone(36213, 'Cisco 7811', SIP, programmable(1), { localeJar: 'sp' }),
  phone(621, 'Cisco 7821', SIP, programmable(2), { localeJar: 'sp' }),
  phone(622, 'Cisco 7841', SIP, programmable(4), { localeJar: 'sp' }),
  phone(623, 'Cisco 7861', SIP, programmable(16), { localeJar: 'sp' }),
  phone(36217, 'Cisco 8811', SIP, programmable(5), { localeJar: 'sl-be' }),
  phone(36216, 'Cisco 8821', SIP, programmable(6)),
  phone(659, 'Cisco 8831', SIP, LAYOUTS.oneLine),
  phone(683, 'Cisco 8841', SIP, programmable(5), { localeJar: 'sl-be' }),
  phone(36224, 'Cisco 8845', SIP, programmable(5), { localeJar: 'sl-bev' }),
  phone(684, 'Cisco 8851', SIP, programmable(5), { localeJar: 'sl-be' }),
  phone(685, 'Cisco 8861', SIP, programmable(5), { localeJar: 'sl-be' }),
  phone(36225, 'Cisco 8865', SIP, programmable(5), { localeJar: 'sl-bev' }),
  phone(647, 'Cisco DX650', SIP, programmable(8)),

  // SPA series.
  phone(80011, 'Cisco SPA303G', BOTH, programmable(3), { aliases: ['SPA 303G'] }),
  phone(80003, 'Cisco SPA502G', BOTH, programmable(1), { aliases: ['SPA 502G'] }),
  phone(80004, 'Cisco SPA504G', BOTH, programmable(4), { aliases: ['SPA 504G'] }),
  phone(80006, 'Cisco SPA508G', BOTH, programmable(8), { aliases: ['SPA 508G'] }),
  phone(80007, 'Cisco SPA509G', BOTH, programmable(12), { aliases: ['SPA 509G'] }),
  phone(80012, 'Cisco SPA512G', BOTH, programmable(1), { aliases: ['SPA 512G'] }),
  phone(80013, 'Cisco SPA514G', BOTH, programmable(4), { aliases: ['SPA 514G'] }),
  phone(80000, 'Cisco SPA521S', BOTH, programmable(1), { aliases: ['SPA 521S'] }),
  phone(80001, 'Cisco SPA524SG', BOTH, programmable(4), { aliases: ['SPA 524SG'] }),
  phone(80005, 'Cisco SPA525G', BOTH, programmable(5), { aliases: ['SPA 525G'] }),
  phone(80009, 'Cisco SPA525G2', BOTH, programmable(5), { aliases: ['SPA 525G2'] }),

  // Programs and other makers' phones.
  software(30016, 'Cisco IP Communicator', BOTH, programmable(8), {
    aliases: ['CIPC', 'IP Communicator'],
    localeJar: 'ipc',
  }),
  software(21, 'Phone Application', SCCP, LAYOUTS.oneLine),
  software(100, 'Load Simulator', SCCP, LAYOUTS.oneLine),
  software(358, 'Cisco Unified Personal Communicator', SIP, LAYOUTS.oneLine, { aliases: ['CUPC'] }),
  software(468, 'Cisco Unified Mobile Communicator', SIP, LAYOUTS.oneLine, { aliases: ['CUMC'] }),
  software(503, 'Cisco Unified Client Services Framework', SIP, programmable(8), { aliases: ['CSF', 'Jabber'] }),
  phone(275, 'Nokia S60', SCCP, LAYOUTS.oneLine, { aliases: ['Nokia E series'] }),
  phone(376, 'Nokia Call Connect', SCCP, LAYOUTS.oneLine, { aliases: ['Nokia ICC'] }),
  phone(335, 'Motorola CN622', BOTH, LAYOUTS.oneLine),
  phone(336, 'Third-party SIP Device (Basic)', SIP, LAYOUTS.oneLine, {
    aliases: ['Third-party SIP basic', 'SIP basic'],
  }),
  phone(374, 'Third-party SIP Device (Advanced)', SIP, programmable(8), {
    aliases: ['Third-party SIP advanced', 'SIP advanced'],
  }),
  phone(631, 'Third-party AS-SIP Endpoint', SIP, LAYOUTS.oneLine, { aliases: ['ASSIP'] }),
  phone(30035, 'IP-STE', SCCP, LAYOUTS.oneLine),
  phone(375, 'Cisco TelePresence', SIP, LAYOUTS.oneLine, { aliases: ['TelePresence'] }),

  // Analog and gateway phones.
  gateway(12, 'Cisco ATA 186', SCCP, LAYOUTS.ata, { ...LATIN, aliases: ['ATA', 'ATA186', 'ATA 186'] }),
  gateway(13, 'Cisco ATA 188', SCCP, LAYOUTS.ata, { ...LATIN, aliases: ['ATA188', 'ATA 188'] }),
  gateway(10, 'VGC Phone', SCCP, LAYOUTS.oneLine, { aliases: ['VG248'] }),
  gateway(11, 'VGC Virtual Phone', SCCP, LAYOUTS.oneLine),
  gateway(48, 'VGC Gateway', SCCP, LAYOUTS.none),
  gateway(30027, 'Analog Phone', SCCP, LAYOUTS.oneLine, { aliases: ['VG', 'VG224', 'FXS'] }),
  gateway(30028, 'ISDN BRI Phone', SCCP, LAYOUTS.oneLine, { aliases: ['BRI'] }),
  gateway(30032, 'SCCP Gateway Virtual Phone', SCCP, LAYOUTS.oneLine),
  gateway(30, 'Analog Access', NEITHER),
  gateway(40, 'Digital Access', NEITHER),
  gateway(41, 'Digital Access T1', NEITHER),
  gateway(42, 'Digital Access+', NEITHER),
  gateway(43, 'Digital Access WS-X6608', NEITHER, LAYOUTS.none, { aliases: ['Lennon'] }),
  gateway(47, 'Analog Access WS-X6624', NEITHER, LAYOUTS.none, { aliases: ['Elvis'] }),
  gateway(62, 'H.323 Gateway', NEITHER),
  gateway(120, 'MGCP Station', NEITHER),
  gateway(121, 'MGCP Trunk', NEITHER),
  gateway(122, 'Gatekeeper', NEITHER, LAYOUTS.none, { aliases: ['RAS Proxy'] }),
  gateway(125, 'Trunk', NEITHER),
  gateway(131, 'SIP Trunk', NEITHER),
  gateway(132, 'SIP Gateway', NEITHER),
  gateway(133, 'WSM Trunk', NEITHER),
  gateway(254, 'Unknown MGCP Gateway', NEITHER),

  // Expansion modules: their keys come after the phone's own.
  module(124, 'Cisco 7914', programmable(14), ['7914 14-Button Line Expansion Module']),
  module(227, 'Cisco 7915 12-Button', programmable(12), ['7915-12', '7915 12-Button Line Expansion Module']),
  module(228, 'Cisco 7915 24-Button', programmable(24), ['7915', '7915-24', '7915 24-Button Line Expansion Module']),
  module(229, 'Cisco 7916 12-Button', programmable(12), ['7916-12', '7916 12-Button Line Expansion Module']),
  module(230, 'Cisco 7916 24-Button', programmable(24), ['7916', '7916-24', '7916 24-Button Line Expansion Module']),

  // Media resources. Bridges of Cisco IOS and of the media application register by SCCP as phones do.
  media(50, 'Conference Bridge', SCCP),
  media(51, 'Conference Bridge WS-X6608', SCCP),
  media(52, 'IOS Conference Bridge', SCCP),
  media(53, 'Conference Bridge WS-SVC-CMM', SCCP),
  media(70, 'Music On Hold', SCCP),
  media(82, 'Line Annunciator', SCCP),
  media(83, 'IOS Software Media Termination Point', SCCP),
  media(84, 'Cisco Media Server WS-SVC-CMM-MS', SCCP),
  media(85, 'Conference Bridge Flint', SCCP),
  media(86, 'IOS Heterogeneous Video Conference Bridge', SCCP),
  media(87, 'IOS Guaranteed Audio Video Conference Bridge', SCCP),
  media(88, 'IOS Homogeneous Video Conference Bridge', SCCP),
  media(110, 'Media Termination Point', SCCP),
  media(111, 'Media Termination Point Hardware', SCCP),
  media(112, 'IOS Media Termination Point', SCCP),
  media(113, 'Media Termination Point WS-SVC-CMM', SCCP),
  media(126, 'Annunciator', SCCP),
  media(127, 'Monitor Bridge', NEITHER),
  media(128, 'Recorder', NEITHER),
  media(129, 'Monitor Bridge WS-X6608', NEITHER),
  media(597, 'TelePresence MCU', SIP),
  media(599, 'TelePresence Exchange', SIP),
  media(600, 'TelePresence Conference Bridge', SIP),
  media(36041, 'TelePresence Conductor', SIP),
  media(36219, 'Interactive Voice Response', SCCP),

  // What a call manager counts as a device although it is no endpoint, or not one of these two protocols.
  other(15, 'EMCC Base Phone', NEITHER),
  other(60, 'H.225 Trunk', NEITHER),
  other(61, 'H.323 Phone', NEITHER),
  other(71, 'Device Pilot', NEITHER),
  other(72, 'CTI Port', NEITHER),
  other(73, 'CTI Route Point', NEITHER),
  other(80, 'Voice Mail Port', SCCP, LAYOUTS.oneLine),
  other(81, 'Voice Inbox Admin', NEITHER),
  other(90, 'Route List', NEITHER),
  other(134, 'Remote Destination Profile', NEITHER),
  other(253, 'Generic Device', SCCP, LAYOUTS.oneLine),
  other(255, 'Unknown Device', NEITHER),
  other(635, 'CTI Remote Device', NEITHER),
];

const fold = (text: string): string =>
  text
    .trim()
    .toUpperCase()
    .replace(/^(?:CISCO\s+|CP-)/, '');

const BY_ID: ReadonlyMap<number, Model> = new Map(MODELS.map((model) => [model.id, model]));
const BY_NAME: ReadonlyMap<string, Model> = new Map(
  MODELS.flatMap((model) => [model.name, ...model.aliases].map((name) => [fold(name), model] as const)),
);

/** `undefined`: no model has this device type id. */
export const modelById = (id: number): Model | undefined => BY_ID.get(id);

/** By a name, an alias (`CIPC`, `7962G`, `CP-7962G`, in any case) or the id written as a number (`30016`). */
export const findModel = (nameOrId: string): Model | undefined =>
  BY_NAME.get(fold(nameOrId)) ?? (/^\d{1,6}$/.test(nameOrId) ? BY_ID.get(Number(nameOrId)) : undefined);

/** As an owner types it, e.g. `7962` or `CIPC`: the shortest of its names. */
export const shortNameOf = ({ name, aliases }: Model): string =>
  aliases.reduce((shortest, alias) => (alias.length < shortest.length ? alias : shortest), name);
