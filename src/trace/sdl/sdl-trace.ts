// Puts events into the lines of an SDL trace: numbers, times, columns.

import type { Instant, WallTime } from '../../core/time.js';
import type { LabcmEvent } from '../../events.js';
import type { Stamp } from '../line.js';
import type { Row } from '../row.js';
import { entryText, type SdlLine } from './line.js';
import { SDL_LINES } from './lines.js';
import { infos, NO_TAIL, type SdlHost, type SdlRow } from './row.js';
import { Stations } from './stations.js';

/** Eight digits: after this one the numbers begin anew. */
const LAST_NUMBER = 99_999_999;
const LAST_PART = 999;
/** The head of the first file has the number before this. */
const FIRST_NUMBER = 2;
const CLOCK_AT = 'MM/DD/YYYY '.length;

/** Counts signals, and remembers what they are about. */
export class SdlTrace {
  readonly #host: SdlHost;
  readonly #stamp: Stamp;
  readonly #stations = new Stations();
  #number = FIRST_NUMBER - 1;
  #part = LAST_PART;
  /** When the present number was given. */
  #numberedAt: Instant | undefined;

  constructor(host: SdlHost, stamp: Stamp) {
    this.#host = host;
    this.#stamp = stamp;
  }

  /**
   * How a type of event is told: the returned function makes the lines of an event, without a line break at the end, or
   * an empty text if it has none. `row`: how the SDI form tells it.
   */
  teller(type: LabcmEvent['type'], row: Row<LabcmEvent>): (event: LabcmEvent, at: WallTime) => string {
    const sdlRow = (SDL_LINES[type] as SdlRow<LabcmEvent> | undefined) ?? ((event) => infos(row.text(event, NO_TAIL)));
    const context = { host: this.#host, stations: this.#stations };
    return (event, at) => {
      this.#stations.note(event);
      const time = this.#stamp.full(at).slice(CLOCK_AT);
      const text = sdlRow(event, context)
        .flatMap((line) => this.#entry(line, event.at, time) ?? [])
        .join('\n');
      this.#stations.noteAfter(event);
      return text;
    };
  }

  /** `undefined`: a process ends that had not begun, or begins twice. */
  #entry(line: SdlLine, at: Instant, time: string): string | undefined {
    const instances =
      line.kind === 'created'
        ? this.#stations.begin(line.process)
        : line.kind === 'stopping'
          ? this.#stations.end(line.process)
          : 0;
    if (instances === undefined) return undefined;
    this.#count(line.kind === 'signal', at);
    const number = String(this.#number).padStart(8, '0');
    const part = String(this.#part).padStart(3, '0');
    return `${number}.${part} |${time} |${entryText(this.#host.number, line, instances)}`;
  }

  /** A signal has a number of its own. What else happens at the same moment is a part of it. */
  #count(isSignal: boolean, at: Instant): void {
    if (!isSignal && at === this.#numberedAt && this.#part < LAST_PART) {
      this.#part += 1;
      return;
    }
    this.#number = this.#number === LAST_NUMBER ? FIRST_NUMBER : this.#number + 1;
    this.#part = 0;
    this.#numberedAt = at;
  }
}
