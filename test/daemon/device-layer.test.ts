// The layer of devices against a model of it: any sequence of writes, restarts and reloads, and a file cut anywhere.

import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Config, NO_PLACES } from '../../src/config/index.js';
import { Degradations } from '../../src/core/degradations.js';
import { DeviceLayerFile } from '../../src/daemon/device-layer-file.js';
import { configOfValue } from '../../src/daemon/read-config.js';
import { RuntimeDevices } from '../../src/daemon/runtime-devices.js';
import { DeviceDatabase } from '../../src/devices/index.js';
import type { DeviceWrite, WriteResult } from '../../src/http/index.js';
import { systemClock } from '../../src/net/system-clock.js';
import { SmallDisk } from '../support/small-disk.js';

const SILENT = { publish: () => {}, hasListener: () => false };
const ASKER = { by: 'api', address: '127.0.0.1', token: false } as const;

const folders: string[] = [];
const folder = (): string => {
  const path = mkdtempSync(join(tmpdir(), 'labcm-layer-'));
  folders.push(path);
  return path;
};
afterAll(() => {
  for (const path of folders) rmSync(path, { recursive: true, force: true });
});

/** What the model knows of a device. */
type Known = Readonly<Record<'description' | 'ownerUserId', string>>;
type Keys = Readonly<Partial<Record<keyof Known, string | null>>>;

const NAMES = ['A', 'B', 'C'] as const;
const FILES: readonly Readonly<Partial<Record<string, Keys>>>[] = [
  {},
  { A: { description: 'one' }, B: { ownerUserId: 'eve' } },
  { A: { description: 'two', ownerUserId: 'bob' }, C: {} },
];
let configs: readonly Config[] = [];

beforeAll(async () => {
  configs = await Promise.all(
    FILES.map((devices) =>
      configOfValue(
        { devices: Object.entries(devices).map(([name, keys]) => ({ name, model: '7962', ...keys })) } as never,
        'lab.yaml',
      ),
    ),
  );
});

/** The daemon's part that is looked at, with as many lives as a test wants. */
class Subject {
  readonly directory: string;
  readonly degradations = new Degradations(systemClock, SILENT);
  readonly #disk: SmallDisk | undefined;
  database = new DeviceDatabase(SILENT);
  config: Config;
  #runtime: RuntimeDevices | undefined;

  constructor(config: Config, directory = folder(), disk?: SmallDisk) {
    this.config = config;
    this.directory = directory;
    this.#disk = disk;
  }

  get path(): string {
    return join(this.directory, 'devices.jsonl');
  }

  async start(): Promise<this> {
    this.#runtime?.close();
    this.database = new DeviceDatabase(SILENT);
    const { database, degradations } = this;
    const file = new DeviceLayerFile(this.directory, this.#disk);
    const runtime = new RuntimeDevices({
      clock: systemClock,
      database,
      degradations,
      file,
      placeInFiles: () => NO_PLACES,
      placeOf: () => undefined,
      config: () => this.config,
      publish: () => {},
    });
    runtime.open();
    this.#runtime = runtime;
    await this.reload(this.config);
    return this;
  }

  async reload(config: Config): Promise<void> {
    const laid = this.#runtime?.lay(config);
    if (laid === undefined) throw new Error('not started');
    this.config = config;
    this.database.configure(laid.devices, systemClock.now(), laid.runtime);
    await this.#runtime?.settle(laid);
  }

  async write(write: DeviceWrite): Promise<WriteResult> {
    const result = await this.#runtime?.write(write, ASKER);
    if (result === undefined) throw new Error('not started');
    return result;
  }

  /** Every device with the values that the model knows, and who made it. */
  state(): Record<string, unknown> {
    return Object.fromEntries(
      [...this.database.devices()]
        .map(({ configured: { name, description, ownerUserId }, origin }) => [
          name,
          { description, ownerUserId, origin },
        ])
        .sort(),
    );
  }

  close(): void {
    this.#runtime?.close();
  }
}

const filled = (keys: Keys): Known => ({ description: keys.description ?? '', ownerUserId: keys.ownerUserId ?? '' });
const same = (one: Known, other: Known): boolean =>
  one.description === other.description && one.ownerUserId === other.ownerUserId;

/** The rules of the layer, written down once more and simply. */
class Model {
  #files: Readonly<Partial<Record<string, Keys>>>;
  readonly #layer = new Map<string, { readonly keys: Keys; readonly isPatch: boolean } | { readonly over: Known }>();

  constructor(files: Readonly<Partial<Record<string, Keys>>>) {
    this.#files = files;
  }

