// What the daemon needs of each of its services.

import type { Config } from '../config/index.js';
import { BindError } from '../core/errors.js';
import type { ListenerChanged } from '../events.js';
import type { ListenerJson } from '../http/index.js';
import type { DaemonEnvironment } from './environment.js';

/** Where a service listens. */
export interface ServiceListener extends ListenerJson {
  readonly service: ListenerChanged['service'];
  readonly transport: 'udp' | 'tcp' | 'tls';
}

/** An open service. */
export interface DaemonService {
  readonly listeners: readonly ServiceListener[];
  /** Applies what takes effect without a restart. */
  apply(config: Config): void;
  /** Resolves when nothing of it is left open. */
  close(): Promise<void>;
}

/** Runs `open`. An error of the system becomes a `BindError`, which says what helps. */
export const openListener = async <T>(listener: string, open: () => Promise<T>): Promise<T> => {
  try {
    return await open();
  } catch (error) {
    if (error instanceof BindError || !(error instanceof Error)) throw error;
    throw new BindError(listener, error as NodeJS.ErrnoException);
  }
};

/** Codes of the system that do not go away with waiting: the port is taken, or forbidden. */
const OF_THE_PORT: ReadonlySet<unknown> = new Set(['EADDRINUSE', 'EACCES', 'EPERM']);

/**
 * Returns the function that publishes whether an address that the machine got later can be listened on: a failure once,
 * until it works.
 */
export const reportLater = (
  { bus, clock }: Pick<DaemonEnvironment, 'bus' | 'clock'>,
  listener: Pick<ServiceListener, 'service' | 'transport' | 'port'>,
): ((address: string, error: NodeJS.ErrnoException | undefined) => void) => {
  const failed = new Set<string>();
  return (address, error) => {
    const at = clock.now();
    if (error === undefined) {
      failed.delete(address);
      bus.publish({ type: 'listener.opened', at, address, ...listener });
    } else if (OF_THE_PORT.has(error.code) && !failed.has(address)) {
      failed.add(address);
      bus.publish({ type: 'listener.failed', at, address, ...listener, code: error.code ?? '' });
    }
  };
};
