// The JSON of commands to many devices. What holds for `shapes.ts` holds here.

import type { DeviceCommand } from '../../devices/events.js';
import type { CommandOutcome } from './ports.js';
import type { IsoTime } from './shapes.js';

/** Why a device was not told. `unknown-device`: nobody is called so, or not any more. */
export type UntoldReason = Exclude<CommandOutcome, 'sent'> | 'unknown-device';

/** `waiting`: others come first. `stopped`: somebody stopped it before its end, or the daemon stops. */
export type CommandRunState = 'waiting' | 'running' | 'done' | 'stopped';

/** A command that many devices are told, one after the other: `POST /api/commands` and `GET /api/commands/{id}`. */
export interface CommandRunJson {
  readonly id: number;
  readonly command: DeviceCommand;
  readonly state: CommandRunState;
  /** Devices that are told at most in a second. */
  readonly perSecond: number;
  readonly askedAt: IsoTime;
  readonly endedAt: IsoTime | null;
  /** How many devices were meant. */
  readonly devices: number;
  /** How many of them were told, and how many are still to come. */
  readonly sent: number;
  readonly left: number;
  /** How many were not told, by the reason. */
  readonly untold: Readonly<Record<UntoldReason, number>>;
  /** The first of those that were not told. */
  readonly untoldDevices: readonly { readonly device: string; readonly reason: UntoldReason }[];
}

/** `GET /api/commands`: the newest first. Who was not told stands with each run alone. */
export interface CommandRunsJson {
  readonly runs: readonly Omit<CommandRunJson, 'untoldDevices'>[];
}