  reload(files: Readonly<Partial<Record<string, Keys>>>): void {
    this.#files = files;
    for (const [name, entry] of [...this.#layer]) {
      const base = this.#base(name);
      const holds =
        'over' in entry
          ? base !== undefined && same(base, entry.over)
          : base === undefined
            ? !entry.isPatch
            : !same(base, filled({ ...base, ...entry.keys }));
      if (!holds) this.#layer.delete(name);
    }
  }

  add(name: string, keys: Keys): void {
    if (this.#effective(name) === undefined) this.#put(name, this.#layer.has(name) ? whole(keys) : keys, false);
  }

  replace(name: string, keys: Keys): void {
    const before = this.#effective(name);
    if (before === undefined || !same(before, filled(keys))) this.#put(name, whole(keys), false);
  }

  change(name: string, patch: Keys): void {
    const before = this.#effective(name);
    if (before === undefined || same(before, filled({ ...before, ...patch }))) return;
    const entry = this.#layer.get(name);
    const own = entry !== undefined && 'keys' in entry ? entry : { keys: {}, isPatch: true };
    const keys = { ...own.keys, ...patch };
    this.#put(name, this.#base(name) === undefined ? withoutNulls(keys) : keys, own.isPatch);
  }

  remove(name: string): void {
    if (this.#effective(name) === undefined) return;
    const base = this.#base(name);
    if (base === undefined) this.#layer.delete(name);
    else this.#layer.set(name, { over: base });
  }

  restore(name: string): void {
    this.#layer.delete(name);
  }

  state(): Record<string, unknown> {
    return Object.fromEntries(
      NAMES.flatMap((name) => {
        const device = this.#effective(name);
        return device === undefined
          ? []
          : [[name, { ...device, origin: this.#layer.has(name) ? 'runtime' : 'configured' }]];
      }),
    );
  }

  #base(name: string): Known | undefined {
    const keys = this.#files[name];
    return keys === undefined ? undefined : filled(keys);
  }

  #effective(name: string): Known | undefined {
    const entry = this.#layer.get(name);
    const base = this.#base(name);
    if (entry === undefined) return base;
    return 'over' in entry ? undefined : filled({ ...base, ...entry.keys });
  }

  #put(name: string, keys: Keys, isPatch: boolean): void {
    const base = this.#base(name);
    if (base !== undefined && same(base, filled({ ...base, ...keys }))) this.#layer.delete(name);
    else this.#layer.set(name, { keys, isPatch });
  }
}

const withoutNulls = (keys: Keys): Keys =>
  Object.fromEntries(Object.entries(keys).filter(([, value]) => value !== null));

const whole = (keys: Keys): Keys => ({ description: null, ownerUserId: null, ...keys });

type Step =
  | { readonly step: 'add' | 'replace' | 'change'; readonly name: string; readonly keys: Keys }
  | { readonly step: 'remove' | 'restore'; readonly name: string }
  | { readonly step: 'reload'; readonly files: number }
  | { readonly step: 'restart' };

const name = fc.constantFrom(...NAMES);
const text = fc.constantFrom('one', 'two', 'bob');
const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      step: fc.constantFrom('add', 'replace'),
      name,
      keys: fc.record({ description: text, ownerUserId: text }, { requiredKeys: [] }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      step: fc.constant('change'),
      name,
      keys: fc.record({ description: fc.option(text), ownerUserId: fc.option(text) }, { requiredKeys: [] }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ step: fc.constantFrom('remove', 'restore'), name }) },
  { weight: 2, arbitrary: fc.record({ step: fc.constant('reload'), files: fc.nat(FILES.length - 1) }) },
  { weight: 2, arbitrary: fc.record({ step: fc.constant('restart') }) },
) as fc.Arbitrary<Step>;

const take = async (step: Step, subject: Subject, model: Model): Promise<void> => {
  switch (step.step) {
    case 'add':
      model.add(step.name, step.keys);
      await subject.write({
        op: 'add',
        devices: [{ name: step.name, model: '7962', ...step.keys }],
        isList: false,
        existing: 'refuse',
      });
      break;
    case 'replace':
      model.replace(step.name, step.keys);
      await subject.write({ op: 'replace', name: step.name, device: { model: '7962', ...step.keys } });
      break;
    case 'change':
      model.change(step.name, step.keys);
      await subject.write({ op: 'change', name: step.name, patch: step.keys });
      break;
    case 'remove':
    case 'restore':
      model[step.step](step.name);
      await subject.write({ op: step.step, name: step.name });
      break;
    case 'reload':
      model.reload(FILES[step.files] ?? {});
      await subject.reload(configs[step.files] as Config);
      break;
    case 'restart':
      await subject.start();
  }
};

describe('the layer', () => {
  it('gives what its rules say, whatever is written, reloaded and restarted', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { maxLength: 24 }), async (story) => {
        const subject = await new Subject(configs[1] as Config).start();
        const model = new Model(FILES[1] ?? {});
        for (const step of [...story, { step: 'restart' } as const]) {
          await take(step, subject, model);
          expect(subject.state()).toEqual(model.state());
        }
        subject.close();
        rmSync(subject.directory, { recursive: true });
      }),
      { numRuns: 200 },
    );
  });

  it('is, cut at any octet, that of the last whole line, and can be written to', async () => {
    const subject = await new Subject(configs[1] as Config).start();
    const lives: { readonly length: number; readonly state: unknown }[] = [{ length: 0, state: subject.state() }];
    const story: readonly DeviceWrite[] = [
      { op: 'add', devices: [{ name: 'C', model: '7962', description: 'Büro' }], isList: false, existing: 'refuse' },
      { op: 'change', name: 'A', patch: { description: 'two' } },
      { op: 'remove', name: 'B' },
    ];
    for (const write of story) {
      expect(await subject.write(write)).toMatchObject({ done: true });
      lives.push({ length: statSync(subject.path).size, state: subject.state() });
    }
    subject.close();
    const total = lives.at(-1)?.length ?? 0;
    for (let length = 0; length <= total; length += 1) {
      const directory = join(subject.directory, 'cut');
      mkdirSync(directory, { recursive: true });
      copyFileSync(subject.path, join(directory, 'devices.jsonl'));
      truncateSync(join(directory, 'devices.jsonl'), length);
      const cut = await new Subject(configs[1] as Config, directory).start();
      expect(cut.state(), `cut at ${length}`).toEqual(lives.findLast((life) => life.length <= length)?.state);
      expect(await cut.write({ op: 'replace', name: 'D', device: { model: '7962' } })).toMatchObject({ done: true });
      const { D: _, ...others } = (await cut.start()).state();
      expect(others, `written after a cut at ${length}`).toEqual(
        lives.findLast((life) => life.length <= length)?.state,
      );
      cut.close();
      rmSync(directory, { recursive: true });
    }
  });

  it('changes nothing where the disk is full, says so, and goes on when there is room', async () => {
    const disk = new SmallDisk();
    const subject = await new Subject(configs[1] as Config, folder(), disk).start();
    const add = (device: string): Promise<WriteResult> =>
      subject.write({ op: 'add', devices: [{ name: device, model: '7962' }], isList: false, existing: 'refuse' });
    expect(await add('C')).toMatchObject({ done: true });
    const before = subject.state();
    disk.room = 10;
    expect(await add('D')).toMatchObject({ done: false, code: 'not-written' });
    expect(subject.state()).toEqual(before);
    expect(subject.degradations.current).toMatchObject([{ part: 'devices at runtime' }]);
    disk.room = Number.POSITIVE_INFINITY;
    expect(await add('E')).toMatchObject({ done: true });
    expect(subject.degradations.current).toEqual([]);
    const after = subject.state();
    await subject.start();
    expect(subject.state()).toEqual(after);
    subject.close();
  });

  it('is not all history, however often one device is changed', async () => {
    const subject = await new Subject(configs[0] as Config).start();
    await subject.write({ op: 'replace', name: 'A', device: { model: '7962' } });
    for (let round = 0; round < 1010; round += 1)
      await subject.write({ op: 'change', name: 'A', patch: { description: String(round) } });
    expect(readFileSync(subject.path, 'utf8').split('\n').length).toBeLessThan(1005);
    subject.close();
  });

  it('keeps what another interface remembers of a device, and its uuid', async () => {
    const subject = new Subject(configs[1] as Config);
    const meta = { v: 1, at: '2026-11-30T00:00:00.000Z', op: 'meta', name: 'A', uuid: 'own-uuid', extra: { css: 'x' } };
    writeFileSync(subject.path, `${JSON.stringify(meta)}\n`);
    await subject.start();
    expect(subject.state()).toMatchObject({ A: { origin: 'configured' } });
    expect(await subject.write({ op: 'change', name: 'A', patch: { description: 'two' } })).toMatchObject({
      devices: [{ uuid: 'own-uuid' }],
    });
    const last = readFileSync(subject.path, 'utf8').trimEnd().split('\n').at(-1) ?? '';
    expect(JSON.parse(last)).toMatchObject({ op: 'put', uuid: 'own-uuid', extra: { css: 'x' } });
    expect(await subject.write({ op: 'restore', name: 'A' })).toMatchObject({ devices: [{ outcome: 'restored' }] });
    await subject.start();
    expect(subject.state()).toMatchObject({ A: { origin: 'configured', description: 'one' } });
    await subject.write({ op: 'change', name: 'A', patch: { description: 'two' } });
    await subject.reload(configs[0] as Config);
    await subject.start();
    expect(await subject.write({ op: 'replace', name: 'A', device: { model: '7962' } })).toMatchObject({
      devices: [{ uuid: 'own-uuid', outcome: 'added' }],
    });
    subject.close();
  });
});
