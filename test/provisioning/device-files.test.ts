import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lineUuid } from '../../src/core/uuid.js';
import type { ConfiguredDevice, Line } from '../../src/devices/device.js';
import { findModel, type Model } from '../../src/devices/models.js';
import { DeviceFiles } from '../../src/provisioning/device-files.js';
import type { ProvisioningSettings } from '../../src/provisioning/settings.js';
import { aDevice, aLine } from '../support/devices.js';
import { capturedText, describeCaptured } from '../support/fixtures.js';
import { at, type Element, outline, parse, settings } from './harness.js';

const SIP = { protocol: 'SIP' } as const;
const NAME = 'SEP005056A1033D';

const make = (device: ConfiguredDevice, changes: Partial<ProvisioningSettings> = {}, shared: boolean[] = []) => {
  const made = new DeviceFiles(settings(changes)).generate(device, shared);
  return { ...made, root: parse(made.bytes) };
};

const texts = (root: Element, paths: readonly string[]) => paths.map((path) => [path, at(root, path).text]);
const model = (name: string): Model => findModel(name) ?? expect.unreachable();

/** `provisioning.md` §4.2: what both protocols have directly under `device`, in CUCM's order. */
const COMMON = [
  'fullConfig portalDefaultServer deviceProtocol sshUserId sshPassword ipAddressMode allowAutoConfig dadEnable',
  'redirectEnable echoMultiEnable ipPreferenceModeControl ipMediaAddressFamilyPreference tzdata mlppDomainId',
  'mlppIndicationStatus preemption executiveOverridePreemptable devicePool TVS sipProfile MissedCallLoggingOption',
  'featurePolicyFile commonProfile loadInformation inactiveLoadInformation vendorConfig commonConfig enterpriseConfig',
  'versionStamp userLocale networkLocale networkLocaleInfo deviceSecurityMode idleTimeout authenticationURL',
  'directoryURL idleURL informationURL messagesURL proxyServerURL servicesURL secureAuthenticationURL',
  'secureDirectoryURL secureUDSUsersAccessURL secureIdleURL secureInformationURL secureMessagesURL secureServicesURL',
  'dscpForSCCPPhoneConfig dscpForSCCPPhoneServices dscpForCm2Dvce transportLayerProtocol dialToneSetting dndCallAlert',
  'dndReminderTimer phonePersonalization rollover singleButtonBarge joinAcrossLines autoCallPickupEnable',
  'blfAudibleAlertSettingOfIdleStation blfAudibleAlertSettingOfBusyStation capfAuthMode capfList certHash encrConfig',
  'advertiseG722Codec mobility TLSResumptionTimer userId ownerId phoneServices',
].flatMap((row) => row.split(' '));

/** `provisioning.md` §4.4, in CUCM's order. */
const PROFILE = [
  'sipProxies sipCallFeatures sipStack autoAnswerTimer autoAnswerAltBehavior autoAnswerOverride transferOnhookEnabled',
  'enableVad preferredCodec dtmfAvtPayload dtmfDbLevel dtmfOutofBand kpml phoneLabel stutterMsgWaiting callStats',
  'offhookToFirstDigitTimer T302Timer silentPeriodBetweenCallWaitingBursts disableLocalSpeedDialConfig poundEndOfDial',
  'startMediaPort stopMediaPort startVideoPort stopVideoPort organizationTopLevelDomain sipLines externalNumberMask',
  'voipControlPort dscpForAudio dscpVideo dscpAudioForVideo dscpForTelepresence dscpAudioForTelepresence',
  'dscpForPriorityAudio dscpForImmediateAudio dscpForFlashAudio dscpForFlashOverrideAudio',
  'dscpForExecutiveOverrideAudio dscpForPriorityVideo dscpForImmediateVideo dscpForFlashVideo dscpForFlashOverrideVideo',
  'dscpForExecutiveOverrideVideo ringSettingBusyStationPolicy dialTemplate softKeyFile alwaysUsePrimeLine',
  'alwaysUsePrimeLineVoiceMail',
].flatMap((row) => row.split(' '));

