// A phone as AXL sees it: its device, its UUID, and what AXL remembers of it besides.

import type { DeviceRecord, Line } from '../../devices/index.js';
import type { KeptElements } from './elements.js';
import type { AxlReference } from './fields.js';
import { lineUuidOf, partitionOf } from './numbers.js';
import type { AxlSources, AxlView } from './sources.js';

/** What AXL remembers of a phone: elements that labcm has no use for, so that a client finds what it wrote. */
export interface PhoneMemory {
  readonly elements: KeptElements;
  /** Of its lines, by directory number. */
  readonly lines: Readonly<Record<string, KeptElements>>;
}

/** A phone that is read. */
export interface AxlPhone {
  readonly record: DeviceRecord;
  readonly uuid: string;
  readonly memory: PhoneMemory;
}

/** A line of a phone. */
export interface AxlPhoneLine {
  readonly phone: AxlPhone;
  readonly line: Line;
  /** From 1. */
  readonly index: number;
  readonly kept: KeptElements;
}

const NOTHING: PhoneMemory = { elements: {}, lines: {} };

/** Where the layer keeps it, beside what others may keep. */
export const MEMORY_KEY = 'axl';

/** What is remembered of a phone. */
export const memoryOf = ({ layer }: Pick<AxlSources, 'layer'>, name: string): PhoneMemory => {
  const memory = layer.extraOf(name)?.[MEMORY_KEY];
  return memory === undefined ? NOTHING : { ...NOTHING, ...(memory as Partial<PhoneMemory>) };
};

/** The phone of a record. The rest is looked up when somebody asks: a list looks at many phones and writes few. */
export const phoneOf = (sources: AxlSources, record: DeviceRecord): AxlPhone => {
  let uuid: string | undefined;
  let memory: PhoneMemory | undefined;
  return {
    record,
    get uuid() {
      uuid ??= sources.layer.uuidOf(record.configured.name);
      return uuid;
    },
    get memory() {
      memory ??= memoryOf(sources, record.configured.name);
      return memory;
    },
  };
};

/** The lines of a phone, in the order of its keys. */
export const linesOfPhone = (phone: AxlPhone): readonly AxlPhoneLine[] =>
  phone.record.configured.lines.map((line, at) => ({
    ...{ phone, line, index: at + 1 },
    kept: phone.memory.lines[line.dn] ?? {},
  }));

/** The UUID of a line on a phone. It stays when the phone gets another name. */
export const appearanceUuid = ({ phone, line }: AxlPhoneLine, view: AxlView): string =>
  view.rowUuid('appearance', phone.uuid, line.dn);

/** The directory number of a line. */
export const numberUuid = ({ line }: AxlPhoneLine, view: AxlView): string => lineUuidOf(view, line.dn);

/** The partition of a line's number. */
export const partitionOfLine = ({ line }: AxlPhoneLine, view: AxlView): AxlReference | undefined =>
  partitionOf(view, line.dn);
