import * as z from 'zod';
import type { ConfigurationProblem } from '../core/errors.js';
import { type DeviceName, deviceKey, parseDeviceName } from '../core/identifiers.js';
import {
  type ConfiguredDevice,
  FORWARD_NAMES,
  findModel,
  MODELS,
  modelSpeaksTls,
  NO_FORWARD,
} from '../devices/index.js';
import { opensEncrypted } from '../security/list-models.js';
import { configuredDevice, type DeclaredDevice, deviceSchema, protocolOf } from './device-schema.js';
import { DEVICE_WARNINGS } from './device-warnings.js';
import type { KeyProblem } from './key-problem.js';
import { partialSection } from './partial-sections.js';
import { describeFound, faultsOf, keyOf, nearest } from './schema-errors.js';
import type { Path, Source } from './yaml-source.js';

/** Reads devices from a text that comes in pieces, cut anywhere. */
export interface RowReader {
  /** How many characters wait for the end of their device. */
  readonly pending: number;
  read(piece: string): void;
  end(): void;
}

/** Takes devices as they were written, and what is wrong with the text. */
export type DeviceSink = Pick<DeviceCollector, 'add' | 'addFault' | 'addWarning'>;

/** What devices are checked against. */
export interface CollectorOptions {
  readonly defaultGroup: string;
  /** The names of the groups; `undefined` if the groups themselves are faulty. */
  readonly groups: ReadonlySet<string> | undefined;
}

/** Faults after these are only counted: a wrong column makes a fault in every row. */
const MAX_FAULTS = 1000;
/** Warnings after these are only counted: `run` prints them at every start. */
const MAX_WARNINGS = 100;

/**
 * Collects devices one by one, from the YAML and from a devices file. Checks each by itself and against those before
 * it, and keeps where each was written, so that a duplicate can name the first one.
 */
export class DeviceCollector {
  readonly devices: ConfiguredDevice[] = [];
  readonly #options: CollectorOptions;
  readonly #names: UniqueKey = { within: ['name'], keyOf: deviceKey, seen: new Map() };
  readonly #digestUsers: UniqueKey = { within: ['digest', 'user'], keyOf: (user) => user, seen: new Map() };
  readonly #faults = new FirstFaults(MAX_FAULTS, 'faults', 'those above put right first');
  readonly #warnings = new FirstFaults(MAX_WARNINGS, 'warnings', 'those above looked at first');

  constructor(options: CollectorOptions) {
    this.#options = options;
  }