const names = (element: Element): string[] => element.children.map(({ name }) => name);

describe('the file of an SCCP phone', () => {
  const { root, bytes } = make(aDevice('ipctest2'));

  it('begins as CUCM’s do', () => {
    expect(String(bytes)).toMatch(
      /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<device ctiid="\d+" uuid="\{[0-9a-f-]{36}\}">\n<fullConfig>true</,
    );
  });

  it('has every element of the common part in CUCM’s order, and none of SIP’s', () => {
    expect(names(root)).toEqual(COMMON.filter((name) => name !== 'sipProfile'));
    expect(outline(root).filter((path) => /sip(Lines|Profile)|(^|\/)lines?$/.test(path))).toEqual([]);
  });

  it('has what a phone decides by: values as a non-secure cluster gives them', () => {
    expect(
      texts(root, ['deviceProtocol', 'transportLayerProtocol', 'deviceSecurityMode', 'encrConfig', 'ipAddressMode']),
    ).toEqual([
      ['deviceProtocol', 'SCCP'],
      ['transportLayerProtocol', '4'],
      ['deviceSecurityMode', '1'],
      ['encrConfig', 'false'],
      ['ipAddressMode', '0'],
    ]);
  });

  it('names the call managers of its group in their order', () => {
    const members = at(root, 'devicePool/callManagerGroup/members').children;
    expect(
      members.map((member) => [
        member.attributes.priority,
        at(member, 'callManager/name').text,
        at(member, 'callManager/processNodeName').text,
        at(member, 'callManager/ports/ethernetPhonePort').text,
        at(member, 'callManager/ports/sipPort').text,
        at(member, 'callManager/ports/securedSipPort').text,
      ]),
    ).toEqual([
      ['0', 'CM1', '10.10.210.10', '2000', '5060', '5061'],
      ['1', 'CM2', '10.10.210.11', '2000', '5060', '5061'],
    ]);
    expect(at(root, 'devicePool/callManagerGroup/tftpDefault').text).toBe('true');
    const branch = make(aDevice('ipctest2', { group: 'Branch' })).root;
    expect(at(branch, 'devicePool/callManagerGroup/members/member/callManager/name').text).toBe('CM2');
    expect(at(branch, 'devicePool/callManagerGroup/tftpDefault').text).toBe('false');
  });

  it('has every element of the device pool and what stands in it', () => {
    expect(names(at(root, 'devicePool'))).toEqual([
      'revertPriority',
      'name',
      'dateTimeSetting',
      'callManagerGroup',
      'srstInfo',
      'connectionMonitorDuration',
    ]);
    expect(at(root, 'devicePool/dateTimeSetting').children.map(({ name, text }) => [name, text.trim()])).toEqual([
      ['name', 'CMLocal'],
      ['dateTemplate', 'D.M.Y'],
      ['timeZone', 'W. Europe Standard/Daylight Time'],
      ['olsonTimeZone', 'Europe/Berlin'],
      ['ntps', ''],
    ]);
    expect(texts(root, ['TVS/members/member/port', 'devicePool/dateTimeSetting/ntps/ntp/ntpMode'])).toEqual([
      ['TVS/members/member/port', '2445'],
      ['devicePool/dateTimeSetting/ntps/ntp/ntpMode', 'Unicast'],
    ]);
  });

  it('says where to go when no call manager answers', () => {
    const srst = { enabled: true, addresses: ['10.1.1.1', '10.1.1.2'], sccpPort: 2000, sipPort: 5062 };
    const info = at(make(aDevice('ipctest2'), { srst }).root, 'devicePool/srstInfo');
    expect(texts(info, ['srstOption', 'ipAddr1', 'sipIpAddr2', 'sipPort2', 'ipAddr3'])).toEqual([
      ['srstOption', 'Enable'],
      ['ipAddr1', '10.1.1.1'],
      ['sipIpAddr2', '10.1.1.2'],
      ['sipPort2', '5062'],
      ['ipAddr3', ''],
    ]);
    expect(at(root, 'devicePool/srstInfo/srstOption').text).toBe('Disable');
  });

  it('names the device’s own load, else its model’s, else none', () => {
    const load = (device: ConfiguredDevice) => at(make(device).root, 'loadInformation').text;
    expect(load(aDevice(NAME, { model: '7962' }))).toBe('SCCP42.9-4-2SR3-1S');
    expect(load(aDevice(NAME, { model: '7962', load: 'SCCP42.8-5-3S' }))).toBe('SCCP42.8-5-3S');
    expect(load(aDevice(NAME, { model: '7962', load: '' }))).toBe('');
    expect(load(aDevice(NAME))).toBe('');
  });

  it('passes settings of the model through in their order, the device’s over the cluster’s', () => {
    const vendorConfig = { settingsAccess: '1', webAccess: '2' };
    const { root: own } = make(aDevice(NAME, { vendorConfig }));
    expect(at(own, 'vendorConfig').children.map(({ name, text }) => [name, text])).toEqual([
      ['pcPort', '0'],
      ['webAccess', '2'],
      ['settingsAccess', '1'],
    ]);
    expect(at(own, 'commonConfig/sshAccess').text).toBe('1');
    expect(at(own, 'enterpriseConfig/webProtocol').text).toBe('0');
  });

  it('leaves out a setting whose name no document can hold, and nothing else', () => {
    const { root: own } = make(aDevice(NAME, { vendorConfig: { 'a b': '1', '': '2', good: '3' } }));
    expect(names(at(own, 'vendorConfig'))).toEqual(['pcPort', 'webAccess', 'good']);
  });

  it('lists the expansion modules where there are any', () => {
    const { root: own } = make(aDevice(NAME, { model: '7962', modules: [model('7916'), model('7914')] }));
    expect(at(own, 'addOnModules').children.map((module) => [module.attributes.idx, names(module)])).toEqual([
      ['1', ['deviceType', 'deviceLine', 'loadInformation']],
      ['2', ['deviceType', 'deviceLine', 'loadInformation']],
    ]);
    expect(names(own).indexOf('addOnModules')).toBe(names(own).indexOf('vendorConfig') - 1);
    expect(names(root)).not.toContain('addOnModules');
  });

  it('keeps a proxy URL from phones that break by one', () => {
    const proxy = (name: string) => at(make(aDevice(NAME, { model: name })).root, 'proxyServerURL').text;
    expect(proxy('7962')).toBe('proxy:8080');
    expect(proxy('7912')).toBe('');
  });

  it('has the built-in services and the owner’s, each once', () => {
    const phoneServices = [
      { name: 'Weather', url: 'http://x/?a=1&b=2', type: 0 },
      { name: 'Calls', url: 'Application:Cisco/MissedCalls', type: 1 },
    ];
    const services = at(make(aDevice(NAME), { phoneServices }).root, 'phoneServices').children.slice(1);
    expect(services.map((service) => at(service, 'url').text)).toEqual([
      'Application:Cisco/Voicemail',
      'Application:Cisco/ReceivedCalls',
      'Application:Cisco/PlacedCalls',
      'Application:Cisco/PersonalDirectory',
      'Application:Cisco/CorporateDirectory',
      'http://x/?a=1&b=2',
      'Application:Cisco/MissedCalls',
    ]);
  });

  it('falls back to the default group where its own is not there', () => {
    expect(at(make(aDevice(NAME, { group: 'Gone' })).root, 'devicePool/name').text).toBe('Default');
  });

  it('stays small enough for a 7960, which takes about 8 KB', () => {
    expect(make(aDevice(NAME, { model: '7960' })).bytes.length).toBeLessThan(8192);
  });
});

