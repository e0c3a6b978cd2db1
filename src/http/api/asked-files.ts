// The files that phones asked for, gathered from what is known of each device. Nothing is counted while nobody asks.

import type { Instant } from '../../core/time.js';
import { after, milliseconds } from '../../core/time.js';
import type { DeviceRecord, FileFact } from '../../devices/device.js';
import type { ApiUnknownPhone } from './explain-ports.js';
import type { AskedFileOutcome } from './file-list-shapes.js';
import type { ApiSources } from './ports.js';

/** A file, by what is known of all that asked for it. */
export interface AskedFile {
  readonly file: string;
  devices: number;
  strangers: number;
  readonly outcomes: Record<AskedFileOutcome, number>;
  harmful: number;
  reason: string | undefined;
  readonly transports: Set<'TFTP' | 'HTTP'>;
  octets: number | undefined;
  readonly times: number[];
  at: Instant;
  lastDevice: string;
  readonly missedBy: string[];
}

/** Names that are told apart. */
export const MOST_FILES = 2_000;
/** Devices that missed a file and are named. */
const MOST_NAMED = 10;
/** Times of a file that its median is worked out from. */
const MOST_TIMES = 1_000;
/** Devices that are looked at in one turn of the event loop. */
const DEVICES_AT_ONCE = 1_000;
/** Phones that nobody configured: the newest. What each asked for is worked out from its steps. */
const MOST_STRANGERS = 100;
/** Who asks again so soon gets the same. */
const FRESH_FOR = milliseconds(1_000);

/** What a gathering has found. */
export interface GatheredFiles {
  readonly files: readonly AskedFile[];
  readonly others: number;
}

interface Asker {
  readonly name: string;
  readonly mac: string | undefined;
  readonly isStranger: boolean;
}

/** Gathers the files when somebody asks, piece by piece, so that phones are served in between. */
export class AskedFiles {
  readonly #sources: Pick<ApiSources, 'clock' | 'devices' | 'timelines'>;
  #gathering: Promise<GatheredFiles> | undefined;
  #freshUntil: Instant | undefined;

  constructor(sources: Pick<ApiSources, 'clock' | 'devices' | 'timelines'>) {
    this.#sources = sources;
  }

  /** All files. Those who ask at the same time share one answer. */
  gather(): Promise<GatheredFiles> {
    const { clock } = this.#sources;
    if (this.#gathering !== undefined && (this.#freshUntil === undefined || clock.now() < this.#freshUntil))
      return this.#gathering;
    this.#freshUntil = undefined;
    this.#gathering = this.#gather().finally(() => {
      this.#freshUntil = after(clock.now(), FRESH_FOR);
    });
    return this.#gathering;
  }

  async #gather(): Promise<GatheredFiles> {
    const { devices, timelines } = this.#sources;
    const found = new FileTable();
    let count = 0;
    for (const record of devices.devices()) {
      addDevice(found, record);
      count += 1;
      if (count % DEVICES_AT_ONCE === 0) await new Promise<void>((turn) => setImmediate(turn));
    }
    for (const phone of timelines.newestUnknown(MOST_STRANGERS)) addStranger(found, phone);
    return { files: found.files, others: found.others };
  }
}

const addDevice = (found: FileTable, { configured: { name, mac }, files }: DeviceRecord): void => {
  if (files.length === 0) return;
  /** The last of each file: the oldest come first. */
  const last = new Map(files.map((fact) => [fact.file, fact]));
  for (const fact of last.values()) found.add({ name, mac, isStranger: false }, fact);
};

/** How a request ended, by the type of its event. */
const OUTCOMES: ReadonlyMap<string, AskedFileOutcome> = new Map([
  ['tftp.completed', 'served'],
  ['tftp.refused', 'refused'],
  ['tftp.failed', 'failed'],
]);

const addStranger = (found: FileTable, { name, mac, steps }: ApiUnknownPhone): void => {
  const last = new Map<string, FileFact>();
  for (const { at, type, step, facts } of steps) {
    const { file, asked = file, outcome, octets, reason, harmless } = facts;
    const ending = OUTCOMES.get(type) ?? (type === 'http.file' ? (outcome as AskedFileOutcome) : undefined);
    if (ending === undefined || typeof asked !== 'string') continue;
    last.set(asked, {
      at,
      file: asked,
      transport: step === 'http' ? 'HTTP' : 'TFTP',
      outcome: ending,
      octets: typeof octets === 'number' ? octets : 0,
      ...(typeof reason === 'string' ? { reason } : {}),
      ...(typeof harmless === 'boolean' ? { harmless } : {}),
    });
  }
  for (const fact of last.values()) found.add({ name, mac, isStranger: true }, fact);
};

/** A name of a file without who it is for. */
const generalName = (file: string, { name, mac }: Asker): string => {
  const upper = file.toUpperCase();
  for (const [own, sign] of [
    [name, '{device}'],
    [mac, '{mac}'],
  ] as const) {
    const at = own === undefined || own === '' ? -1 : upper.indexOf(own.toUpperCase());
    if (own !== undefined && at >= 0) return `${file.slice(0, at)}${sign}${file.slice(at + own.length)}`;
  }
  return file;
};

class FileTable {
  readonly #byName = new Map<string, AskedFile>();
  others = 0;

  get files(): readonly AskedFile[] {
    return [...this.#byName.values()];
  }

  add(asker: Asker, fact: FileFact): void {
    const file = this.#fileOf(generalName(fact.file, asker), asker, fact);
    if (file === undefined) return;
    const { at, outcome, transport, octets, milliseconds: lasted } = fact;
    if (asker.isStranger) file.strangers += 1;
    else file.devices += 1;
    file.outcomes[outcome] += 1;
    file.transports.add(transport);
    const isNewest = at >= file.at;
    if (outcome === 'served') {
      if (isNewest || file.octets === undefined) file.octets = octets;
      if (lasted !== undefined && file.times.length < MOST_TIMES) file.times.push(lasted);
    }
    if (outcome === 'refused' || outcome === 'failed') {
      if (fact.harmless !== true) file.harmful += 1;
      if (isNewest || file.reason === undefined) file.reason = fact.reason;
      if (file.missedBy.length < MOST_NAMED) file.missedBy.push(asker.name);
    }
    if (isNewest) {
      file.at = at;
      file.lastDevice = asker.name;
    }
  }

  #fileOf(name: string, asker: Asker, { at }: FileFact): AskedFile | undefined {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    if (this.#byName.size >= MOST_FILES) {
      this.others += 1;
      return undefined;
    }
    const fresh: AskedFile = {
      file: name,
      devices: 0,
      strangers: 0,
      outcomes: { served: 0, refused: 0, failed: 0, asked: 0 },
      harmful: 0,
      reason: undefined,
      transports: new Set(),
      octets: undefined,
      times: [],
      at,
      lastDevice: asker.name,
      missedBy: [],
    };
    this.#byName.set(name, fresh);
    return fresh;
  }
}
