// What the services are built from, on the clock, the sockets and the randomness of this machine.

import { Capture } from '../capture/capture.js';
import type { Config } from '../config/index.js';
import { Degradations } from '../core/degradations.js';
import { EventBus } from '../core/event-bus.js';
import { Sequence } from '../core/sequence.js';
import { DeviceDatabase, MODELS } from '../devices/index.js';
import type { LabcmEvent } from '../events.js';
import { Injector } from '../injection/injector.js';
import { nodeInterfaces } from '../net/sockets/interface-sockets.js';
import { nodeDatagrams, nodeRandom } from '../net/sockets/node-datagrams.js';
import { nodeStreams } from '../net/sockets/node-streams.js';
import { preciseNow, systemClock } from '../net/system-clock.js';
import { FileCatalogue } from '../provisioning/catalogue.js';
import type { ServedDirectory } from '../provisioning/served-directory.js';
import { autoRegisteredFile } from './auto-registered-file.js';
import { capfRegistry } from './certificate-services.js';
import { warnOfDegradations, watchServices } from './degradation-watch.js';
import type { DaemonEnvironment } from './environment.js';
import { LineStateService } from './line-states.js';
import { messagesFile } from './messages-file.js';

/** What the environment needs besides the configuration. */
export interface EnvironmentOptions {
  /** The files that are served as they are. */
  readonly root: ServedDirectory;
  /** Called when something stops working or works again. */
  readonly warn: ((line: string) => void) | undefined;
}

/** Makes the environment. Nothing is open yet, and no device is configured. */
export const nodeEnvironment = (config: Config, { root, warn }: EnvironmentOptions): DaemonEnvironment => {
  const clock = systemClock;
  const bus = new EventBus<LabcmEvent>(reportFailedListener);
  const degradations = new Degradations(clock, bus);
  watchServices(bus, degradations);
  if (warn !== undefined) warnOfDegradations(bus, warn);
  const database = new DeviceDatabase(bus, {
    policy: config.policy,
    defaultGroup: config.defaultGroup,
    store: autoRegisteredFile(config.state.directory, degradations),
    messages: messagesFile(config.state.directory, degradations),
    onFactoryCertificate: (device, fingerprint, read) => capf?.factory.learn(device, fingerprint, read),
  });
  const capf = capfRegistry(config, { clock, bus, database });
  return {
    ...(capf === undefined ? {} : { capf }),
    clock,
    random: nodeRandom,
    datagrams: nodeDatagrams,
    streams: nodeStreams,
    interfaces: nodeInterfaces(),
    bus,
    degradations,
    database,
    lineStates: new LineStateService({ clock, database, bus }),
    catalogue: new FileCatalogue({
      devices: database,
      settings: config.provisioning,
      models: MODELS,
      root,
      bus,
      clock,
      ...(capf === undefined ? {} : { enrolmentOf: (device) => capf.factsOf(device) }),
    }),
    capture: new Capture(config.capture, { bus, devices: database, now: preciseNow }),
    injector: new Injector({ clock, bus, devices: database }),
    requests: new Sequence(),
  };
};

/** A fault of this program: reported on stderr; the daemon goes on without that listener. */
const reportFailedListener = (error: unknown): void => {
  process.stderr.write(
    `labcm: a subscriber of the journal failed and was dropped: ${error instanceof Error ? error.stack : String(error)}\n`,
  );
};
