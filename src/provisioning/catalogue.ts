// The file catalogue: every file that a phone may ask for, by its name. Made from the database first, then read from
// `tftp-root/`. It knows no transport; TFTP and HTTP ask it alike.

import type { Publisher } from '../core/event-bus.js';
import {
  type FileAnswer,
  type FileMissing,
  type FileRequestContext,
  type FileSource,
  memoryContent,
} from '../core/files.js';
import type { DirectoryNumber } from '../core/identifiers.js';
import type { Clock } from '../core/time.js';
import type { ConfiguredDevice } from '../devices/device.js';
import type { Model } from '../devices/models.js';
import { CommonFiles, type CommonKind } from './common-files.js';
import { DeviceFiles, filesNamedTo } from './device-files.js';
import type { ProvisioningEvent } from './events.js';
import { MadeFiles, type Make } from './made-files.js';
import { checkName, type DynamicName, dynamicName, foldName } from './names.js';
import type { ServedDirectory } from './served-directory.js';
import type { ProvisioningSettings } from './settings.js';
import { stampIn, type VersionStamps } from './stamps.js';
import { clusterList, listsFor, searchOf, type TrustList, withoutPrefix } from './trust-lists.js';

/** What the catalogue asks of the device database. */
export interface KnownDevices {
  /** Case-blind. */
  byName(name: string): { readonly configured: ConfiguredDevice } | undefined;
  byDirectoryNumber(dn: DirectoryNumber): { readonly length: number };
}

export interface CatalogueParts {
  readonly devices: KnownDevices;
  readonly settings: ProvisioningSettings;
  /** The model table. */
  readonly models: Iterable<Model>;
  readonly root: ServedDirectory;
  readonly bus: Publisher<ProvisioningEvent>;
  readonly clock: Clock;
}

type Answer = FileAnswer | Promise<FileAnswer>;

interface Asked {
  readonly name: string;
  readonly key: string;
  readonly kind: DynamicName['kind'];
  readonly context: FileRequestContext;
}

export class FileCatalogue implements FileSource {
  readonly #parts: CatalogueParts;
  #deviceFiles: MadeFiles;
  #commonFiles: CommonFiles;

  constructor(parts: CatalogueParts) {
    this.#parts = parts;
    this.#deviceFiles = this.#deviceFilesBy(parts.settings);
    this.#commonFiles = new CommonFiles(parts.settings, parts.models);
  }

  /** Device files kept ready, in number and octets. */
  get kept(): { readonly files: number; readonly octets: number } {
    return { files: this.#deviceFiles.size, octets: this.#deviceFiles.octets };
  }

  /** Other settings: every file is made anew when next asked for. Changed devices need no telling. */
  reconfigure(settings: ProvisioningSettings): void {
    this.#deviceFiles = this.#deviceFilesBy(settings);
    this.#commonFiles = new CommonFiles(settings, this.#parts.models);
  }

  /** Opens a file by its name as a client spelled it; HTTP decodes it once before. At once where nothing is read. */
  open(asked: string, context: FileRequestContext): Answer {
    const checked = checkName(asked);
    if (!checked.safe) {
      this.#step(context, 'file.forbidden', () => ({ context, file: asked, reason: checked.reason }));
      return missing(asked);
    }
    const { name } = checked;
    const dynamic = dynamicName(foldName(name));
    if (dynamic === undefined) return this.#fromRoot([name], () => missing(name));
    return this.#answers[dynamic.kind]({ name, ...dynamic, context });
  }

  /** The stamps of the files that a device has been given, or will be when it asks. */
  stampsOf(device: ConfiguredDevice): VersionStamps {
    const { dialTemplate, softKeyFile } = filesNamedTo(device);
    return {
      config: this.#deviceFiles.of(device).stamp,
      dialplan: this.#stampOf(dialTemplate),
      softkey: this.#stampOf(softKeyFile),
      featureControl: this.#stampOf(device.featurePolicyFile),
    };
  }

  /** Who answers for each kind of name that is more than a file on disk. */
  readonly #answers: Readonly<Record<DynamicName['kind'], (asked: Asked) => Answer>> = {
    ctl: (asked) => this.#trustList('CTL', asked),
    itl: (asked) => this.#trustList('ITL', asked),
    config: (asked) => this.#deviceFile(asked),
    default: (asked) => this.#common('default', asked),
    softkeys: (asked) => this.#rootOrCommon('softkeys', asked),
    dialrules: (asked) => this.#rootOrCommon('dialrules', asked),
    featurepolicy: (asked) => this.#rootOrCommon('featurepolicy', asked),
    ringlist: (asked) => this.#rootOrCommon('ringlist', asked),
  };

