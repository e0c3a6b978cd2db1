import { deviceKey } from '../core/identifiers.js';
import type { PhoneAlarmFact } from '../devices/index.js';
import type { Facts } from './alarm-text.js';
import type { MessageName } from './messages/catalogue.js';

interface EarlyReport {
  /** The device that the message names; `undefined`: none. */
  readonly named: string | undefined;
  readonly facts: Facts;
  readonly alarm: PhoneAlarmFact | undefined;
}

/** The reports of one device. */
interface ClaimedReports {
  readonly facts: Facts;
  readonly alarms: readonly PhoneAlarmFact[];
}

/**
 * Alarms and reports that arrive on a link before the Register, kept until it is known which device they are from
 * (`sccp.md` §6.2). Of each message, the last one is kept, so that a link holds at most one of each.
 */
export class EarlyReports {
  /** Made at the first report: most links have none, and there are many links. */
  #reports: Map<MessageName, EarlyReport> | undefined;

  add(message: MessageName, named: string | undefined, facts: Facts, alarm?: PhoneAlarmFact): void {
    this.#reports ??= new Map();
    this.#reports.delete(message);
    this.#reports.set(message, { named, facts, alarm });
  }

  /** Takes all reports, and returns those that are this device's; `undefined`: there are none. */
  claim(device: string): ClaimedReports | undefined {
    const reports = this.#reports;
    this.#reports = undefined;
    if (reports === undefined) return undefined;
    const matching = [...reports.values()].filter(
      ({ named }) => named === undefined || deviceKey(named) === deviceKey(device),
    );
    if (matching.length === 0) return undefined;
    return {
      facts: Object.assign({}, ...matching.map(({ facts }) => facts)),
      alarms: matching.flatMap(({ alarm }) => alarm ?? []),
    };
  }
}
