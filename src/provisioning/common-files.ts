import type { Model } from '../devices/models.js';
import { defaultFile } from './default-file.js';
import { dialRuleFile, featurePolicyFile } from './dial-rules.js';
import type { GeneratedFile } from './generated-files.js';
import type { DynamicName } from './names.js';
import { ringList } from './ring-list.js';
import type { ProvisioningSettings } from './settings.js';
import { softKeyFile } from './soft-keys.js';

/** Kinds of generated files that are not about one device. */
export type CommonKind = Exclude<DynamicName['kind'], 'config' | 'ctl' | 'itl'>;

/** The generated files that are the same for every phone. Each is generated at its first request and kept. */
export class CommonFiles {
  readonly #made = new Map<CommonKind, GeneratedFile>();
  /** By list: the generated file, and the paths that it was made from. */
  readonly #rings = new Map<string, { readonly paths: readonly string[]; readonly made: GeneratedFile }>();
  readonly #makers: Readonly<Record<Exclude<CommonKind, 'ringlist'>, () => GeneratedFile>>;

  constructor(settings: ProvisioningSettings, models: Iterable<Model>) {
    this.#makers = {
      default: () => defaultFile(settings, models),
      softkeys: softKeyFile,
      dialrules: dialRuleFile,
      featurepolicy: featurePolicyFile,
    };
  }

  /**
   * `key` is that of the dynamic name. `paths` are the files in the root, from which ring lists are made; it must be
   * another array whenever they have changed.
   */
  file(kind: CommonKind, key: string, paths: readonly string[]): GeneratedFile {
    if (kind === 'ringlist') return this.#ringList(key, paths);
    const known = this.#made.get(kind);
    if (known !== undefined) return known;
    const made = this.#makers[kind]();
    this.#made.set(kind, made);
    return made;
  }

  #ringList(key: string, paths: readonly string[]): GeneratedFile {
    const known = this.#rings.get(key);
    if (known?.paths === paths) return known.made;
    const made = ringList(key, paths);
    this.#rings.set(key, { paths, made });
    return made;
  }
}
