// Supplies the call machine with legs on the SCCP phones that are registered here.

import type { Leg, LegOwner, LegPort, LegSupplier, PageStream, RemoteCall, RemoteCallPort } from '../../calls/index.js';
import type { DeviceName } from '../../core/identifiers.js';
import type { Instant } from '../../core/time.js';
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

  /** By a stream of its own, which no call of the phone has. */
  listen(device: DeviceName, stream: PageStream, isOn: boolean, now: Instant): boolean {
    const station = this.#stationOf({ device });
    if (station === undefined) return false;
    this.#calls.listen(station, device, stream, isOn, now);
    return true;
  }

  #stationOf({ device }: Pick<LegOwner, 'device'>): Station | undefined {
    const registration = device === undefined ? undefined : this.#service.database.byName(device)?.registration;
    if (registration?.protocol !== 'SCCP') return undefined;
    const station = this.#service.stationOf(registration.link);
    if (station?.state.kind !== 'bound' || station.state.registration !== registration) return undefined;
    return station;
  }
}
