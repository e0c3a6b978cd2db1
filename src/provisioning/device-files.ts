import { toLatin1 } from '../core/latin-text.js';
import { deviceUuid } from '../core/uuid.js';
import { isXmlName, type XmlElement, type XmlText, xmlDocument, xmlTemplate, xmlText } from '../core/xml/writer.js';
import type { ConfiguredDevice } from '../devices/device.js';
import { type ClosingFacts, closing, devicePool, phoneServices, preamble } from './cluster-section.js';
import { type DeviceEnrolment, fileMode, NOT_ENROLLED } from './file-security.js';
import { type GeneratedFile, versionStamp } from './generated-files.js';
import type { CallManagerGroup, ProvisioningSettings } from './settings.js';
import { sipLines } from './sip-lines.js';
import { type NamedFiles, profileAfterLines, profileBeforeLines } from './sip-profile.js';
import { standardSoftKeyFile } from './soft-keys.js';

const SIP_PORT = 5060;
const SIP_TLS_PORT = 5061;
const SERVICE_PROFILE = { serviceProfileFile: 'SPDefault.cnf.xml' };

/** Device type ids of 7905, 7912 and 7902: a proxy URL breaks these models (`provisioning.md` §4.2). */
const PROXY_BREAKS: ReadonlySet<number> = new Set([20_000, 30_007, 30_008]);

/** The files that a device's own file names; an empty name means none. */
export const filesNamedTo = (device: ConfiguredDevice): NamedFiles =>
  device.protocol === 'SIP'
    ? { dialTemplate: device.dialTemplate, softKeyFile: device.softKeyFile || standardSoftKeyFile() }
    : { dialTemplate: '', softKeyFile: '' };

/**
 * Generates `<name>.cnf.xml`, the configuration file of one phone, from one state of the settings. Sections that many
 * phones have in common are written once and kept; a file joins them with the device's own in CUCM's order, and adds a
 * version stamp over all of it.
 */
export class DeviceFiles {
  readonly #settings: ProvisioningSettings;
  readonly #written = new Map<string, XmlText>();

  constructor(settings: ProvisioningSettings) {
    this.#settings = settings;
  }

  /** `shared`: for each line, whether another device has it too. Throws if a value cannot be written. */
  generate(
    device: ConfiguredDevice,
    shared: readonly boolean[],
    enrolment: DeviceEnrolment = NOT_ENROLLED,
  ): GeneratedFile {
    const settings = this.#settings;
    const group = this.#groupOf(device);
    const publisher = this.#groupNamed(settings.defaultGroup)?.members[0]?.address ?? '';
    const proxied = !PROXY_BREAKS.has(device.model.id);
    const mode = fileMode(device, settings.security);
    const beforeStamp = [
      this.#writtenOnce(`preamble ${device.protocol}`, () => preamble(device.protocol, publisher, settings)),
      this.#writtenOnce(`pool ${group.name}`, () => devicePool(group, settings)),
      ...(device.protocol === 'SIP' ? [this.#sipProfile(device, group, shared)] : []),
      this.#deviceSection(device),
    ];
    const afterStamp = [
      this.#closing({ proxied, mode, enrolment }),
      OWNER({ owner: device.ownerUserId }, {}),
      this.#writtenOnce('services', () => phoneServices(settings)),
    ];
    const uuid = deviceUuid(device.name);
    const stamp = versionStamp(uuid, ...beforeStamp, ...afterStamp);
    const content = [...beforeStamp, STAMP({ stamp }, {}), ...afterStamp];
    const ctiid = Number.parseInt(uuid.slice(0, 8), 16) >>> 1;
    return { bytes: xmlDocument(DEVICE({ ctiid, uuid: `{${uuid}}` }, { content })), stamp };
  }

  /** The same for all phones, but for those with a certificate: its hash is each one's own. */
  #closing(facts: ClosingFacts): XmlText {
    const { proxied, mode, enrolment } = facts;
    const rows = () => closing(this.#settings, facts);
    const { certHash, authMode, isEncrypted = false } = enrolment;
    return certHash === ''
      ? this.#writtenOnce(`closing ${proxied} ${mode} ${authMode} ${isEncrypted}`, rows)
      : xmlText(rows());
  }

  #sipProfile(device: ConfiguredDevice, group: CallManagerGroup, shared: readonly boolean[]): XmlText {
    const sipPort = group.members[0]?.sipPort ?? SIP_PORT;
    const files = filesNamedTo(device);
    // Most phones have no label of their own, so both long sections are mostly written already.
    const label = device.model.unicode ? device.phoneLabel : toLatin1(device.phoneLabel);
    const before = this.#writtenOnce(`before lines ${sipPort} ${label}`, () =>
      profileBeforeLines(this.#settings, sipPort, label),
    );
    const controlPort = fileMode(device, this.#settings.security) === 'none' ? SIP_PORT : SIP_TLS_PORT;
    const after = this.#writtenOnce(`after lines ${controlPort} ${JSON.stringify(files)}`, () =>
      profileAfterLines(files, controlPort),
    );
    const mask = device.lines[0]?.externalMask ?? '';
    const digest = this.#settings.excludeDigestCredentials ? undefined : device.digest;
    const { voicemail, intercom } = this.#settings;
    const lines = SIP_LINES({ mask }, { lines: sipLines(device, sipPort, shared, digest, voicemail, intercom) });
    return SIP_PROFILE({}, { content: [before, lines, after] });
  }

  /** Mostly the same for all phones of one model. */
  #deviceSection(device: ConfiguredDevice): XmlText {
    const { lines, featurePolicyFile, model, load, modules, vendorConfig } = device;
    const key = [lines.length, featurePolicyFile, model.id, load, modules.map(({ id }) => id), vendorConfig];
    return this.#writtenOnce(`own ${JSON.stringify(key)}`, () => deviceSection(device, this.#settings));
  }

