// What the daemon needs of each of its services.

import type { Config } from '../config/index.js';
import { BindError } from '../core/errors.js';
import type { ListenerView } from '../http/index.js';

/** Where a service listens. */
export interface ServiceListener extends ListenerView {
  readonly service: 'TFTP' | 'HTTP' | 'API' | 'SCCP' | 'SIP' | 'DHCP';
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