  #trustList(list: TrustList, { name, key, kind, context }: Asked): Answer {
    const canonical = clusterList(list);
    if (foldName(canonical) === foldName(name)) return this.#fromRoot([canonical], () => missing(canonical, true));
    const search = searchOf(name);
    this.#step(context, 'file.dynamic', () => ({ context, file: name, kind }));
    this.#step(context, 'file.trust-list-search', () => ({ context, list, file: name, search }));
    const device = this.#deviceNamed(key) ?? this.#deviceNamed(`SEP${search}`);
    this.#tellMatching(search, device, context);
    const names = listsFor(list, name, device !== undefined);
    const last = names.at(-1) ?? name;
    if (device === undefined) return this.#fromRoot(names, () => missing(last, true));
    const serving = this.#parts.root.locate(name) === undefined ? canonical : name;
    this.#step(context, 'file.trust-list-match', () => ({ context, list, match: withoutPrefix(device.name), serving }));
    return this.#fromRoot(names, () => missing(last, true, device.name), device.name);
  }

  #deviceFile({ name, key, kind, context }: Asked): Answer {
    this.#step(context, 'file.dynamic', () => ({ context, file: name, kind }));
    const device = this.#deviceNamed(key);
    this.#tellMatching(withoutPrefix(key), device, context);
    if (device === undefined) return this.#fromRoot([name], () => missing(name));
    try {
      return this.#deviceFiles.of(device).answer;
    } catch (error) {
      this.#tellBroken(name, error);
      return missing(name, false, device.name);
    }
  }

  /** A file of the owner's goes before a common one of ours. */
  #rootOrCommon(kind: CommonKind, asked: Asked): Answer {
    return this.#fromRoot([asked.name], () => this.#common(kind, asked));
  }

  #common(kind: CommonKind, { name, key, context }: Asked): FileAnswer {
    this.#step(context, 'file.dynamic', () => ({ context, file: name, kind }));
    const { bytes } = this.#commonFiles.file(kind, key, this.#parts.root.paths());
    return { found: true, content: memoryContent(bytes) };
  }

  /** The first of these names that the root has, else `otherwise`: after a look for what was added, if that is due. */
  #fromRoot(names: readonly string[], otherwise: () => FileAnswer, device?: string): Answer {
    const { root } = this.#parts;
    const path = root.locateFirst(names);
    if (path !== undefined) return this.#read(path, otherwise, device);
    const looking = root.lookAgain();
    if (looking === undefined) return otherwise();
    return looking.then((changed) => {
      const added = changed ? root.locateFirst(names) : undefined;
      return added === undefined ? otherwise() : this.#read(added, otherwise, device);
    });
  }

  #read(path: string, otherwise: () => FileAnswer, device: string | undefined): Answer {
    const whose = device === undefined ? {} : { device };
    const opened = this.#parts.root.open(path);
    if (!(opened instanceof Promise)) return { found: true, content: opened, ...whose };
    return opened.then(
      (content): FileAnswer => ({ found: true, content, ...whose }),
      (error: unknown) => {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#tellBroken(path, error);
        return otherwise();
      },
    );
  }

  #deviceFilesBy(settings: ProvisioningSettings): MadeFiles {
    const files = new DeviceFiles(settings);
    const make: Make = (device, shared) => {
      const made = files.make(device, shared);
      this.#tell('file.built', () => ({
        file: `${device.name}.cnf.xml`,
        octets: made.bytes.length,
        versionStamp: made.stamp,
        device: device.name,
      }));
      return made;
    };
    return new MadeFiles(make, (line) => this.#parts.devices.byDirectoryNumber(line).length > 1, settings.cacheOctets);
  }

  #deviceNamed(name: string): ConfiguredDevice | undefined {
    return this.#parts.devices.byName(name)?.configured;
  }

  #stampOf(file: string): string {
    const checked = checkName(file);
    if (!checked.safe) return '';
    const path = this.#parts.root.locate(checked.name);
    if (path !== undefined) return stampIn(this.#parts.root.text(path) ?? '');
    const dynamic = dynamicName(foldName(checked.name));
    if (dynamic === undefined || !isPolicy(dynamic.kind)) return '';
    return this.#commonFiles.file(dynamic.kind, dynamic.key, []).stamp;
  }

  #tellMatching(search: string, device: ConfiguredDevice | undefined, context: FileRequestContext): void {
    const found = device === undefined ? undefined : `${device.name}.cnf.xml`;
    this.#step(context, 'file.find-matching', () => ({ context, key: search.toUpperCase(), found }));
  }

  #tellBroken(file: string, error: unknown): void {
    this.#tell('file.broken', () => ({ file, detail: error instanceof Error ? error.message : String(error) }));
  }

  #step<T extends ProvisioningEvent['type']>(context: FileRequestContext, type: T, facts: () => Facts<T>): void {
    if (context.untraced !== true) this.#tell(type, facts);
  }

  #tell<T extends ProvisioningEvent['type']>(type: T, facts: () => Facts<T>): void {
    const { bus, clock } = this.#parts;
    if (!bus.hasListener(type)) return;
    bus.publish({ type, at: clock.now(), ...facts() } as unknown as ProvisioningEvent);
  }
}

type Facts<T extends ProvisioningEvent['type']> = Omit<Extract<ProvisioningEvent, { type: T }>, 'type' | 'at'>;

/** Kinds of files that devices are told of by name. */
const isPolicy = (kind: DynamicName['kind']): kind is 'softkeys' | 'dialrules' | 'featurepolicy' =>
  kind === 'softkeys' || kind === 'dialrules' || kind === 'featurepolicy';

const missing = (file: string, harmless = false, device?: string): FileMissing =>
  device === undefined ? { found: false, file, harmless } : { found: false, file, harmless, device };
