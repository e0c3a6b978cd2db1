// The reload: reads the configuration again and applies to each part of the daemon what takes effect without a restart.

import { type Config, type LaidDevices, type LocatedConfig, writtenKeys } from '../config/index.js';
import type { DaemonEvent } from '../events.js';
import type { ServedDirectory } from '../provisioning/served-directory.js';
import type { Trace } from '../trace/index.js';
import { changedDevices } from './changed-devices.js';
import type { ConfigInForce } from './config-in-force.js';
import type { DoctorFacts } from './doctor-facts.js';
import type { DaemonEnvironment } from './environment.js';
import type { HostObserver } from './host-observer.js';
import { readLocatedConfig } from './read-config.js';
import type { RunningServices } from './running-services.js';
import type { RuntimeDevices } from './runtime-devices.js';

/** What a reload reads and changes. */
export interface ReloadedDaemon {
  /** The file that is read, and what overrides it. */
  readonly configPath: string;
  readonly overrides: readonly string[];
  readonly environment: DaemonEnvironment;
  readonly inForce: ConfigInForce;
  readonly runtime: RuntimeDevices;
  readonly services: RunningServices;
  readonly root: ServedDirectory;
  readonly host: HostObserver;
  readonly doctor: DoctorFacts;
  /** `undefined`: it has not started. */
  readonly trace: Trace | undefined;
}

/** Rejects with a `ConfigError`; then nothing has changed. The caller lets reloads run one after the other. */
export const reloadConfig = async (daemon: ReloadedDaemon): Promise<LocatedConfig> => {
  const { environment, inForce, runtime, services, root, host, doctor } = daemon;
  const { clock, bus, database, catalogue, capture, calls, injector } = environment;
  const publish = (event: DaemonEvent): void => bus.publish(event);
  const refuse = (error: Error): never => {
    const faults = error.message.split('\n');
    doctor.onRefused(faults);
    publish({ type: 'daemon.reload-refused', at: clock.now(), faults });
    throw error;
  };

  calls?.reopen();
  daemon.trace?.reopen(); // also if the configuration is faulty: logrotate sends the same signal
  const stamps = await host.stampsOf(inForce.config);
  const located = await readLocatedConfig(daemon.configPath, daemon.overrides).catch(refuse);
  const plan = inForce.compare(located);
  const { live, restart, effective } = plan;
  const laid = laidOver(runtime, effective, refuse);

  const now = clock.now();
  inForce.replace(plan, located);
  doctor.onAccepted();
  database.setPolicy(effective.policy, effective.defaultGroup);
  const { result: devices, names } = changedDevices(bus, () => database.configure(laid.devices, now, laid.runtime));
  await runtime.settle(laid);
  await root.refresh();
  if (live.some((key) => key.startsWith('provisioning.'))) catalogue.reconfigure(effective.provisioning);
  capture.apply(effective.capture);
  injector.apply(effective.inject);
  calls?.apply(effective);
  services.apply(effective);
  const settings = writtenKeys(live.filter((key) => key !== 'devices'));
  publish({ type: 'daemon.reloaded', at: now, devices, names, settings, afterRestart: writtenKeys(restart) });
  await host.reloaded(effective, stamps);
  await host.openKnockPorts(effective, services.listeners);
  return located;
};

const laidOver = (runtime: RuntimeDevices, config: Config, refuse: (error: Error) => never): LaidDevices => {
  try {
    return runtime.lay(config);
  } catch (error) {
    return refuse(error as Error);
  }
};
