import type { Publisher } from '../core/event-bus.js';
import {
  type FileAnswer,
  type FileContent,
  type FileFound,
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
import { EncryptedForms } from './encrypted-forms.js';
import type { FileWithheld, ProvisioningEvent } from './events.js';
import {
  type EnrolmentOf,
  GeneratedFileCache,
  type GenerateFile,
  type VersionStamps,
  versionStampIn,
} from './generated-files.js';
import { partsListed } from './manifests.js';
import { checkName, type DynamicName, dynamicName, foldName } from './names.js';
import type { ServedDirectory } from './served-directory.js';
import type { ProvisioningSettings } from './settings.js';
import { configurationForm, LARGEST_SIGNED, plainNameOf, type TrustFiles } from './trust-files.js';
import { clusterList, listsFor, searchOf, type TrustList, withoutPrefix } from './trust-lists.js';

/** What the catalogue needs of the device database. */
export interface CatalogueDevices {
  /** Finds a device by its name, in any case. */
  byName(name: string): { readonly configured: ConfiguredDevice } | undefined;
  byDirectoryNumber(dn: DirectoryNumber): { readonly length: number };
}

/** What a `FileCatalogue` is made of. */
export interface CatalogueDependencies {
  readonly devices: CatalogueDevices;
  readonly settings: ProvisioningSettings;
  /** The model table. */
  readonly models: Iterable<Model>;
  readonly root: ServedDirectory;
  readonly bus: Publisher<ProvisioningEvent>;
  readonly clock: Clock;
  /** What a device has from CAPF. Absent: nothing. */
  readonly enrolmentOf?: EnrolmentOf;
}

type Answer = FileAnswer | Promise<FileAnswer>;

/** A request for a name that is more than a file on disk. */
interface DynamicRequest {
  readonly name: string;
  readonly key: string;
  readonly kind: DynamicName['kind'];
  readonly context: FileRequestContext;
}

/**
 * Every file that a phone may request, by its name. Generated files (from the device database and the configuration)
 * come first, then the files in `tftp-root/`. The catalogue knows no transport: TFTP and HTTP use it in the same way.
 */
export class FileCatalogue implements FileSource {
  readonly #dependencies: CatalogueDependencies;
  #deviceFiles: GeneratedFileCache;
  #commonFiles: CommonFiles;
  #trust: TrustFiles | undefined;
  #encrypted: EncryptedForms | undefined;
  #settings: ProvisioningSettings;

  constructor(dependencies: CatalogueDependencies) {
    this.#dependencies = dependencies;
    this.#settings = dependencies.settings;
    this.#deviceFiles = this.#cacheFor(dependencies.settings);
    this.#commonFiles = new CommonFiles(dependencies.settings, dependencies.models);
  }

  /** The generated device files that are in memory: how many, and their octets. */
  get kept(): { readonly files: number; readonly octets: number } {
    return { files: this.#deviceFiles.size, octets: this.#deviceFiles.octets };
  }

  /**
   * Takes other settings: every file is generated anew at its next request. Changed devices are noticed without a call.
   */
  reconfigure(settings: ProvisioningSettings): void {
    this.#settings = settings;
    this.#deviceFiles = this.#cacheFor(settings);
    this.#commonFiles = new CommonFiles(settings, this.#dependencies.models);
  }

  /** From now on the cluster has these trust lists, and files exist in their signed form, too. */
  secure(trust: TrustFiles): void {
    const { encrypted: files } = trust;
    this.#trust = trust;
    this.#encrypted =
      files === undefined
        ? undefined
        : new EncryptedForms({
            files,
            sign: (name, plain) => trust.sign(name, plain),
            settings: () => this.#settings,
            enrolmentOf: this.#dependencies.enrolmentOf,
            fileOf: (device) => this.#deviceFiles.get(device),
          });
    this.#deviceFiles = this.#cacheFor(this.#settings);
  }

  /** See `FileSource`. A name that must not be looked up is answered like a missing file. */
  open(requestedName: string, context: FileRequestContext): Answer {
    const checked = checkName(requestedName);
    if (!checked.safe) {
      this.#publishStep(context, 'file.forbidden', () => ({ context, file: requestedName, reason: checked.reason }));
      return missing(requestedName);
    }
    const { name } = checked;
    const dynamic = dynamicName(foldName(name));
    const encrypted = this.#encryptedForm(name, context);
    if (encrypted !== undefined) return encrypted;
    const plain = this.#trust === undefined ? undefined : plainNameOf(name);
    if (plain !== undefined) return this.#fromRoot([name], context, () => this.#signed(name, plain, context));
    if (dynamic === undefined) return this.#fromRoot([name], context, () => missing(name));
    return this.#handlers[dynamic.kind]({ name, ...dynamic, context });
  }

  /** The version stamps of the files that a device gets. Throws if the device's own file cannot be generated. */
  versionStampsOf(device: ConfiguredDevice): VersionStamps {
    const { dialTemplate, softKeyFile } = filesNamedTo(device);
    return {
      config: this.#deviceFiles.get(device).stamp,
      dialplan: this.#versionStampOf(dialTemplate),
      softkey: this.#versionStampOf(softKeyFile),
      featureControl: this.#versionStampOf(device.featurePolicyFile),
    };
  }

  /** The file of a device whose phone gets it encrypted, as its owner may see it. `undefined`: it is not encrypted. Throws as `versionStampsOf`. */
  clearFileOf(device: ConfiguredDevice): FileFound | undefined {
    return this.#encrypted?.enrolmentOf(device) === undefined ? undefined : this.#deviceFiles.get(device).answer;
  }

  /** The names of the parts that the manifest of a load lists; empty: it is not there, or lists none. */
  partsOf(load: string): readonly string[] {
    const { root } = this.#dependencies;
    const path = root.locate(`${load}.loads`);
    return path === undefined ? [] : partsListed(root.text(path) ?? '');
  }

  /** The handler of each kind of name that is more than a file on disk. */
  readonly #handlers: Readonly<Record<DynamicName['kind'], (request: DynamicRequest) => Answer>> = {
    ctl: (request) => this.#trustList('CTL', request),
    itl: (request) => this.#trustList('ITL', request),
    config: (request) => this.#deviceFile(request),
    default: (request) => this.#commonFile('default', request),
    softkeys: (request) => this.#rootOrCommon('softkeys', request),
    dialrules: (request) => this.#rootOrCommon('dialrules', request),
    featurepolicy: (request) => this.#rootOrCommon('featurepolicy', request),
    ringlist: (request) => this.#rootOrCommon('ringlist', request),
  };

  #trustList(list: TrustList, { name, key, kind, context }: DynamicRequest): Answer {
    const canonical = clusterList(list);
    if (foldName(canonical) === foldName(name))
      return this.#fromRoot([canonical], context, () => this.#clusterList(list) ?? missing(canonical, true));
    const search = searchOf(name);
    this.#publishStep(context, 'file.dynamic', () => ({ context, file: name, kind }));
    this.#publishStep(context, 'file.trust-list-search', () => ({ context, list, file: name, search }));
    const device = this.#deviceNamed(key) ?? this.#deviceNamed(`SEP${search}`);
    this.#publishMatching(search, device, context);
    const names = listsFor(list, name, device !== undefined);
    const last = names.at(-1) ?? name;
    if (device === undefined) {
      // As CUCM does: a CTL is for devices that are known.
      const ofCluster = list === 'CTL' ? undefined : this.#clusterList(list);
      return this.#fromRoot(names, context, () => ofCluster ?? missing(last, true));
    }
    const serving = this.#dependencies.root.locate(name) === undefined ? canonical : name;
    this.#publishStep(context, 'file.trust-list-match', () => ({
      context,
      list,
      match: withoutPrefix(device.name),
      serving,
    }));
    const otherwise = (): FileAnswer => this.#clusterList(list, device.name) ?? missing(last, true, device.name);
    return this.#fromRoot(names, context, otherwise, device.name);
  }

  #clusterList(list: TrustList, device?: string): FileAnswer | undefined {
    const bytes = this.#trust?.list(list);
    if (bytes === undefined) return undefined;
    return { found: true, content: memoryContent(bytes), ...(device === undefined ? {} : { device }) };
  }

  /** A configuration that is encrypted for its phone. `undefined`: the name is of something else. */
  #encryptedForm(name: string, context: FileRequestContext): FileAnswer | undefined {
    const asked = this.#encrypted === undefined ? undefined : configurationForm(name);
    const device = asked === undefined ? undefined : this.#deviceNamed(asked.device);
    if (asked === undefined || device === undefined) return undefined;
    const onWithheld = (why: FileWithheld['why']): void =>
      this.#publish('file.withheld', () => ({ context, file: name, device: device.name, why }));
    try {
      return this.#encrypted?.open({ name, device, form: asked.form, onWithheld });
    } catch (error) {
      this.#publishBroken(name, error, context);
      return missing(name, false, device.name);
    }
  }

  /** The plain file, wrapped: it exists if and only if the plain one does. */
  #signed(name: string, plain: string, context: FileRequestContext): Answer {
    const answer = this.open(plain, context);
    return answer instanceof Promise
      ? answer.then((opened) => this.#wrapped(name, opened, context))
      : this.#wrapped(name, answer, context);
  }

  #wrapped(name: string, answer: FileAnswer, context: FileRequestContext): Answer {
    if (!answer.found) return { ...answer, file: name };
    const { content } = answer;
    const wrap = (bytes: Buffer): FileAnswer => {
      content.close();
      const signed = this.#trust?.sign(name, bytes) ?? bytes;
      return { ...answer, content: memoryContent(signed) };
    };
    if (content.size > LARGEST_SIGNED) {
      content.close();
      this.#publishBroken(name, new Error(`${content.size} octets are too many to be signed`), context);
      return missing(name);
    }
    const read = content.read(0, content.size);
    if (!(read instanceof Promise)) return wrap(read);
    return read.then(wrap, (error: unknown) => {
      content.close();
      this.#publishBroken(name, error, context);
      return missing(name);
    });
  }

  #deviceFile({ name, key, kind, context }: DynamicRequest): Answer {
    this.#publishStep(context, 'file.dynamic', () => ({ context, file: name, kind }));
    const device = this.#deviceNamed(key);
    this.#publishMatching(withoutPrefix(key), device, context);
    if (device === undefined) return this.#fromRoot([name], context, () => missing(name));
    try {
      return this.#deviceFiles.get(device).answer;
    } catch (error) {
      this.#publishBroken(name, error, context);
      return missing(name, false, device.name);
    }
  }

  /** A file that the owner put into the root goes before the generated one. */
  #rootOrCommon(kind: CommonKind, request: DynamicRequest): Answer {
    return this.#fromRoot([request.name], request.context, () => this.#commonFile(kind, request));
  }

  #commonFile(kind: CommonKind, { name, key, context }: DynamicRequest): FileAnswer {
    this.#publishStep(context, 'file.dynamic', () => ({ context, file: name, kind }));
    const { bytes } = this.#commonFiles.file(kind, key, this.#dependencies.root.paths());
    return { found: true, content: memoryContent(bytes) };
  }

  /**
   * The first of these names that the root has, else `otherwise`. Before giving up, reads the directory again if that
   * is due.
   */
  #fromRoot(names: readonly string[], context: FileRequestContext, otherwise: () => Answer, device?: string): Answer {
    const { root } = this.#dependencies;
    const path = root.locateFirst(names);
    if (path !== undefined) return this.#read(path, context, otherwise, device);
    const looking = root.refreshIfStale();
    if (looking === undefined) return otherwise();
    return looking.then((changed) => {
      const added = changed ? root.locateFirst(names) : undefined;
      return added === undefined ? otherwise() : this.#read(added, context, otherwise, device);
    });
  }

  #read(path: string, context: FileRequestContext, otherwise: () => Answer, device: string | undefined): Answer {
    const whose = device === undefined ? {} : { device };
    const opened = this.#dependencies.root.open(path);
    const found = (content: FileContent): Answer => {
      const answer = { found: true, content, ...whose } as const;
      return this.#trust === undefined ? answer : this.#unlessKey(path, answer, context);
    };
    if (!(opened instanceof Promise)) return found(opened);
    return opened.then(found, (error: unknown): Answer => {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#publishBroken(path, error, context);
      return otherwise();
    });
  }

  /** No private key leaves by TFTP, whatever its file is called and however it came into the root. */
  #unlessKey(path: string, answer: FileFound, context: FileRequestContext): Answer {
    const { content } = answer;
    const judge = (start: Buffer): FileAnswer => {
      if (!start.includes(PRIVATE_KEY)) return answer;
      content.close();
      this.#publishBroken(path, new Error('it holds a private key; take it out of tftp.root'), context);
      return missing(path);
    };
    const start = content.read(0, Math.min(content.size, WITHIN));
    return start instanceof Promise ? start.then(judge) : judge(start);
  }

  #cacheFor(settings: ProvisioningSettings): GeneratedFileCache {
    const files = new DeviceFiles(settings);
    const make: GenerateFile = (device, shared, enrolment) => {
      const made = files.generate(device, shared, this.#encrypted?.enrolmentOf(device) ?? enrolment);
      this.#publish('file.built', () => ({
        file: `${device.name}.cnf.xml`,
        octets: made.bytes.length,
        versionStamp: made.stamp,
        device: device.name,
      }));
      return made;
    };
    return new GeneratedFileCache(
      make,
      (line) => this.#dependencies.devices.byDirectoryNumber(line).length > 1,
      settings.cacheOctets,
      this.#dependencies.enrolmentOf,
    );
  }

  #deviceNamed(name: string): ConfiguredDevice | undefined {
    return this.#dependencies.devices.byName(name)?.configured;
  }

  #versionStampOf(file: string): string {
    const checked = checkName(file);
    if (!checked.safe) return '';
    const path = this.#dependencies.root.locate(checked.name);
    if (path !== undefined) return versionStampIn(this.#dependencies.root.text(path) ?? '');
    const dynamic = dynamicName(foldName(checked.name));
    if (dynamic === undefined || !isPolicy(dynamic.kind)) return '';
    return this.#commonFiles.file(dynamic.kind, dynamic.key, []).stamp;
  }

  #publishMatching(search: string, device: ConfiguredDevice | undefined, context: FileRequestContext): void {
    const found = device === undefined ? undefined : `${device.name}.cnf.xml`;
    this.#publishStep(context, 'file.find-matching', () => ({ context, key: search.toUpperCase(), found }));
  }

  #publishBroken(file: string, error: unknown, context: FileRequestContext): void {
    const detail = error instanceof Error ? error.message : String(error);
    this.#publish('file.broken', () => ({ file, detail, context }));
  }

  #publishStep<T extends ProvisioningEvent['type']>(context: FileRequestContext, type: T, facts: () => Facts<T>): void {
    if (context.untraced !== true) this.#publish(type, facts);
  }

  #publish<T extends ProvisioningEvent['type']>(type: T, facts: () => Facts<T>): void {
    const { bus, clock } = this.#dependencies;
    if (!bus.hasListener(type)) return;
    bus.publish({ type, at: clock.now(), ...facts() } as unknown as ProvisioningEvent);
  }
}

const PRIVATE_KEY = 'PRIVATE KEY-----';
/** Where in a file a key is looked for. */
const WITHIN = 1_024;

type Facts<T extends ProvisioningEvent['type']> = Omit<Extract<ProvisioningEvent, { type: T }>, 'type' | 'at'>;

/** Kinds of files that a device's own file names. */
const isPolicy = (kind: DynamicName['kind']): kind is 'softkeys' | 'dialrules' | 'featurepolicy' =>
  kind === 'softkeys' || kind === 'dialrules' || kind === 'featurepolicy';

const missing = (file: string, harmless = false, device?: string): FileMissing =>
  device === undefined ? { found: false, file, harmless } : { found: false, file, harmless, device };
