// What a phone reads of its `.cnf.xml` (`provisioning.md` §4.2, §4.4): call managers in their order, ports, lines,
// load, names of further files. It is as strict as a phone: a file that is not well-formed is refused, an unknown
// element is skipped.

import { parseXml, type XmlListener } from '../../core/xml/parser.js';
import type { Protocol } from '../../devices/index.js';
import type { Endpoint } from '../../net/ports.js';
import { readPlainXml } from './fast-xml.js';

/** A node of the call manager group. */
export interface CallManagerAddress {
  readonly name: string;
  readonly address: string;
  readonly sccpPort: number;
  readonly sipPort: number;
  /** Absent: 5061. */
  readonly sipTlsPort?: number;
}

/** A line of a SIP phone. */
export interface FileLine {
  readonly button: number;
  readonly dn: string;
  readonly label: string;
  /** The user part of the line's Contact. */
  readonly contact: string;
  readonly authName: string;
  readonly authPassword: string;
}

/** How long a SIP phone registers and keeps alive, in seconds. */
export interface SipTimers {
  readonly registerExpires: number;
  readonly registerDelta: number;
  readonly keepAliveExpires: number;
}

/** The parts of a configuration that a simulated phone uses. */
export interface DeviceFile {
  readonly protocol: Protocol | undefined;
  /** Primary first. */
  readonly nodes: readonly CallManagerAddress[];
  /** The firmware to run; empty: the present one. */
  readonly load: string;
  readonly versionStamp: string;
  readonly userLocale: string;
  readonly networkLocale: string;
  /** 1 TCP, 2 UDP, 3 TLS, 4 TCP and UDP. */
  readonly transport: number;
  /** How long a better node must be up before the phone returns to it, in seconds. */
  readonly monitorSeconds: number;
  readonly sip: SipTimers;
  /** The lines of a SIP phone, by button. */
  readonly lines: readonly FileLine[];
  /** The numbers on its BLF buttons. */
  readonly watched: readonly string[];
  readonly dialTemplate: string;
  readonly softKeyFile: string;
  readonly featurePolicyFile: string;
  readonly urls: FileUrls;
  readonly security: FileSecurity;
}

/** What the file says of security (`secure.md` §6). */
export interface FileSecurity {
  /** 1 none, 2 authenticated, 3 encrypted. */
  readonly mode: number;
  /** How it proves itself to CAPF; 0: it does not go there. */
  readonly capfAuthMode: number;
  /** The address of CAPF; empty: none. */
  readonly capfAddress: string;
  readonly capfPort: number;
  /** MD5 of the certificate that the server knows of it, in lower-case hexadecimal digits; empty: none. */
  readonly certHash: string;
  /** Where it may ask TVS, in its order. */
  readonly tvs: readonly Endpoint[];
}

/** What the buttons of a phone open, and what it asks whether it may be controlled; empty: nothing. */
export interface FileUrls {
  readonly authentication: string;
  readonly directory: string;
  readonly idle: string;
  readonly information: string;
  readonly messages: string;
  readonly services: string;
}

/** A configuration, or a text for people that says why it cannot be read. */
export type ReadDeviceFile = { readonly file: DeviceFile } | { readonly fault: string };

const MEMBER = 'device/devicePool/callManagerGroup/members/member';
const LINE = 'device/sipProfile/sipLines/line';
const TVS = 'device/TVS/members/member';
const BELOW_MEMBER = `${MEMBER}/`;
const BELOW_TVS = `${TVS}/`;
const BELOW_LINE = `${LINE}/`;
/** `featureID` of a line; others are speed dials and services. */
const LINE_FEATURE = '9';
const BUSY_LAMP_FEATURE = '21';

/**
 * Elements whose text is kept, by their path from the root; those below a member or a line by their path from there.
 */