  #groupOf(device: ConfiguredDevice): CallManagerGroup {
    const group = this.#groupNamed(device.group) ?? this.#groupNamed(this.#settings.defaultGroup);
    if (group === undefined) throw new Error(`there is no call manager group ${device.group}`);
    return group;
  }

  #groupNamed(name: string): CallManagerGroup | undefined {
    return this.#settings.groups.get(name);
  }

  /**
   * The section of this key, written at its first use. Bounded, since a section may have as many variants as there are
   * devices.
   */
  #writtenOnce(key: string, rows: () => readonly XmlElement[]): XmlText {
    const known = this.#written.get(key);
    if (known !== undefined) return known;
    const written = xmlText(rows());
    if (this.#written.size < MAX_WRITTEN) this.#written.set(key, written);
    return written;
  }
}

const MAX_WRITTEN = 256;

const DEVICE = xmlTemplate<'ctiid' | 'uuid', 'content'>((value, parts) => [
  ['device', { ctiid: value('ctiid'), uuid: value('uuid') }, parts('content')],
]);
const SIP_PROFILE = xmlTemplate<never, 'content'>((_value, parts) => [['sipProfile', parts('content')]]);
const SIP_LINES = xmlTemplate<'mask', 'lines'>((value, parts) => [
  ['sipLines', parts('lines')],
  ['externalNumberMask', value('mask')],
]);
const STAMP = xmlTemplate<'stamp'>((value) => [['versionStamp', value('stamp')]]);
const OWNER = xmlTemplate<'owner'>((value) => [
  ['userId', SERVICE_PROFILE, value('owner')],
  ['ownerId', SERVICE_PROFILE, value('owner')],
]);

/** Between `sipProfile` and the version stamp. */
const deviceSection = (device: ConfiguredDevice, settings: ProvisioningSettings): XmlElement[] => [
  ['MissedCallLoggingOption', device.lines.map(({ logMissed }) => (logMissed ? '1' : '0')).join('') || '1'],
  ['featurePolicyFile', device.featurePolicyFile],
  [
    'commonProfile',
    [
      ['phonePassword', settings.phonePassword],
      ['backgroundImageAccess', true],
      ['callLogBlfEnabled', 3],
    ],
  ],
  ['loadInformation', loadOf(device, settings)],
  ['inactiveLoadInformation', ''],
  ...addOnModules(device, settings),
  ['vendorConfig', passedThrough({ ...settings.vendorConfig, ...device.vendorConfig })],
  ['commonConfig', passedThrough(settings.commonConfig)],
  ['enterpriseConfig', passedThrough(settings.enterpriseConfig)],
];

/** The name of the load, without `.loads`. Empty: the phone keeps what it runs. */
export const loadOf = (device: ConfiguredDevice, settings: ProvisioningSettings): string =>
  device.load ?? settings.loads.get(device.model.id) ?? '';

const addOnModules = ({ modules }: ConfiguredDevice, settings: ProvisioningSettings): XmlElement[] =>
  modules.length === 0
    ? []
    : [
        [
          'addOnModules',
          modules.map(
            (module, index): XmlElement => [
              'addOnModule',
              { idx: index + 1 },
              [
                ['deviceType', module.name],
                ['deviceLine', module.buttons],
                ['loadInformation', settings.loads.get(module.id) ?? ''],
              ],
            ],
          ),
        ],
      ];

/** The configuration refuses names that XML does not allow; one that comes here anyway is left out. */
const passedThrough = (values: Readonly<Record<string, string>>): XmlElement[] =>
  Object.entries(values)
    .filter(([name]) => isXmlName(name))
    .map(([name, value]) => [name, value]);
