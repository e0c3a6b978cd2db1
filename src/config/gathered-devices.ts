// The devices as they come, from YAML or from a file of many: each is checked by itself and against those before it.
// It knows where the first of a kind stood, so that a second one can say so.

import * as z from 'zod';
import type { Fault } from '../core/errors.js';
import { deviceKey } from '../core/identity.js';
import { type ConfiguredDevice, findModel, MODELS } from '../devices/index.js';
import type { Complaint } from './complaint.js';
import { configuredDevice, type DeclaredDevice, deviceSchema, protocolOf } from './device-schema.js';
import { describeFound, faultsOf, keyOf, nearest } from './faults.js';
import type { Path, Source } from './yaml-source.js';

export interface GatheringOptions {
  readonly defaultGroup: string;
  /** Names of the groups; `undefined` where they are faulty themselves. */
  readonly groups: ReadonlySet<string> | undefined;
}

/** Told once and for the rest counted: a wrong column makes a fault of every row. */
const MAX_FAULTS = 1000;

export class GatheredDevices {
  readonly devices: ConfiguredDevice[] = [];
  readonly #options: GatheringOptions;
  readonly #names = new Map<string, string>();
  readonly #digestUsers = new Map<string, string>();
  readonly #faults: Fault[] = [];
  #untold = 0;

  constructor(options: GatheringOptions) {
    this.#options = options;
  }

  /** `path` leads to `value` in the source: `devices.0` in YAML, nowhere in a line of its own. */
  add(value: unknown, path: Path, source: Pick<Source, 'locate'>): void {
    const parsed = z.safeParse(deviceSchema, value);
    if (!parsed.success) {
      for (const fault of faultsOf(parsed.error.issues, deviceSchema, value, path, source))
        this.tell(withRemedy(fault));
      return;
    }
    const device = configuredDevice(parsed.data, this.#options.defaultGroup);
    const place = (within: Path) => source.locate([...path, ...within]);
    for (const [within, found, wanted] of this.#complaints(parsed.data, device, place))
      this.tell({ ...place(within), key: keyOf([...path, ...within]), found, wanted });
    this.devices.push(device);
  }

  tell(fault: Fault): void {
    if (this.#faults.length < MAX_FAULTS) this.#faults.push(fault);
    else this.#untold += 1;
  }

  faults(): readonly Fault[] {
    const [first] = this.#faults;
    if (this.#untold === 0 || first === undefined) return this.#faults;
    const found = `${this.#untold} more faults`;
    return [...this.#faults, { file: first.file, key: 'devices', found, wanted: 'those above put right first' }];
  }

  #complaints(
    declared: DeclaredDevice,
    device: ConfiguredDevice,
    place: (within: Path) => ReturnType<Source['locate']>,
  ): readonly Complaint[] {
    const complaints: Complaint[] = [];
    const once = (seen: Map<string, string>, name: string, spelled: string, within: Path, what: string): void => {
      const { file, line } = place(within);
      const earlier = seen.get(name);
      if (earlier !== undefined)
        complaints.push([within, describeFound(spelled), `a ${what} of its own; ${earlier} has it already`]);
      else seen.set(name, line === undefined ? file : `${file}:${line}`);
    };
    once(this.#names, deviceKey(device.name), device.name, ['name'], 'name');
    if (device.digest !== undefined)
      once(this.#digestUsers, device.digest.user, device.digest.user, ['digest', 'user'], 'digest user');
    const { groups } = this.#options;
    if (groups !== undefined && !groups.has(device.group))
      complaints.push([['group'], describeFound(device.group), `one of the groups ${[...groups].join(', ')}`]);
    for (const check of CHECKS) complaints.push(...check(device, declared));
    return complaints;
  }
}

type Check = (device: ConfiguredDevice, declared: DeclaredDevice) => readonly Complaint[];

/** What a device's own values must agree on. */
const CHECKS: readonly Check[] = [
  ({ model }) =>
    model.protocols.length > 0
      ? []
      : [[['model'], `${model.name}, which registers by neither SCCP nor SIP`, 'a model that does']],
  ({ model }, declared) => {
    const protocol = protocolOf(declared);
    return model.protocols.length === 0 || model.protocols.includes(protocol)
      ? []
      : [[['protocol'], protocol, `${model.protocols.join(' or ')}, all that a ${model.name} speaks`]];
  },
  ({ model, modules, lines }) => {
    const keys = modules.reduce((count, module) => count + module.lines, model.lines);
    return lines.length <= keys || model.protocols.length === 0
      ? []
      : [[['lines'], `${lines.length} lines`, `at most ${keys}, as many keys as a ${model.name} has for them`]];
  },
  ({ lines }) =>
    lines.flatMap(({ dn }, index): Complaint[] =>
      lines.findIndex((other) => other.dn === dn) === index
        ? []
        : [[['lines', index, 'dn'], describeFound(dn), 'a number that the device has once']],
    ),
  ({ model, modules }) =>
    modules.length <= model.modules
      ? []
      : [[['modules'], `${modules.length}`, `at most ${model.modules} expansion modules on a ${model.name}`]],
  ({ modules }) =>
    modules.flatMap(({ kind, name }, index): Complaint[] =>
      kind === 'module' ? [] : [[['modules', index], name, 'an expansion module such as 7914, 7915-12 or 7916-24']],
    ),
];

const MODEL_NAMES = MODELS.flatMap(({ name, aliases }) => [name, ...aliases]);

/** A model that is not in the table: which one was probably meant. */
const withRemedy = (fault: Fault): Fault => {
  if (!/(?:^|\.)model$/.test(fault.key) || !fault.found.startsWith('"')) return fault;
  const near = nearest(fault.found.slice(1, -1), MODEL_NAMES);
  const model = near === undefined ? undefined : findModel(near);
  return model === undefined ? fault : { ...fault, wanted: `${fault.wanted}; is ${model.name} meant?` };
};