  /**
   * Adds a device. `path` is where `value` is in the source: `devices.0` in YAML, empty in a line of its own. The keys
   * in `reportedKeys` are missing in the whole table, which has been reported already.
   */
  add(value: unknown, path: Path, source: Pick<Source, 'locate'>, reportedKeys: readonly string[] = []): void {
    const origin = { path, source };
    const parsed = z.safeParse(deviceSchema, value);
    if (!parsed.success) {
      for (const fault of faultsOf({ issues: parsed.error.issues, schema: deviceSchema, value, path, source }))
        if (!reportedKeys.includes(fault.key)) this.addFault(withRemedy(fault));
      const name = nameIn(value);
      if (name !== undefined) this.#once(this.#names, name, origin);
      if (!this.#faults.full) this.#checkRest(value, parsed.error.issues, origin);
      return;
    }
    const device = configuredDevice(parsed.data, this.#options.defaultGroup);
    this.#once(this.#names, device.name, origin);
    if (device.digest !== undefined) this.#once(this.#digestUsers, device.digest.user, origin);
    for (const problem of this.#problemsOf(device, parsed.data)) this.#addProblem(problem, origin);
    for (const warn of DEVICE_WARNINGS) for (const problem of warn(device)) this.addWarning(located(problem, origin));
    this.devices.push(device);
  }

  /** Checks the good keys of a device that has faulty ones. Without a good model most checks cannot be made. */
  #checkRest(value: unknown, issues: readonly z.core.$ZodIssue[], origin: Origin): void {
    const faulty = new Set(issues.map(({ path: [key] }) => key));
    const rest = partialSection(deviceSchema, value, issues, STAND_INS) as DeclaredDevice | undefined;
    if (rest === undefined) return;
    const device = configuredDevice(rest, this.#options.defaultGroup);
    for (const problem of this.#problemsOf(device, rest)) {
      const [[key = '']] = problem;
      if (!faulty.has(key) && (!faulty.has('model') || key === 'group')) this.#addProblem(problem, origin);
    }
  }

  #problemsOf(device: ConfiguredDevice, declared: DeclaredDevice): readonly KeyProblem[] {
    const { groups } = this.#options;
    const checked = CHECKS.flatMap((check) => check(device, declared));
    if (groups === undefined || groups.has(device.group)) return checked;
    return [[['group'], describeFound(device.group), `one of the groups: ${[...groups].join(', ')}`], ...checked];
  }

  addFault(fault: ConfigurationProblem): void {
    this.#faults.add(fault);
  }

  addWarning(warning: ConfigurationProblem): void {
    this.#warnings.add(warning);
  }

  /** Adds a warning about a key of a device, which was found when all were read. */
  warn(device: DeviceName, problem: KeyProblem): void {
    const origin = this.#names.seen.get(deviceKey(device));
    if (origin !== undefined) this.addWarning(located(problem, origin));
  }

  /** Where a key of a device was written; `undefined`: there is no such device. */
  placeOf(name: string, within: Path): ReturnType<Source['locate']> | undefined {
    const origin = this.#names.seen.get(deviceKey(name));
    return origin === undefined ? undefined : placeOf(origin, within);
  }

  faults(): readonly ConfigurationProblem[] {
    return this.#faults.all();
  }

  warnings(): readonly ConfigurationProblem[] {
    return this.#warnings.all();
  }

  /** Reports a duplicate, with the place of the first one. */
  #once({ within, keyOf, seen }: UniqueKey, value: string, origin: Origin): void {
    const key = keyOf(value);
    const earlier = seen.get(key);
    if (earlier === undefined) {
      seen.set(key, origin);
      return;
    }
    const { file, line } = placeOf(earlier, within);
    const there = line === undefined ? file : `${file}:${line}`;
    this.#addProblem([within, describeFound(value), `a ${within.join(' ')} of its own: ${there} has it`], origin);
  }

  #addProblem(problem: KeyProblem, origin: Origin): void {
    this.addFault(located(problem, origin));
  }
}

/** Keeps the first faults and counts the others. */
class FirstFaults {
  readonly #most: number;
  readonly #kind: string;
  readonly #remedy: string;
  readonly #kept: ConfigurationProblem[] = [];
  #dropped = 0;

  constructor(most: number, kind: string, remedy: string) {
    this.#most = most;
    this.#kind = kind;
    this.#remedy = remedy;
  }

  get full(): boolean {
    return this.#dropped > 0;
  }

