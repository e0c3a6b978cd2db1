// Supplies the call machine with legs on the SCCP phones that are registered here.

import type { Leg, LegOwner, LegPort, LegSupplier, RemoteCall, RemoteCallPort } from '../../calls/index.js';
import type { SccpService, Station } from '../station.js';
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
    const station = this.#stationOf(leg);
    return station === undefined ? undefined : this.#calls.legOn(station, leg);
  }

  remotePortFor(call: RemoteCall): RemoteCallPort | undefined {
    const station = this.#stationOf(call);
    return station === undefined ? undefined : this.#calls.remoteOn(station, call);
  }

  #stationOf({ device }: LegOwner): Station | undefined {
    const registration = device === undefined ? undefined : this.#service.database.byName(device)?.registration;
    if (registration?.protocol !== 'SCCP') return undefined;
    const station = this.#service.stationOf(registration.link);
    if (station?.state.kind !== 'bound' || station.state.registration !== registration) return undefined;
    return station;
  }
}
