// Which files a model asks for, in which order, and over which protocol (`provisioning.md` §3.1): one row for each
// family of models. A phone goes on whatever the answer is, unless it gets no configuration.

import type { Model, Protocol } from '../../devices/index.js';
import type { DeviceFile } from './device-file.js';

/** What a file is for. Without security the server refuses trust lists, which is no fault. */
export type FilePurpose = 'trust' | 'configuration' | 'locale' | 'more';

/** One file of the sequence. */
export interface FileRequest {
  readonly purpose: FilePurpose;
  /** The file's name; `undefined`: the phone does not ask for it. */
  name(context: FileContext): string | undefined;
}

/** What the names of files depend on. */
export interface FileContext {
  /** The device name. */
  readonly device: string;
  readonly model: Model;
  readonly protocol: Protocol;
  /** The configuration; `undefined` before it has come. */
  readonly file: DeviceFile | undefined;
  /** The names of files that the server has sent. */
  readonly served: ReadonlySet<string>;
}

/** The files of a family of models. */
export interface FileFamily {
  readonly requests: readonly FileRequest[];
  /** It asks over HTTP on 6970 before TFTP. */
  readonly httpFirst: boolean;
  /**
   * It asks for its own configuration over HTTPS before (`docs/protocols/secure.md` §10). `listed`: on 6971, if its list says so. `client`:
   * on 6972, always. Absent: never.
   */
  readonly https?: 'listed' | 'client';
  /** It asks for the encrypted form of its configuration first, once it had one. */
  readonly encryptedFirst?: true;
  /** What no capture confirms. */
  readonly unverified: readonly string[];
}

const trust = (name: (context: FileContext) => string | undefined): FileRequest => ({ purpose: 'trust', name });
const more = (name: (context: FileContext) => string | undefined): FileRequest => ({ purpose: 'more', name });

const ctl = trust(({ device }) => `CTL${device}.tlv`);
const itl = trust(({ device }) => `ITL${device}.tlv`);
const itlOfCluster = trust(({ device, served }) => (served.has(`ITL${device}.tlv`) ? undefined : 'ITLFile.tlv'));
const configuration: FileRequest = { purpose: 'configuration', name: ({ device }) => `${device}.cnf.xml` };
/** Without a locale the name begins with a slash, as captured. */
const locale: FileRequest = {
  purpose: 'locale',
  name: ({ model, protocol, file }) =>
    model.localeJar === undefined
      ? undefined
      : `${file?.userLocale ?? ''}/${model.localeJar}-${protocol.toLowerCase()}.jar`,
};
const tones = more(
  ({ model, file }) => `${file?.networkLocale ?? ''}/${model.name.startsWith('Cisco 99') ? 'g4' : 'g3'}-tones.xml`,
);
const named = (key: 'dialTemplate' | 'softKeyFile' | 'featurePolicyFile'): FileRequest =>
  more(({ file }) => file?.[key] || undefined);
const appDialRules = more(() => 'AppDialRules.xml');

const CIPC: FileFamily = { requests: [ctl, configuration, locale], httpFirst: false, unverified: [] };
const JAVA: FileFamily = {
  requests: [
    ctl,
    itl,
    itlOfCluster,
    configuration,
    locale,
    tones,
    named('dialTemplate'),
    named('softKeyFile'),
    named('featurePolicyFile'),
    appDialRules,
  ],
  httpFirst: false,
  unverified: [],
};
const OLD: FileFamily = {
  requests: [ctl, configuration, tones, named('dialTemplate')],
  httpFirst: false,
  unverified: ['the order of its files'],
};
const MODERN: FileFamily = {
  requests: [
    itl,
    itlOfCluster,
    configuration,
    locale,
    tones,
    appDialRules,
    ctl,
    more(() => 'defaultheadsetconfig.json'),
  ],
  httpFirst: true,
  unverified: [],
};
/** 78xx and 88xx; others of their time have TLS 1.0 alone. */
const NEWEST: FileFamily = { ...MODERN, https: 'listed', encryptedFirst: true };
const SOFT_CLIENT: FileFamily = { ...OLD, httpFirst: true, https: 'client', unverified: ['the order of its files'] };

const SOFT_CLIENT_ID = 503;
const NEWEST_NAMES = /^Cisco (78|88)/;
const JAVA_NAMES = /^Cisco (79(06|11|31|41|42|45|61|62|65|70|71|75)|69)/;
const MODERN_NAMES = /^Cisco (78|88|8961|99|DX)/;

/** The family of a model; models that no capture shows have that of older phones. */
export const fileFamilyOf = (model: Model): FileFamily => {
  if (model.id === 30016) return CIPC;
  if (model.id === SOFT_CLIENT_ID) return SOFT_CLIENT;
  if (NEWEST_NAMES.test(model.name)) return NEWEST;
  if (JAVA_NAMES.test(model.name)) return JAVA;
  return MODERN_NAMES.test(model.name) ? MODERN : OLD;
};

/** The file that a phone asks for if the server has no configuration of its own for it. */
export const DEFAULT_CONFIGURATION = 'XMLDefault.cnf.xml';