describe('the file of a SIP phone', () => {
  const device = aDevice(NAME, { ...SIP, lines: ['5005'] });
  const { root } = make(device);
  const line = at(root, 'sipProfile/sipLines/line');

  it('has every element of the common part and of the profile in CUCM’s order', () => {
    expect(names(root)).toEqual(COMMON);
    expect(names(at(root, 'sipProfile'))).toEqual(PROFILE);
  });

  it('sends every request to the call manager and none to an address', () => {
    const proxies = at(root, 'sipProfile/sipProxies').children;
    expect(proxies.map(({ name, text }) => `${name} ${text}`)).toEqual([
      'backupProxy USECALLMANAGER',
      'backupProxyPort 5060',
      'emergencyProxy USECALLMANAGER',
      'emergencyProxyPort 5060',
      'outboundProxy USECALLMANAGER',
      'outboundProxyPort 5060',
      'registerWithProxy true',
    ]);
    expect(texts(line, ['proxy', 'port'])).toEqual([
      ['proxy', 'USECALLMANAGER'],
      ['port', '5060'],
    ]);
  });

  it('has each line with its number, its texts and a contact that stays', () => {
    expect(line.attributes).toEqual({ button: '1', lineIndex: '1' });
    expect(texts(line, ['featureID', 'featureLabel', 'name', 'displayName', 'contact', 'maxNumCalls'])).toEqual([
      ['featureID', '9'],
      ['featureLabel', '5005'],
      ['name', '5005'],
      ['displayName', '5005'],
      ['contact', lineUuid(NAME, '5005')],
      ['maxNumCalls', '4'],
    ]);
  });

  it('has its texts in Latin letters where the model knows no others', () => {
    const lines = [{ ...aLine('5005', 'Юг €'), displayName: 'Žižkov' }];
    const label = (name: string) => {
      const made = make({ ...aDevice(NAME, SIP), model: model(name), lines, phoneLabel: 'Юг' }).root;
      return [
        at(made, 'sipProfile/phoneLabel').text,
        ...texts(at(made, 'sipProfile/sipLines/line'), ['featureLabel', 'displayName']).map(([, text]) => text),
      ];
    };
    expect(label('7960')).toEqual(['Yug', 'Yug EUR', 'Zizkov']);
    expect(label('7962')).toEqual(['Юг', 'Юг €', 'Žižkov']);
  });

  it('says line by line whether missed calls are listed', () => {
    const option = (lines: readonly Line[]): unknown =>
      texts(make({ ...device, lines }).root, ['MissedCallLoggingOption'])[0]?.[1];
    expect(option([aLine('5005'), { ...aLine('5006'), logMissed: false }, aLine('5007')])).toBe('101');
    expect(option([])).toBe('1');
  });

  it('gives digest credentials where the device has some, whole, and no empty ones where not', () => {
    expect(names(line)).not.toContain('authName');
    const digest = { user: 'lab5005', password: 'a<long>&"password" of more than thirty characters' };
    const secret = at(make({ ...device, digest }).root, 'sipProfile/sipLines/line');
    expect(texts(secret, ['authName', 'authPassword'])).toEqual([
      ['authName', digest.user],
      ['authPassword', digest.password],
    ]);
  });

  it('says no digest credentials where its owner wants them out of the files', () => {
    const digest = { user: 'lab5005', password: 'pA55word' };
    const { root, bytes } = make({ ...device, digest }, { excludeDigestCredentials: true });
    expect(names(at(root, 'sipProfile/sipLines/line'))).not.toContain('authName');
    expect(bytes.toString()).not.toMatch(/lab5005|pA55word/);
  });

  it('puts lines, speed dials, lamps and services on the buttons in this order', () => {
    const rows = at(
      make({
        ...device,
        lines: [aLine('5005'), aLine('5006')],
        speedDials: [
          { number: '5002', label: 'Lab', busyLampField: false },
          { number: '5003', label: 'Desk', busyLampField: true },
        ],
        serviceUrls: [{ name: 'Weather', url: 'http://x/?a=1&b=2' }],
      }).root,
      'sipProfile/sipLines',
    ).children;
    expect(rows.map(({ attributes, children }) => [attributes, children[0]?.text])).toEqual([
      [{ button: '1', lineIndex: '1' }, '9'],
      [{ button: '2', lineIndex: '2' }, '9'],
      [{ button: '3' }, '2'],
      [{ button: '4' }, '21'],
      [{ button: '5' }, '20'],
    ]);
    expect(rows.slice(2).map((row) => row.children.slice(1).map(({ name, text }) => [name, text]))).toEqual([
      [
        ['featureLabel', 'Lab'],
        ['speedDialNumber', '5002'],
        ['speedDialIndex', '1'],
      ],
      [
        ['featureLabel', 'Desk'],
        ['speedDialNumber', '5003'],
        ['featureOptionMask', '1'],
      ],
      [
        ['featureLabel', 'Weather'],
        ['serviceURI', 'http://x/?a=1&b=2'],
      ],
    ]);
  });

  it('says which lines are shared', () => {
    const rows = at(
      make({ ...device, lines: [aLine('1'), aLine('2')] }, {}, [false, true]).root,
      'sipProfile/sipLines',
    );
    expect(rows.children.map((row) => at(row, 'sharedLine').text)).toEqual(['false', 'true']);
  });

  it('names the standard soft keys unless the owner names others', () => {
    const files = (rest: Partial<ConfiguredDevice>) =>
      texts(make({ ...device, ...rest }).root, [
        'sipProfile/dialTemplate',
        'sipProfile/softKeyFile',
        'featurePolicyFile',
      ]).map(([, text]) => text);
    expect(files({})).toEqual(['', expect.stringMatching(/^SK[0-9a-f-]{36}\.xml$/), '']);
    const own = { dialTemplate: 'plan.xml', softKeyFile: 'keys.xml', featurePolicyFile: 'policy.xml' };
    expect(files(own)).toEqual(['plan.xml', 'keys.xml', 'policy.xml']);
  });

  it('is cut to the lengths that phones take, between characters', () => {
    const long = make({
      ...device,
      phoneLabel: '📞'.repeat(20),
      lines: [aLine('5005', `${'x'.repeat(29)}📞 and more`)],
    }).root;
    expect(at(long, 'sipProfile/phoneLabel').text).toBe('📞'.repeat(12));
    expect(at(long, 'sipProfile/sipLines/line/featureLabel').text).toBe(`${'x'.repeat(29)}📞`);
  });

  it('follows the port on which its call manager speaks SIP', () => {
    const groups = new Map([
      [
        'Default',
        {
          name: 'Default',
          members: [
            {
              name: 'CM1',
              address: '127.0.0.1',
              description: '',
              sccpPort: 12_000,
              sipPort: 15_060,
              sipTlsPort: 15_061,
            },
          ],
        },
      ],
    ]);
    const { root: moved } = make(device, { groups });
    expect(at(moved, 'sipProfile/sipProxies/outboundProxyPort').text).toBe('15060');
    expect(at(moved, 'sipProfile/sipLines/line/port').text).toBe('15060');
    expect(at(moved, 'sipProfile/voipControlPort').text).toBe('5060');
  });
});

