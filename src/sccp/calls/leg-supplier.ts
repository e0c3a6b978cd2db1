// Supplies the call machine with legs on the SCCP phones that are registered here.

import type { Leg, LegPort, LegSupplier } from '../../calls/index.js';
import type { SccpService } from '../station.js';
import type { StationCalls } from './station-calls.js';

/** Finds the station of a device by its registration. */
export class SccpLegSupplier implements LegSupplier {
  readonly #service: SccpService;
  readonly #calls: StationCalls;

  constructor(service: SccpService, calls: StationCalls) {
    this.#service = service;
    this.#calls = calls;
  }

  /** `undefined`: the device of the leg is not registered on a link that stands. */
  portFor(leg: Leg): LegPort | undefined {
    const registration = leg.device === undefined ? undefined : this.#service.database.byName(leg.device)?.registration;
    if (registration?.protocol !== 'SCCP') return undefined;
    const station = this.#service.stationOf(registration.link);
    if (station?.state.kind !== 'bound' || station.state.registration !== registration) return undefined;
    return this.#calls.legOn(station, leg);
  }
}