  add(fault: ConfigurationProblem): void {
    if (this.#kept.length < this.#most) this.#kept.push(fault);
    else this.#dropped += 1;
  }

  all(): readonly ConfigurationProblem[] {
    const [first] = this.#kept;
    if (this.#dropped === 0 || first === undefined) return this.#kept;
    const found = `${this.#dropped} more ${this.#kind}`;
    return [...this.#kept, { file: first.file, key: 'devices', found, wanted: this.#remedy }];
  }
}

/** A key whose value no two devices may share. */
interface UniqueKey {
  readonly within: Path;
  /** Equal for values that count as the same. */
  readonly keyOf: (value: string) => string;
  /** The first device with each value. */
  readonly seen: Map<string, Origin>;
}

/** Where a device was written. Its line is looked up only when needed. */
interface Origin {
  readonly path: Path;
  readonly source: Pick<Source, 'locate'>;
}

const STAND_INS = { name: 'x', model: 'CIPC' };

const located = ([within, found, wanted]: KeyProblem, origin: Origin): ConfigurationProblem => ({
  ...placeOf(origin, within),
  key: keyOf([...origin.path, ...within]),
  found,
  wanted,
});

const placeOf = ({ path, source }: Origin, within: Path): ReturnType<Source['locate']> =>
  source.locate([...path, ...within]);

const nameIn = (value: unknown): string | undefined => {
  const name = typeof value === 'object' && value !== null && 'name' in value ? value.name : undefined;
  return typeof name === 'string' ? parseDeviceName(name) : undefined;
};

type Check = (device: ConfiguredDevice, declared: DeclaredDevice) => readonly KeyProblem[];

const NONE: readonly KeyProblem[] = [];

/** Rules over the values of one device. */
const CHECKS: readonly Check[] = [
  ({ model }) =>
    model.protocols.length > 0
      ? NONE
      : [[['model'], `${model.name}, which registers by neither SCCP nor SIP`, 'a model that does']],
  ({ model }, declared) => {
    const protocol = protocolOf(declared);
    return model.protocols.length === 0 || model.protocols.includes(protocol)
      ? NONE
      : [[['protocol'], protocol, `${model.protocols.join(' or ')}, all that a ${model.name} speaks`]];
  },
  ({ model, modules, lines }) => {
    const keys = modules.reduce((count, module) => count + module.lines, model.lines);
    return lines.length <= keys || model.protocols.length === 0
      ? NONE
      : [[['lines'], `${lines.length} lines`, `at most ${keys}, as many keys as a ${model.name} has for them`]];
  },
  ({ model }, { security }) =>
    security?.mode === undefined || security.mode === 'none' || modelSpeaksTls(model)
      ? NONE
      : [[['security', 'mode'], `${security.mode} for a ${model.name}`, 'none: phones of that model speak no TLS']],
  ({ model }, { security }) =>
    security?.encryptedConfig !== true || opensEncrypted(model.name)
      ? NONE
      : [
          [
            ['security', 'encryptedConfig'],
            `true for a ${model.name}`,
            'false: phones of that model open no file with the key of their certificate',
          ],
        ],
  ({ lines }) =>
    lines.flatMap(({ dn }, index): KeyProblem[] =>
      lines.findIndex((other) => other.dn === dn) === index
        ? []
        : [[['lines', index, 'dn'], describeFound(dn), 'a number that the device has once']],
    ),
  ({ lines }) =>
    lines.flatMap(({ dn, forward }, index): KeyProblem[] =>
      forward === NO_FORWARD
        ? []
        : FORWARD_NAMES.flatMap((kind): KeyProblem[] =>
            forward[kind] === dn
              ? [[['lines', index, 'forward', kind], describeFound(dn), 'another number: this is the line itself']]
              : [],
          ),
    ),
  ({ model, modules }) =>
    modules.length <= model.modules
      ? NONE
      : [[['modules'], `${modules.length}`, `at most ${model.modules} expansion modules on a ${model.name}`]],
  ({ modules }) =>
    modules.flatMap(({ kind, name }, index): KeyProblem[] =>
      kind === 'module' ? [] : [[['modules', index], name, 'an expansion module such as 7914, 7915-12 or 7916-24']],
    ),
];

const MODEL_NAMES = MODELS.flatMap(({ name, aliases }) => [name, ...aliases]);

/** Adds to an unknown model which one was probably meant. */
const withRemedy = (fault: ConfigurationProblem): ConfigurationProblem => {
  if (!/(?:^|\.)model$/.test(fault.key) || !fault.found.startsWith('"')) return fault;
  const near = nearest(fault.found.slice(1, -1), MODEL_NAMES);
  const model = near === undefined ? undefined : findModel(near);
  return model === undefined ? fault : { ...fault, wanted: `${fault.wanted}; is ${model.name} meant?` };
};
