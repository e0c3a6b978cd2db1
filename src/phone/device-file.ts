// What a phone reads of its `.cnf.xml` (`provisioning.md` §4.2, §4.4): nodes in their order, ports, lines, load, names of
// further files. Strict as a phone's parser: a file that is no XML is refused, an element nobody knows is skipped.

import { SaxesParser, type SaxesTagPlain } from 'saxes';
import type { Protocol } from '../devices/index.js';

export interface CallManagerNode {
  readonly name: string;
  readonly address: string;
  readonly sccpPort: number;
  readonly sipPort: number;
}

export interface FileLine {
  readonly button: number;
  readonly dn: string;
  readonly label: string;
  /** The user part of the line's Contact. */
  readonly contact: string;
  readonly authName: string;
  readonly authPassword: string;
}

/** Seconds. */
export interface SipTimers {
  readonly registerExpires: number;
  readonly registerDelta: number;
  readonly keepAliveExpires: number;
}

export interface DeviceFile {
  readonly protocol: Protocol | undefined;
  /** Primary first. */
  readonly nodes: readonly CallManagerNode[];
  /** Empty: keep the one that runs. */
  readonly load: string;
  readonly stamp: string;
  readonly userLocale: string;
  readonly networkLocale: string;
  /** 1 TCP, 2 UDP, 3 TLS, 4 TCP and UDP. */
  readonly transport: number;
  /** Seconds that a better node must stay up before the phone returns to it. */
  readonly monitorSeconds: number;
  readonly sip: SipTimers;
  /** Of a SIP phone, by button. */
  readonly lines: readonly FileLine[];
  readonly dialTemplate: string;
  readonly softKeyFile: string;
  readonly featurePolicyFile: string;
}

export type ReadDeviceFile = { readonly file: DeviceFile } | { readonly fault: string };

interface Draft {
  fields: Record<string, string>;
  nodes: (Record<string, string> & { priority?: string })[];
  lines: Record<string, string>[];
}

const MEMBER = 'device/devicePool/callManagerGroup/members/member';
const LINE = 'device/sipProfile/sipLines/line';
/** `featureID` of a line; others are speed dials and services. */
const LINE_FEATURE = '9';

/** Elements whose text is kept, by the path from the root; what stands below a member or a line is relative to it. */
const KEPT: ReadonlySet<string> = new Set([
  'device/deviceProtocol',
  'device/loadInformation',
  'device/versionStamp',
  'device/userLocale/name',
  'device/networkLocale',
  'device/transportLayerProtocol',
  'device/devicePool/connectionMonitorDuration',
  'device/devicePool/srstInfo/connectionMonitorDuration',
  'device/featurePolicyFile',
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
]);
const KEPT_OF_LINE: ReadonlySet<string> = new Set([
  'featureID',
  'featureLabel',
  'name',
  'contact',
  'authName',
  'authPassword',
]);

export const readDeviceFile = (bytes: Buffer): ReadDeviceFile => {
  const draft: Draft = { fields: {}, nodes: [], lines: [] };
  const path: string[] = [];
  let text = '';
  let fault: string | undefined;
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    fault ??= error.message;
  });
  parser.on('opentag', (tag: SaxesTagPlain) => {
    // XMLDefault.cnf.xml has the same inside under another root.
    path.push(path.length === 0 && tag.name === 'Default' ? 'device' : tag.name);
    text = '';
    const at = path.join('/');
    if (at === MEMBER) draft.nodes.push({ priority: tag.attributes.priority ?? '' });
    else if (at === 'device/callManagerGroup/members/member')
      draft.nodes.push({ priority: tag.attributes.priority ?? '' });
    else if (at === LINE) draft.lines.push({ button: tag.attributes.button ?? '' });
  });
  parser.on('text', (part) => {
    text += part;
  });
  parser.on('closetag', () => {
    keep(draft, path.join('/').replace('device/callManagerGroup', 'device/devicePool/callManagerGroup'), text.trim());
    text = '';
    path.pop();
  });
  try {
    parser.write(bytes.toString('utf8')).close();
  } catch (error) {
    fault ??= error instanceof Error ? error.message : String(error);
  }
  return fault === undefined ? { file: fileOf(draft) } : { fault };
};

const keep = (draft: Draft, at: string, text: string): void => {
  if (KEPT.has(at)) draft.fields[at] = text;
  else if (at.startsWith(`${MEMBER}/`)) keepBelow(draft.nodes, KEPT_OF_MEMBER, at.slice(MEMBER.length + 1), text);
  else if (at.startsWith(`${LINE}/`)) keepBelow(draft.lines, KEPT_OF_LINE, at.slice(LINE.length + 1), text);
};

const keepBelow = (drafts: Record<string, string>[], kept: ReadonlySet<string>, at: string, text: string): void => {
  const last = drafts.at(-1);
  if (last !== undefined && kept.has(at)) last[at] = text;
};

const fileOf = ({ fields, nodes, lines }: Draft): DeviceFile => {
  const field = (at: string): string => fields[`device/${at}`] ?? '';
  const protocol = field('deviceProtocol').toUpperCase();
  return {
    protocol: protocol === 'SIP' || protocol === 'SCCP' ? protocol : undefined,
    nodes: nodes
      .map((node, index) => ({ node, order: numberOr(node.priority, index) }))
      .sort((one, other) => one.order - other.order)
      .flatMap(({ node }) => {
        const address = node['callManager/processNodeName'] ?? '';
        if (address === '') return [];
        return {
          name: node['callManager/name'] || address,
          address,
          sccpPort: numberOr(node['callManager/ports/ethernetPhonePort'], 2000),
          sipPort: numberOr(node['callManager/ports/sipPort'], 5060),
        };
      }),
    load: field('loadInformation'),
    stamp: field('versionStamp'),
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
      .filter(({ featureID }) => featureID === LINE_FEATURE)
      .map((line, index) => ({
        button: numberOr(line.button, index + 1),
        dn: line.name ?? '',
        label: line.featureLabel || line.name || '',
        contact: line.contact || line.name || '',
        authName: line.authName ?? '',
        authPassword: line.authPassword ?? '',
      })),
    dialTemplate: field('sipProfile/dialTemplate'),
    softKeyFile: field('sipProfile/softKeyFile'),
    featurePolicyFile: field('featurePolicyFile'),
  };
};

const numberOr = (text: string | undefined, otherwise: number): number =>
  text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : otherwise;