const KEPT: ReadonlySet<string> = new Set([
  'device/deviceProtocol',
  'device/loadInformation',
  'device/versionStamp',
  'device/userLocale/name',
  'device/networkLocale',
  'device/transportLayerProtocol',
  'device/deviceSecurityMode',
  'device/capfAuthMode',
  'device/certHash',
  'device/capfList/capf/phonePort',
  'device/capfList/capf/processNodeName',
  'device/devicePool/connectionMonitorDuration',
  'device/devicePool/srstInfo/connectionMonitorDuration',
  'device/featurePolicyFile',
  ...['authentication', 'directory', 'idle', 'information', 'messages', 'services'].map((name) => `device/${name}URL`),
  'device/sipProfile/sipStack/timerRegisterExpires',
  'device/sipProfile/sipStack/timerRegisterDelta',
  'device/sipProfile/sipStack/timerKeepAliveExpires',
  'device/sipProfile/dialTemplate',
  'device/sipProfile/softKeyFile',
]);
const KEPT_OF_MEMBER: ReadonlySet<string> = new Set([
  'callManager/name',
  'callManager/processNodeName',
  'callManager/ports/ethernetPhonePort',
  'callManager/ports/sipPort',
  'callManager/ports/securedSipPort',
]);
const KEPT_OF_TVS: ReadonlySet<string> = new Set(['address', 'port']);
const KEPT_OF_LINE: ReadonlySet<string> = new Set([
  'featureID',
  'featureLabel',
  'name',
  'contact',
  'authName',
  'authPassword',
  'speedDialNumber',
]);

/** The names of all these elements; the reader skips others. */
const WANTED: ReadonlySet<string> = new Set(
  [MEMBER, LINE, ...KEPT, ...KEPT_OF_MEMBER, ...KEPT_OF_TVS, ...KEPT_OF_LINE].map((path) =>
    path.slice(path.lastIndexOf('/') + 1),
  ),
);

/** The path in a device file: XMLDefault.cnf.xml has another root, and its group is not in a pool. */
const asOfDevice = (path: string): string =>
  path.startsWith('Default')
    ? path.replace(/^Default/, 'device').replace(/^device\/callManagerGroup/, 'device/devicePool/callManagerGroup')
    : path;

/** Collects what is kept of a file while it is read. */
class DeviceFileDraft implements XmlListener {
  readonly fields = new Map<string, string>();
  readonly nodes: Map<string, string>[] = [];
  readonly tvs: Map<string, string>[] = [];
  readonly lines: Map<string, string>[] = [];

  onOpenTag(path: string, attributes: ReadonlyMap<string, string>): void {
    const at = asOfDevice(path);
    if (at === MEMBER) this.nodes.push(new Map(attributes));
    else if (at === TVS) this.tvs.push(new Map(attributes));
    else if (at === LINE) this.lines.push(new Map(attributes));
  }

  onCloseTag(path: string, text: string): void {
    const at = asOfDevice(path);
    if (KEPT.has(at)) this.fields.set(at, text);
    else if (at.startsWith(BELOW_MEMBER)) keepBelow(this.nodes, KEPT_OF_MEMBER, at.slice(BELOW_MEMBER.length), text);
    else if (at.startsWith(BELOW_TVS)) keepBelow(this.tvs, KEPT_OF_TVS, at.slice(BELOW_TVS.length), text);
    else if (at.startsWith(BELOW_LINE)) keepBelow(this.lines, KEPT_OF_LINE, at.slice(BELOW_LINE.length), text);
  }
}

const keepBelow = (
  drafts: readonly Map<string, string>[],
  kept: ReadonlySet<string>,
  at: string,
  text: string,
): void => {
  if (kept.has(at)) drafts.at(-1)?.set(at, text);
};

/** Reads a configuration. Never throws. */
export const readDeviceFile = (bytes: Buffer): ReadDeviceFile => {
  const document = bytes.toString('utf8');
  // The fast reader is enough for the files of a call manager.
  const draft = new DeviceFileDraft();
  return readPlainXml(document, WANTED, draft) ? { file: fileOf(draft) } : readAnyDeviceFile(document);
};

