// Boots of phones that are well, step by step: one phone of each family whose times are known, over each protocol that
// it speaks, with every file missing that may be missing (`docs/protocols/explain.md` §§1.6, 2.9).

import type { DirectoryNumber } from '../../../src/core/identifiers.js';
import { minutes, seconds } from '../../../src/core/time.js';
import type { Protocol, Registration } from '../../../src/devices/device.js';
import { SERVER, wireOf } from './dhcp-wire.js';
import type { Said, VerdictLab } from './verdict-lab.js';

/** A phone of one family. */
export interface HealthyPhone {
  readonly name: string;
  readonly model: string;
  readonly protocol: Protocol;
  readonly lines: readonly string[];
  readonly digest?: { readonly user: string; readonly password: string };
  /** It asks by HTTP before it asks by TFTP. */
  readonly httpFirst?: true;
  /** It fetches no files at all. */
  readonly noFiles?: true;
  /** Files that it asks for and that are not there. */
  readonly missing: readonly string[];
  /** Option 60. Absent: it has its address from elsewhere. */
  readonly vendorClass?: string;
}

/** One step of a boot: what happens after a pause in which nothing does. */
export interface BootStep {
  readonly title: string;
  /** The longest time that it usually takes. */
  readonly after: number;
  readonly does: (lab: VerdictLab, phone: HealthyPhone) => void;
}

const NAME = 'SEP001122334455';
const ADDRESS = '10.2.0.14';
/** Names that the phones of all families ask for without need. */
const RULES = ['AppDialRules.xml', 'LdapDirectories.xml', 'RINGLIST.XML', 'DISTINCTIVERINGLIST.XML'];
const ciscoClass = (model: string): string => `Cisco Systems, Inc. IP Phone CP-${model}\0`;

const javaPhone = (model: string, protocol: Protocol, jar: string, lines: readonly string[]): HealthyPhone => ({
  name: NAME,
  model: `Cisco ${model}`,
  protocol,
  lines,
  missing: [`/${jar}-${protocol.toLowerCase()}.jar`, `United_States/g3-tones.xml`, ...RULES, 'softkeys.xml'],
  vendorClass: ciscoClass(`${model}G`),
});

const withPassword = { digest: { user: 'lab5001', password: 'secret' } } as const;

/** One phone of each family and protocol. */
export const HEALTHY_PHONES: readonly HealthyPhone[] = [
  javaPhone('7962', 'SCCP', 'mk', ['5001', '5002']),
  { ...javaPhone('7962', 'SIP', 'mk', ['5001', '5002']), ...withPassword },
  { ...javaPhone('7960', 'SCCP', 'td', ['5001']), missing: RULES },
  { ...javaPhone('7960', 'SIP', 'td', ['5001']), missing: ['dialplan.xml', ...RULES] },
  javaPhone('6921', 'SCCP', 'rtl', ['5001']),
  { ...javaPhone('6921', 'SIP', 'rtl', ['5001']), ...withPassword },
  { ...javaPhone('8945', 'SCCP', 'gh', ['5001', '5002']), httpFirst: true },
  {
    ...javaPhone('8851', 'SIP', 'sl-be', ['5001', '5002']),
    ...withPassword,
    httpFirst: true,
    missing: ['/sl-be-sip.jar', 'United_States/g4-tones.xml', 'Desktops/800x480x24/List.xml', 'SK0001.xml', ...RULES],
  },
  { ...javaPhone('7821', 'SIP', 'sk', ['5001']), httpFirst: true, missing: ['/sk-sip.jar', 'FP0001.xml', ...RULES] },
  {
    name: NAME,
    model: 'CIPC',
    protocol: 'SCCP',
    lines: ['5001'],
    missing: ['English_United_States/ipc-sccp.jar', 'United_States/g3-tones.xml', ...RULES],
  },
  {
    name: NAME,
    model: 'CIPC',
    protocol: 'SIP',
    lines: ['5001'],
    ...withPassword,
    missing: ['English_United_States/ipc-sip.jar', 'dialplan.xml'],
  },
  { name: NAME, model: 'SIP advanced', protocol: 'SIP', lines: ['5001'], ...withPassword, noFiles: true, missing: [] },
];

const context = { connection: 1, sequence: 1, address: ADDRESS, port: 50001 };

