// What a phone told of itself before it said who it is: kept on its link until its Register does (`sccp.md` §6.2). The last
// message of a kind is kept, so that a link costs no more than one of each.

import { deviceKey } from '../core/identifiers.js';
import type { Facts } from './alarm-text.js';
import type { MessageName } from './messages/catalogue.js';

interface EarlyReport {
  /** The device that the message names; `undefined`: none. */
  readonly named: string | undefined;
  readonly facts: Facts;
}

export class EarlyReports {
  /** Absent on most links, of which there are many. */
  #reports: Map<MessageName, EarlyReport> | undefined;

  add(message: MessageName, named: string | undefined, facts: Facts): void {
    this.#reports ??= new Map();
    this.#reports.delete(message);
    this.#reports.set(message, { named, facts });
  }

  /** What is this device's, in the order in which it came. Nothing is left. */
  claim(device: string): Facts | undefined {
    const reports = this.#reports;
    this.#reports = undefined;
    if (reports === undefined) return undefined;
    const matching = [...reports.values()].filter(
      ({ named }) => named === undefined || deviceKey(named) === deviceKey(device),
    );
    return matching.length === 0 ? undefined : Object.assign({}, ...matching.map(({ facts }) => facts));
  }
}
