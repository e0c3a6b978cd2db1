// What is concluded about phones from the events of the daemon. It is made where the API is on: nobody else asks.

import { EventOwners, Timelines, type Verdicts } from '../explain/index.js';
import type { ApiPhoneAtNode, VerdictsView } from '../http/index.js';
import { verdictRemarks } from './capture-remarks.js';
import type { CaptureRemarks } from './captures.js';
import { type ExplainedDaemon, openVerdicts, registrationPlaces, verdictsView } from './verdicts.js';

/** The timelines, the verdicts, and whose each event is. Listens from its making to `close`. */
export class Explaining {
  readonly timelines: Timelines;
  readonly verdicts: Verdicts;
  /** The verdicts as the API reads them. */
  readonly verdictsView: VerdictsView;
  readonly eventOwners: EventOwners;
  /** What is written into captures. */
  readonly captureRemarks: CaptureRemarks;

  constructor(daemon: ExplainedDaemon) {
    const { bus, database } = daemon;
    this.timelines = new Timelines(bus, database, { registersAt: registrationPlaces(() => daemon.config()) });
    this.verdicts = openVerdicts(this.timelines, daemon);
    this.verdictsView = verdictsView(this.verdicts, this.timelines);
    this.eventOwners = new EventOwners(bus, database, this.timelines);
    this.captureRemarks = verdictRemarks(this.verdictsView, this.timelines);
  }

  /** What this node knows of a device or of a phone that nobody configured. */
  partOf(who: string): Omit<ApiPhoneAtNode, 'node'> {
    const { steps = [], waitsFor } = this.timelines.of(who) ?? {};
    return { steps, waitsFor, verdict: this.verdictsView.of(who) };
  }

  /** Works out no verdict any more. */
  close(): void {
    this.verdicts.close();
  }
}