describe('labels as people type them', () => {
  const LABELS = ['Müller & Söhne', '&amp;', '<b>"quoted"</b>', "it's ]]>", '📞 Empfang', '&#65;', ' a  b '];

  it.each(LABELS)('%j comes back from both kinds of file as it was typed', (label) => {
    const wishes = {
      lines: [{ ...aLine('5005', label), displayName: label }],
      phoneLabel: label,
      ownerUserId: label,
      speedDials: [{ number: '5002', label, busyLampField: true }],
      serviceUrls: [{ name: label, url: label }],
      vendorConfig: { adminPassword: label },
      digest: { user: label, password: label },
    };
    const { root } = make({ ...aDevice(NAME, SIP), ...wishes });
    const rows = at(root, 'sipProfile/sipLines').children;
    const found = [
      ...['featureLabel', 'displayName', 'authName', 'authPassword'].map((name) => at(rows[0] as Element, name).text),
      at(rows[1] as Element, 'featureLabel').text,
      at(rows[2] as Element, 'serviceURI').text,
      at(root, 'ownerId').text,
      at(root, 'vendorConfig/adminPassword').text,
    ];
    expect(found).toEqual(found.map(() => label));
    expect(at(root, 'sipProfile/phoneLabel').text).toBe(Array.from(label).slice(0, 12).join(''));
    expect(at(make({ ...aDevice(NAME), ...wishes }).root, 'userId').text).toBe(label);
  });
});

