// What the API hands to the daemon when somebody changes devices, and what comes back.

import type { ConfiguredDevice } from '../../devices/device.js';
import type { DeviceWritesJson, WriteFault } from './shapes.js';

/** What another interface remembers of a device, besides. */
interface Remembered {
  /** The whole of it; `undefined`: it stays as it was. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

/** A change of devices, as a request asks for it. Bodies are plain values that nobody has checked. */
export type DeviceWrite = (
  | ({
      readonly op: 'add';
      readonly devices: readonly unknown[];
      /** The body was a list: faults name the index. */
      readonly isList: boolean;
      /** Devices that exist already: faults, or replaced. */
      readonly existing: 'refuse' | 'replace';
    } & Remembered)
  | { readonly op: 'replace'; readonly name: string; readonly device: unknown }
  /** Mappings are merged key by key, `null` takes a key away (RFC 7396). */
  | ({ readonly op: 'change'; readonly name: string; readonly patch: unknown } & Remembered)
  /** A change that gives the device another name, too. It keeps its UUID. */
  | ({ readonly op: 'rename'; readonly name: string; readonly to: string; readonly patch: unknown } & Remembered)
  /** Where the line forwards, on every device that has it; what is left out stays as it is. */
  | { readonly op: 'forward'; readonly dn: string; readonly forward: unknown }
  /** The line gets another number on every device that has it; `undefined`: they lose it. */
  | { readonly op: 'renumber'; readonly dn: string; readonly to: string | undefined }
  /** A mapping with the key `doNotDisturb` alone. */
  | { readonly op: 'do-not-disturb'; readonly name: string; readonly body: unknown }
  | { readonly op: 'remove'; readonly name: string }
  /** What was written at runtime ends: what the files say holds again. */
  | { readonly op: 'restore'; readonly name: string }
) & {
  /** Only says what would be done. */
  readonly check?: boolean;
  /** Whether the device may be changed as it is when it is the request's turn. `undefined`: there is none. */
  readonly onlyIf?: (configured: ConfiguredDevice | undefined) => boolean;
};

/** Who asked. */
export interface WriteAsker {
  /** `cli`: a command of labcm. `api`: any other client. `axl`: a client of AXL. `phone`: a key of a phone. */
  readonly by: 'api' | 'axl' | 'cli' | 'phone';
  /** The phone whose key it was. */
  readonly device?: string;
  readonly address: string;
  readonly token: boolean;
}

/** What became of a device. */
export type WriteOutcome = DeviceWritesJson['devices'][number]['outcome'];

/** Why a request was not done. */
export type WriteRefusal =
  | 'auto-registered'
  | 'changed'
  | 'exists'
  | 'faults'
  | 'not-in-layer'
  | 'not-written'
  | 'too-many-devices'
  | 'too-many-writes'
  | 'unknown-device'
  | 'unknown-line';

/** The result of a change: done as a whole, or not at all. */
export type WriteResult =
  | {
      readonly done: true;
      readonly devices: DeviceWritesJson['devices'];
    }
  | {
      readonly done: false;
      readonly code: WriteRefusal;
      readonly message: string;
      readonly faults: readonly WriteFault[];
    };

/** The devices that can be changed while the daemon runs. */
export interface DeviceWriter {
  /** Does what a request asks for, one request after the other. */
  write(write: DeviceWrite, asker: WriteAsker): Promise<WriteResult>;
  /** Where the files have a device that was changed at runtime; `undefined`: nowhere, or it was not. */
  overrides(name: string): { readonly file: string; readonly line?: number | undefined } | undefined;
}
