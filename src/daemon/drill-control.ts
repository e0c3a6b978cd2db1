import type { DrillControl } from '../http/index.js';
import { wallClockShift } from '../net/system-clock.js';
import type { DaemonEnvironment } from './environment.js';

/** What drills may do to this daemon over its API. The clock is that of the whole process. */
export const drillControl = ({
  bus,
  clock,
  database,
}: Pick<DaemonEnvironment, 'bus' | 'clock' | 'database'>): DrillControl => ({
  expireAll: (address) => {
    const at = clock.now();
    const registrations = database.endAll('silence', at);
    bus.publish({ type: 'daemon.registrations-expired', at, registrations, address });
    return registrations;
  },
  ahead: () => wallClockShift.ahead,
  setAhead: (ahead, address) => {
    wallClockShift.set(ahead);
    bus.publish({ type: 'daemon.clock-set', at: clock.now(), ahead, address });
  },
});
