import type { TapeMessage } from '../tape.js';
import type { ReplayPlaces } from './identity.js';

/** Makes what the phone of a tape said fit for the server of now. One for each protocol and replay. */
export interface ReplayAdapter {
  /** What the phone says now; `undefined`: it answers something that this server has not asked. */
  adapt(message: TapeMessage, places: ReplayPlaces): Buffer | undefined;
  /** The server has said `live`, for which `taped` stands on the tape; `undefined`: the tape has none such. */
  learn(taped: TapeMessage | undefined, live: Buffer): void;
  /** What the phone says to it at once, though the tape does not have that; none for most. */
  answerTo?(live: Buffer, taped: TapeMessage | undefined): Buffer | undefined;
}
