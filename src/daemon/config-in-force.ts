// The configuration that is in force, with the ports that the system chose.

import {
  type BoundPorts,
  type Config,
  type DevicePlaces,
  describeReload,
  devicePlaces,
  type LocatedConfig,
  type ReloadPlan,
  withBoundPorts,
} from '../config/index.js';
import type { ServiceListener } from './service.js';

/** Holds it, and where the files have each device, from one reload to the next. */
export class ConfigInForce {
  #config: Config;
  #placeInFiles: DevicePlaces;
  #bound: { -readonly [K in keyof BoundPorts]: BoundPorts[K] } = {};

  constructor(config: Config, placeInFiles: DevicePlaces) {
    this.#config = config;
    this.#placeInFiles = placeInFiles;
  }

  get config(): Config {
    return this.#config;
  }

  /** Where the files have each device. */
  get placeInFiles(): DevicePlaces {
    return this.#placeInFiles;
  }

  /** Puts the ports of listeners where the configuration leaves them to the system. */
  learnPorts(listeners: readonly ServiceListener[]): void {
    for (const { service, transport, port } of listeners) {
      if (service === 'HTTP') this.#bound.http = port;
      else if (service === 'CAPF') this.#bound.capf = port;
      else if (service === 'TVS') this.#bound.tvs = port;
      else if (service === 'SCCP' && transport === 'tcp') this.#bound.sccp = port;
      else if (service === 'SIP' && transport === 'tls') this.#bound.sipTls = port;
      else if (service === 'SIP' && (transport === 'tcp' || this.#bound.sip === undefined)) this.#bound.sip = port;
    }
    this.#config = withBoundPorts(this.#config, this.#bound);
  }

  /** What another configuration would change. */
  compare({ config }: LocatedConfig): ReloadPlan {
    return describeReload(this.#config, withBoundPorts(config, this.#bound));
  }

  /** Takes what `compare` has found to be in effect from now on. */
  replace({ effective }: ReloadPlan, located: LocatedConfig): void {
    this.#config = effective;
    this.#placeInFiles = devicePlaces(located);
  }
}