describe('an intercom key of a SIP phone', () => {
  const device = aDevice(NAME, {
    ...SIP,
    speedDials: [{ number: '5010', label: 'Gate', busyLampField: true, intercom: true }],
  });
  const dials = (changes: Partial<ProvisioningSettings>): string => make(device, changes).bytes.toString('latin1');

  it('is a speed dial of what stands before intercom calls and the number', () => {
    expect(dials({ intercom: '*75' })).toContain('<speedDialNumber>*755010</speedDialNumber>');
  });

  it('is an ordinary key where there are no intercom calls', () => {
    expect(dials({})).toContain('<speedDialNumber>5010</speedDialNumber>');
  });
});

describe('the version stamp', () => {
  const device = aDevice(NAME, { ...SIP, lines: ['5005', '5006'] });
  const stamp = (of: ConfiguredDevice, changes: Partial<ProvisioningSettings> = {}, shared: boolean[] = []) =>
    make(of, changes, shared).stamp;

  it('has CUCM’s form and is the same after a restart', () => {
    expect(stamp(device)).toMatch(/^\d{10}-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(stamp(device)).toBe(stamp(structuredClone(device)));
    expect(at(make(device).root, 'versionStamp').text).toBe(stamp(device));
  });

  it('does not change with what is not in the file', () => {
    expect(stamp({ ...device, description: 'other', maxProtocolVersion: 11 } as ConfiguredDevice)).toBe(stamp(device));
    expect(stamp(device, { cacheOctets: 1 })).toBe(stamp(device));
    const sccp = aDevice('ipctest2');
    expect(stamp({ ...sccp, lines: [aLine('7777')] })).toBe(stamp(sccp));
  });

  it('changes with each thing that is', () => {
    const variants: ConfiguredDevice[] = [
      { ...device, protocol: 'SCCP' },
      { ...device, group: 'Branch' },
      { ...device, load: 'x' },
      { ...device, phoneLabel: 'x' },
      { ...device, ownerUserId: 'x' },
      { ...device, vendorConfig: { x: '1' } },
      { ...device, softKeyFile: 'x.xml' },
      { ...device, dialTemplate: 'x.xml' },
      { ...device, featurePolicyFile: 'x.xml' },
      { ...device, digest: { user: 'x', password: 'y' } },
      { ...device, modules: [model('7916')] },
      { ...device, serviceUrls: [{ name: 'x', url: 'y' }] },
      { ...device, speedDials: [{ number: '1', label: 'x', busyLampField: false }] },
      { ...device, speedDials: [{ number: '1', label: 'x', busyLampField: true }] },
      { ...device, lines: [...device.lines].reverse() },
      { ...device, lines: device.lines.slice(1) },
      ...(['label', 'displayName', 'externalMask', 'voicemail'] as const).map((key) => ({
        ...device,
        lines: [{ ...aLine('5005'), [key]: 'x' }, aLine('5006')],
      })),
      { ...device, lines: [{ ...aLine('5005'), maxCalls: 5 }, aLine('5006')] },
      { ...device, lines: [{ ...aLine('5005'), busyTrigger: 3 }, aLine('5006')] },
      { ...device, lines: [{ ...aLine('5005'), logMissed: false }, aLine('5006')] },
      { ...device, name: 'SEP005056A1033E' as typeof device.name },
    ];
    const changes: Partial<ProvisioningSettings>[] = [
      { defaultGroup: 'Branch' },
      { connectionMonitorSeconds: 1 },
      { locale: { ...settings().locale, version: '12' } },
      { urls: { ...settings().urls, idle: 'x' } },
      { loads: new Map([[30_016, 'CIPC-8-6-6-0']]) },
      { commonConfig: {} },
      { rtpPorts: { first: 20_000, last: 30_000 } },
      { organizationDomain: 'x' },
      { phonePassword: 'x' },
      { sshUser: 'x' },
      { srst: { ...settings().srst, enabled: true } },
      { phoneServices: [{ name: 'x', url: 'x', type: 0 }] },
      { dateTime: { ...settings().dateTime, ntp: [] } },
    ];
    const stamps = [
      stamp(device),
      stamp(device, {}, [true, false]),
      ...variants.map((variant) => stamp(variant)),
      ...changes.map((change) => stamp(device, change)),
    ];
    expect(new Set(stamps).size).toBe(stamps.length);
  });

  it('changes when, and only when, any octet of the rest does', () => {
    const label = fc.constantFrom('a', 'b', '&', '&amp;');
    const some = fc.record({ label, phoneLabel: label, mask: label });
    const of = ({ label: text, phoneLabel, mask }: { label: string; phoneLabel: string; mask: string }) =>
      make({ ...device, phoneLabel, lines: [{ ...aLine('1', text), externalMask: mask }] });
    const rest = ({ bytes, stamp: own }: { bytes: Buffer; stamp: string }) => String(bytes).replace(own, '');
    fc.assert(
      fc.property(some, some, (one, other) => {
        const [first, second] = [of(one), of(other)];
        expect(first.stamp === second.stamp).toBe(rest(first) === rest(second));
      }),
      { numRuns: 60 },
    );
  });
});

describeCaptured('beside files that real call managers made', () => {
  // What a real export has of its own: versions, models and features that ours does not speak of.
  const NOT_OURS = /^(vendorConfig|commonConfig|enterpriseConfig)\/|(analog|digital)AccessPort$/;

  /** Both lists without what only one has: equal where the order is the same. */
  const orderOf = (paths: readonly string[], others: readonly string[]) => {
    const there = new Set(others);
    return paths.filter((path) => there.has(path));
  };

  it.each([
    ['sip-7821-cucm-export', aDevice(NAME, { ...SIP, speedDials: [{ number: '1', label: '', busyLampField: false }] })],
  ])('a SIP phone’s %s has no element that ours lacks, and the same order', (file, device) => {
    const theirs = outline(parse(capturedText(`provisioning/cnf/${file}.cnf.xml`)));
    const ours = outline(make(device).root);
    expect(theirs.filter((path) => !NOT_OURS.test(path) && !ours.includes(path))).toEqual([]);
    expect(orderOf(ours, theirs)).toEqual(orderOf(theirs, ours));
  });

  it('a SIP phone’s constants are those of the export', () => {
    const theirs = parse(capturedText('provisioning/cnf/sip-7821-cucm-export.cnf.xml'));
    const ours = make(aDevice(NAME, SIP)).root;
    for (const part of ['sipProfile/sipProxies', 'sipProfile/sipCallFeatures', 'sipProfile/sipStack', 'mobility'])
      expect(at(ours, part)).toEqual(at(theirs, part));
    for (const { name, text, attributes, children } of at(theirs, 'sipProfile').children) {
      if (children.length > 0 || /softKeyFile|externalNumberMask|organization/.test(name)) continue;
      expect(at(ours, `sipProfile/${name}`)).toMatchObject({ text, attributes });
    }
  });

  it('an SCCP phone’s old export has no element that ours lacks but what belongs to its time', () => {
    const theirs = outline(parse(capturedText('provisioning/cnf/sccp-7912-cucm41-export.cnf.xml')));
    const ours = outline(make(aDevice(NAME, { model: '7912' })).root);
    const gone = theirs.filter((path) => !NOT_OURS.test(path) && !ours.includes(path));
    // MLPP stood in the pool until 7.x, and the lines are the publisher's addition: SCCP files have none.
    expect(gone.filter((path) => !/^devicePool\/(mlpp|preemption)|^lines/.test(path))).toEqual([]);
    expect(names(make(aDevice(NAME, { model: '7912' })).root)).not.toContain('lines');
  });

  it('an SCCP phone’s template has no element that ours lacks but comments on others', () => {
    const theirs = outline(parse(capturedText('provisioning/cnf/sccp-796x.cnf.xml')));
    const ours = outline(make(aDevice(NAME, { model: '7962' })).root);
    expect(theirs.filter((path) => !NOT_OURS.test(path) && !ours.includes(path))).toEqual([]);
  });
});