/** A file of its own belongs to the device by its name, others by the port from which they are asked for. */
const refused = (file: string, harmless: boolean): Said => ({
  type: 'tftp.refused',
  context,
  file,
  code: 1,
  reason: 'file not found',
  harmless,
});

const refusedByHttp = (file: string, harmless: boolean): Said => ({
  type: 'http.file',
  context,
  method: 'GET',
  file,
  status: 404,
  octets: 0,
  outcome: 'refused',
  milliseconds: 2,
  harmless,
});

const step = (title: string, after: number, does: BootStep['does']): BootStep => ({ title, after, does });

/** The address, from labcm. */
export const DHCP_STEPS: readonly BootStep[] = [
  step('DISCOVER', seconds(0), (lab, { vendorClass }) => void wireOf(lab).says('DISCOVER', { vendorClass })),
  step('REQUEST', seconds(3), (lab, { vendorClass }) => void wireOf(lab).lease({ vendorClass })),
];

/** Other ways to an address, none of which is trouble. */
export const OTHER_WAYS: Readonly<Record<string, readonly BootStep[]>> = {
  'through the data VLAN, which it leaves as soon as it knows its own': [
    step('DISCOVER and REQUEST', 0, (lab) => void wireOf(lab).lease()),
    step('RELEASE', seconds(8), (lab) => void wireOf(lab).says('RELEASE', { ciaddr: ADDRESS, server: SERVER })),
    step('DISCOVER of the voice VLAN', seconds(10), (lab) => void wireOf(lab).lease({ relay: '10.3.0.1' })),
  ],
  'in another subnet than last time': [
    step('INIT-REBOOT, which is refused', 0, (lab) => void wireOf(lab).says('REQUEST', { requested: '10.9.0.14' })),
    step('DISCOVER and REQUEST', seconds(2), (lab) => void wireOf(lab).lease()),
  ],
  'of another server that sends it here': [
    step('DISCOVER', 0, (lab) => void wireOf(lab).says('DISCOVER')),
    step('its OFFER', 0, (lab) => wireOf(lab).hearsOther('OFFER', { 1: 'ffffff00', 150: '0a020001' })),
    step('REQUEST to it', 0, (lab) => wireOf(lab).takesOther(ADDRESS)),
  ],
  'of labcm, though another server makes a worse offer': [
    step('DISCOVER', 0, (lab) => void wireOf(lab).says('DISCOVER')),
    step('its OFFER', 0, (lab) =>
      wireOf(lab).hearsOther('OFFER', { 150: Buffer.from('10.10.210.10').toString('hex') }),
    ),
    step('REQUEST', seconds(1), (lab) => void wireOf(lab).lease()),
  ],
  'after a DISCOVER that was lost, or its answer': [
    step('DISCOVER', 0, (lab) => void wireOf(lab).says('DISCOVER')),
    step('DISCOVER again', seconds(4), (lab) => void wireOf(lab).says('DISCOVER')),
    step('DISCOVER and REQUEST', seconds(8), (lab) => void wireOf(lab).lease()),
  ],
};

/** The address that it had before. */
export const REBOOT_STEPS: readonly BootStep[] = [
  step(
    'INIT-REBOOT',
    seconds(20),
    (lab, { vendorClass }) => void wireOf(lab).says('REQUEST', { vendorClass, requested: ADDRESS }),
  ),
];

/** Files: those that are missing, and its own. */
export const fileSteps = ({ name, httpFirst, noFiles, missing }: HealthyPhone): readonly BootStep[] => {
  if (noFiles === true) return [];
  const lists = [`CTL${name}.tlv`, `ITL${name}.tlv`, 'ITLFile.tlv'];
  return [
    ...lists.map((file, index) =>
      step(file, seconds(index === 0 ? 15 : 1), (lab) => {
        if (httpFirst === true) lab.say(refusedByHttp(file, true));
        lab.say(refused(file, true));
      }),
    ),
    ...(httpFirst === true
      ? [step('the signed file', seconds(2), (lab: VerdictLab) => lab.say(refused(`${name}.cnf.xml.sgn`, false)))]
      : []),
    step('its file', seconds(8), (lab) => lab.fetch(`${name}.cnf.xml`)),
    ...missing.map((file) => step(file, seconds(5), (lab) => lab.say(refused(file, false)))),
  ];
};

