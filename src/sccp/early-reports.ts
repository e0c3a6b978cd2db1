// What a phone told of itself before it said who it is: kept on its link until its Register does (`sccp.md` §6.2). The last
// message of a kind is kept, so that a link costs no more than one of each.

import { deviceKey } from '../core/identifiers.js';
import type { Facts } from './alarm-text.js';
import type { MessageName } from './messages/catalogue.js';

interface Telling {
  /** The device that the message names; `undefined`: none. */
  readonly named: string | undefined;
  readonly facts: Facts;
}

export class EarlyReports {
  /** Absent on most links, of which there are many. */
  #tellings: Map<MessageName, Telling> | undefined;

  keep(message: MessageName, named: string | undefined, facts: Facts): void {
    this.#tellings ??= new Map();
    this.#tellings.delete(message);
    this.#tellings.set(message, { named, facts });
  }

  /** What is this device's, in the order in which it came. Nothing is left. */
  claim(device: string): Facts | undefined {
    const tellings = this.#tellings;
    this.#tellings = undefined;
    if (tellings === undefined) return undefined;
    const own = [...tellings.values()].filter(
      ({ named }) => named === undefined || deviceKey(named) === deviceKey(device),
    );
    return own.length === 0 ? undefined : Object.assign({}, ...own.map(({ facts }) => facts));
  }
}
