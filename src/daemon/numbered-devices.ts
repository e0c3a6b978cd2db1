import type { NumberedDevices } from '../cluster/index.js';
import type { DeviceName } from '../core/identifiers.js';
import type { Clock } from '../core/time.js';
import type { DeviceCommand, DeviceDatabase } from '../devices/index.js';

/** What the numbers of a cluster need of the daemon. */
export interface NumberedDaemon {
  readonly clock: Clock;
  readonly database: DeviceDatabase;
  /** Sends a phone its protocol's own command. */
  command(device: DeviceName, command: DeviceCommand): void;
}

/** The devices of this node, as far as numbers go. */
export const numberedDevices = ({ database, clock, command }: NumberedDaemon): NumberedDevices => ({
  isTaken: (dn) => database.byDirectoryNumber(dn).length > 0,
  entryOf: (name) => database.autoRegistered(name),
  *entries() {
    for (const { configured } of database.devices()) {
      const entry = database.autoRegistered(configured.name);
      if (entry !== undefined) yield entry;
    }
  },
  learn: (entry) => {
    // A phone that is registered shows its old number until it reads its file again.
    if (database.byName(entry.name)?.registration !== undefined) command(entry.name, 'restart');
    database.learnAutoRegistered(entry, clock.now());
  },
  forget: (name) => {
    if (database.byName(name)?.registration !== undefined) command(name, 'restart');
    database.remove(name, clock.now());
  },
});
