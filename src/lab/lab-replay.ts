// Plays the phone of a tape inside a test.

import { ConfigError } from '../core/errors.js';
import { macOfName } from '../core/identifiers.js';
import { readText, UnreadableFile } from '../net/files/text-files.js';
import type { DatagramNetwork, Endpoint, StreamNetwork } from '../net/ports.js';
import { nodeRandom } from '../net/sockets/node-datagrams.js';
import { systemClock } from '../net/system-clock.js';
import { compareMessages, type TapeDifference } from '../tapes/compare-messages.js';
import { TapePlayer } from '../tapes/replay/player.js';
import { TAPE_LIMITS, type Tape, type TapeProtocol } from '../tapes/tape.js';
import { readTape } from '../tapes/tape-format.js';
import { durationOf, type Within } from './waits.js';

/** How `lab.replay` plays a tape. */
export interface LabReplayOptions {
  /** The device name to come with; absent: that of the tape. */
  readonly as?: string;
  /** The user and the password of a digest; absent: the user of the tape, and no credentials. */
  readonly user?: string;
  readonly password?: string;
  /** With the pauses of the tape; absent: without. */
  readonly atItsPace?: boolean;
  /** How long to wait for each answer that the tape has; absent: two seconds. */
  readonly wait?: Within;
}

/** What came of a replay. Both are empty where the lab said what the tape has. */
export interface LabReplay {
  /** What the lab said otherwise than the tape has it. */
  readonly differences: readonly TapeDifference[];
  /** What could not be played, in sentences. */
  readonly troubles: readonly string[];
}

/** Where the lab is, and over which networks. */
export interface LabReplayPlace {
  readonly servers: Readonly<Record<TapeProtocol, Endpoint>>;
  readonly datagrams: DatagramNetwork;
  readonly streams: StreamNetwork;
  readonly signal: AbortSignal;
}

const WAIT = '2s';

/** Plays the tape in `path`. Rejects with a `ConfigError` where that is no tape. */
export const replayTape = async (
  path: string,
  { as, user, password, atItsPace = false, wait = WAIT }: LabReplayOptions,
  { servers, datagrams, streams, signal }: LabReplayPlace,
): Promise<LabReplay> => {
  const tape = await tapeIn(path);
  const player = new TapePlayer(tape, {
    networks: { clock: systemClock, datagrams, streams, random: nodeRandom },
    ...{ servers, name: as, mac: as === undefined ? undefined : macOfName(as) },
    credentials: password === undefined ? undefined : { user, password },
    ...{ isFast: !atItsPace, wait: durationOf(wait), signal },
  });
  const { heard, troubles } = await player.run();
  return { differences: compareMessages(tape, heard, ['server']), troubles };
};

const tapeIn = async (path: string): Promise<Tape> => {
  const read = await readText(path, TAPE_LIMITS.octets).then(readTape, (error: unknown) => {
    if (error instanceof UnreadableFile) return { line: 1, found: error.found, wanted: error.wanted };
    throw error;
  });
  if (!('found' in read)) return read;
  throw new ConfigError([{ file: path, line: read.line, key: 'tape', found: read.found, wanted: read.wanted }]);
};
