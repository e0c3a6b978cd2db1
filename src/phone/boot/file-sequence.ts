// Which files a model asks for, in which order and over what (`provisioning.md` §3.1). One row per family; it asks and
// goes on whatever the answer, but for its own configuration.

import type { Model, Protocol } from '../../devices/index.js';
import type { DeviceFile } from './device-file.js';

/** What a file is for; a refused trust list is expected in a non-secure cluster. */
export type FilePurpose = 'trust' | 'configuration' | 'locale' | 'more';

export interface FileRequest {
  readonly purpose: FilePurpose;
  /** `undefined`: not asked, for want of a name. */
  name(context: FileContext): string | undefined;
}

export interface FileContext {
  /** `SEP…`, or the name that a soft phone was given. */
  readonly device: string;
  readonly model: Model;
  readonly protocol: Protocol;
  /** Once the configuration has come. */
  readonly file: DeviceFile | undefined;
  /** Purposes and names that were served. */
  readonly served: ReadonlySet<string>;
}

export interface FileFamily {
  readonly requests: readonly FileRequest[];
  /** HTTP on 6970 before TFTP. */
  readonly httpFirst: boolean;
  /** What is not captured of it. */
  readonly unverified: readonly string[];
}

const trust = (name: (context: FileContext) => string | undefined): FileRequest => ({ purpose: 'trust', name });
const more = (name: (context: FileContext) => string | undefined): FileRequest => ({ purpose: 'more', name });

const ctl = trust(({ device }) => `CTL${device}.tlv`);
const itl = trust(({ device }) => `ITL${device}.tlv`);
const itlOfCluster = trust(({ device, served }) => (served.has(`ITL${device}.tlv`) ? undefined : 'ITLFile.tlv'));
const configuration: FileRequest = { purpose: 'configuration', name: ({ device }) => `${device}.cnf.xml` };
/** The empty directory of a locale without a name gives a leading slash, as captured. */
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

const JAVA_NAMES = /^Cisco (79(06|11|31|41|42|45|61|62|65|70|71|75)|69)/;
const MODERN_NAMES = /^Cisco (78|88|8961|99|DX)/;

export const fileFamilyOf = (model: Model): FileFamily => {
  if (model.id === 30016) return CIPC;
  if (JAVA_NAMES.test(model.name)) return JAVA;
  return MODERN_NAMES.test(model.name) ? MODERN : OLD;
};

/** Asked where the phone has no configuration of its own. */
export const DEFAULT_CONFIGURATION = 'XMLDefault.cnf.xml';