/** As `readDeviceFile`, but without the fast reader. */
export const readAnyDeviceFile = (document: string): ReadDeviceFile => {
  const draft = new DeviceFileDraft();
  const fault = parseXml(document, draft);
  return fault === undefined ? { file: fileOf(draft) } : { fault };
};

const fileOf = ({ fields, nodes, tvs, lines }: DeviceFileDraft): DeviceFile => {
  const field = (at: string): string => fields.get(`device/${at}`) ?? '';
  const protocol = field('deviceProtocol').toUpperCase();
  return {
    protocol: protocol === 'SIP' || protocol === 'SCCP' ? protocol : undefined,
    nodes: inOrder(nodes).flatMap((node) => {
      const address = node.get('callManager/processNodeName') ?? '';
      if (address === '') return [];
      return {
        name: node.get('callManager/name') || address,
        address,
        sccpPort: numberOr(node.get('callManager/ports/ethernetPhonePort'), 2000),
        sipPort: numberOr(node.get('callManager/ports/sipPort'), 5060),
        sipTlsPort: numberOr(node.get('callManager/ports/securedSipPort'), 5061),
      };
    }),
    load: field('loadInformation'),
    versionStamp: field('versionStamp'),
    userLocale: field('userLocale/name'),
    networkLocale: field('networkLocale'),
    transport: numberOr(field('transportLayerProtocol'), 4),
    monitorSeconds: numberOr(
      field('devicePool/connectionMonitorDuration') || field('devicePool/srstInfo/connectionMonitorDuration'),
      120,
    ),
    sip: {
      registerExpires: numberOr(field('sipProfile/sipStack/timerRegisterExpires'), 3600),
      registerDelta: numberOr(field('sipProfile/sipStack/timerRegisterDelta'), 5),
      keepAliveExpires: numberOr(field('sipProfile/sipStack/timerKeepAliveExpires'), 120),
    },
    lines: lines
      .filter((line) => line.get('featureID') === LINE_FEATURE)
      .map((line, index) => ({
        button: numberOr(line.get('button'), index + 1),
        dn: line.get('name') ?? '',
        label: line.get('featureLabel') || line.get('name') || '',
        contact: line.get('contact') || line.get('name') || '',
        authName: line.get('authName') ?? '',
        authPassword: line.get('authPassword') ?? '',
      })),
    watched: lines
      .filter((line) => line.get('featureID') === BUSY_LAMP_FEATURE)
      .flatMap((line) => line.get('speedDialNumber') || []),
    dialTemplate: field('sipProfile/dialTemplate'),
    softKeyFile: field('sipProfile/softKeyFile'),
    featurePolicyFile: field('featurePolicyFile'),
    urls: {
      authentication: field('authenticationURL'),
      directory: field('directoryURL'),
      idle: field('idleURL'),
      information: field('informationURL'),
      messages: field('messagesURL'),
      services: field('servicesURL'),
    },
    security: {
      mode: numberOr(field('deviceSecurityMode'), 1),
      capfAuthMode: numberOr(field('capfAuthMode'), 0),
      capfAddress: field('capfList/capf/processNodeName'),
      capfPort: numberOr(field('capfList/capf/phonePort'), 3804),
      certHash: field('certHash').toLowerCase(),
      tvs: inOrder(tvs).flatMap((member) => {
        const address = member.get('address') ?? '';
        return address === '' ? [] : [{ address, port: numberOr(member.get('port'), 2445) }];
      }),
    },
  };
};

/** Members by their priority, the lowest number first. */
const inOrder = (members: readonly Map<string, string>[]): readonly Map<string, string>[] =>
  members
    .map((member, index) => ({ member, order: numberOr(member.get('priority'), index) }))
    .sort((one, other) => one.order - other.order)
    .map(({ member }) => member);

const numberOr = (text: string | undefined, otherwise: number): number =>
  text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : otherwise;
