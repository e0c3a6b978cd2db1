// The made files that are the same for every phone, each made when first asked for.

import type { Model } from '../devices/models.js';
import { defaultFile } from './default-file.js';
import { dialRuleFile, featurePolicyFile } from './dial-rules.js';
import type { MadeFile } from './made-file.js';
import type { DynamicName } from './names.js';
import { ringList } from './ring-list.js';
import type { ProvisioningSettings } from './settings.js';
import { softKeyFile } from './soft-keys.js';

export type CommonKind = Exclude<DynamicName['kind'], 'config' | 'ctl' | 'itl'>;

export class CommonFiles {
  readonly #made = new Map<CommonKind, MadeFile>();
  /** By list: what was made, and of which files. */
  readonly #rings = new Map<string, { readonly paths: readonly string[]; readonly made: MadeFile }>();
  readonly #makers: Readonly<Record<Exclude<CommonKind, 'ringlist'>, () => MadeFile>>;

  constructor(settings: ProvisioningSettings, models: Iterable<Model>) {
    this.#makers = {
      default: () => defaultFile(settings, models),
      softkeys: softKeyFile,
      dialrules: dialRuleFile,
      featurepolicy: featurePolicyFile,
    };
  }

  /** `key` is the name's; `paths` are the files in the root, which ring lists follow: another array where they changed. */
  file(kind: CommonKind, key: string, paths: readonly string[]): MadeFile {
    if (kind === 'ringlist') return this.#ringList(key, paths);
    const known = this.#made.get(kind);
    if (known !== undefined) return known;
    const made = this.#makers[kind]();
    this.#made.set(kind, made);
    return made;
  }

  #ringList(key: string, paths: readonly string[]): MadeFile {
    const known = this.#rings.get(key);
    if (known?.paths === paths) return known.made;
    const made = ringList(key, paths);
    this.#rings.set(key, { paths, made });
    return made;
  }
}