/** The phone as the database has it, for the next steps. */
const REGISTRATIONS = new WeakMap<VerdictLab, Registration>();
/** The registration of the phone of a lab. */
export const registrationOf = (lab: VerdictLab): Registration => {
  const registration = REGISTRATIONS.get(lab);
  if (registration === undefined) throw new Error('it is not registered');
  return registration;
};

const asks = (lab: VerdictLab, { name, protocol }: HealthyPhone): void => {
  const answer = lab.attempt(name, protocol, { address: ADDRESS });
  if (!answer.accepted) throw new Error(answer.reason);
  REGISTRATIONS.set(lab, answer.registration);
};

/** A REGISTER without credentials. */
const challenged = (dn: string): BootStep =>
  step(`the challenge for ${dn}`, seconds(0.5), (lab, { name }) =>
    lab.say({
      type: 'sip.register-answered',
      device: name,
      dn,
      status: 401,
      warning: '',
      credentials: 'none',
      transport: 'tcp',
      sentTo: `${ADDRESS}:50002`,
      source: `${ADDRESS}:50002`,
      callId: `001122334455-${dn}@${ADDRESS}`,
      cseq: 101,
      repeat: false,
    }),
  );

/** What it reports when it comes: that it was switched on. */
const reports = (alarm: string | number, after = seconds(10)): BootStep =>
  step('its alarm', after, (lab, { name }) => {
    lab.database.recordReport(name, { alarm }, lab.now());
    lab.database.facts.recordOutOfService(name, { code: 25, words: 'initialized', switch: 'access-sw-3' }, lab.now());
  });

/** The registration, over either protocol. */
export const registerSteps = ({ protocol, lines, digest }: HealthyPhone, pause = 25): readonly BootStep[] =>
  protocol === 'SCCP'
    ? [
        reports('25: Name=SEP001122334455 Load=SCCP45.9-4-2SR3-1S Last=initialized', seconds(pause)),
        step('Register', seconds(2), asks),
        step(
          'its capabilities',
          seconds(2),
          (lab) => void lab.database.reportCapabilities(registrationOf(lab), [], lab.now()),
        ),
      ]
    : [
        ...lines.flatMap((dn, index): BootStep[] => [
          ...(digest === undefined ? [] : [challenged(dn)]),
          step(`line ${dn}`, seconds(index === 0 ? (digest === undefined ? pause : 1) : 3), (lab, phone) => {
            if (index === 0) asks(lab, phone);
            lab.database.bindLines(registrationOf(lab), lines.slice(0, index + 1) as DirectoryNumber[], lab.now());
          }),
        ]),
        reports(25, seconds(1)),
      ];

/** So many keepalives, half a minute apart. */
export const keepsAlive = (times: number): readonly BootStep[] => [
  step(`${times} keepalives`, 0, (lab) => {
    for (let count = 0; count < times; count += 1) {
      lab.wait(seconds(30));
      lab.database.keepAlive(registrationOf(lab), lab.now());
    }
  }),
];

/** An hour as it passes for a phone with a lease of an hour: it renews it at the half. */
export const anHour = (isLeased: boolean): readonly BootStep[] => [
  ...keepsAlive(60),
  ...(isLeased ? [step('a renewal', 0, (lab) => void wireOf(lab).says('REQUEST', { ciaddr: ADDRESS }))] : []),
  ...keepsAlive(60),
  step('nothing', minutes(1), () => {}),
];

/** It is told to go to another node, keeps this one as its standby, and comes back. */
export const failOverSteps = (phone: HealthyPhone): readonly BootStep[] => [
  step('it leaves', minutes(2), (lab) => void lab.database.end(registrationOf(lab), 'unregistered', lab.now())),
  step('elsewhere', minutes(3), () => {}),
  step('its token', minutes(10), (lab, { name, protocol }) =>
    lab.say(
      protocol === 'SCCP'
        ? ({
            type: 'sccp.token',
            station: { connection: 7, address: ADDRESS, port: 50003, device: name },
            granted: true,
          } as unknown as Said)
        : ({ type: 'sip.token', device: name, address: ADDRESS, granted: true } as unknown as Said),
    ),
  ),
  ...registerSteps(phone, 1),
];
